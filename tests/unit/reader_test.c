/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/reader.h"
#include "support/packet_builder.h"

static const uint8_t bytes[] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF,
                                0x10, 0x32, 0x54, 0x76, 0x98, 0xBA, 0xDC, 0xFE};

static void test_integers_are_big_endian(void **state)
{
    (void)state;
    struct sctpxi_reader r = sctpxi_reader_make(bytes, 15);
    assert_int_equal(sctpxi_reader_u8(&r), 0x01);
    assert_int_equal(sctpxi_reader_u16(&r), 0x2345);
    assert_int_equal(sctpxi_reader_u32(&r), 0x6789ABCD);
    assert_true(sctpxi_reader_u64(&r) == UINT64_C(0xEF1032547698BADC));
    assert_false(r.failed);
    assert_int_equal(r.left, 0);
}

static void test_views_point_into_the_bytes(void **state)
{
    (void)state;
    struct sctpxi_reader r = sctpxi_reader_make(bytes, sizeof bytes);
    sctpxi_reader_skip(&r, 3);
    assert_ptr_equal(sctpxi_reader_bytes(&r, 5), bytes + 3);
    assert_ptr_equal(sctpxi_reader_bytes(&r, 0), bytes + 8);
    assert_int_equal(r.left, 8);
    assert_false(r.failed);
}

static void test_failure_is_sticky_and_gives_zeros(void **state)
{
    (void)state;
    struct sctpxi_reader r = sctpxi_reader_make(bytes, 3);
    assert_int_equal(sctpxi_reader_u32(&r), 0);
    assert_true(r.failed);
    /* Three bytes are there, but the error has been made. */
    assert_int_equal(sctpxi_reader_u8(&r), 0);
    assert_null(sctpxi_reader_bytes(&r, 0));
    assert_int_equal(r.left, 3);
}

static void test_every_short_length_fails_inside_the_block(void **state)
{
    (void)state;
    for (size_t n = 0; n < 8; n++) {
        uint8_t *p = pb_exact(bytes, n);
        struct sctpxi_reader r = sctpxi_reader_make(p, n);
        assert_true(sctpxi_reader_u64(&r) == 0);
        assert_true(r.failed);
        r = sctpxi_reader_make(p, n);
        assert_int_equal(sctpxi_reader_u32(&r) != 0, n >= 4);
        assert_int_equal(r.failed, n < 4);
        r = sctpxi_reader_make(p, n);
        assert_int_equal(sctpxi_reader_u16(&r) != 0, n >= 2);
        r = sctpxi_reader_make(p, n);
        assert_int_equal(sctpxi_reader_u8(&r) != 0, n >= 1);
        pb_exact_free(p);
    }
}

static void test_huge_lengths_do_not_wrap(void **state)
{
    (void)state;
    struct sctpxi_reader r = sctpxi_reader_make(bytes, sizeof bytes);
    assert_null(sctpxi_reader_bytes(&r, SIZE_MAX));
    assert_true(r.failed);
    r = sctpxi_reader_make(NULL, 0);
    sctpxi_reader_skip(&r, 0);
    assert_false(r.failed);
    sctpxi_reader_skip(&r, 1);
    assert_true(r.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers_are_big_endian),
        cmocka_unit_test(test_views_point_into_the_bytes),
        cmocka_unit_test(test_failure_is_sticky_and_gives_zeros),
        cmocka_unit_test(test_every_short_length_fails_inside_the_block),
        cmocka_unit_test(test_huge_lengths_do_not_wrap),
    };
    return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
