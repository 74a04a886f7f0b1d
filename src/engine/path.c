/* SPDX-License-Identifier: MIT */
#include "engine/path.h"

#include <assert.h>
#include <string.h>

#include "engine/address.h"
#include "engine/endpoint.h"
#include "engine/recovery.h"
#include "engine/timers.h"
#include "wire/wire.h"

void sctpxi_path_reset(sctpx_assoc *a, struct sctpxi_path *path)
{
    sctpxi_rto_init(&path->rto, a->opt);
    sctpxi_cc_algorithm(a->opt->congestion_control)
        ->init(&path->cc, sctpxi_path_data_bytes(path), path->remote.family == SCTPX_IPV6);
    path->t3_deadline = path->hb_deadline = SCTPX_TIME_NEVER;
    path->rack = (struct sctpxi_rack){0};
    path->last_new_data = path->rtt_sampled_at = 0;
    path->errors = 0;
    path->is_active = true;
    path->has_timed_out = false;
    path->is_hb_pending = path->is_hb_unanswered = path->is_hb_for_user = false;
}

static void fill(sctpx_assoc *a, struct sctpxi_path *path, const sctpx_addr *remote)
{
    memset(path, 0, sizeof *path);
    path->remote = *remote;
    const sctpx_addr *local = sctpxi_path_choose_local(a, remote);
    if (local != NULL)
        path->local = *local;
    path->hb_interval_us = a->opt->hb_interval_us;
    path->max_retrans = a->opt->path_max_retrans;
    path->mtu = (uint16_t)a->opt->mtu;
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
bool sctpxi_path_is_given_up(const struct sctpxi_path *path)
{
    return !path->is_confirmed && !path->is_active;
}

/* Packets from its address are the association's, if they are nobody else's. */
void sctpxi_path_claim(sctpx_assoc *a, struct sctpxi_path *path)
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
        if (!sctpxi_path_is_given_up(&a->paths[i]))
            sctpxi_path_claim(a, &a->paths[i]);
}

/* The array moves: the demux must know where to. */
static int grow(sctpx_assoc *a, uint8_t capacity)
{
    size_t size = a->path_capacity * sizeof *a->paths;
    if (capacity <= a->path_capacity)
        return 0;
    leave_demux(a);
    struct sctpxi_path *fresh =
        sctpxi_alloc_resize(&a->endpoint->alloc, a->paths, size, capacity * sizeof *fresh);
    if (fresh != NULL) {
        a->paths = fresh;
        a->path_capacity = capacity;
    }
    enter_demux(a);
    return fresh == NULL ? SCTPX_ENOMEM : 0;
}

int sctpxi_path_reserve(sctpx_assoc *a, const sctpx_addr *addrs, uint8_t n)
{
    uint8_t capacity = a->path_count;
    for (uint8_t i = 0; i < n && capacity < SCTPX_MAX_PATHS; i++)
        capacity = (uint8_t)(capacity + (sctpxi_path_find(a, &addrs[i]) < 0));
    return grow(a, capacity);
}

int sctpxi_path_add(sctpx_assoc *a, const sctpx_addr *remote, bool is_confirmed)
{
    if (a->path_count >= SCTPX_MAX_PATHS)
        return SCTPX_ELIMIT;
    if (sctpxi_path_find(a, remote) >= 0 || is_of_another(a, remote))
        return SCTPX_EADDRINUSE;
    int result = grow(a, (uint8_t)(a->path_count + 1));
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

static uint8_t first_confirmed(const sctpx_assoc *a)
{
    for (uint8_t i = 0; i < a->path_count; i++)
        if (a->paths[i].is_confirmed)
            return i;
    return 0;
}

/* Whatever goes by the number of a path follows its address, or falls back on a confirmed one. */
static void renumber(sctpx_assoc *a, const uint8_t *to)
{
    uint8_t *const numbers[] = {&a->primary,       &a->setup_path, &a->reply_path, &a->data_path,
                                &a->shutdown_path, &a->told_path,  &a->tail_probe_path};
    sctpxi_recovery_end_episode(a);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        uint8_t now = to[*numbers[i]];
        *numbers[i] = now != SCTPXI_NO_PATH ? now : first_confirmed(a);
    }
    sctpxi_control_renumber(a, to);
    sctpxi_outstanding_renumber(&a->outstanding, to);
}

static void keep(sctpx_assoc *a, const bool *is_kept)
{
    uint8_t to[SCTPX_MAX_PATHS], kept = 0;
    leave_demux(a);
    for (uint8_t i = 0; i < a->path_count; i++) {
        to[i] = is_kept[i] ? kept : SCTPXI_NO_PATH;
        if (is_kept[i])
            a->paths[kept++] = a->paths[i];
    }
    assert(kept > 0);
    a->path_count = kept;
    renumber(a, to);
    enter_demux(a);
    sctpxi_path_watch_choice(a);
}

void sctpxi_path_retain(sctpx_assoc *a, const sctpx_addr *addrs, uint8_t n)
{
    bool is_kept[SCTPX_MAX_PATHS];
    for (uint8_t i = 0; i < a->path_count; i++)
        is_kept[i] = is_among(&a->paths[i].remote, addrs, n);
    keep(a, is_kept);
}

void sctpxi_path_retain_confirmed(sctpx_assoc *a)
{
    bool is_kept[SCTPX_MAX_PATHS];
    for (uint8_t i = 0; i < a->path_count; i++)
        is_kept[i] = a->paths[i].is_confirmed;
    keep(a, is_kept);
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

void sctpxi_path_set_mtu(const sctpx_assoc *a, struct sctpxi_path *path, uint32_t mtu)
{
    path->mtu = (uint16_t)mtu;
    sctpxi_cc_algorithm(a->opt->congestion_control)
        ->set_mtu(&path->cc, sctpxi_path_data_bytes(path));
}

/* What a time-out left of cwnd stays (7.2.1): that is more careful than the initial value. */
void sctpxi_path_start_congestion_over(const sctpx_assoc *a, struct sctpxi_path *path)
{
    uint32_t cwnd = path->cc.cwnd;
    sctpxi_cc_algorithm(a->opt->congestion_control)
        ->init(&path->cc, sctpxi_path_data_bytes(path), path->remote.family == SCTPX_IPV6);
    if (cwnd < path->cc.cwnd)
        path->cc.cwnd = cwnd;
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

void sctpxi_path_start_over(sctpx_assoc *a)
{
    for (uint8_t i = 0; i < a->path_count; i++) {
        sctpxi_path_reset(a, &a->paths[i]);
        a->paths[i].is_confirmed = false; /* 5.4: a new association proves its addresses anew */
        sctpxi_path_claim(a, &a->paths[i]);
    }
}

void sctpxi_path_learn_port(sctpx_assoc *a, sctpx_time now, uint8_t path,
                            const sctpx_packet *packet)
{
    struct sctpxi_path *p = &a->paths[path];
    if (packet->local.family != SCTPX_NO_FAMILY &&
        (p->local.family == SCTPX_NO_FAMILY || sctpxi_address_is_wildcard(&p->local)))
        p->local = packet->local; /* answer from the address that was asked */
    sctpxi_path_note_local(a, &packet->local);
    bool is_moved = p->remote.udp_port != packet->remote.udp_port;
    if (is_moved)
        sctpxi_demux_remove_path(&a->endpoint->demux, p);
    p->remote.udp_port = packet->remote.udp_port;
    if (!sctpxi_path_is_given_up(p)) /* it may have been another's when it was claimed last */
        sctpxi_path_claim(a, p);
    if (!is_moved)
        return;
    sctpxi_cc_algorithm(a->opt->congestion_control)->set_mtu(&p->cc, sctpxi_path_data_bytes(p));
    sctpxi_rto_end_back_off(&p->rto, a->opt);
    if (p->t3_deadline != SCTPX_TIME_NEVER)
        sctpxi_timers_restart_t3(a, now, path);
}
