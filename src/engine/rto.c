/* SPDX-License-Identifier: MIT */
#include "engine/rto.h"

#include "base/timeval.h"

/* Clock granularity G of RFC 9260 6.3.1: the clock counts microseconds. */
#define RTO_GRANULARITY_US 1u

/* Longer measurements are cut off here. */
#define RTO_MAX_SAMPLE_US UINT32_MAX

static sctpx_time clamp(sctpx_time value, sctpx_time min, sctpx_time max)
{
    if (value > max)
        return max;
    return value < min ? min : value;
}

static uint32_t difference(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}

/* (1 - 1/2^shift) * old + 1/2^shift * fresh, without going negative on the way. */
static uint32_t blend(uint32_t old, uint32_t fresh, uint8_t shift)
{
    uint32_t part = shift < 32 ? difference(old, fresh) >> shift : 0;

    return fresh > old ? old + part : old - part;
}

void sctpxi_rto_init(struct sctpxi_rto *rto, const sctpx_assoc_options *options)
{
    rto->srtt_us = 0;
    rto->rttvar_us = 0;
    rto->last_rtt_us = rto->min_rtt_us = 0;
    rto->max_rto_us = 0;
    rto->rto_us = clamp(options->rto_initial_us, options->rto_min_us, options->rto_max_us);
}

/* C6, C7. */
static void change(struct sctpxi_rto *rto, const sctpx_assoc_options *options, sctpx_time rto_us)
{
    rto->rto_us = clamp(rto_us, options->rto_min_us, options->rto_max_us);
    if (rto->rto_us > rto->max_rto_us)
        rto->max_rto_us = rto->rto_us;
}

void sctpxi_rto_end_back_off(struct sctpxi_rto *rto, const sctpx_assoc_options *options)
{
    sctpx_time measured =
        rto->srtt_us == 0 ? options->rto_initial_us : rto->srtt_us + 4 * (sctpx_time)rto->rttvar_us;
    change(rto, options, measured);
}

void sctpxi_rto_on_sample(struct sctpxi_rto *rto, const sctpx_assoc_options *options,
                          sctpx_time rtt_us)
{
    uint32_t rtt = (uint32_t)clamp(rtt_us, RTO_GRANULARITY_US, RTO_MAX_SAMPLE_US);

    rto->last_rtt_us = rtt;
    if (rto->min_rtt_us == 0 || rtt < rto->min_rtt_us)
        rto->min_rtt_us = rtt;
    if (rto->srtt_us == 0) { /* C2 */
        rto->srtt_us = rtt;
        rto->rttvar_us = rtt / 2;
    } else { /* C3; RTTVAR takes SRTT as it was before */
        rto->rttvar_us =
            blend(rto->rttvar_us, difference(rto->srtt_us, rtt), options->rto_beta_shift);
        rto->srtt_us = blend(rto->srtt_us, rtt, options->rto_alpha_shift);
    }
    if (rto->rttvar_us == 0) /* G1 */
        rto->rttvar_us = RTO_GRANULARITY_US;
    sctpxi_rto_end_back_off(rto, options);
}

void sctpxi_rto_set(struct sctpxi_rto *rto, const sctpx_assoc_options *options, sctpx_time rto_us)
{
    if (rto_us != rto->rto_us)
        change(rto, options, rto_us);
}

void sctpxi_rto_back_off(struct sctpxi_rto *rto, const sctpx_assoc_options *options)
{
    change(rto, options, sctpxi_time_add(rto->rto_us, rto->rto_us));
}
