/* SPDX-License-Identifier: MIT */
/* HEARTBEATs of idle paths, on demand and not at all; endpoints that cost nothing when idle
 * (RFC 9260 8.3). */
#include <string.h>

#include "sim/raw.h"
#include "sim/sim.h"

static struct sim_pair pair_with_interval(struct sim *sim, sctpx_time interval_us)
{
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.hb_interval_us = interval_us;
    return sim_pair(sim, &options);
}

/* RTO + HB.interval, jittered by half the RTO, which is RTO.Min = 1 s here. */
static void test_interval_and_jitter(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = pair_with_interval(sim, 10 * SIM_SECOND);
    sim_run_for(sim, 1200 * SIM_SECOND);
    size_t n = sim_sent(pair.a, SIM_HEARTBEAT);
    assert_in_range(n, 1200 * 10 / 115 - 1, 1200 * 10 / 105 + 1);
    bool differ = false;
    sctpx_time last = 0;
    for (size_t i = 1; i < n; i++) {
        sctpx_time gap = sim_sent_nth(pair.a, SIM_HEARTBEAT, i)->at -
                         sim_sent_nth(pair.a, SIM_HEARTBEAT, i - 1)->at;
        assert_in_range(gap, 10500 * SIM_MS, 11530 * SIM_MS);
        differ = differ || (last && gap != last);
        last = gap;
    }
    assert_true(differ);
    assert_int_equal(sim_sent(pair.b, SIM_HEARTBEAT_ACK), n);
    sim_finish(sim);
}

static void test_heartbeat_is_answered_unchanged(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = pair_with_interval(sim, SIM_SECOND);
    sim_run_for(sim, 10 * SIM_SECOND);
    const struct sim_record *asked = sim_sent_nth(pair.a, SIM_HEARTBEAT, 0);
    const struct sim_record *answered = sim_sent_nth(pair.b, SIM_HEARTBEAT_ACK, 0);
    const struct sim_chunk *request = sim_find_chunk(sim, asked, SIM_HEARTBEAT);
    const struct sim_chunk *answer = sim_find_chunk(sim, answered, SIM_HEARTBEAT_ACK);
    assert_int_equal(request->length, answer->length);
    assert_memory_equal(asked->raw + request->offset + 4, answered->raw + answer->offset + 4,
                        request->length - 4u);
    assert_int_equal(answered->at - asked->at, 10 * SIM_MS);
    sim_finish(sim);
}

/* A path that carries data is not idle. */
static void test_busy_path_needs_none(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = pair_with_interval(sim, 5 * SIM_SECOND);
    for (int i = 0; i < 100; i++) {
        sim_send(pair.ab, 0, 100);
        sim_run_for(sim, SIM_SECOND);
    }
    assert_true(sim_sent(pair.a, SIM_HEARTBEAT) <= 1);
    sim_finish(sim);
}

static void test_on_demand(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = pair_with_interval(sim, SCTPX_TIME_NEVER);
    sim_run_for(sim, SIM_SECOND);
    assert_int_equal(sctpx_assoc_heartbeat(pair.ab->assoc, sim->now, 0), 0);
    sim_run_for(sim, SIM_SECOND);
    assert_int_equal(sim_sent(pair.a, SIM_HEARTBEAT), 1);
    assert_int_equal(sim_event_count(pair.a, SCTPX_EVENT_HEARTBEAT), 1);
    assert_int_equal(sim_event(pair.a, SCTPX_EVENT_HEARTBEAT, 0)->rtt_us, 20 * SIM_MS);
    assert_int_equal(sctpx_assoc_heartbeat(pair.ab->assoc, sim->now, 5), SCTPX_EINVAL);
    sim_finish(sim);
}

static void test_idle_peer_is_lost(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_set_address_down(sim, &pair.b->addrs[0], true);
    sctpx_time start = sim->now;
    sim_run_until_closed(pair.ab, 7200 * SIM_SECOND);
    assert_int_equal(pair.ab->error, SCTPX_ELOST);
    assert_true(sim->now - start > 200 * SIM_SECOND);
    sim_finish(sim);
}

/* 8.1: single losses are forgotten with the next answer. */
static void test_lost_heartbeats_are_forgiven(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = pair_with_interval(sim, 5 * SIM_SECOND);
    for (int i = 0; i < 50; i++) {
        sim_add_drop(sim, (struct sim_drop){.chunk = SIM_HEARTBEAT_ACK, .count = 3});
        sim_run_for(sim, 60 * SIM_SECOND);
        sim_clear_filters(sim);
        sim_run_for(sim, 30 * SIM_SECOND);
    }
    assert_int_equal(sim_state(pair.ab), SCTPX_ESTABLISHED);
    assert_int_equal(sim_path(pair.ab, 0).errors, 0);
    sim_finish(sim);
}

/* The interval can be changed, and heartbeats started and stopped, at run time.
 * covers: 9260/11.1.9-1 */
static void test_interval_is_changed(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = pair_with_interval(sim, SCTPX_TIME_NEVER);
    sim_run_for(sim, 300 * SIM_SECOND);
    assert_int_equal(sim_sent(pair.a, SIM_HEARTBEAT), 0);
    sctpx_assoc_options options;
    sctpx_assoc_get_options(pair.ab->assoc, &options);
    assert_int_equal(options.hb_interval_us, SCTPX_TIME_NEVER);
    options.hb_interval_us = 2 * SIM_SECOND;
    assert_int_equal(sctpx_assoc_set_options(pair.ab->assoc, sim->now, &options), 0);
    sim_run_for(sim, 60 * SIM_SECOND);
    assert_true(sim_sent(pair.a, SIM_HEARTBEAT) >= 15);
    options.hb_interval_us = SCTPX_TIME_NEVER;
    assert_int_equal(sctpx_assoc_set_options(pair.ab->assoc, sim->now, &options), 0);
    size_t n = sim_sent(pair.a, SIM_HEARTBEAT);
    sim_run_for(sim, 60 * SIM_SECOND);
    assert_true(sim_sent(pair.a, SIM_HEARTBEAT) <= n + 1);
    sim_finish(sim);
}

/* Field C12: an answer is never longer than the path allows. */
static void test_heartbeat_with_long_info(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    static uint8_t info[60000];
    memset(info, 7, sizeof(info));
    size_t sizes[] = {1, 1000, 1440, 1448, 1452, 1500, 5000, 60000};
    for (size_t i = 0; i < 8; i++) {
        size_t before = sim_sent(pair.a, SIM_HEARTBEAT_ACK);
        struct pb *pb = sim_peer_packet(pair.ab);
        pb_heartbeat(pb, info, sizes[i]);
        sim_peer_send(pair.ab, pb);
        assert_int_equal(sim_sent(pair.a, SIM_HEARTBEAT_ACK) - before, sizes[i] <= 1452);
    }
    assert_int_equal(sim_state(pair.ab), SCTPX_ESTABLISHED);
    sim_finish(sim);
}

/* Field P9: a flood of HEARTBEATs whose answers cannot leave takes no memory. */
static void test_flood_of_heartbeats(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    size_t bytes = pair.a->live_bytes;
    uint8_t info[1000] = {0};
    for (int i = 0; i < 5000; i++) {
        struct pb *pb = sim_peer_packet(pair.ab);
        pb_heartbeat(pb, info, sizeof(info));
        sim_inject_pb(sim, &pair.b->addrs[0], &pair.a->addrs[0], pb);
    }
    assert_true(pair.a->peak_bytes < bytes + 200000);
    sim_flush(sim);
    sim_send(pair.ab, 0, 10);
    sim_run_until_received(pair.ba, 1, SIM_SECOND);
    sim_finish(sim);
}

static void test_nothing_to_do_without_heartbeats(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = pair_with_interval(sim, SCTPX_TIME_NEVER);
    sim_send(pair.ab, 0, 10000);
    sim_send(pair.ba, 0, 10000);
    sim_run_until_sent(pair.ab, SIM_SECOND);
    sim_run_until_sent(pair.ba, SIM_SECOND);
    sim_run_for(sim, SIM_SECOND);
    assert_int_equal(sctpx_endpoint_next_deadline(pair.a->endpoint), SCTPX_TIME_NEVER);
    assert_int_equal(sctpx_endpoint_next_deadline(pair.b->endpoint), SCTPX_TIME_NEVER);
    assert_false(sim_step(sim));
    sim_finish(sim);
}

static void test_fresh_endpoint_has_nothing_to_do(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "a", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    assert_int_equal(sctpx_endpoint_next_deadline(host->endpoint), SCTPX_TIME_NEVER);
    sctpx_event event;
    assert_int_equal(sctpx_endpoint_poll_event(host->endpoint, &event), 0);
    sctpx_endpoint_on_deadline(host->endpoint, sim->now);
    assert_false(sim_step(sim));
    sim_finish(sim);
}

/* In steady state no packet costs an allocation (architecture: zero per packet). */
static void test_no_allocations_in_steady_state(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim->capture_off = true;
    for (int round = 0; round < 3; round++) {
        uint64_t before = pair.a->allocations + pair.b->allocations;
        for (int i = 0; i < 300; i++) {
            sim_send(pair.ab, 0, 1000);
            sim_send(pair.ba, 0, 1000);
            sim_run_for(sim, 100 * SIM_MS);
        }
        uint64_t made = pair.a->allocations + pair.b->allocations - before;
        if (round == 2)
            assert_true(made <= 4);
    }
    sim_finish(sim);
}

/* 8.3: who asks all the time still finds out that nobody answers. */
static void test_asking_does_not_hide_a_dead_peer(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_run_for(sim, SIM_SECOND);
    sim_set_address_down(sim, &pair.b->addrs[0], true);
    for (int i = 0; i < 1000 && !pair.ab->is_closed; i++) {
        sctpx_assoc_heartbeat(pair.ab->assoc, sim->now, 0);
        sim_run_for(sim, SIM_SECOND);
    }
    assert_true(pair.ab->is_closed);
    assert_int_equal(pair.ab->error, SCTPX_ELOST);
    sim_finish(sim);
}

/* 8.3: the next one is asked for before the last one is answered; each answer is one. */
static void test_answers_that_overlap(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = pair_with_interval(sim, SCTPX_TIME_NEVER);
    struct sim_link_config slow = {.delay_us = 800 * SIM_MS};
    *sim_link(sim, pair.a->addrs, pair.b->addrs) = slow;
    *sim_link(sim, pair.b->addrs, pair.a->addrs) = slow;
    for (int i = 0; i < 30; i++) {
        assert_int_equal(sctpx_assoc_heartbeat(pair.ab->assoc, sim->now, 0), 0);
        sim_run_for(sim, SIM_SECOND);
    }
    size_t n = sim_event_count(pair.a, SCTPX_EVENT_HEARTBEAT);
    assert_in_range(n, 28, 30);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(sim_event(pair.a, SCTPX_EVENT_HEARTBEAT, i)->rtt_us, 1600 * SIM_MS);
    sim_run_for(sim, 2 * SIM_SECOND);
    assert_int_equal(sim_path(pair.ab, 0).errors, 0);
    sim_finish(sim);
}

/* 8.3: what was asked is supervised to its end, also when no more are to be asked. */
static void test_unanswered_one_counts_when_they_are_turned_off(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = pair_with_interval(sim, SIM_SECOND);
    sim_set_address_down(sim, pair.b->addrs, true);
    size_t before = sim_sent(pair.a, SIM_HEARTBEAT);
    while (sim_sent(pair.a, SIM_HEARTBEAT) == before)
        assert_true(sim_step(sim));
    sctpx_assoc_options options;
    sctpx_assoc_get_options(pair.ab->assoc, &options);
    options.hb_interval_us = SCTPX_TIME_NEVER;
    assert_int_equal(sctpx_assoc_set_options(pair.ab->assoc, sim->now, &options), 0);
    sim_run_for(sim, sim_path(pair.ab, 0).rto_us + 1);
    assert_int_equal(sim_path(pair.ab, 0).errors, 1);
    sim_run_for(sim, 60 * SIM_SECOND);
    assert_int_equal(sim_sent(pair.a, SIM_HEARTBEAT), before + 1);
    sim_finish(sim);
}

/* The clock may stand still between calls, and answers be there at once. covers: attacks/S7 */
static void test_attack_S7_heartbeats_of_one_moment_are_all_answered(void **state)
{
    enum { ASKED = 5 };
    struct sim *sim = *state;
    sim_set_links(sim, &(struct sim_link_config){0});
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_run_for(sim, SIM_SECOND);
    size_t told = sim_event_count(pair.a, SCTPX_EVENT_HEARTBEAT);
    for (size_t i = 1; i <= ASKED; i++) {
        assert_int_equal(sctpx_assoc_heartbeat(pair.ab->assoc, sim->now, 0), 0);
        sim_run_for(sim, 0);
        assert_int_equal(sim_event_count(pair.a, SCTPX_EVENT_HEARTBEAT), told + i);
    }
    assert_int_equal(sim_sent_nth(pair.a, SIM_HEARTBEAT, 0)->at,
                     sim_last(sim, (struct sim_query){.from = pair.a, .chunk = SIM_HEARTBEAT})->at);
    sim_run_for(sim, 5 * SIM_SECOND);
    assert_int_equal(sim_path(pair.ab, 0).errors, 0);
    assert_int_equal(sim_event_count(pair.a, SCTPX_EVENT_HEARTBEAT), told + ASKED);
    sim_finish(sim);
}

/* 8.3: not answered within one RTO counts; the answer that comes later takes it back. */
static void test_late_answer(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_run_for(sim, SIM_SECOND);
    sim_link(sim, pair.b->addrs, pair.a->addrs)->delay_us = 10 * SIM_SECOND;
    sctpx_time rto = sim_path(pair.ab, 0).rto_us;
    while (sim_sent(pair.a, SIM_HEARTBEAT) == 0)
        assert_true(sim_step(sim));
    sctpx_time asked = sim_sent_nth(pair.a, SIM_HEARTBEAT, 0)->at;
    sim_run_for(sim, asked + rto - 1 - sim->now);
    assert_int_equal(sim_path(pair.ab, 0).errors, 0);
    sim_run_for(sim, 2);
    assert_int_equal(sim_path(pair.ab, 0).errors, 1);
    assert_int_equal(sim_path(pair.ab, 0).rto_us, 2 * rto);
    sim_run_for(sim, 11 * SIM_SECOND);
    assert_int_equal(sim_path(pair.ab, 0).errors, 0);
    sim_finish(sim);
}

/* 8.3: none once SHUTDOWN was sent, not even one that was asked for before. */
static void test_none_after_shutdown(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = pair_with_interval(sim, SIM_SECOND);
    size_t before = sim_sent(pair.a, SIM_HEARTBEAT);
    sim_add_drop(sim, (struct sim_drop){.chunk = SIM_SHUTDOWN_ACK});
    assert_int_equal(sctpx_assoc_heartbeat(pair.ab->assoc, sim->now, 0), 0);
    assert_int_equal(sctpx_assoc_shutdown(pair.ab->assoc, sim->now), 0);
    assert_int_equal(sim_state(pair.ab), SCTPX_SHUTDOWN_SENT);
    assert_int_equal(sctpx_assoc_heartbeat(pair.ab->assoc, sim->now, 0), SCTPX_ESTATE);
    sim_run_for(sim, 20 * SIM_SECOND);
    assert_int_equal(sim_sent(pair.a, SIM_HEARTBEAT), before);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_interval_and_jitter),
        sim_unit_test(test_heartbeat_is_answered_unchanged),
        sim_unit_test(test_busy_path_needs_none),
        sim_unit_test(test_on_demand),
        sim_unit_test(test_idle_peer_is_lost),
        sim_unit_test(test_lost_heartbeats_are_forgiven),
        sim_unit_test(test_interval_is_changed),
        sim_unit_test(test_heartbeat_with_long_info),
        sim_unit_test(test_flood_of_heartbeats),
        sim_unit_test(test_nothing_to_do_without_heartbeats),
        sim_unit_test(test_fresh_endpoint_has_nothing_to_do),
        sim_unit_test(test_no_allocations_in_steady_state),
        sim_unit_test(test_asking_does_not_hide_a_dead_peer),
        sim_unit_test(test_answers_that_overlap),
        sim_unit_test(test_unanswered_one_counts_when_they_are_turned_off),
        sim_unit_test(test_attack_S7_heartbeats_of_one_moment_are_all_answered),
        sim_unit_test(test_late_answer),
        sim_unit_test(test_none_after_shutdown),
    };
    return cmocka_run_group_tests_name("scenario.heartbeat", tests, NULL, NULL);
}
