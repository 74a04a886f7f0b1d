/* SPDX-License-Identifier: MIT */
/*
 * Peers played by hand: packets made with the packet builder and given to a host of the simulator,
 * answers read from its record. Nothing answers by itself, so a test decides what the peer says.
 */
#ifndef SIM_RAW_H
#define SIM_RAW_H

#include "sim/sim.h"
#include "support/packet_builder.h"

/* One association between a host and a peer that is not simulated. */
struct sim_raw {
    struct sim_host *host;
    sctpx_addr addr;    /* the peer's, nobody in the simulator owns it */
    uint16_t port;      /* the peer's SCTP port */
    uint16_t host_port; /* the host's */
    uint32_t tag;       /* the peer's, in what the host sends */
    uint32_t host_tag;  /* the host's, in what the peer sends */
    uint32_t tsn;       /* the next one the peer uses */
    uint32_t host_tsn;  /* the host's initial TSN */
    uint32_t rwnd;
    uint16_t os, mis;     /* streams in INIT or INIT ACK */
    uint8_t cookie[2048]; /* from INIT ACK */
    size_t cookie_length;
    struct sim_conn *conn; /* the host's end */
};

/* Address 192.0.2.<n>:9899, port 7000 + n, and innocent numbers. Changes nothing in the host. */
struct sim_raw sim_raw_new(struct sim_host *host, uint8_t n);

/* Finishes the packet and gives it to the host that owns `to`. What the engine returned. */
int sim_inject_pb(struct sim *sim, const sctpx_addr *from, const sctpx_addr *to, struct pb *pb);

/* A packet with the right ports and tag. */
struct pb *sim_raw_packet(const struct sim_raw *raw);
/* An INIT, with tag 0 in the header and left open for parameters; sim_raw_send() closes it. */
struct pb *sim_raw_init(const struct sim_raw *raw);
/* Sends to the host's first address and lets the host answer. */
int sim_raw_send(struct sim_raw *raw, struct pb *pb);
/* The latest packet of the host to this peer with such a chunk, or NULL. */
const struct sim_record *sim_raw_last(const struct sim_raw *raw, int chunk);
size_t sim_raw_count(const struct sim_raw *raw, int chunk);

/* Takes tag, TSN and cookie out of the latest INIT ACK (or, without cookie, INIT) to this peer. */
void sim_raw_learn(struct sim_raw *raw, int chunk);
/* Connects to SIM_PORT of the host, which must listen there and accept by itself. */
void sim_raw_connect(struct sim_raw *raw);
/* Lets the host connect to this peer and answers; raw->conn is up afterwards. */
void sim_raw_answer(struct sim_raw *raw, const sctpx_assoc_options *options);

/* One whole message as one DATA chunk with the next TSN; the contents are those of load.c. */
int sim_raw_data(struct sim_raw *raw, uint16_t stream, uint16_t ssn, size_t length);
/* A DATA chunk with everything given. */
int sim_raw_data_tsn(struct sim_raw *raw, uint32_t tsn, uint8_t flags, uint16_t stream,
                     uint16_t ssn, size_t length);
/* A SACK without gaps. */
int sim_raw_sack(struct sim_raw *raw, uint32_t cum_tsn, uint32_t rwnd);

/* The peer of a conn, both simulated: a packet as the other end would send it, and sending it. */
struct pb *sim_peer_packet(const struct sim_conn *conn);
int sim_peer_send(const struct sim_conn *conn, struct pb *pb);

#endif
