/* SPDX-License-Identifier: MIT */
/* Names of the protocol's numbers, for traces and logs. Never NULL; "unknown" for the rest. */
#ifndef SCTPXI_WIRE_NAMES_H
#define SCTPXI_WIRE_NAMES_H

#include <stdint.h>

/* As the RFCs write it: "INIT ACK", "COOKIE ECHO". */
const char *sctpxi_chunk_name(uint8_t type);

/* "State Cookie", "IPv4 Address". */
const char *sctpxi_param_name(uint16_t type);

/* "Stale Cookie", "Protocol Violation". */
const char *sctpxi_cause_name(uint16_t code);

#endif
