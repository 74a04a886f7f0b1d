/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "api/socket.h"

int sctpx_socket_statistics(const sctpx_socket *socket, sctpx_statistics *ret_statistics)
{
    sctpx_statistics *all = ret_statistics;

    if (!socket->conn)
        return SCTPX_ESTATE;
    memset(all, 0, sizeof(*all));
    all->now_us = sctpx_loop_now(socket->loop);
    socket->backend->table->status(socket->backend, socket->conn, &all->assoc);
    for (size_t i = 0; i < all->assoc.paths && i < SCTPX_MAX_PATHS; i++)
        (void)socket->backend->table->path(socket->backend, socket->conn, i, &all->paths[i]);
    return 0;
}
