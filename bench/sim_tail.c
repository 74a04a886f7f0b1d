/* SPDX-License-Identifier: MIT */
/*
 * How long a message of ten packets takes when its last packets are lost: RTT 50 ms, 100 Mbit/s,
 * virtual time, default options, in round trips from the call that writes it to the moment its
 * reader has it. "warm": the association has just transferred 1 MB, so that cwnd is no limit;
 * "fresh": it is the first message. Without loss half a round trip is all it needs.
 */
#include <stdio.h>

#include "support/figure.h"
#include "support/sim_rows.h"

enum { RTT_MS = 50, PACKETS = 10, WARM_UP_MESSAGES = 700, WARM_UP_BYTES = 1400 };

/* What is lost: so many packets with DATA after letting some pass, from when it is written on. */
struct tail_case {
    const char *name;
    bool is_warm;
    unsigned pass, lose;
    double target_rtts; /* 0 = none */
};

static struct bench_sim_options options;

/* Whole packets: what fits beside the IP, UDP, common and DATA headers. */
static size_t message_bytes(void)
{
    return PACKETS * ((size_t)options.assoc.mtu - 20 - 8 - 12 - 16);
}

/* Long enough for the last delayed SACK, shorter than RTO.Min, after which cwnd would decay. */
static void warm_up(struct sim *sim, struct sim_pair *pair)
{
    sim_send_load(pair->ab, (struct sim_load){WARM_UP_MESSAGES, WARM_UP_BYTES, 0, 0, 1, 0});
    sim_run_until_sent(pair->ab, 30 * SIM_SECOND);
    sim_run_for(sim, 300 * SIM_MS);
}

static double measure(const struct tail_case *tail)
{
    void *state = NULL;
    sim_setup(&state);
    struct sim *sim = state;
    sim->is_light = true;
    const struct sim_link_config link = sim_bulk_link(BENCH_SIM_MBIT_S, RTT_MS * SIM_MS);
    sim_set_links(sim, &link);
    struct sim_pair pair = sim_pair(sim, &options.assoc);
    if (tail->is_warm)
        warm_up(sim, &pair);
    sim_add_drop(sim, (struct sim_drop){
                          .from = pair.a,
                          .chunk = SIM_DATA,
                          .skip = tail->pass,
                          .count = tail->lose > 0 ? tail->lose : 1,
                      });
    sctpx_time start = sim->now;
    sim_send(pair.ab, 0, message_bytes());
    sim_run_until_received(pair.ba, pair.ba->received_messages + 1, 120 * SIM_SECOND);
    double rtts = (double)(sim->now - start) / (RTT_MS * SIM_MS);
    sim_run_until_sent(pair.ab, 120 * SIM_SECOND);
    sim_finish(sim);
    sim_teardown(&state);
    return rtts;
}

int main(int argc, char **argv)
{
    static const struct tail_case cases[] = {
        {"warm, nothing lost", true, 1000, 0, 0},
        {"warm, last packet lost", true, PACKETS - 1, 1, 3},
        {"warm, last two lost", true, PACKETS - 2, 2, 0},
        {"warm, last half lost", true, PACKETS / 2, PACKETS / 2, 0},
        {"warm, last lost twice", true, PACKETS - 1, 2, 0},
        {"fresh, nothing lost", false, 1000, 0, 0},
        {"fresh, last packet lost", false, PACKETS - 1, 1, 0},
    };
    bench_sim_options_parse(&options, argc, argv);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct bench_case of = {"sim_tail", cases[i].name, "sctpx"};
        if (!bench_sim_wants(&options, cases[i].name))
            continue;
        double rtts = measure(&cases[i]);
        if (cases[i].target_rtts > 0)
            bench_figure_aimed(&of, "RTTs", BENCH_LESS, rtts, cases[i].target_rtts);
        else
            bench_figure(&of, "RTTs", BENCH_LESS, rtts);
    }
    return 0;
}
