/* SPDX-License-Identifier: MIT */
/* When and how received data is acknowledged (RFC 9260 6.2, 6.7). */
#include <string.h>

#include "sim/raw.h"
#include "sim/sim.h"

enum { BEGIN_END = 3, UNORDERED = 4, IMMEDIATE = 8 };

/* Connected, with the first DATA (which is acknowledged at once, 5.1) behind it. */
static struct sim_raw sender(struct sim *sim, const sctpx_assoc_options *options)
{
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sctpx_listen_options listen;
    sctpx_listen_options_defaults(host->endpoint, &listen);
    if (options)
        listen.assoc = *options;
    sim_listen(host, SIM_PORT, &listen);
    struct sim_raw raw = sim_raw_new(host, 1);
    sim_raw_connect(&raw);
    sim_raw_data(&raw, 0, 0, 100);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 1);
    return raw;
}

static const struct sim_chunk *last_sack(const struct sim_raw *raw)
{
    return sim_find_chunk(raw->host->sim, sim_raw_last(raw, SIM_SACK), SIM_SACK);
}

/* Gap Ack Block i of the last SACK, as (start, end). */
static void check_gap(const struct sim_raw *raw, size_t i, uint16_t start, uint16_t end)
{
    const struct sim_record *record = sim_raw_last(raw, SIM_SACK);
    const uint8_t *p = record->raw + last_sack(raw)->offset + 16 + 4 * i;
    assert_true(i < last_sack(raw)->gaps);
    assert_int_equal(p[0] << 8 | p[1], start);
    assert_int_equal(p[2] << 8 | p[3], end);
}

static void test_first_data_at_once(void **state)
{
    struct sim_raw raw = sender(*state, NULL);
    assert_int_equal(last_sack(&raw)->tsn, 1000);
    assert_int_equal(last_sack(&raw)->gaps, 0);
    sim_finish(*state);
}

static void test_single_packet_waits_200_ms(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sender(sim, NULL);
    sim_raw_data(&raw, 0, 1, 100);
    sctpx_time start = sim->now;
    sim_run_for(sim, 200 * SIM_MS - 1);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 1);
    sim_run_for(sim, 2);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 2);
    assert_int_equal(sim_raw_last(&raw, SIM_SACK)->at - start, 200 * SIM_MS);
    assert_int_equal(last_sack(&raw)->tsn, 1001);
    sim_run_for(sim, SIM_SECOND);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 2);
    sim_finish(sim);
}

static void test_every_second_packet(void **state)
{
    struct sim_raw raw = sender(*state, NULL);
    for (uint16_t i = 1; i <= 20; i++) {
        sim_raw_data(&raw, 0, i, 100);
        assert_int_equal(sim_raw_count(&raw, SIM_SACK), 1 + i / 2);
    }
    sim_finish(*state);
}

/* Packets count, not chunks. */
static void test_bundled_chunks_are_one_packet(void **state)
{
    struct sim_raw raw = sender(*state, NULL);
    struct pb *pb = sim_raw_packet(&raw);
    for (uint16_t i = 0; i < 5; i++)
        pb_data(pb, 7, raw.tsn++, 0, 0, 100u + i, "x", 1);
    raw.conn->auto_read = false;
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 1);
    sim_finish(*state);
}

static void test_options(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.sack_delay_us = 50 * SIM_MS;
    options.sack_packets = 4;
    struct sim_raw raw = sender(sim, &options);
    for (uint16_t i = 1; i <= 12; i++) {
        sim_raw_data(&raw, 0, i, 100);
        assert_int_equal(sim_raw_count(&raw, SIM_SACK), 1 + i / 4);
    }
    sim_raw_data(&raw, 0, 13, 100);
    sim_run_for(sim, 51 * SIM_MS);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 5);
    sim_finish(sim);
}

static void test_gap_at_once_and_until_filled(void **state)
{
    struct sim_raw raw = sender(*state, NULL);
    raw.conn->auto_read = false;
    sim_raw_data_tsn(&raw, 1002, BEGIN_END, 0, 2, 10);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 2);
    assert_int_equal(last_sack(&raw)->tsn, 1000);
    check_gap(&raw, 0, 2, 2);
    sim_raw_data_tsn(&raw, 1003, BEGIN_END, 0, 3, 10);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 3);
    check_gap(&raw, 0, 2, 3);
    sim_raw_data_tsn(&raw, 1006, BEGIN_END, 0, 6, 10);
    sim_raw_data_tsn(&raw, 1008, BEGIN_END, 0, 8, 10);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 5);
    assert_int_equal(last_sack(&raw)->gaps, 3);
    check_gap(&raw, 0, 2, 3);
    check_gap(&raw, 1, 6, 6);
    check_gap(&raw, 2, 8, 8);
    sim_raw_data_tsn(&raw, 1001, BEGIN_END, 0, 1, 10);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 6);
    assert_int_equal(last_sack(&raw)->tsn, 1003);
    check_gap(&raw, 0, 3, 3);
    check_gap(&raw, 1, 5, 5);
    sim_finish(*state);
}

static void test_i_bit(void **state)
{
    struct sim_raw raw = sender(*state, NULL);
    raw.conn->auto_read = false;
    sim_raw_data_tsn(&raw, 1001, BEGIN_END | IMMEDIATE, 0, 1, 10);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 2);
    assert_int_equal(last_sack(&raw)->tsn, 1001);
    sim_finish(*state);
}

static void test_sack_now_sets_the_i_bit(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_send(pair.ab, 0, 10);
    sim_run_until_sent(pair.ab, SIM_SECOND);
    size_t mark = sim_mark(sim);
    sctpx_time start = sim->now;
    assert_int_equal(sim_try_send(pair.ab, 0, 3000, SCTPX_MSG_SACK_NOW), 0);
    sim_run_until_sent(pair.ab, SIM_SECOND);
    assert_int_equal(sim->now - start, 20 * SIM_MS);
    const struct sim_record *last =
        sim_last(sim, (struct sim_query){.from = pair.a, .since = mark});
    assert_true(sim_find_chunk(sim, last, SIM_DATA)->flags & IMMEDIATE);
    sim_finish(sim);
}

static void test_duplicate_at_once_and_reported(void **state)
{
    struct sim_raw raw = sender(*state, NULL);
    raw.conn->auto_read = false;
    sim_raw_data_tsn(&raw, 1000, BEGIN_END, 0, 0, 100);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 2);
    const struct sim_record *record = sim_raw_last(&raw, SIM_SACK);
    assert_int_equal(last_sack(&raw)->dups, 1);
    const uint8_t *p = record->raw + last_sack(&raw)->offset + 16;
    assert_int_equal(p[2] << 8 | p[3], 1000);
    sim_raw_data_tsn(&raw, 1001, BEGIN_END | IMMEDIATE, 0, 1, 100);
    assert_int_equal(last_sack(&raw)->dups, 0);
    assert_int_equal(sim_status(raw.conn).duplicate_chunks, 1);
    sim_finish(*state);
}

static void test_flood_of_duplicates(void **state)
{
    struct sim_raw raw = sender(*state, NULL);
    size_t bytes = raw.host->live_bytes;
    for (int i = 0; i < 100; i++) {
        struct pb *pb = sim_raw_packet(&raw);
        for (int j = 0; j < 70; j++)
            pb_data(pb, BEGIN_END, 1000, 0, 0, 0, "x", 1);
        sim_raw_send(&raw, pb);
    }
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 101);
    assert_true(raw.host->live_bytes <= bytes + 4096);
    assert_int_equal(raw.conn->received_messages, 1);
    sim_finish(*state);
}

/* So many gaps that they do not fit: the SACK stays within the MTU (checked by the simulator). */
static void test_more_gaps_than_fit(void **state)
{
    struct sim_raw raw = sender(*state, NULL);
    raw.conn->auto_read = false;
    for (uint32_t i = 0; i < 1500; i++)
        sim_raw_data_tsn(&raw, 1002 + 2 * i, BEGIN_END, 0, (uint16_t)(2 + 2 * i), 1);
    assert_int_equal(last_sack(&raw)->tsn, 1000);
    assert_true(last_sack(&raw)->gaps > 100);
    check_gap(&raw, 0, 2, 2);
    assert_false(raw.conn->is_closed);
    sim_finish(*state);
}

/* 6.1: an acknowledgement that waits goes along with data. */
static void test_sack_rides_on_data(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sender(sim, NULL);
    sim_raw_data(&raw, 0, 1, 100);
    sim_send(raw.conn, 0, 100);
    sim_flush(sim);
    const struct sim_record *data = sim_raw_last(&raw, SIM_DATA);
    assert_true(sim_record_has(data, SIM_SACK));
    sim_raw_sack(&raw, raw.host_tsn, raw.rwnd);
    sim_run_for(sim, SIM_SECOND);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 2);
    sim_finish(sim);
}

/* TSNs far away (attack P8): not stored, nothing breaks. */
static void test_scattered_tsns(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sender(sim, NULL);
    raw.conn->auto_read = false;
    size_t bytes = raw.host->live_bytes;
    for (uint32_t i = 1; i < 20000; i++)
        sim_raw_data_tsn(&raw, 1001 + i * 100000, BEGIN_END | UNORDERED, 0, 0, 1);
    assert_true(raw.host->live_bytes < bytes + 3 * 1024 * 1024);
    assert_int_equal(last_sack(&raw)->tsn, 1000);
    sim_raw_data_tsn(&raw, 1001, BEGIN_END, 0, 1, 100);
    sim_run_for(sim, SIM_SECOND);
    assert_int_equal(last_sack(&raw)->tsn, 1001);
    sim_finish(sim);
}

/* 5.1, 6.5: the first DATA is acknowledged at once, also when its stream does not exist. */
static void test_first_data_on_invalid_stream(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sctpx_listen_options listen;
    sctpx_listen_options_defaults(host->endpoint, &listen);
    listen.assoc.max_in_streams = 2;
    sim_listen(host, SIM_PORT, &listen);
    struct sim_raw raw = sim_raw_new(host, 1);
    sim_raw_connect(&raw);
    sim_raw_data(&raw, 5, 0, 10);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 1);
    assert_int_equal(last_sack(&raw)->tsn, 1000);
    assert_int_equal(sim_raw_count(&raw, SIM_ERROR), 1);
    sim_finish(sim);
}

/* 3.3.4: as many gap blocks as fit, however large the packets are. */
static void test_gaps_in_large_packets(void **state)
{
    struct sim *sim = *state;
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.assoc.mtu = 9000;
    struct sim_host *host = sim_host_new(sim, "b", 1, &options);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    sim_raw_connect(&raw);
    raw.conn->auto_read = false;
    for (uint32_t i = 0; i < 700; i++)
        sim_raw_data_tsn(&raw, raw.tsn + 1 + 2 * i, BEGIN_END | UNORDERED, 0, 0, 10);
    assert_int_equal(last_sack(&raw)->gaps, 700);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_first_data_at_once),
        sim_unit_test(test_single_packet_waits_200_ms),
        sim_unit_test(test_every_second_packet),
        sim_unit_test(test_bundled_chunks_are_one_packet),
        sim_unit_test(test_options),
        sim_unit_test(test_gap_at_once_and_until_filled),
        sim_unit_test(test_i_bit),
        sim_unit_test(test_sack_now_sets_the_i_bit),
        sim_unit_test(test_duplicate_at_once_and_reported),
        sim_unit_test(test_flood_of_duplicates),
        sim_unit_test(test_more_gaps_than_fit),
        sim_unit_test(test_sack_rides_on_data),
        sim_unit_test(test_scattered_tsns),
        sim_unit_test(test_first_data_on_invalid_stream),
        sim_unit_test(test_gaps_in_large_packets),
    };
    return cmocka_run_group_tests_name("scenario.sack", tests, NULL, NULL);
}
