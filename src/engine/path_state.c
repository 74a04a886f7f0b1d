/* SPDX-License-Identifier: MIT */
/*
 * Whether a path is confirmed and active: path verification (RFC 9260 5.4), and supervision of
 * paths and the association by counting what is not answered (8.1, 8.2).
 */
#include "engine/endpoint.h"
#include "engine/event.h"

static void tell(sctpx_assoc *a, uint8_t path, enum sctpxi_path_event event)
{
    a->paths[path].events |= (uint8_t)event;
    sctpxi_event_raise(a, SCTPXI_EVENT_PATHS);
}

void sctpxi_path_watch_choice(sctpx_assoc *a)
{
    if (sctpxi_assoc_is_up(a) && sctpxi_path_for_data(a) != a->told_path)
        sctpxi_event_raise(a, SCTPXI_EVENT_PRIMARY);
}

void sctpxi_path_confirm(sctpx_assoc *a, uint8_t path)
{
    if (a->paths[path].is_confirmed)
        return;
    struct sctpxi_path *p = &a->paths[path];
    p->is_confirmed = true;
    sctpxi_path_claim(a, p);
    tell(a, path, SCTPXI_PATH_EVENT_CONFIRMED);
    sctpxi_path_watch_choice(a);
}

void sctpxi_path_on_alive(sctpx_assoc *a, uint8_t path)
{
    struct sctpxi_path *p = &a->paths[path];
    bool was_well = p->is_active && p->errors == 0;
    a->errors = 0;
    p->errors = 0;
    if (was_well)
        return;
    if (!p->is_active) {
        p->is_active = true;
        p->events &= (uint8_t)~SCTPXI_PATH_EVENT_DOWN;
        tell(a, path, SCTPXI_PATH_EVENT_UP);
    }
    sctpxi_path_watch_choice(a);
}

/*
 * 6.4: what timed out is to go by another pair of addresses. While another path serves for that
 * each source address gets two chances: a moment's loss must not move a path that works to one
 * that does not.
 */
static bool is_source_in_doubt(const sctpx_assoc *a, uint8_t path)
{
    const struct sctpxi_path *p = &a->paths[path];
    return p->errors % 2 == 0 || p->errors > p->max_retrans ||
           sctpxi_path_alternate(a, path) == path;
}

/* RFC 9260 8.2. */
static void count_path_error(sctpx_assoc *a, uint8_t path)
{
    struct sctpxi_path *p = &a->paths[path];
    if (p->errors <= p->max_retrans)
        p->errors++;
    if (is_source_in_doubt(a, path))
        sctpxi_path_rotate_local(a, p);
    if (!p->is_active || p->errors <= p->max_retrans)
        return;
    p->is_active = false;
    if (sctpxi_path_is_given_up(p))
        sctpxi_demux_remove_path(&a->endpoint->demux, p);
    p->events &= (uint8_t)~SCTPXI_PATH_EVENT_UP;
    tell(a, path, SCTPXI_PATH_EVENT_DOWN);
}

/* RFC 9260 8.1. */
static bool count_association_error(sctpx_assoc *a)
{
    if (++a->errors <= a->opt->association_max_retrans)
        return true;
    sctpxi_assoc_close(a, SCTPX_ELOST);
    return false;
}

bool sctpxi_path_on_silent(sctpx_assoc *a, uint8_t path)
{
    count_path_error(a, path);
    sctpxi_path_watch_choice(a);
    return count_association_error(a);
}

static bool has_confirmed(const sctpx_assoc *a)
{
    for (uint8_t i = 0; i < a->path_count; i++)
        if (a->paths[i].is_confirmed)
            return true;
    return false;
}

/*
 * Unconfirmed ones do not count (5.4), unless there are no others: an association that can send
 * nothing must not last for ever.
 */
bool sctpxi_path_on_heartbeat_silent(sctpx_assoc *a, uint8_t path)
{
    bool is_for_data = a->paths[path].is_confirmed && path == sctpxi_path_for_data(a);
    bool counts = is_for_data || !has_confirmed(a);
    count_path_error(a, path);
    sctpxi_path_watch_choice(a);
    return !counts || count_association_error(a);
}
