/* SPDX-License-Identifier: MIT */
/* From the input to the association. */
#include "pump.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "exit_code.h"
#include "report.h"
#include "trace.h"

enum { PIECE_BYTES = 16 << 10, LINE_BYTES = 1 << 20 };

/* ---- at the end of the input -------------------------------------------------------------- */

static void restart_linger(struct pump *pump)
{
    if (pump->linger_timer)
        sctpx_timer_start(pump->linger_timer, pump->options->linger);
}

/* It was silent; but what is on its way to the peer may still bring answers. */
static void on_linger(sctpx_timer *timer, void *arg)
{
    struct pump *pump = arg;

    (void)timer;
    if (sctpx_socket_bytes_to_write(pump->socket, SCTPX_ANY_STREAM) > 0)
        restart_linger(pump);
    else
        pump_finish(pump, SCTPX_FOREVER);
}

static void on_input_sent(struct pump *pump)
{
    if (pump->at_eof == AT_EOF_WAIT || pump->is_finishing || !pump->is_connected)
        return;
    if (pump->options->linger != OPTION_UNSET && pump->linger_timer)
        restart_linger(pump);
    else
        pump_finish(pump, SCTPX_FOREVER);
}

void pump_input_on_received(struct pump *pump)
{
    if (pump->linger_timer && sctpx_timer_is_running(pump->linger_timer))
        restart_linger(pump);
}

/*
 * Whether there is input that was not read. It stays where it is if possible: the next association
 * may want it. What a child process still writes is not missed by anybody.
 */
static bool is_input_waiting(const struct pump *pump)
{
    struct pollfd slot = {.fd = pump->in_fd, .events = POLLIN};
    int waiting;
    char byte;

    if (!pump->in_watch.runner || !pump->needs_output)
        return false;
    if (ioctl(pump->in_fd, FIONREAD, &waiting) == 0)
        return waiting != 0;
    return poll(&slot, 1, 0) > 0 && (slot.revents & POLLIN) && read(pump->in_fd, &byte, 1) > 0;
}

void pump_input_stop(struct pump *pump)
{
    if (pump->exit_code == EXIT_DONE && !pump->is_finishing &&
        (pump->in_length > 0 || is_input_waiting(pump))) {
        report("the peer closed the association before all of the input was sent");
        pump->exit_code = EXIT_FAILED;
    }
    runner_unwatch(&pump->in_watch);
    pump->in_ended = true;
    pump->in_length = 0;
    if (pump->linger_timer)
        sctpx_timer_stop(pump->linger_timer);
}

/* ---- sending ------------------------------------------------------------------------------ */

static void consume(struct pump *pump, size_t length)
{
    pump->in_start += length;
    pump->in_length -= length;
}

/*
 * How long the next message is: up to the end of the line, or whatever is there. 0 = not all of the
 * line is there. ret_skip tells what goes with it without being sent.
 */
static size_t next_length(const struct pump *pump, size_t *ret_skip)
{
    const char *bytes = pump->in_bytes + pump->in_start, *end;

    *ret_skip = 0;
    if (!pump->options->lines || pump->in_length == 0)
        return pump->in_length;
    end = memchr(bytes, '\n', pump->in_length);
    if (end) {
        *ret_skip = 1;
        return (size_t)(end - bytes);
    }
    return pump->in_ended || pump->in_length == pump->in_capacity ? pump->in_length : 0;
}

static long send_some(struct pump *pump)
{
    const char *bytes = pump->in_bytes + pump->in_start;
    size_t skip, length;
    long result;

    if (pump->options->bytes) {
        result = sctpx_socket_write(pump->socket, bytes, pump->in_length);
        if (result > 0)
            consume(pump, (size_t)result);
        return result;
    }
    length = next_length(pump, &skip);
    if (length + skip == 0)
        return 0;
    result =
        length == 0 ? 0 : sctpx_socket_write_datagram(pump->socket, bytes, length, &pump->info);
    if (result < 0)
        return result;
    if (length > 0)
        trace_sent(pump->socket, length, &pump->info);
    consume(pump, length + skip);
    return (long)(length + skip);
}

static void on_send_error(struct pump *pump, int error)
{
    if (error == SCTPX_ESTREAM)
        report("no stream %u in this association (it has %u): --stream is too large",
               (unsigned)pump->info.stream, (unsigned)sctpx_socket_out_streams(pump->socket));
    else
        report("cannot send: %s", sctpx_strerror(error));
    pump->exit_code = EXIT_FAILED;
    pump_finish(pump, SCTPX_FOREVER);
}

/* Returns whether there is room to read more. */
static bool send_all(struct pump *pump)
{
    long result;

    while (pump->in_length > 0) {
        result = send_some(pump);
        if (result == 0)
            break; /* an incomplete line */
        if (result == SCTPX_EWOULDBLOCK) {
            pump->is_blocked = true;
            return false;
        }
        if (result == SCTPX_ESTATE)
            return false; /* ending: on_peer_shutdown or on_closed tells */
        if (result < 0) {
            on_send_error(pump, (int)result);
            return false;
        }
    }
    if (pump->in_start > 0)
        memmove(pump->in_bytes, pump->in_bytes + pump->in_start, pump->in_length);
    pump->in_start = 0;
    return pump->in_length < pump->in_capacity;
}

void pump_input_run(struct pump *pump)
{
    bool has_room = false;

    if (pump->is_connected && !pump->is_blocked && !pump->is_finishing && !pump->has_ended) {
        has_room = send_all(pump);
        if (has_room && pump->in_ended && pump->in_length == 0)
            on_input_sent(pump);
    }
    pump->in_watch.events = has_room && !pump->in_ended ? POLLIN : 0;
}

/* ---- reading ------------------------------------------------------------------------------ */

static void on_input(void *arg)
{
    struct pump *pump = arg;
    size_t end = pump->in_start + pump->in_length;
    ssize_t length = read(pump->in_fd, pump->in_bytes + end, pump->in_capacity - end);

    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length < 0 && errno != EIO) { /* a terminal or child that has gone */
        report("cannot read the input: %s", strerror(errno));
        pump->exit_code = EXIT_FAILED;
    }
    if (length > 0)
        pump->in_length += (size_t)length;
    else {
        pump->in_ended = true;
        runner_unwatch(&pump->in_watch);
    }
    pump_input_run(pump);
}

int pump_input_start(struct pump *pump)
{
    const struct options *options = pump->options;
    uint64_t size = options->size;

    if (size == OPTION_UNSET)
        size = options->lines ? LINE_BYTES : PIECE_BYTES;
    pump->in_capacity = (size_t)size;
    pump->in_bytes = malloc(pump->in_capacity);
    if (!pump->in_bytes ||
        (options->linger != OPTION_UNSET &&
         sctpx_timer_new(pump->runner->loop, on_linger, pump, &pump->linger_timer) < 0)) {
        report("out of memory");
        return EXIT_FAILED;
    }
    pump->info =
        (sctpx_sndinfo){.stream = options->stream != OPTION_UNSET ? (uint16_t)options->stream : 0,
                        .flags = options->unordered ? SCTPX_MSG_UNORDERED : 0,
                        .ppid = options->ppid != OPTION_UNSET ? (uint32_t)options->ppid : 0};
    runner_watch(pump->runner, &pump->in_watch, pump->in_fd, on_input, pump);
    return EXIT_DONE;
}
