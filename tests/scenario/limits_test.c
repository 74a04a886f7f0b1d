/* SPDX-License-Identifier: MIT */
/* Fairness between streams, limits of the send buffer, would-block and WRITABLE. */
#include "sim/raw.h"
#include "sim/sim.h"

static struct sim_pair limited_pair(struct sim *sim, size_t sndbuf, size_t per_stream)
{
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.sndbuf_bytes = sndbuf;
    options.sndbuf_stream_bytes = per_stream;
    return sim_pair(sim, &options);
}

/* Streams take turns: one with a long queue does not hold up the others. */
static void test_streams_take_turns(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    for (uint16_t stream = 0; stream < 4; stream++)
        for (int i = 0; i < 100; i++)
            sim_send(pair.ab, stream, 1000);
    sim_run_until_received(pair.ba, 200, 10 * SIM_SECOND);
    for (uint16_t stream = 0; stream < 4; stream++)
        assert_in_range(pair.ba->next_in[stream], 40, 60);
    sim_run_until_received(pair.ba, 400, 10 * SIM_SECOND);
    sim_finish(sim);
}

static void test_late_stream_is_served_soon(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    for (int i = 0; i < 500; i++)
        sim_send(pair.ab, 0, 1400);
    sim_run_for(sim, 30 * SIM_MS);
    sim_send(pair.ab, 1, 100);
    size_t before = pair.ba->received_messages;
    while (pair.ba->max_in < 2 || pair.ba->next_in[1] == 0)
        assert_true(sim_step(sim));
    assert_true(pair.ba->received_messages - before < 100);
    sim_run_until_received(pair.ba, 501, 10 * SIM_SECOND);
    sim_finish(sim);
}

/* Each stream gets its share although the sizes of messages differ. */
static void test_every_stream_gets_on(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    for (int i = 0; i < 60; i++)
        sim_send(pair.ab, 0, 10000);
    for (int i = 0; i < 60; i++)
        sim_send(pair.ab, 1, 100);
    while (pair.ba->max_in < 2 || pair.ba->next_in[0] < 30)
        assert_true(sim_step(sim));
    assert_true(pair.ba->next_in[1] >= 28);
    sim_run_until_received(pair.ba, 120, 10 * SIM_SECOND);
    sim_finish(sim);
}

static void test_would_block_and_writable(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = limited_pair(sim, 20000, 0);
    size_t before = pair.a->live_bytes;
    int n = 0;
    while (sim_try_send(pair.ab, 0, 1000, 0) == 0)
        n++;
    assert_in_range(n, 10, 20);
    assert_int_equal(sim_try_send(pair.ab, 0, 1000, 0), SCTPX_EWOULDBLOCK);
    assert_true(pair.a->live_bytes - before < 60000);
    assert_int_equal(sim_event_count(pair.a, SCTPX_EVENT_WRITABLE), 0);
    sim_run_until_sent(pair.ab, 10 * SIM_SECOND);
    sim_flush(sim);
    assert_true(sim_event_count(pair.a, SCTPX_EVENT_WRITABLE) >= 1);
    assert_int_equal(sim_try_send(pair.ab, 0, 1000, 0), 0);
    sim_run_until_received(pair.ba, (size_t)n + 1, 10 * SIM_SECOND);
    sim_finish(sim);
}

static void test_no_writable_unless_asked(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = limited_pair(sim, 20000, 0);
    for (int i = 0; i < 100; i++) {
        sim_send(pair.ab, 0, 1000);
        sim_run_until_sent(pair.ab, SIM_SECOND);
    }
    assert_int_equal(sim_event_count(pair.a, SCTPX_EVENT_WRITABLE), 0);
    sim_finish(sim);
}

/* The simulator's loads rely on WRITABLE alone. */
static void test_loads_get_through_a_small_buffer(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = limited_pair(sim, 5000, 0);
    sim_send_load(pair.ab,
                  (struct sim_load){.count = 500, .min_bytes = 1, .max_bytes = 4000, .streams = 3});
    sim_run_until_received(pair.ba, 500, 600 * SIM_SECOND);
    sim_finish(sim);
}

static void test_message_longer_than_the_buffer(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = limited_pair(sim, 5000, 0);
    sim_send(pair.ab, 0, 50000);
    assert_int_equal(sim_try_send(pair.ab, 0, 10, 0), SCTPX_EWOULDBLOCK);
    sim_run_until_received(pair.ba, 1, 10 * SIM_SECOND);
    sim_run_until_sent(pair.ab, SIM_SECOND);
    sim_send(pair.ab, 0, 10);
    assert_int_equal(sim_try_send(pair.ab, 0, 50000, 0), SCTPX_EWOULDBLOCK);
    sim_run_until_received(pair.ba, 2, 10 * SIM_SECOND);
    sim_finish(sim);
}

static void test_limit_of_one_stream(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = limited_pair(sim, 100000, 10000);
    while (sim_try_send(pair.ab, 0, 1000, 0) == 0)
        ;
    assert_true(sctpx_assoc_unacked_bytes(pair.ab->assoc, 0) <= 10000);
    assert_int_equal(sim_try_send(pair.ab, 0, 1000, 0), SCTPX_EWOULDBLOCK);
    assert_int_equal(sim_try_send(pair.ab, 1, 1000, 0), 0);
    size_t sent = pair.ab->sent_messages;
    sim_run_until_received(pair.ba, sent, 10 * SIM_SECOND);
    sim_run_until_sent(pair.ab, SIM_SECOND);
    sim_flush(sim);
    assert_true(sim_event_count(pair.a, SCTPX_EVENT_WRITABLE) >= 1);
    assert_int_equal(sim_try_send(pair.ab, 0, 1000, 0), 0);
    sim_finish(sim);
}

static void test_refused_messages(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    assert_int_equal(sim_try_send(pair.ab, 0, 0, 0), SCTPX_EEMPTY);
    sctpx_sndinfo info = {.stream = 0};
    assert_int_equal(
        sctpx_assoc_send(pair.ab->assoc, sim->now, "x", SCTPX_MAX_SEND_BYTES + 1, &info),
        SCTPX_EMSGSIZE);
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.out_streams = 5;
    struct sim_conn *conn = sim_connect(pair.a, pair.b, SIM_PORT, &options);
    sim_run_until_up(conn, SIM_SECOND);
    assert_int_equal(sim_try_send(conn, 5, 10, 0), SCTPX_ESTREAM);
    assert_int_equal(sim_try_send(conn, 4, 10, 0), 0);
    sim_run_for(sim, SIM_SECOND);
    sim_finish(sim);
}

static void test_dry_and_sent_events(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    for (int i = 0; i < 20; i++)
        sim_send(pair.ab, (uint16_t)(i % 2), 1000);
    sim_run_until_sent(pair.ab, SIM_SECOND);
    sim_flush(sim);
    assert_int_equal(sim_event_count(pair.a, SCTPX_EVENT_DRY), 1);
    size_t bytes[2] = {0};
    for (size_t i = 0; i < sim_event_count(pair.a, SCTPX_EVENT_SENT); i++) {
        const struct sim_event *event = sim_event(pair.a, SCTPX_EVENT_SENT, i);
        assert_true(event->stream < 2);
        bytes[event->stream] += event->bytes;
    }
    assert_int_equal(bytes[0], 10000);
    assert_int_equal(bytes[1], 10000);
    sim_finish(sim);
}

/* Nobody polls: events are merged, so that their number is bounded.
 * covers: 9260/11.2.1-1 */
static void test_events_are_merged(void **state)
{
    struct sim *sim = *state;
    struct sim_host *b = sim_host_new(sim, "b", 1, NULL);
    sim_listen(b, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(b, 1);
    sim_raw_connect(&raw);
    raw.conn->auto_read = false;
    size_t mark = b->n_events;
    for (uint16_t i = 0; i < 500; i++) {
        struct pb *pb = sim_raw_packet(&raw);
        pb_data(pb, 3, raw.tsn++, 3, i, 0, "x", 1);
        sim_inject_pb(sim, &raw.addr, &b->addrs[0], pb);
    }
    sim_flush(sim);
    assert_int_equal(b->n_events - mark, 1);
    assert_int_equal(sim_status(raw.conn).readable_messages, 500);
    sim_finish(sim);
}

static void test_limit_of_associations(void **state)
{
    struct sim *sim = *state;
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.max_assocs = 3;
    struct sim_host *b = sim_host_new(sim, "b", 1, &options);
    sim_listen(b, SIM_PORT, NULL);
    for (uint8_t i = 1; i <= 3; i++) {
        struct sim_raw raw = sim_raw_new(b, i);
        sim_raw_connect(&raw);
    }
    struct sim_raw raw = sim_raw_new(b, 4);
    sim_raw_send(&raw, sim_raw_init(&raw));
    if (sim_raw_last(&raw, SIM_INIT_ACK)) {
        sim_raw_learn(&raw, SIM_INIT_ACK);
        struct pb *pb = sim_raw_packet(&raw);
        pb_cookie_echo(pb, raw.cookie, raw.cookie_length);
        sim_raw_send(&raw, pb);
    }
    assert_int_equal(b->n_conns, 3);
    assert_int_equal(sim_stats(b).associations, 3);
    sctpx_assoc *assoc;
    assert_int_equal(
        sctpx_endpoint_connect(b->endpoint, sim->now, &raw.addr, 1, 7, 0, NULL, NULL, &assoc),
        SCTPX_ELIMIT);
    sim_finish(sim);
}

static void test_limit_of_memory(void **state)
{
    struct sim *sim = *state;
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.memory_limit_bytes = 2 << 20;
    struct sim_host *b = sim_host_new(sim, "b", 1, &options);
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL);
    sim_listen(b, SIM_PORT, NULL);
    b->auto_read = false;
    for (int i = 0; i < 10; i++) {
        struct sim_conn *conn = sim_connect(a, b, SIM_PORT, NULL);
        sim_send_load(conn, (struct sim_load){.count = 1000, .min_bytes = 1000});
        sim_run_for(sim, 2 * SIM_SECOND);
    }
    assert_true(b->peak_bytes <= 2 << 20);
    assert_true(sim_stats(b).memory_bytes <= 2 << 20);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_streams_take_turns),
        sim_unit_test(test_late_stream_is_served_soon),
        sim_unit_test(test_every_stream_gets_on),
        sim_unit_test(test_would_block_and_writable),
        sim_unit_test(test_no_writable_unless_asked),
        sim_unit_test(test_loads_get_through_a_small_buffer),
        sim_unit_test(test_message_longer_than_the_buffer),
        sim_unit_test(test_limit_of_one_stream),
        sim_unit_test(test_refused_messages),
        sim_unit_test(test_dry_and_sent_events),
        sim_unit_test(test_events_are_merged),
        sim_unit_test(test_limit_of_associations),
        sim_unit_test(test_limit_of_memory),
    };
    return cmocka_run_group_tests_name("scenario.limits", tests, NULL, NULL);
}
