/* SPDX-License-Identifier: MIT */
/*
 * Working a SACK into what is outstanding (RFC 9260 6.2.1, 6.3.2); missing reports are
 * fast_retransmit.c's. TSNs are handled as offsets from the cumulative point, as gap blocks give
 * them; offset 1 is the first outstanding.
 */
#include <string.h>

#include <sctpx/error.h>

#include "engine/fast_retransmit.h"
#include "engine/gap_spans.h"
#include "wire/data.h"

/* ---- acknowledging ----------------------------------------------------------------------- */

/*
 * 6.3.1 C5. A gap block names a chunk as soon as it arrives. The cumulative point may be late: it
 * passes chunks whose own SACK got lost when a retransmission fills the hole before them, so then
 * no retransmission must have happened since the chunk was sent.
 */
static bool can_give_rtt(const struct sctpxi_outstanding *o, const struct sctpxi_sent *chunk,
                         bool by_gap)
{
    return !chunk->was_retransmitted && (by_gap || chunk->sent_at >= o->last_resent_at);
}

/* For rack.h: how new what arrives is, and whether it was overtaken. */
static void note_order(struct sctpxi_outstanding *o, struct sctpxi_tsn tsn,
                       const struct sctpxi_sent *chunk, struct sctpxi_sack_path_result *path)
{
    if (chunk->was_retransmitted) {
        if (chunk->sent_at >= path->newest_resent_at) {
            path->newest_resent_at = chunk->sent_at;
            path->newest_resent_tsn = tsn;
        }
        return;
    }
    if (chunk->sent_at >= path->newest_sent_at) {
        path->newest_sent_at = chunk->sent_at;
        path->newest_tsn = tsn;
    }
    if (sctpxi_tsn_lt(tsn, o->highest_acked))
        path->is_reordered = true;
    else
        o->highest_acked = tsn;
}

/*
 * Notes what an acknowledged chunk tells about its path. One that waits for its retransmission has
 * been given up there: that it arrived after all, or another copy of it did, is no sign of life
 * (the ambiguity of 8.2). Bytes, RTT and being newly acknowledged
 * (7.2.4) count once per chunk, so that a peer gains nothing by taking back and reporting again.
 * Returns whether it is the first time.
 */
static bool note_acked(struct sctpxi_sack_work *work, struct sctpxi_tsn tsn,
                       struct sctpxi_sent *chunk, bool by_gap)
{
    struct sctpxi_sack_path_result *path = &work->result->path[chunk->path];

    if (chunk->state == SCTPXI_SENT_IN_FLIGHT)
        path->is_answered = true;
    else if (chunk->state == SCTPXI_SENT_MARKED)
        work->result->came_late++;
    if (!path->earliest_acked)
        path->earliest_acked = !by_gap || sctpxi_outstanding_is_earliest(work->o, tsn, chunk->path);
    if (chunk->was_acked)
        return false;
    chunk->was_acked = true;
    path->acked_bytes += sctpxi_data_size(chunk->length);
    note_order(work->o, tsn, chunk, path);
    if (can_give_rtt(work->o, chunk, by_gap)) {
        path->has_rtt = true; /* ascending TSNs: the last one is the newest */
        path->rtt_sent_at = chunk->sent_at;
    }
    return true;
}

/* The cumulative point passes a chunk: only now is it delivered for good (7.1). */
static void pass_chunk(struct sctpxi_sack_work *work, struct sctpxi_tsn tsn)
{
    struct sctpxi_outstanding *o = work->o;
    struct sctpxi_sent *chunk = sctpxi_outstanding_at(o, tsn);

    if (chunk->state != SCTPXI_SENT_GAP_ACKED)
        (void)note_acked(work, tsn, chunk, false);
    work->result->path[chunk->path].cum_acked = true;
    sctpxi_outstanding_leave(o, tsn, chunk);
    sctpxi_tx_queue_on_acked(o->queue, chunk->message, chunk->length);
    sctpxi_tx_queue_release(o->queue, chunk->message);
    chunk->message = NULL;
}

static void advance_cum(struct sctpxi_sack_work *work, struct sctpxi_tsn cum)
{
    struct sctpxi_outstanding *o = work->o;

    work->result->cum_advanced = !sctpxi_tsn_eq(cum, o->cum_ack);
    if (o->gap_runs > 0)
        sctpxi_gap_runs_cut(o, cum);
    while (!sctpxi_tsn_eq(o->cum_ack, cum)) {
        /* Messages were sent long ago; what a free slot points to is harmless to fetch. */
        __builtin_prefetch(o->ring[(o->cum_ack.v + 4) & (o->capacity - 1)].message, 1);
        pass_chunk(work, sctpxi_tsn_next(o->cum_ack));
        o->cum_ack = sctpxi_tsn_next(o->cum_ack);
    }
}

/* Returns the highest offset acknowledged for the first time (the HTNA of 7.2.4), 0 if none. */
static uint32_t ack_gaps(struct sctpxi_sack_work *work)
{
    struct sctpxi_outstanding *o = work->o;
    struct sctpxi_span_walk blocks = sctpxi_span_walk_blocks(work->sack, work->repeats);
    struct sctpxi_span_walk runs = sctpxi_span_walk_runs(o, work->repeats);
    struct sctpxi_span span;
    uint32_t highest = 0;

    while (sctpxi_span_difference(&blocks, &runs, &span)) {
        for (uint32_t offset = span.first; offset <= span.last; offset++) {
            struct sctpxi_tsn tsn = sctpxi_tsn_add(o->cum_ack, offset);
            struct sctpxi_sent *chunk = sctpxi_outstanding_at(o, tsn);

            if (note_acked(work, tsn, chunk, true))
                highest = offset;
            sctpxi_outstanding_leave(o, tsn, chunk);
            sctpxi_outstanding_enter(o, tsn, chunk, SCTPXI_SENT_GAP_ACKED);
        }
    }
    return highest;
}

/* ---- what the blocks hold now, and what they do no more ----------------------------------- */

static void take_back_chunk(struct sctpxi_outstanding *o, struct sctpxi_tsn tsn)
{
    struct sctpxi_sent *chunk = sctpxi_outstanding_at(o, tsn);

    chunk->misses = 0;
    o->taken_back++;
    sctpxi_outstanding_leave(o, tsn, chunk);
    sctpxi_outstanding_enter(o, tsn, chunk, SCTPXI_SENT_IN_FLIGHT);
}

/*
 * 6.2.1 iii: what was gap-acked and is not any more is in flight again, with one missing report.
 * Those below the limit get theirs from sctpxi_fast_retransmit_count().
 */
static void take_back(struct sctpxi_sack_work *work, uint32_t limit)
{
    struct sctpxi_outstanding *o = work->o;
    struct sctpxi_span_walk runs = sctpxi_span_walk_runs(o, work->repeats);
    struct sctpxi_span_walk blocks = sctpxi_span_walk_blocks(work->sack, work->repeats);
    struct sctpxi_span span;

    while (sctpxi_span_difference(&runs, &blocks, &span)) {
        work->result->reneged = true;
        for (uint32_t offset = span.first; offset <= span.last; offset++) {
            struct sctpxi_tsn tsn = sctpxi_tsn_add(o->cum_ack, offset);

            take_back_chunk(o, tsn);
            if (offset > limit && !o->ignores_misses)
                sctpxi_fast_retransmit_note_miss(work, tsn);
        }
    }
}

/* ---- the whole --------------------------------------------------------------------------- */

/* A TSN acknowledged or to be acknowledged lies in [cum_ack, next - 1]. */
static bool is_cum_sent(const struct sctpxi_outstanding *o, struct sctpxi_tsn cum)
{
    return sctpxi_sack_offset(o, cum) <= sctpxi_outstanding_count(o);
}

/*
 * A block that begins at offset 1 says that the cumulative TSN is wrong; one that ends beyond
 * what was sent is a lie. Those that are repeated were sane before.
 */
static bool are_gaps_sent(const struct sctpxi_outstanding *o, const struct sctpxi_sack *sack,
                          struct sctpxi_gap_repeats repeats)
{
    uint32_t sent_after_cum = sctpxi_outstanding_count(o) - sctpxi_sack_offset(o, sack->cum_tsn);

    if (sack->n_gaps == 0)
        return true;
    return sctpxi_sack_gaps_are_sane_between(sack, repeats.leading,
                                             sack->n_gaps - repeats.trailing) &&
           sctpxi_sack_gap(sack, 0).start >= 2 &&
           sctpxi_sack_gap(sack, sack->n_gaps - 1u).end <= sent_after_cum;
}

static void begin_result(const struct sctpxi_outstanding *o, struct sctpxi_sack_result *result)
{
    memset(result, 0, sizeof *result);
    for (size_t path = 0; o->flight != NULL && path < SCTPX_MAX_PATHS; path++)
        result->path[path].flight_before = o->flight[path].bytes;
}

static void end_result(struct sctpxi_outstanding *o, struct sctpxi_sack_result *result)
{
    result->all_acked = sctpxi_outstanding_count(o) == 0;
    sctpxi_outstanding_trim(o);
}

int sctpxi_outstanding_on_sack(struct sctpxi_outstanding *o, const struct sctpxi_sack *sack,
                               const struct sctpxi_tsn *fast_recovery_exit,
                               struct sctpxi_sack_result *ret_result)
{
    struct sctpxi_sack_work work = {o, sack, ret_result, {0, 0}};

    if (sctpxi_tsn_lt(sack->cum_tsn, o->cum_ack)) {
        begin_result(o, ret_result);
        ret_result->is_old = true;
        return 0;
    }
    if (!is_cum_sent(o, sack->cum_tsn))
        return SCTPX_EPROTO;
    if (sack->n_gaps > 0)
        work.repeats = sctpxi_gap_runs_repeated(o, sack);
    if (!are_gaps_sent(o, sack, work.repeats))
        return SCTPX_EPROTO;
    begin_result(o, ret_result);
    advance_cum(&work, sack->cum_tsn);
    if (sack->n_gaps > 0 || o->gap_runs > 0) {
        uint32_t limit = sctpxi_fast_retransmit_limit(&work, fast_recovery_exit, ack_gaps(&work));
        take_back(&work, limit);
        sctpxi_gap_runs_store(o, sack, work.repeats);
        if (!o->ignores_misses)
            sctpxi_fast_retransmit_count(&work, limit);
    }
    end_result(o, ret_result);
    return 0;
}

/*
 * 6.2.1 iii without a word about gaps: a point right before the first run says that the peer does
 * not have that run any more. Nothing else would be in flight to bring it on.
 */
static void take_back_next(struct sctpxi_sack_work *work)
{
    struct sctpxi_outstanding *o = work->o;
    struct sctpxi_tsn tsn = sctpxi_tsn_next(o->cum_ack);

    if (o->gap_runs == 0 || sctpxi_gap_run_first(o, 0) != 1)
        return;
    struct sctpxi_tsn end = sctpxi_tsn_add(o->cum_ack, sctpxi_gap_run_last(o, 0) + 1);
    sctpxi_gap_runs_drop_first(o);
    work->result->reneged = true;
    for (; !sctpxi_tsn_eq(tsn, end); tsn = sctpxi_tsn_next(tsn))
        take_back_chunk(o, tsn);
}

int sctpxi_outstanding_on_cum_ack(struct sctpxi_outstanding *o, struct sctpxi_tsn cum,
                                  struct sctpxi_sack_result *ret_result)
{
    struct sctpxi_sack_work work = {o, NULL, ret_result, {0, 0}};

    if (sctpxi_tsn_lt(cum, o->cum_ack)) {
        begin_result(o, ret_result);
        ret_result->is_old = true;
        return 0;
    }
    if (!is_cum_sent(o, cum))
        return SCTPX_EPROTO;
    begin_result(o, ret_result);
    advance_cum(&work, cum);
    take_back_next(&work);
    end_result(o, ret_result);
    return 0;
}
