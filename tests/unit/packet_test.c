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
#include "wire/packet.h"

static void test_header_fields(void **state)
{
    (void)state;
    struct pb *pb = pb_new(0x1234, 0xFEDC, 0x89ABCDEF);
    pb_cookie_ack(pb);
    size_t n;
    uint8_t *bytes = pb_finish(pb, &n);
    struct sctpxi_packet packet;
    assert_int_equal(sctpxi_packet_parse(bytes, n, &packet), 0);
    assert_int_equal(packet.src_port, 0x1234);
    assert_int_equal(packet.dst_port, 0xFEDC);
    assert_int_equal(packet.vtag, 0x89ABCDEF);
    assert_ptr_equal(packet.raw, bytes);
    assert_int_equal(packet.raw_len, n);
    assert_ptr_equal(packet.chunks, bytes + 12);
    assert_int_equal(packet.chunks_len, 4);
    free(bytes);
}

static void test_every_short_header_is_refused(void **state)
{
    (void)state;
    struct pb *pb = pb_new(1, 2, 3);
    size_t n;
    uint8_t *bytes = pb_finish(pb, &n);
    assert_int_equal(n, 12);
    for (size_t cut = 0; cut < n; cut++) {
        uint8_t *p = pb_exact(bytes, cut);
        struct sctpxi_packet packet = {.vtag = 77};
        assert_int_equal(sctpxi_packet_parse(p, cut, &packet), SCTPX_EBADPACKET);
        assert_int_equal(packet.vtag, 77);
        pb_exact_free(p);
    }
    struct sctpxi_packet packet;
    struct sctpxi_chunk_iter it;
    struct sctpxi_chunk chunk;
    assert_int_equal(sctpxi_packet_parse(bytes, n, &packet), 0);
    sctpxi_packet_chunks(&packet, &it);
    assert_int_equal(sctpxi_chunk_iter_next(&it, &chunk), 0);
    free(bytes);
}

/* RFC 9260 3.1: port 0 MUST NOT be used. */
static void test_port_zero_is_refused(void **state)
{
    (void)state;
    for (int side = 0; side < 2; side++) {
        struct pb *pb = pb_new(side == 0 ? 0 : 9, side == 0 ? 9 : 0, 1);
        size_t n;
        uint8_t *bytes = pb_finish(pb, &n);
        struct sctpxi_packet packet;
        assert_int_equal(sctpxi_packet_parse(bytes, n, &packet), SCTPX_EBADPACKET);
        free(bytes);
    }
}

static void test_written_packet_is_the_built_one(void **state)
{
    (void)state;
    uint8_t buf[64];
    struct sctpxi_writer w = sctpxi_writer_make(buf, sizeof buf);
    /* A second packet behind a first one in the same buffer has its own checksum. */
    for (uint16_t port = 1; port <= 2; port++) {
        size_t packet = sctpxi_packet_begin(&w, port, 4000, 0xCAFE0000);
        size_t chunk = sctpxi_chunk_begin(&w, SCTPXI_CHUNK_COOKIE_ECHO, 0);
        sctpxi_writer_put_bytes(&w, "hello", 5);
        sctpxi_chunk_end(&w, chunk);
        assert_int_equal(sctpxi_packet_end(&w, packet), 0);

        struct pb *pb = pb_new(port, 4000, 0xCAFE0000);
        pb_cookie_echo(pb, "hello", 5);
        assert_true(pb_equals(pb, buf + packet, w.len - packet));
        assert_true(sctpxi_crc32c_verify(buf + packet, w.len - packet));
    }
}

static void test_overflow_at_every_capacity(void **state)
{
    (void)state;
    for (size_t cap = 0; cap <= 24; cap++) {
        uint8_t *buf = malloc(cap + 1);
        assert_non_null(buf);
        struct sctpxi_writer w = sctpxi_writer_make(buf + 1, cap);
        size_t packet = sctpxi_packet_begin(&w, 1, 2, 3);
        size_t chunk = sctpxi_chunk_begin(&w, 10, 0);
        sctpxi_writer_put_bytes(&w, "hello", 5);
        sctpxi_chunk_end(&w, chunk);
        assert_int_equal(sctpxi_packet_end(&w, packet), cap < 24 ? SCTPX_EMSGSIZE : 0);
        free(buf);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header_fields),
        cmocka_unit_test(test_every_short_header_is_refused),
        cmocka_unit_test(test_port_zero_is_refused),
        cmocka_unit_test(test_written_packet_is_the_built_one),
        cmocka_unit_test(test_overflow_at_every_capacity),
    };
    return cmocka_run_group_tests_name("packet", tests, NULL, NULL);
}
