/* SPDX-License-Identifier: MIT */
/*
 * What the wire layer reads from arbitrary bytes it can also write, and reading that again gives
 * the same values: every chunk, parameter and cause that has a writer, and the cookie.
 */
#include <string.h>

#include "engine/cookie_codec.h"
#include "fuzz/check.h"
#include "fuzz/roundtrip.h"
#include "wire/ctrl.h"
#include "wire/data.h"
#include "wire/init.h"
#include "wire/packet.h"
#include "wire/sack.h"

/* The one chunk that was written, read again. */
static struct sctpxi_chunk written_chunk(const struct sctpxi_writer *w)
{
    struct sctpxi_chunk_iter iter;
    struct sctpxi_chunk chunk;
    FUZZ_CHECK(!w->failed && w->len % 4 == 0);
    sctpxi_chunk_iter_init(&iter, w->buf, w->len);
    FUZZ_CHECK(sctpxi_chunk_iter_next(&iter, &chunk) == 1);
    FUZZ_CHECK(sctpxi_chunk_iter_at_end(&iter));
    return chunk;
}

/* Every item of a list, as one or the other. */
static void items_again(const uint8_t *p, size_t length, void (*again)(const struct sctpxi_tlv *))
{
    struct sctpxi_tlv_iter iter;
    struct sctpxi_tlv tlv;
    sctpxi_tlv_iter_init(&iter, p, length);
    while (sctpxi_tlv_iter_next(&iter, &tlv) > 0)
        again(&tlv);
}

/* ---- chunks ------------------------------------------------------------------------------ */

static void data_again(const struct sctpxi_chunk *chunk)
{
    struct sctpxi_data data, again;
    if (sctpxi_data_parse(chunk, &data) != 0)
        return;
    struct sctpxi_writer w = roundtrip_writer();
    sctpxi_data_write(&w, &data);
    FUZZ_CHECK(w.len == sctpxi_data_size(data.payload_len));
    struct sctpxi_chunk written = written_chunk(&w);
    FUZZ_CHECK(sctpxi_data_parse(&written, &again) == 0);
    FUZZ_CHECK(data.tsn.v == again.tsn.v && data.stream == again.stream);
    FUZZ_CHECK(data.ssn.v == again.ssn.v && data.ppid == again.ppid && data.flags == again.flags);
    FUZZ_CHECK(roundtrip_same(data.payload, data.payload_len, again.payload, again.payload_len));
}

/* The parameters are copied one by one. */
static void init_again(const struct sctpxi_chunk *chunk)
{
    struct sctpxi_init init, again;
    if (sctpxi_init_parse(chunk, &init) < 0)
        return;
    items_again(init.params, init.params_len, roundtrip_param);
    struct sctpxi_writer w = roundtrip_writer();
    struct sctpxi_tlv_iter iter;
    struct sctpxi_tlv tlv;
    size_t at = sctpxi_init_begin(&w, chunk->type, &init);
    sctpxi_init_params(&init, &iter);
    while (sctpxi_tlv_iter_next(&iter, &tlv) > 0)
        sctpxi_tlv_copy(&w, &tlv);
    sctpxi_chunk_end(&w, at);
    struct sctpxi_chunk written = written_chunk(&w);
    FUZZ_CHECK(written.type == chunk->type && sctpxi_init_parse(&written, &again) == 0);
    FUZZ_CHECK(init.tag == again.tag && init.a_rwnd == again.a_rwnd);
    FUZZ_CHECK(init.os == again.os && init.mis == again.mis);
    FUZZ_CHECK(init.initial_tsn.v == again.initial_tsn.v);
    FUZZ_CHECK(sctpxi_init_check(&init) == sctpxi_init_check(&again));
    int count = sctpxi_tlv_count(init.params, init.params_len);
    if (count >= 0)
        FUZZ_CHECK(sctpxi_tlv_count(again.params, again.params_len) == count);
}

static void sack_again(const struct sctpxi_chunk *chunk)
{
    static struct sctpxi_sack_gap gaps[SCTPXI_LENGTH_MAX / 4];
    static struct sctpxi_tsn dups[SCTPXI_LENGTH_MAX / 4];
    struct sctpxi_sack sack, again;
    if (sctpxi_sack_parse(chunk, &sack) < 0)
        return;
    for (size_t i = 0; i < sack.n_gaps; i++)
        gaps[i] = sctpxi_sack_gap(&sack, i);
    for (size_t i = 0; i < sack.n_dups; i++)
        dups[i] = sctpxi_sack_dup(&sack, i);
    struct sctpxi_writer w = roundtrip_writer();
    sctpxi_sack_write(&w, sack.cum_tsn, sack.a_rwnd, gaps, sack.n_gaps, dups, sack.n_dups);
    struct sctpxi_chunk written = written_chunk(&w);
    FUZZ_CHECK(sctpxi_sack_parse(&written, &again) == 0);
    FUZZ_CHECK(roundtrip_same(chunk->value, chunk->value_len, written.value, written.value_len));
}

static void heartbeat_again(const struct sctpxi_chunk *chunk)
{
    struct sctpxi_view info, again;
    if (sctpxi_heartbeat_parse(chunk, &info) < 0)
        return;
    struct sctpxi_writer w = roundtrip_writer();
    if (chunk->type == SCTPXI_CHUNK_HEARTBEAT)
        sctpxi_heartbeat_write(&w, info.p, info.len);
    else
        sctpxi_heartbeat_ack_write(&w, info.p, info.len);
    FUZZ_CHECK(w.len == sctpxi_heartbeat_size(info.len));
    struct sctpxi_chunk written = written_chunk(&w);
    FUZZ_CHECK(written.type == chunk->type && sctpxi_heartbeat_parse(&written, &again) == 0);
    FUZZ_CHECK(roundtrip_same(info.p, info.len, again.p, again.len));
}

static void tsn_again(const struct sctpxi_chunk *chunk)
{
    struct sctpxi_tsn tsn = {0}, again = {0};
    bool is_shutdown = chunk->type == SCTPXI_CHUNK_SHUTDOWN;
    if ((is_shutdown ? sctpxi_shutdown_parse(chunk, &tsn) : sctpxi_ecn_parse(chunk, &tsn)) < 0)
        return;
    struct sctpxi_writer w = roundtrip_writer();
    if (is_shutdown)
        sctpxi_shutdown_write(&w, tsn);
    else if (chunk->type == SCTPXI_CHUNK_ECNE)
        sctpxi_ecne_write(&w, tsn);
    else
        sctpxi_cwr_write(&w, tsn);
    struct sctpxi_chunk written = written_chunk(&w);
    FUZZ_CHECK(written.type == chunk->type);
    FUZZ_CHECK((is_shutdown ? sctpxi_shutdown_parse(&written, &again)
                            : sctpxi_ecn_parse(&written, &again)) == 0);
    FUZZ_CHECK(tsn.v == again.v);
}

static void cookie_echo_again(const struct sctpxi_chunk *chunk)
{
    struct sctpxi_view cookie, again;
    if (sctpxi_cookie_echo_parse(chunk, &cookie) < 0)
        return;
    struct sctpxi_writer w = roundtrip_writer();
    sctpxi_cookie_echo_write(&w, cookie.p, cookie.len);
    struct sctpxi_chunk written = written_chunk(&w);
    FUZZ_CHECK(sctpxi_cookie_echo_parse(&written, &again) == 0);
    FUZZ_CHECK(roundtrip_same(cookie.p, cookie.len, again.p, again.len));
}

static void bare_again(const struct sctpxi_chunk *chunk)
{
    bool is_reflected = (chunk->flags & SCTPXI_FLAG_T) != 0;
    if (sctpxi_bare_check(chunk) < 0)
        return;
    struct sctpxi_writer w = roundtrip_writer();
    if (chunk->type == SCTPXI_CHUNK_SHUTDOWN_ACK)
        sctpxi_shutdown_ack_write(&w);
    else if (chunk->type == SCTPXI_CHUNK_COOKIE_ACK)
        sctpxi_cookie_ack_write(&w);
    else
        sctpxi_shutdown_complete_write(&w,
                                       is_reflected ? SCTPXI_TAG_REFLECTED : SCTPXI_TAG_OF_PEER);
    struct sctpxi_chunk written = written_chunk(&w);
    FUZZ_CHECK(written.type == chunk->type && sctpxi_bare_check(&written) == 0);
    if (chunk->type == SCTPXI_CHUNK_SHUTDOWN_COMPLETE)
        FUZZ_CHECK(written.flags == (is_reflected ? SCTPXI_FLAG_T : 0));
}

static void causes_again(const struct sctpxi_chunk *chunk)
{
    int count = sctpxi_causes_check(chunk);
    items_again(chunk->value, chunk->value_len, roundtrip_cause);
    if (count < 0)
        return;
    struct sctpxi_writer w = roundtrip_writer();
    struct sctpxi_tlv_iter iter;
    struct sctpxi_tlv tlv;
    bool is_abort = chunk->type == SCTPXI_CHUNK_ABORT;
    size_t at = is_abort ? sctpxi_abort_begin(&w, (chunk->flags & SCTPXI_FLAG_T) != 0)
                         : sctpxi_error_begin(&w);
    sctpxi_causes(chunk, &iter);
    while (sctpxi_tlv_iter_next(&iter, &tlv) > 0)
        sctpxi_tlv_copy(&w, &tlv);
    sctpxi_chunk_end(&w, at);
    struct sctpxi_chunk written = written_chunk(&w);
    FUZZ_CHECK(written.type == chunk->type && sctpxi_causes_check(&written) == count);
}

static void chunk_again(const struct sctpxi_chunk *chunk)
{
    static void (*const table[])(const struct sctpxi_chunk *) = {
        [SCTPXI_CHUNK_DATA] = data_again,
        [SCTPXI_CHUNK_INIT] = init_again,
        [SCTPXI_CHUNK_INIT_ACK] = init_again,
        [SCTPXI_CHUNK_SACK] = sack_again,
        [SCTPXI_CHUNK_HEARTBEAT] = heartbeat_again,
        [SCTPXI_CHUNK_HEARTBEAT_ACK] = heartbeat_again,
        [SCTPXI_CHUNK_ABORT] = causes_again,
        [SCTPXI_CHUNK_SHUTDOWN] = tsn_again,
        [SCTPXI_CHUNK_SHUTDOWN_ACK] = bare_again,
        [SCTPXI_CHUNK_ERROR] = causes_again,
        [SCTPXI_CHUNK_COOKIE_ECHO] = cookie_echo_again,
        [SCTPXI_CHUNK_COOKIE_ACK] = bare_again,
        [SCTPXI_CHUNK_ECNE] = tsn_again,
        [SCTPXI_CHUNK_CWR] = tsn_again,
        [SCTPXI_CHUNK_SHUTDOWN_COMPLETE] = bare_again,
    };
    if (chunk->type < sizeof table / sizeof table[0])
        table[chunk->type](chunk);
}

static void cookie_again(const uint8_t *p, size_t length)
{
    struct sctpxi_cookie cookie, again;
    struct sctpxi_cookie_stamp stamp, stamp_again;
    uint8_t second[SCTPXI_COOKIE_MAX_BYTES];
    if (sctpxi_cookie_decode(p, length, &cookie, &stamp) < 0)
        return;
    struct sctpxi_writer w = roundtrip_writer();
    FUZZ_CHECK(sctpxi_cookie_encode(&w, &cookie, &stamp) == 0 && !w.failed);
    FUZZ_CHECK(w.len <= SCTPXI_COOKIE_MAX_BYTES - SCTPXI_COOKIE_MAC_BYTES);
    FUZZ_CHECK(sctpxi_cookie_decode(w.buf, w.len, &again, &stamp_again) == 0);
    FUZZ_CHECK(stamp.made_at == stamp_again.made_at && stamp.key_id == stamp_again.key_id);
    FUZZ_CHECK(stamp.lifetime_ms == stamp_again.lifetime_ms);
    struct sctpxi_writer w2 = sctpxi_writer_make(second, sizeof second);
    FUZZ_CHECK(sctpxi_cookie_encode(&w2, &again, &stamp) == 0);
    FUZZ_CHECK(roundtrip_same(w.buf, w.len, w2.buf, w2.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sctpxi_packet packet;
    struct sctpxi_chunk_iter iter;
    struct sctpxi_chunk chunk;
    cookie_again(data, size);
    if (sctpxi_packet_parse(data, size, &packet) < 0)
        return 0;
    sctpxi_packet_chunks(&packet, &iter);
    while (sctpxi_chunk_iter_next(&iter, &chunk) > 0)
        chunk_again(&chunk);
    return 0;
}
