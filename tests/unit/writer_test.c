/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/writer.h"

static void test_integers_are_big_endian(void **state)
{
    (void)state;
    uint8_t buf[17];
    struct sctpxi_writer w = sctpxi_writer_make(buf, sizeof buf);
    sctpxi_writer_put_u8(&w, 0x01);
    sctpxi_writer_put_u16(&w, 0x2345);
    sctpxi_writer_put_u32(&w, 0x6789ABCD);
    sctpxi_writer_put_u64(&w, UINT64_C(0xEF1032547698BADC));
    sctpxi_writer_put_bytes(&w, "\xFE", 1);
    static const uint8_t want[] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF,
                                   0x10, 0x32, 0x54, 0x76, 0x98, 0xBA, 0xDC, 0xFE};
    assert_int_equal(w.len, sizeof want);
    assert_memory_equal(buf, want, sizeof want);
    assert_int_equal(sctpxi_writer_left(&w), 1);
    assert_false(w.failed);
}

static void test_overflow_is_sticky_and_writes_nothing(void **state)
{
    (void)state;
    uint8_t *buf = calloc(1, 3);
    assert_non_null(buf);
    struct sctpxi_writer w = sctpxi_writer_make(buf, 3);
    sctpxi_writer_put_u32(&w, 0xFFFFFFFF);
    assert_true(w.failed);
    assert_int_equal(w.len, 0);
    assert_int_equal(sctpxi_writer_left(&w), 0);
    sctpxi_writer_put_u8(&w, 0xFF);
    sctpxi_writer_put_zeros(&w, 0);
    sctpxi_writer_patch_u16(&w, 0, 0xFFFF);
    assert_int_equal(w.len, 0);
    assert_memory_equal(buf, "\0\0\0", 3);
    free(buf);
}

static void test_rewind_takes_back_bytes_and_failure(void **state)
{
    (void)state;
    uint8_t buf[6];
    struct sctpxi_writer w = sctpxi_writer_make(buf, sizeof buf);
    sctpxi_writer_put_u16(&w, 0xABCD);
    size_t mark = w.len;
    sctpxi_writer_put_u32(&w, 1);
    sctpxi_writer_put_u32(&w, 2);
    assert_true(w.failed);
    sctpxi_writer_rewind(&w, mark);
    assert_false(w.failed);
    assert_int_equal(w.len, 2);
    sctpxi_writer_put_u32(&w, 3);
    assert_false(w.failed);
    assert_memory_equal(buf, "\xAB\xCD\0\0\0\3", 6);
}

static void test_patch_overwrites_in_place(void **state)
{
    (void)state;
    uint8_t buf[6];
    struct sctpxi_writer w = sctpxi_writer_make(buf, sizeof buf);
    memset(buf, 0x11, sizeof buf);
    sctpxi_writer_put_zeros(&w, 4);
    sctpxi_writer_patch_u16(&w, 2, 0x2233);
    assert_int_equal(w.len, 4);
    assert_memory_equal(buf, "\0\0\x22\x33\x11\x11", 6);
}

static void test_padding_goes_to_a_multiple_of_four(void **state)
{
    (void)state;
    static const size_t after[] = {0, 4, 4, 4, 4, 8};
    for (size_t n = 0; n < 6; n++) {
        uint8_t buf[8];
        struct sctpxi_writer w = sctpxi_writer_make(buf, sizeof buf);
        sctpxi_writer_put_bytes(&w, "abcdef", n);
        sctpxi_writer_pad4(&w);
        assert_int_equal(w.len, after[n]);
        for (size_t i = n; i < w.len; i++)
            assert_int_equal(buf[i], 0);
    }
}

static void test_reserve_gives_room_or_nothing(void **state)
{
    (void)state;
    uint8_t buf[4];
    struct sctpxi_writer w = sctpxi_writer_make(buf, sizeof buf);
    assert_ptr_equal(sctpxi_writer_reserve(&w, 3), buf);
    assert_null(sctpxi_writer_reserve(&w, SIZE_MAX));
    assert_true(w.failed);
    w = sctpxi_writer_make(NULL, 0);
    sctpxi_writer_put_bytes(&w, NULL, 0);
    assert_false(w.failed);
    sctpxi_writer_put_u8(&w, 1);
    assert_true(w.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers_are_big_endian),
        cmocka_unit_test(test_overflow_is_sticky_and_writes_nothing),
        cmocka_unit_test(test_rewind_takes_back_bytes_and_failure),
        cmocka_unit_test(test_patch_overwrites_in_place),
        cmocka_unit_test(test_padding_goes_to_a_multiple_of_four),
        cmocka_unit_test(test_reserve_gives_room_or_nothing),
    };
    return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}
