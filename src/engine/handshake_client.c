/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/timeval.h"
#include "engine/address.h"
#include "engine/endpoint.h"
#include "engine/handshake.h"
#include "engine/init_write.h"
#include "engine/report.h"
#include "engine/retransmit.h"
#include "engine/termination.h"
#include "engine/timers.h"
#include "wire/cause.h"
#include "wire/ctrl.h"

enum { MAX_STALE_COOKIES = 2 };

static int check_remotes(const sctpx_addr *remotes, size_t n, uint16_t remote_port)
{
    if (n == 0 || n > SCTPX_MAX_PATHS || remote_port == 0)
        return SCTPX_EINVAL;
    for (size_t i = 0; i < n; i++)
        if (sctpxi_address_scope(&remotes[i]) == SCTPXI_SCOPE_NONE)
            return SCTPX_EINVAL;
    return 0;
}

static int choose_port(sctpx_endpoint *ep, const sctpx_addr *remotes, size_t n,
                       uint16_t remote_port, uint16_t local_port)
{
    if (local_port == 0)
        return sctpxi_dynamic_ports_pick(ep, remotes, n, remote_port);
    for (size_t i = 0; i < n; i++)
        if (sctpxi_demux_by_address(&ep->demux, &remotes[i], remote_port, local_port) != NULL)
            return SCTPX_EADDRINUSE;
    return local_port;
}

static int add_paths(sctpx_assoc *a, const sctpx_addr *remotes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int result = sctpxi_path_add(a, &remotes[i], true); /* 5.4 rule 1 */
        if (result < 0 && result != SCTPX_EADDRINUSE)       /* named twice is harmless */
            return result;
    }
    return 0;
}

int sctpx_endpoint_connect(sctpx_endpoint *endpoint, sctpx_time now, const sctpx_addr *remotes,
                           size_t n, uint16_t remote_port, uint16_t local_port,
                           const sctpx_assoc_options *options, void *user, sctpx_assoc **ret_assoc)
{
    (void)now;
    if (options == NULL)
        options = &endpoint->opt.assoc;
    int port = check_remotes(remotes, n, remote_port);
    if (port < 0 || sctpx_assoc_options_check(options) < 0)
        return SCTPX_EINVAL;
    port = choose_port(endpoint, remotes, n, remote_port, local_port);
    if (port < 0)
        return port;
    sctpx_assoc *a;
    int result = sctpxi_assoc_new(endpoint, options, (uint16_t)port, remote_port, 0, &a);
    if (result < 0)
        return result;
    result = add_paths(a, remotes, n);
    if (result < 0) {
        sctpxi_assoc_destroy(a);
        return result;
    }
    a->user = user;
    sctpxi_assoc_set_state(a, SCTPX_COOKIE_WAIT);
    sctpxi_assoc_ask(a, SCTPXI_PENDING_INIT);
    *ret_assoc = a;
    return 0;
}

/*
 * An INIT ACK that cannot be accepted: ABORT to where it came from, with its Initiate Tag, or with
 * the tag it carried and the T bit when it has none (3.3.3).
 */
static void send_refusal(sctpx_assoc *a, const struct sctpxi_rx *rx, uint32_t tag, uint16_t cause,
                         const struct sctpxi_tlv *host_name)
{
    const sctpx_packet *packet = rx->packet;
    struct sctpxi_writer w;
    sctpxi_reply_begin(a->endpoint, a->local_port, a->remote_port, tag != 0 ? tag : a->local_tag,
                       &w);
    size_t at = sctpxi_abort_begin(&w, tag == 0 ? SCTPXI_TAG_REFLECTED : SCTPXI_TAG_OF_PEER);
    size_t before = w.len;
    if (cause == SCTPXI_CAUSE_UNRESOLVABLE_ADDR)
        sctpxi_cause_put_unresolvable_addr(&w, host_name);
    else
        sctpxi_termination_put_cause(&w, cause, NULL, 0);
    if (w.failed)
        sctpxi_writer_rewind(&w, before); /* too long to come back */
    sctpxi_chunk_end(&w, at);
    sctpxi_reply_end(a->endpoint, &w, &packet->local, &packet->remote);
}

static enum sctpxi_verdict refuse(sctpx_assoc *a, const struct sctpxi_rx *rx, uint32_t tag,
                                  uint16_t cause, const struct sctpxi_tlv *host_name)
{
    send_refusal(a, rx, tag, cause, host_name);
    sctpxi_assoc_set_reason(a, cause, NULL, 0);
    sctpxi_assoc_close(a, SCTPX_EPROTO);
    return SCTPXI_GONE;
}

/* RFC 9260 3.3.3: what an INIT ACK must have; 0 = fine, else the cause of the ABORT. */
static int find_fault(const struct sctpxi_init *init, const struct sctpxi_peer_params *params)
{
    if (sctpxi_init_check(init) != SCTPXI_INIT_OK)
        return SCTPXI_CAUSE_INVALID_PARAM;
    if (params->has_host_name)
        return SCTPXI_CAUSE_UNRESOLVABLE_ADDR;
    if (params->cookie == NULL || params->cookie_length == 0)
        return SCTPXI_CAUSE_MISSING_PARAM;
    return 0;
}

static bool keep_cookie(sctpx_assoc *a, const struct sctpxi_peer_params *params)
{
    uint8_t *copy = sctpxi_alloc_get(&a->endpoint->alloc, params->cookie_length);
    if (copy == NULL)
        return false;
    memcpy(copy, params->cookie, params->cookie_length);
    sctpxi_alloc_put(&a->endpoint->alloc, a->cookie, a->cookie_length);
    a->cookie = copy;
    a->cookie_length = (uint16_t)params->cookie_length;
    return true;
}

/* RFC 9260 6.3.1: INIT and INIT ACK give the first RTT, unless retransmitted (Karn). */
static void measure_setup(sctpx_assoc *a, sctpx_time now)
{
    if (a->t1_t2_expiries == 0)
        sctpxi_rto_on_sample(&a->paths[a->setup_path].rto, a->opt,
                             sctpxi_time_since(now, a->setup_sent_at));
}

static void adopt_init_ack(sctpx_assoc *a, const struct sctpxi_init *init,
                           const struct sctpxi_peer_params *params)
{
    const struct sctpxi_peer_facts facts = {
        .tag = init->tag,
        .initial_tsn = init->initial_tsn,
        .rwnd = init->a_rwnd,
        .in_streams = sctpxi_init_streams(a->opt->max_in_streams, init->os),
        .out_streams = sctpxi_init_streams(a->opt->out_streams, init->mis),
        .addrs = params->addrs,
        .addr_count = params->addr_count,
    };
    sctpxi_path_retain(a, params->addrs, params->addr_count);
    a->primary = a->setup_path; /* the one that works: the user can choose another later */
    sctpxi_handshake_adopt(a, &facts);
}

/*
 * 5.1.2: the peer is where the packet came from and what it lists: one of these was asked. So far
 * only those that the user named are confirmed (5.4).
 */
static bool is_asked_peer(const sctpx_assoc *a, const struct sctpxi_peer_params *params)
{
    for (uint8_t i = 0; i < params->addr_count; i++) {
        int path = sctpxi_path_find(a, &params->addrs[i]);
        if (path >= 0 && a->paths[path].is_confirmed)
            return true;
    }
    return false;
}

enum sctpxi_verdict sctpxi_handshake_on_init_ack(sctpx_assoc *a, struct sctpxi_rx *rx,
                                                 const struct sctpxi_chunk *chunk)
{
    struct sctpxi_init init;
    struct sctpxi_peer_params params;
    if (sctpxi_init_parse(chunk, &init) < 0)
        return SCTPXI_STOP;
    struct sctpxi_addr_types ours = sctpxi_endpoint_told_families(a->endpoint);
    if (sctpxi_peer_params_read(&init, &rx->packet->remote, ours, &params) < 0)
        return refuse(a, rx, init.tag, SCTPXI_CAUSE_PROTOCOL_VIOLATION, NULL);
    if (!is_asked_peer(a, &params))
        return SCTPXI_STOP;
    if (sctpxi_init_check(&init) == SCTPXI_INIT_LOW_RWND) { /* 3.3.3: discarded, nothing changes */
        send_refusal(a, rx, init.tag, SCTPXI_CAUSE_INVALID_PARAM, NULL);
        return SCTPXI_STOP;
    }
    int fault = find_fault(&init, &params);
    if (fault != 0)
        return refuse(a, rx, init.tag, (uint16_t)fault, &params.host_name);
    if (sctpxi_path_reserve(a, params.addrs, params.addr_count) < 0 || !keep_cookie(a, &params))
        return SCTPXI_STOP; /* as if lost; T1-init asks again */
    adopt_init_ack(a, &init, &params);
    if (!sctpxi_handshake_has_streams(a))
        return SCTPXI_GONE;
    measure_setup(a, rx->now);
    a->t1_t2_expiries = 0;
    sctpxi_assoc_set_state(a, SCTPX_COOKIE_ECHOED);
    sctpxi_timers_stop_t1(a);
    sctpxi_report_unrecognized_params(a, a->setup_path, &params);
    a->pending &= (uint16_t)~SCTPXI_PENDING_INIT;
    sctpxi_assoc_ask(a, SCTPXI_PENDING_COOKIE_ECHO);
    return SCTPXI_GO_ON;
}

enum sctpxi_verdict sctpxi_handshake_on_cookie_ack(sctpx_assoc *a, struct sctpxi_rx *rx,
                                                   const struct sctpxi_chunk *chunk)
{
    (void)chunk;
    measure_setup(a, rx->now);
    a->pending &= (uint16_t)~SCTPXI_PENDING_COOKIE_ECHO;
    sctpxi_assoc_on_established(a, rx->now);
    return SCTPXI_GO_ON;
}

/* RFC 9260 5.1, 6.4: another address, if the user named several that the peer has. */
static void rotate_path(sctpx_assoc *a)
{
    for (uint8_t step = 1; step < a->path_count; step++) {
        uint8_t i = (uint8_t)((a->setup_path + step) % a->path_count);
        if (a->paths[i].is_confirmed) {
            a->setup_path = i;
            return;
        }
    }
}

bool sctpxi_handshake_on_t1(sctpx_assoc *a)
{
    if (++a->t1_t2_expiries > a->opt->max_init_retrans) {
        sctpxi_assoc_close(a, SCTPX_ETIMEDOUT);
        return false;
    }
    sctpxi_rto_back_off(&a->paths[a->setup_path].rto, a->opt);
    sctpx_time backed_off = a->paths[a->setup_path].rto.rto_us;
    rotate_path(a);
    if (a->paths[a->setup_path].rto.rto_us < backed_off) /* one back-off for the set-up */
        a->paths[a->setup_path].rto.rto_us = backed_off;
    sctpxi_retransmit_mark_all(a); /* DATA that went along with COOKIE ECHO */
    sctpxi_assoc_ask(a, a->state == SCTPX_COOKIE_WAIT ? SCTPXI_PENDING_INIT
                                                      : SCTPXI_PENDING_COOKIE_ECHO);
    return true;
}

/*
 * RFC 9260 5.2.6 3: a new INIT, asking for the measured RTT and not more than a second on top. What
 * the peer announced with its cookie, and what was to be answered under its old tag, is forgotten:
 * it can answer from none but the addresses that the user named (5.1.2, 5.4).
 */
enum sctpxi_verdict sctpxi_handshake_on_stale_cookie(sctpx_assoc *a, sctpx_time now)
{
    if (a->state != SCTPX_COOKIE_ECHOED)
        return SCTPXI_GO_ON;
    if (++a->stale_cookies > MAX_STALE_COOKIES) {
        sctpxi_assoc_close(a, SCTPX_ESTALECOOKIE);
        return SCTPXI_GONE;
    }
    sctpx_time rtt_ms = sctpxi_time_since(now, a->setup_sent_at) / 1000;
    a->cookie_extra_ms = (uint32_t)sctpxi_time_min(rtt_ms, 59000) + 1000;
    sctpxi_timers_stop_t1(a);
    a->pending &= (uint16_t)~SCTPXI_PENDING_COOKIE_ECHO;
    sctpxi_retransmit_mark_all(a);
    sctpxi_control_clear(a);
    sctpxi_path_retain_confirmed(a);
    a->remote_tag = 0; /* it will have another one, as far as table 12 is concerned (5.2.4) */
    sctpxi_assoc_set_state(a, SCTPX_COOKIE_WAIT);
    sctpxi_assoc_ask(a, SCTPXI_PENDING_INIT);
    return SCTPXI_STOP;
}
