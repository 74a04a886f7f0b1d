/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "engine/reasm_internal.h"

/* Everything that stays until the end is charged twice: in the whole account and on its own. */
static void charge(struct sctpxi_reasm *r, size_t bytes)
{
    r->used_bytes += bytes;
    r->stream_bytes += bytes;
}

static void discharge(struct sctpxi_reasm *r, size_t bytes)
{
    r->used_bytes -= bytes;
    r->stream_bytes -= bytes;
}

static bool make_extra(struct sctpxi_reasm *r)
{
    struct sctpxi_rx_extra *extra = sctpxi_pool_get(r->pool, sizeof(*extra));

    if (extra == NULL)
        return false;
    *extra = (struct sctpxi_rx_extra){0};
    TAILQ_INIT(&extra->partial.held);
    r->extra = extra;
    charge(r, sctpxi_pool_block_bytes(sizeof(*extra)));
    return true;
}

void sctpxi_rx_extra_trim(struct sctpxi_reasm *r)
{
    if (r->extra == NULL || r->streams.count > 0)
        return;
    discharge(r, sctpxi_pool_block_bytes(sizeof(*r->extra)));
    sctpxi_pool_put(r->pool, r->extra, sizeof(*r->extra));
    r->extra = NULL;
}

struct sctpxi_rx_stream *sctpxi_rx_stream_new(struct sctpxi_reasm *r, uint16_t number)
{
    if (r->extra == NULL && !make_extra(r))
        return NULL;

    struct sctpxi_rx_stream *s = sctpxi_pool_get(r->pool, sizeof(*s));

    if (s == NULL) {
        sctpxi_rx_extra_trim(r);
        return NULL;
    }
    *s = (struct sctpxi_rx_stream){.number = number};
    TAILQ_INIT(&s->readable);
    charge(r, sctpxi_pool_block_bytes(sizeof(*s)));
    return s;
}

void sctpxi_rx_stream_free(struct sctpxi_reasm *r, struct sctpxi_rx_stream *s)
{
    assert(s->waiting.capacity == 0);
    discharge(r, sctpxi_pool_block_bytes(sizeof(*s)));
    sctpxi_pool_put(r->pool, s, sizeof(*s));
    sctpxi_rx_extra_trim(r);
}

int sctpxi_rx_stream_register(struct sctpxi_reasm *r, struct sctpxi_rx_stream *s)
{
    size_t slots = r->streams.capacity;
    uint32_t max_capacity = SCTPXI_SIDMAP_ANY;

    /* Numbers can be chosen so that a map of few is large, receive_window.h. */
    if (sctpxi_pool_is_short(r->pool))
        max_capacity = SCTPXI_SHARE_WHEN_SHORT / sizeof(*r->streams.slots);
    int result = sctpxi_sidmap_put(&r->streams, r->pool->alloc, s->number, s, max_capacity);

    discharge(r, slots * sizeof(*r->streams.slots));
    charge(r, r->streams.capacity * sizeof(*r->streams.slots));
    return result;
}

/*
 * More than half the circle beyond the next SSN means delivered already, or really that far ahead:
 * a window of short messages can hold more than 2^15. But every message takes a TSN at least, so
 * one that many messages ahead is as many TSNs beyond the last one delivered.
 */
static bool ssn_was_delivered(const struct sctpxi_rx_stream *s, const struct sctpxi_data *data)
{
    if (!s->has_delivered || sctpxi_ssn_ge(data->ssn, s->next_ssn))
        return false;
    uint16_t ahead = (uint16_t)(data->ssn.v - s->next_ssn.v);
    return sctpxi_tsn_diff(data->tsn, s->last_tsn) <= ahead;
}

bool sctpxi_rx_stream_accepts(const struct sctpxi_reasm *r, const struct sctpxi_rx_stream *s,
                              const struct sctpxi_data *data)
{
    if (ssn_was_delivered(s, data))
        return false;
    if (s->is_partial && !r->extra->partial.is_unordered &&
        sctpxi_ssn_eq(data->ssn, r->extra->partial.ssn) && (data->flags & SCTPXI_DATA_BEGIN) != 0)
        return false;
    return sctpxi_rx_table_get(&s->waiting, data->ssn.v) == NULL;
}

bool sctpxi_rx_stream_must_wait(const struct sctpxi_rx_stream *s, struct sctpxi_ssn ssn)
{
    if (s == NULL)
        return ssn.v != 0;
    return s->is_partial || !sctpxi_ssn_eq(ssn, s->next_ssn);
}

static void make_fresh(struct sctpxi_reasm *r, struct sctpxi_rx_stream *s)
{
    if (!s->is_fresh)
        TAILQ_INSERT_TAIL(&r->fresh, s, fresh);
    s->is_fresh = true;
}

void sctpxi_rx_stream_push(struct sctpxi_reasm *r, struct sctpxi_rx_message *m, unsigned flags)
{
    struct sctpxi_rx_stream *s = m->stream;

    if (sctpxi_rx_is_unordered(m))
        flags |= SCTPX_MSG_UNORDERED;
    m->msg_flags = (uint8_t)flags;
    TAILQ_INSERT_TAIL(&r->readable, m, listed.all);
    TAILQ_INSERT_TAIL(&s->readable, m, listed.of_stream);
    r->readable_messages++;
    r->readable_bytes += m->bytes;
    s->readable_bytes += m->bytes;
    s->readable_messages++;
    make_fresh(r, s);
}

void sctpxi_rx_stream_advance(struct sctpxi_rx_stream *s, struct sctpxi_tsn last_tsn)
{
    s->last_tsn = last_tsn;
    s->next_ssn = sctpxi_ssn_next(s->next_ssn);
    s->has_delivered = true;
}

static void deliver_ordered(struct sctpxi_reasm *r, struct sctpxi_rx_message *m)
{
    sctpxi_rx_stream_advance(m->stream, m->run.other->tsn);
    sctpxi_rx_stream_push(r, m, SCTPX_MSG_FIRST | SCTPX_MSG_LAST);
}

void sctpxi_rx_stream_drain(struct sctpxi_reasm *r, struct sctpxi_rx_stream *s)
{
    struct sctpxi_rx_message *m;

    if (s->waiting.capacity == 0)
        return;
    while ((m = sctpxi_rx_table_get(&s->waiting, s->next_ssn.v)) != NULL) {
        sctpxi_rx_table_remove(&s->waiting, m);
        deliver_ordered(r, m);
    }
    sctpxi_rx_table_trim(r, &s->waiting);
}

void sctpxi_rx_stream_take(struct sctpxi_reasm *r, struct sctpxi_rx_message *m)
{
    struct sctpxi_rx_stream *s = m->stream;

    if (sctpxi_rx_is_unordered(m)) {
        if (s->is_partial)
            TAILQ_INSERT_TAIL(&r->extra->partial.held, m, listed.all);
        else
            sctpxi_rx_stream_push(r, m, SCTPX_MSG_FIRST | SCTPX_MSG_LAST);
    } else if (sctpxi_rx_stream_must_wait(s, m->ssn)) {
        sctpxi_rx_table_put(&s->waiting, m, m->ssn.v);
    } else {
        deliver_ordered(r, m);
        sctpxi_rx_stream_drain(r, s);
    }
}

void sctpxi_rx_stream_reset(struct sctpxi_reasm *r, struct sctpxi_rx_stream *s)
{
    uint32_t cursor = 0;
    struct sctpxi_rx_message *m;

    while ((m = sctpxi_rx_table_any(&s->waiting, &cursor)) != NULL) {
        sctpxi_rx_table_remove(&s->waiting, m);
        sctpxi_rx_message_free(r, m);
    }
    sctpxi_rx_table_trim(r, &s->waiting);
    s->next_ssn = sctpxi_ssn_make(0);
    s->has_delivered = false;
}

struct sctpxi_rx_message *sctpxi_reasm_first(const struct sctpxi_reasm *r, int stream)
{
    if (stream == SCTPX_ANY_STREAM)
        return TAILQ_FIRST(&r->readable);
    if (stream < 0 || stream > UINT16_MAX)
        return NULL;
    const struct sctpxi_rx_stream *s = sctpxi_sidmap_get(&r->streams, (uint16_t)stream);
    return s != NULL ? TAILQ_FIRST(&s->readable) : NULL;
}

void sctpxi_reasm_renew(struct sctpxi_reasm *r)
{
    const struct sctpxi_rx_message *m;

    TAILQ_FOREACH (m, &r->readable, listed.all)
        make_fresh(r, m->stream);
}

int sctpxi_reasm_next_fresh(struct sctpxi_reasm *r)
{
    struct sctpxi_rx_stream *s = TAILQ_FIRST(&r->fresh);

    if (s == NULL)
        return -1;
    TAILQ_REMOVE(&r->fresh, s, fresh);
    s->is_fresh = false;
    return s->number;
}

size_t sctpxi_reasm_stream_bytes(const struct sctpxi_reasm *r, uint16_t stream)
{
    const struct sctpxi_rx_stream *s = sctpxi_sidmap_get(&r->streams, stream);

    return s != NULL ? s->readable_bytes : 0;
}

void sctpxi_reasm_stream_status(const struct sctpxi_reasm *r, uint16_t stream,
                                sctpx_stream_status *ret_status)
{
    const struct sctpxi_rx_stream *s = sctpxi_sidmap_get(&r->streams, stream);

    if (s == NULL)
        return;
    ret_status->readable_bytes = s->readable_bytes;
    ret_status->readable_messages = s->readable_messages;
    ret_status->received_bytes = s->taken_bytes;
    ret_status->received_messages = s->taken_messages;
}
