/* SPDX-License-Identifier: MIT */
/* After Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012), section 2. */
#include "base/siphash.h"

struct sip_state {
    uint64_t v0, v1, v2, v3;
};

static uint64_t rotate_left(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static inline void rounds(struct sip_state *s, unsigned count)
{
    while (count-- > 0) {
        s->v0 += s->v1;
        s->v2 += s->v3;
        s->v1 = rotate_left(s->v1, 13) ^ s->v0;
        s->v3 = rotate_left(s->v3, 16) ^ s->v2;
        s->v0 = rotate_left(s->v0, 32);
        s->v2 += s->v1;
        s->v0 += s->v3;
        s->v1 = rotate_left(s->v1, 17) ^ s->v2;
        s->v3 = rotate_left(s->v3, 21) ^ s->v0;
        s->v2 = rotate_left(s->v2, 32);
    }
}

static inline void absorb(struct sip_state *s, uint64_t word, unsigned count)
{
    s->v3 ^= word;
    rounds(s, count);
    s->v0 ^= word;
}

/* Little endian whatever the machine is; compilers make one load of it. */
static inline uint64_t load_word(const uint8_t *p)
{
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
           (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
           (uint64_t)p[7] << 56;
}

static inline uint64_t load_rest(const uint8_t *p, size_t count)
{
    uint64_t word = 0;

    for (size_t i = 0; i < count; i++)
        word |= (uint64_t)p[i] << 8 * i;
    return word;
}

static inline uint64_t siphash(const struct sctpxi_siphash_key *key, const uint8_t *p,
                               size_t length, unsigned c_rounds, unsigned d_rounds)
{
    struct sip_state s = {
        .v0 = key->k0 ^ UINT64_C(0x736f6d6570736575),
        .v1 = key->k1 ^ UINT64_C(0x646f72616e646f6d),
        .v2 = key->k0 ^ UINT64_C(0x6c7967656e657261),
        .v3 = key->k1 ^ UINT64_C(0x7465646279746573),
    };
    size_t left = length;

    for (; left >= 8; p += 8, left -= 8)
        absorb(&s, load_word(p), c_rounds);
    absorb(&s, load_rest(p, left) | (uint64_t)length << 56, c_rounds);
    s.v2 ^= 0xff;
    rounds(&s, d_rounds);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

uint64_t sctpxi_siphash13(const struct sctpxi_siphash_key *key, const void *data, size_t length)
{
    return siphash(key, data, length, 1, 3);
}

uint64_t sctpxi_siphash24(const struct sctpxi_siphash_key *key, const void *data, size_t length)
{
    return siphash(key, data, length, 2, 4);
}
