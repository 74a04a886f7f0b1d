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
void bench_throughput_report(const char *stack, size_t length, const struct bench_usage *start,
                             const struct bench_two *two);

/* Runs a receiver and a sender in a fresh process each, for 1,400-byte and 64 KB messages. */
int bench_throughput_main(int argc, char **argv,
                          void (*receiver)(const struct bench_two *, const struct bench_options *),
                          void (*sender)(const struct bench_two *, const struct bench_options *));

#endif
