/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "support/test_random.h"

void test_random_init(struct test_random *tr, uint64_t seed)
{
    tr->state = seed;
}

/* SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (2014). */
uint64_t test_random_u64(struct test_random *tr)
{
    uint64_t z = tr->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint32_t test_random_u32(struct test_random *tr)
{
    return (uint32_t)(test_random_u64(tr) >> 32);
}

/* The remainder's slight preference for small numbers does not matter in tests. */
uint64_t test_random_below(struct test_random *tr, uint64_t limit)
{
    assert(limit > 0);
    return test_random_u64(tr) % limit;
}

uint64_t test_random_between(struct test_random *tr, uint64_t low, uint64_t high)
{
    assert(low <= high);
    return high - low == UINT64_MAX ? test_random_u64(tr)
                                    : low + test_random_below(tr, high - low + 1);
}

bool test_random_chance(struct test_random *tr, uint32_t per_million)
{
    return test_random_below(tr, 1000000) < per_million;
}

void test_random_bytes(void *context, void *ret_bytes, size_t size)
{
    struct test_random *tr = context;
    uint8_t *bytes = ret_bytes;

    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)test_random_u64(tr);
    }
}
