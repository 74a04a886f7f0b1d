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
#include "wire/init.h"
#include "wire/param.h"

static const struct sctpxi_init sample = {
    .tag = 0xA1B2C3D4,
    .a_rwnd = 0x00010203,
    .os = 0x0405,
    .mis = 0x0607,
    .initial_tsn = {0x08090A0B},
};

static int parse(const uint8_t *p, size_t n, struct sctpxi_init *init)
{
    struct sctpxi_chunk_iter it;
    struct sctpxi_chunk chunk;
    sctpxi_chunk_iter_init(&it, p, n);
    assert_int_equal(sctpxi_chunk_iter_next(&it, &chunk), 1);
    return sctpxi_init_parse(&chunk, init);
}

static void test_golden_bytes(void **state)
{
    (void)state;
    static const uint8_t want[] = {0x01, 0x00, 0x00, 0x14, 0xA1, 0xB2, 0xC3, 0xD4, 0x00, 0x01,
                                   0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B};
    uint8_t buf[32];
    struct sctpxi_writer w = sctpxi_writer_make(buf, sizeof buf);
    sctpxi_chunk_end(&w, sctpxi_init_begin(&w, SCTPXI_CHUNK_INIT, &sample));
    assert_int_equal(w.len, sizeof want);
    assert_memory_equal(buf, want, sizeof want);
}

static void test_init_ack_with_parameters_is_the_built_one(void **state)
{
    (void)state;
    uint8_t buf[128];
    struct sctpxi_writer w = sctpxi_writer_make(buf, sizeof buf);
    size_t off = sctpxi_init_begin(&w, SCTPXI_CHUNK_INIT_ACK, &sample);
    sctpx_addr addr = {.family = SCTPX_IPV4, .ip = {10, 0, 0, 1}};
    sctpxi_param_put_cookie(&w, (const uint8_t *)"cookie", 6);
    sctpxi_param_put_addr(&w, &addr);
    sctpxi_tlv_write(&w, SCTPXI_PARAM_SUPPORTED_EXTENSIONS, "\xC1\x80\x82", 3);
    sctpxi_chunk_end(&w, off);
    assert_false(w.failed);

    struct pb *pb = pb_bare();
    pb_init_ack(pb, 0xA1B2C3D4, 0x00010203, 0x0405, 0x0607, 0x08090A0B);
    pb_cookie(pb, "cookie", 6);
    pb_ipv4(pb, 0x0A000001);
    pb_item(pb, 0x8008, "\xC1\x80\x82", 3);
    assert_true(pb_equals(pb, buf, w.len));
    /* Padding of the cookie counts, of the last parameter does not: 20 + 12 + 8 + 7. */
    assert_int_equal(buf[3], 47);
    assert_int_equal(w.len, 48);
}

static void test_round_trip(void **state)
{
    (void)state;
    struct pb *pb = pb_bare();
    pb_init(pb, 0xA1B2C3D4, 0x00010203, 0x0405, 0x0607, 0x08090A0B);
    pb_cookie_preservative(pb, 5);
    size_t n;
    uint8_t *bytes = pb_finish(pb, &n);
    struct sctpxi_init init;
    assert_int_equal(parse(bytes, n, &init), 0);
    assert_int_equal(init.tag, sample.tag);
    assert_int_equal(init.a_rwnd, sample.a_rwnd);
    assert_int_equal(init.os, sample.os);
    assert_int_equal(init.mis, sample.mis);
    assert_int_equal(init.initial_tsn.v, sample.initial_tsn.v);
    struct sctpxi_tlv_iter it;
    struct sctpxi_tlv tlv;
    sctpxi_init_params(&init, &it);
    assert_int_equal(sctpxi_tlv_iter_next(&it, &tlv), 1);
    assert_int_equal(tlv.type, SCTPXI_PARAM_COOKIE_PRESERVATIVE);
    assert_int_equal(sctpxi_tlv_iter_next(&it, &tlv), 0);
    free(bytes);
}

static void test_every_cut_of_the_fixed_part_is_refused(void **state)
{
    (void)state;
    struct pb *pb = pb_bare();
    pb_init(pb, 1, 1500, 1, 1, 1);
    size_t n;
    uint8_t *bytes = pb_finish(pb, &n);
    assert_int_equal(n, SCTPXI_INIT_HEADER_SIZE);
    for (size_t cut = 4; cut < n; cut++) {
        uint8_t *p = pb_exact_cut(bytes, cut);
        struct sctpxi_init init = {.tag = 99};
        assert_int_equal(parse(p, cut, &init), SCTPX_EBADPACKET);
        assert_int_equal(init.tag, 99);
        pb_exact_free(p);
    }
    struct sctpxi_init init;
    assert_int_equal(parse(bytes, n, &init), 0);
    assert_int_equal(init.params_len, 0);
    free(bytes);
}

static void test_values_are_judged(void **state)
{
    (void)state;
    struct sctpxi_init init = {.tag = 1, .a_rwnd = 1500, .os = 1, .mis = 1};
    assert_int_equal(sctpxi_init_check(&init), SCTPXI_INIT_OK);
    init.os = 0;
    assert_int_equal(sctpxi_init_check(&init), SCTPXI_INIT_NO_STREAMS);
    init.os = 1;
    init.mis = 0;
    assert_int_equal(sctpxi_init_check(&init), SCTPXI_INIT_NO_STREAMS);
    init.a_rwnd = 1499;
    assert_int_equal(sctpxi_init_check(&init), SCTPXI_INIT_LOW_RWND);
    init.tag = 0;
    assert_int_equal(sctpxi_init_check(&init), SCTPXI_INIT_ZERO_TAG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_bytes),
        cmocka_unit_test(test_init_ack_with_parameters_is_the_built_one),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_every_cut_of_the_fixed_part_is_refused),
        cmocka_unit_test(test_values_are_judged),
    };
    return cmocka_run_group_tests_name("init", tests, NULL, NULL);
}
