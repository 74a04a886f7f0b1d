/* SPDX-License-Identifier: MIT */
/*
 * The layout of a State Cookie, without its MAC: fixed fields, optional ones told by flags, and
 * addresses as short as they can be. Pure functions; cookie.h signs what they write, and nobody
 * but us reads it. Network order throughout:
 *
 *   u8  layout version          u32 local tag, remote tag
 *   u8  key id                  u32 local initial TSN, remote initial TSN
 *   u8  flags, remote count     u32 remote a_rwnd
 *   u64 made at                 u16 out streams, in streams
 *   u32 lifetime in ms          u32 local tie-tag, remote tie-tag   with SCTPXI_COOKIE_TIES
 *   u16 local port              u32 peer features                   with SCTPXI_COOKIE_FEATURES
 *   u16 remote port             addresses: the local one, then the remote ones
 *
 * An address is u8 kind, then as the kind says: u16 UDP port (left out if it is that of the
 * address before), 4 or 16 bytes of IP, u32 scope.
 */
#ifndef SCTPXI_ENGINE_COOKIE_CODEC_H
#define SCTPXI_ENGINE_COOKIE_CODEC_H

#include "base/reader.h"
#include "base/writer.h"
#include "engine/cookie.h"

#define SCTPXI_COOKIE_VERSION 1u
#define SCTPXI_COOKIE_MAC_BYTES 16u

/* Offsets of the two fields that are needed to check the MAC. */
#define SCTPXI_COOKIE_VERSION_AT 0u
#define SCTPXI_COOKIE_KEY_ID_AT 1u

/* The third byte: the number of remote addresses and what else is there. */
#define SCTPXI_COOKIE_COUNT_MASK 0x0fu
#define SCTPXI_COOKIE_TIES 0x10u
#define SCTPXI_COOKIE_FEATURES 0x20u

/* What the one who seals adds to a cookie. */
struct sctpxi_cookie_stamp {
    uint64_t made_at; /* as it is written: with the jar's own zero */
    uint32_t lifetime_ms;
    uint8_t key_id;
};

/*
 * Appends the cookie; made_at and lifetime_us come from the stamp. SCTPX_EINVAL if remote_count or
 * an address family is out of range; the writer has room (SCTPXI_COOKIE_MAX_BYTES less the MAC).
 */
int sctpxi_cookie_encode(struct sctpxi_writer *w, const struct sctpxi_cookie *cookie,
                         const struct sctpxi_cookie_stamp *stamp);

/*
 * Reads a whole cookie; made_at and lifetime_us go to the stamp and are 0 in the cookie.
 * SCTPX_EBADPACKET for any other version, anything cut short, left over or out of range. Safe on
 * hostile bytes, though it is only ever given what we have signed.
 */
int sctpxi_cookie_decode(const uint8_t *bytes, size_t length, struct sctpxi_cookie *ret_cookie,
                         struct sctpxi_cookie_stamp *ret_stamp);

#endif
