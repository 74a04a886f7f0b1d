/* SPDX-License-Identifier: MIT */
#include "wire/init.h"

#include <assert.h>

#include <sctpx/error.h>

#include "base/reader.h"

int sctpxi_init_parse(const struct sctpxi_chunk *chunk, struct sctpxi_init *ret_init)
{
    struct sctpxi_reader r = sctpxi_reader_make(chunk->value, chunk->value_len);
    struct sctpxi_init init;
    init.tag = sctpxi_reader_u32(&r);
    init.a_rwnd = sctpxi_reader_u32(&r);
    init.os = sctpxi_reader_u16(&r);
    init.mis = sctpxi_reader_u16(&r);
    init.initial_tsn = sctpxi_tsn_make(sctpxi_reader_u32(&r));
    if (r.failed)
        return SCTPX_EBADPACKET;
    init.params = r.p;
    init.params_len = r.left;
    *ret_init = init;
    return 0;
}

enum sctpxi_init_verdict sctpxi_init_check(const struct sctpxi_init *init)
{
    if (init->tag == 0)
        return SCTPXI_INIT_ZERO_TAG;
    if (init->a_rwnd < SCTPXI_INIT_RWND_MIN)
        return SCTPXI_INIT_LOW_RWND;
    if (init->os == 0 || init->mis == 0)
        return SCTPXI_INIT_NO_STREAMS;
    return SCTPXI_INIT_OK;
}

size_t sctpxi_init_begin(struct sctpxi_writer *w, uint8_t type, const struct sctpxi_init *init)
{
    assert(type == SCTPXI_CHUNK_INIT || type == SCTPXI_CHUNK_INIT_ACK);
    size_t off = sctpxi_chunk_begin(w, type, 0);
    sctpxi_writer_put_u32(w, init->tag);
    sctpxi_writer_put_u32(w, init->a_rwnd);
    sctpxi_writer_put_u16(w, init->os);
    sctpxi_writer_put_u16(w, init->mis);
    sctpxi_writer_put_u32(w, init->initial_tsn.v);
    return off;
}
