/* SPDX-License-Identifier: MIT */
/*
 * The peer's receive window as we know it (RFC 9260 6.2.1), and probing while it is closed (6.1 A).
 * T3-rtx is the timer of the probes; retransmit.c says what its expiry means.
 */
#ifndef SCTPXI_ENGINE_PEER_WINDOW_H
#define SCTPXI_ENGINE_PEER_WINDOW_H

#include "engine/assoc.h"

/* Whether a chunk with so much payload may go: it fits the window, or is a probe (6.1 A). */
static inline bool sctpxi_peer_window_takes(const sctpx_assoc *a, size_t payload_bytes)
{
    return a->peer_rwnd >= payload_bytes || (a->pending & SCTPXI_PENDING_PROBE) != 0;
}

/*
 * Whether the peer's latest a_rwnd takes the next DATA chunk: the first one it has not
 * acknowledged, or else the next new one. If not, its window counts as closed (6.1 A).
 */
bool sctpxi_peer_window_is_open(const sctpx_assoc *a);

/* So much payload was sent (6.2.1 B). */
static inline void sctpxi_peer_window_on_sent(sctpx_assoc *a, size_t payload_bytes)
{
    a->peer_rwnd = a->peer_rwnd > payload_bytes ? a->peer_rwnd - (uint32_t)payload_bytes : 0;
}

/* So much payload was marked: it is no longer under way to the peer's buffer (6.2.1 C). */
void sctpxi_peer_window_on_marked(sctpx_assoc *a, size_t payload_bytes);

/* A SACK told this a_rwnd (6.2.1 D ii); probing ends when the window is open. */
void sctpxi_peer_window_on_sack(sctpx_assoc *a, sctpx_time now, uint32_t a_rwnd);

/*
 * The Cumulative TSN Ack advanced. If the window is closed the peer took what filled a gap: rule A
 * is about new data only, so the next chunk that is missing follows without waiting for its probe.
 */
void sctpxi_peer_window_on_progress(sctpx_assoc *a);

/*
 * Nothing can be sent now. If that is because the window is closed and nothing is under way that
 * could tell when it opens, T3-rtx runs until the next probe (6.1 A).
 */
void sctpxi_peer_window_watch(sctpx_assoc *a, sctpx_time now);

#endif
