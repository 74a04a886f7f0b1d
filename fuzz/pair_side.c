/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz/pair.h"
#include "support/engine_rig.h"

enum {
    MAX_EVENTS = 2000,  /* of one service; far more than streams, paths and kinds */
    MAX_PACKETS = 2000, /* the same; far more than all send buffers hold */
    MAX_DEADLINES = 64  /* run one by one; then time jumps */
};

static void draw_random(void *context, void *ret_bytes, size_t size)
{
    struct pair_side *side = context;
    uint8_t *bytes = ret_bytes;
    test_random_bytes(&side->random, bytes, size);
    for (size_t i = 0; side->is_random_high && i < size; i++)
        bytes[i] |= i % 4 != 0 ? 0xff : 0;
}

/* ---- options ----------------------------------------------------------------------------- */

void pair_draw_options(uint16_t choice, sctpx_assoc_options *options)
{
    static const uint32_t mtus[] = {1500, 576, 1280, 9000};
    static const size_t buffers[] = {65536, 3000, 1500, 20000};
    options->mtu = mtus[choice & 3];
    options->rcvbuf_bytes = buffers[choice >> 2 & 3];
    options->partial_delivery = (choice >> 4 & 1) != 0;
    options->sndbuf_bytes = (choice >> 5 & 1) != 0 ? 4000 : 65536;
    options->max_burst = (choice >> 6 & 1) != 0 ? 0 : 4;
    options->nagle = (choice >> 7 & 1) != 0;
    options->sack_packets = (choice >> 8 & 1) != 0 ? 1 : 2;
    options->hb_interval_us = (choice >> 9 & 1) != 0 ? SCTPX_TIME_NEVER : 30000000;
    options->rto_min_us = (choice >> 10 & 1) != 0 ? 1000 : 1000000;
    options->rto_initial_us = options->rto_min_us;
    options->rto_max_us = (choice >> 10 & 1) != 0 ? 50000 : 60000000;
    options->out_streams = (choice >> 11 & 1) != 0 ? 2 : 65535;
    options->max_in_streams = (choice >> 12 & 1) != 0 ? 2 : 65535;
    options->max_message_bytes = (choice >> 13 & 1) != 0 ? 5000 : 1 << 24;
    options->refuse_restart = (choice >> 14 & 1) != 0;
    options->sndbuf_stream_bytes = (choice >> 15 & 1) != 0 ? 2000 : 0;
}

/* ---- life -------------------------------------------------------------------------------- */

static void start_endpoint(struct pair_side *side)
{
    side->memory.fail_count = 0;
    FUZZ_CHECK(sctpx_endpoint_new(&side->options, side->pair->now, &side->endpoint) == 0);
    for (size_t i = 0; i < side->addr_count; i++)
        FUZZ_CHECK(sctpx_endpoint_add_local(side->endpoint, &side->addrs[i]) == 0);
    FUZZ_CHECK(sctpx_endpoint_listen(side->endpoint, PAIR_PORT, NULL) == PAIR_PORT);
}

static void start_side(struct pair *pair, unsigned index)
{
    struct pair_side *side = &pair->sides[index];
    uint8_t choice = fuzz_u8(&pair->in);
    side->pair = pair;
    side->index = index;
    test_random_init(&side->random, 1 + index);
    side->is_random_high = (choice & 16) != 0;
    side->is_lazy = (choice & 32) != 0;
    sctpx_endpoint_options_defaults(&side->options);
    side->options.allocator = fuzz_memory_allocator(&side->memory);
    side->options.random = draw_random;
    side->options.random_context = side;
    pair_draw_options(fuzz_u16(&pair->in), &side->options.assoc);
    side->public_port = PAIR_UDP_PORT;
    side->addr_count = 1u + (choice & 3u) % PAIR_ADDRS;
    for (size_t i = 0; i < side->addr_count; i++)
        side->addrs[i] = (sctpx_addr){.family = SCTPX_IPV4,
                                      .udp_port = PAIR_UDP_PORT,
                                      .ip = {10, (uint8_t)(1 + i), 0, (uint8_t)(1 + index)}};
    if (side->addr_count == PAIR_ADDRS) /* the third one is IPv6 */
        side->addrs[2] = (sctpx_addr){.family = SCTPX_IPV6,
                                      .udp_port = PAIR_UDP_PORT,
                                      .ip = {0xfd, [15] = (uint8_t)(1 + index)}};
    start_endpoint(side);
}

void pair_start(struct pair *pair)
{
    pair->now = 1000000;
    start_side(pair, 0);
    start_side(pair, 1);
}

static void stop_endpoint(struct pair_side *side)
{
    sctpx_endpoint_free(side->endpoint);
    side->endpoint = NULL;
    FUZZ_CHECK(side->memory.live_blocks == 0 && side->memory.live_bytes == 0);
}

void pair_stop(struct pair *pair)
{
    for (unsigned i = 0; i < 2; i++) {
        stop_endpoint(&pair->sides[i]);
        while (pair->sides[i].queue_count > 0)
            pair_drop(&pair->sides[i], 0);
    }
}

void pair_crash(struct pair_side *side)
{
    pair_trace(side->pair, "side %u crashes", side->index);
    stop_endpoint(side);
    pair_drop_cookie_acks(pair_other(side));
    for (unsigned i = 0; i < side->pair->end_count; i++)
        if (side->pair->ends[i].side == side)
            side->pair->ends[i].assoc = NULL;
    start_endpoint(side);
}

/* ---- work -------------------------------------------------------------------------------- */

static unsigned take_events(struct pair_side *side)
{
    sctpx_event event;
    unsigned count = 0;
    while (sctpx_endpoint_poll_event(side->endpoint, &event) == 1) {
        FUZZ_CHECK(++count < MAX_EVENTS);
        if (event.type == SCTPX_EVENT_INCOMING) {
            FUZZ_CHECK(event.port == PAIR_PORT && event.assoc == NULL);
            if (!side->is_lazy)
                pair_accept(side);
        } else {
            pair_on_event(side, &event);
        }
    }
    return count;
}

static unsigned take_packets(struct pair_side *side)
{
    static uint8_t buffer[65536];
    sctpx_transmit t;
    unsigned count = 0;
    while (sctpx_endpoint_transmit(side->endpoint, side->pair->now, buffer, sizeof buffer, &t) ==
           1) {
        FUZZ_CHECK(t.segment_size > 0 && t.length > 0 && t.length <= sizeof buffer);
        for (size_t at = 0; at < t.length; at += t.segment_size) {
            size_t left = t.length - at;
            pair_post(side, &t.local, &t.remote, buffer + at,
                      left < t.segment_size ? left : t.segment_size);
            FUZZ_CHECK(++count < MAX_PACKETS);
        }
    }
    return count;
}

/* The endpoint agrees with itself, and nothing waits without a timer. */
static void check_side(const struct pair_side *side)
{
    static struct engine_rig rig; /* only what the check looks at */
    rig.ep = side->endpoint;
    rig.ta.live_bytes = side->memory.live_bytes;
    engine_rig_check(&rig);
    FUZZ_CHECK(sctpx_endpoint_next_deadline(side->endpoint) > side->pair->now);
}

void pair_service(struct pair_side *side)
{
    while (take_events(side) + take_packets(side) > 0)
        ;
    check_side(side);
}

/* ---- time -------------------------------------------------------------------------------- */

sctpx_time pair_next_deadline(const struct pair *pair)
{
    sctpx_time a = sctpx_endpoint_next_deadline(pair->sides[0].endpoint);
    sctpx_time b = sctpx_endpoint_next_deadline(pair->sides[1].endpoint);
    return a < b ? a : b;
}

static void run_deadlines(struct pair *pair)
{
    for (unsigned i = 0; i < 2; i++) {
        struct pair_side *side = &pair->sides[i];
        if (sctpx_endpoint_next_deadline(side->endpoint) > pair->now)
            continue;
        sctpx_endpoint_on_deadline(side->endpoint, pair->now);
        pair_service(side);
    }
}

void pair_run_until(struct pair *pair, sctpx_time then)
{
    for (unsigned n = 0; n < MAX_DEADLINES && pair_next_deadline(pair) <= then; n++) {
        if (pair_next_deadline(pair) > pair->now)
            pair->now = pair_next_deadline(pair);
        run_deadlines(pair);
    }
    pair->now = then;
    run_deadlines(pair);
}
