/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"

void sctpxi_alloc_init(struct sctpxi_alloc *alloc, const sctpx_allocator *user, size_t limit_bytes)
{
    *alloc = (struct sctpxi_alloc){.user = *user, .limit_bytes = limit_bytes};
}

static void *try(struct sctpxi_alloc *alloc, size_t size)
{
    assert(alloc->used_bytes <= alloc->limit_bytes);
    if (alloc->limit_bytes - alloc->used_bytes < size)
        return NULL;
    void *memory = alloc->user.alloc(alloc->user.context, size);
    if (memory != NULL)
        alloc->used_bytes += size;
    return memory;
}

void *sctpxi_alloc_get(struct sctpxi_alloc *alloc, size_t size)
{
    assert(size > 0);
    void *memory = try(alloc, size);
    if (memory == NULL && alloc->reclaim != NULL && alloc->reclaim(alloc->reclaim_context))
        memory = try(alloc, size);
    return memory;
}

void *sctpxi_alloc_zeroed(struct sctpxi_alloc *alloc, size_t size)
{
    void *memory = sctpxi_alloc_get(alloc, size);
    if (memory != NULL)
        memset(memory, 0, size);
    return memory;
}

/* Both blocks count while the bytes move: that is what the process really needs then. */
void *sctpxi_alloc_resize(struct sctpxi_alloc *alloc, void *memory, size_t old_size,
                          size_t new_size)
{
    void *moved = sctpxi_alloc_get(alloc, new_size);
    if (moved == NULL)
        return NULL;
    if (memory != NULL) {
        memcpy(moved, memory, old_size < new_size ? old_size : new_size);
        sctpxi_alloc_put(alloc, memory, old_size);
    }
    return moved;
}

void sctpxi_alloc_put(struct sctpxi_alloc *alloc, void *memory, size_t size)
{
    if (memory == NULL)
        return;
    assert(size > 0 && size <= alloc->used_bytes);
    alloc->used_bytes -= size;
    alloc->user.free(alloc->user.context, memory, size);
}
