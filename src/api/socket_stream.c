/* SPDX-License-Identifier: MIT */
#include <limits.h>

#include "api/socket.h"

/*
 * Bytes are sent in messages of at most this size: long enough to cost little each, and short
 * against receive buffers, as the peer may have to hold a message whole before it can be read.
 */
enum { PIECE_BYTES = 16384, PIECES_IN_LIMIT = 4 };

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
    sctpxi_socket_note_write(socket, result);
    if (taken > 0 && result == SCTPX_ENOMEM) /* nothing else would tell when to go on */
        sctpxi_socket_notify(socket, SCTPXI_NOTICE_WRITABLE);
    return taken > 0 ? (long)taken : result;
}
