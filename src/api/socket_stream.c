/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "api/socket.h"

/*
 * Bytes are sent in messages of at most this size: long enough to cost little each, and short
 * against receive buffers, as the peer may have to hold a message whole before it can be read.
 */
enum { PIECE_BYTES = 16384, PIECES_IN_LIMIT = 4 };

/* ---- writing ------------------------------------------------------------------------------ */

/* Small against our own limit too, or it would be taken only when nothing else is queued. */
static size_t piece_size(const sctpx_socket *socket)
{
    size_t share = socket->options.assoc.sndbuf_bytes / PIECES_IN_LIMIT;

    if (share > PIECE_BYTES)
        return PIECE_BYTES;
    return share > 0 ? share : 1;
}

long sctpx_socket_write(sctpx_socket *socket, const void *data, size_t length)
{
    static const sctpx_sndinfo plain = {0};
    const uint8_t *bytes = data;
    size_t piece, taken = 0;
    int result = sctpxi_socket_check_write(socket, SCTPX_MODE_BYTES);

    if (result < 0)
        return result;
    if ((!data && length > 0) || length > LONG_MAX)
        return SCTPX_EINVAL;
    piece = piece_size(socket);
    while (taken < length) {
        size_t part = length - taken < piece ? length - taken : piece;

        result = socket->backend->table->send(socket->backend, socket->conn, bytes + taken, part,
                                              &plain);
        if (result < 0)
            break;
        taken += part;
    }
    socket->is_write_refused = result == SCTPX_EWOULDBLOCK;
    return taken > 0 ? (long)taken : result;
}

/* ---- reading ------------------------------------------------------------------------------ */

/* Takes from the lookahead and then from the backend. Returns 0 when nothing is there. */
static size_t take(sctpx_socket *socket, uint8_t *bytes, size_t capacity)
{
    struct sctpxi_socket_lookahead *ahead = &socket->lookahead;
    size_t taken = ahead->length < capacity ? ahead->length : capacity;

    if (taken > 0)
        memcpy(bytes, ahead->bytes + ahead->start, taken);
    ahead->start += taken;
    ahead->length -= taken;
    while (taken < capacity && socket->conn) {
        long result = socket->backend->table->read_bytes(socket->backend, socket->conn,
                                                         bytes + taken, capacity - taken);

        if (result <= 0)
            break;
        taken += (size_t)result;
    }
    return taken;
}

static int check_bytes(const sctpx_socket *socket, const void *buffer, size_t capacity)
{
    if ((!buffer && capacity > 0) || capacity > LONG_MAX)
        return SCTPX_EINVAL;
    return sctpxi_socket_check_read(socket, SCTPX_MODE_BYTES);
}

long sctpx_socket_read(sctpx_socket *socket, void *buffer, size_t capacity)
{
    long result = check_bytes(socket, buffer, capacity);
    size_t taken;

    if (result < 0 || capacity == 0)
        return result;
    taken = take(socket, buffer, capacity);
    return taken > 0 ? (long)taken : sctpxi_socket_read_end(socket);
}

/* Makes room for capacity bytes, the ones there are at the front. */
static int reserve(struct sctpxi_socket_lookahead *ahead, size_t capacity)
{
    uint8_t *bytes;

    if (ahead->start > 0 && ahead->length > 0)
        memmove(ahead->bytes, ahead->bytes + ahead->start, ahead->length);
    ahead->start = 0;
    if (capacity <= ahead->capacity)
        return 0;
    bytes = realloc(ahead->bytes, capacity);
    if (!bytes)
        return SCTPX_ENOMEM;
    ahead->bytes = bytes;
    ahead->capacity = capacity;
    return 0;
}

/*
 * The backend can show one message only, so the bytes are taken and kept: at most as many as the
 * read buffer holds, so that a peek cannot make us receive without end.
 */
long sctpx_socket_peek(sctpx_socket *socket, void *buffer, size_t capacity)
{
    struct sctpxi_socket_lookahead *ahead = &socket->lookahead;
    size_t limit = socket->options.assoc.rcvbuf_bytes;
    long result = check_bytes(socket, buffer, capacity);

    if (result < 0 || capacity == 0)
        return result;
    if (capacity > limit)
        capacity = limit;
    if (ahead->length < capacity) {
        size_t held = ahead->length;

        if (reserve(ahead, capacity) < 0)
            return SCTPX_ENOMEM;
        ahead->length = 0;
        ahead->length = held + take(socket, ahead->bytes + held, capacity - held);
        ahead->start = 0;
    }
    if (ahead->length < capacity)
        capacity = ahead->length;
    if (capacity == 0)
        return sctpxi_socket_read_end(socket);
    memcpy(buffer, ahead->bytes + ahead->start, capacity);
    return (long)capacity;
}

void sctpxi_socket_drop_lookahead(sctpx_socket *socket)
{
    free(socket->lookahead.bytes);
    socket->lookahead = (struct sctpxi_socket_lookahead){0};
}
