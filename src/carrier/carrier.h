/* SPDX-License-Identifier: MIT */
/*
 * The packet seam below the engine: how SCTP packets get to and from the network. udp.c carries
 * them in UDP (RFC 6951), raw.c as IP protocol 132; sockets*.c is what both do alike. A carrier
 * owns its sockets and receive buffers; it never waits, knows no loop and no engine, and calls only
 * the sink it is given, from within receive.
 */
#ifndef SCTPXI_CARRIER_CARRIER_H
#define SCTPXI_CARRIER_CARRIER_H

#include <sctpx/engine.h>

/* One socket per local address; the dual wildcard makes two. */
#define SCTPXI_CARRIER_SOCKETS SCTPX_MAX_LOCALS
#define SCTPXI_CARRIER_NO_SOCKET SIZE_MAX

struct sctpxi_carrier_options {
    const sctpx_addr *addrs; /* to bind to; their udp_port is ignored */
    size_t count;            /* 0 = the wildcards of both families */
    uint16_t udp_port;       /* of all of them; 0 = any free one; nothing to raw IP */
    const int *fds;          /* bound UDP sockets to use instead of all that; not of raw IP */
    size_t fd_count;         /* 0 = none. They are copied, not taken: the caller closes his */
    size_t rcvbuf_bytes;     /* socket buffers; 0 = 16 MiB, 4 MiB */
    size_t sndbuf_bytes;
    bool no_segmentation; /* neither UDP_SEGMENT nor UDP_GRO */
};

/* Where what is received goes. data is valid during the call only. */
struct sctpxi_carrier_sink {
    void (*on_packet)(void *arg, const sctpx_packet *packet);
    /* ICMP: no port or protocol there; quoted is what it quoted of our packet's payload. */
    void (*on_unreachable)(void *arg, const sctpx_addr *remote, const uint8_t *quoted,
                           size_t length);
    void *arg;
};

struct sctpxi_carrier_stats {
    uint64_t received_packets, received_batches; /* batches: system calls that brought some */
    uint64_t sent_packets, sent_batches;
    uint64_t would_block;                         /* sends put off because the system had no room */
    uint64_t too_big;                             /* packets over the MTU of the interface: lost */
    uint64_t send_errors;                         /* packets lost by other errors of the system */
    uint64_t truncated, not_unicast, icmp_errors; /* received and ignored (truncated: or with an IP
                                                     header that cannot be); ICMP of all kinds */
};

/* How far a send has come that the system had no room for. */
struct sctpxi_carrier_progress {
    size_t done;   /* bytes of the train that are through (or lost): set 0 before the first try */
    size_t socket; /* wait until this one is writable; NO_SOCKET: try again in a millisecond */
};

struct sctpxi_carrier;

/* ---- opening ------------------------------------------------------------------------------ */

/*
 * Binds UDP sockets as asked; all get the same port. Without IPv6 (or IPv4) on the host the dual
 * wildcard is the other family's alone. SCTPX_EINVAL, SCTPX_ELIMIT (addresses), SCTPX_EADDRINUSE,
 * SCTPX_EADDRNOTAVAIL, SCTPX_EACCES, SCTPX_ERESOURCE, SCTPX_ENOMEM, SCTPX_ESYSTEM; with fds
 * SCTPX_EINVAL also if they are not such sockets.
 */
int sctpxi_carrier_open_udp(const struct sctpxi_carrier_options *options,
                            struct sctpxi_carrier **ret_carrier);

/*
 * The same with raw IP sockets. UDP ports are 0 in its addresses, and have to be in those it sends
 * to. SCTPX_EACCES (without CAP_NET_RAW), SCTPX_ENOTSUP (no raw sockets here), else as above.
 */
int sctpxi_carrier_open_raw(const struct sctpxi_carrier_options *options,
                            struct sctpxi_carrier **ret_carrier);

/* Closes the sockets and frees it. NULL is allowed. */
void sctpxi_carrier_close(struct sctpxi_carrier *carrier);

/* ---- SCTP ports ---------------------------------------------------------------------------- */

/*
 * Takes an SCTP port for the addresses of a carrier whose packets the system does not sort by port:
 * raw IP. Elsewhere it does nothing, as where the carrier has it already. SCTPX_EADDRINUSE: another
 * one of this network namespace has it at one of these addresses, in whichever program.
 * SCTPX_ERESOURCE, SCTPX_ENOMEM. On a system where it cannot be found out the answer is 0.
 */
int sctpxi_carrier_claim(struct sctpxi_carrier *carrier, uint16_t port);

/* Gives it back. Closing the carrier gives back all. Harmless if it does not have it. */
void sctpxi_carrier_disclaim(struct sctpxi_carrier *carrier, uint16_t port);

/*
 * Takes one of so many blocks of SCTP ports that clients pick from, trying from the first one on,
 * until the carrier is closed: in another one of this network namespace nobody picks from it, at
 * whatever address. Returns its number. SCTPX_ENOTSUP: not needed, for the system sorts packets by
 * UDP port, or it cannot be found out here. SCTPX_EADDRINUSE: all are taken. SCTPX_ERESOURCE,
 * SCTPX_ENOMEM.
 */
int sctpxi_carrier_take_block(struct sctpxi_carrier *carrier, unsigned blocks, unsigned first);

/* The lowest port above this one that the carrier has; 0: none. */
uint16_t sctpxi_carrier_next_claim(const struct sctpxi_carrier *carrier, uint16_t after);

/*
 * How much payload in full packets waits in the socket with the smallest receive buffer until the
 * system drops some; what the system gave counts, not what was asked for.
 */
size_t sctpxi_carrier_room(const struct sctpxi_carrier *carrier);

/* ---- using -------------------------------------------------------------------------------- */

/* How many sockets, 1..SCTPXI_CARRIER_SOCKETS; each has its descriptor and address with port. */
size_t sctpxi_carrier_count(const struct sctpxi_carrier *carrier);
int sctpxi_carrier_fd(const struct sctpxi_carrier *carrier, size_t socket);
const sctpx_addr *sctpxi_carrier_local(const struct sctpxi_carrier *carrier, size_t socket);

/*
 * One batch from one socket. Returns 1 if it was a full one; 0 if no more is expected: what came
 * all the same keeps the descriptor readable.
 */
int sctpxi_carrier_receive(struct sctpxi_carrier *carrier, size_t socket,
                           const struct sctpxi_carrier_sink *sink);

/* Empties the error queue of one socket into the sink. */
void sctpxi_carrier_receive_errors(struct sctpxi_carrier *carrier, size_t socket,
                                   const struct sctpxi_carrier_sink *sink);

/*
 * Sends one train of packets. 0: it is off, or what could not be sent is counted and lost as on
 * the way. SCTPX_EWOULDBLOCK: call again with the same arguments when the progress says so.
 */
int sctpxi_carrier_send(struct sctpxi_carrier *carrier, const sctpx_transmit *transmit,
                        const uint8_t *data, struct sctpxi_carrier_progress *progress);

const struct sctpxi_carrier_stats *sctpxi_carrier_get_stats(const struct sctpxi_carrier *carrier);

#endif
