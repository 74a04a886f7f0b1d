/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/test_alloc.h"

#define LIVE UINT64_C(0x5c7b10c5a11fe000)
#define FREED UINT64_C(0xdeadb10cdeadb10c)

/* Lies before each block. */
union header {
    struct {
        size_t size;
        uint64_t mark;
        struct test_alloc *owner;
    } h;
    max_align_t align;
};

static _Noreturn void die(const char *what, size_t got, size_t wanted)
{
    fprintf(stderr, "test_alloc: %s (%zu, should be %zu)\n", what, got, wanted);
    abort();
}

static bool is_to_fail(const struct test_alloc *ta)
{
    if (ta->fail_from == 0 || ta->calls < ta->fail_from) {
        return false;
    }
    return ta->fail_count == 0 || ta->calls - ta->fail_from < ta->fail_count;
}

static void *allocate(void *context, size_t size)
{
    struct test_alloc *ta = context;

    if (size == 0) {
        die("block of no bytes", size, 1);
    }
    ta->calls++;
    if (is_to_fail(ta)) {
        ta->failed_calls++;
        return NULL;
    }
    union header *header = malloc(sizeof(*header) + size);
    if (header == NULL) {
        return NULL;
    }
    header->h.size = size;
    header->h.mark = LIVE;
    header->h.owner = ta;
    ta->live_blocks++;
    ta->live_bytes += size;
    if (ta->live_bytes > ta->peak_bytes) {
        ta->peak_bytes = ta->live_bytes;
    }
    return memset(header + 1, 0xa5, size);
}

static void release(void *context, void *memory, size_t size)
{
    struct test_alloc *ta = context;
    union header *header = (union header *)memory - 1;

    if (header->h.mark != LIVE) {
        die("freed block is not live", 0, 1);
    }
    if (header->h.owner != ta) {
        die("freed block is another allocator's", 0, 1);
    }
    if (header->h.size != size) {
        die("block freed with another size", size, header->h.size);
    }
    header->h.mark = FREED;
    ta->live_blocks--;
    ta->live_bytes -= size;
    memset(memory, 0xdd, size);
    free(header);
}

void test_alloc_init(struct test_alloc *ta)
{
    *ta = (struct test_alloc){0};
}

sctpx_allocator test_alloc_allocator(struct test_alloc *ta)
{
    return (sctpx_allocator){.alloc = allocate, .free = release, .context = ta};
}

void test_alloc_fail(struct test_alloc *ta, size_t n, size_t count)
{
    ta->fail_from = n == 0 ? 0 : ta->calls + n;
    ta->fail_count = count;
}

bool test_alloc_is_clean(const struct test_alloc *ta)
{
    return ta->live_blocks == 0 && ta->live_bytes == 0;
}
