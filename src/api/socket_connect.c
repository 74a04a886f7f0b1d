/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sctpx/addr.h>

#include "api/bind_error.h"
#include "api/options.h"
#include "api/resolve.h"
#include "api/socket.h"

enum { TEXT_BYTES = 160 };

static int refuse_state(sctpx_socket *socket)
{
    return sctpxi_socket_refuse(socket, SCTPX_ESTATE,
                                socket->loop ? "bind and connect: the socket has an association"
                                             : "bind and connect: the loop has been freed");
}

static int refuse_udp(sctpx_socket *socket, const struct sctpxi_backend_spec *spec, int error)
{
    char text[SCTPXI_BIND_ERROR_BYTES];

    sctpxi_bind_error_udp(spec, error, text);
    return sctpxi_socket_refuse(socket, error, text);
}

/* ---- binding ------------------------------------------------------------------------------ */

int sctpx_socket_bind(sctpx_socket *socket, const sctpx_addr *addrs, size_t n, uint16_t port,
                      uint16_t udp_port)
{
    struct sctpxi_backend_spec spec;
    struct sctpxi_backend *backend;
    int result = sctpxi_options_bind_spec(addrs, n, udp_port, &spec);

    if (socket->state != SCTPX_UNCONNECTED || !socket->loop)
        return refuse_state(socket);
    if (result < 0)
        return sctpxi_socket_refuse(socket, result, sctpxi_bind_error_spec(addrs, result));
    spec.is_exclusive = socket->options.own_udp_port && spec.udp_port == 0;
    spec.no_segmentation = socket->options.no_segmentation;
    result = sctpxi_backend_engine_get(socket->loop, &spec, &sctpxi_api_sink, &backend);
    if (result < 0)
        return refuse_udp(socket, &spec, result);
    sctpxi_socket_reset(socket);
    if (socket->backend)
        socket->backend->table->release(socket->backend);
    socket->backend = backend;
    socket->bound_port = port;
    socket->is_bound = true;
    return 0;
}

static int ensure_backend(sctpx_socket *socket)
{
    const struct sctpxi_backend_spec spec = {.is_exclusive = socket->options.own_udp_port,
                                             .no_segmentation = socket->options.no_segmentation};

    int result;

    if (socket->backend)
        return 0;
    result = sctpxi_backend_engine_get(socket->loop, &spec, &sctpxi_api_sink, &socket->backend);
    return result < 0 ? refuse_udp(socket, &spec, result) : 0;
}

/* ---- one attempt -------------------------------------------------------------------------- */

/* What is wrong with the arguments; NULL: nothing. */
static const char *fault_of(const sctpx_addr *addrs, size_t n, uint16_t port)
{
    if (!addrs || n == 0)
        return "cannot connect: no peer address";
    if (n > SCTPX_MAX_PATHS)
        return "cannot connect: more than 8 peer addresses (SCTPX_MAX_PATHS)";
    if (port == 0)
        return "cannot connect to SCTP port 0";
    for (size_t i = 0; i < n; i++)
        if (sctpx_addr_is_wildcard(&addrs[i]))
            return "cannot connect to a wildcard address";
    return NULL;
}

/* Packets from an address of one family cannot reach one of the other. */
static bool has_family_of(const sctpx_socket *socket, const sctpx_addr *addrs, size_t n)
{
    sctpx_addr locals[SCTPX_MAX_LOCALS];
    size_t count = socket->backend->table->locals(socket->backend, locals, SCTPX_MAX_LOCALS);

    for (size_t i = 0; i < count && i < SCTPX_MAX_LOCALS; i++)
        for (size_t k = 0; k < n; k++)
            if (locals[i].family == addrs[k].family)
                return true;
    return false;
}

static int refuse_family(sctpx_socket *socket, const sctpx_addr *addr)
{
    char peer[SCTPX_ADDR_TEXT_BYTES] = "?";
    char text[TEXT_BYTES];

    (void)sctpx_addr_format(addr, peer, sizeof(peer));
    (void)snprintf(text, sizeof(text),
                   "cannot connect to %s: the socket is bound to no address of its family", peer);
    return sctpxi_socket_refuse(socket, SCTPX_EINVAL, text);
}

/* The engine's errors; that the SCTP port of bind is taken shows only now. */
static int refuse_start(sctpx_socket *socket, int error)
{
    char text[TEXT_BYTES];

    if (error != SCTPX_EADDRINUSE) {
        sctpxi_socket_set_error(socket, error);
        return error;
    }
    (void)snprintf(text, sizeof(text), "cannot use SCTP port %u on UDP port %u: %s",
                   (unsigned)socket->bound_port, (unsigned)sctpx_socket_local_udp_port(socket),
                   sctpx_strerror(error));
    return sctpxi_socket_refuse(socket, error, text);
}

static int start(sctpx_socket *socket, const sctpx_addr *addrs, size_t n, uint16_t port)
{
    sctpx_assoc_options options = sctpxi_options_for(&socket->options.assoc, socket->channel_count);
    sctpx_addr remotes[SCTPX_MAX_PATHS];
    int result;

    for (size_t i = 0; i < n; i++) {
        remotes[i] = addrs[i];
        if (remotes[i].udp_port == 0)
            remotes[i].udp_port = socket->options.peer_udp_port;
    }
    if (!has_family_of(socket, addrs, n))
        return refuse_family(socket, &remotes[0]);
    socket->peer = remotes[0];
    socket->peer_port = port;
    result = socket->backend->table->connect(socket->backend, remotes, n, port, socket->bound_port,
                                             &options, socket, &socket->conn);
    return result < 0 ? refuse_start(socket, result) : 0;
}

static void on_started(sctpx_socket *socket)
{
    socket->state = SCTPX_CONNECTING;
    sctpxi_socket_notify(socket, SCTPXI_NOTICE_CONNECTING);
}

int sctpx_socket_connect(sctpx_socket *socket, const sctpx_addr *addrs, size_t n, uint16_t port)
{
    const char *fault = fault_of(addrs, n, port);
    int result;

    if (socket->state != SCTPX_UNCONNECTED || !socket->loop)
        return refuse_state(socket);
    if (fault)
        return sctpxi_socket_refuse(socket, SCTPX_EINVAL, fault);
    sctpxi_socket_reset(socket);
    result = ensure_backend(socket);
    if (result < 0)
        return result;
    result = start(socket, addrs, n, port);
    if (result < 0)
        return result;
    on_started(socket);
    sctpxi_socket_start_timer(socket, socket->options.connect_timeout_ms);
    return 0;
}

/* ---- a name: one address after another ---------------------------------------------------- */

void sctpxi_socket_drop_candidates(sctpx_socket *socket)
{
    free(socket->candidates.addrs);
    socket->candidates = (struct sctpxi_socket_candidates){0};
}

/* Each address gets an equal share of the time that is left. */
static void start_share(sctpx_socket *socket)
{
    const struct sctpxi_socket_candidates *candidates = &socket->candidates;
    sctpx_time now = sctpx_loop_now(socket->loop);
    sctpx_time left = candidates->deadline > now ? candidates->deadline - now : 0;

    if (candidates->deadline == SCTPX_TIME_NEVER)
        return;
    left /= candidates->count - candidates->next + 1;
    sctpxi_loop_timer_set(&socket->timer, now + left);
}

bool sctpxi_socket_try_next(sctpx_socket *socket)
{
    struct sctpxi_socket_candidates *candidates = &socket->candidates;

    while (candidates->next < candidates->count) {
        const sctpx_addr *addr = &candidates->addrs[candidates->next++];

        sctpxi_socket_drop_conn(socket);
        if (start(socket, addr, 1, candidates->port) < 0)
            continue;
        start_share(socket);
        return true;
    }
    return false;
}

static int start_name(sctpx_socket *socket, sctpx_addr *addrs, size_t count, uint16_t port)
{
    int timeout_ms = socket->options.connect_timeout_ms;
    sctpx_time deadline = SCTPX_TIME_NEVER;

    if (timeout_ms >= 0)
        deadline = sctpx_loop_now(socket->loop) + (sctpx_time)timeout_ms * 1000;
    socket->candidates = (struct sctpxi_socket_candidates){
        .addrs = addrs, .count = count, .port = port, .deadline = deadline};
    if (!sctpxi_socket_try_next(socket)) {
        sctpxi_socket_drop_candidates(socket);
        return socket->error;
    }
    on_started(socket);
    return 0;
}

/* A name without an address fails like any connect does, from the loop. */
static int resolve_name(sctpx_socket *socket, const char *host, uint16_t port)
{
    sctpx_addr *addrs;
    size_t count;
    int result = sctpxi_resolve(host, socket->options.family, &addrs, &count);

    if (result == SCTPX_EHOSTNOTFOUND) {
        sctpxi_socket_notify(socket, SCTPXI_NOTICE_LOOKUP);
        sctpxi_socket_end(socket, result);
        return 0;
    }
    if (result < 0) {
        sctpxi_socket_set_error(socket, result);
        return result;
    }
    result = start_name(socket, addrs, count, port);
    if (result < 0)
        return result;
    sctpxi_socket_notify(socket, SCTPXI_NOTICE_LOOKUP);
    return 0;
}

int sctpx_socket_connect_name(sctpx_socket *socket, const char *host, uint16_t port)
{
    char *name;
    int result;

    if (socket->state != SCTPX_UNCONNECTED || !socket->loop)
        return refuse_state(socket);
    if (!host || host[0] == '\0')
        return sctpxi_socket_refuse(socket, SCTPX_EINVAL, "cannot connect: the name is empty");
    if (port == 0)
        return sctpxi_socket_refuse(socket, SCTPX_EINVAL, "cannot connect to SCTP port 0");
    name = strdup(host); /* host may be our own peer_name */
    if (!name)
        return SCTPX_ENOMEM;
    sctpxi_socket_reset(socket);
    socket->peer_name = name;
    result = ensure_backend(socket);
    if (result < 0)
        return result;
    return resolve_name(socket, name, port);
}
