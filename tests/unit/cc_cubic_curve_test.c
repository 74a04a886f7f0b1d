/* SPDX-License-Identifier: MIT */
/* CUBIC point by point: single steps of the curve, slow start that is left, pauses. */
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

/* ---- the curve, point by point --------------------------------------------------------------- */

/* In the middle of the curve, of 40 chunks, at one second. */
static struct sctpxi_cc on_curve(void)
{
    struct sctpxi_cc cc = started(40 * MTU, 20 * MTU);

    ack(&cc, 1000 * MS, 0, cc.cwnd);
    assert_int_equal(cc.cubic.epoch_start, 0); /* nothing acknowledged */
    ack(&cc, 1000 * MS, 1, cc.cwnd);
    assert_int_equal(cc.cubic.epoch_start, 1000 * MS);
    assert_int_equal(cc.cwnd, 40 * MTU);
    return cc;
}

/* What a SACK of one byte adds is less than a byte, and not lost. */
static void test_small_acknowledgements_add_up(void **state)
{
    struct sctpxi_cc cc = on_curve();

    (void)state;
    for (int i = 0; i < 100; i++)
        ack(&cc, 6000 * MS, 1, cc.cwnd);
    assert_in_range(cc.cwnd, 40 * MTU + 45, 40 * MTU + 50);
}

static void test_a_window_at_once_at_most(void **state)
{
    struct sctpxi_cc cc = on_curve();

    (void)state;
    ack(&cc, 6000 * MS, 400 * MTU, cc.cwnd);
    assert_int_equal(cc.cwnd, 60 * MTU);
}

/* The curve is that of a shorter round trip now: cwnd waits for it. */
static void test_ahead_of_the_curve(void **state)
{
    struct sctpxi_cc cc = on_curve();
    struct sctpxi_cc_ack sack = {.now = 6000 * MS, .srtt_us = 10000 * MS};

    (void)state;
    for (int i = 0; i < 3; i++) {
        sack.acked_bytes = sack.flight_before = cc.cwnd;
        alg->on_ack(&cc, &sack);
    }
    assert_int_equal(cc.cwnd, 135 * MTU); /* half as much again, three times; the curve is at 90 */
    sack.acked_bytes = sack.flight_before = cc.cwnd;
    sack.srtt_us = 1 * MS;
    alg->on_ack(&cc, &sack);
    assert_int_equal(cc.cwnd, 135 * MTU);
}

/* Nor does Reno's estimate take anything away. */
static void test_ahead_of_reno(void **state)
{
    struct sctpxi_cc cc = on_curve();

    (void)state;
    cc.cwnd = 60 * MTU;
    ack(&cc, 1001 * MS, 40 * MTU, cc.cwnd);
    assert_int_equal(cc.cwnd, 60 * MTU);
}

/* 4.4: the target is where the curve is a round trip from now: 0.4 * (9.09 - 1.1)^3 below 1,000. */
static void test_target_is_a_round_trip_ahead(void **state)
{
    struct sctpxi_cc cc = started(1000 * MTU, UINT32_MAX);

    (void)state;
    alg->on_fast_retransmit(&cc);
    ack(&cc, 1000 * MS, 1, cc.cwnd);
    ack(&cc, 2000 * MS, cc.cwnd, cc.cwnd);
    assert_in_range(cc.cwnd, 795 * MTU, 798 * MTU);
}

/* 100 s from its middle the curve is taken for flat: 0.4 * 100^3 chunks. */
static void test_curve_has_an_end(void **state)
{
    struct sctpxi_cc cc = started(3000000000u, 1000000000u);

    (void)state;
    ack(&cc, 1000 * MS, 1, cc.cwnd);
    ack(&cc, 151000 * MS, cc.cwnd, cc.cwnd);
    assert_int_equal(cc.cwnd, 3000000000u + 400000u * MTU);
}

/* 4.3: 9/17 of a chunk for a window, until cwnd of the last loss is reached; not W_max. */
static void test_share_of_reno(void **state)
{
    struct sctpxi_cc cc = started(1000000, UINT32_MAX);
    const uint64_t share = ((uint64_t)MTU << 8) * 9 / 17;

    (void)state;
    alg->on_fast_retransmit(&cc);
    alg->on_fast_retransmit(&cc); /* 490,000; W_max is 595,000, and the loss was at 700,000 */
    cc.cwnd = 650000;
    ack(&cc, 1000 * MS, cc.cwnd, cc.cwnd);
    assert_int_equal(cc.cubic.w_est, (UINT64_C(650000) << 8) + share);
    cc.cubic.w_est = UINT64_C(700000) << 8;
    ack(&cc, 1000 * MS, cc.cwnd, cc.cwnd);
    assert_int_equal(cc.cubic.w_est, (UINT64_C(700000) << 8) + (MTU << 8));
}

/* Who got up to W_max again was not held back by others. */
static void test_no_convergence_at_w_max(void **state)
{
    struct sctpxi_cc cc = started(1000000, UINT32_MAX);

    (void)state;
    cc.cubic.w_max = 1000000;
    alg->on_fast_retransmit(&cc);
    assert_int_equal(cc.cubic.w_max, 1000000);
}

/* Three times of them is more than 32 bits hold. */
static void test_large_windows_must_be_used(void **state)
{
    struct sctpxi_cc cc = started(2000000000, 1000000000), slow = started(3000000000, UINT32_MAX);

    (void)state;
    ack(&cc, RTT, 1, 1000000000);
    assert_int_equal(cc.cubic.epoch_start, 0);
    ack(&cc, RTT, 1, 1500000000);
    assert_int_equal(cc.cubic.epoch_start, RTT);
    ack(&slow, RTT, 1000, 3000000000);
    assert_int_equal(slow.cwnd, 3000001000);
}

/* ---- slow start that is left (RFC 9406) ------------------------------------------------------ */

struct flow {
    struct sctpxi_cc cc;
    sctpx_time now;
    uint32_t grown; /* with the last SACK, of 4,000 bytes */
};

static void ack_sample(struct flow *f, sctpx_time now, sctpx_time rtt_us, sctpx_time sent_at)
{
    uint32_t before = f->cc.cwnd;
    const struct sctpxi_cc_ack sack = {.acked_bytes = 4000,
                                       .flight_before = before,
                                       .now = now,
                                       .srtt_us = 50 * MS,
                                       .rtt_us = rtt_us,
                                       .rtt_sent_at = sent_at};

    alg->on_ack(&f->cc, &sack);
    f->grown = f->cc.cwnd - before;
}

/* Eight samples, the first of which was sent when the round began. */
static void run_samples(struct flow *f, sctpx_time rtt_us)
{
    sctpx_time sent_at = f->now;

    f->now += rtt_us;
    for (unsigned i = 0; i < 8; i++)
        ack_sample(f, f->now + i, rtt_us, sent_at + i);
    f->now += 8;
}

/* Round trips of 50 ms have become 60 ms. */
static struct flow slowed_down(void)
{
    struct flow f = {.cc = started(400000, UINT32_MAX), .now = 1000 * MS};

    run_samples(&f, 50 * MS);
    assert_int_equal(f.grown, 4000);
    run_samples(&f, 60 * MS);
    assert_int_equal(f.grown, 1000);
    return f;
}

/* 4.2: a quarter of it for five rounds; then cwnd is what slow start has found. */
static void test_slower_start_and_its_end(void **state)
{
    struct flow f = slowed_down();

    (void)state;
    for (int i = 0; i < 4; i++) {
        run_samples(&f, 61 * MS);
        assert_int_equal(f.grown, 1000);
        assert_true(f.cc.ssthresh == UINT32_MAX);
    }
    ack_sample(&f, f.now + 61 * MS, 61 * MS, f.now);
    assert_int_equal(f.grown, 0);
    assert_int_equal(f.cc.ssthresh, f.cc.cwnd);
}

/* A queue that grows within a round: nothing more until what is under way has arrived. */
static void test_slow_start_pauses(void **state)
{
    struct flow f = {.cc = started(400000, UINT32_MAX), .now = 1000 * MS};

    (void)state;
    run_samples(&f, 50 * MS);
    for (unsigned i = 0; i < 24; i++)
        ack_sample(&f, f.now + 50 * MS + i * MS, 50 * MS + i * MS / 2, f.now + i * MS / 2);
    assert_int_equal(f.grown, 0);
    assert_true(f.cc.ssthresh == UINT32_MAX);
}

static void test_time_out_begins_slow_start_anew(void **state)
{
    struct flow f = slowed_down();

    (void)state;
    alg->on_t3(&f.cc);
    ack_sample(&f, f.now + 60 * MS, 60 * MS, f.now);
    assert_int_equal(f.grown, 4000);
}

/* ---- pauses ---------------------------------------------------------------------------------- */

/* Less than an RTO is no pause, and small windows stay; ssthresh is never lowered. */
static void test_idle_leaves_ssthresh(void **state)
{
    struct sctpxi_cc brief = started(64 * MTU, 10 * MTU), small = started(4 * MTU, 2 * MTU);
    struct sctpxi_cc high = started(64 * MTU, 100 * MTU), odd = started(7 * MTU, 7 * MTU);

    (void)state;
    alg->on_idle(&brief, 999 * MS, 1000 * MS);
    assert_int_equal(brief.cwnd, 64 * MTU);
    assert_int_equal(brief.ssthresh, 10 * MTU);
    alg->on_idle(&small, 2000 * MS, 1000 * MS);
    assert_int_equal(small.ssthresh, 2 * MTU);
    alg->on_idle(&high, 1000 * MS, 1000 * MS);
    assert_int_equal(high.ssthresh, 100 * MTU);
    alg->on_idle(&odd, 1000 * MS, 1000 * MS);
    assert_int_equal(odd.cwnd, 4 * MTU);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_acknowledgements_add_up),
        cmocka_unit_test(test_a_window_at_once_at_most),
        cmocka_unit_test(test_ahead_of_the_curve),
        cmocka_unit_test(test_ahead_of_reno),
        cmocka_unit_test(test_target_is_a_round_trip_ahead),
        cmocka_unit_test(test_curve_has_an_end),
        cmocka_unit_test(test_share_of_reno),
        cmocka_unit_test(test_no_convergence_at_w_max),
        cmocka_unit_test(test_large_windows_must_be_used),
        cmocka_unit_test(test_slower_start_and_its_end),
        cmocka_unit_test(test_slow_start_pauses),
        cmocka_unit_test(test_time_out_begins_slow_start_anew),
        cmocka_unit_test(test_idle_leaves_ssthresh),
    };

    return cmocka_run_group_tests_name("cc_cubic_curve", tests, NULL, NULL);
}
