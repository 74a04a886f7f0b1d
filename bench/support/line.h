/* SPDX-License-Identifier: MIT */
/*
 * A line between the two endpoints of a bench_pair on which packets of side 0 wait their turn: in
 * order, so many at a time, and some of them get lost. SACKs and all else from side 1 arrive at
 * once. Owns the packets on the line.
 */
#ifndef BENCH_SUPPORT_LINE_H
#define BENCH_SUPPORT_LINE_H

#include "support/pair.h"

struct bench_line {
    struct bench_pair *pair;
    uint8_t *bytes; /* ring of packets, each behind its length */
    size_t size, first, last;
    uint32_t waiting;
    uint64_t sent; /* packets by either side */
    /* Whether a packet of side 0 that carries DATA gets lost; may be NULL. */
    bool (*loses)(const uint8_t *packet, size_t length, void *user);
    void *user;
};

/* bytes: the most that is ever on the line. */
void bench_line_init(struct bench_line *line, struct bench_pair *pair, size_t bytes);
void bench_line_done(struct bench_line *line);

/*
 * What side 0 has to send goes onto the line, and what waits beyond `longest` packets arrives at
 * side 1, whose answers arrive at side 0.
 */
void bench_line_turn(struct bench_line *line, uint32_t longest);

/* The same, but one packet arrives, whatever waits. */
void bench_line_step(struct bench_line *line);

/* TSN of the first DATA chunk of a packet; false: it begins with another chunk. */
bool bench_line_tsn(const uint8_t *packet, size_t length, uint32_t *ret_tsn);

#endif
