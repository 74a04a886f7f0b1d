/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bucket.h"

#define SECOND UINT64_C(1000000)

static unsigned take_all(struct sctpxi_bucket *bucket, sctpx_time now)
{
    unsigned taken = 0;

    while (taken < 100000 && sctpxi_bucket_take(bucket, now)) {
        taken++;
    }
    return taken;
}

static void test_starts_full_and_runs_dry(void **state)
{
    struct sctpxi_bucket bucket;

    (void)state;
    sctpxi_bucket_init(&bucket, 10, 5, 77);
    assert_int_equal(take_all(&bucket, 77), 5);
    assert_false(sctpxi_bucket_take(&bucket, 77));
}

static void test_fills_at_its_rate(void **state)
{
    struct sctpxi_bucket bucket;

    (void)state;
    sctpxi_bucket_init(&bucket, 10, 5, 0);
    take_all(&bucket, 0);
    assert_false(sctpxi_bucket_take(&bucket, SECOND / 10 - 1));
    assert_true(sctpxi_bucket_take(&bucket, SECOND / 10));
    assert_false(sctpxi_bucket_take(&bucket, SECOND / 10));
    assert_int_equal(take_all(&bucket, 4 * SECOND / 10), 3);
}

static void test_rate_holds_over_many_small_steps(void **state)
{
    struct sctpxi_bucket bucket;
    unsigned taken = 0;

    (void)state;
    sctpxi_bucket_init(&bucket, 3, 1, 0);
    for (sctpx_time now = 0; now <= 100 * SECOND; now += 997) {
        taken += sctpxi_bucket_take(&bucket, now);
    }
    assert_in_range(taken, 299, 301);
}

static void test_holds_no_more_than_its_burst(void **state)
{
    struct sctpxi_bucket bucket;

    (void)state;
    sctpxi_bucket_init(&bucket, 1000, 5, 0);
    assert_int_equal(take_all(&bucket, 3600 * SECOND), 5);
}

static void test_rate_zero_never_gives(void **state)
{
    struct sctpxi_bucket bucket;

    (void)state;
    sctpxi_bucket_init(&bucket, 0, 5, 0);
    assert_false(sctpxi_bucket_take(&bucket, 0));
    assert_false(sctpxi_bucket_take(&bucket, UINT64_MAX));
}

static void test_burst_zero_counts_as_one(void **state)
{
    struct sctpxi_bucket bucket;

    (void)state;
    sctpxi_bucket_init(&bucket, 1, 0, 0);
    assert_int_equal(take_all(&bucket, 0), 1);
    assert_int_equal(take_all(&bucket, SECOND), 1);
}

static void test_extreme_numbers_saturate(void **state)
{
    struct sctpxi_bucket bucket;

    (void)state;
    sctpxi_bucket_init(&bucket, UINT32_MAX, UINT32_MAX, 0);
    assert_true(sctpxi_bucket_take(&bucket, 0));
    assert_true(sctpxi_bucket_take(&bucket, UINT64_MAX));
    assert_int_equal(bucket.micro_tokens / SECOND, UINT32_MAX - 1u);
    sctpxi_bucket_init(&bucket, 1, UINT32_MAX, 0);
    take_all(&bucket, 0);
    assert_true(sctpxi_bucket_take(&bucket, UINT64_MAX));
    assert_int_equal(bucket.micro_tokens / SECOND, UINT32_MAX - 1u);
}

static void test_clock_that_went_back_earns_nothing(void **state)
{
    struct sctpxi_bucket bucket;

    (void)state;
    sctpxi_bucket_init(&bucket, 1, 2, 10 * SECOND);
    take_all(&bucket, 10 * SECOND);
    assert_false(sctpxi_bucket_take(&bucket, 1 * SECOND));
    assert_false(sctpxi_bucket_take(&bucket, 10 * SECOND));
    assert_true(sctpxi_bucket_take(&bucket, 11 * SECOND));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_starts_full_and_runs_dry),
        cmocka_unit_test(test_fills_at_its_rate),
        cmocka_unit_test(test_rate_holds_over_many_small_steps),
        cmocka_unit_test(test_holds_no_more_than_its_burst),
        cmocka_unit_test(test_rate_zero_never_gives),
        cmocka_unit_test(test_burst_zero_counts_as_one),
        cmocka_unit_test(test_extreme_numbers_saturate),
        cmocka_unit_test(test_clock_that_went_back_earns_nothing),
    };

    return cmocka_run_group_tests_name("bucket", tests, NULL, NULL);
}
