/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/serial.h"

#define TSN(x) sctpxi_tsn_make(x)
#define SSN(x) sctpxi_ssn_make(x)

/* For b = a + ahead: exactly one of before, same, after; neither when half the circle away. */
static void check_tsn(uint32_t a, uint32_t ahead)
{
    struct sctpxi_tsn x = TSN(a);
    struct sctpxi_tsn y = sctpxi_tsn_add(x, ahead);
    bool before = ahead != 0 && ahead < 0x80000000u;
    bool after = ahead > 0x80000000u;
    assert_int_equal(sctpxi_tsn_lt(x, y), before);
    assert_int_equal(sctpxi_tsn_gt(x, y), after);
    assert_int_equal(sctpxi_tsn_eq(x, y), ahead == 0);
    assert_int_equal(sctpxi_tsn_le(x, y), before || ahead == 0);
    assert_int_equal(sctpxi_tsn_ge(x, y), after || ahead == 0);
    assert_int_equal((uint32_t)sctpxi_tsn_diff(y, x), ahead);
    assert_int_equal(sctpxi_tsn_sub(y, ahead).v, a);
}

/* covers: 9260/1.6-2 */
static void test_tsn_order_wraps(void **state)
{
    (void)state;
    static const uint32_t starts[] = {0, 1, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFF};
    static const uint32_t steps[] = {0, 1, 2, 100, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFF};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        for (size_t k = 0; k < sizeof steps / sizeof steps[0]; k++)
            check_tsn(starts[i], steps[k]);
    }
}

/* covers: 9260/1.6-1 */
static void test_tsn_steps_wrap(void **state)
{
    (void)state;
    assert_int_equal(sctpxi_tsn_next(TSN(UINT32_MAX)).v, 0);
    assert_int_equal(sctpxi_tsn_prev(TSN(0)).v, UINT32_MAX);
    assert_int_equal(sctpxi_tsn_diff(TSN(2), TSN(UINT32_MAX)), 3);
    assert_int_equal(sctpxi_tsn_diff(TSN(UINT32_MAX), TSN(2)), -3);
}

static void check_ssn(uint16_t a, uint16_t ahead)
{
    struct sctpxi_ssn x = SSN(a);
    struct sctpxi_ssn y = sctpxi_ssn_add(x, ahead);
    bool before = ahead != 0 && ahead < 0x8000;
    bool after = ahead > 0x8000;
    assert_int_equal(sctpxi_ssn_lt(x, y), before);
    assert_int_equal(sctpxi_ssn_gt(x, y), after);
    assert_int_equal(sctpxi_ssn_eq(x, y), ahead == 0);
    assert_int_equal(sctpxi_ssn_le(x, y), before || ahead == 0);
    assert_int_equal(sctpxi_ssn_ge(x, y), after || ahead == 0);
    assert_int_equal((uint16_t)sctpxi_ssn_diff(y, x), ahead);
    assert_int_equal(sctpxi_ssn_sub(y, ahead).v, a);
}

/* covers: 9260/1.6-5 */
static void test_ssn_order_wraps(void **state)
{
    (void)state;
    static const uint16_t starts[] = {0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF};
    static const uint16_t steps[] = {0, 1, 2, 100, 0x7FFF, 0x8000, 0x8001, 0xFFFF};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        for (size_t k = 0; k < sizeof steps / sizeof steps[0]; k++)
            check_ssn(starts[i], steps[k]);
    }
}

static void test_ssn_steps_wrap(void **state)
{
    (void)state;
    assert_int_equal(sctpxi_ssn_next(SSN(UINT16_MAX)).v, 0);
    assert_int_equal(sctpxi_ssn_prev(SSN(0)).v, UINT16_MAX);
    assert_int_equal(sctpxi_ssn_diff(SSN(2), SSN(UINT16_MAX)), 3);
    assert_int_equal(sctpxi_ssn_diff(SSN(UINT16_MAX), SSN(2)), -3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tsn_order_wraps),
        cmocka_unit_test(test_tsn_steps_wrap),
        cmocka_unit_test(test_ssn_order_wraps),
        cmocka_unit_test(test_ssn_steps_wrap),
    };
    return cmocka_run_group_tests_name("serial", tests, NULL, NULL);
}
