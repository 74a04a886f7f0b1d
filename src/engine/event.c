/* SPDX-License-Identifier: MIT */
#include "engine/event.h"

#include <string.h>

#include "engine/endpoint.h"

/* Where it stands while it has events. */
static struct sctpxi_assoc_list *list_of(const sctpx_assoc *a)
{
    return a->is_event_held ? &a->endpoint->with_held_events : &a->endpoint->with_events;
}

static void unlink_event(sctpx_assoc *a)
{
    if (a->is_event_linked)
        TAILQ_REMOVE(list_of(a), a, event_link);
    a->is_event_linked = false;
}

void sctpxi_event_resume(sctpx_assoc *a)
{
    if (a->events == 0 || a->is_event_linked || a->listener != NULL || a->is_user_gone)
        return;
    TAILQ_INSERT_TAIL(list_of(a), a, event_link);
    a->is_event_linked = true;
}

void sctpxi_event_raise(sctpx_assoc *a, enum sctpxi_assoc_event event)
{
    a->events |= (uint16_t)event;
    sctpxi_event_resume(a);
}

void sctpxi_event_forget(sctpx_assoc *a)
{
    a->events = 0;
    unlink_event(a);
}

static bool take_path(sctpx_assoc *a, sctpx_event *e)
{
    static const struct {
        enum sctpxi_path_event mark;
        enum sctpx_event_type type;
    } order[] = {
        {SCTPXI_PATH_EVENT_CONFIRMED, SCTPX_EVENT_PATH_CONFIRMED},
        {SCTPXI_PATH_EVENT_DOWN, SCTPX_EVENT_PATH_DOWN},
        {SCTPXI_PATH_EVENT_UP, SCTPX_EVENT_PATH_UP},
        {SCTPXI_PATH_EVENT_HEARTBEAT, SCTPX_EVENT_HEARTBEAT},
    };
    for (uint8_t i = 0; i < a->path_count; i++) {
        struct sctpxi_path *p = &a->paths[i];
        for (size_t k = 0; k < sizeof order / sizeof order[0]; k++) {
            if ((p->events & order[k].mark) == 0)
                continue;
            p->events &= (uint8_t)~order[k].mark;
            e->type = order[k].type;
            e->path = i;
            e->rtt_us = p->reported_rtt_us;
            return true;
        }
    }
    return false;
}

/* Where it goes now: it may have come back before anybody asked. */
static bool take_primary(sctpx_assoc *a, sctpx_event *e)
{
    uint8_t path = sctpxi_path_for_data(a);
    a->events &= (uint16_t)~SCTPXI_EVENT_PRIMARY;
    if (path == a->told_path)
        return false;
    a->told_path = path;
    e->type = SCTPX_EVENT_PATH_PRIMARY;
    e->path = path;
    return true;
}

static bool take_readable(sctpx_assoc *a, sctpx_event *e)
{
    int stream = sctpxi_reasm_next_fresh(&a->reasm);
    if (stream < 0)
        return false;
    e->type = SCTPX_EVENT_READABLE;
    e->stream = (uint16_t)stream;
    e->bytes = sctpxi_reasm_stream_bytes(&a->reasm, (uint16_t)stream);
    return true;
}

static bool take_sent(sctpx_assoc *a, sctpx_event *e)
{
    e->type = SCTPX_EVENT_SENT;
    return sctpxi_tx_queue_next_report(&a->queue, &e->stream, &e->bytes, &e->context);
}

static bool take_message(sctpx_assoc *a, sctpx_event *e)
{
    e->type = SCTPX_EVENT_MESSAGE;
    if (sctpx_assoc_next_report(a, &e->report) == 0)
        return false;
    e->stream = e->report.stream;
    e->context = e->report.context;
    return true;
}

static void fill_reason(const sctpx_assoc *a, sctpx_event *e)
{
    e->cause = a->reason_cause;
    e->reason = a->reason;
    e->reason_length = a->reason_length;
}

/* Kinds that are told once per mark. */
static bool take_once(sctpx_assoc *a, unsigned mark, sctpx_event *e)
{
    static const struct {
        enum sctpxi_assoc_event mark;
        enum sctpx_event_type type;
    } kinds[] = {
        {SCTPXI_EVENT_UP, SCTPX_EVENT_UP},
        {SCTPXI_EVENT_RESTARTED, SCTPX_EVENT_RESTARTED},
        {SCTPXI_EVENT_REMOTE_ERROR, SCTPX_EVENT_REMOTE_ERROR},
        {SCTPXI_EVENT_WRITABLE, SCTPX_EVENT_WRITABLE},
        {SCTPXI_EVENT_DRY, SCTPX_EVENT_DRY},
        {SCTPXI_EVENT_PEER_SHUTDOWN, SCTPX_EVENT_PEER_SHUTDOWN},
        {SCTPXI_EVENT_CLOSED, SCTPX_EVENT_CLOSED},
    };
    a->events &= (uint16_t)~mark;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        if (mark == (unsigned)kinds[k].mark)
            e->type = kinds[k].type;
    if (mark == SCTPXI_EVENT_UP) /* from now on changes are told */
        a->told_path = sctpxi_path_for_data(a);
    if (mark == SCTPXI_EVENT_CLOSED)
        e->error = a->error;
    bool is_with_reason = mark == SCTPXI_EVENT_CLOSED ? !a->is_reason_told
                                                      : mark == SCTPXI_EVENT_REMOTE_ERROR;
    if (is_with_reason)
        fill_reason(a, e);
    a->is_reason_told |= is_with_reason;
    return true;
}

/* Lowest mark first: their numbers are the order in which events are told. */
static bool take_from(sctpx_assoc *a, sctpx_event *e)
{
    while (a->events != 0) {
        unsigned mark = a->events & (~a->events + 1u);
        bool taken;
        switch (mark) {
        case SCTPXI_EVENT_MESSAGE:
            taken = take_message(a, e);
            break;
        case SCTPXI_EVENT_PATHS:
            taken = take_path(a, e);
            break;
        case SCTPXI_EVENT_PRIMARY:
            taken = take_primary(a, e);
            break;
        case SCTPXI_EVENT_READABLE:
            taken = take_readable(a, e);
            break;
        case SCTPXI_EVENT_SENT:
            taken = take_sent(a, e);
            break;
        default:
            return take_once(a, mark, e);
        }
        if (taken)
            return true;
        a->events &= (uint16_t)~mark;
    }
    return false;
}

/* The next event of one association, which then stands in a list only if there are more. */
static bool take_named(sctpx_assoc *a, sctpx_event *e)
{
    bool taken = take_from(a, e);
    if (!taken || a->events == 0)
        unlink_event(a);
    if (!taken)
        return false;
    e->assoc = a;
    e->user = a->user;
    return true;
}

int sctpx_endpoint_poll_event(sctpx_endpoint *endpoint, sctpx_event *ret_event)
{
    memset(ret_event, 0, sizeof *ret_event);
    if (sctpxi_listener_next_news(endpoint, &ret_event->port)) {
        ret_event->type = SCTPX_EVENT_INCOMING;
        return 1;
    }
    sctpx_assoc *a;
    while ((a = TAILQ_FIRST(&endpoint->with_events)) != NULL)
        if (take_named(a, ret_event))
            return 1;
    return 0;
}

/* ---- held events -------------------------------------------------------------------------- */

void sctpxi_event_hold(sctpx_assoc *a)
{
    unlink_event(a);
    a->is_event_held = true;
    sctpxi_event_resume(a);
}

sctpx_assoc *sctpxi_event_next_held(sctpx_endpoint *ep)
{
    sctpx_assoc *a = TAILQ_FIRST(&ep->with_held_events);
    if (a != NULL)
        unlink_event(a);
    return a;
}

int sctpxi_event_poll_held(sctpx_assoc *a, sctpx_event *ret_event)
{
    memset(ret_event, 0, sizeof *ret_event);
    return take_named(a, ret_event) ? 1 : 0;
}
