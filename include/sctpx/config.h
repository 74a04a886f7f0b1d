/* SPDX-License-Identifier: MIT */
/*
 * Options of endpoints and associations, with the default of every one of them. Times are in
 * microseconds, sizes in bytes. Always start from the *_defaults() call: it also fills what later
 * versions add. Since 0.1.
 */
#ifndef SCTPX_CONFIG_H
#define SCTPX_CONFIG_H

#include <sctpx/types.h>
#include <sctpx/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Remote addresses one association can hold; further ones in an INIT or INIT ACK are ignored. */
#define SCTPX_MAX_PATHS 8
/* Local addresses one endpoint can be bound to. */
#define SCTPX_MAX_LOCALS 8
/* Largest number of streams in one direction (RFC 9260 3.3.2). */
#define SCTPX_MAX_STREAMS 65535
/* Largest message that can be sent. */
#define SCTPX_MAX_SEND_BYTES ((size_t)1 << 30)

/*
 * Where memory comes from. free gets the size that alloc was asked for. alloc may return NULL:
 * the call that needed it then fails with SCTPX_ENOMEM, and a packet that needed it is dropped as
 * if the network had lost it.
 */
typedef struct sctpx_allocator {
    void *(*alloc)(void *context, size_t size);             /* NULL: none left */
    void (*free)(void *context, void *memory, size_t size); /* size as it was asked for */
    void *context;                                          /* for both */
} sctpx_allocator;

/* Fills size bytes with cryptographically strong random numbers; must not fail. */
typedef void (*sctpx_random_function)(void *context, void *ret_bytes, size_t size);

/* What adapts how much is in flight to the path, RFC 9260 7. @since 0.1 */
enum sctpx_congestion_control {
    SCTPX_CONGESTION_CUBIC,  /* RFC 9438, and HyStart++ (RFC 9406) to leave slow start */
    SCTPX_CONGESTION_RFC9260 /* RFC 9260 7.2 to the letter */
};

/* What is taken for lost before T3-rtx expires. @since 0.1 */
enum sctpx_loss_detection {
    SCTPX_LOSS_RACK,   /* by time and order, with tail loss probes: RFC 8985 on TSNs. Packets that
                          only overtake each other are told from losses */
    SCTPX_LOSS_RFC9260 /* by three missing reports, RFC 9260 7.2.4 */
};

/* Options of one association. Fields marked (init) matter only before it is set up. */
typedef struct sctpx_assoc_options {
    /* Streams, RFC 9260 3.3.2 and 5.1.1. */
    uint16_t out_streams;    /* (init) asked for, 1..65535; default 65535: what the peer takes */
    uint16_t max_in_streams; /* (init) accepted, 1..65535; default 65535 */

    /* Retransmission time-out, RFC 9260 6.3.1 and 16. 1 us <= min <= initial <= max <= 1 day. */
    sctpx_time rto_initial_us; /* RTO.Initial, 1 s */
    sctpx_time rto_min_us;     /* RTO.Min, 1 s */
    sctpx_time rto_max_us;     /* RTO.Max, 60 s */
    uint8_t rto_alpha_shift;   /* RTO.Alpha = 1/2^shift, 3; 1..16 */
    uint8_t rto_beta_shift;    /* RTO.Beta = 1/2^shift, 2; 1..16 */

    /* Failure detection, RFC 9260 8. */
    uint16_t association_max_retrans; /* Association.Max.Retrans, 10 */
    uint16_t path_max_retrans;        /* Path.Max.Retrans, 5 (per destination address) */
    uint16_t max_init_retrans;        /* Max.Init.Retransmits, 8 */
    sctpx_time hb_interval_us;        /* HB.interval, 30 s; SCTPX_TIME_NEVER = no heartbeats */
    uint16_t hb_max_burst;            /* HB.Max.Burst per RTO, 1; at least 1 */
    sctpx_time shutdown_guard_us;     /* T5-shutdown-guard; 0 = 5 * RTO.Max */

    /* Acknowledging, RFC 9260 6.2. */
    sctpx_time sack_delay_us; /* SACK.Delay, 200 ms, at most 500 ms */
    uint16_t sack_packets;    /* acknowledge every n-th packet with DATA, 2; at least 1 */

    /* Sending, RFC 9260 6.1 and 7. */
    enum sctpx_congestion_control congestion_control; /* SCTPX_CONGESTION_CUBIC */
    enum sctpx_loss_detection loss_detection;         /* SCTPX_LOSS_RACK */
    uint16_t max_burst;         /* Max.Burst in packets, 4; 0 = no limit */
    bool nagle;                 /* wait for full packets while data is in flight; false */
    uint32_t mtu;               /* path MTU at IP level, 1500; 576..65535 */
    uint8_t dscp;               /* Differentiated Services code point of its packets, 0; 0..63.
                                   A change starts congestion control over */
    size_t sndbuf_bytes;        /* queued and not yet acknowledged in total, each message counted
                                 with 64 bytes on top: the most, 8 MiB; >= 1. It takes no more
                                 bytes than twice what may be under way (the congestion window and
                                 the peer's), or 1 MiB if that is more. Where more than 16 of an
                                 endpoint write at the same time they share 16 MiB in place of
                                 that; each has 16 KiB at least */
    size_t sndbuf_stream_bytes; /* for one stream, of bytes alone; 0 = only the total counts */

    /* Receiving, RFC 9260 6.2 and 6.9. */
    size_t rcvbuf_bytes;      /* receive buffer: payload, advertised as a_rwnd, and as much again
                                 for overhead: the most, 8 MiB; 1500 (RFC 9260 3.3.2) .. 2^32 - 1.
                                 It begins with 1 MiB and doubles for a user who reads half of it
                                 within a round trip */
    size_t max_message_bytes; /* longest message to reassemble, 16 MiB, >= 1; over that: ABORT;
                                 without meaning with partial_delivery */
    bool partial_delivery;    /* hand over pieces of messages that fill the buffer; false */

    /* Restart of the peer, RFC 9260 5.2.4.1. */
    bool refuse_restart; /* answer a restart with ABORT and keep the association; false */
} sctpx_assoc_options;

/*
 * On which SCTP ports packets of no association are answered (RFC 9260 8.4), where their kind is to
 * be answered at all. Over raw IP every stack of a host gets the packets for all of its SCTP ports.
 */
enum sctpx_answers {
    SCTPX_ANSWER_DEFAULT = 0,    /* servers and sockets over raw IP: listening ports, else all */
    SCTPX_ANSWER_ALL_PORTS,      /* right where this endpoint is the only SCTP of its addresses */
    SCTPX_ANSWER_LISTENING_PORTS /* those on which this endpoint listens; packets to other ports
                                    are counted (foreign_port). The answer to a SHUTDOWN ACK, which
                                    harms nobody, is sent from any port */
};

/* Options of an endpoint. */
typedef struct sctpx_endpoint_options {
    sctpx_allocator allocator;    /* all NULL = not allowed: the engine has no malloc of its own */
    sctpx_random_function random; /* required */
    void *random_context;         /* for random */
    sctpx_assoc_options assoc;    /* defaults for its associations */

    sctpx_time cookie_lifetime_us; /* Valid.Cookie.Life, 60 s; > 0 */
    bool has_cookie_key;           /* cookie_key is given instead of drawn: hosts that share a port.
                                      It never changes, and cookies hold `now`: the hosts' times
                                      must be of one clock (not each one's time since boot) */
    uint8_t cookie_key[32];        /* if has_cookie_key */
    uint8_t shard;                 /* put in the top shard_bits of every verification tag */
    uint8_t shard_bits;            /* 0..8, 0 */

    uint32_t max_assocs;       /* associations at once, 1,000,000 */
    size_t memory_limit_bytes; /* all memory of this endpoint, 4 GiB */
    size_t packet_buffer_bytes; /* payload of full packets that can wait in front of it, as in
                                   sockets, where a packet takes room however little it carries: its
                                   associations together get no more under way to them than
                                   that, where round trips are short; 0 = no limit. Servers
                                   and sockets find it out by themselves */
    uint32_t stranger_rate;    /* replies a second to packets of no association, 10,000;
                                    0 = never reply to out-of-the-blue packets */
    uint32_t stranger_burst;   /* and at once, 1,000 */
    uint32_t init_rate;        /* INIT ACKs a second, 200,000; 0 = never */
    uint32_t init_burst;       /* and at once, 10,000 */
    enum sctpx_answers answers; /* on which ports strangers are answered */
    bool silent_ootb;          /* answer strangers with INIT ACK only: no ABORT (also not to an
                                    INIT that is refused), no SHUTDOWN COMPLETE, no Stale Cookie;
                                    false */
} sctpx_endpoint_options;

/* Fills in every option with the default that is named beside it. */
SCTPX_API void sctpx_assoc_options_defaults(sctpx_assoc_options *ret_options);

/* Everything but allocator and random, which the caller must fill. */
SCTPX_API void sctpx_endpoint_options_defaults(sctpx_endpoint_options *ret_options);

/* SCTPX_EINVAL if a field is outside its documented range, else 0. */
SCTPX_API int sctpx_assoc_options_check(const sctpx_assoc_options *options);

#ifdef __cplusplus
}
#endif
#endif
