/* SPDX-License-Identifier: MIT */
/*
 * The server: listens on an SCTP port and hands out sockets (<sctpx/socket.h>).
 *
 *     sctpx_server *server;
 *     sctpx_server_new(loop, NULL, &server);
 *     sctpx_server_set_maximum_channel_count(server, 3);
 *     sctpx_server_set_callbacks(server, &callbacks, user);
 *     sctpx_server_listen(server, NULL, 0, 7);
 *
 * Associations are set up by the loop. Each one that the accept filter lets pass becomes a socket
 * and waits in the pending queue until it is taken; meanwhile it already receives. When the queue
 * is full, or accepting is paused, further associations wait below it, up to the listen backlog;
 * beyond that new peers get no answer and try again by themselves.
 *
 * Callbacks come from the running loop, never from inside a call of this header, except
 * sctpx_server_wait_for_new_connection(), which runs the loop. Any call is allowed in them, also
 * closing and freeing the server.
 *
 * Ownership. Who made a server frees it. A socket that was taken belongs to who took it and lives
 * on when the server is closed or freed; sockets still pending are aborted and freed by that. A
 * server belongs to the thread of its loop, and is freed before it; one that is not is closed when
 * the loop goes, and can only be freed then.
 *
 * Every call here exists since 0.1.
 */
#ifndef SCTPX_SERVER_H
#define SCTPX_SERVER_H

#include <sctpx/socket.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A server. */
typedef struct sctpx_server sctpx_server;

/* Options of a server; see sctpx_server_options_defaults(). */
typedef struct sctpx_server_options {
    sctpx_assoc_options assoc;  /* of accepted associations; stream counts may be overruled by
                                  sctpx_server_set_maximum_channel_count() */
    uint16_t udp_port;          /* UDP encapsulation port; 0 = a free one; 9899. Servers of one loop
                                  on the same addresses can share it, with different SCTP ports */
    int max_pending;            /* see sctpx_server_set_max_pending_connections(); 30 */
    int backlog;                /* see sctpx_server_set_listen_backlog_size(); 50 */
    int close_timeout_ms;       /* for the sockets, see sctpx_socket_options; 30,000 */
    bool no_segmentation;       /* see sctpx_socket_options; false */
    enum sctpx_backend backend; /* see <sctpx/available.h>; SCTPX_BACKEND_ENGINE */
    enum sctpx_carrier carrier; /* of the engine; SCTPX_CARRIER_UDP */
    sctpx_endpoint_options endpoint; /* of all that share the UDP port: limits against floods,
                                        cookies, see <sctpx/config.h>. Without allocator or random
                                        the system's are used; endpoint.assoc is not. A server that
                                        joins a UDP port that is in use on its loop gets what is
                                        there: those of the first one count */
} sctpx_server_options;

/* Fills in every option with the default that is named beside it. */
SCTPX_API void sctpx_server_options_defaults(sctpx_server_options *ret_options);

/* Who wants to connect, for the accept filter. Valid only during its call. */
typedef struct sctpx_peer_info {
    const sctpx_addr *addrs;          /* the first one is the primary */
    size_t n;                         /* how many addrs */
    uint16_t port;                    /* the peer's SCTP port */
    uint16_t local_port;              /* ours */
    uint16_t in_streams, out_streams; /* as negotiated */
} sctpx_peer_info;

/* What on_incoming says. */
enum sctpx_incoming {
    SCTPX_INCOMING_QUEUE = 0, /* it becomes pending, on_connection follows */
    SCTPX_INCOMING_TAKE,      /* the callback has taken it: it is its own from now on */
    SCTPX_INCOMING_REFUSE     /* aborted and freed, like what the filter refuses */
};

/* Every member may be NULL. */
typedef struct sctpx_server_callbacks {
    /* One more socket is pending. Comes once for each. */
    void (*on_connection)(sctpx_server *server, void *user);

    /*
     * Taking an association failed (SCTPX_ENOMEM, ...) or the filter refused it
     * (SCTPX_EFILTERED). For information: the server goes on by itself.
     */
    void (*on_accept_error)(sctpx_server *server, void *user, int error);

    /*
     * Asked before there is a socket: 0 lets it pass, anything else refuses; the association is
     * then aborted with the cause "User-Initiated Abort".
     */
    int (*accept_filter)(sctpx_server *server, void *user, const sctpx_peer_info *peer);

    /*
     * A new socket, before it is pending. Whoever takes it may use it at once, hand it to another
     * loop (sctpx_socket_detach()) or give away its descriptor (sctpx_socket_release_descriptor()).
     * One that the callback has freed, detached or put into the queue of a server is taken whatever
     * it says. It is not asked while the queue is full or accepting is paused.
     */
    enum sctpx_incoming (*on_incoming)(sctpx_server *server, void *user, sctpx_socket *socket);
} sctpx_server_callbacks;

/* ---- life --------------------------------------------------------------------------------- */

/*
 * A new server, not listening, in datagram mode. options may be NULL; they are copied.
 * SCTPX_EINVAL (an option is out of its range), SCTPX_ENOMEM.
 */
SCTPX_API int sctpx_server_new(sctpx_loop *loop, const sctpx_server_options *options,
                               sctpx_server **ret_server);

/* Closes and frees it; NULL is allowed. Allowed in every callback, also of this server. */
SCTPX_API void sctpx_server_free(sctpx_server *server);

/* Sets the callbacks (copied; NULL = none) and the user pointer they get. */
SCTPX_API void sctpx_server_set_callbacks(sctpx_server *server,
                                          const sctpx_server_callbacks *callbacks, void *user);
SCTPX_API void *sctpx_server_user(const sctpx_server *server);
SCTPX_API sctpx_loop *sctpx_server_loop(const sctpx_server *server);

/* ---- listening ---------------------------------------------------------------------------- */

/*
 * > 0: accept and use at most that many streams in each direction. 0 (the default): as many as the
 * peer wants, or as options.assoc says. < 0: byte mode, one stream each way; the getter then
 * returns -1. Takes effect with the next listen.
 * SCTPX_EINVAL (over 65535; nothing changes), SCTPX_ESTATE (listening).
 */
SCTPX_API int sctpx_server_set_maximum_channel_count(sctpx_server *server, int count);
SCTPX_API int sctpx_server_maximum_channel_count(const sctpx_server *server);

/*
 * Listens on n local addresses (0 = all of the host, both families; at most SCTPX_MAX_LOCALS) and
 * an SCTP port (0 = a free one, see sctpx_server_port()). Two or more addresses make a multi-homed
 * server; they all have the same UDP port: a udp_port in addrs goes before options.udp_port, two
 * different ones are SCTPX_EINVAL. Closed servers can listen again.
 * SCTPX_ESTATE (listening already), SCTPX_EADDRINUSE (the UDP port is another program's, or the
 * SCTP port another server's: over raw IP any server's of this host that shares an address, until
 * it is closed and what it has accepted has ended), SCTPX_EADDRNOTAVAIL, SCTPX_EACCES,
 * SCTPX_EINVAL, SCTPX_ELIMIT, SCTPX_ENOMEM, SCTPX_ERESOURCE.
 */
SCTPX_API int sctpx_server_listen(sctpx_server *server, const sctpx_addr *addrs, size_t n,
                                  uint16_t port);

/*
 * Stops listening; pending sockets are aborted and freed, also those added by hand while it does
 * not listen; taken ones live on.
 */
SCTPX_API void sctpx_server_close(sctpx_server *server);

/* Whether it listens; a pause does not matter. */
SCTPX_API bool sctpx_server_is_listening(const sctpx_server *server);

/*
 * Listens on descriptors that somebody else has bound, such as systemd's: either one listening
 * SCTP socket of the kernel (port must be 0: it has one), or n UDP sockets bound to unicast or
 * wildcard addresses, of one port, for the engine, with the SCTP port to listen on. The server
 * closes them. options.backend, carrier and udp_port do not matter. SCTPX_EINVAL (none of these;
 * mixed; the descriptors stay the caller's, as with every error), SCTPX_ENOTSUP (no kernel backend
 * in this build), and those of sctpx_server_listen().
 */
SCTPX_API int sctpx_server_listen_descriptors(sctpx_server *server, const int *fds, size_t n,
                                              uint16_t port);

/* The listening descriptor of the kernel backend; -1 with the engine, and when not listening. */
SCTPX_API int sctpx_server_descriptor(const sctpx_server *server);

/* SCTP port and UDP port it listens on, 0 if it does not. */
SCTPX_API uint16_t sctpx_server_port(const sctpx_server *server);
SCTPX_API uint16_t sctpx_server_udp_port(const sctpx_server *server);

/* Fills in at most capacity addresses, returns how many there are in all; 0 if not listening. */
SCTPX_API size_t sctpx_server_addresses(const sctpx_server *server, sctpx_addr *ret_addrs,
                                        size_t capacity);

/*
 * How many associations may wait below the pending queue (50). Takes effect with the next listen.
 * SCTPX_EINVAL (less than 1), SCTPX_ESTATE (listening).
 */
SCTPX_API int sctpx_server_set_listen_backlog_size(sctpx_server *server, int size);
SCTPX_API int sctpx_server_listen_backlog_size(const sctpx_server *server);

/* ---- taking sockets ----------------------------------------------------------------------- */

/* How many sockets may wait in the pending queue (30); at any time. SCTPX_EINVAL (less than 1). */
SCTPX_API int sctpx_server_set_max_pending_connections(sctpx_server *server, int count);
SCTPX_API int sctpx_server_max_pending_connections(const sctpx_server *server);

/* Whether a socket waits to be taken. */
SCTPX_API bool sctpx_server_has_pending_connections(const sctpx_server *server);

/* How many are pending. */
SCTPX_API int sctpx_server_pending_connections(const sctpx_server *server);

/*
 * Puts a socket of this loop into the queue, as its last one, over the limit if need be;
 * on_connection follows, from the loop. It is the server's until it is taken. Works when not
 * listening. Nothing comes in by itself while more are pending than may be, whoever put them there.
 * SCTPX_EINVAL (of another loop, pending already), SCTPX_ESTATE (the loop has been freed).
 */
SCTPX_API int sctpx_server_add_pending_connection(sctpx_server *server, sctpx_socket *socket);

/*
 * Takes the oldest pending socket, whatever its mode, or, the second one, the oldest in datagram
 * mode. It is the caller's from then on. It may have ended already: what it received can be read,
 * and sctpx_socket_set_callbacks() tells the rest.
 * SCTPX_EWOULDBLOCK: there is none; *ret_socket is then NULL.
 */
SCTPX_API int sctpx_server_next_pending_connection(sctpx_server *server, sctpx_socket **ret_socket);
SCTPX_API int sctpx_server_next_pending_datagram_connection(sctpx_server *server,
                                                            sctpx_socket **ret_socket);

/*
 * Runs the loop, with the callbacks of everything on it, until a socket is pending, or timeout_ms
 * have passed (0 = look once, SCTPX_FOREVER). Returns 0 if one is. ret_timed_out may be NULL; it is
 * written in any case. SCTPX_ETIMEDOUT; SCTPX_ECANCELED (sctpx_loop_stop()); SCTPX_ESTATE
 * (not listening, closed meanwhile, or called in a callback). The server must not be
 * freed in a callback meanwhile.
 */
SCTPX_API int sctpx_server_wait_for_new_connection(sctpx_server *server, int timeout_ms,
                                                   bool *ret_timed_out);

/*
 * While paused no association becomes a pending socket; they wait in the listen backlog. Only
 * resume ends it: taking a pending socket does not. Both may be repeated. SCTPX_ESTATE (not
 * listening). Closing ends a pause.
 */
SCTPX_API int sctpx_server_pause_accepting(sctpx_server *server);
SCTPX_API int sctpx_server_resume_accepting(sctpx_server *server);

/* ---- what went wrong, figures ------------------------------------------------------------- */

/* The last failure of this server, of listening too; 0 if there was none since it listens. */
SCTPX_API int sctpx_server_error(const sctpx_server *server);

/* The same in words, "" if there was none. Valid until the next call on this server. */
SCTPX_API const char *sctpx_server_error_string(const sctpx_server *server);

/* Counters of the endpoint below (shared by all on its UDP port). SCTPX_ESTATE (not listening). */
SCTPX_API int sctpx_server_stats(const sctpx_server *server, sctpx_endpoint_stats *ret_stats);

#ifdef __cplusplus
}
#endif
#endif
