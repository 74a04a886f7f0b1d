/* SPDX-License-Identifier: MIT */
/*
 * The endpoint: local addresses, listeners, all associations, and the queues between them and the
 * outside. endpoint.c makes and frees it; endpoint_receive.c, timers.c, endpoint_transmit.c and
 * event.c are its ways in and out.
 */
#ifndef SCTPXI_ENGINE_ENDPOINT_H
#define SCTPXI_ENGINE_ENDPOINT_H

#include <sys/queue.h>

#include <sctpx/engine.h>

#include "base/alloc.h"
#include "base/bucket.h"
#include "base/heap.h"
#include "base/pool.h"
#include "engine/assoc.h"
#include "engine/cookie.h"
#include "engine/demux.h"
#include "engine/dynamic_ports.h"
#include "engine/listener.h"
#include "engine/option_set.h"
#include "engine/reply.h"
#include "engine/spent_tags.h"
#include "wire/param.h"

#define SCTPXI_RANDOM_STOCK 256u

TAILQ_HEAD(sctpxi_assoc_list, sctpx_assoc);

/* A packet that was built but did not fit the train it was built for. */
struct sctpxi_stash {
    sctpx_addr local, remote;
    uint8_t *bytes;
    size_t capacity, length;
    uint8_t dscp;
};

struct sctpx_endpoint {
    sctpx_endpoint_options opt;
    struct sctpxi_alloc alloc;
    struct sctpxi_pool pool;
    struct sctpxi_heap timers;
    struct sctpxi_demux demux;
    struct sctpxi_spent_tags spent_tags;
    struct sctpxi_siphash_key heartbeat_key;
    struct sctpxi_cookie_jar *cookies;
    struct sctpxi_reply_queue replies;
    struct sctpxi_bucket init_bucket, stranger_bucket;
    struct sctpxi_listener_list listeners;
    struct sctpxi_dynamic_ports dynamic_ports;
    struct sctpxi_option_sets option_sets; /* of its associations */
    struct sctpxi_assoc_list all, output, with_events, with_held_events;
    struct sctpxi_assoc_list setting_up; /* COOKIE_WAIT and COOKIE_ECHOED */
    struct sctpxi_stash stash;
    uint8_t random_bytes[SCTPXI_RANDOM_STOCK]; /* drawn ahead: asking for each number is slow */
    size_t random_left;
    sctpx_addr locals[SCTPX_MAX_LOCALS];
    size_t local_count;
    size_t assoc_count;
    uint32_t receive_epoch, receivers, receivers_before; /* window_growth.c */
    uint32_t writers; /* of its associations; user_send.c */
    sctpx_endpoint_stats stats;
};

uint32_t sctpxi_endpoint_random_u32(sctpx_endpoint *ep);
uint64_t sctpxi_endpoint_random_u64(sctpx_endpoint *ep);

/* Which families our own addresses have. */
struct sctpxi_addr_types sctpxi_endpoint_families(const sctpx_endpoint *ep);

/*
 * Those of which peers know an address of ours besides the one they were talked to from: wildcards
 * are not announced (5.1.2), and to unknown addresses a peer answers with an ABORT (8.4).
 */
struct sctpxi_addr_types sctpxi_endpoint_told_families(const sctpx_endpoint *ep);

/* A verification tag: random, not 0, not in use nor lately so (5.3.1), with the shard on top. */
uint32_t sctpxi_endpoint_new_tag(sctpx_endpoint *ep);

#endif
