/* SPDX-License-Identifier: MIT */
#include "engine/rx_tracker.h"

#include <assert.h>
#include <string.h>

#define RX_FIRST_SHIFT 3u
_Static_assert(SCTPXI_RX_MAX_RANGES == 1u << RX_FIRST_SHIFT << 7, "doubling ends at the bound");

/* A gap block names TSNs by 16-bit offsets from the Cumulative TSN Ack (RFC 9260 3.3.4). */
#define RX_MAX_AHEAD 65535u

#define DUPS_BYTES (SCTPXI_RX_MAX_DUPS * sizeof(uint32_t))

void sctpxi_rx_tracker_init(struct sctpxi_rx_tracker *t, struct sctpxi_alloc *alloc,
                            struct sctpxi_tsn initial)
{
    *t = (struct sctpxi_rx_tracker){.alloc = alloc, .cum = sctpxi_tsn_prev(initial)};
}

static uint32_t range_capacity(const struct sctpxi_rx_tracker *t)
{
    return t->range_shift == 0 ? 0 : 1u << t->range_shift;
}

static void forget_ranges(struct sctpxi_rx_tracker *t)
{
    sctpxi_alloc_put(t->alloc, t->ranges, range_capacity(t) * sizeof(*t->ranges));
    t->ranges = NULL;
    t->range_count = 0;
    t->range_shift = 0;
}

void sctpxi_rx_tracker_done(struct sctpxi_rx_tracker *t)
{
    forget_ranges(t);
    sctpxi_alloc_put(t->alloc, t->dups, DUPS_BYTES);
    t->dups = NULL;
    t->dup_count = 0;
}

/*
 * How far beyond cum. All TSNs that are kept are less than 2^16 beyond it, so these distances can
 * be compared as plain integers, whatever wraps.
 */
static uint32_t ahead_of_cum(const struct sctpxi_rx_tracker *t, struct sctpxi_tsn tsn)
{
    return tsn.v - t->cum.v;
}

/* Index of the first range that does not end before this distance; range_count if all do. */
static uint32_t find_range(const struct sctpxi_rx_tracker *t, uint32_t ahead)
{
    uint32_t low = 0, high = t->range_count;

    /* New TSNs mostly come at or after the end. */
    if (high == 0 || ahead > ahead_of_cum(t, t->ranges[high - 1].last))
        return high;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (ahead_of_cum(t, t->ranges[middle].last) < ahead)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool touches_left(const struct sctpxi_rx_tracker *t, uint32_t i, uint32_t ahead)
{
    return i > 0 && ahead_of_cum(t, t->ranges[i - 1].last) + 1 == ahead;
}

static bool touches_right(const struct sctpxi_rx_tracker *t, uint32_t i, uint32_t ahead)
{
    return i < t->range_count && ahead_of_cum(t, t->ranges[i].first) == ahead + 1;
}

static bool reserve_range(struct sctpxi_rx_tracker *t)
{
    if (t->range_count < range_capacity(t))
        return true;
    if (t->range_count >= SCTPXI_RX_MAX_RANGES)
        return false;

    uint8_t shift = t->range_shift == 0 ? RX_FIRST_SHIFT : (uint8_t)(t->range_shift + 1);
    void *ranges = sctpxi_alloc_resize(t->alloc, t->ranges, range_capacity(t) * sizeof(*t->ranges),
                                       sizeof(*t->ranges) << shift);
    if (ranges == NULL)
        return false;
    t->ranges = ranges;
    t->range_shift = shift;
    return true;
}

enum sctpxi_rx_verdict sctpxi_rx_tracker_check(struct sctpxi_rx_tracker *t, struct sctpxi_tsn tsn)
{
    uint32_t ahead = ahead_of_cum(t, tsn);

    /* Ranges never hold cum + 1, and taking it never needs a new one. */
    if (ahead == 1)
        return SCTPXI_RX_NEW;
    if (sctpxi_tsn_le(tsn, t->cum))
        return SCTPXI_RX_DUPLICATE;
    if (ahead > RX_MAX_AHEAD)
        return SCTPXI_RX_UNWANTED;

    uint32_t i = find_range(t, ahead);
    if (i < t->range_count && ahead_of_cum(t, t->ranges[i].first) <= ahead)
        return SCTPXI_RX_DUPLICATE;
    if (touches_left(t, i, ahead) || touches_right(t, i, ahead))
        return SCTPXI_RX_NEW;
    return reserve_range(t) ? SCTPXI_RX_NEW : SCTPXI_RX_UNWANTED;
}

/* Takes range i out; the last one takes the memory with it, so that no loss means no memory. */
static void remove_range(struct sctpxi_rx_tracker *t, uint32_t i)
{
    t->range_count--;
    if (t->range_count == 0) {
        forget_ranges(t);
        return;
    }
    memmove(&t->ranges[i], &t->ranges[i + 1], (t->range_count - i) * sizeof(*t->ranges));
}

static void insert_range(struct sctpxi_rx_tracker *t, uint32_t i, struct sctpxi_tsn tsn)
{
    assert(t->range_count < range_capacity(t));
    memmove(&t->ranges[i + 1], &t->ranges[i], (t->range_count - i) * sizeof(*t->ranges));
    t->ranges[i] = (struct sctpxi_tsn_range){tsn, tsn};
    t->range_count++;
}

/* cum goes one on, and over the first range if that follows now. */
static void advance_cum(struct sctpxi_rx_tracker *t, struct sctpxi_tsn tsn)
{
    t->cum = tsn;
    if (t->range_count != 0 && ahead_of_cum(t, t->ranges[0].first) == 1) {
        t->cum = t->ranges[0].last;
        remove_range(t, 0);
    }
}

void sctpxi_rx_tracker_commit(struct sctpxi_rx_tracker *t, struct sctpxi_tsn tsn)
{
    uint32_t ahead = ahead_of_cum(t, tsn);

    if (ahead == 1) {
        advance_cum(t, tsn);
        return;
    }
    assert(ahead > 1 && ahead <= RX_MAX_AHEAD);

    uint32_t i = find_range(t, ahead);
    assert(i == t->range_count || ahead_of_cum(t, t->ranges[i].first) > ahead);
    bool left = touches_left(t, i, ahead);
    bool right = touches_right(t, i, ahead);
    if (left && right) {
        t->ranges[i].first = t->ranges[i - 1].first;
        remove_range(t, i - 1);
    } else if (left) {
        t->ranges[i - 1].last = tsn;
    } else if (right) {
        t->ranges[i].first = tsn;
    } else {
        insert_range(t, i, tsn);
    }
}

void sctpxi_rx_tracker_note_duplicate(struct sctpxi_rx_tracker *t, struct sctpxi_tsn tsn)
{
    if (t->dups == NULL)
        t->dups = sctpxi_alloc_get(t->alloc, DUPS_BYTES);
    if (t->dups != NULL && t->dup_count < SCTPXI_RX_MAX_DUPS)
        t->dups[t->dup_count++] = tsn.v;
}

bool sctpxi_rx_tracker_has_gaps(const struct sctpxi_rx_tracker *t)
{
    return t->range_count != 0;
}

struct sctpxi_tsn sctpxi_rx_tracker_highest(const struct sctpxi_rx_tracker *t)
{
    return t->range_count != 0 ? t->ranges[t->range_count - 1].last : t->cum;
}

/* Of distances below 2^16 the low halves of TSNs are enough. */
static inline struct sctpxi_sack_gap tell(struct sctpxi_tsn_range range, uint16_t cum)
{
    return (struct sctpxi_sack_gap){(uint16_t)(range.first.v - cum),
                                    (uint16_t)(range.last.v - cum)};
}

/* So many at once, which compilers turn into a few vector instructions. */
enum { STRIDE = 16 };

static void tell_stride(const struct sctpxi_tsn_range *restrict ranges, uint16_t cum,
                        struct sctpxi_sack_gap *restrict ret_gaps)
{
    for (size_t i = 0; i < STRIDE; i++)
        ret_gaps[i] = tell(ranges[i], cum);
}

size_t sctpxi_rx_tracker_gaps(const struct sctpxi_rx_tracker *t, struct sctpxi_sack_gap *ret_gaps,
                              size_t max)
{
    size_t count = t->range_count < max ? t->range_count : max, i = 0;
    uint16_t cum = (uint16_t)t->cum.v;

    for (; count - i >= STRIDE; i += STRIDE)
        tell_stride(&t->ranges[i], cum, ret_gaps + i);
    for (; i < count; i++)
        ret_gaps[i] = tell(t->ranges[i], cum);
    return count;
}

void sctpxi_rx_tracker_sack_sent(struct sctpxi_rx_tracker *t)
{
    t->dup_count = 0;
}
