/* SPDX-License-Identifier: MIT */
#include "backend/kernel_inbox.h"

#include <stdlib.h>
#include <string.h>

#include "backend/system.h"

/* The shortest room for a message that comes in pieces. */
enum { FIRST_BYTES = 4096 };

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
    if (!stream ||
        sctpxi_sidmap_put(&inbox->streams, &inbox->alloc, number, stream, SCTPXI_SIDMAP_ANY) < 0) {
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

static void make_fresh(struct sctpxi_kernel_inbox *inbox, struct sctpxi_kernel_instream *stream)
{
    if (!stream->is_fresh)
        TAILQ_INSERT_TAIL(&inbox->fresh, stream, fresh_link);
    stream->is_fresh = true;
}

void sctpxi_kernel_inbox_renew(struct sctpxi_kernel_inbox *inbox)
{
    const struct sctpxi_kernel_message *message;

    TAILQ_FOREACH (message, &inbox->all, all_link)
        make_fresh(inbox, message->stream);
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
    make_fresh(inbox, stream);
}

/* Pieces of one message. */
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

    if (message && !is_same(&message->info, info)) { /* its end never came */
        sctpxi_kernel_inbox_drop_partial(inbox);
        message = NULL;
    }
    if (!message)
        message = begin(inbox, info, 0);
    if (!message)
        return SCTPX_ENOMEM;
    if (!inbox->has_pieces && message->length + length > inbox->max_message_bytes) {
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

void sctpxi_kernel_inbox_remove(struct sctpxi_kernel_inbox *inbox,
                                struct sctpxi_kernel_message *message)
{
    struct sctpxi_kernel_instream *stream = message->stream;

    stream->status.readable_messages--;
    stream->status.received_messages += (message->info.flags & SCTPX_MSG_LAST) != 0;
    inbox->readable_messages--;
    inbox->used_bytes -= cost_of(message);
    TAILQ_REMOVE(&inbox->all, message, all_link);
    TAILQ_REMOVE(&stream->messages, message, stream_link);
    message_free(message);
}
