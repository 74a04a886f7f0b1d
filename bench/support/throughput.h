/* SPDX-License-Identifier: MIT */
/*
 * What the throughput benches of both stacks share: the processes, the lengths, the sums. The clock
 * runs at the receiver, from the first message to the last.
 */
#ifndef BENCH_SUPPORT_THROUGHPUT_H
#define BENCH_SUPPORT_THROUGHPUT_H

#include "support/options.h"
#include "support/two.h"

struct bench_received {
    struct bench_usage first, last; /* at the first message and the last */
};

void bench_received_add(struct bench_received *received, size_t bytes, uint64_t messages);

/* The receiver's last act. */
void bench_received_tell(struct bench_received *received, const struct bench_two *two);

/* The sender's: hears the above and prints the figures. start is from when it could send. */
void bench_throughput_report(const char *stack, const struct bench_options *options,
                             const struct bench_usage *start, const struct bench_two *two);

typedef void bench_throughput_part(const struct bench_two *two,
                                   const struct bench_options *options);

/*
 * Runs a receiver and a sender in a fresh process each, for messages of --length, else of several
 * lengths. With --plain the bench is called udp_plain, else udp_throughput.
 */
int bench_throughput_main(int argc, char **argv, bench_throughput_part *receiver,
                          bench_throughput_part *sender);

#endif
