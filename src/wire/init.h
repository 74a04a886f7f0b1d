/* SPDX-License-Identifier: MIT */
/* INIT and INIT ACK, both ways (RFC 9260 3.3.2, 3.3.3); their parameters are param.h's. */
#ifndef SCTPXI_WIRE_INIT_H
#define SCTPXI_WIRE_INIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/serial.h"
#include "base/writer.h"
#include "wire/chunk.h"
#include "wire/tlv.h"

struct sctpxi_init {
    uint32_t tag;    /* Initiate Tag */
    uint32_t a_rwnd; /* bytes */
    uint16_t os;     /* Number of Outbound Streams */
    uint16_t mis;    /* Number of Inbound Streams */
    struct sctpxi_tsn initial_tsn;
    const uint8_t *params; /* for sctpxi_tlv_iter_init; not used when writing */
    size_t params_len;
};

/* What is wrong with the fixed fields; each has its own answer in RFC 9260 3.3.2 and 3.3.3. */
enum sctpxi_init_verdict {
    SCTPXI_INIT_OK = 0,
    SCTPXI_INIT_ZERO_TAG,  /* INIT: discard silently; INIT ACK: see 3.3.3 */
    SCTPXI_INIT_LOW_RWND,  /* a_rwnd < 1500: ABORT */
    SCTPXI_INIT_NO_STREAMS /* OS or MIS is 0: ABORT */
};

/*
 * Reads the fixed part of an INIT or INIT ACK. SCTPX_EBADPACKET when the chunk is too short for it.
 * The fields' values are not judged (sctpxi_init_check), nor are the parameters looked at.
 */
int sctpxi_init_parse(const struct sctpxi_chunk *chunk, struct sctpxi_init *ret_init);

/* Judges the values of the fixed fields; the tag first, for its answer is silence. */
enum sctpxi_init_verdict sctpxi_init_check(const struct sctpxi_init *init);

/* Starts a walk over the parameters. */
static inline void sctpxi_init_params(const struct sctpxi_init *init,
                                      struct sctpxi_tlv_iter *ret_iter)
{
    sctpxi_tlv_iter_init(ret_iter, init->params, init->params_len);
}

/*
 * Writes the fixed part of an INIT or INIT ACK (type says which) and leaves the chunk open for
 * parameters; the result goes to sctpxi_chunk_end. init->params is ignored.
 */
size_t sctpxi_init_begin(struct sctpxi_writer *w, uint8_t type, const struct sctpxi_init *init);

#endif
