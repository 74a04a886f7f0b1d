/* SPDX-License-Identifier: MIT */
/*
 * A shell command for each association. Its standard input ends when the association does; when
 * its output ends the association is closed. It is told who the peer is by its environment.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "children.h"
#include "exit_code.h"
#include "pump.h"
#include "report.h"
#include "service.h"
#include "session.h"

enum { READ_END, WRITE_END };

struct child {
    struct pump pump;
    bool is_open; /* in_fd and out_fd of the pump */
    bool is_input_closed;
};

/* ---- the child process -------------------------------------------------------------------- */

static void set_number(const char *name, unsigned value)
{
    char text[16];

    (void)snprintf(text, sizeof(text), "%u", value);
    (void)setenv(name, text, 1);
}

static void set_environment(const sctpx_socket *socket)
{
    char text[SCTPX_ADDR_TEXT_BYTES] = "";
    sctpx_addr peer;

    if (sctpx_socket_peer_addrs(socket, &peer, 1) > 0)
        (void)sctpx_addr_format(&peer, text, sizeof(text));
    (void)setenv("SCTPX_PEER_ADDR", text, 1);
    set_number("SCTPX_PEER_PORT", sctpx_socket_peer_port(socket));
    set_number("SCTPX_LOCAL_PORT", sctpx_socket_local_port(socket));
}

static _Noreturn void run_command(const struct session *session, const int *input,
                                  const int *output)
{
    (void)setpgid(0, 0);
    runner_reset_signals();
    set_environment(session->socket);
    if (dup2(input[READ_END], STDIN_FILENO) >= 0 && dup2(output[WRITE_END], STDOUT_FILENO) >= 0) {
        (void)close_range(STDERR_FILENO + 1, ~0U, 0);
        execl("/bin/sh", "sh", "-c", session->node->options->exec, (char *)NULL);
    }
    _exit(127);
}

static void close_pipe(const int *ends)
{
    close(ends[READ_END]);
    close(ends[WRITE_END]);
}

static int start_command(struct session *session, int *ret_in_fd, int *ret_out_fd)
{
    int input[2], output[2];
    pid_t pid;

    if (pipe2(input, O_CLOEXEC) < 0)
        return -1;
    if (pipe2(output, O_CLOEXEC) < 0) {
        close_pipe(input);
        return -1;
    }
    pid = fork();
    if (pid == 0)
        run_command(session, input, output);
    if (pid < 0) {
        close_pipe(input);
        close_pipe(output);
        return -1;
    }
    (void)setpgid(pid, pid); /* whoever of the two comes first */
    children_add(pid);
    close(input[READ_END]);
    close(output[WRITE_END]);
    *ret_in_fd = output[READ_END];
    *ret_out_fd = input[WRITE_END];
    return 0;
}

/* ---- the session -------------------------------------------------------------------------- */

static void on_output_end(void *arg)
{
    struct session *session = arg;
    struct child *child = session->state;

    runner_unwatch(&child->pump.out_watch);
    close(child->pump.out_fd);
    child->is_input_closed = true;
}

static void on_end(void *arg, int exit_code)
{
    session_end(arg, exit_code);
}

static void exec_start(struct session *session)
{
    static const char reason[] = "cannot run the command";
    const struct options *options = session->node->options;
    struct child *child = session->state;

    child->pump = (struct pump){.runner = &session->node->runner,
                                .socket = session->socket,
                                .options = options,
                                .at_eof = options->eof == AT_EOF_WAIT ? AT_EOF_WAIT : AT_EOF_CLOSE,
                                .on_output_end = on_output_end,
                                .on_end = on_end,
                                .arg = session};
    if (start_command(session, &child->pump.in_fd, &child->pump.out_fd) < 0) {
        report("cannot run a command: %s", strerror(errno));
        (void)sctpx_socket_abort(session->socket, reason, sizeof(reason) - 1);
        session_end(session, EXIT_FAILED);
        return;
    }
    child->is_open = true;
    if (pump_start(&child->pump) != EXIT_DONE)
        session_end(session, EXIT_FAILED);
}

/* The command gets its own signal, see listen.c. */
static void exec_finish(struct session *session, int number, int deadline_ms)
{
    struct child *child = session->state;

    (void)number;
    pump_finish(&child->pump, deadline_ms);
}

static void exec_release(struct session *session)
{
    struct child *child = session->state;

    pump_release(&child->pump);
    if (!child->is_open)
        return;
    close(child->pump.in_fd);
    if (!child->is_input_closed)
        close(child->pump.out_fd);
}

const struct service service_exec = {.state_size = sizeof(struct child),
                                     .start = exec_start,
                                     .finish = exec_finish,
                                     .release = exec_release};
