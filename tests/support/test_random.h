/* SPDX-License-Identifier: MIT */
/* Random numbers for tests, the same ones for the same seed. Not for cryptography. */
#ifndef SUPPORT_TEST_RANDOM_H
#define SUPPORT_TEST_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct test_random {
    uint64_t state;
};

/* Any seed is as good as any other, 0 too. */
void test_random_init(struct test_random *tr, uint64_t seed);

uint64_t test_random_u64(struct test_random *tr);
uint32_t test_random_u32(struct test_random *tr);

/* 0..limit - 1; limit > 0. */
uint64_t test_random_below(struct test_random *tr, uint64_t limit);

/* low..high, both included. */
uint64_t test_random_between(struct test_random *tr, uint64_t low, uint64_t high);

/* True so many times in a million. */
bool test_random_chance(struct test_random *tr, uint32_t per_million);

/* A sctpx_random_function; context is a struct test_random. */
void test_random_bytes(void *context, void *ret_bytes, size_t size);

#endif
