/* SPDX-License-Identifier: MIT */
/*
 * Runs: chunks of one message whose TSNs follow each other. Only the two ends of a run are in the
 * ring, each knowing the other, for only they can have a new neighbour.
 */
#include <assert.h>

#include <sctpx/error.h>

#include "engine/reasm_internal.h"

static bool is_begin(unsigned flags)
{
    return (flags & SCTPXI_DATA_BEGIN) != 0;
}

static bool is_end(unsigned flags)
{
    return (flags & SCTPXI_DATA_END) != 0;
}

/* RFC 9260 3.3.1: all chunks of a message have its stream, U bit and, if ordered, its SSN. */
static bool same_message(const struct sctpxi_rx_stream *stream, bool is_unordered,
                         struct sctpxi_ssn ssn, const struct sctpxi_data *data)
{
    if (stream->number != data->stream)
        return false;
    if (is_unordered != ((data->flags & SCTPXI_DATA_UNORDERED) != 0))
        return false;
    return is_unordered || sctpxi_ssn_eq(ssn, data->ssn);
}

static bool belongs_to(const struct sctpxi_rx_message *m, const struct sctpxi_data *data)
{
    return same_message(m->stream, sctpxi_rx_is_unordered(m), m->ssn, data);
}

/* Sets place->before. False on a contradiction. */
static bool look_left(const struct sctpxi_reasm *r, const struct sctpxi_data *data,
                      struct sctpxi_rx_place *place)
{
    struct sctpxi_rx_message *m = sctpxi_rx_table_get(&r->ring, sctpxi_tsn_prev(data->tsn).v);

    if (r->has_done && !is_begin(data->flags) &&
        sctpxi_tsn_eq(sctpxi_tsn_next(r->done_last), data->tsn))
        return false;
    if (m == NULL)
        return true;
    if (is_end(m->chunk_flags) != is_begin(data->flags))
        return false;
    if (is_begin(data->flags))
        return true;
    if (!belongs_to(m, data))
        return false;
    place->before = m;
    place->joined_bytes += m->run.other->bytes;
    return true;
}

/* Sets place->after. False on a contradiction. */
static bool look_right(const struct sctpxi_reasm *r, const struct sctpxi_data *data,
                       struct sctpxi_rx_place *place)
{
    struct sctpxi_rx_message *m = sctpxi_rx_table_get(&r->ring, sctpxi_tsn_next(data->tsn).v);

    if (r->has_done && !is_end(data->flags) &&
        sctpxi_tsn_eq(sctpxi_tsn_prev(r->done_first), data->tsn))
        return false;
    if (m == NULL)
        return true;
    if (is_begin(m->chunk_flags) != is_end(data->flags))
        return false;
    if (is_end(data->flags))
        return true;
    if (!belongs_to(m, data))
        return false;
    place->after = m;
    place->joined_bytes += m->bytes;
    return true;
}

/* Sets place->is_piece. False on a contradiction. */
static bool look_at_partial(const struct sctpxi_reasm *r, const struct sctpxi_data *data,
                            struct sctpxi_rx_place *place)
{
    if (r->extra == NULL)
        return true;

    const struct sctpxi_rx_partial *partial = &r->extra->partial;
    if (partial->stream == NULL || !sctpxi_tsn_eq(data->tsn, partial->next_tsn))
        return true;
    place->is_piece = true;
    return !is_begin(data->flags) &&
           same_message(partial->stream, partial->is_unordered, partial->ssn, data);
}

int sctpxi_rx_ring_find(const struct sctpxi_reasm *r, const struct sctpxi_data *data,
                        struct sctpxi_rx_place *ret_place)
{
    struct sctpxi_rx_place place = {0};

    if (!look_left(r, data, &place) || !look_right(r, data, &place) ||
        !look_at_partial(r, data, &place))
        return SCTPX_EPROTO;
    if (r->max_message_bytes < data->payload_len ||
        r->max_message_bytes - data->payload_len < place.joined_bytes)
        return SCTPX_EMSGSIZE;

    unsigned first = place.before != NULL ? place.before->run.other->chunk_flags : data->flags;
    unsigned last = place.after != NULL ? place.after->run.other->chunk_flags : data->flags;
    place.is_whole = is_begin(first) && is_end(last);
    *ret_place = place;
    return 0;
}

/* The run that ends with `before` goes on with m, a run of one. Returns its first chunk. */
static struct sctpxi_rx_message *join_left(struct sctpxi_reasm *r, struct sctpxi_rx_message *before,
                                           struct sctpxi_rx_message *m)
{
    struct sctpxi_rx_message *head = before->run.other;

    assert(before->next == NULL);
    before->next = m;
    head->bytes += m->bytes;
    if (before != head)
        sctpxi_rx_table_remove(&r->ring, before);
    head->run.other = m;
    m->run.other = head;
    return head;
}

/* The run from head to m goes on with the one that starts with `after`. Returns its last chunk. */
static struct sctpxi_rx_message *join_right(struct sctpxi_reasm *r, struct sctpxi_rx_message *head,
                                            struct sctpxi_rx_message *m,
                                            struct sctpxi_rx_message *after)
{
    struct sctpxi_rx_message *tail = after->run.other;

    m->next = after;
    head->bytes += after->bytes;
    if (after != tail)
        sctpxi_rx_table_remove(&r->ring, after);
    head->run.other = tail;
    tail->run.other = head;
    return tail;
}

struct sctpxi_rx_message *sctpxi_rx_ring_join(struct sctpxi_reasm *r,
                                              const struct sctpxi_rx_place *place,
                                              struct sctpxi_rx_message *m)
{
    struct sctpxi_rx_message *head = m, *tail = m;

    if (place->before != NULL)
        head = join_left(r, place->before, m);
    if (place->after != NULL)
        tail = join_right(r, head, m, place->after);

    if (!place->is_whole && !place->is_piece) {
        if (head == m || tail == m)
            sctpxi_rx_table_put(&r->ring, m, m->tsn.v);
        r->incomplete_bytes += m->length;
        return head;
    }
    if (head != m)
        sctpxi_rx_table_remove(&r->ring, head);
    if (tail != m)
        sctpxi_rx_table_remove(&r->ring, tail);
    sctpxi_rx_table_trim(r, &r->ring);
    r->incomplete_bytes -= place->joined_bytes;
    return head;
}

void sctpxi_rx_ring_take(struct sctpxi_reasm *r, struct sctpxi_rx_message *head)
{
    sctpxi_rx_table_remove(&r->ring, head);
    if (head->run.other != head)
        sctpxi_rx_table_remove(&r->ring, head->run.other);
    sctpxi_rx_table_trim(r, &r->ring);
    r->incomplete_bytes -= head->bytes;
}

void sctpxi_rx_ring_clear(struct sctpxi_reasm *r)
{
    uint32_t cursor = 0;
    struct sctpxi_rx_message *m;

    while ((m = sctpxi_rx_table_any(&r->ring, &cursor)) != NULL) {
        struct sctpxi_rx_message *head =
            sctpxi_tsn_lt(m->run.other->tsn, m->tsn) ? m->run.other : m;
        sctpxi_rx_ring_take(r, head);
        sctpxi_rx_message_free(r, head);
    }
    assert(r->incomplete_bytes == 0);
}
