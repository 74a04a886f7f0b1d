/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/cc.h"

#define MTU 1460u
#define MS UINT64_C(1000)
#define RTT (100 * MS)

static const struct sctpxi_cc_algorithm *const alg = &sctpxi_cc_cubic;

static struct sctpxi_cc started(uint32_t cwnd, uint32_t ssthresh)
{
    struct sctpxi_cc cc;

    alg->init(&cc, MTU, false);
    cc.cwnd = cwnd;
    cc.ssthresh = ssthresh;
    return cc;
}

static void ack(struct sctpxi_cc *cc, sctpx_time now, size_t bytes, size_t flight_before)
{
    const struct sctpxi_cc_ack sack = {.acked_bytes = bytes,
                                       .flight_before = flight_before,
                                       .cum_advanced = true,
                                       .now = now,
                                       .srtt_us = RTT};

    alg->on_ack(cc, &sack);
}

/* A round trip in which a full window is acknowledged, in ten SACKs. */
static sctpx_time run_rtt(struct sctpxi_cc *cc, sctpx_time now)
{
    uint32_t window = cc->cwnd;

    for (int i = 0; i < 10; i++) {
        now += RTT / 10;
        ack(cc, now, window / 10, cc->cwnd);
    }
    return now;
}

static void test_slow_start_counts_every_byte(void **state)
{
    struct sctpxi_cc cc = started(4404, UINT32_MAX);

    (void)state;
    ack(&cc, RTT, 4404, 4404);
    assert_int_equal(cc.cwnd, 2 * 4404);
    ack(&cc, RTT, 0, 8808);
    assert_int_equal(cc.cwnd, 2 * 4404);
}

static void test_slow_start_ends_at_ssthresh(void **state)
{
    struct sctpxi_cc cc = started(20000, 25000);

    (void)state;
    ack(&cc, RTT, 20000, 20000);
    assert_int_equal(cc.cwnd, 25000);
}

static void test_window_that_is_not_used_does_not_grow(void **state)
{
    struct sctpxi_cc slow = started(40000, UINT32_MAX), steady = started(40000, 20000);

    (void)state;
    ack(&slow, RTT, 10000, 15000);
    assert_int_equal(slow.cwnd, 40000);
    for (sctpx_time now = RTT; now < 100 * RTT; now += RTT)
        ack(&steady, now, 10000, 25000);
    assert_int_equal(steady.cwnd, 40000);
}

/* Half a window counts as full in slow start, three quarters of one afterwards. */
static void test_window_that_is_nearly_used_grows(void **state)
{
    struct sctpxi_cc slow = started(40000, UINT32_MAX), steady = started(40000, 20000);

    (void)state;
    ack(&slow, RTT, 10000, 19999);
    assert_int_equal(slow.cwnd, 40000);
    ack(&slow, RTT, 10000, 20000);
    assert_int_equal(slow.cwnd, 50000);
    for (sctpx_time now = RTT; now < 20 * RTT; now += RTT)
        ack(&steady, now, 10000, 29999);
    assert_int_equal(steady.cwnd, 40000);
    for (sctpx_time now = 20 * RTT; now < 40 * RTT; now += RTT)
        ack(&steady, now, 10000, 30000);
    assert_true(steady.cwnd > 40000);
}

static void test_nothing_grows_in_fast_recovery(void **state)
{
    struct sctpxi_cc cc = started(40000, UINT32_MAX);
    const struct sctpxi_cc_ack sack = {
        .acked_bytes = 40000, .flight_before = 40000, .in_fast_recovery = true, .now = RTT};

    (void)state;
    alg->on_ack(&cc, &sack);
    assert_int_equal(cc.cwnd, 40000);
}

static void test_loss_costs_three_tenths(void **state)
{
    struct sctpxi_cc cc = started(1000000, UINT32_MAX), small = started(MTU, UINT32_MAX);

    (void)state;
    alg->on_fast_retransmit(&cc);
    assert_int_equal(cc.cwnd, 700000);
    assert_int_equal(cc.ssthresh, 700000);
    assert_int_equal(cc.cubic.w_max, 1000000);
    alg->on_fast_retransmit(&small);
    assert_int_equal(small.cwnd, MTU); /* not more than before */
    assert_int_equal(small.ssthresh, 2 * MTU);
}

/* RFC 9438 4.2: W_max = 1,000 chunks, 300 missing: K = cubic root of (300 / 0.4) = 9.09 s. */
static void test_returns_to_where_the_loss_was(void **state)
{
    struct sctpxi_cc cc = started(1000 * MTU, UINT32_MAX);
    sctpx_time now = 1000 * MS;

    (void)state;
    alg->on_fast_retransmit(&cc);
    now = run_rtt(&cc, now);
    assert_in_range(cc.cubic.k_ms, 9070, 9100);
    sctpx_time start = cc.cubic.epoch_start;
    while (now < start + 4500 * MS) /* half of it: 7 of the 8 parts of the way */
        now = run_rtt(&cc, now);
    assert_in_range(cc.cwnd, 955 * MTU, 970 * MTU);
    while (now < start + 9090 * MS)
        now = run_rtt(&cc, now);
    assert_in_range(cc.cwnd, 995 * MTU, 1003 * MTU);
    while (now < start + 2 * 9090 * MS)
        now = run_rtt(&cc, now);
    assert_in_range(cc.cwnd, 1280 * MTU, 1320 * MTU);
}

/* 4.3: where Reno would be faster, small windows and short round trips, it is not slower. */
static void test_is_no_slower_than_reno(void **state)
{
    struct sctpxi_cc cc = started(20 * MTU, UINT32_MAX);
    sctpx_time now = 1000 * MS;

    (void)state;
    alg->on_fast_retransmit(&cc); /* 14 chunks, and 20 of them are 0.53 a round trip away */
    for (int i = 0; i < 12; i++)
        now = run_rtt(&cc, now);
    assert_in_range(cc.cwnd, 19 * MTU + MTU / 2, 21 * MTU);
    uint32_t before = cc.cwnd;
    for (int i = 0; i < 10; i++) /* then one each */
        now = run_rtt(&cc, now);
    assert_in_range(cc.cwnd, before + 8 * MTU, before + 11 * MTU);
}

/* 4.7: the next loss comes earlier, so others want their share. */
static void test_fast_convergence(void **state)
{
    struct sctpxi_cc cc = started(1000000, UINT32_MAX);

    (void)state;
    alg->on_fast_retransmit(&cc);
    alg->on_fast_retransmit(&cc);
    assert_int_equal(cc.cwnd, 490000);
    assert_int_equal(cc.cubic.w_max, 700000 * 17 / 20);
}

/* 4.4: half as much again in a round trip at most. */
static void test_steps_are_bounded(void **state)
{
    struct sctpxi_cc cc = started(10 * MTU, 5 * MTU);

    (void)state;
    ack(&cc, RTT, 10, cc.cwnd);
    ack(&cc, RTT + 90000 * MS, cc.cwnd, cc.cwnd);
    assert_in_range(cc.cwnd, 14 * MTU, 15 * MTU + 10);
}

static void test_time_out(void **state)
{
    struct sctpxi_cc cc = started(1000000, UINT32_MAX);

    (void)state;
    alg->on_t3(&cc);
    assert_int_equal(cc.cwnd, MTU);
    assert_int_equal(cc.ssthresh, 700000);
    alg->on_t3(&cc); /* the same loss, twice */
    assert_int_equal(cc.ssthresh, 700000);
}

static void test_spurious_reduction_is_undone(void **state)
{
    struct sctpxi_cc lost = started(1000000, UINT32_MAX), late = lost;

    (void)state;
    alg->on_fast_retransmit(&lost);
    alg->on_spurious(&lost);
    assert_int_equal(lost.cwnd, 1000000);
    assert_true(lost.ssthresh == UINT32_MAX);
    alg->on_t3(&late);
    alg->on_spurious(&late);
    assert_int_equal(late.cwnd, 1000000);
    late.cwnd = 2000000;
    alg->on_spurious(&late); /* never less */
    assert_int_equal(late.cwnd, 2000000);
}

/* RFC 9260 7.2.1. */
static void test_idle(void **state)
{
    struct sctpxi_cc cc = started(64 * MTU, UINT32_MAX);

    (void)state;
    alg->on_idle(&cc, 2500 * MS, 1000 * MS);
    assert_int_equal(cc.cwnd, 16 * MTU);
    alg->on_idle(&cc, 100000 * MS, 1000 * MS);
    assert_int_equal(cc.cwnd, 4 * MTU);
    alg->on_idle(&cc, 100000 * MS, 0);
    assert_int_equal(cc.cwnd, 4 * MTU);
}

static void test_mtu(void **state)
{
    struct sctpxi_cc cc = started(MTU, UINT32_MAX);

    (void)state;
    alg->set_mtu(&cc, 8960);
    assert_int_equal(cc.cwnd, 8960);
    alg->set_mtu(&cc, 1000);
    assert_int_equal(cc.cwnd, 8960);
}

/* Whatever interrupts the curve begins it anew; without a loss before it begins at its middle. */
static void test_curve_begins_anew(void **state)
{
    struct sctpxi_cc cc = started(40 * MTU, 20 * MTU);
    const uint32_t window = 40 * MTU;

    (void)state;
    ack(&cc, RTT, MTU, window);
    assert_int_equal(cc.cubic.epoch_start, RTT);
    assert_int_equal(cc.cubic.k_ms, 0);
    assert_int_equal(cc.cubic.w_max, window);
    ack(&cc, 2 * RTT, MTU, window / 2); /* not used */
    assert_int_equal(cc.cubic.epoch_start, 0);
    ack(&cc, 3 * RTT, MTU, window + MTU);
    alg->on_idle(&cc, 1, 1000 * MS);
    assert_int_equal(cc.cubic.epoch_start, 0);
    ack(&cc, 4 * RTT, MTU, window + MTU);
    alg->set_mtu(&cc, MTU);
    assert_int_equal(cc.cubic.epoch_start, 0);
    ack(&cc, 5 * RTT, MTU, window + MTU);
    alg->on_fast_retransmit(&cc);
    assert_int_equal(cc.cubic.epoch_start, 0);
    ack(&cc, 6 * RTT, MTU, window + MTU);
    alg->on_spurious(&cc);
    assert_int_equal(cc.cubic.epoch_start, 0);
}

static void test_spurious_reduction_leaves_no_trace(void **state)
{
    struct sctpxi_cc cc = started(1000000, 2000000);

    (void)state;
    cc.cubic.w_max = 1500000;
    alg->on_fast_retransmit(&cc);
    assert_int_equal(cc.cubic.w_max, 850000);
    alg->on_spurious(&cc);
    assert_int_equal(cc.cubic.w_max, 1500000);
    assert_int_equal(cc.ssthresh, 2000000);
}

/* 7.2.1: slow start leads back to where it was. */
static void test_idle_keeps_what_was_reached(void **state)
{
    struct sctpxi_cc cc = started(64 * MTU, 10 * MTU);

    (void)state;
    alg->on_idle(&cc, 1500 * MS, 1000 * MS);
    assert_int_equal(cc.cwnd, 32 * MTU);
    assert_int_equal(cc.ssthresh, 64 * MTU);
}

/* Nothing overflows at the ends of the numbers. */
static void test_extremes(void **state)
{
    struct sctpxi_cc cc = started(UINT32_MAX, UINT32_MAX);

    (void)state;
    alg->set_mtu(&cc, 65535);
    alg->on_fast_retransmit(&cc);
    sctpx_time now = 1;
    for (int i = 0; i < 60; i++) {
        ack(&cc, now, UINT32_MAX, UINT32_MAX);
        now = now * 2;
        assert_true(cc.cwnd >= 3000000000u);
    }
    alg->on_t3(&cc);
    assert_int_equal(cc.cwnd, 65535);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slow_start_counts_every_byte),
        cmocka_unit_test(test_slow_start_ends_at_ssthresh),
        cmocka_unit_test(test_window_that_is_not_used_does_not_grow),
        cmocka_unit_test(test_window_that_is_nearly_used_grows),
        cmocka_unit_test(test_nothing_grows_in_fast_recovery),
        cmocka_unit_test(test_loss_costs_three_tenths),
        cmocka_unit_test(test_returns_to_where_the_loss_was),
        cmocka_unit_test(test_is_no_slower_than_reno),
        cmocka_unit_test(test_fast_convergence),
        cmocka_unit_test(test_steps_are_bounded),
        cmocka_unit_test(test_time_out),
        cmocka_unit_test(test_spurious_reduction_is_undone),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_mtu),
        cmocka_unit_test(test_curve_begins_anew),
        cmocka_unit_test(test_spurious_reduction_leaves_no_trace),
        cmocka_unit_test(test_idle_keeps_what_was_reached),
        cmocka_unit_test(test_extremes),
    };

    return cmocka_run_group_tests_name("cc_cubic", tests, NULL, NULL);
}
