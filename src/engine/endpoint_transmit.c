/* SPDX-License-Identifier: MIT */
/*
 * The way out: replies to strangers, then the associations in turn, in trains of packets. Those of
 * several associations share a train when they go the same way: what a train costs the system is
 * hardly more than what a packet does, and many associations with little to send each, or with a
 * SACK each, would pay it for every one.
 */
#include <string.h>

#include "engine/address.h"
#include "engine/burst.h"
#include "engine/endpoint.h"
#include "engine/output.h"
#include "engine/timers.h"

enum { TRAIN_PACKETS = 64, TRAIN_BYTES = 65000 }; /* what one UDP_SEGMENT send can take */

/* One that is being filled. The first packet decides where it goes and how long packets are. */
struct train {
    sctpx_transmit *transmit;
    uint8_t *buffer;
    size_t limit;
    unsigned packets;
    bool is_closed;          /* nothing can follow */
    const sctpx_assoc *last; /* whose packet is the last one, and its path */
    uint8_t last_path;
};

/* ---- a packet that did not fit -------------------------------------------------------------- */

/* Keeps a packet for the next train; without memory it is lost, as on any network. */
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
    s->dscp = a->opt->dscp;
}

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

/* ---- trains --------------------------------------------------------------------------------- */

static void begin(struct train *train, const sctpx_assoc *a, const struct sctpxi_route *route,
                  size_t length)
{
    const struct sctpxi_path *path = &a->paths[route->path];
    *train->transmit = (sctpx_transmit){.local = route->local,
                                        .remote = path->remote,
                                        .length = length,
                                        .segment_size = length,
                                        .dscp = a->opt->dscp};
    train->packets = 1;
    train->last = a;
    train->last_path = route->path;
    if (train->limit > TRAIN_BYTES)
        train->limit = TRAIN_BYTES;
    /* IP has to cut it, which no UDP_SEGMENT train survives; or it is as long as a train. */
    train->is_closed = length > sctpxi_path_packet_bytes(path) || length >= train->limit;
}

/*
 * Whether its packets may stand in the train: same destination with UDP port and zone, same source,
 * same DSCP. (Packets of one association and path have all that alike but the source, which answers
 * take from what they answer.) Besides, none may be longer than the first, and nothing follows a
 * shorter one or one that IP has to cut.
 */
static bool goes_there(const struct train *train, const sctpx_assoc *a, uint8_t path,
                       const sctpx_addr *local)
{
    const sctpx_transmit *t = train->transmit;
    const sctpx_addr *remote = &a->paths[path].remote;
    if (a == train->last && path == train->last_path)
        return sctpxi_address_same_ip(local, &t->local);
    return remote->udp_port == t->remote.udp_port && sctpxi_address_same_ip(remote, &t->remote) &&
           remote->scope_id == t->remote.scope_id && sctpxi_address_same_ip(local, &t->local) &&
           a->opt->dscp == t->dscp;
}

/* One more packet. False: it did not fit the train and waits for the next one. */
static bool append(struct train *train, sctpx_assoc *a, const struct sctpxi_route *route,
                   size_t length)
{
    sctpx_transmit *t = train->transmit;
    if (length > t->segment_size || !goes_there(train, a, route->path, &route->local)) {
        stash(a, route, train->buffer + t->length, length);
        train->is_closed = true;
        return false;
    }
    t->length += length;
    train->packets++;
    train->last = a;
    train->last_path = route->path;
    train->is_closed = length < t->segment_size || train->packets == TRAIN_PACKETS;
    return true;
}

/* For any packet its path takes. */
static bool has_room(const struct train *train, const sctpx_assoc *a,
                     const struct sctpxi_route *route)
{
    return train->limit >= sctpxi_path_packet_bytes(&a->paths[route->path]);
}

/* What became of the association whose turn it was. */
enum turn {
    TURN_EMPTY,   /* it has nothing more to send now */
    TURN_BROKEN,  /* it has, but that does not fit the train */
    TURN_REFUSED, /* not even its first packet does */
};

/* Packets of one association, until the train is full or there are no more. */
static enum turn fill(struct train *train, sctpx_assoc *a, sctpx_time now)
{
    enum turn turn = TURN_REFUSED;
    while (train->packets == 0 || !train->is_closed) {
        size_t used = train->packets == 0 ? 0 : train->transmit->length;
        struct sctpxi_route route;
        size_t length =
            sctpxi_output_packet(a, now, train->buffer + used, train->limit - used, &route);
        if (length == 0 && route.path == SCTPXI_NO_PATH)
            return TURN_EMPTY;
        if (length == 0) {
            if (train->packets == 0 && has_room(train, a, &route))
                return TURN_EMPTY; /* not now, whatever the buffer: for want of memory, say */
            train->is_closed = train->packets > 0;
            break;
        }
        if (train->packets == 0)
            begin(train, a, &route, length);
        else if (!append(train, a, &route, length))
            break;
        turn = TURN_BROKEN;
    }
    return turn;
}

/* ---- turns ---------------------------------------------------------------------------------- */

static void unlink_output(sctpx_assoc *a)
{
    TAILQ_REMOVE(&a->endpoint->output, a, output_link);
    a->is_output_linked = false;
}

static void give_turn(struct train *train, sctpx_assoc *a, sctpx_time now)
{
    sctpx_endpoint *ep = a->endpoint;
    unlink_output(a);
    sctpxi_burst_on_turn(a, now);
    switch (fill(train, a, now)) {
    case TURN_EMPTY:
        sctpxi_burst_end(a, now);
        break;
    case TURN_BROKEN: /* the others have their turn */
        sctpxi_assoc_want_output(a);
        break;
    case TURN_REFUSED:
        if (train->packets == 0) { /* it wants a larger buffer, others may do with this one */
            sctpxi_assoc_want_output(a);
            break;
        }
        TAILQ_INSERT_HEAD(&ep->output, a, output_link); /* it is the first of the next train */
        a->is_output_linked = true;
        break;
    }
    sctpxi_timers_commit(a);
}

/* As far as can be told without building its packet: what is wrong goes with the next train. */
static bool is_next(const struct train *train, const sctpx_assoc *a)
{
    uint8_t path = sctpxi_path_for_data(a);
    return train->packets == 0 ||
           (goes_there(train, a, path, &a->paths[path].local) && !sctpxi_output_is_oversize(a));
}

/* Everyone has a turn, but who waits for a larger buffer only one. */
static void fill_from_all(struct train *train, sctpx_endpoint *ep, sctpx_time now)
{
    const sctpx_assoc *waits = NULL;
    sctpx_assoc *a;
    while (!train->is_closed && (a = TAILQ_FIRST(&ep->output)) != NULL && a != waits &&
           is_next(train, a)) {
        give_turn(train, a, now);
        if (train->packets == 0 && a->is_output_linked && waits == NULL)
            waits = a;
    }
}

int sctpx_endpoint_transmit(sctpx_endpoint *endpoint, sctpx_time now, uint8_t *buffer,
                            size_t capacity, sctpx_transmit *ret_transmit)
{
    struct train train = {.transmit = ret_transmit, .buffer = buffer, .limit = capacity};
    if (pop_stash(endpoint, buffer, capacity, ret_transmit))
        return 1;
    if (sctpxi_reply_pop(&endpoint->replies, buffer, capacity, ret_transmit)) {
        endpoint->stats.sent_packets++;
        endpoint->stats.sent_bytes += ret_transmit->length;
        return 1;
    }
    fill_from_all(&train, endpoint, now);
    return train.packets > 0;
}
