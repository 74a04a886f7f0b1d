/* SPDX-License-Identifier: MIT */
/*
 * Packets that belong to no association: "out of the blue" (RFC 9260 8.4), and the answers to
 * them, which are limited in rate and never larger than a few headers.
 */
#ifndef SCTPXI_ENGINE_OOTB_H
#define SCTPXI_ENGINE_OOTB_H

#include "engine/assoc.h"
#include "wire/cause.h"
#include "wire/packet.h"

/*
 * Sorts the packet (INIT, COOKIE ECHO, the rest) and does what 8.4 says. 0 when it was taken, else
 * what sctpx_endpoint_receive() returns.
 */
int sctpxi_ootb_receive(sctpx_endpoint *ep, sctpx_time now, const sctpx_packet *packet,
                        const struct sctpxi_packet *view);

/*
 * Answers a packet with ABORT. tag: the Initiate Tag of an INIT, or the packet's own tag,
 * reflected. code 0 = no cause, else one without any content of its own, or
 * SCTPXI_CAUSE_PROTOCOL_VIOLATION.
 */
void sctpxi_ootb_abort(sctpx_endpoint *ep, sctpx_time now, const sctpx_packet *packet,
                       const struct sctpxi_packet *view, uint32_t tag, enum sctpxi_tag_kind kind,
                       uint16_t code);

/* Takes a token of stranger_rate for one more answer; false, and counted, when there is none. */
bool sctpxi_ootb_take_token(sctpx_endpoint *ep, sctpx_time now);

#endif
