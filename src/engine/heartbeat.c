/* SPDX-License-Identifier: MIT */
#include "engine/heartbeat.h"

#include <string.h>

#include "base/timeval.h"
#include "engine/endpoint.h"
#include "engine/event.h"
#include "engine/timers.h"
#include "wire/ctrl.h"

/* Heartbeat Info: which path, and a nonce nobody can guess. The time stays with us. */
enum { INFO_BYTES = 12, ECHO_MAX = 2048 };

static void encode_info(const sctpx_assoc *a, uint8_t path, uint8_t *info)
{
    struct sctpxi_writer w = sctpxi_writer_make(info, INFO_BYTES);
    sctpxi_writer_put_u32(&w, path);
    sctpxi_writer_put_u64(&w, a->paths[path].hb_nonce);
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
    if (sctpxi_time_since(now, a->hb_burst_at) >= a->paths[path].rto.rto_us) {
        a->hb_burst_at = now;
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
    if (p->is_hb_unanswered && !on_unanswered(a, path))
        return false;
    if (!p->is_confirmed && p->is_active)
        sctpxi_heartbeat_probe(a, now);
    else if (!p->is_confirmed || is_idle(a, now, path))
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
    p->hb_nonce = sctpxi_endpoint_random_u64(a->endpoint) | 1; /* never 0: that is none */
    encode_info(a, path, info);
    sctpxi_heartbeat_write(w, info, sizeof info);
    p->is_hb_pending = false;
    p->is_hb_unanswered = true;
    p->hb_sent_at = now;
    sctpxi_timers_arm_heartbeat(a, now, path);
    return true;
}

/* 8.3: the whole value goes back unchanged, to where it came from. */
enum sctpxi_verdict sctpxi_heartbeat_on_request(sctpx_assoc *a, struct sctpxi_rx *rx,
                                                const struct sctpxi_chunk *chunk)
{
    struct sctpxi_view info;
    size_t room = sctpxi_path_data_bytes(&a->paths[rx->path]);
    bool is_late = a->state == SCTPX_SHUTDOWN_SENT || a->state == SCTPX_SHUTDOWN_ACK_SENT;
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

/* The path a HEARTBEAT ACK answers, if length, index and nonce are right (5.4). */
static int answered_path(const sctpx_assoc *a, const struct sctpxi_chunk *chunk)
{
    struct sctpxi_view info;
    if (sctpxi_heartbeat_parse(chunk, &info) < 0 || info.len != INFO_BYTES)
        return -1;
    uint8_t path = info.p[3];
    if (path >= a->path_count || a->paths[path].hb_nonce == 0)
        return -1;
    uint8_t expected[INFO_BYTES];
    encode_info(a, path, expected);
    return memcmp(info.p, expected, sizeof expected) == 0 ? path : -1;
}

enum sctpxi_verdict sctpxi_heartbeat_on_ack(sctpx_assoc *a, struct sctpxi_rx *rx,
                                            const struct sctpxi_chunk *chunk)
{
    int found = answered_path(a, chunk);
    if (found < 0)
        return SCTPXI_GO_ON;
    uint8_t path = (uint8_t)found;
    struct sctpxi_path *p = &a->paths[path];
    p->is_hb_unanswered = false;
    p->hb_nonce = 0; /* it answers once, though it may do so late */
    p->reported_rtt_us = sctpxi_time_since(rx->now, p->hb_sent_at);
    sctpxi_rto_on_sample(&p->rto, &a->opt, p->reported_rtt_us);
    sctpxi_path_confirm(a, path);
    sctpxi_path_on_alive(a, path);
    if (p->is_hb_for_user) {
        p->is_hb_for_user = false;
        p->events |= SCTPXI_PATH_EVENT_HEARTBEAT;
        sctpxi_event_raise(a, SCTPXI_EVENT_PATHS);
    }
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
