/* SPDX-License-Identifier: MIT */
#include "support/sim_rows.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double number(const char *text, double least, double most)
{
    char *end;
    double value = strtod(text, &end);
    if (*text == '\0' || *end != '\0' || !(value >= least && value <= most)) {
        fprintf(stderr, "bench: \"%s\" is not a number from %g to %g\n", text, least, most);
        exit(2);
    }
    return value;
}

void bench_sim_options_parse(struct bench_sim_options *options, int argc, char **argv)
{
    static const struct option known[] = {
        {"only", required_argument, NULL, 'o'},
        {"seconds", required_argument, NULL, 's'},
        {"seeds", required_argument, NULL, 'n'},
        {"buffers", required_argument, NULL, 'b'},
        {NULL, 0, NULL, 0},
    };
    int option;
    sctpx_assoc_options_defaults(&options->assoc);
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case 'o':
            options->only = optarg;
            break;
        case 's':
            options->seconds = number(optarg, 0.1, 3600);
            break;
        case 'n':
            options->seeds = (unsigned)number(optarg, 1, 1000);
            break;
        case 'b':
            options->assoc.sndbuf_bytes = (size_t)number(optarg, 1500, 1e9);
            options->assoc.rcvbuf_bytes = options->assoc.sndbuf_bytes;
            break;
        default:
            fprintf(stderr, "usage: %s [--only TEXT] [--seconds S] [--seeds N] [--buffers N]\n",
                    argv[0]);
            exit(2);
        }
    }
}

bool bench_sim_wants(const struct bench_sim_options *options, const char *name)
{
    return options->only == NULL || strstr(name, options->only) != NULL;
}

struct sim_bulk_config bench_sim_bulk(const struct bench_sim_options *options, unsigned rtt_ms,
                                      size_t message_bytes)
{
    return (struct sim_bulk_config){
        .data = sim_bulk_link(BENCH_SIM_MBIT_S, rtt_ms * SIM_MS),
        .acks = sim_bulk_link(BENCH_SIM_MBIT_S, rtt_ms * SIM_MS),
        .duration_us = (sctpx_time)(options->seconds * 1e6),
        .n_flows = 1,
        .flows = {{.message_bytes = message_bytes, .options = &options->assoc}},
    };
}

static void add(struct bench_sim_means *sums, const struct sim_bulk_result *result, size_t n_flows)
{
    uint64_t sent = 0, resent = 0;
    for (size_t i = 0; i < n_flows; i++) {
        const sctpx_assoc_status *sender = &result->flows[i].sender;
        sent += sender->sent_chunks + sender->retransmitted_chunks;
        resent += sender->retransmitted_chunks;
        sums->mbit_s[i] += result->flows[i].mbit_s;
        sums->timeouts += (double)sender->t3_timeouts;
    }
    sums->resent_percent += 100.0 * (double)resent / (double)(sent > 0 ? sent : 1);
    sums->overflowed += (double)result->data.overflowed;
    sums->lost += (double)result->data.lost;
    sums->wait_ms += (double)result->data.waited_us / (double)result->data.packets / 1e3;
    sums->longest_wait_ms += (double)result->data.longest_wait_us / 1e3;
}

struct bench_sim_means bench_sim_run(struct sim_bulk_config config, unsigned seeds)
{
    struct bench_sim_means means = {0};
    for (unsigned i = 1; i <= seeds; i++) {
        config.seed = i;
        struct sim_bulk_result result = sim_bulk_run(&config);
        add(&means, &result, config.n_flows);
    }
    for (size_t i = 0; i < config.n_flows; i++)
        means.mbit_s[i] /= seeds;
    means.resent_percent /= seeds;
    means.timeouts /= seeds;
    means.overflowed /= seeds;
    means.lost /= seeds;
    means.wait_ms /= seeds;
    means.longest_wait_ms /= seeds;
    return means;
}
