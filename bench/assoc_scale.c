/* SPDX-License-Identifier: MIT */
/*
 * Associations set up and closed gracefully per second in memory, in one thread, one at a time,
 * while 100 or 100,000 others are alive (or --count). Beside it: usrsctp_assoc_scale.c.
 */
#include <stdio.h>

#include "support/figure.h"
#include "support/options.h"
#include "support/pair.h"

/* At most so many set up at once: the backlog is limited. */
enum { AT_ONCE = 32, MOST = 127000 };

static struct bench_pair pair;
static bool is_measuring;
static uint64_t closed[2];

static void on_event(struct bench_pair *p, int side, const sctpx_event *event, void *user)
{
    (void)user;
    if (event->type == SCTPX_EVENT_UP && side == 0 && is_measuring)
        sctpx_assoc_shutdown(event->assoc, p->now);
    if (event->type != SCTPX_EVENT_CLOSED)
        return;
    if (!is_measuring)
        bench_fail("keeping associations alive");
    closed[side]++;
    sctpx_assoc_free(event->assoc, p->now);
}

static void set_up(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        bench_pair_connect(&pair, i);
        if (i % AT_ONCE == AT_ONCE - 1)
            bench_pair_settle(&pair);
    }
    bench_pair_settle(&pair);
    if (pair.up != count)
        bench_fail("setting them all up");
}

static void measure(uint32_t count, double seconds)
{
    char name[64];
    uint32_t up;
    is_measuring = false;
    bench_pair_init(&pair, NULL);
    pair.on_event = on_event;
    set_up(count);
    is_measuring = true;
    closed[0] = closed[1] = 0;
    up = pair.up;
    uint64_t start = bench_now_us(), end = start + (uint64_t)(seconds * 1e6);
    while (bench_now_us() < end) {
        bench_pair_connect(&pair, count);
        bench_pair_settle(&pair);
    }
    double us = (double)(bench_now_us() - start);
    if (closed[0] != closed[1] || closed[0] != pair.up - up)
        bench_fail("closing them all");
    snprintf(name, sizeof name, "%u alive", count);
    const struct bench_case of = {"assoc_scale", name, "sctpx"};
    bench_figure(&of, "associations/s", BENCH_MORE, (double)closed[0] * 1e6 / us);
    bench_pair_done(&pair);
}

int main(int argc, char **argv)
{
    struct bench_options options = {.seconds = 1};
    bench_options_parse(&options, argc, argv);
    if (options.count > MOST)
        bench_fail("so many associations: only 127,000 have ports here, more");
    if (options.count != 0) {
        measure(options.count, options.seconds);
        return 0;
    }
    measure(100, options.seconds);
    measure(100000, options.seconds);
    return 0;
}
