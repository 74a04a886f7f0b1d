/* SPDX-License-Identifier: MIT */
/* Descriptors of the system, taken over and given away. */
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/bind_error.h"
#include "api/options.h"
#include "api/server.h"
#include "api/socket.h"

enum { TEXT_BYTES = 160 };

/* ---- of sockets --------------------------------------------------------------------------- */

static int get_kernel(sctpx_loop *loop, struct sctpxi_backend **ret_backend)
{
    const struct sctpxi_backend_spec spec = {.kind = SCTPX_BACKEND_KERNEL};

    return sctpxi_backend_get(loop, &spec, &sctpxi_api_sink, ret_backend);
}

static const char *fault_of(int error)
{
    if (error == SCTPX_EINVAL)
        return "not a one-to-one SCTP socket of the kernel";
    return error == SCTPX_ENOTSUP || error == SCTPX_ESYSTEM ? "this host has no kernel SCTP"
                                                            : sctpx_strerror(error);
}

static int refuse_adopt(sctpx_socket *socket, int error)
{
    char text[TEXT_BYTES];

    (void)snprintf(text, sizeof(text), "cannot adopt: %s", fault_of(error));
    return sctpxi_socket_refuse(socket, error, text);
}

/* What was set on the descriptor stays, but for what the kernel does not know of. */
static void take_options(sctpx_socket *socket)
{
    const sctpx_assoc_options wanted =
        sctpxi_options_for(&socket->options.assoc, socket->channel_count);
    sctpx_assoc_options options;

    socket->backend->table->get_options(socket->backend, socket->conn, &options);
    options.sndbuf_bytes = wanted.sndbuf_bytes;
    options.sndbuf_stream_bytes = wanted.sndbuf_stream_bytes;
    options.rcvbuf_bytes = wanted.rcvbuf_bytes;
    options.max_message_bytes = wanted.max_message_bytes;
    options.partial_delivery = wanted.partial_delivery;
    (void)socket->backend->table->set_options(socket->backend, socket->conn, &options);
    socket->options.assoc = options;
}

int sctpx_socket_adopt(sctpx_socket *socket, int fd)
{
    struct sctpxi_backend *backend;
    struct sctpxi_conn *conn;
    int result;

    if (socket->state != SCTPX_UNCONNECTED || !socket->loop)
        return sctpxi_socket_refuse(socket, SCTPX_ESTATE,
                                    socket->loop ? "cannot adopt: there is an association already"
                                                 : "cannot adopt: the loop has been freed");
    result = get_kernel(socket->loop, &backend);
    if (result < 0)
        return refuse_adopt(socket, result);
    result = backend->table->adopt(backend, fd, &socket->owner, &conn);
    if (result < 0) {
        backend->table->release(backend);
        return refuse_adopt(socket, result);
    }
    sctpxi_socket_reset(socket);
    if (socket->backend)
        socket->backend->table->release(socket->backend);
    socket->backend = backend;
    socket->conn = conn;
    socket->bound_port = 0;
    socket->is_bound = true;
    if (conn) {
        sctpxi_socket_take_connected(socket);
        take_options(socket);
    }
    return 0;
}

int sctpx_socket_descriptor(const sctpx_socket *socket)
{
    if (!socket->conn || !socket->backend->table->descriptor)
        return -1;
    return socket->backend->table->descriptor(socket->backend, socket->conn);
}

int sctpx_socket_release_descriptor(sctpx_socket *socket)
{
    int result;

    if (!socket->conn || socket->state == SCTPX_UNCONNECTED)
        return SCTPX_ESTATE;
    if (!socket->backend->table->release_descriptor)
        return SCTPX_ENOTSUP;
    result = socket->backend->table->release_descriptor(socket->backend, socket->conn);
    if (result < 0)
        return result;
    socket->conn = NULL; /* gone with the descriptor */
    sctpxi_socket_reset(socket);
    socket->state = SCTPX_UNCONNECTED;
    return result;
}

/* ---- of servers --------------------------------------------------------------------------- */

int sctpx_server_descriptor(const sctpx_server *server)
{
    if (server->port == 0 || !server->backend->table->listener_descriptor)
        return -1;
    return server->backend->table->listener_descriptor(server->backend, server->port);
}

static bool is_option(int fd, int name, int expected)
{
    int value = 0;
    socklen_t length = sizeof(value);

    return getsockopt(fd, SOL_SOCKET, name, &value, &length) == 0 && value == expected;
}

/* A listening one-to-one SCTP socket; other listeners are no sockets of ours at all. */
static bool is_listener(int fd)
{
    return is_option(fd, SO_PROTOCOL, IPPROTO_SCTP) && is_option(fd, SO_TYPE, SOCK_STREAM) &&
           is_option(fd, SO_ACCEPTCONN, 1);
}

static int listen_kernel(sctpx_server *server, int fd, const sctpx_assoc_options *options,
                         struct sctpxi_backend **ret_backend)
{
    struct sctpxi_backend *backend;
    int result = get_kernel(server->loop, &backend);

    if (result < 0)
        return result;
    result = backend->table->adopt_listener(backend, fd, options, server);
    if (result < 0)
        backend->table->release(backend);
    else
        *ret_backend = backend;
    return result;
}

/* The carrier has descriptors of its own then. */
static int listen_udp(sctpx_server *server, const int *fds, size_t n, uint16_t port,
                      const sctpx_assoc_options *options, struct sctpxi_backend **ret_backend)
{
    const struct sctpxi_backend_spec spec = {.fds = fds,
                                             .fd_count = n,
                                             .is_exclusive = true,
                                             .no_segmentation = server->options.no_segmentation,
                                             .endpoint = &server->options.endpoint};
    struct sctpxi_backend *backend;
    int result = sctpxi_backend_get(server->loop, &spec, &sctpxi_api_sink, &backend);

    if (result < 0)
        return result;
    result =
        backend->table->listen(backend, port, options, (uint32_t)server->options.backlog, server);
    if (result < 0) {
        backend->table->release(backend);
        return result;
    }
    for (size_t i = 0; i < n; i++)
        close(fds[i]);
    *ret_backend = backend;
    return result;
}

static int refuse_descriptors(sctpx_server *server, int error)
{
    char text[TEXT_BYTES];

    (void)snprintf(text, sizeof(text), "cannot listen on the descriptors: %s",
                   error == SCTPX_EINVAL ? "neither one listening SCTP socket of the kernel nor "
                                           "bound UDP sockets of one port"
                                         : sctpx_strerror(error));
    return sctpxi_server_refuse(server, error, text);
}

int sctpx_server_listen_descriptors(sctpx_server *server, const int *fds, size_t n, uint16_t port)
{
    const sctpx_assoc_options options =
        sctpxi_options_for(&server->options.assoc, server->channel_count);
    bool is_kernel = fds && n == 1 && is_listener(fds[0]);
    struct sctpxi_backend *backend = NULL; /* gcc does not see that it is set */
    int result;

    if (server->port != 0 || !server->loop)
        return sctpxi_server_refuse_state(server);
    if (!fds || n == 0)
        return sctpxi_server_refuse(server, SCTPX_EINVAL, "cannot listen: no descriptors");
    if (is_kernel && port != 0)
        return sctpxi_server_refuse(server, SCTPX_EINVAL,
                                    "cannot listen: the descriptor has a port already");
    sctpxi_server_set_error(server, 0, NULL);
    result = is_kernel ? listen_kernel(server, fds[0], &options, &backend)
                       : listen_udp(server, fds, n, port, &options, &backend);
    if (result < 0)
        return refuse_descriptors(server, result);
    server->backend = backend;
    server->port = (uint16_t)result;
    return 0;
}
