/* SPDX-License-Identifier: MIT */
/*
 * A cursor over received bytes with a sticky error: reads past the end give 0 (or NULL), set
 * `failed`, and everything after that fails too, so a parser reads all fields and tests once.
 * Integers are big endian (network order). Owns nothing; the views it gives point into the bytes
 * it was started on and live as long as those.
 */
#ifndef SCTPXI_BASE_READER_H
#define SCTPXI_BASE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sctpxi_reader {
    const uint8_t *p; /* next unread byte */
    size_t left;      /* bytes from p to the end */
    bool failed;      /* sticky */
};

/* Big-endian integers at p, for callers that have checked the bounds already. */
static inline uint16_t sctpxi_load_u16(const uint8_t *p)
{
    return (uint16_t)((unsigned)p[0] << 8 | p[1]);
}

static inline uint32_t sctpxi_load_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t sctpxi_load_u64(const uint8_t *p)
{
    return (uint64_t)sctpxi_load_u32(p) << 32 | sctpxi_load_u32(p + 4);
}

/* Starts reading len bytes at p; p may be NULL when len is 0. */
static inline struct sctpxi_reader sctpxi_reader_make(const uint8_t *p, size_t len)
{
    return (struct sctpxi_reader){.p = p, .left = len, .failed = false};
}

/*
 * The next len bytes as a view, or NULL and failed when fewer are left or an earlier read failed.
 * A view of 0 bytes may be NULL too when the reader was started on NULL: test `failed`, not NULL.
 */
static inline const uint8_t *sctpxi_reader_bytes(struct sctpxi_reader *r, size_t len)
{
    if (r->failed || r->left < len) {
        r->failed = true;
        return NULL;
    }
    const uint8_t *p = r->p;
    if (len > 0) {
        r->p += len;
        r->left -= len;
    }
    return p;
}

/* Passes over len bytes; fails like sctpxi_reader_bytes. */
static inline void sctpxi_reader_skip(struct sctpxi_reader *r, size_t len)
{
    (void)sctpxi_reader_bytes(r, len);
}

/* The next integer, or 0 and failed. */
static inline uint8_t sctpxi_reader_u8(struct sctpxi_reader *r)
{
    const uint8_t *p = sctpxi_reader_bytes(r, 1);
    return p != NULL ? p[0] : 0;
}

static inline uint16_t sctpxi_reader_u16(struct sctpxi_reader *r)
{
    const uint8_t *p = sctpxi_reader_bytes(r, 2);
    return p != NULL ? sctpxi_load_u16(p) : 0;
}

static inline uint32_t sctpxi_reader_u32(struct sctpxi_reader *r)
{
    const uint8_t *p = sctpxi_reader_bytes(r, 4);
    return p != NULL ? sctpxi_load_u32(p) : 0;
}

static inline uint64_t sctpxi_reader_u64(struct sctpxi_reader *r)
{
    const uint8_t *p = sctpxi_reader_bytes(r, 8);
    return p != NULL ? sctpxi_load_u64(p) : 0;
}

#endif
