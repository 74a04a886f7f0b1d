/* SPDX-License-Identifier: MIT */
/* Round-trip times and the retransmission time-out of one path (RFC 9260 6.3.1). */
#ifndef SCTPXI_ENGINE_RTO_H
#define SCTPXI_ENGINE_RTO_H

#include <sctpx/config.h>

/* Measurements fill 32 bits: a round trip above 71 minutes counts as that long. */
struct sctpxi_rto {
    sctpx_time rto_us; /* with back-off */
    uint32_t srtt_us;  /* 0 = no measurement yet */
    uint32_t rttvar_us;
    uint32_t min_rtt_us; /* of all measurements */

    /* For its user. */
    uint32_t last_rtt_us;
    sctpx_time max_rto_us; /* longest time-out there was, but for RTO.Initial */
};

/* No measurement, RTO.Initial (6.3.1 C1). */
void sctpxi_rto_init(struct sctpxi_rto *rto, const sctpx_assoc_options *options);

/* A new measurement R (6.3.1 C2, C3, C6, C7); ends the back-off. */
void sctpxi_rto_on_sample(struct sctpxi_rto *rto, const sctpx_assoc_options *options,
                          sctpx_time rtt_us);

/* Back to what was measured: the silence so far has another explanation. */
void sctpxi_rto_end_back_off(struct sctpxi_rto *rto, const sctpx_assoc_options *options);

/* Set by the user, within RTO.Min and RTO.Max: until the next measurement. */
void sctpxi_rto_set(struct sctpxi_rto *rto, const sctpx_assoc_options *options, sctpx_time rto_us);

/* Doubles, at most RTO.Max (6.3.3 E2). */
void sctpxi_rto_back_off(struct sctpxi_rto *rto, const sctpx_assoc_options *options);

#endif
