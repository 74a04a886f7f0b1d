/* SPDX-License-Identifier: MIT */
#include "api/read.h"

#include <stdlib.h>
#include <string.h>

#include "api/socket.h"

void sctpxi_read_init(sctpx_socket *socket)
{
    SLIST_INIT(&socket->reading.holds);
    socket->reading.lines = socket->reading.line_store;
}

static void free_hold(struct sctpxi_read_hold *hold)
{
    free(hold->unread);
    free(hold);
}

void sctpxi_read_drop(sctpx_socket *socket)
{
    struct sctpxi_read_hold *hold;

    while ((hold = SLIST_FIRST(&socket->reading.holds)) != NULL) {
        SLIST_REMOVE_HEAD(&socket->reading.holds, link);
        free_hold(hold);
    }
    sctpxi_read_line_forget(socket, SCTPX_ANY_STREAM);
}

/* ---- which stream, and whether it can be read ---------------------------------------------- */

int sctpxi_read_resolve(const sctpx_socket *socket, int stream, int *ret_stream)
{
    bool is_bytes = sctpx_socket_mode(socket) == SCTPX_MODE_BYTES;

    if (stream == SCTPX_CURRENT_STREAM)
        stream = is_bytes ? SCTPX_ANY_STREAM : socket->reading.current_read_stream;
    if (stream < SCTPX_ANY_STREAM || stream >= SCTPX_MAX_STREAMS)
        return SCTPX_EINVAL;
    *ret_stream = stream;
    return 0;
}

bool sctpxi_read_has_stream(const sctpx_socket *socket, int stream)
{
    uint16_t count;

    if (stream == SCTPX_CURRENT_STREAM)
        stream = socket->reading.current_read_stream;
    if (stream <= 0 || !socket->conn || !socket->was_up ||
        sctpx_socket_mode(socket) == SCTPX_MODE_BYTES)
        return true;
    count = sctpx_socket_in_streams(socket);
    return count == 0 || stream < count;
}

static bool is_overlapping(int a, int b)
{
    return a == b || a == SCTPX_ANY_STREAM || b == SCTPX_ANY_STREAM;
}

/* With a hold that shares bytes with the stream, but for its own one when that does not matter. */
static int check_holds(const sctpx_socket *socket, int stream, bool is_own_in_the_way)
{
    const struct sctpxi_read_hold *hold;

    SLIST_FOREACH (hold, &socket->reading.holds, link) {
        if (!is_overlapping(hold->stream, stream) || (hold->stream == stream && !is_own_in_the_way))
            continue;
        if (hold->in_transaction)
            return SCTPX_ESTATE;
        if (hold->unread_bytes > 0)
            return SCTPX_EMODE;
    }
    return 0;
}

int sctpxi_read_check(const sctpx_socket *socket, int stream, int *ret_stream)
{
    enum sctpx_mode mode = sctpx_socket_mode(socket);
    int meant = 0;
    int result = sctpxi_read_resolve(socket, stream, &meant);

    if (result >= 0 && mode == SCTPX_MODE_BYTES && meant != SCTPX_ANY_STREAM)
        result = SCTPX_EINVAL;
    if (result >= 0)
        result = sctpxi_socket_check_read(socket, mode);
    if (result >= 0)
        result = check_holds(socket, meant, false);
    if (result < 0)
        return result;
    *ret_stream = meant;
    return 0;
}

int sctpxi_read_check_begin(const sctpx_socket *socket, int stream, int *ret_stream)
{
    int result = sctpxi_read_check(socket, stream, &stream);

    if (result >= 0 && !sctpxi_read_has_stream(socket, stream))
        result = SCTPX_ESTREAM;
    if (result >= 0)
        *ret_stream = stream;
    return result;
}

int sctpxi_read_check_message(const sctpx_socket *socket, int stream)
{
    return check_holds(socket, stream, true);
}

/* ---- holds --------------------------------------------------------------------------------- */

struct sctpxi_read_hold *sctpxi_read_hold_of(const sctpx_socket *socket, int stream)
{
    struct sctpxi_read_hold *hold;

    SLIST_FOREACH (hold, &socket->reading.holds, link)
        if (hold->stream == stream)
            return hold;
    return NULL;
}

int sctpxi_read_hold_get(sctpx_socket *socket, int stream, struct sctpxi_read_hold **ret_hold)
{
    struct sctpxi_read_hold *hold = sctpxi_read_hold_of(socket, stream);

    if (!hold) {
        hold = calloc(1, sizeof(*hold));
        if (!hold)
            return SCTPX_ENOMEM;
        hold->stream = stream;
        SLIST_INSERT_HEAD(&socket->reading.holds, hold, link);
    }
    *ret_hold = hold;
    return 0;
}

void sctpxi_read_hold_trim(sctpx_socket *socket, struct sctpxi_read_hold *hold)
{
    if (hold->in_transaction || hold->unread_bytes > 0)
        return;
    SLIST_REMOVE(&socket->reading.holds, hold, sctpxi_read_hold, link);
    free_hold(hold);
}

/* ---- looking and taking -------------------------------------------------------------------- */

size_t sctpxi_read_available(const sctpx_socket *socket, int stream)
{
    const struct sctpxi_read_hold *hold;
    size_t bytes, passed = 0;

    if (!socket->conn || socket->is_discarding)
        return 0;
    bytes = socket->backend->table->readable_bytes(socket->backend, socket->conn, stream);
    SLIST_FOREACH (hold, &socket->reading.holds, link)
        if (stream == SCTPX_ANY_STREAM || hold->stream == stream) {
            bytes += hold->unread_bytes;
            passed += hold->passed_bytes;
        }
    return bytes > passed ? bytes - passed : 0; /* what was passed is gone with its engine */
}

static const uint8_t *unread_of(const struct sctpxi_read_hold *hold)
{
    return hold->unread + (hold->unread_capacity - hold->unread_bytes);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t sctpxi_read_look(const sctpx_socket *socket, int stream, size_t offset, void *buffer,
                        size_t capacity)
{
    const struct sctpxi_read_hold *hold = sctpxi_read_hold_of(socket, stream);
    uint8_t *bytes = buffer;
    size_t copied = 0;
    long result = 0;

    if (hold) {
        offset += hold->passed_bytes;
        if (offset < hold->unread_bytes) {
            copied = least(hold->unread_bytes - offset, capacity);
            memcpy(bytes, unread_of(hold) + offset, copied);
            offset = hold->unread_bytes;
        }
        offset -= hold->unread_bytes;
    }
    if (copied < capacity)
        result = socket->backend->table->peek_bytes(socket->backend, socket->conn, stream, offset,
                                                    bytes + copied, capacity - copied);
    return result > 0 ? copied + (size_t)result : copied;
}

/* The front of what was put back. */
static size_t take_unread(sctpx_socket *socket, int stream, uint8_t *bytes, size_t length)
{
    struct sctpxi_read_hold *hold = sctpxi_read_hold_of(socket, stream);
    size_t n;

    if (!hold)
        return 0;
    n = least(hold->unread_bytes, length);
    if (bytes && n > 0)
        memcpy(bytes, unread_of(hold), n);
    hold->unread_bytes -= n;
    sctpxi_read_hold_trim(socket, hold);
    return n;
}

static size_t take_received(sctpx_socket *socket, int stream, uint8_t *bytes, size_t length)
{
    uint8_t scratch[4096];
    size_t taken = 0;

    while (taken < length) {
        uint8_t *to = bytes ? bytes + taken : scratch;
        size_t room = bytes ? length - taken : least(length - taken, sizeof(scratch));
        long result =
            socket->backend->table->read_bytes(socket->backend, socket->conn, stream, to, room);

        if (result <= 0)
            break;
        taken += (size_t)result;
    }
    return taken;
}

size_t sctpxi_read_take(sctpx_socket *socket, int stream, void *buffer, size_t length)
{
    struct sctpxi_read_hold *hold = sctpxi_read_hold_of(socket, stream);
    uint8_t *bytes = buffer;
    size_t n;

    if (hold && hold->in_transaction) {
        n = bytes ? sctpxi_read_look(socket, stream, 0, bytes, length)
                  : least(sctpxi_read_available(socket, stream), length);
        hold->passed_bytes += n;
    } else {
        n = take_unread(socket, stream, bytes, length);
        n += take_received(socket, stream, bytes ? bytes + n : NULL, length - n);
    }
    sctpxi_read_line_passed(socket, stream, n);
    return n;
}
