/* SPDX-License-Identifier: MIT */
#include <sctpx/read.h>

#include "api/read.h"
#include "api/socket.h"

/* count: how many there are, 0 while that is not known. */
static int check(int stream, uint16_t count)
{
    if (stream < 0 || stream >= SCTPX_MAX_STREAMS)
        return SCTPX_EINVAL;
    return count > 0 && stream >= count ? SCTPX_ESTREAM : 0;
}

/* Set-up over; of an association that has ended nothing is kept to either. */
static bool is_up(const sctpx_socket *socket)
{
    return socket->conn && socket->was_up && !socket->has_ended;
}

int sctpx_socket_set_current_read_stream(sctpx_socket *socket, int stream)
{
    int result = 0;

    if (stream != SCTPX_ANY_STREAM)
        result = check(stream, is_up(socket) ? sctpx_socket_in_streams(socket) : 0);
    if (result >= 0)
        socket->reading.current_read_stream = stream;
    return result;
}

int sctpx_socket_current_read_stream(const sctpx_socket *socket)
{
    return socket->reading.current_read_stream;
}

int sctpx_socket_set_current_write_stream(sctpx_socket *socket, int stream)
{
    int result = check(stream, is_up(socket) ? sctpx_socket_out_streams(socket) : 0);

    if (result >= 0)
        socket->reading.current_write_stream = (uint16_t)stream;
    return result;
}

int sctpx_socket_current_write_stream(const sctpx_socket *socket)
{
    return socket->reading.current_write_stream;
}

int sctpxi_current_write_stream(const sctpx_socket *socket)
{
    bool is_bytes = sctpx_socket_mode(socket) == SCTPX_MODE_BYTES;

    return is_bytes ? SCTPX_ANY_STREAM : socket->reading.current_write_stream;
}
