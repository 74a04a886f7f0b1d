/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include <sctpx/error.h>

#include "base/heap.h"

#define HEAP_MIN_NODES 16u
/* Places are 32-bit and start at 1. */
#define HEAP_MAX_NODES (UINT32_MAX / sizeof(struct sctpxi_heap_node *))

void sctpxi_heap_init(struct sctpxi_heap *heap, struct sctpxi_alloc *alloc)
{
    *heap = (struct sctpxi_heap){.alloc = alloc};
}

/* Nodes that outlive the heap must not believe that they are still in it. */
void sctpxi_heap_done(struct sctpxi_heap *heap)
{
    for (size_t i = 0; i < heap->count; i++)
        heap->nodes[i]->place = 0;
    sctpxi_alloc_put(heap->alloc, heap->nodes, heap->capacity * sizeof(heap->nodes[0]));
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
    struct sctpxi_heap_node **nodes =
        sctpxi_alloc_resize(heap->alloc, heap->nodes, heap->capacity * sizeof(heap->nodes[0]),
                            capacity * sizeof(heap->nodes[0]));
    if (nodes == NULL)
        return SCTPX_ENOMEM;
    heap->nodes = nodes;
    heap->capacity = capacity;
    return 0;
}

static void put_at(struct sctpxi_heap *heap, size_t index, struct sctpxi_heap_node *node)
{
    heap->nodes[index] = node;
    node->place = (uint32_t)index + 1;
}

/* Moves the hole at index up until the node fits there; returns where. */
static size_t sift_up(struct sctpxi_heap *heap, size_t index, sctpx_time deadline)
{
    while (index > 0) {
        size_t parent = (index - 1) / 2;
        if (heap->nodes[parent]->deadline <= deadline)
            break;
        put_at(heap, index, heap->nodes[parent]);
        index = parent;
    }
    return index;
}

static size_t sift_down(struct sctpxi_heap *heap, size_t index, sctpx_time deadline)
{
    for (;;) {
        size_t child = 2 * index + 1;
        if (child >= heap->count)
            return index;
        if (child + 1 < heap->count &&
            heap->nodes[child + 1]->deadline < heap->nodes[child]->deadline)
            child++;
        if (heap->nodes[child]->deadline >= deadline)
            return index;
        put_at(heap, index, heap->nodes[child]);
        index = child;
    }
}

/* Fills the hole at index with a node, wherever the order wants it. */
static void settle(struct sctpxi_heap *heap, size_t index, struct sctpxi_heap_node *node)
{
    index = sift_up(heap, index, node->deadline);
    index = sift_down(heap, index, node->deadline);
    put_at(heap, index, node);
}

static void take_out(struct sctpxi_heap *heap, struct sctpxi_heap_node *node)
{
    size_t hole = node->place - 1u;
    struct sctpxi_heap_node *last = heap->nodes[--heap->count];

    node->place = 0;
    if (last != node)
        settle(heap, hole, last);
}

void sctpxi_heap_set(struct sctpxi_heap *heap, struct sctpxi_heap_node *node, sctpx_time deadline)
{
    assert(node->place == 0 ||
           (node->place <= heap->count && heap->nodes[node->place - 1u] == node));
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
    settle(heap, node->place - 1u, node);
}

struct sctpxi_heap_node *sctpxi_heap_top(const struct sctpxi_heap *heap)
{
    return heap->count > 0 ? heap->nodes[0] : NULL;
}
