/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/cookie_fixture.h"

sctpx_addr cookie_ipv4(uint8_t last, uint16_t udp_port)
{
    return (sctpx_addr){.family = SCTPX_IPV4, .udp_port = udp_port, .ip = {192, 0, 2, last}};
}

sctpx_addr cookie_ipv6(uint8_t last, uint16_t udp_port, uint32_t scope_id)
{
    sctpx_addr addr = {.family = SCTPX_IPV6, .udp_port = udp_port, .scope_id = scope_id};

    addr.ip[0] = 0xfe;
    addr.ip[1] = 0x80;
    addr.ip[15] = last;
    return addr;
}

struct sctpxi_cookie cookie_plain(void)
{
    return (struct sctpxi_cookie){
        .local_port = 36412,
        .remote_port = 5001,
        .local_tag = 0x11223344,
        .remote_tag = 0x55667788,
        .local_tsn = {0xfffffff0},
        .remote_tsn = {7},
        .remote_rwnd = 131072,
        .out_streams = 10,
        .in_streams = 65535,
        .local = cookie_ipv4(1, 9899),
        .remote_count = 1,
        .remotes = {cookie_ipv4(2, 40000)},
    };
}

struct sctpxi_cookie cookie_largest(void)
{
    struct sctpxi_cookie cookie = cookie_plain();

    cookie.local_tie = 0xa1a2a3a4;
    cookie.remote_tie = 0xb1b2b3b4;
    cookie.peer_features = 0x80000001;
    cookie.local = cookie_ipv6(1, 9899, 3);
    cookie.remote_count = SCTPX_MAX_PATHS;
    for (uint8_t i = 0; i < SCTPX_MAX_PATHS; i++) {
        cookie.remotes[i] = cookie_ipv6((uint8_t)(i + 2), (uint16_t)(1000 + i), i + 1u);
    }
    return cookie;
}

static void check_addr(const sctpx_addr *a, const sctpx_addr *b)
{
    assert_int_equal(a->family, b->family);
    assert_int_equal(a->udp_port, b->udp_port);
    assert_int_equal(a->scope_id, b->scope_id);
    assert_memory_equal(a->ip, b->ip, sizeof(a->ip));
}

void cookie_check_same(const struct sctpxi_cookie *a, const struct sctpxi_cookie *b)
{
    assert_int_equal(a->local_port, b->local_port);
    assert_int_equal(a->remote_port, b->remote_port);
    assert_int_equal(a->local_tag, b->local_tag);
    assert_int_equal(a->remote_tag, b->remote_tag);
    assert_int_equal(a->local_tsn.v, b->local_tsn.v);
    assert_int_equal(a->remote_tsn.v, b->remote_tsn.v);
    assert_int_equal(a->remote_rwnd, b->remote_rwnd);
    assert_int_equal(a->out_streams, b->out_streams);
    assert_int_equal(a->in_streams, b->in_streams);
    assert_int_equal(a->local_tie, b->local_tie);
    assert_int_equal(a->remote_tie, b->remote_tie);
    assert_int_equal(a->peer_features, b->peer_features);
    check_addr(&a->local, &b->local);
    assert_int_equal(a->remote_count, b->remote_count);
    for (size_t i = 0; i < a->remote_count; i++) {
        check_addr(&a->remotes[i], &b->remotes[i]);
    }
}

void cookie_prepare(struct cookie_fixture *f, uint64_t seed)
{
    memset(f, 0, sizeof(*f));
    test_alloc_init(&f->ta);
    sctpx_allocator user = test_alloc_allocator(&f->ta);
    sctpxi_alloc_init(&f->alloc, &user, SIZE_MAX);
    test_random_init(&f->tr, seed);
    f->options.random = test_random_bytes;
    f->options.random_context = &f->tr;
    f->options.cookie_lifetime_us = COOKIE_LIFE;
}

void cookie_start(struct cookie_fixture *f, uint64_t seed)
{
    cookie_prepare(f, seed);
    assert_int_equal(sctpxi_cookie_jar_new(&f->options, &f->alloc, COOKIE_START, &f->jar), 0);
}

void cookie_start_given(struct cookie_fixture *f, uint8_t key_byte)
{
    cookie_prepare(f, 99);
    f->options.has_cookie_key = true;
    memset(f->options.cookie_key, key_byte, sizeof(f->options.cookie_key));
    assert_int_equal(sctpxi_cookie_jar_new(&f->options, &f->alloc, COOKIE_START, &f->jar), 0);
}

void cookie_finish(struct cookie_fixture *f)
{
    sctpxi_cookie_jar_free(f->jar, &f->alloc);
    assert_true(test_alloc_is_clean(&f->ta));
}

size_t cookie_seal(struct cookie_fixture *f, sctpx_time now, const struct sctpxi_cookie *cookie,
                   uint8_t *buffer)
{
    int length = sctpxi_cookie_seal(f->jar, now, cookie, buffer);

    assert_in_range(length, 1, SCTPXI_COOKIE_MAX_BYTES);
    return (size_t)length;
}

enum sctpxi_cookie_verdict cookie_open_copy(struct cookie_fixture *f, sctpx_time now,
                                            const uint8_t *bytes, size_t length,
                                            struct sctpxi_cookie *ret_cookie,
                                            sctpx_time *ret_staleness_us)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);

    assert_non_null(copy);
    memcpy(copy, bytes, length);
    enum sctpxi_cookie_verdict verdict =
        sctpxi_cookie_open(f->jar, now, copy, length, ret_cookie, ret_staleness_us);
    free(copy);
    return verdict;
}

void cookie_check_good(struct cookie_fixture *f, sctpx_time now, const uint8_t *bytes,
                       size_t length)
{
    struct sctpxi_cookie cookie;
    sctpx_time staleness = 4711;

    assert_int_equal(cookie_open_copy(f, now, bytes, length, &cookie, &staleness),
                     SCTPXI_COOKIE_GOOD);
    assert_int_equal(staleness, 4711);
}

void cookie_check_stale(struct cookie_fixture *f, sctpx_time now, const uint8_t *bytes,
                        size_t length, sctpx_time wanted_us)
{
    struct sctpxi_cookie cookie = {0};
    sctpx_time staleness = 4711;

    assert_int_equal(cookie_open_copy(f, now, bytes, length, &cookie, &staleness),
                     SCTPXI_COOKIE_STALE);
    assert_int_equal(staleness, wanted_us);
    assert_int_equal(cookie.local_port, 36412); /* 5.2.4 3 still needs the tags */
}

void cookie_check_forged(struct cookie_fixture *f, sctpx_time now, const uint8_t *bytes,
                         size_t length)
{
    struct sctpxi_cookie cookie, before;
    sctpx_time staleness = 4711;

    memset(&cookie, 0x5a, sizeof(cookie));
    memcpy(&before, &cookie, sizeof(cookie));
    assert_int_equal(cookie_open_copy(f, now, bytes, length, &cookie, &staleness),
                     SCTPXI_COOKIE_FORGED);
    assert_memory_equal(&cookie, &before, sizeof(cookie));
    assert_int_equal(staleness, 4711);
}
