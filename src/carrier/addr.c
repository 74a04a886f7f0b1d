/* SPDX-License-Identifier: MIT */
#include <sctpx/addr.h>

#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static size_t ip_length(const sctpx_addr *addr)
{
    return addr->family == SCTPX_IPV4 ? 4 : addr->family == SCTPX_IPV6 ? 16 : 0;
}

bool sctpx_addr_same_ip(const sctpx_addr *a, const sctpx_addr *b)
{
    return a->family == b->family && memcmp(a->ip, b->ip, ip_length(a)) == 0 &&
           (a->family != SCTPX_IPV6 || a->scope_id == b->scope_id);
}

bool sctpx_addr_equal(const sctpx_addr *a, const sctpx_addr *b)
{
    return sctpx_addr_same_ip(a, b) && a->udp_port == b->udp_port;
}

bool sctpx_addr_is_wildcard(const sctpx_addr *addr)
{
    static const uint8_t zero[16];

    return memcmp(addr->ip, zero, ip_length(addr)) == 0;
}

bool sctpx_addr_is_loopback(const sctpx_addr *addr)
{
    static const uint8_t loopback6[16] = {[15] = 1};

    if (addr->family == SCTPX_IPV4)
        return addr->ip[0] == 127;
    return addr->family == SCTPX_IPV6 && memcmp(addr->ip, loopback6, 16) == 0;
}

bool sctpx_addr_is_link_local(const sctpx_addr *addr)
{
    if (addr->family == SCTPX_IPV4)
        return addr->ip[0] == 169 && addr->ip[1] == 254;
    return addr->family == SCTPX_IPV6 && addr->ip[0] == 0xfe && (addr->ip[1] & 0xc0) == 0x80;
}

/* RFC 4291 2.5.5.2: a mapped address names an IPv4 peer, and its packets travel as IPv4. */
static void take_ipv6(sctpx_addr *addr, const uint8_t *ip, uint32_t scope_id)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

    if (memcmp(ip, mapped, sizeof(mapped)) == 0) {
        addr->family = SCTPX_IPV4;
        memcpy(addr->ip, ip + sizeof(mapped), 4);
        return;
    }
    addr->family = SCTPX_IPV6;
    addr->scope_id = scope_id;
    memcpy(addr->ip, ip, 16);
}

int sctpx_addr_from_sockaddr(const struct sockaddr *from, size_t length, sctpx_addr *ret_addr)
{
    sctpx_addr addr = {0};
    struct sockaddr_in in;
    struct sockaddr_in6 in6;

    if (length >= sizeof(in) && from->sa_family == AF_INET) {
        memcpy(&in, from, sizeof(in));
        addr.family = SCTPX_IPV4;
        addr.udp_port = ntohs(in.sin_port);
        memcpy(addr.ip, &in.sin_addr, 4);
    } else if (length >= sizeof(in6) && from->sa_family == AF_INET6) {
        memcpy(&in6, from, sizeof(in6));
        addr.udp_port = ntohs(in6.sin6_port);
        take_ipv6(&addr, in6.sin6_addr.s6_addr, in6.sin6_scope_id);
    } else {
        return SCTPX_EINVAL;
    }
    *ret_addr = addr;
    return 0;
}

int sctpx_addr_to_sockaddr(const sctpx_addr *addr, struct sockaddr_storage *ret_to)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

    if (addr->family == SCTPX_IPV4) {
        in.sin_port = htons(addr->udp_port);
        memcpy(&in.sin_addr, addr->ip, 4);
        memcpy(ret_to, &in, sizeof(in));
        return (int)sizeof(in);
    }
    if (addr->family == SCTPX_IPV6) {
        in6.sin6_port = htons(addr->udp_port);
        in6.sin6_scope_id = addr->scope_id;
        memcpy(&in6.sin6_addr, addr->ip, 16);
        memcpy(ret_to, &in6, sizeof(in6));
        return (int)sizeof(in6);
    }
    return SCTPX_EINVAL;
}
