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
#include "wire/param.h"

static const uint8_t ip6[16] = {0x20, 0x01, 0x0D, 0xB8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

static struct sctpxi_tlv only_tlv(const uint8_t *p, size_t n)
{
    struct sctpxi_tlv_iter it;
    struct sctpxi_tlv tlv;
    sctpxi_tlv_iter_init(&it, p, n);
    assert_int_equal(sctpxi_tlv_iter_next(&it, &tlv), 1);
    return tlv;
}

static void test_addresses_round_trip(void **state)
{
    (void)state;
    sctpx_addr v4 = {.family = SCTPX_IPV4, .ip = {192, 0, 2, 33}};
    sctpx_addr v6 = {.family = SCTPX_IPV6};
    memcpy(v6.ip, ip6, 16);
    v4.udp_port = 9899; /* does not travel */
    v6.scope_id = 5;
    uint8_t buf[28];
    struct sctpxi_writer w = sctpxi_writer_make(buf, sizeof buf);
    sctpxi_param_put_addr(&w, &v4);
    assert_int_equal(w.len, sctpxi_param_addr_size(&v4));
    sctpxi_param_put_addr(&w, &v6);
    assert_int_equal(w.len, sctpxi_param_addr_size(&v4) + sctpxi_param_addr_size(&v6));
    struct pb *pb = pb_bare();
    pb_ipv4(pb, 0xC0000221);
    pb_ipv6(pb, ip6);
    assert_true(pb_equals(pb, buf, w.len));

    sctpx_addr back;
    memset(&back, 0xEE, sizeof back);
    struct sctpxi_tlv tlv = only_tlv(buf, 8);
    assert_int_equal(sctpxi_param_read_addr(&tlv, &back), 0);
    sctpx_addr want;
    memset(&want, 0, sizeof want);
    want.family = SCTPX_IPV4;
    memcpy(want.ip, "\xC0\0\2\x21", 4);
    assert_memory_equal(&back, &want, sizeof want);
    tlv = only_tlv(buf + 8, 20);
    assert_int_equal(sctpxi_param_read_addr(&tlv, &back), 0);
    assert_int_equal(back.family, SCTPX_IPV6);
    assert_int_equal(back.scope_id, 0);
    assert_memory_equal(back.ip, ip6, 16);
}

static void test_addresses_of_other_lengths_are_refused(void **state)
{
    (void)state;
    static const uint8_t bytes[32] = {0};
    for (uint8_t type = 5; type <= 6; type++) {
        for (size_t n = 4; n <= sizeof bytes; n++) {
            uint8_t *p = pb_exact_cut(bytes, n);
            p[1] = type;
            struct sctpxi_tlv tlv = only_tlv(p, n);
            sctpx_addr addr = {.family = 99};
            bool good = n == (type == 5 ? 8 : 20);
            assert_int_equal(sctpxi_param_read_addr(&tlv, &addr), good ? 0 : SCTPX_EBADPACKET);
            assert_int_equal(addr.family == 99, !good);
            pb_exact_free(p);
        }
    }
    struct sctpxi_tlv tlv = only_tlv((const uint8_t *)"\0\x0B\0\x08host", 8);
    sctpx_addr addr;
    assert_int_equal(sctpxi_param_read_addr(&tlv, &addr), SCTPX_ENOTSUP);
}

static void test_address_types_round_trip(void **state)
{
    (void)state;
    for (int bits = 0; bits < 4; bits++) {
        struct sctpxi_addr_types types = {.ipv4 = bits & 1, .ipv6 = bits & 2};
        uint8_t buf[8];
        struct sctpxi_writer w = sctpxi_writer_make(buf, sizeof buf);
        sctpxi_param_put_addr_types(&w, types);
        struct sctpxi_tlv tlv = only_tlv(buf, w.len);
        assert_int_equal(tlv.type, SCTPXI_PARAM_SUPPORTED_ADDR_TYPES);
        struct sctpxi_addr_types back;
        assert_int_equal(sctpxi_param_read_addr_types(&tlv, &back), 0);
        assert_int_equal(back.ipv4, types.ipv4);
        assert_int_equal(back.ipv6, types.ipv6);
        static const uint16_t numbers[] = {5, 6};
        struct pb *pb = pb_bare();
        pb_addr_types(pb, (size_t)(bits & 1) + (size_t)(bits >> 1), numbers + (bits == 2));
        assert_true(pb_equals(pb, buf, w.len));
    }
}

/* RFC 9260 3.3.2.1.5: Host Name must be ignored there; so are types not known. */
static void test_other_address_types_are_ignored(void **state)
{
    (void)state;
    static const uint16_t numbers[] = {11, 6, 0xFFFF};
    struct pb *pb = pb_bare();
    pb_addr_types(pb, 3, numbers);
    size_t n;
    uint8_t *bytes = pb_finish(pb, &n);
    for (size_t cut = 4; cut <= n; cut++) {
        uint8_t *p = pb_exact_cut(bytes, cut);
        struct sctpxi_tlv tlv = only_tlv(p, cut);
        struct sctpxi_addr_types types = {true, true};
        int result = sctpxi_param_read_addr_types(&tlv, &types);
        assert_int_equal(result, cut % 2 == 0 ? 0 : SCTPX_EBADPACKET);
        assert_int_equal(types.ipv4, cut % 2 != 0);
        assert_int_equal(types.ipv6, cut % 2 != 0 || cut >= 8);
        pb_exact_free(p);
    }
    free(bytes);
}

static void test_cookie_preservative(void **state)
{
    (void)state;
    uint8_t buf[8];
    struct sctpxi_writer w = sctpxi_writer_make(buf, sizeof buf);
    sctpxi_param_put_cookie_preservative(&w, 0x01020304);
    struct pb *pb = pb_bare();
    pb_cookie_preservative(pb, 0x01020304);
    assert_true(pb_equals(pb, buf, w.len));
    static const uint8_t bytes[12] = {0, 9, 0, 8, 1, 2, 3, 4};
    for (size_t n = 4; n <= sizeof bytes; n++) {
        uint8_t *p = pb_exact_cut(bytes, n);
        struct sctpxi_tlv tlv = only_tlv(p, n);
        uint32_t ms = 99;
        int result = sctpxi_param_read_cookie_preservative(&tlv, &ms);
        assert_int_equal(result, n == 8 ? 0 : SCTPX_EBADPACKET);
        assert_int_equal(ms, n == 8 ? 0x01020304 : 99);
        pb_exact_free(p);
    }
}

static void test_cookie_and_unrecognized(void **state)
{
    (void)state;
    struct pb *pb = pb_bare();
    pb_item(pb, 0xC123, "abc", 3);
    size_t n;
    uint8_t *unknown = pb_finish(pb, &n);
    struct sctpxi_tlv tlv = only_tlv(unknown, n);
    uint8_t buf[64];
    struct sctpxi_writer w = sctpxi_writer_make(buf, sizeof buf);
    sctpxi_param_put_cookie(&w, (const uint8_t *)"cookie", 6);
    sctpxi_param_put_unrecognized(&w, &tlv);
    pb = pb_bare();
    pb_cookie(pb, "cookie", 6);
    pb_tlv(pb, 8);
    pb_item(pb, 0xC123, "abc", 3);
    pb_end(pb);
    assert_true(pb_equals(pb, buf, w.len));
    free(unknown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_round_trip),
        cmocka_unit_test(test_addresses_of_other_lengths_are_refused),
        cmocka_unit_test(test_address_types_round_trip),
        cmocka_unit_test(test_other_address_types_are_ignored),
        cmocka_unit_test(test_cookie_preservative),
        cmocka_unit_test(test_cookie_and_unrecognized),
    };
    return cmocka_run_group_tests_name("param", tests, NULL, NULL);
}
