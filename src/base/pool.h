/* SPDX-License-Identifier: MIT */
/*
 * Free lists by size class on top of the allocator, so that data in steady state costs no heap
 * allocation. Classes go in quarter steps between powers of two (64, 80, 96, 112, 128, 160, ...)
 * up to 1 MiB; larger blocks go straight to the allocator. What is kept free is bounded by
 * keep_bytes. The caller remembers the size of each block.
 */
#ifndef SCTPXI_BASE_POOL_H
#define SCTPXI_BASE_POOL_H

#include "base/alloc.h"

#define SCTPXI_POOL_CLASSES 57
#define SCTPXI_POOL_MAX_BYTES 1048576u
#define SCTPXI_SHARE_WHEN_SHORT 65536u

struct sctpxi_pool_block;

struct sctpxi_pool {
    struct sctpxi_alloc *alloc;
    struct sctpxi_pool_block *free_lists[SCTPXI_POOL_CLASSES];
    size_t kept_bytes;
    size_t keep_bytes;
};

/* One pool for an allocator: when that has none left, what the pool keeps free goes back first. */
void sctpxi_pool_init(struct sctpxi_pool *pool, struct sctpxi_alloc *alloc, size_t keep_bytes);

/* Gives everything that is kept free back to the allocator; blocks in use are not touched. */
void sctpxi_pool_done(struct sctpxi_pool *pool);

/*
 * NULL when out of memory, and then nothing is kept free any more: that goes back to the allocator
 * first. size > 0. Not zeroed.
 */
void *sctpxi_pool_get(struct sctpxi_pool *pool, size_t size);

/* size as it was asked for; block may be NULL. */
void sctpxi_pool_put(struct sctpxi_pool *pool, void *block, size_t size);

/* Whether one such part of the memory that the allocator may give out is left. */
static inline bool sctpxi_pool_has_left(const struct sctpxi_pool *pool, size_t part)
{
    const struct sctpxi_alloc *alloc = pool->alloc;
    size_t taken = alloc->used_bytes - pool->kept_bytes; /* those are free to use */
    return taken <= alloc->limit_bytes - alloc->limit_bytes / part;
}

/*
 * When seven eighths of the memory are taken, the rest is for those who hold little: a few peers
 * must not stop all others. Everybody else has a share of each kind.
 */
static inline bool sctpxi_pool_is_short(const struct sctpxi_pool *pool)
{
    return !sctpxi_pool_has_left(pool, 8);
}

/* The bytes a request of this size really takes; what buffer accounts must charge. */
size_t sctpxi_pool_block_bytes(size_t size);

#endif
