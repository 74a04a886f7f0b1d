/* SPDX-License-Identifier: MIT */
/* What must be true of an endpoint whatever happened to it, and what tests change inside of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/timeval.h"
#include "engine/burst.h"
#include "engine/endpoint.h"
#include "engine/tx_outcome.h"
#include "support/engine_rig.h"

/* How often it stands in a list. */
#define COUNT_IN(list, link, a, ret_count)                                                         \
    do {                                                                                           \
        const sctpx_assoc *at_;                                                                    \
        *(ret_count) = 0;                                                                          \
        TAILQ_FOREACH (at_, list, link)                                                            \
            *(ret_count) += at_ == (a);                                                            \
    } while (0)

static void check_heap(const struct sctpxi_heap *heap)
{
    assert_true(heap->count <= heap->capacity);
    for (size_t i = 0; i < heap->count; i++) {
        const struct sctpxi_heap_node *node = heap->nodes[heap->seats[i]];
        assert_int_equal(node->seat - 1, heap->seats[i]);
        assert_int_equal(heap->places[heap->seats[i]], i);
        assert_int_equal(heap->deadlines[i], node->deadline);
        assert_true(node->deadline != SCTPX_TIME_NEVER);
        assert_true(i == 0 || heap->deadlines[(i - 1) / 4] <= node->deadline);
    }
}

static sctpx_time earliest(const sctpx_assoc *a)
{
    sctpx_time at = sctpxi_time_min(a->t1_deadline, a->t2_deadline);
    at = sctpxi_time_min(at, sctpxi_time_min(a->t5_deadline, a->sack_deadline));
    at = sctpxi_time_min(at, sctpxi_time_min(a->loss_deadline, a->pace_deadline));
    for (uint8_t i = 0; i < a->path_count; i++)
        at = sctpxi_time_min(at, sctpxi_time_min(a->paths[i].t3_deadline, a->paths[i].hb_deadline));
    return at;
}

static void check_lists(const sctpx_endpoint *ep, const sctpx_assoc *a)
{
    bool is_setting_up = a->state == SCTPX_COOKIE_WAIT || a->state == SCTPX_COOKIE_ECHOED;
    unsigned n;
    COUNT_IN(&ep->output, output_link, a, &n);
    assert_int_equal(n, a->is_output_linked);
    COUNT_IN(a->is_event_held ? &ep->with_held_events : &ep->with_events, event_link, a, &n);
    assert_int_equal(n, a->is_event_linked);
    COUNT_IN(&ep->setting_up, wait_link, a, &n);
    assert_int_equal(n, is_setting_up);
    if (a->listener != NULL) {
        COUNT_IN(&a->listener->waiting, wait_link, a, &n);
        assert_int_equal(n, 1);
        assert_false(a->is_event_linked);
    } else if (!a->is_user_gone && !a->is_event_held) {
        assert_true(a->events == 0 || a->is_event_linked);
    }
}

static void check_closed(const sctpx_assoc *a)
{
    assert_false(a->is_output_linked || a->is_user_gone);
    assert_false(sctpxi_demux_has_tag_of(&a->endpoint->demux, a));
    assert_int_equal(a->pending, 0);
    assert_int_equal(a->control_count, 0);
    assert_int_equal(a->queue.message_count, 0);
    assert_null(a->outstanding.ring);
    assert_null(a->cookie);
    assert_true(earliest(a) == SCTPX_TIME_NEVER);
}

static void check_paths(const sctpx_endpoint *ep, const sctpx_assoc *a)
{
    assert_true(a->path_count > 0 && a->path_count <= a->path_capacity);
    assert_true(a->primary < a->path_count && a->setup_path < a->path_count &&
                a->reply_path < a->path_count && a->data_path < a->path_count &&
                a->shutdown_path < a->path_count);
    bool has_confirmed = false;
    for (uint8_t i = 0; i < a->path_count; i++) {
        const struct sctpxi_path *p = &a->paths[i];
        has_confirmed |= p->is_confirmed;
        if (!p->is_confirmed && !p->is_active) {
            assert_false(p->demux.is_in); /* never answered: it may be somebody else's */
        } else { /* or it turned up, behind a translator, where another association's peer is */
            assert_true(!p->demux.is_in || p->demux.assoc == a);
            assert_true(
                ep->assoc_count > 1 || /* and until it is heard from again when that one ended */
                sctpxi_demux_by_address(&ep->demux, &p->remote, a->remote_port, a->local_port));
        }
        assert_true(p->cc.cwnd > 0);
    }
    assert_true(has_confirmed);
}

enum { CHUNKS_LOOKED_AT = 256 };

/* Numbers of paths are of paths that are there. */
static void check_numbers(const sctpx_assoc *a)
{
    const struct sctpxi_control *c;
    STAILQ_FOREACH (c, &a->controls, link)
        assert_true(c->path < a->path_count);
    for (uint8_t i = a->path_count; i < SCTPX_MAX_PATHS; i++)
        assert_int_equal(sctpxi_outstanding_flight(&a->outstanding, i).chunks, 0);
    struct sctpxi_tsn tsn = sctpxi_tsn_next(a->outstanding.cum_ack);
    for (unsigned n = 0; n < CHUNKS_LOOKED_AT && !sctpxi_tsn_eq(tsn, a->outstanding.next); n++) {
        assert_true(sctpxi_outstanding_at(&a->outstanding, tsn)->path < a->path_count);
        tsn = sctpxi_tsn_next(tsn);
    }
}

/* The user knows where new data goes, or is about to be told. */
static void check_choice(const sctpx_assoc *a)
{
    if (!sctpxi_assoc_is_up(a) || a->is_user_gone)
        return;
    assert_true(sctpxi_path_for_data(a) == a->told_path ||
                (a->events & (SCTPXI_EVENT_UP | SCTPXI_EVENT_PRIMARY)) != 0);
}

static void check_live(const sctpx_endpoint *ep, const sctpx_assoc *a)
{
    assert_ptr_equal(sctpxi_demux_by_tag(&ep->demux, a->local_tag), a);
    check_paths(ep, a);
    check_numbers(a);
    check_choice(a);
    unsigned controls = 0;
    const struct sctpxi_control *c;
    STAILQ_FOREACH (c, &a->controls, link)
        controls++;
    assert_int_equal(controls, a->control_count);
    assert_true(controls <= SCTPXI_CONTROL_MAX);
}

static bool has_t3(const sctpx_assoc *a)
{
    for (uint8_t i = 0; i < a->path_count; i++)
        if (a->paths[i].t3_deadline != SCTPX_TIME_NEVER)
            return true;
    return false;
}

static bool is_in_data_state(const sctpx_assoc *a)
{
    return a->state == SCTPX_ESTABLISHED || a->state == SCTPX_SHUTDOWN_PENDING ||
           a->state == SCTPX_SHUTDOWN_RECEIVED;
}

/* Probing, and supervision of what was asked (RFC 9260 5.4, 8.3). */
static void check_heartbeats(const sctpx_assoc *a)
{
    for (uint8_t i = 0; i < a->path_count; i++) {
        const struct sctpxi_path *p = &a->paths[i];
        if (is_in_data_state(a) && (p->is_hb_unanswered || (!p->is_confirmed && p->is_active)))
            assert_true(p->hb_deadline != SCTPX_TIME_NEVER);
    }
}

/* Nothing is in flight, and what could go is paced (burst.h): the timer of that runs. */
static bool waits_for_its_turn(const sctpx_assoc *a)
{
    return a->outstanding.total_flight_bytes == 0 && sctpxi_burst_is_over(a) &&
           a->pace_deadline != SCTPX_TIME_NEVER;
}

/* Nothing to send now: whatever it waits for, a timer must bring it on. */
static void check_no_stall(const sctpx_assoc *a)
{
    check_heartbeats(a);
    bool has_data =
        !sctpxi_tx_queue_is_empty(&a->queue) || sctpxi_outstanding_count(&a->outstanding) > 0;
    if (a->state == SCTPX_COOKIE_WAIT || a->state == SCTPX_COOKIE_ECHOED)
        assert_true(a->t1_deadline != SCTPX_TIME_NEVER);
    if (a->state == SCTPX_SHUTDOWN_SENT || a->state == SCTPX_SHUTDOWN_ACK_SENT)
        assert_true(a->t2_deadline != SCTPX_TIME_NEVER);
    if (is_in_data_state(a) && has_data && !waits_for_its_turn(a))
        assert_true(has_t3(a));
    for (uint8_t i = 0; i < a->path_count; i++)
        if (is_in_data_state(a) && sctpxi_outstanding_has_flight(&a->outstanding, i))
            assert_true(a->paths[i].t3_deadline != SCTPX_TIME_NEVER);
    if (a->state == SCTPX_SHUTDOWN_PENDING || a->state == SCTPX_SHUTDOWN_RECEIVED)
        assert_true(has_data); /* else the next step is due */
    if (a->state == SCTPX_ESTABLISHED)
        assert_false(a->is_shutdown_wanted);
    if (a->packets_since_sack > 0 && is_in_data_state(a))
        assert_true(a->sack_deadline != SCTPX_TIME_NEVER);
    if (sctpxi_assoc_is_up(a))
        assert_int_equal(a->control_count, 0);
    assert_int_equal(a->pending & ~(SCTPXI_PENDING_PROBE | SCTPXI_PENDING_FAST_RTX), 0);
}

enum { FEW_MESSAGES = 64 };

/* Every message is in the place it says it is, and counted once (tx_outcome.h). */
static void check_messages(const sctpx_assoc *a)
{
    const struct sctpxi_tx_queue *q = &a->queue;
    const struct sctpxi_tx_message *m;
    size_t living = 0, told = 0, told_bytes = 0;
    if (!STAILQ_EMPTY(&q->steps))
        assert_true((a->events & SCTPXI_EVENT_MESSAGE) != 0);
    if (a->state == SCTPX_CLOSED)
        assert_true(TAILQ_EMPTY(&q->living));
    if (q->message_count > FEW_MESSAGES)
        return;
    TAILQ_FOREACH (m, &q->living, all) {
        assert_int_equal(m->place, SCTPXI_TX_LIVING);
        assert_true(m->holders > 0);
        assert_int_equal(m->steps & SCTPXI_TX_STEP_ACKED, 0);
        living++;
    }
    STAILQ_FOREACH (m, &q->steps, link) {
        assert_true(m->steps != 0 && (m->flags & SCTPX_MSG_REPORT) != 0);
        if (m->place == SCTPXI_TX_LIVING)
            continue;
        assert_int_equal(m->place, SCTPXI_TX_NOWHERE);
        assert_int_equal(m->holders, 1);
        told_bytes += m->length;
        told++;
    }
    assert_int_equal(q->message_count, living + told);
    assert_int_equal(q->told_bytes, told_bytes);
}

static void check_assoc(const sctpx_endpoint *ep, const sctpx_assoc *a)
{
    check_messages(a);
    assert_true(a->timer.deadline == earliest(a));
    assert_int_equal(a->timer.seat != 0, a->timer.deadline != SCTPX_TIME_NEVER);
    check_lists(ep, a);
    if (a->state == SCTPX_SHUTDOWN_SENT || a->state == SCTPX_SHUTDOWN_ACK_SENT)
        assert_true(a->t5_deadline != SCTPX_TIME_NEVER); /* sent or not */
    if (a->state == SCTPX_CLOSED)
        check_closed(a);
    else
        check_live(ep, a);
    if (TAILQ_EMPTY(&ep->output) && a->state != SCTPX_CLOSED)
        check_no_stall(a);
}

static void check_listeners(const sctpx_endpoint *ep)
{
    const struct sctpxi_listener *l;
    LIST_FOREACH (l, &ep->listeners, link) {
        unsigned n = 0;
        const sctpx_assoc *a;
        TAILQ_FOREACH (a, &l->waiting, wait_link) {
            assert_ptr_equal(a->listener, l);
            n++;
        }
        assert_int_equal(n, l->waiting_count);
        assert_true(n <= l->opt.backlog);
    }
}

static size_t paths_in_demux(const sctpx_assoc *a)
{
    size_t n = 0;
    for (uint8_t i = 0; i < a->path_count; i++)
        n += a->paths[i].demux.is_in;
    return n;
}

void engine_check(const sctpx_endpoint *ep)
{
    const sctpx_assoc *a;
    size_t count = 0, tags = 0, paths = 0, timers = 0, writers = 0;
    check_heap(&ep->timers);
    check_listeners(ep);
    TAILQ_FOREACH (a, &ep->all, all_link) {
        check_assoc(ep, a);
        count++;
        timers += a->timer.seat != 0;
        tags += a->state != SCTPX_CLOSED;
        writers += a->queue.unacked_bytes > 0;
        assert_int_equal(a->is_writer, a->queue.unacked_bytes > 0);
        paths += a->state != SCTPX_CLOSED ? paths_in_demux(a) : 0;
    }
    assert_int_equal(count, ep->assoc_count);
    assert_int_equal(timers, ep->timers.count);
    assert_int_equal(tags, ep->demux.tag_count);
    assert_int_equal(writers, ep->writers);
    assert_int_equal(paths, ep->demux.path_count);
}

void engine_rig_check(const struct engine_rig *rig)
{
    engine_check(rig->ep);
    assert_int_equal(rig->ep->alloc.used_bytes, rig->ta.live_bytes);
}

sctpx_assoc_options *engine_rig_options(sctpx_assoc *a)
{
    return (sctpx_assoc_options *)(uintptr_t)a->opt;
}
