/* SPDX-License-Identifier: MIT */
/*
 * Chunks in general: the view of one, walking those of a packet, and writing one (RFC 9260 3.2).
 * What is inside a chunk belongs to data.h, init.h, sack.h and ctrl.h. Views point into the packet.
 */
#ifndef SCTPXI_WIRE_CHUNK_H
#define SCTPXI_WIRE_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/writer.h"
#include "wire/wire.h"

struct sctpxi_chunk {
    uint8_t type;
    uint8_t flags;
    const uint8_t *value; /* after the chunk header */
    size_t value_len;     /* without padding */
    const uint8_t *raw;   /* the chunk header */
    size_t raw_len;       /* header and value, without padding: the Chunk Length field */
};

struct sctpxi_chunk_iter {
    const uint8_t *p;
    size_t left;
};

/* Starts a walk over the len bytes of chunks at p. */
void sctpxi_chunk_iter_init(struct sctpxi_chunk_iter *it, const uint8_t *p, size_t len);

/*
 * The next chunk: 1 and *ret_chunk written, 0 at the end, or SCTPX_EBADPACKET when what is left
 * is no chunk (fewer than 4 bytes, a Chunk Length below 4, or one that runs past the packet:
 * RFC 9260 6.10 "partial chunk"). Missing padding after the last chunk is accepted. A failed walk
 * stays failed; every good step passes at least 4 bytes.
 */
int sctpxi_chunk_iter_next(struct sctpxi_chunk_iter *it, struct sctpxi_chunk *ret_chunk);

/* Whether nothing at all follows the chunk given last; with sctpxi_bundle_allowed. */
static inline bool sctpxi_chunk_iter_at_end(const struct sctpxi_chunk_iter *it)
{
    return it->left == 0;
}

/*
 * Writes a chunk header with an open length and gives its offset for sctpxi_chunk_end. Between
 * the two the value is put. The writer must be at a multiple of 4 (it is, after
 * sctpxi_packet_begin and after every ended chunk). One chunk is open at a time.
 */
size_t sctpxi_chunk_begin(struct sctpxi_writer *w, uint8_t type, uint8_t flags);

/*
 * Back-patches the Chunk Length (padding of the last parameter not counted, RFC 9260 3.2) and
 * pads with zeros to a multiple of 4. A chunk above 65535 bytes fails the writer.
 */
void sctpxi_chunk_end(struct sctpxi_writer *w, size_t off);

#endif
