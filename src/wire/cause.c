/* SPDX-License-Identifier: MIT */
#include "wire/cause.h"

#include <sctpx/error.h>

#include "wire/param.h"

/* Number of missing parameters, then that many types: RFC 9260 3.3.10.2. */
static void read_missing(struct sctpxi_reader *r, struct sctpxi_cause *cause)
{
    cause->n_missing = sctpxi_reader_u32(r);
    if (cause->n_missing > r->left / 2)
        r->failed = true;
}

int sctpxi_cause_parse(const struct sctpxi_tlv *tlv, struct sctpxi_cause *ret_cause)
{
    struct sctpxi_reader r = sctpxi_reader_make(tlv->value, tlv->value_len);
    struct sctpxi_cause cause = {.code = tlv->type};
    switch (tlv->type) {
    case SCTPXI_CAUSE_INVALID_STREAM:
        cause.stream = sctpxi_reader_u16(&r);
        sctpxi_reader_skip(&r, 2);
        break;
    case SCTPXI_CAUSE_MISSING_PARAM:
        read_missing(&r, &cause);
        break;
    case SCTPXI_CAUSE_STALE_COOKIE:
        cause.staleness_us = sctpxi_reader_u32(&r);
        break;
    case SCTPXI_CAUSE_NO_USER_DATA:
        cause.tsn = sctpxi_tsn_make(sctpxi_reader_u32(&r));
        break;
    default:
        break;
    }
    if (r.failed)
        return SCTPX_EBADPACKET;
    cause.info = r.p;
    cause.info_len = r.left;
    *ret_cause = cause;
    return 0;
}

void sctpxi_cause_put_invalid_stream(struct sctpxi_writer *w, uint16_t stream)
{
    size_t off = sctpxi_tlv_begin(w, SCTPXI_CAUSE_INVALID_STREAM);
    sctpxi_writer_put_u16(w, stream);
    sctpxi_writer_put_u16(w, 0);
    sctpxi_tlv_end(w, off);
}

void sctpxi_cause_put_missing_params(struct sctpxi_writer *w, const uint16_t *types, size_t n)
{
    size_t off = sctpxi_tlv_begin(w, SCTPXI_CAUSE_MISSING_PARAM);
    sctpxi_writer_put_u32(w, (uint32_t)n);
    for (size_t i = 0; i < n; i++)
        sctpxi_writer_put_u16(w, types[i]);
    sctpxi_tlv_end(w, off);
}

static void put_u32_cause(struct sctpxi_writer *w, uint16_t code, uint32_t v)
{
    size_t off = sctpxi_tlv_begin(w, code);
    sctpxi_writer_put_u32(w, v);
    sctpxi_tlv_end(w, off);
}

void sctpxi_cause_put_stale_cookie(struct sctpxi_writer *w, uint32_t staleness_us)
{
    put_u32_cause(w, SCTPXI_CAUSE_STALE_COOKIE, staleness_us);
}

void sctpxi_cause_put_out_of_resource(struct sctpxi_writer *w)
{
    sctpxi_tlv_write(w, SCTPXI_CAUSE_OUT_OF_RESOURCE, NULL, 0);
}

void sctpxi_cause_put_unresolvable_addr(struct sctpxi_writer *w, const struct sctpxi_tlv *param)
{
    sctpxi_tlv_write(w, SCTPXI_CAUSE_UNRESOLVABLE_ADDR, param->raw, param->raw_len);
}

void sctpxi_cause_put_unrecognized_chunk(struct sctpxi_writer *w, const struct sctpxi_chunk *chunk)
{
    sctpxi_tlv_write(w, SCTPXI_CAUSE_UNRECOGNIZED_CHUNK, chunk->raw, chunk->raw_len);
}

void sctpxi_cause_put_invalid_param(struct sctpxi_writer *w)
{
    sctpxi_tlv_write(w, SCTPXI_CAUSE_INVALID_PARAM, NULL, 0);
}

void sctpxi_cause_put_unrecognized_params(struct sctpxi_writer *w, const uint8_t *params,
                                          size_t len)
{
    sctpxi_tlv_write(w, SCTPXI_CAUSE_UNRECOGNIZED_PARAMS, params, len);
}

void sctpxi_cause_put_no_user_data(struct sctpxi_writer *w, struct sctpxi_tsn tsn)
{
    put_u32_cause(w, SCTPXI_CAUSE_NO_USER_DATA, tsn.v);
}

void sctpxi_cause_put_cookie_in_shutdown(struct sctpxi_writer *w)
{
    sctpxi_tlv_write(w, SCTPXI_CAUSE_COOKIE_IN_SHUTDOWN, NULL, 0);
}

void sctpxi_cause_put_restart_new_addrs(struct sctpxi_writer *w, const sctpx_addr *addrs, size_t n)
{
    size_t off = sctpxi_tlv_begin(w, SCTPXI_CAUSE_RESTART_NEW_ADDRS);
    for (size_t i = 0; i < n; i++)
        sctpxi_param_put_addr(w, &addrs[i]);
    sctpxi_tlv_end(w, off);
}

void sctpxi_cause_put_user_abort(struct sctpxi_writer *w, const void *reason, size_t len)
{
    sctpxi_tlv_write(w, SCTPXI_CAUSE_USER_ABORT, reason, len);
}

void sctpxi_cause_put_protocol_violation(struct sctpxi_writer *w, const void *info, size_t len)
{
    sctpxi_tlv_write(w, SCTPXI_CAUSE_PROTOCOL_VIOLATION, info, len);
}
