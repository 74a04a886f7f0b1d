/* SPDX-License-Identifier: MIT */
/* What became of messages: reports, messages that failed, totals of streams. */
#include "api/socket.h"

void sctpxi_socket_on_report(sctpx_socket *socket, const sctpx_message_report *report)
{
    if (socket->callbacks.on_message)
        socket->callbacks.on_message(socket, socket->user, report);
}

/* Events of it are heard no more after an end of our own making. */
void sctpxi_socket_tell_reports(sctpx_socket *socket)
{
    struct sctpxi_conn *conn = socket->conn;
    sctpx_message_report report;

    if (!conn || !socket->backend->table->next_report)
        return;
    while (!socket->is_freed && socket->conn == conn &&
           socket->backend->table->next_report(socket->backend, conn, &report) > 0)
        sctpxi_socket_on_report(socket, &report);
}

/* Until it has ended only those of a restart are told; the others are, right before on_closed. */
static bool goes_on(const sctpx_socket *socket, const struct sctpxi_conn *conn, bool had_ended)
{
    return !socket->is_freed && socket->conn == conn && socket->has_ended == had_ended;
}

static void tell_one(sctpx_socket *socket, sctpx_failed_message *message)
{
    /* A time-out, say, is an abort for the backend. */
    if (message->error != SCTPX_ERESTARTED && socket->has_ended)
        message->error = socket->end_error;
    if (socket->callbacks.on_send_failed)
        socket->callbacks.on_send_failed(socket, socket->user, message);
}

void sctpxi_socket_tell_failed(sctpx_socket *socket)
{
    struct sctpxi_backend *backend = socket->backend;
    struct sctpxi_conn *conn = socket->conn;
    bool had_ended = socket->has_ended;
    sctpx_failed_message message;

    if (!conn || !backend->table->next_failed)
        return;
    /* The bytes are in the connection, which a callback may drop, with the backend. */
    backend->table->acquire(backend);
    socket->failing = conn;
    while (goes_on(socket, conn, had_ended) &&
           backend->table->next_failed(backend, conn, &message) > 0)
        tell_one(socket, &message);
    if (socket->must_free_failing)
        backend->table->free(backend, conn);
    socket->must_free_failing = false;
    socket->failing = NULL;
    backend->table->release(backend);
}

int sctpx_socket_stream_status(const sctpx_socket *socket, uint16_t stream,
                               sctpx_stream_status *ret_status)
{
    if (!socket->conn)
        return SCTPX_ESTATE;
    return socket->backend->table->stream(socket->backend, socket->conn, stream, ret_status);
}
