/* SPDX-License-Identifier: MIT */
/* What an acknowledgement of the peer changes (RFC 9260 6.2.1, 6.3.2, 7.2). */
#ifndef SCTPXI_ENGINE_SACK_RECEIVE_H
#define SCTPXI_ENGINE_SACK_RECEIVE_H

#include "engine/dispatch.h"

enum sctpxi_verdict sctpxi_sack_on_chunk(sctpx_assoc *a, struct sctpxi_rx *rx,
                                         const struct sctpxi_chunk *chunk);

/*
 * The rest of the work after the outstanding chunks have taken in a SACK, or the cumulative point
 * of a SHUTDOWN: RTT, timers, congestion control, fast recovery, the peer's window, the user.
 */
void sctpxi_sack_apply(sctpx_assoc *a, sctpx_time now, const struct sctpxi_sack *sack,
                       struct sctpxi_sack_result *result, uint32_t a_rwnd);

#endif
