/* SPDX-License-Identifier: MIT */
#include "api/server.h"

#include <stdlib.h>
#include <string.h>

#include "api/options.h"

/* Off the loop. No callback comes any more. */
static void detach(sctpx_server *server)
{
    if (!server->loop)
        return;
    sctpx_server_close(server);
    sctpxi_loop_client_remove(&server->client);
    server->loop = NULL;
}

static void on_loop_close(struct sctpxi_loop_client *client)
{
    detach((sctpx_server *)(void *)client);
}

/* What sctpx_endpoint_new() asks for, told before it could be taken for a failure of binding. */
static bool is_endpoint_valid(const sctpx_endpoint_options *options)
{
    return options->cookie_lifetime_us > 0 && options->shard_bits <= 8 &&
           (unsigned)options->answers <= SCTPX_ANSWER_LISTENING_PORTS &&
           (options->shard_bits == 8 || options->shard >> options->shard_bits == 0) &&
           (options->allocator.alloc == NULL) == (options->allocator.free == NULL);
}

static bool are_valid(const sctpx_server_options *options)
{
    return sctpx_assoc_options_check(&options->assoc) >= 0 && options->max_pending >= 1 &&
           options->backlog >= 1 && options->close_timeout_ms >= SCTPX_FOREVER &&
           (unsigned)options->backend <= SCTPX_BACKEND_AUTO &&
           (unsigned)options->carrier <= SCTPX_CARRIER_RAW_IP &&
           is_endpoint_valid(&options->endpoint);
}

int sctpx_server_new(sctpx_loop *loop, const sctpx_server_options *options,
                     sctpx_server **ret_server)
{
    sctpx_server_options defaults;
    sctpx_server *server;

    if (!loop || !ret_server)
        return SCTPX_EINVAL;
    if (!options) {
        sctpx_server_options_defaults(&defaults);
        options = &defaults;
    }
    if (!are_valid(options))
        return SCTPX_EINVAL;
    server = calloc(1, sizeof(*server));
    if (!server)
        return SCTPX_ENOMEM;
    server->client.on_close = on_loop_close;
    sctpxi_loop_client_add(loop, &server->client);
    server->loop = loop;
    server->options = *options;
    server->options.endpoint.assoc = options->assoc; /* theirs are not looked at */
    TAILQ_INIT(&server->pending);
    sctpxi_loop_defer_init(&server->defer, loop, sctpxi_server_take_waiting, server);
    *ret_server = server;
    return 0;
}

void sctpxi_server_enter(sctpx_server *server)
{
    server->depth++;
}

bool sctpxi_server_leave(sctpx_server *server)
{
    bool is_alive = !server->is_freed;

    if (--server->depth == 0 && !is_alive)
        free(server);
    return is_alive;
}

void sctpx_server_free(sctpx_server *server)
{
    if (!server || server->is_freed)
        return;
    detach(server);
    sctpxi_server_set_error(server, 0, NULL);
    server->is_freed = true;
    /* The callback that is running comes back to us: leave() frees the memory then. */
    if (server->depth == 0)
        free(server);
}

void sctpx_server_set_callbacks(sctpx_server *server, const sctpx_server_callbacks *callbacks,
                                void *user)
{
    server->callbacks = callbacks ? *callbacks : (sctpx_server_callbacks){0};
    server->user = user;
}

void *sctpx_server_user(const sctpx_server *server)
{
    return server->user;
}

sctpx_loop *sctpx_server_loop(const sctpx_server *server)
{
    return server->loop;
}

/* ---- settings ----------------------------------------------------------------------------- */

int sctpx_server_set_maximum_channel_count(sctpx_server *server, int count)
{
    if (server->port != 0)
        return SCTPX_ESTATE;
    return sctpxi_options_channel_count(count, &server->channel_count);
}

int sctpx_server_maximum_channel_count(const sctpx_server *server)
{
    return server->channel_count;
}

int sctpx_server_set_listen_backlog_size(sctpx_server *server, int size)
{
    if (server->port != 0)
        return SCTPX_ESTATE;
    if (size < 1)
        return SCTPX_EINVAL;
    server->options.backlog = size;
    return 0;
}

int sctpx_server_listen_backlog_size(const sctpx_server *server)
{
    return server->options.backlog;
}

int sctpx_server_set_max_pending_connections(sctpx_server *server, int count)
{
    if (count < 1)
        return SCTPX_EINVAL;
    server->options.max_pending = count;
    if (server->port != 0) /* there may be room for more now */
        sctpxi_loop_defer_queue(&server->defer);
    return 0;
}

int sctpx_server_max_pending_connections(const sctpx_server *server)
{
    return server->options.max_pending;
}

/* ---- what it is now ----------------------------------------------------------------------- */

bool sctpx_server_is_listening(const sctpx_server *server)
{
    return server->port != 0;
}

uint16_t sctpx_server_port(const sctpx_server *server)
{
    return server->port;
}

uint16_t sctpx_server_udp_port(const sctpx_server *server)
{
    return server->backend ? server->backend->table->udp_port(server->backend) : 0;
}

size_t sctpx_server_addresses(const sctpx_server *server, sctpx_addr *ret_addrs, size_t capacity)
{
    if (!server->backend)
        return 0;
    return server->backend->table->locals(server->backend, ret_addrs, capacity);
}

int sctpx_server_stats(const sctpx_server *server, sctpx_endpoint_stats *ret_stats)
{
    if (!server->backend)
        return SCTPX_ESTATE;
    server->backend->table->stats(server->backend, ret_stats);
    return 0;
}

/* ---- errors ------------------------------------------------------------------------------- */

void sctpxi_server_set_error(sctpx_server *server, int error, const char *text)
{
    free(server->error_text);
    server->error_text = text ? strdup(text) : NULL; /* without memory the short text has to do */
    server->error = error;
}

int sctpx_server_error(const sctpx_server *server)
{
    return server->error;
}

const char *sctpx_server_error_string(const sctpx_server *server)
{
    if (server->error == 0)
        return "";
    return server->error_text ? server->error_text : sctpx_strerror(server->error);
}
