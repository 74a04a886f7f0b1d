/* SPDX-License-Identifier: MIT */
#include "api/resolve.h"

#include <netdb.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <sctpx/addr.h>

enum { ADDRS_MAX = 16 };

static int resolve_literal(const sctpx_addr *literal, enum sctpx_family family,
                           sctpx_addr **ret_addrs, size_t *ret_count)
{
    sctpx_addr *addrs;

    if (sctpx_addr_is_wildcard(literal))
        return SCTPX_EINVAL;
    if (family != SCTPX_NO_FAMILY && literal->family != family)
        return SCTPX_EHOSTNOTFOUND;
    addrs = malloc(sizeof(*addrs));
    if (!addrs)
        return SCTPX_ENOMEM;
    *addrs = *literal;
    *ret_addrs = addrs;
    *ret_count = 1;
    return 0;
}

static bool is_listed(const sctpx_addr *addrs, size_t count, const sctpx_addr *addr)
{
    for (size_t i = 0; i < count; i++)
        if (sctpx_addr_same_ip(&addrs[i], addr))
            return true;
    return false;
}

static size_t collect(const struct addrinfo *list, sctpx_addr *addrs)
{
    size_t count = 0;

    for (; list && count < ADDRS_MAX; list = list->ai_next) {
        sctpx_addr addr;

        if (sctpx_addr_from_sockaddr(list->ai_addr, list->ai_addrlen, &addr) < 0)
            continue;
        if (!is_listed(addrs, count, &addr))
            addrs[count++] = addr;
    }
    return count;
}

static int look_up(const char *host, enum sctpx_family family, struct addrinfo **ret_list)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
    int result;

    hints.ai_family = family == SCTPX_IPV4 ? AF_INET : family == SCTPX_IPV6 ? AF_INET6 : AF_UNSPEC;
    result = getaddrinfo(host, NULL, &hints, ret_list);
    if (result == 0)
        return 0;
    return result == EAI_MEMORY ? SCTPX_ENOMEM : SCTPX_EHOSTNOTFOUND;
}

int sctpxi_resolve(const char *host, enum sctpx_family family, sctpx_addr **ret_addrs,
                   size_t *ret_count)
{
    sctpx_addr literal, *addrs;
    struct addrinfo *list;
    size_t count;
    int result;

    if (sctpx_addr_parse(host, &literal) >= 0)
        return resolve_literal(&literal, family, ret_addrs, ret_count);
    result = look_up(host, family, &list);
    if (result < 0)
        return result;
    addrs = calloc(ADDRS_MAX, sizeof(*addrs));
    count = addrs ? collect(list, addrs) : 0;
    freeaddrinfo(list);
    if (count == 0) {
        result = addrs ? SCTPX_EHOSTNOTFOUND : SCTPX_ENOMEM;
        free(addrs);
        return result;
    }
    *ret_addrs = addrs;
    *ret_count = count;
    return 0;
}
