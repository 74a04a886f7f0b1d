/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/arrivals.h"

enum { KIB = 1024 };

static struct sctpxi_arrivals after(unsigned packets, size_t payload, size_t memory)
{
    struct sctpxi_arrivals arrivals = {0};
    for (unsigned i = 0; i < packets; i++)
        sctpxi_arrivals_add(&arrivals, payload, memory);
    return arrivals;
}

static void test_nothing_has_come(void **state)
{
    (void)state;
    const struct sctpxi_arrivals none = {0};
    assert_int_equal(sctpxi_arrivals_in_memory(&none, 123456), 123456);
    assert_int_equal(sctpxi_arrivals_in_packets(&none, 123456), 123456);
}

/* 72 messages of one byte, each of which takes 80. */
static void test_tiny_messages(void **state)
{
    static const unsigned counts[] = {1, 2, 32, 33, 1000};
    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        struct sctpxi_arrivals arrivals = after(counts[i], 72, 72 * 80);
        assert_in_range(sctpxi_arrivals_in_memory(&arrivals, 8000 * KIB), 99 * KIB, 101 * KIB);
        assert_in_range(sctpxi_arrivals_in_packets(&arrivals, 1400 * KIB), 71 * KIB, 73 * KIB);
    }
}

static void test_full_packets(void **state)
{
    (void)state;
    struct sctpxi_arrivals arrivals = after(100, 1440, 1536);
    assert_in_range(sctpxi_arrivals_in_memory(&arrivals, 1536 * KIB), 1439 * KIB, 1441 * KIB);
    assert_int_equal(sctpxi_arrivals_in_packets(&arrivals, 123456), 123456);
    arrivals = after(100, 1400, 1536);
    assert_int_equal(sctpxi_arrivals_in_packets(&arrivals, 123456), 123456);
    arrivals = after(100, 8900, 10240);
    assert_int_equal(sctpxi_arrivals_in_packets(&arrivals, 123456), 123456);
}

static void test_what_is_above_the_mean(void **state)
{
    (void)state;
    const struct sctpxi_arrivals none = {0}, tiny = after(50, 72, 72 * 80);
    assert_false(sctpxi_arrivals_is_above(&none, 600));
    assert_true(sctpxi_arrivals_is_above(&tiny, 73));
    assert_false(sctpxi_arrivals_is_above(&tiny, 72));
    assert_false(sctpxi_arrivals_is_above(&tiny, 0));
}

/* What came before is forgotten after some hundred packets. */
static void test_another_kind_comes(void **state)
{
    (void)state;
    struct sctpxi_arrivals arrivals = after(1000, 1400, 1536);
    for (unsigned i = 0; i < 200; i++)
        sctpxi_arrivals_add(&arrivals, 72, 72 * 80);
    assert_in_range(sctpxi_arrivals_in_packets(&arrivals, 1400 * KIB), 70 * KIB, 80 * KIB);
    for (unsigned i = 0; i < 200; i++)
        sctpxi_arrivals_add(&arrivals, 1400, 1536);
    assert_in_range(sctpxi_arrivals_in_packets(&arrivals, 1400 * KIB), 1380 * KIB, 1400 * KIB);
}

/* Neither sums nor products overflow, and what is no packet does not count. */
static void test_extremes(void **state)
{
    (void)state;
    struct sctpxi_arrivals arrivals = after(1000, 1, SIZE_MAX);
    assert_in_range(sctpxi_arrivals_in_memory(&arrivals, SIZE_MAX), 4095, 4096);
    assert_in_range(sctpxi_arrivals_in_packets(&arrivals, SIZE_MAX), 3067833, 3067834);
    arrivals = after(1000, UINT16_MAX, 0);
    assert_int_equal(sctpxi_arrivals_in_memory(&arrivals, SIZE_MAX), UINT32_MAX);
    assert_true(sctpxi_arrivals_in_packets(&arrivals, SIZE_MAX) == SIZE_MAX);
    arrivals = after(1000, 0, 1000);
    assert_int_equal(arrivals.packets, 0);
    arrivals = after(1000, UINT16_MAX + 1, 100000);
    assert_int_equal(arrivals.packets, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_has_come),   cmocka_unit_test(test_tiny_messages),
        cmocka_unit_test(test_full_packets),       cmocka_unit_test(test_what_is_above_the_mean),
        cmocka_unit_test(test_another_kind_comes), cmocka_unit_test(test_extremes),
    };
    return cmocka_run_group_tests_name("arrivals", tests, NULL, NULL);
}
