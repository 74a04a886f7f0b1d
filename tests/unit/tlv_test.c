/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sctpx/error.h>

#include "support/packet_builder.h"
#include "wire/tlv.h"

static void test_walk_gives_every_item(void **state)
{
    (void)state;
    struct pb *pb = pb_bare();
    pb_item(pb, 0x8123, "12345", 5);
    pb_item(pb, 7, NULL, 0);
    pb_item(pb, 0xC000, "1", 1);
    size_t n;
    uint8_t *bytes = pb_finish(pb, &n);
    assert_int_equal(n, 12 + 4 + 5); /* nothing follows the last one */
    struct sctpxi_tlv_iter it;
    struct sctpxi_tlv tlv;
    sctpxi_tlv_iter_init(&it, bytes, n);
    assert_int_equal(sctpxi_tlv_iter_next(&it, &tlv), 1);
    assert_int_equal(tlv.type, 0x8123);
    assert_int_equal(tlv.value_len, 5);
    assert_int_equal(tlv.raw_len, 9);
    assert_memory_equal(tlv.value, "12345", 5);
    assert_int_equal(sctpxi_tlv_iter_next(&it, &tlv), 1);
    assert_int_equal(tlv.type, 7);
    assert_int_equal(tlv.value_len, 0);
    assert_int_equal(sctpxi_tlv_iter_next(&it, &tlv), 1);
    assert_int_equal(tlv.type, 0xC000);
    assert_ptr_equal(tlv.raw, bytes + 16);
    assert_int_equal(sctpxi_tlv_iter_next(&it, &tlv), 0);
    assert_int_equal(sctpxi_tlv_count(bytes, n), 3);
    free(bytes);
}

static void test_empty_list(void **state)
{
    (void)state;
    assert_int_equal(sctpxi_tlv_count(NULL, 0), 0);
}

/* Of an 11 byte item (padded to 12) with another behind it, which cuts are lists? */
static void test_every_cut(void **state)
{
    (void)state;
    struct pb *pb = pb_bare();
    pb_item(pb, 1, "1234567", 7);
    pb_item(pb, 2, "12", 2);
    size_t n;
    uint8_t *bytes = pb_finish(pb, &n);
    assert_int_equal(n, 18);
    for (size_t cut = 0; cut <= n; cut++) {
        int want = SCTPX_EBADPACKET;
        if (cut == 0)
            want = 0;
        else if (cut == 11 || cut == 12)
            want = 1;
        else if (cut == 18)
            want = 2;
        uint8_t *p = pb_exact(bytes, cut);
        assert_int_equal(sctpxi_tlv_count(p, cut), want);
        pb_exact_free(p);
    }
    free(bytes);
}

static void test_bad_lengths_end_the_walk(void **state)
{
    (void)state;
    static const uint16_t lies[] = {0, 1, 2, 3, 9, 0x7FFF, 0xFFFF};
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        struct pb *pb = pb_bare();
        pb_item(pb, 1, NULL, 0);
        pb_tlv(pb, 2);
        pb_u32(pb, 0);
        pb_lie_length(pb, lies[i]);
        size_t n;
        uint8_t *bytes = pb_finish(pb, &n);
        struct sctpxi_tlv_iter it;
        struct sctpxi_tlv tlv;
        sctpxi_tlv_iter_init(&it, bytes, n);
        assert_int_equal(sctpxi_tlv_iter_next(&it, &tlv), 1);
        assert_int_equal(sctpxi_tlv_iter_next(&it, &tlv), SCTPX_EBADPACKET);
        assert_int_equal(tlv.type, 1);
        assert_int_equal(sctpxi_tlv_iter_next(&it, &tlv), SCTPX_EBADPACKET);
        free(bytes);
    }
}

static void test_written_items_are_padded_between_not_after(void **state)
{
    (void)state;
    uint8_t buf[64];
    struct sctpxi_writer w = sctpxi_writer_make(buf, sizeof buf);
    sctpxi_tlv_write(&w, 0x8123, "12345", 5);
    size_t outer = sctpxi_tlv_begin(&w, 8);
    sctpxi_tlv_write(&w, 0xC001, "ab", 2);
    sctpxi_tlv_write(&w, 0xC002, "c", 1);
    sctpxi_tlv_end(&w, outer);
    struct pb *pb = pb_bare();
    pb_item(pb, 0x8123, "12345", 5);
    pb_tlv(pb, 8);
    pb_item(pb, 0xC001, "ab", 2);
    pb_item(pb, 0xC002, "c", 1);
    pb_end(pb);
    assert_true(pb_equals(pb, buf, w.len));
    assert_int_equal(w.len, 12 + 4 + 8 + 5);
    assert_int_equal(buf[15], 17);
    assert_int_equal(sctpxi_tlv_size(5), 12);
    assert_int_equal(sctpxi_tlv_size(0), 4);
}

static void test_copy_is_exact(void **state)
{
    (void)state;
    static const uint8_t item[] = {0xC0, 0x07, 0x00, 0x05, 0xAA, 0xFF, 0xFF, 0xFF};
    struct sctpxi_tlv_iter it;
    struct sctpxi_tlv tlv;
    sctpxi_tlv_iter_init(&it, item, sizeof item);
    assert_int_equal(sctpxi_tlv_iter_next(&it, &tlv), 1);
    uint8_t buf[16];
    struct sctpxi_writer w = sctpxi_writer_make(buf, sizeof buf);
    sctpxi_tlv_copy(&w, &tlv);
    sctpxi_tlv_copy(&w, &tlv);
    assert_int_equal(w.len, 13);
    /* The padding between them is ours, not the garbage that was received. */
    assert_memory_equal(buf, "\xC0\7\0\5\xAA\0\0\0\xC0\7\0\5\xAA", 13);
}

static void test_item_longer_than_its_field_fails_the_writer(void **state)
{
    (void)state;
    size_t cap = 70000;
    uint8_t *buf = calloc(1, cap);
    assert_non_null(buf);
    struct sctpxi_writer w = sctpxi_writer_make(buf, cap);
    sctpxi_tlv_end(&w, (sctpxi_writer_put_zeros(&w, 65535), 0));
    assert_false(w.failed);
    assert_memory_equal(buf + 2, "\xFF\xFF", 2);
    sctpxi_writer_put_zeros(&w, 1);
    sctpxi_tlv_end(&w, 0);
    assert_true(w.failed);
    free(buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walk_gives_every_item),
        cmocka_unit_test(test_empty_list),
        cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_bad_lengths_end_the_walk),
        cmocka_unit_test(test_written_items_are_padded_between_not_after),
        cmocka_unit_test(test_copy_is_exact),
        cmocka_unit_test(test_item_longer_than_its_field_fails_the_writer),
    };
    return cmocka_run_group_tests_name("tlv", tests, NULL, NULL);
}
