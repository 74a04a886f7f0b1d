/* SPDX-License-Identifier: MIT */
/* The peer lost its state and set the association up anew (RFC 9260 5.2.4 A, 5.2.4.1). */
#ifndef SCTPXI_ENGINE_RESTART_H
#define SCTPXI_ENGINE_RESTART_H

#include "engine/handshake.h"

/*
 * Starts the association over with the cookie's tags, TSNs and streams: congestion control and
 * counters are fresh, messages that are queued or not yet acknowledged have failed (5.2.4.1,
 * tx_outcome.h), what was readable stays readable, and the user is told by SCTPX_EVENT_RESTARTED.
 * false, and nothing has changed: by option (refuse_restart), or the cookie's first address is not
 * one of the peer's, or its tag is another association's already.
 */
bool sctpxi_restart(sctpx_assoc *a, sctpx_time now, const struct sctpxi_cookie *cookie);

#endif
