/* SPDX-License-Identifier: MIT */
#include "wire/crc32c.h"

/*
 * Eight tables of 256, built by the preprocessor. Table k holds for each byte its CRC followed by
 * k zero bytes. The CRC is linear, so an entry is the XOR of the entries of the byte's single
 * bits; those eight per table (bit 0 first) are the polynomial 0x1EDC6F41, reflected, shifted on
 * one bit at a time.
 */
#define BIT(b, i, v) (((b) >> (i)&1) != 0 ? (v) : 0u)
#define ENTRY(b, v0, v1, v2, v3, v4, v5, v6, v7)                                                   \
    (BIT(b, 0, v0) ^ BIT(b, 1, v1) ^ BIT(b, 2, v2) ^ BIT(b, 3, v3) ^ BIT(b, 4, v4) ^               \
     BIT(b, 5, v5) ^ BIT(b, 6, v6) ^ BIT(b, 7, v7))

/* clang-format off */
#define T0(b) ENTRY(b, 0xF26B8303u, 0xE13B70F7u, 0xC79A971Fu, 0x8AD958CFu, \
                       0x105EC76Fu, 0x20BD8EDEu, 0x417B1DBCu, 0x82F63B78u)
#define T1(b) ENTRY(b, 0x13A29877u, 0x274530EEu, 0x4E8A61DCu, 0x9D14C3B8u, \
                       0x3FC5F181u, 0x7F8BE302u, 0xFF17C604u, 0xFBC3FAF9u)
#define T2(b) ENTRY(b, 0xA541927Eu, 0x4F6F520Du, 0x9EDEA41Au, 0x38513EC5u, \
                       0x70A27D8Au, 0xE144FB14u, 0xC76580D9u, 0x8B277743u)
#define T3(b) ENTRY(b, 0xDD45AAB8u, 0xBF672381u, 0x7B2231F3u, 0xF64463E6u, \
                       0xE964B13Du, 0xD725148Bu, 0xABA65FE7u, 0x52A0C93Fu)
#define T4(b) ENTRY(b, 0x38116FACu, 0x7022DF58u, 0xE045BEB0u, 0xC5670B91u, \
                       0x8F2261D3u, 0x1BA8B557u, 0x37516AAEu, 0x6EA2D55Cu)
#define T5(b) ENTRY(b, 0xEF306B19u, 0xDB8CA0C3u, 0xB2F53777u, 0x6006181Fu, \
                       0xC00C303Eu, 0x85F4168Du, 0x0E045BEBu, 0x1C08B7D6u)
#define T6(b) ENTRY(b, 0x68032CC8u, 0xD0065990u, 0xA5E0C5D1u, 0x4E2DFD53u, \
                       0x9C5BFAA6u, 0x3D5B83BDu, 0x7AB7077Au, 0xF56E0EF4u)
#define T7(b) ENTRY(b, 0x493C7D27u, 0x9278FA4Eu, 0x211D826Du, 0x423B04DAu, \
                       0x847609B4u, 0x0D006599u, 0x1A00CB32u, 0x34019664u)

#define ROW4(t, b) t(b), t((b) + 1), t((b) + 2), t((b) + 3)
#define ROW16(t, b) ROW4(t, b), ROW4(t, (b) + 4), ROW4(t, (b) + 8), ROW4(t, (b) + 12)
#define ROW64(t, b) ROW16(t, b), ROW16(t, (b) + 16), ROW16(t, (b) + 32), ROW16(t, (b) + 48)
#define TABLE(t) { ROW64(t, 0u), ROW64(t, 64u), ROW64(t, 128u), ROW64(t, 192u) }

static const uint32_t tables[8][256] = {
    TABLE(T0), TABLE(T1), TABLE(T2), TABLE(T3), TABLE(T4), TABLE(T5), TABLE(T6), TABLE(T7),
};
/* clang-format on */

/* Little endian, byte by byte: compilers make one load of it where that is right. */
static inline uint32_t load_le32(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static inline uint32_t step8(uint32_t state, const uint8_t *p)
{
    uint32_t lo = state ^ load_le32(p);
    uint32_t hi = load_le32(p + 4);
    return tables[7][lo & 0xFF] ^ tables[6][lo >> 8 & 0xFF] ^ tables[5][lo >> 16 & 0xFF] ^
           tables[4][lo >> 24] ^ tables[3][hi & 0xFF] ^ tables[2][hi >> 8 & 0xFF] ^
           tables[1][hi >> 16 & 0xFF] ^ tables[0][hi >> 24];
}

uint32_t sctpxi_crc32c_table(uint32_t state, const uint8_t *p, size_t n)
{
    for (; n >= 8; n -= 8, p += 8)
        state = step8(state, p);
    for (; n > 0; n--, p++)
        state = state >> 8 ^ tables[0][(state ^ *p) & 0xFF];
    return state;
}
