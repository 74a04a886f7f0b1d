/* SPDX-License-Identifier: MIT */
/*
 * One association that "sctpx listen" serves. The service (service.h) owns its callbacks and state;
 * who made the session is told of the end and frees it.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include <sys/queue.h>

#include "node.h"

struct service;

struct session {
    struct node *node;
    sctpx_socket *socket;
    const struct service *service;
    void *state; /* the service's */
    void (*on_end)(struct session *session, int exit_code);
    void *owner;
    TAILQ_ENTRY(session) link;
};

TAILQ_HEAD(session_list, session);

/*
 * Takes the socket; the service is started on it by its start(), which may end it at once. NULL
 * (reported, socket freed) without memory.
 */
struct session *session_new(struct node *node, sctpx_socket *socket, const struct service *service,
                            void (*on_end)(struct session *session, int exit_code), void *owner);

/* For services: the association is over, nothing is left to do. The session is freed by it. */
void session_end(struct session *session, int exit_code);

/* Aborts the association if it has not ended. */
void session_free(struct session *session);

#endif
