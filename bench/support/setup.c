/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "support/figure.h"
#include "support/options.h"
#include "support/setup.h"

struct run {
    const char *stack;
    struct bench_options options;
    bool one_cpu;
    void (*server)(const struct bench_two *two);
    uint64_t (*clients)(const struct bench_two *two, uint32_t in_flight, double seconds);
};

static void work(void *context)
{
    const struct run *run = context;
    char name[64];
    struct bench_two two;
    bench_two_fork(&two, run->one_cpu ? BENCH_ONE_CPU : BENCH_TWO_CPUS);
    if (two.child == 0) {
        run->server(&two);
        _exit(1);
    }
    uint64_t start = bench_now_us();
    uint64_t done = run->clients(&two, run->options.count, run->options.seconds);
    double seconds = (double)(bench_now_us() - start) / 1e6;
    snprintf(name, sizeof name, "%" PRIu32 " in flight%s", run->options.count,
             run->one_cpu ? ", one CPU" : "");
    const struct bench_case of = {"setup_rate", name, run->stack};
    bench_figure(&of, "associations/s", BENCH_MORE, (double)done / seconds);
    bench_two_end(&two);
}

int bench_setup_main(int argc, char **argv, const char *stack,
                     void (*server)(const struct bench_two *two),
                     uint64_t (*clients)(const struct bench_two *two, uint32_t in_flight,
                                         double seconds))
{
    struct run run = {
        .stack = stack, .options = {.seconds = 2}, .server = server, .clients = clients};
    bench_options_parse(&run.options, argc, argv);
    if (run.options.count != 0)
        return bench_two_apart(work, &run);
    run.options.count = 1;
    int failed = bench_two_apart(work, &run);
    run.one_cpu = true;
    failed |= bench_two_apart(work, &run);
    run.one_cpu = false;
    run.options.count = 16;
    return failed | bench_two_apart(work, &run);
}
