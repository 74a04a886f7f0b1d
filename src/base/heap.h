/* SPDX-License-Identifier: MIT */
/*
 * A min-heap of deadlines; each element knows its position, so that changing is O(log n). Deadlines
 * stand in the heap itself too, and each place has four below it: comparing them takes few cache
 * lines, however many elements there are and wherever they lie.
 */
#ifndef SCTPXI_BASE_HEAP_H
#define SCTPXI_BASE_HEAP_H

#include "base/alloc.h"

/* Embedded in whatever has a deadline. Zero-initialised = in no heap. */
struct sctpxi_heap_node {
    sctpx_time deadline;
    uint32_t place; /* index + 1; 0 = not in the heap */
};

struct sctpxi_heap_entry {
    sctpx_time deadline; /* of the node */
    struct sctpxi_heap_node *node;
};

struct sctpxi_heap {
    struct sctpxi_alloc *alloc;
    struct sctpxi_heap_entry *entries;
    size_t count, capacity;
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

#endif
