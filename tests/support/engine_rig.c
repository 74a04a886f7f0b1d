/* SPDX-License-Identifier: MIT */
/* Feeding and collecting; engine_rig_check.c looks inside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/engine_rig.h"

enum { INIT = 1, INIT_ACK = 2, PARAM_COOKIE = 7 };

static uint8_t train[80000];

sctpx_addr engine_rig_addr(uint8_t b, uint8_t c)
{
    return (sctpx_addr){.family = SCTPX_IPV4, .udp_port = 9899, .ip = {10, 0, b, c}};
}

void engine_rig_init(struct engine_rig *rig)
{
    memset(rig, 0, sizeof *rig);
    test_alloc_init(&rig->ta);
    test_random_init(&rig->random, 1);
    sctpx_endpoint_options_defaults(&rig->opt);
    rig->opt.allocator = test_alloc_allocator(&rig->ta);
    rig->opt.random = test_random_bytes;
    rig->opt.random_context = &rig->random;
    rig->now = 1000000;
    rig->capacity = sizeof train;
    rig->local = engine_rig_addr(0, 1);
    rig->peer = engine_rig_addr(0, 2);
    rig->port = 5000;
    rig->peer_port = 6000;
    rig->tag = 0x77777777;
    rig->tsn = 1000;
    rig->rwnd = 100000;
    rig->os = rig->mis = 10;
}

void engine_rig_start(struct engine_rig *rig)
{
    if (rig->ep != NULL)
        return;
    assert_int_equal(sctpx_endpoint_new(&rig->opt, rig->now, &rig->ep), 0);
    assert_int_equal(sctpx_endpoint_add_local(rig->ep, &rig->local), 0);
}

static void forget(struct engine_rig *rig)
{
    while (rig->sent_count > 0)
        free(rig->sent[--rig->sent_count].bytes);
}

void engine_rig_done(struct engine_rig *rig)
{
    forget(rig);
    sctpx_endpoint_free(rig->ep);
    rig->ep = NULL;
    assert_true(test_alloc_is_clean(&rig->ta));
}

/* ---- feeding ----------------------------------------------------------------------------- */

int engine_rig_feed_from(struct engine_rig *rig, const sctpx_addr *from, struct pb *pb)
{
    size_t length;
    uint8_t *bytes = pb_finish(pb, &length);
    const sctpx_packet packet = {
        .local = rig->local, .remote = *from, .data = bytes, .length = length};
    int result = sctpx_endpoint_receive(rig->ep, rig->now, &packet);
    free(bytes);
    return result;
}

int engine_rig_feed(struct engine_rig *rig, struct pb *pb)
{
    return engine_rig_feed_from(rig, &rig->peer, pb);
}

int engine_rig_send(struct engine_rig *rig, struct pb *pb)
{
    int result = engine_rig_feed(rig, pb);
    engine_rig_flush(rig);
    return result;
}

struct pb *engine_rig_packet(const struct engine_rig *rig)
{
    return pb_new(rig->peer_port, rig->port, rig->ep_tag);
}

void engine_rig_data(struct engine_rig *rig, uint16_t stream, uint16_t ssn, size_t length)
{
    uint8_t *bytes = malloc(length);
    assert_non_null(bytes);
    memset(bytes, 'd', length);
    struct pb *pb = engine_rig_packet(rig);
    pb_data(pb, 3, rig->tsn++, stream, ssn, 0, bytes, length);
    free(bytes);
    engine_rig_send(rig, pb);
}

void engine_rig_sack(struct engine_rig *rig, uint32_t cum, uint32_t rwnd)
{
    struct pb *pb = engine_rig_packet(rig);
    pb_sack(pb, cum, rwnd, 0, NULL, 0, NULL);
    engine_rig_send(rig, pb);
}

int engine_rig_user_send(struct engine_rig *rig, uint16_t stream, size_t length)
{
    uint8_t *bytes = malloc(length + 1);
    assert_non_null(bytes);
    memset(bytes, 'u', length + 1);
    const sctpx_sndinfo info = {.stream = stream};
    int result = sctpx_assoc_send(rig->assoc, rig->now, bytes, length, &info);
    free(bytes);
    return result;
}

/* ---- collecting -------------------------------------------------------------------------- */

uint16_t engine_rig_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t engine_rig_u32(const uint8_t *p)
{
    return (uint32_t)engine_rig_u16(p) << 16 | engine_rig_u16(p + 2);
}

static void check_crc(const uint8_t *bytes, size_t length)
{
    uint8_t *copy = malloc(length);
    assert_non_null(copy);
    memcpy(copy, bytes, length);
    memset(copy + 8, 0, 4);
    uint32_t crc = pb_crc32c(copy, length);
    free(copy);
    uint32_t field = (uint32_t)bytes[8] | (uint32_t)bytes[9] << 8 | (uint32_t)bytes[10] << 16 |
                     (uint32_t)bytes[11] << 24;
    assert_int_equal(field, crc);
}

static void collect(struct engine_rig *rig, const sctpx_transmit *t, const uint8_t *bytes,
                    size_t length)
{
    assert_true(rig->sent_count < ENGINE_RIG_PACKETS);
    assert_true(length > 12 && length % 4 == 0);
    check_crc(bytes, length);
    struct engine_rig_sent *s = &rig->sent[rig->sent_count++];
    *s = (struct engine_rig_sent){
        .local = t->local,
        .remote = t->remote,
        .source_port = engine_rig_u16(bytes),
        .target_port = engine_rig_u16(bytes + 2),
        .tag = engine_rig_u32(bytes + 4),
        .bytes = malloc(length),
        .length = length,
    };
    assert_non_null(s->bytes);
    memcpy(s->bytes, bytes, length);
}

void engine_rig_flush(struct engine_rig *rig)
{
    sctpx_transmit t;
    forget(rig);
    rig->transmits = 0;
    while (sctpx_endpoint_transmit(rig->ep, rig->now, train, rig->capacity, &t) == 1) {
        assert_true(t.segment_size > 0 && t.length <= rig->capacity);
        rig->transmits++;
        for (size_t at = 0; at < t.length; at += t.segment_size) {
            size_t left = t.length - at;
            collect(rig, &t, train + at, left < t.segment_size ? left : t.segment_size);
        }
    }
}

struct engine_rig_chunk engine_rig_find(const struct engine_rig *rig, uint8_t type, size_t n)
{
    for (size_t i = 0; i < rig->sent_count; i++) {
        const struct engine_rig_sent *s = &rig->sent[i];
        for (size_t at = 12; at < s->length; at += (engine_rig_u16(s->bytes + at + 2) + 3u) & ~3u) {
            size_t length = engine_rig_u16(s->bytes + at + 2);
            assert_true(length >= 4 && length <= s->length - at);
            if (s->bytes[at] == type && n-- == 0)
                return (struct engine_rig_chunk){.packet = s,
                                                 .bytes = s->bytes + at,
                                                 .length = length,
                                                 .type = type,
                                                 .flags = s->bytes[at + 1]};
        }
    }
    return (struct engine_rig_chunk){.packet = NULL};
}

size_t engine_rig_count(const struct engine_rig *rig, uint8_t type)
{
    size_t n = 0;
    while (engine_rig_find(rig, type, n).packet != NULL)
        n++;
    return n;
}

bool engine_rig_has(const struct engine_rig *rig, uint8_t type)
{
    return engine_rig_find(rig, type, 0).packet != NULL;
}

size_t engine_rig_events(struct engine_rig *rig)
{
    sctpx_event e;
    size_t n = 0;
    memset(rig->events, 0, sizeof rig->events);
    while (sctpx_endpoint_poll_event(rig->ep, &e) == 1) {
        assert_in_range(e.type, 1, ENGINE_RIG_EVENTS - 1);
        rig->events[e.type]++;
        rig->last[e.type] = e;
        n++;
    }
    return n;
}

/* ---- time -------------------------------------------------------------------------------- */

void engine_rig_next_deadline(struct engine_rig *rig)
{
    sctpx_time at = sctpx_endpoint_next_deadline(rig->ep);
    assert_true(at != SCTPX_TIME_NEVER);
    rig->now = at > rig->now ? at : rig->now;
    sctpx_endpoint_on_deadline(rig->ep, rig->now);
    engine_rig_flush(rig);
}

void engine_rig_run(struct engine_rig *rig, sctpx_time span_us)
{
    sctpx_time end = rig->now + span_us;
    while (sctpx_endpoint_next_deadline(rig->ep) <= end)
        engine_rig_next_deadline(rig);
    rig->now = end;
}

/* ---- setting up -------------------------------------------------------------------------- */

static void put_addresses(const struct engine_rig *rig, struct pb *pb)
{
    for (size_t i = 0; i < rig->peer_addr_count; i++)
        pb_ipv4(pb, engine_rig_u32(rig->peer_addrs[i].ip));
}

static void learn_cookie(struct engine_rig *rig, const struct engine_rig_chunk *c)
{
    for (size_t at = 20; at + 4 <= c->length;
         at += (engine_rig_u16(c->bytes + at + 2) + 3u) & ~3u) {
        if (engine_rig_u16(c->bytes + at) != PARAM_COOKIE)
            continue;
        rig->cookie_length = engine_rig_u16(c->bytes + at + 2) - 4u;
        assert_true(rig->cookie_length <= sizeof rig->cookie);
        memcpy(rig->cookie, c->bytes + at + 4, rig->cookie_length);
    }
}

void engine_rig_learn(struct engine_rig *rig)
{
    struct engine_rig_chunk c = engine_rig_find(rig, INIT, 0);
    if (c.packet == NULL)
        c = engine_rig_find(rig, INIT_ACK, 0);
    assert_non_null(c.packet);
    rig->port = c.packet->source_port;
    rig->ep_tag = engine_rig_u32(c.bytes + 4);
    rig->ep_tsn = engine_rig_u32(c.bytes + 16);
    learn_cookie(rig, &c);
}

int engine_rig_try_connect(struct engine_rig *rig)
{
    engine_rig_start(rig);
    return sctpx_endpoint_connect(rig->ep, rig->now, &rig->peer, 1, rig->peer_port, 0, NULL, rig,
                                  &rig->assoc);
}

struct pb *engine_rig_init_ack(struct engine_rig *rig)
{
    struct pb *pb = engine_rig_packet(rig);
    pb_init_ack(pb, rig->tag, rig->rwnd, rig->os, rig->mis, rig->tsn);
    pb_cookie(pb, "cookie", 6);
    put_addresses(rig, pb);
    return pb;
}

void engine_rig_connect(struct engine_rig *rig)
{
    assert_int_equal(engine_rig_try_connect(rig), 0);
    engine_rig_flush(rig);
    engine_rig_learn(rig);
    engine_rig_send(rig, engine_rig_init_ack(rig));
    struct pb *pb = engine_rig_packet(rig);
    pb_cookie_ack(pb);
    engine_rig_send(rig, pb);
    engine_rig_events(rig);
    assert_int_equal(rig->events[SCTPX_EVENT_UP], 1);
}

void engine_rig_listen(struct engine_rig *rig)
{
    engine_rig_start(rig);
    assert_int_equal(sctpx_endpoint_listen(rig->ep, rig->port, NULL), rig->port);
}

struct pb *engine_rig_init_packet(struct engine_rig *rig)
{
    struct pb *pb = pb_new(rig->peer_port, rig->port, 0);
    pb_init(pb, rig->tag, rig->rwnd, rig->os, rig->mis, rig->tsn);
    put_addresses(rig, pb);
    return pb;
}

struct pb *engine_rig_cookie_echo(struct engine_rig *rig)
{
    struct pb *pb = engine_rig_packet(rig);
    pb_cookie_echo(pb, rig->cookie, rig->cookie_length);
    return pb;
}

void engine_rig_accept(struct engine_rig *rig)
{
    if (rig->ep == NULL)
        engine_rig_listen(rig);
    engine_rig_send(rig, engine_rig_init_packet(rig));
    engine_rig_learn(rig);
    assert_int_equal(engine_rig_send(rig, engine_rig_cookie_echo(rig)), 0);
    assert_int_equal(sctpx_endpoint_accept(rig->ep, rig->port, rig, &rig->assoc), 0);
    engine_rig_events(rig);
    assert_int_equal(rig->events[SCTPX_EVENT_UP], 1);
}
