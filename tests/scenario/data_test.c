/* SPDX-License-Identifier: MIT */
/* User messages over a good network: sizes, order, streams (RFC 9260 6.5, 6.6, 6.9). */
#include "sim/raw.h"
#include "sim/sim.h"

static const size_t sizes[] = {1,     2,     3,     4,     5,      100,    1443,   1444,  1445,
                               1446,  1447,  1448,  2887,  2888,   2889,   4332,   10000, 16384,
                               65534, 65535, 65536, 65537, 100000, 100001, 100002, 100003};
#define N_SIZES (sizeof(sizes) / sizeof(sizes[0]))

static void check_sizes(struct sim *sim, uint16_t flags)
{
    struct sim_pair pair = sim_pair(sim, NULL);
    for (size_t i = 0; i < N_SIZES; i++) {
        assert_int_equal(sim_try_send(pair.ab, 0, sizes[i], flags), 0);
        assert_int_equal(sim_try_send(pair.ba, 0, sizes[i], flags), 0);
        sim_run_until_received(pair.ba, i + 1, 10 * SIM_SECOND);
        sim_run_until_received(pair.ab, i + 1, 10 * SIM_SECOND);
    }
    assert_int_equal(sim_status(pair.ab).retransmitted_chunks, 0);
    assert_int_equal(sim_status(pair.ba).duplicate_chunks, 0);
    sim_finish(sim);
}

static void test_ordered_sizes(void **state)
{
    check_sizes(*state, 0);
}

static void test_unordered_sizes(void **state)
{
    check_sizes(*state, SCTPX_MSG_UNORDERED);
}

static void test_message_of_half_a_megabyte(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim->capture_off = true;
    sim_send(pair.ab, 0, 500000);
    sim_run_until_received(pair.ba, 1, 60 * SIM_SECOND);
    sim_finish(sim);
}

static void test_other_mtus(void **state)
{
    static const uint32_t mtus[] = {576, 1280, 1400, 9000, 65535};
    for (size_t i = 0; i < 5; i++) {
        struct sim *sim = sim_renew(state);
        sctpx_assoc_options options;
        sctpx_assoc_options_defaults(&options);
        options.mtu = mtus[i];
        struct sim_pair pair = sim_pair(sim, &options);
        sim_send_load(pair.ab, (struct sim_load){
                                   .count = 30, .min_bytes = 1, .max_bytes = 50000, .streams = 3});
        sim_run_until_received(pair.ba, 30, 60 * SIM_SECOND);
        sim_finish(sim);
    }
}

/* A train of packets and one packet at a time are the same. */
static void test_small_transmit_buffer(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    pair.a->transmit_capacity = pair.b->transmit_capacity = 1500;
    sim_send_load(pair.ab, (struct sim_load){.count = 100, .min_bytes = 1, .max_bytes = 20000});
    sim_run_until_received(pair.ba, 100, 60 * SIM_SECOND);
    sim_finish(sim);
}

static void test_small_messages_are_bundled(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_run_for(sim, SIM_SECOND);
    size_t mark = sim_mark(sim);
    for (int i = 0; i < 30; i++)
        sim_send(pair.ab, (uint16_t)(i % 3), 20);
    sim_flush(sim);
    struct sim_query data = {.from = pair.a, .chunk = SIM_DATA, .since = mark};
    assert_int_equal(sim_count_chunks(sim, data), 30);
    /* 30 * (16 + 20) bytes = 1080 bytes. */
    assert_int_equal(sim_count(sim, data), 1);
    sim_run_until_received(pair.ba, 30, SIM_SECOND);
    sim_finish(sim);
}

/* B, E and consecutive TSNs of a fragmented message; SSN the same in all. */
static void test_fragments(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_send(pair.ab, 5, 4 * 1400);
    sim_run_until_received(pair.ba, 1, SIM_SECOND);
    size_t n = sim_count_chunks(sim, (struct sim_query){.from = pair.a});
    assert_true(n >= 4 && n <= 5);
    uint32_t tsn = sim_find_chunk(sim, sim_sent_nth(pair.a, SIM_DATA, 0), SIM_DATA)->tsn;
    assert_int_equal(tsn, sim_find_chunk(sim, sim_sent_nth(pair.a, SIM_INIT, 0), SIM_INIT)->tsn);
    for (size_t i = 0; i < n; i++) {
        const struct sim_record *record = sim_sent_nth(pair.a, SIM_DATA, i);
        const struct sim_chunk *chunk = sim_find_chunk(sim, record, SIM_DATA);
        assert_int_equal(chunk->tsn, tsn + i);
        assert_int_equal(chunk->stream, 5);
        assert_int_equal(chunk->ssn, 0);
        assert_int_equal(chunk->flags & 7, (i == 0 ? 2 : 0) | (i == n - 1 ? 1 : 0));
    }
    sim_finish(sim);
}

static void test_ordered_and_unordered_mixed(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    for (int i = 0; i < 200; i++) {
        uint16_t flags = i % 3 ? 0 : SCTPX_MSG_UNORDERED;
        assert_int_equal(sim_try_send(pair.ab, (uint16_t)(i % 5), (size_t)i * 20 + 1, flags), 0);
    }
    sim_run_until_received(pair.ba, 200, 10 * SIM_SECOND);
    sim_finish(sim);
}

/* 6.6: an unordered message passes ordered ones that wait for a lost one. */
static void test_unordered_overtakes(void **state)
{
    struct sim *sim = *state;
    struct sim_host *b = sim_host_new(sim, "b", 1, NULL);
    sim_listen(b, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(b, 1);
    sim_raw_connect(&raw);
    raw.conn->auto_read = false;
    sim_raw_data_tsn(&raw, 1001, 3, 0, 1, 10);
    assert_int_equal(sim_status(raw.conn).readable_messages, 0);
    sim_raw_data_tsn(&raw, 1002, 7, 0, 0, 10);
    assert_int_equal(sim_status(raw.conn).readable_messages, 1);
    sim_raw_data_tsn(&raw, 1003, 3, 1, 0, 10);
    assert_int_equal(sim_status(raw.conn).readable_messages, 2);
    sim_raw_data_tsn(&raw, 1000, 3, 0, 0, 10);
    assert_int_equal(sim_status(raw.conn).readable_messages, 4);
    sim_finish(sim);
}

/* A lost message holds up its own stream only. */
static void test_streams_are_independent(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_run_for(sim, SIM_SECOND);
    sim_add_drop(sim, (struct sim_drop){.from = pair.a, .chunk = SIM_DATA, .count = 1});
    sim_send(pair.ab, 0, 1000);
    sim_flush(sim);
    sim_send(pair.ab, 0, 1000);
    sim_send(pair.ab, 1, 1000);
    sim_run_for(sim, 15 * SIM_MS);
    assert_int_equal(pair.ba->received_messages, 1);
    assert_int_equal(pair.ba->next_in[1], 1);
    sim_run_until_received(pair.ba, 3, 10 * SIM_SECOND);
    sim_finish(sim);
}

static void test_hundred_streams(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_send_load(pair.ab, (struct sim_load){
                               .count = 2000, .min_bytes = 1, .max_bytes = 3000, .streams = 100});
    sim_run_until_received(pair.ba, 2000, 60 * SIM_SECOND);
    sim_finish(sim);
}

static void test_every_stream_there_can_be(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim->capture_off = true;
    assert_int_equal(sim_status(pair.ab).out_streams, 65535);
    sim_send_load(pair.ab, (struct sim_load){.count = 65535, .min_bytes = 10, .streams = 65535});
    sim_run_until_received(pair.ba, 65535, 120 * SIM_SECOND);
    assert_int_equal(pair.ba->max_in >= 65535, true);
    sim_finish(sim);
}

static void test_both_ways_at_once(void **state)
{
    struct sim *sim = *state;
    struct sim_link_config link = {.delay_us = 5 * SIM_MS, .rate_bps = 20000000};
    sim_set_links(sim, &link);
    struct sim_pair pair = sim_pair(sim, NULL);
    struct sim_load load = {.count = 500, .min_bytes = 1, .max_bytes = 9000, .streams = 10};
    sim_send_load(pair.ab, load);
    sim_send_load(pair.ba, load);
    sim_run_until_received(pair.ba, 500, 60 * SIM_SECOND);
    sim_run_until_received(pair.ab, 500, 60 * SIM_SECOND);
    sim_run_until_sent(pair.ab, 10 * SIM_SECOND);
    assert_int_equal(pair.ba->received_bytes, pair.ab->sent_bytes);
    assert_int_equal(pair.ab->received_bytes, pair.ba->sent_bytes);
    sim_finish(sim);
}

/* covers: 9260/11.1.8-1 */
static void test_counters_of_the_status(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_send_load(pair.ab, (struct sim_load){.count = 50, .min_bytes = 700});
    sim_run_until_sent(pair.ab, 10 * SIM_SECOND);
    sctpx_assoc_status a = sim_status(pair.ab), b = sim_status(pair.ba);
    assert_int_equal(a.sent_bytes, 50 * 700);
    assert_int_equal(b.received_bytes, 50 * 700);
    assert_int_equal(a.sent_chunks, 50);
    assert_int_equal(b.received_chunks, 50);
    assert_int_equal(a.retransmitted_chunks, 0);
    assert_int_equal(b.readable_bytes, 0);
    assert_int_equal(b.rcvbuf_used_bytes, 0);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_ordered_sizes),
        sim_unit_test(test_unordered_sizes),
        sim_unit_test(test_message_of_half_a_megabyte),
        sim_unit_test(test_other_mtus),
        sim_unit_test(test_small_transmit_buffer),
        sim_unit_test(test_small_messages_are_bundled),
        sim_unit_test(test_fragments),
        sim_unit_test(test_ordered_and_unordered_mixed),
        sim_unit_test(test_unordered_overtakes),
        sim_unit_test(test_streams_are_independent),
        sim_unit_test(test_hundred_streams),
        sim_unit_test(test_every_stream_there_can_be),
        sim_unit_test(test_both_ways_at_once),
        sim_unit_test(test_counters_of_the_status),
    };
    return cmocka_run_group_tests_name("scenario.data", tests, NULL, NULL);
}
