/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include <sctpx/error.h>

#include "engine/reasm_internal.h"

void sctpxi_reasm_init(struct sctpxi_reasm *r, struct sctpxi_pool *pool)
{
    *r = (struct sctpxi_reasm){.pool = pool, .max_message_bytes = SIZE_MAX};
    TAILQ_INIT(&r->readable);
    TAILQ_INIT(&r->fresh);
    SLIST_INIT(&r->used);
}

static void forget_streams(struct sctpxi_reasm *r)
{
    uint32_t cursor = 0;
    struct sctpxi_rx_stream *s;

    assert(TAILQ_EMPTY(&r->readable) && TAILQ_EMPTY(&r->fresh) && SLIST_EMPTY(&r->used));
    while ((s = sctpxi_sidmap_next(&r->streams, &cursor)) != NULL)
        sctpxi_rx_stream_free(r, s);
    size_t bytes = r->streams.capacity * sizeof(*r->streams.slots);
    r->used_bytes -= bytes;
    r->stream_bytes -= bytes;
    sctpxi_sidmap_done(&r->streams, r->pool->alloc);
    sctpxi_rx_extra_trim(r);
}

void sctpxi_reasm_restart(struct sctpxi_reasm *r)
{
    struct sctpxi_rx_stream *s;

    sctpxi_rx_ring_clear(r);
    if (r->extra != NULL)
        sctpxi_rx_partial_clear(r);
    while ((s = SLIST_FIRST(&r->used)) != NULL) {
        SLIST_REMOVE_HEAD(&r->used, used);
        s->is_used = false;
        sctpxi_rx_stream_reset(r, s);
    }
    r->has_done = false;
    if (TAILQ_EMPTY(&r->readable) && !r->has_totals)
        forget_streams(r);
}

void sctpxi_reasm_done(struct sctpxi_reasm *r)
{
    struct sctpxi_rx_message *m;

    while ((m = TAILQ_FIRST(&r->readable)) != NULL)
        sctpxi_reasm_consume(r, m, m->bytes);
    r->has_totals = false;
    sctpxi_reasm_restart(r);
    assert(r->used_bytes == 0 && r->stream_bytes == 0);
}

static bool waits(const struct sctpxi_rx_place *place, const struct sctpxi_data *data)
{
    return place->is_whole && (data->flags & SCTPXI_DATA_UNORDERED) == 0 &&
           sctpxi_rx_stream_must_wait(place->stream, data->ssn);
}

/* Everything that is judged, and nothing changed. */
static int find_place(const struct sctpxi_reasm *r, const struct sctpxi_data *data,
                      struct sctpxi_rx_place *ret_place)
{
    if (data->payload_len == 0 || data->payload_len > UINT16_MAX)
        return SCTPX_EPROTO;

    struct sctpxi_rx_stream *s = sctpxi_sidmap_get(&r->streams, data->stream);
    if (s != NULL && (data->flags & SCTPXI_DATA_UNORDERED) == 0 &&
        !sctpxi_rx_stream_accepts(r, s, data))
        return SCTPX_EPROTO;
    int result = sctpxi_rx_ring_find(r, data, ret_place);
    if (result < 0)
        return result;
    ret_place->stream = s;
    return 0;
}

/* The stream, made if it is new, with room to wait in. Registering comes last: it is for good. */
static int reserve_stream(struct sctpxi_reasm *r, const struct sctpxi_data *data,
                          struct sctpxi_rx_place *place)
{
    bool is_new = place->stream == NULL;
    struct sctpxi_rx_stream *s = is_new ? sctpxi_rx_stream_new(r, data->stream) : place->stream;

    if (s == NULL)
        return SCTPX_ENOMEM;
    int result = 0;
    if (waits(place, data))
        result = sctpxi_rx_table_reserve(r, &s->waiting, data->ssn.v);
    if (result == 0 && is_new)
        result = sctpxi_rx_stream_register(r, s);
    if (result == 0) {
        place->stream = s;
        return 0;
    }
    sctpxi_rx_table_trim(r, &s->waiting);
    if (is_new)
        sctpxi_rx_stream_free(r, s);
    return result;
}

/* All memory that the commit needs besides the chunk's own. */
static int reserve(struct sctpxi_reasm *r, const struct sctpxi_data *data,
                   struct sctpxi_rx_place *place)
{
    int result = 0;

    if (!place->is_whole && !place->is_piece)
        result = sctpxi_rx_table_reserve(r, &r->ring, data->tsn.v);
    if (result == 0)
        result = reserve_stream(r, data, place);
    if (result < 0)
        sctpxi_rx_table_trim(r, &r->ring);
    return result;
}

static void commit(struct sctpxi_reasm *r, const struct sctpxi_rx_place *place,
                   struct sctpxi_rx_message *m)
{
    m->stream = place->stream;
    if (!m->stream->is_used) {
        m->stream->is_used = true;
        SLIST_INSERT_HEAD(&r->used, m->stream, used);
    }
    m = sctpxi_rx_ring_join(r, place, m);
    if (!place->is_whole && !place->is_piece)
        return;

    const struct sctpxi_rx_message *tail = m->run.other;
    if ((tail->chunk_flags & SCTPXI_DATA_END) != 0) {
        r->has_done = true;
        r->done_first = m->tsn;
        r->done_last = tail->tsn;
    }
    if (place->is_piece)
        sctpxi_rx_partial_go_on(r, m);
    else
        sctpxi_rx_stream_take(r, m);
}

int sctpxi_reasm_add(struct sctpxi_reasm *r, const struct sctpxi_data *data)
{
    struct sctpxi_rx_place place;
    int result = find_place(r, data, &place);

    if (result < 0)
        return result;
    struct sctpxi_rx_message *m = sctpxi_rx_message_new(r, data);
    if (m == NULL)
        return SCTPX_ENOMEM;
    result = reserve(r, data, &place);
    if (result < 0) {
        sctpxi_rx_message_free(r, m);
        return result;
    }
    commit(r, &place, m);
    return 0;
}
