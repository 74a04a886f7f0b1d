/* SPDX-License-Identifier: MIT */
#include "wire/tlv.h"

#include <assert.h>

#include <sctpx/error.h>

#include "base/reader.h"

void sctpxi_tlv_iter_init(struct sctpxi_tlv_iter *it, const uint8_t *p, size_t len)
{
    *it = (struct sctpxi_tlv_iter){.p = p, .left = len};
}

int sctpxi_tlv_iter_next(struct sctpxi_tlv_iter *it, struct sctpxi_tlv *ret_tlv)
{
    if (it->left == 0)
        return 0;
    size_t len = it->left < SCTPXI_TLV_HEADER_SIZE ? 0 : sctpxi_load_u16(it->p + 2);
    if (len < SCTPXI_TLV_HEADER_SIZE || it->left < len)
        return SCTPX_EBADPACKET; /* nothing has moved: the next call says the same */
    *ret_tlv = (struct sctpxi_tlv){
        .type = sctpxi_load_u16(it->p),
        .value = it->p + SCTPXI_TLV_HEADER_SIZE,
        .value_len = len - SCTPXI_TLV_HEADER_SIZE,
        .raw = it->p,
        .raw_len = len,
    };
    size_t padded = sctpxi_pad4(len);
    size_t step = it->left < padded ? it->left : padded;
    it->p += step;
    it->left -= step;
    return 1;
}

int sctpxi_tlv_count(const uint8_t *p, size_t len)
{
    struct sctpxi_tlv_iter it;
    struct sctpxi_tlv tlv;
    sctpxi_tlv_iter_init(&it, p, len);
    int count = 0;
    int step;
    while ((step = sctpxi_tlv_iter_next(&it, &tlv)) > 0)
        count++;
    return step < 0 ? step : count;
}

size_t sctpxi_tlv_begin(struct sctpxi_writer *w, uint16_t type)
{
    sctpxi_writer_pad4(w);
    size_t off = w->len;
    sctpxi_writer_put_u16(w, type);
    sctpxi_writer_put_u16(w, 0);
    return off;
}

void sctpxi_tlv_end(struct sctpxi_writer *w, size_t off)
{
    if (w->failed)
        return;
    size_t len = w->len - off;
    assert(len >= SCTPXI_TLV_HEADER_SIZE);
    if (len > SCTPXI_LENGTH_MAX) {
        w->failed = true;
        return;
    }
    sctpxi_writer_patch_u16(w, off + 2, (uint16_t)len);
}

void sctpxi_tlv_write(struct sctpxi_writer *w, uint16_t type, const void *value, size_t len)
{
    size_t off = sctpxi_tlv_begin(w, type);
    sctpxi_writer_put_bytes(w, value, len);
    sctpxi_tlv_end(w, off);
}

void sctpxi_tlv_copy(struct sctpxi_writer *w, const struct sctpxi_tlv *tlv)
{
    sctpxi_writer_pad4(w);
    sctpxi_writer_put_bytes(w, tlv->raw, tlv->raw_len);
}
