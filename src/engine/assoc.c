/* SPDX-License-Identifier: MIT */
#include "engine/assoc.h"

#include <assert.h>
#include <string.h>

#include "engine/burst.h"
#include "engine/endpoint.h"
#include "engine/event.h"
#include "engine/heartbeat.h"
#include "engine/recovery.h"
#include "engine/shutdown.h"
#include "engine/timers.h"
#include "engine/tx_outcome.h"
#include "engine/user.h"
#include "engine/window_growth.h"

enum { REASON_MAX = 256 };

/* RFC 9260 4 figure 3, and the ways out of it; [from] = set of to. */
static const uint16_t transitions[] = {
    [SCTPX_CLOSED] = IN(SCTPX_COOKIE_WAIT) | IN(SCTPX_ESTABLISHED),
    [SCTPX_COOKIE_WAIT] = IN(SCTPX_COOKIE_ECHOED) | IN(SCTPX_ESTABLISHED) | IN(SCTPX_CLOSED),
    /* back to COOKIE_WAIT after a Stale Cookie error, 5.2.6 */
    [SCTPX_COOKIE_ECHOED] = IN(SCTPX_ESTABLISHED) | IN(SCTPX_CLOSED) | IN(SCTPX_COOKIE_WAIT),
    [SCTPX_ESTABLISHED] = IN(SCTPX_SHUTDOWN_PENDING) | IN(SCTPX_SHUTDOWN_RECEIVED) |
                          IN(SCTPX_CLOSED) | IN(SCTPX_ESTABLISHED),
    /* to ESTABLISHED: the peer restarted, 5.2.4 A */
    [SCTPX_SHUTDOWN_PENDING] = IN(SCTPX_SHUTDOWN_SENT) | IN(SCTPX_SHUTDOWN_RECEIVED) |
                               IN(SCTPX_CLOSED) | IN(SCTPX_ESTABLISHED),
    [SCTPX_SHUTDOWN_SENT] = IN(SCTPX_SHUTDOWN_ACK_SENT) | IN(SCTPX_CLOSED) | IN(SCTPX_ESTABLISHED),
    [SCTPX_SHUTDOWN_RECEIVED] =
        IN(SCTPX_SHUTDOWN_ACK_SENT) | IN(SCTPX_CLOSED) | IN(SCTPX_ESTABLISHED),
    [SCTPX_SHUTDOWN_ACK_SENT] = IN(SCTPX_CLOSED),
};

static bool is_setting_up(enum sctpx_assoc_state state)
{
    return state == SCTPX_COOKIE_WAIT || state == SCTPX_COOKIE_ECHOED;
}

void sctpxi_assoc_set_state(sctpx_assoc *a, enum sctpx_assoc_state state)
{
    bool is_known = (transitions[a->state] & IN(state)) != 0;
    assert(is_known);
    (void)is_known;
    if (is_setting_up(state) && !is_setting_up(a->state))
        TAILQ_INSERT_TAIL(&a->endpoint->setting_up, a, wait_link);
    if (!is_setting_up(state) && is_setting_up(a->state))
        TAILQ_REMOVE(&a->endpoint->setting_up, a, wait_link);
    a->state = state;
}

bool sctpxi_assoc_is_up(const sctpx_assoc *a)
{
    return a->state >= SCTPX_ESTABLISHED;
}

static void init_parts(sctpx_assoc *a)
{
    sctpx_endpoint *ep = a->endpoint;
    a->local_initial_tsn = sctpxi_tsn_make(sctpxi_endpoint_random_u32(ep));
    a->peer_rwnd = SCTPXI_INIT_RWND_MIN;
    a->t1_deadline = a->t2_deadline = a->t5_deadline = a->sack_deadline = SCTPX_TIME_NEVER;
    a->loss_deadline = a->pace_deadline = SCTPX_TIME_NEVER;
    a->timer.deadline = SCTPX_TIME_NEVER;
    sctpxi_tx_queue_init(&a->queue, &ep->pool);
    sctpxi_outstanding_init(&a->outstanding, &ep->pool, &a->queue, a->local_initial_tsn);
    sctpxi_rx_tracker_init(&a->tracker, &ep->alloc, sctpxi_tsn_make(0));
    sctpxi_reasm_init(&a->reasm, &ep->pool);
    if (!a->opt->partial_delivery)
        a->reasm.max_message_bytes = a->opt->max_message_bytes;
    sctpxi_window_growth_init(a);
    STAILQ_INIT(&a->controls);
    a->answer_path = SCTPXI_NO_PATH;
}

int sctpxi_assoc_new(sctpx_endpoint *endpoint, const sctpx_assoc_options *options,
                     uint16_t local_port, uint16_t remote_port, uint32_t local_tag,
                     sctpx_assoc **ret_assoc)
{
    if (endpoint->assoc_count >= endpoint->opt.max_assocs)
        return SCTPX_ELIMIT;
    if (sctpxi_heap_reserve(&endpoint->timers, endpoint->assoc_count + 1) < 0 ||
        sctpxi_demux_reserve_tags(&endpoint->demux, (uint32_t)endpoint->assoc_count + 1) < 0)
        return SCTPX_ENOMEM;
    const sctpx_assoc_options *shared;
    if (sctpxi_option_set_take(&endpoint->option_sets, &endpoint->alloc, options, &shared) < 0)
        return SCTPX_ENOMEM;
    sctpx_assoc *a = sctpxi_alloc_zeroed(&endpoint->alloc, sizeof *a);
    if (a == NULL) {
        sctpxi_option_set_drop(&endpoint->alloc, shared);
        return SCTPX_ENOMEM;
    }
    a->endpoint = endpoint;
    a->opt = shared;
    a->local_port = local_port;
    a->remote_port = remote_port;
    a->local_tag = local_tag != 0 ? local_tag : sctpxi_endpoint_new_tag(endpoint);
    init_parts(a);
    sctpxi_demux_add_tag(&endpoint->demux, a);
    TAILQ_INSERT_TAIL(&endpoint->all, a, all_link);
    endpoint->assoc_count++;
    *ret_assoc = a;
    return 0;
}

static void free_cookie(sctpx_assoc *a)
{
    sctpxi_alloc_put(&a->endpoint->alloc, a->cookie, a->cookie_length);
    a->cookie = NULL;
    a->cookie_length = 0;
}

static void free_reason(sctpx_assoc *a)
{
    sctpxi_pool_put(&a->endpoint->pool, a->reason, a->reason_length);
    a->reason = NULL;
    a->reason_length = 0;
}

/* Everything but what was received and how it ended. */
static void stop(sctpx_assoc *a)
{
    sctpx_endpoint *ep = a->endpoint;
    sctpxi_timers_stop_all(a);
    a->pending = 0;
    if (a->is_output_linked)
        TAILQ_REMOVE(&ep->output, a, output_link);
    a->is_output_linked = false;
    sctpxi_demux_remove_tag(&ep->demux, a);
    if (a->remote_tag != 0) /* else nothing came of its cookie, for want of memory */
        sctpxi_spent_tags_add(&ep->spent_tags, a->local_tag);
    for (uint8_t i = 0; i < a->path_count; i++)
        sctpxi_demux_remove_path(&ep->demux, &a->paths[i]);
    sctpxi_control_clear(a);
    sctpxi_tx_outcome_fail_all(&a->queue, false);
    sctpxi_outstanding_done(&a->outstanding);
    sctpxi_tx_queue_restart(&a->queue); /* what was acknowledged may still have to be told */
    sctpxi_user_forget_writer(a);
    sctpxi_rx_tracker_done(&a->tracker);
    sctpxi_reasm_restart(&a->reasm); /* what is not whole never will be */
    sctpxi_recovery_end_episode(a);
    free_cookie(a);
    a->events &= (uint16_t)~SCTPXI_EVENT_WRITABLE;
    if (!TAILQ_EMPTY(&a->queue.failed))
        a->events &= (uint16_t)~SCTPXI_EVENT_DRY;
}

void sctpxi_assoc_destroy(sctpx_assoc *a)
{
    sctpx_endpoint *ep = a->endpoint;
    sctpxi_event_forget(a);
    sctpxi_listener_remove(a);
    if (a->state != SCTPX_CLOSED)
        sctpxi_assoc_set_state(a, SCTPX_CLOSED);
    if (sctpxi_demux_has_tag_of(&ep->demux, a)) /* not stopped yet */
        stop(a);
    sctpxi_tx_queue_done(&a->queue);
    sctpxi_reasm_done(&a->reasm);
    free_reason(a);
    sctpxi_path_remove_all(a);
    TAILQ_REMOVE(&ep->all, a, all_link);
    ep->assoc_count--;
    sctpxi_option_set_drop(&ep->alloc, a->opt);
    sctpxi_alloc_put(&ep->alloc, a, sizeof *a);
}

void sctpxi_assoc_close(sctpx_assoc *a, int error)
{
    sctpxi_assoc_set_state(a, SCTPX_CLOSED);
    stop(a);
    a->error = error;
    bool is_unwanted = a->listener != NULL && a->reasm.readable_messages == 0;
    if (a->is_user_gone || is_unwanted) {
        sctpxi_assoc_destroy(a);
        return;
    }
    sctpxi_event_raise(a, SCTPXI_EVENT_CLOSED);
}

void sctpxi_assoc_set_reason(sctpx_assoc *a, uint16_t cause, const uint8_t *bytes, size_t length)
{
    free_reason(a);
    a->is_reason_told = false;
    a->reason_cause = cause;
    if (length == 0)
        return;
    length = length < REASON_MAX ? length : REASON_MAX;
    a->reason = sctpxi_pool_get(&a->endpoint->pool, length);
    if (a->reason == NULL)
        return;
    memcpy(a->reason, bytes, length);
    a->reason_length = (uint16_t)length;
}

void sctpxi_assoc_on_established(sctpx_assoc *a, sctpx_time now)
{
    sctpxi_assoc_set_state(a, SCTPX_ESTABLISHED);
    sctpxi_timers_stop_t1(a);
    a->t1_t2_expiries = 0;
    a->errors = 0;
    sctpxi_burst_allow(a);
    free_cookie(a);
    for (uint8_t i = 0; i < a->path_count; i++) {
        sctpxi_timers_arm_heartbeat(a, now, i);
        if (sctpxi_outstanding_has_flight(&a->outstanding, i))
            sctpxi_timers_restart_t3(a, now, i); /* sent along with COOKIE ECHO */
    }
    sctpxi_heartbeat_probe(a, now); /* RFC 9260 5.4: probing starts here */
    sctpxi_event_raise(a, SCTPXI_EVENT_UP);
    sctpxi_path_watch_choice(a); /* after a restart every path is new */
    sctpxi_assoc_want_output(a);
    sctpxi_shutdown_advance(a, now); /* the user may have asked for it meanwhile */
}

void sctpxi_assoc_want_output(sctpx_assoc *a)
{
    if (a->is_output_linked || a->state == SCTPX_CLOSED)
        return;
    TAILQ_INSERT_TAIL(&a->endpoint->output, a, output_link);
    a->is_output_linked = true;
}

void sctpxi_assoc_ask(sctpx_assoc *a, unsigned pending)
{
    a->pending |= (uint16_t)pending;
    sctpxi_assoc_want_output(a);
}
