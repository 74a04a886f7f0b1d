/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include <sctpx/error.h>

#include "base/heap.h"

#define HEAP_MIN_NODES 16u
#define CHILDREN 4u
/* Seats are 32-bit and start at 1. */
#define HEAP_MAX_NODES (UINT32_MAX / SCTPXI_HEAP_NODE_BYTES)

void sctpxi_heap_init(struct sctpxi_heap *heap, struct sctpxi_alloc *alloc)
{
    *heap = (struct sctpxi_heap){.alloc = alloc};
}

static struct sctpxi_heap_node *node_at(const struct sctpxi_heap *heap, size_t place)
{
    return heap->nodes[heap->seats[place]];
}

/* Nodes that outlive the heap must not believe that they are still in it. */
void sctpxi_heap_done(struct sctpxi_heap *heap)
{
    for (size_t i = 0; i < heap->count; i++)
        node_at(heap, i)->seat = 0;
    sctpxi_alloc_put(heap->alloc, heap->deadlines, heap->capacity * SCTPXI_HEAP_NODE_BYTES);
    sctpxi_heap_init(heap, heap->alloc);
}

/* Aligned, for what needs more comes first. */
static void take_over(struct sctpxi_heap *heap, void *block, size_t capacity)
{
    struct sctpxi_heap old = *heap;
    heap->deadlines = block;
    heap->nodes = (void *)(heap->deadlines + capacity);
    heap->seats = (void *)(heap->nodes + capacity);
    heap->places = heap->seats + capacity;
    heap->capacity = capacity;
    if (old.deadlines == NULL)
        return;
    memcpy(heap->deadlines, old.deadlines, old.count * sizeof *old.deadlines);
    memcpy(heap->nodes, old.nodes, old.seat_count * sizeof(struct sctpxi_heap_node *));
    memcpy(heap->seats, old.seats, old.count * sizeof *old.seats);
    memcpy(heap->places, old.places, old.seat_count * sizeof *old.places);
    sctpxi_alloc_put(heap->alloc, old.deadlines, old.capacity * SCTPXI_HEAP_NODE_BYTES);
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
    void *block = sctpxi_alloc_get(heap->alloc, capacity * SCTPXI_HEAP_NODE_BYTES);
    if (block == NULL)
        return SCTPX_ENOMEM;
    take_over(heap, block, capacity);
    return 0;
}

/* ---- seats -------------------------------------------------------------------------------- */

static uint32_t take_seat(struct sctpxi_heap *heap, struct sctpxi_heap_node *node)
{
    uint32_t seat;

    assert(heap->count < heap->capacity);
    if (heap->free_seat != 0) {
        seat = heap->free_seat - 1;
        heap->free_seat = heap->places[seat];
    } else {
        seat = (uint32_t)heap->seat_count++;
    }
    heap->nodes[seat] = node;
    node->seat = seat + 1;
    return seat;
}

static void leave_seat(struct sctpxi_heap *heap, struct sctpxi_heap_node *node)
{
    heap->places[node->seat - 1] = heap->free_seat;
    heap->free_seat = node->seat;
    node->seat = 0;
}

/* ---- places ------------------------------------------------------------------------------- */

static void put_at(struct sctpxi_heap *heap, size_t place, uint32_t seat, sctpx_time deadline)
{
    heap->deadlines[place] = deadline;
    heap->seats[place] = seat;
    heap->places[seat] = (uint32_t)place;
}

static void move(struct sctpxi_heap *heap, size_t from, size_t to)
{
    put_at(heap, to, heap->seats[from], heap->deadlines[from]);
}

/* Moves the hole up until the deadline fits there; returns where. */
static size_t sift_up(struct sctpxi_heap *heap, size_t hole, sctpx_time deadline)
{
    while (hole > 0) {
        size_t parent = (hole - 1) / CHILDREN;
        if (heap->deadlines[parent] <= deadline)
            break;
        move(heap, parent, hole);
        hole = parent;
    }
    return hole;
}

/* The earliest of those from first on that lie below one place. */
static size_t earliest_child(const struct sctpxi_heap *heap, size_t first)
{
    size_t end = heap->count - first < CHILDREN ? heap->count : first + CHILDREN;
    size_t earliest = first;

    for (size_t i = first + 1; i < end; i++)
        if (heap->deadlines[i] < heap->deadlines[earliest])
            earliest = i;
    return earliest;
}

static size_t sift_down(struct sctpxi_heap *heap, size_t hole, sctpx_time deadline)
{
    for (;;) {
        size_t child = CHILDREN * hole + 1;
        if (child >= heap->count)
            return hole;
        child = earliest_child(heap, child);
        if (heap->deadlines[child] >= deadline)
            return hole;
        move(heap, child, hole);
        hole = child;
    }
}

/* Fills the hole with a seat, wherever the order wants it. */
static void settle(struct sctpxi_heap *heap, size_t hole, uint32_t seat, sctpx_time deadline)
{
    hole = sift_up(heap, hole, deadline);
    hole = sift_down(heap, hole, deadline);
    put_at(heap, hole, seat, deadline);
}

static void take_out(struct sctpxi_heap *heap, struct sctpxi_heap_node *node)
{
    size_t hole = heap->places[node->seat - 1], last = --heap->count;

    if (hole != last)
        settle(heap, hole, heap->seats[last], heap->deadlines[last]);
    leave_seat(heap, node);
}

void sctpxi_heap_set(struct sctpxi_heap *heap, struct sctpxi_heap_node *node, sctpx_time deadline)
{
    assert(node->seat == 0 ||
           (node->seat <= heap->seat_count && heap->nodes[node->seat - 1] == node));
    node->deadline = deadline;
    if (deadline == SCTPX_TIME_NEVER) {
        if (node->seat != 0)
            take_out(heap, node);
    } else if (node->seat == 0) {
        uint32_t seat = take_seat(heap, node);
        settle(heap, heap->count++, seat, deadline);
    } else {
        uint32_t seat = node->seat - 1;
        settle(heap, heap->places[seat], seat, deadline);
    }
}

struct sctpxi_heap_node *sctpxi_heap_top(const struct sctpxi_heap *heap)
{
    return heap->count > 0 ? node_at(heap, 0) : NULL;
}
