/* SPDX-License-Identifier: MIT */
/* A token bucket: how often something that a stranger triggers may happen. */
#ifndef SCTPXI_BASE_BUCKET_H
#define SCTPXI_BASE_BUCKET_H

#include <stdbool.h>
#include <sctpx/types.h>

struct sctpxi_bucket {
    uint32_t rate_per_second; /* 0 = never */
    uint32_t burst;           /* tokens it holds at most, >= 1 */
    uint64_t micro_tokens; /* millionths of a token */
    sctpx_time last;
};

/* Starts full. A burst of 0 counts as 1: with a rate, something must be able to pass. */
void sctpxi_bucket_init(struct sctpxi_bucket *bucket, uint32_t rate_per_second, uint32_t burst,
                        sctpx_time now);

/* Takes one token; false if there is none. Saturates, whatever the times are. */
bool sctpxi_bucket_take(struct sctpxi_bucket *bucket, sctpx_time now);

#endif
