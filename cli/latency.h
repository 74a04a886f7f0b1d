/* SPDX-License-Identifier: MIT */
/*
 * Latencies, counted in buckets whose width grows with the value, so that memory is fixed and each
 * percentile is right within 7 %.
 */
#ifndef CLI_LATENCY_H
#define CLI_LATENCY_H

#include <stdint.h>

enum { LATENCY_SUB_BITS = 4, LATENCY_BUCKETS = 64 << LATENCY_SUB_BITS };

/* All zero = empty. */
struct latency {
    uint64_t count, sum_us, min_us, max_us;
    uint64_t buckets[LATENCY_BUCKETS];
};

void latency_add(struct latency *latency, uint64_t us);

/* The value that so many percent of all are not above; 0 if there are none. */
uint64_t latency_percentile(const struct latency *latency, double percent);

double latency_mean_us(const struct latency *latency);

#endif
