/* SPDX-License-Identifier: MIT */
#include "api/socket.h"

static const sctpx_congestion_marks no_marks = {.high = {SIZE_MAX, SIZE_MAX, SIZE_MAX},
                                                .low = {1, 1, 1}};

/* What is written counts as long as it can still be delivered. */
static size_t waiting(const sctpx_socket *socket)
{
    return socket->has_ended ? 0 : sctpx_socket_bytes_to_write(socket, SCTPX_ANY_STREAM);
}

/* From where it is, so that between two marks it stays. */
static int next_level(const struct sctpxi_congestion *c, size_t bytes)
{
    int level = c->level;

    while (level < SCTPX_MAX_CONGESTION_LEVEL && bytes >= c->marks.high[level])
        level++;
    while (level > 0 && bytes < c->marks.low[level - 1])
        level--;
    return level;
}

void sctpxi_socket_update_congestion(sctpx_socket *socket)
{
    struct sctpxi_congestion *c = &socket->congestion;

    if (!c->has_marks && c->level == 0 && c->told == 0)
        return;
    c->level = c->has_marks ? next_level(c, waiting(socket)) : 0;
    if (c->level != c->told && socket->loop)
        sctpxi_socket_notify(socket, SCTPXI_NOTICE_CONGESTION);
}

void sctpxi_socket_tell_congestion(sctpx_socket *socket)
{
    struct sctpxi_congestion *c = &socket->congestion;

    if (socket->is_freed || c->level == c->told)
        return;
    c->told = c->level;
    if (socket->callbacks.on_congestion)
        socket->callbacks.on_congestion(socket, socket->user, c->level);
}

static bool are_valid(const sctpx_congestion_marks *marks)
{
    for (int i = 0; i < SCTPX_MAX_CONGESTION_LEVEL; i++) {
        if (marks->low[i] == 0 || marks->low[i] > marks->high[i])
            return false;
        if (i > 0 && (marks->low[i] < marks->low[i - 1] || marks->high[i] < marks->high[i - 1]))
            return false;
    }
    return true;
}

int sctpx_socket_set_congestion_marks(sctpx_socket *socket, const sctpx_congestion_marks *marks)
{
    if (marks && !are_valid(marks))
        return SCTPX_EINVAL;
    socket->congestion.has_marks = marks != NULL;
    socket->congestion.marks = marks ? *marks : no_marks;
    sctpxi_socket_update_congestion(socket);
    return 0;
}

int sctpx_socket_congestion_level(const sctpx_socket *socket)
{
    const struct sctpxi_congestion *c = &socket->congestion;

    return c->has_marks ? next_level(c, waiting(socket)) : 0;
}
