/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sctp.h> /* includes too little of what it needs */

#include "backend/kernel_internal.h"

/* The adopted one, or a new one for these peers and our own addresses. */
static int get_socket(struct sctpxi_kernel *kernel, const sctpx_addr *remotes, size_t n,
                      uint16_t local_port, int *ret_fd)
{
    enum sctpx_family family = sctpxi_kernel_socket_family(kernel->addrs, kernel->addr_count);
    int fd, result;

    /* Not bound: IPv6 only if that is needed, and then the IPv4 addresses of this host as well. */
    if (kernel->addr_count == 0 && sctpxi_kernel_socket_family(remotes, n) == SCTPX_IPV4)
        family = SCTPX_IPV4;
    if (kernel->spare_fd >= 0) {
        *ret_fd = kernel->spare_fd;
        kernel->spare_fd = -1;
        return 0;
    }
    result = sctpxi_kernel_socket_new(family, &fd);
    if (result < 0)
        return result;
    if (kernel->addr_count > 0 || local_port != 0)
        result = sctpxi_kernel_socket_bind(kernel, fd, family, local_port);
    if (result < 0) {
        close(fd);
        return result;
    }
    *ret_fd = fd;
    return 0;
}

/* EINPROGRESS is the good answer. */
static int start(int fd, const sctpx_addr *remotes, size_t n, uint16_t port)
{
    uint8_t packed[SCTPXI_KERNEL_PACKED_BYTES];
    size_t length = sctpxi_kernel_addr_pack(remotes, n, port, packed);

    if (setsockopt(fd, IPPROTO_SCTP, SCTP_SOCKOPT_CONNECTX, packed, (socklen_t)length) >= 0 ||
        errno == EINPROGRESS)
        return 0;
    return sctpxi_kernel_error(errno);
}

static int open_conn(struct sctpxi_kernel *kernel, int fd, const sctpx_addr *remotes, size_t n,
                     uint16_t port, const sctpx_assoc_options *options,
                     struct sctpxi_kernel_conn **ret_conn)
{
    struct sctpxi_kernel_conn *conn;
    int result = sctpxi_kernel_options_init(fd, options);

    if (result >= 0)
        result = sctpxi_kernel_options_apply(fd, options);
    if (result < 0)
        return result;
    sctpxi_kernel_addr_set_udp_port(fd, remotes[0].udp_port);
    result = start(fd, remotes, n, port);
    /* Before that the descriptor tells of an error that is none. */
    if (result >= 0)
        result = sctpxi_kernel_conn_new(kernel, fd, options, &conn);
    if (result < 0)
        return result;
    conn->state = SCTPX_COOKIE_WAIT;
    conn->remote_port = port;
    conn->local_port = sctpxi_kernel_socket_port(fd);
    for (size_t i = 0; i < n; i++)
        conn->paths[i].remote = remotes[i];
    conn->path_count = n;
    *ret_conn = conn;
    return 0;
}

int sctpxi_kernel_connect(struct sctpxi_backend *backend, const sctpx_addr *remotes, size_t n,
                          uint16_t remote_port, uint16_t local_port,
                          const sctpx_assoc_options *options, void *owner,
                          struct sctpxi_conn **ret_conn)
{
    struct sctpxi_kernel *kernel = sctpxi_kernel_of(backend);
    struct sctpxi_kernel_conn *conn;
    int fd, result;

    if (n == 0 || n > SCTPX_MAX_PATHS)
        return SCTPX_EINVAL;
    result = get_socket(kernel, remotes, n, local_port, &fd);
    if (result < 0)
        return result;
    result = open_conn(kernel, fd, remotes, n, remote_port, options, &conn);
    if (result < 0) {
        close(fd);
        return result;
    }
    conn->owner = owner;
    *ret_conn = (struct sctpxi_conn *)(void *)conn;
    return 0;
}
