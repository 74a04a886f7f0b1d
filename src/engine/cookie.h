/* SPDX-License-Identifier: MIT */
/*
 * The State Cookie (RFC 9260 5.1.3): everything needed to make the association when it comes
 * back, under a MAC, so that an INIT costs no memory. No raw INIT is embedded: only parsed,
 * bounded fields (cookie_codec.h). Nothing in it is secret: the tie-tags are nonces, and the time
 * has a random zero unless the key is shared.
 *
 * The MAC is HMAC-SHA-256 cut to 16 bytes (RFC 2104 5), for the cookie is most of an INIT ACK and
 * that must not amplify. One MAC per cookie made or opened; the endpoint allocates nothing for
 * either, libcrypto copies the state of the hash and gives it back at once.
 *
 * Keys: two live at once, the current one signs, both verify, the cookie says by which. They
 * rotate when a cookie is made and the current key has signed for the longest life of a cookie,
 * that is twice the configured lifetime (and at least a minute): so the key that is then dropped
 * has no living cookie. A key given in the options is the only one and never rotates.
 *
 * Time is the endpoint's `now`. Hosts that share a key must also share a time base: their `now`
 * has to come from clocks that agree, not from each host's time since boot. A cookie from the
 * future, by at most its own lifetime, counts as just made (clocks differ a little); from further
 * away it is stale, else a host whose clock is wrong would make cookies for eternity.
 */
#ifndef SCTPXI_ENGINE_COOKIE_H
#define SCTPXI_ENGINE_COOKIE_H

#include <sctpx/config.h>

#include "base/alloc.h"
#include "base/serial.h"

/* A cookie for one IPv4 path has 73 bytes; none is longer than this. */
#define SCTPXI_COOKIE_MAX_BYTES 512u

/* What a cookie says. */
struct sctpxi_cookie {
    sctpx_time made_at;     /* set by sealing */
    sctpx_time lifetime_us; /* sealing: 0 = the configured one; see sctpxi_cookie_seal */
    uint16_t local_port, remote_port;
    uint32_t local_tag, remote_tag;
    struct sctpxi_tsn local_tsn, remote_tsn; /* initial TSNs */
    uint32_t remote_rwnd;
    uint16_t out_streams, in_streams; /* as negotiated */
    uint32_t local_tie, remote_tie;   /* tie-tags (nonces), 0 = none */
    sctpx_addr local;                 /* where the INIT arrived, or no address */
    uint8_t remote_count;             /* 1..SCTPX_MAX_PATHS; [0] is the INIT's source */
    sctpx_addr remotes[SCTPX_MAX_PATHS];
    uint32_t peer_features; /* for extensions, 0 now */
};

struct sctpxi_cookie_jar; /* keys and their MAC contexts */

/*
 * Takes cookie_lifetime_us, cookie_key, random and random_context from the options. SCTPX_EINVAL
 * (lifetime 0), SCTPX_ENOMEM, SCTPX_ESYSTEM (no HMAC-SHA-256 in libcrypto).
 */
int sctpxi_cookie_jar_new(const sctpx_endpoint_options *options, struct sctpxi_alloc *alloc,
                          sctpx_time now, struct sctpxi_cookie_jar **ret_jar);

/* jar may be NULL. The keys are wiped. */
void sctpxi_cookie_jar_free(struct sctpxi_cookie_jar *jar, struct sctpxi_alloc *alloc);

/*
 * Encodes and signs into buffer (at least SCTPXI_COOKIE_MAX_BYTES). Returns the length;
 * SCTPX_EINVAL if the addresses are none that a cookie can hold (remote_count, families);
 * SCTPX_ESYSTEM if the MAC could not be computed. Rotates keys when it is time.
 *
 * made_at is `now`, whatever the cookie says. lifetime_us is what to grant, with what the peer's
 * Cookie Preservative asked for (RFC 9260 3.3.2.1); more than twice the configured lifetime is
 * cut to that, and it is rounded up to milliseconds, of which there can be 2^32 - 1 (49 days).
 */
int sctpxi_cookie_seal(struct sctpxi_cookie_jar *jar, sctpx_time now,
                       const struct sctpxi_cookie *cookie, uint8_t *buffer);

enum sctpxi_cookie_verdict {
    SCTPXI_COOKIE_GOOD,
    SCTPXI_COOKIE_FORGED, /* length, version, key or MAC wrong: drop silently (5.1.5 1, 2) */
    SCTPXI_COOKIE_STALE   /* MAC right, lifetime over (5.1.5 4) */
};

/*
 * Checks the MAC (constant-time compare) before anything else is read. ret_cookie is filled for
 * GOOD and STALE, ret_staleness_us for STALE only: how long the lifetime is over, 0 for a cookie
 * from the future. What the packet around it says is for the caller to compare: ports and
 * verification tag (5.1.5 3), and whether a stale one matches an association (5.2.4 3).
 */
enum sctpxi_cookie_verdict sctpxi_cookie_open(struct sctpxi_cookie_jar *jar, sctpx_time now,
                                              const uint8_t *bytes, size_t length,
                                              struct sctpxi_cookie *ret_cookie,
                                              sctpx_time *ret_staleness_us);

#endif
