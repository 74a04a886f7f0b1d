/* SPDX-License-Identifier: MIT */
#include "base/window.h"
#include "engine/cc.h"

/* max(cwnd / 2, 4 * PMDCS), what all reductions aim at. */
static uint32_t half_window(const struct sctpxi_cc *cc)
{
    return sctpxi_window_max(cc->cwnd / 2, sctpxi_window_of((uint64_t)4 * cc->mtu));
}

static void rfc9260_init(struct sctpxi_cc *cc, uint32_t mtu, bool is_ipv6)
{
    *cc = (struct sctpxi_cc){.mtu = mtu, .ssthresh = UINT32_MAX};
    cc->cwnd = sctpxi_cc_initial_cwnd(mtu, is_ipv6);
}

/*
 * 7.2.1, with L = 1. That the cumulative point must have advanced too is RFC 4960's condition,
 * kept because it is the more careful one.
 */
static void slow_start(struct sctpxi_cc *cc, const struct sctpxi_cc_ack *ack, bool is_full)
{
    if (!is_full || !ack->cum_advanced || ack->in_fast_recovery)
        return;
    uint64_t grown =
        (uint64_t)cc->cwnd + sctpxi_window_min(sctpxi_window_of(ack->acked_bytes), cc->mtu);
    cc->cwnd = sctpxi_window_of(grown);
}

/*
 * 7.2.2. Duplicates the peer reports are not counted in partial_bytes_acked: nothing stops it
 * from reporting as many as it likes.
 */
static void avoid_congestion(struct sctpxi_cc *cc, const struct sctpxi_cc_ack *ack, bool is_full)
{
    uint64_t acked = (uint64_t)cc->partial_bytes_acked + sctpxi_window_of(ack->acked_bytes);

    if (acked > cc->cwnd && !is_full)
        acked = cc->cwnd;
    if (acked >= cc->cwnd && is_full) {
        acked -= cc->cwnd;
        cc->cwnd = sctpxi_window_of((uint64_t)cc->cwnd + cc->mtu);
    }
    cc->partial_bytes_acked = sctpxi_window_of(acked);
}

static void rfc9260_on_ack(struct sctpxi_cc *cc, const struct sctpxi_cc_ack *ack)
{
    bool is_full = ack->flight_before >= cc->cwnd;

    if (ack->acked_bytes > 0 && cc->cwnd <= cc->ssthresh)
        slow_start(cc, ack, is_full);
    else if (ack->acked_bytes > 0)
        avoid_congestion(cc, ack, is_full);
    if (ack->is_flight_empty)
        cc->partial_bytes_acked = 0;
}

/* 7.2.3. A window that is small already must not grow because of a loss. */
static void rfc9260_on_fast_retransmit(struct sctpxi_cc *cc)
{
    cc->ssthresh = half_window(cc);
    cc->cwnd = sctpxi_window_min(cc->cwnd, cc->ssthresh);
    cc->partial_bytes_acked = 0;
}

static void rfc9260_on_t3(struct sctpxi_cc *cc)
{
    cc->ssthresh = half_window(cc);
    cc->cwnd = cc->mtu;
    cc->partial_bytes_acked = 0;
}

/*
 * 7.2.1, last point. It is meant as a decay (7.1), so a window below 4 * PMDCS is left alone,
 * and its ssthresh too.
 */
static void rfc9260_on_idle(struct sctpxi_cc *cc, sctpx_time idle_us, sctpx_time rto_us)
{
    sctpx_time steps = rto_us > 0 ? idle_us / rto_us : 0;

    if (steps == 0 || half_window(cc) >= cc->cwnd)
        return;
    cc->ssthresh = cc->cwnd;
    for (; steps > 0 && half_window(cc) < cc->cwnd; steps--)
        cc->cwnd = half_window(cc);
}

/* RFC 9260 knows no way back. */
static void rfc9260_on_spurious(struct sctpxi_cc *cc)
{
    (void)cc;
}

/* What is in flight stays as it is; a window of less than one chunk would stop the path. */
static void rfc9260_set_mtu(struct sctpxi_cc *cc, uint32_t mtu)
{
    cc->mtu = mtu;
    cc->cwnd = sctpxi_window_max(cc->cwnd, mtu);
}

const struct sctpxi_cc_algorithm sctpxi_cc_rfc9260 = {
    .name = "rfc9260",
    .init = rfc9260_init,
    .on_ack = rfc9260_on_ack,
    .on_fast_retransmit = rfc9260_on_fast_retransmit,
    .on_t3 = rfc9260_on_t3,
    .on_idle = rfc9260_on_idle,
    .on_spurious = rfc9260_on_spurious,
    .set_mtu = rfc9260_set_mtu,
};
