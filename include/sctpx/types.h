/* SPDX-License-Identifier: MIT */
/* Types shared by every part of sctpx: time, addresses, message information. Since 0.1. */
#ifndef SCTPX_TYPES_H
#define SCTPX_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Microseconds on a monotonic clock that the caller chooses (its zero does not matter). */
typedef uint64_t sctpx_time;
#define SCTPX_TIME_NEVER UINT64_MAX

/* Address families; not the values of AF_INET and AF_INET6, so that the engine needs no sockets. */
enum sctpx_family { SCTPX_NO_FAMILY = 0, SCTPX_IPV4 = 4, SCTPX_IPV6 = 6 };

/*
 * A transport address of one end: IP address and UDP encapsulation port (RFC 6951).
 * An all-zero ip of a family is that family's wildcard; family 0 is "no address".
 */
typedef struct sctpx_addr {
    uint8_t family;    /* enum sctpx_family */
    uint16_t udp_port; /* host order; 0 = not encapsulated, or "any" when binding */
    uint32_t scope_id; /* IPv6 link-local zone, else 0 */
    uint8_t ip[16];    /* network order; IPv4 uses the first 4 bytes, the rest is 0 */
} sctpx_addr;

/* Stream number that means "any stream" when reading, and "all streams" when counting. */
#define SCTPX_ANY_STREAM (-1)

/* In calls on sockets: the stream of sctpx_socket_set_current_read_stream(), 0 at first. */
#define SCTPX_CURRENT_STREAM (-2)

/* Flags of a message. */
enum sctpx_msg_flags {
    SCTPX_MSG_UNORDERED = 1u << 0, /* U bit: delivered as soon as it is whole */
    SCTPX_MSG_SACK_NOW = 1u << 1,  /* I bit (RFC 7053): ask the peer to acknowledge at once */
    SCTPX_MSG_PARTIAL = 1u << 2,   /* received: more of the same message follows */
    SCTPX_MSG_FIRST = 1u << 3,     /* received: holds the first byte of the message */
    SCTPX_MSG_LAST = 1u << 4,      /* received: holds the last byte of the message */
    SCTPX_MSG_REPORT = 1u << 5     /* to send: tell what becomes of it, see <sctpx/outcome.h> */
};

/* How to send a message. All-zero is: stream 0, PPID 0, ordered. */
typedef struct sctpx_sndinfo {
    uint16_t stream; /* to send it on */
    uint16_t flags;  /* SCTPX_MSG_UNORDERED | SCTPX_MSG_SACK_NOW | SCTPX_MSG_REPORT */
    uint32_t ppid;   /* payload protocol identifier, host order */
    void *context;   /* the user's; comes back when the message is acknowledged */

    /*
     * If not NULL, the bytes are lent, not copied: they stay as they are until this is called with
     * the context and them. It is called once for each message that was taken, when nobody needs
     * its bytes any more: all of them are acknowledged and that has been told (SCTPX_MSG_REPORT),
     * it has failed and been handed back, or its association was freed; on the kernel's SCTP, which
     * copies, before the call returns. Not for a message that was not taken (an error). It may come
     * from within any call on the association or its loop, and from the thread of the loop that the
     * association was made on. The library may hold its own lock then: it must not call the
     * library, nor take a lock that anybody has while he calls it. The context may still be told
     * afterwards (sctpx_socket_sent_context(), failures). Lent bytes count for the send buffer as
     * others do, not for memory_limit_bytes.
     */
    void (*release)(void *context, const void *data, size_t length);
} sctpx_sndinfo;

/* What came with a received message. */
typedef struct sctpx_rcvinfo {
    uint16_t stream; /* that it came on */
    uint16_t ssn;    /* stream sequence number; 0 for unordered messages */
    uint16_t flags;  /* enum sctpx_msg_flags */
    uint32_t ppid;   /* host order */
    uint32_t tsn;    /* TSN of the first fragment in this piece */
    size_t length;   /* bytes of the message (of this piece, when SCTPX_MSG_PARTIAL) */
} sctpx_rcvinfo;

/* RFC 9260 section 4, plus the states a user of a socket sees before and after. */
enum sctpx_assoc_state {
    SCTPX_CLOSED = 0,
    SCTPX_COOKIE_WAIT,
    SCTPX_COOKIE_ECHOED,
    SCTPX_ESTABLISHED,
    SCTPX_SHUTDOWN_PENDING,
    SCTPX_SHUTDOWN_SENT,
    SCTPX_SHUTDOWN_RECEIVED,
    SCTPX_SHUTDOWN_ACK_SENT
};

#ifdef __cplusplus
}
#endif
#endif
