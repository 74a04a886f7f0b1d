/* SPDX-License-Identifier: MIT */
/*
 * Serial numbers that wrap (RFC 1982, RFC 9260 1.6), each kind a type of its own so that a TSN
 * is never compared with an SSN or with a plain integer by mistake. For every kind <k>:
 *
 *   struct sctpxi_<k> sctpxi_<k>_make(v)         from the number on the wire; .v gives it back
 *   bool sctpxi_<k>_eq / _lt / _le / _gt / _ge(a, b)
 *   struct sctpxi_<k> sctpxi_<k>_add(a, n), _sub(a, n)    n steps on or back, wrapping
 *   struct sctpxi_<k> sctpxi_<k>_next(a), _prev(a)        one step
 *   int32_t (TSN) / int16_t (SSN) sctpxi_<k>_diff(a, b)   a - b, the shorter way round
 *
 * Two numbers exactly half the circle apart are in no order (RFC 1982 leaves it undefined): none
 * of _lt, _le, _gt, _ge holds for them, so a hostile number cannot be "before" and "after" at once.
 */
#ifndef SCTPXI_BASE_SERIAL_H
#define SCTPXI_BASE_SERIAL_H

#include <stdbool.h>
#include <stdint.h>

/* RFC 1982 3.2 for numbers of `bits` bits (at most 32); all typed comparisons end here. */
static inline bool sctpxi_serial_lt(uint32_t a, uint32_t b, unsigned bits)
{
    uint32_t ahead = (b - a) & (UINT32_MAX >> (32 - bits));
    return ahead != 0 && ahead < (uint32_t)1 << (bits - 1);
}

#define SCTPXI_SERIAL_DEFINE(k, utype, stype, bits)                                                \
    struct sctpxi_##k {                                                                            \
        utype v;                                                                                   \
    };                                                                                             \
    static inline struct sctpxi_##k sctpxi_##k##_make(utype v)                                     \
    {                                                                                              \
        return (struct sctpxi_##k){v};                                                             \
    }                                                                                              \
    static inline bool sctpxi_##k##_eq(struct sctpxi_##k a, struct sctpxi_##k b)                   \
    {                                                                                              \
        return a.v == b.v;                                                                         \
    }                                                                                              \
    static inline bool sctpxi_##k##_lt(struct sctpxi_##k a, struct sctpxi_##k b)                   \
    {                                                                                              \
        return sctpxi_serial_lt(a.v, b.v, bits);                                                   \
    }                                                                                              \
    static inline bool sctpxi_##k##_le(struct sctpxi_##k a, struct sctpxi_##k b)                   \
    {                                                                                              \
        return a.v == b.v || sctpxi_serial_lt(a.v, b.v, bits);                                     \
    }                                                                                              \
    static inline bool sctpxi_##k##_gt(struct sctpxi_##k a, struct sctpxi_##k b)                   \
    {                                                                                              \
        return sctpxi_serial_lt(b.v, a.v, bits);                                                   \
    }                                                                                              \
    static inline bool sctpxi_##k##_ge(struct sctpxi_##k a, struct sctpxi_##k b)                   \
    {                                                                                              \
        return a.v == b.v || sctpxi_serial_lt(b.v, a.v, bits);                                     \
    }                                                                                              \
    static inline struct sctpxi_##k sctpxi_##k##_add(struct sctpxi_##k a, utype n)                 \
    {                                                                                              \
        return (struct sctpxi_##k){(utype)(a.v + n)};                                              \
    }                                                                                              \
    static inline struct sctpxi_##k sctpxi_##k##_sub(struct sctpxi_##k a, utype n)                 \
    {                                                                                              \
        return (struct sctpxi_##k){(utype)(a.v - n)};                                              \
    }                                                                                              \
    static inline struct sctpxi_##k sctpxi_##k##_next(struct sctpxi_##k a)                         \
    {                                                                                              \
        return (struct sctpxi_##k){(utype)(a.v + 1u)};                                             \
    }                                                                                              \
    static inline struct sctpxi_##k sctpxi_##k##_prev(struct sctpxi_##k a)                         \
    {                                                                                              \
        return (struct sctpxi_##k){(utype)(a.v - 1u)};                                             \
    }                                                                                              \
    static inline stype sctpxi_##k##_diff(struct sctpxi_##k a, struct sctpxi_##k b)                \
    {                                                                                              \
        return (stype)(utype)(a.v - b.v);                                                          \
    }

/* struct sctpxi_tsn {uint32_t v;}: Transmission Sequence Number of a DATA chunk. */
SCTPXI_SERIAL_DEFINE(tsn, uint32_t, int32_t, 32)

/* struct sctpxi_ssn {uint16_t v;}: Stream Sequence Number within one stream. */
SCTPXI_SERIAL_DEFINE(ssn, uint16_t, int16_t, 16)

#undef SCTPXI_SERIAL_DEFINE

#endif
