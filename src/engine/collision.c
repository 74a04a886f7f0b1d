/* SPDX-License-Identifier: MIT */
/* COOKIE ECHO for an association that is there already (RFC 9260 5.2.4, table 12). */
#include "engine/collision.h"

#include "engine/endpoint.h"
#include "engine/heartbeat.h"
#include "engine/ootb.h"
#include "engine/restart.h"
#include "wire/ctrl.h"

/* 5.1.2: of the addresses that the user named only those that the peer's INIT reported remain. */
static void drop_unreported(sctpx_assoc *a, const struct sctpxi_cookie *cookie)
{
    if (a->state == SCTPX_COOKIE_WAIT && sctpxi_path_find(a, &cookie->remotes[0]) >= 0)
        sctpxi_path_retain(a, cookie->remotes, cookie->remote_count);
}

/* 5.2.4 B: both sides set up at once; the peer's tag in the cookie is the one it uses. */
static enum sctpxi_verdict simultaneous_open(sctpx_assoc *a, struct sctpxi_rx *rx,
                                             const struct sctpxi_cookie *cookie)
{
    if (sctpxi_path_reserve(a, cookie->remotes, cookie->remote_count) < 0)
        return SCTPXI_STOP; /* as if lost */
    if (sctpxi_assoc_is_in(a, IN(SCTPX_COOKIE_WAIT) | IN(SCTPX_COOKIE_ECHOED))) {
        drop_unreported(a, cookie);
        sctpxi_handshake_adopt_cookie(a, cookie);
        if (!sctpxi_handshake_has_streams(a))
            return SCTPXI_GONE;
        a->pending &= (uint16_t)~(SCTPXI_PENDING_INIT | SCTPXI_PENDING_COOKIE_ECHO);
        sctpxi_assoc_on_established(a, rx->now);
    } else if (!a->has_received_data) {
        sctpxi_handshake_adopt_cookie(a, cookie);
        sctpxi_heartbeat_watch_new(a, rx->now); /* 5.4 */
    } else {
        a->remote_tag = cookie->remote_tag;
    }
    return SCTPXI_GO_ON;
}

enum sctpxi_verdict sctpxi_collision_on_cookie_echo(sctpx_assoc *a, struct sctpxi_rx *rx,
                                                    const struct sctpxi_chunk *chunk)
{
    struct sctpxi_cookie cookie;
    sctpx_time staleness;
    if (chunk->raw != rx->view->chunks)
        return SCTPXI_STOP; /* it must come first (3.2.2) */
    enum sctpxi_cookie_verdict verdict = sctpxi_handshake_open_cookie(
        a->endpoint, rx->now, rx->packet, rx->view, chunk, &cookie, &staleness);
    if (verdict == SCTPXI_COOKIE_FORGED)
        return SCTPXI_STOP;
    if (!sctpxi_tsn_eq(cookie.local_tsn, a->local_initial_tsn))
        return SCTPXI_STOP; /* our tag by chance: it was drawn for another set-up (5.3.1) */
    bool is_same_peer = cookie.remote_tag == a->remote_tag;
    if (verdict == SCTPXI_COOKIE_STALE && !is_same_peer) { /* 5.2.4 3 */
        sctpxi_handshake_send_stale(a->endpoint, rx->now, rx->packet, rx->view, &cookie,
                                    staleness);
        return SCTPXI_STOP;
    }
    if (!is_same_peer) {
        enum sctpxi_verdict end = simultaneous_open(a, rx, &cookie);
        if (end != SCTPXI_GO_ON)
            return end;
    } else if (a->state == SCTPX_COOKIE_ECHOED) { /* D */
        a->pending &= (uint16_t)~SCTPXI_PENDING_COOKIE_ECHO;
        sctpxi_assoc_on_established(a, rx->now);
    }
    sctpxi_handshake_acknowledge_cookie(a, rx);
    return SCTPXI_GONE; /* that has seen to the rest of the packet */
}

/* Two packets, for they carry different tags; the same cookie may come as often as it likes. */
static void refuse_in_shutdown(sctpx_assoc *a, sctpx_time now, const sctpx_packet *packet,
                               const struct sctpxi_packet *view, const struct sctpxi_cookie *cookie)
{
    if (!sctpxi_ootb_take_token(a->endpoint, now))
        return;
    sctpxi_assoc_ask(a, SCTPXI_PENDING_SHUTDOWN_ACK);
    struct sctpxi_writer w;
    sctpxi_reply_begin(a->endpoint, view->dst_port, view->src_port, cookie->remote_tag, &w);
    size_t at = sctpxi_error_begin(&w);
    sctpxi_cause_put_cookie_in_shutdown(&w);
    sctpxi_chunk_end(&w, at);
    sctpxi_reply_end(a->endpoint, &w, &packet->local, &packet->remote);
}

void sctpxi_collision_on_foreign_cookie(sctpx_assoc *a, sctpx_time now,
                                        const sctpx_packet *packet,
                                        const struct sctpxi_packet *view,
                                        const struct sctpxi_cookie *cookie)
{
    bool do_ties_match = a->local_tie != 0 && cookie->local_tie == a->local_tie &&
                         cookie->remote_tie == a->remote_tie;
    if (cookie->remote_tag == a->remote_tag || !do_ties_match)
        return; /* C, and what table 12 does not name: dropped silently */
    if (a->state == SCTPX_SHUTDOWN_ACK_SENT) {
        refuse_in_shutdown(a, now, packet, view, cookie);
        return;
    }
    if (!sctpxi_assoc_is_up(a))
        return;
    if (!sctpxi_restart(a, now, cookie)) /* A */
        return;
    struct sctpxi_rx rx = {.now = now, .packet = packet, .view = view};
    sctpxi_handshake_acknowledge_cookie(a, &rx);
}
