/* SPDX-License-Identifier: MIT */
/*
 * Max.Burst (RFC 9260 6.1 D): how much new data may leave before something else happens.
 *
 * What is limited are bursts that no acknowledgement pays for. A SACK that acknowledges much at
 * once, as those of a receiver that reads in batches do, therefore allows as much again and one
 * packet more (slow start). What is not used when there is nothing more to send is forfeited.
 */
#ifndef SCTPXI_ENGINE_BURST_H
#define SCTPXI_ENGINE_BURST_H

#include "engine/assoc.h"

/* A packet came, a timer ran out, the user did something: Max.Burst packets may go. */
void sctpxi_burst_allow(sctpx_assoc *a);

/* A SACK acknowledged so many bytes for the first time. */
void sctpxi_burst_on_acked(sctpx_assoc *a, size_t acked_bytes);

/* A packet with so many bytes of new data was built. */
void sctpxi_burst_on_sent(sctpx_assoc *a, size_t bytes);

/* Nothing can be sent any more: the burst is over. */
void sctpxi_burst_end(sctpx_assoc *a);

bool sctpxi_burst_is_over(const sctpx_assoc *a);

#endif
