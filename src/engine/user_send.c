/* SPDX-License-Identifier: MIT */
#include "engine/burst.h"
#include "engine/endpoint.h"
#include "engine/event.h"
#include "engine/termination.h"
#include "engine/user.h"

/* Every message counts with what it costs besides its bytes, so that tiny ones are bounded too. */
enum { MESSAGE_OVERHEAD = 64 };
/*
 * What may be queued whatever the window is. Where many write at once they share what 16 may: the
 * rest would be memory that is in no cache any more when its turn comes.
 */
enum { MOST_AHEAD = 1 << 20, LEAST_AHEAD = 1 << 14, ALL_AHEAD = 1 << 24 };

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static bool fits(size_t held, size_t length, size_t limit)
{
    return held == 0 || (held < limit && length <= limit - held);
}

static size_t held_bytes(const sctpx_assoc *a)
{
    return a->queue.unacked_bytes + a->queue.told_bytes + a->queue.message_count * MESSAGE_OVERHEAD;
}

/* ---- who writes --------------------------------------------------------------------------- */

static void note_writer(sctpx_assoc *a)
{
    a->endpoint->writers += !a->is_writer;
    a->is_writer = true;
}

void sctpxi_user_forget_writer(sctpx_assoc *a)
{
    a->endpoint->writers -= a->is_writer;
    a->is_writer = false;
}

static size_t share_ahead(const sctpx_assoc *a)
{
    uint32_t writers = a->endpoint->writers + !a->is_writer; /* it is about to be one */
    if (writers <= ALL_AHEAD / MOST_AHEAD)
        return MOST_AHEAD;
    return larger(ALL_AHEAD / writers, LEAST_AHEAD);
}

/* ---- room --------------------------------------------------------------------------------- */

/*
 * What may be on its way at once: the congestion window, and what the peer has room for. In that
 * stands also what it holds behind a hole.
 */
static size_t window(const sctpx_assoc *a)
{
    size_t cwnd = a->paths[a->told_path].cc.cwnd;
    size_t sent = a->queue.unacked_bytes - a->queue.unsent_bytes, most = sent + a->peer_rwnd;
    return cwnd < most ? cwnd : most;
}

/* What is queued beyond the next window only gets old. */
static size_t useful_bytes(const sctpx_assoc *a)
{
    size_t bytes = a->path_count > 0 ? 2 * window(a) : 0;
    if (bytes < MOST_AHEAD)
        bytes = larger(bytes, share_ahead(a));
    bytes += a->queue.message_count * MESSAGE_OVERHEAD; /* which cwnd does not count */
    return bytes < a->opt->sndbuf_bytes ? bytes : a->opt->sndbuf_bytes;
}

/* Peers that ask for much and acknowledge nothing must not take what is kept for others. */
static size_t buffer(const sctpx_assoc *a)
{
    size_t bytes = useful_bytes(a);
    bool is_cut = bytes > SCTPXI_SHARE_WHEN_SHORT && sctpxi_pool_is_short(&a->endpoint->pool);
    return is_cut ? SCTPXI_SHARE_WHEN_SHORT : bytes;
}

static bool has_room(const sctpx_assoc *a, size_t length, uint16_t stream)
{
    if (!fits(held_bytes(a), length, buffer(a)))
        return false;
    return a->opt->sndbuf_stream_bytes == 0 || fits(sctpxi_tx_queue_stream_bytes(&a->queue, stream),
                                                    length, a->opt->sndbuf_stream_bytes);
}

static int check_send(const sctpx_assoc *a, size_t length, const sctpx_sndinfo *info)
{
    if (a->state == SCTPX_CLOSED || a->state > SCTPX_ESTABLISHED || a->is_shutdown_wanted)
        return SCTPX_ESTATE; /* 9.2: no new data once shutting down */
    if (length == 0)
        return SCTPX_EEMPTY; /* 3.3.1: DATA holds at least one byte */
    if (length > SCTPX_MAX_SEND_BYTES)
        return SCTPX_EMSGSIZE;
    uint16_t streams =
        sctpxi_assoc_is_up(a) || a->out_streams != 0 ? a->out_streams : a->opt->out_streams;
    return info->stream < streams ? 0 : SCTPX_ESTREAM;
}

int sctpx_assoc_send(sctpx_assoc *assoc, sctpx_time now, const void *data, size_t length,
                     const sctpx_sndinfo *info)
{
    (void)now;
    static const sctpx_sndinfo plain;
    if (info == NULL)
        info = &plain;
    int result = check_send(assoc, length, info);
    if (result < 0)
        return result;
    if (!has_room(assoc, length, info->stream)) {
        assoc->is_writable_wanted = true;
        assoc->events &= (uint16_t)~SCTPXI_EVENT_WRITABLE; /* that room is taken */
        return SCTPX_EWOULDBLOCK;
    }
    result = sctpxi_tx_queue_push(&assoc->queue, data, length, info);
    if (result < 0)
        return result;
    note_writer(assoc);
    sctpxi_burst_allow(assoc); /* "when the time comes" anew, 6.1 D */
    sctpxi_assoc_want_output(assoc);
    return 0;
}

void sctpxi_user_on_room(sctpx_assoc *a)
{
    if (!a->is_writable_wanted || a->state == SCTPX_CLOSED || held_bytes(a) > buffer(a) / 4 * 3)
        return;
    a->is_writable_wanted = false;
    sctpxi_event_raise(a, SCTPXI_EVENT_WRITABLE);
}

void sctpxi_user_on_sent(sctpx_assoc *a)
{
    if (!STAILQ_EMPTY(&a->queue.steps))
        sctpxi_event_raise(a, SCTPXI_EVENT_MESSAGE);
}

void sctpxi_user_on_acked(sctpx_assoc *a)
{
    if (a->queue.unacked_bytes == 0)
        sctpxi_user_forget_writer(a);
    if (a->listener != NULL || a->is_user_gone)
        return;
    if (!TAILQ_EMPTY(&a->queue.reports))
        sctpxi_event_raise(a, SCTPXI_EVENT_SENT);
    sctpxi_user_on_sent(a);
    sctpxi_user_on_room(a);
    if (a->queue.unacked_bytes == 0)
        sctpxi_event_raise(a, SCTPXI_EVENT_DRY);
}

int sctpx_assoc_abort(sctpx_assoc *assoc, sctpx_time now, const void *reason, size_t length)
{
    (void)now;
    if (assoc->state == SCTPX_CLOSED)
        return SCTPX_ESTATE;
    sctpxi_termination_abort(assoc, SCTPXI_CAUSE_USER_ABORT, reason, reason == NULL ? 0 : length,
                             SCTPX_EABORTED);
    return 0;
}

void sctpx_assoc_free(sctpx_assoc *assoc, sctpx_time now)
{
    if (assoc == NULL)
        return;
    assoc->is_user_gone = true;
    sctpxi_event_forget(assoc);
    if (assoc->state == SCTPX_CLOSED)
        sctpxi_assoc_destroy(assoc);
    else
        sctpx_assoc_abort(assoc, now, NULL, 0);
}
