/* SPDX-License-Identifier: MIT */
#include "engine/peer_window.h"

#include "engine/send_rules.h"
#include "engine/timers.h"

static bool peek_new(const sctpx_assoc *a, struct sctpxi_tx_fragment *ret_fragment)
{
    return sctpxi_tx_queue_peek(&a->queue, sctpxi_send_rules_max_fragment(a), ret_fragment);
}

static const struct sctpxi_sent *first_outstanding(const sctpx_assoc *a)
{
    return sctpxi_outstanding_at(&a->outstanding, sctpxi_tsn_next(a->outstanding.cum_ack));
}

bool sctpxi_peer_window_is_open(const sctpx_assoc *a)
{
    struct sctpxi_tx_fragment f;
    size_t next = 1;
    if (sctpxi_outstanding_count(&a->outstanding) > 0)
        next = first_outstanding(a)->length;
    else if (peek_new(a, &f))
        next = f.length;
    return a->reported_rwnd >= next;
}

void sctpxi_peer_window_on_marked(sctpx_assoc *a, size_t payload_bytes)
{
    uint32_t left = UINT32_MAX - a->peer_rwnd;
    a->peer_rwnd += payload_bytes < left ? (uint32_t)payload_bytes : left;
}

/* A probe that was refused waits for an RTO like any other chunk. */
static void end_probing(sctpx_assoc *a, sctpx_time now)
{
    bool was_probing = a->probes > 0;
    a->probes = 0;
    a->pending &= (uint16_t)~SCTPXI_PENDING_PROBE;
    for (uint8_t i = 0; was_probing && i < a->path_count; i++)
        if (sctpxi_outstanding_has_flight(&a->outstanding, i))
            sctpxi_timers_restart_t3(a, now, i);
}

void sctpxi_peer_window_on_sack(sctpx_assoc *a, sctpx_time now, uint32_t a_rwnd)
{
    size_t under_way = a->outstanding.total_flight_bytes;
    a->reported_rwnd = a_rwnd;
    if (sctpxi_peer_window_is_open(a))
        end_probing(a, now);
    a->peer_rwnd = a_rwnd > under_way ? a_rwnd - (uint32_t)under_way : 0;
}

void sctpxi_peer_window_on_progress(sctpx_assoc *a)
{
    struct sctpxi_tsn tsn;
    if (a->probes == 0 || a->outstanding.total_flight_bytes > 0 ||
        !sctpxi_outstanding_next_marked(&a->outstanding, &tsn))
        return;
    a->probes = 1;
    sctpxi_assoc_ask(a, SCTPXI_PENDING_PROBE);
}

/* Nothing is outstanding and the window does not take what comes next: the first probe. */
static bool is_first_probe_due(const sctpx_assoc *a)
{
    struct sctpxi_tx_fragment f;
    return sctpxi_outstanding_count(&a->outstanding) == 0 && peek_new(a, &f) &&
           !sctpxi_peer_window_takes(a, f.length) && a->paths[sctpxi_path_for_data(a)].is_confirmed;
}

void sctpxi_peer_window_watch(sctpx_assoc *a, sctpx_time now)
{
    struct sctpxi_tsn tsn;
    if (!sctpxi_send_rules_may_send(a))
        return;
    if (!sctpxi_outstanding_next_marked(&a->outstanding, &tsn)) {
        if (is_first_probe_due(a))
            sctpxi_timers_start_t3(a, now, sctpxi_path_for_data(a));
    } else if (a->probes > 0 && a->outstanding.total_flight_bytes == 0) { /* the next one */
        sctpxi_timers_start_t3(a, now, sctpxi_send_rules_path_for_marked(a, tsn));
    }
}
