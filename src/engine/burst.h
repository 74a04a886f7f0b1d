/* SPDX-License-Identifier: MIT */
/*
 * How much DATA may leave at once: Max.Burst (RFC 9260 6.1 D) and pacing.
 *
 * Where round trips are long enough for timers to matter, CUBIC's windows leave at a pace, somewhat
 * faster than one window in a round trip, in small trains: so queues on the path stay short.
 *
 * Else what is limited are bursts that no acknowledgement pays for. A SACK that acknowledges much
 * at once, as those of a receiver that reads in batches do, therefore allows as much again and one
 * packet more (slow start). What is not used when there is nothing more to send is forfeited.
 */
#ifndef SCTPXI_ENGINE_BURST_H
#define SCTPXI_ENGINE_BURST_H

#include "engine/assoc.h"

/* A packet came, a timer ran out, the user did something: Max.Burst packets may go. */
void sctpxi_burst_allow(sctpx_assoc *a);

/* A SACK acknowledged so many bytes for the first time. */
void sctpxi_burst_on_acked(sctpx_assoc *a, size_t acked_bytes);

/* It is its turn to send: the time since the last turn is worth some bytes, if it is paced. */
void sctpxi_burst_on_turn(sctpx_assoc *a, sctpx_time now);

/* A packet with so many bytes of new data was built; if it is paced, of any data. */
void sctpxi_burst_on_sent(sctpx_assoc *a, size_t new_bytes, size_t bytes);

/* Nothing can be sent any more: the burst is over. Pacing sets its timer, if it is the reason. */
void sctpxi_burst_end(sctpx_assoc *a, sctpx_time now);

/* Nothing new may leave now; of retransmissions the same if they are paced. */
bool sctpxi_burst_is_over(const sctpx_assoc *a);
bool sctpxi_burst_holds_marked(const sctpx_assoc *a);

#endif
