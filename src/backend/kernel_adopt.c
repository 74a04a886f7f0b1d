/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sctp.h> /* includes too little of what it needs */

#include "backend/kernel_internal.h"

static int prepare(int fd)
{
    int result = sctpxi_kernel_socket_check(fd, false);

    if (result >= 0)
        result = sctpxi_kernel_socket_unblock(fd);
    return result < 0 ? result : sctpxi_kernel_socket_subscribe(fd);
}

/* What was set on it stays, and is what our options say from now on. */
static int adopt_connected(struct sctpxi_kernel *kernel, int fd,
                           const struct sockaddr_storage *peer,
                           struct sctpxi_kernel_conn **ret_conn)
{
    struct sctpxi_kernel_conn *conn;
    sctpx_assoc_options options;
    int result;

    sctpx_assoc_options_defaults(&options);
    sctpxi_kernel_options_read(fd, &options);
    result = sctpxi_kernel_conn_new(kernel, fd, &options, &conn);
    if (result < 0)
        return result;
    conn->is_accepted = true;
    (void)sctpxi_kernel_addr_from(peer, &conn->paths[0].remote, &conn->remote_port);
    conn->path_count = 1;
    sctpxi_kernel_conn_up(conn);
    *ret_conn = conn;
    return 0;
}

int sctpxi_kernel_adopt(struct sctpxi_backend *backend, int fd, void *owner,
                        struct sctpxi_conn **ret_conn)
{
    struct sctpxi_kernel *kernel = sctpxi_kernel_of(backend);
    struct sctpxi_kernel_conn *conn;
    struct sockaddr_storage peer;
    socklen_t length = sizeof(peer);
    int result = prepare(fd);

    if (result < 0)
        return result;
    if (getpeername(fd, (struct sockaddr *)&peer, &length) < 0) {
        if (kernel->spare_fd >= 0)
            close(kernel->spare_fd);
        kernel->spare_fd = fd;
        *ret_conn = NULL;
        return 0;
    }
    result = adopt_connected(kernel, fd, &peer, &conn);
    if (result < 0)
        return result;
    conn->local_port = sctpxi_kernel_socket_port(fd);
    sctpxi_kernel_set_owner(backend, (struct sctpxi_conn *)(void *)conn, owner);
    *ret_conn = (struct sctpxi_conn *)(void *)conn;
    return 0;
}

int sctpxi_kernel_descriptor(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn)
{
    (void)backend;
    return sctpxi_kernel_conn_of_const(conn)->fd;
}

int sctpxi_kernel_release_descriptor(struct sctpxi_backend *backend, struct sctpxi_conn *conn)
{
    struct sctpxi_kernel_conn *self = sctpxi_kernel_conn_of(conn);
    int fd = self->fd;

    if (fd < 0)
        return SCTPX_ESTATE;
    sctpxi_loop_watch_stop(&self->watch);
    self->fd = -1;
    sctpxi_kernel_free(backend, conn);
    return fd;
}
