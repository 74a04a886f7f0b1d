/* SPDX-License-Identifier: MIT */
/*
 * A bulk stream over a simulated link, over time: one line of comma-separated values per 100 ms and
 * stream, for bench/plot. --rtt, --loss and --late choose the link.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/sim_rows.h"

enum { SAMPLE_MS = 100, MESSAGE = 1400 };

static uint64_t received_before[SIM_MAX_FLOWS];

static void on_sample(void *context, const struct sim_bulk_sample *s)
{
    (void)context;
    double mbit_s = (double)(s->received_bytes - received_before[s->flow]) * 8 / SAMPLE_MS / 1e3;
    /* A controller that has no threshold yet has the largest number there. */
    uint32_t ssthresh = s->path.ssthresh_bytes < UINT32_MAX ? s->path.ssthresh_bytes : 0;
    received_before[s->flow] = s->received_bytes;
    printf("%.1f,%zu,%u,%u,%u,%.1f,%.1f,%.3f,%" PRIu64 ",%" PRIu64 "\n", (double)s->at_us / 1e6,
           s->flow, s->path.cwnd_bytes, ssthresh, s->path.flight_bytes,
           (double)s->path.srtt_us / 1e3, (double)s->wait_us / 1e3, mbit_s,
           s->status.retransmitted_chunks, s->status.t3_timeouts);
}

static const struct option known[] = {
    {"rtt", required_argument, NULL, 'r'},
    {"loss", required_argument, NULL, 'l'},
    {"late", required_argument, NULL, 'd'},
    {"streams", required_argument, NULL, 'n'},
    {"seconds", required_argument, NULL, 's'},
    {"buffers", required_argument, NULL, 'b'},
    {NULL, 0, NULL, 0},
};

struct trace {
    unsigned rtt_ms, loss_permille, late_permille, streams;
    struct bench_sim_options options;
};

static void parse(struct trace *trace, int argc, char **argv)
{
    int option;
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        unsigned long value = optarg != NULL ? strtoul(optarg, NULL, 10) : 0;
        if (option == 'r')
            trace->rtt_ms = (unsigned)value;
        else if (option == 'l')
            trace->loss_permille = (unsigned)value;
        else if (option == 'd')
            trace->late_permille = (unsigned)value;
        else if (option == 'n' && value >= 1 && value <= SIM_MAX_FLOWS)
            trace->streams = (unsigned)value;
        else if (option == 's')
            trace->options.seconds = (double)value;
        else if (option == 'b')
            trace->options.assoc.sndbuf_bytes = trace->options.assoc.rcvbuf_bytes = value;
        else {
            fprintf(stderr,
                    "usage: %s [--rtt MS] [--loss PERMILLE] [--late PERMILLE] [--streams N]\n"
                    "       [--seconds S] [--buffers BYTES]\n",
                    argv[0]);
            exit(2);
        }
    }
}

int main(int argc, char **argv)
{
    struct trace trace = {.rtt_ms = 50, .streams = 1, .options = {.seconds = 30}};
    sctpx_assoc_options_defaults(&trace.options.assoc);
    parse(&trace, argc, argv);
    struct sim_bulk_config config = bench_sim_bulk(&trace.options, trace.rtt_ms, MESSAGE);
    config.data.loss_permille = trace.loss_permille;
    config.data.reorder_permille = trace.late_permille;
    config.data.reorder_us = 5 * SIM_MS;
    config.n_flows = trace.streams;
    for (size_t i = 1; i < config.n_flows; i++) {
        config.flows[i] = config.flows[0];
        config.flows[i].start_us = i * config.duration_us / 6;
    }
    config.sample_us = SAMPLE_MS * SIM_MS;
    config.on_sample = on_sample;
    puts("s,stream,cwnd,ssthresh,flight,srtt_ms,queue_ms,mbit_s,retransmitted,t3");
    sim_bulk_run(&config);
    return 0;
}
