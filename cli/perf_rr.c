/* SPDX-License-Identifier: MIT */
/* Request and response: each association has one request under way. */
#include "perf.h"

static void next(struct perf_flow *flow)
{
    struct perf *perf = flow->perf;
    uint64_t units;

    if (!perf_take(flow, 1, &units)) {
        perf_note_end(perf);
        perf_finish(flow);
        return;
    }
    flow->started_us = sctpx_loop_now(perf->node.runner.loop);
    if (perf_send(flow, PERF_ECHO, perf->size) < 0)
        perf_finish(flow);
}

static void on_connected(struct perf_flow *flow)
{
    if (flow->left > 0)
        perf_await_answer(flow);
    next(flow);
}

static void on_message(struct perf_flow *flow)
{
    struct perf *perf = flow->perf;

    perf_take_answer(flow);
    if (flow->is_finishing)
        return;
    latency_add(&perf->latency, sctpx_loop_now(perf->node.runner.loop) - flow->started_us);
    flow->operations++;
    perf->operations++;
    next(flow);
}

const struct perf_test perf_rr = {
    .name = "rr", .on_connected = on_connected, .on_message = on_message};
