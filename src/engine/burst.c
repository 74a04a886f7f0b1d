/* SPDX-License-Identifier: MIT */
#include "engine/burst.h"

#include <assert.h>

#include "base/timeval.h"
#include "engine/timers.h"

/* A train of so much time, and no less than so many packets; shorter round trips are not paced. */
#define PACED_TRAIN_US 1000u
#define PACED_PACKETS 10u
#define PACED_RTT_US 2000u

static const struct sctpxi_path *data_path(const sctpx_assoc *a)
{
    return &a->paths[sctpxi_path_for_data(a)];
}

static size_t packet(const sctpx_assoc *a)
{
    return a->paths[a->primary].cc.mtu;
}

/* ---- pacing ------------------------------------------------------------------------------- */

static bool is_paced(const sctpx_assoc *a)
{
    return data_path(a)->rto.srtt_us >= PACED_RTT_US && a->opt->max_burst != 0 &&
           a->opt->congestion_control == SCTPX_CONGESTION_CUBIC;
}

/* Longer ones than this are paced as if they were not, so that no product overflows: 64 s. */
static sctpx_time round_trip(const struct sctpxi_path *p)
{
    return sctpxi_time_min(p->rto.srtt_us, (sctpx_time)1 << 26);
}

/* Twice the window in a round trip while it doubles in one, else a quarter more than it. */
static size_t bytes_in(const sctpx_assoc *a, sctpx_time us)
{
    const struct sctpxi_path *p = data_path(a);
    uint64_t quarters = p->cc.cwnd < p->cc.ssthresh ? 8 : 5;

    us = sctpxi_time_min(us, round_trip(p));
    return (size_t)(us * p->cc.cwnd / round_trip(p) * quarters / 4);
}

static size_t train_bytes(const sctpx_assoc *a)
{
    size_t least = PACED_PACKETS * packet(a), bytes = bytes_in(a, PACED_TRAIN_US);
    return bytes > least ? bytes : least;
}

/* What is left of a microsecond is not lost: paced_at moves only when there is a byte to show. */
void sctpxi_burst_on_turn(sctpx_assoc *a, sctpx_time now)
{
    if (!is_paced(a))
        return;
    size_t bytes = bytes_in(a, sctpxi_time_since(now, a->paced_at)), most = train_bytes(a);
    if (bytes == 0)
        return;
    a->paced_at = now;
    a->burst_left = a->burst_left + bytes < most ? a->burst_left + bytes : most;
}

/* The next train goes when half of it is earned. */
static void wait_for_train(sctpx_assoc *a, sctpx_time now)
{
    const struct sctpxi_path *p = data_path(a);
    size_t rate = bytes_in(a, round_trip(p)); /* in a round trip */

    assert(rate > 0); /* cwnd is never less than a chunk */
    sctpx_time wait = (sctpx_time)train_bytes(a) / 2 * round_trip(p) / rate;
    sctpxi_timers_set_pace(a, sctpxi_time_add(now, wait + 1));
}

/* ---- Max.Burst ------------------------------------------------------------------------------ */

void sctpxi_burst_allow(sctpx_assoc *a)
{
    size_t least = a->opt->max_burst * packet(a);
    if (a->burst_left < least && !is_paced(a))
        a->burst_left = least;
}

void sctpxi_burst_on_acked(sctpx_assoc *a, size_t acked_bytes)
{
    if (is_paced(a))
        return;
    size_t least = a->opt->max_burst * packet(a);
    if (acked_bytes > 0)
        a->burst_left += acked_bytes + packet(a);
    if (a->burst_left < least)
        a->burst_left = least;
}

void sctpxi_burst_on_sent(sctpx_assoc *a, size_t new_bytes, size_t bytes)
{
    size_t spent = bytes == new_bytes || !is_paced(a) ? new_bytes : bytes;
    a->burst_left = a->burst_left > spent ? a->burst_left - spent : 0;
}

void sctpxi_burst_end(sctpx_assoc *a, sctpx_time now)
{
    if (!is_paced(a))
        a->burst_left = 0;
    else if (sctpxi_burst_is_over(a) &&
             (a->outstanding.marked_count > 0 || !sctpxi_tx_queue_is_empty(&a->queue)))
        wait_for_train(a, now);
}

bool sctpxi_burst_is_over(const sctpx_assoc *a)
{
    return a->opt->max_burst != 0 && a->burst_left == 0;
}

bool sctpxi_burst_holds_marked(const sctpx_assoc *a)
{
    return sctpxi_burst_is_over(a) && is_paced(a);
}
