/* SPDX-License-Identifier: MIT */
/* Which chunks are to be sent again, and in what order: by TSN (RFC 9260 6.1 C, 6.3.3, 6.10). */
#include <assert.h>

#include "engine/outstanding.h"

uint32_t sctpxi_outstanding_mark_path(struct sctpxi_outstanding *o, uint8_t path)
{
    struct sctpxi_tsn tsn = sctpxi_tsn_next(o->cum_ack);
    unsigned set = sctpxi_outstanding_path_set(o, path);
    uint32_t marked = 0;

    for (; sctpxi_outstanding_has_flight(o, path); tsn = sctpxi_tsn_next(tsn)) {
        if (!sctpxi_outstanding_find(o, set, tsn, &tsn))
            break;
        struct sctpxi_sent *chunk = sctpxi_outstanding_at(o, tsn);

        if (chunk->state != SCTPXI_SENT_IN_FLIGHT)
            continue;
        sctpxi_outstanding_leave(o, tsn, chunk);
        sctpxi_outstanding_enter(o, tsn, chunk, SCTPXI_SENT_MARKED);
        marked++;
    }
    assert(sctpxi_outstanding_flight(o, path).bytes == 0);
    return marked;
}

void sctpxi_outstanding_mark_lost(struct sctpxi_outstanding *o, struct sctpxi_tsn tsn,
                                  struct sctpxi_sent *chunk)
{
    chunk->was_fast_retransmitted = true;
    sctpxi_outstanding_leave(o, tsn, chunk);
    sctpxi_outstanding_enter(o, tsn, chunk, SCTPXI_SENT_MARKED);
}

bool sctpxi_outstanding_next_marked(const struct sctpxi_outstanding *o, struct sctpxi_tsn *ret_tsn)
{
    return o->marked_count > 0 &&
           sctpxi_outstanding_find(o, SCTPXI_SENT_SET_MARKED, sctpxi_tsn_next(o->cum_ack), ret_tsn);
}

void sctpxi_outstanding_renumber(struct sctpxi_outstanding *o, const uint8_t *to)
{
    struct sctpxi_tsn tsn = sctpxi_tsn_next(o->cum_ack);

    assert(o->total_flight_bytes == 0);
    for (; !sctpxi_tsn_eq(tsn, o->next); tsn = sctpxi_tsn_next(tsn)) {
        struct sctpxi_sent *chunk = sctpxi_outstanding_at(o, tsn);
        enum sctpxi_sent_state state = (enum sctpxi_sent_state)chunk->state;

        sctpxi_outstanding_leave(o, tsn, chunk);
        chunk->path = to[chunk->path] < SCTPX_MAX_PATHS ? to[chunk->path] : 0;
        sctpxi_outstanding_enter(o, tsn, chunk, state);
    }
}

void sctpxi_outstanding_resent(struct sctpxi_outstanding *o, struct sctpxi_tsn tsn, uint8_t path,
                               sctpx_time now, bool fast)
{
    struct sctpxi_sent *chunk = sctpxi_outstanding_at(o, tsn);

    assert(chunk->state == SCTPXI_SENT_MARKED && path < SCTPX_MAX_PATHS);
    sctpxi_outstanding_leave(o, tsn, chunk);
    chunk->path = path; /* 6.4: it now counts on the path it was sent to last */
    chunk->sent_at = now;
    chunk->misses = 0;
    chunk->was_retransmitted = true;
    chunk->was_fast_retransmitted = chunk->was_fast_retransmitted || fast;
    o->last_resent_at = now;
    sctpxi_outstanding_enter(o, tsn, chunk, SCTPXI_SENT_IN_FLIGHT);
}
