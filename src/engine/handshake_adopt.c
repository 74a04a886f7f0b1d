/* SPDX-License-Identifier: MIT */
#include "engine/endpoint.h"
#include "engine/handshake.h"
#include "engine/termination.h"

void sctpxi_handshake_adopt(sctpx_assoc *a, const struct sctpxi_peer_facts *facts)
{
    a->remote_tag = facts->tag;
    a->peer_rwnd = a->reported_rwnd = facts->rwnd;
    a->in_streams = facts->in_streams;
    a->out_streams = facts->out_streams;
    sctpxi_rx_tracker_done(&a->tracker);
    sctpxi_rx_tracker_init(&a->tracker, &a->endpoint->alloc, facts->initial_tsn);
    for (uint8_t i = 0; i < facts->addr_count; i++)
        sctpxi_path_add(a, &facts->addrs[i], false);
}

bool sctpxi_handshake_has_streams(sctpx_assoc *a)
{
    if (!sctpxi_tx_queue_reaches(&a->queue, a->out_streams))
        return true;
    sctpxi_termination_abort(a, SCTPXI_CAUSE_USER_ABORT, NULL, 0, SCTPX_ESTREAM);
    return false;
}

void sctpxi_handshake_adopt_cookie(sctpx_assoc *a, const struct sctpxi_cookie *cookie)
{
    const struct sctpxi_peer_facts facts = {
        .tag = cookie->remote_tag,
        .initial_tsn = cookie->remote_tsn,
        .rwnd = cookie->remote_rwnd,
        .in_streams = cookie->in_streams,
        .out_streams = cookie->out_streams,
        .addrs = cookie->remotes,
        .addr_count = cookie->remote_count,
    };
    if (a->state == SCTPX_CLOSED && !sctpxi_tsn_eq(a->local_initial_tsn, cookie->local_tsn)) {
        a->local_initial_tsn = cookie->local_tsn;
        sctpxi_outstanding_done(&a->outstanding);
        sctpxi_outstanding_init(&a->outstanding, &a->endpoint->pool, &a->queue,
                                cookie->local_tsn);
    }
    sctpxi_path_add(a, &cookie->remotes[0], true);
    int first = sctpxi_path_find(a, &cookie->remotes[0]);
    if (first >= 0 && cookie->local.family != SCTPX_NO_FAMILY)
        a->paths[first].local = cookie->local; /* before the other paths choose theirs */
    if (first >= 0)
        a->paths[first].is_confirmed = true;
    sctpxi_handshake_adopt(a, &facts);
}
