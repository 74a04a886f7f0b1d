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
#include "engine/timers.h"
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
    sctpxi_timers_commit(rig.assoc);
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
    assert_true(window_with(256) == SCTPX_TIME_NEVER);
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

/* What came later but was sent earlier is not the newest; what was sent again may be. */
static void test_newest_that_has_arrived(void **state)
{
    (void)state;
    set_up();
    send(4, MS);
    sctpx_time third = sent_at(3), fourth = sent_at(4);
    rig.now += RTT - 4 * MS;
    sack(0, 3, 3);
    assert_int_equal(path()->rack.sent_at, third);
    sack(0, 2, 3);
    assert_int_equal(path()->rack.sent_at, third);
    sack(0, 2, 4);
    assert_int_equal(path()->rack.sent_at, fourth);
    engine_rig_next_deadline(&rig);
    assert_int_equal(marked_so_far(), 1);
    sctpx_time again = sent_at(1);
    assert_true(again > fourth);
    rig.now += RTT;
    sack(4, 0, 0);
    assert_int_equal(path()->rack.sent_at, again);
    assert_int_equal(path()->rack.tsn.v, rig.ep_tsn);
    tear_down();
}

/* A microsecond before its time nothing is lost; and with nothing in flight there is nothing. */
static void test_what_is_not_lost(void **state)
{
    (void)state;
    set_up();
    struct sctpxi_sack_result result = {.newly_marked = 0};
    sctpxi_rack_detect(rig.assoc, rig.now, &result);
    assert_true(rig.assoc->loss_deadline == SCTPX_TIME_NEVER);
    send(2, MS);
    rig.now += RTT - 2 * MS;
    sack(0, 2, 2);
    sctpx_time at = rig.assoc->loss_deadline;
    sctpxi_rack_detect(rig.assoc, at - 1, &result);
    assert_int_equal(result.newly_marked, 0);
    sctpxi_rack_detect(rig.assoc, at, &result);
    assert_int_equal(result.newly_marked, 1);
    assert_int_equal(result.path[0].lost_bytes, 1016);
    engine_rig_flush(&rig);
    tear_down();
}

/* Two chunks on the first path and one on the second: all overtaken. */
static void send_on_two_paths(void)
{
    static const sctpx_addr more = {.family = SCTPX_IPV4, .ip = {10, 0, 1, 2}};
    engine_rig_init(&rig);
    rig.rwnd = 10000000;
    rig.opt.assoc.max_burst = 0;
    rig.peer_addrs = &more;
    rig.peer_addr_count = 1;
    engine_rig_accept(&rig);
    for (uint8_t i = 0; i < 2; i++) {
        struct sctpxi_path *p = &rig.assoc->paths[i];
        p->is_confirmed = true;
        p->rto.min_rtt_us = p->rto.srtt_us = RTT;
    }
    send(2, 0);
    rig.assoc->primary = 1;
    send(1, 0);
    rig.assoc->primary = 0;
    for (uint8_t i = 0; i < 2; i++) {
        struct sctpxi_rack *rack = &rig.assoc->paths[i].rack;
        rack->sent_at = rig.now + MS;
        rack->rtt_us = RTT * (i + 1u);
    }
}

/* The timer runs for the earliest of them; who lost what is told for each path. */
static void test_each_path_loses_its_own(void **state)
{
    (void)state;
    send_on_two_paths();
    struct sctpxi_sack_result result = {.newly_marked = 0};
    sctpx_time first = rig.now + RTT + RTT / 4, second = first + RTT;
    sctpxi_rack_detect(rig.assoc, rig.now, &result);
    assert_int_equal(rig.assoc->loss_deadline, first);
    sctpxi_rack_detect(rig.assoc, first, &result);
    assert_int_equal(result.newly_marked, 2);
    assert_int_equal(result.path[0].lost_bytes, 2 * 1016);
    assert_int_equal(result.path[1].lost_bytes, 0);
    assert_int_equal(rig.assoc->loss_deadline, second);
    sctpxi_rack_detect(rig.assoc, second, &result);
    assert_int_equal(result.newly_marked, 3);
    assert_int_equal(result.path[1].lost_bytes, 1016);
    engine_rig_flush(&rig);
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
        cmocka_unit_test(test_newest_that_has_arrived),
        cmocka_unit_test(test_what_is_not_lost),
        cmocka_unit_test(test_each_path_loses_its_own),
    };
    return cmocka_run_group_tests_name("rack", tests, NULL, NULL);
}
