/* SPDX-License-Identifier: MIT */
/*
 * The runs of gap-acked chunks of what is outstanding, as the last SACK left them: an ascending
 * list of low halves of TSNs (first and last of each run), which lie in the ring's memory. Runs
 * never touch each other, so half as many as there are slots have room. A SACK mostly repeats what
 * the one before it said: how much of it is found by comparing the bytes, many blocks at a time,
 * and only the rest is looked at block by block.
 */
#ifndef SCTPXI_ENGINE_GAP_RUNS_H
#define SCTPXI_ENGINE_GAP_RUNS_H

#include "engine/outstanding.h"
#include "wire/sack.h"

/* How many runs, from the first on and up to the last, the blocks of a SACK repeat. */
struct sctpxi_gap_repeats {
    uint32_t leading, trailing;
};

/*
 * What a SACK repeats, whose blocks need not be sane and whose cumulative point is not worked in
 * yet: of the runs beyond it. Changes nothing.
 */
struct sctpxi_gap_repeats sctpxi_gap_runs_repeated(const struct sctpxi_outstanding *o,
                                                   const struct sctpxi_sack *sack);

/* Forgets the runs up to a new cumulative point; one that reaches over it begins after it. */
void sctpxi_gap_runs_cut(struct sctpxi_outstanding *o, struct sctpxi_tsn cum);

/* Forgets the first run. */
void sctpxi_gap_runs_drop_first(struct sctpxi_outstanding *o);

/* Makes the blocks of a sane SACK, whose cumulative point is worked in, the runs. */
void sctpxi_gap_runs_store(struct sctpxi_outstanding *o, const struct sctpxi_sack *sack,
                           struct sctpxi_gap_repeats repeats);

/* Bytes of the list for a ring of this capacity. */
static inline size_t sctpxi_gap_runs_bytes(uint32_t capacity)
{
    return capacity / 2 * 2 * sizeof(uint16_t);
}

/* The i-th run, i < gap_runs: its first and its last TSN as offsets from the cumulative point. */
static inline uint32_t sctpxi_gap_run_first(const struct sctpxi_outstanding *o, uint32_t i)
{
    return (uint16_t)(o->runs[2 * (o->run_at + i)] - o->cum_ack.v);
}

static inline uint32_t sctpxi_gap_run_last(const struct sctpxi_outstanding *o, uint32_t i)
{
    return (uint16_t)(o->runs[2 * (o->run_at + i) + 1] - o->cum_ack.v);
}

#endif
