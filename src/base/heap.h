/* SPDX-License-Identifier: MIT */
/*
 * A min-heap of deadlines; each element knows its seat, and the seat its place, so that changing is
 * O(log n). The heap moves numbers of its own, never what the nodes are embedded in: comparing and
 * moving takes few cache lines, however many elements there are and wherever they lie. Each place
 * has four below it.
 */
#ifndef SCTPXI_BASE_HEAP_H
#define SCTPXI_BASE_HEAP_H

#include "base/alloc.h"

/* Embedded in whatever has a deadline. Zero-initialised = in no heap. */
struct sctpxi_heap_node {
    sctpx_time deadline;
    uint32_t seat; /* number + 1; 0 = not in the heap */
};

/* What it takes for each: deadline, node, seat, place. */
#define SCTPXI_HEAP_NODE_BYTES                                                                     \
    (sizeof(sctpx_time) + sizeof(struct sctpxi_heap_node *) + 2 * sizeof(uint32_t))

struct sctpxi_heap {
    struct sctpxi_alloc *alloc;
    size_t count, capacity;
    size_t seat_count;               /* in use now or before */
    uint32_t free_seat;              /* number + 1 of the first that is free again; 0 = none */
    sctpx_time *deadlines;           /* by place; this block holds the other three as well */
    struct sctpxi_heap_node **nodes; /* by seat */
    uint32_t *seats;                 /* by place: who is there */
    uint32_t *places;                /* by seat: where that is; if it is free: the next such one */
};

void sctpxi_heap_init(struct sctpxi_heap *heap, struct sctpxi_alloc *alloc);

/* Takes out the nodes that are still in it (they must still exist) and frees its own memory. */
void sctpxi_heap_done(struct sctpxi_heap *heap);

/* Makes room for this many nodes, so that later sets cannot fail. SCTPX_ENOMEM. */
int sctpxi_heap_reserve(struct sctpxi_heap *heap, size_t count);

/*
 * Puts the node at a deadline, wherever it was; SCTPX_TIME_NEVER takes it out. Never fails: room
 * for every node was reserved before.
 */
void sctpxi_heap_set(struct sctpxi_heap *heap, struct sctpxi_heap_node *node, sctpx_time deadline);

/* The earliest node, or NULL. */
struct sctpxi_heap_node *sctpxi_heap_top(const struct sctpxi_heap *heap);

/* Its deadline, without a look at the node; SCTPX_TIME_NEVER if there is none. */
static inline sctpx_time sctpxi_heap_earliest(const struct sctpxi_heap *heap)
{
    return heap->count > 0 ? heap->deadlines[0] : SCTPX_TIME_NEVER;
}

#endif
