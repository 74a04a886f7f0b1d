/* SPDX-License-Identifier: MIT */
#include "engine/gap_runs.h"

#include <assert.h>
#include <string.h>

#include "engine/gap_spans.h"

/* Compared at once: a count that compilers know makes it a few vector instructions. */
enum { STRIDE = 16 };

static const uint16_t *run_at(const struct sctpxi_outstanding *o, uint32_t i)
{
    return o->runs + 2 * (size_t)(o->run_at + i);
}

/* ---- comparing ----------------------------------------------------------------------------- */

static bool is_stride_same(const uint16_t *runs, const uint8_t *blocks, uint16_t cum)
{
    unsigned differing = 0;

    for (size_t i = 0; i < 2 * (size_t)STRIDE; i++)
        differing |= (unsigned)(uint16_t)(sctpxi_load_u16(blocks + 2 * i) + cum) ^ runs[i];
    return differing == 0;
}

static bool is_same(const uint16_t *run, const uint8_t *block, uint16_t cum)
{
    return (uint16_t)(sctpxi_load_u16(block) + cum) == run[0] &&
           (uint16_t)(sctpxi_load_u16(block + 2) + cum) == run[1];
}

static uint32_t count_leading(const uint16_t *runs, const uint8_t *blocks, uint16_t cum,
                              uint32_t most)
{
    uint32_t n = 0;

    while (most - n >= STRIDE && is_stride_same(runs + 2 * (size_t)n, blocks + 4 * (size_t)n, cum))
        n += STRIDE;
    while (n < most && is_same(runs + 2 * (size_t)n, blocks + 4 * (size_t)n, cum))
        n++;
    return n;
}

/* Both lists end here. */
static uint32_t count_trailing(const uint16_t *runs, const uint8_t *blocks, uint16_t cum,
                               uint32_t most)
{
    uint32_t n = 0;

    while (most - n >= STRIDE &&
           is_stride_same(runs - 2 * (size_t)(n + STRIDE), blocks - 4 * (size_t)(n + STRIDE), cum))
        n += STRIDE;
    while (n < most && is_same(runs - 2 * (size_t)(n + 1), blocks - 4 * (size_t)(n + 1), cum))
        n++;
    return n;
}

/*
 * Runs do not touch each other, but the block after a repeated one may touch it, and then they are
 * one span.
 */
static bool are_touching(const struct sctpxi_sack *sack, uint32_t i)
{
    return sctpxi_sack_gap(sack, i).end + 1 == sctpxi_sack_gap(sack, i + 1).start;
}

/* Runs that end at or before a point, and whether the next one reaches over it. */
static uint32_t count_passed(const struct sctpxi_outstanding *o, uint32_t distance,
                             bool *ret_is_next_cut)
{
    uint32_t n = 0;

    while (n < o->gap_runs && sctpxi_gap_run_last(o, n) <= distance)
        n++;
    *ret_is_next_cut = n < o->gap_runs && sctpxi_gap_run_first(o, n) <= distance;
    return n;
}

struct sctpxi_gap_repeats sctpxi_gap_runs_repeated(const struct sctpxi_outstanding *o,
                                                   const struct sctpxi_sack *sack)
{
    struct sctpxi_gap_repeats r = {0, 0};
    uint16_t cum = (uint16_t)sack->cum_tsn.v;
    uint32_t blocks = sack->n_gaps;
    bool is_cut;
    uint32_t passed = count_passed(o, sack->cum_tsn.v - o->cum_ack.v, &is_cut);
    uint32_t runs = o->gap_runs - passed;
    uint32_t most = blocks < runs ? blocks : runs;

    if (most == 0 || is_cut)
        return r;
    r.leading = count_leading(run_at(o, passed), sack->gaps, cum, most);
    if (r.leading > 0 && r.leading < blocks && are_touching(sack, r.leading - 1))
        r.leading--;
    if (r.leading == most)
        return r;
    r.trailing = count_trailing(run_at(o, o->gap_runs), sack->gaps + 4 * (size_t)blocks, cum,
                                most - r.leading);
    if (r.trailing > 0 && r.trailing < blocks && are_touching(sack, blocks - r.trailing - 1))
        r.trailing--;
    return r;
}

/* ---- changing ------------------------------------------------------------------------------ */

void sctpxi_gap_runs_drop_first(struct sctpxi_outstanding *o)
{
    assert(o->gap_runs > 0);
    o->gap_runs--;
    o->run_at = o->gap_runs > 0 ? o->run_at + 1 : 0;
}

void sctpxi_gap_runs_cut(struct sctpxi_outstanding *o, struct sctpxi_tsn cum)
{
    uint32_t distance = cum.v - o->cum_ack.v;

    while (o->gap_runs > 0 && sctpxi_gap_run_first(o, 0) <= distance) {
        if (sctpxi_gap_run_last(o, 0) > distance) {
            o->runs[2 * (size_t)o->run_at] = (uint16_t)(cum.v + 1);
            return;
        }
        sctpxi_gap_runs_drop_first(o);
    }
}

/* Room for so many runs between those that stay. */
static uint16_t *make_room(struct sctpxi_outstanding *o, struct sctpxi_gap_repeats stay,
                           uint32_t fresh)
{
    const size_t each = 2 * sizeof *o->runs;
    uint32_t count = stay.leading + fresh + stay.trailing;

    assert(count <= o->capacity / 2);
    if (o->run_at + count > o->capacity / 2) {
        memmove(o->runs, run_at(o, 0), o->gap_runs * each);
        o->run_at = 0;
    }
    uint16_t *place = o->runs + 2 * (size_t)(o->run_at + stay.leading);
    memmove(place + 2 * (size_t)fresh, run_at(o, o->gap_runs - stay.trailing),
            stay.trailing * each);
    o->gap_runs = count;
    return place;
}

void sctpxi_gap_runs_store(struct sctpxi_outstanding *o, const struct sctpxi_sack *sack,
                           struct sctpxi_gap_repeats repeats)
{
    struct sctpxi_span_walk walk = sctpxi_span_walk_blocks(sack, repeats);
    struct sctpxi_span_walk ahead = walk;
    uint32_t fresh = 0;

    for (; ahead.has; sctpxi_span_walk_next(&ahead))
        fresh++;
    if (fresh == 0 && repeats.leading + repeats.trailing == o->gap_runs)
        return;
    uint16_t *place = make_room(o, repeats, fresh);
    for (; walk.has; sctpxi_span_walk_next(&walk)) {
        *place++ = (uint16_t)(o->cum_ack.v + walk.now.first);
        *place++ = (uint16_t)(o->cum_ack.v + walk.now.last);
    }
}
