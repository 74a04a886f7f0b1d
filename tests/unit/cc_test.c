/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/cc.h"

#define MTU 1460u

static const struct sctpxi_cc_algorithm *const alg = &sctpxi_cc_rfc9260;

/* A SACK that acknowledges these bytes while the window was full. */
static void ack_full(struct sctpxi_cc *cc, size_t acked_bytes)
{
    const struct sctpxi_cc_ack ack = {
        .acked_bytes = acked_bytes, .flight_before = cc->cwnd, .cum_advanced = true};

    alg->on_ack(cc, &ack);
}

static struct sctpxi_cc started(uint32_t cwnd, uint32_t ssthresh)
{
    struct sctpxi_cc cc;

    alg->init(&cc, MTU, false);
    cc.cwnd = cwnd;
    cc.ssthresh = ssthresh;
    return cc;
}

/* covers: 9260/7.2.1-1 */
static void test_initial_window(void **state)
{
    /* min(4 * PMDCS, max(2 * PMDCS, 4404 or 4344)) */
    static const struct {
        uint32_t mtu, ipv4, ipv6;
    } cases[] = {
        {536, 2144, 2144},  {1100, 4400, 4344}, {1101, 4404, 4344},   {1460, 4404, 4344},
        {2202, 4404, 4404}, {2203, 4406, 4406}, {9000, 18000, 18000}, {65535, 131070, 131070},
    };
    struct sctpxi_cc cc;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        alg->init(&cc, cases[i].mtu, false);
        assert_int_equal(cc.cwnd, cases[i].ipv4);
        alg->init(&cc, cases[i].mtu, true);
        assert_int_equal(cc.cwnd, cases[i].ipv6);
    }
    assert_int_equal(cc.ssthresh, UINT32_MAX);
    assert_int_equal(cc.partial_bytes_acked, 0);
}

/* RFC 9260 takes nothing back. */
static void test_a_reduction_stays(void **state)
{
    struct sctpxi_cc cc = started(100000, UINT32_MAX);

    (void)state;
    alg->on_fast_retransmit(&cc);
    alg->on_spurious(&cc);
    assert_int_equal(cc.cwnd, 50000);
    assert_int_equal(cc.ssthresh, 50000);
}

static void test_slow_start_adds_what_was_acked_but_one_mtu_at_most(void **state)
{
    struct sctpxi_cc cc = started(4404, UINT32_MAX);

    (void)state;
    ack_full(&cc, 100);
    assert_int_equal(cc.cwnd, 4504);
    ack_full(&cc, MTU);
    assert_int_equal(cc.cwnd, 4504 + MTU);
    ack_full(&cc, 100000);
    assert_int_equal(cc.cwnd, 4504 + 2 * MTU);
    assert_int_equal(cc.partial_bytes_acked, 0);
}

static void test_slow_start_only_with_a_full_window(void **state)
{
    struct sctpxi_cc cc = started(4404, UINT32_MAX);
    struct sctpxi_cc_ack ack = {.acked_bytes = MTU, .flight_before = 4403, .cum_advanced = true};

    (void)state;
    alg->on_ack(&cc, &ack);
    assert_int_equal(cc.cwnd, 4404);
    ack.flight_before = 4404;
    alg->on_ack(&cc, &ack);
    assert_int_equal(cc.cwnd, 4404 + MTU);
}

static void test_no_slow_start_in_fast_recovery_or_without_cum_advance(void **state)
{
    struct sctpxi_cc cc = started(4404, UINT32_MAX);
    struct sctpxi_cc_ack ack = {.acked_bytes = MTU, .flight_before = 9999};

    (void)state;
    alg->on_ack(&cc, &ack);
    assert_int_equal(cc.cwnd, 4404);
    ack.cum_advanced = true;
    ack.in_fast_recovery = true;
    alg->on_ack(&cc, &ack);
    assert_int_equal(cc.cwnd, 4404);
}

/* cwnd == ssthresh is still slow start. */
static void test_slow_start_ends_above_ssthresh(void **state)
{
    struct sctpxi_cc cc = started(10000, 10000);

    (void)state;
    ack_full(&cc, 500);
    assert_int_equal(cc.cwnd, 10500);
    ack_full(&cc, 500);
    assert_int_equal(cc.cwnd, 10500);
    assert_int_equal(cc.partial_bytes_acked, 500);
}

static void test_avoidance_adds_one_mtu_per_window(void **state)
{
    struct sctpxi_cc cc = started(10000, 5000);

    (void)state;
    ack_full(&cc, 9999);
    assert_int_equal(cc.cwnd, 10000);
    ack_full(&cc, 101);
    assert_int_equal(cc.cwnd, 10000 + MTU);
    assert_int_equal(cc.partial_bytes_acked, 100);
}

/* A window that was not full stores up one increase at most. covers: 9260/7.2.2-6 */
static void test_avoidance_does_not_save_up(void **state)
{
    struct sctpxi_cc cc = started(10000, 5000);
    struct sctpxi_cc_ack ack = {.acked_bytes = 8000, .flight_before = 9000, .cum_advanced = true};

    (void)state;
    for (int i = 0; i < 10; i++) {
        alg->on_ack(&cc, &ack);
        assert_int_equal(cc.cwnd, 10000);
        assert_true(cc.partial_bytes_acked <= 10000);
    }
    assert_int_equal(cc.partial_bytes_acked, 10000);
    ack_full(&cc, 1);
    assert_int_equal(cc.cwnd, 10000 + MTU);
    assert_int_equal(cc.partial_bytes_acked, 1);
}

/* By gap blocks too, and in fast recovery (of another path): 7.2.2 sets no such condition. */
static void test_avoidance_counts_without_cum_advance(void **state)
{
    struct sctpxi_cc cc = started(10000, 5000);
    const struct sctpxi_cc_ack ack = {
        .acked_bytes = 3000, .flight_before = 10000, .in_fast_recovery = true};

    (void)state;
    alg->on_ack(&cc, &ack);
    assert_int_equal(cc.partial_bytes_acked, 3000);
}

/* covers: 9260/7.2.2-6 */
static void test_partial_bytes_are_forgotten_when_all_is_acked(void **state)
{
    struct sctpxi_cc cc = started(10000, 5000);
    const struct sctpxi_cc_ack ack = {
        .acked_bytes = 500, .flight_before = 10000, .cum_advanced = true, .is_flight_empty = true};

    (void)state;
    ack_full(&cc, 3000);
    alg->on_ack(&cc, &ack);
    assert_int_equal(cc.partial_bytes_acked, 0);
    assert_int_equal(cc.cwnd, 10000);
}

static void test_fast_retransmit_halves(void **state)
{
    struct sctpxi_cc cc = started(100000, UINT32_MAX);

    (void)state;
    cc.partial_bytes_acked = 7;
    alg->on_fast_retransmit(&cc);
    assert_int_equal(cc.cwnd, 50000);
    assert_int_equal(cc.ssthresh, 50000);
    assert_int_equal(cc.partial_bytes_acked, 0);
}

static void test_loss_leaves_four_mtus_but_never_raises(void **state)
{
    struct sctpxi_cc cc = started(5 * MTU, UINT32_MAX);

    (void)state;
    alg->on_fast_retransmit(&cc);
    assert_int_equal(cc.cwnd, 4 * MTU);
    assert_int_equal(cc.ssthresh, 4 * MTU);
    cc.cwnd = 2 * MTU;
    alg->on_fast_retransmit(&cc);
    assert_int_equal(cc.cwnd, 2 * MTU);
    assert_int_equal(cc.ssthresh, 4 * MTU);
}

static void test_t3_starts_over_with_one_mtu(void **state)
{
    struct sctpxi_cc cc = started(100000, 90000);

    (void)state;
    cc.partial_bytes_acked = 7;
    alg->on_t3(&cc);
    assert_int_equal(cc.cwnd, MTU);
    assert_int_equal(cc.ssthresh, 50000);
    assert_int_equal(cc.partial_bytes_acked, 0);
    alg->on_t3(&cc);
    assert_int_equal(cc.cwnd, MTU);
    assert_int_equal(cc.ssthresh, 4 * MTU);
}

static void test_idle_steps_down_once_per_rto(void **state)
{
    struct sctpxi_cc cc = started(100000, UINT32_MAX);

    (void)state;
    alg->on_idle(&cc, 999999, 1000000);
    assert_int_equal(cc.cwnd, 100000);
    assert_int_equal(cc.ssthresh, UINT32_MAX);
    alg->on_idle(&cc, 2999999, 1000000);
    assert_int_equal(cc.cwnd, 25000);
    assert_int_equal(cc.ssthresh, 100000);
    alg->on_idle(&cc, SCTPX_TIME_NEVER, 1);
    assert_int_equal(cc.cwnd, 4 * MTU);
    assert_int_equal(cc.ssthresh, 25000);
}

static void test_idle_never_raises(void **state)
{
    struct sctpxi_cc cc = started(MTU, 50000);

    (void)state;
    alg->on_idle(&cc, 5000000, 1000000);
    assert_int_equal(cc.cwnd, MTU);
    assert_int_equal(cc.ssthresh, 50000);
    alg->on_idle(&cc, 5000000, 0);
    assert_int_equal(cc.cwnd, MTU);
}

static void test_mtu_changes(void **state)
{
    struct sctpxi_cc cc = started(MTU, UINT32_MAX);

    (void)state;
    alg->set_mtu(&cc, 9000);
    assert_int_equal(cc.cwnd, 9000);
    alg->set_mtu(&cc, 500);
    assert_int_equal(cc.cwnd, 9000);
    ack_full(&cc, 100000);
    assert_int_equal(cc.cwnd, 9500);
}

static void test_huge_numbers_saturate(void **state)
{
    struct sctpxi_cc cc = started(UINT32_MAX - 10, UINT32_MAX);

    (void)state;
    ack_full(&cc, SIZE_MAX);
    assert_int_equal(cc.cwnd, UINT32_MAX);
    cc.ssthresh = 1;
    cc.partial_bytes_acked = UINT32_MAX - 1;
    ack_full(&cc, SIZE_MAX);
    assert_int_equal(cc.cwnd, UINT32_MAX);
    alg->init(&cc, UINT32_MAX, false);
    alg->on_t3(&cc);
    alg->on_fast_retransmit(&cc);
    assert_int_equal(cc.ssthresh, UINT32_MAX);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_initial_window),
        cmocka_unit_test(test_a_reduction_stays),
        cmocka_unit_test(test_slow_start_adds_what_was_acked_but_one_mtu_at_most),
        cmocka_unit_test(test_slow_start_only_with_a_full_window),
        cmocka_unit_test(test_no_slow_start_in_fast_recovery_or_without_cum_advance),
        cmocka_unit_test(test_slow_start_ends_above_ssthresh),
        cmocka_unit_test(test_avoidance_adds_one_mtu_per_window),
        cmocka_unit_test(test_avoidance_does_not_save_up),
        cmocka_unit_test(test_avoidance_counts_without_cum_advance),
        cmocka_unit_test(test_partial_bytes_are_forgotten_when_all_is_acked),
        cmocka_unit_test(test_fast_retransmit_halves),
        cmocka_unit_test(test_loss_leaves_four_mtus_but_never_raises),
        cmocka_unit_test(test_t3_starts_over_with_one_mtu),
        cmocka_unit_test(test_idle_steps_down_once_per_rto),
        cmocka_unit_test(test_idle_never_raises),
        cmocka_unit_test(test_mtu_changes),
        cmocka_unit_test(test_huge_numbers_saturate),
    };

    return cmocka_run_group_tests_name("cc", tests, NULL, NULL);
}
