/* SPDX-License-Identifier: MIT */
#include "base/timeval.h"
#include "engine/address.h"
#include "engine/collision.h"
#include "engine/endpoint.h"
#include "engine/handshake.h"
#include "engine/heartbeat.h"
#include "engine/init_write.h"
#include "engine/ootb.h"
#include "engine/window_growth.h"
#include "wire/ctrl.h"

/* COOKIE ACK and a probe, which go along with answers to what stands behind COOKIE ECHO. */
#define BESIDE_ANSWERS 40

/* The association an INIT means: by its source, or by an address it lists (5.2.2). */
static sctpx_assoc *find_by_addresses(sctpx_endpoint *ep, const struct sctpxi_packet *view,
                                      const sctpx_addr *addrs, uint8_t n)
{
    for (uint8_t i = 0; i < n; i++) {
        sctpx_assoc *a =
            sctpxi_demux_by_address(&ep->demux, &addrs[i], view->src_port, view->dst_port);
        if (a != NULL)
            return a;
    }
    return NULL;
}

/* A fresh association: random tag and TSN, nothing is kept but what the cookie carries. */
static void answer_init(sctpx_endpoint *ep, sctpx_time now, const sctpx_packet *packet,
                        const struct sctpxi_packet *view, const struct sctpxi_init *init,
                        const struct sctpxi_peer_params *params,
                        const struct sctpxi_listener *listener)
{
    const struct sctpxi_init_answer answer = {
        .opt = &listener->opt.assoc,
        .out_streams = listener->opt.assoc.out_streams,
        .local_tag = sctpxi_endpoint_new_tag(ep),
        .local_tsn = sctpxi_tsn_make(sctpxi_endpoint_random_u32(ep)),
    };
    sctpxi_init_ack_send(ep, now, packet, view, init, params, &answer);
}

/* RFC 9260 3.3.2: fixed fields that cannot be; 0 = fine. */
static int refuse_bad_init(sctpx_endpoint *ep, sctpx_time now, const sctpx_packet *packet,
                           const struct sctpxi_packet *view, const struct sctpxi_init *init)
{
    switch (sctpxi_init_check(init)) {
    case SCTPXI_INIT_OK:
        return 0;
    case SCTPXI_INIT_ZERO_TAG:
        return SCTPX_EBADPACKET;
    case SCTPXI_INIT_LOW_RWND:
    case SCTPXI_INIT_NO_STREAMS:
        break;
    }
    sctpxi_ootb_abort(ep, now, packet, view, init->tag, SCTPXI_TAG_OF_PEER,
                      SCTPXI_CAUSE_INVALID_PARAM);
    return SCTPX_EBADPACKET;
}

/* RFC 9260 3.3.2, Host Name Address: ABORT with Unresolvable Address. */
static void refuse_host_name(sctpx_endpoint *ep, sctpx_time now, const sctpx_packet *packet,
                             const struct sctpxi_packet *view, const struct sctpxi_init *init,
                             const struct sctpxi_peer_params *params)
{
    if (!sctpxi_ootb_take_token(ep, now))
        return;
    struct sctpxi_writer w;
    sctpxi_reply_begin(ep, view->dst_port, view->src_port, init->tag, &w);
    size_t at = sctpxi_abort_begin(&w, SCTPXI_TAG_OF_PEER);
    size_t before = w.len;
    sctpxi_cause_put_unresolvable_addr(&w, &params->host_name);
    if (w.failed || w.len > view->raw_len) /* the name need not come back */
        sctpxi_writer_rewind(&w, before);
    sctpxi_chunk_end(&w, at);
    sctpxi_reply_end(ep, &w, &packet->local, &packet->remote);
}

int sctpxi_handshake_on_init(sctpx_endpoint *ep, sctpx_time now, const sctpx_packet *packet,
                             const struct sctpxi_packet *view, const struct sctpxi_chunk *chunk)
{
    struct sctpxi_init init;
    struct sctpxi_peer_params params;
    ep->stats.inits++;
    if (sctpxi_init_parse(chunk, &init) < 0)
        return SCTPX_EBADPACKET;
    int result = refuse_bad_init(ep, now, packet, view, &init);
    if (result < 0)
        return result;
    struct sctpxi_addr_types ours = sctpxi_endpoint_told_families(ep);
    if (sctpxi_peer_params_read(&init, &packet->remote, ours, &params) < 0) {
        sctpxi_ootb_abort(ep, now, packet, view, init.tag, SCTPXI_TAG_OF_PEER,
                          SCTPXI_CAUSE_PROTOCOL_VIOLATION);
        return SCTPX_EBADPACKET;
    }
    sctpx_assoc *a = find_by_addresses(ep, view, params.addrs, params.addr_count);
    struct sctpxi_listener *listener = sctpxi_listener_find(ep, view->dst_port);
    if (a == NULL && listener == NULL) {
        sctpxi_ootb_abort(ep, now, packet, view, init.tag, SCTPXI_TAG_OF_PEER, 0);
        return SCTPX_ENOASSOC; /* 5.1: nobody is there */
    }
    if (params.has_host_name) {
        refuse_host_name(ep, now, packet, view, &init, &params);
        return SCTPX_EBADPACKET;
    }
    if (a == NULL && !sctpxi_listener_has_room(listener)) {
        ep->stats.dropped_backlog++; /* silently: T1-init of the peer will ask again */
        return SCTPX_ELIMIT;
    }
    if (!sctpxi_bucket_take(&ep->init_bucket, now)) {
        ep->stats.dropped_rate++;
        return SCTPX_ELIMIT;
    }
    if (a != NULL)
        sctpxi_collision_on_init(a, now, packet, view, &init, &params);
    else
        answer_init(ep, now, packet, view, &init, &params, listener);
    return 0;
}

static bool is_bound_to(const struct sctpxi_cookie *c, const sctpx_packet *packet,
                        const struct sctpxi_packet *view)
{
    if (c->local_port != view->dst_port || c->remote_port != view->src_port ||
        c->local_tag != view->vtag)
        return false;
    for (uint8_t i = 0; i < c->remote_count; i++)
        if (sctpxi_address_same_ip(&c->remotes[i], &packet->remote))
            return true;
    return false;
}

enum sctpxi_cookie_verdict sctpxi_handshake_open_cookie(sctpx_endpoint *ep, sctpx_time now,
                                                        const sctpx_packet *packet,
                                                        const struct sctpxi_packet *view,
                                                        const struct sctpxi_chunk *chunk,
                                                        struct sctpxi_cookie *ret_cookie,
                                                        sctpx_time *ret_staleness_us)
{
    struct sctpxi_view bytes;
    if (sctpxi_cookie_echo_parse(chunk, &bytes) < 0)
        return SCTPXI_COOKIE_FORGED;
    enum sctpxi_cookie_verdict verdict = sctpxi_cookie_open(
        ep->cookies, now, bytes.p, bytes.len, ret_cookie, ret_staleness_us);
    if (verdict != SCTPXI_COOKIE_FORGED && !is_bound_to(ret_cookie, packet, view))
        verdict = SCTPXI_COOKIE_FORGED;
    if (verdict == SCTPXI_COOKIE_FORGED)
        ep->stats.cookies_bad_mac++;
    return verdict;
}

void sctpxi_handshake_send_stale(sctpx_endpoint *ep, sctpx_time now, const sctpx_packet *packet,
                                 const struct sctpxi_packet *view,
                                 const struct sctpxi_cookie *cookie, sctpx_time staleness_us)
{
    ep->stats.cookies_stale++;
    if (!sctpxi_ootb_take_token(ep, now))
        return;
    struct sctpxi_writer w;
    sctpxi_reply_begin(ep, view->dst_port, view->src_port, cookie->remote_tag, &w);
    size_t at = sctpxi_error_begin(&w);
    sctpxi_cause_put_stale_cookie(
        &w, staleness_us < UINT32_MAX ? (uint32_t)staleness_us : UINT32_MAX);
    sctpxi_chunk_end(&w, at);
    sctpxi_reply_end(ep, &w, &packet->local, &packet->remote);
}

void sctpxi_handshake_acknowledge_cookie(sctpx_assoc *a, struct sctpxi_rx *rx)
{
    int source = sctpxi_path_find(a, &rx->packet->remote);
    rx->path = source < 0 ? sctpxi_path_for_data(a) : (uint8_t)source;
    a->reply_path = rx->path;
    if (source >= 0) /* else the address is another association's with the same ports */
        sctpxi_path_learn_port(a, rx->now, rx->path, rx->packet);
    if (!a->paths[rx->path].is_confirmed && !sctpxi_heartbeat_probe_first(a, rx->path))
        a->reply_path = sctpxi_path_for_data(a); /* 5.4: COOKIE ACK goes there with a probe only */
    sctpxi_assoc_ask(a, SCTPXI_PENDING_COOKIE_ACK);
    sctpxi_control_on_packet(a, BESIDE_ANSWERS);
    struct sctpxi_chunk_iter iter;
    struct sctpxi_chunk first;
    sctpxi_packet_chunks(rx->view, &iter);
    if (sctpxi_chunk_iter_next(&iter, &first) > 0)
        sctpxi_dispatch_rest(a, rx, &iter);
}

/* RFC 9260 5.1.5 5: the association is made, and only now takes memory. */
static int create(sctpx_endpoint *ep, sctpx_time now, const struct sctpxi_cookie *cookie,
                  struct sctpxi_listener *listener, sctpx_assoc **ret_assoc)
{
    sctpx_assoc *a;
    if (sctpxi_spent_tags_reserve(&ep->spent_tags, &ep->alloc) < 0)
        return SCTPX_ENOMEM;
    int result = sctpxi_assoc_new(ep, &listener->opt.assoc, cookie->local_port,
                                  cookie->remote_port, cookie->local_tag, &a);
    if (result < 0)
        return result;
    if (sctpxi_path_reserve(a, cookie->remotes, cookie->remote_count) < 0) {
        sctpxi_assoc_destroy(a);
        return SCTPX_ENOMEM;
    }
    sctpxi_handshake_adopt_cookie(a, cookie);
    sctpxi_window_growth_on_set_up(a, sctpxi_time_since(now, cookie->made_at));
    sctpxi_listener_add(listener, a);
    sctpxi_assoc_on_established(a, now);
    ep->stats.cookies_accepted++;
    *ret_assoc = a;
    return 0;
}

static int accept_cookie(sctpx_endpoint *ep, sctpx_time now, const sctpx_packet *packet,
                         const struct sctpxi_packet *view, const struct sctpxi_cookie *cookie)
{
    struct sctpxi_listener *listener = sctpxi_listener_find(ep, view->dst_port);
    /* One that has made an association already, which is gone: what is left of its peer is too. */
    bool is_spent = sctpxi_spent_tags_has(&ep->spent_tags, cookie->local_tag);
    if (listener == NULL || is_spent) {
        sctpxi_ootb_abort(ep, now, packet, view, cookie->remote_tag, SCTPXI_TAG_OF_PEER, 0);
        return SCTPX_ENOASSOC;
    }
    if (!sctpxi_listener_has_room(listener)) {
        ep->stats.dropped_backlog++;
        return SCTPX_ELIMIT;
    }
    if (sctpxi_demux_by_tag(&ep->demux, cookie->local_tag) != NULL)
        return SCTPX_ENOASSOC; /* drawn twice: the peer starts again, with another */
    sctpx_assoc *a;
    int result = create(ep, now, cookie, listener, &a);
    if (result < 0) {
        ep->stats.dropped_memory++;
        return result;
    }
    struct sctpxi_rx rx = {.now = now, .packet = packet, .view = view};
    a->received_packets++;
    sctpxi_handshake_acknowledge_cookie(a, &rx);
    return 0;
}

int sctpxi_handshake_on_cookie_echo(sctpx_endpoint *ep, sctpx_time now,
                                    const sctpx_packet *packet,
                                    const struct sctpxi_packet *view,
                                    const struct sctpxi_chunk *chunk)
{
    struct sctpxi_cookie cookie;
    sctpx_time staleness;
    enum sctpxi_cookie_verdict verdict =
        sctpxi_handshake_open_cookie(ep, now, packet, view, chunk, &cookie, &staleness);
    if (verdict == SCTPXI_COOKIE_FORGED)
        return SCTPX_ENOASSOC;
    sctpx_assoc *a = find_by_addresses(ep, view, cookie.remotes, cookie.remote_count);
    if (verdict == SCTPXI_COOKIE_STALE) { /* tags differ from any association's, 5.2.4 3 */
        sctpxi_handshake_send_stale(ep, now, packet, view, &cookie, staleness);
        return SCTPX_ENOASSOC;
    }
    if (a == NULL)
        return accept_cookie(ep, now, packet, view, &cookie);
    sctpxi_collision_on_foreign_cookie(a, now, packet, view, &cookie);
    return 0;
}
