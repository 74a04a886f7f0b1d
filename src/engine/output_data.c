/* SPDX-License-Identifier: MIT */
#include "base/timeval.h"
#include "engine/burst.h"
#include "engine/output.h"
#include "engine/timers.h"
#include "wire/data.h"

static bool may_send_data(const sctpx_assoc *a)
{
    return sctpxi_assoc_is_in(a, IN(SCTPX_ESTABLISHED) | IN(SCTPX_SHUTDOWN_PENDING) |
                                     IN(SCTPX_SHUTDOWN_RECEIVED));
}

/* 7.2.1: after a time-out one packet may be in flight until something is acknowledged. */
static bool has_cwnd_room(const sctpx_assoc *a, uint8_t path)
{
    if (a->paths[path].has_timed_out && a->outstanding.flight_bytes[path] > 0)
        return false;
    return a->outstanding.flight_bytes[path] < a->paths[path].cc.cwnd;
}

/* 6.4: what timed out goes elsewhere if it can; fast retransmissions go where the chunk went. */
static uint8_t retransmission_target(const sctpx_assoc *a, struct sctpxi_tsn tsn)
{
    const struct sctpxi_sent *sent = sctpxi_outstanding_at(&a->outstanding, tsn);
    bool is_fast = sent->was_fast_retransmitted && !sent->was_retransmitted;
    uint8_t path = sctpxi_path_or_data(a, sent->path);
    if (is_fast && a->paths[sent->path].errors == 0) /* it has not timed out since */
        return path;
    return sctpxi_path_alternate(a, path);
}

static bool may_retransmit(const sctpx_assoc *a, uint8_t path)
{
    if (a->probes > 0) /* the window is closed: one packet, when it is time for it (6.1 A) */
        return (a->pending & SCTPXI_PENDING_PROBE) != 0;
    return (a->pending & SCTPXI_PENDING_FAST_RTX) != 0 || has_cwnd_room(a, path);
}

/* Largest payload of one DATA chunk: it must fit every path it may be retransmitted on. */
static size_t max_fragment(const sctpx_assoc *a)
{
    return sctpxi_path_min_packet_bytes(a) - SCTPXI_COMMON_HEADER_SIZE - SCTPXI_DATA_HEADER_SIZE;
}

static size_t rest_of_message(const struct sctpxi_tx_fragment *f)
{
    return f->message->length - f->offset;
}

/* 6.1: less than a packet waits while something is in flight, if the user wants that. */
static bool is_held_by_nagle(const sctpx_assoc *a)
{
    return a->opt.nagle && sctpxi_outstanding_count(&a->outstanding) > 0 &&
           a->queue.unsent_bytes < max_fragment(a) && a->state == SCTPX_ESTABLISHED;
}

/* 6.1 A: false when the peer's window is closed; then the probe timer runs once all is acked. */
static bool does_peer_take(sctpx_assoc *a, sctpx_time now, uint8_t path, size_t bytes)
{
    if (a->peer_rwnd >= bytes || (a->pending & SCTPXI_PENDING_PROBE) != 0)
        return true;
    if (sctpxi_outstanding_count(&a->outstanding) == 0)
        sctpxi_timers_start_t3(a, now, path);
    return false;
}

static const struct sctpxi_sent *first_outstanding(const sctpx_assoc *a)
{
    return sctpxi_outstanding_at(&a->outstanding, sctpxi_tsn_next(a->outstanding.cum_ack));
}

bool sctpxi_output_data_is_window_open(const sctpx_assoc *a)
{
    struct sctpxi_tx_fragment f;
    size_t next = 1;
    if (sctpxi_outstanding_count(&a->outstanding) > 0)
        next = first_outstanding(a)->length;
    else if (sctpxi_tx_queue_peek(&a->queue, max_fragment(a), &f))
        next = f.length;
    return a->reported_rwnd >= next;
}

static uint8_t new_data_target(sctpx_assoc *a, sctpx_time now)
{
    struct sctpxi_tx_fragment f;
    if (!sctpxi_tx_queue_peek(&a->queue, max_fragment(a), &f))
        return SCTPXI_NO_PATH;
    uint8_t path = sctpxi_path_for_data(a);
    if (!a->paths[path].is_confirmed || !has_cwnd_room(a, path) ||
        sctpxi_burst_is_over(a) || is_held_by_nagle(a) ||
        !does_peer_take(a, now, path, f.length))
        return SCTPXI_NO_PATH;
    return path;
}

uint8_t sctpxi_output_data_target(sctpx_assoc *a, sctpx_time now)
{
    struct sctpxi_tsn tsn;
    if (!may_send_data(a))
        return SCTPXI_NO_PATH;
    if (!sctpxi_outstanding_next_marked(&a->outstanding, &tsn))
        return new_data_target(a, now);
    uint8_t path = retransmission_target(a, tsn); /* 6.1 C: before anything new */
    if (may_retransmit(a, path))
        return path;
    if (a->probes > 0 && a->outstanding.total_flight_bytes == 0)
        sctpxi_timers_start_t3(a, now, path); /* the next probe */
    return SCTPXI_NO_PATH;
}

size_t sctpxi_output_data_needed(sctpx_assoc *a, uint8_t path)
{
    struct sctpxi_tsn tsn;
    if (!may_send_data(a) || !sctpxi_outstanding_next_marked(&a->outstanding, &tsn) ||
        retransmission_target(a, tsn) != path)
        return 0;
    const struct sctpxi_sent *sent = sctpxi_outstanding_at(&a->outstanding, tsn);
    return SCTPXI_COMMON_HEADER_SIZE + sctpxi_data_size(sent->length);
}

static void put_chunk(struct sctpxi_writer *w, const struct sctpxi_sent *sent,
                      struct sctpxi_tsn tsn, bool is_immediate)
{
    const struct sctpxi_tx_message *m = sent->message;
    unsigned flags = (sent->is_first ? SCTPXI_DATA_BEGIN : 0u) |
                     (sent->is_last ? SCTPXI_DATA_END : 0u) |
                     ((m->flags & SCTPX_MSG_UNORDERED) != 0 ? SCTPXI_DATA_UNORDERED : 0u) |
                     (is_immediate ? SCTPXI_DATA_IMMEDIATE : 0u);
    const struct sctpxi_data data = {
        .tsn = tsn,
        .stream = m->stream,
        .ssn = sent->ssn,
        .ppid = m->ppid,
        .flags = (uint8_t)flags,
        .payload = m->bytes + sent->offset,
        .payload_len = sent->length,
    };
    sctpxi_data_write(w, &data);
}

static void shrink_peer_window(sctpx_assoc *a, size_t bytes)
{
    a->peer_rwnd = a->peer_rwnd > bytes ? a->peer_rwnd - (uint32_t)bytes : 0; /* 6.2.1 B */
}

/* RFC 7053: when the receiver's delay would stall us: nothing else may follow this chunk. */
static bool wants_sack_now(const sctpx_assoc *a, const struct sctpxi_sent *sent, uint8_t path)
{
    if (a->state == SCTPX_SHUTDOWN_PENDING)
        return true;
    if (sent->is_last && (sent->message->flags & SCTPX_MSG_SACK_NOW) != 0)
        return true;
    return !has_cwnd_room(a, path) && a->outstanding.flight_chunks[path] < 2 &&
           !sctpxi_tx_queue_is_empty(&a->queue);
}

/* For the idle rule of 7.2.1. Probing a closed window does not touch cwnd (6.1 A): no sending. */
static void note_busy(sctpx_assoc *a, sctpx_time now, uint8_t path)
{
    if ((a->pending & SCTPXI_PENDING_PROBE) == 0)
        a->paths[path].cc.last_sent = now;
}

static bool write_marked(sctpx_assoc *a, sctpx_time now, uint8_t path, struct sctpxi_writer *w)
{
    struct sctpxi_tsn tsn;
    bool written = false;
    while (sctpxi_outstanding_next_marked(&a->outstanding, &tsn) &&
           retransmission_target(a, tsn) == path) {
        const struct sctpxi_sent *sent = sctpxi_outstanding_at(&a->outstanding, tsn);
        if (sctpxi_data_size(sent->length) > sctpxi_writer_left(w))
            break;
        put_chunk(w, sent, tsn, a->state == SCTPX_SHUTDOWN_PENDING);
        shrink_peer_window(a, sent->length);
        bool is_earliest = sctpxi_outstanding_is_earliest(&a->outstanding, tsn, path);
        sctpxi_outstanding_resent(&a->outstanding, tsn, path, now,
                                  (a->pending & SCTPXI_PENDING_FAST_RTX) != 0);
        a->retransmitted_chunks++;
        note_busy(a, now, path);
        written = true;
        if (!sctpxi_assoc_is_up(a))
            continue; /* T1 watches over DATA behind COOKIE ECHO */
        if (is_earliest) /* 6.1, 6.3.2 R1 */
            sctpxi_timers_restart_t3(a, now, path);
        else
            sctpxi_timers_start_t3(a, now, path);
    }
    if (written) /* one packet, 7.2.4 3 and 6.1 A */
        a->pending &= (uint16_t)~(SCTPXI_PENDING_FAST_RTX | SCTPXI_PENDING_PROBE);
    return written;
}

/* The next fragment if it goes into the room that is left: whole, or cut if it is cut anyway. */
static bool fit_fragment(const sctpx_assoc *a, size_t left, struct sctpxi_tx_fragment *f)
{
    size_t most = max_fragment(a);
    if (left <= SCTPXI_DATA_HEADER_SIZE || !sctpxi_tx_queue_peek(&a->queue, most, f))
        return false;
    size_t room = left - SCTPXI_DATA_HEADER_SIZE;
    if (f->length <= room)
        return true;
    if (rest_of_message(f) <= most || room < most / 4)
        return false;
    return sctpxi_tx_queue_peek(&a->queue, room & ~(size_t)3, f);
}

/* 7.2.1: an idle path must not keep a large cwnd. */
static void note_sent(sctpx_assoc *a, sctpx_time now, uint8_t path)
{
    struct sctpxi_path *p = &a->paths[path];
    sctpx_time idle = sctpxi_time_since(now, p->cc.last_sent);
    if (a->outstanding.flight_chunks[path] == 0 && p->cc.last_sent != 0 && idle > p->rto.rto_us)
        sctpxi_cc_rfc9260.on_idle(&p->cc, idle, p->rto.rto_us);
    note_busy(a, now, path);
    p->last_new_data = now;
}

/* Without memory for one more chunk it is as if this one got lost: T3-rtx tries again. */
static bool can_remember(sctpx_assoc *a, sctpx_time now, uint8_t path)
{
    if (sctpxi_outstanding_reserve(&a->outstanding) == 0)
        return true;
    if (sctpxi_assoc_is_up(a) && sctpxi_outstanding_count(&a->outstanding) == 0)
        sctpxi_timers_start_t3(a, now, path);
    return false;
}

static void write_new(sctpx_assoc *a, sctpx_time now, uint8_t path, struct sctpxi_writer *w)
{
    struct sctpxi_tx_fragment f;
    while (fit_fragment(a, sctpxi_writer_left(w), &f) && does_peer_take(a, now, path, f.length) &&
           can_remember(a, now, path)) {
        note_sent(a, now, path);
        sctpxi_tx_queue_take(&a->queue, &f);
        struct sctpxi_tsn tsn = sctpxi_outstanding_add(&a->outstanding, &f, path, now);
        const struct sctpxi_sent *sent = sctpxi_outstanding_at(&a->outstanding, tsn);
        put_chunk(w, sent, tsn, wants_sack_now(a, sent, path));
        shrink_peer_window(a, sent->length);
        a->pending &= (uint16_t)~SCTPXI_PENDING_PROBE; /* one chunk */
        a->sent_chunks++;
        a->sent_bytes += sent->length;
        if (sctpxi_assoc_is_up(a))
            sctpxi_timers_start_t3(a, now, path);
    }
}

void sctpxi_output_data_write(sctpx_assoc *a, sctpx_time now, uint8_t path,
                              struct sctpxi_writer *w)
{
    struct sctpxi_tsn tsn;
    write_marked(a, now, path, w);
    if (sctpxi_outstanding_next_marked(&a->outstanding, &tsn))
        return; /* they did not all fit, or go elsewhere: nothing new before them */
    bool is_setup = a->state == SCTPX_COOKIE_ECHOED;
    if (!is_setup && new_data_target(a, now) != path)
        return;
    size_t before = a->outstanding.flight_bytes[path];
    write_new(a, now, path, w);
    sctpxi_burst_on_sent(a, a->outstanding.flight_bytes[path] - before);
}
