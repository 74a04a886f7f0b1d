/* SPDX-License-Identifier: MIT */
#include "engine/timers.h"

#include <stddef.h>

#include "base/timeval.h"
#include "engine/burst.h"
#include "engine/endpoint.h"
#include "engine/handshake.h"
#include "engine/heartbeat.h"
#include "engine/recovery.h"
#include "engine/retransmit.h"
#include "engine/sack_send.h"
#include "engine/shutdown.h"

static sctpx_time rto_of(const sctpx_assoc *a, uint8_t path)
{
    return a->paths[path].rto.rto_us;
}

void sctpxi_timers_on_setup_sent(sctpx_assoc *a, sctpx_time now)
{
    a->t1_deadline = sctpxi_time_add(now, rto_of(a, a->setup_path));
}

void sctpxi_timers_stop_t1(sctpx_assoc *a)
{
    a->t1_deadline = SCTPX_TIME_NEVER;
}

void sctpxi_timers_on_shutdown_sent(sctpx_assoc *a, sctpx_time now)
{
    a->t2_deadline = sctpxi_time_add(now, rto_of(a, a->shutdown_path));
}

void sctpxi_timers_on_shutdown_begun(sctpx_assoc *a, sctpx_time now)
{
    if (a->t5_deadline != SCTPX_TIME_NEVER)
        return;
    sctpx_time guard = a->opt->shutdown_guard_us, most = a->opt->rto_max_us;
    if (guard == 0) /* RFC 9260 9.2: 5 times RTO.Max */
        guard = most > SCTPX_TIME_NEVER / 5 ? SCTPX_TIME_NEVER : 5 * most;
    a->t5_deadline = sctpxi_time_add(now, guard);
}

void sctpxi_timers_on_sack_delayed(sctpx_assoc *a, sctpx_time now)
{
    if (a->sack_deadline == SCTPX_TIME_NEVER)
        a->sack_deadline = sctpxi_time_add(now, a->opt->sack_delay_us);
}

void sctpxi_timers_on_sack_sent(sctpx_assoc *a)
{
    a->sack_deadline = SCTPX_TIME_NEVER;
}

void sctpxi_timers_restart_t3(sctpx_assoc *a, sctpx_time now, uint8_t path)
{
    sctpx_time interval = rto_of(a, path);
    for (uint8_t i = 0; i < a->probes && interval < a->opt->rto_max_us; i++)
        interval = sctpxi_time_min(2 * interval, a->opt->rto_max_us);
    a->paths[path].t3_deadline = sctpxi_time_add(now, interval);
}

void sctpxi_timers_start_t3(sctpx_assoc *a, sctpx_time now, uint8_t path)
{
    if (a->paths[path].t3_deadline == SCTPX_TIME_NEVER)
        sctpxi_timers_restart_t3(a, now, path);
}

void sctpxi_timers_stop_t3(sctpx_assoc *a, uint8_t path)
{
    a->paths[path].t3_deadline = SCTPX_TIME_NEVER;
}

void sctpxi_timers_on_heartbeat_sent(sctpx_assoc *a, sctpx_time now, uint8_t path)
{
    a->paths[path].hb_deadline = sctpxi_time_add(now, rto_of(a, path));
}

/* RFC 9260 8.3: RTO + HB.interval after the last one, jittered by +/- 50 % of the RTO. */
void sctpxi_timers_arm_heartbeat(sctpx_assoc *a, sctpx_time now, uint8_t path)
{
    struct sctpxi_path *p = &a->paths[path];
    sctpx_time rto = rto_of(a, path);
    if (!p->is_confirmed && p->is_active) { /* probing, 5.4 */
        p->hb_deadline = sctpxi_time_add(now, rto);
        return;
    }
    sctpx_time jitter = sctpxi_endpoint_random_u32(a->endpoint) % (rto + 1);
    sctpx_time wait = sctpxi_time_add(rto - rto / 2 + jitter, p->hb_interval_us);
    p->hb_deadline = sctpxi_time_add(p->hb_sent_at, wait);
    if (p->hb_deadline <= now)
        p->hb_deadline = sctpxi_time_add(now, wait);
}

void sctpxi_timers_stop_heartbeat(sctpx_assoc *a, uint8_t path)
{
    a->paths[path].hb_deadline = SCTPX_TIME_NEVER;
}

void sctpxi_timers_stop_all(sctpx_assoc *a)
{
    a->t1_deadline = a->t2_deadline = a->t5_deadline = SCTPX_TIME_NEVER;
    a->sack_deadline = a->loss_deadline = a->pace_deadline = SCTPX_TIME_NEVER;
    for (uint8_t i = 0; i < a->path_count; i++) {
        sctpxi_timers_stop_t3(a, i);
        sctpxi_timers_stop_heartbeat(a, i);
    }
    sctpxi_timers_commit(a);
}

void sctpxi_timers_set_loss(sctpx_assoc *a, sctpx_time at, bool is_tail_probe)
{
    a->loss_deadline = at;
    a->is_loss_timer_probe = is_tail_probe;
}

void sctpxi_timers_set_pace(sctpx_assoc *a, sctpx_time at)
{
    a->pace_deadline = at;
}

static sctpx_time earliest(const sctpx_assoc *a)
{
    sctpx_time at = sctpxi_time_min(a->t1_deadline, a->t2_deadline);
    at = sctpxi_time_min(at, a->t5_deadline);
    at = sctpxi_time_min(at, a->sack_deadline);
    at = sctpxi_time_min(at, sctpxi_time_min(a->loss_deadline, a->pace_deadline));
    for (uint8_t i = 0; i < a->path_count; i++) {
        at = sctpxi_time_min(at, a->paths[i].t3_deadline);
        at = sctpxi_time_min(at, a->paths[i].hb_deadline);
    }
    return at;
}

void sctpxi_timers_commit(sctpx_assoc *a)
{
    sctpx_time at = earliest(a);
    if (at != a->timer.deadline || (a->timer.seat == 0) != (at == SCTPX_TIME_NEVER))
        sctpxi_heap_set(&a->endpoint->timers, &a->timer, at);
}

/* Takes a timer that is due: it no longer runs when its handler is called. */
static bool take_if_due(sctpx_time *deadline, sctpx_time now)
{
    if (*deadline > now)
        return false;
    *deadline = SCTPX_TIME_NEVER;
    return true;
}

/* Handlers return false when the association has ended (and may be gone). */
static bool run_association_timers(sctpx_assoc *a, sctpx_time now)
{
    if (take_if_due(&a->sack_deadline, now))
        sctpxi_sack_send_now(a);
    if (take_if_due(&a->pace_deadline, now))
        sctpxi_assoc_want_output(a);
    if (take_if_due(&a->loss_deadline, now))
        sctpxi_recovery_on_timer(a, now);
    if (take_if_due(&a->t1_deadline, now) && !sctpxi_handshake_on_t1(a))
        return false;
    if (take_if_due(&a->t5_deadline, now)) {
        sctpxi_shutdown_on_t5(a);
        return false;
    }
    return !take_if_due(&a->t2_deadline, now) || sctpxi_shutdown_on_t2(a);
}

static bool run_path_timers(sctpx_assoc *a, sctpx_time now, uint8_t path)
{
    if (take_if_due(&a->paths[path].t3_deadline, now) && !sctpxi_retransmit_on_t3(a, path))
        return false;
    return !take_if_due(&a->paths[path].hb_deadline, now) ||
           sctpxi_heartbeat_on_timer(a, now, path);
}

void sctpxi_timers_run(sctpx_assoc *a, sctpx_time now)
{
    sctpxi_burst_allow(a);
    if (!run_association_timers(a, now))
        return;
    for (uint8_t i = 0; i < a->path_count; i++)
        if (!run_path_timers(a, now, i))
            return;
    sctpxi_timers_commit(a);
}

sctpx_time sctpx_endpoint_next_deadline(const sctpx_endpoint *endpoint)
{
    return sctpxi_heap_earliest(&endpoint->timers);
}

void sctpx_endpoint_on_deadline(sctpx_endpoint *endpoint, sctpx_time now)
{
    while (endpoint->timers.count > 0 && sctpxi_heap_earliest(&endpoint->timers) <= now) {
        struct sctpxi_heap_node *top = sctpxi_heap_top(&endpoint->timers);
        sctpx_assoc *a = (sctpx_assoc *)(void *)((char *)top - offsetof(sctpx_assoc, timer));
        sctpxi_timers_run(a, now);
    }
}
