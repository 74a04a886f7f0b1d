/* SPDX-License-Identifier: MIT */
/* The chunks, parameters and causes of packet_builder.h, in its own primitives. */
#include "support/packet_builder.h"

void pb_data(struct pb *pb, uint8_t flags, uint32_t tsn, uint16_t stream, uint16_t ssn,
             uint32_t ppid, const void *payload, size_t len)
{
    pb_chunk(pb, 0, flags);
    pb_u32(pb, tsn);
    pb_u16(pb, stream);
    pb_u16(pb, ssn);
    pb_u32(pb, ppid);
    pb_bytes(pb, payload, len);
    pb_end(pb);
}

void pb_sack(struct pb *pb, uint32_t cum_tsn, uint32_t a_rwnd, uint16_t n_gaps,
             const uint16_t (*gaps)[2], uint16_t n_dups, const uint32_t *dups)
{
    pb_chunk(pb, 3, 0);
    pb_u32(pb, cum_tsn);
    pb_u32(pb, a_rwnd);
    pb_u16(pb, n_gaps);
    pb_u16(pb, n_dups);
    for (size_t i = 0; i < n_gaps; i++) {
        pb_u16(pb, gaps[i][0]);
        pb_u16(pb, gaps[i][1]);
    }
    for (size_t i = 0; i < n_dups; i++)
        pb_u32(pb, dups[i]);
    pb_end(pb);
}

static void heartbeat(struct pb *pb, uint8_t type, const void *info, size_t len)
{
    pb_chunk(pb, type, 0);
    pb_item(pb, 1, info, len);
    pb_end(pb);
}

void pb_heartbeat(struct pb *pb, const void *info, size_t len)
{
    heartbeat(pb, 4, info, len);
}

void pb_heartbeat_ack(struct pb *pb, const void *info, size_t len)
{
    heartbeat(pb, 5, info, len);
}

static void bytes_chunk(struct pb *pb, uint8_t type, uint8_t flags, const void *value, size_t len)
{
    pb_chunk(pb, type, flags);
    pb_bytes(pb, value, len);
    pb_end(pb);
}

static void tsn_chunk(struct pb *pb, uint8_t type, uint32_t tsn)
{
    pb_chunk(pb, type, 0);
    pb_u32(pb, tsn);
    pb_end(pb);
}

void pb_shutdown(struct pb *pb, uint32_t cum_tsn)
{
    tsn_chunk(pb, 7, cum_tsn);
}

void pb_shutdown_ack(struct pb *pb)
{
    bytes_chunk(pb, 8, 0, NULL, 0);
}

void pb_shutdown_complete(struct pb *pb, bool t_bit)
{
    bytes_chunk(pb, 14, t_bit, NULL, 0);
}

void pb_cookie_echo(struct pb *pb, const void *cookie, size_t len)
{
    bytes_chunk(pb, 10, 0, cookie, len);
}

void pb_cookie_ack(struct pb *pb)
{
    bytes_chunk(pb, 11, 0, NULL, 0);
}

void pb_ecne(struct pb *pb, uint32_t tsn)
{
    tsn_chunk(pb, 12, tsn);
}

void pb_cwr(struct pb *pb, uint32_t tsn)
{
    tsn_chunk(pb, 13, tsn);
}

static void init(struct pb *pb, uint8_t type, uint32_t tag, uint32_t a_rwnd, uint16_t os,
                 uint16_t mis, uint32_t tsn)
{
    pb_chunk(pb, type, 0);
    pb_u32(pb, tag);
    pb_u32(pb, a_rwnd);
    pb_u16(pb, os);
    pb_u16(pb, mis);
    pb_u32(pb, tsn);
}

void pb_init(struct pb *pb, uint32_t tag, uint32_t a_rwnd, uint16_t os, uint16_t mis, uint32_t tsn)
{
    init(pb, 1, tag, a_rwnd, os, mis, tsn);
}

void pb_init_ack(struct pb *pb, uint32_t tag, uint32_t a_rwnd, uint16_t os, uint16_t mis,
                 uint32_t tsn)
{
    init(pb, 2, tag, a_rwnd, os, mis, tsn);
}

void pb_abort(struct pb *pb, bool t_bit)
{
    pb_chunk(pb, 6, t_bit);
}

void pb_error(struct pb *pb)
{
    pb_chunk(pb, 9, 0);
}

void pb_item(struct pb *pb, uint16_t type, const void *value, size_t len)
{
    pb_tlv(pb, type);
    pb_bytes(pb, value, len);
    pb_end(pb);
}

void pb_ipv4(struct pb *pb, uint32_t ip)
{
    pb_tlv(pb, 5);
    pb_u32(pb, ip);
    pb_end(pb);
}

void pb_ipv6(struct pb *pb, const uint8_t ip[16])
{
    pb_item(pb, 6, ip, 16);
}

void pb_cookie(struct pb *pb, const void *cookie, size_t len)
{
    pb_item(pb, 7, cookie, len);
}

void pb_cookie_preservative(struct pb *pb, uint32_t increment_ms)
{
    pb_tlv(pb, 9);
    pb_u32(pb, increment_ms);
    pb_end(pb);
}

void pb_addr_types(struct pb *pb, size_t n, const uint16_t *types)
{
    pb_tlv(pb, 12);
    for (size_t i = 0; i < n; i++)
        pb_u16(pb, types[i]);
    pb_end(pb);
}
