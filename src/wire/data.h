/* SPDX-License-Identifier: MIT */
/* The DATA chunk, both ways (RFC 9260 3.3.1). The payload is a view, never owned. */
#ifndef SCTPXI_WIRE_DATA_H
#define SCTPXI_WIRE_DATA_H

#include <stddef.h>
#include <stdint.h>

#include "base/serial.h"
#include "base/writer.h"
#include "wire/chunk.h"

struct sctpxi_data {
    struct sctpxi_tsn tsn;
    uint16_t stream;
    struct sctpxi_ssn ssn; /* without meaning when SCTPXI_DATA_UNORDERED is set */
    uint32_t ppid;         /* host order */
    uint8_t flags;         /* enum sctpxi_data_flag; reserved bits are dropped both ways */
    const uint8_t *payload;
    size_t payload_len;
};

/*
 * Reads a DATA chunk. SCTPX_EBADPACKET when it is shorter than its header; SCTPX_EEMPTY when it has
 * no user data, and then *ret_data is written all the same, for the answer (cause 9, RFC 9260 6.2)
 * holds the TSN.
 */
int sctpxi_data_parse(const struct sctpxi_chunk *chunk, struct sctpxi_data *ret_data);

/* Writes a whole DATA chunk, copying the payload, which must hold at least one byte. */
void sctpxi_data_write(struct sctpxi_writer *w, const struct sctpxi_data *data);

/* Bytes a DATA chunk with len bytes of payload takes in a packet, padding included. */
static inline size_t sctpxi_data_size(size_t len)
{
    return sctpxi_pad4(SCTPXI_DATA_HEADER_SIZE + len);
}

#endif
