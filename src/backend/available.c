/* SPDX-License-Identifier: MIT */
#include <sctpx/available.h>

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sctpx/error.h>

#ifndef SCTPX_HAVE_KERNEL_SCTP
#define SCTPX_HAVE_KERNEL_SCTP 0
#endif

/* What it is told, and why. */
struct answer {
    int error;
    const char *reason;
};

static const struct answer yes = {0, ""};

static struct answer short_of(void)
{
    return (struct answer){SCTPX_ERESOURCE, "no descriptor or memory is left: raise the limit "
                                            "(ulimit -n) or close some"};
}

static bool is_short(int error_number)
{
    return error_number == EMFILE || error_number == ENFILE || error_number == ENOBUFS ||
           error_number == ENOMEM;
}

/* Opens a socket; 0 and it is closed again, or errno. */
static int try_socket(int family, int type, int protocol)
{
    int fd = socket(family, type | SOCK_CLOEXEC, protocol);

    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}

static struct answer try_udp(void)
{
    int error_number = try_socket(AF_INET, SOCK_DGRAM, 0);

    if (error_number != 0)
        error_number = try_socket(AF_INET6, SOCK_DGRAM, 0);
    if (error_number == 0)
        return yes;
    if (is_short(error_number))
        return short_of();
    return (struct answer){SCTPX_ENOTSUP, "this host has neither IPv4 nor IPv6"};
}

static struct answer try_raw(void)
{
    int error_number = try_socket(AF_INET, SOCK_RAW, IPPROTO_SCTP);

    if (error_number == EAFNOSUPPORT)
        error_number = try_socket(AF_INET6, SOCK_RAW, IPPROTO_SCTP);
    if (error_number == 0)
        return yes;
    if (error_number == EPERM || error_number == EACCES)
        return (struct answer){SCTPX_EACCES,
                               "raw IP needs the right CAP_NET_RAW: run as root, or give it to the "
                               "program with \"setcap cap_net_raw+ep\""};
    if (is_short(error_number))
        return short_of();
    return (struct answer){SCTPX_ENOTSUP, "this host has no raw IP sockets"};
}

static struct answer try_kernel(void)
{
    int error_number;

    if (!SCTPX_HAVE_KERNEL_SCTP)
        return (struct answer){SCTPX_ENOTSUP, "sctpx was built without the kernel's SCTP: there "
                                              "was no <linux/sctp.h>, or -DSCTPX_KERNEL=OFF"};
    error_number = try_socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    if (error_number == EAFNOSUPPORT)
        error_number = try_socket(AF_INET6, SOCK_STREAM, IPPROTO_SCTP);
    if (error_number == 0)
        return yes;
    if (is_short(error_number))
        return short_of();
    return (struct answer){SCTPX_ESYSTEM, "the kernel has no SCTP: load its module with \"modprobe "
                                          "sctp\", if the system has that"};
}

/* That the family is there does not mean that an address is. */
static struct answer try_ipv6(void)
{
    const struct sockaddr_in6 loopback = {.sin6_family = AF_INET6,
                                          .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int error_number = 0;

    if (fd < 0 || bind(fd, (const struct sockaddr *)&loopback, sizeof(loopback)) < 0)
        error_number = errno;
    if (fd >= 0)
        close(fd);
    if (error_number == 0)
        return yes;
    if (is_short(error_number))
        return short_of();
    return (struct answer){SCTPX_EADDRNOTAVAIL,
                           "this host has no IPv6: it is not compiled in, or switched off (sysctl "
                           "net.ipv6.conf.all.disable_ipv6)"};
}

int sctpx_available(enum sctpx_way way, char *ret_reason, size_t capacity)
{
    struct answer answer = {SCTPX_EINVAL, "no such way"};

    if (way == SCTPX_WAY_UDP)
        answer = try_udp();
    else if (way == SCTPX_WAY_RAW_IP)
        answer = try_raw();
    else if (way == SCTPX_WAY_KERNEL)
        answer = try_kernel();
    else if (way == SCTPX_WAY_IPV6)
        answer = try_ipv6();
    if (ret_reason && capacity > 0)
        (void)snprintf(ret_reason, capacity, "%s", answer.reason);
    return answer.error;
}
