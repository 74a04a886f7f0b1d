/* SPDX-License-Identifier: MIT */
#include "engine/retransmit.h"

#include "engine/peer_window.h"
#include "engine/recovery.h"

static void mark_path(sctpx_assoc *a, uint8_t path)
{
    size_t before = a->outstanding.total_flight_bytes;
    sctpxi_outstanding_mark_path(&a->outstanding, path);
    sctpxi_peer_window_on_marked(a, before - a->outstanding.total_flight_bytes);
}

void sctpxi_retransmit_mark_all(sctpx_assoc *a)
{
    for (uint8_t i = 0; i < a->path_count; i++)
        mark_path(a, i);
}

/* 6.3.3 E1. A time-out starts over; fast recovery must not keep cwnd from growing. */
static void collapse(sctpx_assoc *a, uint8_t path)
{
    a->t3_timeouts++;
    a->paths[path].t3_timeouts++;
    a->paths[path].has_timed_out = true;
    sctpxi_recovery_on_t3(a, path, sctpxi_outstanding_flight(&a->outstanding, path).chunks);
}

/*
 * 6.1 A: the window is closed and the peer still acknowledges: no sign of failure. What is marked,
 * or else one new chunk, goes out as a probe, and the next one after twice the time.
 */
static bool probe_window(sctpx_assoc *a, uint8_t path)
{
    bool has_flight = sctpxi_outstanding_has_flight(&a->outstanding, path);
    if (has_flight && (!a->was_heard_since_t3 || sctpxi_peer_window_is_open(a)))
        return false;
    if (a->probes < UINT8_MAX)
        a->probes++;
    a->was_heard_since_t3 = false;
    /* E1: more than a probe was lost or refused. */
    if (sctpxi_outstanding_flight(&a->outstanding, path).chunks > 1)
        collapse(a, path);
    if (has_flight)
        mark_path(a, path);
    sctpxi_assoc_ask(a, SCTPXI_PENDING_PROBE);
    return true;
}

bool sctpxi_retransmit_on_t3(sctpx_assoc *a, uint8_t path)
{
    struct sctpxi_path *p = &a->paths[path];
    if (probe_window(a, path))
        return true;
    a->was_heard_since_t3 = false;
    collapse(a, path);
    sctpxi_rto_back_off(&p->rto, a->opt);
    mark_path(a, path);
    if (!sctpxi_path_on_silent(a, path))
        return false;
    sctpxi_assoc_ask(a, a->probes > 0 ? SCTPXI_PENDING_PROBE : 0);
    return true;
}
