/* SPDX-License-Identifier: MIT */
#include "backend/kernel_internal.h"

static bool take_path(struct sctpxi_kernel_conn *conn, sctpx_event *event)
{
    static const struct {
        enum sctpxi_kernel_path_mark mark;
        enum sctpx_event_type type;
    } order[] = {
        {SCTPXI_KERNEL_PATH_CONFIRMED, SCTPX_EVENT_PATH_CONFIRMED},
        {SCTPXI_KERNEL_PATH_DOWN, SCTPX_EVENT_PATH_DOWN},
        {SCTPXI_KERNEL_PATH_UP, SCTPX_EVENT_PATH_UP},
        {SCTPXI_KERNEL_PATH_PRIMARY, SCTPX_EVENT_PATH_PRIMARY},
        {SCTPXI_KERNEL_PATH_HEARTBEAT, SCTPX_EVENT_HEARTBEAT},
    };

    for (size_t i = 0; i < conn->path_count; i++) {
        for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++) {
            if ((conn->paths[i].marks & order[k].mark) == 0)
                continue;
            conn->paths[i].marks &= ~(unsigned)order[k].mark;
            event->type = order[k].type;
            event->path = i;
            event->rtt_us = conn->heartbeat_rtt_us;
            return true;
        }
    }
    return false;
}

static bool take_readable(struct sctpxi_kernel_conn *conn, sctpx_event *event)
{
    int stream = sctpxi_kernel_inbox_next_fresh(&conn->inbox);

    if (stream < 0)
        return false;
    event->type = SCTPX_EVENT_READABLE;
    event->stream = (uint16_t)stream;
    event->bytes = sctpxi_kernel_inbox_readable(&conn->inbox, stream);
    return true;
}

static void fill_end(const struct sctpxi_kernel_conn *conn, sctpx_event *event)
{
    event->error = conn->error;
    event->cause = conn->abort_cause;
    event->reason = conn->reason_length > 0 ? conn->reason : NULL;
    event->reason_length = conn->reason_length;
}

static void take_once(struct sctpxi_kernel_conn *conn, unsigned mark, sctpx_event *event)
{
    static const struct {
        enum sctpxi_kernel_mark mark;
        enum sctpx_event_type type;
    } kinds[] = {
        {SCTPXI_KERNEL_UP, SCTPX_EVENT_UP},
        {SCTPXI_KERNEL_RESTARTED, SCTPX_EVENT_RESTARTED},
        {SCTPXI_KERNEL_REMOTE_ERROR, SCTPX_EVENT_REMOTE_ERROR},
        {SCTPXI_KERNEL_WRITABLE, SCTPX_EVENT_WRITABLE},
        {SCTPXI_KERNEL_DRY, SCTPX_EVENT_DRY},
        {SCTPXI_KERNEL_PEER_SHUTDOWN, SCTPX_EVENT_PEER_SHUTDOWN},
        {SCTPXI_KERNEL_CLOSED, SCTPX_EVENT_CLOSED},
    };

    conn->marks &= ~mark;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (mark == (unsigned)kinds[i].mark)
            event->type = kinds[i].type;
    if (mark == SCTPXI_KERNEL_CLOSED)
        fill_end(conn, event);
    else if (mark == SCTPXI_KERNEL_REMOTE_ERROR)
        event->cause = conn->remote_error;
}

/* Lowest mark first. */
static bool take(struct sctpxi_kernel_conn *conn, sctpx_event *event)
{
    while (conn->marks != 0) {
        unsigned mark = conn->marks & (~conn->marks + 1u);
        bool is_taken;

        *event = (sctpx_event){.user = conn->owner};
        switch (mark) {
        case SCTPXI_KERNEL_PATHS:
            is_taken = take_path(conn, event);
            break;
        case SCTPXI_KERNEL_READABLE:
            is_taken = take_readable(conn, event);
            break;
        case SCTPXI_KERNEL_SENT:
            is_taken = sctpxi_kernel_outbox_next_sent(&conn->outbox, event);
            break;
        default:
            take_once(conn, mark, event);
            return true;
        }
        if (is_taken)
            return true;
        conn->marks &= ~mark;
    }
    return false;
}

void sctpxi_kernel_event_tell(void *conn)
{
    struct sctpxi_kernel_conn *self = conn;
    struct sctpxi_kernel *kernel = self->kernel;
    sctpx_event event;

    sctpxi_kernel_conn_enter(self);
    while (!self->is_freed && self->owner && take(self, &event))
        kernel->sink->on_event(self->owner, &event);
    (void)sctpxi_kernel_conn_leave(self);
}
