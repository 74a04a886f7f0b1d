/* SPDX-License-Identifier: MIT */
#include "wire/crc32c.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#include "wire/wire.h"

#ifdef SCTPX_HAVE_ISAL
#include <isa-l/crc.h>

#ifdef __x86_64__
#include <immintrin.h>

#define WIDE_FROM_BYTES 256

__attribute__((target("avx"))) static void empty_wide_registers(void)
{
    _mm256_zeroupper();
}

/*
 * ISA-L leaves bits in the upper halves of vector registers after long packets, and as long as they
 * are there its code for short ones takes three times as long. Short ones leave none.
 */
static inline uint32_t run(uint32_t state, const uint8_t *p, int n)
{
    if (n < WIDE_FROM_BYTES || !__builtin_cpu_supports("avx"))
        return crc32_iscsi((unsigned char *)(uintptr_t)p, n, state);
    state = crc32_iscsi((unsigned char *)(uintptr_t)p, n, state);
    empty_wide_registers();
    return state;
}
#else
static uint32_t run(uint32_t state, const uint8_t *p, int n)
{
    return crc32_iscsi((unsigned char *)(uintptr_t)p, n, state);
}
#endif

/*
 * crc32_iscsi takes and gives the raw register (it complements neither end), its length is an
 * int, and it lacks the const that its reading deserves.
 */
uint32_t sctpxi_crc32c_update(uint32_t state, const uint8_t *p, size_t n)
{
    while (n > INT_MAX) {
        state = run(state, p, INT_MAX);
        p += INT_MAX;
        n -= INT_MAX;
    }
    return run(state, p, (int)n);
}
#else
static uint32_t run(uint32_t state, const uint8_t *p, int n)
{
    return sctpxi_crc32c_table(state, p, (size_t)n);
}

uint32_t sctpxi_crc32c_update(uint32_t state, const uint8_t *p, size_t n)
{
    return sctpxi_crc32c_table(state, p, n);
}
#endif

uint32_t sctpxi_crc32c(const uint8_t *packet, size_t n)
{
    assert(n >= SCTPXI_COMMON_HEADER_SIZE && n <= INT_MAX);
    uint8_t header[SCTPXI_COMMON_HEADER_SIZE] = {0};
    memcpy(header, packet, SCTPXI_CHECKSUM_OFFSET);
    uint32_t state = run(SCTPXI_CRC32C_INIT, header, sizeof header);
    return ~run(state, packet + sizeof header, (int)(n - sizeof header));
}

bool sctpxi_crc32c_verify(const uint8_t *packet, size_t n)
{
    if (n < SCTPXI_COMMON_HEADER_SIZE)
        return false;
    const uint8_t *p = packet + SCTPXI_CHECKSUM_OFFSET;
    uint32_t stored = (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
    return sctpxi_crc32c(packet, n) == stored;
}

void sctpxi_crc32c_store(uint8_t *packet, size_t n)
{
    uint32_t crc = sctpxi_crc32c(packet, n);
    uint8_t *p = packet + SCTPXI_CHECKSUM_OFFSET;
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(crc >> 8 * i);
}
