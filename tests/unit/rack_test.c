/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/timeval.h"
#include "engine/assoc.h"
#include "engine/rack.h"
#include "engine/recovery.h"
#include "support/engine_rig.h"

enum { MS = 1000, RTT = 40 * MS, PERSIST = 16 };

static struct engine_rig rig;

static struct sctpxi_path *path(void)
{
    return &rig.assoc->paths[0];
}

/* Chunks leave at once, and round trips of 40 ms are known. */
static void set_up(void)
{
    engine_rig_init(&rig);
    rig.rwnd = 10000000;
    rig.opt.assoc.max_burst = 0;
    engine_rig_accept(&rig);
    path()->cc.cwnd = 1000000;
    path()->rto.min_rtt_us = path()->rto.srtt_us = RTT;
}

static void tear_down(void)
{
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

/* One chunk each, 1 ms apart, or all at one moment. */
static void send(unsigned count, sctpx_time apart_us)
{
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(engine_rig_user_send(&rig, 0, 1000), 0);
        engine_rig_flush(&rig);
        rig.now += apart_us;
    }
}

/* Chunks are numbered from 1. One gap block, if first is not 0. */
static void sack(uint32_t cum, uint32_t first, uint32_t last)
{
    const uint16_t gaps[1][2] = {{(uint16_t)(first - cum), (uint16_t)(last - cum)}};
    struct pb *pb = engine_rig_packet(&rig);
    pb_sack(pb, rig.ep_tsn - 1 + cum, 10000000, first != 0, gaps, 0, NULL);
    engine_rig_send(&rig, pb);
}

static sctpx_time sent_at(uint32_t number)
{
    const struct sctpxi_tsn tsn = {rig.ep_tsn - 1 + number};
    return sctpxi_outstanding_at(&rig.assoc->outstanding, tsn)->sent_at;
}

static uint32_t marked_so_far(void)
{
    return rig.assoc->fast_retransmits;
}

/* ---- the reordering window (RFC 8985 6.2, step 4) -------------------------------------------- */

static sctpx_time window_with(unsigned duplicates)
{
    set_up();
    for (unsigned i = 0; i < duplicates; i++)
        sctpxi_rack_on_duplicate(rig.assoc);
    send(2, MS);
    rig.now += RTT - 2 * MS;
    sack(0, 2, 2);
    sctpx_time window =
        rig.assoc->loss_deadline - sent_at(1) - path()->rack.rtt_us - path()->rto.min_rtt_us / 4;
    sctpx_time most = path()->rto.srtt_us - path()->rto.min_rtt_us / 4;
    assert_int_equal(marked_so_far(), 0);
    assert_true(window <= most);
    window = window == most ? SCTPX_TIME_NEVER : window * 4 / path()->rto.min_rtt_us;
    tear_down();
    return window;
}

/* A quarter of the shortest round trip, one more for each round trip with duplicates, up to a whole one. */
static void test_duplicates_widen_the_window(void **state)
{
    (void)state;
    assert_int_equal(window_with(0), 0);
    assert_int_equal(window_with(1), 1);
    assert_int_equal(window_with(2), 2);
    assert_true(window_with(4) == SCTPX_TIME_NEVER); /* all of it */
    assert_true(window_with(300) == SCTPX_TIME_NEVER);
}

/* It lasts for 16 recoveries since the last duplicate. */
static void test_wider_windows_are_forgotten(void **state)
{
    (void)state;
    set_up();
    for (unsigned round = 0; round < 2; round++) {
        sctpxi_rack_on_duplicate(rig.assoc);
        for (unsigned i = 0; i < PERSIST - 1; i++)
            sctpxi_rack_on_recovered(rig.assoc);
        assert_int_equal(path()->rack.reo_wnd_extra, round + 1);
    }
    sctpxi_rack_on_recovered(rig.assoc);
    assert_int_equal(path()->rack.reo_wnd_extra, 0);
    sctpxi_rack_on_recovered(rig.assoc);
    assert_int_equal(path()->rack.reo_wnd_extra, 0);
    assert_true(path()->rack.is_reordering_seen);
    tear_down();
}

/* The SACK that reaches the exit ends a recovery, and none before it. */
static void test_recoveries_are_counted(void **state)
{
    (void)state;
    set_up();
    sctpxi_rack_on_duplicate(rig.assoc);
    send(4, MS);
    rig.assoc->is_in_fast_recovery = true;
    rig.assoc->fast_recovery_exit.v = rig.ep_tsn + 2;
    sack(2, 0, 0);
    assert_true(rig.assoc->is_in_fast_recovery);
    assert_int_equal(path()->rack.reo_wnd_persist, PERSIST);
    sack(3, 0, 0);
    assert_false(rig.assoc->is_in_fast_recovery);
    assert_int_equal(path()->rack.reo_wnd_persist, PERSIST - 1);
    tear_down();
}

/* ---- when there is none ---------------------------------------------------------------------- */

/* Three behind it, and nothing has ever been overtaken: lost at once. With two it waits. */
static void test_three_that_came_need_no_window(void **state)
{
    (void)state;
    set_up();
    send(5, MS);
    rig.now += RTT - 5 * MS;
    sack(0, 2, 3);
    assert_int_equal(marked_so_far(), 0);
    assert_true(rig.assoc->loss_deadline < SCTPX_TIME_NEVER);
    sack(0, 2, 4);
    assert_int_equal(marked_so_far(), 1);
    tear_down();
}

static void test_recovery_needs_no_window(void **state)
{
    (void)state;
    set_up();
    send(2, MS);
    rig.assoc->is_in_fast_recovery = true;
    rig.assoc->fast_recovery_exit.v = rig.ep_tsn + 1;
    rig.now += RTT - 2 * MS;
    sack(0, 2, 2);
    assert_int_equal(marked_so_far(), 1);
    tear_down();
}

/* Once a packet was overtaken and came, three behind another one are no proof. */
static void test_seen_reordering_needs_one(void **state)
{
    (void)state;
    set_up();
    send(6, MS);
    rig.now += RTT - 6 * MS;
    sack(0, 2, 2);
    assert_false(path()->rack.is_reordering_seen);
    sack(2, 0, 0);
    assert_true(path()->rack.is_reordering_seen);
    sack(2, 4, 6);
    assert_int_equal(marked_so_far(), 0);
    assert_true(rig.assoc->loss_deadline < SCTPX_TIME_NEVER);
    engine_rig_next_deadline(&rig);
    assert_int_equal(marked_so_far(), 1);
    tear_down();
}

/* ---- what is overtaken ----------------------------------------------------------------------- */

/* Of one moment TSNs tell the order: the newest that came counts, whichever SACK told it. */
static void test_chunks_of_one_moment(void **state)
{
    (void)state;
    set_up();
    send(4, 0);
    rig.now += RTT;
    sack(1, 0, 0);
    assert_true(rig.assoc->loss_deadline == SCTPX_TIME_NEVER || rig.assoc->is_loss_timer_probe);
    sack(1, 3, 3);
    assert_true(rig.assoc->loss_deadline < SCTPX_TIME_NEVER);
    assert_false(rig.assoc->is_loss_timer_probe);
    engine_rig_next_deadline(&rig);
    assert_int_equal(marked_so_far(), 1); /* and the fourth is not overtaken */
    tear_down();
}

/* Lost when the window is over, not before, and each chunk at its own time. */
static void test_chunks_are_lost_in_turn(void **state)
{
    (void)state;
    set_up();
    send(3, MS);
    rig.now += RTT - 3 * MS;
    sack(0, 3, 3);
    sctpx_time first = rig.assoc->loss_deadline;
    assert_int_equal(first, sent_at(1) + path()->rack.rtt_us + path()->rto.min_rtt_us / 4);
    engine_rig_run(&rig, first - rig.now - 1);
    assert_int_equal(marked_so_far(), 0);
    engine_rig_run(&rig, 1);
    assert_int_equal(marked_so_far(), 1);
    engine_rig_run(&rig, MS - 1);
    assert_int_equal(marked_so_far(), 1);
    engine_rig_run(&rig, 1);
    assert_int_equal(marked_so_far(), 2);
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_duplicates_widen_the_window),
        cmocka_unit_test(test_wider_windows_are_forgotten),
        cmocka_unit_test(test_recoveries_are_counted),
        cmocka_unit_test(test_three_that_came_need_no_window),
        cmocka_unit_test(test_recovery_needs_no_window),
        cmocka_unit_test(test_seen_reordering_needs_one),
        cmocka_unit_test(test_chunks_of_one_moment),
        cmocka_unit_test(test_chunks_are_lost_in_turn),
    };
    return cmocka_run_group_tests_name("rack", tests, NULL, NULL);
}
