/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include <sctpx/error.h>

#include "base/heap.h"

#define HEAP_MIN_NODES 16u
#define CHILDREN 4u
/* Places are 32-bit and start at 1. */
#define HEAP_MAX_NODES (UINT32_MAX / sizeof(struct sctpxi_heap_entry))

void sctpxi_heap_init(struct sctpxi_heap *heap, struct sctpxi_alloc *alloc)
{
    *heap = (struct sctpxi_heap){.alloc = alloc};
}

/* Nodes that outlive the heap must not believe that they are still in it. */
void sctpxi_heap_done(struct sctpxi_heap *heap)
{
    for (size_t i = 0; i < heap->count; i++)
        heap->entries[i].node->place = 0;
    sctpxi_alloc_put(heap->alloc, heap->entries, heap->capacity * sizeof(heap->entries[0]));
    sctpxi_heap_init(heap, heap->alloc);
}

int sctpxi_heap_reserve(struct sctpxi_heap *heap, size_t count)
{
    if (count <= heap->capacity)
        return 0;
    if (count > HEAP_MAX_NODES / 2)
        return SCTPX_ENOMEM;
    size_t capacity = heap->capacity > 0 ? heap->capacity * 2 : HEAP_MIN_NODES;
    if (capacity < count)
        capacity = count;
    struct sctpxi_heap_entry *entries =
        sctpxi_alloc_resize(heap->alloc, heap->entries, heap->capacity * sizeof(heap->entries[0]),
                            capacity * sizeof(heap->entries[0]));
    if (entries == NULL)
        return SCTPX_ENOMEM;
    heap->entries = entries;
    heap->capacity = capacity;
    return 0;
}

static void put_at(struct sctpxi_heap *heap, size_t index, struct sctpxi_heap_entry entry)
{
    heap->entries[index] = entry;
    entry.node->place = (uint32_t)index + 1;
}

/* Moves the hole at index up until the deadline fits there; returns where. */
static size_t sift_up(struct sctpxi_heap *heap, size_t index, sctpx_time deadline)
{
    while (index > 0) {
        size_t parent = (index - 1) / CHILDREN;
        if (heap->entries[parent].deadline <= deadline)
            break;
        put_at(heap, index, heap->entries[parent]);
        index = parent;
    }
    return index;
}

/* The earliest of those from first on that lie below one place. */
static size_t earliest_child(const struct sctpxi_heap *heap, size_t first)
{
    size_t end = heap->count - first < CHILDREN ? heap->count : first + CHILDREN;
    size_t earliest = first;

    for (size_t i = first + 1; i < end; i++)
        if (heap->entries[i].deadline < heap->entries[earliest].deadline)
            earliest = i;
    return earliest;
}

static size_t sift_down(struct sctpxi_heap *heap, size_t index, sctpx_time deadline)
{
    for (;;) {
        size_t child = CHILDREN * index + 1;
        if (child >= heap->count)
            return index;
        child = earliest_child(heap, child);
        if (heap->entries[child].deadline >= deadline)
            return index;
        put_at(heap, index, heap->entries[child]);
        index = child;
    }
}

/* Fills the hole at index with a node, wherever the order wants it. */
static void settle(struct sctpxi_heap *heap, size_t index, struct sctpxi_heap_entry entry)
{
    index = sift_up(heap, index, entry.deadline);
    index = sift_down(heap, index, entry.deadline);
    put_at(heap, index, entry);
}

static void take_out(struct sctpxi_heap *heap, struct sctpxi_heap_node *node)
{
    size_t hole = node->place - 1u;
    struct sctpxi_heap_entry last = heap->entries[--heap->count];

    node->place = 0;
    if (last.node != node)
        settle(heap, hole, last);
}

void sctpxi_heap_set(struct sctpxi_heap *heap, struct sctpxi_heap_node *node, sctpx_time deadline)
{
    assert(node->place == 0 ||
           (node->place <= heap->count && heap->entries[node->place - 1u].node == node));
    node->deadline = deadline;
    if (deadline == SCTPX_TIME_NEVER) {
        if (node->place != 0)
            take_out(heap, node);
        return;
    }
    if (node->place == 0) {
        assert(heap->count < heap->capacity);
        node->place = (uint32_t)++heap->count;
    }
    settle(heap, node->place - 1u, (struct sctpxi_heap_entry){deadline, node});
}

struct sctpxi_heap_node *sctpxi_heap_top(const struct sctpxi_heap *heap)
{
    return heap->count > 0 ? heap->entries[0].node : NULL;
}
