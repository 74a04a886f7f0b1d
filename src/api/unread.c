/* SPDX-License-Identifier: MIT */
#include <sctpx/read.h>

#include <stdlib.h>
#include <string.h>

#include "api/read.h"
#include "api/socket.h"

enum { LIMIT_BYTES = 65536, LEAST_BYTES = 64 };

static size_t unread_in_all(const sctpx_socket *socket)
{
    const struct sctpxi_read_hold *hold;
    size_t bytes = 0;

    SLIST_FOREACH (hold, &socket->reading.holds, link)
        bytes += hold->unread_bytes;
    return bytes;
}

/* Room in front of the bytes that are there. */
static int reserve(struct sctpxi_read_hold *hold, size_t length)
{
    size_t needed = hold->unread_bytes + length;
    size_t capacity = hold->unread_capacity > 0 ? hold->unread_capacity : LEAST_BYTES;
    uint8_t *bytes;

    if (needed <= hold->unread_capacity)
        return 0;
    while (capacity < needed)
        capacity *= 2;
    bytes = malloc(capacity);
    if (!bytes)
        return SCTPX_ENOMEM;
    if (hold->unread_bytes > 0)
        memcpy(bytes + capacity - hold->unread_bytes,
               hold->unread + hold->unread_capacity - hold->unread_bytes, hold->unread_bytes);
    free(hold->unread);
    hold->unread = bytes;
    hold->unread_capacity = capacity;
    return 0;
}

static int put_back(sctpx_socket *socket, int stream, const void *data, size_t length)
{
    struct sctpxi_read_hold *hold;
    int result = sctpxi_read_hold_get(socket, stream, &hold);

    if (result < 0)
        return result;
    result = hold->in_transaction ? SCTPX_ESTATE : reserve(hold, length);
    if (result < 0) {
        sctpxi_read_hold_trim(socket, hold);
        return result;
    }
    hold->unread_bytes += length;
    memcpy(hold->unread + hold->unread_capacity - hold->unread_bytes, data, length);
    sctpxi_read_line_forget(socket, stream);
    return 0;
}

int sctpx_socket_unread(sctpx_socket *socket, int stream, const void *data, size_t length)
{
    int result;

    if (!data && length > 0)
        return SCTPX_EINVAL;
    result = sctpxi_read_check_begin(socket, stream, &stream);
    if (result < 0 || length == 0)
        return result;
    if (length > LIMIT_BYTES - unread_in_all(socket))
        return SCTPX_ELIMIT;
    return put_back(socket, stream, data, length);
}
