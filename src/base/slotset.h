/* SPDX-License-Identifier: MIT */
/*
 * A set of slots of a ring: a bit per slot, and a bit per word of them, so that putting and taking
 * cost a few steps and so does finding the next one, however many slots lie between: with 65,536
 * slots 17 words are looked at at most. The words are the caller's memory, zeroed at first; a
 * set owns nothing.
 */
#ifndef SCTPXI_BASE_SLOTSET_H
#define SCTPXI_BASE_SLOTSET_H

#include <stdbool.h>
#include <stdint.h>

/* Capacity: a power of two, not more than this. */
#define SCTPXI_SLOTSET_MAX_CAPACITY 65536u

struct sctpxi_slotset {
    uint64_t *words; /* as many as sctpxi_slotset_words() says */
    uint32_t capacity;
};

uint32_t sctpxi_slotset_words(uint32_t capacity);

/* All slots. */
void sctpxi_slotset_fill(struct sctpxi_slotset set);

/* Slot numbers are taken modulo the capacity. Putting twice is putting once; taking alike. */
void sctpxi_slotset_put(struct sctpxi_slotset set, uint32_t slot);
void sctpxi_slotset_take(struct sctpxi_slotset set, uint32_t slot);

/*
 * How far behind a slot the next one of the set is, going round at the end: 0 if it is in the set
 * itself; the capacity if the set is empty.
 */
uint32_t sctpxi_slotset_distance(struct sctpxi_slotset set, uint32_t slot);

#endif
