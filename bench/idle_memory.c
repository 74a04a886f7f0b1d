/* SPDX-License-Identifier: MIT */
/*
 * Memory of idle associations, both ends in one process, default options, which negotiate 65,535
 * streams each way (--only streams: 10 instead): what each end has allocated, and what the process
 * has become larger by (resident, for one end). Beside it: usrsctp_memory.c.
 */
#include <stdio.h>
#include <stdlib.h>

#include "support/figure.h"
#include "support/options.h"
#include "support/pair.h"

/* At most so many set up at once: the backlog and the rate of INITs are limited. */
enum { AT_ONCE = 32 };

static void measure(uint32_t count, uint16_t streams)
{
    static struct bench_pair pair;
    char name[64];
    sctpx_assoc_options assoc;
    sctpx_assoc_status status;
    sctpx_assoc_options_defaults(&assoc);
    if (streams != 0)
        assoc.out_streams = assoc.max_in_streams = streams;
    bench_pair_init(&pair, &assoc);
    size_t empty[2] = {pair.side[0].used_bytes, pair.side[1].used_bytes};
    uint64_t resident = bench_resident_bytes();
    for (uint32_t i = 0; i < count; i++) {
        bench_pair_connect(&pair, i);
        if (i % AT_ONCE == AT_ONCE - 1)
            bench_pair_settle(&pair);
    }
    bench_pair_settle(&pair);
    if (pair.up != count)
        bench_fail("setting them all up");
    sctpx_assoc_get_status(pair.accepted, &status);
    if (status.out_streams != assoc.out_streams || status.in_streams != assoc.out_streams)
        bench_fail("negotiating the streams");
    resident = bench_resident_bytes() - resident;
    snprintf(name, sizeof name, streams == 0 ? "%u associations" : "%u associations, %u streams",
             count, streams);
    const struct bench_case of = {"idle_memory", name, "sctpx"};
    bench_figure(&of, "resident bytes", BENCH_LESS, (double)resident / 2 / count);
    bench_figure(&of, "allocated bytes, connecting end", BENCH_LESS,
                 (double)(pair.side[0].used_bytes - empty[0]) / count);
    bench_figure(&of, "allocated bytes, accepting end", BENCH_LESS,
                 (double)(pair.side[1].used_bytes - empty[1]) / count);
    fprintf(stderr, "sctpx %s: %.1f and %.1f allocated blocks for each\n", name,
            (double)pair.side[0].blocks / count, (double)pair.side[1].blocks / count);
    bench_pair_done(&pair);
}

int main(int argc, char **argv)
{
    struct bench_options options = {.count = 2000};
    bench_options_parse(&options, argc, argv);
    measure(options.count, options.only != NULL ? 10 : 0);
    return 0;
}
