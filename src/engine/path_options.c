/* SPDX-License-Identifier: MIT */
/*
 * What the user sets for one path (RFC 9260 11.1.9, 11.1.12, 11.1.13), and what the options of the
 * association mean for all of them: a value that changes there goes to every path, one that does
 * not leaves what was set for a single one.
 */
#include "engine/assoc.h"
#include "engine/burst.h"
#include "engine/path.h"
#include "engine/recovery.h"
#include "engine/timers.h"

#define DAY_US (UINT64_C(86400) * 1000000)

/* RFC 9260 8.3: one that is not answered yet is waited for; then the new interval counts. */
static void set_heartbeat(sctpx_assoc *a, sctpx_time now, uint8_t path, sctpx_time interval_us)
{
    struct sctpxi_path *p = &a->paths[path];
    if (interval_us == p->hb_interval_us)
        return;
    p->hb_interval_us = interval_us;
    if (sctpxi_assoc_is_up(a) && !p->is_hb_unanswered)
        sctpxi_timers_arm_heartbeat(a, now, path);
}

void sctpxi_path_on_options(sctpx_assoc *a, sctpx_time now, const sctpx_assoc_options *old)
{
    const sctpx_assoc_options *opt = a->opt;
    for (uint8_t i = 0; i < a->path_count; i++) {
        struct sctpxi_path *p = &a->paths[i];
        if (opt->mtu != old->mtu)
            sctpxi_path_set_mtu(a, p, opt->mtu);
        if (opt->dscp != old->dscp || opt->congestion_control != old->congestion_control)
            sctpxi_path_start_congestion_over(a, p);
        if (opt->path_max_retrans != old->path_max_retrans)
            p->max_retrans = opt->path_max_retrans;
        if (p->rto.srtt_us == 0 && opt->rto_initial_us != old->rto_initial_us)
            p->rto.rto_us = opt->rto_initial_us;
        if (opt->hb_interval_us != old->hb_interval_us)
            set_heartbeat(a, now, i, opt->hb_interval_us);
    }
    if (opt->loss_detection != old->loss_detection) {
        sctpxi_recovery_init(a);
        sctpxi_timers_set_loss(a, SCTPX_TIME_NEVER, false);
    }
}

int sctpx_assoc_get_path_options(const sctpx_assoc *assoc, size_t path,
                                 sctpx_path_options *ret_options)
{
    if (path >= assoc->path_count)
        return SCTPX_EINVAL;
    const struct sctpxi_path *p = &assoc->paths[path];
    *ret_options = (sctpx_path_options){
        .hb_interval_us = p->hb_interval_us,
        .path_max_retrans = p->max_retrans,
        .mtu = p->mtu,
        .rto_us = p->rto.rto_us,
    };
    return 0;
}

static bool is_valid(const sctpx_path_options *options)
{
    return options->mtu >= 576 && options->mtu <= 65535 && options->rto_us >= 1 &&
           options->rto_us <= DAY_US;
}

int sctpx_assoc_set_path_options(sctpx_assoc *assoc, sctpx_time now, size_t path,
                                 const sctpx_path_options *options)
{
    if (path >= assoc->path_count || !is_valid(options))
        return SCTPX_EINVAL;
    if (assoc->state == SCTPX_CLOSED)
        return SCTPX_ESTATE;
    struct sctpxi_path *p = &assoc->paths[path];
    if (options->mtu != p->mtu)
        sctpxi_path_set_mtu(assoc, p, options->mtu);
    p->max_retrans = options->path_max_retrans;
    sctpxi_rto_set(&p->rto, assoc->opt, options->rto_us);
    set_heartbeat(assoc, now, (uint8_t)path, options->hb_interval_us);
    sctpxi_timers_commit(assoc);
    sctpxi_burst_allow(assoc);
    sctpxi_assoc_want_output(assoc);
    return 0;
}
