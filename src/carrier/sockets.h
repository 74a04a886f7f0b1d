/* SPDX-License-Identifier: MIT */
/*
 * What the carriers over sockets share: one socket per local address, with destination addresses,
 * ICMP errors and batches. udp.c and raw.c each fill in a kind for what is different. See carrier.h
 * for what they do.
 */
#ifndef SCTPXI_CARRIER_SOCKETS_H
#define SCTPXI_CARRIER_SOCKETS_H

#include <netinet/in.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "carrier/carrier.h"

/* Messages per recvmmsg() and sendmmsg(). With UDP_GRO each may hold a whole train. */
#define SCTPXI_SOCKETS_BATCH 32
/* The longest IP packet, and the longest train that GRO hands over. */
#define SCTPXI_SOCKETS_MESSAGE_BYTES 65536u
/* Room for the control messages that come in: destination address and GRO segment size, and what
 * the owner of a descriptor that was taken over has asked for besides (times, TOS, options). */
#define SCTPXI_SOCKETS_CONTROL_BYTES 512

struct sctpxi_carrier_socket {
    int fd;
    sctpx_addr local; /* as bound, with the UDP port; raw IP: 0 */
    bool has_gso;     /* UDP_SEGMENT works */
    bool is_mapped;   /* IPv4 by way of an IPv6 socket, which wants mapped addresses */
    bool
        is_known_unicast; /* bound to one address, and a packet has shown that it is no broadcast */
    unsigned wanted;      /* messages to ask for next time; 0 = nothing has come yet */
};

/* Control messages need the alignment of their header, which begins with a size. */
union sctpxi_sockets_control {
    size_t align;
    uint8_t bytes[SCTPXI_SOCKETS_CONTROL_BYTES];
};

struct sctpxi_sockets_batch {
    struct mmsghdr messages[SCTPXI_SOCKETS_BATCH];
    struct iovec vectors[SCTPXI_SOCKETS_BATCH];
    struct sockaddr_storage names[SCTPXI_SOCKETS_BATCH];
    union sctpxi_sockets_control controls[SCTPXI_SOCKETS_BATCH];
    uint8_t data[SCTPXI_SOCKETS_BATCH][SCTPXI_SOCKETS_MESSAGE_BYTES];
};

/* What differs. */
struct sctpxi_carrier_kind {
    int type, protocol; /* of its sockets */
    bool has_ports;     /* addresses have UDP ports */
    /* Options of its own for a new socket, before it is bound. */
    void (*set_options)(struct sctpxi_carrier_socket *socket,
                        const struct sctpxi_carrier_options *options);
    /*
     * Finds the SCTP packet in a message of this length: sets where it is and how long; packets of
     * that size after it belong to the same message. False: it is no such thing.
     */
    bool (*unwrap)(const struct sctpxi_carrier_socket *socket, struct msghdr *header,
                   const uint8_t **data, size_t *length, size_t *ret_segment_size);
};

struct sctpxi_carrier_claim; /* raw_ports.c */

struct sctpxi_carrier {
    const struct sctpxi_carrier_kind *kind;
    struct sctpxi_carrier_socket sockets[SCTPXI_CARRIER_SOCKETS];
    size_t count;
    struct sctpxi_carrier_stats stats;
    struct sctpxi_sockets_batch *batch;
    SLIST_HEAD(sctpxi_carrier_claims, sctpxi_carrier_claim) claims; /* SCTP ports; raw IP alone */
    struct sctpxi_carrier_claims blocks;                            /* and of such to pick from */
};

/* An empty carrier, to be closed with sctpxi_carrier_close(). SCTPX_ENOMEM. */
int sctpxi_sockets_new(const struct sctpxi_carrier_kind *kind, struct sctpxi_carrier **ret_carrier);

/*
 * Binds all sockets of a carrier that has none yet. On failure it has none either. Errors as
 * sctpxi_carrier_open_udp() and sctpxi_carrier_open_raw().
 */
int sctpxi_sockets_bind(struct sctpxi_carrier *carrier,
                        const struct sctpxi_carrier_options *options);

/* Gives back those of sctpxi_carrier_take_block(). */
void sctpxi_sockets_free_blocks(struct sctpxi_carrier *carrier);

/* The options that all kinds have, and those of the kind. */
void sctpxi_sockets_set_options(const struct sctpxi_carrier_kind *kind,
                                struct sctpxi_carrier_socket *socket,
                                const struct sctpxi_carrier_options *options);

/* One option that costs a feature, not the socket, when a kernel lacks it. */
void sctpxi_sockets_set(int fd, int level, int name, int value);

#endif
