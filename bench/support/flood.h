/* SPDX-License-Identifier: MIT */
/*
 * A process that floods a server on 127.0.0.1 with INIT chunks, each from another SCTP port and
 * with another tag, and never looks at what comes back.
 */
#ifndef BENCH_SUPPORT_FLOOD_H
#define BENCH_SUPPORT_FLOOD_H

#include <stdint.h>

#include "support/two.h"

struct bench_flood {
    uint64_t inits; /* sent */
    uint64_t us;    /* for so long */
};

/*
 * The life of the flooding process, which is the child of a bench_two: sends inits_per_second in
 * bursts of a millisecond, from the moment it is called until it is told a byte, then tells a
 * struct bench_flood and ends.
 */
_Noreturn void bench_flood_run(const struct bench_two *two, uint16_t udp_port, uint16_t sctp_port,
                               uint32_t inits_per_second);

/* In the parent: stops it and hears how much it was. */
struct bench_flood bench_flood_stop(struct bench_two *two);

#endif
