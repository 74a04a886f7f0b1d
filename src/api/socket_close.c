/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "api/happy_eyeballs.h"
#include "api/socket.h"

void sctpxi_socket_start_timer(sctpx_socket *socket, int timeout_ms)
{
    sctpx_time deadline = SCTPX_TIME_NEVER;

    if (timeout_ms >= 0)
        deadline = sctpx_loop_now(socket->loop) + (sctpx_time)timeout_ms * 1000;
    sctpxi_loop_timer_set(&socket->timer, deadline);
}

void sctpxi_socket_end(sctpx_socket *socket, int error)
{
    sctpxi_loop_timer_set(&socket->timer, SCTPX_TIME_NEVER);
    sctpxi_socket_drop_search(socket);
    socket->state = SCTPX_UNCONNECTED;
    socket->has_ended = true;
    socket->end_error = error;
    sctpxi_socket_update_congestion(socket);
    if (error != 0)
        sctpxi_socket_set_error(socket, error);
    else if (socket->error == SCTPX_EPEERSHUTDOWN) /* both ends closed at the same time */
        sctpxi_socket_clear_error(socket);
    /* Else it goes when its failed messages are told. */
    if (socket->is_discarding && !socket->has_callbacks)
        sctpxi_socket_drop_conn(socket);
    sctpxi_socket_notify(socket, SCTPXI_NOTICE_ENDED);
}

void sctpxi_socket_end_with_text(sctpx_socket *socket, int error, char *text)
{
    sctpxi_socket_end(socket, error);
    if (text)
        (void)sctpxi_socket_refuse(socket, error, text);
    free(text);
}

/* Ends it now, with an error of our own choice; the engine's event is not waited for. */
static void cut_off(sctpx_socket *socket, const void *reason, size_t length, int error)
{
    /* Told before the end: what is still to be said of the way there is no news any more. */
    socket->notices &= SCTPXI_NOTICE_KEPT;
    if (socket->conn)
        (void)socket->backend->table->abort(socket->backend, socket->conn, reason, length);
    sctpxi_socket_end(socket, error);
}

/* The peer is told why, for it did nothing wrong but to be slow. */
static void on_deadline(sctpx_socket *socket)
{
    static const char late[] = "closing took too long";
    bool is_closing = socket->state == SCTPX_CLOSING;

    cut_off(socket, is_closing ? late : NULL, is_closing ? sizeof(late) - 1 : 0, SCTPX_ETIMEDOUT);
}

void sctpxi_socket_on_timer(void *arg)
{
    sctpx_socket *socket = arg;

    sctpxi_socket_enter(socket);
    sctpxi_socket_deliver(socket);
    if (!socket->is_freed && !socket->has_ended) {
        if (socket->state != SCTPX_CONNECTING || !socket->attempts ||
            !sctpxi_attempts_give_up(socket->attempts))
            on_deadline(socket);
        sctpxi_socket_deliver(socket);
    }
    (void)sctpxi_socket_leave(socket);
}

static bool is_active(const sctpx_socket *socket)
{
    return socket->state != SCTPX_UNCONNECTED;
}

int sctpx_socket_disconnect(sctpx_socket *socket, int deadline_ms)
{
    bool is_up = socket->state == SCTPX_CONNECTED;

    if (!is_active(socket))
        return SCTPX_ESTATE;
    if (socket->state != SCTPX_CLOSING) {
        socket->state = SCTPX_CLOSING;
        sctpxi_socket_notify(socket, SCTPXI_NOTICE_CLOSING);
        sctpxi_socket_notify(socket, SCTPXI_NOTICE_ABOUT_TO_CLOSE);
    }
    if (socket->lookup) { /* nobody was asked to connect yet, and nothing is written */
        sctpxi_socket_end(socket, 0);
        return 0;
    }
    /* While connecting, on_up() does it. */
    if (is_up)
        (void)socket->backend->table->shutdown(socket->backend, socket->conn);
    sctpxi_socket_start_timer(socket, deadline_ms);
    return 0;
}

void sctpxi_socket_discard(sctpx_socket *socket)
{
    uint8_t scratch[4096];

    if (!socket->conn)
        return;
    while (socket->backend->table->read_bytes(socket->backend, socket->conn, SCTPX_ANY_STREAM,
                                              scratch, sizeof(scratch)) > 0)
        continue;
}

/* Its messages that failed are still to be told. */
static bool is_end_wanted(const sctpx_socket *socket)
{
    return socket->is_end_coming ||
           (socket->has_callbacks && (socket->notices & (unsigned)SCTPXI_NOTICE_ENDED) != 0);
}

int sctpx_socket_close(sctpx_socket *socket)
{
    socket->is_discarding = true;
    socket->notices &= ~(unsigned)SCTPXI_NOTICE_READABLE;
    sctpxi_read_drop(socket);
    if (!is_active(socket)) {
        if (!is_end_wanted(socket))
            sctpxi_socket_drop_conn(socket);
        return 0;
    }
    sctpxi_socket_discard(socket);
    return sctpx_socket_disconnect(socket, socket->options.close_timeout_ms);
}

int sctpx_socket_abort(sctpx_socket *socket, const void *reason, size_t length)
{
    if (!reason && length > 0)
        return SCTPX_EINVAL;
    if (!is_active(socket))
        return SCTPX_ESTATE;
    cut_off(socket, reason, length, SCTPX_EABORTED);
    sctpxi_socket_notify(socket, SCTPXI_NOTICE_ABOUT_TO_CLOSE);
    return 0;
}
