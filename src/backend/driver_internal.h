/* SPDX-License-Identifier: MIT */
/*
 * The driver's inside, shared by its files: driver.c (life, sharing), driver_ports.c (SCTP ports),
 * driver_run.c (turns) and driver_hub.c (all drivers of one loop).
 */
#ifndef SCTPXI_BACKEND_DRIVER_INTERNAL_H
#define SCTPXI_BACKEND_DRIVER_INTERNAL_H

#include <sys/queue.h>

#include "backend/driver.h"
#include "carrier/carrier.h"
#include "loop/loop.h"

/* For trains: what one UDP_SEGMENT send may hold, and any single packet. */
#define SCTPXI_DRIVER_BUFFER_BYTES 65536u

/* What one loop's drivers have in common. It lives from the first need until the loop goes. */
struct sctpxi_driver_hub {
    struct sctpxi_loop_client client;                      /* first */
    TAILQ_HEAD(sctpxi_driver_list, sctpxi_driver) drivers; /* open ones */
    struct sctpxi_pcap *pcap;
};

struct sctpxi_driver_socket {
    struct sctpxi_loop_watch watch;
    struct sctpxi_driver *driver;
    size_t index;
};

struct sctpxi_driver {
    TAILQ_ENTRY(sctpxi_driver) link;
    struct sctpxi_driver_hub *hub;
    sctpx_loop *loop;
    sctpx_endpoint *endpoint;
    struct sctpxi_carrier *carrier; /* NULL once closed */
    struct sctpxi_driver_socket sockets[SCTPXI_CARRIER_SOCKETS];
    struct sctpxi_loop_timer timer;
    struct sctpxi_loop_defer turn;
    unsigned refs;
    unsigned depth; /* of the sink: not to be freed before that is 0 */

    /* The spec, for sharing. */
    sctpx_addr addrs[SCTPX_MAX_LOCALS];
    size_t addr_count;
    uint16_t asked_port;
    bool is_exclusive;
    bool no_segmentation;
    enum sctpx_carrier kind;
    sctpx_addr locals[SCTPXI_CARRIER_SOCKETS]; /* as bound */
    size_t local_count;

    struct sctpxi_share *share; /* NULL: no other thread uses the engine */

    sctpxi_driver_event_function sink_function;
    void (*sink_release)(void *sink);
    void *sink;

    sctpx_time now;         /* of the batch that is being received */
    unsigned late_turns;    /* timers have waited that long for an end of what comes */
    bool has_idle_ports;    /* claimed, no longer listening */
    size_t reviewed_assocs; /* how many there were when those were last looked at */
    bool is_blocked;        /* transmit was filled but is not all sent */
    sctpx_transmit transmit;
    struct sctpxi_carrier_progress progress;
    uint8_t *buffer;

    struct sctpxi_pcap *pcap;
    uint64_t turns, events;
};

/* The hub of a loop, made if there is none. SCTPX_ENOMEM. */
int sctpxi_driver_hub_get(sctpx_loop *loop, struct sctpxi_driver_hub **ret_hub);

/* Callbacks of the loop. */
void sctpxi_driver_on_socket(void *driver_socket, unsigned events);
void sctpxi_driver_on_timer(void *driver);
void sctpxi_driver_on_turn(void *driver);

/* Gives back SCTP ports that nothing uses any more. Under the engine's mutex, if there is one. */
void sctpxi_driver_review_ports(struct sctpxi_driver *driver);

/*
 * Closes the sockets and takes the driver from its loop, without sending; the rest is freed when
 * no sink is on the stack any more. Harmless if it is closed already.
 */
void sctpxi_driver_close(struct sctpxi_driver *driver);

/* Frees a closed driver whose sink has returned; harmless for any other one. */
void sctpxi_driver_reap(struct sctpxi_driver *driver);

#endif
