/* SPDX-License-Identifier: MIT */
/*
 * Whether DATA may leave now, and on which path (RFC 9260 6, 6.1 A to E, 6.4): questions only,
 * nothing here changes anything. The peer's window is peer_window.h's, Max.Burst burst.h's.
 */
#ifndef SCTPXI_ENGINE_SEND_RULES_H
#define SCTPXI_ENGINE_SEND_RULES_H

#include "engine/assoc.h"

/* Whether the state lets DATA go: new and retransmitted (6). */
bool sctpxi_send_rules_may_send(const sctpx_assoc *a);

/* The path on which DATA may leave now, what is marked before anything new; SCTPXI_NO_PATH. */
uint8_t sctpxi_send_rules_path(const sctpx_assoc *a);

/* The same for new data alone. */
uint8_t sctpxi_send_rules_path_for_new(const sctpx_assoc *a);

/* Where a marked chunk goes once it may (6.4, 6.4.1). */
uint8_t sctpxi_send_rules_path_for_marked(const sctpx_assoc *a, struct sctpxi_tsn tsn);

/* Whether cwnd lets another packet go (6.1 B, 7.2.1); it may pass cwnd by less than its size. */
static inline bool sctpxi_send_rules_has_cwnd_room(const sctpx_assoc *a, uint8_t path)
{
    size_t flight = sctpxi_outstanding_flight(&a->outstanding, path).bytes;
    if (a->paths[path].has_timed_out && flight > 0)
        return false; /* 7.2.1: one packet after a time-out, until something is acknowledged */
    return flight < a->paths[path].cc.cwnd;
}

/* Largest payload of one DATA chunk: it must fit every path it may be retransmitted on (6.9). */
size_t sctpxi_send_rules_max_fragment(const sctpx_assoc *a);

#endif
