/* SPDX-License-Identifier: MIT */
/*
 * Contents of test messages, which both ends know, and a short print of them: message n of a run
 * holds the bytes that pattern_fill() makes of n. Owns nothing.
 */
#ifndef TESTS_INTEROP_PATTERN_H
#define TESTS_INTEROP_PATTERN_H

#include <stddef.h>
#include <stdint.h>

/* Differs at every place and for every n, with a period longer than any packet. */
static inline void pattern_fill(uint8_t *bytes, size_t length, uint32_t n)
{
    uint32_t x = n * UINT32_C(2654435761) + 1;
    for (size_t i = 0; i < length; i++) {
        x = x * UINT32_C(1664525) + UINT32_C(1013904223);
        bytes[i] = (uint8_t)(x >> 24);
    }
}

/* FNV-1a, 64 bits. */
static inline uint64_t pattern_print(const uint8_t *bytes, size_t length)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(1099511628211);
    return hash;
}

#endif
