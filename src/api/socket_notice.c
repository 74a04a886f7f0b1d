/* SPDX-License-Identifier: MIT */
#include "api/socket.h"

void sctpxi_socket_notify(sctpx_socket *socket, enum sctpxi_socket_notice notice)
{
    socket->notices |= (unsigned)notice;
    if (socket->loop)
        sctpxi_loop_defer_queue(&socket->defer);
}

static void tell_state(sctpx_socket *socket, enum sctpx_socket_state state)
{
    if (!socket->is_freed && socket->callbacks.on_state)
        socket->callbacks.on_state(socket, socket->user, state);
}

static void tell_readable(sctpx_socket *socket, int stream)
{
    if (!socket->is_freed && socket->callbacks.on_readable)
        socket->callbacks.on_readable(socket, socket->user, stream);
}

static bool has_conn(const sctpx_socket *socket, const struct sctpxi_conn *conn)
{
    return !socket->is_freed && socket->conn == conn && !socket->is_detached;
}

/*
 * Which streams it was is not kept: the backend finds them. Not more than there are, since the peer
 * of a socket that was handed over may go on sending.
 */
static void tell_all_readable(sctpx_socket *socket)
{
    struct sctpxi_conn *conn = socket->conn;
    bool is_bytes = sctpx_socket_mode(socket) == SCTPX_MODE_BYTES;

    for (int told = 0; told < SCTPX_MAX_STREAMS && conn && has_conn(socket, conn); told++) {
        int stream = socket->backend->table->next_readable(socket->backend, conn, told == 0);

        if (stream < 0)
            return;
        tell_readable(socket, is_bytes ? SCTPX_ANY_STREAM : stream);
    }
}

/* Once: an abort may follow a disconnect. */
static void tell_about_to_close(sctpx_socket *socket)
{
    if (socket->is_freed || socket->is_closing_told)
        return;
    socket->is_closing_told = true;
    if (socket->callbacks.on_about_to_close)
        socket->callbacks.on_about_to_close(socket, socket->user);
}

/* Nothing can be finished that never began. */
static void tell_read_finished(sctpx_socket *socket)
{
    if (socket->is_freed || socket->is_finish_told || !socket->was_up)
        return;
    socket->is_finish_told = true;
    if (socket->callbacks.on_read_finished)
        socket->callbacks.on_read_finished(socket, socket->user);
}

/* The peer sends SHUTDOWN when we have all it sent (RFC 9260 9.2): that was the last of it. */
static void tell_peer_shutdown(sctpx_socket *socket)
{
    if (!socket->is_freed && socket->callbacks.on_peer_shutdown)
        socket->callbacks.on_peer_shutdown(socket, socket->user);
    tell_read_finished(socket);
}

static void tell_writable(sctpx_socket *socket)
{
    bool is_open = socket->state == SCTPX_CONNECTING || socket->state == SCTPX_CONNECTED;

    if (!socket->is_freed && is_open && socket->callbacks.on_writable)
        socket->callbacks.on_writable(socket, socket->user);
}

static bool is_graceful(int error)
{
    return error == 0 || error == SCTPX_EPEERSHUTDOWN;
}

/* A callback that connects anew takes the rest of the old end with it. */
static bool is_this_end(const sctpx_socket *socket, unsigned life)
{
    return !socket->is_freed && socket->life == life;
}

static void tell_end(sctpx_socket *socket)
{
    unsigned life = socket->life;
    int error = socket->end_error;

    socket->is_end_coming = true;
    sctpxi_socket_tell_reports(socket);
    if (is_this_end(socket, life))
        tell_state(socket, SCTPX_UNCONNECTED);
    if (is_this_end(socket, life))
        tell_read_finished(socket);
    if (is_this_end(socket, life) && !is_graceful(error) && socket->callbacks.on_error)
        socket->callbacks.on_error(socket, socket->user, error);
    if (is_this_end(socket, life))
        sctpxi_socket_tell_failed(socket);
    if (!is_this_end(socket, life))
        return;
    socket->is_end_coming = false;
    if (socket->is_discarding)
        sctpxi_socket_drop_conn(socket);
    if (socket->callbacks.on_closed)
        socket->callbacks.on_closed(socket, socket->user, error);
}

static void tell(sctpx_socket *socket, enum sctpxi_socket_notice notice)
{
    switch (notice) {
    case SCTPXI_NOTICE_LOOKUP:
        tell_state(socket, SCTPX_HOST_LOOKUP);
        break;
    case SCTPXI_NOTICE_CONNECTING:
        tell_state(socket, SCTPX_CONNECTING);
        break;
    case SCTPXI_NOTICE_READABLE:
        tell_all_readable(socket);
        break;
    case SCTPXI_NOTICE_CLOSING:
        tell_state(socket, SCTPX_CLOSING);
        break;
    case SCTPXI_NOTICE_ABOUT_TO_CLOSE:
        tell_about_to_close(socket);
        break;
    case SCTPXI_NOTICE_PEER_SHUTDOWN:
        tell_peer_shutdown(socket);
        break;
    case SCTPXI_NOTICE_CONGESTION:
        sctpxi_socket_tell_congestion(socket);
        break;
    case SCTPXI_NOTICE_WRITABLE:
        tell_writable(socket);
        break;
    case SCTPXI_NOTICE_ENDED:
        tell_end(socket);
        break;
    }
}

void sctpxi_socket_deliver(sctpx_socket *socket)
{
    if (!socket->has_callbacks) {
        socket->notices &= SCTPXI_NOTICE_KEPT;
        return;
    }
    /* Lowest first: their numbers are the order. Callbacks may add some, or take all away. */
    while (!socket->is_freed && socket->has_callbacks && socket->notices != 0) {
        unsigned notice = socket->notices & (~socket->notices + 1u);

        socket->notices &= ~notice;
        tell(socket, (enum sctpxi_socket_notice)notice);
    }
}
