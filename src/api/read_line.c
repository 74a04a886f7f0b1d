/* SPDX-License-Identifier: MIT */
#include <sctpx/read.h>

#include <limits.h>
#include <string.h>

#include "api/read.h"
#include "api/socket.h"

/* ---- what is known of lines that are not whole yet ----------------------------------------- */

/*
 * Without it a long line that arrives bit by bit would be searched from its beginning each time:
 * the square of its length, at a price that the peer sets.
 */
static struct sctpxi_read_line *line_of(const sctpx_socket *socket, int stream)
{
    struct sctpxi_read_line *lines = socket->reading.lines, *shortest = lines;

    for (size_t i = 0; i < SCTPXI_READ_LINES; i++) {
        if (lines[i].scanned_bytes > 0 && lines[i].stream == stream)
            return &lines[i];
        if (lines[i].scanned_bytes < shortest->scanned_bytes)
            shortest = &lines[i];
    }
    *shortest = (struct sctpxi_read_line){.stream = stream};
    return shortest;
}

void sctpxi_read_line_passed(sctpx_socket *socket, int stream, size_t bytes)
{
    for (size_t i = 0; i < SCTPXI_READ_LINES; i++) {
        struct sctpxi_read_line *line = &socket->reading.lines[i];

        if (line->stream == stream)
            line->scanned_bytes -= line->scanned_bytes < bytes ? line->scanned_bytes : bytes;
        else if (line->stream == SCTPX_ANY_STREAM || stream == SCTPX_ANY_STREAM)
            line->scanned_bytes = 0;
    }
}

void sctpxi_read_line_forget(sctpx_socket *socket, int stream)
{
    sctpxi_read_line_passed(socket, stream, SIZE_MAX);
}

/* ---- lines --------------------------------------------------------------------------------- */

/* The length of the next line with its end; 0 if that is not among the first limit bytes. */
static size_t find_line(const sctpx_socket *socket, int stream, size_t limit)
{
    struct sctpxi_read_line *line = line_of(socket, stream);
    char part[16384];  /* long, since each look walks there from the front */
    size_t step = 256; /* most lines are short: not all of part is copied for them */

    while (line->scanned_bytes < limit) {
        size_t left = limit - line->scanned_bytes;
        size_t n =
            sctpxi_read_look(socket, stream, line->scanned_bytes, part, left < step ? left : step);
        const char *end = memchr(part, '\n', n);

        if (n == 0)
            return 0;
        if (end) {
            line->scanned_bytes += (size_t)(end - part);
            return line->scanned_bytes + 1;
        }
        line->scanned_bytes += n;
        step = sizeof(part);
    }
    return 0;
}

/* Two packets, since one may still be on its way when the window closes. */
bool sctpxi_read_is_full(const sctpx_socket *socket)
{
    size_t least = 2 * (size_t)socket->options.assoc.mtu;
    sctpx_assoc_status status;

    if (sctpx_socket_status(socket, &status) < 0)
        return false;
    if (least > status.rcvbuf_bytes / 2)
        least = status.rcvbuf_bytes / 2;
    return status.rcvbuf_used_bytes + least > status.rcvbuf_bytes;
}

static bool can_more_come(const sctpx_socket *socket, int stream)
{
    return sctpxi_socket_read_end(socket, stream) == SCTPX_EWOULDBLOCK &&
           !sctpxi_read_is_full(socket);
}

long sctpx_socket_read_line(sctpx_socket *socket, int stream, char *buffer, size_t capacity)
{
    size_t length;
    int result;

    if (!buffer || capacity < 2 || capacity > LONG_MAX)
        return SCTPX_EINVAL;
    result = sctpxi_read_check(socket, stream, &stream);
    if (result < 0)
        return result;
    length = find_line(socket, stream, capacity - 1);
    if (length == 0) {
        size_t available = sctpxi_read_available(socket, stream);

        if (available < capacity - 1 && can_more_come(socket, stream))
            return SCTPX_EWOULDBLOCK;
        length = available < capacity - 1 ? available : capacity - 1;
    }
    if (length == 0)
        return sctpxi_socket_read_end(socket, stream);
    length = sctpxi_read_take(socket, stream, buffer, length);
    buffer[length] = '\0';
    return (long)length;
}

bool sctpx_socket_can_read_line(const sctpx_socket *socket, int stream)
{
    return sctpxi_read_check(socket, stream, &stream) >= 0 &&
           find_line(socket, stream, SIZE_MAX) > 0;
}

int sctpxi_read_line_look(const sctpx_socket *socket, int stream)
{
    int result = sctpxi_read_check(socket, stream, &stream);

    if (result < 0 || find_line(socket, stream, SIZE_MAX) > 0)
        return result;
    if (can_more_come(socket, stream))
        return SCTPX_EWOULDBLOCK;
    return sctpxi_read_available(socket, stream) > 0 ? 0 : sctpxi_socket_read_end(socket, stream);
}
