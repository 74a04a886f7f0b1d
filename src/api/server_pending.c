/* SPDX-License-Identifier: MIT */
/* The queue of pending sockets: what comes in, by accepting or by hand, and out to the user. */
#include "api/server.h"
#include "api/socket.h"
#include "api/wait.h"

/* ---- into the queue ----------------------------------------------------------------------- */

void sctpxi_server_queue(sctpx_server *server, sctpx_socket *socket)
{
    TAILQ_INSERT_TAIL(&server->pending, socket, pending_link);
    server->pending_count++;
    socket->server = server;
}

static void take_out(sctpx_server *server, sctpx_socket *socket)
{
    TAILQ_REMOVE(&server->pending, socket, pending_link);
    server->pending_count--;
    socket->server = NULL;
    if (socket->is_untold)
        server->untold_count--;
    socket->is_untold = false;
}

void sctpxi_server_drop_pending(sctpx_server *server)
{
    sctpx_socket *socket;

    while ((socket = TAILQ_FIRST(&server->pending)) != NULL) {
        take_out(server, socket);
        sctpx_socket_free(socket);
    }
}

/* ---- offering ----------------------------------------------------------------------------- */

void sctpxi_server_offer(sctpx_server *server, sctpx_socket *socket)
{
    server->offered = socket;
    socket->server = server;
}

bool sctpxi_server_offer_end(sctpx_server *server, const sctpx_socket *socket)
{
    sctpx_socket *offered = server->offered;

    server->offered = NULL;
    if (offered != socket)
        return false;
    offered->server = NULL;
    return true;
}

bool sctpxi_server_has_queued(const sctpx_socket *socket)
{
    return socket->server && socket->server->offered != socket;
}

/* Room for one more: what waits in the backlog comes from the loop, with its callback. */
static void remove_pending(sctpx_server *server, sctpx_socket *socket)
{
    take_out(server, socket);
    if (sctpxi_server_may_take(server))
        sctpxi_loop_defer_queue(&server->defer);
}

void sctpxi_server_forget(sctpx_socket *socket)
{
    if (sctpxi_server_has_queued(socket))
        remove_pending(socket->server, socket);
    else if (socket->server)
        socket->server->offered = NULL;
    socket->server = NULL;
}

/* ---- by hand ------------------------------------------------------------------------------ */

int sctpx_server_add_pending_connection(sctpx_server *server, sctpx_socket *socket)
{
    if (!server->loop)
        return SCTPX_ESTATE;
    if (!socket || socket->loop != server->loop || sctpxi_server_has_queued(socket))
        return SCTPX_EINVAL;
    sctpxi_server_forget(socket);
    sctpxi_server_queue(server, socket);
    socket->is_untold = true;
    server->untold_count++;
    sctpxi_loop_defer_queue(&server->defer);
    return 0;
}

static sctpx_socket *first_untold(const sctpx_server *server)
{
    sctpx_socket *socket;

    TAILQ_FOREACH (socket, &server->pending, pending_link)
        if (socket->is_untold)
            break;
    return socket;
}

/* So many as there are now: who adds one in the callback hears of it in the next turn. */
void sctpxi_server_tell_added(sctpx_server *server)
{
    for (int left = server->untold_count; left > 0 && !server->is_freed; left--) {
        sctpx_socket *socket = first_untold(server);

        if (!socket)
            break;
        socket->is_untold = false;
        server->untold_count--;
        if (server->callbacks.on_connection)
            server->callbacks.on_connection(server, server->user);
    }
}

/* ---- from the queue to the user ----------------------------------------------------------- */

bool sctpx_server_has_pending_connections(const sctpx_server *server)
{
    return server->pending_count > 0;
}

int sctpx_server_pending_connections(const sctpx_server *server)
{
    return server->pending_count;
}

int sctpx_server_next_pending_connection(sctpx_server *server, sctpx_socket **ret_socket)
{
    *ret_socket = TAILQ_FIRST(&server->pending);
    if (!*ret_socket)
        return SCTPX_EWOULDBLOCK;
    remove_pending(server, *ret_socket);
    return 0;
}

int sctpx_server_next_pending_datagram_connection(sctpx_server *server, sctpx_socket **ret_socket)
{
    sctpx_socket *socket;

    TAILQ_FOREACH (socket, &server->pending, pending_link)
        if (sctpx_socket_mode(socket) == SCTPX_MODE_DATAGRAM)
            break;
    *ret_socket = socket;
    if (!socket)
        return SCTPX_EWOULDBLOCK;
    remove_pending(server, socket);
    return 0;
}

static int look_pending(const void *arg)
{
    const sctpx_server *server = arg;

    if (server->pending_count > 0)
        return 0;
    return server->port == 0 ? SCTPX_ESTATE : SCTPX_EWOULDBLOCK;
}

int sctpx_server_wait_for_new_connection(sctpx_server *server, int timeout_ms, bool *ret_timed_out)
{
    int result;

    sctpxi_server_enter(server);
    result = sctpxi_wait(server->loop, timeout_ms, look_pending, server);
    if (ret_timed_out)
        *ret_timed_out = result == SCTPX_ETIMEDOUT;
    if (result == SCTPX_ETIMEDOUT)
        sctpxi_server_set_error(server, result, NULL);
    (void)sctpxi_server_leave(server);
    return result;
}
