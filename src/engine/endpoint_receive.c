/* SPDX-License-Identifier: MIT */
/* The way in: checks that need no association, demultiplexing (RFC 9260 6.8, 8.4, 8.5). */
#include "engine/address.h"
#include "engine/dispatch.h"
#include "engine/endpoint.h"
#include "engine/ootb.h"
#include "wire/packet.h"

static int check(sctpx_endpoint *ep, const sctpx_packet *packet, struct sctpxi_packet *ret_view)
{
    if (sctpxi_packet_parse(packet->data, packet->length, ret_view) < 0 ||
        ret_view->chunks_len < SCTPXI_CHUNK_HEADER_SIZE) {
        ep->stats.bad_length++;
        return SCTPX_EBADPACKET;
    }
    if (!sctpxi_crc32c_verify(packet->data, packet->length)) {
        ep->stats.bad_checksum++;
        return SCTPX_EBADPACKET;
    }
    return 0;
}

/* Only the first chunk's header is needed to choose the way, but for an ABORT with company. */
static bool is_reflected(const struct sctpxi_packet *view)
{
    uint8_t type = view->chunks[0], flags = view->chunks[1];
    return (type == SCTPXI_CHUNK_ABORT || type == SCTPXI_CHUNK_SHUTDOWN_COMPLETE) &&
           (flags & SCTPXI_FLAG_T) != 0;
}

/* RFC 9260 8.5.1 B, C: the tag is the peer's own; address and ports find the association. */
static sctpx_assoc *find_reflected(sctpx_endpoint *ep, const struct sctpxi_packet *view,
                                   const sctpx_addr *remote)
{
    sctpx_assoc *a = sctpxi_demux_by_address(&ep->demux, remote, view->src_port, view->dst_port);
    return a != NULL && a->remote_tag == view->vtag && a->remote_tag != 0 ? a : NULL;
}

/* An ABORT may stand behind other control chunks (8.5.1 B): dispatch looks at nothing else then. */
static bool has_reflected_abort(const struct sctpxi_packet *view)
{
    struct sctpxi_chunk_iter iter;
    struct sctpxi_chunk chunk;
    sctpxi_packet_chunks(view, &iter);
    while (sctpxi_chunk_iter_next(&iter, &chunk) > 0)
        if (chunk.type == SCTPXI_CHUNK_ABORT && (chunk.flags & SCTPXI_FLAG_T) != 0)
            return true;
    return false;
}

static sctpx_assoc *find(sctpx_endpoint *ep, const struct sctpxi_packet *view,
                         const sctpx_addr *remote)
{
    if (is_reflected(view))
        return find_reflected(ep, view, remote);
    sctpx_assoc *a = sctpxi_demux_by_tag(&ep->demux, view->vtag);
    if (a != NULL && a->remote_port == view->src_port && a->local_port == view->dst_port)
        return a;
    return has_reflected_abort(view) ? find_reflected(ep, view, remote) : NULL;
}

/* RFC 9260 8.4 1: neither from nor to any other. A carrier need not know where it was sent to. */
static bool is_unicast(const sctpx_packet *packet)
{
    const sctpx_addr *local = &packet->local;
    bool is_local_known = local->family != SCTPX_NO_FAMILY && !sctpxi_address_is_wildcard(local);
    return sctpxi_address_scope(&packet->remote) != SCTPXI_SCOPE_NONE &&
           (!is_local_known || sctpxi_address_scope(local) != SCTPXI_SCOPE_NONE);
}

static int deliver(sctpx_assoc *a, sctpx_time now, const sctpx_packet *packet,
                   const struct sctpxi_packet *view)
{
    int path = sctpxi_path_find(a, &packet->remote);
    /* Our tag from an address nobody announced is out of the blue like any other, and answered
     * alike (8.4): else everybody could find the tag out from an address of his own. */
    if (path < 0 && a->state != SCTPX_COOKIE_WAIT)
        return sctpxi_ootb_receive(a->endpoint, now, packet, view);
    sctpxi_dispatch_packet(a, now, path < 0 ? SCTPXI_NO_PATH : (uint8_t)path, packet, view);
    return 0;
}

int sctpx_endpoint_receive(sctpx_endpoint *endpoint, sctpx_time now, const sctpx_packet *packet)
{
    struct sctpxi_packet view;
    endpoint->stats.received_packets++;
    endpoint->stats.received_bytes += packet->length;
    int result = check(endpoint, packet, &view);
    if (result < 0)
        return result;
    if (!is_unicast(packet))
        return SCTPX_ENOASSOC;
    sctpx_assoc *a = find(endpoint, &view, &packet->remote);
    if (a != NULL)
        return deliver(a, now, packet, &view);
    return sctpxi_ootb_receive(endpoint, now, packet, &view);
}
