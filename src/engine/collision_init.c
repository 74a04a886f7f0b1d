/* SPDX-License-Identifier: MIT */
/* INIT for an association that is there already (RFC 9260 5.2.1, 5.2.2, 9.2). */
#include "engine/collision.h"
#include "engine/endpoint.h"
#include "engine/init_write.h"
#include "engine/ootb.h"
#include "wire/ctrl.h"

/* Addresses in the INIT that the association does not know (5.2.1, 5.2.2). */
static size_t find_new_addresses(const sctpx_assoc *a, const struct sctpxi_peer_params *params,
                                 sctpx_addr *ret_new)
{
    size_t n = 0;
    for (uint8_t i = 0; i < params->addr_count; i++)
        if (sctpxi_path_find(a, &params->addrs[i]) < 0)
            ret_new[n++] = params->addrs[i];
    return n;
}

static void refuse_new_addresses(sctpx_assoc *a, sctpx_time now, const sctpx_packet *packet,
                                 const struct sctpxi_packet *view, const struct sctpxi_init *init,
                                 const sctpx_addr *addrs, size_t n)
{
    sctpx_endpoint *ep = a->endpoint;
    if (!sctpxi_ootb_take_token(ep, now))
        return;
    struct sctpxi_writer w;
    sctpxi_reply_begin(ep, view->dst_port, view->src_port, init->tag, &w);
    size_t at = sctpxi_abort_begin(&w, SCTPXI_TAG_OF_PEER);
    sctpxi_cause_put_restart_new_addrs(&w, addrs, n);
    sctpxi_chunk_end(&w, at);
    sctpxi_reply_end(ep, &w, &packet->local, &packet->remote);
}

static void draw_ties(sctpx_assoc *a)
{
    while (a->local_tie == 0)
        a->local_tie = sctpxi_endpoint_random_u32(a->endpoint);
    while (a->remote_tie == 0)
        a->remote_tie = sctpxi_endpoint_random_u32(a->endpoint);
}

/*
 * 5.2.1: what our own INIT said; 5.2.2: a new tag and TSN, and the streams that the association
 * has. The TCB is not touched either way. In COOKIE_WAIT there are no tie-tags (any more).
 */
static void answer(sctpx_assoc *a, sctpx_time now, const sctpx_packet *packet,
                   const struct sctpxi_packet *view, const struct sctpxi_init *init,
                   const struct sctpxi_peer_params *params)
{
    bool is_setting_up = sctpxi_assoc_is_in(a, IN(SCTPX_COOKIE_WAIT) | IN(SCTPX_COOKIE_ECHOED));
    if (a->state != SCTPX_COOKIE_WAIT)
        draw_ties(a);
    struct sctpxi_init_answer reply = {
        .opt = a->opt,
        .out_streams = is_setting_up ? a->opt->out_streams : a->out_streams,
        .local_tag = is_setting_up ? a->local_tag : sctpxi_endpoint_new_tag(a->endpoint),
        .local_tsn = is_setting_up
                         ? a->local_initial_tsn
                         : sctpxi_tsn_make(sctpxi_endpoint_random_u32(a->endpoint)),
        .local_tie = a->state != SCTPX_COOKIE_WAIT ? a->local_tie : 0,
        .remote_tie = a->state != SCTPX_COOKIE_WAIT ? a->remote_tie : 0,
    };
    sctpxi_init_ack_send(a->endpoint, now, packet, view, init, params, &reply);
}

/* Anybody may have sent the INIT: T2-shutdown runs on as it did, and the rate is limited. */
static void repeat_shutdown_ack(sctpx_assoc *a, sctpx_time now, const sctpx_packet *packet,
                                const struct sctpxi_packet *view)
{
    if (!sctpxi_ootb_take_token(a->endpoint, now))
        return;
    struct sctpxi_writer w;
    const struct sctpxi_path *path = &a->paths[a->shutdown_path];
    sctpxi_reply_begin(a->endpoint, view->dst_port, view->src_port, a->remote_tag, &w);
    sctpxi_shutdown_ack_write(&w);
    int source = sctpxi_path_find(a, &packet->remote);
    if (source >= 0 && a->paths[source].is_confirmed)
        sctpxi_reply_end(a->endpoint, &w, &packet->local, &packet->remote);
    else /* 5.4 */
        sctpxi_reply_end(a->endpoint, &w, &path->local, &path->remote);
}

/* 5.2.1 rules 1 to 3: to an address that the user named and the INIT lists, best its source. */
static void answer_named_address(sctpx_assoc *a, sctpx_time now, const sctpx_packet *packet,
                                 const struct sctpxi_packet *view, const struct sctpxi_init *init,
                                 const struct sctpxi_peer_params *params)
{
    for (uint8_t i = 0; i < params->addr_count; i++) {
        int path = sctpxi_path_find(a, &params->addrs[i]);
        if (path < 0 || !a->paths[path].is_confirmed)
            continue;
        struct sctpxi_peer_params ordered = *params; /* the one that is answered comes first */
        sctpx_packet towards = *packet;
        ordered.addrs[0] = params->addrs[i];
        ordered.addrs[i] = params->addrs[0];
        towards.remote = a->paths[path].remote;
        answer(a, now, &towards, view, init, &ordered);
        return;
    }
}

void sctpxi_collision_on_init(sctpx_assoc *a, sctpx_time now, const sctpx_packet *packet,
                              const struct sctpxi_packet *view, const struct sctpxi_init *init,
                              const struct sctpxi_peer_params *params)
{
    if (a->state == SCTPX_SHUTDOWN_ACK_SENT) { /* 9.2: its SHUTDOWN COMPLETE was lost */
        repeat_shutdown_ack(a, now, packet, view);
        return;
    }
    if (a->state == SCTPX_COOKIE_WAIT) {
        answer_named_address(a, now, packet, view, init, params);
        return;
    }
    sctpx_addr fresh[SCTPX_MAX_PATHS];
    size_t n = find_new_addresses(a, params, fresh);
    if (n > 0)
        refuse_new_addresses(a, now, packet, view, init, fresh, n);
    else if (a->opt->refuse_restart && sctpxi_assoc_is_up(a))
        sctpxi_ootb_abort(a->endpoint, now, packet, view, init->tag, SCTPXI_TAG_OF_PEER, 0);
    else
        answer(a, now, packet, view, init, params);
}
