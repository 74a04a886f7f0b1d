/* SPDX-License-Identifier: MIT */
#include "engine/ootb.h"

#include "engine/endpoint.h"
#include "engine/handshake.h"
#include "engine/listener.h"
#include "engine/termination.h"
#include "wire/ctrl.h"

enum { SETTING_UP_LOOKED_AT = 64 };

/* Which chunks a packet holds, as far as 8.4 asks. */
struct content {
    struct sctpxi_chunk first;
    bool is_malformed;
    bool is_single;
    bool has_abort, has_shutdown_ack, has_silent; /* silent: 8.4 6 and 7 */
};

static bool has_stale_cookie(const struct sctpxi_chunk *chunk)
{
    struct sctpxi_tlv_iter iter;
    struct sctpxi_tlv tlv;
    sctpxi_causes(chunk, &iter);
    while (sctpxi_tlv_iter_next(&iter, &tlv) > 0)
        if (tlv.type == SCTPXI_CAUSE_STALE_COOKIE)
            return true;
    return false;
}

static void note(struct content *c, const struct sctpxi_chunk *chunk)
{
    switch (chunk->type) {
    case SCTPXI_CHUNK_ABORT:
        c->has_abort = true;
        break;
    case SCTPXI_CHUNK_SHUTDOWN_ACK:
        c->has_shutdown_ack = true;
        break;
    case SCTPXI_CHUNK_SHUTDOWN_COMPLETE:
    case SCTPXI_CHUNK_COOKIE_ACK:
    case SCTPXI_CHUNK_INIT: /* with a tag, or not alone: nothing good (8.5.1 A) */
        c->has_silent = true;
        break;
    case SCTPXI_CHUNK_ERROR:
        c->has_silent |= has_stale_cookie(chunk);
        break;
    default:
        break;
    }
}

static void look(const struct sctpxi_packet *view, struct content *c)
{
    struct sctpxi_chunk_iter iter;
    struct sctpxi_chunk chunk;
    int more;
    size_t count = 0;
    *c = (struct content){0};
    sctpxi_packet_chunks(view, &iter);
    while ((more = sctpxi_chunk_iter_next(&iter, &chunk)) > 0) {
        if (count++ == 0)
            c->first = chunk;
        note(c, &chunk);
    }
    c->is_malformed = more < 0 || count == 0;
    c->is_single = count == 1;
}

bool sctpxi_ootb_take_token(sctpx_endpoint *ep, sctpx_time now)
{
    if (ep->opt.silent_ootb)
        return false;
    if (sctpxi_bucket_take(&ep->stranger_bucket, now))
        return true;
    ep->stats.dropped_rate++;
    return false;
}

void sctpxi_ootb_abort(sctpx_endpoint *ep, sctpx_time now, const sctpx_packet *packet,
                       const struct sctpxi_packet *view, uint32_t tag, enum sctpxi_tag_kind kind,
                       uint16_t code)
{
    if (!sctpxi_ootb_take_token(ep, now))
        return;
    struct sctpxi_writer w;
    sctpxi_reply_begin(ep, view->dst_port, view->src_port, tag, &w);
    size_t at = sctpxi_abort_begin(&w, kind);
    sctpxi_termination_put_cause(&w, code, NULL, 0);
    sctpxi_chunk_end(&w, at);
    sctpxi_reply_end(ep, &w, &packet->local, &packet->remote);
}

static void answer_shutdown_ack(sctpx_endpoint *ep, sctpx_time now, const sctpx_packet *packet,
                                const struct sctpxi_packet *view)
{
    if (!sctpxi_ootb_take_token(ep, now))
        return;
    struct sctpxi_writer w;
    sctpxi_reply_begin(ep, view->dst_port, view->src_port, view->vtag, &w);
    sctpxi_shutdown_complete_write(&w, SCTPXI_TAG_REFLECTED);
    sctpxi_reply_end(ep, &w, &packet->local, &packet->remote);
}

/*
 * Whether the packet, though its tag is wrong, comes from the peer of an association. One that is
 * being set up does not know all of the peer's addresses yet: there the ports have to do, lest the
 * heartbeats of a restarted host's old association draw an ABORT.
 */
static bool is_of_known_peer(const sctpx_endpoint *ep, const sctpx_packet *packet,
                             const struct sctpxi_packet *view, const struct content *c)
{
    const sctpx_assoc *a =
        sctpxi_demux_by_address(&ep->demux, &packet->remote, view->src_port, view->dst_port);
    if (a != NULL)
        return sctpxi_assoc_is_up(a) || !c->has_shutdown_ack; /* that is answered, 8.5.1 E */
    if (c->has_shutdown_ack)
        return false;
    unsigned looked_at = 0; /* what a stranger makes us look at is bounded */
    TAILQ_FOREACH(a, &ep->setting_up, wait_link) {
        if (a->remote_port == view->src_port && a->local_port == view->dst_port)
            return true;
        if (++looked_at == SETTING_UP_LOOKED_AT)
            break;
    }
    return false;
}

/*
 * Raw IP: another stack of this host may own that port, and its associations are not ours to abort.
 * A SHUTDOWN ACK is answered all the same: its sender has everything and only waits to be let go,
 * which is ours to do if our SHUTDOWN COMPLETE was lost.
 */
static bool is_of_others(const sctpx_endpoint *ep, const sctpx_packet *packet,
                         const struct sctpxi_packet *view, const struct content *c)
{
    return ep->opt.answers == SCTPX_ANSWER_LISTENING_PORTS && !c->has_shutdown_ack &&
           sctpxi_listener_find(ep, view->dst_port) == NULL &&
           !is_of_known_peer(ep, packet, view, c);
}

/* RFC 9260 8.4, in its order; 1 (addresses) was checked before. */
int sctpxi_ootb_receive(sctpx_endpoint *ep, sctpx_time now, const sctpx_packet *packet,
                        const struct sctpxi_packet *view)
{
    struct content c;
    look(view, &c);
    ep->stats.out_of_the_blue++;
    if (c.is_malformed) {
        ep->stats.bad_length++;
        return SCTPX_EBADPACKET;
    }
    if (c.has_abort)
        return SCTPX_ENOASSOC;
    if (is_of_others(ep, packet, view, &c)) {
        ep->stats.foreign_port++;
        return SCTPX_ENOASSOC;
    }
    if (view->vtag == 0) {
        if (c.first.type != SCTPXI_CHUNK_INIT || !c.is_single)
            return SCTPX_ENOASSOC;
        return sctpxi_handshake_on_init(ep, now, packet, view, &c.first);
    }
    if (c.first.type == SCTPXI_CHUNK_COOKIE_ECHO)
        return sctpxi_handshake_on_cookie_echo(ep, now, packet, view, &c.first);
    if (is_of_known_peer(ep, packet, view, &c)) {
        ep->stats.bad_tag++; /* not out of the blue: it has the wrong tag (8.5) */
        return SCTPX_ENOASSOC;
    }
    if (c.has_shutdown_ack) /* also while we set up, 8.5.1 E and 9.2 */
        answer_shutdown_ack(ep, now, packet, view);
    else if (!c.has_silent)
        sctpxi_ootb_abort(ep, now, packet, view, view->vtag, SCTPXI_TAG_REFLECTED, 0);
    return SCTPX_ENOASSOC;
}
