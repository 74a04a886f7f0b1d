/* SPDX-License-Identifier: MIT */
/*
 * A tail loss probe (RFC 8985 7) is out and something happens to the association: the peer restarts
 * (RFC 9260 5.2.4 A), the path fails or goes away, it shuts down, it is aborted. Default options.
 */
#include "sim/sim.h"

enum { CHUNK = 1444, CLIENT_PORT = 6000, RUNS = 8 };

/* One end that probes, and the other one. */
struct ends {
    struct sim_conn *prober, *peer;
    struct sim_host *probing_host, *peer_host;
};

static struct ends ends_of(const struct sim_pair *pair, bool is_server)
{
    struct ends client = {pair->ab, pair->ba, pair->a, pair->b};
    struct ends server = {pair->ba, pair->ab, pair->b, pair->a};
    return is_server ? server : client;
}

/* Ports that a restarted peer can use again; a listens too. */
static struct sim_pair fixed_pair(struct sim *sim, size_t n_addrs)
{
    struct sim_pair pair = {
        .a = sim_host_new(sim, "a", n_addrs, NULL),
        .b = sim_host_new(sim, "b", n_addrs, NULL),
    };
    sim_listen(pair.b, SIM_PORT, NULL);
    pair.ab = sim_connect_to(pair.a, pair.b->addrs, 1, SIM_PORT, CLIENT_PORT, NULL);
    sim_run_until_up(pair.ab, SIM_SECOND);
    pair.ba = sim_accepted(pair.b, 0);
    return pair;
}

static void send_chunks(struct sim_conn *conn, size_t count)
{
    sim_send_load(conn, (struct sim_load){.count = count, .min_bytes = CHUNK});
}

static void warm_up(const struct ends *ends)
{
    send_chunks(ends->prober, 100);
    sim_run_until_sent(ends->prober, 10 * SIM_SECOND);
    sim_run_for(ends->prober->host->sim, 300 * SIM_MS);
}

/* So many chunks are lost, and the probe as well; round trips of 20 ms. */
static void lose_a_flight(const struct ends *ends, size_t chunks)
{
    struct sim *sim = ends->prober->host->sim;
    sim_add_drop(sim, (struct sim_drop){.from = ends->probing_host, .chunk = SIM_DATA});
    send_chunks(ends->prober, chunks);
    sim_run_for(sim, 150 * SIM_MS);
    assert_int_equal(sim_status(ends->prober).retransmitted_chunks, 1);
    assert_int_equal(sim_status(ends->prober).t3_timeouts, 0);
    sim_clear_filters(sim);
}

/* As the one who sets up or accepts, the peer loses all it knew and comes again. */
static void restart_peer(struct ends *ends, bool is_server)
{
    uint16_t remote = is_server ? SIM_PORT : CLIENT_PORT;
    uint16_t local = is_server ? CLIENT_PORT : SIM_PORT;
    sim_host_crash(ends->peer_host);
    ends->peer = sim_connect_to(ends->peer_host, ends->probing_host->addrs, 1, remote, local, NULL);
    sim_run_until_up(ends->peer, 10 * SIM_SECOND);
    sim_run_for(ends->peer_host->sim, 100 * SIM_MS);
    assert_int_equal(sim_event_count(ends->probing_host, SCTPX_EVENT_RESTARTED), 1);
}

static uint32_t tsn_after_restart(const struct ends *ends)
{
    struct sim *sim = ends->prober->host->sim;
    struct sim_query query = {.from = ends->probing_host, .chunk = SIM_INIT_ACK};
    return sim_find_chunk(sim, sim_last(sim, query), SIM_INIT_ACK)->tsn;
}

/* Whose last one is lost: the probe repairs that, and with what comes next it is paid for. */
static void check_lost_tail(const struct ends *ends, uint32_t first_tsn, size_t chunks)
{
    struct sim *sim = ends->prober->host->sim;
    uint64_t before = sim_status(ends->prober).t3_timeouts;
    sim_add_drop(sim, (struct sim_drop){.from = ends->probing_host,
                                        .has_tsn = true,
                                        .tsn = first_tsn + (uint32_t)chunks - 1,
                                        .count = 1});
    send_chunks(ends->prober, chunks);
    sim_run_until_received(ends->peer, ends->peer->received_messages + chunks, 120 * SIM_MS);
    sim_run_for(sim, 300 * SIM_MS);
    send_chunks(ends->prober, 4);
    sim_run_until_sent(ends->prober, 300 * SIM_MS);
    assert_int_equal(sim_status(ends->prober).t3_timeouts, before);
}

/* ---- when it goes ---------------------------------------------------------------------------- */

/* How long after a flight of so many chunks, all of them lost, the probe goes. */
static sctpx_time probe_time(struct sim *sim, size_t chunks, sctpx_time delay_us)
{
    struct sim_link_config link = {.delay_us = delay_us};
    sim_set_links(sim, &link);
    struct sim_pair pair = sim_pair(sim, NULL);
    struct ends ends = ends_of(&pair, false);
    warm_up(&ends);
    sim_add_drop(sim, (struct sim_drop){.from = ends.probing_host, .chunk = SIM_DATA});
    sctpx_time start = sim->now;
    send_chunks(ends.prober, chunks);
    while (sim_status(ends.prober).retransmitted_chunks == 0 && sim->now < start + SIM_SECOND)
        assert_true(sim_step(sim));
    sctpx_time took = sim->now - start;
    sim_finish(sim);
    return took;
}

/* RFC 8985 7.2: two round trips, the longest delay of a SACK for a lone packet; 50 ms at least. */
static void test_time_of_the_probe(void **state)
{
    assert_int_equal(probe_time(*state, 10, 2 * SIM_MS), 50 * SIM_MS);
    assert_int_equal(probe_time(sim_renew(state), 1, 2 * SIM_MS), 250 * SIM_MS);
    assert_int_equal(probe_time(sim_renew(state), 10, 50 * SIM_MS), 200 * SIM_MS);
    assert_int_equal(probe_time(sim_renew(state), 1, 50 * SIM_MS), 400 * SIM_MS);
    /* As much as cwnd takes, so that nothing asks for a SACK at once: it comes for two packets. */
    assert_in_range(probe_time(sim_renew(state), 1000, 10 * SIM_MS), 50 * SIM_MS, 75 * SIM_MS);
}

/* ---- the peer restarts ----------------------------------------------------------------------- */

/* TSNs before and after are drawn: a run for each of some draws. */
static struct sim *run_number(void **state, unsigned i)
{
    struct sim *sim = i == 0 ? *state : sim_renew(state);
    sim->random += i;
    return sim;
}

/* The probe of before is neither waited for nor answered by what the new association sends. */
static void check_restart_while_probing(void **state, bool is_server)
{
    for (unsigned i = 0; i < RUNS; i++) {
        struct sim *sim = run_number(state, i);
        struct sim_pair pair = fixed_pair(sim, 1);
        struct ends ends = ends_of(&pair, is_server);
        warm_up(&ends);
        lose_a_flight(&ends, 10);
        restart_peer(&ends, is_server);
        send_chunks(ends.prober, 20);
        sim_run_until_received(ends.peer, 20, SIM_SECOND);
        sim_run_for(sim, 300 * SIM_MS);
        assert_true(sim_path(ends.prober, 0).ssthresh_bytes == UINT32_MAX); /* nothing was lost */
        check_lost_tail(&ends, tsn_after_restart(&ends) + 20, 10);
        assert_true(sim_path(ends.prober, 0).ssthresh_bytes < UINT32_MAX);
        sim_finish(sim);
    }
}

static void test_client_restarts_while_a_probe_is_out(void **state)
{
    check_restart_while_probing(state, true);
}

static void test_server_restarts_while_a_probe_is_out(void **state)
{
    check_restart_while_probing(state, false);
}

/* Fast recovery is that of the old association: cwnd grows in the new one, and pays there. */
static void check_restart_in_fast_recovery(void **state, bool is_server)
{
    for (unsigned i = 0; i < RUNS; i++) {
        struct sim *sim = run_number(state, i);
        struct sim_pair pair = fixed_pair(sim, 1);
        struct ends ends = ends_of(&pair, is_server);
        uint32_t initial = sim_path(ends.prober, 0).cwnd_bytes;
        warm_up(&ends);
        const struct sim_record *last =
            sim_last(sim, (struct sim_query){.from = ends.probing_host});
        uint32_t lost = sim_find_chunk(sim, last, SIM_DATA)->tsn + 5;
        sim_add_drop(sim, (struct sim_drop){
                              .from = ends.probing_host, .has_tsn = true, .tsn = lost, .count = 9});
        send_chunks(ends.prober, 60);
        sim_run_for(sim, 45 * SIM_MS);
        assert_true(sim_status(ends.prober).fast_retransmits > 0);
        restart_peer(&ends, is_server);
        sim_clear_filters(sim);
        send_chunks(ends.prober, 100);
        sim_run_until_received(ends.peer, 100, 5 * SIM_SECOND);
        uint32_t grown = sim_path(ends.prober, 0).cwnd_bytes;
        assert_true(grown > 4 * initial);
        check_lost_tail(&ends, tsn_after_restart(&ends) + 100, 10);
        assert_in_range(sim_path(ends.prober, 0).ssthresh_bytes, grown / 2, grown);
        sim_finish(sim);
    }
}

static void test_client_restarts_during_fast_recovery(void **state)
{
    check_restart_in_fast_recovery(state, true);
}

static void test_server_restarts_during_fast_recovery(void **state)
{
    check_restart_in_fast_recovery(state, false);
}

/* ---- the path fails or goes away ------------------------------------------------------------- */

static bool all_confirmed(void *context)
{
    struct sim_conn *conn = context;
    for (size_t i = 0; i < sim_status(conn).paths; i++)
        if (!sim_path(conn, i).confirmed)
            return false;
    return true;
}

/* The path it went to is none of the restarted peer's. */
static void test_path_of_the_probe_is_gone_after_a_restart(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = fixed_pair(sim, 3);
    struct ends ends = ends_of(&pair, true);
    assert_true(sim_run_until(sim, all_confirmed, ends.prober, 30 * SIM_SECOND));
    size_t third = sim_path_to(ends.prober, &pair.a->addrs[2]);
    assert_int_equal(sctpx_assoc_set_primary(ends.prober->assoc, third), 0);
    warm_up(&ends);
    lose_a_flight(&ends, 10);
    assert_int_equal(sim_path(ends.prober, third).retransmitted_chunks, 1);
    pair.a->n_addrs = 2;
    restart_peer(&ends, true);
    assert_int_equal(sim_status(ends.prober).paths, 2);
    send_chunks(ends.prober, 20);
    sim_run_until_received(ends.peer, 20, SIM_SECOND);
    for (size_t i = 0; i < 2; i++)
        assert_true(sim_path(ends.prober, i).ssthresh_bytes == UINT32_MAX);
    check_lost_tail(&ends, tsn_after_restart(&ends) + 20, 10);
    sim_finish(sim);
}

/* The probe is lost with its path: T3-rtx moves all to the other one, which pays for nothing. */
static void test_path_of_the_probe_fails(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.path_max_retrans = 0;
    struct sim_pair pair = sim_pair_multi(sim, 2, &options);
    struct ends ends = ends_of(&pair, false);
    assert_true(sim_run_until(sim, all_confirmed, ends.prober, 30 * SIM_SECOND));
    warm_up(&ends);
    size_t first = sim_path_to(ends.prober, &pair.b->addrs[0]);
    size_t second = sim_path_to(ends.prober, &pair.b->addrs[1]);
    const struct sim_record *last = sim_last(sim, (struct sim_query){.from = pair.a});
    uint32_t next = sim_find_chunk(sim, last, SIM_DATA)->tsn + 1;
    uint32_t before = sim_path(ends.prober, first).cwnd_bytes;
    sim_set_address_down(sim, &pair.b->addrs[0], true);
    send_chunks(ends.prober, 10);
    sim_run_until_received(ends.peer, 110, 1500 * SIM_MS);
    sim_run_for(sim, 300 * SIM_MS);
    assert_false(sim_path(ends.prober, first).active);
    assert_int_equal(sim_status(ends.prober).t3_timeouts, 1);
    assert_int_equal(sim_path(ends.prober, first).retransmitted_chunks, 1); /* the probe, */
    assert_int_equal(sim_path(ends.prober, second).retransmitted_chunks, 10);
    assert_true(sim_path(ends.prober, first).cwnd_bytes < before / 10);
    assert_true(sim_path(ends.prober, second).ssthresh_bytes == UINT32_MAX);
    check_lost_tail(&ends, next + 10, 10);
    assert_true(sim_path(ends.prober, second).ssthresh_bytes < UINT32_MAX);
    sim_finish(sim);
}

/* ---- it ends --------------------------------------------------------------------------------- */

static struct ends ready(struct sim *sim)
{
    struct sim_pair pair = sim_pair(sim, NULL);
    struct ends ends = ends_of(&pair, false);
    warm_up(&ends);
    return ends;
}

static void shut(struct sim_conn *conn)
{
    assert_int_equal(sctpx_assoc_shutdown(conn->assoc, conn->host->sim->now), 0);
}

static void check_ended(const struct ends *ends, struct sim_conn *first, sctpx_time limit_us)
{
    struct sim_conn *other = first == ends->prober ? ends->peer : ends->prober;
    sim_run_until_closed(first, limit_us);
    sim_run_until_closed(other, limit_us);
    assert_int_equal(first->error, 0);
    assert_int_equal(other->error, SCTPX_EPEERSHUTDOWN);
    assert_int_equal(ends->peer->received_messages, 110);
}

/* All of a flight and the probe are lost: T3-rtx brings them, and it ends as ever. */
static void test_shutdown_while_the_probe_is_out(void **state)
{
    struct sim *sim = *state;
    struct ends ends = ready(sim);
    lose_a_flight(&ends, 10);
    shut(ends.prober);
    assert_int_equal(sim_state(ends.prober), SCTPX_SHUTDOWN_PENDING);
    check_ended(&ends, ends.prober, 2 * SIM_SECOND);
    sim_finish(sim);
}

static void test_peer_shuts_down_while_the_probe_is_out(void **state)
{
    struct sim *sim = *state;
    struct ends ends = ready(sim);
    lose_a_flight(&ends, 10);
    shut(ends.peer);
    sim_run_for(sim, 50 * SIM_MS);
    assert_int_equal(sim_state(ends.prober), SCTPX_SHUTDOWN_RECEIVED);
    check_ended(&ends, ends.peer, 2 * SIM_SECOND);
    sim_finish(sim);
}

/* Of what only a SHUTDOWN acknowledges (9.2) nobody knows whether the probe was needed. */
static void test_shutdown_answers_the_probe(void **state)
{
    struct sim *sim = *state;
    struct ends ends = ready(sim);
    sim_add_drop(sim, (struct sim_drop){.from = ends.peer_host, .chunk = SIM_SACK});
    send_chunks(ends.prober, 10);
    sim_run_for(sim, 150 * SIM_MS);
    assert_int_equal(sim_status(ends.prober).retransmitted_chunks, 1);
    sim_clear_filters(sim);
    shut(ends.peer);
    check_ended(&ends, ends.peer, 200 * SIM_MS);
    assert_int_equal(sim_status(ends.prober).t3_timeouts, 0);
    sim_finish(sim);
}

/* In SHUTDOWN_PENDING and SHUTDOWN_RECEIVED a lost tail is probed as ever: no time-out. */
static void check_probed_in_shutdown(struct sim *sim, bool is_peer)
{
    struct ends ends = ready(sim);
    const struct sim_record *last = sim_last(sim, (struct sim_query){.from = ends.probing_host});
    uint32_t next = sim_find_chunk(sim, last, SIM_DATA)->tsn + 1;
    sim_add_drop(sim, (struct sim_drop){
                          .from = ends.probing_host, .has_tsn = true, .tsn = next + 9, .count = 1});
    send_chunks(ends.prober, 10);
    sim_flush(sim);
    shut(is_peer ? ends.peer : ends.prober);
    check_ended(&ends, is_peer ? ends.peer : ends.prober, 300 * SIM_MS);
    assert_int_equal(sim_status(ends.prober).t3_timeouts, 0);
    sim_finish(sim);
}

static void test_tail_is_probed_in_shutdown_pending(void **state)
{
    check_probed_in_shutdown(*state, false);
}

static void test_tail_is_probed_in_shutdown_received(void **state)
{
    check_probed_in_shutdown(*state, true);
}

/* ---- it is cut off --------------------------------------------------------------------------- */

/* Nothing more comes from a host. */
static void check_silence(struct sim_host *host)
{
    size_t mark = sim_mark(host->sim);
    sim_run_for(host->sim, 60 * SIM_SECOND);
    assert_int_equal(
        sim_count(host->sim, (struct sim_query){.from = host, .chunk = SIM_ANY, .since = mark}), 0);
}

static void test_abort_while_the_probe_is_out(void **state)
{
    struct sim *sim = *state;
    struct ends ends = ready(sim);
    lose_a_flight(&ends, 10);
    assert_int_equal(sctpx_assoc_abort(ends.prober->assoc, sim->now, "x", 1), 0);
    sim_run_until_closed(ends.peer, 50 * SIM_MS);
    assert_true(ends.prober->is_closed);
    assert_int_equal(sim_sent(ends.probing_host, SIM_ABORT), 1);
    check_silence(ends.probing_host);
    sim_finish(sim);
}

static void test_peer_aborts_while_the_probe_is_out(void **state)
{
    struct sim *sim = *state;
    struct ends ends = ready(sim);
    lose_a_flight(&ends, 10);
    assert_int_equal(sctpx_assoc_abort(ends.peer->assoc, sim->now, NULL, 0), 0);
    sim_run_until_closed(ends.prober, 50 * SIM_MS);
    check_silence(ends.probing_host);
    sim_finish(sim);
}

/* The user has left it: an ABORT goes, and nothing of it stays. */
static void test_freed_while_the_probe_is_out(void **state)
{
    struct sim *sim = *state;
    struct ends ends = ready(sim);
    lose_a_flight(&ends, 10);
    sim_conn_free(ends.prober);
    sim_run_until_closed(ends.peer, 10 * SIM_SECOND);
    check_silence(ends.probing_host);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_time_of_the_probe),
        sim_unit_test(test_client_restarts_while_a_probe_is_out),
        sim_unit_test(test_server_restarts_while_a_probe_is_out),
        sim_unit_test(test_client_restarts_during_fast_recovery),
        sim_unit_test(test_server_restarts_during_fast_recovery),
        sim_unit_test(test_path_of_the_probe_is_gone_after_a_restart),
        sim_unit_test(test_path_of_the_probe_fails),
        sim_unit_test(test_shutdown_while_the_probe_is_out),
        sim_unit_test(test_peer_shuts_down_while_the_probe_is_out),
        sim_unit_test(test_shutdown_answers_the_probe),
        sim_unit_test(test_tail_is_probed_in_shutdown_pending),
        sim_unit_test(test_tail_is_probed_in_shutdown_received),
        sim_unit_test(test_abort_while_the_probe_is_out),
        sim_unit_test(test_peer_aborts_while_the_probe_is_out),
        sim_unit_test(test_freed_while_the_probe_is_out),
    };
    return cmocka_run_group_tests_name("scenario.tail_probe", tests, NULL, NULL);
}
