/* SPDX-License-Identifier: MIT */
#include "engine/fast_retransmit.h"

#include "wire/data.h"

#define MISSES_FOR_FAST_RETRANSMIT 3u

uint32_t sctpxi_fast_retransmit_limit(const struct sctpxi_sack_work *work,
                                      const struct sctpxi_tsn *exit, uint32_t htna)
{
    bool is_in_recovery = exit != NULL && sctpxi_tsn_lt(work->sack->cum_tsn, *exit);

    if (is_in_recovery && work->result->cum_advanced && work->sack->n_gaps > 0)
        return sctpxi_sack_gap(work->sack, work->sack->n_gaps - 1u).end;
    return htna;
}

void sctpxi_fast_retransmit_note_miss(struct sctpxi_sack_work *work, struct sctpxi_tsn tsn)
{
    struct sctpxi_outstanding *o = work->o;
    struct sctpxi_sent *chunk = sctpxi_outstanding_at(o, tsn);

    o->looked_at++;
    if (chunk->state != SCTPXI_SENT_IN_FLIGHT || chunk->was_fast_retransmitted)
        return;
    if (++chunk->misses < MISSES_FOR_FAST_RETRANSMIT)
        return;
    sctpxi_outstanding_mark_lost(o, tsn, chunk);
    work->result->newly_marked++;
    work->result->path[chunk->path].lost_bytes += sctpxi_data_size(chunk->length);
}

void sctpxi_fast_retransmit_count(struct sctpxi_sack_work *work, uint32_t limit)
{
    struct sctpxi_outstanding *o = work->o;
    struct sctpxi_tsn tsn = sctpxi_tsn_next(o->cum_ack);

    while (sctpxi_outstanding_find(o, SCTPXI_SENT_SET_MISSABLE, tsn, &tsn) &&
           sctpxi_sack_offset(o, tsn) <= limit) {
        sctpxi_fast_retransmit_note_miss(work, tsn);
        tsn = sctpxi_tsn_next(tsn);
    }
}
