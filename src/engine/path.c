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
    path->errors = 0;
    path->is_active = true;
    path->is_hb_pending = path->is_hb_unanswered = path->is_hb_for_user = false;
}

static void fill(sctpx_assoc *a, struct sctpxi_path *path, const sctpx_addr *remote)
{
    sctpx_endpoint *ep = a->endpoint;
    memset(path, 0, sizeof *path);
    path->remote = *remote;
    const sctpx_addr *local = sctpxi_address_choose_local(ep->locals, ep->local_count, remote);
    if (local != NULL)
        path->local = *local;
    path->mtu = (uint16_t)a->opt.mtu;
    sctpxi_path_reset(a, path);
}

/* The array moves: take the old entries out of the demux, put the new ones in. */
static int grow(sctpx_assoc *a)
{
    sctpx_endpoint *ep = a->endpoint;
    size_t old_size = a->path_count * sizeof *a->paths;
    struct sctpxi_path *fresh = sctpxi_alloc_get(&ep->alloc, old_size + sizeof *fresh);
    if (fresh == NULL)
        return SCTPX_ENOMEM;
    for (uint8_t i = 0; i < a->path_count; i++)
        sctpxi_demux_remove_path(&ep->demux, &a->paths[i]);
    if (old_size > 0)
        memcpy(fresh, a->paths, old_size);
    sctpxi_alloc_put(&ep->alloc, a->paths, old_size);
    a->paths = fresh;
    for (uint8_t i = 0; i < a->path_count; i++)
        sctpxi_demux_add_path(&ep->demux, a, &a->paths[i]);
    return 0;
}

int sctpxi_path_add(sctpx_assoc *a, sctpx_time now, const sctpx_addr *remote, bool is_confirmed)
{
    (void)now;
    if (a->path_count >= SCTPX_MAX_PATHS)
        return SCTPX_ELIMIT;
    if (sctpxi_path_find(a, remote) >= 0)
        return SCTPX_EADDRINUSE;
    int result = grow(a);
    if (result < 0)
        return result;
    uint8_t index = a->path_count++;
    struct sctpxi_path *path = &a->paths[index];
    fill(a, path, remote);
    path->is_confirmed = is_confirmed;
    sctpxi_demux_add_path(&a->endpoint->demux, a, path);
    return index;
}

void sctpxi_path_remove_all(sctpx_assoc *a)
{
    for (uint8_t i = 0; i < a->path_count; i++)
        sctpxi_demux_remove_path(&a->endpoint->demux, &a->paths[i]);
    sctpxi_alloc_put(&a->endpoint->alloc, a->paths, a->path_count * sizeof *a->paths);
    a->paths = NULL;
    a->path_count = 0;
    a->primary = a->setup_path = a->reply_path = a->data_path = a->shutdown_path = 0;
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

static void tell(sctpx_assoc *a, uint8_t path, enum sctpxi_path_event event)
{
    a->paths[path].events |= (uint8_t)event;
    sctpxi_event_raise(a, SCTPXI_EVENT_PATHS);
}

void sctpxi_path_confirm(sctpx_assoc *a, uint8_t path)
{
    if (a->paths[path].is_confirmed)
        return;
    a->paths[path].is_confirmed = true;
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

/* RFC 9260 8.2; 5.4 for the unconfirmed ones, which do not count for the association. */
bool sctpxi_path_on_silent(sctpx_assoc *a, sctpx_time now, uint8_t path)
{
    (void)now;
    struct sctpxi_path *p = &a->paths[path];
    if (p->errors <= a->opt.path_max_retrans)
        p->errors++;
    if (p->is_active && p->errors > a->opt.path_max_retrans) {
        p->is_active = false;
        p->events &= (uint8_t)~SCTPXI_PATH_EVENT_UP;
        tell(a, path, SCTPXI_PATH_EVENT_DOWN);
    }
    if (p->is_confirmed && ++a->errors > a->opt.association_max_retrans) { /* 8.1 */
        sctpxi_assoc_close(a, SCTPX_ELOST);
        return false;
    }
    return true;
}

void sctpxi_path_learn_port(sctpx_assoc *a, uint8_t path, const sctpx_packet *packet)
{
    struct sctpxi_path *p = &a->paths[path];
    if (packet->local.family != SCTPX_NO_FAMILY)
        p->local = packet->local; /* answer from the address that was asked */
    if (p->remote.udp_port == packet->remote.udp_port)
        return;
    sctpxi_demux_remove_path(&a->endpoint->demux, p);
    p->remote.udp_port = packet->remote.udp_port;
    sctpxi_demux_add_path(&a->endpoint->demux, a, p);
    sctpxi_cc_rfc9260.set_mtu(&p->cc, sctpxi_path_data_bytes(p));
}
