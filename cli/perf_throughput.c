/* SPDX-License-Identifier: MIT */
/*
 * Throughput: messages round robin over the streams, as many as the write limit takes. The time
 * ends when everything is acknowledged; then the server is asked what it got.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exit_code.h"
#include "perf.h"
#include "report.h"

static uint16_t next_stream(struct perf_flow *flow)
{
    const struct options *options = flow->perf->node.options;
    uint16_t streams = sctpx_socket_out_streams(flow->socket);
    uint16_t stream = flow->next_stream;

    if (options->streams == OPTION_UNSET || streams == 0)
        return 0;
    flow->next_stream = (uint16_t)((stream + 1) % streams);
    return stream;
}

static void ask_count(struct perf_flow *flow)
{
    flow->is_finishing = true;
    if (perf_send(flow, PERF_COUNT, 0, 1) < 0)
        perf_finish(flow);
    perf_await_answer(flow);
}

/* Takes the length of the next message out of the amount; given back when it is not sent. */
static void fill(struct perf_flow *flow)
{
    struct perf *perf = flow->perf;
    uint64_t length;
    int result;

    while (!flow->is_finishing && perf_take(perf, perf->size, &length)) {
        result = perf_send(flow, PERF_DISCARD, next_stream(flow), (size_t)length);
        if (result < 0) {
            if (perf->amount_left != OPTION_UNSET)
                perf->amount_left += length;
            return;
        }
        perf->sent_bytes += length;
        perf->sent_messages++;
        flow->sent_messages++;
    }
}

static void on_drained(struct perf_flow *flow)
{
    struct perf *perf = flow->perf;

    if (flow->is_finishing)
        return;
    if (!perf->is_time_up && perf->amount_left > 0) {
        fill(flow);
        return;
    }
    perf_note_end(perf);
    ask_count(flow);
}

static void on_connected(struct perf_flow *flow)
{
    struct perf *perf = flow->perf;

    if (++perf->connected < perf->flow_count)
        return;
    perf_begin(perf);
    for (size_t i = 0; i < perf->flow_count; i++) {
        fill(&perf->flows[i]);
        if (perf->flows[i].sent_messages == 0)
            on_drained(&perf->flows[i]); /* nothing was left for it */
    }
}

static void on_time_up(struct perf_flow *flow)
{
    if (sctpx_socket_bytes_to_write(flow->socket, SCTPX_ANY_STREAM) == 0)
        on_drained(flow);
}

/* The answer to PERF_COUNT. */
static void on_message(struct perf_flow *flow)
{
    unsigned long long bytes, messages;
    char text[64] = "";

    if (flow->perf->exit_code != EXIT_DONE)
        return;
    if (flow->message.length < sizeof(text))
        memcpy(text, flow->message.bytes, flow->message.length);
    if (sscanf(text, "%llu %llu", &bytes, &messages) == 2) {
        flow->perf->counted_bytes += bytes;
        flow->perf->counted_messages += messages;
        perf_take_answer(flow);
        perf_finish(flow);
    } else {
        perf_fail_peer(flow->perf);
    }
}

const struct perf_test perf_throughput = {.name = "throughput",
                                          .on_connected = on_connected,
                                          .on_writable = fill,
                                          .on_message = on_message,
                                          .on_drained = on_drained,
                                          .on_time_up = on_time_up};
