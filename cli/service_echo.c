/* SPDX-License-Identifier: MIT */
/*
 * RFC 862: every message goes back on the stream it came on, as it came. At most one is held: when
 * it cannot be sent nothing more is read, and in the end the peer's window closes.
 */
#include "message.h"
#include "report.h"
#include "service.h"
#include "session.h"
#include "trace.h"

struct echo {
    struct message message;
    size_t done; /* bytes of it that are written (byte mode) */
};

static int send_message(sctpx_socket *socket, const struct message *message)
{
    sctpx_sndinfo info = {.stream = message->info.stream,
                          .flags = message->info.flags & SCTPX_MSG_UNORDERED,
                          .ppid = message->info.ppid};
    int result;

    /* The peer may offer fewer streams than it uses. */
    if (info.stream >= sctpx_socket_out_streams(socket))
        info.stream = 0;
    result = sctpx_socket_write_datagram(socket, message->bytes, message->length, &info);
    if (result == 0)
        trace_sent(socket, message->length, &info);
    return result;
}

/* Returns whether nothing is held any more. What cannot be sent at all is dropped. */
static bool send_held(struct echo *echo, sctpx_socket *socket)
{
    struct message *message = &echo->message;
    long result;

    while (message->length > 0) {
        if (sctpx_socket_mode(socket) == SCTPX_MODE_BYTES)
            result = sctpx_socket_write(socket, message->bytes + echo->done,
                                        message->length - echo->done);
        else
            result = send_message(socket, message);
        if (result == SCTPX_EWOULDBLOCK)
            return false;
        if (result > 0)
            echo->done += (size_t)result;
        if (result <= 0 || echo->done == message->length)
            message->length = echo->done = 0;
    }
    return true;
}

static void echo_run(struct session *session)
{
    struct echo *echo = session->state;

    while (send_held(echo, session->socket))
        if (message_read(&echo->message, session->socket) < 0)
            break;
}

static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    (void)socket;
    (void)stream;
    echo_run(user);
}

static void on_writable(sctpx_socket *socket, void *user)
{
    (void)socket;
    echo_run(user);
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    session_end(user, report_end(socket, error));
}

static void echo_start(struct session *session)
{
    sctpx_socket_callbacks callbacks = {
        .on_readable = on_readable, .on_writable = on_writable, .on_closed = on_closed};

    trace_add(&callbacks);
    sctpx_socket_set_callbacks(session->socket, &callbacks, session);
}

static void echo_release(struct session *session)
{
    struct echo *echo = session->state;

    message_free(&echo->message);
}

const struct service service_echo = {
    .state_size = sizeof(struct echo), .start = echo_start, .release = echo_release};
