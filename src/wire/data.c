/* SPDX-License-Identifier: MIT */
#include "wire/data.h"

#include <assert.h>

#include <sctpx/error.h>

#include "base/reader.h"

/* The upper four flag bits are reserved: RFC 9260 3.3.1. */
#define FLAGS_MASK                                                                                 \
    (SCTPXI_DATA_END | SCTPXI_DATA_BEGIN | SCTPXI_DATA_UNORDERED | SCTPXI_DATA_IMMEDIATE)

int sctpxi_data_parse(const struct sctpxi_chunk *chunk, struct sctpxi_data *ret_data)
{
    struct sctpxi_reader r = sctpxi_reader_make(chunk->value, chunk->value_len);
    struct sctpxi_data data = {.flags = chunk->flags & FLAGS_MASK};
    data.tsn = sctpxi_tsn_make(sctpxi_reader_u32(&r));
    data.stream = sctpxi_reader_u16(&r);
    data.ssn = sctpxi_ssn_make(sctpxi_reader_u16(&r));
    data.ppid = sctpxi_reader_u32(&r);
    if (r.failed)
        return SCTPX_EBADPACKET;
    data.payload = r.p;
    data.payload_len = r.left;
    *ret_data = data;
    return r.left == 0 ? SCTPX_EEMPTY : 0;
}

void sctpxi_data_write(struct sctpxi_writer *w, const struct sctpxi_data *data)
{
    assert(data->payload_len > 0);
    size_t off = sctpxi_chunk_begin(w, SCTPXI_CHUNK_DATA, data->flags & FLAGS_MASK);
    sctpxi_writer_put_u32(w, data->tsn.v);
    sctpxi_writer_put_u16(w, data->stream);
    sctpxi_writer_put_u16(w, data->ssn.v);
    sctpxi_writer_put_u32(w, data->ppid);
    sctpxi_writer_put_bytes(w, data->payload, data->payload_len);
    sctpxi_chunk_end(w, off);
}
