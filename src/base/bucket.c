/* SPDX-License-Identifier: MIT */
#include "base/bucket.h"
#include "base/timeval.h"

#define ONE_TOKEN 1000000u /* micro-tokens: one microsecond at one a second earns one of them */

static uint64_t full(const struct sctpxi_bucket *bucket)
{
    return (uint64_t)bucket->burst * ONE_TOKEN;
}

void sctpxi_bucket_init(struct sctpxi_bucket *bucket, uint32_t rate_per_second, uint32_t burst,
                        sctpx_time now)
{
    bucket->rate_per_second = rate_per_second;
    bucket->burst = burst > 0 ? burst : 1;
    bucket->micro_tokens = full(bucket);
    bucket->last = now;
}

/* A clock that went back earns nothing, and nothing twice when it comes forward again. */
static void earn(struct sctpxi_bucket *bucket, sctpx_time now)
{
    uint64_t elapsed_us = sctpxi_time_since(now, bucket->last);
    uint64_t missing = full(bucket) - bucket->micro_tokens;

    if (elapsed_us == 0)
        return;
    bucket->last = now;
    if (elapsed_us > missing / bucket->rate_per_second)
        bucket->micro_tokens = full(bucket);
    else
        bucket->micro_tokens += elapsed_us * bucket->rate_per_second;
}

bool sctpxi_bucket_take(struct sctpxi_bucket *bucket, sctpx_time now)
{
    if (bucket->rate_per_second == 0)
        return false;
    earn(bucket, now);
    if (bucket->micro_tokens < ONE_TOKEN)
        return false;
    bucket->micro_tokens -= ONE_TOKEN;
    return true;
}
