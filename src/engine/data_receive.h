/* SPDX-License-Identifier: MIT */
/* DATA chunks of the peer: window, tracking, reassembly (RFC 9260 6.2, 6.5, 6.9). */
#ifndef SCTPXI_ENGINE_DATA_RECEIVE_H
#define SCTPXI_ENGINE_DATA_RECEIVE_H

#include "engine/dispatch.h"

enum sctpxi_verdict sctpxi_data_on_chunk(sctpx_assoc *a, struct sctpxi_rx *rx,
                                         const struct sctpxi_chunk *chunk);

/* After the last chunk of a packet with DATA: tells the user, decides about the SACK. */
enum sctpxi_verdict sctpxi_data_on_packet_end(sctpx_assoc *a, struct sctpxi_rx *rx);

#endif
