/* SPDX-License-Identifier: MIT */
#include "backend/kernel_internal.h"

#include <stdlib.h>
#include <unistd.h>

/* How long the timer waits for what the kernel does not report: ever longer. */
enum { FIRST_WAIT_US = 1000, LAST_WAIT_US = 50000 };

/* ---- watching ------------------------------------------------------------------------------ */

static bool may_read(const struct sctpxi_kernel_conn *conn)
{
    return !conn->has_end_of_file &&
           (conn->is_failing || !sctpxi_kernel_inbox_is_full(&conn->inbox));
}

void sctpxi_kernel_conn_watch(struct sctpxi_kernel_conn *conn)
{
    unsigned events = 0;

    if (conn->fd < 0 || !conn->watch.loop)
        return;
    if (may_read(conn))
        events |= SCTPXI_LOOP_READ;
    if (conn->outbox.waiting && !conn->is_stuck && !conn->is_waiting &&
        conn->state >= SCTPX_ESTABLISHED)
        events |= SCTPXI_LOOP_WRITE;
    sctpxi_loop_watch_set(&conn->watch, events);
}

static void on_descriptor(void *arg, unsigned events)
{
    struct sctpxi_kernel_conn *conn = arg;

    /* An error comes after what was received: nothing of it may stay behind for want of room. */
    if (events & SCTPXI_LOOP_ERROR)
        conn->is_failing = true;
    if (events & (SCTPXI_LOOP_READ | SCTPXI_LOOP_ERROR))
        (void)sctpxi_kernel_receive_all(conn);
    if (conn->fd >= 0 && (events & SCTPXI_LOOP_WRITE)) {
        const struct sctpxi_kernel_written *waiting = conn->outbox.waiting;

        sctpxi_kernel_send_progress(conn);
        sctpxi_kernel_send_all(conn);
        /* The kernel counts in two ways. The timer tries again. */
        conn->is_waiting = waiting && conn->outbox.waiting == waiting;
        if (conn->is_waiting)
            sctpxi_kernel_conn_poll_soon(conn);
    }
    sctpxi_kernel_conn_watch(conn);
}

/* ---- the timer ---------------------------------------------------------------------------- */

static bool has_to_look(const struct sctpxi_kernel_conn *conn)
{
    return conn->fd >= 0 && conn->state >= SCTPX_ESTABLISHED &&
           (conn->has_end_of_file || conn->heartbeat_at != 0 || conn->outbox.unacked_bytes > 0);
}

static void start_timer(struct sctpxi_kernel_conn *conn)
{
    sctpxi_loop_timer_set(&conn->timer, sctpx_loop_now(conn->kernel->loop) + conn->wait_us);
}

void sctpxi_kernel_conn_poll_soon(struct sctpxi_kernel_conn *conn)
{
    bool is_soon = conn->wait_us == FIRST_WAIT_US && sctpxi_loop_timer_is_set(&conn->timer);

    conn->wait_us = FIRST_WAIT_US;
    if (has_to_look(conn) && !is_soon)
        start_timer(conn);
}

void sctpxi_kernel_conn_poll_now(struct sctpxi_kernel_conn *conn)
{
    conn->wait_us = FIRST_WAIT_US / 2;
    if (has_to_look(conn))
        sctpxi_loop_timer_set(&conn->timer, sctpx_loop_now(conn->kernel->loop));
}

static void on_timer(void *arg)
{
    struct sctpxi_kernel_conn *conn = arg;

    if (!has_to_look(conn))
        return;
    if (conn->has_end_of_file) /* the end is a report, and comes after the end of file */
        (void)sctpxi_kernel_receive_all(conn);
    conn->is_waiting = false;
    if (conn->fd >= 0) {
        sctpxi_kernel_send_progress(conn);
        sctpxi_kernel_send_all(conn);
    }
    if (conn->fd >= 0 && conn->heartbeat_at != 0)
        sctpxi_kernel_status_look_for_heartbeat(conn);
    sctpxi_kernel_conn_watch(conn);
    if (!has_to_look(conn))
        return;
    conn->wait_us = conn->wait_us * 2 > LAST_WAIT_US ? LAST_WAIT_US : conn->wait_us * 2;
    start_timer(conn);
}

/* ---- life --------------------------------------------------------------------------------- */

int sctpxi_kernel_conn_join(struct sctpxi_kernel_conn *conn, sctpx_loop *loop)
{
    int result = 0;

    if (sctpxi_loop_timer_init(&conn->timer, loop, on_timer, conn) < 0)
        return SCTPX_ENOMEM;
    sctpxi_loop_defer_init(&conn->defer, loop, sctpxi_kernel_event_tell, conn);
    conn->watch.function = on_descriptor;
    conn->watch.arg = conn;
    if (conn->fd >= 0 && !conn->has_end_of_file)
        result = sctpxi_loop_watch_start(loop, &conn->watch, conn->fd, SCTPXI_LOOP_READ);
    if (result < 0)
        sctpxi_loop_timer_done(&conn->timer);
    return result;
}

int sctpxi_kernel_conn_new(struct sctpxi_kernel *kernel, int fd, const sctpx_assoc_options *options,
                           struct sctpxi_kernel_conn **ret_conn)
{
    struct sctpxi_kernel_conn *conn = calloc(1, sizeof(*conn));
    int result;

    if (!conn)
        return SCTPX_ENOMEM;
    conn->fd = fd;
    result = sctpxi_kernel_conn_join(conn, kernel->loop);
    if (result < 0) {
        free(conn);
        return result;
    }
    conn->kernel = kernel;
    conn->options = *options;
    conn->wait_us = FIRST_WAIT_US;
    sctpxi_kernel_inbox_init(&conn->inbox);
    sctpxi_kernel_outbox_init(&conn->outbox);
    sctpxi_kernel_options_limit(&conn->inbox, options);
    LIST_INSERT_HEAD(&kernel->conns, conn, link);
    *ret_conn = conn;
    return 0;
}

static void close_descriptor(struct sctpxi_kernel_conn *conn, bool is_hard)
{
    if (conn->fd < 0)
        return;
    sctpxi_loop_watch_stop(&conn->watch);
    if (is_hard)
        sctpxi_kernel_socket_close_hard(conn->fd);
    else
        close(conn->fd);
    conn->fd = -1;
}

void sctpxi_kernel_conn_destroy(struct sctpxi_kernel_conn *conn)
{
    if (conn->kernel->loop) { /* else it was taken off when it was detached */
        sctpxi_loop_watch_stop(&conn->watch);
        sctpxi_loop_defer_cancel(&conn->defer);
        sctpxi_loop_timer_done(&conn->timer);
    }
    sctpxi_kernel_inbox_done(&conn->inbox);
    sctpxi_kernel_outbox_done(&conn->outbox);
    LIST_REMOVE(conn, link);
    free(conn);
}

void sctpxi_kernel_conn_enter(struct sctpxi_kernel_conn *conn)
{
    conn->depth++;
    conn->kernel->depth++;
}

bool sctpxi_kernel_conn_leave(struct sctpxi_kernel_conn *conn)
{
    struct sctpxi_kernel *kernel = conn->kernel;
    bool is_alive = !conn->is_freed;

    if (--conn->depth == 0 && !is_alive)
        sctpxi_kernel_conn_destroy(conn);
    kernel->depth--;
    sctpxi_kernel_reap(kernel);
    return is_alive;
}

void sctpxi_kernel_conn_mark(struct sctpxi_kernel_conn *conn, enum sctpxi_kernel_mark mark)
{
    conn->marks |= (unsigned)mark;
    if (conn->owner)
        sctpxi_loop_defer_queue(&conn->defer);
}

void sctpxi_kernel_set_owner(struct sctpxi_backend *backend, struct sctpxi_conn *conn, void *owner)
{
    struct sctpxi_kernel_conn *self = sctpxi_kernel_conn_of(conn);

    (void)backend;
    self->owner = owner;
    if (owner && self->marks != 0)
        sctpxi_loop_defer_queue(&self->defer);
}

/* ---- the beginning and the end ------------------------------------------------------------- */

/* What was written before must fit into the streams that the peer has granted. */
static bool fits_streams(const struct sctpxi_kernel_conn *conn)
{
    const struct sctpxi_kernel_written *written;

    TAILQ_FOREACH (written, &conn->outbox.all, link)
        if (written->info.stream >= conn->out_streams)
            return false;
    return true;
}

void sctpxi_kernel_conn_up(struct sctpxi_kernel_conn *conn)
{
    if (conn->state >= SCTPX_ESTABLISHED || conn->fd < 0)
        return;
    conn->state = SCTPX_ESTABLISHED;
    sctpxi_kernel_status_refresh(conn);
    sctpxi_kernel_status_refresh_paths(conn);
    if (!fits_streams(conn)) {
        sctpxi_kernel_conn_abort(conn, SCTPX_ESTREAM);
        return;
    }
    if (!conn->is_accepted)
        sctpxi_kernel_conn_mark(conn, SCTPXI_KERNEL_UP);
    sctpxi_kernel_send_all(conn);
    sctpxi_kernel_conn_poll_soon(conn);
    sctpxi_kernel_conn_watch(conn);
}

static void end(struct sctpxi_kernel_conn *conn, int error, bool is_hard)
{
    if (conn->state == SCTPX_CLOSED)
        return;
    conn->state = SCTPX_CLOSED;
    conn->error = error;
    sctpxi_loop_timer_set(&conn->timer, SCTPX_TIME_NEVER);
    close_descriptor(conn, is_hard);
    sctpxi_kernel_inbox_drop_partial(&conn->inbox);
    sctpxi_kernel_outbox_fail(&conn->outbox, error);
    conn->marks &= ~(unsigned)SCTPXI_KERNEL_WRITABLE;
    sctpxi_kernel_conn_mark(conn, SCTPXI_KERNEL_CLOSED);
}

void sctpxi_kernel_conn_end(struct sctpxi_kernel_conn *conn, int error)
{
    end(conn, error, false);
}

void sctpxi_kernel_conn_abort(struct sctpxi_kernel_conn *conn, int error)
{
    end(conn, error, true);
}

/* ---- what the owner asks for --------------------------------------------------------------- */

int sctpxi_kernel_shutdown(struct sctpxi_backend *backend, struct sctpxi_conn *conn)
{
    struct sctpxi_kernel_conn *self = sctpxi_kernel_conn_of(conn);

    (void)backend;
    if (self->state < SCTPX_ESTABLISHED)
        return SCTPX_ESTATE;
    if (self->is_shutdown_wanted)
        return 0;
    self->is_shutdown_wanted = true;
    if (self->state == SCTPX_ESTABLISHED)
        self->state = SCTPX_SHUTDOWN_PENDING;
    sctpxi_kernel_send_all(self);
    sctpxi_kernel_conn_watch(self);
    return 0;
}

/* The kernel takes a reason only from one-to-many sockets: EINVAL for SCTP_ABORT on these. */
int sctpxi_kernel_abort(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                        const void *reason, size_t length)
{
    struct sctpxi_kernel_conn *self = sctpxi_kernel_conn_of(conn);

    (void)backend;
    (void)reason;
    (void)length;
    if (self->state == SCTPX_CLOSED)
        return SCTPX_ESTATE;
    sctpxi_kernel_conn_abort(self, SCTPX_EABORTED);
    return 0;
}

void sctpxi_kernel_free(struct sctpxi_backend *backend, struct sctpxi_conn *conn)
{
    struct sctpxi_kernel_conn *self = sctpxi_kernel_conn_of(conn);

    (void)backend;
    self->owner = NULL;
    close_descriptor(self, true);
    self->is_freed = true;
    self->marks = 0;
    if (self->depth == 0)
        sctpxi_kernel_conn_destroy(self);
}
