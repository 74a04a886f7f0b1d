/* SPDX-License-Identifier: MIT */
/*
 * An allocator for tests: counts, fails when told to, and aborts the program (after a line on
 * stderr) when a block is freed that is not live or with another size than it was asked for with.
 * Fresh memory is filled with 0xa5 and freed memory with 0xdd, so that nobody relies on zeros.
 */
#ifndef SUPPORT_TEST_ALLOC_H
#define SUPPORT_TEST_ALLOC_H

#include <stdbool.h>
#include <sctpx/config.h>

struct test_alloc {
    size_t live_blocks, live_bytes;
    size_t peak_bytes;   /* the most that was live */
    size_t calls;        /* allocations asked for, failed ones too */
    size_t failed_calls; /* that were refused because of the two below */
    size_t fail_from;    /* calls from this one on (1 = the first) fail; 0 = none does */
    size_t fail_count;   /* so many of them; 0 = all */
};

/* No blocks, no failures. */
void test_alloc_init(struct test_alloc *ta);

/* The allocator to put into options; ta must outlive its use. */
sctpx_allocator test_alloc_allocator(struct test_alloc *ta);

/*
 * Lets the n-th allocation from now fail (n = 1: the next one) and the count - 1 after it; count 0
 * = all after it. n = 0: none fails any more. Note that a pool tries twice: to reach its caller, a
 * failure must last for two.
 */
void test_alloc_fail(struct test_alloc *ta, size_t n, size_t count);

/* Nothing is live. */
bool test_alloc_is_clean(const struct test_alloc *ta);

#endif
