/* SPDX-License-Identifier: MIT */
#include "engine/send_rules.h"

#include "engine/burst.h"
#include "engine/peer_window.h"
#include "wire/wire.h"

bool sctpxi_send_rules_may_send(const sctpx_assoc *a)
{
    return sctpxi_assoc_is_in(a, IN(SCTPX_ESTABLISHED) | IN(SCTPX_SHUTDOWN_PENDING) |
                                     IN(SCTPX_SHUTDOWN_RECEIVED));
}

size_t sctpxi_send_rules_max_fragment(const sctpx_assoc *a)
{
    return sctpxi_path_min_packet_bytes(a) - SCTPXI_COMMON_HEADER_SIZE - SCTPXI_DATA_HEADER_SIZE;
}

/* 6.4: what timed out goes elsewhere if it can; fast retransmissions go where the chunk went. */
uint8_t sctpxi_send_rules_path_for_marked(const sctpx_assoc *a, struct sctpxi_tsn tsn)
{
    const struct sctpxi_sent *sent = sctpxi_outstanding_at(&a->outstanding, tsn);
    bool is_fast = sent->was_fast_retransmitted &&
                   (!sent->was_retransmitted || sctpxi_assoc_uses_rack(a));
    uint8_t path = sctpxi_path_or_data(a, sent->path);
    if (is_fast && !a->paths[sent->path].has_timed_out)
        return path;
    return sctpxi_path_alternate(a, path);
}

static bool may_retransmit(const sctpx_assoc *a, uint8_t path)
{
    if (a->probes > 0) /* the window is closed: one packet, when it is time for it (6.1 A) */
        return (a->pending & SCTPXI_PENDING_PROBE) != 0;
    if ((a->pending & SCTPXI_PENDING_FAST_RTX) != 0)
        return true;
    return sctpxi_send_rules_has_cwnd_room(a, path) && !sctpxi_burst_holds_marked(a);
}

/* 6.1: less than a packet waits while something is in flight, if the user wants that. */
static bool is_held_by_nagle(const sctpx_assoc *a)
{
    return a->opt->nagle && sctpxi_outstanding_count(&a->outstanding) > 0 &&
           a->queue.unsent_bytes < sctpxi_send_rules_max_fragment(a) &&
           a->state == SCTPX_ESTABLISHED;
}

uint8_t sctpxi_send_rules_path_for_new(const sctpx_assoc *a)
{
    struct sctpxi_tx_fragment f;
    if (sctpxi_tx_queue_is_empty(&a->queue) ||
        !sctpxi_tx_queue_peek(&a->queue, sctpxi_send_rules_max_fragment(a), &f))
        return SCTPXI_NO_PATH;
    uint8_t path = sctpxi_path_for_data(a);
    bool may_go = a->paths[path].is_confirmed &&              /* 5.4 */
                  sctpxi_peer_window_takes(a, f.length) &&    /* A */
                  sctpxi_send_rules_has_cwnd_room(a, path) && /* B */
                  !sctpxi_burst_is_over(a) &&                 /* D */
                  !is_held_by_nagle(a);
    return may_go ? path : SCTPXI_NO_PATH;
}

uint8_t sctpxi_send_rules_path(const sctpx_assoc *a)
{
    struct sctpxi_tsn tsn;
    if (!sctpxi_send_rules_may_send(a))
        return SCTPXI_NO_PATH;
    if (!sctpxi_outstanding_next_marked(&a->outstanding, &tsn))
        return sctpxi_send_rules_path_for_new(a);
    uint8_t path = sctpxi_send_rules_path_for_marked(a, tsn); /* C: before anything new */
    return may_retransmit(a, path) ? path : SCTPXI_NO_PATH;
}
