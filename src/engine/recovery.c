/* SPDX-License-Identifier: MIT */
#include "engine/recovery.h"

#include <string.h>

#include "engine/endpoint.h"
#include "engine/peer_window.h"
#include "engine/rack.h"
#include "engine/tail_probe.h"
#include "engine/timers.h"

/* So many retransmissions after one reduction of cwnd can turn out needless, and undo it. */
#define EPISODE_RESENT 8u

/* What happened since cwnd was reduced last, as long as that may be undone. */
struct sctpxi_episode {
    uint32_t marked;       /* chunks taken for lost, and */
    uint32_t late;         /* how many of them were not */
    uint8_t reduced_paths; /* bit per path: whose cwnd it was */
    uint8_t resent_count;
    struct sctpxi_tsn resent[EPISODE_RESENT]; /* chunks sent again since then */
};

static const struct sctpxi_cc_algorithm *cc_of(const sctpx_assoc *a)
{
    return sctpxi_cc_algorithm(a->opt->congestion_control);
}

void sctpxi_recovery_leave(sctpx_assoc *a)
{
    if (!a->is_in_fast_recovery || sctpxi_tsn_lt(a->outstanding.cum_ack, a->fast_recovery_exit))
        return;
    a->is_in_fast_recovery = false;
    sctpxi_rack_on_recovered(a);
}

/* ---- paying for losses ---------------------------------------------------------------------- */

void sctpxi_recovery_end_episode(sctpx_assoc *a)
{
    sctpxi_pool_put(&a->endpoint->pool, a->episode, sizeof *a->episode);
    a->episode = NULL;
}

/* Without memory there is none: then the reduction cannot be undone. */
static void begin_episode(sctpx_assoc *a)
{
    sctpxi_recovery_end_episode(a);
    a->episode = sctpxi_pool_get(&a->endpoint->pool, sizeof *a->episode);
    if (a->episode != NULL)
        *a->episode = (struct sctpxi_episode){0};
}

void sctpxi_recovery_init(sctpx_assoc *a)
{
    sctpxi_recovery_end_episode(a);
    a->is_in_fast_recovery = a->is_tail_probed = false;
}

/* A path's cwnd is reduced for a loss. */
static void pay(sctpx_assoc *a, uint8_t path)
{
    if (a->episode != NULL)
        a->episode->reduced_paths |= (uint8_t)(1u << path);
    cc_of(a)->on_fast_retransmit(&a->paths[path].cc);
}

/* 7.2.4: once per window; the exit is the highest TSN outstanding. */
static void enter(sctpx_assoc *a, const struct sctpxi_sack_result *result)
{
    if (result->newly_marked == 0)
        return;
    a->fast_retransmits += result->newly_marked;
    if (!a->is_in_fast_recovery) {
        begin_episode(a);
        a->pending |= SCTPXI_PENDING_FAST_RTX; /* step 3: only on entering it */
        a->is_in_fast_recovery = true;
        a->is_tail_probed = false; /* what it stood for is among what is paid for now */
        a->fast_recovery_exit = sctpxi_tsn_prev(a->outstanding.next);
        for (uint8_t i = 0; i < a->path_count; i++)
            if (result->path[i].lost_bytes > 0)
                pay(a, i);
    }
    if (a->episode != NULL)
        a->episode->marked += result->newly_marked;
}

/* ---- and getting it back -------------------------------------------------------------------- */

/*
 * All that was taken for lost was late: it came before it was sent again, or the peer says that it
 * got that chunk twice (RFC 9438 4.9). Of so many chunks sent again nobody keeps account: they were
 * lost.
 */
static void undo(sctpx_assoc *a)
{
    if (a->episode->late < a->episode->marked)
        return;
    for (uint8_t i = 0; i < a->path_count; i++)
        if ((a->episode->reduced_paths & 1u << i) != 0)
            cc_of(a)->on_spurious(&a->paths[i].cc);
    sctpxi_recovery_end_episode(a);
    a->is_in_fast_recovery = false;
}

void sctpxi_recovery_on_resent(sctpx_assoc *a, struct sctpxi_tsn tsn)
{
    struct sctpxi_episode *e = a->episode;

    if (e == NULL)
        return;
    if (e->resent_count == EPISODE_RESENT)
        sctpxi_recovery_end_episode(a);
    else
        e->resent[e->resent_count++] = tsn;
}

/* Whether this chunk was sent again in this episode; each is found once. */
static bool take_resent(struct sctpxi_episode *e, struct sctpxi_tsn tsn)
{
    for (uint8_t i = 0; i < e->resent_count; i++) {
        if (!sctpxi_tsn_eq(e->resent[i], tsn))
            continue;
        e->resent[i] = e->resent[--e->resent_count];
        return true;
    }
    return false;
}

/* Networks make duplicates as well: only those of our making count. */
static void count_late(sctpx_assoc *a, const struct sctpxi_sack *sack,
                       const struct sctpxi_sack_result *result)
{
    struct sctpxi_episode *e = a->episode;
    uint16_t duplicates = sack != NULL ? sack->n_dups : 0;

    if (duplicates > 0 && a->retransmitted_chunks > 0)
        sctpxi_rack_on_duplicate(a);
    if (e == NULL)
        return;
    e->late += result->came_late;
    for (uint16_t i = 0; i < duplicates && e->resent_count > 0; i++)
        e->late += take_resent(e, sctpxi_sack_dup(sack, i));
    undo(a);
}

/* The probe stood for a loss, of which it was the retransmission. */
static void pay_for_tail(sctpx_assoc *a)
{
    begin_episode(a);
    if (a->episode != NULL)
        a->episode->marked = 1;
    pay(a, a->tail_probe_path);
    sctpxi_recovery_on_resent(a, a->tail_probe_tsn);
}

/* ---- the whole ------------------------------------------------------------------------------ */

void sctpxi_recovery_on_sack(sctpx_assoc *a, sctpx_time now, const struct sctpxi_sack *sack,
                             struct sctpxi_sack_result *result)
{
    bool is_tail_repaired = false;

    if (sctpxi_assoc_uses_rack(a)) {
        sctpxi_rack_on_sack(a, now, result);
        count_late(a, sack, result);
        is_tail_repaired = sack != NULL && sctpxi_tail_probe_has_repaired(a, sack, result);
        if (a->outstanding.total_flight_bytes > 0)
            sctpxi_rack_detect(a, now, result);
        else
            sctpxi_timers_set_loss(a, SCTPX_TIME_NEVER, false);
    }
    if (is_tail_repaired && result->newly_marked == 0) /* else it is paid for below */
        pay_for_tail(a);
    enter(a, result);
    sctpxi_tail_probe_arm(a, now);
}

void sctpxi_recovery_on_timer(sctpx_assoc *a, sctpx_time now)
{
    size_t before = a->outstanding.total_flight_bytes;
    struct sctpxi_sack_result result;

    if (a->is_loss_timer_probe) {
        if (sctpxi_tail_probe_on_timer(a, now))
            sctpxi_assoc_ask(a, SCTPXI_PENDING_FAST_RTX);
    } else {
        memset(&result, 0, sizeof result);
        sctpxi_rack_detect(a, now, &result);
        enter(a, &result);
        sctpxi_assoc_want_output(a);
    }
    sctpxi_peer_window_on_marked(a, before - a->outstanding.total_flight_bytes);
}

void sctpxi_recovery_on_t3(sctpx_assoc *a, uint8_t path, uint32_t marked)
{
    const struct sctpxi_cc *cc = &a->paths[path].cc;

    sctpxi_recovery_init(a);
    a->pending &= (uint16_t)~SCTPXI_PENDING_FAST_RTX;
    if (cc->cwnd > cc->mtu) /* else it was reduced before, for losses that are not counted here */
        begin_episode(a);
    if (a->episode != NULL) {
        a->episode->marked = marked;
        a->episode->reduced_paths = (uint8_t)(1u << path);
    }
    cc_of(a)->on_t3(&a->paths[path].cc);
}
