/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include <unistd.h>

#include <sctpx/addr.h>

#include "carrier/sockets.h"

#define DEFAULT_RCVBUF_BYTES ((size_t)16 << 20)
#define DEFAULT_SNDBUF_BYTES ((size_t)4 << 20)
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
    case ESOCKTNOSUPPORT:
    case EPROTONOSUPPORT:
        return SCTPX_ENOTSUP;
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

void sctpxi_sockets_set(int fd, int level, int name, int value)
{
    (void)setsockopt(fd, level, name, &value, sizeof(value));
}

static void set_buffer(int fd, int forced, int plain, size_t bytes)
{
    int value = bytes > INT32_MAX / 2 ? INT32_MAX / 2 : (int)bytes;

    /* Past the system's limit where that is allowed (CAP_NET_ADMIN), else up to it. */
    if (setsockopt(fd, SOL_SOCKET, forced, &value, sizeof(value)) < 0)
        sctpxi_sockets_set(fd, SOL_SOCKET, plain, value);
}

/*
 * SO_RCVBUF tells twice what was asked for, which is what counts. A quarter of that may still be
 * charged for packets that were read. Of the rest a packet of 1,452 bytes takes 2,304, as the
 * loopback makes it; other drivers take more, but there packets do not come at once.
 */
static size_t room_of(int fd)
{
    int bytes = 0;
    socklen_t length = sizeof(bytes);

    if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, &length) < 0 || bytes < 0)
        return 0;
    return (size_t)bytes / 3;
}

size_t sctpxi_carrier_room(const struct sctpxi_carrier *carrier)
{
    size_t least = SIZE_MAX;

    for (size_t i = 0; i < carrier->count; i++) {
        size_t room = room_of(carrier->sockets[i].fd);

        least = room < least ? room : least;
    }
    return least;
}

/*
 * Destination addresses and ICMP errors are wanted. PMTUDISC_PROBE: DF is set and only the MTU of
 * the interface counts; what ICMP made the kernel believe of the path is left out (RFC 6951 5.6).
 */
static void set_family_options(int fd, int family)
{
    if (family == SCTPX_IPV4) {
        sctpxi_sockets_set(fd, IPPROTO_IP, IP_PKTINFO, 1);
        sctpxi_sockets_set(fd, IPPROTO_IP, IP_RECVERR, 1);
        sctpxi_sockets_set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
    } else {
        sctpxi_sockets_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
        sctpxi_sockets_set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
        sctpxi_sockets_set(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
        sctpxi_sockets_set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
    }
}

void sctpxi_sockets_set_options(const struct sctpxi_carrier_kind *kind,
                                struct sctpxi_carrier_socket *socket,
                                const struct sctpxi_carrier_options *options)
{
    set_buffer(socket->fd, SO_RCVBUFFORCE, SO_RCVBUF,
               options->rcvbuf_bytes > 0 ? options->rcvbuf_bytes : DEFAULT_RCVBUF_BYTES);
    set_buffer(socket->fd, SO_SNDBUFFORCE, SO_SNDBUF,
               options->sndbuf_bytes > 0 ? options->sndbuf_bytes : DEFAULT_SNDBUF_BYTES);
    /* libuv tells a filled error queue from a broken descriptor only with this. */
    sctpxi_sockets_set(socket->fd, SOL_SOCKET, SO_SELECT_ERR_QUEUE, 1);
    set_family_options(socket->fd, socket->local.family);
    kind->set_options(socket, options);
}

/* ---- binding ------------------------------------------------------------------------------ */

/* Binds own->fd and takes over the address it got; a raw socket says its protocol for a port. */
static int bind_socket(const struct sctpxi_carrier_kind *kind, struct sctpxi_carrier_socket *own)
{
    struct sockaddr_storage storage;
    socklen_t length = (socklen_t)sctpx_addr_to_sockaddr(&own->local, &storage);

    if (bind(own->fd, (struct sockaddr *)&storage, length) < 0)
        return error_of(errno);
    length = sizeof(storage);
    if (getsockname(own->fd, (struct sockaddr *)&storage, &length) < 0)
        return SCTPX_ESYSTEM;
    (void)sctpx_addr_from_sockaddr((struct sockaddr *)&storage, length, &own->local);
    if (!kind->has_ports)
        own->local.udp_port = 0;
    return 0;
}

static int add_socket(struct sctpxi_carrier *carrier, const struct sctpxi_carrier_options *options,
                      const sctpx_addr *addr, uint16_t udp_port)
{
    struct sctpxi_carrier_socket own = {.local = *addr};
    int error;

    own.local.udp_port = udp_port;
    own.fd = socket(addr->family == SCTPX_IPV4 ? AF_INET : AF_INET6,
                    carrier->kind->type | SOCK_CLOEXEC | SOCK_NONBLOCK, carrier->kind->protocol);
    if (own.fd < 0)
        return error_of(errno);
    sctpxi_sockets_set_options(carrier->kind, &own, options);
    error = bind_socket(carrier->kind, &own);
    if (error < 0) {
        close(own.fd);
        return error;
    }
    carrier->sockets[carrier->count++] = own;
    return 0;
}

static void close_sockets(struct sctpxi_carrier *carrier)
{
    while (carrier->count > 0)
        close(carrier->sockets[--carrier->count].fd);
}

/*
 * One try with all addresses; the first one draws the port if none is given. may_lack: a host
 * without one of the families does with the other.
 */
static int bind_all(struct sctpxi_carrier *carrier, const struct sctpxi_carrier_options *options,
                    const sctpx_addr *addrs, size_t count, bool may_lack)
{
    uint16_t udp_port = carrier->kind->has_ports ? options->udp_port : 0;
    int error = 0;

    for (size_t i = 0; i < count; i++) {
        error = add_socket(carrier, options, &addrs[i], udp_port);
        if (error == SCTPX_EADDRNOTAVAIL && may_lack)
            continue;
        if (error < 0)
            return error;
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
        if (error == 0)
            return 0;
        bool is_first = carrier->count == 0;
        close_sockets(carrier);
        if (options->udp_port != 0 || is_first)
            break;
    }
    return error;
}

int sctpxi_sockets_bind(struct sctpxi_carrier *carrier,
                        const struct sctpxi_carrier_options *options)
{
    static const sctpx_addr both[2] = {{.family = SCTPX_IPV4}, {.family = SCTPX_IPV6}};

    if (options->count == 0 || (options->count == 1 && options->addrs[0].family == SCTPX_NO_FAMILY))
        return bind_with_retries(carrier, options, both, 2, true);
    if (options->count > SCTPXI_CARRIER_SOCKETS)
        return SCTPX_ELIMIT;
    for (size_t i = 0; i < options->count; i++)
        if (options->addrs[i].family != SCTPX_IPV4 && options->addrs[i].family != SCTPX_IPV6)
            return SCTPX_EINVAL;
    return bind_with_retries(carrier, options, options->addrs, options->count, false);
}
