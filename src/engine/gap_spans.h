/* SPDX-License-Identifier: MIT */
/*
 * Gap blocks of a SACK and the runs of chunks that are gap-acked already, both as ascending lists
 * of spans: what is in one list but not in the other is what the SACK newly acknowledges or takes
 * back, found in time proportional to the length of the lists. What both have at their ends need
 * not be walked through (gap_runs.h). Owns nothing.
 */
#ifndef SCTPXI_ENGINE_GAP_SPANS_H
#define SCTPXI_ENGINE_GAP_SPANS_H

#include "engine/gap_runs.h"
#include "engine/outstanding.h"
#include "wire/sack.h"

/* Offsets from the Cumulative TSN Ack Point, both included. */
struct sctpxi_span {
    uint32_t first, last;
};

/* Where a walk through a list is. */
struct sctpxi_span_walk {
    const struct sctpxi_outstanding *o; /* walks its runs, */
    const struct sctpxi_sack *sack;     /* or these blocks, if not NULL */
    uint32_t index, end;                /* of runs or blocks */
    struct sctpxi_span now;
    bool has; /* now is valid */
};

/*
 * At the first block of a sane SACK, without those it repeats. Blocks that touch each other come
 * as one span.
 */
struct sctpxi_span_walk sctpxi_span_walk_blocks(const struct sctpxi_sack *sack,
                                                struct sctpxi_gap_repeats without);

/*
 * At the first run, without those that are repeated. Runs must not be changed during the walk,
 * states of chunks may.
 */
struct sctpxi_span_walk sctpxi_span_walk_runs(const struct sctpxi_outstanding *o,
                                              struct sctpxi_gap_repeats without);

/* On to the next span, if there is one. */
void sctpxi_span_walk_next(struct sctpxi_span_walk *w);

/* The next span of a that is outside of all of b; false at the end. Moves both walks on. */
bool sctpxi_span_difference(struct sctpxi_span_walk *a, struct sctpxi_span_walk *b,
                            struct sctpxi_span *ret_span);

#endif
