/* SPDX-License-Identifier: MIT */
/*
 * What a bench measures and how it says it: clocks, memory, and one JSON object per figure on
 * stdout, which bench/run collects:
 *
 *   {"bench":"engine_pair","case":"1000 B","figure":"MB/s","better":"more","stack":"sctpx",
 *    "value":1234.5}
 *
 * and "target":1000 at the end where there is one.
 */
#ifndef BENCH_SUPPORT_FIGURE_H
#define BENCH_SUPPORT_FIGURE_H

#include <stdint.h>

struct bench_case {
    const char *bench;
    const char *name;  /* "1000 B" */
    const char *stack; /* "sctpx", "usrsctp" */
};

enum bench_better { BENCH_MORE, BENCH_LESS };

void bench_figure(const struct bench_case *of, const char *figure, enum bench_better better,
                  double value);

/* The same with what it must reach. */
void bench_figure_aimed(const struct bench_case *of, const char *figure, enum bench_better better,
                        double value, double target);

/* Monotonic clock. */
uint64_t bench_now_us(void);

/* CPU time of this process with all of its threads, user and system. */
uint64_t bench_cpu_us(void);

/* Resident memory of this process. */
uint64_t bench_resident_bytes(void);

/* Prints to stderr what did not work and exits with 1. */
_Noreturn void bench_fail(const char *what);

#endif
