/* SPDX-License-Identifier: MIT */
/*
 * Finding losses by time: RACK (RFC 8985) on TSNs. What was sent before something that has arrived,
 * and is not there a little later, is lost. That little is a quarter of the shortest round trip,
 * and more when the peer reports duplicates: then packets overtake each other by more; it is
 * nothing while none has ever been overtaken and three are there already (the threshold of
 * RFC 9260 7.2.4). A chunk sent again is judged like any other.
 */
#ifndef SCTPXI_ENGINE_RACK_H
#define SCTPXI_ENGINE_RACK_H

#include "engine/assoc.h"

/* A SACK was worked in: what it tells about each path. Before sctpxi_rack_detect(). */
void sctpxi_rack_on_sack(sctpx_assoc *a, sctpx_time now, const struct sctpxi_sack_result *result);

/* The peer got something twice (3.3.4): a retransmission was for nothing. */
void sctpxi_rack_on_duplicate(sctpx_assoc *a);

/* Fast recovery is over: a long memory of reordering fades (RFC 8985 6.2). */
void sctpxi_rack_on_recovered(sctpx_assoc *a);

/*
 * Marks what is lost by now and arms the timer for what may be soon. Adds to newly_marked and, by
 * path, to lost_bytes.
 */
void sctpxi_rack_detect(sctpx_assoc *a, sctpx_time now, struct sctpxi_sack_result *result);

#endif
