/* SPDX-License-Identifier: MIT */
/*
 * The slot of a stream number is its low bits: programs use numbers from 0 up, all or every other
 * one, and these then never collide. A peer may choose numbers that do, so an object is never more
 * than SIDMAP_REACH slots away from its place; where that cannot be, the table grows, and at
 * 65,536 slots every number has its own. So no look-up costs more than SIDMAP_REACH steps.
 */
#include <assert.h>

#include <sctpx/error.h>

#include "base/sidmap.h"

#define SIDMAP_REACH 128u
#define SIDMAP_MIN_SLOTS 8u
#define SIDMAP_MAX_SLOTS 65536u

static size_t table_bytes(uint32_t capacity)
{
    return capacity * sizeof(struct sctpxi_sidmap_slot);
}

void sctpxi_sidmap_done(struct sctpxi_sidmap *map, struct sctpxi_alloc *alloc)
{
    sctpxi_alloc_put(alloc, map->slots, table_bytes(map->capacity));
    *map = (struct sctpxi_sidmap){0};
}

/* The slot that holds the number, or the free one where it may go, or NULL: neither in reach. */
static struct sctpxi_sidmap_slot *find(const struct sctpxi_sidmap *map, uint16_t sid)
{
    uint32_t reach = map->capacity < SIDMAP_REACH ? map->capacity : SIDMAP_REACH;

    for (uint32_t i = 0; i < reach; i++) {
        struct sctpxi_sidmap_slot *slot = &map->slots[(sid + i) & (map->capacity - 1)];
        if (slot->object == NULL || slot->sid == sid)
            return slot;
    }
    return NULL;
}

void *sctpxi_sidmap_get(const struct sctpxi_sidmap *map, uint16_t sid)
{
    const struct sctpxi_sidmap_slot *slot = find(map, sid);

    return slot != NULL ? slot->object : NULL;
}

/* Copies everything into an empty, larger table; false if something is out of reach there. */
static bool move_all(const struct sctpxi_sidmap *from, struct sctpxi_sidmap *to)
{
    for (uint32_t i = 0; i < from->capacity; i++) {
        const struct sctpxi_sidmap_slot *old = &from->slots[i];
        if (old->object == NULL)
            continue;
        struct sctpxi_sidmap_slot *slot = find(to, old->sid);
        if (slot == NULL)
            return false;
        *slot = *old;
    }
    to->count = from->count;
    return true;
}

static int grow(struct sctpxi_sidmap *map, struct sctpxi_alloc *alloc, uint32_t max_capacity)
{
    uint32_t capacity = map->capacity > 0 ? map->capacity * 2 : SIDMAP_MIN_SLOTS;
    uint32_t limit = max_capacity < SIDMAP_MAX_SLOTS ? max_capacity : SIDMAP_MAX_SLOTS;

    for (; capacity <= limit; capacity *= 2) {
        struct sctpxi_sidmap larger = {.capacity = capacity};
        larger.slots = sctpxi_alloc_zeroed(alloc, table_bytes(capacity));
        if (larger.slots == NULL)
            return SCTPX_ENOMEM;
        if (move_all(map, &larger)) {
            sctpxi_sidmap_done(map, alloc);
            *map = larger;
            return 0;
        }
        sctpxi_sidmap_done(&larger, alloc);
    }
    assert(limit < SIDMAP_MAX_SLOTS); /* the largest table has a slot for every number */
    return SCTPX_ENOMEM;
}

/* Three quarters full is full, but for the table in which nothing can collide. */
static bool is_crowded(const struct sctpxi_sidmap *map)
{
    return map->capacity < SIDMAP_MAX_SLOTS && map->count >= map->capacity / 4 * 3;
}

int sctpxi_sidmap_put(struct sctpxi_sidmap *map, struct sctpxi_alloc *alloc, uint16_t sid,
                      void *object, uint32_t max_capacity)
{
    struct sctpxi_sidmap_slot *slot = NULL;

    assert(object != NULL);
    assert(sctpxi_sidmap_get(map, sid) == NULL);
    if (!is_crowded(map))
        slot = find(map, sid);
    while (slot == NULL) {
        int result = grow(map, alloc, max_capacity);
        if (result < 0)
            return result;
        slot = find(map, sid);
    }
    *slot = (struct sctpxi_sidmap_slot){.object = object, .sid = sid};
    map->count++;
    return 0;
}

void *sctpxi_sidmap_next(const struct sctpxi_sidmap *map, uint32_t *cursor)
{
    while (*cursor < map->capacity) {
        void *object = map->slots[(*cursor)++].object;
        if (object != NULL)
            return object;
    }
    return NULL;
}
