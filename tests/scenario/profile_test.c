/* SPDX-License-Identifier: MIT */
/* What the ready-made sets of options promise (sctpx_assoc_options_profile()). */
#define SIM_BOTH_SENDERS
#include <string.h>

#include <sctpx/path.h>

#include "sim/sim.h"

static sctpx_assoc_options options_of(enum sctpx_profile profile)
{
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    assert_int_equal(sctpx_assoc_options_profile(&options, profile), 0);
    assert_int_equal(sctpx_assoc_options_check(&options), 0);
    return options;
}

static void test_profiles_leave_the_rest_alone(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options before, after;
    sctpx_assoc_options_defaults(&before);
    before.out_streams = 7;
    before.max_in_streams = 8;
    before.mtu = 1280;
    before.dscp = 46;
    before.nagle = true;
    for (int profile = SCTPX_PROFILE_LOW_LATENCY; profile >= 0; profile--) {
        after = before;
        assert_int_equal(sctpx_assoc_options_profile(&after, (enum sctpx_profile)profile), 0);
        assert_int_equal(sctpx_assoc_options_check(&after), 0);
        assert_int_equal(after.out_streams, 7);
        assert_int_equal(after.max_in_streams, 8);
        assert_int_equal(after.mtu, 1280);
        assert_int_equal(after.dscp, 46);
        assert_true(after.nagle);
        assert_true(after.rto_max_us != before.rto_max_us ||
                    after.sndbuf_bytes != before.sndbuf_bytes || profile == SCTPX_PROFILE_DEFAULT);
        /* Back again, from any of them. */
        assert_int_equal(sctpx_assoc_options_profile(&after, SCTPX_PROFILE_DEFAULT), 0);
        assert_memory_equal(&after, &before, sizeof before);
    }
    assert_int_equal(sctpx_assoc_options_profile(&after, (enum sctpx_profile)4), SCTPX_EINVAL);
    assert_int_equal(sctpx_assoc_options_profile(&after, (enum sctpx_profile) - 1), SCTPX_EINVAL);
    assert_memory_equal(&after, &before, sizeof before);
    sim_finish(sim);
}

/* ---- signalling: failures are seen soon --------------------------------------------------- */

static bool all_confirmed(void *context)
{
    struct sim_conn *conn = context;
    for (size_t i = 0; i < sim_status(conn).paths; i++)
        if (!sim_path(conn, i).confirmed)
            return false;
    return true;
}

static bool is_first_down(void *context)
{
    return !sim_path(context, 0).active;
}

/* How long it takes until the failure of the path in use is told. */
static sctpx_time failure_time(struct sim *sim, enum sctpx_profile profile, bool is_idle)
{
    sctpx_assoc_options options = options_of(profile);
    struct sim_pair pair = sim_pair_multi(sim, 2, &options);
    assert_true(sim_run_until(sim, all_confirmed, pair.ab, 30 * SIM_SECOND));
    for (int i = 0; i < 20; i++) { /* one message at a time: the peer delays each SACK */
        sim_send(pair.ab, 0, 100);
        sim_run_for(sim, 300 * SIM_MS);
    }
    sim_set_address_down(sim, &pair.b->addrs[0], true);
    sctpx_time start = sim->now;
    size_t before = pair.ba->received_messages;
    for (int i = 0; i < 2000 && !is_first_down(pair.ab); i++) {
        if (!is_idle)
            sim_send(pair.ab, 0, 100);
        sim_run_for(sim, 50 * SIM_MS);
    }
    assert_true(is_first_down(pair.ab));
    sctpx_time took = sim_event(pair.a, SCTPX_EVENT_PATH_DOWN, 0)->at - start;
    sim_run_until_sent(pair.ab, 60 * SIM_SECOND);
    assert_true(is_idle || pair.ba->received_messages > before);
    assert_false(pair.ab->is_closed);
    sim_finish(sim);
    return took;
}

static void test_signalling_sees_a_failure_within_two_seconds(void **state)
{
    assert_true(failure_time(*state, SCTPX_PROFILE_SIGNALLING, false) < 2 * SIM_SECOND);
    assert_true(failure_time(sim_renew(state), SCTPX_PROFILE_DEFAULT, false) > 5 * SIM_SECOND);
}

static void test_signalling_sees_an_idle_path_fail(void **state)
{
    assert_true(failure_time(*state, SCTPX_PROFILE_SIGNALLING, true) < 7 * SIM_SECOND);
}

/* All paths gone: the association ends, and is not kept for minutes. */
static void test_signalling_ends_soon(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = options_of(SCTPX_PROFILE_SIGNALLING);
    struct sim_pair pair = sim_pair(sim, &options);
    sim_set_address_down(sim, &pair.b->addrs[0], true);
    sim_send(pair.ab, 0, 100);
    sim_run_until_closed(pair.ab, 4 * SIM_SECOND);
    assert_int_equal(pair.ab->error, SCTPX_ELOST);
    sim_finish(sim);
}

/* The peer is another's, with the RFC's 200 ms of delay: nothing is sent twice for that. */
static void test_signalling_with_a_peer_that_delays_sacks(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options ours = options_of(SCTPX_PROFILE_SIGNALLING);
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL), *b = sim_host_new(sim, "b", 1, NULL);
    sim_listen(b, SIM_PORT, NULL);
    struct sim_conn *conn = sim_connect(a, b, SIM_PORT, &ours);
    sim_run_until_up(conn, 5 * SIM_SECOND);
    for (int i = 0; i < 100; i++) {
        sim_send(conn, 0, 100);
        if (i % 3 == 0) /* two at once are acknowledged at once */
            sim_send(conn, 0, 100);
        sim_run_for(sim, 400 * SIM_MS);
    }
    assert_int_equal(sim_status(conn).retransmitted_chunks, 0);
    sim_finish(sim);
}

/* ---- bulk: long fat networks -------------------------------------------------------------- */

enum { BULK_MESSAGE = 65536, BULK_BEFORE = 2048, BULK_COUNT = 1024 };

/*
 * How long 64 MiB take over 400 Mbit/s with a round trip of 300 ms, which has twice as much under
 * way as usual buffers hold; after as much as it takes to fill the pipe. Long packets, to be quick.
 */
static sctpx_time transfer_time(struct sim *sim, enum sctpx_profile profile)
{
    struct sim_link_config link = {
        .delay_us = 150 * SIM_MS, .rate_bps = 400000000, .queue_bytes = (size_t)16 << 20};
    sctpx_assoc_options options = options_of(profile);
    options.mtu = 9000;
    sim_set_links(sim, &link); /* before: the receiver's window grows with round trips */
    struct sim_pair pair = sim_pair(sim, &options);
    sim->capture_off = true;
    sim_send_load(pair.ab,
                  (struct sim_load){.count = BULK_BEFORE + BULK_COUNT, .min_bytes = BULK_MESSAGE});
    sim_run_until_received(pair.ba, BULK_BEFORE, 120 * SIM_SECOND);
    sctpx_time start = sim->now;
    sim_run_until_received(pair.ba, BULK_BEFORE + BULK_COUNT, 120 * SIM_SECOND);
    sctpx_time took = sim->now - start;
    sim_finish(sim);
    return took;
}

/* The link takes 1.34 s for it; 8 MiB in a round trip are 2.4 s. */
static void test_bulk_fills_a_long_fat_pipe(void **state)
{
    sctpx_time usual = transfer_time(*state, SCTPX_PROFILE_DEFAULT);
    sctpx_time bulk = transfer_time(sim_renew(state), SCTPX_PROFILE_BULK);
    assert_in_range(usual, 2400 * SIM_MS, 4 * SIM_SECOND);
    assert_in_range(bulk, 1300 * SIM_MS, 1600 * SIM_MS);
}

/* ---- low latency: what is lost comes soon -------------------------------------------------- */

/* How long a lone message takes whose first copy is lost. */
static sctpx_time repair_time(struct sim *sim, enum sctpx_profile profile)
{
    sctpx_assoc_options options = options_of(profile);
    struct sim_pair pair = sim_pair(sim, &options);
    for (int i = 0; i < 20; i++) {
        sim_send(pair.ab, 0, 100);
        sim_run_for(sim, 300 * SIM_MS);
    }
    assert_int_equal(sim_status(pair.ab).retransmitted_chunks, 0);
    sim_add_drop(sim, (struct sim_drop){.from = pair.a, .chunk = SIM_DATA, .count = 1});
    sctpx_time start = sim->now;
    sim_send(pair.ab, 0, 100);
    sim_run_until_received(pair.ba, 21, 60 * SIM_SECOND);
    sctpx_time took = sim->now - start;
    sim_finish(sim);
    return took;
}

static void test_low_latency_repairs_the_tail_soon(void **state)
{
    assert_true(repair_time(*state, SCTPX_PROFILE_LOW_LATENCY) <= 120 * SIM_MS);
    assert_true(repair_time(sim_renew(state), SCTPX_PROFILE_DEFAULT) >= SIM_SECOND);
}

/* Each message is acknowledged at once: the sender knows within one round trip. */
static void test_low_latency_acknowledges_at_once(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = options_of(SCTPX_PROFILE_LOW_LATENCY);
    struct sim_pair pair = sim_pair(sim, &options);
    sctpx_time start = sim->now;
    sim_send(pair.ab, 0, 100);
    sim_run_until_sent(pair.ab, SIM_SECOND);
    assert_int_equal(sim->now - start, 20 * SIM_MS);
    sim_finish(sim);
}

/* After an outage of any length the next try is at most two seconds away. */
static void test_low_latency_comes_back_soon(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = options_of(SCTPX_PROFILE_LOW_LATENCY);
    struct sim_pair pair = sim_pair(sim, &options);
    sim_set_address_down(sim, &pair.b->addrs[0], true);
    sim_send(pair.ab, 0, 100);
    sim_run_for(sim, 10 * SIM_SECOND);
    sim_set_address_down(sim, &pair.b->addrs[0], false);
    sim_run_until_received(pair.ba, 1, 2100 * SIM_MS);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_profiles_leave_the_rest_alone),
        sim_unit_test(test_signalling_sees_a_failure_within_two_seconds),
        sim_unit_test(test_signalling_sees_an_idle_path_fail),
        sim_unit_test(test_signalling_ends_soon),
        sim_unit_test(test_signalling_with_a_peer_that_delays_sacks),
        sim_default_sender_test(test_bulk_fills_a_long_fat_pipe),
        sim_rfc9260_test(test_low_latency_repairs_the_tail_soon),
        sim_unit_test(test_low_latency_acknowledges_at_once),
        sim_unit_test(test_low_latency_comes_back_soon),
    };
    return cmocka_run_group_tests_name("scenario.profile", tests, NULL, NULL);
}
