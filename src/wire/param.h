/* SPDX-License-Identifier: MIT */
/*
 * What is inside the parameters of INIT and INIT ACK (RFC 9260 3.3.2.1, 3.3.3.1): readers of one
 * parameter found with tlv.h, and writers into an open chunk. Readers want the exact length and
 * write their output only on success; they assume, not check, that tlv->type is the right one
 * unless said otherwise. Parameters that carry plain bytes (State Cookie, Unrecognized Parameter,
 * Supported Extensions) need no reader: tlv->value is the content.
 */
#ifndef SCTPXI_WIRE_PARAM_H
#define SCTPXI_WIRE_PARAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sctpx/types.h>

#include "base/writer.h"
#include "wire/tlv.h"

/* Which address families the sender of an INIT can use. */
struct sctpxi_addr_types {
    bool ipv4;
    bool ipv6;
};

/*
 * An IPv4 or IPv6 Address parameter as an address; udp_port and scope_id are 0. SCTPX_ENOTSUP when
 * the type is neither, SCTPX_EBADPACKET when the length is wrong. Whether the address makes sense
 * (multicast, IPv4-mapped, unspecified) is not judged here.
 */
int sctpxi_param_read_addr(const struct sctpxi_tlv *tlv, sctpx_addr *ret_addr);

/* Supported Address Types; others (Host Name too) are ignored. Odd length: SCTPX_EBADPACKET. */
int sctpxi_param_read_addr_types(const struct sctpxi_tlv *tlv, struct sctpxi_addr_types *ret_types);

/* Cookie Preservative: the suggested increment in ms. Length not 8: SCTPX_EBADPACKET. */
int sctpxi_param_read_cookie_preservative(const struct sctpxi_tlv *tlv, uint32_t *ret_increment_ms);

/* The address parameter for addr (udp_port and scope_id do not travel); family must be 4 or 6. */
void sctpxi_param_put_addr(struct sctpxi_writer *w, const sctpx_addr *addr);

/* Bytes that parameter takes: 8 or 20. */
size_t sctpxi_param_addr_size(const sctpx_addr *addr);

void sctpxi_param_put_addr_types(struct sctpxi_writer *w, struct sctpxi_addr_types types);

void sctpxi_param_put_cookie_preservative(struct sctpxi_writer *w, uint32_t increment_ms);

/* State Cookie of len bytes, opaque. */
void sctpxi_param_put_cookie(struct sctpxi_writer *w, const uint8_t *cookie, size_t len);

/* Unrecognized Parameter: a parameter of the INIT returned whole in the INIT ACK (3.3.3.1.2). */
void sctpxi_param_put_unrecognized(struct sctpxi_writer *w, const struct sctpxi_tlv *tlv);

#endif
