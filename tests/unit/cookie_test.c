/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/evp.h>

#include <sctpx/error.h>

#include "engine/cookie_codec.h"
#include "support/cookie_fixture.h"

#define START COOKIE_START
#define LIFE COOKIE_LIFE
#define MAC SCTPXI_COOKIE_MAC_BYTES
#define MAX SCTPXI_COOKIE_MAX_BYTES

/* Where these fields are in a cookie. */
enum { AT_VERSION = 0, AT_KEY_ID = 1, AT_FLAGS = 2 };

static void check_round_trip(struct cookie_fixture *f, const struct sctpxi_cookie *cookie)
{
    struct sctpxi_cookie opened;
    sctpx_time staleness;
    uint8_t buffer[MAX];

    size_t length = cookie_seal(f, START + 5, cookie, buffer);
    assert_int_equal(cookie_open_copy(f, START + 6, buffer, length, &opened, &staleness),
                     SCTPXI_COOKIE_GOOD);
    cookie_check_same(cookie, &opened);
    assert_int_equal(opened.made_at, START + 5);
    assert_int_equal(opened.lifetime_us, LIFE);
}

static void test_says_what_was_put_in(void **state)
{
    struct cookie_fixture f;
    struct sctpxi_cookie cookie;

    (void)state;
    cookie_start(&f, 1);
    cookie = cookie_plain();
    check_round_trip(&f, &cookie);
    cookie.local = (sctpx_addr){0};
    check_round_trip(&f, &cookie);
    cookie.local_tie = 1;
    check_round_trip(&f, &cookie);
    cookie.peer_features = 1;
    check_round_trip(&f, &cookie);
    cookie = cookie_largest();
    check_round_trip(&f, &cookie);
    cookie_finish(&f);
}

static void test_any_changed_bit_is_forged(void **state)
{
    struct cookie_fixture f;
    const struct sctpxi_cookie cookie = cookie_plain();
    uint8_t buffer[MAX];

    (void)state;
    cookie_start(&f, 1);
    size_t length = cookie_seal(&f, START, &cookie, buffer);
    for (size_t bit = 0; bit < length * 8; bit++) {
        buffer[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cookie_check_forged(&f, START, buffer, length);
        buffer[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    cookie_check_good(&f, START, buffer, length);
    cookie_finish(&f);
}

static void test_any_other_length_is_forged(void **state)
{
    struct cookie_fixture f;
    const struct sctpxi_cookie cookie = cookie_plain();
    uint8_t buffer[70000] = {0};

    (void)state;
    cookie_start(&f, 1);
    size_t length = cookie_seal(&f, START, &cookie, buffer);
    for (size_t other = 0; other <= MAX + 8; other++) {
        if (other != length) {
            cookie_check_forged(&f, START, buffer, other);
        }
    }
    cookie_check_forged(&f, START, buffer, 65531);
    cookie_check_good(&f, START, buffer, length);
    cookie_finish(&f);
}

static void test_cookies_of_another_jar_are_forged(void **state)
{
    struct cookie_fixture f, other;
    const struct sctpxi_cookie cookie = cookie_plain();
    uint8_t buffer[MAX];

    (void)state;
    cookie_start(&f, 1);
    cookie_start(&other, 2);
    size_t length = cookie_seal(&other, START, &cookie, buffer);
    for (unsigned id = 0; id < 256; id++) {
        buffer[AT_KEY_ID] = (uint8_t)id;
        cookie_check_forged(&f, START, buffer, length);
    }
    cookie_finish(&f);
    cookie_finish(&other);
}

/* covers: 9260/14.1-1 */
static void test_cookies_made_of_constants_are_forged(void **state)
{
    struct cookie_fixture f;
    uint8_t buffer[MAX];

    (void)state;
    cookie_start(&f, 1);
    for (unsigned value = 0; value < 256; value++) {
        memset(buffer, (int)value, sizeof(buffer));
        buffer[AT_VERSION] = SCTPXI_COOKIE_VERSION;
        for (size_t length = 0; length <= MAX; length += 7) {
            cookie_check_forged(&f, START, buffer, length);
        }
    }
    cookie_finish(&f);
}

static void test_lives_as_long_as_configured(void **state)
{
    struct cookie_fixture f;
    const struct sctpxi_cookie cookie = cookie_plain();
    uint8_t buffer[MAX];

    (void)state;
    cookie_start(&f, 1);
    size_t length = cookie_seal(&f, START, &cookie, buffer);
    cookie_check_good(&f, START, buffer, length);
    cookie_check_good(&f, START + LIFE, buffer, length);
    cookie_check_stale(&f, START + LIFE + 1, buffer, length, 1);
    cookie_check_stale(&f, START + 3 * LIFE, buffer, length, 2 * LIFE);
    cookie_check_stale(&f, SCTPX_TIME_NEVER, buffer, length, SCTPX_TIME_NEVER - START - LIFE);
    cookie_finish(&f);
}

static void test_lifetime_granted_is_bounded(void **state)
{
    static const sctpx_time pairs[][2] = {
        {0, LIFE},
        {1, 1000},
        {1000, 1000},
        {1001, 2000},
        {LIFE - 1, LIFE},
        {LIFE + 5 * COOKIE_SECOND, LIFE + 5 * COOKIE_SECOND},
        {2 * LIFE, 2 * LIFE},
        {2 * LIFE + 1, 2 * LIFE},
        {SCTPX_TIME_NEVER, 2 * LIFE},
    };
    struct cookie_fixture f;
    struct sctpxi_cookie cookie = cookie_plain();
    uint8_t buffer[MAX];

    (void)state;
    cookie_start(&f, 1);
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        cookie.lifetime_us = pairs[i][0];
        size_t length = cookie_seal(&f, START, &cookie, buffer);
        cookie_check_good(&f, START + pairs[i][1], buffer, length);
        cookie_check_stale(&f, START + pairs[i][1] + 1, buffer, length, 1);
    }
    cookie_finish(&f);
}

/* Signs `length` bytes at `buffer` with the key of cookie_start_given(f, key_byte). */
static size_t sign(uint8_t key_byte, uint8_t *buffer, size_t length)
{
    uint8_t key[32], hash[32];
    size_t hash_length = 0;

    memset(key, key_byte, sizeof(key));
    assert_non_null(EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, sizeof(key), buffer, length,
                              hash, sizeof(hash), &hash_length));
    memcpy(buffer + length, hash, MAC);
    return length + MAC;
}

/* covers: 9260/5.1.3-3 */
static void test_mac_is_hmac_sha_256(void **state)
{
    struct cookie_fixture f;
    const struct sctpxi_cookie cookie = cookie_largest();
    uint8_t buffer[MAX], copy[MAX];

    (void)state;
    cookie_start_given(&f, 7);
    size_t length = cookie_seal(&f, START, &cookie, buffer);
    memcpy(copy, buffer, length - MAC);
    assert_int_equal(sign(7, copy, length - MAC), length);
    assert_memory_equal(copy, buffer, length);
    cookie_finish(&f);
}

/* The MAC right, and yet not our layout: another version of us with the same key. */
static void test_signed_nonsense_is_forged(void **state)
{
    struct cookie_fixture f;
    const struct sctpxi_cookie cookie = cookie_plain();
    uint8_t buffer[MAX];

    (void)state;
    cookie_start_given(&f, 7);
    size_t length = cookie_seal(&f, START, &cookie, buffer);
    sign(7, buffer, length - MAC);
    cookie_check_good(&f, START, buffer, length);
    buffer[AT_FLAGS] = SCTPX_MAX_PATHS; /* more addresses than are there */
    sign(7, buffer, length - MAC);
    cookie_check_forged(&f, START, buffer, length);
    for (length = 0; length < 64; length++) {
        memset(buffer, SCTPXI_COOKIE_VERSION, length);
        size_t signed_length = sign(7, buffer, length);
        cookie_check_forged(&f, START, buffer, signed_length);
    }
    cookie_finish(&f);
}

static void test_costs_no_memory(void **state)
{
    struct cookie_fixture f;
    const struct sctpxi_cookie cookie = cookie_plain();
    uint8_t buffer[MAX];

    (void)state;
    cookie_start(&f, 1);
    size_t calls = f.ta.calls;
    for (unsigned i = 0; i < 1000; i++) {
        size_t length = cookie_seal(&f, START + i * LIFE, &cookie, buffer);
        cookie_check_good(&f, START + i * LIFE, buffer, length);
    }
    assert_int_equal(f.ta.calls, calls);
    cookie_finish(&f);
}

static void test_jar_that_cannot_be_made(void **state)
{
    struct cookie_fixture f;

    (void)state;
    cookie_prepare(&f, 1);
    test_alloc_fail(&f.ta, 1, 1);
    assert_int_equal(sctpxi_cookie_jar_new(&f.options, &f.alloc, START, &f.jar), SCTPX_ENOMEM);
    f.options.cookie_lifetime_us = 0;
    assert_int_equal(sctpxi_cookie_jar_new(&f.options, &f.alloc, START, &f.jar), SCTPX_EINVAL);
    assert_null(f.jar);
    cookie_finish(&f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_says_what_was_put_in),
        cmocka_unit_test(test_any_changed_bit_is_forged),
        cmocka_unit_test(test_any_other_length_is_forged),
        cmocka_unit_test(test_cookies_of_another_jar_are_forged),
        cmocka_unit_test(test_cookies_made_of_constants_are_forged),
        cmocka_unit_test(test_lives_as_long_as_configured),
        cmocka_unit_test(test_lifetime_granted_is_bounded),
        cmocka_unit_test(test_mac_is_hmac_sha_256),
        cmocka_unit_test(test_signed_nonsense_is_forged),
        cmocka_unit_test(test_costs_no_memory),
        cmocka_unit_test(test_jar_that_cannot_be_made),
    };

    return cmocka_run_group_tests_name("cookie", tests, NULL, NULL);
}
