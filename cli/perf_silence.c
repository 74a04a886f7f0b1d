/* SPDX-License-Identifier: MIT */
/* "sctpx perf client": whether the server still answers. */
#include "exit_code.h"
#include "perf.h"

enum { SECOND_US = 1000000 };

/* For an answer, and for the end after a signal. */
enum { ANSWER_US = 5 * SECOND_US };

/* How long nothing may come while something is awaited: when the time is over, and before. */
enum { SILENCE_AFTER_US = 5 * SECOND_US, SILENCE_DURING_US = 10 * SECOND_US };

enum { LOOK_US = SECOND_US / 4 };

/* ---- answers ------------------------------------------------------------------------------ */

void perf_await_answer(struct perf_flow *flow)
{
    flow->awaited++;
    flow->perf->awaited++;
    perf_await_longer(flow);
}

void perf_await_longer(struct perf_flow *flow)
{
    if (flow->awaited > 0 && flow->perf->signal_number == 0)
        sctpx_timer_start(flow->perf->answer_timer, ANSWER_US);
}

void perf_take_answer(struct perf_flow *flow)
{
    struct perf *perf = flow->perf;

    if (flow->awaited == 0)
        return;
    perf->has_answered = true;
    flow->awaited--;
    if (--perf->awaited == 0 && perf->signal_number == 0)
        sctpx_timer_stop(perf->answer_timer);
}

void perf_await_end(struct perf *perf)
{
    sctpx_timer_start(perf->answer_timer, ANSWER_US);
}

/* ---- silence ------------------------------------------------------------------------------ */

static size_t waiting(const struct perf_flow *flow)
{
    return sctpx_socket_bytes_to_write(flow->socket, SCTPX_ANY_STREAM);
}

/* Changes with all that is acknowledged or comes, of messages each part. */
static uint64_t heard_on(const struct perf_flow *flow)
{
    uint64_t heard = flow->sent_bytes + flow->received_bytes + flow->operations - waiting(flow);
    sctpx_assoc_status status;

    if (sctpx_socket_status(flow->socket, &status) == 0)
        heard += status.received_bytes;
    return heard;
}

/* A set-up has a time limit of its own (--timeout). */
static bool awaits_something(const struct perf_flow *flow)
{
    const struct perf *perf = flow->perf;

    if (flow->is_over)
        return false;
    return !perf->test->is_of_setup || flow->is_finishing ||
           (perf->is_time_up && perf->operations > 0);
}

static bool is_unacknowledged(const struct perf *perf)
{
    for (size_t i = 0; i < perf->flow_count; i++)
        if (!perf->flows[i].is_over && waiting(&perf->flows[i]) > 0)
            return true;
    return false;
}

static sctpx_time silence_us(const struct perf *perf)
{
    return sctpx_loop_now(perf->node.runner.loop) - perf->heard_us;
}

static void fail_silent(struct perf *perf)
{
    perf_fail(perf, EXIT_LOST, "the server stopped answering");
}

/* While an answer is awaited the other timer tells a silent server from one that is none. */
static void on_silence_timer(sctpx_timer *timer, void *arg)
{
    struct perf *perf = arg;
    sctpx_time limit = perf->is_time_up ? SILENCE_AFTER_US : SILENCE_DURING_US;
    bool awaits = false;
    uint64_t heard = 0;

    sctpx_timer_start(timer, LOOK_US);
    for (size_t i = 0; i < perf->flow_count; i++) {
        const struct perf_flow *flow = &perf->flows[i];

        if (flow->socket)
            heard += heard_on(flow);
        awaits = awaits || awaits_something(flow);
    }
    if (!awaits || heard != perf->heard) {
        perf->heard = heard;
        perf->heard_us = sctpx_loop_now(perf->node.runner.loop);
    } else if (perf->awaited == 0 && silence_us(perf) >= limit) {
        fail_silent(perf);
    }
}

/* No answer came, or the first signal could not end it. What waits may be long in coming. */
static void on_answer_timer(sctpx_timer *timer, void *arg)
{
    struct perf *perf = arg;
    bool is_silent = silence_us(perf) >= ANSWER_US - SECOND_US;
    bool must_come = is_unacknowledged(perf);

    if (!is_silent && must_come && perf->signal_number == 0)
        sctpx_timer_start(timer, ANSWER_US);
    else if (is_silent && (must_come || (perf->awaited > 0 && perf->has_answered)))
        fail_silent(perf);
    else if (perf->awaited > 0)
        perf_fail_peer(perf);
    else
        perf_fail(perf, EXIT_SIGNAL + perf->signal_number, "ended by a signal before it was done");
}

int perf_silence_new(struct perf *perf)
{
    sctpx_loop *loop = perf->node.runner.loop;
    int result = sctpx_timer_new(loop, on_answer_timer, perf, &perf->answer_timer);

    return result < 0 ? result
                      : sctpx_timer_new(loop, on_silence_timer, perf, &perf->silence_timer);
}

void perf_silence_begin(struct perf *perf)
{
    perf->heard_us = sctpx_loop_now(perf->node.runner.loop);
    sctpx_timer_start(perf->silence_timer, LOOK_US);
}
