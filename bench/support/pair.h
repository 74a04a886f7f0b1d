/* SPDX-License-Identifier: MIT */
/*
 * Two sctpx endpoints in one thread whose packets are handed over in memory. Side 0 connects, side
 * 1 listens on BENCH_PAIR_PORT. Each has an allocator that counts. Owns both.
 */
#ifndef BENCH_SUPPORT_PAIR_H
#define BENCH_SUPPORT_PAIR_H

#include <sctpx/engine.h>

#define BENCH_PAIR_PORT 7

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
    uint32_t up;           /* associations that side 1 accepted */
    sctpx_assoc *accepted; /* the last of them */
    void (*on_event)(struct bench_pair *pair, int side, const sctpx_event *event, void *user);
    void *user;
    uint8_t buffer[65536];
};

void bench_pair_init(struct bench_pair *pair, const sctpx_assoc_options *options);
void bench_pair_done(struct bench_pair *pair);

/* Starts one association from a port of side 0, of which there are 64,000: ports 1024 and up. */
sctpx_assoc *bench_pair_connect(struct bench_pair *pair, uint32_t number);

/* Hands events out and packets over until neither side has any, and runs what is due. */
void bench_pair_settle(struct bench_pair *pair);

/* One step of it: events and packets of one side. Returns how many packets there were. */
size_t bench_pair_carry(struct bench_pair *pair, int side);

#endif
