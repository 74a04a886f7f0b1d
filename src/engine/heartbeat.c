/* SPDX-License-Identifier: MIT */
#include "engine/heartbeat.h"

#include "base/timeval.h"
#include "engine/endpoint.h"
#include "engine/event.h"
#include "engine/heartbeat_info.h"
#include "engine/timers.h"
#include "wire/ctrl.h"

enum { ECHO_MAX = 2048 }; /* longer HEARTBEATs are not answered */

bool sctpxi_heartbeat_may_go(const sctpx_assoc *a)
{
    return sctpxi_assoc_is_up(a) && a->state != SCTPX_SHUTDOWN_SENT &&
           a->state != SCTPX_SHUTDOWN_ACK_SENT;
}

static bool is_idle(const struct sctpxi_path *p, sctpx_time now)
{
    sctpx_time period = sctpxi_time_add(p->rto.rto_us, p->hb_interval_us);
    return p->last_new_data == 0 || sctpxi_time_since(now, p->last_new_data) >= period;
}

void sctpxi_heartbeat_ask(sctpx_assoc *a, uint8_t path)
{
    a->paths[path].is_hb_pending = true;
    sctpxi_assoc_want_output(a);
}

/* The last HEARTBEAT was not answered within its RTO. */
static bool on_unanswered(sctpx_assoc *a, uint8_t path)
{
    struct sctpxi_path *p = &a->paths[path];
    p->is_hb_unanswered = false;
    sctpxi_rto_back_off(&p->rto, a->opt);
    return sctpxi_path_on_heartbeat_silent(a, path);
}

bool sctpxi_heartbeat_on_timer(sctpx_assoc *a, sctpx_time now, uint8_t path)
{
    struct sctpxi_path *p = &a->paths[path];
    if (!sctpxi_heartbeat_may_go(a))
        return true;
    bool was_unanswered = p->is_hb_unanswered;
    if (was_unanswered && !on_unanswered(a, path))
        return false;
    if (!p->is_confirmed && p->is_active)
        sctpxi_heartbeat_probe(a, now);
    else if (!was_unanswered && (!p->is_confirmed || is_idle(p, now)))
        sctpxi_heartbeat_ask(a, path);
    sctpxi_timers_arm_heartbeat(a, now, path);
    return true;
}

void sctpxi_heartbeat_watch_new(sctpx_assoc *a, sctpx_time now)
{
    if (!sctpxi_heartbeat_may_go(a))
        return;
    for (uint8_t i = 0; i < a->path_count; i++)
        if (a->paths[i].hb_deadline == SCTPX_TIME_NEVER)
            sctpxi_timers_arm_heartbeat(a, now, i);
    sctpxi_heartbeat_probe(a, now);
}

bool sctpxi_heartbeat_write_pending(sctpx_assoc *a, sctpx_time now, uint8_t path,
                                    struct sctpxi_writer *w)
{
    struct sctpxi_path *p = &a->paths[path];
    if (sctpxi_heartbeat_size(SCTPXI_HEARTBEAT_INFO_BYTES) > sctpxi_writer_left(w))
        return false;
    uint8_t info[SCTPXI_HEARTBEAT_INFO_BYTES];
    p->hb_number++;
    sctpxi_heartbeat_info_write(a, path, now, info);
    sctpxi_heartbeat_write(w, info, sizeof info);
    p->is_hb_pending = false;
    p->heartbeats_sent++;
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
    bool is_late = sctpxi_assoc_is_up(a) && !sctpxi_heartbeat_may_go(a);
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
    uint32_t number;
    int found = sctpxi_heartbeat_info_check(a, rx->now, chunk, &sent_at, &number);
    if (found < 0)
        return SCTPXI_GO_ON;
    uint8_t path = (uint8_t)found;
    struct sctpxi_path *p = &a->paths[path];
    p->is_hb_unanswered = false;
    p->hb_answered = number;
    p->heartbeats_acked++;
    sctpx_time rtt_us = sctpxi_time_since(rx->now, sent_at);
    p->reported_rtt_us = rtt_us < UINT32_MAX ? (uint32_t)rtt_us : UINT32_MAX;
    sctpxi_rto_on_sample(&p->rto, a->opt, rtt_us);
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
    if (!sctpxi_heartbeat_may_go(assoc))
        return SCTPX_ESTATE;
    assoc->paths[path].is_hb_pending = true;
    assoc->paths[path].is_hb_for_user = true;
    sctpxi_assoc_want_output(assoc);
    return 0;
}
