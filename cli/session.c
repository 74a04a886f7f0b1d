/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <stdlib.h>

#include "report.h"
#include "service.h"
#include "trace.h"

struct session *session_new(struct node *node, sctpx_socket *socket, const struct service *service,
                            void (*on_end)(struct session *session, int exit_code), void *owner)
{
    struct session *session = calloc(1, sizeof(*session));

    if (session)
        session->state = calloc(1, service->state_size);
    if (!session || !session->state) {
        report("out of memory");
        free(session);
        sctpx_socket_free(socket);
        return NULL;
    }
    session->node = node;
    session->socket = socket;
    session->service = service;
    session->on_end = on_end;
    session->owner = owner;
    trace_accepted(socket);
    return session;
}

void session_end(struct session *session, int exit_code)
{
    session->on_end(session, exit_code);
}

void session_free(struct session *session)
{
    if (session->service->release)
        session->service->release(session);
    sctpx_socket_free(session->socket);
    free(session->state);
    free(session);
}
