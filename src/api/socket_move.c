/* SPDX-License-Identifier: MIT */
/*
 * From one loop to another. What a socket has on its loop, timer and deferred work, is made anew
 * on the other one; the connection is handed over by the backend.
 */
#include "api/server.h"
#include "api/socket.h"

/*
 * Not from its own callbacks: they return into code that goes on to touch the socket, when the
 * other thread has it already.
 */
int sctpx_socket_detach(sctpx_socket *socket)
{
    struct sctpxi_backend *backend = socket->backend;
    int result;

    if (socket->state != SCTPX_CONNECTED || !socket->loop || socket->depth > 0 ||
        sctpxi_server_has_queued(socket))
        return SCTPX_ESTATE;
    if (!backend->table->detach)
        return SCTPX_ENOTSUP;
    result = backend->table->detach(backend, socket->conn, &socket->backend, &socket->conn);
    if (result < 0)
        return result;
    backend->table->release(backend);
    sctpxi_server_forget(socket);
    sctpxi_socket_leave_loop(socket);
    socket->callbacks = (sctpx_socket_callbacks){0};
    socket->has_callbacks = false;
    socket->notices &= SCTPXI_NOTICE_KEPT;
    socket->is_bound = false; /* the next association is the other loop's alone */
    socket->bound_port = 0;
    socket->is_moved = true;
    socket->is_detached = true;
    return 0;
}

int sctpx_socket_attach(sctpx_socket *socket, sctpx_loop *loop)
{
    const struct sctpxi_backend_table *table;
    int result;

    if (!loop)
        return SCTPX_EINVAL;
    if (!socket->is_detached)
        return SCTPX_ESTATE;
    result = sctpxi_socket_join_loop(socket, loop);
    if (result < 0)
        return result;
    table = socket->backend->table;
    result = table->attach(socket->backend, socket->conn, loop, socket);
    if (result < 0) {
        sctpxi_socket_leave_loop(socket);
        return result;
    }
    socket->is_detached = false;
    /* Who had it before may have left something unread. */
    if (table->readable_bytes(socket->backend, socket->conn, SCTPX_ANY_STREAM) > 0)
        sctpxi_socket_notify(socket, SCTPXI_NOTICE_READABLE);
    return 0;
}
