/* SPDX-License-Identifier: MIT */
#include "engine/heartbeat.h"

#include "base/reader.h"
#include "base/timeval.h"
#include "engine/endpoint.h"
#include "engine/event.h"
#include "engine/timers.h"
#include "wire/ctrl.h"

/* Heartbeat Info: path, time of sending, nonce. */
enum { INFO_BYTES = 20, ECHO_MAX = 2048 };

/* Answers that come later than this are no measurement of anything. */
#define ANSWER_MAX_US ((sctpx_time)60 * 1000000)

/*
 * The nonce nobody can guess (5.4) is a keyed hash of what it stands for, so that every HEARTBEAT
 * under way can be answered, not only the last one, and none has to be remembered.
 */
static uint64_t nonce_of(const sctpx_assoc *a, uint8_t path, sctpx_time sent_at)
{
    uint8_t text[20];
    struct sctpxi_writer w = sctpxi_writer_make(text, sizeof text);
    sctpxi_writer_put_u32(&w, path);
    sctpxi_writer_put_u64(&w, sent_at);
    sctpxi_writer_put_u32(&w, a->local_tag);
    sctpxi_writer_put_u32(&w, a->remote_tag);
    return sctpxi_siphash24(&a->endpoint->heartbeat_key, text, sizeof text);
}

static void encode_info(const sctpx_assoc *a, uint8_t path, sctpx_time sent_at, uint8_t *info)
{
    struct sctpxi_writer w = sctpxi_writer_make(info, INFO_BYTES);
    sctpxi_writer_put_u32(&w, path);
    sctpxi_writer_put_u64(&w, sent_at);
    sctpxi_writer_put_u64(&w, nonce_of(a, path, sent_at));
}

static bool may_heartbeat(const sctpx_assoc *a)
{
    return sctpxi_assoc_is_up(a) && a->state != SCTPX_SHUTDOWN_SENT &&
           a->state != SCTPX_SHUTDOWN_ACK_SENT; /* 8.3 */
}

static bool is_idle(const sctpx_assoc *a, sctpx_time now, uint8_t path)
{
    const struct sctpxi_path *p = &a->paths[path];
    sctpx_time period = sctpxi_time_add(p->rto.rto_us, a->opt.hb_interval_us);
    return p->last_new_data == 0 || sctpxi_time_since(now, p->last_new_data) >= period;
}

/* HB.Max.Burst (5.4, 16): at most so many packets with probes in one RTO. */
static bool may_probe(sctpx_assoc *a, sctpx_time now, uint8_t path)
{
    if (now >= a->hb_burst_until) {
        a->hb_burst_until = sctpxi_time_add(now, a->paths[path].rto.rto_us);
        a->hb_burst_sent = 0;
    }
    return a->hb_burst_sent < a->opt.hb_max_burst;
}

/* Of the active paths that are not confirmed, the one that was not probed for the longest time. */
static uint8_t next_to_probe(const sctpx_assoc *a)
{
    uint8_t best = SCTPXI_NO_PATH;
    for (uint8_t i = 0; i < a->path_count; i++) {
        const struct sctpxi_path *p = &a->paths[i];
        if (!p->is_confirmed && p->is_active && !p->is_hb_pending &&
            (best == SCTPXI_NO_PATH || p->hb_sent_at < a->paths[best].hb_sent_at))
            best = i;
    }
    return best;
}

static void ask_heartbeat(sctpx_assoc *a, uint8_t path)
{
    a->paths[path].is_hb_pending = true;
    sctpxi_assoc_want_output(a);
}

void sctpxi_heartbeat_probe(sctpx_assoc *a, sctpx_time now)
{
    uint8_t path;
    while ((path = next_to_probe(a)) != SCTPXI_NO_PATH && may_probe(a, now, path)) {
        a->hb_burst_sent++;
        ask_heartbeat(a, path);
    }
}

bool sctpxi_heartbeat_probe_first(sctpx_assoc *a, uint8_t path)
{
    uint8_t i = 0;
    if (!may_heartbeat(a) || a->paths[path].is_hb_pending)
        return may_heartbeat(a);
    while (i < a->path_count && (a->paths[i].is_confirmed || !a->paths[i].is_hb_pending))
        i++;
    if (i < a->path_count)
        a->paths[i].is_hb_pending = false;
    else
        a->hb_burst_sent++;
    ask_heartbeat(a, path);
    return true;
}

/* The last HEARTBEAT was not answered within its RTO. */
static bool on_unanswered(sctpx_assoc *a, uint8_t path)
{
    struct sctpxi_path *p = &a->paths[path];
    p->is_hb_unanswered = false;
    sctpxi_rto_back_off(&p->rto, &a->opt);
    return sctpxi_path_on_heartbeat_silent(a, path);
}

bool sctpxi_heartbeat_on_timer(sctpx_assoc *a, sctpx_time now, uint8_t path)
{
    struct sctpxi_path *p = &a->paths[path];
    if (!may_heartbeat(a))
        return true;
    bool was_unanswered = p->is_hb_unanswered;
    if (was_unanswered && !on_unanswered(a, path))
        return false;
    if (!p->is_confirmed && p->is_active)
        sctpxi_heartbeat_probe(a, now);
    else if (!was_unanswered && (!p->is_confirmed || is_idle(a, now, path)))
        ask_heartbeat(a, path);
    sctpxi_timers_arm_heartbeat(a, now, path);
    return true;
}

bool sctpxi_heartbeat_write_pending(sctpx_assoc *a, sctpx_time now, uint8_t path,
                                    struct sctpxi_writer *w)
{
    struct sctpxi_path *p = &a->paths[path];
    if (sctpxi_heartbeat_size(INFO_BYTES) > sctpxi_writer_left(w))
        return false;
    uint8_t info[INFO_BYTES];
    encode_info(a, path, now, info);
    sctpxi_heartbeat_write(w, info, sizeof info);
    p->is_hb_pending = false;
    p->hb_sent_at = now;
    if (!p->is_hb_unanswered) { /* 8.3: one RTO from the first that is not answered */
        p->is_hb_unanswered = true;
        sctpxi_timers_on_heartbeat_sent(a, now, path);
    }
    return true;
}

/* 8.3: the whole value goes back unchanged, to where it came from. */
enum sctpxi_verdict sctpxi_heartbeat_on_request(sctpx_assoc *a, struct sctpxi_rx *rx,
                                                const struct sctpxi_chunk *chunk)
{
    struct sctpxi_view info;
    size_t room = sctpxi_path_data_bytes(&a->paths[rx->path]);
    bool is_late = sctpxi_assoc_is_up(a) && !may_heartbeat(a);
    if (is_late || sctpxi_heartbeat_parse(chunk, &info) < 0 || chunk->raw_len > ECHO_MAX ||
        sctpxi_pad4(chunk->raw_len) > room)
        return SCTPXI_GO_ON;
    uint8_t space[ECHO_MAX];
    struct sctpxi_writer w = sctpxi_writer_make(space, sizeof space);
    size_t at = sctpxi_chunk_begin(&w, SCTPXI_CHUNK_HEARTBEAT_ACK, 0);
    sctpxi_writer_put_bytes(&w, chunk->value, chunk->value_len);
    sctpxi_chunk_end(&w, at);
    sctpxi_control_queue(a, rx->path, &rx->packet->local, space, w.len);
    return SCTPXI_GO_ON;
}

/*
 * The path a HEARTBEAT ACK answers, if length, index and nonce are right (5.4), or -1. Each answers
 * once, and not after one that was sent later.
 */
static int answered_path(const sctpx_assoc *a, sctpx_time now, const struct sctpxi_chunk *chunk,
                         sctpx_time *ret_sent_at)
{
    struct sctpxi_view info;
    if (sctpxi_heartbeat_parse(chunk, &info) < 0 || info.len != INFO_BYTES)
        return -1;
    struct sctpxi_reader r = sctpxi_reader_make(info.p, info.len);
    uint32_t path = sctpxi_reader_u32(&r);
    sctpx_time sent_at = sctpxi_reader_u64(&r);
    if (path >= a->path_count || sent_at > now || now - sent_at > ANSWER_MAX_US ||
        sent_at < a->paths[path].hb_answered_before ||
        sctpxi_reader_u64(&r) != nonce_of(a, (uint8_t)path, sent_at))
        return -1;
    *ret_sent_at = sent_at;
    return (int)path;
}

static void tell_user(sctpx_assoc *a, struct sctpxi_path *p)
{
    if (!p->is_hb_for_user)
        return;
    p->is_hb_for_user = false;
    p->events |= SCTPXI_PATH_EVENT_HEARTBEAT;
    sctpxi_event_raise(a, SCTPXI_EVENT_PATHS);
}

enum sctpxi_verdict sctpxi_heartbeat_on_ack(sctpx_assoc *a, struct sctpxi_rx *rx,
                                            const struct sctpxi_chunk *chunk)
{
    sctpx_time sent_at;
    int found = answered_path(a, rx->now, chunk, &sent_at);
    if (found < 0)
        return SCTPXI_GO_ON;
    uint8_t path = (uint8_t)found;
    struct sctpxi_path *p = &a->paths[path];
    p->is_hb_unanswered = false;
    p->hb_answered_before = sent_at + 1;
    p->reported_rtt_us = sctpxi_time_since(rx->now, sent_at);
    sctpxi_rto_on_sample(&p->rto, &a->opt, p->reported_rtt_us);
    sctpxi_path_confirm(a, path);
    sctpxi_path_on_alive(a, path);
    tell_user(a, p);
    sctpxi_timers_arm_heartbeat(a, rx->now, path);
    sctpxi_assoc_want_output(a); /* a confirmed path may be what data waited for */
    return SCTPXI_GO_ON;
}

int sctpx_assoc_heartbeat(sctpx_assoc *assoc, sctpx_time now, size_t path)
{
    (void)now;
    if (path >= assoc->path_count)
        return SCTPX_EINVAL;
    if (!may_heartbeat(assoc))
        return SCTPX_ESTATE;
    assoc->paths[path].is_hb_pending = true;
    assoc->paths[path].is_hb_for_user = true;
    sctpxi_assoc_want_output(assoc);
    return 0;
}
