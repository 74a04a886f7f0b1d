/* SPDX-License-Identifier: MIT */
/*
 * The input of a fuzzer as a stream of choices. At its end everything is 0, so that an input cut
 * short still means something.
 */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fuzz_input {
    const uint8_t *p;
    size_t left;
};

static inline bool fuzz_is_over(const struct fuzz_input *in)
{
    return in->left == 0;
}

static inline uint8_t fuzz_u8(struct fuzz_input *in)
{
    if (in->left == 0)
        return 0;
    in->left--;
    return *in->p++;
}

static inline uint16_t fuzz_u16(struct fuzz_input *in)
{
    uint8_t high = fuzz_u8(in);
    return (uint16_t)(high << 8 | fuzz_u8(in));
}

static inline uint32_t fuzz_u32(struct fuzz_input *in)
{
    uint32_t high = fuzz_u16(in);
    return high << 16 | fuzz_u16(in);
}

/* 0..limit - 1, from one byte; limit 1..256. */
static inline unsigned fuzz_below(struct fuzz_input *in, unsigned limit)
{
    return fuzz_u8(in) % limit;
}

/* Up to max bytes as a view. */
static inline struct fuzz_input fuzz_bytes(struct fuzz_input *in, size_t max)
{
    struct fuzz_input part = {in->p, in->left < max ? in->left : max};
    in->p += part.left;
    in->left -= part.left;
    return part;
}

#endif
