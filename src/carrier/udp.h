/* SPDX-License-Identifier: MIT */
/*
 * What the files of the UDP carrier share: one socket per local address, all on the same port, and
 * the buffers of one receive batch. See carrier.h for what they do.
 */
#ifndef SCTPXI_CARRIER_UDP_H
#define SCTPXI_CARRIER_UDP_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "carrier/carrier.h"

/* Messages per recvmmsg() and sendmmsg(). With UDP_GRO each may hold a whole train. */
#define SCTPXI_UDP_BATCH 32
/* The longest UDP payload, and the longest train that GRO hands over. */
#define SCTPXI_UDP_MESSAGE_BYTES 65536u
/* Room for the control messages that come in: destination address and GRO segment size. */
#define SCTPXI_UDP_CONTROL_BYTES 128

struct sctpxi_udp_socket {
    int fd;
    sctpx_addr local; /* as bound, with the port */
    bool has_gso;     /* UDP_SEGMENT works */
};

/* Control messages need the alignment of their header, which begins with a size. */
union sctpxi_udp_control {
    size_t align;
    uint8_t bytes[SCTPXI_UDP_CONTROL_BYTES];
};

struct sctpxi_udp_batch {
    struct mmsghdr messages[SCTPXI_UDP_BATCH];
    struct iovec vectors[SCTPXI_UDP_BATCH];
    struct sockaddr_storage names[SCTPXI_UDP_BATCH];
    union sctpxi_udp_control controls[SCTPXI_UDP_BATCH];
    uint8_t data[SCTPXI_UDP_BATCH][SCTPXI_UDP_MESSAGE_BYTES];
};

struct sctpxi_carrier {
    struct sctpxi_udp_socket sockets[SCTPXI_CARRIER_SOCKETS];
    size_t count;
    struct sctpxi_carrier_stats stats;
    struct sctpxi_udp_batch *batch;
};

/*
 * Binds all sockets of a carrier that has none yet. On failure it has none either. Errors as
 * sctpxi_carrier_open_udp().
 */
int sctpxi_udp_bind(struct sctpxi_carrier *carrier, const struct sctpxi_carrier_options *options);

#endif
