/* SPDX-License-Identifier: MIT */
/* UDP sockets that somebody else has bound, such as systemd for socket activation. */
#ifndef SCTPXI_CARRIER_UDP_TAKE_H
#define SCTPXI_CARRIER_UDP_TAKE_H

#include "carrier/sockets.h"

/*
 * Uses options.fds: UDP sockets that are bound to one and the same port, not connected, and each to
 * another unicast or wildcard address. An IPv6 one that takes IPv4 as well becomes two sockets of
 * the carrier. Options are set as for those of our own. The carrier has copies of the descriptors;
 * those given stay the caller's. SCTPX_EINVAL (they are not that), SCTPX_ELIMIT, SCTPX_ERESOURCE;
 * the sockets are then as they were, and the carrier has none.
 */
int sctpxi_udp_take(struct sctpxi_carrier *carrier, const struct sctpxi_carrier_options *options);

#endif
