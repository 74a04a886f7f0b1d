/* SPDX-License-Identifier: MIT */
/* T3-rtx (RFC 9260 6.3.3) and what else marks chunks for retransmission. */
#ifndef SCTPXI_ENGINE_RETRANSMIT_H
#define SCTPXI_ENGINE_RETRANSMIT_H

#include "engine/assoc.h"

/* T3-rtx of a path ran out; false: the association has ended. */
bool sctpxi_retransmit_on_t3(sctpx_assoc *a, uint8_t path);

/* Everything in flight must go out again (set-up starts over). */
void sctpxi_retransmit_mark_all(sctpx_assoc *a);

#endif
