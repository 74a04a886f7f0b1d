/* SPDX-License-Identifier: MIT */
#include "backend/kernel_inbox.h"

#include <string.h>

static bool is_stream(int stream)
{
    return stream == SCTPX_ANY_STREAM || (stream >= 0 && stream < SCTPX_MAX_STREAMS);
}

static struct sctpxi_kernel_message *first_of(const struct sctpxi_kernel_inbox *inbox, int stream)
{
    const struct sctpxi_kernel_instream *found;

    if (stream == SCTPX_ANY_STREAM)
        return TAILQ_FIRST(&inbox->all);
    found = sctpxi_sidmap_get(&inbox->streams, (uint16_t)stream);
    return found ? TAILQ_FIRST(&found->messages) : NULL;
}

static size_t left_of(const struct sctpxi_kernel_message *message)
{
    return message->length - message->start;
}

static void tell(const struct sctpxi_kernel_message *message, sctpx_rcvinfo *ret_info)
{
    if (!ret_info)
        return;
    *ret_info = message->info;
    ret_info->length = left_of(message);
}

static size_t copy(const struct sctpxi_kernel_message *message, size_t offset, void *buffer,
                   size_t capacity)
{
    size_t length = left_of(message);

    if (offset >= length)
        return 0;
    length -= offset;
    if (length > capacity)
        length = capacity;
    if (length > 0)
        memcpy(buffer, message->bytes + message->start + offset, length);
    return length;
}

/* Takes bytes from the front of a message, and the message away when none is left. */
static void consume(struct sctpxi_kernel_inbox *inbox, struct sctpxi_kernel_message *message,
                    size_t length)
{
    struct sctpxi_kernel_instream *stream = message->stream;

    message->start += length;
    message->info.flags &= (uint16_t)~SCTPX_MSG_FIRST;
    inbox->readable_bytes -= length;
    stream->status.readable_bytes -= length;
    stream->status.received_bytes += length;
    if (message->start == message->length)
        sctpxi_kernel_inbox_remove(inbox, message);
}

long sctpxi_kernel_inbox_receive(struct sctpxi_kernel_inbox *inbox, int stream, void *buffer,
                                 size_t capacity, sctpx_rcvinfo *ret_info)
{
    struct sctpxi_kernel_message *message;
    size_t length;

    if (!is_stream(stream))
        return SCTPX_EINVAL;
    message = first_of(inbox, stream);
    if (!message)
        return SCTPX_EWOULDBLOCK;
    tell(message, ret_info);
    length = left_of(message);
    if (length > capacity)
        return SCTPX_ETRUNC;
    (void)copy(message, 0, buffer, length);
    consume(inbox, message, length);
    return (long)length;
}

long sctpxi_kernel_inbox_peek(const struct sctpxi_kernel_inbox *inbox, int stream, void *buffer,
                              size_t capacity, sctpx_rcvinfo *ret_info)
{
    const struct sctpxi_kernel_message *message;

    if (!is_stream(stream))
        return SCTPX_EINVAL;
    message = first_of(inbox, stream);
    if (!message)
        return SCTPX_EWOULDBLOCK;
    tell(message, ret_info);
    return (long)copy(message, 0, buffer, capacity);
}

long sctpxi_kernel_inbox_read_bytes(struct sctpxi_kernel_inbox *inbox, int stream, void *buffer,
                                    size_t capacity)
{
    struct sctpxi_kernel_message *message;
    size_t length;

    if (!is_stream(stream) || capacity == 0)
        return SCTPX_EINVAL;
    message = first_of(inbox, stream);
    if (!message)
        return SCTPX_EWOULDBLOCK;
    length = copy(message, 0, buffer, capacity);
    consume(inbox, message, length);
    return (long)length;
}

static const struct sctpxi_kernel_message *next_of(const struct sctpxi_kernel_message *message,
                                                   int stream)
{
    return stream == SCTPX_ANY_STREAM ? TAILQ_NEXT(message, all_link)
                                      : TAILQ_NEXT(message, stream_link);
}

long sctpxi_kernel_inbox_peek_bytes(const struct sctpxi_kernel_inbox *inbox, int stream,
                                    size_t offset, void *buffer, size_t capacity)
{
    const struct sctpxi_kernel_message *message;
    uint8_t *to = buffer;
    size_t copied = 0;

    if (!is_stream(stream))
        return SCTPX_EINVAL;
    for (message = first_of(inbox, stream); message && copied < capacity;
         message = next_of(message, stream)) {
        size_t skipped = offset < left_of(message) ? offset : left_of(message);

        offset -= skipped;
        copied += copy(message, skipped, to + copied, capacity - copied);
    }
    return (long)copied;
}

size_t sctpxi_kernel_inbox_readable(const struct sctpxi_kernel_inbox *inbox, int stream)
{
    const struct sctpxi_kernel_instream *found;

    if (stream == SCTPX_ANY_STREAM)
        return inbox->readable_bytes;
    found = is_stream(stream) ? sctpxi_sidmap_get(&inbox->streams, (uint16_t)stream) : NULL;
    return found ? found->status.readable_bytes : 0;
}

int sctpxi_kernel_inbox_next_fresh(struct sctpxi_kernel_inbox *inbox)
{
    struct sctpxi_kernel_instream *stream = TAILQ_FIRST(&inbox->fresh);

    if (!stream)
        return -1;
    TAILQ_REMOVE(&inbox->fresh, stream, fresh_link);
    stream->is_fresh = false;
    return stream->number;
}

void sctpxi_kernel_inbox_stream(const struct sctpxi_kernel_inbox *inbox, uint16_t stream,
                                sctpx_stream_status *ret_status)
{
    const struct sctpxi_kernel_instream *found = sctpxi_sidmap_get(&inbox->streams, stream);

    if (!found)
        return;
    ret_status->readable_bytes = found->status.readable_bytes;
    ret_status->readable_messages = found->status.readable_messages;
    ret_status->received_bytes = found->status.received_bytes;
    ret_status->received_messages = found->status.received_messages;
}
