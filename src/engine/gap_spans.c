/* SPDX-License-Identifier: MIT */
#include "engine/gap_spans.h"

static void next_block(struct sctpxi_span_walk *w)
{
    struct sctpxi_sack_gap gap = sctpxi_sack_gap(w->sack, w->index++);

    w->now = (struct sctpxi_span){gap.start, gap.end};
    while (w->index < w->end) {
        gap = sctpxi_sack_gap(w->sack, w->index);
        if (gap.start != w->now.last + 1)
            return;
        w->now.last = gap.end;
        w->index++;
    }
}

static void next_run(struct sctpxi_span_walk *w)
{
    w->now.first = sctpxi_gap_run_first(w->o, w->index);
    w->now.last = sctpxi_gap_run_last(w->o, w->index);
    w->index++;
}

void sctpxi_span_walk_next(struct sctpxi_span_walk *w)
{
    w->has = w->index < w->end;
    if (w->has && w->sack != NULL)
        next_block(w);
    else if (w->has)
        next_run(w);
}

struct sctpxi_span_walk sctpxi_span_walk_blocks(const struct sctpxi_sack *sack,
                                                struct sctpxi_gap_repeats without)
{
    struct sctpxi_span_walk w = {
        .sack = sack, .index = without.leading, .end = sack->n_gaps - without.trailing};

    sctpxi_span_walk_next(&w);
    return w;
}

struct sctpxi_span_walk sctpxi_span_walk_runs(const struct sctpxi_outstanding *o,
                                              struct sctpxi_gap_repeats without)
{
    struct sctpxi_span_walk w = {
        .o = o, .index = without.leading, .end = o->gap_runs - without.trailing};

    sctpxi_span_walk_next(&w);
    return w;
}

bool sctpxi_span_difference(struct sctpxi_span_walk *a, struct sctpxi_span_walk *b,
                            struct sctpxi_span *ret_span)
{
    while (a->has) {
        while (b->has && b->now.last < a->now.first)
            sctpxi_span_walk_next(b);
        if (!b->has || b->now.first > a->now.last) {
            *ret_span = a->now;
            sctpxi_span_walk_next(a);
            return true;
        }
        if (b->now.first > a->now.first) {
            *ret_span = (struct sctpxi_span){a->now.first, b->now.first - 1};
            a->now.first = b->now.first;
            return true;
        }
        if (b->now.last >= a->now.last)
            sctpxi_span_walk_next(a);
        else
            a->now.first = b->now.last + 1;
    }
    return false;
}
