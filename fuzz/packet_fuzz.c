/* SPDX-License-Identifier: MIT */
/*
 * Arbitrary bytes as a packet, as a list of chunks, of parameters and of causes, and as a cookie:
 * every reader of the wire layer on everything that is found. What they give must lie inside the
 * input, walks must end, and the sums of both CRC implementations must agree.
 */
#include <string.h>

#include <sctpx/error.h>

#include "engine/cookie_codec.h"
#include "fuzz/check.h"
#include "wire/cause.h"
#include "wire/ctrl.h"
#include "wire/data.h"
#include "wire/init.h"
#include "wire/names.h"
#include "wire/packet.h"
#include "wire/param.h"
#include "wire/sack.h"

/* The input, to judge views by. */
static const uint8_t *input;
static size_t input_length;

/* A view of nothing may point anywhere. */
static void check_view(const uint8_t *p, size_t length)
{
    if (length == 0)
        return;
    FUZZ_CHECK(p >= input);
    FUZZ_CHECK((size_t)(p - input) <= input_length);
    FUZZ_CHECK(length <= input_length - (size_t)(p - input));
    volatile uint8_t touched = (uint8_t)(p[0] ^ p[length - 1]);
    (void)touched;
}

static void check_name(const char *name)
{
    FUZZ_CHECK(name != NULL && name[0] != '\0');
}

/* ---- parameters and causes --------------------------------------------------------------- */

static void read_param(const struct sctpxi_tlv *tlv)
{
    sctpx_addr addr = {.family = 99};
    struct sctpxi_addr_types types;
    uint32_t increment_ms;
    check_name(sctpxi_param_name(tlv->type));
    (void)sctpxi_unknown_param_action(tlv->type);
    int result = sctpxi_param_read_addr(tlv, &addr);
    FUZZ_CHECK((result == 0) == (addr.family != 99));
    if (result == 0)
        FUZZ_CHECK(sctpxi_param_addr_size(&addr) == tlv->raw_len);
    (void)sctpxi_param_read_addr_types(tlv, &types);
    (void)sctpxi_param_read_cookie_preservative(tlv, &increment_ms);
}

static void read_cause(const struct sctpxi_tlv *tlv)
{
    struct sctpxi_cause cause;
    check_name(sctpxi_cause_name(tlv->type));
    if (sctpxi_cause_parse(tlv, &cause) < 0)
        return;
    FUZZ_CHECK(cause.code == tlv->type);
    check_view(cause.info, cause.info_len);
    if (cause.code != SCTPXI_CAUSE_MISSING_PARAM)
        return;
    for (size_t i = 0; i < cause.n_missing; i++)
        check_name(sctpxi_param_name(sctpxi_cause_missing_param(&cause, i)));
}

static void read_items(const uint8_t *p, size_t length)
{
    struct sctpxi_tlv_iter iter;
    struct sctpxi_tlv tlv;
    int more, count = 0;
    sctpxi_tlv_iter_init(&iter, p, length);
    while ((more = sctpxi_tlv_iter_next(&iter, &tlv)) > 0) {
        check_view(tlv.raw, tlv.raw_len);
        check_view(tlv.value, tlv.value_len);
        FUZZ_CHECK(tlv.raw_len == tlv.value_len + 4);
        read_param(&tlv);
        read_cause(&tlv);
        count++;
    }
    FUZZ_CHECK(sctpxi_tlv_iter_next(&iter, &tlv) == more);
    FUZZ_CHECK(sctpxi_tlv_count(p, length) == (more < 0 ? more : count));
}

/* ---- chunks ------------------------------------------------------------------------------ */

static void read_sack(const struct sctpxi_chunk *chunk)
{
    struct sctpxi_sack sack;
    if (sctpxi_sack_parse(chunk, &sack) < 0)
        return;
    FUZZ_CHECK(sctpxi_sack_size(sack.n_gaps, sack.n_dups) == chunk->raw_len);
    check_view(sack.gaps, (size_t)4 * sack.n_gaps);
    check_view(sack.dups, (size_t)4 * sack.n_dups);
    uint32_t sum = 0, before = 0;
    bool is_sane = true;
    for (size_t i = 0; i < sack.n_gaps; i++) {
        struct sctpxi_sack_gap gap = sctpxi_sack_gap(&sack, i);
        is_sane = is_sane && gap.start > before && gap.end >= gap.start;
        before = gap.end;
    }
    for (size_t i = 0; i < sack.n_dups; i++)
        sum += sctpxi_sack_dup(&sack, i).v;
    FUZZ_CHECK(sctpxi_sack_gaps_are_sane(&sack) == is_sane);
    volatile uint32_t touched = sum;
    (void)touched;
}

static void read_init(const struct sctpxi_chunk *chunk)
{
    struct sctpxi_init init;
    if (sctpxi_init_parse(chunk, &init) < 0)
        return;
    (void)sctpxi_init_check(&init);
    check_view(init.params, init.params_len);
    read_items(init.params, init.params_len);
}

static void read_data(const struct sctpxi_chunk *chunk)
{
    struct sctpxi_data data;
    int result = sctpxi_data_parse(chunk, &data);
    FUZZ_CHECK(result == 0 || result == SCTPX_EEMPTY || result == SCTPX_EBADPACKET);
    if (result == 0)
        FUZZ_CHECK(data.payload_len > 0 && data.payload_len + 16 == chunk->raw_len);
    if (result != SCTPX_EBADPACKET)
        check_view(data.payload, data.payload_len);
}

/* Every reader on every chunk: a wrong type may give nonsense, but nothing outside the chunk. */
static void read_chunk(const struct sctpxi_chunk *chunk)
{
    struct sctpxi_view view;
    struct sctpxi_tsn tsn;
    check_view(chunk->raw, chunk->raw_len);
    check_view(chunk->value, chunk->value_len);
    check_name(sctpxi_chunk_name(chunk->type));
    (void)sctpxi_unknown_chunk_action(chunk->type);
    read_data(chunk);
    read_init(chunk);
    read_sack(chunk);
    if (sctpxi_heartbeat_parse(chunk, &view) == 0)
        check_view(view.p, view.len);
    if (sctpxi_cookie_echo_parse(chunk, &view) == 0)
        check_view(view.p, view.len);
    (void)sctpxi_shutdown_parse(chunk, &tsn);
    (void)sctpxi_ecn_parse(chunk, &tsn);
    (void)sctpxi_bare_check(chunk);
    (void)sctpxi_causes_check(chunk);
    read_items(chunk->value, chunk->value_len);
}

static void read_chunks(const uint8_t *p, size_t length)
{
    struct sctpxi_chunk_iter iter;
    struct sctpxi_chunk chunk;
    size_t steps = 0;
    int more;
    sctpxi_chunk_iter_init(&iter, p, length);
    while ((more = sctpxi_chunk_iter_next(&iter, &chunk)) > 0) {
        read_chunk(&chunk);
        FUZZ_CHECK(++steps <= length / 4);
    }
    FUZZ_CHECK(more < 0 || sctpxi_chunk_iter_at_end(&iter));
    FUZZ_CHECK(sctpxi_chunk_iter_next(&iter, &chunk) == more);
}

/* ---- whole packets ----------------------------------------------------------------------- */

static void read_packet(const uint8_t *p, size_t length)
{
    struct sctpxi_packet packet;
    if (sctpxi_packet_parse(p, length, &packet) < 0)
        return;
    FUZZ_CHECK(packet.chunks_len + 12 == length);
    check_view(packet.chunks, packet.chunks_len);
    read_chunks(packet.chunks, packet.chunks_len);
}

static void check_sums(const uint8_t *p, size_t length)
{
    FUZZ_CHECK(sctpxi_crc32c_update(SCTPXI_CRC32C_INIT, p, length) ==
               sctpxi_crc32c_table(SCTPXI_CRC32C_INIT, p, length));
    bool is_right = sctpxi_crc32c_verify(p, length);
    if (length < 12) {
        FUZZ_CHECK(!is_right);
        return;
    }
    uint8_t *copy = malloc(length);
    FUZZ_CHECK(copy != NULL);
    memcpy(copy, p, length);
    sctpxi_crc32c_store(copy, length);
    FUZZ_CHECK(sctpxi_crc32c_verify(copy, length));
    FUZZ_CHECK(is_right == (memcmp(copy, p, length) == 0));
    free(copy);
}

static void read_cookie(const uint8_t *p, size_t length)
{
    struct sctpxi_cookie cookie;
    struct sctpxi_cookie_stamp stamp;
    if (sctpxi_cookie_decode(p, length, &cookie, &stamp) == 0)
        FUZZ_CHECK(cookie.remote_count >= 1 && cookie.remote_count <= SCTPX_MAX_PATHS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input = data;
    input_length = size;
    read_packet(data, size);
    read_chunks(data, size);
    read_items(data, size);
    read_cookie(data, size);
    check_sums(data, size);
    return 0;
}
