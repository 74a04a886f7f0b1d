/* SPDX-License-Identifier: MIT */
#include "engine/heartbeat_info.h"

#include "base/reader.h"
#include "base/writer.h"
#include "engine/endpoint.h"
#include "wire/ctrl.h"

/* Answers that come later than this are no measurement of anything. */
#define ANSWER_MAX_US ((sctpx_time)60 * 1000000)

/*
 * The nonce nobody can guess (5.4) is a keyed hash of what it stands for, so that every HEARTBEAT
 * under way can be answered, not only the last one, and none has to be remembered.
 */
static uint64_t nonce_of(const sctpx_assoc *a, uint8_t path, uint32_t number, sctpx_time sent_at)
{
    uint8_t text[24];
    struct sctpxi_writer w = sctpxi_writer_make(text, sizeof text);
    sctpxi_writer_put_u32(&w, path);
    sctpxi_writer_put_u32(&w, number);
    sctpxi_writer_put_u64(&w, sent_at);
    sctpxi_writer_put_u32(&w, a->local_tag);
    sctpxi_writer_put_u32(&w, a->remote_tag);
    return sctpxi_siphash24(&a->endpoint->heartbeat_key, text, sizeof text);
}

void sctpxi_heartbeat_info_write(const sctpx_assoc *a, uint8_t path, sctpx_time sent_at,
                                 uint8_t *info)
{
    uint32_t number = a->paths[path].hb_number;
    struct sctpxi_writer w = sctpxi_writer_make(info, SCTPXI_HEARTBEAT_INFO_BYTES);
    sctpxi_writer_put_u32(&w, path);
    sctpxi_writer_put_u32(&w, number);
    sctpxi_writer_put_u64(&w, sent_at);
    sctpxi_writer_put_u64(&w, nonce_of(a, path, number, sent_at));
}

/* By number, not by time: the clock may stand still between two of them. */
static bool is_unanswered(const struct sctpxi_path *p, uint32_t number)
{
    return number - p->hb_answered - 1 < p->hb_number - p->hb_answered;
}

int sctpxi_heartbeat_info_check(const sctpx_assoc *a, sctpx_time now,
                                const struct sctpxi_chunk *chunk, sctpx_time *ret_sent_at,
                                uint32_t *ret_number)
{
    struct sctpxi_view info;
    if (sctpxi_heartbeat_parse(chunk, &info) < 0 || info.len != SCTPXI_HEARTBEAT_INFO_BYTES)
        return -1;
    struct sctpxi_reader r = sctpxi_reader_make(info.p, info.len);
    uint32_t path = sctpxi_reader_u32(&r);
    uint32_t number = sctpxi_reader_u32(&r);
    sctpx_time sent_at = sctpxi_reader_u64(&r);
    if (path >= a->path_count || sent_at > now || now - sent_at > ANSWER_MAX_US ||
        !is_unanswered(&a->paths[path], number) ||
        sctpxi_reader_u64(&r) != nonce_of(a, (uint8_t)path, number, sent_at))
        return -1;
    *ret_sent_at = sent_at;
    *ret_number = number;
    return (int)path;
}
