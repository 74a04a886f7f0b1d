/* SPDX-License-Identifier: MIT */
/* "sctpx perf client": the parallel associations, their time and their end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "exit_code.h"
#include "perf.h"
#include "report.h"
#include "trace.h"

enum { SECOND_US = 1000000, THROUGHPUT_BYTES = 1024, RR_BYTES = 64, DEFAULT_SECONDS = 10 };

/* So many set up associations at a time, that a server's backlog need not be long. */
enum { SETUPS_AT_ONCE = 32 };

/* ---- for the tests ------------------------------------------------------------------------ */

void perf_begin(struct perf *perf)
{
    const struct options *options = perf->node.options;
    sctpx_time time_us = options->time;

    if (perf->start_us != 0)
        return;
    perf->start_us = sctpx_loop_now(perf->node.runner.loop);
    perf_intervals_begin(perf, perf->start_us);
    if (time_us == OPTION_UNSET && options->amount == OPTION_UNSET)
        time_us = (sctpx_time)DEFAULT_SECONDS * SECOND_US;
    if (time_us != OPTION_UNSET) {
        sctpx_timer_start(perf->end_timer, time_us);
        perf->planned_end_us = perf->start_us + time_us;
    }
    sctpx_timer_start(perf->progress_timer, perf_interval_us(perf));
    perf_silence_begin(perf);
}

void perf_stop(struct perf *perf)
{
    sctpx_timer_start(perf->end_timer, 0);
}

void perf_note_end(struct perf *perf)
{
    perf->end_us = sctpx_loop_now(perf->node.runner.loop);
}

int perf_send(struct perf_flow *flow, enum perf_ppid ppid, size_t length)
{
    const sctpx_sndinfo info = {.ppid = (uint32_t)ppid,
                                .flags = ppid == PERF_ECHO ? 0 : SCTPX_MSG_SACK_NOW};

    return sctpx_socket_write_datagram(flow->socket, flow->perf->payload, length, &info);
}

uint64_t perf_share(const struct perf_flow *flow)
{
    const struct perf *perf = flow->perf;
    uint64_t amount = perf->node.options->amount;

    if (amount == OPTION_UNSET)
        return OPTION_UNSET;
    return amount / perf->flow_count +
           ((uint64_t)(flow - perf->flows) < amount % perf->flow_count ? 1 : 0);
}

bool perf_take(struct perf_flow *flow, uint64_t units, uint64_t *ret_units)
{
    if (flow->perf->is_time_up || flow->left == 0)
        return false;
    *ret_units = units;
    if (flow->left == OPTION_UNSET)
        return true;
    if (units > flow->left)
        *ret_units = flow->left;
    flow->left -= *ret_units;
    return true;
}

void perf_fail(struct perf *perf, int exit_code, const char *text)
{
    if (perf->exit_code == EXIT_DONE) {
        perf->exit_code = exit_code;
        perf_print_failure(perf, text);
        report("%s", text);
    }
    runner_stop(&perf->node.runner, perf->exit_code);
}

void perf_fail_peer(struct perf *perf)
{
    perf_fail(perf, EXIT_FAILED,
              perf->is_server_expected ? "the peer is no sctpx perf server"
                                       : "the peer does not do what --peer says");
}

void perf_finish(struct perf_flow *flow)
{
    if (!flow->is_finishing)
        perf_look_at_path(flow);
    flow->is_finishing = true;
    (void)sctpx_socket_disconnect(flow->socket, SCTPX_FOREVER);
}

/* ---- the end ------------------------------------------------------------------------------ */

static void on_flow_over(struct perf_flow *flow)
{
    struct perf *perf = flow->perf;

    if (flow->is_over)
        return;
    flow->is_over = true;
    if (++perf->over < perf->flow_count)
        return;
    sctpx_timer_stop(perf->progress_timer);
    if (perf->start_us != 0 && perf->exit_code == EXIT_DONE) {
        perf_interval_end(perf, perf->end_us, true);
        perf_print_result(perf);
    }
    runner_stop(&perf->node.runner, perf->exit_code);
}

static void on_end_timer(sctpx_timer *timer, void *arg)
{
    struct perf *perf = arg;

    (void)timer;
    perf->is_time_up = true;
    for (size_t i = 0; i < perf->flow_count; i++)
        if (!perf->flows[i].is_over && perf->test->on_time_up)
            perf->test->on_time_up(&perf->flows[i]);
}

/* A line just before the end would leave a rest too short for one. */
static void on_progress(sctpx_timer *timer, void *arg)
{
    struct perf *perf = arg;
    sctpx_time now = sctpx_loop_now(perf->node.runner.loop), tenth = perf_interval_us(perf) / 10;
    sctpx_time end_us = perf->planned_end_us;

    if (now <= end_us + tenth && end_us <= now + tenth) {
        sctpx_timer_start(timer, end_us + tenth - now + 1);
        return;
    }
    sctpx_timer_start(timer, perf_interval_us(perf));
    perf_interval_end(perf, now, false);
}

/* The first one ends the measurement as if the time were up. */
static void on_signal(void *arg, int number, unsigned count)
{
    struct perf *perf = arg;

    if (count > 1 || perf->start_us == 0) {
        runner_stop(&perf->node.runner, EXIT_SIGNAL + number);
        return;
    }
    perf->signal_number = number;
    perf_await_end(perf);
    perf_stop(perf);
}

/* ---- callbacks of the sockets ------------------------------------------------------------- */

static int start_flow(struct perf *perf);

/* Waiting for others would be measured otherwise: begins when the last one is up. */
static void on_connected(sctpx_socket *socket, void *user)
{
    struct perf_flow *flow = user;
    struct perf *perf = flow->perf;
    int code;

    (void)socket;
    if (perf->test->is_of_setup) {
        perf->test->on_connected(flow);
    } else if (++perf->connected == perf->flow_count) {
        perf_begin(perf);
        for (size_t i = 0; i < perf->flow_count; i++)
            perf->test->on_connected(&perf->flows[i]);
    } else if (perf->started < perf->flow_count) {
        code = start_flow(perf);
        if (code != EXIT_DONE)
            runner_stop(&perf->node.runner, code);
    }
}

static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    struct perf_flow *flow = user;

    (void)stream;
    while (message_read(&flow->message, socket) >= 0)
        if (flow->perf->test->on_message)
            flow->perf->test->on_message(flow);
}

static void on_writable(sctpx_socket *socket, void *user)
{
    struct perf_flow *flow = user;

    (void)socket;
    if (flow->perf->test->on_writable)
        flow->perf->test->on_writable(flow);
}

static void on_drained(sctpx_socket *socket, void *user)
{
    struct perf_flow *flow = user;

    (void)socket;
    if (flow->perf->test->on_drained)
        flow->perf->test->on_drained(flow);
}

/*
 * An association could not be set up: says how many could, and if the server does not answer any
 * more what to do. Returns the exit code.
 */
static int report_few(const struct perf *perf, const sctpx_socket *socket, int error)
{
    bool is_of_setup = perf->test->is_of_setup;
    uint64_t up = is_of_setup ? perf->operations : perf->connected;
    int code = exit_code_of(error);
    char count[64];

    if (code == EXIT_DONE || up == 0)
        return report_end(socket, error);
    if (is_of_setup)
        (void)snprintf(count, sizeof(count), "after %llu associations", (unsigned long long)up);
    else
        (void)snprintf(count, sizeof(count), "%llu of %zu associations are up, but then",
                       (unsigned long long)up, perf->flow_count);
    if (error != SCTPX_ETIMEDOUT) {
        report("%s one failed:", count);
        return report_end(socket, error);
    }
    report("%s the server did not answer: most likely its backlog is\nfull: it gets too many at "
           "once, or accepts no more. Raise its backlog (--backlog of sctpx listen\nand sctpx perf "
           "server), or lower --parallel.",
           count);
    return code;
}

/* It ended with an error. */
static void fail_flow(struct perf *perf, const sctpx_socket *socket, int error)
{
    const char *text = sctpx_socket_error_string(socket);

    if (perf->exit_code == EXIT_DONE) { /* one is enough */
        perf_print_failure(perf, text[0] != '\0' ? text : sctpx_strerror(error));
        perf->exit_code = perf->start_us == 0 || perf->test->is_of_setup
                              ? report_few(perf, socket, error)
                              : report_end(socket, error);
    }
    runner_stop(&perf->node.runner, perf->exit_code);
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    struct perf_flow *flow = user;
    struct perf *perf = flow->perf;
    sctpx_assoc_status status;

    if (sctpx_socket_status(socket, &status) == 0)
        flow->retransmitted_chunks += status.retransmitted_chunks;
    if (error == SCTPX_EPEERSHUTDOWN && !flow->is_finishing) {
        flow->is_over = true;
        perf_fail(perf, EXIT_FAILED, "the server ended the measurement");
    } else if (exit_code_of(error) != EXIT_DONE) {
        flow->is_over = true;
        fail_flow(perf, socket, error);
    } else if (!perf->test->on_closed || !perf->test->on_closed(flow)) {
        on_flow_over(flow);
    }
}

/* ---- the command -------------------------------------------------------------------------- */

/* The next one. */
static int start_flow(struct perf *perf)
{
    struct perf_flow *flow = &perf->flows[perf->started];
    sctpx_socket_callbacks callbacks = {.on_connected = on_connected,
                                        .on_readable = on_readable,
                                        .on_writable = on_writable,
                                        .on_drained = on_drained,
                                        .on_closed = on_closed};
    int code = node_new_socket(&perf->node, &flow->socket);

    if (code != EXIT_DONE)
        return code;
    perf->started++;
    flow->started_us = sctpx_loop_now(perf->node.runner.loop);
    trace_add(&callbacks);
    sctpx_socket_set_callbacks(flow->socket, &callbacks, flow);
    return node_connect(&perf->node, flow->socket);
}

static void set_direction(struct perf *perf)
{
    const struct options *options = perf->node.options;

    perf->is_server_expected = options->peer == PERF_PEER_SERVER;
    perf->asks_server = options->reverse || options->bidir;
    perf->sends = !options->reverse && options->peer != PERF_PEER_CHARGEN;
    perf->receives =
        perf->asks_server || options->peer == PERF_PEER_ECHO || options->peer == PERF_PEER_CHARGEN;
}

static int allocate(struct perf *perf)
{
    const struct options *options = perf->node.options;
    sctpx_loop *loop = perf->node.runner.loop;

    set_direction(perf);
    perf->flow_count = (size_t)options->parallel;
    if (perf->test == &perf_setup && perf->flow_count > options->amount)
        perf->flow_count = (size_t)options->amount;
    perf->size = options->rr ? RR_BYTES : THROUGHPUT_BYTES;
    if (options->size != OPTION_UNSET)
        perf->size = (size_t)options->size;
    perf->flows = calloc(perf->flow_count, sizeof(*perf->flows));
    perf->payload = malloc(perf->size);
    if (!perf->flows || !perf->payload || perf_intervals_new(&perf->intervals) < 0 ||
        sctpx_timer_new(loop, on_progress, perf, &perf->progress_timer) < 0 ||
        sctpx_timer_new(loop, on_end_timer, perf, &perf->end_timer) < 0 ||
        perf_silence_new(perf) < 0)
        return report_failure("cannot begin", SCTPX_ENOMEM);
    memset(perf->payload, 'x', perf->size);
    for (size_t i = 0; i < perf->flow_count; i++) {
        perf->flows[i].perf = perf;
        perf->flows[i].left = perf_share(&perf->flows[i]);
    }
    return EXIT_DONE;
}

static int run(struct perf *perf)
{
    int code = allocate(perf);
    size_t at_once = SETUPS_AT_ONCE;

    if (perf->test->is_of_setup || at_once > perf->flow_count)
        at_once = perf->flow_count;
    perf->node.runner.on_signal = on_signal;
    perf->node.runner.signal_arg = perf;
    if (code == EXIT_DONE && perf->test == &perf_setup)
        perf_begin(perf);
    while (code == EXIT_DONE && perf->started < at_once)
        code = start_flow(perf);
    return code == EXIT_DONE ? runner_run(&perf->node.runner) : code;
}

static void release(struct perf *perf)
{
    for (size_t i = 0; perf->flows && i < perf->flow_count; i++) {
        sctpx_socket_free(perf->flows[i].socket);
        message_free(&perf->flows[i].message);
    }
    sctpx_timer_free(perf->progress_timer);
    sctpx_timer_free(perf->end_timer);
    sctpx_timer_free(perf->answer_timer);
    sctpx_timer_free(perf->silence_timer);
    free(perf->flows);
    free(perf->payload);
    perf_intervals_free(perf->intervals);
}

/* What the others have not told yet: it could not even begin, or a signal ended it. */
static void tell_failure(struct perf *perf, int code)
{
    const char *text = "";

    if (code == EXIT_DONE || code == EXIT_USAGE)
        return;
    if (perf->flows && perf->flows[0].socket)
        text = sctpx_socket_error_string(perf->flows[0].socket);
    if (code > EXIT_SIGNAL)
        text = "ended by a signal before it was done";
    perf_print_failure(perf, text[0] != '\0' ? text : "it could not begin: see standard error");
}

int perf_client_run(const struct options *options)
{
    struct perf *perf = calloc(1, sizeof(*perf));
    int code;

    if (!perf)
        return report_failure("cannot begin", SCTPX_ENOMEM);
    perf->test = options->rr ? &perf_rr : options->setup ? &perf_setup : &perf_throughput;
    code = node_open(&perf->node, options);
    if (code == EXIT_DONE) {
        code = run(perf);
        tell_failure(perf, code);
        release(perf);
        node_close(&perf->node);
    }
    free(perf);
    return code;
}
