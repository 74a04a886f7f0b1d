/* SPDX-License-Identifier: MIT */
/*
 * The injected allocator with an account: how much is in use and how much may be. Every byte the
 * engine owns comes through here. Sizes are given back on free, so blocks carry no header.
 */
#ifndef SCTPXI_BASE_ALLOC_H
#define SCTPXI_BASE_ALLOC_H

#include <stdbool.h>

#include <sctpx/config.h>

struct sctpxi_alloc {
    sctpx_allocator user;
    size_t used_bytes;
    size_t limit_bytes;

    /* Gives back what is kept free, if anything is: that must not be the reason to have none. Set
     * by whoever keeps some (pool.h); may be NULL. */
    bool (*reclaim)(void *context);
    void *reclaim_context;
};

void sctpxi_alloc_init(struct sctpxi_alloc *alloc, const sctpx_allocator *user, size_t limit_bytes);

/* NULL when the user's allocator fails or the limit would be passed. size > 0. Not zeroed. */
void *sctpxi_alloc_get(struct sctpxi_alloc *alloc, size_t size);

/* The same, zeroed. */
void *sctpxi_alloc_zeroed(struct sctpxi_alloc *alloc, size_t size);

/*
 * Moves a block to a new size, keeping min(old, new) bytes; old block NULL means a fresh one. On
 * failure returns NULL and the old block is untouched.
 */
void *sctpxi_alloc_resize(struct sctpxi_alloc *alloc, void *memory, size_t old_size,
                          size_t new_size);

/* memory may be NULL. */
void sctpxi_alloc_put(struct sctpxi_alloc *alloc, void *memory, size_t size);

#endif
