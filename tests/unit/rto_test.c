/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/rto.h"

/* Wide limits, so that the formulas show. */
static const sctpx_assoc_options wide = {
    .rto_initial_us = 1000000,
    .rto_min_us = 1,
    .rto_max_us = SCTPX_TIME_NEVER - 1,
    .rto_alpha_shift = 3,
    .rto_beta_shift = 2,
};

/* The defaults of RFC 9260 16. */
static const sctpx_assoc_options usual = {
    .rto_initial_us = 1000000,
    .rto_min_us = 1000000,
    .rto_max_us = 60000000,
    .rto_alpha_shift = 3,
    .rto_beta_shift = 2,
};

static void test_starts_with_rto_initial(void **state)
{
    struct sctpxi_rto rto;

    (void)state;
    sctpxi_rto_init(&rto, &usual);
    assert_int_equal(rto.srtt_us, 0);
    assert_int_equal(rto.rto_us, 1000000);
}

static void test_first_measurement(void **state)
{
    struct sctpxi_rto rto;

    (void)state;
    sctpxi_rto_init(&rto, &wide);
    sctpxi_rto_on_sample(&rto, &wide, 100000);
    assert_int_equal(rto.srtt_us, 100000);
    assert_int_equal(rto.rttvar_us, 50000);
    assert_int_equal(rto.rto_us, 300000);
}

/* RTTVAR must be computed with the SRTT from before.
 * covers: 9260/16-1 */
static void test_next_measurements(void **state)
{
    struct sctpxi_rto rto;

    (void)state;
    sctpxi_rto_init(&rto, &wide);
    sctpxi_rto_on_sample(&rto, &wide, 100000);
    sctpxi_rto_on_sample(&rto, &wide, 180000);
    assert_int_equal(rto.rttvar_us, 57500); /* 3/4 * 50000 + 1/4 * 80000 */
    assert_int_equal(rto.srtt_us, 110000);  /* 7/8 * 100000 + 1/8 * 180000 */
    assert_int_equal(rto.rto_us, 340000);
    sctpxi_rto_on_sample(&rto, &wide, 30000);
    assert_int_equal(rto.rttvar_us, 63125); /* 3/4 * 57500 + 1/4 * 80000 */
    assert_int_equal(rto.srtt_us, 100000);  /* 7/8 * 110000 + 1/8 * 30000 */
    assert_int_equal(rto.rto_us, 352500);
}

static void test_alpha_and_beta_are_options(void **state)
{
    sctpx_assoc_options options = wide;
    struct sctpxi_rto rto;

    (void)state;
    options.rto_alpha_shift = 1;
    options.rto_beta_shift = 0;
    sctpxi_rto_init(&rto, &options);
    sctpxi_rto_on_sample(&rto, &options, 1000);
    sctpxi_rto_on_sample(&rto, &options, 2000);
    assert_int_equal(rto.rttvar_us, 1000);
    assert_int_equal(rto.srtt_us, 1500);
}

static void test_stays_between_min_and_max(void **state)
{
    struct sctpxi_rto rto;

    (void)state;
    sctpxi_rto_init(&rto, &usual);
    sctpxi_rto_on_sample(&rto, &usual, 20);
    assert_int_equal(rto.rto_us, 1000000);
    assert_int_equal(rto.srtt_us, 20);
    sctpxi_rto_init(&rto, &usual);
    sctpxi_rto_on_sample(&rto, &usual, 59000000);
    assert_int_equal(rto.rto_us, 60000000);
}

/* G1: a path without any jitter keeps a variance of one tick. */
static void test_variance_never_reaches_zero(void **state)
{
    struct sctpxi_rto rto;

    (void)state;
    sctpxi_rto_init(&rto, &wide);
    for (int i = 0; i < 200; i++) {
        sctpxi_rto_on_sample(&rto, &wide, 1000);
        assert_true(rto.rttvar_us >= 1);
    }
    assert_int_equal(rto.srtt_us, 1000);
    assert_true(rto.rto_us < 1020);
}

/* 0 would mean that there is no measurement. */
static void test_measurement_of_zero_is_one(void **state)
{
    struct sctpxi_rto rto;

    (void)state;
    sctpxi_rto_init(&rto, &wide);
    sctpxi_rto_on_sample(&rto, &wide, 0);
    assert_int_equal(rto.srtt_us, 1);
    assert_int_equal(rto.rttvar_us, 1);
    assert_int_equal(rto.rto_us, 5);
}

static void test_absurd_measurements_do_not_overflow(void **state)
{
    struct sctpxi_rto rto;

    (void)state;
    sctpxi_rto_init(&rto, &wide);
    for (int i = 0; i < 100; i++) {
        sctpxi_rto_on_sample(&rto, &wide, i % 2 == 0 ? SCTPX_TIME_NEVER : 0);
        assert_true(rto.rto_us >= rto.srtt_us);
    }
}

/* 32 bits of microseconds. */
static void test_longest_measurement_is_71_minutes(void **state)
{
    struct sctpxi_rto rto;

    (void)state;
    sctpxi_rto_init(&rto, &wide);
    for (int i = 0; i < 100; i++)
        sctpxi_rto_on_sample(&rto, &wide, UINT64_C(2) * 3600 * 1000000);
    assert_int_equal(rto.min_rtt_us, UINT32_MAX);
    assert_int_equal(rto.last_rtt_us, UINT32_MAX);
    assert_true(rto.srtt_us >= UINT32_MAX - 16);
    assert_true(rto.rto_us >= rto.srtt_us);
}

static void test_back_off_doubles_up_to_max(void **state)
{
    static const sctpx_time expected[] = {2, 4, 8, 16, 32, 60, 60};
    struct sctpxi_rto rto;

    (void)state;
    sctpxi_rto_init(&rto, &usual);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        sctpxi_rto_back_off(&rto, &usual);
        assert_int_equal(rto.rto_us, expected[i] * 1000000);
    }
}

static void test_back_off_does_not_overflow(void **state)
{
    struct sctpxi_rto rto;

    (void)state;
    sctpxi_rto_init(&rto, &wide);
    for (int i = 0; i < 100; i++) {
        sctpxi_rto_back_off(&rto, &wide);
    }
    assert_true(rto.rto_us == wide.rto_max_us);
}

static void test_measurement_ends_the_back_off(void **state)
{
    struct sctpxi_rto rto;

    (void)state;
    sctpxi_rto_init(&rto, &wide);
    sctpxi_rto_on_sample(&rto, &wide, 100000);
    sctpxi_rto_back_off(&rto, &wide);
    sctpxi_rto_back_off(&rto, &wide);
    assert_int_equal(rto.rto_us, 1200000);
    assert_int_equal(rto.srtt_us, 100000);
    sctpxi_rto_on_sample(&rto, &wide, 100000);
    assert_int_equal(rto.rto_us, 250000);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_starts_with_rto_initial),
        cmocka_unit_test(test_first_measurement),
        cmocka_unit_test(test_next_measurements),
        cmocka_unit_test(test_alpha_and_beta_are_options),
        cmocka_unit_test(test_stays_between_min_and_max),
        cmocka_unit_test(test_variance_never_reaches_zero),
        cmocka_unit_test(test_measurement_of_zero_is_one),
        cmocka_unit_test(test_absurd_measurements_do_not_overflow),
        cmocka_unit_test(test_longest_measurement_is_71_minutes),
        cmocka_unit_test(test_back_off_doubles_up_to_max),
        cmocka_unit_test(test_back_off_does_not_overflow),
        cmocka_unit_test(test_measurement_ends_the_back_off),
    };

    return cmocka_run_group_tests_name("rto", tests, NULL, NULL);
}
