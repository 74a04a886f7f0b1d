/* SPDX-License-Identifier: MIT */
/* ABORT, both ways (RFC 9260 9.1), and the end of an association by protocol violation. */
#ifndef SCTPXI_ENGINE_TERMINATION_H
#define SCTPXI_ENGINE_TERMINATION_H

#include "engine/dispatch.h"

/*
 * Sends ABORT with a cause (a code of RFC 9260 3.3.10 and up to 256 bytes; 0 = none) and closes
 * the association with an error for the user. Nobody may touch it afterwards.
 */
void sctpxi_termination_abort(sctpx_assoc *a, uint16_t cause, const void *info, size_t length,
                              int error);

/* The same for a DATA chunk without a byte of data (6.2): cause No User Data with its TSN. */
void sctpxi_termination_no_user_data(sctpx_assoc *a, struct sctpxi_tsn tsn);

/* Writes the cause of an ABORT: the codes that need no more than these bytes; others not at all. */
void sctpxi_termination_put_cause(struct sctpxi_writer *w, uint16_t cause, const void *info,
                                  size_t length);

/* ABORT from the peer; the tag was checked by whoever found the association (8.5.1 B). */
enum sctpxi_verdict sctpxi_termination_on_abort(sctpx_assoc *a, struct sctpxi_rx *rx,
                                                const struct sctpxi_chunk *chunk);

#endif
