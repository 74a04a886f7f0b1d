/* SPDX-License-Identifier: MIT */
#include "engine/init_write.h"

#include <string.h>

#include "base/timeval.h"
#include "engine/address.h"
#include "engine/endpoint.h"
#include "engine/window_growth.h"
#include "wire/packet.h"

/* Bound addresses the peer may know; a single one is known from the packet (RFC 6951 5.7). */
static void put_addresses(const sctpx_endpoint *ep, struct sctpxi_writer *w,
                          const sctpx_addr *seen_at, struct sctpxi_addr_types types, size_t limit)
{
    if (ep->local_count < 2)
        return;
    for (size_t i = 0; i < ep->local_count; i++) {
        const sctpx_addr *local = &ep->locals[i];
        bool is_wanted = local->family == SCTPX_IPV4 ? types.ipv4 : types.ipv6;
        if (is_wanted && !sctpxi_address_is_wildcard(local) &&
            sctpxi_address_is_visible(local, seen_at) &&
            w->len + sctpxi_param_addr_size(local) <= limit)
            sctpxi_param_put_addr(w, local);
    }
}

/* Which families our own addresses have, told when it is not both. */
static void put_addr_types(const sctpx_endpoint *ep, struct sctpxi_writer *w)
{
    struct sctpxi_addr_types types = sctpxi_endpoint_families(ep);
    if (types.ipv4 != types.ipv6)
        sctpxi_param_put_addr_types(w, types);
}

void sctpxi_init_write(const sctpx_assoc *a, struct sctpxi_writer *w)
{
    const struct sctpxi_init init = {
        .tag = a->local_tag,
        .a_rwnd = sctpxi_window_growth_first(a->endpoint, a->opt),
        .os = a->opt->out_streams,
        .mis = a->opt->max_in_streams,
        .initial_tsn = a->local_initial_tsn,
    };
    static const struct sctpxi_addr_types both = {.ipv4 = true, .ipv6 = true};
    size_t at = sctpxi_init_begin(w, SCTPXI_CHUNK_INIT, &init);
    put_addresses(a->endpoint, w, &a->paths[a->setup_path].remote, both, SIZE_MAX);
    put_addr_types(a->endpoint, w);
    if (a->cookie_extra_ms > 0)
        sctpxi_param_put_cookie_preservative(w, a->cookie_extra_ms);
    sctpxi_chunk_end(w, at);
}

/* Cookie Preservative adds what is asked for, but never more than one lifetime (5.2.6). */
static sctpx_time cookie_lifetime(const sctpx_endpoint *ep, uint32_t extra_ms)
{
    sctpx_time extra = sctpxi_time_min((sctpx_time)extra_ms * 1000, ep->opt.cookie_lifetime_us);
    return sctpxi_time_add(ep->opt.cookie_lifetime_us, extra);
}

/*
 * RFC 5062 9: an answer to somebody unproven stays below three times what he sent, counted with
 * IPv4 and UDP headers (if there are any); addresses beyond that are left out.
 */
static size_t answer_limit(const sctpx_packet *packet)
{
    const size_t headers = packet->remote.udp_port != 0 ? 28 : 20;
    return 3 * (packet->length + headers) - headers - 1;
}

static void fill_cookie(const sctpx_endpoint *ep, const sctpx_packet *packet,
                        const struct sctpxi_packet *view, const struct sctpxi_init *init,
                        const struct sctpxi_peer_params *params,
                        const struct sctpxi_init_answer *answer, struct sctpxi_cookie *c)
{
    memset(c, 0, sizeof *c);
    c->lifetime_us = cookie_lifetime(ep, params->preservative_ms);
    c->local_port = view->dst_port;
    c->remote_port = view->src_port;
    c->local_tag = answer->local_tag;
    c->remote_tag = init->tag;
    c->local_tsn = answer->local_tsn;
    c->remote_tsn = init->initial_tsn;
    c->remote_rwnd = init->a_rwnd;
    c->out_streams = sctpxi_init_streams(answer->out_streams, init->mis);
    c->in_streams = sctpxi_init_streams(answer->opt->max_in_streams, init->os);
    c->local_tie = answer->local_tie;
    c->remote_tie = answer->remote_tie;
    c->local = packet->local;
    c->remote_count = params->addr_count;
    memcpy(c->remotes, params->addrs, sizeof c->remotes);
}

void sctpxi_init_ack_send(sctpx_endpoint *ep, sctpx_time now, const sctpx_packet *packet,
                          const struct sctpxi_packet *view, const struct sctpxi_init *init,
                          const struct sctpxi_peer_params *params,
                          const struct sctpxi_init_answer *answer)
{
    struct sctpxi_cookie cookie;
    uint8_t sealed[SCTPXI_COOKIE_MAX_BYTES];
    fill_cookie(ep, packet, view, init, params, answer, &cookie);
    int length = sctpxi_cookie_seal(ep->cookies, now, &cookie, sealed);
    if (length < 0)
        return;
    const struct sctpxi_init ack = {
        .tag = answer->local_tag,
        .a_rwnd = sctpxi_window_growth_first(ep, answer->opt),
        .os = cookie.out_streams, /* never more than the peer's MIS, 3.3.3 */
        .mis = answer->opt->max_in_streams,
        .initial_tsn = answer->local_tsn,
    };
    struct sctpxi_writer w;
    sctpxi_reply_begin(ep, view->dst_port, view->src_port, init->tag, &w);
    size_t at = sctpxi_init_begin(&w, SCTPXI_CHUNK_INIT_ACK, &ack);
    sctpxi_param_put_cookie(&w, sealed, (size_t)length);
    for (size_t i = 0; i < params->unknown_count; i++)
        sctpxi_param_put_unrecognized(&w, &params->unknown[i]);
    put_addresses(ep, &w, &packet->remote, params->types, answer_limit(packet)); /* what is left */
    sctpxi_chunk_end(&w, at);
    sctpxi_reply_end(ep, &w, &packet->local, &packet->remote);
}
