/* SPDX-License-Identifier: MIT */
#include "engine/address.h"

#include <string.h>

static enum sctpxi_scope scope_ipv4(const uint8_t *ip)
{
    if (ip[0] == 0 || ip[0] >= 224) /* this network; multicast, reserved, broadcast */
        return SCTPXI_SCOPE_NONE;
    if (ip[0] == 127)
        return SCTPXI_SCOPE_LOOPBACK;
    if (ip[0] == 169 && ip[1] == 254)
        return SCTPXI_SCOPE_LINK;
    if (ip[0] == 10 || (ip[0] == 172 && ip[1] >> 4 == 1) || (ip[0] == 192 && ip[1] == 168) ||
        (ip[0] == 100 && ip[1] >> 6 == 1))
        return SCTPXI_SCOPE_PRIVATE;
    return SCTPXI_SCOPE_GLOBAL;
}

static enum sctpxi_scope scope_ipv6(const uint8_t *ip)
{
    static const uint8_t zeros[15];
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (memcmp(ip, zeros, 15) == 0)
        return ip[15] == 1 ? SCTPXI_SCOPE_LOOPBACK : SCTPXI_SCOPE_NONE;
    if (ip[0] == 0xff || memcmp(ip, mapped, 12) == 0)
        return SCTPXI_SCOPE_NONE;
    if (ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80)
        return SCTPXI_SCOPE_LINK;
    if ((ip[0] & 0xfe) == 0xfc)
        return SCTPXI_SCOPE_PRIVATE;
    return SCTPXI_SCOPE_GLOBAL;
}

enum sctpxi_scope sctpxi_address_scope(const sctpx_addr *addr)
{
    if (addr->family == SCTPX_IPV4)
        return scope_ipv4(addr->ip);
    return addr->family == SCTPX_IPV6 ? scope_ipv6(addr->ip) : SCTPXI_SCOPE_NONE;
}

bool sctpxi_address_is_wildcard(const sctpx_addr *addr)
{
    static const uint8_t zeros[16];
    return memcmp(addr->ip, zeros, sizeof zeros) == 0;
}

bool sctpxi_address_same_ip(const sctpx_addr *a, const sctpx_addr *b)
{
    return a->family == b->family && memcmp(a->ip, b->ip, sizeof a->ip) == 0;
}

bool sctpxi_address_is_visible(const sctpx_addr *addr, const sctpx_addr *seen_at)
{
    enum sctpxi_scope scope = sctpxi_address_scope(addr);
    return scope != SCTPXI_SCOPE_NONE && scope != SCTPXI_SCOPE_LINK &&
           scope >= sctpxi_address_scope(seen_at);
}

static unsigned common_prefix_bits(const sctpx_addr *a, const sctpx_addr *b)
{
    unsigned bits = 0;
    for (unsigned i = 0; i < sizeof a->ip; i++, bits += 8) {
        uint8_t diff = a->ip[i] ^ b->ip[i];
        if (diff == 0)
            continue;
        for (; (diff & 0x80u) == 0; diff = (uint8_t)(diff << 1))
            bits++;
        break;
    }
    return bits;
}

int sctpxi_address_fitness(const sctpx_addr *local, const sctpx_addr *remote)
{
    if (local->family != remote->family)
        return -1;
    return sctpxi_address_is_wildcard(local) ? 0 : 1 + (int)common_prefix_bits(local, remote);
}
