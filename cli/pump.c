/* SPDX-License-Identifier: MIT */
#include "pump.h"

#include <stdlib.h>

#include "exit_code.h"
#include "report.h"
#include "trace.h"

static void on_connected(sctpx_socket *socket, void *user)
{
    struct pump *pump = user;

    (void)socket;
    pump->is_connected = true;
    pump_input_run(pump);
}

static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    (void)socket;
    (void)stream;
    pump_output_run(user);
}

static void on_writable(sctpx_socket *socket, void *user)
{
    struct pump *pump = user;

    (void)socket;
    pump->is_blocked = false;
    pump_input_run(pump);
}

static void on_peer_shutdown(sctpx_socket *socket, void *user)
{
    struct pump *pump = user;

    (void)socket;
    pump_input_stop(pump);
    pump->is_peer_closing = true;
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    struct pump *pump = user;

    /* An abort of our own has been explained already. */
    if (pump->exit_code == EXIT_DONE)
        pump->exit_code = report_end(socket, error);
    pump->has_ended = true;
    pump_input_stop(pump);
    pump->is_peer_closing = true;
    pump_output_run(pump);
}

int pump_start(struct pump *pump)
{
    sctpx_socket_callbacks callbacks = {.on_connected = on_connected,
                                        .on_readable = on_readable,
                                        .on_writable = on_writable,
                                        .on_peer_shutdown = on_peer_shutdown,
                                        .on_closed = on_closed};
    int code;

    pump->is_connected = sctpx_socket_state(pump->socket) == SCTPX_CONNECTED;
    code = pump_input_start(pump);
    if (code != EXIT_DONE)
        return code;
    pump_output_start(pump);
    trace_add(&callbacks);
    sctpx_socket_set_callbacks(pump->socket, &callbacks, pump);
    pump_input_run(pump);
    return EXIT_DONE;
}

void pump_finish(struct pump *pump, int deadline_ms)
{
    pump->is_finishing = true;
    pump_input_stop(pump);
    (void)sctpx_socket_disconnect(pump->socket, deadline_ms);
}

void pump_interrupt(struct pump *pump, int number, int deadline_ms)
{
    if (!pump->is_finishing && !pump->is_peer_closing && pump->exit_code == EXIT_DONE)
        pump->exit_code = EXIT_SIGNAL + number;
    pump_finish(pump, deadline_ms);
}

void pump_end(struct pump *pump)
{
    pump->on_end(pump->arg, pump->exit_code);
}

void pump_release(struct pump *pump)
{
    runner_unwatch(&pump->in_watch);
    runner_unwatch(&pump->out_watch);
    sctpx_timer_free(pump->linger_timer);
    free(pump->in_bytes);
    message_free(&pump->message);
    pump->in_bytes = NULL;
    pump->linger_timer = NULL;
}
