/* SPDX-License-Identifier: MIT */
#include "engine/outstanding.h"

#include <assert.h>
#include <string.h>

#include <sctpx/error.h>

#include "wire/data.h"

#define FIRST_CAPACITY 8u
#define MAX_CAPACITY 65536u

_Static_assert(SCTPXI_MAX_OUTSTANDING < MAX_CAPACITY, "the largest ring holds all of them");

static struct sctpxi_sent *slot(const struct sctpxi_outstanding *o, struct sctpxi_tsn tsn)
{
    return &o->ring[tsn.v & (o->capacity - 1)];
}

static void lower(struct sctpxi_tsn *hint, struct sctpxi_tsn tsn)
{
    if (sctpxi_tsn_lt(tsn, *hint))
        *hint = tsn;
}

void sctpxi_outstanding_init(struct sctpxi_outstanding *o, struct sctpxi_pool *pool,
                             struct sctpxi_tx_queue *queue, struct sctpxi_tsn initial)
{
    memset(o, 0, sizeof *o);
    o->pool = pool;
    o->queue = queue;
    o->cum_ack = sctpxi_tsn_prev(initial);
    o->next = o->gap_first = o->next_marked = o->miss_hint = initial;
    for (size_t path = 0; path < SCTPX_MAX_PATHS; path++)
        o->earliest_hint[path] = initial;
}

static void free_ring(struct sctpxi_outstanding *o)
{
    sctpxi_pool_put(o->pool, o->ring, o->capacity * sizeof *o->ring);
    o->ring = NULL;
    o->capacity = 0;
}

void sctpxi_outstanding_done(struct sctpxi_outstanding *o)
{
    struct sctpxi_tsn tsn = sctpxi_tsn_next(o->cum_ack);

    for (; !sctpxi_tsn_eq(tsn, o->next); tsn = sctpxi_tsn_next(tsn))
        sctpxi_tx_queue_release(o->queue, slot(o, tsn)->message);
    free_ring(o);
    sctpxi_outstanding_init(o, o->pool, o->queue, o->next);
}

uint32_t sctpxi_outstanding_count(const struct sctpxi_outstanding *o)
{
    return o->next.v - o->cum_ack.v - 1;
}

static int grow(struct sctpxi_outstanding *o)
{
    uint32_t capacity = o->capacity > 0 ? 2 * o->capacity : FIRST_CAPACITY;
    struct sctpxi_sent *ring = sctpxi_pool_get(o->pool, capacity * sizeof *ring);
    struct sctpxi_tsn tsn = sctpxi_tsn_next(o->cum_ack);

    if (ring == NULL)
        return SCTPX_ENOMEM;
    for (; !sctpxi_tsn_eq(tsn, o->next); tsn = sctpxi_tsn_next(tsn))
        ring[tsn.v & (capacity - 1)] = *slot(o, tsn);
    free_ring(o);
    o->ring = ring;
    o->capacity = capacity;
    return 0;
}

int sctpxi_outstanding_reserve(struct sctpxi_outstanding *o)
{
    uint32_t count = sctpxi_outstanding_count(o);

    if (count >= SCTPXI_MAX_OUTSTANDING)
        return SCTPX_ELIMIT;
    return count < o->capacity ? 0 : grow(o);
}

struct sctpxi_tsn sctpxi_outstanding_add(struct sctpxi_outstanding *o,
                                         const struct sctpxi_tx_fragment *fragment, uint8_t path,
                                         sctpx_time now)
{
    struct sctpxi_tsn tsn = o->next;
    struct sctpxi_sent *chunk;

    assert(sctpxi_outstanding_count(o) < o->capacity && path < SCTPX_MAX_PATHS);
    assert(fragment->length > 0 && fragment->length <= SCTPXI_TX_MAX_FRAGMENT_BYTES);
    chunk = slot(o, tsn);
    *chunk = (struct sctpxi_sent){
        .message = fragment->message,
        .sent_at = now,
        .offset = (uint32_t)fragment->offset,
        .length = (uint16_t)fragment->length,
        .ssn = fragment->ssn,
        .path = path,
        .is_first = fragment->is_first,
        .is_last = fragment->is_last,
    };
    o->next = sctpxi_tsn_next(tsn);
    sctpxi_outstanding_enter(o, tsn, chunk, SCTPXI_SENT_IN_FLIGHT);
    return tsn;
}

struct sctpxi_sent *sctpxi_outstanding_at(const struct sctpxi_outstanding *o, struct sctpxi_tsn tsn)
{
    assert(sctpxi_tsn_gt(tsn, o->cum_ack) && sctpxi_tsn_lt(tsn, o->next));
    return slot(o, tsn);
}

bool sctpxi_outstanding_has_flight(const struct sctpxi_outstanding *o, uint8_t path)
{
    return o->flight_chunks[path] > 0;
}

static void leave_flight(struct sctpxi_outstanding *o, const struct sctpxi_sent *chunk)
{
    uint32_t size = (uint32_t)sctpxi_data_size(chunk->length);

    assert(o->flight_chunks[chunk->path] > 0 && o->flight_bytes[chunk->path] >= size);
    assert(o->total_flight_bytes >= chunk->length);
    o->flight_chunks[chunk->path]--;
    o->flight_bytes[chunk->path] -= size;
    o->total_flight_bytes -= chunk->length;
}

/*
 * The next marked chunk is looked for from the one that leaves: it only moves back when something
 * before it is marked, so a burst of retransmissions passes over the ring once.
 */
static void leave_marked(struct sctpxi_outstanding *o, struct sctpxi_tsn tsn,
                         const struct sctpxi_sent *chunk)
{
    assert(o->marked_count > 0 && o->marked_bytes >= chunk->length);
    o->marked_count--;
    o->marked_bytes -= chunk->length;
    if (o->marked_count == 0 || !sctpxi_tsn_eq(tsn, o->next_marked))
        return;
    do
        tsn = sctpxi_tsn_next(tsn);
    while (sctpxi_outstanding_at(o, tsn)->state != SCTPXI_SENT_MARKED);
    o->next_marked = tsn;
}

static void enter_marked(struct sctpxi_outstanding *o, struct sctpxi_tsn tsn,
                         const struct sctpxi_sent *chunk)
{
    if (o->marked_count == 0 || sctpxi_tsn_lt(tsn, o->next_marked))
        o->next_marked = tsn;
    o->marked_count++;
    o->marked_bytes += chunk->length;
}

void sctpxi_outstanding_leave(struct sctpxi_outstanding *o, struct sctpxi_tsn tsn,
                              const struct sctpxi_sent *chunk)
{
    switch ((enum sctpxi_sent_state)chunk->state) {
    case SCTPXI_SENT_IN_FLIGHT:
        leave_flight(o, chunk);
        break;
    case SCTPXI_SENT_GAP_ACKED:
        assert(o->gap_acked_count > 0);
        o->gap_acked_count--;
        break;
    case SCTPXI_SENT_MARKED:
        leave_marked(o, tsn, chunk);
        break;
    }
}

static void enter_flight(struct sctpxi_outstanding *o, struct sctpxi_tsn tsn,
                         const struct sctpxi_sent *chunk)
{
    o->flight_chunks[chunk->path]++;
    o->flight_bytes[chunk->path] += (uint32_t)sctpxi_data_size(chunk->length);
    o->total_flight_bytes += chunk->length;
    lower(&o->earliest_hint[chunk->path], tsn);
    if (!chunk->was_fast_retransmitted)
        lower(&o->miss_hint, tsn);
}

void sctpxi_outstanding_enter(struct sctpxi_outstanding *o, struct sctpxi_tsn tsn,
                              struct sctpxi_sent *chunk, enum sctpxi_sent_state state)
{
    chunk->state = (uint8_t)state;
    switch (state) {
    case SCTPXI_SENT_IN_FLIGHT:
        enter_flight(o, tsn, chunk);
        break;
    case SCTPXI_SENT_GAP_ACKED:
        o->gap_acked_count++;
        break;
    case SCTPXI_SENT_MARKED:
        enter_marked(o, tsn, chunk);
        break;
    }
}

void sctpxi_outstanding_trim(struct sctpxi_outstanding *o)
{
    if (sctpxi_outstanding_count(o) > 0)
        return;
    assert(o->total_flight_bytes == 0 && o->marked_count == 0 && o->marked_bytes == 0);
    assert(o->gap_acked_count == 0 && o->gap_runs == 0);
    free_ring(o);
}

bool sctpxi_outstanding_is_earliest(struct sctpxi_outstanding *o, struct sctpxi_tsn tsn,
                                    uint8_t path)
{
    struct sctpxi_tsn *hint = &o->earliest_hint[path];

    for (; sctpxi_tsn_lt(*hint, tsn); *hint = sctpxi_tsn_next(*hint)) {
        const struct sctpxi_sent *chunk = sctpxi_outstanding_at(o, *hint);

        if (chunk->path == path && chunk->state != SCTPXI_SENT_GAP_ACKED)
            return false;
    }
    return true;
}
