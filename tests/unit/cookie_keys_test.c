/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/cookie_codec.h"
#include "support/cookie_fixture.h"

#define START COOKIE_START
#define LIFE COOKIE_LIFE
#define MAX SCTPXI_COOKIE_MAX_BYTES

/* Where these fields are in a cookie. */
enum { AT_KEY_ID = 1, AT_MADE = 3 };

/* covers: 9260/14.1-1 9260/5.1.3-5 */
static void test_keys_rotate(void **state)
{
    struct cookie_fixture f;
    const struct sctpxi_cookie cookie = cookie_plain();
    uint8_t first[MAX], second[MAX], third[MAX];

    (void)state;
    cookie_start(&f, 1);
    size_t length = cookie_seal(&f, START + 2 * LIFE - 1, &cookie, first);
    cookie_seal(&f, START + 2 * LIFE, &cookie, second);
    assert_int_not_equal(first[AT_KEY_ID], second[AT_KEY_ID]);
    cookie_check_good(&f, START + 2 * LIFE, first, length);
    cookie_check_good(&f, START + 2 * LIFE, second, length);
    cookie_seal(&f, START + 4 * LIFE, &cookie, third);
    assert_int_not_equal(third[AT_KEY_ID], first[AT_KEY_ID]);
    assert_int_not_equal(third[AT_KEY_ID], second[AT_KEY_ID]);
    cookie_check_forged(&f, START + 4 * LIFE, first, length); /* its key is gone */
    cookie_check_stale(&f, START + 4 * LIFE, second, length, LIFE);
    cookie_check_good(&f, START + 4 * LIFE, third, length);
    cookie_finish(&f);
}

/*
 * Whenever a cookie is made, with whatever lifetime, and however much is sealed in between: it is
 * good until its life ends (RFC 9260 5.1.3; other stacks lose those under way when keys change).
 */
static void test_every_cookie_lives_out_its_life_across_rotations(void **state)
{
    enum { COOKIES = 400 };
    static uint8_t cookies[COOKIES][MAX];
    const sctpx_time step = LIFE / 20;
    struct cookie_fixture f;
    struct sctpxi_cookie cookie = cookie_plain();

    (void)state;
    cookie_start(&f, 1);
    for (sctpx_time i = 0; i < COOKIES; i++) {
        sctpx_time now = START + i * step;
        cookie.lifetime_us = 2 * LIFE;
        size_t length = cookie_seal(&f, now, &cookie, cookies[i]);
        for (sctpx_time k = i < 40 ? 0 : i - 40; k <= i; k++) {
            cookie_check_good(&f, now, cookies[k], length);
        }
    }
    cookie_finish(&f);
}

static void test_a_cookie_made_before_a_long_pause_is_stale_not_forged(void **state)
{
    struct cookie_fixture f;
    const struct sctpxi_cookie cookie = cookie_plain();
    uint8_t old[MAX], buffer[MAX];

    (void)state;
    cookie_start(&f, 1);
    size_t length = cookie_seal(&f, START, &cookie, old);
    cookie_seal(&f, START + 1000 * LIFE, &cookie, buffer);
    cookie_check_stale(&f, START + 1000 * LIFE, old, length, 999 * LIFE);
    cookie_finish(&f);
}

/* Key ids are 8 bits and come round again; a rotation is then 256 rotations old. */
static void test_many_rotations(void **state)
{
    struct cookie_fixture f;
    const struct sctpxi_cookie cookie = cookie_plain();
    uint8_t first[MAX], buffer[MAX];
    bool is_seen[256] = {false};

    (void)state;
    cookie_start(&f, 1);
    size_t length = cookie_seal(&f, START, &cookie, first);
    for (unsigned i = 1; i <= 256; i++) {
        sctpx_time now = START + i * 2 * LIFE;
        cookie_seal(&f, now, &cookie, buffer);
        cookie_check_good(&f, now, buffer, length);
        is_seen[buffer[AT_KEY_ID]] = true;
    }
    assert_int_equal(buffer[AT_KEY_ID], first[AT_KEY_ID]);
    cookie_check_forged(&f, START, first, length);
    for (unsigned i = 0; i < 256; i++) {
        assert_true(is_seen[i]);
    }
    cookie_finish(&f);
}

static void test_short_lifetimes_do_not_rotate_at_every_init(void **state)
{
    struct cookie_fixture f;
    const struct sctpxi_cookie cookie = cookie_plain();
    uint8_t first[MAX], buffer[MAX];

    (void)state;
    cookie_prepare(&f, 1);
    f.options.cookie_lifetime_us = 1;
    assert_int_equal(sctpxi_cookie_jar_new(&f.options, &f.alloc, START, &f.jar), 0);
    cookie_seal(&f, START, &cookie, first);
    cookie_seal(&f, START + 59 * COOKIE_SECOND, &cookie, buffer);
    assert_int_equal(first[AT_KEY_ID], buffer[AT_KEY_ID]);
    cookie_seal(&f, START + 60 * COOKIE_SECOND, &cookie, buffer);
    assert_int_not_equal(first[AT_KEY_ID], buffer[AT_KEY_ID]);
    cookie_finish(&f);
}

static void test_endless_lifetime(void **state)
{
    struct cookie_fixture f;
    const struct sctpxi_cookie cookie = cookie_plain();
    uint8_t buffer[MAX];

    (void)state;
    cookie_prepare(&f, 1);
    f.options.cookie_lifetime_us = SCTPX_TIME_NEVER;
    assert_int_equal(sctpxi_cookie_jar_new(&f.options, &f.alloc, START, &f.jar), 0);
    size_t length = cookie_seal(&f, START, &cookie, buffer);
    cookie_check_good(&f, START + UINT32_MAX * UINT64_C(1000), buffer, length);
    cookie_check_stale(&f, START + UINT32_MAX * UINT64_C(1000) + 1, buffer, length, 1);
    cookie_finish(&f);
}

static void test_hosts_with_one_key_take_each_others_cookies(void **state)
{
    struct cookie_fixture a, b, stranger;
    const struct sctpxi_cookie cookie = cookie_plain();
    uint8_t buffer[MAX];

    (void)state;
    cookie_start_given(&a, 7);
    cookie_start_given(&b, 7);
    cookie_start_given(&stranger, 8);
    size_t length = cookie_seal(&a, START + 5000 * LIFE, &cookie, buffer); /* never rotates */
    cookie_check_good(&b, START + 5000 * LIFE, buffer, length);
    cookie_check_good(&b, START + 5001 * LIFE, buffer, length);
    cookie_check_stale(&b, START + 5001 * LIFE + 1, buffer, length, 1);
    cookie_check_forged(&stranger, START + 5000 * LIFE, buffer, length);
    cookie_finish(&a);
    cookie_finish(&b);
    cookie_finish(&stranger);
}

static void test_cookies_from_the_future(void **state)
{
    struct cookie_fixture f;
    const struct sctpxi_cookie cookie = cookie_plain();
    uint8_t buffer[MAX];

    (void)state;
    cookie_start_given(&f, 7);
    size_t length = cookie_seal(&f, START, &cookie, buffer);
    cookie_check_good(&f, START - 1, buffer, length);
    cookie_check_good(&f, START - LIFE, buffer, length);
    cookie_check_stale(&f, START - LIFE - 1, buffer, length, 0);
    cookie_check_stale(&f, 0, buffer, length, 0);
    cookie_finish(&f);
}

/* covers: 9260/5.1.3-7 */
static void test_does_not_tell_the_time(void **state)
{
    struct cookie_fixture f, other;
    const struct sctpxi_cookie cookie = cookie_plain();
    uint8_t first[MAX], second[MAX];

    (void)state;
    cookie_start(&f, 1);
    cookie_start(&other, 2);
    cookie_seal(&f, START, &cookie, first);
    cookie_seal(&other, START, &cookie, second);
    assert_memory_not_equal(first + AT_MADE, second + AT_MADE, 8);
    cookie_finish(&f);
    cookie_finish(&other);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_rotate),
        cmocka_unit_test(test_every_cookie_lives_out_its_life_across_rotations),
        cmocka_unit_test(test_a_cookie_made_before_a_long_pause_is_stale_not_forged),
        cmocka_unit_test(test_many_rotations),
        cmocka_unit_test(test_short_lifetimes_do_not_rotate_at_every_init),
        cmocka_unit_test(test_endless_lifetime),
        cmocka_unit_test(test_hosts_with_one_key_take_each_others_cookies),
        cmocka_unit_test(test_cookies_from_the_future),
        cmocka_unit_test(test_does_not_tell_the_time),
    };

    return cmocka_run_group_tests_name("cookie_keys", tests, NULL, NULL);
}
