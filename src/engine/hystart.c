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

static void begin_group(struct sctpxi_hystart *h)
{
    h->group_min_us = NO_RTT;
    h->samples = 0;
}

/* Returns whether it was the last one of a group. */
static bool take_sample(struct sctpxi_hystart *h, sctpx_time rtt_us)
{
    uint32_t rtt = rtt_us < NO_RTT ? (uint32_t)rtt_us : NO_RTT - 1;

    if (h->samples == N_RTT_SAMPLE)
        begin_group(h);
    if (rtt < h->group_min_us)
        h->group_min_us = rtt;
    if (rtt < h->round_min_us && !h->is_css)
        h->round_min_us = rtt;
    return ++h->samples == N_RTT_SAMPLE;
}

/* 4.2: longer than in the round before by an eighth, but by no less than 4, no more than 16 ms. */
static bool has_grown(const struct sctpxi_hystart *h, uint32_t rtt_us)
{
    uint32_t threshold =
        clamp(h->last_min_us / MIN_RTT_DIVISOR, MIN_RTT_THRESH_US, MAX_RTT_THRESH_US);

    return h->last_min_us != NO_RTT && rtt_us >= (uint64_t)h->last_min_us + threshold;
}

/* By a quarter of the time that the round took so far: a third more comes than the path takes. */
static bool is_steep(const struct sctpxi_hystart *h, sctpx_time now)
{
    return (sctpx_time)(h->group_min_us - h->last_min_us) * 4 >= now - h->round_start;
}

/* What had been set free before CSS has made it half as long again: no jitter does that. */
static bool is_far_too_long(const struct sctpxi_hystart *h)
{
    return h->css_rounds > 0 && h->group_min_us >= (uint64_t)h->last_min_us * 3 / 2;
}

static void begin_round(struct sctpxi_hystart *h, sctpx_time now)
{
    h->round_start = now;
    begin_group(h);
    if (h->is_css) {
        h->css_rounds++;
        h->is_held = false;
        return;
    }
    h->last_min_us = h->round_min_us;
    h->round_min_us = NO_RTT;
}

static void begin_css(struct sctpxi_hystart *h, sctpx_time now, bool is_held)
{
    h->is_css = true;
    h->is_held = is_held;
    h->css_rounds = 0;
    h->round_min_us = h->group_min_us;
    if (is_held)
        h->round_start = now; /* until what is under way now has arrived */
}

static enum sctpxi_hystart_advice advice(const struct sctpxi_hystart *h)
{
    if (!h->is_css)
        return SCTPXI_HYSTART_GROW;
    return h->is_held ? SCTPXI_HYSTART_HOLD : SCTPXI_HYSTART_SLOWER;
}

/* A group is whole: CSS begins or ends, or the round trip is so long that it is all over. */
static enum sctpxi_hystart_advice judge_group(struct sctpxi_hystart *h, sctpx_time now)
{
    if (h->is_css && is_far_too_long(h))
        return SCTPXI_HYSTART_LEAVE;
    if (h->is_css && h->group_min_us < h->round_min_us)
        h->is_css = h->is_held = false; /* it was a moment's jitter */
    else if (!h->is_css && has_grown(h, h->round_min_us))
        begin_css(h, now, false);
    else if (!h->is_css && has_grown(h, h->group_min_us) && is_steep(h, now))
        begin_css(h, now, true);
    return advice(h);
}

void sctpxi_hystart_begin(struct sctpxi_hystart *h)
{
    *h = (struct sctpxi_hystart){.round_min_us = NO_RTT, .last_min_us = NO_RTT};
    begin_group(h);
}

enum sctpxi_hystart_advice sctpxi_hystart_on_ack(struct sctpxi_hystart *h, sctpx_time now,
                                                 sctpx_time rtt_us, sctpx_time rtt_sent_at)
{
    if (rtt_us == 0)
        return advice(h);
    if (rtt_sent_at >= h->round_start)
        begin_round(h, now);
    if (h->is_css && h->css_rounds >= CSS_ROUNDS)
        return SCTPXI_HYSTART_LEAVE;
    return take_sample(h, rtt_us) ? judge_group(h, now) : advice(h);
}
