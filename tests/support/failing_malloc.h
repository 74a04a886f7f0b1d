/* SPDX-License-Identifier: MIT */
/*
 * malloc() and its kin failing, for what does not take an allocator: the loop, the carrier, the
 * driver, sockets and servers. Works by the linker's --wrap=malloc and so on, which only reaches
 * what is linked in statically, the library and the test: not libc, libcrypto and libuv. Tests that
 * use it are named so in tests/CMakeLists.txt.
 */
#ifndef SUPPORT_FAILING_MALLOC_H
#define SUPPORT_FAILING_MALLOC_H

#include <stddef.h>

/*
 * From now on the n-th allocation (1 = the next one) and the count - 1 after it fail; n = 0: none.
 * Blocks allocated from now on are kept count of.
 */
void failing_malloc_begin(size_t n, size_t count);
/* No more failures and no more counting. Returns how many allocations failed. */
size_t failing_malloc_end(void);

/* So many have failed since the beginning, and so many blocks that began since are still there. */
size_t failing_malloc_failed(void);
size_t failing_malloc_live(void);

#endif
