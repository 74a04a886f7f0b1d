/* SPDX-License-Identifier: MIT */
#include "engine/shutdown.h"

#include "engine/endpoint.h"
#include "engine/event.h"
#include "engine/sack_receive.h"
#include "engine/termination.h"
#include "engine/timers.h"
#include "wire/ctrl.h"

/* 8.3: no HEARTBEAT after SHUTDOWN or SHUTDOWN ACK. */
static void stop_heartbeats(sctpx_assoc *a)
{
    for (uint8_t i = 0; i < a->path_count; i++) {
        a->paths[i].is_hb_pending = false;
        sctpxi_timers_stop_heartbeat(a, i);
    }
}

static bool is_all_acked(const sctpx_assoc *a)
{
    return sctpxi_tx_queue_is_empty(&a->queue) && sctpxi_outstanding_count(&a->outstanding) == 0;
}

static void send_first(sctpx_assoc *a, sctpx_time now, enum sctpx_assoc_state state,
                       enum sctpxi_pending chunk)
{
    sctpxi_assoc_set_state(a, state);
    stop_heartbeats(a);
    sctpxi_timers_on_shutdown_begun(a, now);
    a->t1_t2_expiries = 0;
    a->shutdown_path = sctpxi_path_for_data(a);
    sctpxi_assoc_ask(a, chunk);
}

void sctpxi_shutdown_advance(sctpx_assoc *a, sctpx_time now)
{
    if (a->state == SCTPX_ESTABLISHED && a->is_shutdown_wanted)
        sctpxi_assoc_set_state(a, SCTPX_SHUTDOWN_PENDING);
    if (!is_all_acked(a))
        return;
    if (a->state == SCTPX_SHUTDOWN_PENDING)
        send_first(a, now, SCTPX_SHUTDOWN_SENT, SCTPXI_PENDING_SHUTDOWN);
    else if (a->state == SCTPX_SHUTDOWN_RECEIVED)
        send_first(a, now, SCTPX_SHUTDOWN_ACK_SENT, SCTPXI_PENDING_SHUTDOWN_ACK);
}

int sctpx_assoc_shutdown(sctpx_assoc *assoc, sctpx_time now)
{
    if (assoc->state == SCTPX_CLOSED)
        return SCTPX_ESTATE;
    if (assoc->state > SCTPX_ESTABLISHED)
        return 0; /* on its way already; 9.2: ignored in SHUTDOWN_RECEIVED */
    assoc->is_shutdown_wanted = true;
    sctpxi_assoc_want_output(assoc);
    sctpxi_shutdown_advance(assoc, now);
    sctpxi_timers_commit(assoc); /* it may have stopped heartbeats */
    return 0;
}

void sctpxi_shutdown_on_packet(sctpx_assoc *a, sctpx_time now)
{
    if (a->state != SCTPX_SHUTDOWN_SENT || a->t2_deadline == SCTPX_TIME_NEVER)
        return;
    a->t1_t2_expiries = a->errors = 0;
    sctpxi_timers_on_shutdown_sent(a, now);
}

void sctpxi_shutdown_on_data(sctpx_assoc *a)
{
    sctpxi_assoc_ask(a, SCTPXI_PENDING_SHUTDOWN);
}

/* What the peer acknowledges with its SHUTDOWN; false: it lies. */
static bool take_cum_ack(sctpx_assoc *a, struct sctpxi_rx *rx, struct sctpxi_tsn cum)
{
    struct sctpxi_sack_result result;
    if (sctpxi_outstanding_on_cum_ack(&a->outstanding, cum, &result) < 0)
        return false;
    if (!result.is_old)
        sctpxi_sack_apply(a, rx->now, NULL, &result, a->reported_rwnd);
    return true;
}

enum sctpxi_verdict sctpxi_shutdown_on_shutdown(sctpx_assoc *a, struct sctpxi_rx *rx,
                                                const struct sctpxi_chunk *chunk)
{
    struct sctpxi_tsn cum;
    if (sctpxi_shutdown_parse(chunk, &cum) < 0)
        return SCTPXI_STOP;
    if (a->state == SCTPX_SHUTDOWN_ACK_SENT) { /* it did not get our answer */
        sctpxi_assoc_ask(a, SCTPXI_PENDING_SHUTDOWN_ACK);
        return SCTPXI_GO_ON;
    }
    if (!take_cum_ack(a, rx, cum)) {
        sctpxi_termination_abort(a, SCTPXI_CAUSE_PROTOCOL_VIOLATION, NULL, 0, SCTPX_EPROTO);
        return SCTPXI_GONE;
    }
    if (a->state == SCTPX_SHUTDOWN_SENT) { /* they crossed */
        sctpxi_assoc_set_state(a, SCTPX_SHUTDOWN_ACK_SENT);
        a->pending &= (uint16_t)~SCTPXI_PENDING_SHUTDOWN;
        sctpxi_event_raise(a, SCTPXI_EVENT_PEER_SHUTDOWN);
        a->shutdown_path = sctpxi_path_or_data(a, rx->path);
        sctpxi_assoc_ask(a, SCTPXI_PENDING_SHUTDOWN_ACK);
        return SCTPXI_GO_ON;
    }
    if (sctpxi_assoc_is_in(a, IN(SCTPX_ESTABLISHED) | IN(SCTPX_SHUTDOWN_PENDING))) {
        sctpxi_assoc_set_state(a, SCTPX_SHUTDOWN_RECEIVED);
        sctpxi_event_raise(a, SCTPXI_EVENT_PEER_SHUTDOWN);
    }
    sctpxi_shutdown_advance(a, rx->now);
    return SCTPXI_GO_ON;
}

/* To where SHUTDOWN ACK came from, or if that is not confirmed (5.4) to where data goes. */
static void send_complete(sctpx_assoc *a, const struct sctpxi_rx *rx)
{
    struct sctpxi_writer w;
    const struct sctpxi_path *path = &a->paths[sctpxi_path_for_data(a)];
    bool is_source_confirmed = a->paths[rx->path].is_confirmed;
    sctpxi_reply_begin(a->endpoint, a->local_port, a->remote_port, a->remote_tag, &w);
    sctpxi_shutdown_complete_write(&w, SCTPXI_TAG_OF_PEER);
    sctpxi_reply_end(a->endpoint, &w, is_source_confirmed ? &rx->packet->local : &path->local,
                     is_source_confirmed ? &rx->packet->remote : &path->remote);
}

/* Why it ended: by our own wish, or by the peer's. */
static int graceful_result(const sctpx_assoc *a)
{
    return a->is_shutdown_wanted ? 0 : SCTPX_EPEERSHUTDOWN;
}

enum sctpxi_verdict sctpxi_shutdown_on_shutdown_ack(sctpx_assoc *a, struct sctpxi_rx *rx,
                                                    const struct sctpxi_chunk *chunk)
{
    if (sctpxi_bare_check(chunk) < 0 ||
        !sctpxi_assoc_is_in(a, IN(SCTPX_SHUTDOWN_SENT) | IN(SCTPX_SHUTDOWN_ACK_SENT)))
        return SCTPXI_GO_ON;
    send_complete(a, rx);
    sctpxi_assoc_close(a, graceful_result(a));
    return SCTPXI_GONE;
}

enum sctpxi_verdict sctpxi_shutdown_on_shutdown_complete(sctpx_assoc *a, struct sctpxi_rx *rx,
                                                         const struct sctpxi_chunk *chunk)
{
    bool is_reflected = (chunk->flags & SCTPXI_FLAG_T) != 0;
    if (sctpxi_bare_check(chunk) < 0 ||
        rx->view->vtag != (is_reflected ? a->remote_tag : a->local_tag))
        return SCTPXI_STOP;
    sctpxi_assoc_close(a, graceful_result(a));
    return SCTPXI_GONE;
}

bool sctpxi_shutdown_on_t2(sctpx_assoc *a)
{
    if (++a->t1_t2_expiries > a->opt->association_max_retrans) {
        sctpxi_assoc_close(a, SCTPX_ELOST);
        return false;
    }
    sctpxi_rto_back_off(&a->paths[a->shutdown_path].rto, a->opt);
    if (!sctpxi_path_on_silent(a, a->shutdown_path))
        return false;
    a->shutdown_path = sctpxi_path_alternate(a, a->shutdown_path);
    sctpxi_assoc_ask(a, a->state == SCTPX_SHUTDOWN_SENT ? SCTPXI_PENDING_SHUTDOWN
                                                        : SCTPXI_PENDING_SHUTDOWN_ACK);
    return true;
}

void sctpxi_shutdown_on_t5(sctpx_assoc *a)
{
    static const char why[] = "shutdown guard timer";
    sctpxi_termination_abort(a, SCTPXI_CAUSE_USER_ABORT, why, sizeof why - 1, SCTPX_ETIMEDOUT);
}
