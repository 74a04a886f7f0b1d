/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/endpoint.h"
#include "engine/timers.h"
#include "support/engine_rig.h"

static struct engine_rig rig;

static void set_up(void)
{
    engine_rig_init(&rig);
    rig.opt.assoc.hb_interval_us = SCTPX_TIME_NEVER;
    engine_rig_accept(&rig);
}

static void tear_down(void)
{
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

static sctpx_time next(void)
{
    return sctpx_endpoint_next_deadline(rig.ep);
}

static void test_idle_without_heartbeats_needs_no_timer(void **state)
{
    (void)state;
    set_up();
    assert_true(next() == SCTPX_TIME_NEVER);
    sctpx_endpoint_on_deadline(rig.ep, rig.now + 1000000000);
    tear_down();
}

static void test_the_earliest_counts(void **state)
{
    (void)state;
    set_up();
    sctpx_assoc *a = rig.assoc;
    sctpxi_timers_start_t3(a, rig.now, 0);
    assert_true(next() == SCTPX_TIME_NEVER); /* nothing is in the heap before the commit */
    sctpxi_timers_commit(a);
    assert_true(next() == rig.now + 1000000);
    sctpxi_timers_on_sack_delayed(a, rig.now);
    sctpxi_timers_commit(a);
    assert_true(next() == rig.now + 200000);
    sctpxi_timers_on_sack_sent(a);
    sctpxi_timers_commit(a);
    assert_true(next() == rig.now + 1000000);
    sctpxi_timers_stop_all(a);
    assert_true(next() == SCTPX_TIME_NEVER);
    assert_int_equal(a->timer.seat, 0);
    tear_down();
}

static void test_start_does_not_move_a_running_t3(void **state)
{
    (void)state;
    set_up();
    sctpx_assoc *a = rig.assoc;
    sctpxi_timers_start_t3(a, rig.now, 0);
    sctpxi_timers_start_t3(a, rig.now + 500, 0);
    assert_true(a->paths[0].t3_deadline == rig.now + 1000000);
    sctpxi_timers_restart_t3(a, rig.now + 500, 0);
    assert_true(a->paths[0].t3_deadline == rig.now + 1000500);
    sctpxi_timers_stop_all(a);
    tear_down();
}

/* 6.1 A: the interval between probes doubles, and ends at RTO.Max. */
static void test_probes_are_spaced(void **state)
{
    (void)state;
    set_up();
    sctpx_assoc *a = rig.assoc;
    for (unsigned probes = 0; probes <= 255; probes++) {
        a->probes = (uint8_t)probes;
        sctpxi_timers_restart_t3(a, rig.now, 0);
        sctpx_time wait = a->paths[0].t3_deadline - rig.now;
        assert_true(wait == (probes < 6 ? 1000000u << probes : 60000000u));
    }
    a->probes = 0;
    sctpxi_timers_stop_all(a);
    tear_down();
}

static void test_shutdown_guard(void **state)
{
    (void)state;
    set_up();
    sctpx_assoc *a = rig.assoc;
    sctpxi_timers_on_shutdown_begun(a, rig.now);
    assert_true(a->t5_deadline == rig.now + 5 * a->opt->rto_max_us);
    sctpxi_timers_on_shutdown_begun(a, rig.now + 10);
    assert_true(a->t5_deadline == rig.now + 5 * a->opt->rto_max_us); /* never moved */
    sctpxi_timers_on_shutdown_sent(a, rig.now + 10);
    assert_true(a->t2_deadline == rig.now + 10 + 1000000);
    sctpxi_timers_stop_all(a);
    engine_rig_options(a)->shutdown_guard_us = 77;
    sctpxi_timers_on_shutdown_begun(a, rig.now);
    assert_true(a->t5_deadline == rig.now + 77);
    sctpxi_timers_stop_all(a);
    tear_down();
}

static void test_delayed_sack_is_not_put_off(void **state)
{
    (void)state;
    set_up();
    sctpxi_timers_on_sack_delayed(rig.assoc, rig.now);
    sctpxi_timers_on_sack_delayed(rig.assoc, rig.now + 100000);
    assert_true(rig.assoc->sack_deadline == rig.now + 200000);
    sctpxi_timers_stop_all(rig.assoc);
    tear_down();
}

/* 8.3: RTO + HB.interval, jittered by half an RTO to each side. */
static void test_heartbeat_jitter(void **state)
{
    (void)state;
    sctpx_time least = SCTPX_TIME_NEVER, most = 0;
    set_up();
    rig.assoc->paths[0].hb_interval_us = 30000000;
    rig.assoc->paths[0].hb_sent_at = rig.now;
    for (unsigned i = 0; i < 1000; i++) {
        sctpxi_timers_arm_heartbeat(rig.assoc, rig.now, 0);
        sctpx_time wait = rig.assoc->paths[0].hb_deadline - rig.now;
        least = wait < least ? wait : least;
        most = wait > most ? wait : most;
    }
    assert_true(least >= 30500000 && least < 30550000);
    assert_true(most <= 31500000 && most > 31450000);
    sctpxi_timers_stop_all(rig.assoc);
    tear_down();
}

/* The wait counts from the last one, but no deadline lies in the past. */
static void test_heartbeat_counts_from_the_last_one(void **state)
{
    (void)state;
    set_up();
    struct sctpxi_path *p = &rig.assoc->paths[0];
    rig.assoc->paths[0].hb_interval_us = 30000000;
    p->hb_sent_at = rig.now;
    sctpxi_timers_arm_heartbeat(rig.assoc, rig.now + 20000000, 0);
    assert_in_range(p->hb_deadline - p->hb_sent_at, 30500000, 31500000);
    sctpxi_timers_arm_heartbeat(rig.assoc, rig.now + 40000000, 0);
    assert_in_range(p->hb_deadline - p->hb_sent_at, 70500000, 71500000);
    sctpxi_timers_on_heartbeat_sent(rig.assoc, rig.now, 0);
    assert_true(p->hb_deadline == rig.now + p->rto.rto_us);
    sctpxi_timers_stop_all(rig.assoc);
    tear_down();
}

static void test_far_times_saturate(void **state)
{
    (void)state;
    set_up();
    sctpx_assoc *a = rig.assoc;
    sctpxi_timers_start_t3(a, SCTPX_TIME_NEVER - 5, 0);
    assert_true(a->paths[0].t3_deadline == SCTPX_TIME_NEVER);
    engine_rig_options(a)->shutdown_guard_us = SCTPX_TIME_NEVER;
    sctpxi_timers_on_shutdown_begun(a, rig.now);
    assert_true(a->t5_deadline == SCTPX_TIME_NEVER);
    sctpxi_timers_stop_all(a);
    tear_down();
}

/* Calling too early changes nothing, calling late runs everything once. */
static void test_early_and_late(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.opt.assoc.sack_packets = 2;
    engine_rig_accept(&rig);
    engine_rig_data(&rig, 0, 0, 10);
    engine_rig_data(&rig, 0, 1, 10);
    sctpx_time at = next();
    assert_true(at == rig.now + 200000);
    sctpx_endpoint_on_deadline(rig.ep, at - 1);
    engine_rig_flush(&rig);
    assert_false(engine_rig_has(&rig, 3));
    assert_true(next() == at);
    sctpx_endpoint_on_deadline(rig.ep, at + 10000000);
    engine_rig_flush(&rig);
    assert_int_equal(engine_rig_count(&rig, 3), 1);
    tear_down();
}

/* Hundreds of associations with random deadlines: each one runs when it is due. */
static void test_many_associations(void **state)
{
    (void)state;
    enum { MANY = 300 };
    static sctpx_assoc *a[MANY];
    engine_rig_init(&rig);
    engine_rig_start(&rig);
    for (unsigned i = 0; i < MANY; i++) {
        assert_int_equal(engine_rig_try_connect(&rig), 0);
        a[i] = rig.assoc;
    }
    engine_rig_flush(&rig);
    for (unsigned round = 0; round < 2000; round++) {
        sctpx_assoc *one = a[test_random_below(&rig.random, MANY)];
        one->t1_deadline = rig.now + 1 + test_random_below(&rig.random, 1000000);
        sctpxi_timers_commit(one);
        if (round % 50 == 0)
            engine_rig_check(&rig);
    }
    for (unsigned i = 0; i < MANY; i += 3) { /* out of the middle of the heap */
        sctpx_assoc_free(a[i], rig.now);
        engine_rig_check(&rig);
    }
    sctpx_time end = rig.now + 1100000;
    while (next() <= end)
        engine_rig_next_deadline(&rig);
    for (unsigned i = 0; i < MANY; i++)
        if (i % 3 != 0)
            assert_true(a[i]->t1_t2_expiries >= 1);
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_idle_without_heartbeats_needs_no_timer),
        cmocka_unit_test(test_the_earliest_counts),
        cmocka_unit_test(test_start_does_not_move_a_running_t3),
        cmocka_unit_test(test_probes_are_spaced),
        cmocka_unit_test(test_shutdown_guard),
        cmocka_unit_test(test_delayed_sack_is_not_put_off),
        cmocka_unit_test(test_heartbeat_jitter),
        cmocka_unit_test(test_heartbeat_counts_from_the_last_one),
        cmocka_unit_test(test_far_times_saturate),
        cmocka_unit_test(test_early_and_late),
        cmocka_unit_test(test_many_associations),
    };
    return cmocka_run_group_tests_name("timers", tests, NULL, NULL);
}
