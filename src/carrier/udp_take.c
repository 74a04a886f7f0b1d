/* SPDX-License-Identifier: MIT */
#include "carrier/udp_take.h"

#include <fcntl.h>

#include <unistd.h>

#include <sctpx/addr.h>

struct bound {
    sctpx_addr local;
    bool is_mapped; /* an IPv6 socket, bound to a mapped IPv4 address */
};

static bool has_option(int fd, int level, int name, int expected)
{
    int value = 0;
    socklen_t length = sizeof(value);

    return getsockopt(fd, level, name, &value, &length) == 0 && value == expected;
}

/* Multicast and broadcast addresses: nobody can be answered from there. */
static bool is_unicast(const sctpx_addr *addr)
{
    return addr->family == SCTPX_IPV4 ? addr->ip[0] < 224 : addr->ip[0] != 0xff;
}

/* The address it is bound to; false: not a UDP socket that is bound and free to talk to all. */
static bool examine(int fd, struct bound *ret_bound)
{
    struct sockaddr_storage storage;
    socklen_t length = sizeof(storage), peer_length = sizeof(storage);

    if (!has_option(fd, SOL_SOCKET, SO_TYPE, SOCK_DGRAM) ||
        !has_option(fd, SOL_SOCKET, SO_PROTOCOL, IPPROTO_UDP) ||
        getpeername(fd, (struct sockaddr *)&storage, &peer_length) == 0 ||
        getsockname(fd, (struct sockaddr *)&storage, &length) < 0)
        return false;
    if (sctpx_addr_from_sockaddr((struct sockaddr *)&storage, length, &ret_bound->local) < 0 ||
        ret_bound->local.udp_port == 0 || !is_unicast(&ret_bound->local))
        return false;
    ret_bound->is_mapped = ret_bound->local.family == SCTPX_IPV4 && storage.ss_family == AF_INET6;
    return true;
}

/* Bound to the wildcard of IPv6, it takes IPv4 too unless told otherwise. */
static bool is_dual(int fd, const struct bound *bound)
{
    return bound->local.family == SCTPX_IPV6 && sctpx_addr_is_wildcard(&bound->local) &&
           has_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
}

/* Adds a copy of the descriptor, to the given address. */
static int add(struct sctpxi_carrier *carrier, int fd, const sctpx_addr *local, bool is_mapped)
{
    struct sctpxi_carrier_socket own = {.local = *local, .is_mapped = is_mapped};

    if (carrier->count == SCTPXI_CARRIER_SOCKETS)
        return SCTPX_ELIMIT;
    for (size_t i = 0; i < carrier->count; i++)
        if (local->udp_port != carrier->sockets[i].local.udp_port ||
            sctpx_addr_same_ip(local, &carrier->sockets[i].local))
            return SCTPX_EINVAL;
    own.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (own.fd < 0)
        return SCTPX_ERESOURCE;
    carrier->sockets[carrier->count++] = own;
    return 0;
}

static int take(struct sctpxi_carrier *carrier, int fd)
{
    struct bound bound;
    sctpx_addr ipv4 = {.family = SCTPX_IPV4};
    int error;

    if (!examine(fd, &bound))
        return SCTPX_EINVAL;
    error = add(carrier, fd, &bound.local, bound.is_mapped);
    if (error == 0 && is_dual(fd, &bound)) {
        ipv4.udp_port = bound.local.udp_port;
        error = add(carrier, fd, &ipv4, true);
    }
    return error;
}

int sctpxi_udp_take(struct sctpxi_carrier *carrier, const struct sctpxi_carrier_options *options)
{
    int error = 0;

    for (size_t i = 0; i < options->fd_count && error == 0; i++)
        error = take(carrier, options->fds[i]);
    if (error < 0) {
        while (carrier->count > 0)
            close(carrier->sockets[--carrier->count].fd);
        return error;
    }
    for (size_t i = 0; i < carrier->count; i++) {
        int fd = carrier->sockets[i].fd;

        (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
        sctpxi_sockets_set_options(carrier->kind, &carrier->sockets[i], options);
    }
    return 0;
}
