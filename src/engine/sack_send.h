/* SPDX-License-Identifier: MIT */
/* When to acknowledge and what the SACK says (RFC 9260 6.2, 6.7, 3.3.4). */
#ifndef SCTPXI_ENGINE_SACK_SEND_H
#define SCTPXI_ENGINE_SACK_SEND_H

#include "base/writer.h"
#include "engine/assoc.h"

/* A packet with DATA came: every second one, and urgent ones, are acknowledged at once. */
void sctpxi_sack_on_data_packet(sctpx_assoc *a, sctpx_time now, bool is_urgent);

/* The delayed SACK is due. */
void sctpxi_sack_send_now(sctpx_assoc *a);

/* DATA has come that no SACK has told about yet: one goes along with DATA we send (6.1). */
bool sctpxi_sack_is_owed(const sctpx_assoc *a);

/* Writes a SACK with as many gap blocks and duplicates as fit; false if not even it does. */
bool sctpxi_sack_write_current(sctpx_assoc *a, struct sctpxi_writer *w);

#endif
