/* SPDX-License-Identifier: MIT */
/* The receive window from both ends: slow readers, closed windows, probes (RFC 9260 6.1 A, 6.2). */
#include "sim/raw.h"
#include "sim/sim.h"

enum { BUFFER = 65536 };

static sctpx_assoc_options small_buffer(void)
{
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.rcvbuf_bytes = BUFFER;
    return options;
}

/* b does not read; a has sent until b's window is closed. */
static struct sim_pair full_pair(struct sim *sim, size_t message_bytes)
{
    sctpx_assoc_options options = small_buffer();
    struct sim_pair pair = sim_pair(sim, &options);
    pair.ba->auto_read = false;
    sim_send_load(pair.ab,
                  (struct sim_load){.count = 600000 / message_bytes, .min_bytes = message_bytes});
    sim_run_for(sim, 500 * SIM_MS);
    return pair;
}

static void test_slow_reader_is_bounded(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = full_pair(sim, 1000);
    sctpx_assoc_status status = sim_status(pair.ba);
    assert_in_range(status.readable_bytes, BUFFER - 1500, BUFFER + 1500);
    assert_true(status.rcvbuf_used_bytes <= 2 * BUFFER);
    assert_true(sim_status(pair.ab).peer_rwnd_bytes < 2000);
    sim_run_for(sim, 60 * SIM_SECOND);
    assert_true(sim_status(pair.ba).readable_bytes <= BUFFER + 1500);
    sim_finish(sim);
}

/* Overhead counts: a flood of one-byte messages must not take many times the buffer. */
static void test_tiny_messages_are_bounded(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = small_buffer();
    struct sim_pair pair = sim_pair(sim, &options);
    sim->capture_off = true;
    pair.ba->auto_read = false;
    size_t before = pair.b->live_bytes;
    sim_send_load(pair.ab, (struct sim_load){.count = 100000, .min_bytes = 1, .streams = 100});
    sim_run_for(sim, 60 * SIM_SECOND);
    assert_true(sim_status(pair.ba).rcvbuf_used_bytes <= 2 * BUFFER);
    assert_true(pair.b->live_bytes - before < 4 * BUFFER + 65536);
    pair.ba->auto_read = true;
    sim_read(pair.ba, SIZE_MAX);
    sim_run_until_received(pair.ba, 100000, 600 * SIM_SECOND);
    sim_finish(sim);
}

static void test_reading_opens_the_window(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = full_pair(sim, 1000);
    size_t mark = sim_mark(sim);
    pair.ba->auto_read = true;
    assert_true(sim_read(pair.ba, SIZE_MAX) > 20);
    sim_flush(sim);
    /* A window update goes out at once, not with the next probe. */
    assert_true(
        sim_count(sim, (struct sim_query){.from = pair.b, .chunk = SIM_SACK, .since = mark}) == 1);
    sim_run_until_received(pair.ba, 600, 10 * SIM_SECOND);
    sim_finish(sim);
}

/* 6.2: no large number of updates when the user reads in tiny steps. */
static void test_few_window_updates(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = full_pair(sim, 100);
    sim_link(sim, pair.b->addrs, pair.a->addrs)->down = true;
    size_t mark = sim_mark(sim), n = sim_status(pair.ba).readable_messages;
    assert_true(n > 100);
    for (size_t i = 0; i < n; i++) {
        sim_read(pair.ba, 1);
        sim_flush(sim);
    }
    size_t updates =
        sim_count(sim, (struct sim_query){.from = pair.b, .chunk = SIM_SACK, .since = mark});
    assert_true(updates >= 1 && updates <= 5);
    sim_finish(sim);
}

/* The update is lost: a probe finds the open window. */
static void test_lost_window_update(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = full_pair(sim, 1000);
    sim_run_for(sim, 5 * SIM_SECOND);
    sim_link(sim, pair.b->addrs, pair.a->addrs)->down = true;
    pair.ba->auto_read = true;
    sim_read(pair.ba, SIZE_MAX);
    sim_flush(sim);
    sim_link(sim, pair.b->addrs, pair.a->addrs)->down = false;
    sim_run_until_received(pair.ba, 600, 120 * SIM_SECOND);
    sim_finish(sim);
}

/* A window may be closed for any time as long as the peer answers. */
static void test_closed_window_for_hours(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = full_pair(sim, 1000);
    size_t mark = sim_mark(sim);
    sim_run_for(sim, 3600 * SIM_SECOND);
    assert_false(pair.ab->is_closed);
    assert_int_equal(sim_path(pair.ab, 0).errors, 0);
    assert_true(sim_path(pair.ab, 0).active);
    /* The probes' interval grows to RTO.Max. */
    size_t probes = sim_count(sim, (struct sim_query){.from = pair.a, .since = mark});
    assert_true(probes >= 30 && probes < 200);
    pair.ba->auto_read = true;
    sim_read(pair.ba, SIZE_MAX);
    sim_run_until_received(pair.ba, 600, 10 * SIM_SECOND);
    sim_finish(sim);
}

static void test_closed_window_and_dead_peer(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = full_pair(sim, 1000);
    sim_set_address_down(sim, &pair.b->addrs[0], true);
    sim_run_until_closed(pair.ab, 1200 * SIM_SECOND);
    assert_int_equal(pair.ab->error, SCTPX_ELOST);
    sim_finish(sim);
}

static void test_many_small_reads(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = full_pair(sim, 700);
    size_t count = pair.ab->load.count;
    for (int i = 0; i < 20000 && pair.ba->received_messages < count; i++) {
        sim_read(pair.ba, 1);
        sim_run_for(sim, 2 * SIM_MS);
    }
    assert_int_equal(pair.ba->received_messages, count);
    sim_finish(sim);
}

/* A peer that does not care about the window gets no further than the promised memory. */
static void test_sender_that_ignores_the_window(void **state)
{
    struct sim *sim = *state;
    struct sim_host *b = sim_host_new(sim, "b", 1, NULL);
    sctpx_listen_options listen;
    sctpx_listen_options_defaults(b->endpoint, &listen);
    listen.assoc = small_buffer();
    sim_listen(b, SIM_PORT, &listen);
    for (uint8_t i = 1; i <= 2; i++) {
        struct sim_raw raw = sim_raw_new(b, i);
        sim_raw_connect(&raw);
        raw.conn->auto_read = false;
        size_t before = b->live_bytes;
        /* In order the first time; then with a hole in front, so that nothing can be read. */
        for (uint32_t j = i - 1; j < 2000; j++)
            sim_raw_data_tsn(&raw, raw.tsn + j, 3, 0, (uint16_t)j, 1000);
        assert_true(sim_status(raw.conn).rcvbuf_used_bytes <= 3 * BUFFER);
        assert_true(b->live_bytes - before <= 4 * BUFFER);
        const struct sim_record *sack = sim_raw_last(&raw, SIM_SACK);
        assert_int_equal(sim_find_chunk(sim, sack, SIM_SACK)->rwnd, 0);
        assert_false(raw.conn->is_closed);
    }
    sim_finish(sim);
}

/* ---- a peer that says what its window is ---------------------------------------------------- */

static struct sim_raw receiver(struct sim *sim, uint32_t rwnd)
{
    struct sim_host *host = sim_host_new(sim, "a", 1, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    raw.rwnd = rwnd;
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.hb_interval_us = SCTPX_TIME_NEVER;
    sim_raw_answer(&raw, &options);
    return raw;
}

/* 6.1 A: first probe after one RTO, then exponentially rarer, one DATA chunk each. */
static void test_probe_intervals(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = receiver(sim, 1500);
    sim_send(raw.conn, 0, 1000);
    sim_flush(sim);
    assert_int_equal(sim_raw_count(&raw, SIM_DATA), 1);
    sim_raw_sack(&raw, raw.host_tsn, 0);
    sctpx_time closed_at = sim->now;
    sim_send(raw.conn, 0, 1000);
    sim_send(raw.conn, 0, 1000);
    static const sctpx_time seconds[] = {1, 3, 7, 15, 31};
    for (size_t i = 0; i < 5; i++) {
        sim_run_for(sim, closed_at + seconds[i] * SIM_SECOND - 500 * SIM_MS - sim->now);
        assert_int_equal(sim_raw_count(&raw, SIM_DATA), 1 + i);
        sim_run_for(sim, SIM_SECOND);
        assert_int_equal(sim_raw_count(&raw, SIM_DATA), 2 + i);
        sim_raw_sack(&raw, raw.host_tsn, 0);
        assert_int_equal(sim_raw_count(&raw, SIM_DATA), 2 + i);
    }
    size_t chunks = sim_count_chunks(
        sim, (struct sim_query){.from = raw.host, .has_tsn = true, .tsn = raw.host_tsn + 1});
    assert_int_equal(chunks, 5);
    assert_int_equal(sim_path(raw.conn, 0).errors, 0);
    sim_finish(sim);
}

/* A probe that is accepted while the window stays closed makes room for the next one only. */
static void test_probes_that_are_accepted(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = receiver(sim, 1500);
    for (int i = 0; i < 5; i++)
        sim_send(raw.conn, 0, 1000);
    sim_flush(sim);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(sim_raw_count(&raw, SIM_DATA), i + 1);
        sim_raw_sack(&raw, raw.host_tsn + i, 0);
        assert_int_equal(sim_raw_count(&raw, SIM_DATA), i + 1);
        sctpx_time start = sim->now;
        while (sim_raw_count(&raw, SIM_DATA) == i + 1)
            assert_true(sim_step(sim));
        assert_in_range(sim->now - start, 900 * SIM_MS, 60 * SIM_SECOND);
    }
    assert_int_equal(sim_path(raw.conn, 0).errors, 0);
    sim_finish(sim);
}

/* 6.1 A, 6.3.3: probes nobody answers are ordinary losses: repeated with every time-out, and in
 * the end the peer is lost. */
static void test_unanswered_probes(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = receiver(sim, 1500);
    sim_send(raw.conn, 0, 1000);
    sim_flush(sim);
    sim_raw_sack(&raw, raw.host_tsn, 0);
    sctpx_time start = sim->now;
    sim_send(raw.conn, 0, 1000);
    sim_run_until_closed(raw.conn, 1000 * SIM_SECOND);
    assert_int_equal(raw.conn->error, SCTPX_ELOST);
    static const sctpx_time seconds[] = {1, 3, 7, 15, 31, 63};
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(sim_sent_nth(raw.host, SIM_DATA, i + 1)->at - start,
                         seconds[i] * SIM_SECOND);
    /* Association.Max.Retrans = 10: the probe and ten repetitions. */
    assert_int_equal(sim_raw_count(&raw, SIM_DATA), 12);
    sim_finish(sim);
}

static void test_window_limits_flight(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = receiver(sim, 3500);
    sim_send_load(raw.conn, (struct sim_load){.count = 50, .min_bytes = 1000});
    sim_flush(sim);
    assert_int_equal(sim_count_chunks(sim, (struct sim_query){.from = raw.host}), 3);
    sim_finish(sim);
}

/* Silly window syndrome (6.1 A, RFC 1122 4.2.3.4): no tiny pieces for tiny windows. */
static void test_silly_window(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = receiver(sim, 1500);
    sim_send_load(raw.conn, (struct sim_load){.count = 20, .min_bytes = 5000});
    sim_flush(sim);
    uint32_t cum = raw.host_tsn - 1;
    for (uint32_t i = 0; i < 20; i++) {
        size_t n = sim_count_chunks(sim, (struct sim_query){.from = raw.host});
        cum = raw.host_tsn + (uint32_t)n - 1;
        sim_raw_sack(&raw, cum, 100);
        sim_run_for(sim, 10 * SIM_MS);
    }
    size_t n = sim_count_chunks(sim, (struct sim_query){.from = raw.host});
    for (size_t i = 0; i < n; i++) {
        const struct sim_record *record = sim_sent_nth(raw.host, SIM_DATA, i);
        const struct sim_chunk *chunk = sim_find_chunk(sim, record, SIM_DATA);
        assert_true(chunk->length > 116 || chunk->flags & 1);
    }
    assert_false(raw.conn->is_closed);
    sim_finish(sim);
}

/* SACKs that promise less than what is in flight must not wrap the arithmetic (attack P12). */
static void test_shrinking_window(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = receiver(sim, 100000);
    sim_send_load(raw.conn, (struct sim_load){.count = 100, .min_bytes = 1400});
    sim_flush(sim);
    size_t n = sim_count_chunks(sim, (struct sim_query){.from = raw.host});
    sim_raw_sack(&raw, raw.host_tsn, 10);
    assert_true(sim_status(raw.conn).peer_rwnd_bytes < 100);
    assert_int_equal(sim_count_chunks(sim, (struct sim_query){.from = raw.host}), n);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_slow_reader_is_bounded),
        sim_unit_test(test_tiny_messages_are_bounded),
        sim_unit_test(test_reading_opens_the_window),
        sim_unit_test(test_few_window_updates),
        sim_unit_test(test_lost_window_update),
        sim_unit_test(test_closed_window_for_hours),
        sim_unit_test(test_closed_window_and_dead_peer),
        sim_unit_test(test_many_small_reads),
        sim_unit_test(test_sender_that_ignores_the_window),
        sim_unit_test(test_probe_intervals),
        sim_unit_test(test_probes_that_are_accepted),
        sim_unit_test(test_unanswered_probes),
        sim_unit_test(test_window_limits_flight),
        sim_unit_test(test_silly_window),
        sim_unit_test(test_shrinking_window),
    };
    return cmocka_run_group_tests_name("scenario.window", tests, NULL, NULL);
}
