/* SPDX-License-Identifier: MIT */
#include "fuzz/memory.h"

#include <stdint.h>
#include <string.h>

#include "fuzz/check.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FUZZ_HAS_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define FUZZ_HAS_ASAN 1
#endif

#ifdef FUZZ_HAS_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

enum { LARGE_BYTES = 128 * 1024, SHELF_PLACES = 4 };

#define LIVE UINT64_C(0xf0225c7b10c5a11f)

union header {
    struct {
        struct fuzz_memory *owner;
        size_t size;
        uint64_t mark;
    } h;
    max_align_t align;
};

/* Large blocks that are free. */
static struct {
    union header *block;
    size_t size;
} shelf[SHELF_PLACES];

static union header *take_from_shelf(size_t size)
{
    for (size_t i = 0; size >= LARGE_BYTES && i < SHELF_PLACES; i++) {
        union header *block = shelf[i].block;
        if (block == NULL || shelf[i].size != size)
            continue;
        shelf[i].block = NULL;
        ASAN_UNPOISON_MEMORY_REGION(block, sizeof *block + size);
        return block;
    }
    return malloc(sizeof(union header) + size);
}

static void put_on_shelf(union header *block, size_t size)
{
    for (size_t i = 0; size >= LARGE_BYTES && i < SHELF_PLACES; i++) {
        if (shelf[i].block != NULL)
            continue;
        shelf[i].block = block;
        shelf[i].size = size;
        ASAN_POISON_MEMORY_REGION(block, sizeof *block + size);
        return;
    }
    free(block);
}

static bool is_to_fail(struct fuzz_memory *memory)
{
    memory->calls++;
    if (memory->fail_count == 0)
        return false;
    if (memory->fail_after > 0) {
        memory->fail_after--;
        return false;
    }
    memory->fail_count--;
    return true;
}

static void *allocate(void *context, size_t size)
{
    struct fuzz_memory *memory = context;
    FUZZ_CHECK(size > 0);
    if (is_to_fail(memory))
        return NULL;
    union header *block = take_from_shelf(size);
    FUZZ_CHECK(block != NULL);
    block->h.owner = memory;
    block->h.size = size;
    block->h.mark = LIVE;
    memory->live_blocks++;
    memory->live_bytes += size;
    /* Not zeros, and the same in every run. */
    memset(block + 1, 0xa5, size < LARGE_BYTES ? size : 64);
    return block + 1;
}

static void release(void *context, void *bytes, size_t size)
{
    struct fuzz_memory *memory = context;
    union header *block = (union header *)bytes - 1;
    FUZZ_CHECK(block->h.mark == LIVE);
    FUZZ_CHECK(block->h.owner == memory);
    FUZZ_CHECK(block->h.size == size);
    block->h.mark = 0;
    memory->live_blocks--;
    memory->live_bytes -= size;
    put_on_shelf(block, size);
}

sctpx_allocator fuzz_memory_allocator(struct fuzz_memory *memory)
{
    return (sctpx_allocator){.alloc = allocate, .free = release, .context = memory};
}
