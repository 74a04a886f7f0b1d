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
#include "wire/chunk.h"

static void test_walk_gives_every_chunk(void **state)
{
    (void)state;
    struct pb *pb = pb_bare();
    pb_cookie_echo(pb, "12345", 5);
    pb_chunk(pb, 0xC5, 0xA7);
    pb_end(pb);
    pb_shutdown(pb, 9);
    size_t n;
    uint8_t *bytes = pb_finish(pb, &n);
    struct sctpxi_chunk_iter it;
    struct sctpxi_chunk chunk;
    sctpxi_chunk_iter_init(&it, bytes, n);

    assert_int_equal(sctpxi_chunk_iter_next(&it, &chunk), 1);
    assert_int_equal(chunk.type, SCTPXI_CHUNK_COOKIE_ECHO);
    assert_int_equal(chunk.raw_len, 9);
    assert_int_equal(chunk.value_len, 5);
    assert_memory_equal(chunk.value, "12345", 5);
    assert_false(sctpxi_chunk_iter_at_end(&it));

    assert_int_equal(sctpxi_chunk_iter_next(&it, &chunk), 1);
    assert_int_equal(chunk.type, 0xC5);
    assert_int_equal(chunk.flags, 0xA7);
    assert_ptr_equal(chunk.raw, bytes + 12);
    assert_int_equal(chunk.value_len, 0);

    assert_int_equal(sctpxi_chunk_iter_next(&it, &chunk), 1);
    assert_int_equal(chunk.type, SCTPXI_CHUNK_SHUTDOWN);
    assert_true(sctpxi_chunk_iter_at_end(&it));
    assert_int_equal(sctpxi_chunk_iter_next(&it, &chunk), 0);
    assert_int_equal(sctpxi_chunk_iter_next(&it, &chunk), 0);
    free(bytes);
}

static void test_missing_last_padding_is_accepted(void **state)
{
    (void)state;
    for (size_t len = 1; len <= 4; len++) {
        struct pb *pb = pb_bare();
        pb_cookie_ack(pb);
        pb_chunk(pb, 10, 0);
        pb_fill(pb, 'x', len);
        pb_no_padding(pb);
        pb_end(pb);
        size_t n;
        uint8_t *bytes = pb_finish(pb, &n);
        assert_int_equal(n, 8 + len);
        struct sctpxi_chunk_iter it;
        struct sctpxi_chunk chunk;
        sctpxi_chunk_iter_init(&it, bytes, n);
        assert_int_equal(sctpxi_chunk_iter_next(&it, &chunk), 1);
        assert_int_equal(sctpxi_chunk_iter_next(&it, &chunk), 1);
        assert_int_equal(chunk.value_len, len);
        assert_int_equal(sctpxi_chunk_iter_next(&it, &chunk), 0);
        free(bytes);
    }
}

static void test_padding_is_not_looked_at(void **state)
{
    (void)state;
    struct pb *pb = pb_bare();
    pb_chunk(pb, 10, 0);
    pb_u8(pb, 1);
    pb_pad_with(pb, 0xFF);
    pb_end(pb);
    pb_cookie_ack(pb);
    size_t n;
    uint8_t *bytes = pb_finish(pb, &n);
    assert_memory_equal(bytes + 5, "\xFF\xFF\xFF", 3);
    struct sctpxi_chunk_iter it;
    struct sctpxi_chunk chunk;
    sctpxi_chunk_iter_init(&it, bytes, n);
    assert_int_equal(sctpxi_chunk_iter_next(&it, &chunk), 1);
    assert_int_equal(sctpxi_chunk_iter_next(&it, &chunk), 1);
    assert_int_equal(chunk.type, SCTPXI_CHUNK_COOKIE_ACK);
    free(bytes);
}

/* A good chunk, then one whose length field lies: the walk gives the first and stays failed. */
static void test_bad_lengths_end_the_walk(void **state)
{
    (void)state;
    static const uint16_t lies[] = {0, 1, 2, 3, 9, 10, 0x7FFF, 0xFFFF};
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        struct pb *pb = pb_bare();
        pb_cookie_ack(pb);
        pb_chunk(pb, 7, 0);
        pb_u32(pb, 1);
        pb_lie_length(pb, lies[i]);
        pb_end(pb);
        size_t n;
        uint8_t *bytes = pb_finish(pb, &n);
        struct sctpxi_chunk_iter it;
        struct sctpxi_chunk chunk;
        sctpxi_chunk_iter_init(&it, bytes, n);
        assert_int_equal(sctpxi_chunk_iter_next(&it, &chunk), 1);
        assert_int_equal(sctpxi_chunk_iter_next(&it, &chunk), SCTPX_EBADPACKET);
        assert_int_equal(chunk.type, SCTPXI_CHUNK_COOKIE_ACK);
        assert_false(sctpxi_chunk_iter_at_end(&it));
        assert_int_equal(sctpxi_chunk_iter_next(&it, &chunk), SCTPX_EBADPACKET);
        free(bytes);
    }
}

static void test_every_cut_is_partial(void **state)
{
    (void)state;
    struct pb *pb = pb_bare();
    pb_cookie_echo(pb, "1234567", 7);
    size_t n;
    uint8_t *bytes = pb_finish(pb, &n);
    for (size_t cut = 1; cut < 11; cut++) {
        uint8_t *p = pb_exact(bytes, cut);
        struct sctpxi_chunk_iter it;
        struct sctpxi_chunk chunk;
        sctpxi_chunk_iter_init(&it, p, cut);
        assert_int_equal(sctpxi_chunk_iter_next(&it, &chunk), SCTPX_EBADPACKET);
        pb_exact_free(p);
    }
    free(bytes);
}

/* Whatever the bytes are, a walk ends and every view lies inside. */
static void test_walk_over_noise_ends_and_stays_inside(void **state)
{
    (void)state;
    uint32_t x = 1;
    for (int round = 0; round < 3000; round++) {
        uint8_t noise[64];
        size_t n = (size_t)round % (sizeof noise + 1);
        for (size_t i = 0; i < n; i++) {
            x = x * 1664525u + 1013904223u;
            noise[i] = i % 4 == 2 ? 0 : (uint8_t)(x >> 28);
        }
        uint8_t *p = pb_exact(noise, n);
        struct sctpxi_chunk_iter it;
        struct sctpxi_chunk chunk;
        sctpxi_chunk_iter_init(&it, p, n);
        size_t seen = 0;
        while (sctpxi_chunk_iter_next(&it, &chunk) > 0) {
            assert_true(chunk.raw >= p && chunk.raw_len <= (size_t)(p + n - chunk.raw));
            assert_true(++seen <= n / 4);
        }
        pb_exact_free(p);
    }
}

static void test_written_chunk_is_padded_and_measured(void **state)
{
    (void)state;
    for (size_t len = 0; len < 9; len++) {
        uint8_t buf[16];
        memset(buf, 0xEE, sizeof buf);
        struct sctpxi_writer w = sctpxi_writer_make(buf, sizeof buf);
        size_t off = sctpxi_chunk_begin(&w, 10, 3);
        sctpxi_writer_put_bytes(&w, "abcdefghi", len);
        sctpxi_chunk_end(&w, off);
        assert_false(w.failed);
        struct pb *pb = pb_bare();
        pb_chunk(pb, 10, 3);
        pb_bytes(pb, "abcdefghi", len);
        assert_true(pb_equals(pb, buf, w.len));
    }
}

static void test_chunk_longer_than_its_field_fails_the_writer(void **state)
{
    (void)state;
    size_t cap = 70000;
    uint8_t *buf = malloc(cap);
    assert_non_null(buf);
    struct sctpxi_writer w = sctpxi_writer_make(buf, cap);
    size_t off = sctpxi_chunk_begin(&w, 10, 0);
    sctpxi_writer_put_zeros(&w, 65531);
    sctpxi_chunk_end(&w, off);
    assert_false(w.failed);
    assert_memory_equal(buf + 2, "\xFF\xFF", 2);
    assert_int_equal(w.len, 65536);
    sctpxi_writer_rewind(&w, 0);
    off = sctpxi_chunk_begin(&w, 10, 0);
    sctpxi_writer_put_zeros(&w, 65532);
    sctpxi_chunk_end(&w, off);
    assert_true(w.failed);
    free(buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walk_gives_every_chunk),
        cmocka_unit_test(test_missing_last_padding_is_accepted),
        cmocka_unit_test(test_padding_is_not_looked_at),
        cmocka_unit_test(test_bad_lengths_end_the_walk),
        cmocka_unit_test(test_every_cut_is_partial),
        cmocka_unit_test(test_walk_over_noise_ends_and_stays_inside),
        cmocka_unit_test(test_written_chunk_is_padded_and_measured),
        cmocka_unit_test(test_chunk_longer_than_its_field_fails_the_writer),
    };
    return cmocka_run_group_tests_name("chunk", tests, NULL, NULL);
}
