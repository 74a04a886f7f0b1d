/* SPDX-License-Identifier: MIT */
/* What the set-up benches of both stacks share. */
#ifndef BENCH_SUPPORT_SETUP_H
#define BENCH_SUPPORT_SETUP_H

#include <stdint.h>

#include "support/two.h"

struct bench_setup {
    uint32_t in_flight;
    uint32_t busy_us; /* both sides look for so long before they sleep */
    double seconds;
};

/*
 * Runs a server in one fresh process and clients in another, with 1 association in flight (what
 * counts then is how fast processes wake up), the same where neither sleeps, the same on one CPU,
 * and with 16 (or --count). The server tells its UDP port (16 bits) and goes on until it is ended;
 * the clients hear it, work for some seconds and return how many associations they have closed.
 */
int bench_setup_main(int argc, char **argv, const char *stack,
                     void (*server)(const struct bench_two *two, const struct bench_setup *setup),
                     uint64_t (*clients)(const struct bench_two *two,
                                         const struct bench_setup *setup));

#endif
