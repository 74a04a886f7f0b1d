/* SPDX-License-Identifier: MIT */
/*
 * The allocator that fuzzers inject: counts, fails when told to, and checks that what comes back
 * was asked for here with that size. Large blocks (the reply ring of an endpoint) are kept and
 * used again, poisoned meanwhile, for asking the system for them costs more than a whole input.
 */
#ifndef FUZZ_MEMORY_H
#define FUZZ_MEMORY_H

#include <sctpx/config.h>

struct fuzz_memory {
    size_t live_blocks, live_bytes;
    size_t calls;                  /* allocations asked for, refused ones too */
    size_t fail_after, fail_count; /* so many more work, then so many fail */
};

/* memory must outlive the use of the allocator. */
sctpx_allocator fuzz_memory_allocator(struct fuzz_memory *memory);

#endif
