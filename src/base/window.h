/* SPDX-License-Identifier: MIT */
/* Arithmetic on windows: byte counts of 32 bits that saturate. */
#ifndef SCTPXI_BASE_WINDOW_H
#define SCTPXI_BASE_WINDOW_H

#include <stdint.h>

static inline uint32_t sctpxi_window_min(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static inline uint32_t sctpxi_window_max(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* The number itself, or the largest that there is. */
static inline uint32_t sctpxi_window_of(uint64_t bytes)
{
    return bytes < UINT32_MAX ? (uint32_t)bytes : UINT32_MAX;
}

#endif
