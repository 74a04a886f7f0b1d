/* SPDX-License-Identifier: MIT */
#include <stdio.h>

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

void bench_throughput_report(const char *stack, const struct bench_options *options,
                             const struct bench_usage *start, const struct bench_two *two)
{
    char name[64];
    struct bench_received received;
    bench_two_hear(two, &received, sizeof received);
    uint64_t sender_cpu_us = bench_cpu_us() - start->cpu_us;
    uint64_t receiver_cpu_us = received.last.cpu_us - received.first.cpu_us;
    double us = (double)(received.last.at_us - received.first.at_us);
    double bytes = (double)received.last.bytes;
    snprintf(name, sizeof name, "%zu B%s", options->length, options->lent ? ", lent" : "");
    const struct bench_case of = {options->plain ? "udp_plain" : "udp_throughput", name, stack};
    bench_figure(&of, "Gbit/s", BENCH_MORE, bytes * 8 / us / 1000);
    if (received.last.messages > 0)
        bench_figure(&of, "messages/s", BENCH_MORE, (double)received.last.messages / us * 1e6);
    bench_figure(&of, "sender CPU s/GB", BENCH_LESS, (double)sender_cpu_us * 1000 / bytes);
    bench_figure(&of, "receiver CPU s/GB", BENCH_LESS, (double)receiver_cpu_us * 1000 / bytes);
}

struct run {
    struct bench_options options;
    bench_throughput_part *receiver, *sender;
};

static void work(void *context)
{
    const struct run *run = context;
    struct bench_two two;
    bench_two_fork(&two, BENCH_ANY_CPU);
    (two.child == 0 ? run->receiver : run->sender)(&two, &run->options);
    if (two.child != 0)
        bench_two_end(&two);
}

int bench_throughput_main(int argc, char **argv, bench_throughput_part *receiver,
                          bench_throughput_part *sender)
{
    static const size_t lengths[] = {64, 1000, 1400, 65536};
    struct run run = {
        .options = {.seconds = 2, .mtu = 1500}, .receiver = receiver, .sender = sender};
    bench_options_parse(&run.options, argc, argv);
    if (run.options.length != 0)
        return bench_two_apart(work, &run);
    int failed = 0;
    for (size_t i = run.options.plain ? 2 : 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        run.options.length = lengths[i];
        failed |= bench_two_apart(work, &run);
    }
    return failed;
}
