/* SPDX-License-Identifier: MIT */
/*
 * A bench in two processes: the parent and a child that was forked before either had threads or
 * sockets. They talk through a pair of pipes in fixed-size blocks; the child ends with the parent.
 */
#ifndef BENCH_SUPPORT_TWO_H
#define BENCH_SUPPORT_TWO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct bench_two {
    pid_t child; /* 0 in the child */
    int in, out; /* from and to the other one */
};

/* What one side of a transfer says at its end, or of the time up to a certain point. */
struct bench_usage {
    uint64_t at_us, cpu_us;
    uint64_t bytes, messages;
};

/*
 * Where the two may run. Where the system happens to put two processes that wait for each other
 * changes figures fivefold; but a process with threads of its own, as usrsctp makes them, is slowed
 * down by being kept on one CPU.
 */
enum bench_cpus {
    BENCH_ANY_CPU,
    BENCH_TWO_CPUS, /* the child on the first one, the parent on the last */
    BENCH_ONE_CPU   /* both on the first one */
};

void bench_two_fork(struct bench_two *two, enum bench_cpus cpus);

/*
 * Does the work in a fresh process and waits for its end, so that what it leaves behind, threads
 * above all, does not meet the next one. Returns 0, or 1 if it failed.
 */
int bench_two_apart(void (*work)(void *), void *context);

void bench_two_tell(const struct bench_two *two, const void *block, size_t size);
void bench_two_hear(const struct bench_two *two, void *ret_block, size_t size);

/* In the parent: ends the child. */
void bench_two_end(struct bench_two *two);

struct bench_usage bench_usage_now(uint64_t bytes, uint64_t messages);

/* A UDP port of 127.0.0.1 that is free now. */
uint16_t bench_free_udp_port(void);

#endif
