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
    sack(0, 2, 4, 0);
    send(1);
    rig.now += RTT;
    sack(1, 7, 7, 0);
    assert_true(rig.assoc->fast_retransmits >= 3); /* 5 and 6 */
    assert_true(cwnd() < CWND);
    sack(7, 0, 0, 5);
    sack(7, 0, 0, 6);
    assert_true(cwnd() < CWND); /* the first one was lost */
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

/* One probe for a flight (RFC 8985 7.3): then T3-rtx. */
static void test_one_probe_for_a_flight(void **state)
{
    (void)state;
    set_up();
    send(4);
    engine_rig_run(&rig, 900 * MS);
    assert_int_equal(rig.assoc->retransmitted_chunks, 1);
    assert_int_equal(rig.assoc->t3_timeouts, 0);
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
        cmocka_unit_test(test_many_are_never_taken_back),
        cmocka_unit_test(test_duplicates_of_the_network),
        cmocka_unit_test(test_duplicates_widen_once_in_a_round_trip),
        cmocka_unit_test(test_many_duplicates_widen_too),
        cmocka_unit_test(test_probe_that_was_needless_after_all),
        cmocka_unit_test(test_one_probe_for_a_flight),
        cmocka_unit_test(test_probe_that_finds_losses_is_not_paid_for_itself),
        cmocka_unit_test(test_tail_and_loss_in_one_sack),
        cmocka_unit_test(test_second_t3_is_not_taken_back),
    };
    return cmocka_run_group_tests_name("recovery", tests, NULL, NULL);
}
