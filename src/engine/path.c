/* SPDX-License-Identifier: MIT */
#include "engine/path.h"

#include <string.h>

#include "engine/address.h"
#include "engine/endpoint.h"
#include "engine/event.h"
#include "engine/timers.h"
#include "wire/wire.h"

void sctpxi_path_reset(sctpx_assoc *a, struct sctpxi_path *path)
{
    sctpxi_rto_init(&path->rto, &a->opt);
    sctpxi_cc_rfc9260.init(&path->cc, sctpxi_path_data_bytes(path),
                           path->remote.family == SCTPX_IPV6);
    path->t3_deadline = path->hb_deadline = SCTPX_TIME_NEVER;
    path->last_new_data = path->rtt_sampled_at = 0;
    path->errors = 0;
    path->is_active = true;
    path->has_timed_out = false;
    path->is_hb_pending = path->is_hb_unanswered = path->is_hb_for_user = false;
}

static unsigned users_of(const sctpx_assoc *a, const sctpx_addr *local)
{
    unsigned n = 0;
    for (uint8_t i = 0; i < a->path_count; i++)
        n += sctpxi_address_same_ip(&a->paths[i].local, local);
    return n;
}

/*
 * The local address that suits the remote one best. Where several do equally well the one that
 * fewest paths use is taken, so that paths of two multihomed hosts share as little as possible.
 */
static const sctpx_addr *choose_local(const sctpx_assoc *a, const sctpx_addr *remote)
{
    const sctpx_endpoint *ep = a->endpoint;
    const sctpx_addr *best = NULL;
    int best_fitness = -1;
    for (size_t i = 0; i < ep->local_count; i++) {
        const sctpx_addr *local = &ep->locals[i];
        int fitness = sctpxi_address_fitness(local, remote);
        if (fitness > best_fitness ||
            (best != NULL && fitness == best_fitness && users_of(a, local) < users_of(a, best))) {
            best_fitness = fitness;
            best = local;
        }
    }
    return best;
}

/*
 * 7.2.5.2: from another source address it is another route, of which nothing is known. But what a
 * time-out left of cwnd stays (7.2.1): that is more careful than the initial value.
 */
static void start_congestion_over(struct sctpxi_path *path)
{
    uint32_t cwnd = path->cc.cwnd;
    sctpxi_cc_rfc9260.init(&path->cc, sctpxi_path_data_bytes(path),
                           path->remote.family == SCTPX_IPV6);
    if (cwnd < path->cc.cwnd)
        path->cc.cwnd = cwnd;
}

/* After a time-out: perhaps it is our own side that is cut off (6.4). */
static void rotate_local(sctpx_assoc *a, struct sctpxi_path *path)
{
    const sctpx_endpoint *ep = a->endpoint;
    size_t at = 0;
    while (at < ep->local_count && !sctpxi_address_same_ip(&ep->locals[at], &path->local))
        at++;
    for (size_t step = 1; at < ep->local_count && step < ep->local_count; step++) {
        const sctpx_addr *next = &ep->locals[(at + step) % ep->local_count];
        if (sctpxi_address_fitness(next, &path->remote) > 0) {
            path->local = *next;
            start_congestion_over(path);
            return;
        }
    }
}

static void fill(sctpx_assoc *a, struct sctpxi_path *path, const sctpx_addr *remote)
{
    memset(path, 0, sizeof *path);
    path->remote = *remote;
    const sctpx_addr *local = choose_local(a, remote);
    if (local != NULL)
        path->local = *local;
    path->mtu = (uint16_t)a->opt.mtu;
    sctpxi_path_reset(a, path);
}

/* With these ports it is the address of another association's peer: nobody may claim it as well. */
static bool is_of_another(const sctpx_assoc *a, const sctpx_addr *remote)
{
    return sctpxi_demux_by_address(&a->endpoint->demux, remote, a->remote_port, a->local_port) !=
           NULL;
}

/*
 * An address that was announced, probed and never answered: it may be somebody else's (RFC 5062
 * 2.1), so packets from there are no longer taken for this association's.
 */
static bool is_given_up(const struct sctpxi_path *path)
{
    return !path->is_confirmed && !path->is_active;
}

/* Packets from its address are the association's, if they are nobody else's. */
static void claim(sctpx_assoc *a, struct sctpxi_path *path)
{
    if (!path->demux.is_in && !is_of_another(a, &path->remote))
        sctpxi_demux_add_path(&a->endpoint->demux, a, path);
}

static void leave_demux(sctpx_assoc *a)
{
    for (uint8_t i = 0; i < a->path_count; i++)
        sctpxi_demux_remove_path(&a->endpoint->demux, &a->paths[i]);
}

static void enter_demux(sctpx_assoc *a)
{
    for (uint8_t i = 0; i < a->path_count; i++)
        if (!is_given_up(&a->paths[i]))
            claim(a, &a->paths[i]);
}

/* The array moves: the demux must know where to. */
static int grow(sctpx_assoc *a)
{
    size_t size = a->path_capacity * sizeof *a->paths;
    if (a->path_count < a->path_capacity)
        return 0;
    leave_demux(a);
    struct sctpxi_path *fresh =
        sctpxi_alloc_resize(&a->endpoint->alloc, a->paths, size, size + sizeof *fresh);
    if (fresh != NULL) {
        a->paths = fresh;
        a->path_capacity++;
    }
    enter_demux(a);
    return fresh == NULL ? SCTPX_ENOMEM : 0;
}

int sctpxi_path_add(sctpx_assoc *a, sctpx_time now, const sctpx_addr *remote, bool is_confirmed)
{
    (void)now;
    if (a->path_count >= SCTPX_MAX_PATHS)
        return SCTPX_ELIMIT;
    if (sctpxi_path_find(a, remote) >= 0 || is_of_another(a, remote))
        return SCTPX_EADDRINUSE;
    int result = grow(a);
    if (result < 0)
        return result;
    uint8_t index = a->path_count;
    struct sctpxi_path *path = &a->paths[index];
    fill(a, path, remote);
    a->path_count++;
    path->is_confirmed = is_confirmed;
    sctpxi_demux_add_path(&a->endpoint->demux, a, path);
    return index;
}

void sctpxi_path_remove_all(sctpx_assoc *a)
{
    leave_demux(a);
    sctpxi_alloc_put(&a->endpoint->alloc, a->paths, a->path_capacity * sizeof *a->paths);
    a->paths = NULL;
    a->path_count = a->path_capacity = 0;
}

static bool is_among(const sctpx_addr *addr, const sctpx_addr *addrs, uint8_t n)
{
    for (uint8_t i = 0; i < n; i++)
        if (sctpxi_address_same_ip(addr, &addrs[i]))
            return true;
    return false;
}

void sctpxi_path_retain(sctpx_assoc *a, const sctpx_addr *addrs, uint8_t n)
{
    uint8_t kept = 0;
    sctpx_addr primary = a->paths[a->primary].remote;
    leave_demux(a);
    for (uint8_t i = 0; i < a->path_count; i++)
        if (is_among(&a->paths[i].remote, addrs, n))
            a->paths[kept++] = a->paths[i];
    a->path_count = kept;
    a->primary = a->setup_path = a->reply_path = a->data_path = a->shutdown_path = 0;
    int found = sctpxi_path_find(a, &primary);
    if (found >= 0)
        a->primary = (uint8_t)found;
    enter_demux(a);
}

int sctpxi_path_find(const sctpx_assoc *a, const sctpx_addr *remote)
{
    for (uint8_t i = 0; i < a->path_count; i++)
        if (sctpxi_address_same_ip(&a->paths[i].remote, remote))
            return i;
    return -1;
}

uint32_t sctpxi_path_packet_bytes(const struct sctpxi_path *path)
{
    uint32_t headers = path->remote.family == SCTPX_IPV6 ? 40 : 20;
    if (path->remote.udp_port != 0)
        headers += 8; /* RFC 6951 5.6 */
    return (path->mtu - headers) & ~3u;
}

uint32_t sctpxi_path_data_bytes(const struct sctpxi_path *path)
{
    return sctpxi_path_packet_bytes(path) - SCTPXI_COMMON_HEADER_SIZE;
}

uint32_t sctpxi_path_min_packet_bytes(const sctpx_assoc *a)
{
    uint32_t least = UINT32_MAX;
    for (uint8_t i = 0; i < a->path_count; i++) {
        uint32_t bytes = sctpxi_path_packet_bytes(&a->paths[i]);
        least = bytes < least ? bytes : least;
    }
    return least;
}

static bool is_usable(const sctpx_assoc *a, uint8_t path)
{
    return a->paths[path].is_confirmed && a->paths[path].is_active;
}

uint8_t sctpxi_path_for_data(const sctpx_assoc *a)
{
    if (is_usable(a, a->primary))
        return a->primary;
    uint8_t alternate = sctpxi_path_alternate(a, a->primary);
    if (is_usable(a, alternate) || a->paths[a->primary].is_confirmed)
        return alternate;
    for (uint8_t i = 0; i < a->path_count; i++) /* all inactive: a confirmed one at least */
        if (a->paths[i].is_confirmed)
            return i;
    return a->primary;
}

uint8_t sctpxi_path_alternate(const sctpx_assoc *a, uint8_t path)
{
    for (uint8_t step = 1; step < a->path_count; step++) {
        uint8_t i = (uint8_t)((path + step) % a->path_count);
        if (is_usable(a, i))
            return i;
    }
    return path;
}

uint8_t sctpxi_path_or_data(const sctpx_assoc *a, uint8_t path)
{
    return path < a->path_count && is_usable(a, path) ? path : sctpxi_path_for_data(a);
}

void sctpxi_path_start_over(sctpx_assoc *a)
{
    for (uint8_t i = 0; i < a->path_count; i++) {
        sctpxi_path_reset(a, &a->paths[i]);
        a->paths[i].is_confirmed = false; /* 5.4: a new association proves its addresses anew */
        claim(a, &a->paths[i]);
    }
}

static void tell(sctpx_assoc *a, uint8_t path, enum sctpxi_path_event event)
{
    a->paths[path].events |= (uint8_t)event;
    sctpxi_event_raise(a, SCTPXI_EVENT_PATHS);
}

void sctpxi_path_confirm(sctpx_assoc *a, uint8_t path)
{
    if (a->paths[path].is_confirmed)
        return;
    struct sctpxi_path *p = &a->paths[path];
    p->is_confirmed = true;
    claim(a, p);
    tell(a, path, SCTPXI_PATH_EVENT_CONFIRMED);
}

void sctpxi_path_on_alive(sctpx_assoc *a, uint8_t path)
{
    struct sctpxi_path *p = &a->paths[path];
    a->errors = 0;
    p->errors = 0;
    if (p->is_active)
        return;
    p->is_active = true;
    p->events &= (uint8_t)~SCTPXI_PATH_EVENT_DOWN;
    tell(a, path, SCTPXI_PATH_EVENT_UP);
}

/* RFC 9260 8.2. */
static void count_path_error(sctpx_assoc *a, uint8_t path)
{
    struct sctpxi_path *p = &a->paths[path];
    if (p->errors <= a->opt.path_max_retrans)
        p->errors++;
    rotate_local(a, p);
    if (!p->is_active || p->errors <= a->opt.path_max_retrans)
        return;
    p->is_active = false;
    if (is_given_up(p))
        sctpxi_demux_remove_path(&a->endpoint->demux, p);
    p->events &= (uint8_t)~SCTPXI_PATH_EVENT_UP;
    tell(a, path, SCTPXI_PATH_EVENT_DOWN);
}

/* RFC 9260 8.1. */
static bool count_association_error(sctpx_assoc *a)
{
    if (++a->errors <= a->opt.association_max_retrans)
        return true;
    sctpxi_assoc_close(a, SCTPX_ELOST);
    return false;
}

bool sctpxi_path_on_silent(sctpx_assoc *a, uint8_t path)
{
    count_path_error(a, path);
    return count_association_error(a);
}

bool sctpxi_path_on_heartbeat_silent(sctpx_assoc *a, uint8_t path)
{
    bool is_for_data = a->paths[path].is_confirmed && path == sctpxi_path_for_data(a);
    count_path_error(a, path);
    return !is_for_data || count_association_error(a); /* unconfirmed ones do not count, 5.4 */
}

void sctpxi_path_learn_port(sctpx_assoc *a, sctpx_time now, uint8_t path,
                            const sctpx_packet *packet)
{
    struct sctpxi_path *p = &a->paths[path];
    if (packet->local.family != SCTPX_NO_FAMILY &&
        (p->local.family == SCTPX_NO_FAMILY || sctpxi_address_is_wildcard(&p->local)))
        p->local = packet->local; /* answer from the address that was asked */
    if (p->remote.udp_port == packet->remote.udp_port)
        return;
    sctpxi_demux_remove_path(&a->endpoint->demux, p);
    p->remote.udp_port = packet->remote.udp_port;
    if (!is_given_up(p))
        claim(a, p);
    sctpxi_cc_rfc9260.set_mtu(&p->cc, sctpxi_path_data_bytes(p));
    sctpxi_rto_end_back_off(&p->rto, &a->opt);
    if (p->t3_deadline != SCTPX_TIME_NEVER)
        sctpxi_timers_restart_t3(a, now, path);
}
