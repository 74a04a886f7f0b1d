/* SPDX-License-Identifier: MIT */
/* Paths that die and come back (RFC 9260 6.4.1, 8.1, 8.2). */
#define SIM_BOTH_SENDERS
#include "sim/sim.h"

static bool all_confirmed(void *context)
{
    struct sim_conn *conn = context;
    for (size_t i = 0; i < sim_status(conn).paths; i++)
        if (!sim_path(conn, i).confirmed)
            return false;
    return true;
}

static struct sim_pair redundant_pair(struct sim *sim, size_t n)
{
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.path_max_retrans = 2;
    options.hb_interval_us = 5 * SIM_SECOND;
    struct sim_pair pair = sim_pair_multi(sim, n, &options);
    assert_true(sim_run_until(sim, all_confirmed, pair.ab, 30 * SIM_SECOND));
    assert_true(sim_run_until(sim, all_confirmed, pair.ba, 30 * SIM_SECOND));
    return pair;
}

/* The network between the i-th addresses is gone, in both directions. */
static void set_network_down(struct sim_pair *pair, size_t i, bool is_down)
{
    struct sim *sim = pair->a->sim;
    sim_set_address_down(sim, &pair->a->addrs[i], is_down);
    sim_set_address_down(sim, &pair->b->addrs[i], is_down);
}

static size_t data_to(const struct sim_pair *pair, size_t i, size_t since)
{
    return sim_count(pair->a->sim,
                     (struct sim_query){.from = pair->a, .to = pair->b->addrs[i], .since = since});
}

static void test_failover_with_data(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = redundant_pair(sim, 2);
    sim_send_load(pair.ab, (struct sim_load){.count = 2000, .min_bytes = 1400});
    sim_run_for(sim, 100 * SIM_MS);
    set_network_down(&pair, 0, true);
    sim_run_until_received(pair.ba, 2000, 120 * SIM_SECOND);
    assert_true(data_to(&pair, 1, 0) > 100);
    assert_false(pair.ab->is_closed);
    sim_finish(sim);
}

/* 6.4.1: what timed out is sent again on another path at once. */
static void test_retransmission_takes_the_other_path(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = redundant_pair(sim, 2);
    sim_link(sim, &pair.a->addrs[0], &pair.b->addrs[0])->down = true;
    sim_link(sim, &pair.a->addrs[1], &pair.b->addrs[0])->down = true;
    size_t mark = sim_mark(sim);
    sctpx_time start = sim->now;
    sim_send(pair.ab, 0, 1000);
    sim_run_until_received(pair.ba, 1, 5 * SIM_SECOND);
    assert_true(sim->now - start < 1200 * SIM_MS);
    assert_int_equal(data_to(&pair, 0, mark), 1);
    assert_int_equal(data_to(&pair, 1, mark), 1);
    sim_finish(sim);
}

/* covers: 9260/11.1.12-1 9260/11.2.3-1 */
static void test_path_down_and_up_events(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = redundant_pair(sim, 2);
    size_t first = sim_path_to(pair.ab, &pair.b->addrs[0]);
    set_network_down(&pair, 0, true);
    /* Three heartbeats unanswered: (5 s + RTO) each, RTO backed off to 1, 2, 4 s and jittered. */
    sim_run_for(sim, 60 * SIM_SECOND);
    assert_int_equal(sim_event_count(pair.a, SCTPX_EVENT_PATH_DOWN), 1);
    assert_int_equal(sim_event(pair.a, SCTPX_EVENT_PATH_DOWN, 0)->path, first);
    assert_false(sim_path(pair.ab, first).active);
    assert_true(sim_path(pair.ab, 1 - first).active);
    assert_int_equal(sim_event_count(pair.a, SCTPX_EVENT_PATH_UP), 0);
    size_t mark = sim_mark(sim);
    sim_send(pair.ab, 0, 1000);
    sim_run_until_received(pair.ba, 1, SIM_SECOND);
    assert_int_equal(data_to(&pair, 0, mark), 0);
    set_network_down(&pair, 0, false);
    sim_run_for(sim, 150 * SIM_SECOND);
    assert_int_equal(sim_event_count(pair.a, SCTPX_EVENT_PATH_UP), 1);
    assert_int_equal(sim_event(pair.a, SCTPX_EVENT_PATH_UP, 0)->path, first);
    assert_true(sim_path(pair.ab, first).active);
    assert_int_equal(sim_path(pair.ab, first).errors, 0);
    /* The primary is used again. */
    mark = sim_mark(sim);
    sim_send(pair.ab, 0, 1000);
    sim_run_until_received(pair.ba, 2, SIM_SECOND);
    assert_int_equal(data_to(&pair, 0, mark), 1);
    sim_finish(sim);
}

/* 8.2: an inactive path is still probed, its error counter does not grow without end. */
static void test_dead_path_is_probed(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = redundant_pair(sim, 2);
    set_network_down(&pair, 1, true);
    sim_run_for(sim, 100 * SIM_SECOND);
    size_t second = sim_path_to(pair.ab, &pair.b->addrs[1]);
    assert_false(sim_path(pair.ab, second).active);
    size_t mark = sim_mark(sim);
    sim_run_for(sim, 1000 * SIM_SECOND);
    struct sim_query heartbeats = {
        .from = pair.a, .to = pair.b->addrs[1], .chunk = SIM_HEARTBEAT, .since = mark};
    assert_in_range(sim_count(sim, heartbeats), 5, 200);
    assert_true(sim_path(pair.ab, second).errors <= 4);
    assert_int_equal(sim_state(pair.ab), SCTPX_ESTABLISHED);
    assert_int_equal(sim_event_count(pair.a, SCTPX_EVENT_PATH_DOWN), 1);
    sim_finish(sim);
}

static void test_all_paths_down(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = redundant_pair(sim, 2);
    set_network_down(&pair, 0, true);
    set_network_down(&pair, 1, true);
    sim_send(pair.ab, 0, 1000);
    sim_run_until_closed(pair.ab, 3600 * SIM_SECOND);
    assert_int_equal(pair.ab->error, SCTPX_ELOST);
    /* The idle end finds out by heartbeats alone. */
    sim_run_until_closed(pair.ba, 3600 * SIM_SECOND);
    assert_int_equal(pair.ba->error, SCTPX_ELOST);
    sim_finish(sim);
}

/* Networks fail one after the other, and the transfer always goes on. */
static void test_networks_in_turn(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = redundant_pair(sim, 3);
    struct sim_link_config link = {.delay_us = 10 * SIM_MS, .rate_bps = 2000000};
    sim_set_links(sim, &link);
    sim_send_load(pair.ab, (struct sim_load){.count = 6000, .min_bytes = 1400, .streams = 3});
    sim_send_load(pair.ba, (struct sim_load){.count = 2000, .min_bytes = 1400, .streams = 3});
    for (size_t i = 0; i < 6; i++) {
        set_network_down(&pair, i % 3, true);
        sim_run_for(sim, 20 * SIM_SECOND);
        set_network_down(&pair, i % 3, false);
        sim_run_for(sim, 10 * SIM_SECOND);
    }
    sim_run_until_received(pair.ba, 6000, 600 * SIM_SECOND);
    sim_run_until_received(pair.ab, 2000, 600 * SIM_SECOND);
    sim_finish(sim);
}

/* The primary dies while a message is fragmented; it is reassembled all the same. */
static void test_large_message_survives_failover(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = redundant_pair(sim, 2);
    sim_send(pair.ab, 0, 500000);
    sim_run_for(sim, 60 * SIM_MS);
    set_network_down(&pair, 0, true);
    sim_run_until_received(pair.ba, 1, 60 * SIM_SECOND);
    sim_finish(sim);
}

/* Shutdown finds its way too. */
static void test_shutdown_takes_the_other_path(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = redundant_pair(sim, 2);
    set_network_down(&pair, 0, true);
    assert_int_equal(sctpx_assoc_shutdown(pair.ab->assoc, sim->now), 0);
    sim_run_until_closed(pair.ab, 60 * SIM_SECOND);
    sim_run_until_closed(pair.ba, 60 * SIM_SECOND);
    assert_int_equal(pair.ab->error, 0);
    assert_int_equal(pair.ba->error, SCTPX_EPEERSHUTDOWN);
    sim_finish(sim);
}

/* 8.2, 8.3: asking for HEARTBEATs does not switch the supervision of the path off. */
static void check_dead_path_is_found(struct sim *sim, bool asks)
{
    struct sim_pair pair = redundant_pair(sim, 2);
    size_t path = sim_path_to(pair.ab, &pair.b->addrs[1]);
    sim_set_address_down(sim, &pair.b->addrs[1], true);
    for (int i = 0; i < 100; i++) {
        sim_run_for(sim, SIM_SECOND);
        if (asks)
            assert_int_equal(sctpx_assoc_heartbeat(pair.ab->assoc, sim->now, path), 0);
    }
    assert_false(sim_path(pair.ab, path).active);
    assert_true(sim_path(pair.ab, path).errors > 2);
    assert_false(pair.ab->is_closed);
    sim_finish(sim);
}

static void test_asking_does_not_hide_a_dead_path(void **state)
{
    check_dead_path_is_found(*state, false);
    check_dead_path_is_found(sim_renew(state), true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_failover_with_data),
        sim_rfc9260_test(test_retransmission_takes_the_other_path),
        sim_unit_test(test_path_down_and_up_events),
        sim_unit_test(test_dead_path_is_probed),
        sim_unit_test(test_all_paths_down),
        sim_unit_test(test_networks_in_turn),
        sim_unit_test(test_large_message_survives_failover),
        sim_unit_test(test_shutdown_takes_the_other_path),
        sim_unit_test(test_asking_does_not_hide_a_dead_path),
    };
    return cmocka_run_group_tests_name("scenario.path_failure", tests, NULL, NULL);
}
