/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "api/bind_error.h"
#include "api/options.h"
#include "api/server.h"
#include "api/socket.h"

enum { TEXT_BYTES = 128 };

int sctpxi_server_refuse(sctpx_server *server, int error, const char *text)
{
    sctpxi_server_set_error(server, error, text);
    return error;
}

static int refuse_udp(sctpx_server *server, const struct sctpxi_backend_spec *spec, int error)
{
    char text[SCTPXI_BIND_ERROR_BYTES];

    sctpxi_bind_error_udp(spec, error, text);
    return sctpxi_server_refuse(server, error, text);
}

int sctpxi_server_refuse_state(sctpx_server *server)
{
    char text[TEXT_BYTES];

    if (!server->loop)
        return sctpxi_server_refuse(server, SCTPX_ESTATE, "cannot listen: the loop has been freed");
    (void)snprintf(text, sizeof(text), "cannot listen: listening already, on SCTP port %u",
                   (unsigned)server->port);
    return sctpxi_server_refuse(server, SCTPX_ESTATE, text);
}

/* Over raw IP the ports are those of the host. */
static int refuse_listen(sctpx_server *server, uint16_t port, enum sctpx_carrier carrier, int error)
{
    bool is_host = carrier == SCTPX_CARRIER_RAW_IP && error == SCTPX_EADDRINUSE;
    char text[TEXT_BYTES];

    (void)snprintf(text, sizeof(text), "cannot listen on SCTP port %u: %s%s", (unsigned)port,
                   sctpx_strerror(error),
                   is_host ? " by another server over raw IP on this host" : "");
    return sctpxi_server_refuse(server, error, text);
}

int sctpx_server_listen(sctpx_server *server, const sctpx_addr *addrs, size_t n, uint16_t port)
{
    const sctpx_assoc_options options =
        sctpxi_options_for(&server->options.assoc, server->channel_count);
    struct sctpxi_backend_spec spec;
    struct sctpxi_backend *backend;
    int result = sctpxi_options_bind_spec(addrs, n, server->options.udp_port, &spec);

    if (server->port != 0 || !server->loop)
        return sctpxi_server_refuse_state(server);
    if (result < 0)
        return sctpxi_server_refuse(server, result, sctpxi_bind_error_spec(addrs, result));
    sctpxi_server_set_error(server, 0, NULL);
    /* A free UDP port is this server's own: the one that connecting sockets share is not for it. */
    spec.is_exclusive = spec.udp_port == 0;
    spec.no_segmentation = server->options.no_segmentation;
    spec.endpoint = &server->options.endpoint;
    sctpxi_options_choose(&spec, server->options.backend, server->options.carrier);
    result = sctpxi_backend_get(server->loop, &spec, &sctpxi_api_sink, &backend);
    if (result < 0)
        return refuse_udp(server, &spec, result);
    result =
        backend->table->listen(backend, port, &options, (uint32_t)server->options.backlog, server);
    if (result < 0) {
        backend->table->release(backend);
        return refuse_listen(server, port, spec.carrier, result);
    }
    server->backend = backend;
    server->port = (uint16_t)result;
    return 0;
}

void sctpx_server_close(sctpx_server *server)
{
    server->is_paused = false;
    sctpxi_loop_defer_cancel(&server->defer);
    if (server->port == 0) {
        sctpxi_server_drop_pending(server);
        return;
    }
    server->backend->table->unlisten(server->backend, server->port);
    server->port = 0;
    sctpxi_server_drop_pending(server);
    server->backend->table->release(server->backend);
    server->backend = NULL;
}
