/* SPDX-License-Identifier: MIT */
/* From the association to the output. */
#include "pump.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exit_code.h"
#include "report.h"

static void on_broken(struct pump *pump)
{
    static const char reason[] = "output closed";

    pump->out_broken = true;
    runner_unwatch(&pump->out_watch);
    if (!pump->needs_output)
        return;
    if (pump->exit_code == EXIT_DONE) {
        report("cannot write the output: %s", strerror(errno));
        pump->exit_code = EXIT_FAILED;
    }
    (void)sctpx_socket_abort(pump->socket, reason, sizeof(reason) - 1);
}

/*
 * Pipes that can be written at all take PIPE_BUF bytes without waiting (pipe(7)); their mode is
 * shared with others and stays as it is. So a slow reader never keeps the loop from running.
 */
static bool is_ready(const struct pump *pump)
{
    struct pollfd slot = {.fd = pump->out_fd, .events = POLLOUT};

    return pump->out_piece > PIPE_BUF || poll(&slot, 1, 0) > 0;
}

/* Returns the bytes written, 0 if it takes none now, -1 if it is broken. */
static ssize_t write_piece(struct pump *pump, const void *bytes, size_t length)
{
    ssize_t written;

    if (!is_ready(pump))
        return 0;
    if (length > pump->out_piece)
        length = pump->out_piece;
    written = write(pump->out_fd, bytes, length);
    if (written < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (written < 0)
        on_broken(pump);
    return written;
}

/* Returns whether all of the message is written (or thrown away). */
static bool write_message(struct pump *pump)
{
    struct message *message = &pump->message;
    ssize_t written = 1;

    while (written > 0 && !pump->out_broken && pump->out_done < message->length) {
        written =
            write_piece(pump, message->bytes + pump->out_done, message->length - pump->out_done);
        if (written > 0)
            pump->out_done += (size_t)written;
    }
    while (written > 0 && !pump->out_broken && pump->newline_due) {
        written = write_piece(pump, "\n", 1);
        if (written > 0)
            pump->newline_due = false;
    }
    if (!pump->out_broken && (pump->out_done < message->length || pump->newline_due))
        return false;
    pump->out_done = message->length = 0;
    pump->newline_due = false;
    return true;
}

void pump_output_run(struct pump *pump)
{
    while (write_message(pump)) {
        if (message_read(&pump->message, pump->socket) < 0) {
            pump->out_watch.events = 0;
            if (!pump->has_ended)
                return;
            if (pump->on_output_end)
                pump->on_output_end(pump->arg);
            pump_end(pump);
            return;
        }
        pump->newline_due = pump->options->lines;
        pump_input_on_received(pump);
    }
    pump->out_watch.events = POLLOUT;
}

static void on_output(void *arg)
{
    pump_output_run(arg);
}

void pump_output_start(struct pump *pump)
{
    struct stat status;

    pump->out_piece = PIPE_BUF;
    if (fstat(pump->out_fd, &status) == 0 && S_ISREG(status.st_mode))
        pump->out_piece = SSIZE_MAX;
    runner_watch(pump->runner, &pump->out_watch, pump->out_fd, on_output, pump);
}
