/* SPDX-License-Identifier: MIT */
/*
 * What an address is good for: its scope (RFC 9260 5.1.2, 8.4 1), whether it may be announced to a
 * peer, and which local address suits a remote one.
 */
#ifndef SCTPXI_ENGINE_ADDRESS_H
#define SCTPXI_ENGINE_ADDRESS_H

#include <stdbool.h>
#include <sctpx/types.h>

/* From narrow to wide. */
enum sctpxi_scope {
    SCTPXI_SCOPE_NONE,     /* unspecified, multicast, broadcast: no peer is there */
    SCTPXI_SCOPE_LOOPBACK,
    SCTPXI_SCOPE_LINK,
    SCTPXI_SCOPE_PRIVATE,  /* RFC 1918, RFC 6598, unique local */
    SCTPXI_SCOPE_GLOBAL
};

enum sctpxi_scope sctpxi_address_scope(const sctpx_addr *addr);

/* All bits of the IP address are 0. */
bool sctpxi_address_is_wildcard(const sctpx_addr *addr);

/* Same family and IP address; the UDP port does not count. */
bool sctpxi_address_same_ip(const sctpx_addr *a, const sctpx_addr *b);

/*
 * Whether an address may be told to (or believed from) a peer that is seen at another address:
 * never one of narrower scope than that, and link-local ones not at all, since they lack a zone.
 */
bool sctpxi_address_is_visible(const sctpx_addr *addr, const sctpx_addr *seen_at);

/*
 * How well a local address suits a remote one: the longer the common prefix the better, wildcards
 * least; negative if it is of another family.
 */
int sctpxi_address_fitness(const sctpx_addr *local, const sctpx_addr *remote);

#endif
