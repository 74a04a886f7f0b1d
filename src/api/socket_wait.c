/* SPDX-License-Identifier: MIT */
#include <sctpx/read.h>

#include "api/socket.h"
#include "api/wait.h"

/* Whatever is looked at: a socket that a callback has freed is not waited for. */
static int run_until(sctpx_socket *socket, int timeout_ms, int (*look)(const void *arg),
                     const void *arg)
{
    int result;

    sctpxi_socket_enter(socket);
    result = sctpxi_wait(socket->loop, timeout_ms, look, arg);
    (void)sctpxi_socket_leave(socket);
    return result;
}

static int end_of(const sctpx_socket *socket)
{
    if (!socket->has_ended)
        return SCTPX_ESTATE;
    return socket->end_error != 0 ? socket->end_error : SCTPX_ECLOSED;
}

struct connecting {
    const sctpx_socket *socket;
    bool was_over; /* before the wait began */
};

static int look_connected(const void *arg)
{
    const struct connecting *connecting = arg;
    const sctpx_socket *socket = connecting->socket;

    /* Up and over again in one turn is a connection too: there may be something to read. */
    if (socket->was_up && !connecting->was_over)
        return 0;
    return socket->state == SCTPX_UNCONNECTED ? end_of(socket) : SCTPX_EWOULDBLOCK;
}

int sctpx_socket_wait_for_connected(sctpx_socket *socket, int timeout_ms)
{
    const struct connecting connecting = {socket, socket->state == SCTPX_UNCONNECTED};

    return run_until(socket, timeout_ms, look_connected, &connecting);
}

/* A condition on one stream, or on all. */
struct on_stream {
    const sctpx_socket *socket;
    int stream;
};

/* Why nothing more can be read, or SCTPX_EWOULDBLOCK. */
static int look_end(const struct on_stream *readable)
{
    const sctpx_socket *socket = readable->socket;

    if (!sctpxi_read_has_stream(socket, readable->stream))
        return SCTPX_ESTREAM;
    if (socket->state == SCTPX_UNCONNECTED)
        return end_of(socket);
    return socket->peer_finished ? SCTPX_EPEERSHUTDOWN : SCTPX_EWOULDBLOCK;
}

static int look_readable(const void *arg)
{
    const struct on_stream *readable = arg;

    if (sctpx_socket_bytes_available(readable->socket, readable->stream) > 0)
        return 0;
    return look_end(readable);
}

/* What cannot be read is not waited for: who did both in turns would never get on. */
static int check_stream(const sctpx_socket *socket, int stream)
{
    if (sctpxi_read_resolve(socket, stream, &stream) < 0)
        return SCTPX_EINVAL;
    if (stream != SCTPX_ANY_STREAM && sctpx_socket_mode(socket) == SCTPX_MODE_BYTES)
        return SCTPX_EINVAL;
    return 0;
}

int sctpx_socket_wait_for_readable(sctpx_socket *socket, int stream, int timeout_ms)
{
    const struct on_stream readable = {socket, stream};
    int result = check_stream(socket, stream);

    return result < 0 ? result : run_until(socket, timeout_ms, look_readable, &readable);
}

static int look_line(const void *arg)
{
    const struct on_stream *line = arg;
    const sctpx_socket *socket = line->socket;

    if (!socket->conn && socket->state != SCTPX_UNCONNECTED) /* a name is looked up */
        return SCTPX_EWOULDBLOCK;
    return sctpxi_read_line_look(socket, line->stream);
}

int sctpx_socket_wait_for_line(sctpx_socket *socket, int stream, int timeout_ms)
{
    const struct on_stream line = {socket, stream};
    int result = check_stream(socket, stream);

    return result < 0 ? result : run_until(socket, timeout_ms, look_line, &line);
}

struct more_bytes {
    struct on_stream readable;
    size_t there; /* when the wait began */
};

static int look_more(const void *arg)
{
    const struct more_bytes *more = arg;
    const sctpx_socket *socket = more->readable.socket;
    int result;

    if (sctpx_socket_bytes_available(socket, more->readable.stream) > more->there)
        return 0;
    result = look_end(&more->readable);
    return result == SCTPX_EWOULDBLOCK && sctpxi_read_is_full(socket) ? SCTPX_ELIMIT : result;
}

int sctpx_socket_wait_for_more(sctpx_socket *socket, int stream, int timeout_ms)
{
    const struct more_bytes more = {{socket, stream}, sctpx_socket_bytes_available(socket, stream)};
    int result = check_stream(socket, stream);

    return result < 0 ? result : run_until(socket, timeout_ms, look_more, &more);
}

static int look_writable(const void *arg)
{
    const sctpx_socket *socket = arg;

    if (socket->state == SCTPX_UNCONNECTED)
        return end_of(socket);
    if (socket->state == SCTPX_CLOSING)
        return socket->peer_finished ? SCTPX_EPEERSHUTDOWN : SCTPX_ESTATE;
    /* Which address of a name it will be is not known yet: writes are refused until it is. */
    if (sctpxi_socket_is_searching(socket))
        return SCTPX_EWOULDBLOCK;
    return socket->is_write_refused ? SCTPX_EWOULDBLOCK : 0;
}

int sctpx_socket_wait_for_writable(sctpx_socket *socket, int timeout_ms)
{
    return run_until(socket, timeout_ms, look_writable, socket);
}

/* RFC 9260 9.2: an end that shuts down, or is shut down, has delivered everything first. */
static bool is_graceful(const sctpx_socket *socket)
{
    return socket->has_ended &&
           (socket->end_error == 0 || socket->end_error == SCTPX_EPEERSHUTDOWN);
}

/* True while it is not known; SCTPX_CURRENT_STREAM is the one for writing. */
static bool can_write_on(const sctpx_socket *socket, int stream)
{
    uint16_t count;

    if (stream == SCTPX_CURRENT_STREAM)
        stream = sctpxi_current_write_stream(socket);
    if (stream <= 0 || !socket->conn || !socket->was_up)
        return true;
    count = sctpx_socket_out_streams(socket);
    return count == 0 || stream < count;
}

static int look_written(const void *arg)
{
    const struct on_stream *written = arg;
    const sctpx_socket *socket = written->socket;

    if (!can_write_on(socket, written->stream))
        return SCTPX_ESTREAM;
    if (socket->state == SCTPX_UNCONNECTED)
        return is_graceful(socket) ? 0 : end_of(socket);
    if (socket->state == SCTPX_HOST_LOOKUP || socket->state == SCTPX_CONNECTING)
        return SCTPX_EWOULDBLOCK;
    return sctpx_socket_bytes_to_write(socket, written->stream) == 0 ? 0 : SCTPX_EWOULDBLOCK;
}

int sctpx_socket_wait_for_bytes_written(sctpx_socket *socket, int stream, int timeout_ms)
{
    const struct on_stream written = {socket, stream};

    if (sctpxi_read_resolve(socket, stream, &stream) < 0)
        return SCTPX_EINVAL;
    return run_until(socket, timeout_ms, look_written, &written);
}

static int look_disconnected(const void *arg)
{
    const sctpx_socket *socket = arg;

    return socket->state == SCTPX_UNCONNECTED ? 0 : SCTPX_EWOULDBLOCK;
}

int sctpx_socket_wait_for_disconnected(sctpx_socket *socket, int timeout_ms)
{
    return run_until(socket, timeout_ms, look_disconnected, socket);
}
