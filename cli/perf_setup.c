/* SPDX-License-Identifier: MIT */
/*
 * Set-up rate: each flow sets up an association, closes it, and begins again. The latency is that
 * of the set-up.
 */
#include "exit_code.h"
#include "perf.h"

static void on_connected(struct perf_flow *flow)
{
    struct perf *perf = flow->perf;
    uint64_t units;

    if (flow->operations == 0)
        (void)perf_take(flow, 1, &units); /* the first one was begun by start_flow() */
    latency_add(&perf->latency, sctpx_loop_now(perf->node.runner.loop) - flow->started_us);
    perf_finish(flow);
}

static bool on_closed(struct perf_flow *flow)
{
    struct perf *perf = flow->perf;
    uint64_t units;

    flow->operations++;
    perf->operations++;
    perf_note_end(perf);
    if (!perf_take(flow, 1, &units))
        return false;
    flow->is_finishing = false;
    flow->started_us = sctpx_loop_now(perf->node.runner.loop);
    perf->exit_code = node_connect(&perf->node, flow->socket);
    return perf->exit_code == EXIT_DONE;
}

const struct perf_test perf_setup = {
    .name = "setup", .is_of_setup = true, .on_connected = on_connected, .on_closed = on_closed};
