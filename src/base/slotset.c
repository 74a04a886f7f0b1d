/* SPDX-License-Identifier: MIT */
#include "base/slotset.h"

#include <assert.h>

/* Bits of the slots first, then one for each word of those that is not 0. */
#define BITS 64u

static uint32_t slot_words(uint32_t capacity)
{
    return capacity > BITS ? capacity / BITS : 1;
}

uint32_t sctpxi_slotset_words(uint32_t capacity)
{
    assert(capacity > 0 && capacity <= SCTPXI_SLOTSET_MAX_CAPACITY);
    uint32_t words = slot_words(capacity);
    return words + (words > BITS ? words / BITS : 1);
}

static uint64_t bit(uint32_t i)
{
    return UINT64_C(1) << (i % BITS);
}

static void set_bits(uint64_t *words, uint32_t count)
{
    for (; count >= BITS; count -= BITS)
        *words++ = UINT64_MAX;
    if (count > 0)
        *words = bit(count) - 1;
}

void sctpxi_slotset_fill(struct sctpxi_slotset set)
{
    uint32_t words = slot_words(set.capacity);

    set_bits(set.words, set.capacity);
    set_bits(set.words + words, words);
}

void sctpxi_slotset_put(struct sctpxi_slotset set, uint32_t slot)
{
    uint32_t i = slot & (set.capacity - 1), word = i / BITS;

    if (set.words[word] == 0)
        set.words[slot_words(set.capacity) + word / BITS] |= bit(word);
    set.words[word] |= bit(i);
}

void sctpxi_slotset_take(struct sctpxi_slotset set, uint32_t slot)
{
    uint32_t i = slot & (set.capacity - 1), word = i / BITS;

    set.words[word] &= ~bit(i);
    if (set.words[word] == 0)
        set.words[slot_words(set.capacity) + word / BITS] &= ~bit(word);
}

/* The first bit that is set, from a place on; count if there is none. */
static uint32_t next_bit(const uint64_t *words, uint32_t count, uint32_t from)
{
    if (from >= count)
        return count;
    uint32_t word = from / BITS;
    uint64_t bits = words[word] & ~(bit(from) - 1);
    while (bits == 0) {
        if (++word >= (count + BITS - 1) / BITS)
            return count;
        bits = words[word];
    }
    return word * BITS + (uint32_t)__builtin_ctzll(bits);
}

/* The first slot of the set, from a place on; the capacity if there is none. */
static uint32_t next_slot(struct sctpxi_slotset set, uint32_t from)
{
    uint32_t words = slot_words(set.capacity), word = from / BITS;

    uint64_t bits = set.words[word] & ~(bit(from) - 1);
    if (bits == 0) {
        word = next_bit(set.words + words, words, word + 1);
        if (word == words)
            return set.capacity;
        bits = set.words[word];
    }
    return word * BITS + (uint32_t)__builtin_ctzll(bits);
}

uint32_t sctpxi_slotset_distance(struct sctpxi_slotset set, uint32_t slot)
{
    uint32_t from = slot & (set.capacity - 1);

    uint32_t found = next_slot(set, from);
    if (found == set.capacity)
        found = next_slot(set, 0);
    return found == set.capacity ? set.capacity : (found - from) & (set.capacity - 1);
}
