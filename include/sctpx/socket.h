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
 *   we end       on_state(CLOSING), on_about_to_close; on_readable, on_sent, ... still come
 *   peer ends    on_state(CLOSING) unless we end too, on_peer_shutdown, on_read_finished; on_sent,
 *                ... still come
 *   we abort     on_about_to_close, unless it came already
 *   ended        on_state(UNCONNECTED), on_read_finished unless it came already, on_error unless it
 *                was a graceful end, on_send_failed for each message that was not delivered,
 *                on_closed
 *
 * on_closed is the last callback of an association. It comes once for each successful connect call
 * and each accepted socket, also when connecting failed; only a connect, bind, close or free that
 * follows the end before the loop could tell it leaves it out, and taking the callbacks away while
 * it is being told.
 *
 * Ownership. Who made a socket, or took it from a server, frees it. A socket belongs to the thread
 * of its loop, and can be moved to another one (sctpx_socket_detach()). Sockets are freed before
 * their loop; those that are not are aborted when it goes, without a callback, and can only be
 * freed then.
 *
 * All calls return 0 or more if good and a negative SCTPX_E... if not; outputs are written only on
 * success, and none of the getters can fail unless it says so. Every call here exists since 0.1.
 */
#ifndef SCTPX_SOCKET_H
#define SCTPX_SOCKET_H

#include <sctpx/addr.h>
#include <sctpx/available.h>
#include <sctpx/config.h>
#include <sctpx/engine.h>
#include <sctpx/error.h>
#include <sctpx/loop.h>
#include <sctpx/outcome.h>
#include <sctpx/path.h>
#include <sctpx/types.h>
#include <sctpx/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A socket. */
typedef struct sctpx_socket sctpx_socket;

/* Messages or bytes. */
enum sctpx_mode { SCTPX_MODE_DATAGRAM = 0, SCTPX_MODE_BYTES = 1 };

/* States of a socket. */
enum sctpx_socket_state {
    SCTPX_UNCONNECTED = 0, /* never connected, or ended: what was received is still readable */
    SCTPX_HOST_LOOKUP,     /* a name is being looked up; there is nothing to write to yet */
    SCTPX_CONNECTING,      /* set-up under way; writing is allowed, the bytes wait */
    SCTPX_CONNECTED,
    SCTPX_CLOSING /* shutdown under way: no more writing, reading goes on */
};

/* What on_path tells. */
enum sctpx_path_change {
    SCTPX_PATH_CONFIRMED = 1, /* the address was probed and belongs to the peer; does not come for
                                 those given to connect, which are taken for the peer's */
    SCTPX_PATH_UP,            /* answers again */
    SCTPX_PATH_DOWN,          /* does not answer any more; another path takes over */
    SCTPX_PATH_PRIMARY        /* new data goes there now: set so, or because another one failed */
};

/* No time limit, in the calls that take milliseconds. */
#define SCTPX_FOREVER (-1)

/* Options of a socket; see sctpx_socket_options_defaults(). */
typedef struct sctpx_socket_options {
    sctpx_assoc_options assoc;  /* see <sctpx/config.h>; stream counts may be overruled by
                                    sctpx_socket_set_maximum_channel_count() */
    uint16_t peer_udp_port;     /* for peer addresses whose own udp_port is 0; 9899 */
    enum sctpx_family family;   /* names resolve to this family only; SCTPX_NO_FAMILY = both */
    int connect_timeout_ms;     /* for a whole connect, all addresses of a name together;
                                    SCTPX_FOREVER = until the engine gives up; 30,000 */
    int close_timeout_ms;       /* deadline of sctpx_socket_close(); 30,000 */
    bool own_udp_port;          /* a UDP port of its own also if it is not bound, or bound to
                                    UDP port 0. Else such sockets of one loop with the same
                                    addresses share an ephemeral one; false */
    bool no_segmentation;       /* a system call for each packet, without UDP_SEGMENT and UDP_GRO:
                                    slower, for networks and kernels that lose such trains. Not
                                    shared with sockets of the other kind; false */
    enum sctpx_backend backend; /* see <sctpx/available.h>; SCTPX_BACKEND_ENGINE */
    enum sctpx_carrier carrier; /* of the engine; SCTPX_CARRIER_UDP. With SCTPX_CARRIER_RAW_IP UDP
                                    ports mean nothing, and are 0 in addresses that are told */
} sctpx_socket_options;

/* Fills in every option with the default that is named beside it. */
SCTPX_API void sctpx_socket_options_defaults(sctpx_socket_options *ret_options);

/* Every member may be NULL. See the top of this file for when and in which order they come. */
typedef struct sctpx_socket_callbacks {
    /* The state has changed to this one. */
    void (*on_state)(sctpx_socket *socket, void *user, enum sctpx_socket_state state);

    /* The association is up: streams and addresses are known. */
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

    /* Something about a path has changed. */
    void (*on_path)(sctpx_socket *socket, void *user, size_t path, enum sctpx_path_change change);

    /* A step of a message that was sent with SCTPX_MSG_REPORT; in order for each message. */
    void (*on_message)(sctpx_socket *socket, void *user, const sctpx_message_report *report);

    /*
     * A message was not delivered (not: acknowledged), because the association ended, right before
     * on_closed, or the peer restarted, right before on_restart. Comes for every such message, in
     * the order of writing. Its bytes are valid during the call.
     */
    void (*on_send_failed)(sctpx_socket *socket, void *user, const sctpx_failed_message *message);

    /* The congestion level has changed, see sctpx_socket_set_congestion_marks(). */
    void (*on_congestion)(sctpx_socket *socket, void *user, int level);

    /* This end closes or disconnects; right after on_state(CLOSING), or for an abort before
       on_state(UNCONNECTED). Once; not when the peer ends it first. */
    void (*on_about_to_close)(sctpx_socket *socket, void *user);

    /* Nothing more will arrive; what is there can still be read. Once, after the last on_readable;
       not if connecting failed. */
    void (*on_read_finished)(sctpx_socket *socket, void *user);

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
     *   SCTPX_EHOSTNOTFOUND no address was found for the name; SCTPX_EPROTO and the other codes of
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
 * calls on_readable, on_peer_shutdown, on_read_finished, on_error and on_closed for it: nothing is
 * missed.
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
 *
 * A name is looked up first, by the loop and without blocking (state SCTPX_HOST_LOOKUP), in the
 * hosts file and by DNS as /etc/resolv.conf says. In a build without c-ares, and where c-ares
 * cannot be set up, getaddrinfo() does it inside this call, which then takes as long as that needs.
 * Nobody is asked for addresses; "localhost" and names below it are the loopback interface, and
 * names below "invalid" do not exist (RFC 6761).
 *
 * Several addresses (at most 16, of options.family) are alternatives, not one multi-homed peer.
 * The families take turns; the next address is tried 250 ms after the one before it, or as soon as
 * that has failed, the first that comes up is taken, and the other attempts are dropped (RFC 8305).
 * At most four run at the same time. A socket bound to an SCTP port tries one after the other, each
 * for an equal share of connect_timeout_ms. That time counts for all: look-up and attempts.
 *
 * During the look-up, and while there are alternatives, writing is SCTPX_EWOULDBLOCK, and
 * on_writable tells when to begin.
 * A name without an address is told by on_error and on_closed (SCTPX_EHOSTNOTFOUND), like any other
 * failure; the error string tells a name that does not exist from name servers that do not answer.
 * Addresses where no host can be (multicast, broadcast, link-local without a zone) do not count.
 * Without descriptors to ask with it is SCTPX_ERESOURCE.
 * If no address answers the error is that of the one that told most: refused before timed out.
 * Errors as sctpx_socket_connect().
 */
SCTPX_API int sctpx_socket_connect_name(sctpx_socket *socket, const char *host, uint16_t port);

/* ---- datagram mode: messages -------------------------------------------------------------- */

/*
 * Queues one message; the bytes are copied, or lent (info->release). info NULL = PPID 0, ordered,
 * on stream 0 or that of sctpx_socket_set_current_write_stream(). Allowed while connecting. It
 * leaves the socket at the end of this turn of the loop.
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
 * its length, the one output written on failure); SCTPX_EMODE (byte mode; bytes were put back);
 * SCTPX_EINVAL (not 0..65534 or one of the names for streams); SCTPX_ESTREAM (none that the
 * association has; while it is not up any may be); SCTPX_ESTATE (never connected, or closed; a
 * transaction). When nothing is left and nothing can come any more: the reason, as in on_closed,
 * with SCTPX_ECLOSED for our own graceful close.
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

/* Copies what sctpx_socket_read() would return next, and takes nothing. */
SCTPX_API long sctpx_socket_peek(const sctpx_socket *socket, void *buffer, size_t capacity);

/* ---- descriptors and threads -------------------------------------------------------------- */

/*
 * Takes over a kernel SCTP socket of the one-to-one style: a connected one (accepted by somebody
 * else, inherited), or one that is not, through which the next connect then goes. The socket closes
 * it. Subscriptions to events that are there stay. Options.backend does not matter.
 * SCTPX_EINVAL (not such a socket: it stays the caller's), SCTPX_ENOTSUP (no kernel backend in
 * this build), SCTPX_ESTATE (not unconnected), SCTPX_ENOMEM, SCTPX_ERESOURCE.
 */
SCTPX_API int sctpx_socket_adopt(sctpx_socket *socket, int fd);

/* The descriptor of a kernel association; -1 with the engine, and when there is none. */
SCTPX_API int sctpx_socket_descriptor(const sctpx_socket *socket);

/*
 * Gives the kernel's descriptor away: the association lives on, the socket is unconnected without
 * a callback, and what it had read ahead is lost (none is before the loop has run). Returns the
 * descriptor, which is the caller's. SCTPX_ENOTSUP (engine), SCTPX_ESTATE (unconnected).
 */
SCTPX_API int sctpx_socket_release_descriptor(sctpx_socket *socket);

/*
 * Moves a connected socket to another loop, also of another thread: detach is called in the thread
 * of its loop, attach in that of the new one (sctpx_loop_post() gets there). In between nothing may
 * be called on it but attach, free and sctpx_socket_user(). A detached socket has no callbacks:
 * they are set after attach. The user pointer stays. Nothing is lost: what is unread (also if it
 * was told before) and what arrives meanwhile is told on the new loop.
 *
 * The engine goes on in the loop where the association came up, which has to keep running for it
 * and carries its packets; every call from another loop's thread takes a mutex, and so do those on
 * the others of the same UDP port. When that loop is freed the association ends with
 * SCTPX_EABORTED; what is unread is gone, what was written and not acknowledged comes in
 * on_send_failed. An allocator or random source in sctpx_endpoint_options is then called from all
 * these threads, though never at the same time for one UDP port.
 *
 * detach is not for callbacks of the socket itself (post to the own loop to get out of them), nor
 * for pending sockets; on_incoming and on_connection are the places.
 * SCTPX_ESTATE (not connected, pending, in its own callback; attach: not detached), SCTPX_EINVAL
 * (no loop), SCTPX_ENOMEM, SCTPX_ERESOURCE: it is where it was.
 */
SCTPX_API int sctpx_socket_detach(sctpx_socket *socket);
SCTPX_API int sctpx_socket_attach(sctpx_socket *socket, sctpx_loop *loop);

/* ---- limits and amounts ------------------------------------------------------------------- */

/* Bytes ready to be read on a stream, or on all of them (SCTPX_ANY_STREAM): with those put back,
   and without those that a transaction has passed (<sctpx/read.h>). */
SCTPX_API size_t sctpx_socket_bytes_available(const sctpx_socket *socket, int stream);

/* Bytes written and not yet acknowledged by the peer, of a stream or of all;
   SCTPX_CURRENT_STREAM is the one for writing here. */
SCTPX_API size_t sctpx_socket_bytes_to_write(const sctpx_socket *socket, int stream);

/*
 * How much is received ahead of the reader (options.assoc.rcvbuf_bytes, 8 MiB of payload; overhead
 * may take as much again).
 * It is what the peer is told as its window: when the reader does not read the peer has to stop.
 * Can be changed at any time. SCTPX_EINVAL (less than 1500 bytes).
 */
SCTPX_API int sctpx_socket_set_read_buffer_size(sctpx_socket *socket, size_t bytes);
SCTPX_API size_t sctpx_socket_read_buffer_size(const sctpx_socket *socket);

/*
 * How much can be queued and not yet acknowledged at most (options.assoc.sndbuf_bytes, 8 MiB; which
 * part of it can be used when stands in <sctpx/config.h>). One message that is longer is taken when
 * nothing else is queued. Can be changed at any time. SCTPX_EINVAL (0).
 */
SCTPX_API int sctpx_socket_set_write_limit(sctpx_socket *socket, size_t bytes);
SCTPX_API size_t sctpx_socket_write_limit(const sctpx_socket *socket);

/*
 * Sends now what may be sent, instead of at the end of this turn. Returns the bytes that are
 * written and have not left yet. SCTPX_ESTATE (no association).
 */
SCTPX_API long sctpx_socket_flush(sctpx_socket *socket);

/*
 * Marks for the congestion level: NULL = none, the level is then always 0 (the default).
 * SCTPX_EINVAL (see sctpx_congestion_marks).
 */
SCTPX_API int sctpx_socket_set_congestion_marks(sctpx_socket *socket,
                                                const sctpx_congestion_marks *marks);
SCTPX_API int sctpx_socket_congestion_level(const sctpx_socket *socket);

/* ---- ending ------------------------------------------------------------------------------- */

/*
 * Ends gracefully: everything written is delivered, what the peer still sends is received and can
 * be read, then on_closed(0). While connecting it waits for the connection first; during a host
 * look-up it ends at once, for nothing can have been written. If it is not done
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

/* The state now. */
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

/* All figures of the association and its paths at once. SCTPX_ESTATE as above. */
SCTPX_API int sctpx_socket_statistics(const sctpx_socket *socket, sctpx_statistics *ret_statistics);

/* Figures of one stream. SCTPX_ESTATE, SCTPX_ESTREAM. */
SCTPX_API int sctpx_socket_stream_status(const sctpx_socket *socket, uint16_t stream,
                                         sctpx_stream_status *ret_status);

/* Options of one path: heartbeats, limits, MTU. SCTPX_ESTATE, SCTPX_EINVAL. */
SCTPX_API int sctpx_socket_path_options_get(const sctpx_socket *socket, size_t path,
                                            sctpx_path_options *ret_options);
SCTPX_API int sctpx_socket_path_options_set(sctpx_socket *socket, size_t path,
                                            const sctpx_path_options *options);

/* Makes a path the one that data is sent on. Also SCTPX_ESTATE if it is not confirmed. */
SCTPX_API int sctpx_socket_set_primary(sctpx_socket *socket, size_t path);

/* Measures a path now; on_heartbeat tells the round-trip time. */
SCTPX_API int sctpx_socket_heartbeat(sctpx_socket *socket, size_t path);

/*
 * Options of the association; those of the next one while there is none. Read, change, write back.
 * Fields marked (init) in <sctpx/config.h> do not change a running association. SCTPX_EINVAL,
 * SCTPX_ENOMEM.
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

/*
 * Something can be read on a stream (SCTPX_ANY_STREAM: on any); what is there already counts, and
 * then the loop does not run: who leaves half a line or record unread, and waits for the rest of
 * it, calls sctpx_socket_wait_for_line() or sctpx_socket_wait_for_more() of <sctpx/read.h>. Also
 * SCTPX_EINVAL (stream; in byte mode there is only SCTPX_ANY_STREAM, or SCTPX_CURRENT_STREAM), and
 * SCTPX_ESTREAM as soon as it is known that the association has no such stream.
 */
SCTPX_API int sctpx_socket_wait_for_readable(sctpx_socket *socket, int stream, int timeout_ms);

/*
 * A write has room, as on_writable tells it: 0 at once unless the last write returned
 * SCTPX_EWOULDBLOCK or took less than all of it, else when a quarter of the send buffer is free.
 * Also SCTPX_EPEERSHUTDOWN (the peer ends: nothing can be written any more) and SCTPX_ESTATE (this
 * end does).
 */
SCTPX_API int sctpx_socket_wait_for_writable(sctpx_socket *socket, int timeout_ms);

/* Everything written on a stream (SCTPX_ANY_STREAM: on all; SCTPX_CURRENT_STREAM: the one for
   writing) has been acknowledged by the peer. Also SCTPX_EINVAL and SCTPX_ESTREAM (stream). */
SCTPX_API int sctpx_socket_wait_for_bytes_written(sctpx_socket *socket, int stream, int timeout_ms);

/* There is no association any more: 0 also if it ended badly, see sctpx_socket_error(). */
SCTPX_API int sctpx_socket_wait_for_disconnected(sctpx_socket *socket, int timeout_ms);

#ifdef __cplusplus
}
#endif
#endif
