/* SPDX-License-Identifier: MIT */
#include "backend/kernel_inbox.h"

#include <stdlib.h>
#include <string.h>

#include "backend/system.h"

/* The shortest room for a message that comes in pieces. */
enum { FIRST_BYTES = 4096 };

struct sctpxi_kernel_message {
    TAILQ_ENTRY(sctpxi_kernel_message) all_link, stream_link;
    struct sctpxi_kernel_instream *stream;
    sctpx_rcvinfo info;
    size_t start, length, capacity; /* of bytes: taken by readers, valid ones, room */
    size_t before;                  /* bytes of the message handed over in earlier pieces */
    uint8_t *bytes;
};

struct sctpxi_kernel_instream {
    TAILQ_ENTRY(sctpxi_kernel_instream) fresh_link;
    struct sctpxi_kernel_message_list messages;
    sctpx_stream_status status; /* of the receiving side */
    uint16_t number;
    bool is_fresh;
};

/* ---- life -------------------------------------------------------------------------------- */

void sctpxi_kernel_inbox_init(struct sctpxi_kernel_inbox *inbox)
{
    const sctpx_allocator allocator = sctpxi_system_allocator();

    *inbox = (struct sctpxi_kernel_inbox){0};
    sctpxi_alloc_init(&inbox->alloc, &allocator, SIZE_MAX);
    TAILQ_INIT(&inbox->all);
    TAILQ_INIT(&inbox->fresh);
}

static void message_free(struct sctpxi_kernel_message *message)
{
    free(message->bytes);
    free(message);
}

void sctpxi_kernel_inbox_done(struct sctpxi_kernel_inbox *inbox)
{
    struct sctpxi_kernel_message *message;
    uint32_t cursor = 0;
    void *stream;

    sctpxi_kernel_inbox_drop_partial(inbox);
    while ((message = TAILQ_FIRST(&inbox->all)) != NULL) {
        TAILQ_REMOVE(&inbox->all, message, all_link);
        message_free(message);
    }
    while ((stream = sctpxi_sidmap_next(&inbox->streams, &cursor)) != NULL)
        free(stream);
    sctpxi_sidmap_done(&inbox->streams, &inbox->alloc);
}

/* ---- what comes in ------------------------------------------------------------------------ */

static size_t cost_of(const struct sctpxi_kernel_message *message)
{
    return sizeof(*message) + message->capacity;
}

bool sctpxi_kernel_inbox_is_full(const struct sctpxi_kernel_inbox *inbox)
{
    size_t partial = inbox->partial ? cost_of(inbox->partial) : 0;

    if (inbox->readable_messages == 0)
        return false;
    return inbox->used_bytes - partial >= inbox->limit_bytes || partial >= inbox->limit_bytes;
}

static struct sctpxi_kernel_instream *stream_of(struct sctpxi_kernel_inbox *inbox, uint16_t number)
{
    struct sctpxi_kernel_instream *stream = sctpxi_sidmap_get(&inbox->streams, number);

    if (stream)
        return stream;
    stream = calloc(1, sizeof(*stream));
    if (!stream || sctpxi_sidmap_put(&inbox->streams, &inbox->alloc, number, stream) < 0) {
        free(stream);
        return NULL;
    }
    TAILQ_INIT(&stream->messages);
    stream->number = number;
    return stream;
}

static struct sctpxi_kernel_message *begin(struct sctpxi_kernel_inbox *inbox,
                                           const sctpx_rcvinfo *info, size_t before)
{
    struct sctpxi_kernel_message *message;
    struct sctpxi_kernel_instream *stream = stream_of(inbox, info->stream);

    if (!stream)
        return NULL;
    message = calloc(1, sizeof(*message));
    if (!message)
        return NULL;
    message->stream = stream;
    message->info = *info;
    message->before = before;
    inbox->used_bytes += cost_of(message);
    inbox->partial = message;
    return message;
}

/* Exactly what is needed for a message that comes at once, more and more for one in pieces. */
static int make_room(struct sctpxi_kernel_inbox *inbox, struct sctpxi_kernel_message *message,
                     size_t length, bool is_end)
{
    size_t needed = message->length + length;
    size_t capacity = message->capacity;
    uint8_t *bytes;

    if (needed <= capacity)
        return 0;
    if (is_end && capacity == 0)
        capacity = needed;
    else if (capacity == 0)
        capacity = FIRST_BYTES;
    while (capacity < needed)
        capacity *= 2;
    bytes = realloc(message->bytes, capacity);
    if (!bytes)
        return SCTPX_ENOMEM;
    inbox->used_bytes += capacity - message->capacity;
    message->bytes = bytes;
    message->capacity = capacity;
    return 0;
}

void sctpxi_kernel_inbox_drop_partial(struct sctpxi_kernel_inbox *inbox)
{
    if (!inbox->partial)
        return;
    inbox->used_bytes -= cost_of(inbox->partial);
    message_free(inbox->partial);
    inbox->partial = NULL;
}

/* The partial message becomes readable. */
static void publish(struct sctpxi_kernel_inbox *inbox, bool is_end)
{
    struct sctpxi_kernel_message *message = inbox->partial;
    struct sctpxi_kernel_instream *stream = message->stream;

    inbox->partial = NULL;
    if (message->before == 0)
        message->info.flags |= SCTPX_MSG_FIRST;
    message->info.flags |= is_end ? SCTPX_MSG_LAST : SCTPX_MSG_PARTIAL;
    TAILQ_INSERT_TAIL(&inbox->all, message, all_link);
    TAILQ_INSERT_TAIL(&stream->messages, message, stream_link);
    inbox->readable_bytes += message->length;
    inbox->readable_messages++;
    inbox->received_messages += is_end;
    stream->status.readable_bytes += message->length;
    stream->status.readable_messages++;
    if (!stream->is_fresh)
        TAILQ_INSERT_TAIL(&inbox->fresh, stream, fresh_link);
    stream->is_fresh = true;
}

/* Another message has begun although the end of this one never came. */
static bool is_same(const sctpx_rcvinfo *a, const sctpx_rcvinfo *b)
{
    return a->stream == b->stream && a->ssn == b->ssn &&
           ((a->flags ^ b->flags) & SCTPX_MSG_UNORDERED) == 0;
}

/* Half a buffer of a message that is to be handed over in pieces. */
static int publish_piece(struct sctpxi_kernel_inbox *inbox)
{
    struct sctpxi_kernel_message *message = inbox->partial;
    const sctpx_rcvinfo info = {.stream = message->info.stream,
                                .ssn = message->info.ssn,
                                .tsn = message->info.tsn,
                                .ppid = message->info.ppid,
                                .flags = message->info.flags & SCTPX_MSG_UNORDERED};
    size_t before = message->before + message->length;

    if (!begin(inbox, &info, before)) {
        inbox->partial = message;
        return SCTPX_ENOMEM;
    }
    struct sctpxi_kernel_message *next = inbox->partial;
    inbox->partial = message;
    publish(inbox, false);
    inbox->partial = next;
    return 0;
}

int sctpxi_kernel_inbox_add(struct sctpxi_kernel_inbox *inbox, const sctpx_rcvinfo *info,
                            const void *bytes, size_t length, bool is_end)
{
    struct sctpxi_kernel_message *message = inbox->partial;

    if (message && !is_same(&message->info, info)) {
        sctpxi_kernel_inbox_drop_partial(inbox);
        message = NULL;
    }
    if (!message)
        message = begin(inbox, info, 0);
    if (!message)
        return SCTPX_ENOMEM;
    if (!inbox->has_pieces && length > inbox->max_message_bytes - message->length) {
        sctpxi_kernel_inbox_drop_partial(inbox);
        return SCTPX_EMSGSIZE;
    }
    if (make_room(inbox, message, length, is_end) < 0)
        return SCTPX_ENOMEM;
    if (length > 0)
        memcpy(message->bytes + message->length, bytes, length);
    message->length += length;
    inbox->received_bytes += length;
    if (is_end)
        publish(inbox, true);
    else if (inbox->has_pieces && message->length >= inbox->limit_bytes / 2)
        return publish_piece(inbox);
    return 0;
}

/* ---- what is read -------------------------------------------------------------------------- */

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
    if (message->start < message->length)
        return;
    stream->status.readable_messages--;
    stream->status.received_messages += (message->info.flags & SCTPX_MSG_LAST) != 0;
    inbox->readable_messages--;
    inbox->used_bytes -= cost_of(message);
    TAILQ_REMOVE(&inbox->all, message, all_link);
    TAILQ_REMOVE(&stream->messages, message, stream_link);
    message_free(message);
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
