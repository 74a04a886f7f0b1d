/* SPDX-License-Identifier: MIT */
/* The peer lost its state and set the association up anew (RFC 9260 5.2.4 A, 5.2.4.1). */
#ifndef SCTPXI_ENGINE_RESTART_H
#define SCTPXI_ENGINE_RESTART_H

#include "engine/handshake.h"

/*
 * Starts the association over with the cookie's tags, TSNs and streams: congestion control and
 * counters are fresh, data not yet acknowledged is dropped, what was readable stays readable, and
 * the user is told by SCTPX_EVENT_RESTARTED. false if a restart is refused by option.
 */
bool sctpxi_restart(sctpx_assoc *a, sctpx_time now, const struct sctpxi_cookie *cookie);

#endif
