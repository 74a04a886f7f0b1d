/* SPDX-License-Identifier: MIT */
/*
 * The socket: one SCTP association, made by connecting or taken from a server (<sctpx/server.h>).
 *
 * Modes. In datagram mode (the default) whole messages are written to and read from streams. In
 * byte mode ("TCP emulation") bytes are written and read like those of TCP; everything is sent on
 * stream 0. The mode is local, it is not told to the peer.
 *
 * Callbacks. All of them come from the running loop, never from inside a call of this header (the
 * sctpx_socket_wait_for_* calls run the loop themselves). What happened is complete before the
 * callback: the state is the new one, the bytes are there. Any call is allowed in any callback,
 * also closing and freeing the socket itself; only the wait_for calls are not (SCTPX_ESTATE). No
 * callback comes after sctpx_socket_free(). The order in the life of a socket:
 *
 *   connecting   on_state(HOST_LOOKUP) for names, on_state(CONNECTING)
 *   up           on_state(CONNECTED), on_connected
 *   at work      on_readable, on_sent, on_drained, on_writable, on_path, ...
 *   ending       on_state(CLOSING) after sctpx_socket_disconnect() or, with on_peer_shutdown right
 *                after it, when the peer ends; on_readable and on_sent still come
 *   ended        on_state(UNCONNECTED), on_error unless it was a graceful end, on_closed
 *
 * on_closed is the last callback of an association. It comes once for each successful connect call
 * and each accepted socket, also when connecting failed; only a connect, close or free that
 * follows the end before the loop could tell it leaves it out.
 *
 * Ownership. Who made a socket, or took it from a server, frees it. A socket belongs to the thread
 * of its loop. Sockets are freed before their loop; those that are not are aborted when it goes,
 * without a callback, and can only be freed then.
 *
 * All calls return 0 or more if good and a negative SCTPX_E... if not; outputs are written only on
 * success, and none of the getters can fail unless it says so. Every call here exists since 0.1.
 */
#ifndef SCTPX_SOCKET_H
#define SCTPX_SOCKET_H

#include <sctpx/addr.h>
#include <sctpx/config.h>
#include <sctpx/engine.h>
#include <sctpx/error.h>
#include <sctpx/loop.h>
#include <sctpx/types.h>
#include <sctpx/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sctpx_socket sctpx_socket;

enum sctpx_mode { SCTPX_MODE_DATAGRAM = 0, SCTPX_MODE_BYTES = 1 };

enum sctpx_socket_state {
    SCTPX_UNCONNECTED = 0, /* never connected, or ended: what was received is still readable */
    SCTPX_HOST_LOOKUP,     /* a name is being resolved */
    SCTPX_CONNECTING,      /* set-up under way; writing is allowed, the bytes wait */
    SCTPX_CONNECTED,
    SCTPX_CLOSING /* shutdown under way: no more writing, reading goes on */
};

enum sctpx_path_change {
    SCTPX_PATH_CONFIRMED = 1, /* the address was probed and belongs to the peer */
    SCTPX_PATH_UP,            /* answers again */
    SCTPX_PATH_DOWN           /* does not answer any more; another path takes over */
};

/* No time limit, in the calls that take milliseconds. */
#define SCTPX_FOREVER (-1)

typedef struct sctpx_socket_options {
    sctpx_assoc_options assoc; /* see <sctpx/config.h>; stream counts may be overruled by
                                    sctpx_socket_set_maximum_channel_count() */
    uint16_t peer_udp_port;    /* for peer addresses whose own udp_port is 0; 9899 */
    enum sctpx_family family;  /* names resolve to this family only; SCTPX_NO_FAMILY = both */
    int connect_timeout_ms;    /* for a whole connect, all addresses of a name together;
                                    SCTPX_FOREVER = until the engine gives up; 30,000 */
    int close_timeout_ms;      /* deadline of sctpx_socket_close(); 30,000 */
    bool own_udp_port;         /* a UDP port of its own also if it is not bound, or bound to
                                    UDP port 0. Else such sockets of one loop with the same
                                    addresses share an ephemeral one; false */
    bool no_segmentation;      /* a system call for each packet, without UDP_SEGMENT and UDP_GRO:
                                    slower, for networks and kernels that lose such trains. Not
                                    shared with sockets of the other kind; false */
} sctpx_socket_options;

SCTPX_API void sctpx_socket_options_defaults(sctpx_socket_options *ret_options);

/* Every member may be NULL. See the top of this file for when and in which order they come. */
typedef struct sctpx_socket_callbacks {
    void (*on_state)(sctpx_socket *socket, void *user, enum sctpx_socket_state state);
    void (*on_connected)(sctpx_socket *socket, void *user);

    /*
     * New messages (bytes) are there on a stream. Comes once for what arrived together: read until
     * SCTPX_EWOULDBLOCK. What is left unread fills the receive buffer and in the end stops the
     * peer; nothing repeats the call. In byte mode stream is SCTPX_ANY_STREAM.
     */
    void (*on_readable)(sctpx_socket *socket, void *user, int stream);

    /*
     * The peer has acknowledged so many bytes of a stream since the last such call;
     * sctpx_socket_sent_context() tells up to which message.
     */
    void (*on_sent)(sctpx_socket *socket, void *user, int stream, size_t bytes);

    /* Everything written so far is acknowledged by the peer. */
    void (*on_drained)(sctpx_socket *socket, void *user);

    /* There is room again after a write that returned SCTPX_EWOULDBLOCK or took less. */
    void (*on_writable)(sctpx_socket *socket, void *user);

    /* The peer ends the association: nothing more will arrive, nothing more can be written. */
    void (*on_peer_shutdown)(sctpx_socket *socket, void *user);

    /* The peer restarted: it has forgotten everything of before, and data under way is lost. */
    void (*on_restart)(sctpx_socket *socket, void *user);

    void (*on_path)(sctpx_socket *socket, void *user, size_t path, enum sctpx_path_change change);

    /* The answer to sctpx_socket_heartbeat(). */
    void (*on_heartbeat)(sctpx_socket *socket, void *user, size_t path, sctpx_time rtt_us);

    /* The peer complains with an ERROR chunk (cause code: RFC 9260 3.3.10); for information. */
    void (*on_remote_error)(sctpx_socket *socket, void *user, uint16_t cause);

    /*
     * Connecting failed, or the association ended other than gracefully; error is the same as in
     * the on_closed that follows. sctpx_socket_error_string() tells it in words.
     */
    void (*on_error)(sctpx_socket *socket, void *user, int error);

    /*
     * The end. error: 0 = after our own graceful close, all data delivered;
     *   SCTPX_EPEERSHUTDOWN the peer ended it gracefully; SCTPX_EPEERABORT the peer sent ABORT;
     *   SCTPX_ELOST the peer stopped answering; SCTPX_EABORTED sctpx_socket_abort(), or the server
     *   was closed before it was taken; SCTPX_ETIMEDOUT connect_timeout_ms or the deadline of
     *   a disconnect ran out, or the peer never answered; SCTPX_EREFUSED nothing listens there;
     *   SCTPX_EHOSTNOTFOUND the name has no address; SCTPX_EPROTO and the other codes of
     *   <sctpx/error.h> as they say.
     */
    void (*on_closed)(sctpx_socket *socket, void *user, int error);
} sctpx_socket_callbacks;

/* ---- life --------------------------------------------------------------------------------- */

/*
 * A new socket, unconnected, in datagram mode. options may be NULL; they are copied.
 * SCTPX_EINVAL (an option is out of its range), SCTPX_ENOMEM.
 */
SCTPX_API int sctpx_socket_new(sctpx_loop *loop, const sctpx_socket_options *options,
                               sctpx_socket **ret_socket);

/*
 * Frees it; NULL is allowed. An association that has not ended is aborted: for a graceful end call
 * sctpx_socket_close() and free in on_closed. Allowed in every callback, also of this socket.
 */
SCTPX_API void sctpx_socket_free(sctpx_socket *socket);

/*
 * Sets the callbacks (copied; NULL = none) and the user pointer they get. If something happened
 * before there were any, as with a socket that waited to be taken from a server, the loop then
 * calls on_readable, on_peer_shutdown, on_error and on_closed for it: nothing is missed.
 */
SCTPX_API void sctpx_socket_set_callbacks(sctpx_socket *socket,
                                          const sctpx_socket_callbacks *callbacks, void *user);
SCTPX_API void *sctpx_socket_user(const sctpx_socket *socket);
SCTPX_API sctpx_loop *sctpx_socket_loop(const sctpx_socket *socket);

/* ---- before connecting -------------------------------------------------------------------- */

/*
 * > 0: ask for and accept at most that many streams in each direction. 0 (the default): as many as
 * the peer takes, or as options.assoc says. < 0: byte mode, one stream each way; the getter then
 * returns -1.
 * SCTPX_EINVAL (over 65535; nothing changes), SCTPX_ESTATE (not unconnected).
 */
SCTPX_API int sctpx_socket_set_maximum_channel_count(sctpx_socket *socket, int count);
SCTPX_API int sctpx_socket_maximum_channel_count(const sctpx_socket *socket);
SCTPX_API enum sctpx_mode sctpx_socket_mode(const sctpx_socket *socket);

/*
 * Binds to n local addresses (0 = all of the host, both families; at most SCTPX_MAX_LOCALS), an
 * SCTP port (0 = a free one) and a UDP port (0 = a free one). Two or more addresses make a
 * multi-homed socket; they all have the same UDP port: a udp_port in addrs goes before the
 * argument, two different ones are SCTPX_EINVAL. Sockets and servers of one loop that bind to the
 * same addresses and UDP port share it. The UDP port is taken at once; whether the SCTP port is
 * free shows when connecting. Binding again replaces the first one.
 * SCTPX_EADDRINUSE, SCTPX_EADDRNOTAVAIL, SCTPX_EACCES, SCTPX_EINVAL, SCTPX_ESTATE (not
 * unconnected), SCTPX_ELIMIT, SCTPX_ENOMEM, SCTPX_ERESOURCE.
 */
SCTPX_API int sctpx_socket_bind(sctpx_socket *socket, const sctpx_addr *addrs, size_t n,
                                uint16_t port, uint16_t udp_port);

/* ---- connecting --------------------------------------------------------------------------- */

/*
 * Connects to one peer with n (1..SCTPX_MAX_PATHS) addresses on an SCTP port: a multi-homed peer,
 * not alternatives. Where an address has udp_port 0 options.peer_udp_port is used. What is left
 * of an earlier association is dropped. The result comes as on_connected or on_error.
 * SCTPX_EINVAL (also when the socket is bound to no address of the peer's family), SCTPX_ESTATE
 * (not unconnected), SCTPX_EADDRINUSE (the SCTP port bound to),
 * SCTPX_ELIMIT, SCTPX_ENOMEM, SCTPX_ERESOURCE; then nothing was started.
 */
SCTPX_API int sctpx_socket_connect(sctpx_socket *socket, const sctpx_addr *addrs, size_t n,
                                   uint16_t port);

/*
 * Connects to a host: a name, or an address such as "192.0.2.1", "2001:db8::1" or "fe80::1%eth0".
 * A name that has several addresses is tried address by address until one answers; they are taken
 * as alternatives, not as one multi-homed peer.
 * Until one does answer, writing is SCTPX_EWOULDBLOCK, and on_writable tells when to begin.
 * Literal addresses never block. Names are resolved by getaddrinfo() inside this call, which may
 * take as long as the system's resolver needs: the library starts no thread for it.
 * An unknown name is told by on_error and on_closed (SCTPX_EHOSTNOTFOUND), like any other failure.
 * Errors as sctpx_socket_connect().
 */
SCTPX_API int sctpx_socket_connect_name(sctpx_socket *socket, const char *host, uint16_t port);

/* ---- datagram mode: messages -------------------------------------------------------------- */

/*
 * Queues one message; the bytes are copied. info NULL = stream 0, PPID 0, ordered. Allowed while
 * connecting. It leaves the socket at the end of this turn of the loop.
 * SCTPX_EEMPTY (no bytes: SCTP has no empty messages), SCTPX_EMSGSIZE, SCTPX_ESTREAM (no such
 * stream), SCTPX_EWOULDBLOCK (the write limit is reached, on_writable will tell), SCTPX_ESTATE
 * (not connecting or connected), SCTPX_EMODE (byte mode), SCTPX_EINVAL (also unknown flags),
 * SCTPX_ENOMEM.
 */
SCTPX_API int sctpx_socket_write_datagram(sctpx_socket *socket, const void *data, size_t length,
                                          const sctpx_sndinfo *info);

/*
 * Takes the oldest message of a stream, or of any stream (SCTPX_ANY_STREAM: in order of arrival),
 * and returns its length. ret_info may be NULL. Messages are whole, unless
 * options.assoc.partial_delivery was asked for.
 * SCTPX_EWOULDBLOCK (none there now); SCTPX_ETRUNC (longer than capacity: it stays; ret_info tells
 * its length, the one output written on failure); SCTPX_EMODE; SCTPX_EINVAL (stream);
 * SCTPX_ESTATE (never connected, or closed). When nothing is left and nothing can come any more:
 * the reason, as in on_closed, with SCTPX_ECLOSED for our own graceful close.
 */
SCTPX_API long sctpx_socket_read_datagram(sctpx_socket *socket, int stream, void *buffer,
                                          size_t capacity, sctpx_rcvinfo *ret_info);

/* The same, but the message stays and a long one is cut: returns the bytes copied. */
SCTPX_API long sctpx_socket_peek_datagram(const sctpx_socket *socket, int stream, void *buffer,
                                          size_t capacity, sctpx_rcvinfo *ret_info);

/* Length of the next message. Errors as sctpx_socket_read_datagram(). */
SCTPX_API long sctpx_socket_next_datagram_size(const sctpx_socket *socket, int stream);

/* ---- byte mode ---------------------------------------------------------------------------- */

/*
 * Queues as many of the bytes as the write limit has room for and returns how many those were
 * (0 only for length 0); on_writable tells when there is room for the rest. Allowed while
 * connecting. SCTPX_EWOULDBLOCK (no room at all), SCTPX_ESTATE, SCTPX_EMODE (datagram mode),
 * SCTPX_EINVAL, SCTPX_ENOMEM.
 */
SCTPX_API long sctpx_socket_write(sctpx_socket *socket, const void *data, size_t length);

/*
 * Takes up to capacity bytes and returns how many. The messages of all streams are one byte
 * stream, in order of arrival. SCTPX_EWOULDBLOCK (none there now), SCTPX_EMODE, SCTPX_EINVAL;
 * SCTPX_ESTATE and the end as with sctpx_socket_read_datagram(): after a graceful end by the peer
 * SCTPX_EPEERSHUTDOWN, where TCP has its end of file.
 */
SCTPX_API long sctpx_socket_read(sctpx_socket *socket, void *buffer, size_t capacity);

/*
 * Copies what sctpx_socket_read() would return next, and takes nothing. Looks ahead at most as far
 * as the read-buffer size. Also SCTPX_ENOMEM.
 */
SCTPX_API long sctpx_socket_peek(sctpx_socket *socket, void *buffer, size_t capacity);

/* ---- limits and amounts ------------------------------------------------------------------- */

/* Bytes ready to be read on a stream, or on all of them (SCTPX_ANY_STREAM). */
SCTPX_API size_t sctpx_socket_bytes_available(const sctpx_socket *socket, int stream);

/* Bytes written and not yet acknowledged by the peer, of a stream or of all. */
SCTPX_API size_t sctpx_socket_bytes_to_write(const sctpx_socket *socket, int stream);

/*
 * How much is received ahead of the reader, overhead counted (options.assoc.rcvbuf_bytes, 1 MiB).
 * It is what the peer is told as its window: when the reader does not read the peer has to stop.
 * Can be changed at any time. SCTPX_EINVAL (less than 1500 bytes).
 */
SCTPX_API int sctpx_socket_set_read_buffer_size(sctpx_socket *socket, size_t bytes);
SCTPX_API size_t sctpx_socket_read_buffer_size(const sctpx_socket *socket);

/*
 * How much can be queued and not yet acknowledged (options.assoc.sndbuf_bytes, 1 MiB). One message
 * that is longer than this is taken when nothing else is queued. Can be changed at any time.
 * SCTPX_EINVAL (0).
 */
SCTPX_API int sctpx_socket_set_write_limit(sctpx_socket *socket, size_t bytes);
SCTPX_API size_t sctpx_socket_write_limit(const sctpx_socket *socket);

/* ---- ending ------------------------------------------------------------------------------- */

/*
 * Ends gracefully: everything written is delivered, what the peer still sends is received and can
 * be read, then on_closed(0). While connecting it waits for the connection first. If it is not done
 * after deadline_ms (SCTPX_FOREVER = no deadline) the association is aborted and on_closed says
 * SCTPX_ETIMEDOUT. A peer that has more to send than our read buffer holds can only finish when we
 * keep reading. May be called again to change the deadline. SCTPX_ESTATE (unconnected).
 */
SCTPX_API int sctpx_socket_disconnect(sctpx_socket *socket, int deadline_ms);

/*
 * Like disconnect with options.close_timeout_ms, and everything received, now and until the end,
 * is discarded. Never blocks. On an unconnected socket it drops what is left to read. Returns 0.
 */
SCTPX_API int sctpx_socket_close(sctpx_socket *socket);

/*
 * Ends at once: an ABORT with a reason (may be NULL; at most 256 bytes of it are sent) goes to the
 * peer, what is not yet acknowledged may be lost. on_closed(SCTPX_EABORTED) follows from the loop;
 * the socket is unconnected at once and may be connected again. SCTPX_ESTATE (unconnected),
 * SCTPX_EINVAL.
 */
SCTPX_API int sctpx_socket_abort(sctpx_socket *socket, const void *reason, size_t length);

/* ---- what it is now ----------------------------------------------------------------------- */

SCTPX_API enum sctpx_socket_state sctpx_socket_state(const sctpx_socket *socket);

/*
 * The last failure of this socket, 0 if there was none since the last connect: a bind or connect
 * that was refused, or how the association ended; that the peer ends it gracefully
 * (SCTPX_EPEERSHUTDOWN) is one here, from its SHUTDOWN on. What only one call has met, such as
 * SCTPX_ETIMEDOUT of a wait or SCTPX_EWOULDBLOCK, is not: sctpx_strerror() is for those.
 */
SCTPX_API int sctpx_socket_error(const sctpx_socket *socket);

/*
 * The same in words that say what to do, such as "connection refused: nothing listens on SCTP port
 * 7 behind 127.0.0.1:9899"; "" if there was none. Valid until the next call on this socket.
 */
SCTPX_API const char *sctpx_socket_error_string(const sctpx_socket *socket);

/* The cause code in the peer's ABORT (RFC 9260 3.3.10; 12 = by its user), 0 if there was none. */
SCTPX_API uint16_t sctpx_socket_abort_cause(const sctpx_socket *socket);

/*
 * The reason its user gave; not NUL-terminated, ret_length is always written; at most 256 bytes are
 * kept. Valid until the next connect or free.
 */
SCTPX_API const void *sctpx_socket_abort_reason(const sctpx_socket *socket, size_t *ret_length);

/*
 * During on_sent: the context of the last message of that stream that is acknowledged whole
 * (sctpx_sndinfo.context); NULL if none is yet.
 */
SCTPX_API void *sctpx_socket_sent_context(const sctpx_socket *socket);

/* Streams of the association, 0 before it is up. */
SCTPX_API uint16_t sctpx_socket_in_streams(const sctpx_socket *socket);
SCTPX_API uint16_t sctpx_socket_out_streams(const sctpx_socket *socket);

/* SCTP ports, 0 while there is no association. */
SCTPX_API uint16_t sctpx_socket_local_port(const sctpx_socket *socket);
SCTPX_API uint16_t sctpx_socket_peer_port(const sctpx_socket *socket);

/* The UDP port it is bound to, 0 if it is not yet bound. */
SCTPX_API uint16_t sctpx_socket_local_udp_port(const sctpx_socket *socket);

/* Fill in at most capacity addresses, return how many there are in all; 0 while not bound. */
SCTPX_API size_t sctpx_socket_local_addrs(const sctpx_socket *socket, sctpx_addr *ret_addrs,
                                          size_t capacity);
SCTPX_API size_t sctpx_socket_peer_addrs(const sctpx_socket *socket, sctpx_addr *ret_addrs,
                                         size_t capacity);

/* The name given to sctpx_socket_connect_name(), else "". */
SCTPX_API const char *sctpx_socket_peer_name(const sctpx_socket *socket);

/* SCTPX_ESTATE without an association; one that ended still has its status until it is dropped. */
SCTPX_API int sctpx_socket_status(const sctpx_socket *socket, sctpx_assoc_status *ret_status);

/* ---- paths and options -------------------------------------------------------------------- */

/* Paths are numbered from 0. SCTPX_ESTATE (no association), SCTPX_EINVAL (no such path). */
SCTPX_API size_t sctpx_socket_path_count(const sctpx_socket *socket);
SCTPX_API int sctpx_socket_path_status(const sctpx_socket *socket, size_t path,
                                       sctpx_path_status *ret_status);

/* Makes a path the one that data is sent on. Also SCTPX_ESTATE if it is not confirmed. */
SCTPX_API int sctpx_socket_set_primary(sctpx_socket *socket, size_t path);

/* Measures a path now; on_heartbeat tells the round-trip time. */
SCTPX_API int sctpx_socket_heartbeat(sctpx_socket *socket, size_t path);

/*
 * Options of the association; those of the next one while there is none. Read, change, write back.
 * Fields marked (init) in <sctpx/config.h> do not change a running association. SCTPX_EINVAL.
 */
SCTPX_API void sctpx_socket_options_get(const sctpx_socket *socket,
                                        sctpx_assoc_options *ret_options);
SCTPX_API int sctpx_socket_options_set(sctpx_socket *socket, const sctpx_assoc_options *options);

/* ---- blocking, for programs without a loop of their own ----------------------------------- */

/*
 * Run the loop, with the callbacks of everything on it, until the condition holds or timeout_ms
 * have passed (0 = look once, SCTPX_FOREVER). Return 0 if it holds, SCTPX_ETIMEDOUT (the socket
 * goes on as before), SCTPX_ECANCELED (sctpx_loop_stop(); it goes on as well), SCTPX_ESTATE
 * (called in a callback, or unconnected), or why the association ended, as in on_closed
 * (SCTPX_ECLOSED for our own graceful close). The socket must not be freed in a callback meanwhile.
 */
SCTPX_API int sctpx_socket_wait_for_connected(sctpx_socket *socket, int timeout_ms);

/* Something can be read on a stream (SCTPX_ANY_STREAM: on any); what is there already counts. */
SCTPX_API int sctpx_socket_wait_for_readable(sctpx_socket *socket, int stream, int timeout_ms);

/*
 * A write has room, as on_writable tells it: 0 at once unless the last write returned
 * SCTPX_EWOULDBLOCK or took less than all of it, else when half of the write limit is free again.
 * Also SCTPX_EPEERSHUTDOWN (the peer ends: nothing can be written any more) and SCTPX_ESTATE (this
 * end does).
 */
SCTPX_API int sctpx_socket_wait_for_writable(sctpx_socket *socket, int timeout_ms);

/* Everything written on any stream has been acknowledged by the peer. */
SCTPX_API int sctpx_socket_wait_for_bytes_written(sctpx_socket *socket, int timeout_ms);

/* There is no association any more: 0 also if it ended badly, see sctpx_socket_error(). */
SCTPX_API int sctpx_socket_wait_for_disconnected(sctpx_socket *socket, int timeout_ms);

#ifdef __cplusplus
}
#endif
#endif
