/* SPDX-License-Identifier: MIT */
/*
 * The checksum of SCTP packets: CRC32c (RFC 9260 6.8 and appendix A). Uses ISA-L when compiled
 * with SCTPX_HAVE_ISAL, else the table; both are always the same function. Pure, no state.
 */
#ifndef SCTPXI_WIRE_CRC32C_H
#define SCTPXI_WIRE_CRC32C_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Register value to start from; the finished CRC is the complement of the last one. */
#define SCTPXI_CRC32C_INIT UINT32_C(0xFFFFFFFF)

/*
 * Runs n bytes through the CRC register and gives the new register value, so that
 * ~update(SCTPXI_CRC32C_INIT, p, n) is the CRC32c of p and pieces can be chained. Fastest way here.
 */
uint32_t sctpxi_crc32c_update(uint32_t state, const uint8_t *p, size_t n);

/* The same with tables (eight bytes per step); always compiled, the reference for the other. */
uint32_t sctpxi_crc32c_table(uint32_t state, const uint8_t *p, size_t n);

/*
 * The CRC32c of a whole SCTP packet of n >= 12 bytes, taking its checksum field (bytes 8..11) as
 * zero; the packet is neither changed nor copied. The value is the one that stands in the packet
 * least significant byte first (RFC 9260 appendix A).
 */
uint32_t sctpxi_crc32c(const uint8_t *packet, size_t n);

/* Whether the packet's checksum field is right. false when n < 12. */
bool sctpxi_crc32c_verify(const uint8_t *packet, size_t n);

/* Computes the checksum of a packet of n >= 12 bytes and stores it in its checksum field. */
void sctpxi_crc32c_store(uint8_t *packet, size_t n);

#endif
