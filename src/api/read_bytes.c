/* SPDX-License-Identifier: MIT */
#include <sctpx/read.h>

#include <limits.h>

#include "api/read.h"
#include "api/socket.h"

static int check(const sctpx_socket *socket, int stream, const void *buffer, size_t capacity,
                 int *ret_stream)
{
    if ((!buffer && capacity > 0) || capacity > LONG_MAX)
        return SCTPX_EINVAL;
    return sctpxi_read_check(socket, stream, ret_stream);
}

/* What a call returns that wanted some bytes and got n. */
static long result_of(const sctpx_socket *socket, int stream, size_t n)
{
    return n > 0 ? (long)n : sctpxi_socket_read_end(socket, stream);
}

long sctpx_socket_read_bytes(sctpx_socket *socket, int stream, void *buffer, size_t capacity)
{
    long result = check(socket, stream, buffer, capacity, &stream);

    if (result < 0 || capacity == 0)
        return result;
    return result_of(socket, stream, sctpxi_read_take(socket, stream, buffer, capacity));
}

long sctpx_socket_peek_bytes(const sctpx_socket *socket, int stream, void *buffer, size_t capacity)
{
    long result = check(socket, stream, buffer, capacity, &stream);

    if (result < 0 || capacity == 0)
        return result;
    return result_of(socket, stream, sctpxi_read_look(socket, stream, 0, buffer, capacity));
}

long sctpx_socket_skip(sctpx_socket *socket, int stream, size_t length)
{
    long result = sctpxi_read_check(socket, stream, &stream);

    if (result < 0 || length == 0)
        return result;
    if (length > LONG_MAX)
        length = LONG_MAX;
    return result_of(socket, stream, sctpxi_read_take(socket, stream, NULL, length));
}

size_t sctpx_socket_bytes_available(const sctpx_socket *socket, int stream)
{
    if (sctpxi_read_resolve(socket, stream, &stream) < 0)
        return 0;
    return sctpxi_read_available(socket, stream);
}

/* ---- byte mode ----------------------------------------------------------------------------- */

long sctpx_socket_read(sctpx_socket *socket, void *buffer, size_t capacity)
{
    if (sctpx_socket_mode(socket) != SCTPX_MODE_BYTES)
        return SCTPX_EMODE;
    return sctpx_socket_read_bytes(socket, SCTPX_ANY_STREAM, buffer, capacity);
}

long sctpx_socket_peek(const sctpx_socket *socket, void *buffer, size_t capacity)
{
    if (sctpx_socket_mode(socket) != SCTPX_MODE_BYTES)
        return SCTPX_EMODE;
    return sctpx_socket_peek_bytes(socket, SCTPX_ANY_STREAM, buffer, capacity);
}
