/* SPDX-License-Identifier: MIT */
/* The way out: replies to strangers, then the associations in turn, a train of packets each. */
#include <string.h>

#include "engine/address.h"
#include "engine/burst.h"
#include "engine/endpoint.h"
#include "engine/output.h"
#include "engine/timers.h"

enum { TRAIN_PACKETS = 64, TRAIN_BYTES = 65000 }; /* what one UDP_SEGMENT send can take */

static int pop_stash(sctpx_endpoint *ep, uint8_t *buffer, size_t capacity, sctpx_transmit *t)
{
    struct sctpxi_stash *s = &ep->stash;
    if (s->length == 0 || s->length > capacity)
        return 0;
    memcpy(buffer, s->bytes, s->length);
    *t = (sctpx_transmit){.local = s->local,
                          .remote = s->remote,
                          .length = s->length,
                          .segment_size = s->length,
                          .dscp = s->dscp};
    s->length = 0;
    return 1;
}

/* Keeps a packet for the next call; without memory it is lost, as on any network. */
static void stash(sctpx_assoc *a, const struct sctpxi_route *route, const uint8_t *packet,
                  size_t length)
{
    sctpx_endpoint *ep = a->endpoint;
    const struct sctpxi_path *path = &a->paths[route->path];
    struct sctpxi_stash *s = &ep->stash;
    if (length > s->capacity) {
        size_t wanted = path->mtu > length ? path->mtu : length;
        uint8_t *fresh = sctpxi_alloc_get(&ep->alloc, wanted);
        if (fresh == NULL)
            return;
        sctpxi_alloc_put(&ep->alloc, s->bytes, s->capacity);
        s->bytes = fresh;
        s->capacity = wanted;
    }
    memcpy(s->bytes, packet, length);
    s->length = length;
    s->local = route->local;
    s->remote = path->remote;
    s->dscp = a->opt.dscp;
}

static bool is_same_route(const struct sctpxi_route *a, const struct sctpxi_route *b)
{
    return a->path == b->path && sctpxi_address_same_ip(&a->local, &b->local);
}

/*
 * Further packets of the same size and route behind the first one; the last may be shorter. Returns
 * whether that was all there is to send now.
 */
static bool fill_train(sctpx_assoc *a, sctpx_time now, uint8_t *buffer, size_t capacity,
                       const struct sctpxi_route *route, sctpx_transmit *t)
{
    size_t limit = capacity < TRAIN_BYTES ? capacity : TRAIN_BYTES;
    size_t room = sctpxi_path_packet_bytes(&a->paths[route->path]);
    if (t->segment_size > room) /* IP has to cut it, which no UDP_SEGMENT train survives */
        return false;
    for (unsigned n = 1; n < TRAIN_PACKETS && t->length + room <= limit; n++) {
        uint8_t *at = buffer + t->length;
        struct sctpxi_route next;
        size_t length = sctpxi_output_packet(a, now, at, limit - t->length, &next);
        if (length == 0)
            return next.path == SCTPXI_NO_PATH;
        if (!is_same_route(&next, route) || length > t->segment_size) {
            stash(a, &next, at, length);
            return false;
        }
        t->length += length;
        if (length < t->segment_size)
            return false;
    }
    return false;
}

static void unlink_output(sctpx_assoc *a)
{
    TAILQ_REMOVE(&a->endpoint->output, a, output_link);
    a->is_output_linked = false;
}

/* There is something to send, but no room for a packet of its path. */
static bool is_too_small(const sctpx_assoc *a, const struct sctpxi_route *route, size_t capacity)
{
    return route->path != SCTPXI_NO_PATH &&
           capacity < sctpxi_path_packet_bytes(&a->paths[route->path]);
}

/* One train of the association whose turn it is: 1; 0 when it has nothing to send now, -1 when the
 * buffer is too small for what it has. */
static int transmit_assoc(sctpx_assoc *a, sctpx_time now, uint8_t *buffer, size_t capacity,
                          sctpx_transmit *t)
{
    struct sctpxi_route route;
    int result = 1;
    unlink_output(a);
    sctpxi_burst_on_turn(a, now);
    size_t length = sctpxi_output_packet(a, now, buffer, capacity, &route);
    if (length > 0) {
        *t = (sctpx_transmit){.local = route.local,
                              .remote = a->paths[route.path].remote,
                              .length = length,
                              .segment_size = length,
                              .dscp = a->opt.dscp};
        if (fill_train(a, now, buffer, capacity, &route, t))
            sctpxi_burst_end(a, now);
        else
            sctpxi_assoc_want_output(a); /* at the end of the list: the others have their turn */
    } else if (is_too_small(a, &route, capacity)) {
        sctpxi_assoc_want_output(a); /* it goes with a larger one, and the burst is not over */
        result = -1;
    } else {
        sctpxi_burst_end(a, now);
        result = 0;
    }
    sctpxi_timers_commit(a);
    return result;
}

int sctpx_endpoint_transmit(sctpx_endpoint *endpoint, sctpx_time now, uint8_t *buffer,
                            size_t capacity, sctpx_transmit *ret_transmit)
{
    if (pop_stash(endpoint, buffer, capacity, ret_transmit))
        return 1;
    if (sctpxi_reply_pop(&endpoint->replies, buffer, capacity, ret_transmit)) {
        endpoint->stats.sent_packets++;
        endpoint->stats.sent_bytes += ret_transmit->length;
        return 1;
    }
    sctpx_assoc *a;
    while ((a = TAILQ_FIRST(&endpoint->output)) != NULL) {
        int result = transmit_assoc(a, now, buffer, capacity, ret_transmit);
        if (result != 0)
            return result > 0;
    }
    return 0;
}
