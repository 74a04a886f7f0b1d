/* SPDX-License-Identifier: MIT */
#include "api/socket.h"

#include <stddef.h>
#include <stdlib.h>

#include "api/options.h"
#include "api/server.h"

static void on_defer(void *arg)
{
    sctpx_socket *socket = arg;

    sctpxi_socket_enter(socket);
    sctpxi_socket_deliver(socket);
    (void)sctpxi_socket_leave(socket);
}

void sctpxi_socket_leave_loop(sctpx_socket *socket)
{
    if (!socket->loop)
        return;
    sctpxi_loop_defer_cancel(&socket->defer);
    sctpxi_loop_timer_done(&socket->timer);
    sctpxi_loop_client_remove(&socket->client);
    socket->loop = NULL;
}

/* Off the loop, with all that needs one. No callback comes any more. */
static void end_of_loop(sctpx_socket *socket)
{
    if (!socket->loop && !socket->is_detached)
        return;
    sctpxi_socket_reset(socket);
    sctpxi_socket_leave_loop(socket);
    if (socket->backend)
        socket->backend->table->release(socket->backend);
    socket->backend = NULL;
    socket->state = SCTPX_UNCONNECTED;
    socket->is_detached = false;
}

static void on_loop_close(struct sctpxi_loop_client *client)
{
    end_of_loop((sctpx_socket *)(void *)((char *)client - offsetof(sctpx_socket, client)));
}

int sctpxi_socket_join_loop(sctpx_socket *socket, sctpx_loop *loop)
{
    if (sctpxi_loop_timer_init(&socket->timer, loop, sctpxi_socket_on_timer, socket) < 0)
        return SCTPX_ENOMEM;
    sctpxi_loop_defer_init(&socket->defer, loop, on_defer, socket);
    socket->client.on_close = on_loop_close;
    sctpxi_loop_client_add(loop, &socket->client);
    socket->loop = loop;
    return 0;
}

static int create(sctpx_loop *loop, const sctpx_socket_options *options, sctpx_socket **ret_socket)
{
    sctpx_socket *socket = calloc(1, sizeof(*socket));

    if (!socket)
        return SCTPX_ENOMEM;
    if (sctpxi_socket_join_loop(socket, loop) < 0) {
        free(socket);
        return SCTPX_ENOMEM;
    }
    socket->owner.on_event = sctpxi_socket_on_event;
    socket->options = *options;
    sctpxi_read_init(socket);
    *ret_socket = socket;
    return 0;
}

static bool are_valid(const sctpx_socket_options *options)
{
    return sctpx_assoc_options_check(&options->assoc) >= 0 &&
           (unsigned)options->backend <= SCTPX_BACKEND_AUTO &&
           (unsigned)options->carrier <= SCTPX_CARRIER_RAW_IP &&
           (options->family == SCTPX_NO_FAMILY || options->family == SCTPX_IPV4 ||
            options->family == SCTPX_IPV6) &&
           options->connect_timeout_ms >= SCTPX_FOREVER &&
           options->close_timeout_ms >= SCTPX_FOREVER;
}

int sctpx_socket_new(sctpx_loop *loop, const sctpx_socket_options *options,
                     sctpx_socket **ret_socket)
{
    sctpx_socket_options defaults;

    if (!loop || !ret_socket)
        return SCTPX_EINVAL;
    if (!options) {
        sctpx_socket_options_defaults(&defaults);
        options = &defaults;
    }
    if (!are_valid(options))
        return SCTPX_EINVAL;
    return create(loop, options, ret_socket);
}

void sctpxi_socket_take_connected(sctpx_socket *socket)
{
    const struct sctpxi_backend_table *table = socket->backend->table;
    sctpx_assoc_status status;
    sctpx_path_status path;

    table->status(socket->backend, socket->conn, &status);
    if (table->path(socket->backend, socket->conn, status.primary, &path) >= 0)
        socket->peer = path.remote;
    socket->peer_port = status.remote_port;
    socket->state = SCTPX_CONNECTED;
    socket->was_up = true;
}

int sctpxi_socket_new_accepted(sctpx_loop *loop, const sctpx_socket_options *options,
                               int channel_count, struct sctpxi_backend *backend,
                               struct sctpxi_conn *conn, sctpx_socket **ret_socket)
{
    sctpx_socket *socket;
    int result = create(loop, options, &socket);

    if (result < 0)
        return result;
    backend->table->acquire(backend);
    backend->table->set_owner(backend, conn, socket);
    socket->backend = backend;
    socket->conn = conn;
    socket->channel_count = channel_count;
    sctpxi_socket_take_connected(socket);
    *ret_socket = socket;
    return 0;
}

void sctpxi_socket_drop_conn(sctpx_socket *socket)
{
    sctpxi_loop_timer_set(&socket->timer, SCTPX_TIME_NEVER);
    sctpxi_read_drop(socket);
    if (!socket->conn)
        return;
    if (socket->conn == socket->failing) {
        socket->backend->table->set_owner(socket->backend, socket->conn, NULL);
        socket->must_free_failing = true;
    } else {
        socket->backend->table->free(socket->backend, socket->conn);
    }
    socket->conn = NULL;
    if (!socket->is_moved)
        return;
    socket->backend->table->release(socket->backend);
    socket->backend = NULL;
    socket->is_moved = false;
}

void sctpxi_socket_reset(sctpx_socket *socket)
{
    sctpxi_socket_drop_conn(socket);
    sctpxi_socket_drop_search(socket);
    sctpxi_socket_clear_error(socket);
    free(socket->peer_name);
    socket->peer_name = NULL;
    socket->peer = (sctpx_addr){0};
    socket->peer_port = 0;
    socket->notices = 0;
    socket->life++;
    socket->was_up = false;
    socket->has_ended = false;
    socket->is_discarding = false;
    socket->peer_finished = false;
    socket->is_closing_told = false;
    socket->is_finish_told = false;
    socket->is_end_coming = false;
    socket->wants_writable = false;
    socket->is_write_refused = false;
    socket->end_error = 0;
}

void sctpxi_socket_enter(sctpx_socket *socket)
{
    socket->depth++;
}

static void destroy(sctpx_socket *socket)
{
    sctpxi_socket_clear_error(socket); /* of a call since its loop has gone */
    free(socket);
}

bool sctpxi_socket_leave(sctpx_socket *socket)
{
    bool is_alive = !socket->is_freed;

    if (--socket->depth == 0 && !is_alive)
        destroy(socket);
    return is_alive;
}

void sctpx_socket_free(sctpx_socket *socket)
{
    if (!socket || socket->is_freed)
        return;
    sctpxi_server_forget(socket);
    end_of_loop(socket);
    socket->is_freed = true;
    /* The callback that is running comes back here: leave() frees the memory then. */
    if (socket->depth == 0)
        destroy(socket);
}

void sctpx_socket_set_callbacks(sctpx_socket *socket, const sctpx_socket_callbacks *callbacks,
                                void *user)
{
    socket->callbacks = callbacks ? *callbacks : (sctpx_socket_callbacks){0};
    socket->user = user;
    socket->has_callbacks = callbacks != NULL;
    if (socket->notices != 0 && socket->loop)
        sctpxi_loop_defer_queue(&socket->defer);
}

void *sctpx_socket_user(const sctpx_socket *socket)
{
    return socket->user;
}

sctpx_loop *sctpx_socket_loop(const sctpx_socket *socket)
{
    return socket->loop;
}

int sctpx_socket_set_maximum_channel_count(sctpx_socket *socket, int count)
{
    if (socket->state != SCTPX_UNCONNECTED)
        return SCTPX_ESTATE;
    return sctpxi_options_channel_count(count, &socket->channel_count);
}

int sctpx_socket_maximum_channel_count(const sctpx_socket *socket)
{
    return socket->channel_count;
}

enum sctpx_mode sctpx_socket_mode(const sctpx_socket *socket)
{
    return socket->channel_count < 0 ? SCTPX_MODE_BYTES : SCTPX_MODE_DATAGRAM;
}

enum sctpx_socket_state sctpx_socket_state(const sctpx_socket *socket)
{
    return socket->state;
}
