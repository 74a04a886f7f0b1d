/* SPDX-License-Identifier: MIT */
#include "engine/burst.h"

static size_t packet(const sctpx_assoc *a)
{
    return sctpxi_path_data_bytes(&a->paths[a->primary]);
}

void sctpxi_burst_allow(sctpx_assoc *a)
{
    size_t least = a->opt.max_burst * packet(a);
    if (a->burst_left < least)
        a->burst_left = least;
}

void sctpxi_burst_on_acked(sctpx_assoc *a, size_t acked_bytes)
{
    if (acked_bytes > 0)
        a->burst_left += acked_bytes + packet(a);
    sctpxi_burst_allow(a);
}

void sctpxi_burst_on_sent(sctpx_assoc *a, size_t bytes)
{
    a->burst_left = a->burst_left > bytes ? a->burst_left - bytes : 0;
}

void sctpxi_burst_end(sctpx_assoc *a)
{
    a->burst_left = 0;
}

bool sctpxi_burst_is_over(const sctpx_assoc *a)
{
    return a->opt.max_burst != 0 && a->burst_left == 0;
}
