/* SPDX-License-Identifier: MIT */
#include "latency.h"

enum { SUB_COUNT = 1 << LATENCY_SUB_BITS };

/* The first ones are one microsecond wide; then each power of two is cut in SUB_COUNT. */
static unsigned bucket_of(uint64_t us)
{
    unsigned shift = 0;

    while (us >> shift >= 2 * SUB_COUNT)
        shift++;
    return (unsigned)(us >> shift) + shift * SUB_COUNT;
}

static uint64_t upper_end(unsigned bucket)
{
    unsigned shift = bucket < 2 * SUB_COUNT ? 0 : bucket / SUB_COUNT - 1;
    uint64_t first = (uint64_t)(bucket - shift * SUB_COUNT) << shift;

    return first + ((uint64_t)1 << shift) - 1;
}

void latency_add(struct latency *latency, uint64_t us)
{
    if (latency->count == 0 || us < latency->min_us)
        latency->min_us = us;
    if (us > latency->max_us)
        latency->max_us = us;
    latency->count++;
    latency->sum_us += us;
    latency->buckets[bucket_of(us)]++;
}

uint64_t latency_percentile(const struct latency *latency, double percent)
{
    double wanted = (double)latency->count * percent / 100.0;
    uint64_t seen = 0;

    for (unsigned i = 0; i < LATENCY_BUCKETS; i++) {
        seen += latency->buckets[i];
        if (seen > 0 && (double)seen >= wanted)
            return upper_end(i) < latency->max_us ? upper_end(i) : latency->max_us;
    }
    return latency->max_us;
}

double latency_mean_us(const struct latency *latency)
{
    return latency->count > 0 ? (double)latency->sum_us / (double)latency->count : 0;
}
