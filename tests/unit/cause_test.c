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

static uint8_t buf[128];

static struct sctpxi_writer start(void)
{
    memset(buf, 0xEE, sizeof buf);
    return sctpxi_writer_make(buf, sizeof buf);
}

static int parse(const uint8_t *p, size_t n, struct sctpxi_cause *cause)
{
    struct sctpxi_tlv_iter it;
    struct sctpxi_tlv tlv;
    sctpxi_tlv_iter_init(&it, p, n);
    assert_int_equal(sctpxi_tlv_iter_next(&it, &tlv), 1);
    return sctpxi_cause_parse(&tlv, cause);
}

/* What w holds is one cause with this code and value; it is parsed and given back. */
static struct sctpxi_cause check(const struct sctpxi_writer *w, uint16_t code, const void *value,
                                 size_t len)
{
    struct pb *pb = pb_bare();
    pb_item(pb, code, value, len);
    assert_true(pb_equals(pb, w->buf, w->len));
    struct sctpxi_cause cause;
    assert_int_equal(parse(w->buf, w->len, &cause), 0);
    assert_int_equal(cause.code, code);
    return cause;
}

static void test_causes_with_numbers(void **state)
{
    (void)state;
    struct sctpxi_writer w = start();
    sctpxi_cause_put_invalid_stream(&w, 0x1234);
    struct sctpxi_cause cause = check(&w, 1, "\x12\x34\0\0", 4);
    assert_int_equal(cause.stream, 0x1234);
    assert_int_equal(cause.info_len, 0);

    w = start();
    sctpxi_cause_put_stale_cookie(&w, 0x01020304);
    cause = check(&w, 3, "\1\2\3\4", 4);
    assert_int_equal(cause.staleness_us, 0x01020304);

    w = start();
    sctpxi_cause_put_no_user_data(&w, sctpxi_tsn_make(0xFFEEDDCC));
    cause = check(&w, 9, "\xFF\xEE\xDD\xCC", 4);
    assert_int_equal(cause.tsn.v, 0xFFEEDDCC);
}

static void test_causes_without_content(void **state)
{
    (void)state;
    struct sctpxi_writer w = start();
    sctpxi_cause_put_out_of_resource(&w);
    (void)check(&w, 4, NULL, 0);
    w = start();
    sctpxi_cause_put_invalid_param(&w);
    (void)check(&w, 7, NULL, 0);
    w = start();
    sctpxi_cause_put_cookie_in_shutdown(&w);
    (void)check(&w, 10, NULL, 0);
}

static void test_missing_params(void **state)
{
    (void)state;
    static const uint16_t types[] = {SCTPXI_PARAM_STATE_COOKIE, 0x8002, 0x8003};
    struct sctpxi_writer w = start();
    sctpxi_cause_put_missing_params(&w, types, 3);
    struct sctpxi_cause cause = check(&w, 2, "\0\0\0\3\0\7\x80\2\x80\3", 10);
    assert_int_equal(cause.n_missing, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(sctpxi_cause_missing_param(&cause, i), types[i]);
}

/* The number of missing parameters has 32 bits, which must not overflow a check. */
static void test_lying_number_of_missing_params_is_refused(void **state)
{
    (void)state;
    static const uint32_t numbers[] = {2, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFF};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct pb *pb = pb_bare();
        pb_tlv(pb, 2);
        pb_u32(pb, numbers[i]);
        pb_u16(pb, 7);
        size_t n;
        uint8_t *bytes = pb_finish(pb, &n);
        struct sctpxi_cause cause;
        assert_int_equal(parse(bytes, n, &cause), SCTPX_EBADPACKET);
        free(bytes);
    }
}

static void test_causes_that_carry_packets_parts(void **state)
{
    (void)state;
    static const uint8_t param[] = {0, 11, 0, 7, 'a', 'b', 0};
    struct sctpxi_tlv tlv = {11, param + 4, 3, param, 7};
    struct sctpxi_writer w = start();
    sctpxi_cause_put_unresolvable_addr(&w, &tlv);
    struct sctpxi_cause cause = check(&w, 5, param, 7);
    assert_int_equal(cause.info_len, 7);

    static const uint8_t bytes[] = {0xC5, 1, 0, 5, 'x'};
    struct sctpxi_chunk chunk = {0xC5, 1, bytes + 4, 1, bytes, 5};
    w = start();
    sctpxi_cause_put_unrecognized_chunk(&w, &chunk);
    cause = check(&w, 6, bytes, 5);
    assert_memory_equal(cause.info, bytes, 5);

    w = start();
    sctpxi_cause_put_unrecognized_params(&w, param, 7);
    cause = check(&w, 8, param, 7);
    assert_int_equal(sctpxi_tlv_count(cause.info, cause.info_len), 1);
}

static void test_restart_lists_addresses(void **state)
{
    (void)state;
    sctpx_addr addrs[2] = {{.family = SCTPX_IPV6}, {.family = SCTPX_IPV4, .ip = {1, 2, 3, 4}}};
    memset(addrs[0].ip, 0xFD, 16);
    struct sctpxi_writer w = start();
    sctpxi_cause_put_restart_new_addrs(&w, addrs, 2);
    struct pb *pb = pb_bare();
    pb_tlv(pb, 11);
    pb_ipv6(pb, addrs[0].ip);
    pb_ipv4(pb, 0x01020304);
    assert_true(pb_equals(pb, buf, w.len));
    struct sctpxi_cause cause;
    assert_int_equal(parse(buf, w.len, &cause), 0);
    assert_int_equal(sctpxi_tlv_count(cause.info, cause.info_len), 2);
}

static void test_causes_with_text(void **state)
{
    (void)state;
    struct sctpxi_writer w = start();
    sctpxi_cause_put_user_abort(&w, "reason", 6);
    struct sctpxi_cause cause = check(&w, 12, "reason", 6);
    assert_memory_equal(cause.info, "reason", 6);
    w = start();
    sctpxi_cause_put_user_abort(&w, NULL, 0);
    cause = check(&w, 12, NULL, 0);
    assert_int_equal(cause.info_len, 0);
    w = start();
    sctpxi_cause_put_protocol_violation(&w, "why", 3);
    cause = check(&w, 13, "why", 3);
    assert_int_equal(cause.info_len, 3);
}

/* Every cut of every cause: too short for its code is refused, and nothing outside is read. */
static void test_every_cut_of_every_cause(void **state)
{
    (void)state;
    static const size_t least[] = {4, 8, 8, 8, 4, 4, 4, 4, 4, 8, 4, 4, 4, 4, 4};
    uint8_t bytes[16] = {0};
    for (uint8_t code = 0; code < sizeof least / sizeof least[0]; code++) {
        bytes[1] = code;
        for (size_t n = 4; n <= sizeof bytes; n++) {
            uint8_t *p = pb_exact_cut(bytes, n);
            struct sctpxi_cause cause = {.code = 99};
            bool good = n >= least[code];
            assert_int_equal(parse(p, n, &cause), good ? 0 : SCTPX_EBADPACKET);
            assert_int_equal(cause.code, good ? code : 99);
            if (good)
                assert_int_equal(cause.info_len, n - least[code]);
            pb_exact_free(p);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_causes_with_numbers),
        cmocka_unit_test(test_causes_without_content),
        cmocka_unit_test(test_missing_params),
        cmocka_unit_test(test_lying_number_of_missing_params_is_refused),
        cmocka_unit_test(test_causes_that_carry_packets_parts),
        cmocka_unit_test(test_restart_lists_addresses),
        cmocka_unit_test(test_causes_with_text),
        cmocka_unit_test(test_every_cut_of_every_cause),
    };
    return cmocka_run_group_tests_name("cause", tests, NULL, NULL);
}
