/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sctpx/error.h>

#include "engine/cookie_codec.h"
#include "support/cookie_fixture.h"

#define ROOM (SCTPXI_COOKIE_MAX_BYTES - SCTPXI_COOKIE_MAC_BYTES)

/* Where fields are; written out here so that a change of the layout is noticed. */
enum { AT_VERSION = 0, AT_FLAGS = 2, AT_LOCAL_ADDR = 43 };

static const struct sctpxi_cookie_stamp stamp = {
    .made_at = UINT64_C(0x1122334455667788),
    .lifetime_ms = 60000,
    .key_id = 9,
};

static size_t encode(const struct sctpxi_cookie *cookie, uint8_t *buffer)
{
    struct sctpxi_writer w = sctpxi_writer_make(buffer, ROOM);

    assert_int_equal(sctpxi_cookie_encode(&w, cookie, &stamp), 0);
    return w.len;
}

/* Decodes a copy of exactly that length, so that reading past its end is noticed. */
static int decode_copy(const uint8_t *bytes, size_t length, struct sctpxi_cookie *ret_cookie,
                       struct sctpxi_cookie_stamp *ret_stamp)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);

    assert_non_null(copy);
    memcpy(copy, bytes, length);
    int result = sctpxi_cookie_decode(copy, length, ret_cookie, ret_stamp);
    free(copy);
    return result;
}

static void check_refused(const uint8_t *bytes, size_t length)
{
    struct sctpxi_cookie cookie, before;
    struct sctpxi_cookie_stamp got;

    memset(&cookie, 0x5a, sizeof(cookie));
    memcpy(&before, &cookie, sizeof(cookie));
    assert_int_equal(decode_copy(bytes, length, &cookie, &got), SCTPX_EBADPACKET);
    assert_memory_equal(&cookie, &before, sizeof(cookie));
}

static void check_round_trip(const struct sctpxi_cookie *cookie)
{
    struct sctpxi_cookie decoded;
    struct sctpxi_cookie_stamp got;
    uint8_t buffer[ROOM];

    size_t length = encode(cookie, buffer);
    assert_int_equal(decode_copy(buffer, length, &decoded, &got), 0);
    cookie_check_same(cookie, &decoded);
    assert_true(got.made_at == stamp.made_at);
    assert_int_equal(got.lifetime_ms, stamp.lifetime_ms);
    assert_int_equal(got.key_id, stamp.key_id);
    assert_int_equal(decoded.made_at, 0);
    assert_int_equal(decoded.lifetime_us, 0);
}

static void test_optional_fields(void **state)
{
    struct sctpxi_cookie cookie = cookie_plain();

    (void)state;
    check_round_trip(&cookie);
    cookie.local = (sctpx_addr){0};
    check_round_trip(&cookie);
    cookie.local_tie = 1;
    check_round_trip(&cookie);
    cookie.local_tie = 0;
    cookie.remote_tie = 1;
    check_round_trip(&cookie);
    cookie.peer_features = 1;
    check_round_trip(&cookie);
    cookie = cookie_largest();
    check_round_trip(&cookie);
}

static sctpx_addr random_addr(struct test_random *tr)
{
    uint16_t port = test_random_chance(tr, 700000) ? 9899 : (uint16_t)test_random_below(tr, 3);
    sctpx_addr addr = cookie_ipv4(0, port);

    if (test_random_chance(tr, 500000)) {
        addr = cookie_ipv6(0, port, (uint32_t)test_random_below(tr, 2));
        test_random_bytes(tr, addr.ip, 16);
    } else {
        test_random_bytes(tr, addr.ip, 4);
    }
    return addr;
}

static void test_any_mix_of_addresses(void **state)
{
    struct test_random tr;

    (void)state;
    test_random_init(&tr, 5);
    for (int i = 0; i < 2000; i++) {
        struct sctpxi_cookie cookie = cookie_plain();
        cookie.local = test_random_chance(&tr, 100000) ? (sctpx_addr){0} : random_addr(&tr);
        cookie.remote_count = (uint8_t)test_random_between(&tr, 1, SCTPX_MAX_PATHS);
        for (size_t k = 0; k < cookie.remote_count; k++) {
            cookie.remotes[k] = random_addr(&tr);
        }
        check_round_trip(&cookie);
    }
}

/* An INIT has at least 32 bytes, an INIT ACK 36 and the cookie: it must not amplify (RFC 5062). */
static void test_is_small(void **state)
{
    struct sctpxi_cookie cookie = cookie_plain();
    uint8_t buffer[ROOM];

    (void)state;
    assert_int_equal(encode(&cookie, buffer) + SCTPXI_COOKIE_MAC_BYTES, 73);
    cookie.remotes[0].udp_port = cookie.local.udp_port;
    assert_int_equal(encode(&cookie, buffer) + SCTPXI_COOKIE_MAC_BYTES, 71);
    cookie = cookie_largest();
    assert_int_equal(encode(&cookie, buffer), 43 + 12 + 9 * 23);
}

static void check_not_encodable(const struct sctpxi_cookie *cookie)
{
    uint8_t buffer[ROOM];
    struct sctpxi_writer w = sctpxi_writer_make(buffer, sizeof(buffer));

    assert_int_equal(sctpxi_cookie_encode(&w, cookie, &stamp), SCTPX_EINVAL);
    assert_int_equal(w.len, 0);
}

static void test_refuses_addresses_it_cannot_hold(void **state)
{
    struct sctpxi_cookie cookie = cookie_plain();

    (void)state;
    cookie.remote_count = 0;
    check_not_encodable(&cookie);
    cookie.remote_count = SCTPX_MAX_PATHS + 1;
    check_not_encodable(&cookie);
    cookie.remote_count = 2; /* the second one is no address */
    check_not_encodable(&cookie);
    cookie.remote_count = 1;
    cookie.local.family = 5;
    check_not_encodable(&cookie);
}

/* One byte of a cookie set to a value that no cookie has there. */
static void check_refused_with(size_t at, uint8_t value)
{
    const struct sctpxi_cookie cookie = cookie_plain();
    uint8_t buffer[ROOM];

    size_t length = encode(&cookie, buffer);
    buffer[at] = value;
    check_refused(buffer, length);
}

static void test_refuses_other_versions_counts_and_flags(void **state)
{
    (void)state;
    check_refused_with(AT_VERSION, 0);
    check_refused_with(AT_VERSION, SCTPXI_COOKIE_VERSION + 1);
    check_refused_with(AT_FLAGS, 0); /* no remote address */
    check_refused_with(AT_FLAGS, 2); /* one more than is there */
    check_refused_with(AT_FLAGS, 9); /* more than there may be */
    check_refused_with(AT_FLAGS, 15);
    check_refused_with(AT_FLAGS, 0x11); /* tie-tags that are not there */
    check_refused_with(AT_FLAGS, 0x21); /* features that are not there */
    check_refused_with(AT_FLAGS, 0x41); /* unknown */
    check_refused_with(AT_FLAGS, 0x81);
}

/* All of them there, and well formed: only their number is wrong. */
static void test_refuses_more_addresses_than_fit(void **state)
{
    const struct sctpxi_cookie cookie = cookie_plain();
    const uint8_t address[] = {SCTPX_IPV4, 192, 0, 2, 7};
    uint8_t buffer[ROOM];
    struct sctpxi_cookie decoded;
    struct sctpxi_cookie_stamp got;

    (void)state;
    size_t length = encode(&cookie, buffer);
    for (uint8_t count = 2; count <= 15; count++) {
        memcpy(buffer + length, address, sizeof(address));
        length += sizeof(address);
        buffer[AT_FLAGS] = count;
        if (count > SCTPX_MAX_PATHS) {
            check_refused(buffer, length);
        } else {
            assert_int_equal(decode_copy(buffer, length, &decoded, &got), 0);
            assert_int_equal(decoded.remotes[count - 1].ip[3], 7);
        }
    }
}

static void test_refuses_other_kinds_of_addresses(void **state)
{
    (void)state;
    check_refused_with(AT_LOCAL_ADDR, 0x16); /* IPv6 in the place of IPv4 */
    check_refused_with(AT_LOCAL_ADDR, 0x04); /* no port: what follows is out of step */
    check_refused_with(AT_LOCAL_ADDR, 0x15); /* unknown families */
    check_refused_with(AT_LOCAL_ADDR, 0x17);
    check_refused_with(AT_LOCAL_ADDR, 0x54); /* unknown bits */
    check_refused_with(AT_LOCAL_ADDR, 0x94);
    check_refused_with(AT_LOCAL_ADDR + 7, 0x10); /* a remote address that is none */
}

/* The last address cut away and replaced by a kind of none, so that all lengths are right. */
static void test_refuses_a_remote_that_is_no_address(void **state)
{
    const struct sctpxi_cookie cookie = cookie_plain();
    uint8_t buffer[ROOM];

    (void)state;
    encode(&cookie, buffer);
    buffer[AT_LOCAL_ADDR + 7] = 0;
    check_refused(buffer, AT_LOCAL_ADDR + 8);
}

static void test_refuses_any_other_length(void **state)
{
    const struct sctpxi_cookie cookies[] = {cookie_plain(), cookie_largest()};
    uint8_t buffer[ROOM];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        memset(buffer, 0, sizeof(buffer));
        size_t right = encode(&cookies[i], buffer);
        for (size_t length = 0; length <= sizeof(buffer); length++) {
            if (length != right) {
                check_refused(buffer, length);
            }
        }
    }
}

static void test_hostile_bytes_stay_within_bounds(void **state)
{
    const struct sctpxi_cookie sample = cookie_largest();
    struct test_random tr;
    struct sctpxi_cookie cookie;
    struct sctpxi_cookie_stamp got;
    uint8_t whole[ROOM], buffer[ROOM];
    unsigned accepted = 0;

    (void)state;
    test_random_init(&tr, 6);
    size_t right = encode(&sample, whole);
    for (int i = 0; i < 50000; i++) {
        size_t length = right - test_random_below(&tr, 2) * test_random_below(&tr, right);
        memcpy(buffer, whole, length);
        for (uint64_t n = test_random_below(&tr, 4); n > 0; n--) {
            buffer[test_random_below(&tr, length)] = (uint8_t)test_random_u32(&tr);
        }
        if (decode_copy(buffer, length, &cookie, &got) == 0) {
            assert_in_range(cookie.remote_count, 1, SCTPX_MAX_PATHS);
            accepted++;
        }
    }
    assert_in_range(accepted, 5000, 49999);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_optional_fields),
        cmocka_unit_test(test_any_mix_of_addresses),
        cmocka_unit_test(test_is_small),
        cmocka_unit_test(test_refuses_addresses_it_cannot_hold),
        cmocka_unit_test(test_refuses_other_versions_counts_and_flags),
        cmocka_unit_test(test_refuses_more_addresses_than_fit),
        cmocka_unit_test(test_refuses_other_kinds_of_addresses),
        cmocka_unit_test(test_refuses_a_remote_that_is_no_address),
        cmocka_unit_test(test_refuses_any_other_length),
        cmocka_unit_test(test_hostile_bytes_stay_within_bounds),
    };

    return cmocka_run_group_tests_name("cookie_codec", tests, NULL, NULL);
}
