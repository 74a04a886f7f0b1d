/* SPDX-License-Identifier: MIT */
/*
 * Congestion control of one path behind one table, so that others can follow. cc_rfc9260.c is the
 * controller of RFC 9260 7.2. All sizes in bytes of whole DATA chunks, header and padding included
 * (7.2); mtu is the PMDCS of RFC 9260: the largest DATA chunk that fits into a packet of the path.
 */
#ifndef SCTPXI_ENGINE_CC_H
#define SCTPXI_ENGINE_CC_H

#include <stdbool.h>
#include <sctpx/types.h>

struct sctpxi_cc {
    uint32_t cwnd;
    uint32_t ssthresh;
    uint32_t partial_bytes_acked;
    uint32_t mtu;
    sctpx_time last_sent; /* for the idle rule, 7.2.1 */
};

struct sctpxi_cc_ack {
    size_t acked_bytes;   /* newly acknowledged on this path */
    size_t flight_before; /* flight of the path before the SACK */
    bool cum_advanced;    /* the SACK advanced the Cumulative TSN Ack Point */
    bool in_fast_recovery;
    bool is_flight_empty; /* all data of the association is acknowledged */
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

    /* The PMDCS has changed. */
    void (*set_mtu)(struct sctpxi_cc *cc, uint32_t mtu);
};

extern const struct sctpxi_cc_algorithm sctpxi_cc_rfc9260;

#endif
