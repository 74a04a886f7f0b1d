/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include <sctpx/error.h>

#include "engine/cookie_codec.h"

/* Kinds of addresses. */
#define KIND_FAMILY_MASK 0x07u /* enum sctpx_family */
#define KIND_PORT 0x10u        /* a UDP port follows */
#define KIND_SCOPE 0x20u       /* a scope follows */

#define FIXED_BYTES 43u
#define OPTIONAL_BYTES 12u
#define ADDR_MAX_BYTES 23u
_Static_assert(FIXED_BYTES + OPTIONAL_BYTES + (1 + SCTPX_MAX_PATHS) * ADDR_MAX_BYTES +
                       SCTPXI_COOKIE_MAC_BYTES <=
                   SCTPXI_COOKIE_MAX_BYTES,
               "the longest cookie fits");
_Static_assert(SCTPX_MAX_PATHS <= SCTPXI_COOKIE_COUNT_MASK, "the count fits");

static size_t ip_bytes(unsigned family)
{
    switch (family) {
    case SCTPX_IPV4:
        return 4;
    case SCTPX_IPV6:
        return 16;
    default:
        return 0;
    }
}

static bool is_encodable(const struct sctpxi_cookie *cookie)
{
    if (cookie->remote_count < 1 || cookie->remote_count > SCTPX_MAX_PATHS)
        return false;
    for (unsigned i = 0; i < cookie->remote_count; i++)
        if (ip_bytes(cookie->remotes[i].family) == 0)
            return false;
    return cookie->local.family == SCTPX_NO_FAMILY || ip_bytes(cookie->local.family) > 0;
}

/* Both ends and all paths mostly use one UDP port: it is written when it changes. */
static void put_addr(struct sctpxi_writer *w, const sctpx_addr *addr, uint16_t *port)
{
    uint8_t kind = addr->family;

    if (addr->udp_port != *port)
        kind |= KIND_PORT;
    if (addr->scope_id != 0)
        kind |= KIND_SCOPE;
    sctpxi_writer_put_u8(w, kind);
    if (kind & KIND_PORT) {
        sctpxi_writer_put_u16(w, addr->udp_port);
        *port = addr->udp_port;
    }
    sctpxi_writer_put_bytes(w, addr->ip, ip_bytes(addr->family));
    if (kind & KIND_SCOPE)
        sctpxi_writer_put_u32(w, addr->scope_id);
}

static uint8_t flags_of(const struct sctpxi_cookie *cookie)
{
    uint8_t flags = cookie->remote_count;

    if (cookie->local_tie != 0 || cookie->remote_tie != 0)
        flags |= SCTPXI_COOKIE_TIES;
    if (cookie->peer_features != 0)
        flags |= SCTPXI_COOKIE_FEATURES;
    return flags;
}

static void put_fixed(struct sctpxi_writer *w, const struct sctpxi_cookie *cookie,
                      const struct sctpxi_cookie_stamp *stamp, uint8_t flags)
{
    sctpxi_writer_put_u8(w, SCTPXI_COOKIE_VERSION);
    sctpxi_writer_put_u8(w, stamp->key_id);
    sctpxi_writer_put_u8(w, flags);
    sctpxi_writer_put_u64(w, stamp->made_at);
    sctpxi_writer_put_u32(w, stamp->lifetime_ms);
    sctpxi_writer_put_u16(w, cookie->local_port);
    sctpxi_writer_put_u16(w, cookie->remote_port);
    sctpxi_writer_put_u32(w, cookie->local_tag);
    sctpxi_writer_put_u32(w, cookie->remote_tag);
    sctpxi_writer_put_u32(w, cookie->local_tsn.v);
    sctpxi_writer_put_u32(w, cookie->remote_tsn.v);
    sctpxi_writer_put_u32(w, cookie->remote_rwnd);
    sctpxi_writer_put_u16(w, cookie->out_streams);
    sctpxi_writer_put_u16(w, cookie->in_streams);
}

int sctpxi_cookie_encode(struct sctpxi_writer *w, const struct sctpxi_cookie *cookie,
                         const struct sctpxi_cookie_stamp *stamp)
{
    uint8_t flags = flags_of(cookie);
    uint16_t port = 0;

    if (!is_encodable(cookie))
        return SCTPX_EINVAL;
    put_fixed(w, cookie, stamp, flags);
    if (flags & SCTPXI_COOKIE_TIES) {
        sctpxi_writer_put_u32(w, cookie->local_tie);
        sctpxi_writer_put_u32(w, cookie->remote_tie);
    }
    if (flags & SCTPXI_COOKIE_FEATURES)
        sctpxi_writer_put_u32(w, cookie->peer_features);
    put_addr(w, &cookie->local, &port);
    for (unsigned i = 0; i < cookie->remote_count; i++)
        put_addr(w, &cookie->remotes[i], &port);
    assert(!w->failed);
    return 0;
}

/* "No address" is fine for the local one only; port is that of the address before. */
static bool get_addr(struct sctpxi_reader *r, uint16_t *port, sctpx_addr *ret_addr)
{
    sctpx_addr addr = {0};
    uint8_t kind = sctpxi_reader_u8(r);

    if (kind & ~(KIND_FAMILY_MASK | KIND_PORT | KIND_SCOPE))
        return false;
    if (kind & KIND_PORT)
        *port = sctpxi_reader_u16(r);
    addr.udp_port = *port;
    addr.family = kind & KIND_FAMILY_MASK;
    size_t length = ip_bytes(addr.family);
    const uint8_t *ip = sctpxi_reader_bytes(r, length);
    if (kind & KIND_SCOPE)
        addr.scope_id = sctpxi_reader_u32(r);
    if (r->failed || (length == 0 && addr.family != SCTPX_NO_FAMILY))
        return false;
    memcpy(addr.ip, ip, length);
    *ret_addr = addr;
    return true;
}

static bool get_addrs(struct sctpxi_reader *r, struct sctpxi_cookie *cookie)
{
    uint16_t port = 0;

    if (!get_addr(r, &port, &cookie->local))
        return false;
    for (unsigned i = 0; i < cookie->remote_count; i++) {
        sctpx_addr *remote = &cookie->remotes[i];
        if (!get_addr(r, &port, remote) || remote->family == SCTPX_NO_FAMILY)
            return false;
    }
    return true;
}

/* Everything between the flags and the addresses. */
static void get_fields(struct sctpxi_reader *r, uint8_t flags, struct sctpxi_cookie *cookie,
                       struct sctpxi_cookie_stamp *stamp)
{
    stamp->made_at = sctpxi_reader_u64(r);
    stamp->lifetime_ms = sctpxi_reader_u32(r);
    cookie->local_port = sctpxi_reader_u16(r);
    cookie->remote_port = sctpxi_reader_u16(r);
    cookie->local_tag = sctpxi_reader_u32(r);
    cookie->remote_tag = sctpxi_reader_u32(r);
    cookie->local_tsn = sctpxi_tsn_make(sctpxi_reader_u32(r));
    cookie->remote_tsn = sctpxi_tsn_make(sctpxi_reader_u32(r));
    cookie->remote_rwnd = sctpxi_reader_u32(r);
    cookie->out_streams = sctpxi_reader_u16(r);
    cookie->in_streams = sctpxi_reader_u16(r);
    if (flags & SCTPXI_COOKIE_TIES) {
        cookie->local_tie = sctpxi_reader_u32(r);
        cookie->remote_tie = sctpxi_reader_u32(r);
    }
    if (flags & SCTPXI_COOKIE_FEATURES)
        cookie->peer_features = sctpxi_reader_u32(r);
}

int sctpxi_cookie_decode(const uint8_t *bytes, size_t length, struct sctpxi_cookie *ret_cookie,
                         struct sctpxi_cookie_stamp *ret_stamp)
{
    struct sctpxi_reader r = sctpxi_reader_make(bytes, length);
    struct sctpxi_cookie_stamp stamp;
    struct sctpxi_cookie cookie = {0};

    uint8_t version = sctpxi_reader_u8(&r);
    stamp.key_id = sctpxi_reader_u8(&r);
    uint8_t flags = sctpxi_reader_u8(&r);
    cookie.remote_count = flags & SCTPXI_COOKIE_COUNT_MASK;
    if (version != SCTPXI_COOKIE_VERSION || cookie.remote_count < 1 ||
        cookie.remote_count > SCTPX_MAX_PATHS ||
        (flags & ~(SCTPXI_COOKIE_COUNT_MASK | SCTPXI_COOKIE_TIES | SCTPXI_COOKIE_FEATURES)))
        return SCTPX_EBADPACKET;
    get_fields(&r, flags, &cookie, &stamp);
    if (!get_addrs(&r, &cookie) || r.failed || r.left > 0)
        return SCTPX_EBADPACKET;
    *ret_cookie = cookie;
    *ret_stamp = stamp;
    return 0;
}
