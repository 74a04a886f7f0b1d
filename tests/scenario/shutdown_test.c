/* SPDX-License-Identifier: MIT */
/* Graceful ends over a good network (RFC 9260 9.2). */
#include "sim/raw.h"
#include "sim/sim.h"

static void shut(struct sim_conn *conn)
{
    assert_int_equal(sctpx_assoc_shutdown(conn->assoc, conn->host->sim->now), 0);
}

static void check_ended(struct sim_pair *pair)
{
    struct sim *sim = pair->a->sim;
    sim_run_until_closed(pair->ab, 10 * SIM_SECOND);
    sim_run_until_closed(pair->ba, 10 * SIM_SECOND);
    assert_int_equal(pair->ab->error, 0);
    assert_int_equal(pair->ba->error, SCTPX_EPEERSHUTDOWN);
    assert_int_equal(sim_event_count(pair->b, SCTPX_EVENT_PEER_SHUTDOWN), 1);
    assert_int_equal(sim_sent(pair->a, SIM_ABORT) + sim_sent(pair->b, SIM_ABORT), 0);
    assert_int_equal(sctpx_endpoint_next_deadline(pair->a->endpoint), SCTPX_TIME_NEVER);
    assert_int_equal(sctpx_endpoint_next_deadline(pair->b->endpoint), SCTPX_TIME_NEVER);
    sim_run_for(sim, SIM_SECOND);
}

static void test_idle(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_run_for(sim, 100 * SIM_MS);
    size_t mark = sim_mark(sim);
    sctpx_time start = sim->now;
    shut(pair.ab);
    check_ended(&pair);
    static const int chunks[] = {SIM_SHUTDOWN, SIM_SHUTDOWN_ACK, SIM_SHUTDOWN_COMPLETE};
    assert_int_equal(sim_mark(sim) - mark, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct sim_record *record =
            sim_nth(sim, (struct sim_query){.chunk = SIM_ANY, .since = mark}, i);
        assert_true(sim_record_has(record, chunks[i]));
        assert_int_equal(record->at - start, i * 10 * SIM_MS);
    }
    /* With a TCB the T bit is 0 (8.5.1 C). */
    const struct sim_record *complete = sim_sent_nth(pair.a, SIM_SHUTDOWN_COMPLETE, 0);
    assert_int_equal(sim_find_chunk(sim, complete, SIM_SHUTDOWN_COMPLETE)->flags, 0);
    sim_finish(sim);
}

static void test_from_the_server(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    shut(pair.ba);
    sim_run_until_closed(pair.ba, SIM_SECOND);
    sim_run_until_closed(pair.ab, SIM_SECOND);
    assert_int_equal(pair.ba->error, 0);
    assert_int_equal(pair.ab->error, SCTPX_EPEERSHUTDOWN);
    sim_finish(sim);
}

static void test_waits_for_own_data(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_send_load(pair.ab, (struct sim_load){.count = 200, .min_bytes = 3000, .streams = 4});
    shut(pair.ab);
    assert_int_equal(sim_state(pair.ab), SCTPX_SHUTDOWN_PENDING);
    check_ended(&pair);
    assert_int_equal(pair.ba->received_messages, 200);
    sim_finish(sim);
}

static void test_waits_for_the_peers_data(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_send_load(pair.ba, (struct sim_load){.count = 200, .min_bytes = 3000, .streams = 4});
    sim_flush(sim);
    shut(pair.ab);
    check_ended(&pair);
    assert_int_equal(pair.ab->received_messages, 200);
    sim_finish(sim);
}

static void test_waits_for_data_of_both(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    struct sim_load load = {.count = 150, .min_bytes = 1, .max_bytes = 5000, .streams = 4};
    sim_send_load(pair.ab, load);
    sim_send_load(pair.ba, load);
    sim_run_for(sim, 30 * SIM_MS);
    shut(pair.ab);
    check_ended(&pair);
    assert_int_equal(pair.ab->received_messages, 150);
    assert_int_equal(pair.ba->received_messages, 150);
    sim_finish(sim);
}

/* 9.2: in SHUTDOWN_SENT every packet with DATA is answered with a SHUTDOWN at once. */
static void test_shutdown_acknowledges_data(void **state)
{
    struct sim *sim = *state;
    struct sim_host *b = sim_host_new(sim, "b", 1, NULL);
    sim_listen(b, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(b, 1);
    sim_raw_connect(&raw);
    shut(raw.conn);
    sim_flush(sim);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_SENT);
    for (uint16_t i = 0; i < 5; i++) {
        size_t n = sim_raw_count(&raw, SIM_SHUTDOWN);
        sim_raw_data(&raw, 0, i, 100);
        assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN), n + 1);
        const struct sim_record *last = sim_raw_last(&raw, SIM_SHUTDOWN);
        assert_int_equal(sim_find_chunk(sim, last, SIM_SHUTDOWN)->tsn, raw.tsn - 1);
    }
    /* With a gap a SACK has to come along. */
    raw.conn->auto_read = false;
    sim_raw_data_tsn(&raw, raw.tsn + 1, 3, 1, 0, 10);
    assert_true(sim_record_has(sim_raw_last(&raw, SIM_SHUTDOWN), SIM_SACK));
    sim_finish(sim);
}

/* 9.2: each of them sees the SHUTDOWN of the other, and is told. */
static void test_crossing_shutdowns(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    shut(pair.ab);
    shut(pair.ba);
    sim_run_until_closed(pair.ab, 10 * SIM_SECOND);
    sim_run_until_closed(pair.ba, 10 * SIM_SECOND);
    assert_int_equal(pair.ab->error, 0);
    assert_int_equal(pair.ba->error, 0);
    assert_int_equal(sim_event_count(pair.a, SCTPX_EVENT_PEER_SHUTDOWN), 1);
    assert_int_equal(sim_event_count(pair.b, SCTPX_EVENT_PEER_SHUTDOWN), 1);
    assert_int_equal(sim_sent(pair.a, SIM_ABORT) + sim_sent(pair.b, SIM_ABORT), 0);
    sim_finish(sim);
}

static void test_crossing_shutdowns_with_data(void **state)
{
    for (sctpx_time i = 0; i < 8; i++) {
        struct sim *sim = sim_renew(state);
        struct sim_pair pair = sim_pair(sim, NULL);
        sim_send_load(pair.ab, (struct sim_load){.count = 5 * i, .min_bytes = 1000});
        sim_send_load(pair.ba, (struct sim_load){.count = 20, .min_bytes = 1000});
        shut(pair.ab);
        sim_run_for(sim, i * 3 * SIM_MS);
        int r = sctpx_assoc_shutdown(pair.ba->assoc, sim->now);
        assert_true(r == 0 || r == SCTPX_ESTATE);
        sim_run_until_closed(pair.ab, 10 * SIM_SECOND);
        sim_run_until_closed(pair.ba, 10 * SIM_SECOND);
        assert_int_equal(pair.ab->received_messages, 20);
        assert_int_equal(pair.ba->received_messages, 5 * i);
        sim_finish(sim);
    }
}

static void test_data_is_refused_afterwards(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    shut(pair.ab);
    assert_int_equal(sim_try_send(pair.ab, 0, 10, 0), SCTPX_ESTATE);
    sim_run_for(sim, 12 * SIM_MS);
    assert_true(pair.ba->peer_shut_down);
    assert_int_equal(sim_try_send(pair.ba, 0, 10, 0), SCTPX_ESTATE);
    sim_run_until_closed(pair.ab, SIM_SECOND);
    assert_int_equal(sim_try_send(pair.ab, 0, 10, 0), SCTPX_ESTATE);
    assert_int_equal(sctpx_assoc_shutdown(pair.ab->assoc, sim->now), SCTPX_ESTATE);
    assert_int_equal(sctpx_assoc_abort(pair.ab->assoc, sim->now, NULL, 0), SCTPX_ESTATE);
    sim_finish(sim);
}

/* What was received stays readable after the end. */
static void test_reading_after_the_end(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    pair.ba->auto_read = false;
    sim_send_load(pair.ab, (struct sim_load){.count = 50, .min_bytes = 1000});
    shut(pair.ab);
    sim_run_until_closed(pair.ba, 10 * SIM_SECOND);
    assert_int_equal(sim_status(pair.ba).readable_messages, 50);
    assert_int_equal(sim_read(pair.ba, SIZE_MAX), 50);
    assert_int_equal(sim_state(pair.ba), SCTPX_CLOSED);
    sim_finish(sim);
}

/* Asked for before the set-up is done: data queued until then is still delivered. */
static void test_shutdown_during_setup(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL);
    struct sim_host *b = sim_host_new(sim, "b", 1, NULL);
    sim_listen(b, SIM_PORT, NULL);
    struct sim_conn *conn = sim_connect(a, b, SIM_PORT, NULL);
    sim_send(conn, 0, 5000);
    shut(conn);
    sim_run_until_closed(conn, 10 * SIM_SECOND);
    assert_int_equal(conn->error, 0);
    assert_int_equal(sim_accepted(b, 0)->received_messages, 1);
    sim_finish(sim);
}

static void test_hundreds_at_once(void **state)
{
    struct sim *sim = *state;
    sim->capture_off = true;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL);
    struct sim_host *b = sim_host_new(sim, "b", 1, NULL);
    sim_listen(b, SIM_PORT, NULL);
    struct sim_conn *conns[500];
    for (size_t i = 0; i < 500; i++) {
        conns[i] = sim_connect(a, b, SIM_PORT, NULL);
        sim_run_for(sim, SIM_MS);
    }
    for (size_t i = 0; i < 500; i++)
        sim_run_until_up(conns[i], 10 * SIM_SECOND);
    sim_run_for(sim, 100 * SIM_MS);
    for (size_t i = 0; i < 500; i++) {
        sim_send(conns[i], 0, 2000);
        shut(i % 2 ? conns[i] : sim_accepted(b, i));
    }
    sim_run_for(sim, 10 * SIM_SECOND);
    assert_int_equal(sim_event_count(a, SCTPX_EVENT_CLOSED), 500);
    assert_int_equal(sim_event_count(b, SCTPX_EVENT_CLOSED), 500);
    size_t received = 0;
    for (size_t i = 0; i < b->n_conns; i++)
        received += b->conns[i]->received_messages;
    assert_int_equal(received, 500);
    for (size_t i = 0; i < 500; i++) {
        sim_conn_free(conns[i]);
        sim_conn_free(b->conns[i]);
    }
    assert_int_equal(sim_stats(a).associations, 0);
    assert_int_equal(sim_stats(b).associations, 0);
    sim_finish(sim);
}

/* Memory after many lives is what it was after the first one. */
static void test_nothing_is_left_behind(void **state)
{
    struct sim *sim = *state;
    sim->capture_off = true;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL);
    struct sim_host *b = sim_host_new(sim, "b", 1, NULL);
    sim_listen(b, SIM_PORT, NULL);
    size_t bytes = 0;
    for (size_t i = 0; i < 300; i++) {
        struct sim_conn *conn = sim_connect(a, b, SIM_PORT, NULL);
        sim_send_load(conn, (struct sim_load){.count = 20, .min_bytes = 3000, .streams = 5});
        shut(conn);
        sim_run_until_closed(conn, 10 * SIM_SECOND);
        sim_run_for(sim, 50 * SIM_MS);
        sim_conn_free(conn);
        sim_conn_free(sim_accepted(b, i));
        if (i == 10)
            bytes = a->live_bytes + b->live_bytes;
    }
    assert_true(a->live_bytes + b->live_bytes <= bytes);
    sim_finish(sim);
}

/* 6: in SHUTDOWN_ACK_SENT there is nothing left to acknowledge, whatever the user reads. */
static void test_no_sack_in_shutdown_ack_sent(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sctpx_listen_options listen;
    sctpx_listen_options_defaults(host->endpoint, &listen);
    listen.assoc.rcvbuf_bytes = 8000;
    sim_listen(host, SIM_PORT, &listen);
    struct sim_raw raw = sim_raw_new(host, 1);
    sim_raw_connect(&raw);
    raw.conn->auto_read = false;
    for (uint16_t i = 0; i < 5; i++)
        sim_raw_data(&raw, 0, i, 1300);
    sim_run_for(sim, SIM_SECOND);
    struct pb *pb = sim_raw_packet(&raw);
    pb_shutdown(pb, raw.host_tsn - 1);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    size_t sacks = sim_raw_count(&raw, SIM_SACK);
    assert_int_equal(sim_read(raw.conn, 100), 5);
    sim_run_for(sim, SIM_SECOND);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), sacks);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_idle),
        sim_unit_test(test_from_the_server),
        sim_unit_test(test_waits_for_own_data),
        sim_unit_test(test_waits_for_the_peers_data),
        sim_unit_test(test_waits_for_data_of_both),
        sim_unit_test(test_shutdown_acknowledges_data),
        sim_unit_test(test_crossing_shutdowns),
        sim_unit_test(test_crossing_shutdowns_with_data),
        sim_unit_test(test_data_is_refused_afterwards),
        sim_unit_test(test_reading_after_the_end),
        sim_unit_test(test_shutdown_during_setup),
        sim_unit_test(test_hundreds_at_once),
        sim_unit_test(test_nothing_is_left_behind),
        sim_unit_test(test_no_sack_in_shutdown_ack_sent),
    };
    return cmocka_run_group_tests_name("scenario.shutdown", tests, NULL, NULL);
}
