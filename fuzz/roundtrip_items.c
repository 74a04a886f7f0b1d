/* SPDX-License-Identifier: MIT */
/* Parameters and causes, both ways. */
#include <string.h>

#include "fuzz/check.h"
#include "fuzz/roundtrip.h"
#include "wire/cause.h"
#include "wire/param.h"

struct sctpxi_writer roundtrip_writer(void)
{
    static uint8_t buffer[80000]; /* any chunk, and more in front of it */
    return sctpxi_writer_make(buffer, sizeof buffer);
}

bool roundtrip_same(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length)
{
    return a_length == b_length && (a_length == 0 || memcmp(a, b, a_length) == 0);
}

/* The one item that was written, read again. */
static struct sctpxi_tlv written_item(const struct sctpxi_writer *w)
{
    struct sctpxi_tlv_iter iter;
    struct sctpxi_tlv tlv;
    FUZZ_CHECK(!w->failed);
    sctpxi_tlv_iter_init(&iter, w->buf, w->len);
    FUZZ_CHECK(sctpxi_tlv_iter_next(&iter, &tlv) == 1);
    FUZZ_CHECK(sctpxi_tlv_iter_next(&iter, &tlv) == 0);
    return tlv;
}

/* ---- parameters -------------------------------------------------------------------------- */

static void addr_again(const struct sctpxi_tlv *tlv)
{
    sctpx_addr addr, again;
    if (sctpxi_param_read_addr(tlv, &addr) < 0)
        return;
    struct sctpxi_writer w = roundtrip_writer();
    sctpxi_param_put_addr(&w, &addr);
    FUZZ_CHECK(w.len == sctpxi_param_addr_size(&addr));
    struct sctpxi_tlv item = written_item(&w);
    FUZZ_CHECK(item.type == tlv->type && sctpxi_param_read_addr(&item, &again) == 0);
    FUZZ_CHECK(memcmp(&addr, &again, sizeof addr) == 0);
}

static void addr_types_again(const struct sctpxi_tlv *tlv)
{
    struct sctpxi_addr_types types, again;
    if (sctpxi_param_read_addr_types(tlv, &types) < 0)
        return;
    struct sctpxi_writer w = roundtrip_writer();
    sctpxi_param_put_addr_types(&w, types);
    struct sctpxi_tlv item = written_item(&w);
    FUZZ_CHECK(sctpxi_param_read_addr_types(&item, &again) == 0);
    FUZZ_CHECK(types.ipv4 == again.ipv4 && types.ipv6 == again.ipv6);
}

static void preservative_again(const struct sctpxi_tlv *tlv)
{
    uint32_t ms, again;
    if (sctpxi_param_read_cookie_preservative(tlv, &ms) < 0)
        return;
    struct sctpxi_writer w = roundtrip_writer();
    sctpxi_param_put_cookie_preservative(&w, ms);
    struct sctpxi_tlv item = written_item(&w);
    FUZZ_CHECK(sctpxi_param_read_cookie_preservative(&item, &again) == 0 && ms == again);
}

static void opaque_again(const struct sctpxi_tlv *tlv)
{
    struct sctpxi_writer w = roundtrip_writer();
    sctpxi_tlv_copy(&w, tlv);
    struct sctpxi_tlv item = written_item(&w);
    FUZZ_CHECK(item.type == tlv->type);
    FUZZ_CHECK(roundtrip_same(item.value, item.value_len, tlv->value, tlv->value_len));
    w = roundtrip_writer();
    sctpxi_param_put_cookie(&w, tlv->value, tlv->value_len);
    item = written_item(&w);
    FUZZ_CHECK(roundtrip_same(item.value, item.value_len, tlv->value, tlv->value_len));
    if (tlv->raw_len > SCTPXI_LENGTH_MAX - 4)
        return;
    w = roundtrip_writer();
    sctpxi_param_put_unrecognized(&w, tlv);
    item = written_item(&w);
    FUZZ_CHECK(roundtrip_same(item.value, item.value_len, tlv->raw, tlv->raw_len));
}

void roundtrip_param(const struct sctpxi_tlv *tlv)
{
    switch (tlv->type) {
    case SCTPXI_PARAM_IPV4:
    case SCTPXI_PARAM_IPV6:
        addr_again(tlv);
        break;
    case SCTPXI_PARAM_SUPPORTED_ADDR_TYPES:
        addr_types_again(tlv);
        break;
    case SCTPXI_PARAM_COOKIE_PRESERVATIVE:
        preservative_again(tlv);
        break;
    default:
        break;
    }
    opaque_again(tlv);
}

/* ---- causes ------------------------------------------------------------------------------ */

/* The item inside a cause, if the cause holds exactly one. */
static bool inner_item(const struct sctpxi_cause *cause, struct sctpxi_tlv *ret_tlv)
{
    struct sctpxi_tlv_iter iter;
    sctpxi_tlv_iter_init(&iter, cause->info, cause->info_len);
    return sctpxi_tlv_iter_next(&iter, ret_tlv) == 1 && ret_tlv->raw_len == cause->info_len;
}

static bool inner_chunk(const struct sctpxi_cause *cause, struct sctpxi_chunk *ret_chunk)
{
    struct sctpxi_chunk_iter iter;
    sctpxi_chunk_iter_init(&iter, cause->info, cause->info_len);
    return sctpxi_chunk_iter_next(&iter, ret_chunk) == 1 && ret_chunk->raw_len == cause->info_len;
}

static void put_missing(struct sctpxi_writer *w, const struct sctpxi_cause *cause)
{
    static uint16_t types[SCTPXI_LENGTH_MAX / 2];
    for (uint32_t i = 0; i < cause->n_missing; i++)
        types[i] = sctpxi_cause_missing_param(cause, i);
    sctpxi_cause_put_missing_params(w, types, cause->n_missing);
}

static bool put_restart(struct sctpxi_writer *w, const struct sctpxi_cause *cause)
{
    sctpx_addr addrs[16];
    struct sctpxi_tlv_iter iter;
    struct sctpxi_tlv tlv;
    size_t n = 0, bytes = 0;
    sctpxi_tlv_iter_init(&iter, cause->info, cause->info_len);
    while (n < 16 && sctpxi_tlv_iter_next(&iter, &tlv) > 0) {
        if (sctpxi_param_read_addr(&tlv, &addrs[n]) < 0)
            return false;
        n++;
        bytes += tlv.raw_len;
    }
    sctpxi_cause_put_restart_new_addrs(w, addrs, n);
    return bytes == cause->info_len;
}

/* Writes the cause again; false if there is no writer for what it holds. */
static bool put_cause(struct sctpxi_writer *w, const struct sctpxi_cause *cause)
{
    struct sctpxi_tlv item;
    struct sctpxi_chunk chunk;
    switch (cause->code) {
    case SCTPXI_CAUSE_INVALID_STREAM:
        sctpxi_cause_put_invalid_stream(w, cause->stream);
        return cause->info_len == 0;
    case SCTPXI_CAUSE_MISSING_PARAM:
        put_missing(w, cause);
        return cause->info_len == (size_t)2 * cause->n_missing;
    case SCTPXI_CAUSE_STALE_COOKIE:
        sctpxi_cause_put_stale_cookie(w, cause->staleness_us);
        return cause->info_len == 0;
    case SCTPXI_CAUSE_OUT_OF_RESOURCE:
        sctpxi_cause_put_out_of_resource(w);
        return cause->info_len == 0;
    case SCTPXI_CAUSE_UNRESOLVABLE_ADDR:
        if (!inner_item(cause, &item))
            return false;
        sctpxi_cause_put_unresolvable_addr(w, &item);
        return true;
    case SCTPXI_CAUSE_UNRECOGNIZED_CHUNK:
        if (!inner_chunk(cause, &chunk))
            return false;
        sctpxi_cause_put_unrecognized_chunk(w, &chunk);
        return true;
    case SCTPXI_CAUSE_INVALID_PARAM:
        sctpxi_cause_put_invalid_param(w);
        return cause->info_len == 0;
    case SCTPXI_CAUSE_UNRECOGNIZED_PARAMS:
        sctpxi_cause_put_unrecognized_params(w, cause->info, cause->info_len);
        return true;
    case SCTPXI_CAUSE_NO_USER_DATA:
        sctpxi_cause_put_no_user_data(w, cause->tsn);
        return cause->info_len == 0;
    case SCTPXI_CAUSE_COOKIE_IN_SHUTDOWN:
        sctpxi_cause_put_cookie_in_shutdown(w);
        return cause->info_len == 0;
    case SCTPXI_CAUSE_RESTART_NEW_ADDRS:
        return put_restart(w, cause);
    case SCTPXI_CAUSE_USER_ABORT:
        sctpxi_cause_put_user_abort(w, cause->info, cause->info_len);
        return true;
    case SCTPXI_CAUSE_PROTOCOL_VIOLATION:
        sctpxi_cause_put_protocol_violation(w, cause->info, cause->info_len);
        return true;
    default:
        return false;
    }
}

void roundtrip_cause(const struct sctpxi_tlv *tlv)
{
    struct sctpxi_cause cause, again;
    if (sctpxi_cause_parse(tlv, &cause) < 0)
        return;
    struct sctpxi_writer w = roundtrip_writer();
    if (!put_cause(&w, &cause))
        return;
    struct sctpxi_tlv item = written_item(&w);
    FUZZ_CHECK(sctpxi_cause_parse(&item, &again) == 0);
    FUZZ_CHECK(cause.code == again.code && cause.stream == again.stream);
    FUZZ_CHECK(cause.staleness_us == again.staleness_us && cause.tsn.v == again.tsn.v);
    FUZZ_CHECK(cause.n_missing == again.n_missing);
    FUZZ_CHECK(roundtrip_same(cause.info, cause.info_len, again.info, again.info_len));
}
