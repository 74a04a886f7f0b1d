/* SPDX-License-Identifier: MIT */
/*
 * What follows from losses that are found before T3-rtx expires (RFC 9260 7.2.4): entering fast
 * recovery, once for a window, leaving it, and taking a reduction of cwnd back when everything
 * that seemed lost was only late. How they are found is fast_retransmit.h's, rack.h's and
 * tail_probe.h's.
 */
#ifndef SCTPXI_ENGINE_RECOVERY_H
#define SCTPXI_ENGINE_RECOVERY_H

#include "engine/assoc.h"
#include "wire/sack.h"

/* Nothing is lost and nothing probed: one whose peer has restarted, or that begins anew. */
void sctpxi_recovery_init(sctpx_assoc *a);

/* The last reduction of cwnd stands, whatever comes. */
void sctpxi_recovery_end_episode(sctpx_assoc *a);

/* A marked chunk was sent again. */
void sctpxi_recovery_on_resent(sctpx_assoc *a, struct sctpxi_tsn tsn);

/* The cumulative point has reached the exit (6.2.1 iv). Before cwnd may grow by the same SACK. */
void sctpxi_recovery_leave(sctpx_assoc *a);

/* A SACK was worked in: losses are looked for, and what they cost is paid. NULL: a SHUTDOWN's. */
void sctpxi_recovery_on_sack(sctpx_assoc *a, sctpx_time now, const struct sctpxi_sack *sack,
                             struct sctpxi_sack_result *result);

/* loss_deadline has passed. */
void sctpxi_recovery_on_timer(sctpx_assoc *a, sctpx_time now);

/* T3-rtx expired on a path and so many chunks are marked: fast recovery is over, cwnd reduced. */
void sctpxi_recovery_on_t3(sctpx_assoc *a, uint8_t path, uint32_t marked);

#endif
