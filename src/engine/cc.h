/* SPDX-License-Identifier: MIT */
/*
 * Congestion control of one path behind one table. cc_rfc9260.c is the controller of RFC 9260 7.2,
 * cc_cubic.c that of RFC 9438, which leaves slow start as hystart.h says. All sizes in bytes of
 * whole DATA chunks, header and padding included (7.2); mtu is the PMDCS of RFC 9260: the largest
 * DATA chunk that fits into a packet of the path.
 */
#ifndef SCTPXI_ENGINE_CC_H
#define SCTPXI_ENGINE_CC_H

#include <stdbool.h>
#include <sctpx/config.h>
#include <sctpx/types.h>

#include "engine/hystart.h"

/* What CUBIC keeps between acknowledgements; RFC 9438 4.1. */
struct sctpxi_cubic {
    sctpx_time epoch_start;  /* of this congestion avoidance; 0 = not begun */
    uint64_t w_est;          /* what Reno would have (4.3), in 1/256 byte */
    uint32_t w_max;          /* W_max */
    uint32_t k_ms;           /* K: how long until W_max is reached again */
    uint32_t growth_rest;    /* of the last division */
    uint32_t prior_cwnd;     /* before the last reduction, and ssthresh and W_max then: */
    uint32_t prior_ssthresh; /* to undo it */
    uint32_t prior_w_max;
};

struct sctpxi_cc {
    uint32_t cwnd;
    uint32_t ssthresh;
    uint32_t partial_bytes_acked; /* cc_rfc9260.c */
    uint32_t mtu;
    sctpx_time last_sent; /* for the idle rule, 7.2.1 */
    struct sctpxi_cubic cubic;
    struct sctpxi_hystart hystart;
};

struct sctpxi_cc_ack {
    size_t acked_bytes;   /* newly acknowledged on this path */
    size_t flight_before; /* flight of the path before the SACK */
    bool cum_advanced;    /* the SACK advanced the Cumulative TSN Ack Point */
    bool in_fast_recovery;
    bool is_flight_empty; /* all data of the association is acknowledged */
    sctpx_time now;
    sctpx_time srtt_us;     /* 0 = not measured */
    sctpx_time rtt_us;      /* the sample that this SACK gave; 0 = none */
    sctpx_time rtt_sent_at; /* when what gave it was sent */
};

struct sctpxi_cc_algorithm {
    const char *name;

    /* Before anything is sent to the path, and after a change of route (7.2.5). */
    void (*init)(struct sctpxi_cc *cc, uint32_t mtu, bool is_ipv6);

    /* Once per SACK and path that had something acknowledged, before losses it tells (7.2.4). */
    void (*on_ack)(struct sctpxi_cc *cc, const struct sctpxi_cc_ack *ack);

    /* Once per entry into fast recovery (7.2.3). */
    void (*on_fast_retransmit)(struct sctpxi_cc *cc);

    /* T3-rtx expired (7.2.3). */
    void (*on_t3)(struct sctpxi_cc *cc);

    /*
     * Once when sending resumes after nothing was sent for idle_us: one step down for every whole
     * RTO of it (7.2.1). The caller keeps last_sent.
     */
    void (*on_idle)(struct sctpxi_cc *cc, sctpx_time idle_us, sctpx_time rto_us);

    /* The last reduction was for nothing: what seemed lost was late. */
    void (*on_spurious)(struct sctpxi_cc *cc);

    /* The PMDCS has changed. */
    void (*set_mtu)(struct sctpxi_cc *cc, uint32_t mtu);
};

extern const struct sctpxi_cc_algorithm sctpxi_cc_rfc9260;
extern const struct sctpxi_cc_algorithm sctpxi_cc_cubic;

const struct sctpxi_cc_algorithm *sctpxi_cc_algorithm(enum sctpx_congestion_control choice);

/* The initial cwnd of RFC 9260 7.2.1. */
uint32_t sctpxi_cc_initial_cwnd(uint32_t mtu, bool is_ipv6);

#endif
