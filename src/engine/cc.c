/* SPDX-License-Identifier: MIT */
#include "engine/cc.h"

/* RFC 9260 7.2.1: the initial cwnd is at most 4 DATA chunks and at least 2, else these bytes. */
#define INITIAL_BYTES_IPV4 4404u
#define INITIAL_BYTES_IPV6 4344u

uint32_t sctpxi_cc_initial_cwnd(uint32_t mtu, bool is_ipv6)
{
    uint32_t bytes = is_ipv6 ? INITIAL_BYTES_IPV6 : INITIAL_BYTES_IPV4;
    uint64_t least = (uint64_t)2 * mtu, most = (uint64_t)4 * mtu;

    if (bytes < least)
        return least < UINT32_MAX ? (uint32_t)least : UINT32_MAX;
    return bytes < most ? bytes : (uint32_t)most;
}

const struct sctpxi_cc_algorithm *sctpxi_cc_algorithm(enum sctpx_congestion_control choice)
{
    return choice == SCTPX_CONGESTION_RFC9260 ? &sctpxi_cc_rfc9260 : &sctpxi_cc_cubic;
}
