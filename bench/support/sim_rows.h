/* SPDX-License-Identifier: MIT */
/*
 * What the benches on simulated links are asked on the command line, and the rows they share: one
 * bulk stream over 100 Mbit/s with a queue of one bandwidth-delay product.
 */
#ifndef BENCH_SUPPORT_SIM_ROWS_H
#define BENCH_SUPPORT_SIM_ROWS_H

#include "sim/bulk.h"

#define BENCH_SIM_MBIT_S 100.0

struct bench_sim_options {
    const char *only;          /* --only: cases whose names hold this text */
    double seconds;            /* --seconds: virtual time */
    unsigned seeds;            /* --seeds: runs whose mean is taken where there is chance */
    sctpx_assoc_options assoc; /* of both ends; --buffers: bytes of each send and receive buffer */
};

/* Fills in what the command line says over what is there, and assoc from the defaults. */
void bench_sim_options_parse(struct bench_sim_options *options, int argc, char **argv);

/* Whether a case is asked for. */
bool bench_sim_wants(const struct bench_sim_options *options, const char *name);

/*
 * One stream from one host to another, for options->seconds; what is to be different is changed in
 * it. The options must outlive its run.
 */
struct sim_bulk_config bench_sim_bulk(const struct bench_sim_options *options, unsigned rtt_ms,
                                      size_t message_bytes);

/* The means of as many runs with other random numbers. */
struct bench_sim_means {
    double mbit_s[SIM_MAX_FLOWS];
    double resent_percent;           /* of all DATA chunks sent; of all flows */
    double timeouts;                 /* T3-rtx; of all flows */
    double overflowed, lost;         /* packets */
    double wait_ms, longest_wait_ms; /* in the queue */
};
struct bench_sim_means bench_sim_run(struct sim_bulk_config config, unsigned seeds);

#endif
