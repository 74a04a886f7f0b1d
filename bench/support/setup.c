/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "support/figure.h"
#include "support/options.h"
#include "support/setup.h"

enum { BUSY_US = 200 };

struct run {
    const char *stack;
    struct bench_setup setup;
    enum bench_cpus cpus;
    void (*server)(const struct bench_two *two, const struct bench_setup *setup);
    uint64_t (*clients)(const struct bench_two *two, const struct bench_setup *setup);
};

static void work(void *context)
{
    const struct run *run = context;
    char name[64];
    struct bench_two two;
    bench_two_fork(&two, run->cpus);
    if (two.child == 0) {
        run->server(&two, &run->setup);
        _exit(1);
    }
    uint64_t start = bench_now_us();
    uint64_t done = run->clients(&two, &run->setup);
    double seconds = (double)(bench_now_us() - start) / 1e6;
    snprintf(name, sizeof name, "%" PRIu32 " in flight%s%s", run->setup.in_flight,
             run->cpus == BENCH_ONE_CPU ? ", one CPU" : "",
             run->setup.busy_us != 0 ? ", busy poll" : "");
    const struct bench_case of = {"setup_rate", name, run->stack};
    bench_figure(&of, "associations/s", BENCH_MORE, (double)done / seconds);
    bench_two_end(&two);
}

int bench_setup_main(int argc, char **argv, const char *stack,
                     void (*server)(const struct bench_two *two, const struct bench_setup *setup),
                     uint64_t (*clients)(const struct bench_two *two,
                                         const struct bench_setup *setup))
{
    static const struct {
        uint32_t in_flight, busy_us;
        enum bench_cpus cpus;
    } cases[] = {{1, 0, BENCH_TWO_CPUS},
                 {1, BUSY_US, BENCH_TWO_CPUS},
                 {1, 0, BENCH_ONE_CPU},
                 {16, 0, BENCH_TWO_CPUS}};
    struct run run = {.stack = stack, .cpus = BENCH_TWO_CPUS, .server = server, .clients = clients};
    struct bench_options options = {.seconds = 2};
    int failed = 0;
    bench_options_parse(&options, argc, argv);
    run.setup = (struct bench_setup){.in_flight = options.count, .seconds = options.seconds};
    if (options.count != 0)
        return bench_two_apart(work, &run);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        run.setup.in_flight = cases[i].in_flight;
        run.setup.busy_us = cases[i].busy_us;
        run.cpus = cases[i].cpus;
        failed |= bench_two_apart(work, &run);
    }
    return failed;
}
