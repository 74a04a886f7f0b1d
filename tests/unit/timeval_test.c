/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/timeval.h"

static void test_add(void **state)
{
    (void)state;
    assert_true(sctpxi_time_add(2, 3) == 5);
    assert_true(sctpxi_time_add(0, 0) == 0);
    assert_true(sctpxi_time_add(SCTPX_TIME_NEVER - 1, 1) == SCTPX_TIME_NEVER);
    assert_true(sctpxi_time_add(SCTPX_TIME_NEVER - 2, 1) == SCTPX_TIME_NEVER - 1);
}

static void test_add_saturates(void **state)
{
    (void)state;
    assert_true(sctpxi_time_add(SCTPX_TIME_NEVER, 0) == SCTPX_TIME_NEVER);
    assert_true(sctpxi_time_add(0, SCTPX_TIME_NEVER) == SCTPX_TIME_NEVER);
    assert_true(sctpxi_time_add(SCTPX_TIME_NEVER, 1) == SCTPX_TIME_NEVER);
    assert_true(sctpxi_time_add(1, SCTPX_TIME_NEVER) == SCTPX_TIME_NEVER);
    assert_true(sctpxi_time_add(SCTPX_TIME_NEVER, SCTPX_TIME_NEVER) == SCTPX_TIME_NEVER);
    assert_true(sctpxi_time_add(SCTPX_TIME_NEVER / 2 + 2, SCTPX_TIME_NEVER / 2 + 2) ==
                SCTPX_TIME_NEVER);
}

static void test_since(void **state)
{
    (void)state;
    assert_true(sctpxi_time_since(5, 3) == 2);
    assert_true(sctpxi_time_since(3, 3) == 0);
    assert_true(sctpxi_time_since(3, 5) == 0);
    assert_true(sctpxi_time_since(SCTPX_TIME_NEVER, 0) == SCTPX_TIME_NEVER);
    assert_true(sctpxi_time_since(0, SCTPX_TIME_NEVER) == 0);
}

static void test_min(void **state)
{
    (void)state;
    assert_true(sctpxi_time_min(1, 2) == 1);
    assert_true(sctpxi_time_min(2, 1) == 1);
    assert_true(sctpxi_time_min(SCTPX_TIME_NEVER, 7) == 7);
    assert_true(sctpxi_time_min(SCTPX_TIME_NEVER, SCTPX_TIME_NEVER) == SCTPX_TIME_NEVER);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add),
        cmocka_unit_test(test_add_saturates),
        cmocka_unit_test(test_since),
        cmocka_unit_test(test_min),
    };

    return cmocka_run_group_tests_name("timeval", tests, NULL, NULL);
}
