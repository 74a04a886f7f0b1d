/* SPDX-License-Identifier: MIT */
#include "engine/hystart.h"

#include <stdbool.h>

/* RFC 9406 4.3. */
#define MIN_RTT_THRESH_US 4000u
#define MAX_RTT_THRESH_US 16000u
#define MIN_RTT_DIVISOR 8u
#define N_RTT_SAMPLE 8u
#define CSS_ROUNDS 5u

#define NO_RTT UINT32_MAX

static uint32_t clamp(uint32_t value, uint32_t least, uint32_t most)
{
    if (value < least)
        return least;
    return value > most ? most : value;
}

static void begin_round(struct sctpxi_hystart *h, sctpx_time now)
{
    h->last_min_us = h->round_min_us;
    h->round_min_us = NO_RTT;
    h->samples = 0;
    h->round_start = now;
}

static void take_sample(struct sctpxi_hystart *h, sctpx_time rtt_us)
{
    uint32_t rtt = rtt_us < NO_RTT ? (uint32_t)rtt_us : NO_RTT - 1;

    if (rtt < h->round_min_us)
        h->round_min_us = rtt;
    if (h->samples < N_RTT_SAMPLE)
        h->samples++;
}

/* 4.2: longer than in the round before by an eighth, but by no less than 4, no more than 16 ms. */
static bool has_grown(const struct sctpxi_hystart *h)
{
    if (h->samples < N_RTT_SAMPLE || h->last_min_us == NO_RTT)
        return false;
    uint32_t threshold =
        clamp(h->last_min_us / MIN_RTT_DIVISOR, MIN_RTT_THRESH_US, MAX_RTT_THRESH_US);
    return h->round_min_us >= (uint64_t)h->last_min_us + threshold;
}

static bool has_recovered(const struct sctpxi_hystart *h)
{
    return h->samples >= N_RTT_SAMPLE && h->round_min_us < h->css_base_us;
}

void sctpxi_hystart_begin(struct sctpxi_hystart *h)
{
    *h = (struct sctpxi_hystart){.round_min_us = NO_RTT, .last_min_us = NO_RTT};
}

/* A round is over: in CSS it counts, if there is anything to compare it with. */
static bool is_last_round(struct sctpxi_hystart *h, sctpx_time now, sctpx_time rtt_sent_at)
{
    if (rtt_sent_at < h->round_start)
        return false;
    begin_round(h, now);
    return h->css_base_us != 0 && ++h->css_rounds >= CSS_ROUNDS;
}

enum sctpxi_hystart_advice sctpxi_hystart_on_ack(struct sctpxi_hystart *h, sctpx_time now,
                                                 sctpx_time rtt_us, sctpx_time rtt_sent_at)
{
    if (rtt_us == 0)
        return h->css_base_us != 0 ? SCTPXI_HYSTART_SLOWER : SCTPXI_HYSTART_GROW;
    if (is_last_round(h, now, rtt_sent_at))
        return SCTPXI_HYSTART_LEAVE;
    take_sample(h, rtt_us);
    if (h->css_base_us == 0 && has_grown(h)) {
        h->css_base_us = h->round_min_us;
        h->css_rounds = 0;
    } else if (h->css_base_us != 0 && has_recovered(h)) {
        h->css_base_us = 0; /* it was a moment's jitter */
    }
    return h->css_base_us != 0 ? SCTPXI_HYSTART_SLOWER : SCTPXI_HYSTART_GROW;
}
