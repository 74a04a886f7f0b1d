/* SPDX-License-Identifier: MIT */
/* ERROR chunks about what the peer sent (RFC 9260 3.2, 3.2.2, 3.3.10), at most 512 bytes each. */
#ifndef SCTPXI_ENGINE_REPORT_H
#define SCTPXI_ENGINE_REPORT_H

#include "engine/assoc.h"
#include "engine/peer_params.h"
#include "wire/chunk.h"

void sctpxi_report_unrecognized_chunk(sctpx_assoc *a, uint8_t path,
                                      const struct sctpxi_chunk *chunk);

/* Parameters of an INIT ACK: goes along with COOKIE ECHO. Nothing if there are none. */
void sctpxi_report_unrecognized_params(sctpx_assoc *a, uint8_t path,
                                       const struct sctpxi_peer_params *params);

/* DATA for a stream that was not negotiated (6.5). */
void sctpxi_report_invalid_stream(sctpx_assoc *a, uint8_t path, uint16_t stream);

#endif
