/* SPDX-License-Identifier: MIT */
/*
 * Throughput: messages round robin over the streams, as many as the write limit takes, or the same
 * from the server on request, or both. The time ends when everything is acknowledged; then the
 * server is asked what it got, or tells what it sent. Other peers echo, discard, or send unasked.
 */
#include "exit_code.h"
#include "perf.h"

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

static void finish_if_done(struct perf_flow *flow)
{
    if (!flow->is_sending && !flow->is_receiving && !flow->is_finishing)
        perf_finish(flow);
}

/* ---- sending ------------------------------------------------------------------------------ */

/* The last message asks for its SACK (RFC 7053), else the end would wait for a delayed one. */
static int send_data(struct perf_flow *flow, size_t length)
{
    const sctpx_sndinfo info = {.stream = next_stream(flow),
                                .ppid = PERF_DISCARD,
                                .flags = flow->left == 0 ? SCTPX_MSG_SACK_NOW : 0};

    return sctpx_socket_write_datagram(flow->socket, flow->perf->payload, length, &info);
}

/* Takes the length of the next message out of the amount; given back when it is not sent. */
static void fill(struct perf_flow *flow)
{
    struct perf *perf = flow->perf;
    uint64_t length;
    int result;

    while (flow->is_sending && !flow->is_asking && perf_take(flow, perf->size, &length)) {
        result = send_data(flow, (size_t)length);
        if (result < 0) {
            if (flow->left != OPTION_UNSET)
                flow->left += length;
            return;
        }
        perf->sent_bytes += length;
        perf->sent_messages++;
        flow->sent_bytes += length;
        flow->sent_messages++;
    }
}

/* All is sent to a peer that is no server of ours. One that echoes may not be done. */
static void end_sending(struct perf_flow *flow)
{
    flow->is_sending = false;
    if (flow->is_receiving && flow->received_bytes >= flow->sent_bytes)
        flow->is_receiving = false;
    if (flow->is_receiving)
        perf_await_answer(flow);
    finish_if_done(flow);
}

static void ask_count(struct perf_flow *flow)
{
    flow->is_asking = true;
    if (perf_send(flow, PERF_COUNT, 1) < 0)
        perf_finish(flow);
    perf_await_answer(flow);
}

static void on_drained(struct perf_flow *flow)
{
    struct perf *perf = flow->perf;

    if (!flow->is_sending || flow->is_asking || perf->start_us == 0)
        return;
    if (!perf->is_time_up && flow->left > 0) {
        fill(flow);
        return;
    }
    perf_note_end(perf);
    if (perf->is_server_expected)
        ask_count(flow);
    else
        end_sending(flow);
}

/* ---- receiving ---------------------------------------------------------------------------- */

static void ask_to_send(struct perf_flow *flow)
{
    const struct perf *perf = flow->perf;
    const uint64_t share = perf_share(flow);
    const uint64_t request[] = {PERF_VERSION, perf->size, share != OPTION_UNSET ? share : 0,
                                perf->node.options->streams != OPTION_UNSET};

    if (perf_say(flow->socket, PERF_SEND, 4, request) < 0)
        perf_finish(flow);
    perf_await_answer(flow);
}

static void ask_to_stop(struct perf_flow *flow)
{
    int result = perf_send(flow, PERF_STOP, 1);

    flow->must_stop = result == SCTPX_EWOULDBLOCK;
    if (result < 0)
        return;
    flow->is_stopping = true;
    perf_await_answer(flow);
}

static void end_receiving(struct perf_flow *flow)
{
    flow->is_receiving = false;
    flow->must_stop = false;
    perf_note_end(flow->perf);
    finish_if_done(flow);
}

static void take_data(struct perf_flow *flow)
{
    struct perf *perf = flow->perf;
    uint64_t length = flow->message.length;

    if (!flow->is_receiving)
        return;
    flow->received_bytes += length;
    flow->received_messages++;
    perf->received_bytes += length;
    perf->received_messages++;
    perf_await_longer(flow);
    if (perf->sends && !perf->is_server_expected) {
        if (!flow->is_sending && flow->received_bytes >= flow->sent_bytes) {
            perf_take_answer(flow);
            end_receiving(flow);
        }
    } else if (!perf->sends && !perf->is_server_expected) {
        if (perf_take(flow, length, &length) && flow->left == 0)
            end_receiving(flow);
    }
}

/* ---- what the server says ----------------------------------------------------------------- */

/* The answer to PERF_COUNT. */
static bool take_count(struct perf_flow *flow)
{
    uint64_t numbers[2];

    if (!flow->is_asking || !flow->is_sending || !perf_parse(&flow->message, 2, numbers))
        return false;
    flow->perf->counted_bytes += numbers[0];
    flow->perf->counted_messages += numbers[1];
    flow->is_sending = false;
    perf_take_answer(flow);
    finish_if_done(flow);
    return true;
}

/* The answer to PERF_SEND: it does, or will not. */
static bool take_consent(struct perf_flow *flow)
{
    uint64_t version;

    if (!flow->is_receiving || !perf_parse(&flow->message, 1, &version))
        return false;
    perf_take_answer(flow);
    if (version == PERF_VERSION)
        return true;
    perf_fail(flow->perf, EXIT_FAILED, "the server refuses to send");
    return true;
}

/* It has sent everything: the answer to PERF_STOP, or unasked. */
static bool take_end(struct perf_flow *flow)
{
    struct perf *perf = flow->perf;
    uint64_t numbers[3];

    if (!flow->is_receiving || !perf_parse(&flow->message, 3, numbers))
        return false;
    perf->server_sent_bytes += numbers[0];
    perf->server_sent_messages += numbers[1];
    perf->server_retransmitted_chunks += numbers[2];
    if (flow->is_stopping)
        perf_take_answer(flow);
    end_receiving(flow);
    return true;
}

/* Data that was not asked for comes from a server of another kind. */
static bool take_message(struct perf_flow *flow)
{
    switch (flow->message.info.ppid) {
    case PERF_COUNT:
        return take_count(flow);
    case PERF_SEND:
        return take_consent(flow);
    case PERF_STOP:
        return take_end(flow);
    default:
        take_data(flow);
        return flow->perf->receives;
    }
}

static void on_message(struct perf_flow *flow)
{
    if (flow->perf->exit_code != EXIT_DONE)
        return;
    if (!flow->perf->is_server_expected)
        take_data(flow);
    else if (!take_message(flow))
        perf_fail_peer(flow->perf);
}

/* ---- the course --------------------------------------------------------------------------- */

static void on_connected(struct perf_flow *flow)
{
    const struct perf *perf = flow->perf;

    flow->is_sending = perf->sends;
    flow->is_receiving = perf->receives;
    if (perf->asks_server)
        ask_to_send(flow);
    if (!perf->sends && flow->left == 0)
        end_receiving(flow); /* nothing was left for it */
    if (!perf->sends)
        return;
    fill(flow);
    if (flow->sent_messages == 0)
        on_drained(flow); /* nothing was left for it */
}

static void on_writable(struct perf_flow *flow)
{
    if (flow->must_stop)
        ask_to_stop(flow);
    fill(flow);
}

static void on_time_up(struct perf_flow *flow)
{
    struct perf *perf = flow->perf;

    if (sctpx_socket_bytes_to_write(flow->socket, SCTPX_ANY_STREAM) == 0)
        on_drained(flow);
    if (!flow->is_receiving)
        return;
    if (perf->asks_server)
        ask_to_stop(flow);
    else if (!perf->sends)
        end_receiving(flow);
}

const struct perf_test perf_throughput = {.name = "throughput",
                                          .on_connected = on_connected,
                                          .on_writable = on_writable,
                                          .on_message = on_message,
                                          .on_drained = on_drained,
                                          .on_time_up = on_time_up};
