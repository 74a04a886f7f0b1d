/* SPDX-License-Identifier: MIT */
#include "api/socket.h"

long sctpx_socket_flush(sctpx_socket *socket)
{
    sctpx_assoc_status status;

    if (!socket->conn || socket->has_ended)
        return SCTPX_ESTATE;
    socket->backend->table->flush(socket->backend);
    socket->backend->table->status(socket->backend, socket->conn, &status);
    return (long)status.unsent_bytes;
}
