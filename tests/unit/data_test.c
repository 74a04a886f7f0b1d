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
#include "wire/data.h"

static void test_golden_bytes(void **state)
{
    (void)state;
    static const uint8_t want[] = {0x00, 0x0B, 0x00, 0x15, 0x01, 0x02, 0x03, 0x04,
                                   0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C,
                                   'h',  'e',  'l',  'l',  'o',  0x00, 0x00, 0x00};
    uint8_t buf[32];
    struct sctpxi_writer w = sctpxi_writer_make(buf, sizeof buf);
    struct sctpxi_data data = {
        .tsn = {0x01020304},
        .stream = 0x0506,
        .ssn = {0x0708},
        .ppid = 0x090A0B0C,
        .flags = SCTPXI_DATA_BEGIN | SCTPXI_DATA_END | SCTPXI_DATA_IMMEDIATE,
        .payload = (const uint8_t *)"hello",
        .payload_len = 5,
    };
    sctpxi_data_write(&w, &data);
    assert_int_equal(w.len, sizeof want);
    assert_int_equal(w.len, sctpxi_data_size(5));
    assert_memory_equal(buf, want, sizeof want);
    struct pb *pb = pb_bare();
    pb_data(pb, 0x0B, 0x01020304, 0x0506, 0x0708, 0x090A0B0C, "hello", 5);
    assert_true(pb_equals(pb, want, sizeof want));
}

static int parse(const uint8_t *p, size_t n, struct sctpxi_data *data)
{
    struct sctpxi_chunk_iter it;
    struct sctpxi_chunk chunk;
    sctpxi_chunk_iter_init(&it, p, n);
    assert_int_equal(sctpxi_chunk_iter_next(&it, &chunk), 1);
    return sctpxi_data_parse(&chunk, data);
}

static void test_round_trip_of_all_flags_and_lengths(void **state)
{
    (void)state;
    for (unsigned flags = 0; flags < 16; flags++) {
        for (size_t len = 1; len < 10; len++) {
            uint8_t buf[32];
            struct sctpxi_writer w = sctpxi_writer_make(buf, sizeof buf);
            struct sctpxi_data in = {{0xFFFFFFFF}, 0xFFFE,         {0xFFFD},
                                     0xFFFFFFFC,   (uint8_t)flags, (const uint8_t *)"123456789",
                                     len};
            sctpxi_data_write(&w, &in);
            assert_int_equal(w.len, sctpxi_data_size(len));
            struct sctpxi_data out;
            assert_int_equal(parse(buf, w.len, &out), 0);
            assert_int_equal(out.tsn.v, in.tsn.v);
            assert_int_equal(out.stream, in.stream);
            assert_int_equal(out.ssn.v, in.ssn.v);
            assert_int_equal(out.ppid, in.ppid);
            assert_int_equal(out.flags, flags);
            assert_int_equal(out.payload_len, len);
            assert_memory_equal(out.payload, in.payload, len);
        }
    }
}

/* RFC 9260 3.3.1: reserved bits are 0 when sent and ignored when received. */
static void test_reserved_flags_are_dropped_both_ways(void **state)
{
    (void)state;
    struct pb *pb = pb_bare();
    pb_data(pb, 0xF3, 1, 2, 3, 4, "x", 1);
    size_t n;
    uint8_t *bytes = pb_finish(pb, &n);
    struct sctpxi_data data;
    assert_int_equal(parse(bytes, n, &data), 0);
    assert_int_equal(data.flags, 0x03);
    free(bytes);

    uint8_t buf[20];
    struct sctpxi_writer w = sctpxi_writer_make(buf, sizeof buf);
    data.flags = 0xF5;
    data.payload = (const uint8_t *)"x";
    sctpxi_data_write(&w, &data);
    assert_int_equal(buf[1], 0x05);
}

static void test_every_cut_of_the_header_is_refused(void **state)
{
    (void)state;
    struct pb *pb = pb_bare();
    pb_data(pb, 3, 0x11223344, 2, 3, 4, "payload", 7);
    size_t n;
    uint8_t *bytes = pb_finish(pb, &n);
    for (size_t cut = 4; cut <= 23; cut++) {
        uint8_t *p = pb_exact_cut(bytes, cut);
        struct sctpxi_data data = {.ppid = 99};
        int result = parse(p, cut, &data);
        if (cut < 16) {
            assert_int_equal(result, SCTPX_EBADPACKET);
            assert_int_equal(data.ppid, 99);
        } else if (cut == 16) {
            assert_int_equal(result, SCTPX_EEMPTY);
            assert_int_equal(data.tsn.v, 0x11223344);
            assert_int_equal(data.payload_len, 0);
        } else {
            assert_int_equal(result, 0);
            assert_int_equal(data.payload_len, cut - 16);
        }
        pb_exact_free(p);
    }
    free(bytes);
}

static void test_write_into_every_short_buffer_fails(void **state)
{
    (void)state;
    struct sctpxi_data data = {.payload = (const uint8_t *)"abc", .payload_len = 3};
    for (size_t cap = 0; cap <= 20; cap++) {
        uint8_t *buf = pb_exact("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", cap);
        struct sctpxi_writer w = sctpxi_writer_make(buf, cap);
        sctpxi_data_write(&w, &data);
        assert_int_equal(w.failed, cap < sctpxi_data_size(3));
        pb_exact_free(buf);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_bytes),
        cmocka_unit_test(test_round_trip_of_all_flags_and_lengths),
        cmocka_unit_test(test_reserved_flags_are_dropped_both_ways),
        cmocka_unit_test(test_every_cut_of_the_header_is_refused),
        cmocka_unit_test(test_write_into_every_short_buffer_fails),
    };
    return cmocka_run_group_tests_name("data", tests, NULL, NULL);
}
