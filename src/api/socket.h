/* SPDX-License-Identifier: MIT */
/*
 * Inside of the socket, shared by the socket_*.c files and the server. Only socket_event.c,
 * socket_notice.c and what these call fire callbacks of a socket, and only from the running loop:
 * what a user's call brings about by itself (a state, an end) is put down as a notice, which the
 * loop then delivers.
 */
#ifndef SCTPXI_API_SOCKET_H
#define SCTPXI_API_SOCKET_H

#include <sys/queue.h>

#include <sctpx/socket.h>

#include "api/owner.h"
#include "api/read.h"
#include "backend/backend.h"
#include "loop/loop.h"

/* What the user has still to be told; in the order in which it is. */
enum sctpxi_socket_notice {
    SCTPXI_NOTICE_LOOKUP = 1u << 0,
    SCTPXI_NOTICE_CONNECTING = 1u << 1,
    SCTPXI_NOTICE_READABLE = 1u << 2,
    SCTPXI_NOTICE_CLOSING = 1u << 3,
    SCTPXI_NOTICE_ABOUT_TO_CLOSE = 1u << 4,
    SCTPXI_NOTICE_PEER_SHUTDOWN = 1u << 5,
    SCTPXI_NOTICE_CONGESTION = 1u << 6,
    SCTPXI_NOTICE_WRITABLE = 1u << 7,
    SCTPXI_NOTICE_ENDED = 1u << 8
};

/* Kept for a socket that has no callbacks yet; the others are no news any more then. */
#define SCTPXI_NOTICE_KEPT                                                                         \
    ((unsigned)SCTPXI_NOTICE_READABLE | (unsigned)SCTPXI_NOTICE_PEER_SHUTDOWN |                    \
     (unsigned)SCTPXI_NOTICE_CONGESTION | (unsigned)SCTPXI_NOTICE_ENDED)

/* The congestion level, and the one the user knows. */
struct sctpxi_congestion {
    sctpx_congestion_marks marks;
    bool has_marks;
    int level, told;
};

struct sctpxi_lookup;   /* api/resolve.h */
struct sctpxi_attempts; /* api/happy_eyeballs.h */

struct sctpx_socket {
    struct sctpxi_owner owner;              /* first; of its connection */
    struct sctpxi_loop_client client;       /* the loop ends us if it goes before us */
    TAILQ_ENTRY(sctpx_socket) pending_link; /* in the queue of a server */
    struct sctpx_server *server;            /* where it is pending, or being offered; or NULL */
    sctpx_loop *loop;                       /* NULL once that has happened, or detached */
    struct sctpxi_backend *backend;         /* NULL until bound or connected */
    struct sctpxi_conn *conn;               /* NULL: no association */
    struct sctpxi_conn *failing;            /* whose failed messages are being told */
    sctpx_socket_callbacks callbacks;
    void *user;
    sctpx_socket_options options;
    struct sctpxi_loop_timer timer; /* of connecting, then of closing */
    struct sctpxi_loop_defer defer; /* delivers notices */

    int channel_count; /* as set: -1 = byte mode */
    enum sctpx_socket_state state;
    uint16_t bound_port;
    unsigned notices;
    unsigned life;  /* counts resets: a callback may have connected anew */
    unsigned depth; /* running calls that go on to touch the socket: its memory stays */
    bool is_freed;
    bool has_callbacks;
    bool is_detached;      /* from one loop, and not yet attached to another one */
    bool is_moved;         /* the backend is for this connection alone, and goes with it */
    bool is_untold;        /* pending, and on_connection is still to come for it */
    bool is_bound;         /* by the user: connecting does not choose a backend */
    bool was_up;           /* this association has been established */
    bool has_ended;        /* and this is over; end_error says why */
    bool is_discarding;    /* closed: nothing is read any more */
    bool peer_finished;    /* the peer has shut down: nothing more will come */
    bool is_closing_told;  /* on_about_to_close has come */
    bool is_finish_told;   /* and on_read_finished */
    bool is_end_coming;    /* the end is being told: the association is still needed */
    bool must_free_failing; /* it was dropped by a callback */
    bool wants_writable;   /* a write was refused before there was an engine to remember it */
    bool is_write_refused; /* the last one, for want of room; until there is some again */

    void *sent_context; /* for on_sent */
    int end_error;      /* as for on_closed */
    int error;          /* as for sctpx_socket_error() */
    uint16_t abort_cause;
    uint8_t *abort_reason; /* owned; NULL: none */
    size_t abort_reason_length;
    char *error_text; /* owned; NULL: only sctpx_strerror() */
    char *peer_name;  /* owned; NULL: none */
    sctpx_addr peer;  /* first address of the peer, and its port, for texts */
    uint16_t peer_port;

    struct sctpxi_lookup *lookup;     /* of a name under way; NULL: none */
    struct sctpxi_attempts *attempts; /* to reach one of several addresses; NULL: none */
    const char *lookup_fault;         /* for the text of SCTPX_EHOSTNOTFOUND; static */
    struct sctpxi_reading reading;
    struct sctpxi_congestion congestion;
};

/* ---- socket.c: life ----------------------------------------------------------------------- */

/* A connected socket for an accepted connection; takes over conn, acquires backend. ENOMEM. */
int sctpxi_socket_new_accepted(sctpx_loop *loop, const sctpx_socket_options *options,
                               int channel_count, struct sctpxi_backend *backend,
                               struct sctpxi_conn *conn, sctpx_socket **ret_socket);

/* Its connection is up from the start: takes peer and state over from that. */
void sctpxi_socket_take_connected(sctpx_socket *socket);

/* On a loop, and off it: what the socket itself has there. SCTPX_ENOMEM. */
int sctpxi_socket_join_loop(sctpx_socket *socket, sctpx_loop *loop);
void sctpxi_socket_leave_loop(sctpx_socket *socket);

/*
 * Brackets around everything that touches the socket after a callback may have freed it. leave
 * returns false if it is gone.
 */
void sctpxi_socket_enter(sctpx_socket *socket);
bool sctpxi_socket_leave(sctpx_socket *socket);

/* Frees the association and what belongs to it; no callback. The state is set by the caller. */
void sctpxi_socket_drop_conn(sctpx_socket *socket);

/* Forgets the last association altogether, before a new one. */
void sctpxi_socket_reset(sctpx_socket *socket);

/* ---- socket_notice.c ----------------------------------------------------------------------- */

/* Puts down a notice; the loop delivers it. */
void sctpxi_socket_notify(sctpx_socket *socket, enum sctpxi_socket_notice notice);

/* Delivers all there are; only from the loop, between enter and leave. */
void sctpxi_socket_deliver(sctpx_socket *socket);

/* ---- socket_event.c ------------------------------------------------------------------------ */

void sctpxi_socket_on_event(struct sctpxi_owner *owner, const sctpx_event *event);

/* ---- socket_connect.c ---------------------------------------------------------------------- */

/* A backend for a socket that is not bound. Errors as sctpx_socket_connect(), and put down. */
int sctpxi_socket_ensure_backend(sctpx_socket *socket);

/* An address of the peer with the UDP port that it is reached at. */
sctpx_addr sctpxi_socket_remote(const sctpx_socket *socket, const sctpx_addr *addr);

/* Starts an association for an owner. Puts down the error if it cannot be. */
int sctpxi_socket_start(sctpx_socket *socket, const sctpx_addr *addrs, size_t n, uint16_t port,
                        struct sctpxi_owner *owner, struct sctpxi_conn **ret_conn);

/* The set-up is under way: sets the state, puts down the notice. */
void sctpxi_socket_on_started(sctpx_socket *socket);

/* Puts down that bind and connect are not allowed now. */
int sctpxi_socket_refuse_state(sctpx_socket *socket);

/* ---- socket_connect_name.c ----------------------------------------------------------------- */

/* Ends the look-up of a name, and all attempts to reach one of its addresses. */
void sctpxi_socket_drop_search(sctpx_socket *socket);

/* A name is looked up or several addresses are tried: there is no association to write to yet. */
static inline bool sctpxi_socket_is_searching(const sctpx_socket *socket)
{
    return socket->lookup || socket->attempts;
}

/* ---- socket_close.c ------------------------------------------------------------------------ */

/* The association is over: sets state and error, puts down the notice. */
void sctpxi_socket_end(sctpx_socket *socket, int error);

/* The same in other words: text is taken over; NULL: the usual ones. */
void sctpxi_socket_end_with_text(sctpx_socket *socket, int error, char *text);

void sctpxi_socket_on_timer(void *arg);

/* Starts the timer; SCTPX_FOREVER or less stops it. */
void sctpxi_socket_start_timer(sctpx_socket *socket, int timeout_ms);

/* Reads and drops all there is. */
void sctpxi_socket_discard(sctpx_socket *socket);

/* ---- socket_outcome.c ---------------------------------------------------------------------- */

/* Calls the user for a step of a message. */
void sctpxi_socket_on_report(sctpx_socket *socket, const sctpx_message_report *report);

/* Tells all steps there are, for an end that keeps their events from coming. */
void sctpxi_socket_tell_reports(sctpx_socket *socket);

/* Takes all messages that failed and tells them; the socket may be freed or connected anew then. */
void sctpxi_socket_tell_failed(sctpx_socket *socket);

/* ---- socket_congestion.c ------------------------------------------------------------------- */

/* The bytes not yet acknowledged may be others now: notes the level, the loop tells it. */
void sctpxi_socket_update_congestion(sctpx_socket *socket);

/* Calls the user, if the level is not the one told last. */
void sctpxi_socket_tell_congestion(sctpx_socket *socket);

/* ---- socket_error.c ------------------------------------------------------------------------ */

/* Remembers a failure and makes its text. */
void sctpxi_socket_set_error(sctpx_socket *socket, int error);

/* Remembers that a call has failed, with a text of the caller's (copied); returns error. */
int sctpxi_socket_refuse(sctpx_socket *socket, int error, const char *text);
void sctpxi_socket_set_abort(sctpx_socket *socket, uint16_t cause, const uint8_t *reason,
                             size_t length);
void sctpxi_socket_clear_error(sctpx_socket *socket);

/* ---- socket_datagram.c --------------------------------------------------------------------- */

/* 0 if the mode and the state allow writing. */
int sctpxi_socket_check_write(sctpx_socket *socket, enum sctpx_mode mode);

/* What the backend said to a write; there may be another congestion level now. */
void sctpxi_socket_note_write(sctpx_socket *socket, int result);

/* 0 if the mode allows reading and there is something to read from. */
int sctpxi_socket_check_read(const sctpx_socket *socket, enum sctpx_mode mode);

/*
 * What reading returns when nothing is there: SCTPX_EWOULDBLOCK, or why nothing will come:
 * SCTPX_ESTREAM, the end.
 */
int sctpxi_socket_read_end(const sctpx_socket *socket, int stream);

#endif
