/* SPDX-License-Identifier: MIT */
#include "wire/param.h"

#include <assert.h>
#include <string.h>

#include <sctpx/error.h>

#include "base/reader.h"

int sctpxi_param_read_addr(const struct sctpxi_tlv *tlv, sctpx_addr *ret_addr)
{
    size_t ip_len;
    uint8_t family;
    if (tlv->type == SCTPXI_PARAM_IPV4) {
        family = SCTPX_IPV4;
        ip_len = 4;
    } else if (tlv->type == SCTPXI_PARAM_IPV6) {
        family = SCTPX_IPV6;
        ip_len = 16;
    } else {
        return SCTPX_ENOTSUP;
    }
    if (tlv->value_len != ip_len)
        return SCTPX_EBADPACKET;
    /* All of it, padding bytes too, so that addresses may be compared as memory. */
    memset(ret_addr, 0, sizeof *ret_addr);
    ret_addr->family = family;
    memcpy(ret_addr->ip, tlv->value, ip_len);
    return 0;
}

int sctpxi_param_read_addr_types(const struct sctpxi_tlv *tlv, struct sctpxi_addr_types *ret_types)
{
    if (tlv->value_len % 2 != 0)
        return SCTPX_EBADPACKET;
    struct sctpxi_addr_types types = {false, false};
    for (size_t i = 0; i < tlv->value_len; i += 2) {
        uint16_t type = sctpxi_load_u16(tlv->value + i);
        types.ipv4 = types.ipv4 || type == SCTPXI_PARAM_IPV4;
        types.ipv6 = types.ipv6 || type == SCTPXI_PARAM_IPV6;
    }
    *ret_types = types;
    return 0;
}

int sctpxi_param_read_cookie_preservative(const struct sctpxi_tlv *tlv, uint32_t *ret_increment_ms)
{
    if (tlv->value_len != 4)
        return SCTPX_EBADPACKET;
    *ret_increment_ms = sctpxi_load_u32(tlv->value);
    return 0;
}

void sctpxi_param_put_addr(struct sctpxi_writer *w, const sctpx_addr *addr)
{
    assert(addr->family == SCTPX_IPV4 || addr->family == SCTPX_IPV6);
    if (addr->family == SCTPX_IPV4)
        sctpxi_tlv_write(w, SCTPXI_PARAM_IPV4, addr->ip, 4);
    else
        sctpxi_tlv_write(w, SCTPXI_PARAM_IPV6, addr->ip, 16);
}

size_t sctpxi_param_addr_size(const sctpx_addr *addr)
{
    return addr->family == SCTPX_IPV4 ? SCTPXI_PARAM_IPV4_SIZE : SCTPXI_PARAM_IPV6_SIZE;
}

void sctpxi_param_put_addr_types(struct sctpxi_writer *w, struct sctpxi_addr_types types)
{
    size_t off = sctpxi_tlv_begin(w, SCTPXI_PARAM_SUPPORTED_ADDR_TYPES);
    if (types.ipv4)
        sctpxi_writer_put_u16(w, SCTPXI_PARAM_IPV4);
    if (types.ipv6)
        sctpxi_writer_put_u16(w, SCTPXI_PARAM_IPV6);
    sctpxi_tlv_end(w, off);
}

void sctpxi_param_put_cookie_preservative(struct sctpxi_writer *w, uint32_t increment_ms)
{
    size_t off = sctpxi_tlv_begin(w, SCTPXI_PARAM_COOKIE_PRESERVATIVE);
    sctpxi_writer_put_u32(w, increment_ms);
    sctpxi_tlv_end(w, off);
}

void sctpxi_param_put_cookie(struct sctpxi_writer *w, const uint8_t *cookie, size_t len)
{
    sctpxi_tlv_write(w, SCTPXI_PARAM_STATE_COOKIE, cookie, len);
}

void sctpxi_param_put_unrecognized(struct sctpxi_writer *w, const struct sctpxi_tlv *tlv)
{
    sctpxi_tlv_write(w, SCTPXI_PARAM_UNRECOGNIZED, tlv->raw, tlv->raw_len);
}
