/* SPDX-License-Identifier: MIT */
/* ERROR chunks from the peer (RFC 9260 3.3.10, 5.2.6). */
#ifndef SCTPXI_ENGINE_ERROR_RECEIVE_H
#define SCTPXI_ENGINE_ERROR_RECEIVE_H

#include "engine/dispatch.h"

enum sctpxi_verdict sctpxi_error_on_chunk(sctpx_assoc *a, struct sctpxi_rx *rx,
                                          const struct sctpxi_chunk *chunk);

#endif
