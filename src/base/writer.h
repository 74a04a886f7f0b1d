/* SPDX-License-Identifier: MIT */
/*
 * A cursor over a buffer to fill, with a sticky overflow: a put that does not fit writes nothing
 * and sets `failed`, and so does every later one, so an encoder puts all fields and tests once.
 * Integers are written big endian (network order). The buffer is the caller's.
 */
#ifndef SCTPXI_BASE_WRITER_H
#define SCTPXI_BASE_WRITER_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct sctpxi_writer {
    uint8_t *buf;
    size_t cap;  /* size of buf */
    size_t len;  /* bytes written; never above cap */
    bool failed; /* sticky */
};

/* Big-endian integers to p, for callers that have checked the bounds already. */
static inline void sctpxi_store_u16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline void sctpxi_store_u32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

static inline void sctpxi_store_u64(uint8_t *p, uint64_t v)
{
    sctpxi_store_u32(p, (uint32_t)(v >> 32));
    sctpxi_store_u32(p + 4, (uint32_t)v);
}

/* Starts an empty writer on cap bytes at buf; buf may be NULL when cap is 0. */
static inline struct sctpxi_writer sctpxi_writer_make(uint8_t *buf, size_t cap)
{
    return (struct sctpxi_writer){.buf = buf, .cap = cap, .len = 0, .failed = false};
}

/* Bytes that still fit; 0 after a failure. */
static inline size_t sctpxi_writer_left(const struct sctpxi_writer *w)
{
    return w->failed ? 0 : w->cap - w->len;
}

/*
 * Takes back everything written since len was `len`, and the failure too. The pair for "try to
 * add it, else leave it out"; len must have been read from a writer that had not failed.
 */
static inline void sctpxi_writer_rewind(struct sctpxi_writer *w, size_t len)
{
    assert(len <= w->len);
    w->len = len;
    w->failed = false;
}

/* Makes n bytes (not initialised) part of what is written; NULL and failed if they do not fit. */
static inline uint8_t *sctpxi_writer_reserve(struct sctpxi_writer *w, size_t n)
{
    if (w->failed || w->cap - w->len < n) {
        w->failed = true;
        return NULL;
    }
    uint8_t *p = w->buf != NULL ? w->buf + w->len : NULL;
    w->len += n;
    return p;
}

static inline void sctpxi_writer_put_u8(struct sctpxi_writer *w, uint8_t v)
{
    uint8_t *p = sctpxi_writer_reserve(w, 1);
    if (p != NULL)
        *p = v;
}

static inline void sctpxi_writer_put_u16(struct sctpxi_writer *w, uint16_t v)
{
    uint8_t *p = sctpxi_writer_reserve(w, 2);
    if (p != NULL)
        sctpxi_store_u16(p, v);
}

static inline void sctpxi_writer_put_u32(struct sctpxi_writer *w, uint32_t v)
{
    uint8_t *p = sctpxi_writer_reserve(w, 4);
    if (p != NULL)
        sctpxi_store_u32(p, v);
}

static inline void sctpxi_writer_put_u64(struct sctpxi_writer *w, uint64_t v)
{
    uint8_t *p = sctpxi_writer_reserve(w, 8);
    if (p != NULL)
        sctpxi_store_u64(p, v);
}

/* Copies n bytes; src may be NULL when n is 0. */
static inline void sctpxi_writer_put_bytes(struct sctpxi_writer *w, const void *src, size_t n)
{
    uint8_t *p = sctpxi_writer_reserve(w, n);
    if (p != NULL && n > 0)
        memcpy(p, src, n);
}

static inline void sctpxi_writer_put_zeros(struct sctpxi_writer *w, size_t n)
{
    uint8_t *p = sctpxi_writer_reserve(w, n);
    if (p != NULL && n > 0)
        memset(p, 0, n);
}

/* Puts zeros until len is a multiple of 4. */
static inline void sctpxi_writer_pad4(struct sctpxi_writer *w)
{
    sctpxi_writer_put_zeros(w, (4 - w->len % 4) % 4);
}

/* Overwrites two bytes written before, at offset `at`. Does nothing after a failure. */
static inline void sctpxi_writer_patch_u16(struct sctpxi_writer *w, size_t at, uint16_t v)
{
    if (w->failed)
        return;
    assert(at <= w->len && w->len - at >= 2);
    sctpxi_store_u16(w->buf + at, v);
}

#endif
