/* SPDX-License-Identifier: MIT */
#include "api/options.h"
#include "api/server.h"
#include "api/socket.h"

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
    options.backend = server->options.backend; /* should it ever connect */
    options.carrier = server->options.carrier;
    return sctpxi_socket_new_accepted(server->loop, &options, server->channel_count, backend, conn,
                                      ret_socket);
}

/* What waits while a user's callback closes the server would have been pending: aborted. */
static bool is_same(const sctpx_server *server, const struct sctpxi_backend *backend, uint16_t port)
{
    return !server->is_freed && server->port == port && server->backend == backend;
}

static void refuse_socket(sctpx_server *server, sctpx_socket *socket)
{
    (void)sctpx_socket_abort(socket, FILTER_REASON, sizeof(FILTER_REASON) - 1);
    sctpx_socket_free(socket);
    tell_error(server, SCTPX_EFILTERED);
}

/* Lets the user have it; else queues it. The callbacks may close or free the server. */
static void hand_out(sctpx_server *server, const struct sctpxi_backend *backend,
                     sctpx_socket *socket)
{
    enum sctpx_incoming answer = SCTPX_INCOMING_QUEUE;
    uint16_t port = server->port;

    if (server->callbacks.on_incoming) {
        sctpxi_server_offer(server, socket);
        answer = server->callbacks.on_incoming(server, server->user, socket);
        if (!sctpxi_server_offer_end(server, socket) || answer == SCTPX_INCOMING_TAKE)
            return;
    }
    if (!is_same(server, backend, port)) {
        sctpx_socket_free(socket);
    } else if (answer == SCTPX_INCOMING_REFUSE) {
        refuse_socket(server, socket);
    } else {
        sctpxi_server_queue(server, socket);
        if (server->callbacks.on_connection)
            server->callbacks.on_connection(server, server->user);
    }
}

/* Takes one association out of the backlog. The filter may close or free the server. */
static void take_one(sctpx_server *server, struct sctpxi_backend *backend, struct sctpxi_conn *conn)
{
    uint16_t port = server->port;
    sctpx_socket *socket;
    int result = 0;

    if (server->callbacks.accept_filter && ask_filter(server, backend, conn) != 0)
        result = SCTPX_EFILTERED;
    if (!is_same(server, backend, port)) {
        refuse(backend, conn);
        return;
    }
    if (result == 0)
        result = make_socket(server, backend, conn, &socket);
    if (result < 0) {
        refuse(backend, conn);
        tell_error(server, result);
        return;
    }
    hand_out(server, backend, socket);
}

bool sctpxi_server_may_take(const sctpx_server *server)
{
    return !server->is_freed && server->port != 0 && !server->is_paused &&
           server->pending_count < server->options.max_pending &&
           server->backend->table->waiting(server->backend, server->port) > 0;
}

void sctpxi_server_take_waiting(void *arg)
{
    sctpx_server *server = arg;

    sctpxi_server_enter(server);
    sctpxi_server_tell_added(server);
    for (int i = 0; sctpxi_server_may_take(server); i++) {
        struct sctpxi_backend *backend = server->backend;
        struct sctpxi_conn *conn;
        int result;

        if (i == TAKE_MAX) {
            sctpxi_loop_defer_queue(&server->defer);
            break;
        }
        result = backend->table->accept(backend, server->port, &conn);
        if (result < 0) {
            if (result != SCTPX_EWOULDBLOCK)
                tell_error(server, result);
            break;
        }
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
