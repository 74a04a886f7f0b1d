/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/assoc.h"
#include "engine/recovery.h"
#include "support/engine_rig.h"

enum { MS = 1000, RTT = 40 * MS, CWND = 100000, REDUCED = 70000 };

static struct engine_rig rig;

static uint32_t cwnd(void)
{
    return rig.assoc->paths[0].cc.cwnd;
}

/* Chunks leave at once, and round trips of 40 ms are known. */
static void set_up(void)
{
    engine_rig_init(&rig);
    rig.rwnd = 10000000;
    rig.opt.assoc.max_burst = 0;
    engine_rig_accept(&rig);
    rig.assoc->paths[0].cc.cwnd = CWND;
    rig.assoc->paths[0].rto.min_rtt_us = rig.assoc->paths[0].rto.srtt_us = RTT;
}

static void tear_down(void)
{
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

static void send(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(engine_rig_user_send(&rig, 0, 1000), 0);
    engine_rig_flush(&rig);
}

/* Chunks are numbered from 1. One gap block if first is not 0, one duplicate if that is not. */
static void sack(uint32_t cum, uint32_t first, uint32_t last, uint32_t duplicate)
{
    const uint16_t gaps[1][2] = {{(uint16_t)(first - cum), (uint16_t)(last - cum)}};
    const uint32_t dups[1] = {rig.ep_tsn - 1 + duplicate};
    struct pb *pb = engine_rig_packet(&rig);
    pb_sack(pb, rig.ep_tsn - 1 + cum, 10000000, first != 0, gaps, duplicate != 0, dups);
    engine_rig_send(&rig, pb);
}

/* So many chunks, of which the first ones are found lost and sent again. */
static void lose(unsigned lost)
{
    send(lost + 3);
    rig.now += RTT;
    sack(0, lost + 1, lost + 3, 0);
    assert_int_equal(rig.assoc->fast_retransmits, lost);
    assert_int_equal(rig.assoc->retransmitted_chunks, lost);
    assert_int_equal(cwnd(), REDUCED);
}

/* Only when all of them were late the reduction was for nothing (RFC 9438 4.9). */
static void test_all_must_have_been_late(void **state)
{
    (void)state;
    set_up();
    lose(3);
    rig.now += RTT;
    sack(6, 0, 0, 3);
    assert_int_equal(cwnd(), REDUCED);
    sack(6, 0, 0, 3); /* the same once more tells nothing of the others */
    sack(6, 0, 0, 3);
    assert_int_equal(cwnd(), REDUCED);
    sack(6, 0, 0, 2);
    assert_int_equal(cwnd(), REDUCED);
    sack(6, 0, 0, 1);
    assert_int_equal(cwnd(), CWND);
    tear_down();
}

/* Losses that are found later in the same recovery are part of it. */
static void test_later_losses_count_too(void **state)
{
    (void)state;
    set_up();
    send(6);
    rig.now += RTT;
    sack(0, 2, 4, 0);
    assert_int_equal(rig.assoc->fast_retransmits, 1);
    rig.now += RTT;
    sack(4, 6, 6, 0);
    assert_int_equal(rig.assoc->fast_retransmits, 2);
    assert_int_equal(cwnd(), REDUCED); /* once */
    rig.now += RTT;
    sack(6, 0, 0, 5);
    assert_int_equal(cwnd(), REDUCED); /* the first one was lost */
    sack(6, 0, 0, 1);
    assert_int_equal(cwnd(), CWND);
    tear_down();
}

/* It is over with the last chunk that was outstanding when it began, and once nothing was lost. */
static void test_end_of_recovery(void **state)
{
    (void)state;
    set_up();
    lose(3);
    rig.now += RTT;
    sack(5, 0, 0, 0);
    assert_true(rig.assoc->is_in_fast_recovery);
    sack(6, 0, 0, 0);
    assert_false(rig.assoc->is_in_fast_recovery);
    tear_down();
    set_up();
    send(6);
    rig.now += RTT;
    sack(0, 2, 4, 0);
    rig.now += RTT / 2;
    sack(4, 0, 0, 1);
    assert_int_equal(cwnd(), CWND);
    assert_false(rig.assoc->is_in_fast_recovery);
    tear_down();
}

/* All that a SACK tells counts, behind what others made twice. */
static void test_several_duplicates_in_a_sack(void **state)
{
    (void)state;
    set_up();
    lose(2);
    rig.now += RTT;
    const uint32_t dups[3] = {rig.ep_tsn + 4, rig.ep_tsn + 1, rig.ep_tsn};
    struct pb *pb = engine_rig_packet(&rig);
    pb_sack(pb, rig.ep_tsn - 1 + 5, 10000000, 0, NULL, 3, dups);
    engine_rig_send(&rig, pb);
    assert_int_equal(cwnd(), CWND);
    tear_down();
}

/* Nothing of it is left for an association that begins anew. */
static void test_beginning_anew(void **state)
{
    (void)state;
    set_up();
    lose(1);
    assert_non_null(rig.assoc->episode);
    rig.assoc->is_tail_probed = true;
    sctpxi_recovery_init(rig.assoc);
    assert_null(rig.assoc->episode);
    assert_false(rig.assoc->is_in_fast_recovery);
    assert_false(rig.assoc->is_tail_probed);
    tear_down();
}

/* ---- two paths ------------------------------------------------------------------------------- */

static void set_up_paths(void)
{
    static const sctpx_addr more = {.family = SCTPX_IPV4, .ip = {10, 0, 1, 2}};
    engine_rig_init(&rig);
    rig.peer_addrs = &more;
    rig.peer_addr_count = 1;
    engine_rig_accept(&rig);
    assert_int_equal(rig.assoc->path_count, 2);
    for (unsigned i = 0; i < 2; i++)
        rig.assoc->paths[i].cc.cwnd = CWND;
}

static void work_in(uint32_t marked, uint32_t first_lost, uint32_t second_lost, uint32_t late)
{
    struct sctpxi_sack_result result = {.newly_marked = marked, .came_late = late};
    result.path[0].lost_bytes = first_lost;
    result.path[1].lost_bytes = second_lost;
    sctpxi_recovery_on_sack(rig.assoc, rig.now, NULL, &result);
}

static void check_windows(uint32_t first, uint32_t second)
{
    assert_int_equal(rig.assoc->paths[0].cc.cwnd, first);
    assert_int_equal(rig.assoc->paths[1].cc.cwnd, second);
}

/* Each path that lost something pays, and gets that back. */
static void test_every_path_that_lost_pays(void **state)
{
    (void)state;
    set_up_paths();
    work_in(2, 1000, 1000, 0);
    check_windows(REDUCED, REDUCED);
    work_in(0, 0, 0, 1);
    check_windows(REDUCED, REDUCED);
    work_in(0, 0, 0, 1);
    check_windows(CWND, CWND);
    tear_down();
}

/* What another path paid before is not given back with it. */
static void test_only_who_paid_gets_it_back(void **state)
{
    (void)state;
    set_up_paths();
    work_in(1, 1000, 0, 0);
    sctpxi_recovery_init(rig.assoc);
    work_in(1, 0, 1000, 0);
    check_windows(REDUCED, REDUCED);
    work_in(0, 0, 0, 1);
    check_windows(REDUCED, CWND);
    tear_down();
}

static void test_time_out_of_one_path(void **state)
{
    (void)state;
    set_up_paths();
    rig.assoc->pending |= SCTPXI_PENDING_FAST_RTX;
    sctpxi_recovery_on_t3(rig.assoc, 1, 2);
    assert_int_equal(rig.assoc->pending & SCTPXI_PENDING_FAST_RTX, 0);
    uint32_t least = rig.assoc->paths[1].cc.mtu;
    check_windows(CWND, least);
    work_in(0, 0, 0, 0);
    check_windows(CWND, least);
    rig.assoc->paths[0].cc.cwnd = CWND / 2; /* paid for something else */
    work_in(0, 0, 0, 1);
    check_windows(CWND / 2, least);
    work_in(0, 0, 0, 1);
    check_windows(CWND / 2, CWND);
    tear_down();
}

/* ---- timers ---------------------------------------------------------------------------------- */

/* What is lost when the timer expires is sent at once, and no longer counts for the window. */
static void test_timer_sends_what_is_lost(void **state)
{
    (void)state;
    set_up();
    send(2);
    rig.now += RTT;
    sack(0, 2, 2, 0);
    assert_int_equal(rig.assoc->retransmitted_chunks, 0);
    rig.now = rig.assoc->loss_deadline;
    uint32_t window = rig.assoc->peer_rwnd;
    sctpxi_recovery_on_timer(rig.assoc, rig.now);
    assert_int_equal(rig.assoc->peer_rwnd, window + 1000);
    engine_rig_flush(&rig);
    assert_int_equal(rig.assoc->retransmitted_chunks, 1);
    tear_down();
}

static void test_nothing_in_flight_needs_no_timer(void **state)
{
    (void)state;
    set_up();
    send(2);
    rig.now += RTT;
    sack(0, 2, 2, 0);
    assert_true(rig.assoc->loss_deadline < SCTPX_TIME_NEVER);
    sack(2, 0, 0, 0);
    assert_true(rig.assoc->loss_deadline == SCTPX_TIME_NEVER);
    tear_down();
}

/* Of more than eight nobody keeps account: they were lost. */
static void test_many_are_never_taken_back(void **state)
{
    (void)state;
    for (unsigned n = 8; n <= 9; n++) {
        set_up();
        lose(n);
        rig.now += RTT;
        for (unsigned i = 1; i <= n; i++)
            sack(n + 3, 0, 0, i);
        assert_int_equal(cwnd(), n == 8 ? CWND : REDUCED);
        assert_null(rig.assoc->episode);
        tear_down();
    }
}

/* Where nothing was sent again it is the network that doubles packets. */
static void test_duplicates_of_the_network(void **state)
{
    (void)state;
    set_up();
    send(3);
    rig.now += RTT;
    sack(3, 0, 0, 2);
    assert_int_equal(rig.assoc->paths[0].rack.reo_wnd_extra, 0);
    tear_down();
}

/* Duplicates make the reordering window wider, once in a round trip (RFC 8985 6.2 step 4). */
static void test_duplicates_widen_once_in_a_round_trip(void **state)
{
    (void)state;
    set_up();
    lose(1);
    rig.now += RTT;
    send(2);
    const struct sctpxi_rack *rack = &rig.assoc->paths[0].rack;
    sack(4, 0, 0, 1);
    assert_int_equal(rack->reo_wnd_extra, 1);
    sack(5, 0, 0, 1);
    assert_int_equal(rack->reo_wnd_extra, 1);
    sack(6, 0, 0, 1);
    assert_int_equal(rack->reo_wnd_extra, 2);
    tear_down();
}

/* Also when more was sent again than an episode counts. */
static void test_many_duplicates_widen_too(void **state)
{
    (void)state;
    set_up();
    lose(12);
    rig.now += RTT;
    sack(15, 0, 0, 5);
    assert_int_equal(rig.assoc->paths[0].rack.reo_wnd_extra, 1);
    assert_true(rig.assoc->paths[0].rack.is_reordering_seen);
    tear_down();
}

/* The probe was paid for, and then a duplicate tells that both copies came. */
static void test_probe_that_was_needless_after_all(void **state)
{
    (void)state;
    set_up();
    send(4);
    engine_rig_run(&rig, 3 * RTT);
    assert_int_equal(rig.assoc->retransmitted_chunks, 1);
    send(2);
    rig.now += RTT;
    sack(6, 0, 0, 0);
    uint32_t reduced = cwnd();
    assert_true(rig.assoc->paths[0].cc.ssthresh < UINT32_MAX);
    sack(6, 0, 0, 4);
    assert_true(cwnd() > reduced);
    assert_true(rig.assoc->paths[0].cc.ssthresh == UINT32_MAX);
    tear_down();
}

/* The probe shows what else is missing: all of it is one loss, and paid for once. */
static void test_probe_that_finds_losses_is_not_paid_for_itself(void **state)
{
    (void)state;
    set_up();
    send(10);
    rig.now += RTT;
    sack(7, 0, 0, 0);
    engine_rig_run(&rig, 3 * RTT);
    assert_int_equal(rig.assoc->retransmitted_chunks, 1);
    sack(7, 10, 10, 0);
    assert_int_equal(rig.assoc->retransmitted_chunks, 3);
    assert_int_equal(cwnd(), REDUCED);
    send(2);
    rig.now += RTT;
    sack(12, 0, 0, 0);
    assert_int_equal(cwnd(), REDUCED);
    tear_down();
}

/* One SACK that shows both that the probe has repaired the tail and that more is lost. */
static void test_tail_and_loss_in_one_sack(void **state)
{
    (void)state;
    set_up();
    send(10);
    rig.now += RTT;
    sack(7, 0, 0, 0);
    engine_rig_run(&rig, 3 * RTT);
    send(5);
    rig.now += RTT;
    sack(11, 13, 15, 0);
    assert_int_equal(rig.assoc->fast_retransmits, 1);
    assert_int_equal(cwnd(), REDUCED);
    tear_down();
}

/* After a second time-out a duplicate of one chunk does not bring the first window back. */
static void test_second_t3_is_not_taken_back(void **state)
{
    (void)state;
    set_up();
    send(40);
    while (rig.assoc->t3_timeouts < 2)
        engine_rig_run(&rig, 100 * MS);
    sack(1, 0, 0, 1);
    assert_true(cwnd() < CWND / 10);
    assert_true(rig.assoc->paths[0].cc.ssthresh < CWND);
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_must_have_been_late),
        cmocka_unit_test(test_later_losses_count_too),
        cmocka_unit_test(test_end_of_recovery),
        cmocka_unit_test(test_several_duplicates_in_a_sack),
        cmocka_unit_test(test_beginning_anew),
        cmocka_unit_test(test_every_path_that_lost_pays),
        cmocka_unit_test(test_only_who_paid_gets_it_back),
        cmocka_unit_test(test_time_out_of_one_path),
        cmocka_unit_test(test_timer_sends_what_is_lost),
        cmocka_unit_test(test_nothing_in_flight_needs_no_timer),
        cmocka_unit_test(test_many_are_never_taken_back),
        cmocka_unit_test(test_duplicates_of_the_network),
        cmocka_unit_test(test_duplicates_widen_once_in_a_round_trip),
        cmocka_unit_test(test_many_duplicates_widen_too),
        cmocka_unit_test(test_probe_that_was_needless_after_all),
        cmocka_unit_test(test_probe_that_finds_losses_is_not_paid_for_itself),
        cmocka_unit_test(test_tail_and_loss_in_one_sack),
        cmocka_unit_test(test_second_t3_is_not_taken_back),
    };
    return cmocka_run_group_tests_name("recovery", tests, NULL, NULL);
}
