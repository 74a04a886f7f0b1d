/* SPDX-License-Identifier: MIT */
#include "engine/sack_receive.h"

#include "base/timeval.h"
#include "engine/burst.h"
#include "engine/peer_window.h"
#include "engine/recovery.h"
#include "engine/shutdown.h"
#include "engine/termination.h"
#include "engine/timers.h"
#include "engine/user.h"

/* 6.3.1: RTT of data sent once. 6.3.2 R2, R3: T3-rtx stops, or starts anew. */
static void update_path(sctpx_assoc *a, sctpx_time now, uint8_t i,
                        const struct sctpxi_sack_path_result *r)
{
    struct sctpxi_path *p = &a->paths[i];
    if (r->has_rtt && r->rtt_sent_at >= p->rtt_sampled_at) {
        sctpxi_rto_on_sample(&p->rto, a->opt, sctpxi_time_since(now, r->rtt_sent_at));
        p->rtt_sampled_at = now;
    }
    if (r->acked_bytes > 0 || r->cum_acked)
        a->errors = 0; /* 8.1: of the peer, whichever path it was */
    if (r->is_answered) {
        p->has_timed_out = false;
        sctpxi_path_on_alive(a, i);
    }
    if (!sctpxi_outstanding_has_flight(&a->outstanding, i))
        sctpxi_timers_stop_t3(a, i);
    else if (r->earliest_acked)
        sctpxi_timers_restart_t3(a, now, i);
    else
        sctpxi_timers_start_t3(a, now, i); /* reneging put something back (6.2.1 iii) */
}

static void control_congestion(sctpx_assoc *a, sctpx_time now, uint8_t i,
                               const struct sctpxi_sack_result *result)
{
    const struct sctpxi_sack_path_result *r = &result->path[i];
    const struct sctpxi_cc_ack ack = {
        .acked_bytes = r->acked_bytes,
        .flight_before = r->flight_before,
        .cum_advanced = result->cum_advanced,
        .in_fast_recovery = a->is_in_fast_recovery,
        .is_flight_empty = result->all_acked,
        .now = now,
        .srtt_us = a->paths[i].rto.srtt_us,
        .rtt_us = r->has_rtt ? sctpxi_time_since(now, r->rtt_sent_at) : 0,
        .rtt_sent_at = r->rtt_sent_at,
    };
    if (r->acked_bytes > 0 || result->all_acked)
        sctpxi_cc_algorithm(a->opt->congestion_control)->on_ack(&a->paths[i].cc, &ack);
}

static void allow_burst(sctpx_assoc *a, const struct sctpxi_sack_result *result)
{
    size_t acked = 0;
    for (uint8_t i = 0; i < a->path_count; i++)
        acked += result->path[i].acked_bytes;
    sctpxi_burst_on_acked(a, acked);
}

void sctpxi_sack_apply(sctpx_assoc *a, sctpx_time now, const struct sctpxi_sack *sack,
                       struct sctpxi_sack_result *result, uint32_t a_rwnd)
{
    sctpxi_recovery_leave(a); /* before cwnd may grow: this SACK ends it */
    for (uint8_t i = 0; i < a->path_count; i++) {
        control_congestion(a, now, i, result);
        update_path(a, now, i, &result->path[i]);
    }
    sctpxi_recovery_on_sack(a, now, sack, result);
    sctpxi_peer_window_on_sack(a, now, a_rwnd);
    if (result->cum_advanced)
        sctpxi_peer_window_on_progress(a);
    allow_burst(a, result);
    a->was_heard_since_t3 = true;
    if (result->cum_advanced)
        sctpxi_user_on_acked(a);
    if (result->all_acked)
        sctpxi_shutdown_advance(a, now);
    sctpxi_assoc_want_output(a);
}

/* How often chunks may be taken back for each one sent, and beyond that, in all. */
#define RENEGES_PER_CHUNK 64u
#define FREE_RENEGES 100000u

/*
 * Reneging is for extreme circumstances (6.2), but costs us work for every chunk taken back. A SACK
 * that was overtaken looks the same (6.2.1): after a loss each one "takes back" what arrived in the
 * meantime. So there is room for a network that reorders much; a peer that needs more, many times
 * what it cost to send these chunks, is after that work.
 */
static bool is_reneging_for_sport(const sctpx_assoc *a)
{
    return a->outstanding.taken_back > RENEGES_PER_CHUNK * a->sent_chunks + FREE_RENEGES;
}

enum sctpxi_verdict sctpxi_sack_on_chunk(sctpx_assoc *a, struct sctpxi_rx *rx,
                                         const struct sctpxi_chunk *chunk)
{
    struct sctpxi_sack sack;
    struct sctpxi_sack_result result;
    if (sctpxi_sack_parse(chunk, &sack) < 0)
        return SCTPXI_STOP;
    a->outstanding.ignores_misses = sctpxi_assoc_uses_rack(a);
    const struct sctpxi_tsn *exit = a->is_in_fast_recovery ? &a->fast_recovery_exit : NULL;
    if (sctpxi_outstanding_on_sack(&a->outstanding, &sack, exit, &result) < 0 ||
        is_reneging_for_sport(a)) {
        sctpxi_termination_abort(a, SCTPXI_CAUSE_PROTOCOL_VIOLATION, NULL, 0, SCTPX_EPROTO);
        return SCTPXI_GONE;
    }
    if (!result.is_old)
        sctpxi_sack_apply(a, rx->now, &sack, &result, sack.a_rwnd);
    return SCTPXI_GO_ON;
}
