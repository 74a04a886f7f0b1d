/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the State Cookie share: sample cookies, a jar with its allocator and random
 * numbers, and checks that fail the running test.
 */
#ifndef SUPPORT_COOKIE_FIXTURE_H
#define SUPPORT_COOKIE_FIXTURE_H

#include "engine/cookie.h"
#include "support/test_alloc.h"
#include "support/test_random.h"

#define COOKIE_SECOND UINT64_C(1000000)
#define COOKIE_LIFE (60 * COOKIE_SECOND)    /* the configured lifetime */
#define COOKIE_START (1000 * COOKIE_SECOND) /* when the jar is made */

struct cookie_fixture {
    struct test_alloc ta;
    struct sctpxi_alloc alloc;
    struct test_random tr;
    sctpx_endpoint_options options;
    struct sctpxi_cookie_jar *jar;
};

/* Everything but the jar, for tests that want other options. */
void cookie_prepare(struct cookie_fixture *f, uint64_t seed);

/* With a jar that draws its keys, or that is given 32 times this byte as its key. */
void cookie_start(struct cookie_fixture *f, uint64_t seed);
void cookie_start_given(struct cookie_fixture *f, uint8_t key_byte);

/* Frees the jar and checks that no memory is left. */
void cookie_finish(struct cookie_fixture *f);

sctpx_addr cookie_ipv4(uint8_t last, uint16_t udp_port);
sctpx_addr cookie_ipv6(uint8_t last, uint16_t udp_port, uint32_t scope_id);

/* One IPv4 path, nothing optional; and as much as a cookie can hold. */
struct sctpxi_cookie cookie_plain(void);
struct sctpxi_cookie cookie_largest(void);

/* All but the times are the same. */
void cookie_check_same(const struct sctpxi_cookie *a, const struct sctpxi_cookie *b);

/* Seals, checks that it worked, returns the length. */
size_t cookie_seal(struct cookie_fixture *f, sctpx_time now, const struct sctpxi_cookie *cookie,
                   uint8_t *buffer);

/* Opens a copy of exactly that length, so that reading past its end is noticed. */
enum sctpxi_cookie_verdict cookie_open_copy(struct cookie_fixture *f, sctpx_time now,
                                            const uint8_t *bytes, size_t length,
                                            struct sctpxi_cookie *ret_cookie,
                                            sctpx_time *ret_staleness_us);

/* The verdict, and that only what belongs to it is written. */
void cookie_check_good(struct cookie_fixture *f, sctpx_time now, const uint8_t *bytes,
                       size_t length);
void cookie_check_stale(struct cookie_fixture *f, sctpx_time now, const uint8_t *bytes,
                        size_t length, sctpx_time wanted_us);
void cookie_check_forged(struct cookie_fixture *f, sctpx_time now, const uint8_t *bytes,
                         size_t length);

#endif
