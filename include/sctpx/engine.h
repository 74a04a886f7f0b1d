/* SPDX-License-Identifier: MIT */
/*
 * The engine: a complete SCTP endpoint (RFC 9260) without sockets, clock, threads or globals.
 *
 * Bytes, time and randomness go in; bytes, one deadline and events come out. An endpoint is one
 * set of local addresses with any number of listening ports and associations. It is for people
 * who bring their own transport; the server and socket objects of <sctpx/server.h> and
 * <sctpx/socket.h> are built on it.
 *
 * How to drive it, in any order and as often as wanted:
 *   - sctpx_endpoint_receive() for every packet that came in,
 *   - sctpx_endpoint_on_deadline() when sctpx_endpoint_next_deadline() has come,
 *   - commands (connect, send, ...),
 * and after each batch of these:
 *   - sctpx_endpoint_poll_event() until it returns 0,
 *   - sctpx_endpoint_transmit() until it returns 0.
 *
 * Nothing calls back. All calls on one endpoint and its associations come from one thread at a
 * time. `now` must never run backwards. Since 0.1.
 */
#ifndef SCTPX_ENGINE_H
#define SCTPX_ENGINE_H

#include <sctpx/config.h>
#include <sctpx/error.h>
#include <sctpx/types.h>
#include <sctpx/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sctpx_endpoint sctpx_endpoint;

/*
 * One association. It lives until sctpx_assoc_free(), also after it has ended: its received
 * messages stay readable and its status can be asked for. Associations that wait to be accepted
 * belong to the endpoint.
 */
typedef struct sctpx_assoc sctpx_assoc;

/* ---- endpoint ---------------------------------------------------------------------------- */

/* Copies the options. SCTPX_EINVAL, SCTPX_ENOMEM, SCTPX_ESYSTEM (no HMAC in libcrypto). */
SCTPX_API int sctpx_endpoint_new(const sctpx_endpoint_options *options, sctpx_time now,
                                 sctpx_endpoint **ret_endpoint);

/* Frees the endpoint and every association, accepted or not, without a word to the peers. */
SCTPX_API void sctpx_endpoint_free(sctpx_endpoint *endpoint);

/*
 * Tells which local address the endpoint is bound to; call it for each, before anything else.
 * With two or more addresses that are no wildcard these are announced to peers, as far as the
 * scope of the peer's address allows; with one, or with wildcards, none is (RFC 6951 5.7).
 * SCTPX_ELIMIT after SCTPX_MAX_LOCALS, SCTPX_EADDRINUSE if it is there already.
 */
SCTPX_API int sctpx_endpoint_add_local(sctpx_endpoint *endpoint, const sctpx_addr *local);

/* ---- packets in and out ------------------------------------------------------------------ */

typedef struct sctpx_packet {
    sctpx_addr local;  /* where it arrived; family 0 if unknown */
    sctpx_addr remote; /* where it came from, with the UDP port */
    const uint8_t *data;
    size_t length;
} sctpx_packet;

/*
 * Handles one SCTP packet (without UDP header). Never keeps a pointer into it. Returns 0 if it
 * belonged to an association or was a proper set-up packet, else why it was dropped or refused:
 * SCTPX_EBADPACKET (length, checksum, ports), SCTPX_ENOASSOC (out of the blue, wrong tag),
 * SCTPX_ELIMIT (backlog, rate), SCTPX_ENOMEM. The return value is for counters and traces; there is
 * nothing to do about it.
 */
SCTPX_API int sctpx_endpoint_receive(sctpx_endpoint *endpoint, sctpx_time now,
                                     const sctpx_packet *packet);

typedef struct sctpx_transmit {
    sctpx_addr local;    /* send from here; family 0 = any */
    sctpx_addr remote;   /* send there, udp_port 0 = without encapsulation */
    size_t length;       /* bytes filled in */
    size_t segment_size; /* packets are this long, the last one may be shorter (UDP_SEGMENT) */
} sctpx_transmit;

/*
 * Fills the buffer with one or more packets of equal size for one destination. Returns 1, or 0
 * when there is nothing to send now. The buffer must hold the largest MTU in use, else packets
 * that do not fit are not built; more room gives longer trains.
 */
SCTPX_API int sctpx_endpoint_transmit(sctpx_endpoint *endpoint, sctpx_time now, uint8_t *buffer,
                                      size_t capacity, sctpx_transmit *ret_transmit);

/* When sctpx_endpoint_on_deadline() must be called; SCTPX_TIME_NEVER if not at all. */
SCTPX_API sctpx_time sctpx_endpoint_next_deadline(const sctpx_endpoint *endpoint);

/* Runs every timer that is due. Harmless if called early. */
SCTPX_API void sctpx_endpoint_on_deadline(sctpx_endpoint *endpoint, sctpx_time now);

/*
 * The carrier learned that nothing answers at a remote address (ICMP port or protocol
 * unreachable, RFC 9260 10, RFC 6951 5.5). Only associations that are still being set up to it
 * fail (SCTPX_EREFUSED); established ones trust their own supervision. quoted holds what the ICMP
 * message quoted of our packet, or is NULL when the carrier cannot tell: then a match of the
 * address is enough in state COOKIE_WAIT, and nothing else is done.
 */
SCTPX_API void sctpx_endpoint_on_unreachable(sctpx_endpoint *endpoint, sctpx_time now,
                                             const sctpx_addr *remote, const uint8_t *quoted,
                                             size_t quoted_length);

/* ---- listening --------------------------------------------------------------------------- */

typedef struct sctpx_listen_options {
    sctpx_assoc_options assoc; /* for the associations accepted here */
    uint32_t backlog; /* associations set up but not yet taken, 50; at the limit INITs are
                         dropped silently so that peers try again */
} sctpx_listen_options;

SCTPX_API void sctpx_listen_options_defaults(const sctpx_endpoint *endpoint,
                                             sctpx_listen_options *ret_options);

/*
 * Accepts associations on an SCTP port; 0 picks a free one. Returns the port (1..65535), or
 * SCTPX_EADDRINUSE, SCTPX_EINVAL, SCTPX_ENOMEM.
 */
SCTPX_API int sctpx_endpoint_listen(sctpx_endpoint *endpoint, uint16_t port,
                                    const sctpx_listen_options *options);

/*
 * Stops listening; associations that wait to be accepted are aborted, accepted ones live on.
 * SCTPX_ESTATE if it does not listen.
 */
SCTPX_API int sctpx_endpoint_unlisten(sctpx_endpoint *endpoint, sctpx_time now, uint16_t port);

/*
 * Takes the oldest waiting association of a port. SCTPX_EWOULDBLOCK if none waits, SCTPX_ESTATE if
 * nothing listens there.
 */
SCTPX_API int sctpx_endpoint_accept(sctpx_endpoint *endpoint, uint16_t port, void *user,
                                    sctpx_assoc **ret_assoc);

/* How many wait to be accepted on a port, 0 if it does not listen. */
SCTPX_API uint32_t sctpx_endpoint_backlog(const sctpx_endpoint *endpoint, uint16_t port);

/* ---- associations ------------------------------------------------------------------------ */

/*
 * Starts an association with one peer that has n (1..SCTPX_MAX_PATHS) addresses; the first one is
 * the primary path and gets the INIT, the others are tried when it does not answer. local_port 0
 * picks a free port. options NULL = the endpoint's defaults. The result is told by an event.
 * SCTPX_EINVAL, SCTPX_EADDRINUSE, SCTPX_ELIMIT, SCTPX_ENOMEM.
 */
SCTPX_API int sctpx_endpoint_connect(sctpx_endpoint *endpoint, sctpx_time now,
                                     const sctpx_addr *remotes, size_t n, uint16_t remote_port,
                                     uint16_t local_port, const sctpx_assoc_options *options,
                                     void *user, sctpx_assoc **ret_assoc);

/*
 * Queues one message; the bytes are copied. Allowed from COOKIE_WAIT on (the first packets then
 * carry data as early as RFC 9260 5.1 lets them; when the peer then grants fewer streams than such
 * a message needs, the association ends with SCTPX_ESTREAM).
 * SCTPX_EEMPTY, SCTPX_EMSGSIZE (over SCTPX_MAX_SEND_BYTES), SCTPX_ESTREAM, SCTPX_ESTATE (shutting
 * down or ended), SCTPX_EWOULDBLOCK (buffer limits; SCTPX_EVENT_WRITABLE will tell), SCTPX_ENOMEM.
 * A message longer than the send buffer is taken when nothing else is queued.
 */
SCTPX_API int sctpx_assoc_send(sctpx_assoc *assoc, sctpx_time now, const void *data, size_t length,
                               const sctpx_sndinfo *info);

/*
 * Takes the oldest whole message of a stream, or of any (SCTPX_ANY_STREAM, in order of arrival).
 * Returns its length. SCTPX_EWOULDBLOCK: none there; SCTPX_ETRUNC: buffer too small, the message
 * stays and ret_info is filled; SCTPX_EINVAL. Reading opens the receive window again. Works after
 * the end of the association too.
 */
SCTPX_API long sctpx_assoc_receive(sctpx_assoc *assoc, int stream, void *buffer, size_t capacity,
                                   sctpx_rcvinfo *ret_info);

/* Like receive, without taking anything; copies at most capacity bytes, from offset on. */
SCTPX_API long sctpx_assoc_peek(const sctpx_assoc *assoc, int stream, size_t offset, void *buffer,
                                size_t capacity, sctpx_rcvinfo *ret_info);

/*
 * Takes up to capacity bytes from the front of the oldest message, leaving the rest of it there
 * (for byte streams). Returns the bytes taken; SCTPX_EWOULDBLOCK.
 */
SCTPX_API long sctpx_assoc_read_bytes(sctpx_assoc *assoc, int stream, void *buffer,
                                      size_t capacity);

/* Ends gracefully after all queued data is acknowledged (RFC 9260 9.2). SCTPX_ESTATE. */
SCTPX_API int sctpx_assoc_shutdown(sctpx_assoc *assoc, sctpx_time now);

/*
 * Ends at once with ABORT and User-Initiated Abort cause (RFC 9260 9.1). reason may be NULL; at
 * most 256 bytes of it are sent. Ended associations: SCTPX_ESTATE.
 */
SCTPX_API int sctpx_assoc_abort(sctpx_assoc *assoc, sctpx_time now, const void *reason,
                                size_t length);

/* Frees it; one that is not ended is aborted first. Its pending events are dropped. */
SCTPX_API void sctpx_assoc_free(sctpx_assoc *assoc, sctpx_time now);

SCTPX_API void sctpx_assoc_set_user(sctpx_assoc *assoc, void *user);
SCTPX_API void *sctpx_assoc_user(const sctpx_assoc *assoc);

/*
 * Reads, changes and writes back what can be changed at run time; (init) fields are ignored.
 * SCTPX_EINVAL, SCTPX_ESTATE (ended).
 */
SCTPX_API void sctpx_assoc_get_options(const sctpx_assoc *assoc, sctpx_assoc_options *ret_options);
SCTPX_API int sctpx_assoc_set_options(sctpx_assoc *assoc, sctpx_time now,
                                      const sctpx_assoc_options *options);

/* Makes a confirmed path the primary one. SCTPX_EINVAL, SCTPX_ESTATE (unconfirmed, or ended). */
SCTPX_API int sctpx_assoc_set_primary(sctpx_assoc *assoc, size_t path);

/*
 * Sends a HEARTBEAT on a path now; SCTPX_EVENT_HEARTBEAT tells the RTT. SCTPX_EINVAL, SCTPX_ESTATE
 * (not set up yet, or shutting down).
 */
SCTPX_API int sctpx_assoc_heartbeat(sctpx_assoc *assoc, sctpx_time now, size_t path);

/* ---- status ------------------------------------------------------------------------------ */

typedef struct sctpx_assoc_status {
    enum sctpx_assoc_state state;
    int error;              /* why it ended; 0 while it has not */
    uint16_t local_port, remote_port;
    uint16_t in_streams, out_streams; /* 0 before they are negotiated */
    uint32_t local_tag, remote_tag;
    size_t paths, primary;
    uint32_t peer_rwnd_bytes;   /* what the peer can still take, as far as known */
    size_t unsent_bytes;        /* queued, not yet sent once */
    size_t unacked_bytes;       /* sent and not yet acknowledged */
    size_t readable_bytes;      /* whole messages waiting for the user */
    size_t readable_messages;
    size_t rcvbuf_used_bytes;   /* receive buffer in use, overhead counted */
    uint64_t sent_bytes, received_bytes; /* user data, first transmissions, since the start */
    uint64_t sent_chunks, received_chunks, retransmitted_chunks, duplicate_chunks;
    uint64_t sent_packets, received_packets, t3_timeouts, fast_retransmits;
} sctpx_assoc_status;

typedef struct sctpx_path_status {
    sctpx_addr local, remote;
    bool confirmed, active;
    uint32_t cwnd_bytes, ssthresh_bytes, flight_bytes, mtu;
    sctpx_time srtt_us, rttvar_us, rto_us; /* srtt 0 = not measured */
    uint32_t errors; /* consecutive */
} sctpx_path_status;

SCTPX_API void sctpx_assoc_get_status(const sctpx_assoc *assoc, sctpx_assoc_status *ret_status);
SCTPX_API int sctpx_assoc_get_path(const sctpx_assoc *assoc, size_t path,
                                   sctpx_path_status *ret_status);

/* Bytes a stream holds: readable, and written but not yet acknowledged. */
SCTPX_API size_t sctpx_assoc_readable_bytes(const sctpx_assoc *assoc, int stream);
SCTPX_API size_t sctpx_assoc_unacked_bytes(const sctpx_assoc *assoc, int stream);

typedef struct sctpx_endpoint_stats {
    uint64_t received_packets, sent_packets, received_bytes, sent_bytes;
    uint64_t bad_length, bad_checksum, bad_tag, out_of_the_blue;
    uint64_t inits, cookies_accepted, cookies_bad_mac, cookies_stale;
    uint64_t dropped_backlog, dropped_rate, dropped_memory;
    size_t associations, memory_bytes;
} sctpx_endpoint_stats;

SCTPX_API void sctpx_endpoint_get_stats(const sctpx_endpoint *endpoint,
                                        sctpx_endpoint_stats *ret_stats);

/* ---- events ------------------------------------------------------------------------------ */

enum sctpx_event_type {
    SCTPX_EVENT_INCOMING = 1,  /* port: an association waits for sctpx_endpoint_accept() */
    SCTPX_EVENT_UP,            /* set-up done: streams and addresses are known */
    SCTPX_EVENT_RESTARTED,     /* the peer restarted; data under way is lost (5.2.4.1) */
    SCTPX_EVENT_READABLE,      /* stream: new message(s) there since the last such event */
    SCTPX_EVENT_WRITABLE,      /* after SCTPX_EWOULDBLOCK: there is room again */
    SCTPX_EVENT_SENT,          /* stream, bytes: acknowledged by the peer since the last one;
                                  context: of the last message acknowledged whole */
    SCTPX_EVENT_PATH_CONFIRMED, /* path */
    SCTPX_EVENT_PATH_UP,       /* path: active again */
    SCTPX_EVENT_PATH_DOWN,     /* path: inactive, Path.Max.Retrans exceeded */
    SCTPX_EVENT_HEARTBEAT,     /* path, rtt_us: answer to sctpx_assoc_heartbeat() */
    SCTPX_EVENT_REMOTE_ERROR,  /* cause: the peer sent an ERROR chunk */
    SCTPX_EVENT_PEER_SHUTDOWN, /* the peer is shutting down: nothing more can be sent */
    SCTPX_EVENT_DRY,           /* everything that was sent is acknowledged */
    SCTPX_EVENT_CLOSED         /* error, cause: ended; always the last event */
};

typedef struct sctpx_event {
    enum sctpx_event_type type;
    sctpx_assoc *assoc; /* NULL for SCTPX_EVENT_INCOMING */
    void *user;         /* the association's user pointer */
    uint16_t port;
    uint16_t stream;
    uint16_t cause; /* cause code of ABORT or ERROR (RFC 9260 3.3.10), 0 if there was none */
    int error;      /* CLOSED: 0 = after our own graceful shutdown, else SCTPX_E... */
    size_t path;
    size_t bytes;
    void *context; /* sctpx_sndinfo.context */
    sctpx_time rtt_us;
    const uint8_t *reason; /* bytes of the cause; valid until the next call on the endpoint */
    size_t reason_length;
} sctpx_event;

/*
 * Returns 1 and the next event, or 0. Events of one kind are merged, so that at most a fixed
 * number wait per association and stream; none is ever lost, but nothing becomes writable any more
 * once the association has ended.
 */
SCTPX_API int sctpx_endpoint_poll_event(sctpx_endpoint *endpoint, sctpx_event *ret_event);

#ifdef __cplusplus
}
#endif
#endif
