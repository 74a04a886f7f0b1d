/* SPDX-License-Identifier: MIT */
/*
 * Strangers at a listening endpoint: INITs of any contents, packets of any contents, and the
 * cookies of real INIT ACKs, as they were, changed, late, or from the wrong place.
 *
 *   - nothing a stranger sends allocates memory, but a good cookie
 *   - only a cookie that was issued makes an association, and that only for the packet it is for
 *   - a stranger gets at most three times the bytes he sent, counted with IPv4 and UDP headers
 */
#include <string.h>

#include <sctpx/engine.h>

#include "base/reader.h"
#include "base/writer.h"
#include "fuzz/check.h"
#include "fuzz/input.h"
#include "fuzz/memory.h"
#include "support/test_random.h"
#include "wire/packet.h"

enum {
    PORT = 5000,
    HEADERS = 28,
    SOURCES = 5,
    COOKIES = 8,
    MAX_COOKIE = 512,
    MAX_PACKET = 4096,
    LIFETIME_S = 60
};

/* A cookie that the endpoint gave away, and what it is bound to. */
struct issued {
    uint8_t bytes[MAX_COOKIE];
    size_t length;
    sctpx_time at;
    uint32_t tag;
    uint16_t port;
    uint8_t source;
    bool is_spent;    /* it has made an association: it never makes another one */
    bool is_doubtful; /* it met an association, which may have restarted with it */
};

struct run {
    struct fuzz_input in;
    struct fuzz_memory memory;
    struct test_random random;
    sctpx_endpoint *ep;
    sctpx_time now;
    struct issued cookies[COOKIES];
    size_t cookie_count;
};

/* What a packet made the endpoint do. */
struct effect {
    size_t calls;     /* of the allocator */
    size_t out_bytes; /* with headers */
    uint64_t accepted;
    size_t assocs_before, assocs_after;
};

static const sctpx_addr sources[SOURCES] = {
    {.family = SCTPX_IPV4, .udp_port = 9899, .ip = {10, 0, 0, 2}},
    {.family = SCTPX_IPV4, .udp_port = 40000, .ip = {192, 0, 2, 77}},
    {.family = SCTPX_IPV6, .udp_port = 9899, .ip = {0x20, 0x01, 0x0d, 0xb8, [15] = 2}},
    {.family = SCTPX_IPV6, .udp_port = 1, .scope_id = 3, .ip = {0xfe, 0x80, [15] = 2}},
    {.family = SCTPX_IPV4, .udp_port = 0, .ip = {127, 0, 0, 1}},
};

static sctpx_endpoint_stats stats_of(const struct run *run)
{
    sctpx_endpoint_stats stats;
    sctpx_endpoint_get_stats(run->ep, &stats);
    return stats;
}

/* ---- what comes out ---------------------------------------------------------------------- */

static void keep_cookie(struct run *run, const struct sctpxi_packet *packet, uint32_t tag,
                        const uint8_t *bytes, size_t length, uint8_t source)
{
    FUZZ_CHECK(length <= MAX_COOKIE);
    struct issued *c = &run->cookies[run->cookie_count++ % COOKIES];
    *c = (struct issued){.length = length, .at = run->now, .tag = tag, .port = packet->dst_port};
    memcpy(c->bytes, bytes, length);
    c->source = source;
}

static void look_for_cookie(struct run *run, const uint8_t *bytes, size_t length, uint8_t source)
{
    struct sctpxi_packet packet;
    FUZZ_CHECK(sctpxi_crc32c_verify(bytes, length));
    FUZZ_CHECK(sctpxi_packet_parse(bytes, length, &packet) == 0);
    if (packet.chunks[0] != SCTPXI_CHUNK_INIT_ACK)
        return;
    const uint8_t *chunk = packet.chunks;
    size_t end = sctpxi_load_u16(chunk + 2);
    for (size_t at = 20; at + 4 <= end; at += sctpxi_pad4(sctpxi_load_u16(chunk + at + 2)))
        if (sctpxi_load_u16(chunk + at) == SCTPXI_PARAM_STATE_COOKIE)
            keep_cookie(run, &packet, sctpxi_load_u32(chunk + 4), chunk + at + 4,
                        sctpxi_load_u16(chunk + at + 2) - 4u, source);
}

static size_t drain(struct run *run, uint8_t source)
{
    static uint8_t buffer[65536];
    sctpx_transmit t;
    size_t bytes = 0;
    while (sctpx_endpoint_transmit(run->ep, run->now, buffer, sizeof buffer, &t) == 1) {
        FUZZ_CHECK(t.segment_size > 0 && t.length <= sizeof buffer);
        for (size_t at = 0; at < t.length; at += t.segment_size) {
            size_t left = t.length - at;
            size_t length = left < t.segment_size ? left : t.segment_size;
            look_for_cookie(run, buffer + at, length, source);
            bytes += length + HEADERS;
        }
    }
    return bytes;
}

/* ---- what goes in ------------------------------------------------------------------------ */

static int send(struct run *run, uint8_t source, uint8_t *bytes, size_t length,
                struct effect *ret_effect)
{
    /* The end of a block, so that reading past the packet is seen. */
    uint8_t *exact = malloc(length);
    FUZZ_CHECK(exact != NULL && length >= 12);
    sctpxi_crc32c_store(bytes, length);
    memcpy(exact, bytes, length);
    sctpx_packet packet = {.remote = sources[source], .data = exact, .length = length};
    packet.local = (sctpx_addr){.family = sources[source].family, .udp_port = 9899, .ip = {10, 9}};
    sctpx_endpoint_stats before = stats_of(run);
    size_t calls = run->memory.calls;
    int result = sctpx_endpoint_receive(run->ep, run->now, &packet);
    ret_effect->calls = run->memory.calls - calls;
    ret_effect->out_bytes = drain(run, source);
    sctpx_endpoint_stats after = stats_of(run);
    ret_effect->accepted = after.cookies_accepted - before.cookies_accepted;
    ret_effect->assocs_before = before.associations;
    ret_effect->assocs_after = after.associations;
    free(exact);
    return result;
}

/* A packet that proves nothing: no memory, no association, little in return. */
static void send_as_stranger(struct run *run, uint8_t source, uint8_t *bytes, size_t length)
{
    struct effect e;
    bool is_init = sctpxi_load_u32(bytes + 4) == 0;
    send(run, source, bytes, length, &e);
    FUZZ_CHECK(e.accepted == 0 && e.assocs_after <= e.assocs_before);
    if (e.assocs_before == 0 || is_init)
        FUZZ_CHECK(e.calls == 0);
    if (e.assocs_before == 0)
        FUZZ_CHECK(e.out_bytes <= 3 * (length + HEADERS));
}

static uint16_t draw_port(struct run *run)
{
    uint8_t choice = fuzz_u8(&run->in);
    return choice < 200 ? PORT : (uint16_t)(1 + choice);
}

static void put_rest(struct run *run, struct sctpxi_writer *w, size_t max)
{
    struct fuzz_input part = fuzz_bytes(&run->in, max);
    sctpxi_writer_put_bytes(w, part.p, part.left);
}

/* An INIT with proper fixed fields and any parameters. */
static void step_init(struct run *run)
{
    uint8_t bytes[MAX_PACKET];
    struct sctpxi_writer w = sctpxi_writer_make(bytes, sizeof bytes);
    uint8_t source = (uint8_t)fuzz_below(&run->in, SOURCES), choice = fuzz_u8(&run->in);
    sctpxi_packet_begin(&w, (uint16_t)(7000 + (choice & 3)), PORT, 0);
    size_t at = sctpxi_chunk_begin(&w, SCTPXI_CHUNK_INIT, 0);
    sctpxi_writer_put_u32(&w, UINT32_C(0x11111111) * (1 + (choice >> 4)));
    sctpxi_writer_put_u32(&w, 100000);
    sctpxi_writer_put_u16(&w, 10);
    sctpxi_writer_put_u16(&w, 10);
    sctpxi_writer_put_u32(&w, 1000);
    size_t params = (size_t)fuzz_u8(&run->in) * 4 + (choice >> 2 & 3);
    put_rest(run, &w, params);
    sctpxi_chunk_end(&w, at);
    send_as_stranger(run, source, bytes, w.len);
}

/* A chunk with any value, in a packet with tag 0 or any other. */
static void step_chunk(struct run *run)
{
    uint8_t bytes[MAX_PACKET];
    struct sctpxi_writer w = sctpxi_writer_make(bytes, sizeof bytes);
    uint8_t source = (uint8_t)fuzz_below(&run->in, SOURCES), choice = fuzz_u8(&run->in);
    uint32_t tag = (choice & 1) != 0 ? 0 : fuzz_u32(&run->in);
    sctpxi_packet_begin(&w, draw_port(run), draw_port(run), tag);
    size_t at = sctpxi_chunk_begin(&w, (choice & 2) != 0 ? SCTPXI_CHUNK_INIT : fuzz_u8(&run->in),
                                   choice >> 4);
    put_rest(run, &w, fuzz_u8(&run->in));
    sctpxi_chunk_end(&w, at);
    send_as_stranger(run, source, bytes, w.len);
}

static void step_packet(struct run *run)
{
    uint8_t bytes[MAX_PACKET] = {0};
    struct sctpxi_writer w = sctpxi_writer_make(bytes, sizeof bytes);
    uint8_t source = (uint8_t)fuzz_below(&run->in, SOURCES);
    put_rest(run, &w, 12 + (size_t)fuzz_u8(&run->in) * 8);
    send_as_stranger(run, source, bytes, w.len < 12 ? 12 : w.len);
}

/* ---- cookies ----------------------------------------------------------------------------- */

/* What is done to a cookie, and to the packet around it. */
enum change {
    CHANGE_BYTE = 1 << 0,
    CHANGE_LENGTH = 1 << 1,
    CHANGE_SOURCE = 1 << 2,
    CHANGE_PORT = 1 << 3,
    CHANGE_TAG = 1 << 4,
    CHANGE_TARGET = 1 << 5,
    ADD_CHUNKS = 1 << 6
};

static size_t change_cookie(struct run *run, unsigned change, uint8_t *cookie, size_t length)
{
    if ((change & CHANGE_BYTE) != 0) {
        size_t at = fuzz_u16(&run->in) % length;
        cookie[at] ^= (uint8_t)(1 + fuzz_below(&run->in, 255));
    }
    if ((change & CHANGE_LENGTH) != 0) {
        uint8_t by = fuzz_u8(&run->in);
        length = by < 128 ? length + 1 + by : length - 1 - (by - 128u) % (length - 1);
    }
    return length;
}

/* Good, in time, in the right packet, and nothing there that it could meet. */
static bool must_succeed(const struct run *run, const struct issued *c, unsigned change,
                         const struct effect *e)
{
    return (change & ~(unsigned)ADD_CHUNKS) == 0 && e->assocs_before == 0 && !c->is_spent &&
           !c->is_doubtful && run->now - c->at <= (sctpx_time)LIFETIME_S * 1000000;
}

static void check_cookie(const struct run *run, const struct issued *c, unsigned change,
                         const struct effect *e, size_t length)
{
    bool is_stale = run->now - c->at > (sctpx_time)2 * LIFETIME_S * 1000000;
    if (must_succeed(run, c, change, e))
        FUZZ_CHECK(e->accepted == 1);
    if (c->is_spent)
        FUZZ_CHECK(e->accepted == 0);
    if ((change & ~(unsigned)ADD_CHUNKS) == 0 && !is_stale)
        return;
    FUZZ_CHECK(e->accepted == 0 && e->assocs_after <= e->assocs_before);
    if (e->assocs_before == 0)
        FUZZ_CHECK(e->calls == 0 && e->out_bytes <= 3 * (length + HEADERS));
}

static void step_cookie(struct run *run, bool is_good)
{
    uint8_t bytes[MAX_PACKET] = {0}, cookie[MAX_COOKIE + 256] = {0};
    struct sctpxi_writer w = sctpxi_writer_make(bytes, sizeof bytes);
    struct effect e;
    size_t kept = run->cookie_count < COOKIES ? run->cookie_count : COOKIES;
    if (kept == 0)
        return;
    struct issued *c = &run->cookies[fuzz_u8(&run->in) % kept];
    unsigned change = is_good ? 0 : fuzz_u8(&run->in) & 127u;
    memcpy(cookie, c->bytes, c->length);
    size_t length = change_cookie(run, change, cookie, c->length);
    uint8_t source = c->source;
    if ((change & CHANGE_SOURCE) != 0)
        source = (uint8_t)((source + 1 + fuzz_below(&run->in, SOURCES - 1)) % SOURCES);
    uint16_t from = (uint16_t)(c->port + ((change & CHANGE_PORT) != 0));
    uint16_t to = (uint16_t)(PORT + ((change & CHANGE_TARGET) != 0));
    sctpxi_packet_begin(&w, from, to, c->tag + ((change & CHANGE_TAG) != 0));
    size_t at = sctpxi_chunk_begin(&w, SCTPXI_CHUNK_COOKIE_ECHO, 0);
    sctpxi_writer_put_bytes(&w, cookie, length);
    sctpxi_chunk_end(&w, at);
    if ((change & ADD_CHUNKS) != 0)
        put_rest(run, &w, fuzz_u8(&run->in));
    const struct issued copy = *c; /* the answer may take its place */
    send(run, source, bytes, w.len, &e);
    if (c->tag == copy.tag) {
        c->is_spent |= e.accepted > 0;
        c->is_doubtful |= e.assocs_before > 0;
    }
    if ((change & ADD_CHUNKS) == 0)
        check_cookie(run, &copy, change, &e, w.len);
}

/* The server takes what waits, and leaves it. */
static void step_accept(struct run *run)
{
    sctpx_event event;
    sctpx_assoc *a;
    while (sctpx_endpoint_accept(run->ep, PORT, NULL, &a) == 0)
        sctpx_assoc_free(a, run->now);
    while (sctpx_endpoint_poll_event(run->ep, &event) == 1)
        FUZZ_CHECK(event.type == SCTPX_EVENT_INCOMING);
    drain(run, 0);
}

static void step_wait(struct run *run)
{
    uint8_t choice = fuzz_u8(&run->in);
    sctpx_time unit = choice < 128 ? 10000 : 2000000;
    run->now += unit * (choice & 127);
    sctpx_endpoint_on_deadline(run->ep, run->now);
    FUZZ_CHECK(sctpx_endpoint_next_deadline(run->ep) > run->now);
    drain(run, 0);
}

static void step(struct run *run)
{
    switch (fuzz_below(&run->in, 10)) {
    case 0:
    case 1:
    case 2:
        step_init(run);
        break;
    case 3:
        step_chunk(run);
        break;
    case 4:
        step_packet(run);
        break;
    case 5:
        step_cookie(run, true);
        break;
    case 6:
    case 7:
        step_cookie(run, false);
        break;
    case 8:
        step_accept(run);
        break;
    default:
        step_wait(run);
    }
}

static void start(struct run *run)
{
    static const sctpx_addr locals[] = {
        {.family = SCTPX_IPV4, .udp_port = 9899, .ip = {10, 9}},
        {.family = SCTPX_IPV6, .udp_port = 9899, .ip = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}},
        {.family = SCTPX_IPV4, .udp_port = 9899, .ip = {198, 51, 100, 1}},
        {.family = SCTPX_IPV6, .udp_port = 9899, .ip = {0x20, 0x01, 0x0d, 0xb8, [15] = 11}},
        {.family = SCTPX_IPV6, .udp_port = 9899, .ip = {0x20, 0x01, 0x0d, 0xb8, [15] = 12}},
        {.family = SCTPX_IPV6, .udp_port = 9899, .ip = {0x20, 0x01, 0x0d, 0xb8, [15] = 13}},
        {.family = SCTPX_IPV6, .udp_port = 9899, .ip = {0x20, 0x01, 0x0d, 0xb8, [15] = 14}},
        {.family = SCTPX_IPV6, .udp_port = 9899, .ip = {0x20, 0x01, 0x0d, 0xb8, [15] = 15}},
    };
    sctpx_endpoint_options options;
    sctpx_endpoint_options_defaults(&options);
    options.allocator = fuzz_memory_allocator(&run->memory);
    options.random = test_random_bytes;
    options.random_context = &run->random;
    run->now = 1000000;
    uint8_t choice = fuzz_u8(&run->in);
    FUZZ_CHECK(sctpx_endpoint_new(&options, run->now, &run->ep) == 0);
    for (size_t i = 0; i < 1 + choice % 8u; i++) /* all of them are more than an INIT ACK may say */
        FUZZ_CHECK(sctpx_endpoint_add_local(run->ep, &locals[i]) == 0);
    FUZZ_CHECK(sctpx_endpoint_listen(run->ep, PORT, NULL) == PORT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct run run;
    memset(&run, 0, sizeof run);
    run.in = (struct fuzz_input){data, size};
    test_random_init(&run.random, 1);
    start(&run);
    while (!fuzz_is_over(&run.in))
        step(&run);
    sctpx_endpoint_free(run.ep);
    FUZZ_CHECK(run.memory.live_blocks == 0 && run.memory.live_bytes == 0);
    return 0;
}
