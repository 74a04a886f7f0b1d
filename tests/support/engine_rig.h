/* SPDX-License-Identifier: MIT */
/*
 * One endpoint and a peer played by hand, for unit tests of the engine: packets come from the
 * packet builder, everything the endpoint sends is collected and can be looked at, memory is
 * counted, time stands still until the test moves it. Nothing answers by itself.
 *
 *   engine_rig_init(&rig);            change rig.opt if wanted
 *   engine_rig_accept(&rig);          or _connect(): rig.assoc is ESTABLISHED, nothing to send
 *   struct pb *pb = engine_rig_packet(&rig);  pb_...(pb, ...);  engine_rig_send(&rig, pb);
 *   assert_true(engine_rig_has(&rig, 3));
 *   engine_rig_done(&rig);
 */
#ifndef SUPPORT_ENGINE_RIG_H
#define SUPPORT_ENGINE_RIG_H

#include <sctpx/engine.h>

#include "support/packet_builder.h"
#include "support/test_alloc.h"
#include "support/test_random.h"

enum { ENGINE_RIG_PACKETS = 512, ENGINE_RIG_EVENTS = SCTPX_EVENT_CLOSED + 1 };

/* One packet the endpoint sent; its checksum was right. */
struct engine_rig_sent {
    sctpx_addr local, remote;
    uint32_t tag;
    uint16_t source_port, target_port;
    uint8_t *bytes;
    size_t length;
};

/* One chunk in it. Valid until the next flush. */
struct engine_rig_chunk {
    const struct engine_rig_sent *packet; /* NULL = no such chunk */
    const uint8_t *bytes;                 /* with its header */
    size_t length;                        /* what its length field says */
    uint8_t type, flags;
};

struct engine_rig {
    struct test_alloc ta;
    struct test_random random;
    sctpx_endpoint_options opt; /* used by engine_rig_start() */
    sctpx_endpoint *ep;
    sctpx_assoc *assoc;
    sctpx_time now;
    size_t capacity; /* of the buffer given to transmit */

    sctpx_addr local, peer;
    uint16_t port, peer_port;
    uint32_t tag;                 /* the peer's, in what the endpoint sends */
    uint32_t ep_tag;              /* the endpoint's, in what the peer sends */
    uint32_t tsn;                 /* the next one the peer uses */
    uint32_t ep_tsn;              /* the endpoint's initial TSN */
    uint32_t rwnd;                /* the peer's, in INIT and INIT ACK */
    uint16_t os, mis;             /* the peer's */
    const sctpx_addr *peer_addrs; /* IPv4 ones the peer lists in INIT or INIT ACK */
    size_t peer_addr_count;
    uint8_t cookie[2048];
    size_t cookie_length;

    struct engine_rig_sent sent[ENGINE_RIG_PACKETS];
    size_t sent_count;
    size_t transmits; /* calls of transmit that gave something, in the last flush */

    size_t events[ENGINE_RIG_EVENTS]; /* by type, since the last engine_rig_events() */
    sctpx_event last[ENGINE_RIG_EVENTS];
};

/* An IPv4 address 10.0.<b>.<c> with UDP port 9899. */
sctpx_addr engine_rig_addr(uint8_t b, uint8_t c);

/* Everything at its defaults, no endpoint yet. */
void engine_rig_init(struct engine_rig *rig);

/* Makes the endpoint with one local address. The others do this if it was not done before. */
void engine_rig_start(struct engine_rig *rig);

/* The options of an association, to be changed behind its back: those who share them see it. */
sctpx_assoc_options *engine_rig_options(sctpx_assoc *a);

/* Frees the endpoint; the test fails if anything is left in memory. */
void engine_rig_done(struct engine_rig *rig);

/* The endpoint sets an association up to the peer; the steps, and all of them. */
int engine_rig_try_connect(struct engine_rig *rig);
struct pb *engine_rig_init_ack(struct engine_rig *rig); /* left open for parameters */
void engine_rig_connect(struct engine_rig *rig);

/* The peer sets it up to the endpoint, which listens on rig->port; the steps, and all of them. */
void engine_rig_listen(struct engine_rig *rig);
struct pb *engine_rig_init_packet(struct engine_rig *rig); /* left open for parameters */
void engine_rig_learn(struct engine_rig *rig); /* from INIT or INIT ACK in the last flush */
struct pb *engine_rig_cookie_echo(struct engine_rig *rig);
void engine_rig_accept(struct engine_rig *rig);

/* A packet with the right ports and tag. */
struct pb *engine_rig_packet(const struct engine_rig *rig);

/* Gives it to the endpoint, from the peer's address or from another one. Result of receive. */
int engine_rig_feed(struct engine_rig *rig, struct pb *pb);
int engine_rig_feed_from(struct engine_rig *rig, const sctpx_addr *from, struct pb *pb);

/* Feeds and flushes. */
int engine_rig_send(struct engine_rig *rig, struct pb *pb);

/* Whole messages, as one DATA chunk in a packet; SACK without gaps. All flushed. */
void engine_rig_data(struct engine_rig *rig, uint16_t stream, uint16_t ssn, size_t length);
void engine_rig_sack(struct engine_rig *rig, uint32_t cum, uint32_t rwnd);

/* The user sends length bytes on a stream; not flushed. Result of sctpx_assoc_send(). */
int engine_rig_user_send(struct engine_rig *rig, uint16_t stream, size_t length);

/* Forgets what was collected and takes everything the endpoint has to send now. */
void engine_rig_flush(struct engine_rig *rig);

/* Moves the clock to the next deadline (which must be there), runs it and flushes. */
void engine_rig_next_deadline(struct engine_rig *rig);

/* Moves the clock on, running every deadline on the way, flushing after each. */
void engine_rig_run(struct engine_rig *rig, sctpx_time span_us);

/* The n-th (from 0) chunk of a type in the last flush. */
struct engine_rig_chunk engine_rig_find(const struct engine_rig *rig, uint8_t type, size_t n);
size_t engine_rig_count(const struct engine_rig *rig, uint8_t type);
bool engine_rig_has(const struct engine_rig *rig, uint8_t type);

/* Big-endian numbers. */
uint16_t engine_rig_u16(const uint8_t *p);
uint32_t engine_rig_u32(const uint8_t *p);

/* Takes all events; rig->events counts those taken by this call. Returns how many. */
size_t engine_rig_events(struct engine_rig *rig);

/*
 * Fails the test unless lists, counters, demux and heap of the endpoint agree with each other,
 * and after a flush every association that waits for something has a timer running.
 */
void engine_check(const sctpx_endpoint *ep);

/* The same, and its account of memory is right. */
void engine_rig_check(const struct engine_rig *rig);

#endif
