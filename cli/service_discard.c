/* SPDX-License-Identifier: MIT */
/* RFC 863: everything is read and thrown away. */
#include "message.h"
#include "report.h"
#include "service.h"
#include "session.h"
#include "trace.h"

static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    struct session *session = user;
    struct message *message = session->state;

    (void)stream;
    while (message_read(message, socket) >= 0)
        continue;
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    session_end(user, report_end(socket, error));
}

static void discard_start(struct session *session)
{
    sctpx_socket_callbacks callbacks = {.on_readable = on_readable, .on_closed = on_closed};

    trace_add(&callbacks);
    sctpx_socket_set_callbacks(session->socket, &callbacks, session);
}

static void discard_release(struct session *session)
{
    message_free(session->state);
}

const struct service service_discard = {
    .state_size = sizeof(struct message), .start = discard_start, .release = discard_release};
