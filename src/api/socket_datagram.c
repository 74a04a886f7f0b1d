/* SPDX-License-Identifier: MIT */
#include "api/socket.h"

int sctpxi_socket_check_write(sctpx_socket *socket, enum sctpx_mode mode)
{
    if (sctpx_socket_mode(socket) != mode)
        return SCTPX_EMODE;
    if (socket->state != SCTPX_HOST_LOOKUP && socket->state != SCTPX_CONNECTING &&
        socket->state != SCTPX_CONNECTED)
        return SCTPX_ESTATE;
    /* Which address of a name it will be is not known: bytes given to another would be lost. */
    if (sctpxi_socket_is_searching(socket)) {
        socket->wants_writable = true;
        return SCTPX_EWOULDBLOCK;
    }
    return 0;
}

void sctpxi_socket_note_write(sctpx_socket *socket, int result)
{
    socket->is_write_refused = result == SCTPX_EWOULDBLOCK;
    if (socket->is_write_refused) /* by the engine, which tells when there is room */
        socket->wants_writable = false;
    sctpxi_socket_update_congestion(socket);
}

int sctpx_socket_write_datagram(sctpx_socket *socket, const void *data, size_t length,
                                const sctpx_sndinfo *info)
{
    const sctpx_sndinfo plain = {.stream = socket->reading.current_write_stream};
    const unsigned known_flags = SCTPX_MSG_UNORDERED | SCTPX_MSG_SACK_NOW | SCTPX_MSG_REPORT;
    int result = sctpxi_socket_check_write(socket, SCTPX_MODE_DATAGRAM);

    if (result < 0)
        return result;
    if (length == 0)
        return SCTPX_EEMPTY;
    if (!data || (info && (info->flags & ~known_flags) != 0))
        return SCTPX_EINVAL;
    result = socket->backend->table->send(socket->backend, socket->conn, data, length,
                                          info ? info : &plain);
    sctpxi_socket_note_write(socket, result);
    return result;
}

int sctpxi_socket_check_read(const sctpx_socket *socket, enum sctpx_mode mode)
{
    if (sctpx_socket_mode(socket) != mode)
        return SCTPX_EMODE;
    if (socket->is_discarding)
        return SCTPX_ESTATE;
    if (!socket->conn)
        return socket->has_ended ? sctpxi_socket_read_end(socket, SCTPX_ANY_STREAM) : SCTPX_ESTATE;
    return 0;
}

int sctpxi_socket_read_end(const sctpx_socket *socket, int stream)
{
    if (!sctpxi_read_has_stream(socket, stream))
        return SCTPX_ESTREAM;
    if (socket->has_ended)
        return socket->end_error != 0 ? socket->end_error : SCTPX_ECLOSED;
    return socket->peer_finished ? SCTPX_EPEERSHUTDOWN : SCTPX_EWOULDBLOCK;
}

/* Also looks up which stream is meant. */
static int check_datagram(const sctpx_socket *socket, int *stream, const void *buffer,
                          size_t capacity)
{
    int result = sctpxi_read_resolve(socket, *stream, stream);

    if (result < 0 || (!buffer && capacity > 0))
        return SCTPX_EINVAL;
    result = sctpxi_socket_check_read(socket, SCTPX_MODE_DATAGRAM);
    return result < 0 ? result : sctpxi_read_check_message(socket, *stream);
}

long sctpx_socket_read_datagram(sctpx_socket *socket, int stream, void *buffer, size_t capacity,
                                sctpx_rcvinfo *ret_info)
{
    sctpx_rcvinfo info = {0};
    long result = check_datagram(socket, &stream, buffer, capacity);

    if (result < 0)
        return result;
    result = socket->backend->table->receive(socket->backend, socket->conn, stream, buffer,
                                             capacity, &info);
    if (result >= 0)
        sctpxi_read_line_forget(socket, info.stream);
    if (ret_info && (result >= 0 || result == SCTPX_ETRUNC))
        *ret_info = info;
    return result == SCTPX_EWOULDBLOCK ? sctpxi_socket_read_end(socket, stream) : result;
}

long sctpx_socket_peek_datagram(const sctpx_socket *socket, int stream, void *buffer,
                                size_t capacity, sctpx_rcvinfo *ret_info)
{
    sctpx_rcvinfo info = {0};
    long result = check_datagram(socket, &stream, buffer, capacity);

    if (result < 0)
        return result;
    result = socket->backend->table->peek(socket->backend, socket->conn, stream, buffer, capacity,
                                          &info);
    if (ret_info && result >= 0)
        *ret_info = info;
    return result == SCTPX_EWOULDBLOCK ? sctpxi_socket_read_end(socket, stream) : result;
}

long sctpx_socket_next_datagram_size(const sctpx_socket *socket, int stream)
{
    sctpx_rcvinfo info;
    long result = sctpx_socket_peek_datagram(socket, stream, NULL, 0, &info);

    return result < 0 ? result : (long)info.length;
}
