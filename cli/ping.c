/* SPDX-License-Identifier: MIT */
/* "sctpx ping": in each round one HEARTBEAT (RFC 9260 8.3) on every path. */
#include <stdio.h>

#include "commands.h"
#include "exit_code.h"
#include "node.h"
#include "report.h"
#include "trace.h"

enum { FINISH_MS = 5000, SECOND_US = 1000000 };

struct ping_path {
    uint64_t sent, received;
    sctpx_time min_us, max_us, sum_us;
    bool is_waiting; /* for an answer */
};

struct ping {
    struct node node;
    sctpx_socket *socket;
    sctpx_timer *timer;
    uint64_t rounds, wanted_rounds;
    sctpx_time interval_us;
    bool is_finishing;
    struct ping_path paths[SCTPX_MAX_PATHS];
};

/* ---- output ------------------------------------------------------------------------------- */

static void format_path(const struct ping *ping, size_t path, char *text)
{
    sctpx_path_status status;

    if (sctpx_socket_path_status(ping->socket, path, &status) < 0 ||
        sctpx_addr_format(&status.remote, text, SCTPX_ADDR_TEXT_BYTES) < 0)
        (void)snprintf(text, SCTPX_ADDR_TEXT_BYTES, "path %zu", path);
}

static void print_path_summary(const struct ping *ping, size_t i)
{
    const struct ping_path *path = &ping->paths[i];
    char text[SCTPX_ADDR_TEXT_BYTES];

    format_path(ping, i, text);
    printf("%s: %llu sent, %llu answered", text, (unsigned long long)path->sent,
           (unsigned long long)path->received);
    if (path->received > 0)
        printf(", rtt min/avg/max %.3f/%.3f/%.3f ms", (double)path->min_us / 1e3,
               (double)path->sum_us / (double)path->received / 1e3, (double)path->max_us / 1e3);
    putchar('\n');
}

/* Returns whether there was any answer. */
static bool print_summary(const struct ping *ping)
{
    uint64_t received = 0;

    printf("--- %s SCTP port %u\n", ping->node.options->host, (unsigned)ping->node.options->port);
    for (size_t i = 0; i < SCTPX_MAX_PATHS; i++) {
        if (ping->paths[i].sent > 0)
            print_path_summary(ping, i);
        received += ping->paths[i].received;
    }
    fflush(stdout);
    return received > 0;
}

/* ---- rounds ------------------------------------------------------------------------------- */

static void finish(struct ping *ping)
{
    if (ping->is_finishing)
        return;
    ping->is_finishing = true;
    sctpx_timer_stop(ping->timer);
    (void)sctpx_socket_disconnect(ping->socket, FINISH_MS);
}

static bool is_waiting(const struct ping *ping)
{
    for (size_t i = 0; i < SCTPX_MAX_PATHS; i++)
        if (ping->paths[i].is_waiting)
            return true;
    return false;
}

static void send_round(struct ping *ping)
{
    size_t count = sctpx_socket_path_count(ping->socket);

    for (size_t i = 0; i < count && i < SCTPX_MAX_PATHS; i++) {
        if (sctpx_socket_heartbeat(ping->socket, i) < 0)
            continue;
        ping->paths[i].sent++;
        ping->paths[i].is_waiting = true;
    }
}

/* What was not answered when the next round is due counts as lost. */
static void print_lost(struct ping *ping)
{
    char text[SCTPX_ADDR_TEXT_BYTES];

    for (size_t i = 0; i < SCTPX_MAX_PATHS; i++) {
        if (!ping->paths[i].is_waiting)
            continue;
        ping->paths[i].is_waiting = false;
        format_path(ping, i, text);
        printf("%s: path=%zu round=%llu no answer\n", text, i, (unsigned long long)ping->rounds);
    }
    fflush(stdout);
}

/* The last round gets at least a second for its answers. */
static void on_timer(sctpx_timer *timer, void *arg)
{
    struct ping *ping = arg;
    sctpx_time delay_us = ping->interval_us;

    print_lost(ping);
    if (ping->rounds == ping->wanted_rounds) {
        finish(ping);
        return;
    }
    ping->rounds++;
    send_round(ping);
    if (ping->rounds == ping->wanted_rounds && delay_us < SECOND_US)
        delay_us = SECOND_US;
    sctpx_timer_start(timer, delay_us);
}

/* ---- callbacks ---------------------------------------------------------------------------- */

static void on_connected(sctpx_socket *socket, void *user)
{
    struct ping *ping = user;

    printf("PING %s SCTP port %u: %zu path(s)\n", ping->node.options->host,
           (unsigned)ping->node.options->port, sctpx_socket_path_count(socket));
    fflush(stdout);
    sctpx_timer_start(ping->timer, 0);
}

static void on_heartbeat(sctpx_socket *socket, void *user, size_t path, sctpx_time rtt_us)
{
    struct ping *ping = user;
    char text[SCTPX_ADDR_TEXT_BYTES];
    struct ping_path *p;

    (void)socket;
    if (path >= SCTPX_MAX_PATHS || !ping->paths[path].is_waiting)
        return;
    p = &ping->paths[path];
    p->is_waiting = false;
    if (p->received == 0 || rtt_us < p->min_us)
        p->min_us = rtt_us;
    if (rtt_us > p->max_us)
        p->max_us = rtt_us;
    p->received++;
    p->sum_us += rtt_us;
    format_path(ping, path, text);
    printf("%s: path=%zu round=%llu time=%.3f ms\n", text, path, (unsigned long long)ping->rounds,
           (double)rtt_us / 1e3);
    fflush(stdout);
    if (ping->rounds == ping->wanted_rounds && !is_waiting(ping))
        finish(ping);
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    struct ping *ping = user;
    int code = report_end(socket, error);
    bool was_connected = ping->rounds > 0;

    if (was_connected && !print_summary(ping) && code == EXIT_DONE)
        code = EXIT_NO_REPLY;
    runner_stop(&ping->node.runner, code);
}

static void on_signal(void *arg, int number, unsigned count)
{
    struct ping *ping = arg;

    if (count > 1 || ping->rounds == 0)
        runner_stop(&ping->node.runner, EXIT_SIGNAL + number);
    else
        finish(ping);
}

static int run(struct ping *ping)
{
    const struct options *options = ping->node.options;
    sctpx_socket_callbacks callbacks = {
        .on_connected = on_connected, .on_heartbeat = on_heartbeat, .on_closed = on_closed};
    int code;

    ping->wanted_rounds = options->count;
    ping->interval_us = options->interval != OPTION_UNSET ? options->interval : SECOND_US;
    ping->node.runner.on_signal = on_signal;
    ping->node.runner.signal_arg = ping;
    if (sctpx_timer_new(ping->node.runner.loop, on_timer, ping, &ping->timer) < 0)
        return report_failure("cannot make a timer", SCTPX_ENOMEM);
    trace_add(&callbacks);
    sctpx_socket_set_callbacks(ping->socket, &callbacks, ping);
    code = node_connect(&ping->node, ping->socket);
    return code == EXIT_DONE ? runner_run(&ping->node.runner) : code;
}

int ping_run(const struct options *options)
{
    struct ping ping = {.rounds = 0};
    int code = node_open(&ping.node, options);

    if (code != EXIT_DONE)
        return code;
    code = node_new_socket(&ping.node, &ping.socket);
    if (code == EXIT_DONE) {
        code = run(&ping);
        sctpx_timer_free(ping.timer);
        sctpx_socket_free(ping.socket);
    }
    node_close(&ping.node);
    return code;
}
