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
    sctpx_socket *offered; /* to on_incoming, until it has gone elsewhere; or NULL */
    int pending_count;
    int untold_count;  /* of those pending: added by hand, and on_connection is still to come */
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

/* ---- server_listen.c ---------------------------------------------------------------------- */

/* Remembers that a call has failed, with a text of the caller's (copied); returns error. */
int sctpxi_server_refuse(sctpx_server *server, int error, const char *text);

/* The same for listening where that is not allowed: SCTPX_ESTATE. */
int sctpxi_server_refuse_state(sctpx_server *server);

/* ---- server_accept.c ---------------------------------------------------------------------- */

/* The backend says that an association waits. */
void sctpxi_server_on_incoming(void *owner);

/* The deferred function: tells of sockets added by hand, and takes what there is room for. */
void sctpxi_server_take_waiting(void *arg);

/* Whether there is one to take, and room for it. */
bool sctpxi_server_may_take(const sctpx_server *server);

/* ---- server_pending.c --------------------------------------------------------------------- */

/* Puts a socket in as the last one. */
void sctpxi_server_queue(sctpx_server *server, sctpx_socket *socket);

/*
 * Offers a socket: until offer_end it may be forgotten. offer_end returns false if that has
 * happened; the socket must not be touched then.
 */
void sctpxi_server_offer(sctpx_server *server, sctpx_socket *socket);
bool sctpxi_server_offer_end(sctpx_server *server, const sctpx_socket *socket);

/* Whether it is in the queue of a server. */
bool sctpxi_server_has_queued(const sctpx_socket *socket);

/* It is freed, or somebody else's from now on: no server has it pending or on offer any more. */
void sctpxi_server_forget(sctpx_socket *socket);

/* Frees all that are pending. */
void sctpxi_server_drop_pending(sctpx_server *server);

/* Calls on_connection for the sockets that were added by hand; from the loop. */
void sctpxi_server_tell_added(sctpx_server *server);

#endif
