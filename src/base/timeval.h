/* SPDX-License-Identifier: MIT */
/* Saturating arithmetic on sctpx_time. */
#ifndef SCTPXI_BASE_TIMEVAL_H
#define SCTPXI_BASE_TIMEVAL_H

#include <sctpx/types.h>

/* a + b; SCTPX_TIME_NEVER if either is that, or if it does not fit. */
static inline sctpx_time sctpxi_time_add(sctpx_time a, sctpx_time b)
{
    return a > SCTPX_TIME_NEVER - b ? SCTPX_TIME_NEVER : a + b;
}

/* later - earlier, 0 if that is negative. */
static inline sctpx_time sctpxi_time_since(sctpx_time later, sctpx_time earlier)
{
    return later > earlier ? later - earlier : 0;
}

static inline sctpx_time sctpxi_time_min(sctpx_time a, sctpx_time b)
{
    return a < b ? a : b;
}

#endif
