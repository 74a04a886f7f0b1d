/* SPDX-License-Identifier: MIT */
#include "support/soak_end.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t draw(struct soak_end *end, uint64_t n)
{
    end->random = end->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (end->random >> 33) % n;
}

void soak_end_init(struct soak_end *end, const char *name, struct ledger_flow *out,
                   struct ledger_flow *in)
{
    end->name = name;
    end->out = out;
    end->in = in;
    end->message = malloc(LEDGER_MAX_BYTES);
    end->bytes = malloc(LEDGER_MAX_BYTES);
    assert_true(end->message && end->bytes);
}

void soak_end_done(struct soak_end *end)
{
    soak_end_detach(end);
    free(end->message);
    free(end->bytes);
}

/* ---- reading ------------------------------------------------------------------------------- */

static void read_messages(struct soak_end *end, sctpx_socket *socket, int stream)
{
    uint8_t *buffer = end->bytes; /* not used in this mode */
    long length;

    while ((length = sctpx_socket_read_datagram(socket, stream, buffer, LEDGER_MAX_BYTES, NULL)) >
           0)
        ledger_received(end->in, buffer, (size_t)length);
    if (length == SCTPX_ETRUNC)
        fail_msg("%s: a message longer than any", end->name);
}

/* Until a message begins. False if none does yet. */
static bool search(struct soak_end *end)
{
    size_t at = 0;

    while (at < end->n_bytes &&
           ledger_message_length(end->bytes + at, end->n_bytes - at) == SIZE_MAX)
        at++;
    end->n_bytes -= at;
    memmove(end->bytes, end->bytes + at, end->n_bytes);
    return end->n_bytes >= LEDGER_HEADER_BYTES;
}

/* Takes the message at the front out of the bytes; false if it is not whole yet. */
static bool take_message(struct soak_end *end)
{
    if (end->is_searching && !search(end))
        return false;
    end->is_searching = false;
    size_t length = ledger_message_length(end->bytes, end->n_bytes);
    if (length == SIZE_MAX)
        fail_msg("%s: byte stream is out of step", end->name);
    if (length == 0 || length > end->n_bytes)
        return false;
    ledger_received(end->in, end->bytes, length);
    end->n_bytes -= length;
    memmove(end->bytes, end->bytes + length, end->n_bytes);
    return true;
}

static void read_bytes(struct soak_end *end, sctpx_socket *socket)
{
    long length;

    while ((length = sctpx_socket_read(socket, end->bytes + end->n_bytes,
                                       LEDGER_MAX_BYTES - end->n_bytes)) > 0) {
        end->n_bytes += (size_t)length;
        while (take_message(end))
            ;
    }
}

static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    struct soak_end *end = user;

    if (end->is_bytes)
        read_bytes(end, socket);
    else
        read_messages(end, socket, stream);
}

/* ---- life ---------------------------------------------------------------------------------- */

static void on_connected(sctpx_socket *socket, void *user)
{
    struct soak_end *end = user;

    (void)socket;
    end->is_up = true;
}

/* All that was under way is lost; what was received before may still wait to be read. */
static void on_restart(sctpx_socket *socket, void *user)
{
    struct soak_end *end = user;

    (void)socket;
    end->restarts++;
    end->length = end->written = end->n_bytes = 0;
    end->is_searching = true;
    ledger_begin(end->out);
    ledger_may_begin(end->in);
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    struct soak_end *end = user;

    on_readable(socket, user, SCTPX_ANY_STREAM);
    end->is_up = false;
    end->is_closed = true;
    end->closed = error;
    if (error == 0 || error == SCTPX_EPEERSHUTDOWN)
        ledger_check_whole(end->in);
}

void soak_end_attach(struct soak_end *end, sctpx_socket *socket)
{
    static const sctpx_socket_callbacks callbacks = {.on_connected = on_connected,
                                                     .on_readable = on_readable,
                                                     .on_restart = on_restart,
                                                     .on_closed = on_closed};

    end->socket = socket;
    end->is_up = end->is_server;
    end->is_closed = end->is_searching = false;
    end->length = end->written = end->n_bytes = 0;
    ledger_begin(end->out);
    ledger_may_begin(end->in);
    sctpx_socket_set_callbacks(socket, &callbacks, end);
}

void soak_end_detach(struct soak_end *end)
{
    sctpx_socket_free(end->socket);
    end->socket = NULL;
    end->is_up = end->is_closed = false;
}

/* ---- writing ------------------------------------------------------------------------------- */

/* Most are small, some are long. */
static size_t draw_length(struct soak_end *end)
{
    uint64_t most = draw(end, 20) == 0 ? end->max_bytes : end->max_bytes / 8 + 1;

    return LEDGER_HEADER_BYTES + draw(end, most);
}

static void prepare(struct soak_end *end)
{
    end->stream = (uint16_t)draw(end, end->streams);
    end->is_unordered = !end->is_bytes && draw(end, 6) == 0;
    end->length = draw_length(end);
    if (end->length > LEDGER_MAX_BYTES)
        end->length = LEDGER_MAX_BYTES;
    end->written = 0;
    ledger_make(end->out, end->stream, end->is_unordered, end->message, end->length);
}

static long write_some(struct soak_end *end)
{
    if (end->is_bytes)
        return sctpx_socket_write(end->socket, end->message + end->written,
                                  end->length - end->written);
    sctpx_sndinfo info = {.stream = end->stream,
                          .flags = end->is_unordered ? SCTPX_MSG_UNORDERED : 0};
    int r = sctpx_socket_write_datagram(end->socket, end->message, end->length, &info);
    return r < 0 ? r : (long)end->length;
}

void soak_end_pump(struct soak_end *end)
{
    while (end->socket && end->is_up && sctpx_socket_state(end->socket) == SCTPX_CONNECTED) {
        if (end->length == 0 && end->is_quiet)
            return;
        if (end->length == 0)
            prepare(end);
        long n = write_some(end);
        if (n == SCTPX_EWOULDBLOCK)
            return;
        if (n < 0)
            fail_msg("%s: write: %s", end->name, sctpx_error_name((int)n));
        end->written += (size_t)n;
        if (end->written < end->length)
            continue;
        ledger_sent(end->out, end->message, end->length);
        end->length = 0;
    }
}

bool soak_end_is_idle(const struct soak_end *end)
{
    return end->is_quiet && (end->length == 0 || !end->is_up);
}
