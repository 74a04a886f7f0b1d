/* SPDX-License-Identifier: MIT */
/*
 * The driver joins one engine endpoint, one carrier and one loop; nothing else knows all three. It
 * owns the endpoint and the carrier. Several servers and sockets of one loop share a driver when
 * they ask for the same local addresses.
 *
 * A turn: packets are read and handed to the endpoint, then its events to the sink, then packets
 * are sent and the loop's timer is set. Everything of a turn but reading happens once per turn of
 * the loop, deferred to its end.
 *
 * User callbacks run inside the sink and may call everything here, put of the last reference
 * included; endpoint and driver then live on until the sink returns.
 */
#ifndef SCTPXI_BACKEND_DRIVER_H
#define SCTPXI_BACKEND_DRIVER_H

#include <sctpx/available.h>
#include <sctpx/engine.h>
#include <sctpx/loop.h>

struct sctpxi_driver;
struct sctpxi_pcap;
struct sctpxi_share;

/* Which local addresses. */
struct sctpxi_driver_spec {
    const sctpx_addr *addrs;           /* their udp_port is ignored; copied */
    size_t count;                      /* 0, or one address without family = both wildcards */
    uint16_t udp_port;                 /* 0 = any free one */
    bool is_exclusive;                 /* never share it */
    size_t rcvbuf_bytes, sndbuf_bytes; /* of the sockets; 0 = 16 MiB, 4 MiB */
    bool no_segmentation;              /* without UDP_SEGMENT and UDP_GRO */
    enum sctpx_carrier carrier;        /* raw IP: UDP ports mean nothing */
    const int *fds;                    /* see struct sctpxi_carrier_options; never shared */
    size_t fd_count;
};

typedef void (*sctpxi_driver_event_function)(void *sink, const sctpx_event *event);

/* ---- life -------------------------------------------------------------------------------- */

/*
 * A reference to a driver for this spec: one of the same addresses and port that is on the loop
 * already (its options stay as they are), or a new one, with options (NULL = the defaults) where an
 * allocator or random source that is missing becomes the system's. Errors of binding
 * (SCTPX_EADDRINUSE, ...) and SCTPX_EINVAL, SCTPX_ENOMEM.
 */
int sctpxi_driver_get(sctpx_loop *loop, const struct sctpxi_driver_spec *spec,
                      const sctpx_endpoint_options *options, struct sctpxi_driver **ret_driver);

/*
 * Gives a reference back. The last one sends what waits to be sent (as far as the system takes it
 * at once), closes the sockets, calls the sink's on_release and frees endpoint and associations.
 */
void sctpxi_driver_put(struct sctpxi_driver *driver);

/* One more reference. */
void sctpxi_driver_ref(struct sctpxi_driver *driver);

/*
 * Who gets the events: one sink per driver, for all who share it. It is asked for again with
 * sctpxi_driver_sink() (NULL: none set yet). on_release (may be NULL) is the sink's end; it is
 * called once, when the driver has closed, also when sctpx_loop_free() cuts it off with references
 * left: these must not be used or put afterwards.
 */
void sctpxi_driver_set_sink(struct sctpxi_driver *driver, sctpxi_driver_event_function function,
                            void (*on_release)(void *sink), void *sink);
void *sctpxi_driver_sink(const struct sctpxi_driver *driver);

/* ---- use --------------------------------------------------------------------------------- */

sctpx_endpoint *sctpxi_driver_endpoint(const struct sctpxi_driver *driver);
sctpx_loop *sctpxi_driver_loop(const struct sctpxi_driver *driver);

/* The `now` to pass to engine calls made outside of the driver; read once per API call. */
sctpx_time sctpxi_driver_now(const struct sctpxi_driver *driver);

/*
 * To be called after every command on the endpoint or its associations (reading counts: it may
 * re-open the window): events and packets that came of it are seen to at the end of this turn.
 */
void sctpxi_driver_touch(struct sctpxi_driver *driver);

/*
 * sctpx_endpoint_listen(), which in addition keeps others of this host from the port where the
 * system does not (sctpxi_carrier_claim() and its errors), and the end of it; the port stays taken
 * as long as there are associations with it. Needs no touch.
 */
int sctpxi_driver_listen(struct sctpxi_driver *driver, uint16_t port,
                         const sctpx_listen_options *options);
void sctpxi_driver_unlisten(struct sctpxi_driver *driver, uint16_t port);

/* Whom to connect to, and from which SCTP port (0: any that is free). */
struct sctpxi_driver_target {
    const sctpx_addr *remotes;
    size_t count;
    uint16_t remote_port, local_port;
};

/*
 * sctpx_endpoint_connect(), which picks no port that another one of this host may pick, where the
 * system does not sort packets by UDP port. SCTPX_ERESOURCE in addition. Needs a touch.
 */
int sctpxi_driver_connect(struct sctpxi_driver *driver, const struct sctpxi_driver_target *target,
                          const sctpx_assoc_options *options, void *user, sctpx_assoc **ret_assoc);

/*
 * Sends now what can be sent, without handling events. touch is not needed in addition. Not from
 * other threads, whatever is shared.
 */
void sctpxi_driver_flush_now(struct sctpxi_driver *driver);

/*
 * While several threads use the engine (share.h): its mutex is taken around everything the driver
 * does with it, never around the sink. NULL: they no longer do. In the thread of the loop.
 */
void sctpxi_driver_set_share(struct sctpxi_driver *driver, struct sctpxi_share *share);

/* Bound addresses (wildcards stay wildcards), each with the port. */
size_t sctpxi_driver_local_count(const struct sctpxi_driver *driver);
const sctpx_addr *sctpxi_driver_local(const struct sctpxi_driver *driver, size_t i);
uint16_t sctpxi_driver_udp_port(const struct sctpxi_driver *driver);

struct sctpxi_driver_stats {
    uint64_t turns, events;
    uint64_t received_packets, received_batches, sent_packets, sent_batches;
    uint64_t would_block, too_big, send_errors, icmp_errors;
};

void sctpxi_driver_get_stats(const struct sctpxi_driver *driver,
                             struct sctpxi_driver_stats *ret_stats);

/*
 * Writes packets of this driver to a trace as well; not owned, NULL = stop.
 * sctpx_loop_set_pcap() does this for all drivers of a loop.
 */
void sctpxi_driver_set_pcap(struct sctpxi_driver *driver, struct sctpxi_pcap *pcap);

#endif
