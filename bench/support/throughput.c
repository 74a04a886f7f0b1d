/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/figure.h"
#include "support/throughput.h"

void bench_received_add(struct bench_received *received, size_t bytes, uint64_t messages)
{
    if (received->last.bytes == 0)
        received->first = bench_usage_now(0, 0);
    received->last.bytes += bytes;
    received->last.messages += messages;
}

void bench_received_tell(struct bench_received *received, const struct bench_two *two)
{
    received->last = bench_usage_now(received->last.bytes, received->last.messages);
    bench_two_tell(two, received, sizeof *received);
}

void bench_throughput_report(const char *stack, size_t length, const struct bench_usage *start,
                             const struct bench_two *two)
{
    char name[64];
    struct bench_received received;
    bench_two_hear(two, &received, sizeof received);
    uint64_t sender_cpu_us = bench_cpu_us() - start->cpu_us;
    uint64_t receiver_cpu_us = received.last.cpu_us - received.first.cpu_us;
    double us = (double)(received.last.at_us - received.first.at_us);
    double bytes = (double)received.last.bytes;
    snprintf(name, sizeof name, "%zu B", length);
    const struct bench_case of = {"udp_throughput", name, stack};
    bench_figure(&of, "Gbit/s", BENCH_MORE, bytes * 8 / us / 1000);
    bench_figure(&of, "sender CPU s/GB", BENCH_LESS, (double)sender_cpu_us * 1000 / bytes);
    bench_figure(&of, "receiver CPU s/GB", BENCH_LESS, (double)receiver_cpu_us * 1000 / bytes);
}

/* Both in children: what one run leaves behind, threads above all, must not meet the next. */
static int run(const struct bench_options *options,
               void (*receiver)(const struct bench_two *, const struct bench_options *),
               void (*sender)(const struct bench_two *, const struct bench_options *))
{
    int status = 0;
    pid_t pid = fork();
    if (pid < 0)
        bench_fail("fork");
    if (pid == 0) {
        struct bench_two two;
        bench_two_fork(&two, BENCH_ANY_CPU);
        (two.child == 0 ? receiver : sender)(&two, options);
        if (two.child != 0)
            bench_two_end(&two);
        _exit(0);
    }
    waitpid(pid, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
}

int bench_throughput_main(int argc, char **argv,
                          void (*receiver)(const struct bench_two *, const struct bench_options *),
                          void (*sender)(const struct bench_two *, const struct bench_options *))
{
    static const size_t lengths[] = {1400, 65536};
    struct bench_options options = {.seconds = 2, .mtu = 1500};
    bench_options_parse(&options, argc, argv);
    if (options.length != 0)
        return run(&options, receiver, sender);
    int failed = 0;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        options.length = lengths[i];
        failed |= run(&options, receiver, sender);
    }
    return failed;
}
