/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include <sctpx/addr.h>

#include "api/options.h"
#include "api/server.h"
#include "api/socket.h"

enum { TEXT_BYTES = 256 };

/* Says which of the two ports it was, and what can be done about it. */
static void describe_udp(sctpx_server *server, const struct sctpxi_backend_spec *spec, int error)
{
    char addr[SCTPX_ADDR_TEXT_BYTES] = "all addresses";
    char text[TEXT_BYTES];
    sctpx_addr first;
    const char *advice = "";

    if (spec->count > 0) {
        first = spec->addrs[0];
        first.udp_port = 0;
        (void)sctpx_addr_format(&first, addr, sizeof(addr));
    }
    if (error == SCTPX_EADDRINUSE)
        advice = " by another program: choose another UDP port";
    else if (error == SCTPX_EADDRNOTAVAIL)
        advice = ": no interface has it";
    (void)snprintf(text, sizeof(text), "cannot bind UDP port %u of %s%s: %s%s",
                   (unsigned)spec->udp_port, addr, spec->count > 1 ? ", ..." : "",
                   sctpx_strerror(error), advice);
    sctpxi_server_set_error(server, error, text);
}

static void describe_listen(sctpx_server *server, uint16_t port, int error)
{
    char text[TEXT_BYTES];

    (void)snprintf(text, sizeof(text), "cannot listen on SCTP port %u: %s", (unsigned)port,
                   sctpx_strerror(error));
    sctpxi_server_set_error(server, error, text);
}

int sctpx_server_listen(sctpx_server *server, const sctpx_addr *addrs, size_t n, uint16_t port)
{
    const sctpx_assoc_options options =
        sctpxi_options_for(&server->options.assoc, server->channel_count);
    struct sctpxi_backend_spec spec;
    struct sctpxi_backend *backend;
    int result = sctpxi_options_bind_spec(addrs, n, server->options.udp_port, &spec);

    if (server->port != 0 || !server->loop)
        return SCTPX_ESTATE;
    if (result < 0)
        return result;
    sctpxi_server_set_error(server, 0, NULL);
    /* A free UDP port is this server's own: the one that connecting sockets share is not for it. */
    spec.is_exclusive = spec.udp_port == 0;
    result = sctpxi_backend_engine_get(server->loop, &spec, &sctpxi_api_sink, &backend);
    if (result < 0) {
        describe_udp(server, &spec, result);
        return result;
    }
    result =
        backend->table->listen(backend, port, &options, (uint32_t)server->options.backlog, server);
    if (result < 0) {
        backend->table->release(backend);
        describe_listen(server, port, result);
        return result;
    }
    server->backend = backend;
    server->port = (uint16_t)result;
    return 0;
}

void sctpx_server_close(sctpx_server *server)
{
    sctpx_socket *socket;

    server->is_paused = false;
    if (server->port == 0)
        return;
    sctpxi_loop_defer_cancel(&server->defer);
    server->backend->table->unlisten(server->backend, server->port);
    server->port = 0;
    while ((socket = TAILQ_FIRST(&server->pending)) != NULL) {
        TAILQ_REMOVE(&server->pending, socket, pending_link);
        server->pending_count--;
        sctpx_socket_free(socket);
    }
    server->backend->table->release(server->backend);
    server->backend = NULL;
}
