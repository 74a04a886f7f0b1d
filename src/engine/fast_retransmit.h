/* SPDX-License-Identifier: MIT */
/*
 * Missing reports and marking for fast retransmit while a SACK is worked in (RFC 9260 7.2.4): a
 * part of sack_process.c's work, on what is outstanding. Only with SCTPX_LOSS_RFC9260: by default
 * losses are rack.h's. Entering and leaving fast recovery is recovery.h's.
 */
#ifndef SCTPXI_ENGINE_FAST_RETRANSMIT_H
#define SCTPXI_ENGINE_FAST_RETRANSMIT_H

#include "engine/gap_runs.h"
#include "engine/outstanding.h"
#include "wire/sack.h"

/* One SACK on its way through. */
struct sctpxi_sack_work {
    struct sctpxi_outstanding *o;
    const struct sctpxi_sack *sack;
    struct sctpxi_sack_result *result;
    struct sctpxi_gap_repeats repeats; /* what of the blocks is known already */
};

/* TSNs as gap blocks give them: from the cumulative point on, 1 is the first outstanding. */
static inline uint32_t sctpxi_sack_offset(const struct sctpxi_outstanding *o, struct sctpxi_tsn tsn)
{
    return tsn.v - o->cum_ack.v;
}

/*
 * Everything up to here counts as reported missing if no block holds it: below the HTNA, or
 * everything the blocks speak of when the point advances in fast recovery (7.2.4). A point that
 * reaches the exit ends fast recovery (6.2.1 iv).
 */
uint32_t sctpxi_fast_retransmit_limit(const struct sctpxi_sack_work *work,
                                      const struct sctpxi_tsn *exit, uint32_t htna);

/*
 * One report for everything missing up to the limit: what the blocks hold is gap-acked by now. A
 * chunk gets at most three until it is marked, and those that can get none are not looked at, so
 * the work per chunk is bounded however many SACKs report it.
 */
void sctpxi_fast_retransmit_count(struct sctpxi_sack_work *work, uint32_t limit);

/* 7.2.4: the third report marks, unless the chunk had its fast retransmission. */
void sctpxi_fast_retransmit_note_miss(struct sctpxi_sack_work *work, struct sctpxi_tsn tsn);

#endif
