/* SPDX-License-Identifier: MIT */
/*
 * Leaving slow start before it overruns the queue of the path: HyStart++ (RFC 9406). Round trips
 * that become longer from one round to the next say that a queue builds up; then cwnd grows slower
 * for some rounds (Conservative Slow Start, CSS), and if they stay long that was the end of it. A
 * round lasts until something is acknowledged that was sent after its beginning.
 *
 * Two things are stricter than there, for a window that doubles in a round is twice as large when
 * its first queueing is seen. Every 8 samples are judged, not only the shortest of the round: where
 * sending is paced the queue is empty when a round begins, and full before it ends. When they grow
 * fast cwnd stays for a round: what is under way already will show how long the queue becomes. And
 * when that makes a round trip half as long again, CSS is over. The price: a path whose round trips
 * become that much longer for good, say after a handover, leaves slow start early.
 */
#ifndef SCTPXI_ENGINE_HYSTART_H
#define SCTPXI_ENGINE_HYSTART_H

#include <stdbool.h>
#include <sctpx/types.h>

struct sctpxi_hystart {
    sctpx_time round_start;
    uint32_t round_min_us; /* shortest round trip of this round; in CSS: that it began with */
    uint32_t last_min_us;  /* and of the one before, or before CSS; UINT32_MAX = none */
    uint32_t group_min_us; /* and of the samples counted here */
    uint8_t samples;
    uint8_t css_rounds;
    bool is_css;
    bool is_held; /* for the first round of CSS */
};

enum sctpxi_hystart_advice {
    SCTPXI_HYSTART_GROW,   /* slow start goes on */
    SCTPXI_HYSTART_HOLD,   /* CSS: no growth for a round */
    SCTPXI_HYSTART_SLOWER, /* CSS: grow by a quarter of it (CSS_GROWTH_DIVISOR) */
    SCTPXI_HYSTART_LEAVE   /* congestion avoidance begins */
};

/* Slow start begins, for the first time or again. */
void sctpxi_hystart_begin(struct sctpxi_hystart *h);

/* A SACK in slow start, with a round trip (0 = none) and when what it measured was sent. */
enum sctpxi_hystart_advice sctpxi_hystart_on_ack(struct sctpxi_hystart *h, sctpx_time now,
                                                 sctpx_time rtt_us, sctpx_time rtt_sent_at);

#endif
