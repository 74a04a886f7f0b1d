/* SPDX-License-Identifier: MIT */
/*
 * Tail loss probes (RFC 8985 7): when the last of what was sent is not acknowledged in about two
 * round trips, one chunk is sent again, so that a SACK comes that tells what is missing, instead
 * of T3-rtx expiring. One probe for each flight.
 */
#ifndef SCTPXI_ENGINE_TAIL_PROBE_H
#define SCTPXI_ENGINE_TAIL_PROBE_H

#include "engine/assoc.h"
#include "wire/sack.h"

/* The timer, which does not run, starts if it may. */
void sctpxi_tail_probe_set(sctpx_assoc *a, sctpx_time now);

/*
 * Something new was sent, or a SACK left something in flight. A timer that runs is left alone: when
 * it expires it is seen what was sent since.
 */
static inline void sctpxi_tail_probe_arm(sctpx_assoc *a, sctpx_time now)
{
    if (a->loss_deadline == SCTPX_TIME_NEVER && a->outstanding.total_flight_bytes > 0)
        sctpxi_tail_probe_set(a, now);
}

/* It expired. Returns whether the newest chunk in flight was marked, to be sent again at once. */
bool sctpxi_tail_probe_on_timer(sctpx_assoc *a, sctpx_time now);

/*
 * A SACK was worked in. Returns whether it shows that the probe has repaired a loss, which then is
 * as much a sign of congestion as any other (RFC 8985 7.4).
 */
bool sctpxi_tail_probe_has_repaired(sctpx_assoc *a, const struct sctpxi_sack *sack,
                                    const struct sctpxi_sack_result *result);

#endif
