/* SPDX-License-Identifier: MIT */
/* When received DATA is acknowledged, and what the SACK says (RFC 9260 6.2, RFC 5681 4.2). */
#include <string.h>

#include "conformance/rfc9260_06.h"

static size_t sacks(const struct sim_raw *raw)
{
    return sim_raw_count(raw, SIM_SACK);
}

/* covers: 9260/6.2-8 9260/6.2-1 9260/6.2-7 */
static void test_every_second_packet(void **state)
{
    struct sim_raw raw = transfer_to_host_begun(*state, NULL);
    for (uint16_t i = 1; i <= 40; i++) {
        sim_raw_data(&raw, 0, i, 1 + 30u * i);
        assert_int_equal(sacks(&raw), 1 + i / 2);
        assert_int_equal(transfer_last_sack(&raw)->tsn, 1000 + i / 2 * 2);
    }
    sim_finish(*state);
}

/* Chunks of one packet count as one packet. */
/* covers: 9260/6.2-8 9260/6.2-10 */
static void test_packets_count_and_not_chunks(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host_begun(sim, NULL);
    for (size_t packets = 1; packets <= 10; packets++) {
        struct pb *pb = sim_raw_packet(&raw);
        for (int i = 0; i < 7; i++)
            pb_data(pb, DATA_WHOLE | DATA_UNORDERED, raw.tsn++, 0, 0, 0, "xyz", 3);
        sim_raw_send(&raw, pb);
        assert_int_equal(sacks(&raw), 1 + packets / 2);
    }
    sim_finish(sim);
}

/* covers: 9260/6.2-9 9260/6.2-10 */
static void test_within_200_ms(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host_begun(sim, NULL);
    for (uint16_t i = 1; i <= 5; i++) {
        sctpx_time start = sim->now;
        sim_raw_data(&raw, 0, i, 100);
        transfer_run_to(sim, start, 200 * SIM_MS - 1);
        assert_int_equal(sacks(&raw), i);
        transfer_run_to(sim, start, 200 * SIM_MS);
        assert_int_equal(sacks(&raw), i + 1u);
        assert_int_equal(transfer_last_sack(&raw)->tsn, 1000u + i);
        sim_run_for(sim, SIM_SECOND);
        assert_int_equal(sacks(&raw), i + 1u);
    }
    sim_finish(sim);
}

/* RFC 5681 4.2: a segment that fills all or part of a gap is acknowledged at once. */
/* covers: 9260/6.2-7 */
static void test_filling_a_gap_is_acknowledged_at_once(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host_begun(sim, NULL);
    sim_raw_data_tsn(&raw, 1003, DATA_WHOLE, 0, 3, 10);
    assert_int_equal(sacks(&raw), 2);
    sim_raw_data_tsn(&raw, 1001, DATA_WHOLE, 0, 1, 10);
    assert_int_equal(sacks(&raw), 3);
    assert_int_equal(transfer_last_sack(&raw)->tsn, 1001);
    transfer_check_gap(&raw, 0, 2, 2);
    sim_raw_data_tsn(&raw, 1002, DATA_WHOLE, 0, 2, 10);
    assert_int_equal(sacks(&raw), 4);
    assert_int_equal(transfer_last_sack(&raw)->tsn, 1003);
    assert_int_equal(transfer_last_sack(&raw)->gaps, 0);
    sim_raw_data_tsn(&raw, 1004, DATA_WHOLE, 0, 4, 10); /* the gap is gone: delayed again */
    assert_int_equal(sacks(&raw), 4);
    sim_finish(sim);
}

/* Whatever a packet holds: duplicates, gaps, I bits, strange streams, TSNs out of reach. */
/* covers: 9260/6.2-11 9260/6.2-10 */
static void test_one_sack_for_a_packet(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host_begun(sim, NULL);
    for (uint32_t i = 0; i < 200; i++) {
        size_t before = sacks(&raw);
        struct pb *pb = sim_raw_packet(&raw);
        pb_data(pb, DATA_WHOLE, 1000, 0, 0, 0, "x", 1);
        pb_data(pb, DATA_WHOLE | DATA_UNORDERED | DATA_IMMEDIATE, 1002 + 3 * i, 0, 0, 0, "x", 1);
        pb_data(pb, DATA_WHOLE, 1003 + 3 * i, 60000, 0, 0, "x", 1);
        pb_data(pb, DATA_WHOLE, 1000 + 200000, 0, 0, 0, "x", 1);
        pb_data(pb, DATA_WHOLE | DATA_UNORDERED, 1002 + 3 * i, 0, 0, 0, "x", 1);
        sim_raw_send(&raw, pb);
        assert_int_equal(sacks(&raw), before + 1);
    }
    size_t before = sacks(&raw);
    sim_run_for(sim, 10 * SIM_SECOND);
    assert_int_equal(sacks(&raw), before);
    sim_finish(sim);
}

/* covers: 9260/6.2-14 */
static void test_sack_delay_is_bounded(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = transfer_options();
    options.sack_delay_us = 500 * SIM_MS;
    assert_int_equal(sctpx_assoc_options_check(&options), 0);
    options.sack_packets = 10;
    struct sim_raw raw = transfer_to_host_begun(sim, &options);
    sim_raw_data(&raw, 0, 1, 100);
    sim_run_for(sim, 500 * SIM_MS);
    assert_int_equal(sacks(&raw), 2);
    options.sack_delay_us++;
    assert_int_equal(sctpx_assoc_options_check(&options), SCTPX_EINVAL);
    assert_int_equal(sctpx_assoc_set_options(raw.conn->assoc, sim->now, &options), SCTPX_EINVAL);
    sctpx_listen_options listen;
    sctpx_listen_options_defaults(raw.host->endpoint, &listen);
    listen.assoc = options;
    assert_int_equal(sctpx_endpoint_listen(raw.host->endpoint, 99, &listen), SCTPX_EINVAL);
    sctpx_assoc_get_options(raw.conn->assoc, &options);
    assert_int_equal(options.sack_delay_us, 500 * SIM_MS);
    sim_finish(sim);
}

/* With the user's shutdown under way SHUTDOWN acknowledges what comes in order. */
/* covers: 9260/6.2-15 9260/6.2-18 */
static void test_shutdown_acknowledges(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host_begun(sim, NULL);
    assert_int_equal(sctpx_assoc_shutdown(raw.conn->assoc, sim->now), 0);
    sim_flush(sim);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_SENT);
    size_t before = sacks(&raw);
    sim_raw_data(&raw, 0, 1, 100);
    const struct sim_record *shutdown = sim_raw_last(&raw, SIM_SHUTDOWN);
    assert_int_equal(sim_find_chunk(sim, shutdown, SIM_SHUTDOWN)->tsn, 1001);
    assert_int_equal(sacks(&raw), before);
    /* Out of order: SHUTDOWN has no gap blocks, so a SACK says it. */
    sim_raw_data_tsn(&raw, 1003, DATA_WHOLE, 0, 3, 100);
    assert_int_equal(sacks(&raw), before + 1);
    assert_int_equal(transfer_last_sack(&raw)->tsn, 1001);
    transfer_check_gap(&raw, 0, 2, 2);
    sim_finish(sim);
}

/* covers: 9260/6.2-16 */
static void test_cumulative_tsn(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host_begun(sim, NULL);
    static const uint32_t arrive[] = {1002, 1004, 1005, 1001, 1008, 1003, 1007, 1006};
    static const uint32_t cum[] = {1000, 1000, 1000, 1002, 1002, 1005, 1005, 1008};
    for (size_t i = 0; i < 8; i++) {
        sim_raw_data_tsn(&raw, arrive[i], DATA_WHOLE | DATA_UNORDERED, 0, 0, 10);
        assert_int_equal(transfer_last_sack(&raw)->tsn, cum[i]);
    }
    sim_finish(sim);
}

/* covers: 9260/6.2-17 */
static void test_as_many_gap_blocks_as_fit(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host_begun(sim, NULL);
    size_t most = (PACKET_BYTES - 12 - 16) / 4;
    for (uint32_t i = 1; i <= most + 50; i++) {
        sim_raw_data_tsn(&raw, 1000 + 2 * i, DATA_WHOLE | DATA_UNORDERED, 0, 0, 10);
        size_t fit = i < most ? i : most;
        assert_int_equal(transfer_last_sack(&raw)->gaps, fit);
        transfer_check_gap(&raw, fit - 1, (uint16_t)(2 * fit), (uint16_t)(2 * fit));
    }
    assert_int_equal(sim_raw_last(&raw, SIM_SACK)->length, PACKET_BYTES);
    sim_finish(sim);
}

/* covers: 9260/6.2-19 */
static void test_i_bit_is_not_delayed(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host_begun(sim, NULL);
    sim_raw_data_tsn(&raw, 1001, DATA_WHOLE | DATA_IMMEDIATE, 0, 1, 10);
    assert_int_equal(sacks(&raw), 2);
    struct pb *pb = sim_raw_packet(&raw); /* on any chunk of the packet */
    pb_data(pb, DATA_WHOLE | DATA_IMMEDIATE, 1002, 0, 2, 0, "x", 1);
    pb_data(pb, DATA_WHOLE, 1003, 0, 3, 0, "x", 1);
    sim_raw_send(&raw, pb);
    assert_int_equal(sacks(&raw), 3);
    assert_int_equal(transfer_last_sack(&raw)->tsn, 1003);
    sim_raw_data_tsn(&raw, 1004, DATA_WHOLE, 0, 4, 10);
    assert_int_equal(sacks(&raw), 3);
    sim_finish(sim);
}

/* covers: 9260/6.2-20 9260/6.2-21 */
static void test_duplicates_at_once_and_reported(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host_begun(sim, NULL);
    sim_raw_data_tsn(&raw, 1002, DATA_WHOLE, 0, 2, 10);
    size_t before = sacks(&raw);
    struct pb *pb = sim_raw_packet(&raw);
    pb_data(pb, DATA_WHOLE, 1000, 0, 0, 0, "x", 1);
    pb_data(pb, DATA_WHOLE, 1002, 0, 2, 0, "x", 1);
    sim_raw_send(&raw, pb);
    assert_int_equal(sacks(&raw), before + 1);
    const struct sim_chunk *sack = transfer_last_sack(&raw);
    const uint8_t *dups = sim_raw_last(&raw, SIM_SACK)->raw + sack->offset + 16 + 4 * sack->gaps;
    assert_int_equal(sack->dups, 2);
    assert_int_equal(transfer_u32(dups), 1000);
    assert_int_equal(transfer_u32(dups + 4), 1002);
    sim_raw_data_tsn(&raw, 1001, DATA_WHOLE, 0, 1, 10);
    sim_run_for(sim, SIM_SECOND);
    assert_int_equal(transfer_last_sack(&raw)->dups, 0); /* reported once */
    /* Nothing is missing any more, and still there is no delay. */
    before = sacks(&raw);
    sim_raw_data_tsn(&raw, 1001, DATA_WHOLE, 0, 1, 10);
    assert_int_equal(sacks(&raw), before + 1);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_every_second_packet),
        sim_unit_test(test_packets_count_and_not_chunks),
        sim_unit_test(test_within_200_ms),
        sim_unit_test(test_filling_a_gap_is_acknowledged_at_once),
        sim_unit_test(test_one_sack_for_a_packet),
        sim_unit_test(test_sack_delay_is_bounded),
        sim_unit_test(test_shutdown_acknowledges),
        sim_unit_test(test_cumulative_tsn),
        sim_unit_test(test_as_many_gap_blocks_as_fit),
        sim_unit_test(test_i_bit_is_not_delayed),
        sim_unit_test(test_duplicates_at_once_and_reported),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_06_ack", tests, NULL, NULL);
}
