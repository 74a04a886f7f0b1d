/* SPDX-License-Identifier: MIT */
/* The SACK chunk, both ways (RFC 9260 3.3.4). Its lists stay in the packet, read by index. */
#ifndef SCTPXI_WIRE_SACK_H
#define SCTPXI_WIRE_SACK_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reader.h"
#include "base/serial.h"
#include "base/writer.h"
#include "wire/chunk.h"

/* A Gap Ack Block: offsets from the Cumulative TSN Ack, both ends included. */
struct sctpxi_sack_gap {
    uint16_t start;
    uint16_t end;
};

struct sctpxi_sack {
    struct sctpxi_tsn cum_tsn;
    uint32_t a_rwnd; /* bytes */
    uint16_t n_gaps;
    uint16_t n_dups;
    const uint8_t *gaps; /* for sctpxi_sack_gap */
    const uint8_t *dups; /* for sctpxi_sack_dup */
};

/*
 * Reads a SACK. SCTPX_EBADPACKET unless its length is exactly what its two counts ask for. The
 * blocks are not judged: sctpxi_sack_gaps_are_sane.
 */
int sctpxi_sack_parse(const struct sctpxi_chunk *chunk, struct sctpxi_sack *ret_sack);

/* The i-th Gap Ack Block, i < n_gaps. */
static inline struct sctpxi_sack_gap sctpxi_sack_gap(const struct sctpxi_sack *sack, size_t i)
{
    assert(i < sack->n_gaps);
    const uint8_t *p = sack->gaps + 4 * i;
    return (struct sctpxi_sack_gap){sctpxi_load_u16(p), sctpxi_load_u16(p + 2)};
}

/* The i-th duplicate TSN, i < n_dups. */
static inline struct sctpxi_tsn sctpxi_sack_dup(const struct sctpxi_sack *sack, size_t i)
{
    assert(i < sack->n_dups);
    return sctpxi_tsn_make(sctpxi_load_u32(sack->dups + 4 * i));
}

/*
 * Whether every block has 1 <= start <= end and begins after the end of the one before. RFC 9260
 * only says SHOULD about their isolation, so blocks that touch are sane.
 */
bool sctpxi_sack_gaps_are_sane(const struct sctpxi_sack *sack);

/*
 * The same where all blocks before the one numbered from are known to be sane, and so are all from
 * to on (from <= to <= n_gaps).
 */
bool sctpxi_sack_gaps_are_sane_between(const struct sctpxi_sack *sack, size_t from, size_t to);

/* Writes a whole SACK with n gaps and m duplicates; a list of length 0 may be NULL. */
void sctpxi_sack_write(struct sctpxi_writer *w, struct sctpxi_tsn cum_tsn, uint32_t a_rwnd,
                       const struct sctpxi_sack_gap *gaps, uint16_t n,
                       const struct sctpxi_tsn *dups, uint16_t m);

/* Bytes a SACK with n gaps and m duplicates takes. */
static inline size_t sctpxi_sack_size(size_t n, size_t m)
{
    return SCTPXI_SACK_HEADER_SIZE + 4 * n + 4 * m;
}

#endif
