/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "support/figure.h"
#include "support/pair.h"

static void *count_alloc(void *context, size_t size)
{
    struct bench_side *side = context;
    void *memory = malloc(size);
    if (memory == NULL)
        return NULL;
    side->used_bytes += size;
    side->blocks++;
    side->allocations++;
    return memory;
}

static void count_free(void *context, void *memory, size_t size)
{
    struct bench_side *side = context;
    side->used_bytes -= size;
    side->blocks--;
    free(memory);
}

/* Nobody attacks a bench; what counts is that drawing costs next to nothing on both stacks. */
static void draw(void *context, void *ret_bytes, size_t size)
{
    uint64_t *state = context;
    uint8_t *bytes = ret_bytes;
    for (size_t i = 0; i < size; i++) {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        bytes[i] = (uint8_t)(*state >> 32);
    }
}

static void side_init(struct bench_pair *pair, struct bench_side *side, uint8_t number,
                      const sctpx_assoc_options *assoc)
{
    static uint64_t random_state = UINT64_C(88172645463325252);
    sctpx_endpoint_options options;
    sctpx_endpoint_options_defaults(&options);
    options.allocator = (sctpx_allocator){count_alloc, count_free, side};
    options.random = draw;
    options.random_context = &random_state;
    options.init_rate = options.init_burst = UINT32_MAX; /* nobody floods here */
    if (assoc != NULL)
        options.assoc = *assoc;
    side->addr = (sctpx_addr){.family = SCTPX_IPV4, .udp_port = 9899, .ip = {10, 0, 0, number}};
    if (sctpx_endpoint_new(&options, pair->now, &side->endpoint) < 0 ||
        sctpx_endpoint_add_local(side->endpoint, &side->addr) < 0)
        bench_fail("sctpx_endpoint_new");
}

void bench_pair_init(struct bench_pair *pair, const sctpx_assoc_options *options)
{
    sctpx_listen_options listening;
    memset(pair, 0, sizeof *pair);
    pair->now = bench_now_us();
    side_init(pair, &pair->side[0], 1, options);
    side_init(pair, &pair->side[1], 2, options);
    sctpx_listen_options_defaults(pair->side[1].endpoint, &listening);
    for (uint16_t i = 0; i < 2; i++)
        if (sctpx_endpoint_listen(pair->side[1].endpoint, BENCH_PAIR_PORT + i, &listening) < 0)
            bench_fail("sctpx_endpoint_listen");
}

void bench_pair_done(struct bench_pair *pair)
{
    sctpx_endpoint_free(pair->side[0].endpoint);
    sctpx_endpoint_free(pair->side[1].endpoint);
}

sctpx_assoc *bench_pair_connect(struct bench_pair *pair, uint32_t number)
{
    sctpx_assoc *assoc;
    if (sctpx_endpoint_connect(pair->side[0].endpoint, pair->now, &pair->side[1].addr, 1,
                               (uint16_t)(BENCH_PAIR_PORT + number / 64000 % 2),
                               (uint16_t)(1024 + number % 64000), NULL, NULL, &assoc) < 0)
        bench_fail("sctpx_endpoint_connect");
    return assoc;
}

static void accept_all(struct bench_pair *pair, uint16_t port)
{
    while (sctpx_endpoint_accept(pair->side[1].endpoint, port, NULL, &pair->accepted) == 0)
        pair->up++;
}

static void poll_events(struct bench_pair *pair, int side)
{
    sctpx_event event;
    while (sctpx_endpoint_poll_event(pair->side[side].endpoint, &event) > 0) {
        if (event.type == SCTPX_EVENT_INCOMING)
            accept_all(pair, event.port);
        if (pair->on_event != NULL)
            pair->on_event(pair, side, &event, pair->user);
    }
}

/* Cuts what was made for UDP_SEGMENT into the packets it stands for. */
static size_t hand_over(struct bench_pair *pair, int from, const sctpx_transmit *train)
{
    struct bench_side *to = &pair->side[1 - from];
    sctpx_packet packet = {.local = to->addr, .remote = pair->side[from].addr};
    size_t n = 0;
    for (size_t at = 0; at < train->length; at += packet.length, n++) {
        size_t left = train->length - at;
        packet.data = pair->buffer + at;
        packet.length = left < train->segment_size ? left : train->segment_size;
        if (packet.length > pair->side[from].longest_packet)
            pair->side[from].longest_packet = packet.length;
        sctpx_endpoint_receive(to->endpoint, pair->now, &packet);
    }
    pair->side[from].packets += n;
    return n;
}

void bench_pair_deadlines(struct bench_pair *pair, int side)
{
    sctpx_endpoint *endpoint = pair->side[side].endpoint;
    if (sctpx_endpoint_next_deadline(endpoint) <= pair->now)
        sctpx_endpoint_on_deadline(endpoint, pair->now);
    poll_events(pair, side);
}

size_t bench_pair_carry(struct bench_pair *pair, int side)
{
    sctpx_endpoint *endpoint = pair->side[side].endpoint;
    sctpx_transmit train;
    size_t n = 0;
    bench_pair_deadlines(pair, side);
    while (sctpx_endpoint_transmit(endpoint, pair->now, pair->buffer, sizeof pair->buffer, &train) >
           0)
        n += hand_over(pair, side, &train);
    return n;
}

void bench_pair_tick(struct bench_pair *pair)
{
    pair->now = pair->step_us > 0 ? pair->now + pair->step_us : bench_now_us();
}

void bench_pair_settle(struct bench_pair *pair)
{
    size_t n;
    do {
        bench_pair_tick(pair);
        n = bench_pair_carry(pair, 0);
        n += bench_pair_carry(pair, 1);
    } while (n > 0);
}
