/* SPDX-License-Identifier: MIT */
/*
 * Messages by serial number. Neighbouring numbers take neighbouring slots, so in honest traffic
 * hardly two share one. A peer can choose numbers that all do; but no two of them are 2^16 apart or
 * more (SSNs have 16 bits, and the tracker takes no TSN further ahead), so in a table of n slots at
 * most 2^16 / n share one, and a table whose chains get long is made larger: no look-up takes more
 * than TABLE_MAX_CHAIN steps, and the memory is never much more than what is kept calls for.
 */
#include <assert.h>
#include <string.h>

#include <sctpx/error.h>

#include "engine/reasm_internal.h"

#define TABLE_FIRST_CAPACITY 8u
#define TABLE_MAX_CAPACITY 65536u
#define TABLE_MAX_CHAIN 16u

static struct sctpxi_rx_message **slot_of(const struct sctpxi_rx_table *table, uint32_t key)
{
    return &table->slots[key & (table->capacity - 1)];
}

static size_t slots_size(uint32_t capacity)
{
    return capacity * sizeof(struct sctpxi_rx_message *);
}

struct sctpxi_rx_message *sctpxi_rx_table_get(const struct sctpxi_rx_table *table, uint32_t key)
{
    if (table->count == 0)
        return NULL;
    struct sctpxi_rx_message *m = *slot_of(table, key);
    while (m != NULL && m->run.key != key)
        m = m->run.chained;
    return m;
}

struct sctpxi_rx_message *sctpxi_rx_table_any(const struct sctpxi_rx_table *table, uint32_t *cursor)
{
    if (table->count == 0)
        return NULL;
    while (table->slots[*cursor] == NULL) {
        (*cursor)++;
        assert(*cursor < table->capacity);
    }
    return table->slots[*cursor];
}

static void link_in(struct sctpxi_rx_table *table, struct sctpxi_rx_message *m)
{
    struct sctpxi_rx_message **slot = slot_of(table, m->run.key);

    m->run.chained = *slot;
    *slot = m;
}

static void free_slots(struct sctpxi_reasm *r, struct sctpxi_rx_table *table)
{
    r->used_bytes -= sctpxi_pool_block_bytes(slots_size(table->capacity));
    sctpxi_pool_put(r->pool, table->slots, slots_size(table->capacity));
}

static int resize(struct sctpxi_reasm *r, struct sctpxi_rx_table *table, uint32_t capacity)
{
    struct sctpxi_rx_table larger = {.capacity = capacity, .count = table->count};

    larger.slots = sctpxi_pool_get(r->pool, slots_size(capacity));
    if (larger.slots == NULL)
        return SCTPX_ENOMEM;
    r->used_bytes += sctpxi_pool_block_bytes(slots_size(capacity));
    memset(larger.slots, 0, slots_size(capacity));
    for (uint32_t i = 0; i < table->capacity; i++) {
        struct sctpxi_rx_message *next;
        for (struct sctpxi_rx_message *m = table->slots[i]; m != NULL; m = next) {
            next = m->run.chained;
            link_in(&larger, m);
        }
    }
    if (table->capacity > 0)
        free_slots(r, table);
    *table = larger;
    return 0;
}

static bool is_crowded(const struct sctpxi_rx_table *table, uint32_t key)
{
    uint32_t length = 0;

    if (table->count >= table->capacity)
        return true;
    for (struct sctpxi_rx_message *m = *slot_of(table, key); m != NULL; m = m->run.chained)
        length++;
    return length >= TABLE_MAX_CHAIN;
}

int sctpxi_rx_table_reserve(struct sctpxi_reasm *r, struct sctpxi_rx_table *table, uint32_t key)
{
    if (table->capacity == 0)
        return resize(r, table, TABLE_FIRST_CAPACITY);
    while (table->capacity < TABLE_MAX_CAPACITY && is_crowded(table, key)) {
        /* Without memory it goes on as it is, only slower. */
        if (resize(r, table, table->capacity * 2) < 0)
            break;
    }
    return 0;
}

void sctpxi_rx_table_put(struct sctpxi_rx_table *table, struct sctpxi_rx_message *m, uint32_t key)
{
    m->run.key = key;
    link_in(table, m);
    table->count++;
}

void sctpxi_rx_table_remove(struct sctpxi_rx_table *table, struct sctpxi_rx_message *m)
{
    struct sctpxi_rx_message **link = slot_of(table, m->run.key);

    while (*link != m)
        link = &(*link)->run.chained;
    *link = m->run.chained;
    table->count--;
}

void sctpxi_rx_table_trim(struct sctpxi_reasm *r, struct sctpxi_rx_table *table)
{
    if (table->count != 0 || table->capacity == 0)
        return;
    free_slots(r, table);
    *table = (struct sctpxi_rx_table){0};
}
