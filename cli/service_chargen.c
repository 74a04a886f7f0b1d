/* SPDX-License-Identifier: MIT */
/*
 * RFC 864: lines of 72 printable characters and CR LF, each line begins one character later. One
 * line is one message; as many as the peer takes. What the peer sends is thrown away.
 */
#include "message.h"
#include "report.h"
#include "service.h"
#include "session.h"
#include "trace.h"

enum { FIRST_CHARACTER = ' ', CHARACTERS = 95, LINE_CHARACTERS = 72, LINE_BYTES = 74 };

struct chargen {
    struct message input;
    char line[LINE_BYTES];
    size_t done; /* bytes of it that are written (byte mode) */
    unsigned row;
};

static void make_line(struct chargen *chargen)
{
    for (unsigned i = 0; i < LINE_CHARACTERS; i++)
        chargen->line[i] = (char)(FIRST_CHARACTER + (chargen->row + i) % CHARACTERS);
    chargen->line[LINE_CHARACTERS] = '\r';
    chargen->line[LINE_CHARACTERS + 1] = '\n';
    chargen->done = 0;
}

static long write_line(const struct session *session, struct chargen *chargen)
{
    const struct options *options = session->node->options;
    sctpx_sndinfo info = {.stream = options->stream != OPTION_UNSET ? (uint16_t)options->stream : 0,
                          .flags = options->unordered ? SCTPX_MSG_UNORDERED : 0,
                          .ppid = options->ppid != OPTION_UNSET ? (uint32_t)options->ppid : 0};
    long result;

    if (sctpx_socket_mode(session->socket) == SCTPX_MODE_BYTES)
        return sctpx_socket_write(session->socket, chargen->line + chargen->done,
                                  LINE_BYTES - chargen->done);
    result = sctpx_socket_write_datagram(session->socket, chargen->line, LINE_BYTES, &info);
    if (result == 0)
        trace_sent(session->socket, LINE_BYTES, &info);
    return result == 0 ? LINE_BYTES : result;
}

static void chargen_run(struct session *session)
{
    struct chargen *chargen = session->state;
    long written;

    while ((written = write_line(session, chargen)) > 0) {
        chargen->done += (size_t)written;
        if (chargen->done < LINE_BYTES)
            continue;
        chargen->row = (chargen->row + 1) % CHARACTERS;
        make_line(chargen);
    }
    if (written == SCTPX_ESTREAM) {
        report("no stream %llu in this association: --stream is too large",
               (unsigned long long)session->node->options->stream);
        (void)sctpx_socket_close(session->socket);
    }
}

static void on_writable(sctpx_socket *socket, void *user)
{
    (void)socket;
    chargen_run(user);
}

static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    struct session *session = user;
    struct chargen *chargen = session->state;

    (void)stream;
    while (message_read(&chargen->input, socket) >= 0)
        continue;
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    session_end(user, report_end(socket, error));
}

static void chargen_start(struct session *session)
{
    sctpx_socket_callbacks callbacks = {
        .on_readable = on_readable, .on_writable = on_writable, .on_closed = on_closed};

    trace_add(&callbacks);
    sctpx_socket_set_callbacks(session->socket, &callbacks, session);
    make_line(session->state);
    chargen_run(session);
}

static void chargen_release(struct session *session)
{
    struct chargen *chargen = session->state;

    message_free(&chargen->input);
}

const struct service service_chargen = {
    .state_size = sizeof(struct chargen), .start = chargen_start, .release = chargen_release};
