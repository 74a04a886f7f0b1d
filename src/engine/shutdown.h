/* SPDX-License-Identifier: MIT */
/* The graceful end of an association (RFC 9260 9.2). */
#ifndef SCTPXI_ENGINE_SHUTDOWN_H
#define SCTPXI_ENGINE_SHUTDOWN_H

#include "engine/dispatch.h"

enum sctpxi_verdict sctpxi_shutdown_on_shutdown(sctpx_assoc *a, struct sctpxi_rx *rx,
                                                const struct sctpxi_chunk *chunk);
enum sctpxi_verdict sctpxi_shutdown_on_shutdown_ack(sctpx_assoc *a, struct sctpxi_rx *rx,
                                                    const struct sctpxi_chunk *chunk);
enum sctpxi_verdict sctpxi_shutdown_on_shutdown_complete(sctpx_assoc *a, struct sctpxi_rx *rx,
                                                         const struct sctpxi_chunk *chunk);

/* Any packet of the peer: in SHUTDOWN_SENT it gets more time. */
void sctpxi_shutdown_on_packet(sctpx_assoc *a, sctpx_time now);

/* DATA came while we are in SHUTDOWN_SENT: SHUTDOWN goes out again at once. */
void sctpxi_shutdown_on_data(sctpx_assoc *a);

/* Nothing may be left to send or to be acknowledged: the next step, if it is time for it. */
void sctpxi_shutdown_advance(sctpx_assoc *a, sctpx_time now);

/* T2-shutdown ran out; false: given up, the association may be gone. */
bool sctpxi_shutdown_on_t2(sctpx_assoc *a);

/* T5-shutdown-guard ran out: the association is aborted and may be gone. */
void sctpxi_shutdown_on_t5(sctpx_assoc *a);

#endif
