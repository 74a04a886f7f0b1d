/* SPDX-License-Identifier: MIT */
#include "wire/packet.h"

#include <assert.h>

#include <sctpx/error.h>

#include "base/reader.h"

int sctpxi_packet_parse(const uint8_t *p, size_t n, struct sctpxi_packet *ret_packet)
{
    struct sctpxi_reader r = sctpxi_reader_make(p, n);
    struct sctpxi_packet packet = {.raw = p, .raw_len = n};
    packet.src_port = sctpxi_reader_u16(&r);
    packet.dst_port = sctpxi_reader_u16(&r);
    packet.vtag = sctpxi_reader_u32(&r);
    sctpxi_reader_skip(&r, 4); /* checksum */
    if (r.failed || packet.src_port == 0 || packet.dst_port == 0)
        return SCTPX_EBADPACKET;
    packet.chunks = r.p;
    packet.chunks_len = r.left;
    *ret_packet = packet;
    return 0;
}

size_t sctpxi_packet_begin(struct sctpxi_writer *w, uint16_t src_port, uint16_t dst_port,
                           uint32_t vtag)
{
    assert(w->failed || w->len % 4 == 0);
    size_t off = w->len;
    sctpxi_writer_put_u16(w, src_port);
    sctpxi_writer_put_u16(w, dst_port);
    sctpxi_writer_put_u32(w, vtag);
    sctpxi_writer_put_u32(w, 0);
    return off;
}

int sctpxi_packet_end(struct sctpxi_writer *w, size_t off)
{
    if (w->failed)
        return SCTPX_EMSGSIZE;
    assert(off <= w->len && w->len - off >= SCTPXI_COMMON_HEADER_SIZE);
    sctpxi_crc32c_store(w->buf + off, w->len - off);
    return 0;
}
