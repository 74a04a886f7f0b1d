/* SPDX-License-Identifier: MIT */
/* Path verification: HEARTBEATs to addresses that are not confirmed (RFC 9260 5.4). */
#include "base/timeval.h"
#include "engine/heartbeat.h"

/* HB.Max.Burst (16) counts packets with probes within one RTO. */
static void begin_burst_if_over(sctpx_assoc *a, sctpx_time now, uint8_t path)
{
    if (now < a->hb_burst_until)
        return;
    a->hb_burst_until = sctpxi_time_add(now, a->paths[path].rto.rto_us);
    a->hb_burst_sent = 0;
}

/* Of the active paths that are not confirmed, the one that was not probed for the longest time. */
static uint8_t next_to_probe(const sctpx_assoc *a)
{
    uint8_t best = SCTPXI_NO_PATH;
    for (uint8_t i = 0; i < a->path_count; i++) {
        const struct sctpxi_path *p = &a->paths[i];
        if (!p->is_confirmed && p->is_active && !p->is_hb_pending &&
            (best == SCTPXI_NO_PATH || p->hb_sent_at < a->paths[best].hb_sent_at))
            best = i;
    }
    return best;
}

void sctpxi_heartbeat_probe(sctpx_assoc *a, sctpx_time now)
{
    uint8_t path;
    while ((path = next_to_probe(a)) != SCTPXI_NO_PATH) {
        begin_burst_if_over(a, now, path);
        if (a->hb_burst_sent >= a->opt->hb_max_burst)
            return;
        a->hb_burst_sent++;
        sctpxi_heartbeat_ask(a, path);
    }
}

bool sctpxi_heartbeat_probe_first(sctpx_assoc *a, uint8_t path)
{
    uint8_t i = 0;
    if (!sctpxi_heartbeat_may_go(a) || a->paths[path].is_hb_pending)
        return sctpxi_heartbeat_may_go(a);
    while (i < a->path_count && (a->paths[i].is_confirmed || !a->paths[i].is_hb_pending))
        i++;
    if (i < a->path_count)
        a->paths[i].is_hb_pending = false;
    else
        a->hb_burst_sent++;
    sctpxi_heartbeat_ask(a, path);
    return true;
}
