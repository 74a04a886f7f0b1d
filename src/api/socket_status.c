/* SPDX-License-Identifier: MIT */
#include "api/happy_eyeballs.h"
#include "api/socket.h"

/* ---- amounts and limits ------------------------------------------------------------------- */

size_t sctpx_socket_bytes_to_write(const sctpx_socket *socket, int stream)
{
    if (!socket->conn)
        return 0;
    if (stream == SCTPX_CURRENT_STREAM)
        stream = sctpxi_current_write_stream(socket);
    return socket->backend->table->unacked_bytes(socket->backend, socket->conn, stream);
}

int sctpx_socket_set_read_buffer_size(sctpx_socket *socket, size_t bytes)
{
    sctpx_assoc_options options;

    sctpx_socket_options_get(socket, &options);
    options.rcvbuf_bytes = bytes;
    return sctpx_socket_options_set(socket, &options);
}

size_t sctpx_socket_read_buffer_size(const sctpx_socket *socket)
{
    return socket->options.assoc.rcvbuf_bytes;
}

int sctpx_socket_set_write_limit(sctpx_socket *socket, size_t bytes)
{
    sctpx_assoc_options options;

    sctpx_socket_options_get(socket, &options);
    options.sndbuf_bytes = bytes;
    return sctpx_socket_options_set(socket, &options);
}

size_t sctpx_socket_write_limit(const sctpx_socket *socket)
{
    return socket->options.assoc.sndbuf_bytes;
}

/* ---- options ------------------------------------------------------------------------------ */

void sctpx_socket_options_get(const sctpx_socket *socket, sctpx_assoc_options *ret_options)
{
    if (socket->conn && !socket->has_ended)
        socket->backend->table->get_options(socket->backend, socket->conn, ret_options);
    else
        *ret_options = socket->options.assoc;
}

int sctpx_socket_options_set(sctpx_socket *socket, const sctpx_assoc_options *options)
{
    int result = sctpx_assoc_options_check(options);

    if (result >= 0 && socket->conn && !socket->has_ended)
        result = socket->backend->table->set_options(socket->backend, socket->conn, options);
    else if (result >= 0 && socket->attempts)
        result = sctpxi_attempts_set_options(socket->attempts, options);
    if (result < 0 && result != SCTPX_ESTATE) /* ended, and not told yet: for the next one then */
        return result;
    socket->options.assoc = *options;
    return 0;
}

/* ---- the association ---------------------------------------------------------------------- */

int sctpx_socket_status(const sctpx_socket *socket, sctpx_assoc_status *ret_status)
{
    if (!socket->conn)
        return SCTPX_ESTATE;
    socket->backend->table->status(socket->backend, socket->conn, ret_status);
    return 0;
}

/* All zero without an association. */
static sctpx_assoc_status status_of(const sctpx_socket *socket)
{
    sctpx_assoc_status status = {0};

    (void)sctpx_socket_status(socket, &status);
    return status;
}

uint16_t sctpx_socket_in_streams(const sctpx_socket *socket)
{
    return status_of(socket).in_streams;
}

uint16_t sctpx_socket_out_streams(const sctpx_socket *socket)
{
    return status_of(socket).out_streams;
}

uint16_t sctpx_socket_local_port(const sctpx_socket *socket)
{
    return status_of(socket).local_port;
}

uint16_t sctpx_socket_peer_port(const sctpx_socket *socket)
{
    return status_of(socket).remote_port;
}

/* ---- addresses and paths ------------------------------------------------------------------ */

uint16_t sctpx_socket_local_udp_port(const sctpx_socket *socket)
{
    return socket->backend ? socket->backend->table->udp_port(socket->backend) : 0;
}

size_t sctpx_socket_local_addrs(const sctpx_socket *socket, sctpx_addr *ret_addrs, size_t capacity)
{
    if (!socket->backend)
        return 0;
    return socket->backend->table->locals(socket->backend, ret_addrs, capacity);
}

size_t sctpx_socket_peer_addrs(const sctpx_socket *socket, sctpx_addr *ret_addrs, size_t capacity)
{
    size_t count = sctpx_socket_path_count(socket);

    for (size_t i = 0; i < count && i < capacity; i++) {
        sctpx_path_status path = {0};

        (void)sctpx_socket_path_status(socket, i, &path);
        ret_addrs[i] = path.remote;
    }
    return count;
}

const char *sctpx_socket_peer_name(const sctpx_socket *socket)
{
    return socket->peer_name ? socket->peer_name : "";
}

size_t sctpx_socket_path_count(const sctpx_socket *socket)
{
    return status_of(socket).paths;
}

int sctpx_socket_path_status(const sctpx_socket *socket, size_t path, sctpx_path_status *ret_status)
{
    if (!socket->conn)
        return SCTPX_ESTATE;
    return socket->backend->table->path(socket->backend, socket->conn, path, ret_status);
}

int sctpx_socket_path_options_get(const sctpx_socket *socket, size_t path,
                                  sctpx_path_options *ret_options)
{
    if (!socket->conn)
        return SCTPX_ESTATE;
    return socket->backend->table->get_path_options(socket->backend, socket->conn, path,
                                                    ret_options);
}

int sctpx_socket_path_options_set(sctpx_socket *socket, size_t path,
                                  const sctpx_path_options *options)
{
    if (!socket->conn || socket->has_ended)
        return SCTPX_ESTATE;
    return socket->backend->table->set_path_options(socket->backend, socket->conn, path, options);
}

int sctpx_socket_set_primary(sctpx_socket *socket, size_t path)
{
    if (!socket->conn || socket->has_ended)
        return SCTPX_ESTATE;
    return socket->backend->table->set_primary(socket->backend, socket->conn, path);
}

int sctpx_socket_heartbeat(sctpx_socket *socket, size_t path)
{
    if (!socket->conn || socket->has_ended)
        return SCTPX_ESTATE;
    return socket->backend->table->heartbeat(socket->backend, socket->conn, path);
}
