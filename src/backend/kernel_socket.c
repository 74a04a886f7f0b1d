/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sctp.h> /* includes too little of what it needs */

#include "backend/kernel_internal.h"

int sctpxi_kernel_error(int error_number)
{
    switch (error_number) {
    case EADDRINUSE:
        return SCTPX_EADDRINUSE;
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
    case ENODEV: /* an IPv6 zone that is gone */
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
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
        return SCTPX_EUNREACH;
    case EINVAL:
    case EFAULT:
        return SCTPX_EINVAL;
    case EMSGSIZE:
        return SCTPX_EMSGSIZE;
    default:
        return SCTPX_ESYSTEM;
    }
}

/* ---- options ------------------------------------------------------------------------------ */

int sctpxi_kernel_set(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof(value)) < 0 ? sctpxi_kernel_error(errno) : 0;
}

int sctpxi_kernel_set_sctp(int fd, int name, const void *value, size_t size)
{
    return setsockopt(fd, IPPROTO_SCTP, name, value, (socklen_t)size) < 0
               ? sctpxi_kernel_error(errno)
               : 0;
}

int sctpxi_kernel_get_sctp(int fd, int name, void *ret_value, size_t size)
{
    socklen_t length = (socklen_t)size;

    if (getsockopt(fd, IPPROTO_SCTP, name, ret_value, &length) < 0)
        return sctpxi_kernel_error(errno);
    return length == size ? 0 : SCTPX_ESYSTEM;
}

int sctpxi_kernel_socket_subscribe(int fd)
{
    static const uint16_t types[] = {SCTP_ASSOC_CHANGE,      SCTP_PEER_ADDR_CHANGE,
                                     SCTP_REMOTE_ERROR,      SCTP_SHUTDOWN_EVENT,
                                     SCTP_SEND_FAILED_EVENT, SCTP_PARTIAL_DELIVERY_EVENT,
                                     SCTP_SENDER_DRY_EVENT};
    int result = sctpxi_kernel_set(fd, IPPROTO_SCTP, SCTP_RECVRCVINFO, 1);

    for (size_t i = 0; result >= 0 && i < sizeof(types) / sizeof(types[0]); i++) {
        struct sctp_event event;

        memset(&event, 0, sizeof(event)); /* with what is between its members */
        event.se_assoc_id = SCTP_ALL_ASSOC;
        event.se_type = types[i];
        event.se_on = 1;
        result = sctpxi_kernel_set_sctp(fd, SCTP_EVENT, &event, sizeof(event));
    }
    return result;
}

/* ---- making and binding ------------------------------------------------------------------- */

enum sctpx_family sctpxi_kernel_socket_family(const sctpx_addr *addrs, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (addrs[i].family != addrs[0].family)
            return SCTPX_NO_FAMILY;
    return count == 0 ? SCTPX_NO_FAMILY : (enum sctpx_family)addrs[0].family;
}

/* Addresses of IPv4 as they are, also through an IPv6 socket. */
static int set_up(int fd, enum sctpx_family family)
{
    int result = 0;

    if (family != SCTPX_IPV4)
        result = sctpxi_kernel_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, family == SCTPX_IPV6);
    if (family != SCTPX_IPV4 && result >= 0)
        (void)sctpxi_kernel_set(fd, IPPROTO_SCTP, SCTP_I_WANT_MAPPED_V4_ADDR, 0);
    /* libuv takes an error for a broken descriptor without this. */
    (void)sctpxi_kernel_set(fd, SOL_SOCKET, SO_SELECT_ERR_QUEUE, 1);
    return result < 0 ? result : sctpxi_kernel_socket_subscribe(fd);
}

int sctpxi_kernel_socket_new(enum sctpx_family family, int *ret_fd)
{
    int fd = socket(family == SCTPX_IPV4 ? AF_INET : AF_INET6,
                    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_SCTP);
    int result;

    if (fd < 0)
        return errno == EPROTONOSUPPORT || errno == ESOCKTNOSUPPORT ? SCTPX_ESYSTEM
                                                                    : sctpxi_kernel_error(errno);
    result = set_up(fd, family);
    if (result < 0) {
        close(fd);
        return result;
    }
    *ret_fd = fd;
    return 0;
}

static int bind_errno(void)
{
    /* EINVAL: a link-local address without zone. */
    return errno == EINVAL ? SCTPX_EADDRNOTAVAIL : sctpxi_kernel_error(errno);
}

uint16_t sctpxi_kernel_socket_port(int fd)
{
    struct sockaddr_storage storage;
    socklen_t length = sizeof(storage);
    sctpx_addr addr;
    uint16_t port = 0;

    if (getsockname(fd, (struct sockaddr *)&storage, &length) == 0)
        (void)sctpxi_kernel_addr_from(&storage, &addr, &port);
    return port;
}

int sctpxi_kernel_socket_bind(const struct sctpxi_kernel *kernel, int fd, enum sctpx_family family,
                              uint16_t port)
{
    const sctpx_addr any = {.family = family == SCTPX_IPV4 ? SCTPX_IPV4 : SCTPX_IPV6};
    const sctpx_addr *addrs = kernel->addr_count > 0 ? kernel->addrs : &any;
    uint8_t packed[SCTPXI_KERNEL_PACKED_BYTES];
    struct sockaddr_storage first;
    size_t length = sctpxi_kernel_addr_to(&addrs[0], port, &first);

    if (bind(fd, (struct sockaddr *)&first, (socklen_t)length) < 0)
        return bind_errno();
    if (kernel->addr_count < 2)
        return 0;
    /* The further ones at the port that the first one got. */
    length = sctpxi_kernel_addr_pack(addrs + 1, kernel->addr_count - 1,
                                     sctpxi_kernel_socket_port(fd), packed);
    if (setsockopt(fd, IPPROTO_SCTP, SCTP_SOCKOPT_BINDX_ADD, packed, (socklen_t)length) < 0)
        return bind_errno();
    return 0;
}

/*
 * Such closing sends an ABORT (RFC 6458 4.1.4) with the cause "User-Initiated Abort". Set only now:
 * accepted sockets would inherit it.
 */
void sctpxi_kernel_socket_close_hard(int fd)
{
    const struct linger linger = {.l_onoff = 1, .l_linger = 0};

    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close(fd);
}

/* ---- descriptors of others ---------------------------------------------------------------- */

static bool is_option(int fd, int name, int expected)
{
    int value = 0;
    socklen_t length = sizeof(value);

    return getsockopt(fd, SOL_SOCKET, name, &value, &length) == 0 && value == expected;
}

int sctpxi_kernel_socket_check(int fd, bool is_listening)
{
    return is_option(fd, SO_PROTOCOL, IPPROTO_SCTP) && is_option(fd, SO_TYPE, SOCK_STREAM) &&
                   is_option(fd, SO_ACCEPTCONN, is_listening ? 1 : 0)
               ? 0
               : SCTPX_EINVAL;
}

int sctpxi_kernel_socket_unblock(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
        return sctpxi_kernel_error(errno);
    (void)sctpxi_kernel_set(fd, SOL_SOCKET, SO_SELECT_ERR_QUEUE, 1);
    return 0;
}
