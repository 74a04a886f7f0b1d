/* SPDX-License-Identifier: MIT */
#include "engine/tx_queue.h"

#include <assert.h>
#include <string.h>

#include <sctpx/error.h>

#include "engine/sched.h"
#include "engine/tx_outcome.h"

void sctpxi_tx_queue_init(struct sctpxi_tx_queue *q, struct sctpxi_pool *pool)
{
    memset(q, 0, sizeof *q);
    q->pool = pool;
    q->scheduler = &sctpxi_sched_rr;
    TAILQ_INIT(&q->circle);
    TAILQ_INIT(&q->reports);
    SLIST_INIT(&q->used);
    sctpxi_tx_outcome_init(q);
}

static void drop_messages(struct sctpxi_tx_queue *q, struct sctpxi_tx_stream *stream)
{
    struct sctpxi_tx_message *message;

    while ((message = STAILQ_FIRST(&stream->messages)) != NULL) {
        STAILQ_REMOVE_HEAD(&stream->messages, link);
        sctpxi_tx_queue_release(q, message);
    }
}

void sctpxi_tx_queue_done(struct sctpxi_tx_queue *q)
{
    struct sctpxi_tx_stream *stream;
    uint32_t cursor = 0;

    sctpxi_tx_outcome_done(q);
    sctpxi_tx_queue_restart(q);
    while ((stream = sctpxi_sidmap_next(&q->streams, &cursor)) != NULL)
        sctpxi_pool_put(q->pool, stream, sizeof *stream);
    sctpxi_sidmap_done(&q->streams, q->pool->alloc);
    sctpxi_tx_queue_init(q, q->pool);
}

static bool is_over_share(const struct sctpxi_tx_queue *q)
{
    const struct sctpxi_sidmap *map = &q->streams;
    size_t bytes = map->count * sctpxi_pool_block_bytes(sizeof(struct sctpxi_tx_stream)) +
                   map->capacity * sizeof *map->slots;

    return bytes > SCTPXI_SHARE_WHEN_SHORT;
}

/*
 * NULL when out of memory. Streams stay until the end, and a peer that is answered on each of them
 * can make them: it must not take the memory that is kept for others. Numbers can be chosen so that
 * a map of few is large.
 */
static struct sctpxi_tx_stream *new_stream(struct sctpxi_tx_queue *q, uint16_t sid)
{
    uint32_t max_capacity = SCTPXI_SIDMAP_ANY;

    if (sctpxi_pool_is_short(q->pool)) {
        if (is_over_share(q))
            return NULL;
        max_capacity = SCTPXI_SHARE_WHEN_SHORT / sizeof *q->streams.slots;
    }
    struct sctpxi_tx_stream *stream = sctpxi_pool_get(q->pool, sizeof *stream);
    if (stream == NULL)
        return NULL;
    memset(stream, 0, sizeof *stream);
    stream->sid = sid;
    STAILQ_INIT(&stream->messages);
    if (sctpxi_sidmap_put(&q->streams, q->pool->alloc, sid, stream, max_capacity) < 0) {
        sctpxi_pool_put(q->pool, stream, sizeof *stream);
        return NULL;
    }
    return stream;
}

/* The stream with this number, made if it is new; NULL when out of memory. */
static struct sctpxi_tx_stream *get_stream(struct sctpxi_tx_queue *q, uint16_t sid)
{
    struct sctpxi_tx_stream *stream = sctpxi_sidmap_get(&q->streams, sid);

    return stream != NULL ? stream : new_stream(q, sid);
}

int sctpxi_tx_queue_push(struct sctpxi_tx_queue *q, const void *data, size_t length,
                         const sctpx_sndinfo *info)
{
    assert(length > 0 && length <= SCTPX_MAX_SEND_BYTES);
    struct sctpxi_tx_message *message = sctpxi_tx_message_new(q->pool, data, length, info);
    if (message == NULL)
        return SCTPX_ENOMEM;
    struct sctpxi_tx_stream *stream = get_stream(q, info->stream);
    if (stream == NULL) {
        sctpxi_tx_message_free(q->pool, message);
        return SCTPX_ENOMEM;
    }
    q->message_count++;
    if (!stream->is_used) {
        stream->is_used = true;
        SLIST_INSERT_HEAD(&q->used, stream, used);
    }
    bool was_empty = STAILQ_EMPTY(&stream->messages);
    STAILQ_INSERT_TAIL(&stream->messages, message, link);
    sctpxi_tx_outcome_on_queued(q, message);
    stream->unacked_messages++;
    stream->unacked_bytes += length;
    q->unacked_bytes += length;
    q->unsent_bytes += length;
    q->scheduler->on_enqueue(q, stream, was_empty);
    return 0;
}

bool sctpxi_tx_queue_is_empty(const struct sctpxi_tx_queue *q)
{
    return q->unsent_bytes == 0;
}

/* A message that has begun keeps its turn, whatever the scheduler would say now. */
static struct sctpxi_tx_stream *next_stream(const struct sctpxi_tx_queue *q)
{
    return q->current != NULL ? q->current : q->scheduler->pick(q);
}

/* All fragments of a message have the same SSN (RFC 9260 6.9 2), and unordered ones none. */
static struct sctpxi_ssn next_ssn(const struct sctpxi_tx_queue *q,
                                  const struct sctpxi_tx_stream *stream,
                                  const struct sctpxi_tx_message *message)
{
    if ((message->flags & SCTPX_MSG_UNORDERED) != 0)
        return sctpxi_ssn_make(0);
    return q->current != NULL ? q->ssn : stream->next_ssn;
}

bool sctpxi_tx_queue_peek(const struct sctpxi_tx_queue *q, size_t max_bytes,
                          struct sctpxi_tx_fragment *ret_fragment)
{
    assert(max_bytes > 0);
    const struct sctpxi_tx_stream *stream = next_stream(q);
    if (stream == NULL)
        return false;
    struct sctpxi_tx_message *message = STAILQ_FIRST(&stream->messages);
    size_t left = message->length - q->offset;
    size_t limit =
        max_bytes < SCTPXI_TX_MAX_FRAGMENT_BYTES ? max_bytes : SCTPXI_TX_MAX_FRAGMENT_BYTES;
    *ret_fragment = (struct sctpxi_tx_fragment){
        .message = message,
        .offset = q->offset,
        .length = left < limit ? left : limit,
        .ssn = next_ssn(q, stream, message),
        .is_first = q->offset == 0,
        .is_last = left <= limit,
    };
    return true;
}

/* 16-bit SSNs go round at 65535 by themselves (RFC 9260 6.5). */
static void begin_message(struct sctpxi_tx_queue *q, struct sctpxi_tx_stream *stream,
                          const struct sctpxi_tx_fragment *fragment)
{
    q->current = stream;
    q->ssn = fragment->ssn;
    fragment->message->has_left = true;
    if ((fragment->message->flags & SCTPX_MSG_UNORDERED) == 0)
        stream->next_ssn = sctpxi_ssn_next(stream->next_ssn);
}

static void end_message(struct sctpxi_tx_queue *q, struct sctpxi_tx_stream *stream)
{
    struct sctpxi_tx_message *message = STAILQ_FIRST(&stream->messages);

    STAILQ_REMOVE_HEAD(&stream->messages, link);
    __builtin_prefetch(STAILQ_FIRST(&stream->messages), 1); /* the next one to send */
    q->current = NULL;
    q->offset = 0;
    q->scheduler->on_message_done(q, stream);
    sctpxi_tx_outcome_on_sent(q, message);
    sctpxi_tx_queue_release(q, message);
}

void sctpxi_tx_queue_take(struct sctpxi_tx_queue *q, const struct sctpxi_tx_fragment *fragment)
{
    struct sctpxi_tx_stream *stream = next_stream(q);

    assert(stream != NULL && fragment->message == STAILQ_FIRST(&stream->messages));
    assert(fragment->offset == q->offset && fragment->length > 0);
    assert(fragment->length <= fragment->message->length - q->offset);
    if (fragment->is_first)
        begin_message(q, stream, fragment);
    fragment->message->holders++;
    q->offset += (uint32_t)fragment->length;
    q->unsent_bytes -= fragment->length;
    if (fragment->is_last)
        end_message(q, stream);
}

void sctpxi_tx_queue_release(struct sctpxi_tx_queue *q, struct sctpxi_tx_message *message)
{
    assert(message->holders > 0);
    if (--message->holders > 0)
        return;
    if (message->place != SCTPXI_TX_FAILED)
        q->message_count--;
    if (message->place == SCTPXI_TX_LIVING)
        TAILQ_REMOVE(&q->living, message, all);
    sctpxi_tx_message_done(q->pool, message);
}

/* Fragments are acknowledged in order: with the last holder goes the last of them. */
static void on_whole_acked(struct sctpxi_tx_queue *q, struct sctpxi_tx_stream *stream,
                           struct sctpxi_tx_message *message)
{
    assert(stream->unacked_messages > 0);
    stream->acked_context = message->context;
    stream->unacked_messages--;
    stream->sent_messages++;
    sctpxi_tx_outcome_on_acked(q, message);
}

void sctpxi_tx_queue_on_acked(struct sctpxi_tx_queue *q, struct sctpxi_tx_message *message,
                              size_t bytes)
{
    struct sctpxi_tx_stream *stream = sctpxi_sidmap_get(&q->streams, message->stream);

    assert(stream != NULL && stream->unacked_bytes >= bytes && q->unacked_bytes >= bytes);
    stream->unacked_bytes -= bytes;
    q->unacked_bytes -= bytes;
    stream->acked_bytes += bytes;
    stream->sent_bytes += bytes;
    if (message->holders == 1)
        on_whole_acked(q, stream, message);
    if (!stream->is_reported) {
        stream->is_reported = true;
        TAILQ_INSERT_TAIL(&q->reports, stream, report);
    }
}

bool sctpxi_tx_queue_next_report(struct sctpxi_tx_queue *q, uint16_t *ret_stream, size_t *ret_bytes,
                                 void **ret_context)
{
    struct sctpxi_tx_stream *stream = TAILQ_FIRST(&q->reports);

    if (stream == NULL)
        return false;
    TAILQ_REMOVE(&q->reports, stream, report);
    stream->is_reported = false;
    *ret_stream = stream->sid;
    *ret_bytes = stream->acked_bytes;
    *ret_context = stream->acked_context;
    stream->acked_bytes = 0;
    return true;
}

bool sctpxi_tx_queue_reaches(const struct sctpxi_tx_queue *q, uint32_t stream)
{
    const struct sctpxi_tx_stream *s;
    uint32_t cursor = 0;

    while ((s = sctpxi_sidmap_next(&q->streams, &cursor)) != NULL)
        if (s->sid >= stream && !STAILQ_EMPTY(&s->messages))
            return true;
    return false;
}

size_t sctpxi_tx_queue_stream_bytes(const struct sctpxi_tx_queue *q, uint16_t stream)
{
    const struct sctpxi_tx_stream *found = sctpxi_sidmap_get(&q->streams, stream);

    return found != NULL ? found->unacked_bytes : 0;
}

void sctpxi_tx_queue_stream_status(const struct sctpxi_tx_queue *q, uint16_t stream,
                                   sctpx_stream_status *ret_status)
{
    const struct sctpxi_tx_stream *found = sctpxi_sidmap_get(&q->streams, stream);

    if (found == NULL)
        return;
    ret_status->unacked_bytes = found->unacked_bytes;
    ret_status->unacked_messages = found->unacked_messages;
    ret_status->sent_bytes = found->sent_bytes;
    ret_status->sent_messages = found->sent_messages;
}

void sctpxi_tx_queue_restart(struct sctpxi_tx_queue *q)
{
    struct sctpxi_tx_stream *stream;

    while ((stream = SLIST_FIRST(&q->used)) != NULL) {
        SLIST_REMOVE_HEAD(&q->used, used);
        stream->is_used = false;
        drop_messages(q, stream);
        stream->unacked_bytes = 0;
        stream->unacked_messages = 0;
        stream->next_ssn = sctpxi_ssn_make(0);
    }
    TAILQ_INIT(&q->circle);
    q->current = NULL;
    q->offset = 0;
    q->unsent_bytes = 0;
    q->unacked_bytes = 0;
}
