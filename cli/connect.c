/* SPDX-License-Identifier: MIT */
/* "sctpx connect": standard input and output through one association. */
#include <stdio.h>
#include <unistd.h>

#include "commands.h"
#include "exit_code.h"
#include "node.h"
#include "pump.h"

enum { FINISH_MS = 5000 };

struct connect {
    struct node node;
    struct pump pump;
};

static void on_end(void *arg, int exit_code)
{
    struct connect *connect = arg;

    runner_stop(&connect->node.runner, exit_code);
}

/* The first signal ends gracefully what is connected, the second one at once. */
static void on_signal(void *arg, int number, unsigned count)
{
    struct connect *connect = arg;

    if (count > 1 || !connect->pump.is_connected)
        runner_stop(&connect->node.runner, EXIT_SIGNAL + number);
    else
        pump_interrupt(&connect->pump, number, FINISH_MS);
}

static int run(struct connect *connect, sctpx_socket *socket)
{
    const struct options *options = connect->node.options;
    int code;

    connect->node.runner.on_signal = on_signal;
    connect->node.runner.signal_arg = connect;
    connect->pump =
        (struct pump){.runner = &connect->node.runner,
                      .socket = socket,
                      .options = options,
                      .in_fd = STDIN_FILENO,
                      .out_fd = STDOUT_FILENO,
                      .at_eof = options->eof == AT_EOF_WAIT ? AT_EOF_WAIT : AT_EOF_CLOSE,
                      .needs_output = true,
                      .on_end = on_end,
                      .arg = connect};
    code = pump_start(&connect->pump);
    if (code == EXIT_DONE)
        code = node_connect(&connect->node, socket);
    if (code == EXIT_DONE)
        code = runner_run(&connect->node.runner);
    pump_release(&connect->pump);
    return code;
}

int connect_run(const struct options *options)
{
    struct connect connect;
    sctpx_socket *socket;
    int code = node_open(&connect.node, options);

    if (code != EXIT_DONE)
        return code;
    code = node_new_socket(&connect.node, &socket);
    if (code == EXIT_DONE) {
        code = run(&connect, socket);
        sctpx_socket_free(socket);
    }
    node_close(&connect.node);
    return code;
}
