/* SPDX-License-Identifier: MIT */
/* Calls on a socket, drawn by chance, in whatever state it is. */
#include "support/api_walk.h"

#include <string.h>

/* ---- life -------------------------------------------------------------------------------------- */

void walk_socket_new(struct walk *walk)
{
    sctpx_socket_options options;
    sctpx_loop *loop = walk->loops[walk_below(walk, WALK_LOOPS)];
    const struct walk_host *host = &walk->hosts[walk_below(walk, WALK_SERVERS)];
    struct walk_end *end;
    sctpx_socket *socket;
    int r;

    if (walk->n_live >= WALK_LIVE_MAX || walk->n_ends > WALK_ENDS_MAX - 30)
        return;
    sctpx_socket_options_defaults(&options);
    walk_random_options(walk, &options.assoc);
    options.peer_udp_port = host->addr.udp_port;
    options.own_udp_port = walk_chance(walk, 20);
    options.no_segmentation = walk_chance(walk, 20);
    if (walk_chance(walk, 20))
        options.connect_timeout_ms = (int)walk_below(walk, 60);
    if (walk_chance(walk, 20))
        options.close_timeout_ms = (int)walk_below(walk, 60);
    WALK_CALL(walk, r = sctpx_socket_new(loop, &options, &socket));
    WALK_RESULT(walk, r, SCTPX_EINVAL);
    if (r < 0)
        return;
    end = walk_end_new(walk, socket);
    walk_log(walk, "%u: new", end->id);
    walk_end_set_callbacks(end, walk_chance(walk, 85) ? 2 : walk_below(walk, 2));
    WALK_CALL(walk,
              r = sctpx_socket_set_maximum_channel_count(socket, (int)walk_below(walk, 6) - 1));
    WALK_CHECK(walk, r == 0);
}

/* ---- the way ------------------------------------------------------------------------------------- */

/* Free to bind and connect. */
static bool is_idle(const struct walk_end *end)
{
    return sctpx_socket_state(end->socket) == SCTPX_UNCONNECTED && sctpx_socket_loop(end->socket);
}

#define CONNECT_ERRORS SCTPX_EINVAL, SCTPX_EADDRINUSE, SCTPX_ELIMIT, SCTPX_ERESOURCE, SCTPX_ESTATE

static void connected(struct walk_end *end, const char *what, bool was_idle, int r)
{
    struct walk *walk = end->walk;

    walk_log(walk, "%u: %s: %d", end->id, what, r);
    WALK_CHECK(walk, was_idle || r == SCTPX_ESTATE);
    WALK_CHECK(walk, !was_idle || r != SCTPX_ESTATE);
    WALK_RESULT(walk, r, CONNECT_ERRORS);
    if (r >= 0)
        walk_end_begin_life(end, false);
    else if (was_idle && end->life)
        end->life->may_be_silent = true;
}

static void call_connect(struct walk_end *end)
{
    struct walk *walk = end->walk;
    static const char *const names[] = {
        "localhost", "localhost",    "127.0.0.1",   "::1",         "nowhere.invalid", "",
        "host.test", "several.test", "silent.test", "broken.test", "alias.test"};
    const struct walk_host *host = &walk->hosts[walk_below(walk, WALK_SERVERS)];
    bool was_idle = is_idle(end);
    uint16_t port = walk_chance(walk, 90) ? host->port : (uint16_t)walk_below(walk, 3);
    sctpx_addr addrs[2] = {host->addr, host->addr};
    int r;

    if (walk->n_lives > WALK_LIVES_MAX - 40)
        return;
    if (walk_chance(walk, 35)) {
        const char *name = names[walk_below(walk, walk->has_dns ? 11 : 6)];

        WALK_CALL(walk, r = sctpx_socket_connect_name(end->socket, name, port));
        connected(end, name, was_idle, r);
        return;
    }
    if (walk_chance(walk, 10))
        addrs[0].udp_port = 1; /* nobody */
    addrs[1].ip[3] = 2;
    WALK_CALL(walk, r = sctpx_socket_connect(end->socket, addrs, 1 + walk_below(walk, 2), port));
    connected(end, "connect", was_idle, r);
}

static void call_bind(struct walk_end *end)
{
    struct walk *walk = end->walk;
    sctpx_addr addrs[2] = {{.family = SCTPX_IPV4, .ip = {127, 0, 0, 1}},
                           {.family = SCTPX_IPV4, .ip = {127, 0, 0, 2}}};
    bool was_idle = is_idle(end);
    int r;

    WALK_CALL(walk, r = sctpx_socket_bind(end->socket, addrs, walk_below(walk, 3),
                                          (uint16_t)(walk_below(walk, 3) * 1000), 0));
    walk_log(walk, "%u: bind: %d", end->id, r);
    WALK_CHECK(walk, was_idle == (r != SCTPX_ESTATE));
    WALK_RESULT(walk, r, CONNECT_ERRORS);
    if (r == 0 && end->life)
        end->life->may_be_silent = true;
}

static void call_end(struct walk_end *end)
{
    struct walk *walk = end->walk;
    bool was_idle = sctpx_socket_state(end->socket) == SCTPX_UNCONNECTED;
    unsigned kind = walk_below(walk, 3);
    int r;

    walk_log(walk, "%u: %s", end->id, kind == 0 ? "disconnect" : kind == 1 ? "abort" : "close");
    if (!was_idle && (kind == 1 || sctpx_socket_state(end->socket) != SCTPX_CLOSING))
        end->life->wants_about = true;
    if (kind == 0) {
        WALK_CALL(walk, r = sctpx_socket_disconnect(end->socket, (int)walk_below(walk, 200) - 1));
        WALK_CHECK(walk, r == (was_idle ? SCTPX_ESTATE : 0));
    } else if (kind == 1) {
        WALK_CALL(walk, r = sctpx_socket_abort(end->socket, walk->buffer, walk_below(walk, 400)));
        WALK_CHECK(walk, r == (was_idle ? SCTPX_ESTATE : 0));
    } else {
        WALK_CALL(walk, r = sctpx_socket_close(end->socket));
        WALK_CHECK(walk, r == 0);
        if (end->life) {
            end->life->is_discarded = true;
            memset(end->life->in_transaction, 0, sizeof(end->life->in_transaction));
            end->life->may_be_silent |= was_idle;
        }
    }
    WALK_CHECK(walk, kind != 1 || sctpx_socket_state(end->socket) == SCTPX_UNCONNECTED);
}

void walk_end_free(struct walk_end *end)
{
    struct walk *walk = end->walk;

    walk_log(walk, "%u: free", end->id);
    WALK_CALL(walk, sctpx_socket_free(end->socket));
    walk_end_forget(end);
}

/* Within its loop it may be told at once. */
static void call_move(struct walk_end *end)
{
    struct walk *walk = end->walk;
    bool was_up = sctpx_socket_state(end->socket) == SCTPX_CONNECTED;
    sctpx_loop *loop = walk->loops[walk_below(walk, WALK_LOOPS)];
    int r;

    if (end->guards > 0)
        return;
    WALK_CALL(walk, r = sctpx_socket_detach(end->socket));
    walk_log(walk, "%u: detach: %d", end->id, r);
    WALK_RESULT(walk, r, SCTPX_ESTATE, SCTPX_ERESOURCE);
    if (r < 0)
        return;
    WALK_CHECK(walk, was_up);
    end->has_callbacks = end->is_full = false;
    end->told_level = -1;
    end->is_detached = true;
    if (walk_chance(walk, 80))
        return;
    WALK_CALL(walk, r = sctpx_socket_attach(end->socket, loop));
    if (r < 0)
        return;
    end->is_detached = false;
    walk_end_set_callbacks(end, 2);
}

static void call_attach(struct walk_end *end)
{
    struct walk *walk = end->walk;
    sctpx_loop *loop = walk->loops[walk_below(walk, WALK_LOOPS)];
    int r;

    if (walk_chance(walk, 5)) {
        walk_end_free(end);
        return;
    }
    WALK_CALL(walk, r = sctpx_socket_attach(end->socket, loop));
    walk_log(walk, "%u: attach: %d", end->id, r);
    WALK_RESULT(walk, r, SCTPX_ERESOURCE);
    if (r < 0)
        return;
    end->is_detached = false;
    walk_end_set_callbacks(end, 2);
}

/* ---- writing --------------------------------------------------------------------------------------- */

static void make(struct walk_end *end, unsigned stream, size_t length)
{
    for (size_t i = 0; i < length; i++)
        end->walk->buffer[i] = (uint8_t)(stream << 6 | (end->life->written[stream] + i) % 64);
}

static const int write_errors[] = {SCTPX_EEMPTY, SCTPX_EMSGSIZE, SCTPX_ESTREAM, SCTPX_EWOULDBLOCK,
                                   SCTPX_ESTATE, SCTPX_EMODE,    SCTPX_EINVAL};

static void write_bytes(struct walk_end *end, size_t length)
{
    struct walk *walk = end->walk;
    long r;

    make(end, 0, length);
    WALK_CALL(walk, r = sctpx_socket_write(end->socket, walk->buffer, length));
    walk_log(walk, "%u: write: %ld of %zu", end->id, r, length);
    WALK_CHECK(walk, r >= 0 || walk_is_one_of(walk, r, write_errors, 7));
    WALK_CHECK(walk, r < 0 || (size_t)r <= length);
    WALK_CHECK(walk, r != 0 || length == 0);
    if (r == SCTPX_EWOULDBLOCK || (r >= 0 && (size_t)r < length))
        end->life->is_refused = true;
    if (r > 0)
        end->life->is_wet = true;
    if (r > 0)
        end->life->written[0] += (size_t)r;
}

static void write_datagram(struct walk_end *end, size_t length)
{
    struct walk *walk = end->walk;
    struct walk_life *life = end->life;
    unsigned stream = walk_below(walk, WALK_STREAMS), number = life->messages + 1;
    sctpx_sndinfo info = {.stream = (uint16_t)stream, .context = (void *)(uintptr_t)number};
    int r;

    if (number > WALK_MESSAGES_MAX)
        return;
    info.flags = walk_chance(walk, 40) ? SCTPX_MSG_REPORT : 0;
    if (stream == WALK_UNORDERED)
        info.flags |= SCTPX_MSG_UNORDERED;
    if (walk_chance(walk, 20))
        info.flags |= SCTPX_MSG_SACK_NOW;
    make(end, stream, length);
    WALK_CALL(walk, r = sctpx_socket_write_datagram(end->socket, walk->buffer, length, &info));
    walk_log(walk, "%u: write_datagram %u on %u, %zu%s: %d", end->id, number, stream, length,
             info.flags & SCTPX_MSG_REPORT ? ", report" : "", r);
    WALK_CHECK(walk, r == 0 || walk_is_one_of(walk, r, write_errors, 7));
    WALK_CHECK(walk, r != 0 || length > 0);
    if (r == SCTPX_EWOULDBLOCK)
        life->is_refused = true;
    if (r != 0)
        return;
    life->is_wet = true;
    life->messages = number;
    life->lengths[number] = (uint32_t)length;
    life->steps[number] = info.flags & SCTPX_MSG_REPORT ? WALK_REPORT_ASKED : 0;
    life->written[stream] += length;
}

static void call_write(struct walk_end *end)
{
    struct walk *walk = end->walk;
    size_t length = walk_chance(walk, 30) ? walk_below(walk, 6000) : walk_below(walk, 400);
    bool is_bytes = sctpx_socket_mode(end->socket) == SCTPX_MODE_BYTES;
    enum sctpx_socket_state state = sctpx_socket_state(end->socket);

    if (!end->life)
        return;
    if (is_bytes != walk_chance(walk, 5))
        write_bytes(end, length);
    else
        write_datagram(end, length);
    if (state == SCTPX_UNCONNECTED || state == SCTPX_CLOSING)
        WALK_CHECK(walk, !walk->calling);
    walk_end_note_tag(end);
    if (walk_chance(walk, 20)) {
        long r;

        WALK_CALL(walk, r = sctpx_socket_flush(end->socket));
        WALK_RESULT(walk, r, SCTPX_ESTATE);
    }
}

/* ---- waiting ------------------------------------------------------------------------------------------ */

static int wait_for(struct walk_end *end)
{
    sctpx_socket *socket = end->socket;
    int timeout_ms = (int)walk_below(end->walk, 4);

    switch (walk_below(end->walk, 5)) {
    case 0:
        return sctpx_socket_wait_for_connected(socket, timeout_ms);
    case 1:
        return sctpx_socket_wait_for_readable(socket, SCTPX_ANY_STREAM, timeout_ms);
    case 2:
        return sctpx_socket_wait_for_writable(socket, timeout_ms);
    case 3:
        return sctpx_socket_wait_for_bytes_written(socket, SCTPX_ANY_STREAM, timeout_ms);
    default:
        return sctpx_socket_wait_for_disconnected(socket, timeout_ms);
    }
}

static void call_wait(struct walk_end *end)
{
    struct walk *walk = end->walk;
    sctpx_loop *loop = sctpx_socket_loop(end->socket);
    bool is_inside = walk_is_running(walk, loop);
    int r;

    if (!is_inside && walk->depth > 2)
        return;
    end->guards++;
    if (is_inside) {
        WALK_CALL(walk, r = wait_for(end));
    } else {
        walk_log(walk, "%u: wait_for", end->id);
        walk_enter_loop(walk, loop);
        r = wait_for(end);
        walk_leave_loop(walk);
    }
    end->guards--;
    walk_log(walk, "%u: wait_for%s: %d", end->id, is_inside ? " inside" : "", r);
    WALK_CHECK(walk, !is_inside || r == SCTPX_ESTATE);
    WALK_CHECK(walk, r <= 0);
}

/* ---- any of them ------------------------------------------------------------------------------------------ */

static void call_odd(struct walk_end *end)
{
    struct walk *walk = end->walk;
    int r;

    WALK_CALL(walk, r = sctpx_socket_release_descriptor(end->socket));
    WALK_RESULT(walk, r, SCTPX_ENOTSUP, SCTPX_ESTATE);
    WALK_CHECK(walk, r < 0);
    WALK_CALL(walk, r = sctpx_socket_adopt(end->socket, -1));
    WALK_RESULT(walk, r, SCTPX_EINVAL, SCTPX_ENOTSUP, SCTPX_ESTATE, SCTPX_ESYSTEM);
    WALK_CHECK(walk, r < 0);
    WALK_CALL(walk,
              r = sctpx_socket_set_current_read_stream(end->socket, (int)walk_below(walk, 6) - 2));
    WALK_RESULT(walk, r, SCTPX_EINVAL, SCTPX_ESTREAM);
    WALK_CALL(walk,
              r = sctpx_socket_set_current_write_stream(end->socket, (int)walk_below(walk, 6) - 2));
    WALK_RESULT(walk, r, SCTPX_EINVAL, SCTPX_ESTREAM);
    WALK_CALL(walk, r = sctpx_socket_set_maximum_channel_count(end->socket,
                                                               (int)walk_below(walk, 6) - 1));
    WALK_RESULT(walk, r, SCTPX_ESTATE);
    if (r == 0 && end->life) /* the mode may be another one for what is left to read */
        end->life->is_muddled = true;
}

/* Arguments that are none. */
static void call_nonsense(struct walk_end *end)
{
    struct walk *walk = end->walk;
    sctpx_socket *socket = end->socket;
    const sctpx_sndinfo info = {.flags = 0x8000};
    sctpx_addr none = {0};
    int r;

    walk_log(walk, "%u: nonsense", end->id);
    walk->calling++;
    WALK_CHECK(walk, sctpx_socket_connect(socket, NULL, 1, 7) < 0);
    WALK_CHECK(walk, sctpx_socket_connect(socket, &none, 1, 7) < 0);
    WALK_CHECK(walk, sctpx_socket_connect(socket, &none, 1000, 7) < 0);
    WALK_CHECK(walk, sctpx_socket_connect_name(socket, NULL, 7) < 0);
    WALK_CHECK(walk, sctpx_socket_connect_name(socket, "127.0.0.1", 0) < 0);
    WALK_CHECK(walk, sctpx_socket_bind(socket, NULL, 1, 0, 0) < 0);
    WALK_CHECK(walk, sctpx_socket_bind(socket, &none, 1000, 0, 0) < 0);
    r = sctpx_socket_write_datagram(socket, NULL, 5, NULL);
    WALK_CHECK(walk, r < 0);
    if (r == SCTPX_EWOULDBLOCK) /* there is no address yet */
        end->life->is_refused = true;
    WALK_CHECK(walk, sctpx_socket_write_datagram(socket, "", 0, NULL) < 0);
    WALK_CHECK(walk, sctpx_socket_write_datagram(socket, "x", 1, &info) < 0);
    WALK_CHECK(walk, sctpx_socket_write_datagram(socket, "x", SIZE_MAX, NULL) < 0);
    r = (int)sctpx_socket_write(socket, NULL, 5);
    WALK_CHECK(walk, r < 0);
    if (r == SCTPX_EWOULDBLOCK)
        end->life->is_refused = true;
    WALK_CHECK(walk, sctpx_socket_write(socket, "x", SIZE_MAX) < 0);
    WALK_CHECK(walk, sctpx_socket_abort(socket, NULL, 5) < 0);
    WALK_CHECK(walk, sctpx_socket_read_bytes(socket, -1, NULL, 5) < 0);
    WALK_CHECK(walk, sctpx_socket_read_bytes(socket, -1, walk->buffer, SIZE_MAX) < 0);
    WALK_CHECK(walk, sctpx_socket_peek_bytes(socket, -1, NULL, 5) < 0);
    WALK_CHECK(walk, sctpx_socket_read_datagram(socket, -1, NULL, 5, NULL) < 0);
    WALK_CHECK(walk, sctpx_socket_peek_datagram(socket, -1, NULL, 5, NULL) < 0);
    WALK_CHECK(walk, sctpx_socket_read_line(socket, -1, NULL, 5) < 0);
    WALK_CHECK(walk, sctpx_socket_read_line(socket, -1, (char *)walk->buffer, 1) < 0);
    WALK_CHECK(walk, sctpx_socket_unread(socket, -1, NULL, 5) < 0);
    WALK_CHECK(walk, sctpx_socket_unread(socket, -1, walk->buffer, SIZE_MAX) < 0);
    WALK_CHECK(walk, sctpx_socket_attach(socket, NULL) < 0);
    WALK_CHECK(walk, sctpx_socket_attach(socket, walk->loops[1]) < 0);
    WALK_CHECK(walk, sctpx_socket_set_primary(socket, SIZE_MAX) < 0);
    WALK_CHECK(walk, sctpx_socket_heartbeat(socket, SIZE_MAX) < 0);
    WALK_CHECK(walk, sctpx_socket_set_maximum_channel_count(socket, 65536) < 0);
    walk->calling--;
    if (end->life && sctpx_socket_state(socket) == SCTPX_UNCONNECTED)
        end->life->may_be_silent = true; /* a connect */
}

static void call_callbacks(struct walk_end *end)
{
    struct walk *walk = end->walk;
    bool is_idle = sctpx_socket_state(end->socket) == SCTPX_UNCONNECTED;

    if (is_idle && walk->depth > 0 && end->life) /* maybe in the middle of its end */
        end->life->may_be_silent = true;
    walk_end_set_callbacks(end, walk_chance(walk, 60) ? 2 : walk_below(walk, 2));
}

void walk_socket_call(struct walk_end *end)
{
    struct walk *walk = end->walk;
    unsigned kind = walk_below(walk, 100);

    if (end->is_detached)
        call_attach(end);
    else if (!sctpx_socket_loop(end->socket) && end->guards == 0 && walk_chance(walk, 50))
        walk_end_free(end);
    else if (kind < 30)
        call_write(end);
    else if (kind < 55)
        walk_read(end);
    else if (kind < 67)
        call_connect(end);
    else if (kind < 72)
        call_end(end);
    else if (kind < 74 && end->guards == 0)
        walk_end_free(end);
    else if (kind < 77)
        call_callbacks(end);
    else if (kind < 80)
        walk_call_options(end);
    else if (kind < 82)
        walk_call_marks(end);
    else if (kind < 85)
        walk_call_path(end);
    else if (kind < 88)
        call_wait(end);
    else if (kind < 92)
        call_move(end);
    else if (kind < 93)
        call_odd(end);
    else if (kind < 94)
        call_nonsense(end);
    else if (kind < 96)
        call_bind(end);
    else
        walk_look(end);
}
