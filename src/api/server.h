/* SPDX-License-Identifier: MIT */
/*
 * Inside of the server, shared by the server*.c files. Only server_accept.c fires its callbacks,
 * and only from the running loop.
 */
#ifndef SCTPXI_API_SERVER_H
#define SCTPXI_API_SERVER_H

#include <sys/queue.h>

#include <sctpx/server.h>

#include "backend/backend.h"
#include "loop/loop.h"

TAILQ_HEAD(sctpxi_pending_queue, sctpx_socket);

struct sctpx_server {
    struct sctpxi_loop_client client; /* first; the loop ends us if it goes before us */
    sctpx_loop *loop;                 /* NULL once that has happened */
    struct sctpxi_backend *backend;   /* NULL unless listening */
    sctpx_server_callbacks callbacks;
    void *user;
    sctpx_server_options options;
    struct sctpxi_loop_defer defer; /* takes what waits in the backlog */
    struct sctpxi_pending_queue pending;
    int pending_count;
    int channel_count; /* as set: -1 = byte mode */
    unsigned depth;    /* running calls that go on to touch the server: its memory stays */
    uint16_t port;     /* 0 unless listening */
    bool is_paused;    /* by the user */
    bool is_freed;
    int error;
    char *error_text; /* owned; NULL: only sctpx_strerror() */
};

/* ---- server.c ----------------------------------------------------------------------------- */

void sctpxi_server_enter(sctpx_server *server);
bool sctpxi_server_leave(sctpx_server *server);

/* Remembers a failure; text (may be NULL) is copied. */
void sctpxi_server_set_error(sctpx_server *server, int error, const char *text);

/* ---- server_accept.c ---------------------------------------------------------------------- */

/* The backend says that an association waits. */
void sctpxi_server_on_incoming(void *owner);

/* The deferred function: takes what waits, as far as there is room. */
void sctpxi_server_take_waiting(void *arg);

#endif
