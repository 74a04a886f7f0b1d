/* SPDX-License-Identifier: MIT */
/*
 * Finding losses by time: RACK (RFC 8985) on TSNs. What was sent before something that has arrived,
 * and is not there a little later, is lost. That little is a quarter of the shortest round trip,
 * and a quarter more for each round trip in which the peer reports duplicates, up to a whole one:
 * then packets overtake each other by more. After 16 recoveries without any that is forgotten. It
 * is nothing while none has ever been overtaken and three are there already (the threshold of
 * RFC 9260 7.2.4). A chunk sent again is judged like any other.
 */
#ifndef SCTPXI_ENGINE_RACK_H
#define SCTPXI_ENGINE_RACK_H

#include "engine/assoc.h"

/* A SACK was worked in: what it tells about each path. Before sctpxi_rack_detect(). */
void sctpxi_rack_on_sack(sctpx_assoc *a, sctpx_time now, const struct sctpxi_sack_result *result);

/*
 * The peer got something twice (3.3.4): a retransmission may have been for nothing. Networks make
 * duplicates too; those cost no more than later detection.
 */
void sctpxi_rack_on_duplicate(sctpx_assoc *a);

/* Fast recovery has reached its exit: a long memory of reordering fades (RFC 8985 6.2). */
void sctpxi_rack_on_recovered(sctpx_assoc *a);

/*
 * Marks what is lost by now and arms the timer for what may be soon. Adds to newly_marked and, by
 * path, to lost_bytes.
 */
void sctpxi_rack_detect(sctpx_assoc *a, sctpx_time now, struct sctpxi_sack_result *result);

#endif
