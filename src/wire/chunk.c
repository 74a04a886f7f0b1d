/* SPDX-License-Identifier: MIT */
#include "wire/chunk.h"

#include <assert.h>

#include <sctpx/error.h>

#include "base/reader.h"

void sctpxi_chunk_iter_init(struct sctpxi_chunk_iter *it, const uint8_t *p, size_t len)
{
    *it = (struct sctpxi_chunk_iter){.p = p, .left = len};
}

int sctpxi_chunk_iter_next(struct sctpxi_chunk_iter *it, struct sctpxi_chunk *ret_chunk)
{
    if (it->left == 0)
        return 0;
    size_t len = it->left < SCTPXI_CHUNK_HEADER_SIZE ? 0 : sctpxi_load_u16(it->p + 2);
    if (len < SCTPXI_CHUNK_HEADER_SIZE || it->left < len)
        return SCTPX_EBADPACKET; /* nothing has moved: the next call says the same */
    *ret_chunk = (struct sctpxi_chunk){
        .type = it->p[0],
        .flags = it->p[1],
        .value = it->p + SCTPXI_CHUNK_HEADER_SIZE,
        .value_len = len - SCTPXI_CHUNK_HEADER_SIZE,
        .raw = it->p,
        .raw_len = len,
    };
    size_t padded = sctpxi_pad4(len);
    size_t step = it->left < padded ? it->left : padded;
    it->p += step;
    it->left -= step;
    return 1;
}

size_t sctpxi_chunk_begin(struct sctpxi_writer *w, uint8_t type, uint8_t flags)
{
    assert(w->failed || w->len % 4 == 0);
    size_t off = w->len;
    sctpxi_writer_put_u8(w, type);
    sctpxi_writer_put_u8(w, flags);
    sctpxi_writer_put_u16(w, 0);
    return off;
}

void sctpxi_chunk_end(struct sctpxi_writer *w, size_t off)
{
    if (w->failed)
        return;
    size_t len = w->len - off;
    assert(len >= SCTPXI_CHUNK_HEADER_SIZE);
    if (len > SCTPXI_LENGTH_MAX) {
        w->failed = true;
        return;
    }
    sctpxi_writer_patch_u16(w, off + 2, (uint16_t)len);
    sctpxi_writer_pad4(w);
}
