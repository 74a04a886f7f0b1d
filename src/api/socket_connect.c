/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include <sctpx/addr.h>

#include "api/bind_error.h"
#include "api/options.h"
#include "api/socket.h"

enum { TEXT_BYTES = 160 };

int sctpxi_socket_refuse_state(sctpx_socket *socket)
{
    if (socket->state != SCTPX_UNCONNECTED)
        return sctpxi_socket_refuse(socket, SCTPX_ESTATE,
                                    "cannot bind or connect: there is an association already");
    return sctpxi_socket_refuse(socket, SCTPX_ESTATE,
                                "cannot bind or connect: the loop has been freed");
}

static int refuse_udp(sctpx_socket *socket, const struct sctpxi_backend_spec *spec, int error)
{
    char text[SCTPXI_BIND_ERROR_BYTES];

    sctpxi_bind_error_udp(spec, error, text);
    return sctpxi_socket_refuse(socket, error, text);
}

/* ---- binding ------------------------------------------------------------------------------ */

/* What the options say, beside what is bound to. */
static void complete_spec(const sctpx_socket *socket, struct sctpxi_backend_spec *spec)
{
    spec->is_exclusive = socket->options.own_udp_port && spec->udp_port == 0;
    spec->no_segmentation = socket->options.no_segmentation;
    sctpxi_options_choose(spec, socket->options.backend, socket->options.carrier);
}

int sctpx_socket_bind(sctpx_socket *socket, const sctpx_addr *addrs, size_t n, uint16_t port,
                      uint16_t udp_port)
{
    struct sctpxi_backend_spec spec;
    struct sctpxi_backend *backend;
    int result = sctpxi_options_bind_spec(addrs, n, udp_port, &spec);

    if (socket->state != SCTPX_UNCONNECTED || !socket->loop)
        return sctpxi_socket_refuse_state(socket);
    if (result < 0)
        return sctpxi_socket_refuse(socket, result, sctpxi_bind_error_spec(addrs, result));
    complete_spec(socket, &spec);
    result = sctpxi_backend_get(socket->loop, &spec, &sctpxi_api_sink, &backend);
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

int sctpxi_socket_ensure_backend(sctpx_socket *socket)
{
    struct sctpxi_backend_spec spec = {0};
    int result;

    if (socket->backend)
        return 0;
    complete_spec(socket, &spec);
    result = sctpxi_backend_get(socket->loop, &spec, &sctpxi_api_sink, &socket->backend);
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
    if (sctpxi_options_is_kernel(socket->backend) ||
        socket->options.carrier == SCTPX_CARRIER_RAW_IP)
        (void)snprintf(text, sizeof(text), "cannot use SCTP port %u: %s",
                       (unsigned)socket->bound_port, sctpx_strerror(error));
    else
        (void)snprintf(text, sizeof(text), "cannot use SCTP port %u on UDP port %u: %s",
                       (unsigned)socket->bound_port, (unsigned)sctpx_socket_local_udp_port(socket),
                       sctpx_strerror(error));
    return sctpxi_socket_refuse(socket, error, text);
}

sctpx_addr sctpxi_socket_remote(const sctpx_socket *socket, const sctpx_addr *addr)
{
    sctpx_addr remote = *addr;

    if (sctpxi_options_is_kernel(socket->backend))
        return remote; /* encapsulated only where it says so */
    if (socket->options.carrier == SCTPX_CARRIER_RAW_IP)
        remote.udp_port = 0;
    else if (remote.udp_port == 0)
        remote.udp_port = socket->options.peer_udp_port;
    return remote;
}

int sctpxi_socket_start(sctpx_socket *socket, const sctpx_addr *addrs, size_t n, uint16_t port,
                        struct sctpxi_owner *owner, struct sctpxi_conn **ret_conn)
{
    sctpx_assoc_options options = sctpxi_options_for(&socket->options.assoc, socket->channel_count);
    sctpx_addr remotes[SCTPX_MAX_PATHS];
    int result;

    for (size_t i = 0; i < n; i++)
        remotes[i] = sctpxi_socket_remote(socket, &addrs[i]);
    if (!has_family_of(socket, addrs, n))
        return refuse_family(socket, &remotes[0]);
    if (socket->peer.family == SCTPX_NO_FAMILY) /* else the first one of several stays */
        socket->peer = remotes[0];
    socket->peer_port = port;
    result = socket->backend->table->connect(socket->backend, remotes, n, port, socket->bound_port,
                                             &options, owner, ret_conn);
    return result < 0 ? refuse_start(socket, result) : 0;
}

void sctpxi_socket_on_started(sctpx_socket *socket)
{
    socket->state = SCTPX_CONNECTING;
    sctpxi_socket_notify(socket, SCTPXI_NOTICE_CONNECTING);
}

int sctpx_socket_connect(sctpx_socket *socket, const sctpx_addr *addrs, size_t n, uint16_t port)
{
    const char *fault = fault_of(addrs, n, port);
    int result;

    if (socket->state != SCTPX_UNCONNECTED || !socket->loop)
        return sctpxi_socket_refuse_state(socket);
    if (fault)
        return sctpxi_socket_refuse(socket, SCTPX_EINVAL, fault);
    sctpxi_socket_reset(socket);
    result = sctpxi_socket_ensure_backend(socket);
    if (result < 0)
        return result;
    result = sctpxi_socket_start(socket, addrs, n, port, &socket->owner, &socket->conn);
    if (result < 0)
        return result;
    sctpxi_socket_on_started(socket);
    sctpxi_socket_start_timer(socket, socket->options.connect_timeout_ms);
    return 0;
}
