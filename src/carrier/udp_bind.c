/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include <netinet/udp.h>
#include <unistd.h>

#include <sctpx/addr.h>

#include "carrier/udp.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

#define DEFAULT_BUFFER_BYTES ((size_t)4 << 20)
/* How often an ephemeral port is drawn anew because another address has it in use. */
#define PORT_TRIES 16

static int error_of(int error_number)
{
    switch (error_number) {
    case EADDRINUSE:
        return SCTPX_EADDRINUSE;
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
    case ENODEV: /* an IPv6 zone that is gone */
    case EINVAL: /* a link-local address without zone */
        return SCTPX_EADDRNOTAVAIL;
    case EACCES:
    case EPERM:
        return SCTPX_EACCES;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
        return SCTPX_ERESOURCE;
    case ENOMEM:
        return SCTPX_ENOMEM;
    default:
        return SCTPX_ESYSTEM;
    }
}

/* ---- options of a socket ------------------------------------------------------------------ */

static void set(int fd, int level, int name, int value)
{
    /* An option that a kernel lacks costs a feature, not the socket. */
    (void)setsockopt(fd, level, name, &value, sizeof(value));
}

static void set_buffer(int fd, int forced, int plain, size_t bytes)
{
    int value = bytes == 0              ? (int)DEFAULT_BUFFER_BYTES
                : bytes > INT32_MAX / 2 ? INT32_MAX / 2
                                        : (int)bytes;

    /* Past the system's limit where that is allowed (CAP_NET_ADMIN), else up to it. */
    if (setsockopt(fd, SOL_SOCKET, forced, &value, sizeof(value)) < 0) {
        set(fd, SOL_SOCKET, plain, value);
    }
}

/*
 * Destination addresses and ICMP errors are wanted. PMTUDISC_PROBE: DF is set and only the MTU of
 * the interface counts; what ICMP made the kernel believe of the path is left out (RFC 6951 5.6).
 */
static void set_family_options(int fd, int family)
{
    if (family == SCTPX_IPV4) {
        set(fd, IPPROTO_IP, IP_PKTINFO, 1);
        set(fd, IPPROTO_IP, IP_RECVERR, 1);
        set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
    } else {
        set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
        set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
        set(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
        set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
    }
}

static void set_options(struct sctpxi_udp_socket *udp, const struct sctpxi_carrier_options *options)
{
    int segment = 0;
    socklen_t length = sizeof(segment);

    set_buffer(udp->fd, SO_RCVBUFFORCE, SO_RCVBUF, options->rcvbuf_bytes);
    set_buffer(udp->fd, SO_SNDBUFFORCE, SO_SNDBUF, options->sndbuf_bytes);
    /* libuv tells a filled error queue from a broken descriptor only with this. */
    set(udp->fd, SOL_SOCKET, SO_SELECT_ERR_QUEUE, 1);
    set_family_options(udp->fd, udp->local.family);
    if (!options->no_segmentation) {
        set(udp->fd, IPPROTO_UDP, UDP_GRO, 1);
        udp->has_gso = getsockopt(udp->fd, IPPROTO_UDP, UDP_SEGMENT, &segment, &length) == 0;
    }
}

/* ---- binding ------------------------------------------------------------------------------ */

/* Binds udp->fd and takes over the address it got. */
static int bind_socket(struct sctpxi_udp_socket *udp)
{
    struct sockaddr_storage storage;
    socklen_t length = (socklen_t)sctpx_addr_to_sockaddr(&udp->local, &storage);

    if (bind(udp->fd, (struct sockaddr *)&storage, length) < 0) {
        return error_of(errno);
    }
    length = sizeof(storage);
    if (getsockname(udp->fd, (struct sockaddr *)&storage, &length) < 0) {
        return SCTPX_ESYSTEM;
    }
    return sctpx_addr_from_sockaddr((struct sockaddr *)&storage, length, &udp->local);
}

static int add_socket(struct sctpxi_carrier *carrier, const struct sctpxi_carrier_options *options,
                      const sctpx_addr *addr, uint16_t udp_port)
{
    struct sctpxi_udp_socket udp = {.local = *addr};
    int error;

    udp.local.udp_port = udp_port;
    udp.fd = socket(addr->family == SCTPX_IPV4 ? AF_INET : AF_INET6,
                    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP);
    if (udp.fd < 0) {
        return error_of(errno);
    }
    set_options(&udp, options);
    error = bind_socket(&udp);
    if (error < 0) {
        close(udp.fd);
        return error;
    }
    carrier->sockets[carrier->count++] = udp;
    return 0;
}

static void close_sockets(struct sctpxi_carrier *carrier)
{
    while (carrier->count > 0) {
        close(carrier->sockets[--carrier->count].fd);
    }
}

/*
 * One try with all addresses; the first one draws the port if none is given. may_lack: a host
 * without one of the families does with the other.
 */
static int bind_all(struct sctpxi_carrier *carrier, const struct sctpxi_carrier_options *options,
                    const sctpx_addr *addrs, size_t count, bool may_lack)
{
    uint16_t udp_port = options->udp_port;
    int error = 0;

    for (size_t i = 0; i < count; i++) {
        error = add_socket(carrier, options, &addrs[i], udp_port);
        if (error == SCTPX_EADDRNOTAVAIL && may_lack) {
            continue;
        }
        if (error < 0) {
            return error;
        }
        udp_port = carrier->sockets[0].local.udp_port;
    }
    return carrier->count > 0 ? 0 : error;
}

static int bind_with_retries(struct sctpxi_carrier *carrier,
                             const struct sctpxi_carrier_options *options, const sctpx_addr *addrs,
                             size_t count, bool may_lack)
{
    int error = SCTPX_EADDRINUSE;

    for (int tries = 0; tries < PORT_TRIES && error == SCTPX_EADDRINUSE; tries++) {
        error = bind_all(carrier, options, addrs, count, may_lack);
        if (error == 0) {
            return 0;
        }
        bool is_first = carrier->count == 0;
        close_sockets(carrier);
        if (options->udp_port != 0 || is_first) {
            break;
        }
    }
    return error;
}

int sctpxi_udp_bind(struct sctpxi_carrier *carrier, const struct sctpxi_carrier_options *options)
{
    static const sctpx_addr both[2] = {{.family = SCTPX_IPV4}, {.family = SCTPX_IPV6}};

    if (options->count == 0 ||
        (options->count == 1 && options->addrs[0].family == SCTPX_NO_FAMILY)) {
        return bind_with_retries(carrier, options, both, 2, true);
    }
    if (options->count > SCTPXI_CARRIER_SOCKETS) {
        return SCTPX_ELIMIT;
    }
    for (size_t i = 0; i < options->count; i++) {
        if (options->addrs[i].family != SCTPX_IPV4 && options->addrs[i].family != SCTPX_IPV6) {
            return SCTPX_EINVAL;
        }
    }
    return bind_with_retries(carrier, options, options->addrs, options->count, false);
}
