/* SPDX-License-Identifier: MIT */
#include "engine/tail_probe.h"

#include "base/timeval.h"
#include "engine/send_rules.h"
#include "engine/timers.h"

/* Timers that fire at this distance are of no use to anyone. */
#define MIN_PTO_US UINT64_C(50000)

/* A lone packet may be acknowledged that much later (6.2): the peer's delay is not known. */
#define PEER_SACK_DELAY_US UINT64_C(200000)

/* Only while something is. */
static const struct sctpxi_sent *newest_in_flight(const sctpx_assoc *a)
{
    return sctpxi_outstanding_at(&a->outstanding, a->outstanding.newest);
}

static sctpx_time two_round_trips(const sctpx_assoc *a, const struct sctpxi_sent *newest)
{
    sctpx_time pto = 2 * (sctpx_time)a->paths[newest->path].rto.srtt_us;

    return pto > MIN_PTO_US ? pto : MIN_PTO_US;
}

/* For what was sent last, and knowing what else was. */
static sctpx_time due_at(const sctpx_assoc *a)
{
    const struct sctpxi_sent *newest = newest_in_flight(a);
    sctpx_time pto = two_round_trips(a, newest);

    if (sctpxi_outstanding_flight(&a->outstanding, newest->path).chunks == 1 &&
        !newest->asked_for_sack)
        pto = sctpxi_time_add(pto, PEER_SACK_DELAY_US);
    return sctpxi_time_add(newest->sent_at, pto);
}

/*
 * Not while losses are known or looked for already, or the window is probed (6.1 A). What is in
 * flight may be repeated though the window has closed behind it.
 */
static bool may_probe(const sctpx_assoc *a)
{
    const struct sctpxi_outstanding *o = &a->outstanding;

    return o->total_flight_bytes > 0 && (o->gap_acked_count | o->marked_count) == 0 &&
           !a->is_in_fast_recovery && !a->is_tail_probed && a->probes == 0 &&
           sctpxi_assoc_uses_rack(a) && sctpxi_send_rules_may_send(a);
}

void sctpxi_tail_probe_set(sctpx_assoc *a, sctpx_time now)
{
    if (!may_probe(a))
        return;
    const struct sctpxi_sent *newest = newest_in_flight(a);
    if (a->paths[newest->path].rto.srtt_us == 0)
        return;
    sctpx_time at = sctpxi_time_add(newest->sent_at, two_round_trips(a, newest));
    sctpxi_timers_set_loss(a, at > now ? at : now + 1, true);
}

bool sctpxi_tail_probe_on_timer(sctpx_assoc *a, sctpx_time now)
{
    struct sctpxi_outstanding *o = &a->outstanding;

    if (!may_probe(a) || a->paths[newest_in_flight(a)->path].rto.srtt_us == 0)
        return false;
    if (due_at(a) > now) {
        sctpxi_timers_set_loss(a, due_at(a), true);
        return false;
    }
    struct sctpxi_tsn tsn = o->newest;
    struct sctpxi_sent *chunk = sctpxi_outstanding_at(o, tsn);
    sctpxi_outstanding_mark_lost(o, tsn, chunk);
    a->is_tail_probed = true;
    a->tail_probe_tsn = tsn;
    a->tail_probe_path = chunk->path;
    return true;
}

static bool is_duplicate_of_probe(const sctpx_assoc *a, const struct sctpxi_sack *sack)
{
    for (uint16_t i = 0; i < sack->n_dups; i++)
        if (sctpxi_tsn_eq(sctpxi_sack_dup(sack, i), a->tail_probe_tsn))
            return true;
    return false;
}

bool sctpxi_tail_probe_has_repaired(sctpx_assoc *a, const struct sctpxi_sack *sack,
                                    const struct sctpxi_sack_result *result)
{
    if (!a->is_tail_probed || sctpxi_tsn_lt(sack->cum_tsn, a->tail_probe_tsn))
        return false;
    bool is_past = sctpxi_tsn_gt(sack->cum_tsn, a->tail_probe_tsn);
    bool was_needless = is_duplicate_of_probe(a, sack) || (!is_past && !result->cum_advanced);
    a->is_tail_probed = !is_past && !was_needless;
    return is_past && !was_needless;
}
