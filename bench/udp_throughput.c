/* SPDX-License-Identifier: MIT */
/*
 * One association between two processes over UDP on 127.0.0.1, one way, through the public server
 * and socket; with --plain without UDP_SEGMENT and UDP_GRO. Beside it: usrsctp_throughput.c and
 * udp_limit.c.
 */
#include <stdio.h>

#include "support/bulk.h"

static void send_to(const struct bench_two *two, const struct bench_options *options)
{
    struct bench_sent sent = bench_bulk_send(two, options);
    bench_throughput_report("sctpx", options, &sent.start, two);
    if (sent.status.retransmitted_chunks > 0)
        fprintf(stderr, "sctpx %zu B: %llu of %llu chunks retransmitted, %llu T3 time-outs\n",
                options->length, (unsigned long long)sent.status.retransmitted_chunks,
                (unsigned long long)sent.status.sent_chunks,
                (unsigned long long)sent.status.t3_timeouts);
}

int main(int argc, char **argv)
{
    return bench_throughput_main(argc, argv, bench_bulk_receive, send_to);
}
