/* SPDX-License-Identifier: MIT */
#include "engine/restart.h"

#include "engine/endpoint.h"
#include "engine/event.h"
#include "engine/recovery.h"
#include "engine/timers.h"
#include "engine/tx_outcome.h"
#include "engine/user.h"
#include "engine/window_growth.h"

/*
 * What failed waits to be taken; if there is some of an earlier restart that the user was told of
 * nobody wants that any more.
 */
static void fail_messages(sctpx_assoc *a)
{
    if ((a->events & SCTPXI_EVENT_RESTARTED) == 0)
        sctpxi_tx_outcome_drop_failed(&a->queue);
    sctpxi_tx_outcome_fail_all(&a->queue, true);
}

/* Everything the old incarnation had on the way, also what was not sent yet (5.2.4.1). */
static void drop_traffic(sctpx_assoc *a, const struct sctpxi_cookie *cookie)
{
    sctpx_endpoint *ep = a->endpoint;
    sctpxi_control_clear(a);
    fail_messages(a);
    sctpxi_outstanding_done(&a->outstanding);
    sctpxi_tx_queue_restart(&a->queue);
    sctpxi_user_forget_writer(a);
    a->local_initial_tsn = cookie->local_tsn;
    sctpxi_outstanding_init(&a->outstanding, &ep->pool, &a->queue, cookie->local_tsn);
    sctpxi_reasm_restart(&a->reasm);
}

static void reset_counters(sctpx_assoc *a)
{
    a->pending = 0;
    a->errors = a->t1_t2_expiries = 0;
    sctpxi_recovery_init(a);
    a->probes = 0;
    a->packets_since_sack = 0;
    a->long_chunk_bytes = 0;
    a->has_received_data = false;
    a->known_locals = 0;
    sctpxi_window_growth_init(a);
    a->local_tie = a->remote_tie = 0;
}

/* The tag changes, and with it the place in the demux. */
static void take_tag(sctpx_assoc *a, uint32_t local_tag)
{
    sctpxi_demux_remove_tag(&a->endpoint->demux, a);
    sctpxi_spent_tags_add(&a->endpoint->spent_tags, a->local_tag);
    a->local_tag = local_tag;
    sctpxi_demux_add_tag(&a->endpoint->demux, a);
}

bool sctpxi_restart(sctpx_assoc *a, sctpx_time now, const struct sctpxi_cookie *cookie)
{
    if (a->opt->refuse_restart || sctpxi_path_find(a, &cookie->remotes[0]) < 0 ||
        sctpxi_demux_by_tag(&a->endpoint->demux, cookie->local_tag) != NULL)
        return false;
    unsigned untold = a->events & SCTPXI_EVENT_UP;
    sctpxi_timers_stop_all(a);
    drop_traffic(a, cookie);
    reset_counters(a);
    take_tag(a, cookie->local_tag);
    sctpxi_path_retain(a, cookie->remotes, cookie->remote_count); /* new ones were refused, 5.2.2 */
    sctpxi_path_start_over(a);
    sctpxi_handshake_adopt_cookie(a, cookie);
    sctpxi_assoc_on_established(a, now);
    a->events &= (uint16_t)~(SCTPXI_EVENT_UP | SCTPXI_EVENT_PEER_SHUTDOWN);
    a->events |= (uint16_t)untold; /* of the first set-up: it comes before all others */
    sctpxi_event_raise(a, SCTPXI_EVENT_RESTARTED);
    if (a->is_writable_wanted) {
        a->is_writable_wanted = false;
        sctpxi_event_raise(a, SCTPXI_EVENT_WRITABLE);
    }
    return true;
}
