/* SPDX-License-Identifier: MIT */
/*
 * One bulk stream between two processes over UDP on 127.0.0.1 through the public server and socket:
 * the parts for bench_throughput_main() and for benches that ask something else of it.
 */
#ifndef BENCH_SUPPORT_BULK_H
#define BENCH_SUPPORT_BULK_H

#include <sctpx/sctpx.h>

#include "support/options.h"
#include "support/throughput.h"
#include "support/two.h"

/* Tells its UDP port, receives until the sender closes, and tells a struct bench_received. */
void bench_bulk_receive(const struct bench_two *two, const struct bench_options *options);

/* What the sender has come to; received has to be heard yet. */
struct bench_sent {
    struct bench_usage start;  /* when it could send */
    sctpx_assoc_status status; /* at the end */
};

/* Hears the port, sends messages of options->length for options->seconds and closes. */
struct bench_sent bench_bulk_send(const struct bench_two *two, const struct bench_options *options);

#endif
