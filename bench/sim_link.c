/* SPDX-License-Identifier: MIT */
/*
 * Bulk streams over a simulated link of 100 Mbit/s with a queue of one bandwidth-delay product, in
 * virtual time: figures are exact and repeat. Default options. What a row must reach stands beside
 * it; what explains it goes to stderr.
 */
#include <stdio.h>

#include "support/figure.h"
#include "support/response.h"
#include "support/sim_rows.h"

enum { MESSAGE = 1400, LONG_MESSAGE = 65536, NO_TARGET = -1 };

static struct bench_sim_options options = {.seconds = 30, .seeds = 5};

static void print_means(const char *name, const struct bench_sim_means *means)
{
    fprintf(stderr,
            "%-34s %6.2f Mbit/s, %5.2f %% sent again, %5.1f time-outs, %7.1f overflowed, "
            "%6.1f lost, queue %5.1f ms (%5.1f at most)\n",
            name, means->mbit_s[0], means->resent_percent, means->timeouts, means->overflowed,
            means->lost, means->wait_ms, means->longest_wait_ms);
}

/* Runs a row and tells how fast it was; without chance once is enough. */
static double row(const char *name, const struct sim_bulk_config *config, bool has_chance,
                  double target)
{
    const struct bench_case of = {"sim_link", name, "sctpx"};
    if (!bench_sim_wants(&options, name))
        return 0;
    struct bench_sim_means means = bench_sim_run(*config, has_chance ? options.seeds : 1);
    print_means(name, &means);
    if (target >= 0)
        bench_figure_aimed(&of, "Mbit/s", BENCH_MORE, means.mbit_s[0], target);
    else
        bench_figure(&of, "Mbit/s", BENCH_MORE, means.mbit_s[0]);
    bench_figure(&of, "T3 time-outs", BENCH_LESS, means.timeouts);
    return means.mbit_s[0];
}

/* ---- nothing but the queue loses ------------------------------------------------------------ */

static void clean_rows(void)
{
    static const unsigned rtts_ms[] = {20, 50, 100, 300};
    static const size_t lengths[] = {MESSAGE, LONG_MESSAGE};
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 2; j++) {
            char name[64];
            snprintf(name, sizeof name, "clean, RTT %u ms, %zu B", rtts_ms[i], lengths[j]);
            struct sim_bulk_config config = bench_sim_bulk(&options, rtts_ms[i], lengths[j]);
            row(name, &config, false, rtts_ms[i] < 300 ? 90 : 80);
        }
}

/* How much the first seconds cost: what overflows is slow start's overshoot. */
static void start_rows(void)
{
    static const unsigned rtts_ms[] = {20, 50, 100};
    for (size_t i = 0; i < 3; i++) {
        char name[64];
        snprintf(name, sizeof name, "first 3 s, RTT %u ms", rtts_ms[i]);
        if (!bench_sim_wants(&options, name))
            continue;
        const struct bench_case of = {"sim_link", name, "sctpx"};
        struct sim_bulk_config config = bench_sim_bulk(&options, rtts_ms[i], MESSAGE);
        config.duration_us = 3 * SIM_SECOND;
        struct bench_sim_means means = bench_sim_run(config, 1);
        print_means(name, &means);
        bench_figure(&of, "Mbit/s", BENCH_MORE, means.mbit_s[0]);
        bench_figure(&of, "packets overflowed", BENCH_LESS, means.overflowed);
        bench_figure(&of, "longest wait, ms", BENCH_LESS, means.longest_wait_ms);
    }
}

/* ---- loss and reordering -------------------------------------------------------------------- */

static double lossy_target(unsigned rtt_ms, unsigned permille)
{
    const struct bench_lossy_path path = {MESSAGE, rtt_ms / 1e3, permille / 1e3};
    double best = bench_response_cubic(&path);
    return 0.9 * (best < 96 ? best : 96); /* of 100 Mbit/s that is left for user data */
}

static void lossy_rows(void)
{
    static const unsigned rtts_ms[] = {20, 50, 100};
    static const unsigned permilles[] = {1, 10};
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 4; j++) {
            char name[64];
            unsigned permille = permilles[j / 2];
            bool both = j % 2 == 1;
            snprintf(name, sizeof name, "loss %.1f %%%s, RTT %u ms", permille / 10.0,
                     both ? " both ways" : "", rtts_ms[i]);
            struct sim_bulk_config config = bench_sim_bulk(&options, rtts_ms[i], MESSAGE);
            config.data.loss_permille = permille;
            config.acks.loss_permille = both ? permille : 0;
            row(name, &config, true, lossy_target(rtts_ms[i], permille));
        }
}

/* Packets that take 5 ms longer must not cost 5 % of what the same link gives without them. */
static void reordered_rows(void)
{
    static const unsigned rtts_ms[] = {20, 50, 100};
    for (size_t i = 0; i < 3; i++) {
        char name[64];
        snprintf(name, sizeof name, "2 %% late by 5 ms, RTT %u ms", rtts_ms[i]);
        if (!bench_sim_wants(&options, name))
            continue;
        struct sim_bulk_config config = bench_sim_bulk(&options, rtts_ms[i], MESSAGE);
        double without = bench_sim_run(config, 1).mbit_s[0];
        config.data.reorder_permille = 20;
        config.data.reorder_us = 5 * SIM_MS;
        row(name, &config, true, 0.95 * without);
    }
}

/* ---- sharing -------------------------------------------------------------------------------- */

/*
 * The second one begins when the first has the link; what counts is what both get after that. How
 * full the queue is at that moment decides how long it takes them to share evenly, so it begins at
 * several points of the first one's way up.
 */
static double share(struct sim_bulk_config config, unsigned seed, double *mbit_s)
{
    sctpx_time step_us = config.duration_us / 48;
    config.n_flows = 2;
    config.flows[1] = config.flows[0];
    config.flows[1].start_us = config.duration_us / 12 + seed * step_us;
    config.warm_up_us = config.duration_us / 6 + seed * step_us;
    struct bench_sim_means means = bench_sim_run(config, 1);
    *mbit_s += means.mbit_s[0] + means.mbit_s[1];
    return bench_jain(means.mbit_s, 2);
}

static void fairness_rows(void)
{
    static const unsigned rtts_ms[] = {20, 50, 100};
    for (size_t i = 0; i < 3; i++) {
        char name[64];
        double jain = 0, mbit_s = 0;
        snprintf(name, sizeof name, "two streams, RTT %u ms", rtts_ms[i]);
        if (!bench_sim_wants(&options, name))
            continue;
        const struct bench_case of = {"sim_link", name, "sctpx"};
        struct sim_bulk_config config = bench_sim_bulk(&options, rtts_ms[i], MESSAGE);
        config.duration_us *= 4;
        for (unsigned seed = 0; seed < options.seeds; seed++)
            jain += share(config, seed, &mbit_s);
        bench_figure_aimed(&of, "Jain's index", BENCH_MORE, jain / options.seeds, 0.9);
        bench_figure_aimed(&of, "Mbit/s of both", BENCH_MORE, mbit_s / options.seeds, 90);
    }
}

int main(int argc, char **argv)
{
    bench_sim_options_parse(&options, argc, argv);
    clean_rows();
    start_rows();
    lossy_rows();
    reordered_rows();
    fairness_rows();
    return 0;
}
