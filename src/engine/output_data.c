/* SPDX-License-Identifier: MIT */
#include "base/timeval.h"
#include "engine/burst.h"
#include "engine/output.h"
#include "engine/peer_window.h"
#include "engine/recovery.h"
#include "engine/send_rules.h"
#include "engine/tail_probe.h"
#include "engine/timers.h"
#include "engine/user.h"
#include "wire/data.h"

size_t sctpxi_output_data_needed(const sctpx_assoc *a, uint8_t path)
{
    struct sctpxi_tsn tsn;
    if (!sctpxi_send_rules_may_send(a) || !sctpxi_outstanding_next_marked(&a->outstanding, &tsn) ||
        sctpxi_send_rules_path_for_marked(a, tsn) != path)
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
        .payload = m->data + sent->offset,
        .payload_len = sent->length,
    };
    sctpxi_data_write(w, &data);
}

/* Nothing follows, and a SACK that is delayed would look like a lost tail (tail_probe.h). */
static bool is_tail(const sctpx_assoc *a, uint8_t path)
{
    return sctpxi_assoc_uses_rack(a) && sctpxi_tx_queue_is_empty(&a->queue) &&
           sctpxi_outstanding_flight(&a->outstanding, path).chunks > 1;
}

/* RFC 7053: when the receiver's delay would stall us: nothing else may follow this chunk. */
static bool wants_sack_now(const sctpx_assoc *a, const struct sctpxi_sent *sent, uint8_t path)
{
    if (a->state == SCTPX_SHUTDOWN_PENDING)
        return true;
    if (sent->is_last && (sent->message->flags & SCTPX_MSG_SACK_NOW) != 0)
        return true;
    if (is_tail(a, path))
        return true;
    return !sctpxi_send_rules_has_cwnd_room(a, path) &&
           sctpxi_outstanding_flight(&a->outstanding, path).chunks < 2 &&
           !sctpxi_tx_queue_is_empty(&a->queue);
}

/* For the idle rule of 7.2.1. Probing a closed window does not touch cwnd (6.1 A): no sending. */
static void note_busy(sctpx_assoc *a, sctpx_time now, uint8_t path)
{
    if ((a->pending & SCTPXI_PENDING_PROBE) == 0)
        a->paths[path].cc.last_sent = now;
}

static void note_retransmitted(sctpx_assoc *a, uint8_t path, const struct sctpxi_sent *sent)
{
    a->retransmitted_chunks++;
    a->retransmitted_bytes += sent->length;
    a->paths[path].retransmitted_chunks++;
    a->paths[path].retransmitted_bytes += sent->length;
}

static bool write_marked(sctpx_assoc *a, sctpx_time now, uint8_t path, struct sctpxi_writer *w)
{
    struct sctpxi_tsn tsn;
    bool written = false;
    while (sctpxi_outstanding_next_marked(&a->outstanding, &tsn) &&
           sctpxi_send_rules_path_for_marked(a, tsn) == path) {
        const struct sctpxi_sent *sent = sctpxi_outstanding_at(&a->outstanding, tsn);
        if (sctpxi_data_size(sent->length) > sctpxi_writer_left(w))
            break;
        put_chunk(w, sent, tsn, a->state == SCTPX_SHUTDOWN_PENDING);
        sctpxi_peer_window_on_sent(a, sent->length);
        bool is_earliest = sctpxi_outstanding_is_earliest(&a->outstanding, tsn, path);
        sctpxi_outstanding_resent(&a->outstanding, tsn, path, now,
                                  (a->pending & SCTPXI_PENDING_FAST_RTX) != 0);
        note_retransmitted(a, path, sent);
        sctpxi_recovery_on_resent(a, tsn);
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

static size_t rest_of_message(const struct sctpxi_tx_fragment *f)
{
    return f->message->length - f->offset;
}

/* The next fragment if it goes into the room that is left: whole, or cut if it is cut anyway. */
static bool fit_fragment(const sctpx_assoc *a, size_t most, size_t left,
                         struct sctpxi_tx_fragment *f)
{
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
    if (!sctpxi_outstanding_has_flight(&a->outstanding, path) && p->cc.last_sent != 0 &&
        idle > p->rto.rto_us) {
        sctpxi_cc_algorithm(a->opt->congestion_control)->on_idle(&p->cc, idle, p->rto.rto_us);
        sctpxi_recovery_end_episode(a); /* what was before the pause is not to be had back */
    }
    note_busy(a, now, path);
    p->last_new_data = now;
}

/* Without memory for one more chunk it is as if this one got lost: T3-rtx tries again. */
static void wait_for_memory(sctpx_assoc *a, sctpx_time now, uint8_t path)
{
    if (sctpxi_assoc_is_up(a) && sctpxi_outstanding_count(&a->outstanding) == 0)
        sctpxi_timers_start_t3(a, now, path);
}

static void write_fragment(sctpx_assoc *a, sctpx_time now, uint8_t path,
                           const struct sctpxi_tx_fragment *f, struct sctpxi_writer *w)
{
    sctpxi_tx_queue_take(&a->queue, f);
    struct sctpxi_tsn tsn = sctpxi_outstanding_add(&a->outstanding, f, path, now);
    struct sctpxi_sent *sent = sctpxi_outstanding_at(&a->outstanding, tsn);
    sent->asked_for_sack = wants_sack_now(a, sent, path);
    put_chunk(w, sent, tsn, sent->asked_for_sack);
    sctpxi_peer_window_on_sent(a, sent->length);
    a->pending &= (uint16_t)~SCTPXI_PENDING_PROBE; /* one chunk */
    a->sent_chunks++;
    a->sent_bytes += sent->length;
}

static void write_new(sctpx_assoc *a, sctpx_time now, uint8_t path, struct sctpxi_writer *w)
{
    struct sctpxi_tx_fragment f;
    size_t most = sctpxi_send_rules_max_fragment(a);
    bool is_first = true;
    while (fit_fragment(a, most, sctpxi_writer_left(w), &f) &&
           sctpxi_peer_window_takes(a, f.length)) {
        if (sctpxi_outstanding_reserve(&a->outstanding) < 0) {
            wait_for_memory(a, now, path);
            break;
        }
        if (is_first)
            note_sent(a, now, path);
        is_first = false;
        write_fragment(a, now, path, &f, w);
    }
    if (is_first)
        return;
    sctpxi_user_on_sent(a);
    if (sctpxi_assoc_is_up(a))
        sctpxi_timers_start_t3(a, now, path);
}

/* While what is marked did not all fit, or goes elsewhere: nothing new before it. */
static bool may_write_new(const sctpx_assoc *a, uint8_t path, bool is_changed)
{
    struct sctpxi_tsn tsn;
    if (sctpxi_outstanding_next_marked(&a->outstanding, &tsn))
        return false;
    return !is_changed || a->state == SCTPX_COOKIE_ECHOED ||
           sctpxi_send_rules_path_for_new(a) == path;
}

void sctpxi_output_data_write(sctpx_assoc *a, sctpx_time now, uint8_t path, struct sctpxi_writer *w)
{
    size_t first = sctpxi_outstanding_flight(&a->outstanding, path).bytes;
    bool is_changed = write_marked(a, now, path, w);
    size_t before = sctpxi_outstanding_flight(&a->outstanding, path).bytes;
    if (may_write_new(a, path, is_changed)) {
        write_new(a, now, path, w);
        sctpxi_tail_probe_arm(a, now);
    }
    size_t after = sctpxi_outstanding_flight(&a->outstanding, path).bytes;
    sctpxi_burst_on_sent(a, after - before, after - first);
}
