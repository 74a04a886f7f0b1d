/* SPDX-License-Identifier: MIT */
#include "wire/sack.h"

#include <sctpx/error.h>

int sctpxi_sack_parse(const struct sctpxi_chunk *chunk, struct sctpxi_sack *ret_sack)
{
    struct sctpxi_reader r = sctpxi_reader_make(chunk->value, chunk->value_len);
    struct sctpxi_sack sack;
    sack.cum_tsn = sctpxi_tsn_make(sctpxi_reader_u32(&r));
    sack.a_rwnd = sctpxi_reader_u32(&r);
    sack.n_gaps = sctpxi_reader_u16(&r);
    sack.n_dups = sctpxi_reader_u16(&r);
    sack.gaps = sctpxi_reader_bytes(&r, (size_t)4 * sack.n_gaps);
    sack.dups = sctpxi_reader_bytes(&r, (size_t)4 * sack.n_dups);
    if (r.failed || r.left != 0)
        return SCTPX_EBADPACKET;
    *ret_sack = sack;
    return 0;
}

bool sctpxi_sack_gaps_are_sane_between(const struct sctpxi_sack *sack, size_t from, size_t to)
{
    uint16_t before = from > 0 ? sctpxi_sack_gap(sack, from - 1).end : 0;
    for (size_t i = from; i < to; i++) {
        struct sctpxi_sack_gap gap = sctpxi_sack_gap(sack, i);
        if (gap.start <= before || gap.end < gap.start)
            return false;
        before = gap.end;
    }
    return to == sack->n_gaps || sctpxi_sack_gap(sack, to).start > before;
}

bool sctpxi_sack_gaps_are_sane(const struct sctpxi_sack *sack)
{
    return sctpxi_sack_gaps_are_sane_between(sack, 0, sack->n_gaps);
}

/* So many at once, which compilers turn into a few vector instructions. */
enum { STRIDE = 16 };

static void store_gap(uint8_t *p, struct sctpxi_sack_gap gap)
{
    sctpxi_store_u16(p, gap.start);
    sctpxi_store_u16(p + 2, gap.end);
}

static void store_stride(uint8_t *restrict p, const struct sctpxi_sack_gap *restrict gaps)
{
    for (size_t i = 0; i < STRIDE; i++)
        store_gap(p + 4 * i, gaps[i]);
}

static void put_gaps(struct sctpxi_writer *w, const struct sctpxi_sack_gap *gaps, size_t n)
{
    uint8_t *p = sctpxi_writer_reserve(w, 4 * n);
    size_t i = 0;
    if (p == NULL)
        return;
    for (; n - i >= STRIDE; i += STRIDE)
        store_stride(p + 4 * i, gaps + i);
    for (; i < n; i++)
        store_gap(p + 4 * i, gaps[i]);
}

void sctpxi_sack_write(struct sctpxi_writer *w, struct sctpxi_tsn cum_tsn, uint32_t a_rwnd,
                       const struct sctpxi_sack_gap *gaps, uint16_t n,
                       const struct sctpxi_tsn *dups, uint16_t m)
{
    size_t off = sctpxi_chunk_begin(w, SCTPXI_CHUNK_SACK, 0);
    sctpxi_writer_put_u32(w, cum_tsn.v);
    sctpxi_writer_put_u32(w, a_rwnd);
    sctpxi_writer_put_u16(w, n);
    sctpxi_writer_put_u16(w, m);
    put_gaps(w, gaps, n);
    for (size_t i = 0; i < m; i++)
        sctpxi_writer_put_u32(w, dups[i].v);
    sctpxi_chunk_end(w, off);
}
