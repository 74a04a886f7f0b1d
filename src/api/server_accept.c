/* SPDX-License-Identifier: MIT */
#include "api/options.h"
#include "api/server.h"
#include "api/socket.h"
#include "api/wait.h"

/* So many are taken in one go; a flood of peers leaves room for others on the loop. */
enum { TAKE_MAX = 64 };

static const char FILTER_REASON[] = "refused";

/* ---- from the backlog to the queue -------------------------------------------------------- */

static int ask_filter(sctpx_server *server, struct sctpxi_backend *backend,
                      const struct sctpxi_conn *conn)
{
    sctpx_addr addrs[SCTPX_MAX_PATHS];
    sctpx_assoc_status status;
    sctpx_peer_info peer;
    size_t n = 0;

    backend->table->status(backend, conn, &status);
    for (size_t i = 0; i < status.paths && n < SCTPX_MAX_PATHS; i++) {
        sctpx_path_status path;
        size_t at = n;

        if (backend->table->path(backend, conn, i, &path) < 0)
            continue;
        if (i == status.primary && n > 0) { /* that one goes first */
            addrs[n] = addrs[0];
            at = 0;
        }
        addrs[at] = path.remote;
        n++;
    }
    peer = (sctpx_peer_info){.addrs = addrs,
                             .n = n,
                             .port = status.remote_port,
                             .local_port = status.local_port,
                             .in_streams = status.in_streams,
                             .out_streams = status.out_streams};
    return server->callbacks.accept_filter(server, server->user, &peer);
}

static void tell_error(sctpx_server *server, int error)
{
    sctpxi_server_set_error(server, error, NULL);
    if (server->callbacks.on_accept_error)
        server->callbacks.on_accept_error(server, server->user, error);
}

static void refuse(struct sctpxi_backend *backend, struct sctpxi_conn *conn)
{
    (void)backend->table->abort(backend, conn, FILTER_REASON, sizeof(FILTER_REASON) - 1);
    backend->table->free(backend, conn);
}

static int make_socket(sctpx_server *server, struct sctpxi_backend *backend,
                       struct sctpxi_conn *conn, sctpx_socket **ret_socket)
{
    sctpx_socket_options options;

    sctpx_socket_options_defaults(&options);
    options.assoc = sctpxi_options_for(&server->options.assoc, server->channel_count);
    options.close_timeout_ms = server->options.close_timeout_ms;
    return sctpxi_socket_new_accepted(server->loop, &options, server->channel_count, backend, conn,
                                      ret_socket);
}

/* Takes one association out of the backlog. The filter may close or free the server. */
static void take_one(sctpx_server *server, struct sctpxi_backend *backend, struct sctpxi_conn *conn)
{
    uint16_t port = server->port;
    sctpx_socket *socket;
    int result = 0;

    if (server->callbacks.accept_filter && ask_filter(server, backend, conn) != 0)
        result = SCTPX_EFILTERED;
    if (server->is_freed || server->port != port || server->backend != backend) {
        refuse(backend, conn); /* it would have been pending, and those are aborted */
        return;
    }
    if (result == 0)
        result = make_socket(server, backend, conn, &socket);
    if (result < 0) {
        refuse(backend, conn);
        tell_error(server, result);
        return;
    }
    TAILQ_INSERT_TAIL(&server->pending, socket, pending_link);
    server->pending_count++;
    if (server->callbacks.on_connection)
        server->callbacks.on_connection(server, server->user);
}

static bool may_take(const sctpx_server *server)
{
    return !server->is_freed && server->port != 0 && !server->is_paused &&
           server->pending_count < server->options.max_pending &&
           server->backend->table->waiting(server->backend, server->port) > 0;
}

void sctpxi_server_take_waiting(void *arg)
{
    sctpx_server *server = arg;

    sctpxi_server_enter(server);
    for (int i = 0; may_take(server); i++) {
        struct sctpxi_backend *backend = server->backend;
        struct sctpxi_conn *conn;

        if (i == TAKE_MAX) {
            sctpxi_loop_defer_queue(&server->defer);
            break;
        }
        if (backend->table->accept(backend, server->port, &conn) < 0)
            break;
        backend->table->acquire(backend);
        take_one(server, backend, conn);
        backend->table->release(backend);
    }
    (void)sctpxi_server_leave(server);
}

void sctpxi_server_on_incoming(void *owner)
{
    sctpxi_server_take_waiting(owner);
}

/* ---- from the queue to the user ----------------------------------------------------------- */

bool sctpx_server_has_pending_connections(const sctpx_server *server)
{
    return server->pending_count > 0;
}

/* Room for one more: what waits in the backlog comes from the loop, with its callback. */
static void remove_pending(sctpx_server *server, sctpx_socket *socket)
{
    TAILQ_REMOVE(&server->pending, socket, pending_link);
    server->pending_count--;
    if (may_take(server))
        sctpxi_loop_defer_queue(&server->defer);
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

/* ---- pausing ------------------------------------------------------------------------------ */

int sctpx_server_pause_accepting(sctpx_server *server)
{
    if (server->port == 0)
        return SCTPX_ESTATE;
    server->is_paused = true;
    return 0;
}

int sctpx_server_resume_accepting(sctpx_server *server)
{
    if (server->port == 0)
        return SCTPX_ESTATE;
    server->is_paused = false;
    sctpxi_loop_defer_queue(&server->defer);
    return 0;
}
