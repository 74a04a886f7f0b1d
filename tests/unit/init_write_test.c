/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/engine_rig.h"

enum {
    INIT = 1,
    INIT_ACK = 2,
    IPV4 = 5,
    COOKIE = 7,
    UNRECOGNIZED = 8,
    PRESERVATIVE = 9,
    TYPES = 12
};

static struct engine_rig rig;

/* The n-th parameter of a type in an INIT or INIT ACK, NULL if there is none. */
static const uint8_t *param(const struct engine_rig_chunk *c, uint16_t type, size_t n)
{
    for (size_t at = 20; at + 4 <= c->length; at += (engine_rig_u16(c->bytes + at + 2) + 3u) & ~3u)
        if (engine_rig_u16(c->bytes + at) == type && n-- == 0)
            return c->bytes + at;
    return NULL;
}

static void connect_with(const sctpx_addr *more, size_t n)
{
    engine_rig_start(&rig);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(sctpx_endpoint_add_local(rig.ep, &more[i]), 0);
    assert_int_equal(engine_rig_try_connect(&rig), 0);
    engine_rig_flush(&rig);
}

static void test_init(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.opt.assoc.out_streams = 17;
    rig.opt.assoc.max_in_streams = 23;
    rig.opt.assoc.rcvbuf_bytes = 54321;
    connect_with(NULL, 0);
    struct engine_rig_chunk c = engine_rig_find(&rig, INIT, 0);
    assert_non_null(c.packet);
    assert_int_equal(c.packet->tag, 0);
    assert_true(engine_rig_u32(c.bytes + 4) != 0);
    assert_int_equal(engine_rig_u32(c.bytes + 8), 54321);
    assert_int_equal(engine_rig_u16(c.bytes + 12), 17);
    assert_int_equal(engine_rig_u16(c.bytes + 14), 23);
    assert_null(param(&c, IPV4, 0)); /* a single address is known from the packet */
    const uint8_t *types = param(&c, TYPES, 0);
    assert_non_null(types);
    assert_int_equal(engine_rig_u16(types + 2), 6);
    assert_int_equal(engine_rig_u16(types + 4), IPV4);
    assert_null(param(&c, PRESERVATIVE, 0));
    engine_rig_done(&rig);
}

/* Only what the peer could use: no wildcard, nothing of narrower scope than its own address. */
static void test_addresses_that_are_announced(void **state)
{
    (void)state;
    const sctpx_addr more[] = {
        {.family = SCTPX_IPV4, .ip = {127, 0, 0, 1}},
        {.family = SCTPX_IPV4, .ip = {169, 254, 0, 1}},
        {.family = SCTPX_IPV4, .ip = {8, 8, 8, 8}},
        {.family = SCTPX_IPV6},
    };
    engine_rig_init(&rig);
    connect_with(more, 4);
    struct engine_rig_chunk c = engine_rig_find(&rig, INIT, 0);
    assert_memory_equal(param(&c, IPV4, 0) + 4, rig.local.ip, 4);
    assert_memory_equal(param(&c, IPV4, 1) + 4, more[2].ip, 4);
    assert_null(param(&c, IPV4, 2));
    assert_null(param(&c, 6, 0));
    assert_null(param(&c, TYPES, 0)); /* both families */
    engine_rig_done(&rig);
}

static void test_init_ack(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.opt.assoc.out_streams = 17;
    rig.opt.assoc.max_in_streams = 23;
    rig.mis = 5;
    engine_rig_listen(&rig);
    struct pb *pb = engine_rig_init_packet(&rig);
    pb_item(pb, 0xC111, "abc", 3);
    assert_int_equal(engine_rig_send(&rig, pb), 0);
    struct engine_rig_chunk c = engine_rig_find(&rig, INIT_ACK, 0);
    assert_non_null(c.packet);
    assert_int_equal(c.packet->tag, rig.tag);
    assert_int_equal(engine_rig_u16(c.bytes + 12), 5); /* what the peer takes */
    assert_int_equal(engine_rig_u16(c.bytes + 14), 23);
    assert_non_null(param(&c, COOKIE, 0));
    const uint8_t *unknown = param(&c, UNRECOGNIZED, 0);
    assert_non_null(unknown);
    assert_int_equal(engine_rig_u16(unknown + 2), 4 + 7);
    assert_memory_equal(unknown + 4,
                        "\xC1\x11\x00\x07"
                        "abc",
                        7);
    engine_rig_done(&rig);
}

/* A peer that cannot use a family is not told addresses of it. It can use that of its source. */
static void test_supported_types_of_the_peer(void **state)
{
    (void)state;
    static const uint16_t only_four[] = {IPV4};
    engine_rig_init(&rig);
    engine_rig_listen(&rig);
    const sctpx_addr second = engine_rig_addr(1, 1);
    const sctpx_addr six = {.family = SCTPX_IPV6, .ip = {0x20, 0x01, [15] = 1}};
    assert_int_equal(sctpx_endpoint_add_local(rig.ep, &second), 0);
    assert_int_equal(sctpx_endpoint_add_local(rig.ep, &six), 0);
    struct pb *pb = engine_rig_init_packet(&rig);
    pb_addr_types(pb, 1, only_four);
    engine_rig_send(&rig, pb);
    struct engine_rig_chunk c = engine_rig_find(&rig, INIT_ACK, 0);
    assert_non_null(param(&c, IPV4, 1));
    assert_null(param(&c, 6, 0));
    engine_rig_send(&rig, engine_rig_init_packet(&rig));
    c = engine_rig_find(&rig, INIT_ACK, 0);
    assert_non_null(param(&c, IPV4, 1));
    assert_non_null(param(&c, 6, 0));
    engine_rig_done(&rig);
}

/* Cookie Preservative is granted, but not more than a lifetime on top (5.2.6). */
static void test_cookie_preservative(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        engine_rig_init(&rig);
        rig.opt.cookie_lifetime_us = 10000000;
        engine_rig_listen(&rig);
        struct pb *pb = engine_rig_init_packet(&rig);
        pb_cookie_preservative(pb, UINT32_MAX);
        engine_rig_send(&rig, pb);
        engine_rig_learn(&rig);
        rig.now += i == 0 ? 19900000 : 20100000;
        engine_rig_send(&rig, engine_rig_cookie_echo(&rig));
        assert_int_equal(engine_rig_has(&rig, 11), i == 0);
        engine_rig_done(&rig);
    }
}

/* However much the INIT holds, the answer stays small. */
static void test_answer_fits(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_listen(&rig);
    for (uint8_t i = 1; i < SCTPX_MAX_LOCALS; i++) {
        const sctpx_addr more = engine_rig_addr(i, 1);
        assert_int_equal(sctpx_endpoint_add_local(rig.ep, &more), 0);
    }
    struct pb *pb = engine_rig_init_packet(&rig);
    for (uint32_t i = 0; i < 20; i++)
        pb_ipv4(pb, 0x0A010000 + i);
    for (unsigned i = 0; i < 40; i++)
        pb_item(pb, 0xC111, "abcdefghijkl", 12);
    assert_int_equal(engine_rig_send(&rig, pb), 0);
    assert_int_equal(rig.sent_count, 1);
    assert_true(rig.sent[0].length < 1000);
    engine_rig_learn(&rig);
    assert_int_equal(engine_rig_send(&rig, engine_rig_cookie_echo(&rig)), 0);
    assert_true(engine_rig_has(&rig, 11));
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_init),
        cmocka_unit_test(test_addresses_that_are_announced),
        cmocka_unit_test(test_init_ack),
        cmocka_unit_test(test_supported_types_of_the_peer),
        cmocka_unit_test(test_cookie_preservative),
        cmocka_unit_test(test_answer_fits),
    };
    return cmocka_run_group_tests_name("init_write", tests, NULL, NULL);
}
