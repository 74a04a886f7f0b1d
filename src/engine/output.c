/* SPDX-License-Identifier: MIT */
#include "engine/output.h"

#include "engine/endpoint.h"
#include "engine/heartbeat.h"
#include "engine/init_write.h"
#include "engine/peer_window.h"
#include "engine/sack_send.h"
#include "engine/send_rules.h"
#include "engine/timers.h"
#include "wire/ctrl.h"
#include "wire/packet.h"

static bool is_pending(const sctpx_assoc *a, unsigned what)
{
    return (a->pending & what) != 0;
}

static void clear(sctpx_assoc *a, unsigned what)
{
    a->pending &= (uint16_t)~what;
}

/* Which path the next packet goes to, by what is most urgent; data_path: where DATA may go now. */
static uint8_t choose_path(const sctpx_assoc *a, uint8_t data_path, sctpx_addr *ret_local)
{
    ret_local->family = SCTPX_NO_FAMILY; /* the path's own, unless said otherwise */
    if (is_pending(a, SCTPXI_PENDING_INIT | SCTPXI_PENDING_COOKIE_ECHO))
        return a->setup_path;
    if (is_pending(a, SCTPXI_PENDING_COOKIE_ACK))
        return a->reply_path;
    if (!sctpxi_assoc_is_up(a))
        return SCTPXI_NO_PATH; /* nothing else may go before COOKIE ACK has come (5.1 C) */
    uint8_t path = sctpxi_control_first(a, ret_local);
    if (path != SCTPXI_NO_PATH)
        return path;
    for (uint8_t i = 0; i < a->path_count; i++)
        if (a->paths[i].is_hb_pending)
            return i;
    if (is_pending(a, SCTPXI_PENDING_SHUTDOWN | SCTPXI_PENDING_SHUTDOWN_ACK))
        return a->shutdown_path;
    if (data_path != SCTPXI_NO_PATH)
        return data_path;
    return is_pending(a, SCTPXI_PENDING_SACK) ? sctpxi_path_or_data(a, a->data_path)
                                              : SCTPXI_NO_PATH;
}

static void write_setup(sctpx_assoc *a, sctpx_time now, struct sctpxi_writer *w)
{
    if (is_pending(a, SCTPXI_PENDING_INIT))
        sctpxi_init_write(a, w);
    else
        sctpxi_cookie_echo_write(w, a->cookie, a->cookie_length);
    clear(a, SCTPXI_PENDING_INIT | SCTPXI_PENDING_COOKIE_ECHO);
    a->setup_sent_at = now;
    sctpxi_timers_on_setup_sent(a, now);
}

static void write_shutdown(sctpx_assoc *a, sctpx_time now, struct sctpxi_writer *w)
{
    if (is_pending(a, SCTPXI_PENDING_SHUTDOWN))
        sctpxi_shutdown_write(w, a->tracker.cum);
    if (is_pending(a, SCTPXI_PENDING_SHUTDOWN_ACK))
        sctpxi_shutdown_ack_write(w);
    clear(a, SCTPXI_PENDING_SHUTDOWN | SCTPXI_PENDING_SHUTDOWN_ACK);
    sctpxi_timers_on_shutdown_sent(a, now);
}

/* 6.4, 6.7: a SACK goes where the DATA came from, whatever else leaves for elsewhere. */
static bool is_sack_due(const sctpx_assoc *a, uint8_t path)
{
    return is_pending(a, SCTPXI_PENDING_SACK) && path == sctpxi_path_or_data(a, a->data_path);
}

/* 6.10: control chunks before DATA; 5.4: only what an unconfirmed address may get. */
static void write_chunks(sctpx_assoc *a, sctpx_time now, const struct sctpxi_route *route,
                         bool is_data_next, struct sctpxi_writer *w)
{
    uint8_t path = route->path;
    if (is_pending(a, SCTPXI_PENDING_COOKIE_ACK) && path == a->reply_path) {
        sctpxi_cookie_ack_write(w);
        clear(a, SCTPXI_PENDING_COOKIE_ACK);
    }
    if (a->paths[path].is_hb_pending)
        sctpxi_heartbeat_write_pending(a, now, path, w);
    sctpxi_control_write(a, path, &route->local, w);
    if (!a->paths[path].is_confirmed)
        return;
    if (is_sack_due(a, path) || (is_data_next && sctpxi_sack_is_owed(a)))
        sctpxi_sack_write_current(a, w);
    if (is_pending(a, SCTPXI_PENDING_SHUTDOWN | SCTPXI_PENDING_SHUTDOWN_ACK) &&
        path == a->shutdown_path)
        write_shutdown(a, now, w);
    else if (is_data_next)
        sctpxi_output_data_write(a, now, path, w);
}

/* INIT alone; COOKIE ECHO first, then ERROR and DATA in the same packet (5.1 C). */
static void write_setup_packet(sctpx_assoc *a, sctpx_time now, struct sctpxi_writer *w)
{
    bool is_init = is_pending(a, SCTPXI_PENDING_INIT);
    write_setup(a, now, w);
    if (is_init)
        return;
    sctpxi_control_write(a, a->setup_path, &a->paths[a->setup_path].local, w);
    sctpxi_output_data_write(a, now, a->setup_path, w);
}

static size_t finish(sctpx_assoc *a, uint8_t path, struct sctpxi_writer *w)
{
    if (w->len == SCTPXI_COMMON_HEADER_SIZE || sctpxi_packet_end(w, 0) < 0)
        return 0;
    a->sent_packets++;
    a->paths[path].sent_packets++;
    a->paths[path].sent_bytes += w->len;
    a->endpoint->stats.sent_packets++;
    a->endpoint->stats.sent_bytes += w->len;
    return w->len;
}

/* What must fit into the packet although it is more than the path takes; mostly 0. */
static size_t bytes_needed(const sctpx_assoc *a, uint8_t path)
{
    if (is_pending(a, SCTPXI_PENDING_COOKIE_ECHO)) /* 3.3.3: cookies may be large */
        return SCTPXI_COMMON_HEADER_SIZE +
               sctpxi_pad4(SCTPXI_CHUNK_HEADER_SIZE + (size_t)a->cookie_length);
    return sctpxi_output_data_needed(a, path);
}

bool sctpxi_output_is_oversize(const sctpx_assoc *a)
{
    bool is_cookie = is_pending(a, SCTPXI_PENDING_COOKIE_ECHO);
    uint8_t path = is_cookie ? a->setup_path : sctpxi_send_rules_path(a);
    return path != SCTPXI_NO_PATH &&
           bytes_needed(a, path) > sctpxi_path_packet_bytes(&a->paths[path]);
}

size_t sctpxi_output_packet(sctpx_assoc *a, sctpx_time now, uint8_t *buffer, size_t capacity,
                            struct sctpxi_route *ret_route)
{
    struct sctpxi_route route;
    sctpxi_control_drop_too_long(a);
    uint8_t data_path = sctpxi_send_rules_path(a);
    route.path = choose_path(a, data_path, &route.local);
    *ret_route = route;
    if (route.path == SCTPXI_NO_PATH) {
        sctpxi_peer_window_watch(a, now);
        return 0;
    }
    const struct sctpxi_path *path = &a->paths[route.path];
    size_t room = sctpxi_path_packet_bytes(path);
    if (capacity < room)
        return 0;
    size_t needed = bytes_needed(a, route.path);
    if (needed > room && needed <= capacity)
        room = needed;
    if (route.local.family == SCTPX_NO_FAMILY)
        route.local = path->local;
    bool is_setup = is_pending(a, SCTPXI_PENDING_INIT | SCTPXI_PENDING_COOKIE_ECHO);
    uint32_t tag = is_pending(a, SCTPXI_PENDING_INIT) ? 0 : a->remote_tag;
    struct sctpxi_writer w = sctpxi_writer_make(buffer, room);
    sctpxi_packet_begin(&w, a->local_port, a->remote_port, tag);
    if (is_setup)
        write_setup_packet(a, now, &w);
    else
        write_chunks(a, now, &route, route.path == data_path, &w);
    *ret_route = route;
    return finish(a, route.path, &w);
}
