/* SPDX-License-Identifier: MIT */
/*
 * The common header of a packet, both ways (RFC 9260 3.1). The checksum is crc32c.h's, the chunks
 * are chunk.h's; both are included here for those who handle whole packets.
 */
#ifndef SCTPXI_WIRE_PACKET_H
#define SCTPXI_WIRE_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "base/writer.h"
#include "wire/chunk.h"
#include "wire/crc32c.h"
#include "wire/wire.h"

struct sctpxi_packet {
    uint16_t src_port; /* host order */
    uint16_t dst_port; /* host order */
    uint32_t vtag;     /* verification tag */
    const uint8_t *raw;
    size_t raw_len;
    const uint8_t *chunks; /* after the common header */
    size_t chunks_len;
};

/*
 * Reads the common header of n bytes at p. SCTPX_EBADPACKET when n < 12 or a port is 0
 * (RFC 9260 3.1). Neither the checksum (sctpxi_crc32c_verify) nor the chunks are looked at; a
 * packet without any chunk is accepted here.
 */
int sctpxi_packet_parse(const uint8_t *p, size_t n, struct sctpxi_packet *ret_packet);

/* Starts a walk over the packet's chunks. */
static inline void sctpxi_packet_chunks(const struct sctpxi_packet *packet,
                                        struct sctpxi_chunk_iter *ret_iter)
{
    sctpxi_chunk_iter_init(ret_iter, packet->chunks, packet->chunks_len);
}

/*
 * Writes a common header (ports in host order) with checksum 0 and gives its offset for
 * sctpxi_packet_end. The writer must be at a multiple of 4.
 */
size_t sctpxi_packet_begin(struct sctpxi_writer *w, uint16_t src_port, uint16_t dst_port,
                           uint32_t vtag);

/*
 * Stores the checksum over everything from off to the writer's end. 0, or SCTPX_EMSGSIZE when the
 * writer has failed (nothing is stored then).
 */
int sctpxi_packet_end(struct sctpxi_writer *w, size_t off);

#endif
