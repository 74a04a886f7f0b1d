/* SPDX-License-Identifier: MIT */
/* Connecting by name: the look-up, and then one address or several. */
#include <string.h>

#include "api/happy_eyeballs.h"
#include "api/resolve.h"
#include "api/socket.h"

void sctpxi_socket_drop_search(sctpx_socket *socket)
{
    struct sctpxi_lookup *lookup = socket->lookup;

    socket->lookup = NULL;
    sctpxi_lookup_cancel(lookup);
    sctpxi_attempts_drop(socket->attempts);
}

/* Ends with the words that a refused start has put down. */
static void end_as_refused(sctpx_socket *socket, int error)
{
    char *text = socket->error_text;

    socket->error_text = NULL;
    sctpxi_socket_end_with_text(socket, error, text);
}

static void fail_lookup(sctpx_socket *socket, int error, const char *fault)
{
    socket->lookup_fault = fault;
    sctpxi_socket_end(socket, error);
}

static int start_one(sctpx_socket *socket, const sctpx_addr *addr)
{
    return sctpxi_socket_start(socket, addr, 1, socket->peer_port, &socket->owner, &socket->conn);
}

static void on_found(void *arg, const struct sctpxi_host *host)
{
    sctpx_socket *socket = arg;
    int result;

    socket->lookup = NULL;
    if (host->error != 0) {
        fail_lookup(socket, host->error, host->fault);
        return;
    }
    sctpxi_socket_on_started(socket);
    if (host->count == 1)
        result = start_one(socket, &host->addrs[0]);
    else
        result = sctpxi_attempts_start(socket, host->addrs, host->count, socket->peer_port);
    if (result < 0)
        end_as_refused(socket, result);
}

/* A name without an address fails like any connect does, from the loop. */
static int connect_literal(sctpx_socket *socket, int parsed, const sctpx_addr *addr)
{
    int result;

    if (parsed == SCTPX_EHOSTNOTFOUND) {
        sctpxi_socket_notify(socket, SCTPXI_NOTICE_LOOKUP);
        fail_lookup(socket, parsed, "is no address of the family asked for");
        return 0;
    }
    if (parsed < 0) {
        sctpxi_socket_set_error(socket, parsed);
        return parsed;
    }
    result = start_one(socket, addr);
    if (result < 0)
        return result;
    sctpxi_socket_notify(socket, SCTPXI_NOTICE_LOOKUP);
    sctpxi_socket_on_started(socket);
    sctpxi_socket_start_timer(socket, socket->options.connect_timeout_ms);
    return 0;
}

static int look_up(sctpx_socket *socket)
{
    int result = sctpxi_lookup_start(socket->loop, socket->peer_name, socket->options.family,
                                     on_found, socket, &socket->lookup);

    if (result < 0) {
        sctpxi_socket_set_error(socket, result);
        return result;
    }
    socket->state = SCTPX_HOST_LOOKUP;
    sctpxi_socket_notify(socket, SCTPXI_NOTICE_LOOKUP);
    sctpxi_socket_start_timer(socket, socket->options.connect_timeout_ms);
    return 0;
}

int sctpx_socket_connect_name(sctpx_socket *socket, const char *host, uint16_t port)
{
    sctpx_addr addr;
    char *name;
    int result;

    if (socket->state != SCTPX_UNCONNECTED || !socket->loop)
        return sctpxi_socket_refuse_state(socket);
    if (!host || host[0] == '\0')
        return sctpxi_socket_refuse(socket, SCTPX_EINVAL, "cannot connect: the name is empty");
    if (port == 0)
        return sctpxi_socket_refuse(socket, SCTPX_EINVAL, "cannot connect to SCTP port 0");
    name = strdup(host); /* host may be our own peer_name */
    if (!name)
        return SCTPX_ENOMEM;
    sctpxi_socket_reset(socket);
    socket->peer_name = name;
    socket->peer_port = port;
    result = sctpxi_socket_ensure_backend(socket);
    if (result < 0)
        return result;
    result = sctpxi_resolve_literal(name, socket->options.family, &addr);
    return result != 0 ? connect_literal(socket, result, &addr) : look_up(socket);
}
