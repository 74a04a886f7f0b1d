/* SPDX-License-Identifier: MIT */
#include "wire/ctrl.h"

#include <sctpx/error.h>

#include "base/reader.h"

int sctpxi_heartbeat_parse(const struct sctpxi_chunk *chunk, struct sctpxi_view *ret_info)
{
    struct sctpxi_tlv_iter it;
    struct sctpxi_tlv tlv;
    sctpxi_tlv_iter_init(&it, chunk->value, chunk->value_len);
    if (sctpxi_tlv_iter_next(&it, &tlv) <= 0 || tlv.type != SCTPXI_PARAM_HEARTBEAT_INFO)
        return SCTPX_EBADPACKET;
    *ret_info = (struct sctpxi_view){tlv.value, tlv.value_len};
    return 0;
}

int sctpxi_shutdown_parse(const struct sctpxi_chunk *chunk, struct sctpxi_tsn *ret_cum_tsn)
{
    if (chunk->raw_len != SCTPXI_SHUTDOWN_SIZE)
        return SCTPX_EBADPACKET;
    *ret_cum_tsn = sctpxi_tsn_make(sctpxi_load_u32(chunk->value));
    return 0;
}

int sctpxi_cookie_echo_parse(const struct sctpxi_chunk *chunk, struct sctpxi_view *ret_cookie)
{
    if (chunk->value_len == 0)
        return SCTPX_EBADPACKET;
    *ret_cookie = (struct sctpxi_view){chunk->value, chunk->value_len};
    return 0;
}

int sctpxi_ecn_parse(const struct sctpxi_chunk *chunk, struct sctpxi_tsn *ret_tsn)
{
    if (chunk->value_len < 4)
        return SCTPX_EBADPACKET;
    *ret_tsn = sctpxi_tsn_make(sctpxi_load_u32(chunk->value));
    return 0;
}

int sctpxi_bare_check(const struct sctpxi_chunk *chunk)
{
    return chunk->value_len == 0 ? 0 : SCTPX_EBADPACKET;
}

int sctpxi_causes_check(const struct sctpxi_chunk *chunk)
{
    return sctpxi_tlv_count(chunk->value, chunk->value_len);
}

static void heartbeat_write(struct sctpxi_writer *w, uint8_t type, const void *info, size_t len)
{
    size_t off = sctpxi_chunk_begin(w, type, 0);
    sctpxi_tlv_write(w, SCTPXI_PARAM_HEARTBEAT_INFO, info, len);
    sctpxi_chunk_end(w, off);
}

void sctpxi_heartbeat_write(struct sctpxi_writer *w, const void *info, size_t len)
{
    heartbeat_write(w, SCTPXI_CHUNK_HEARTBEAT, info, len);
}

void sctpxi_heartbeat_ack_write(struct sctpxi_writer *w, const void *info, size_t len)
{
    heartbeat_write(w, SCTPXI_CHUNK_HEARTBEAT_ACK, info, len);
}

static void bare_write(struct sctpxi_writer *w, uint8_t type, uint8_t flags)
{
    sctpxi_chunk_end(w, sctpxi_chunk_begin(w, type, flags));
}

static void tsn_write(struct sctpxi_writer *w, uint8_t type, struct sctpxi_tsn tsn)
{
    size_t off = sctpxi_chunk_begin(w, type, 0);
    sctpxi_writer_put_u32(w, tsn.v);
    sctpxi_chunk_end(w, off);
}

void sctpxi_shutdown_write(struct sctpxi_writer *w, struct sctpxi_tsn cum_tsn)
{
    tsn_write(w, SCTPXI_CHUNK_SHUTDOWN, cum_tsn);
}

void sctpxi_shutdown_ack_write(struct sctpxi_writer *w)
{
    bare_write(w, SCTPXI_CHUNK_SHUTDOWN_ACK, 0);
}

void sctpxi_shutdown_complete_write(struct sctpxi_writer *w, enum sctpxi_tag_kind tag)
{
    bare_write(w, SCTPXI_CHUNK_SHUTDOWN_COMPLETE, (uint8_t)tag);
}

void sctpxi_cookie_echo_write(struct sctpxi_writer *w, const uint8_t *cookie, size_t len)
{
    size_t off = sctpxi_chunk_begin(w, SCTPXI_CHUNK_COOKIE_ECHO, 0);
    sctpxi_writer_put_bytes(w, cookie, len);
    sctpxi_chunk_end(w, off);
}

void sctpxi_cookie_ack_write(struct sctpxi_writer *w)
{
    bare_write(w, SCTPXI_CHUNK_COOKIE_ACK, 0);
}

void sctpxi_ecne_write(struct sctpxi_writer *w, struct sctpxi_tsn lowest_tsn)
{
    tsn_write(w, SCTPXI_CHUNK_ECNE, lowest_tsn);
}

void sctpxi_cwr_write(struct sctpxi_writer *w, struct sctpxi_tsn lowest_tsn)
{
    tsn_write(w, SCTPXI_CHUNK_CWR, lowest_tsn);
}

size_t sctpxi_abort_begin(struct sctpxi_writer *w, enum sctpxi_tag_kind tag)
{
    return sctpxi_chunk_begin(w, SCTPXI_CHUNK_ABORT, (uint8_t)tag);
}

size_t sctpxi_error_begin(struct sctpxi_writer *w)
{
    return sctpxi_chunk_begin(w, SCTPXI_CHUNK_ERROR, 0);
}
