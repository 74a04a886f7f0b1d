/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/figure.h"
#include "support/options.h"
#include "support/setup.h"

static int run(const char *stack, const struct bench_options *options, bool one_cpu,
               void (*server)(const struct bench_two *two),
               uint64_t (*clients)(const struct bench_two *two, uint32_t in_flight, double seconds))
{
    char name[64];
    int status = 0;
    pid_t pid = fork();
    if (pid < 0)
        bench_fail("fork");
    if (pid > 0) {
        waitpid(pid, &status, 0);
        return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
    }
    struct bench_two two;
    bench_two_fork(&two, one_cpu ? BENCH_ONE_CPU : BENCH_TWO_CPUS);
    if (two.child == 0) {
        server(&two);
        _exit(1);
    }
    uint64_t start = bench_now_us();
    uint64_t done = clients(&two, options->count, options->seconds);
    double seconds = (double)(bench_now_us() - start) / 1e6;
    snprintf(name, sizeof name, "%" PRIu32 " in flight%s", options->count,
             one_cpu ? ", one CPU" : "");
    const struct bench_case of = {"setup_rate", name, stack};
    bench_figure(&of, "associations/s", BENCH_MORE, (double)done / seconds);
    bench_two_end(&two);
    _exit(0);
}

int bench_setup_main(int argc, char **argv, const char *stack,
                     void (*server)(const struct bench_two *two),
                     uint64_t (*clients)(const struct bench_two *two, uint32_t in_flight,
                                         double seconds))
{
    struct bench_options options = {.seconds = 2};
    bench_options_parse(&options, argc, argv);
    if (options.count != 0)
        return run(stack, &options, false, server, clients);
    options.count = 1;
    int failed = run(stack, &options, false, server, clients);
    failed |= run(stack, &options, true, server, clients);
    options.count = 16;
    return failed | run(stack, &options, false, server, clients);
}
