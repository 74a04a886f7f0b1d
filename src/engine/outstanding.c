/* SPDX-License-Identifier: MIT */
#include "engine/outstanding.h"

#include <assert.h>
#include <string.h>

#include <sctpx/error.h>

#include "base/slotset.h"
#include "engine/gap_runs.h"
#include "wire/data.h"

#define FIRST_CAPACITY 8u
#define MAX_CAPACITY 65536u
#define FLIGHT_BYTES (SCTPX_MAX_PATHS * sizeof(struct sctpxi_flight))

_Static_assert(SCTPXI_MAX_OUTSTANDING < MAX_CAPACITY, "the largest ring holds all of them");
_Static_assert(MAX_CAPACITY <= SCTPXI_SLOTSET_MAX_CAPACITY, "and so do sets of its slots");

static struct sctpxi_sent *slot(const struct sctpxi_outstanding *o, struct sctpxi_tsn tsn)
{
    return &o->ring[tsn.v & (o->capacity - 1)];
}

/* ---- sets -------------------------------------------------------------------------------- */

static struct sctpxi_slotset set_of(const struct sctpxi_outstanding *o, unsigned set)
{
    return (struct sctpxi_slotset){o->sets + set * sctpxi_slotset_words(o->capacity), o->capacity};
}

unsigned sctpxi_outstanding_path_set(const struct sctpxi_outstanding *o, uint8_t path)
{
    return path == o->main_path ? SCTPXI_SENT_SET_MAIN : SCTPXI_SENT_SET_PATH + (unsigned)path;
}

static size_t sets_bytes(uint32_t capacity)
{
    return SCTPXI_SENT_SETS * sctpxi_slotset_words(capacity) * sizeof(uint64_t);
}

static void empty_sets(struct sctpxi_outstanding *o)
{
    memset(o->sets, 0, sets_bytes(o->capacity));
    sctpxi_slotset_fill(set_of(o, SCTPXI_SENT_SET_MISSABLE));
    sctpxi_slotset_fill(set_of(o, SCTPXI_SENT_SET_MAIN));
}

/* Of these the sets say what they say of free slots. */
static bool is_usual(const struct sctpxi_outstanding *o, const struct sctpxi_sent *chunk)
{
    return chunk->state == SCTPXI_SENT_IN_FLIGHT && !chunk->was_fast_retransmitted &&
           chunk->path == o->main_path;
}

static void put_into_sets(struct sctpxi_outstanding *o, struct sctpxi_tsn tsn,
                          const struct sctpxi_sent *chunk)
{
    if (chunk->state != SCTPXI_SENT_IN_FLIGHT || chunk->was_fast_retransmitted)
        sctpxi_slotset_take(set_of(o, SCTPXI_SENT_SET_MISSABLE), tsn.v);
    if (chunk->state == SCTPXI_SENT_MARKED)
        sctpxi_slotset_put(set_of(o, SCTPXI_SENT_SET_MARKED), tsn.v);
    if (chunk->state == SCTPXI_SENT_GAP_ACKED || chunk->path != o->main_path)
        sctpxi_slotset_take(set_of(o, SCTPXI_SENT_SET_MAIN), tsn.v);
    if (chunk->state != SCTPXI_SENT_GAP_ACKED)
        sctpxi_slotset_put(set_of(o, sctpxi_outstanding_path_set(o, chunk->path)), tsn.v);
}

static void free_in_sets(struct sctpxi_outstanding *o, struct sctpxi_tsn tsn,
                         const struct sctpxi_sent *chunk)
{
    sctpxi_slotset_take(set_of(o, SCTPXI_SENT_SET_MARKED), tsn.v);
    sctpxi_slotset_take(set_of(o, SCTPXI_SENT_SET_PATH + (unsigned)chunk->path), tsn.v);
    sctpxi_slotset_put(set_of(o, SCTPXI_SENT_SET_MISSABLE), tsn.v);
    sctpxi_slotset_put(set_of(o, SCTPXI_SENT_SET_MAIN), tsn.v);
}

bool sctpxi_outstanding_find(const struct sctpxi_outstanding *o, unsigned set,
                             struct sctpxi_tsn from, struct sctpxi_tsn *ret_tsn)
{
    if (o->ring == NULL)
        return false;
    uint32_t distance = sctpxi_slotset_distance(set_of(o, set), from.v);
    if (distance >= o->next.v - from.v) /* none, or round the ring to one before it */
        return false;
    *ret_tsn = sctpxi_tsn_add(from, distance);
    return true;
}

bool sctpxi_outstanding_is_earliest(const struct sctpxi_outstanding *o, struct sctpxi_tsn tsn,
                                    uint8_t path)
{
    struct sctpxi_tsn first;

    return !sctpxi_outstanding_find(o, sctpxi_outstanding_path_set(o, path),
                                    sctpxi_tsn_next(o->cum_ack), &first) ||
           sctpxi_tsn_ge(first, tsn);
}

/* ---- the ring ---------------------------------------------------------------------------- */

void sctpxi_outstanding_init(struct sctpxi_outstanding *o, struct sctpxi_pool *pool,
                             struct sctpxi_tx_queue *queue, struct sctpxi_tsn initial)
{
    memset(o, 0, sizeof *o);
    o->pool = pool;
    o->queue = queue;
    o->cum_ack = sctpxi_tsn_prev(initial);
    o->next = initial;
    o->highest_acked = o->cum_ack;
}

static size_t ring_bytes(uint32_t capacity)
{
    return FLIGHT_BYTES + capacity * sizeof(struct sctpxi_sent) + sets_bytes(capacity) +
           sctpxi_gap_runs_bytes(capacity);
}

static void free_ring(struct sctpxi_outstanding *o)
{
    if (o->ring == NULL)
        return;
    sctpxi_pool_put(o->pool, o->flight, ring_bytes(o->capacity));
    o->flight = NULL;
    o->ring = NULL;
    o->sets = NULL;
    o->runs = NULL;
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

/* They lie in up to two pieces, and a piece stays one in a larger ring. */
static void move_chunks(struct sctpxi_outstanding *o, const struct sctpxi_outstanding *old)
{
    struct sctpxi_tsn tsn = sctpxi_tsn_next(o->cum_ack);
    uint32_t left = sctpxi_outstanding_count(o);

    while (left > 0) {
        uint32_t piece = old->capacity - (tsn.v & (old->capacity - 1));
        piece = piece < left ? piece : left;
        memcpy(slot(o, tsn), slot(old, tsn), piece * sizeof *o->ring);
        tsn = sctpxi_tsn_add(tsn, piece);
        left -= piece;
    }
}

static void move_runs(struct sctpxi_outstanding *o, const struct sctpxi_outstanding *old)
{
    if (old->gap_runs > 0)
        memcpy(o->runs, old->runs + 2 * (size_t)old->run_at, old->gap_runs * 2 * sizeof *o->runs);
    o->run_at = 0;
}

/* A new ring has half of what the last one had: who needs more than that again grows it once. */
static uint32_t next_capacity(const struct sctpxi_outstanding *o)
{
    if (o->capacity > 0)
        return 2 * o->capacity;
    uint32_t half = (1u << o->former_shift) / 2;
    return half > FIRST_CAPACITY ? half : FIRST_CAPACITY;
}

static void *new_block(const struct sctpxi_outstanding *o, uint32_t *capacity)
{
    void *block = sctpxi_pool_get(o->pool, ring_bytes(*capacity));

    if (block != NULL || o->capacity > 0 || *capacity == FIRST_CAPACITY)
        return block;
    *capacity = FIRST_CAPACITY;
    return sctpxi_pool_get(o->pool, ring_bytes(FIRST_CAPACITY));
}

static int grow(struct sctpxi_outstanding *o)
{
    struct sctpxi_outstanding old = *o;
    uint32_t capacity = next_capacity(o);
    struct sctpxi_flight *flight = new_block(o, &capacity);
    struct sctpxi_tsn tsn = sctpxi_tsn_next(o->cum_ack);

    if (flight == NULL)
        return SCTPX_ENOMEM;
    memset(flight, 0, FLIGHT_BYTES);
    if (old.flight != NULL)
        memcpy(flight, old.flight, FLIGHT_BYTES);
    o->flight = flight;
    o->ring = (struct sctpxi_sent *)(void *)(flight + SCTPX_MAX_PATHS);
    o->capacity = capacity;
    o->sets = (uint64_t *)(void *)(o->ring + capacity);
    o->runs = (uint16_t *)(void *)(o->sets + sets_bytes(capacity) / sizeof *o->sets);
    empty_sets(o);
    move_chunks(o, &old);
    move_runs(o, &old);
    for (; !sctpxi_tsn_eq(tsn, o->next); tsn = sctpxi_tsn_next(tsn))
        if (!is_usual(o, slot(o, tsn)))
            put_into_sets(o, tsn, slot(o, tsn));
    free_ring(&old);
    return 0;
}

int sctpxi_outstanding_reserve(struct sctpxi_outstanding *o)
{
    uint32_t count = sctpxi_outstanding_count(o);

    if (count >= SCTPXI_MAX_OUTSTANDING)
        return SCTPX_ELIMIT;
    return count < o->capacity ? 0 : grow(o);
}

/* ---- what is in flight, in the order of sending ------------------------------------------- */

static void append(struct sctpxi_outstanding *o, struct sctpxi_tsn tsn, struct sctpxi_sent *chunk)
{
    if (o->total_flight_bytes == 0)
        o->oldest = tsn;
    else
        slot(o, o->newest)->later = tsn;
    chunk->earlier = o->newest;
    o->newest = tsn;
}

static void detach(struct sctpxi_outstanding *o, struct sctpxi_tsn tsn,
                   const struct sctpxi_sent *chunk)
{
    bool is_oldest = sctpxi_tsn_eq(tsn, o->oldest), is_newest = sctpxi_tsn_eq(tsn, o->newest);

    if (is_oldest && !is_newest)
        o->oldest = chunk->later;
    else if (!is_oldest)
        slot(o, chunk->earlier)->later = chunk->later;
    if (is_newest && !is_oldest)
        o->newest = chunk->earlier;
    else if (!is_newest)
        slot(o, chunk->later)->earlier = chunk->earlier;
}

static void enter_flight(struct sctpxi_outstanding *o, struct sctpxi_tsn tsn,
                         struct sctpxi_sent *chunk)
{
    append(o, tsn, chunk);
    o->flight[chunk->path].chunks++;
    o->flight[chunk->path].bytes += (uint32_t)sctpxi_data_size(chunk->length);
    o->total_flight_bytes += chunk->length;
}

struct sctpxi_tsn sctpxi_outstanding_add(struct sctpxi_outstanding *o,
                                         const struct sctpxi_tx_fragment *fragment, uint8_t path,
                                         sctpx_time now)
{
    struct sctpxi_tsn tsn = o->next;
    struct sctpxi_sent *chunk;

    assert(sctpxi_outstanding_count(o) < o->capacity && path < SCTPX_MAX_PATHS);
    assert(fragment->length > 0 && fragment->length <= SCTPXI_TX_MAX_FRAGMENT_BYTES);
    if (sctpxi_outstanding_count(o) == 0)
        o->main_path = path;
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
    if (path != o->main_path)
        put_into_sets(o, tsn, chunk);
    enter_flight(o, tsn, chunk);
    return tsn;
}

struct sctpxi_sent *sctpxi_outstanding_at(const struct sctpxi_outstanding *o, struct sctpxi_tsn tsn)
{
    assert(sctpxi_tsn_gt(tsn, o->cum_ack) && sctpxi_tsn_lt(tsn, o->next));
    return slot(o, tsn);
}

static void leave_flight(struct sctpxi_outstanding *o, struct sctpxi_tsn tsn,
                         const struct sctpxi_sent *chunk)
{
    struct sctpxi_flight *flight = &o->flight[chunk->path];
    uint32_t size = (uint32_t)sctpxi_data_size(chunk->length);

    assert(flight->chunks > 0 && flight->bytes >= size);
    assert(o->total_flight_bytes >= chunk->length);
    detach(o, tsn, chunk);
    flight->chunks--;
    flight->bytes -= size;
    o->total_flight_bytes -= chunk->length;
}

void sctpxi_outstanding_leave(struct sctpxi_outstanding *o, struct sctpxi_tsn tsn,
                              const struct sctpxi_sent *chunk)
{
    if (!is_usual(o, chunk))
        free_in_sets(o, tsn, chunk);
    switch ((enum sctpxi_sent_state)chunk->state) {
    case SCTPXI_SENT_IN_FLIGHT:
        leave_flight(o, tsn, chunk);
        break;
    case SCTPXI_SENT_GAP_ACKED:
        assert(o->gap_acked_count > 0);
        o->gap_acked_count--;
        break;
    case SCTPXI_SENT_MARKED:
        assert(o->marked_count > 0 && o->marked_bytes >= chunk->length);
        o->marked_count--;
        o->marked_bytes -= chunk->length;
        break;
    }
}

void sctpxi_outstanding_enter(struct sctpxi_outstanding *o, struct sctpxi_tsn tsn,
                              struct sctpxi_sent *chunk, enum sctpxi_sent_state state)
{
    chunk->state = (uint8_t)state;
    if (!is_usual(o, chunk))
        put_into_sets(o, tsn, chunk);
    switch (state) {
    case SCTPXI_SENT_IN_FLIGHT:
        enter_flight(o, tsn, chunk);
        break;
    case SCTPXI_SENT_GAP_ACKED:
        o->gap_acked_count++;
        break;
    case SCTPXI_SENT_MARKED:
        o->marked_count++;
        o->marked_bytes += chunk->length;
        break;
    }
}

void sctpxi_outstanding_trim(struct sctpxi_outstanding *o)
{
    if (sctpxi_outstanding_count(o) > 0)
        return;
    assert(o->total_flight_bytes == 0 && o->marked_count == 0 && o->marked_bytes == 0);
    assert(o->gap_acked_count == 0 && o->gap_runs == 0);
    if (o->ring != NULL)
        o->former_shift = (uint8_t)__builtin_ctz(o->capacity);
    free_ring(o);
}
