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
#include "wire/cause.h"
#include "wire/ctrl.h"

static uint8_t buf[128];

static struct sctpxi_writer start(void)
{
    memset(buf, 0xEE, sizeof buf);
    return sctpxi_writer_make(buf, sizeof buf);
}

static struct sctpxi_chunk only_chunk(const uint8_t *p, size_t n)
{
    struct sctpxi_chunk_iter it;
    struct sctpxi_chunk chunk;
    sctpxi_chunk_iter_init(&it, p, n);
    assert_int_equal(sctpxi_chunk_iter_next(&it, &chunk), 1);
    assert_true(sctpxi_chunk_iter_at_end(&it));
    return chunk;
}

static void test_bare_chunks(void **state)
{
    (void)state;
    struct sctpxi_writer w = start();
    sctpxi_shutdown_ack_write(&w);
    sctpxi_cookie_ack_write(&w);
    sctpxi_shutdown_complete_write(&w, SCTPXI_TAG_OF_PEER);
    sctpxi_shutdown_complete_write(&w, SCTPXI_TAG_REFLECTED);
    static const uint8_t want[] = {8, 0, 0, 4, 11, 0, 0, 4, 14, 0, 0, 4, 14, 1, 0, 4};
    assert_int_equal(w.len, sizeof want);
    assert_memory_equal(buf, want, sizeof want);
    struct pb *pb = pb_bare();
    pb_shutdown_ack(pb);
    pb_cookie_ack(pb);
    pb_shutdown_complete(pb, false);
    pb_shutdown_complete(pb, true);
    assert_true(pb_equals(pb, want, sizeof want));

    struct sctpxi_chunk chunk = only_chunk(buf, 4);
    assert_int_equal(sctpxi_bare_check(&chunk), 0);
    chunk = only_chunk((const uint8_t *)"\x0B\0\0\5x", 5);
    assert_int_equal(sctpxi_bare_check(&chunk), SCTPX_EBADPACKET);
}

static void test_tsn_chunks(void **state)
{
    (void)state;
    struct sctpxi_writer w = start();
    sctpxi_shutdown_write(&w, sctpxi_tsn_make(0x01020304));
    sctpxi_ecne_write(&w, sctpxi_tsn_make(5));
    sctpxi_cwr_write(&w, sctpxi_tsn_make(0xFFFFFFFF));
    static const uint8_t want[] = {7, 0, 0, 8, 1,  2, 3, 4, 12,  0,   0,   8,
                                   0, 0, 0, 5, 13, 0, 0, 8, 255, 255, 255, 255};
    assert_int_equal(w.len, sizeof want);
    assert_memory_equal(buf, want, sizeof want);
    struct pb *pb = pb_bare();
    pb_shutdown(pb, 0x01020304);
    pb_ecne(pb, 5);
    pb_cwr(pb, 0xFFFFFFFF);
    assert_true(pb_equals(pb, want, sizeof want));

    struct sctpxi_tsn tsn;
    struct sctpxi_chunk chunk = only_chunk(buf, 8);
    assert_int_equal(sctpxi_shutdown_parse(&chunk, &tsn), 0);
    assert_int_equal(tsn.v, 0x01020304);
    chunk = only_chunk(buf + 16, 8);
    assert_int_equal(sctpxi_ecn_parse(&chunk, &tsn), 0);
    assert_int_equal(tsn.v, 0xFFFFFFFF);
}

static void test_every_other_length_of_tsn_chunks_is_refused(void **state)
{
    (void)state;
    static const uint8_t bytes[12] = {7, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8};
    for (size_t cut = 4; cut <= sizeof bytes; cut++) {
        uint8_t *p = pb_exact_cut(bytes, cut);
        struct sctpxi_chunk chunk = only_chunk(p, cut);
        struct sctpxi_tsn tsn = {99};
        assert_int_equal(sctpxi_shutdown_parse(&chunk, &tsn), cut == 8 ? 0 : SCTPX_EBADPACKET);
        assert_int_equal(tsn.v, cut == 8 ? 0x01020304 : 99);
        tsn.v = 99;
        assert_int_equal(sctpxi_ecn_parse(&chunk, &tsn), cut >= 8 ? 0 : SCTPX_EBADPACKET);
        assert_int_equal(tsn.v, cut >= 8 ? 0x01020304 : 99);
        pb_exact_free(p);
    }
}

static void test_heartbeats_of_all_small_lengths(void **state)
{
    (void)state;
    for (size_t len = 0; len < 10; len++) {
        struct sctpxi_writer w = start();
        sctpxi_heartbeat_write(&w, "information", len);
        assert_int_equal(w.len, sctpxi_heartbeat_size(len));
        struct pb *pb = pb_bare();
        pb_heartbeat(pb, "information", len);
        assert_true(pb_equals(pb, buf, w.len));

        struct sctpxi_chunk chunk = only_chunk(buf, w.len);
        struct sctpxi_view info;
        assert_int_equal(sctpxi_heartbeat_parse(&chunk, &info), 0);
        assert_int_equal(info.len, len);
        assert_memory_equal(info.p, "information", len);

        w = start();
        sctpxi_heartbeat_ack_write(&w, "information", len);
        pb = pb_bare();
        pb_heartbeat_ack(pb, "information", len);
        assert_true(pb_equals(pb, buf, w.len));
    }
}

static void test_every_cut_of_a_heartbeat_is_refused(void **state)
{
    (void)state;
    struct pb *pb = pb_bare();
    pb_heartbeat(pb, "12345678", 8);
    size_t n;
    uint8_t *bytes = pb_finish(pb, &n);
    struct sctpxi_view info = {NULL, 99};
    for (size_t cut = 4; cut < n; cut++) {
        uint8_t *p = pb_exact_cut(bytes, cut);
        struct sctpxi_chunk chunk = only_chunk(p, cut);
        assert_int_equal(sctpxi_heartbeat_parse(&chunk, &info), SCTPX_EBADPACKET);
        assert_int_equal(info.len, 99);
        pb_exact_free(p);
    }
    bytes[5] = 2; /* some other parameter */
    struct sctpxi_chunk chunk = only_chunk(bytes, n);
    assert_int_equal(sctpxi_heartbeat_parse(&chunk, &info), SCTPX_EBADPACKET);
    free(bytes);
}

/* RFC 9260 3.2: the padding of the last parameter may be in the Chunk Length. */
static void test_heartbeat_with_padding_in_its_length(void **state)
{
    (void)state;
    struct pb *pb = pb_bare();
    pb_chunk(pb, 4, 0);
    pb_item(pb, 1, "12345", 5);
    pb_fill(pb, 0, 3);
    size_t n;
    uint8_t *bytes = pb_finish(pb, &n);
    assert_int_equal(bytes[3], 16);
    struct sctpxi_chunk chunk = only_chunk(bytes, n);
    struct sctpxi_view info;
    assert_int_equal(sctpxi_heartbeat_parse(&chunk, &info), 0);
    assert_int_equal(info.len, 5);
    free(bytes);
}

static void test_cookie_echo(void **state)
{
    (void)state;
    struct sctpxi_writer w = start();
    sctpxi_cookie_echo_write(&w, (const uint8_t *)"cookie", 6);
    struct pb *pb = pb_bare();
    pb_cookie_echo(pb, "cookie", 6);
    assert_true(pb_equals(pb, buf, w.len));
    struct sctpxi_chunk chunk = only_chunk(buf, w.len);
    struct sctpxi_view cookie;
    assert_int_equal(sctpxi_cookie_echo_parse(&chunk, &cookie), 0);
    assert_int_equal(cookie.len, 6);
    assert_memory_equal(cookie.p, "cookie", 6);
    chunk = only_chunk((const uint8_t *)"\x0A\0\0\4", 4);
    assert_int_equal(sctpxi_cookie_echo_parse(&chunk, &cookie), SCTPX_EBADPACKET);
}

static void test_abort_and_error_hold_causes(void **state)
{
    (void)state;
    struct sctpxi_writer w = start();
    size_t off = sctpxi_abort_begin(&w, SCTPXI_TAG_REFLECTED);
    sctpxi_cause_put_user_abort(&w, "bye", 3);
    sctpxi_cause_put_out_of_resource(&w);
    sctpxi_chunk_end(&w, off);
    size_t abort_len = w.len;
    off = sctpxi_error_begin(&w);
    sctpxi_cause_put_protocol_violation(&w, "x", 1);
    sctpxi_chunk_end(&w, off);
    struct pb *pb = pb_bare();
    pb_abort(pb, true);
    pb_item(pb, 12, "bye", 3);
    pb_item(pb, 4, NULL, 0);
    pb_end(pb);
    pb_error(pb);
    pb_item(pb, 13, "x", 1);
    assert_true(pb_equals(pb, buf, w.len));

    struct sctpxi_chunk chunk = only_chunk(buf, abort_len);
    assert_int_equal(chunk.flags, SCTPXI_FLAG_T);
    assert_int_equal(sctpxi_causes_check(&chunk), 2);
    struct sctpxi_tlv_iter it;
    struct sctpxi_tlv tlv;
    sctpxi_causes(&chunk, &it);
    assert_int_equal(sctpxi_tlv_iter_next(&it, &tlv), 1);
    assert_int_equal(tlv.type, SCTPXI_CAUSE_USER_ABORT);
}

static void test_abort_without_and_with_broken_causes(void **state)
{
    (void)state;
    struct sctpxi_writer w = start();
    sctpxi_chunk_end(&w, sctpxi_abort_begin(&w, SCTPXI_TAG_OF_PEER));
    assert_memory_equal(buf, "\6\0\0\4", 4);
    struct sctpxi_chunk chunk = only_chunk(buf, 4);
    assert_int_equal(sctpxi_causes_check(&chunk), 0);
    chunk = only_chunk((const uint8_t *)"\6\0\0\x0A\0\x0C\0\7xx", 10);
    assert_int_equal(sctpxi_causes_check(&chunk), SCTPX_EBADPACKET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bare_chunks),
        cmocka_unit_test(test_tsn_chunks),
        cmocka_unit_test(test_every_other_length_of_tsn_chunks_is_refused),
        cmocka_unit_test(test_heartbeats_of_all_small_lengths),
        cmocka_unit_test(test_every_cut_of_a_heartbeat_is_refused),
        cmocka_unit_test(test_heartbeat_with_padding_in_its_length),
        cmocka_unit_test(test_cookie_echo),
        cmocka_unit_test(test_abort_and_error_hold_causes),
        cmocka_unit_test(test_abort_without_and_with_broken_causes),
    };
    return cmocka_run_group_tests_name("ctrl", tests, NULL, NULL);
}
