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
 *   - sctpx_endpoint_on_deadline() when sctpx_endpoint_next_deadline() has come (and what came in
 *     until then has been handed over: a SACK that waits elsewhere keeps nothing from being sent
 *     again),
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
#include <sctpx/outcome.h>
#include <sctpx/types.h>
#include <sctpx/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One endpoint: local addresses, listening ports, associations. */
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

/* One SCTP packet as it came in. */
typedef struct sctpx_packet {
    sctpx_addr local;    /* where it arrived; family 0 if unknown */
    sctpx_addr remote;   /* where it came from, with the UDP port */
    const uint8_t *data; /* from the common header on */
    size_t length;       /* of data */
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

/* Where packets go that are ready to leave. */
typedef struct sctpx_transmit {
    sctpx_addr local;    /* send from here; family 0 = any */
    sctpx_addr remote;   /* send there, udp_port 0 = without encapsulation */
    size_t length;       /* bytes filled in */
    size_t segment_size; /* packets are this long, the last one may be shorter (UDP_SEGMENT) */
    uint8_t dscp;        /* for the IP header, 0..63 */
} sctpx_transmit;

/*
 * Fills the buffer with one or more packets of equal size for one destination, of one association
 * or several. Returns 1, or 0 when there is nothing to send now. The buffer must hold the largest
 * MTU in use, else packets that do not fit are not built; more room gives longer trains.
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

/* Options of one listening port. */
typedef struct sctpx_listen_options {
    sctpx_assoc_options assoc; /* for the associations accepted here */
    uint32_t backlog;          /* associations set up but not yet taken, 50; at the limit INITs are
                         dropped silently so that peers try again */
} sctpx_listen_options;

/* The options of the endpoint's associations, and a backlog of 50. */
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

/* The pointer that events carry as user: the one given to connect or accept, or set since. */
SCTPX_API void sctpx_assoc_set_user(sctpx_assoc *assoc, void *user);
SCTPX_API void *sctpx_assoc_user(const sctpx_assoc *assoc);

/*
 * Reads, changes and writes back what can be changed at run time; (init) fields are ignored.
 * SCTPX_EINVAL, SCTPX_ESTATE (ended), SCTPX_ENOMEM: then nothing has changed.
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

/* An association now, and its totals since it was made. */
typedef struct sctpx_assoc_status {
    enum sctpx_assoc_state state;        /* RFC 9260 4 */
    int error;                           /* why it ended; 0 while it has not */
    uint16_t local_port, remote_port;    /* SCTP ports */
    uint16_t in_streams, out_streams;    /* 0 before they are negotiated */
    uint32_t local_tag, remote_tag;      /* verification tags: of packets to us, and to the peer */
    size_t paths;                        /* how many */
    size_t primary;                      /* as set, or the one that the set-up went over */
    size_t data_path;                    /* new data goes there now: another one if that failed */
    uint32_t peer_rwnd_bytes;            /* what the peer can still take, as far as known */
    size_t unsent_bytes;                 /* queued, not yet sent once */
    size_t unacked_bytes;                /* sent and not yet acknowledged */
    size_t flight_bytes;                 /* in flight on all paths, as cwnd counts (chunks) */
    size_t readable_bytes;               /* whole messages waiting for the user */
    size_t readable_messages;            /* how many these are */
    size_t rcvbuf_used_bytes;            /* receive buffer in use, overhead counted */
    size_t rcvbuf_bytes;                 /* receive buffer, as large as it has grown */
    uint64_t sent_bytes, received_bytes; /* user data, first transmissions, since the start */
    uint64_t sent_chunks, received_chunks;   /* DATA, the first time each */
    uint64_t retransmitted_chunks;           /* DATA sent again */
    uint64_t retransmitted_bytes;            /* the user data in it */
    uint64_t duplicate_chunks;               /* DATA received again */
    uint64_t sent_packets, received_packets; /* of all kinds */
    uint64_t t3_timeouts;                    /* T3-rtx expirations, RFC 9260 6.3.3 */
    uint64_t fast_retransmits;               /* DATA taken for lost before T3-rtx, 7.2.4 */
    uint64_t heartbeats_sent, heartbeats_acked; /* RFC 9260 8.3 */
} sctpx_assoc_status;

/* One path now, and its totals. */
typedef struct sctpx_path_status {
    sctpx_addr local, remote;                          /* our address and the peer's */
    bool confirmed;                                    /* proved to be the peer's, RFC 9260 5.4 */
    bool active;                                       /* answers, RFC 9260 8.2 */
    uint32_t cwnd_bytes, ssthresh_bytes, flight_bytes; /* RFC 9260 7.2 */
    uint32_t mtu;                                      /* at IP level */
    sctpx_time srtt_us, rttvar_us, rto_us;             /* srtt 0 = not measured */
    sctpx_time rtt_us;                                 /* the last measurement; 0 = none */
    sctpx_time min_rtt_us;                             /* the shortest one */
    sctpx_time max_rto_us;                             /* longest time-out; 0: RTO.Initial */
    uint32_t errors;                                   /* consecutive */
    uint64_t sent_packets, received_packets;           /* of all kinds */
    uint64_t sent_bytes, received_bytes;               /* of these packets, common header on */
    uint64_t retransmitted_chunks;                     /* DATA sent again over this path */
    uint64_t retransmitted_bytes;                      /* the user data in it */
    uint64_t t3_timeouts;                              /* T3-rtx expirations */
    uint64_t heartbeats_sent, heartbeats_acked;        /* RFC 9260 8.3 */
} sctpx_path_status;

/* The association as a whole; works after its end too. */
SCTPX_API void sctpx_assoc_get_status(const sctpx_assoc *assoc, sctpx_assoc_status *ret_status);

/* One path, numbered from 0. SCTPX_EINVAL (no such path). */
SCTPX_API int sctpx_assoc_get_path(const sctpx_assoc *assoc, size_t path,
                                   sctpx_path_status *ret_status);

/*
 * Totals of one stream, since the start; a restart of the peer does not set them back, and they
 * can be asked for after the end. Each stream in use costs 112 bytes in each direction.
 */
typedef struct sctpx_stream_status {
    size_t readable_bytes, readable_messages;   /* waiting for the user */
    size_t unacked_bytes, unacked_messages;     /* written and not yet acknowledged */
    uint64_t sent_bytes, sent_messages;         /* written and acknowledged */
    uint64_t received_bytes, received_messages; /* taken by the user */
} sctpx_stream_status;

/* SCTPX_ESTREAM (no such stream in either direction). */
SCTPX_API int sctpx_assoc_get_stream(const sctpx_assoc *assoc, uint16_t stream,
                                     sctpx_stream_status *ret_status);

/*
 * Options of one path. Read, change, write back. They are those of the association until they are
 * set here; a sctpx_assoc_set_options() that changes a value of the association sets it for all its
 * paths again.
 */
typedef struct sctpx_path_options {
    sctpx_time hb_interval_us; /* SCTPX_TIME_NEVER = no heartbeats; addresses that are not yet
                                  confirmed are probed all the same (RFC 9260 5.4) */
    uint16_t path_max_retrans; /* Path.Max.Retrans; counts from the next time-out on */
    uint32_t mtu;              /* at IP level; 576..65535. What was sent in longer packets before is
                                  repeated in longer ones, which IP has to cut */
    sctpx_time rto_us;         /* the time-out now; written (1 us..1 day, and kept within RTO.Min
                                  and RTO.Max), it holds until the next measurement, for timers
                                  started from then on */
} sctpx_path_options;

/*
 * RFC 9260 11.1.9, 11.1.12, 11.1.13. SCTPX_EINVAL (no such path, out of range); set: SCTPX_ESTATE
 * (ended).
 */
SCTPX_API int sctpx_assoc_get_path_options(const sctpx_assoc *assoc, size_t path,
                                           sctpx_path_options *ret_options);
SCTPX_API int sctpx_assoc_set_path_options(sctpx_assoc *assoc, sctpx_time now, size_t path,
                                           const sctpx_path_options *options);

/*
 * Takes the next message that was not delivered: returns 1 and the message, in the order of
 * writing, or 0. There are some when SCTPX_EVENT_CLOSED or SCTPX_EVENT_RESTARTED is told: those
 * that were not acknowledged, sent or not. The bytes are valid until the next call of this, or
 * until the association is freed, so a message can be sent again from where it is. Those of a
 * restart that are not taken go with the next restart. RFC 9260 11.1.14, 11.1.15, 11.2.2.
 */
SCTPX_API int sctpx_assoc_next_failed(sctpx_assoc *assoc, sctpx_failed_message *ret_message);

/*
 * Takes what the next SCTPX_EVENT_MESSAGE of the association would tell, without waiting for its
 * turn: returns 1 and the report, or 0.
 */
SCTPX_API int sctpx_assoc_next_report(sctpx_assoc *assoc, sctpx_message_report *ret_report);

/*
 * Copies up to capacity bytes of a stream (or of any, in order of arrival) from offset on, across
 * the boundaries of messages, and takes nothing. Returns the bytes copied, 0 if there are none;
 * SCTPX_EINVAL (stream).
 */
SCTPX_API long sctpx_assoc_peek_bytes(const sctpx_assoc *assoc, int stream, size_t offset,
                                      void *buffer, size_t capacity);

/* Bytes a stream holds: readable, and written but not yet acknowledged. */
SCTPX_API size_t sctpx_assoc_readable_bytes(const sctpx_assoc *assoc, int stream);
SCTPX_API size_t sctpx_assoc_unacked_bytes(const sctpx_assoc *assoc, int stream);

/* Counters of an endpoint, since it was made. */
typedef struct sctpx_endpoint_stats {
    uint64_t received_packets, sent_packets, received_bytes, sent_bytes; /* whole SCTP packets */
    uint64_t bad_length, bad_checksum; /* received and dropped for that */
    uint64_t bad_tag;                  /* from a known peer, with another verification tag */
    uint64_t out_of_the_blue;          /* of no association, RFC 9260 8.4 */
    uint64_t foreign_port;             /* of those, to ports of others: see sctpx_answers */
    uint64_t inits;                    /* INITs received */
    uint64_t cookies_accepted;         /* COOKIE ECHOs that made or confirmed an association */
    uint64_t cookies_bad_mac;          /* not ours, or changed */
    uint64_t cookies_stale;            /* too old */
    uint64_t dropped_backlog;          /* INITs, for want of room in the backlog */
    uint64_t dropped_rate;             /* answers, by the rate for strangers */
    uint64_t dropped_memory;           /* packets, for want of memory */
    size_t associations;               /* now */
    size_t memory_bytes;               /* now, of everything */
} sctpx_endpoint_stats;

/* The counters now. */
SCTPX_API void sctpx_endpoint_get_stats(const sctpx_endpoint *endpoint,
                                        sctpx_endpoint_stats *ret_stats);

/* ---- events ------------------------------------------------------------------------------ */

/* What happened, and which members of sctpx_event tell more. */
enum sctpx_event_type {
    SCTPX_EVENT_INCOMING = 1,   /* port: an association waits for sctpx_endpoint_accept() */
    SCTPX_EVENT_UP,             /* set-up done: streams and addresses are known */
    SCTPX_EVENT_RESTARTED,      /* the peer restarted; data under way is lost (5.2.4.1) */
    SCTPX_EVENT_READABLE,       /* stream: new message(s) there since the last such event */
    SCTPX_EVENT_WRITABLE,       /* after SCTPX_EWOULDBLOCK: there is room again */
    SCTPX_EVENT_SENT,           /* stream, bytes: acknowledged by the peer since the last one;
                                  context: of the last message acknowledged whole */
    SCTPX_EVENT_PATH_CONFIRMED, /* path */
    SCTPX_EVENT_PATH_UP,        /* path: active again */
    SCTPX_EVENT_PATH_DOWN,      /* path: inactive, Path.Max.Retrans exceeded */
    SCTPX_EVENT_HEARTBEAT,      /* path, rtt_us: answer to sctpx_assoc_heartbeat() */
    SCTPX_EVENT_REMOTE_ERROR,   /* cause: the peer sent an ERROR chunk */
    SCTPX_EVENT_PEER_SHUTDOWN,  /* the peer is shutting down: nothing more can be sent */
    SCTPX_EVENT_PATH_PRIMARY,   /* path: new data goes there now: set so, or by a failure or a
                                   return; follows the PATH events that it comes from */
    SCTPX_EVENT_MESSAGE,        /* report: a step of a message with SCTPX_MSG_REPORT; told before
                                  RESTARTED. Transmitting brings some about too */
    SCTPX_EVENT_DRY,            /* everything that was sent is acknowledged */
    SCTPX_EVENT_CLOSED          /* error, cause: ended; always the last event */
};

/* One event; members that its type does not name are 0. */
typedef struct sctpx_event {
    enum sctpx_event_type type; /* what happened */
    sctpx_assoc *assoc;         /* NULL for SCTPX_EVENT_INCOMING */
    void *user;                 /* the association's user pointer */
    uint16_t port;              /* listening SCTP port, of SCTPX_EVENT_INCOMING */
    uint16_t stream;            /* which one */
    uint16_t cause; /* cause code of ABORT or ERROR (RFC 9260 3.3.10), 0 if there was none */
    int error;      /* CLOSED: 0 = after our own graceful shutdown, else SCTPX_E... */
    size_t path;    /* number of the path */
    size_t bytes;   /* of SCTPX_EVENT_SENT */
    void *context;  /* sctpx_sndinfo.context */
    sctpx_message_report report; /* of SCTPX_EVENT_MESSAGE */
    sctpx_time rtt_us;           /* of SCTPX_EVENT_HEARTBEAT */
    const uint8_t *reason;       /* bytes of the cause; valid until the next call on the endpoint */
    size_t reason_length;        /* of reason */
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
