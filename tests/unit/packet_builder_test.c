/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/packet_builder.h"

static void test_packet_byte_by_byte(void **state)
{
    (void)state;
    struct pb *pb = pb_new(0x0102, 0x0304, 0x05060708);
    pb_cookie_echo(pb, "abcde", 5);
    pb_shutdown(pb, 0x090A0B0C);
    pb_set_checksum(pb, 0x11223344);
    static const uint8_t want[] = {1,    2,  3, 4, 5, 6,   7,   8,   0x11, 0x22, 0x33,
                                   0x44, 10, 0, 0, 9, 'a', 'b', 'c', 'd',  'e',  0,
                                   0,    0,  7, 0, 0, 8,   9,   10,  11,   12};
    assert_true(pb_equals(pb, want, sizeof want));
}

static void test_equals_sees_differences(void **state)
{
    (void)state;
    struct pb *pb = pb_bare();
    pb_u8(pb, 1);
    assert_false(pb_equals(pb, "\2", 1));
    pb = pb_bare();
    pb_u8(pb, 1);
    assert_false(pb_equals(pb, "\1\1", 2));
    assert_true(pb_equals(pb_bare(), "", 0));
}

static void test_padding_of_items(void **state)
{
    (void)state;
    /* Between items it counts in the chunk's length, after the last one it does not. */
    struct pb *pb = pb_bare();
    pb_chunk(pb, 2, 0);
    pb_item(pb, 7, "a", 1);
    pb_item(pb, 8, "b", 1);
    pb_end(pb);
    static const uint8_t want[] = {2, 0, 0, 17, 0, 7, 0, 5, 'a', 0, 0, 0, 0, 8, 0, 5, 'b', 0, 0, 0};
    assert_true(pb_equals(pb, want, sizeof want));
}

static void test_lies(void **state)
{
    (void)state;
    struct pb *pb = pb_bare();
    pb_chunk(pb, 1, 2);
    pb_u8(pb, 3);
    pb_lie_length(pb, 0x1234);
    pb_no_padding(pb);
    pb_end(pb);
    pb_chunk(pb, 4, 5);
    pb_u8(pb, 6);
    pb_pad_with(pb, 0xFF);
    pb_end(pb);
    /* The first one is not padded; the second pads itself from where it began. */
    assert_true(pb_equals(pb, "\1\2\x12\x34\3\4\5\0\5\6\xFF\xFF\xFF", 13));
}

static void test_checksum(void **state)
{
    (void)state;
    assert_int_equal(pb_crc32c((const uint8_t *)"123456789", 9), 0xE3069283);
    size_t n;
    uint8_t *good = pb_finish(pb_new(1, 2, 3), &n);
    struct pb *pb = pb_new(1, 2, 3);
    pb_corrupt_checksum(pb);
    uint8_t *bad = pb_finish(pb, &n);
    assert_int_equal(n, 12);
    uint32_t field =
        (uint32_t)good[11] << 24 | (uint32_t)good[10] << 16 | (uint32_t)good[9] << 8 | good[8];
    memset(good + 8, 0, 4);
    assert_int_equal(field, pb_crc32c(good, 12));
    assert_memory_not_equal(good + 8, bad + 8, 4);
    assert_memory_equal(good, bad, 8);
    free(good);
    free(bad);
}

static void test_cut_sets_the_length(void **state)
{
    (void)state;
    uint8_t *cut = pb_exact_cut((const uint8_t *)"\7\0\0\x08xyzw", 6);
    assert_memory_equal(cut, "\7\0\0\6xy", 6);
    pb_exact_free(cut);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packet_byte_by_byte),
        cmocka_unit_test(test_equals_sees_differences),
        cmocka_unit_test(test_padding_of_items),
        cmocka_unit_test(test_lies),
        cmocka_unit_test(test_checksum),
        cmocka_unit_test(test_cut_sets_the_length),
    };
    return cmocka_run_group_tests_name("packet_builder", tests, NULL, NULL);
}
