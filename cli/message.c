/* SPDX-License-Identifier: MIT */
#include "message.h"

#include <stdlib.h>
#include <string.h>

#include "trace.h"

enum { FIRST_CAPACITY = 16384 };

static int reserve(struct message *message, size_t capacity)
{
    uint8_t *bytes;

    if (capacity <= message->capacity)
        return 0;
    bytes = realloc(message->bytes, capacity);
    if (!bytes)
        return SCTPX_ENOMEM;
    message->bytes = bytes;
    message->capacity = capacity;
    return 0;
}

static long read_some(struct message *message, sctpx_socket *socket)
{
    long length;

    if (sctpx_socket_mode(socket) == SCTPX_MODE_DATAGRAM)
        return sctpx_socket_read_datagram(socket, SCTPX_ANY_STREAM, message->bytes,
                                          message->capacity, &message->info);
    length = sctpx_socket_read(socket, message->bytes, message->capacity);
    message->info = (sctpx_rcvinfo){.length = length > 0 ? (size_t)length : 0};
    return length;
}

long message_read(struct message *message, sctpx_socket *socket)
{
    long length;

    message->length = 0;
    if (reserve(message, FIRST_CAPACITY) < 0)
        return SCTPX_ENOMEM;
    length = read_some(message, socket);
    if (length == SCTPX_ETRUNC) {
        if (reserve(message, message->info.length) < 0)
            return SCTPX_ENOMEM;
        length = read_some(message, socket);
    }
    if (length < 0)
        return length;
    message->length = (size_t)length;
    trace_received(socket, &message->info);
    return length;
}

void message_free(struct message *message)
{
    free(message->bytes);
    *message = (struct message){0};
}
