/* SPDX-License-Identifier: MIT */
#include "engine/rack.h"

#include "base/timeval.h"
#include "engine/timers.h"
#include "wire/data.h"

#define DUP_THRESH 3u
#define REO_WND_PERSIST 16u
#define MAX_PASSED_OVER 64u

/* ---- what is known of a path (RFC 8985 6.2, steps 2 and 3) --------------------------------- */

static void take_newest(struct sctpxi_rack *rack, sctpx_time now, sctpx_time sent_at,
                        struct sctpxi_tsn tsn)
{
    if (sent_at < rack->sent_at)
        return;
    rack->sent_at = sent_at;
    rack->tsn = tsn;
    rack->rtt_us = sctpxi_time_since(now, sent_at);
}

/* What was sent again counts only if it cannot be an earlier copy that arrived. */
static void update(struct sctpxi_path *p, sctpx_time now, const struct sctpxi_sack_path_result *r)
{
    if (r->newest_sent_at != 0)
        take_newest(&p->rack, now, r->newest_sent_at, r->newest_tsn);
    if (r->newest_resent_at != 0 &&
        sctpxi_time_since(now, r->newest_resent_at) >= p->rto.min_rtt_us)
        take_newest(&p->rack, now, r->newest_resent_at, r->newest_resent_tsn);
    if (r->is_reordered)
        p->rack.is_reordering_seen = true;
}

void sctpxi_rack_on_sack(sctpx_assoc *a, sctpx_time now, const struct sctpxi_sack_result *result)
{
    for (uint8_t i = 0; i < a->path_count; i++)
        update(&a->paths[i], now, &result->path[i]);
}

/* Step 4, once in a round trip. Which path it was is not told: all of them. */
void sctpxi_rack_on_duplicate(sctpx_assoc *a)
{
    for (uint8_t i = 0; i < a->path_count; i++) {
        struct sctpxi_rack *rack = &a->paths[i].rack;

        if (rack->reo_wnd_persist > 0 && sctpxi_tsn_lt(a->outstanding.cum_ack, rack->round_end))
            continue;
        rack->round_end = sctpxi_tsn_prev(a->outstanding.next);
        rack->is_reordering_seen = true;
        rack->reo_wnd_persist = REO_WND_PERSIST;
        if (rack->reo_wnd_extra < UINT8_MAX)
            rack->reo_wnd_extra++;
    }
}

void sctpxi_rack_on_recovered(sctpx_assoc *a)
{
    for (uint8_t i = 0; i < a->path_count; i++) {
        struct sctpxi_rack *rack = &a->paths[i].rack;

        if (rack->reo_wnd_persist > 0 && --rack->reo_wnd_persist == 0)
            rack->reo_wnd_extra = 0;
    }
}

static sctpx_time reo_wnd(const sctpx_assoc *a, const struct sctpxi_path *p)
{
    bool is_plain = a->is_in_fast_recovery || a->outstanding.gap_acked_count >= DUP_THRESH;

    if (!p->rack.is_reordering_seen && is_plain)
        return 0;
    sctpx_time quarter = p->rto.min_rtt_us / 4;
    return sctpxi_time_min(quarter * (1u + p->rack.reo_wnd_extra), p->rto.srtt_us);
}

/* ---- marking (step 5) ----------------------------------------------------------------------- */

/*
 * Sent before the newest that has arrived. Of one moment new chunks left in the order of their
 * TSNs; one that was sent again may have been the last of them.
 */
static bool is_overtaken(const struct sctpxi_rack *rack, const struct sctpxi_sent *chunk,
                         struct sctpxi_tsn tsn)
{
    return chunk->sent_at < rack->sent_at ||
           (chunk->sent_at == rack->sent_at && sctpxi_tsn_lt(tsn, rack->tsn) &&
            !chunk->was_retransmitted);
}

/* When it will be lost, if nothing is heard of it; NEVER if nothing has overtaken it. */
static sctpx_time lost_at(const sctpx_assoc *a, const struct sctpxi_sent *chunk,
                          struct sctpxi_tsn tsn)
{
    const struct sctpxi_path *p = &a->paths[chunk->path];

    if (!is_overtaken(&p->rack, chunk, tsn))
        return SCTPX_TIME_NEVER;
    return sctpxi_time_add(chunk->sent_at, p->rack.rtt_us + reo_wnd(a, p));
}

static void mark(sctpx_assoc *a, struct sctpxi_sent *chunk, struct sctpxi_tsn tsn,
                 struct sctpxi_sack_result *result)
{
    struct sctpxi_outstanding *o = &a->outstanding;

    sctpxi_outstanding_mark_lost(o, tsn, chunk);
    result->newly_marked++;
    result->path[chunk->path].lost_bytes += sctpxi_data_size(chunk->length);
}

/*
 * In the order of sending, which for each path is that of the deadlines. Where several paths are in
 * use those of another one may lie in between; a few are passed over, the rest waits for its turn.
 */
void sctpxi_rack_detect(sctpx_assoc *a, sctpx_time now, struct sctpxi_sack_result *result)
{
    struct sctpxi_outstanding *o = &a->outstanding;
    sctpx_time deadline = SCTPX_TIME_NEVER;
    struct sctpxi_tsn tsn = o->oldest, last = o->newest;
    unsigned may_pass = a->path_count > 1 ? MAX_PASSED_OVER : 0;
    bool is_end = o->total_flight_bytes == 0;

    while (!is_end) {
        struct sctpxi_sent *chunk = sctpxi_outstanding_at(o, tsn);
        struct sctpxi_tsn next = chunk->later;
        sctpx_time at = lost_at(a, chunk, tsn);

        is_end = sctpxi_tsn_eq(tsn, last);
        if (at <= now)
            mark(a, chunk, tsn, result);
        else
            is_end |= may_pass-- == 0;
        if (at > now)
            deadline = sctpxi_time_min(deadline, at);
        tsn = next;
    }
    sctpxi_timers_set_loss(a, deadline, false);
}
