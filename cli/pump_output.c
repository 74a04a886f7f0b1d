/* SPDX-License-Identifier: MIT */
/* From the association to the output. */
#include "pump.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
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

/* Returns whether all of it is written (or thrown away). */
static bool write_part(struct pump *pump, const void *part, size_t length, size_t *done)
{
    const char *bytes = part;

    while (!pump->out_broken && *done < length) {
        ssize_t written = write_piece(pump, bytes + *done, length - *done);

        if (written <= 0)
            break;
        *done += (size_t)written;
    }
    return pump->out_broken || *done == length;
}

static bool write_message(struct pump *pump)
{
    struct message *message = &pump->message;

    if (!write_part(pump, pump->head, pump->head_length, &pump->head_done) ||
        !write_part(pump, message->bytes, message->length, &pump->out_done) ||
        !write_part(pump, "\n", pump->tail_length, &pump->tail_done))
        return false;
    pump->head_length = pump->head_done = 0;
    message->length = pump->out_done = 0;
    pump->tail_length = pump->tail_done = 0;
    return true;
}

/* What goes around the message that was just read. */
static void begin_line(struct pump *pump)
{
    const sctpx_rcvinfo *info = &pump->message.info;

    if (!pump->options->lines)
        return;
    pump->tail_length = 1;
    if (pump->options->show_info)
        pump->head_length = (size_t)snprintf(pump->head, sizeof(pump->head),
                                             "stream %u, ppid %lu: ", (unsigned)info->stream,
                                             (unsigned long)info->ppid);
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
        begin_line(pump);
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
