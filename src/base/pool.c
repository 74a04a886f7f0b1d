/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "base/pool.h"

/* 64 is the smallest class: what data has to carry around it is hardly ever less. */
#define POOL_MIN_SHIFT 6u
#define POOL_MIN_BYTES (1u << POOL_MIN_SHIFT)

_Static_assert(SCTPXI_POOL_MAX_BYTES == POOL_MIN_BYTES << (SCTPXI_POOL_CLASSES - 1) / 4,
               "four classes per doubling, and the largest one");

/* Lies in the first bytes of a block that is kept free. */
struct sctpxi_pool_block {
    struct sctpxi_pool_block *next;
};

/*
 * With AddressSanitizer, blocks that are kept free and the slack behind what was asked for must
 * not be touched: without this it would not see a use after put, for the memory stays allocated.
 */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POOL_POISON 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define POOL_POISON 1
#endif

#ifdef POOL_POISON
#include <sanitizer/asan_interface.h>
#define POOL_HIDE(memory, size) __asan_poison_memory_region(memory, size)
#define POOL_SHOW(memory, size) __asan_unpoison_memory_region(memory, size)
#else
#define POOL_HIDE(memory, size) ((void)(memory), (void)(size))
#define POOL_SHOW(memory, size) ((void)(memory), (void)(size))
#endif

/* Bytes of a class: the power of two below, plus 0 to 3 quarters of it. */
static size_t class_bytes(unsigned index)
{
    size_t octave = (size_t)POOL_MIN_BYTES << index / 4;

    return octave + octave / 4 * (index % 4);
}

/* The smallest class that holds size bytes, 0 < size <= SCTPXI_POOL_MAX_BYTES. */
static unsigned class_of(size_t size)
{
    if (size <= POOL_MIN_BYTES)
        return 0;
    unsigned below = (unsigned)size - 1; /* the next class above this one */
    unsigned octave = 31u - (unsigned)__builtin_clz(below) - POOL_MIN_SHIFT;
    unsigned quarter = below >> (octave + POOL_MIN_SHIFT - 2) & 3;

    return octave * 4 + quarter + 1;
}

/* Memory that is kept must not be the reason to have none, for other sizes or who needs no pool. */
static bool give_back(void *context)
{
    struct sctpxi_pool *pool = context;
    bool is_any = pool->kept_bytes > 0;

    sctpxi_pool_done(pool);
    return is_any;
}

void sctpxi_pool_init(struct sctpxi_pool *pool, struct sctpxi_alloc *alloc, size_t keep_bytes)
{
    *pool = (struct sctpxi_pool){.alloc = alloc, .keep_bytes = keep_bytes};
    alloc->reclaim = give_back;
    alloc->reclaim_context = pool;
}

static struct sctpxi_pool_block *take(struct sctpxi_pool *pool, unsigned index)
{
    struct sctpxi_pool_block *block = pool->free_lists[index];

    if (block != NULL) {
        POOL_SHOW(block, class_bytes(index));
        pool->free_lists[index] = block->next;
        __builtin_prefetch(block->next, 1); /* whoever gets it writes to it */
        pool->kept_bytes -= class_bytes(index);
    }
    return block;
}

void sctpxi_pool_done(struct sctpxi_pool *pool)
{
    struct sctpxi_pool_block *block;

    for (unsigned index = 0; index < SCTPXI_POOL_CLASSES; index++)
        while ((block = take(pool, index)) != NULL)
            sctpxi_alloc_put(pool->alloc, block, class_bytes(index));
    assert(pool->kept_bytes == 0);
}

void *sctpxi_pool_get(struct sctpxi_pool *pool, size_t size)
{
    assert(size > 0);
    if (size > SCTPXI_POOL_MAX_BYTES)
        return sctpxi_alloc_get(pool->alloc, size);
    unsigned index = class_of(size);
    void *block = take(pool, index);
    if (block == NULL)
        block = sctpxi_alloc_get(pool->alloc, class_bytes(index));
    if (block != NULL)
        POOL_HIDE((char *)block + size, class_bytes(index) - size);
    return block;
}

void sctpxi_pool_put(struct sctpxi_pool *pool, void *block, size_t size)
{
    if (block == NULL)
        return;
    if (size > SCTPXI_POOL_MAX_BYTES) {
        sctpxi_alloc_put(pool->alloc, block, size);
        return;
    }
    unsigned index = class_of(size);
    size_t bytes = class_bytes(index);
    POOL_SHOW(block, bytes);
    if (pool->kept_bytes + bytes > pool->keep_bytes) {
        sctpxi_alloc_put(pool->alloc, block, bytes);
        return;
    }
    struct sctpxi_pool_block *kept = block;
    kept->next = pool->free_lists[index];
    pool->free_lists[index] = kept;
    pool->kept_bytes += bytes;
    POOL_HIDE(block, bytes);
}

size_t sctpxi_pool_block_bytes(size_t size)
{
    assert(size > 0);
    return size > SCTPXI_POOL_MAX_BYTES ? size : class_bytes(class_of(size));
}
