/* SPDX-License-Identifier: MIT */
/*
 * Two sctpx endpoints in one thread whose packets are handed over in memory. Side 0 connects, side
 * 1 listens on BENCH_PAIR_PORT. Each has an allocator that counts. Owns both.
 */
#ifndef BENCH_SUPPORT_PAIR_H
#define BENCH_SUPPORT_PAIR_H

#include <sctpx/engine.h>

#define BENCH_PAIR_PORT 7 /* and the next one, for those that the first has no room for */

struct bench_side {
    sctpx_endpoint *endpoint;
    sctpx_addr addr;
    size_t used_bytes, blocks; /* allocated and not freed */
    uint64_t allocations;      /* since the start */
    uint64_t packets;          /* sent */
    size_t longest_packet;
};

struct bench_pair {
    struct bench_side side[2];
    sctpx_time now;
    sctpx_time step_us;    /* > 0: no clock, so much goes by with each step of settling */
    uint32_t up;           /* associations that side 1 accepted */
    sctpx_assoc *accepted; /* the last of them */
    void (*on_event)(struct bench_pair *pair, int side, const sctpx_event *event, void *user);
    void *user;
    uint8_t buffer[65536];
};

void bench_pair_init(struct bench_pair *pair, const sctpx_assoc_options *options);
void bench_pair_done(struct bench_pair *pair);

/* Starts one association; there can be 128,000, each with another number. */
sctpx_assoc *bench_pair_connect(struct bench_pair *pair, uint32_t number);

/* Time goes by. */
void bench_pair_tick(struct bench_pair *pair);

/* Hands events out and packets over until neither side has any, and runs what is due. */
void bench_pair_settle(struct bench_pair *pair);

/* One step of it: events and packets of one side. Returns how many packets there were. */
size_t bench_pair_carry(struct bench_pair *pair, int side);

/* Only what comes before the packets: runs what is due, hands events out. */
void bench_pair_deadlines(struct bench_pair *pair, int side);

#endif
