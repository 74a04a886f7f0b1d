/* SPDX-License-Identifier: MIT */
/*
 * CUBIC (RFC 9438): after a loss cwnd returns to where the loss was along a cubic curve of time,
 * and goes on from there; so its growth does not depend on how long a round trip is. Numbers are
 * integers: bytes and milliseconds.
 */
#include "base/window.h"
#include "engine/cc.h"

/* beta = 0.7 (4.6), C = 0.4 segments per cubed second (5.1). */
#define BETA_TENTHS 7u
#define MIN_CHUNKS 2u

/* Further from K than this the curve is not followed: 100 s. */
#define MAX_OFFSET_MS 100000u

/* The largest number whose cube is not above this. */
static uint32_t cube_root(uint64_t value)
{
    uint64_t root = 0;

    for (uint64_t bit = UINT64_C(1) << 20; bit > 0; bit >>= 1) {
        uint64_t next = root | bit;

        if (next * next * next <= value)
            root = next;
    }
    return (uint32_t)root;
}

/* 4.2: K = cubic root of ((W_max - cwnd) / C), with windows in segments. */
static uint32_t time_to_w_max(const struct sctpxi_cc *cc)
{
    if (cc->cubic.w_max <= cc->cwnd)
        return 0;
    return cube_root((uint64_t)(cc->cubic.w_max - cc->cwnd) * 1000 / cc->mtu * 2500000);
}

/* 4.2: W_cubic(t) = C * (t - K)^3 + W_max. */
static uint32_t w_cubic(const struct sctpxi_cc *cc, uint64_t t_ms)
{
    const struct sctpxi_cubic *c = &cc->cubic;
    uint64_t offset = t_ms > c->k_ms ? t_ms - c->k_ms : c->k_ms - t_ms;

    if (offset > MAX_OFFSET_MS)
        offset = MAX_OFFSET_MS;
    uint64_t bytes = offset * offset * offset / 1000 * cc->mtu / 2500000;
    if (t_ms >= c->k_ms)
        return sctpxi_window_of(c->w_max + bytes);
    return c->w_max > bytes ? (uint32_t)(c->w_max - bytes) : 0;
}

static void cubic_init(struct sctpxi_cc *cc, uint32_t mtu, bool is_ipv6)
{
    *cc = (struct sctpxi_cc){.mtu = mtu, .ssthresh = UINT32_MAX};
    cc->cwnd = sctpxi_cc_initial_cwnd(mtu, is_ipv6);
    sctpxi_hystart_begin(&cc->hystart);
}

/* ---- growth ------------------------------------------------------------------------------- */

/* Pacing and Max.Burst bound what a SACK sets free: all it acknowledges counts (RFC 9406 4.2). */
static void slow_start(struct sctpxi_cc *cc, const struct sctpxi_cc_ack *ack)
{
    uint64_t growth = ack->acked_bytes;

    switch (sctpxi_hystart_on_ack(&cc->hystart, ack->now, ack->rtt_us, ack->rtt_sent_at)) {
    case SCTPXI_HYSTART_GROW:
        break;
    case SCTPXI_HYSTART_HOLD:
        return;
    case SCTPXI_HYSTART_SLOWER:
        growth /= 4;
        break;
    case SCTPXI_HYSTART_LEAVE:
        cc->ssthresh = cc->cwnd;
        return;
    }
    cc->cwnd = sctpxi_window_max(
        cc->cwnd, sctpxi_window_min(sctpxi_window_of(cc->cwnd + growth), cc->ssthresh));
}

/* 4.2, 4.8: without a loss before it the curve starts at its middle. */
static void begin_epoch(struct sctpxi_cc *cc, sctpx_time now)
{
    struct sctpxi_cubic *c = &cc->cubic;

    c->epoch_start = now;
    if (c->w_max < cc->cwnd)
        c->w_max = cc->cwnd;
    c->k_ms = time_to_w_max(cc);
    c->w_est = (uint64_t)cc->cwnd << 8;
    c->growth_rest = 0;
}

/* 4.3: alpha is 3 * (1 - beta) / (1 + beta) until cwnd of the last loss is reached, then 1. */
static uint32_t grow_w_est(struct sctpxi_cc *cc, uint64_t acked)
{
    struct sctpxi_cubic *c = &cc->cubic;
    uint64_t growth = (acked * cc->mtu << 8) / cc->cwnd;

    if (c->w_est < (uint64_t)c->prior_cwnd << 8)
        growth = growth * 9 / 17;
    c->w_est += growth;
    return sctpxi_window_of(c->w_est >> 8);
}

/* 4.4, 4.5: towards where the curve will be a round trip from now, at most half as much again. */
static void follow_curve(struct sctpxi_cc *cc, uint32_t target, uint64_t acked)
{
    uint64_t most = (uint64_t)cc->cwnd + cc->cwnd / 2;

    if (target <= cc->cwnd)
        return;
    if (target > most)
        target = (uint32_t)most;
    uint64_t growth = (uint64_t)(target - cc->cwnd) * acked + cc->cubic.growth_rest;
    cc->cubic.growth_rest = (uint32_t)(growth % cc->cwnd);
    cc->cwnd = sctpxi_window_of(cc->cwnd + growth / cc->cwnd);
}

static void avoid_congestion(struct sctpxi_cc *cc, const struct sctpxi_cc_ack *ack)
{
    uint64_t acked = sctpxi_window_min(sctpxi_window_of(ack->acked_bytes), cc->cwnd);

    if (cc->cubic.epoch_start == 0)
        begin_epoch(cc, ack->now);
    uint32_t w_est = grow_w_est(cc, acked);
    uint64_t t_ms = (ack->now - cc->cubic.epoch_start) / 1000;
    if (w_cubic(cc, t_ms) < w_est)
        cc->cwnd = sctpxi_window_max(cc->cwnd, w_est);
    else
        follow_curve(cc, w_cubic(cc, t_ms + ack->srtt_us / 1000), acked);
}

/*
 * cwnd only grows while it is what limits (7.2.1, RFC 9438 5.8). What is paced, or sent at once
 * when a SACK comes, does not always fill it to the last byte.
 */
static bool is_limited(const struct sctpxi_cc *cc, const struct sctpxi_cc_ack *ack)
{
    uint64_t flight = ack->flight_before;

    return cc->cwnd < cc->ssthresh ? flight * 2 >= cc->cwnd : flight * 4 >= (uint64_t)cc->cwnd * 3;
}

/* While the sender is idle or held up elsewhere the curve waits. */
static void cubic_on_ack(struct sctpxi_cc *cc, const struct sctpxi_cc_ack *ack)
{
    if (ack->acked_bytes == 0 || ack->in_fast_recovery)
        return;
    if (!is_limited(cc, ack))
        cc->cubic.epoch_start = 0;
    else if (cc->cwnd < cc->ssthresh)
        slow_start(cc, ack);
    else
        avoid_congestion(cc, ack);
}

/* ---- reductions --------------------------------------------------------------------------- */

static uint32_t least(const struct sctpxi_cc *cc)
{
    return sctpxi_window_of((uint64_t)MIN_CHUNKS * cc->mtu);
}

/* 4.6, and 4.7: who could not get up to W_max again leaves more room to others. */
static void reduce(struct sctpxi_cc *cc)
{
    struct sctpxi_cubic *c = &cc->cubic;

    c->prior_cwnd = cc->cwnd;
    c->prior_ssthresh = cc->ssthresh;
    c->prior_w_max = c->w_max;
    c->w_max = cc->cwnd;
    if (cc->cwnd < c->prior_w_max)
        c->w_max = sctpxi_window_of((uint64_t)cc->cwnd * (10 + BETA_TENTHS) / 20);
    c->epoch_start = 0;
    cc->ssthresh =
        sctpxi_window_max(sctpxi_window_of((uint64_t)cc->cwnd * BETA_TENTHS / 10), least(cc));
}

/* A window that is small already must not grow because of a loss. */
static void cubic_on_fast_retransmit(struct sctpxi_cc *cc)
{
    reduce(cc);
    cc->cwnd = sctpxi_window_min(cc->cwnd, cc->ssthresh);
}

/* 4.8. */
static void cubic_on_t3(struct sctpxi_cc *cc)
{
    if (cc->cwnd > cc->mtu) /* a time-out after another one tells nothing new */
        reduce(cc);
    cc->cwnd = cc->mtu;
    sctpxi_hystart_begin(&cc->hystart);
}

/* 4.9. */
static void cubic_on_spurious(struct sctpxi_cc *cc)
{
    struct sctpxi_cubic *c = &cc->cubic;

    if (cc->cwnd >= c->prior_cwnd)
        return;
    cc->cwnd = c->prior_cwnd;
    cc->ssthresh = c->prior_ssthresh;
    c->w_max = c->prior_w_max;
    c->epoch_start = 0;
}

/* ---- the rest ----------------------------------------------------------------------------- */

/*
 * RFC 9260 7.2.1, last point: half of it for each RTO, down to 4 chunks. ssthresh is not lowered
 * for that (7.2.1 would like it): where no loss was seen yet, what was is not what the path can.
 */
static void cubic_on_idle(struct sctpxi_cc *cc, sctpx_time idle_us, sctpx_time rto_us)
{
    uint32_t floor = sctpxi_window_of((uint64_t)4 * cc->mtu);
    sctpx_time steps = rto_us > 0 ? idle_us / rto_us : 0;

    cc->cubic.epoch_start = 0;
    if (steps == 0 || cc->cwnd <= floor)
        return;
    cc->ssthresh = sctpxi_window_max(cc->ssthresh, cc->cwnd);
    for (; steps > 0 && cc->cwnd > floor; steps--)
        cc->cwnd = sctpxi_window_max(cc->cwnd / 2, floor);
    sctpxi_hystart_begin(&cc->hystart);
}

static void cubic_set_mtu(struct sctpxi_cc *cc, uint32_t mtu)
{
    cc->mtu = mtu;
    cc->cwnd = sctpxi_window_max(cc->cwnd, mtu);
    cc->cubic.epoch_start = 0;
}

const struct sctpxi_cc_algorithm sctpxi_cc_cubic = {
    .name = "cubic",
    .init = cubic_init,
    .on_ack = cubic_on_ack,
    .on_fast_retransmit = cubic_on_fast_retransmit,
    .on_t3 = cubic_on_t3,
    .on_idle = cubic_on_idle,
    .on_spurious = cubic_on_spurious,
    .set_mtu = cubic_set_mtu,
};
