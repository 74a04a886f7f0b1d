/* SPDX-License-Identifier: MIT */
/* Every getter of a socket, in whatever state it is. */
#include "support/api_walk.h"

#include <string.h>

static void look_at_amounts(struct walk_end *end)
{
    struct walk *walk = end->walk;
    const sctpx_socket *socket = end->socket;
    size_t available = 0, waiting = 0, n;
    bool is_plain = sctpx_socket_mode(socket) == SCTPX_MODE_DATAGRAM;

    for (int stream = 0; stream < WALK_STREAMS; stream++) {
        sctpx_stream_status status;
        size_t unacked = sctpx_socket_bytes_to_write(socket, stream);

        available += sctpx_socket_bytes_available(socket, stream);
        waiting += unacked;
        if (sctpx_socket_stream_status(socket, (uint16_t)stream, &status) == 0)
            WALK_CHECK(walk, unacked == status.unacked_bytes);
    }
    n = sctpx_socket_bytes_available(socket, SCTPX_ANY_STREAM);
    if (is_plain && !sctpx_socket_is_transaction_started(socket, SCTPX_ANY_STREAM))
        WALK_CHECK(walk, n >= available);
    if (is_plain)
        WALK_CHECK(walk, sctpx_socket_bytes_to_write(socket, SCTPX_ANY_STREAM) >= waiting);
    (void)sctpx_socket_bytes_available(socket, SCTPX_CURRENT_STREAM);
    (void)sctpx_socket_bytes_available(socket, 65535);
    (void)sctpx_socket_bytes_to_write(socket, SCTPX_CURRENT_STREAM);
    (void)sctpx_socket_bytes_to_write(socket, 65535);
    (void)sctpx_socket_bytes_to_write(socket, -7);
    WALK_CHECK(walk, sctpx_socket_read_buffer_size(socket) >= 1500);
    WALK_CHECK(walk, sctpx_socket_write_limit(socket) >= 1);
    WALK_CHECK(walk, (unsigned)sctpx_socket_congestion_level(socket) <= SCTPX_MAX_CONGESTION_LEVEL);
}

static void look_at_error(struct walk_end *end)
{
    struct walk *walk = end->walk;
    const sctpx_socket *socket = end->socket;
    const char *text = sctpx_socket_error_string(socket);
    size_t length = 12345;
    const void *reason = sctpx_socket_abort_reason(socket, &length);

    WALK_CHECK(walk, text && (text[0] == '\0') == (sctpx_socket_error(socket) == 0));
    WALK_CHECK(walk, sctpx_socket_error(socket) <= 0);
    WALK_CHECK(walk, length <= 256 && (reason || length == 0));
    (void)sctpx_socket_abort_cause(socket);
    (void)sctpx_socket_sent_context(socket);
}

static void look_at_addresses(struct walk_end *end)
{
    struct walk *walk = end->walk;
    const sctpx_socket *socket = end->socket;
    sctpx_addr addrs[SCTPX_MAX_LOCALS];
    size_t n = sctpx_socket_local_addrs(socket, addrs, walk_below(walk, SCTPX_MAX_LOCALS + 1));

    WALK_CHECK(walk, n <= SCTPX_MAX_LOCALS);
    WALK_CHECK(walk, n == sctpx_socket_local_addrs(socket, NULL, 0));
    n = sctpx_socket_peer_addrs(socket, addrs, walk_below(walk, SCTPX_MAX_PATHS + 1));
    WALK_CHECK(walk, n <= SCTPX_MAX_PATHS);
    WALK_CHECK(walk, n == sctpx_socket_peer_addrs(socket, NULL, 0));
    WALK_CHECK(walk, sctpx_socket_peer_name(socket));
    (void)sctpx_socket_local_port(socket);
    (void)sctpx_socket_peer_port(socket);
    (void)sctpx_socket_local_udp_port(socket);
    (void)sctpx_socket_in_streams(socket);
    (void)sctpx_socket_out_streams(socket);
    WALK_CHECK(walk, sctpx_socket_descriptor(socket) == -1);
}

static void look_at_paths(struct walk_end *end)
{
    struct walk *walk = end->walk;
    const sctpx_socket *socket = end->socket;
    size_t n = sctpx_socket_path_count(socket);
    sctpx_statistics statistics;
    sctpx_assoc_status status;
    sctpx_path_options options;
    sctpx_path_status path;
    int r = sctpx_socket_status(socket, &status);

    WALK_CHECK(walk, r == 0 || (r == SCTPX_ESTATE && n == 0));
    WALK_CHECK(walk, n <= SCTPX_MAX_PATHS && sctpx_socket_statistics(socket, &statistics) == r);
    if (r == 0)
        WALK_CHECK(walk, status.paths == n && statistics.assoc.paths == n);
    for (size_t i = 0; i < n; i++) {
        WALK_CHECK(walk, sctpx_socket_path_status(socket, i, &path) == 0);
        WALK_CHECK(walk, sctpx_socket_path_options_get(socket, i, &options) == 0);
    }
    WALK_CHECK(walk, sctpx_socket_path_status(socket, n, &path) < 0);
    WALK_CHECK(walk, sctpx_socket_path_options_get(socket, n, &options) < 0);
}

static void look_at_state(struct walk_end *end)
{
    struct walk *walk = end->walk;
    const sctpx_socket *socket = end->socket;
    enum sctpx_socket_state state = sctpx_socket_state(socket);
    sctpx_assoc_options options;

    WALK_CHECK(walk, state >= SCTPX_UNCONNECTED && state <= SCTPX_CLOSING);
    /* Without the loop where it came up it is over, and will be told so. */
    if (state == SCTPX_CONNECTED && walk_loop_is_there(walk, end->life->home)) {
        WALK_CHECK(walk, sctpx_socket_path_count(socket) > 0);
        WALK_CHECK(walk, sctpx_socket_in_streams(socket) > 0);
        WALK_CHECK(walk, sctpx_socket_local_port(socket) != 0);
    }
    if (state != SCTPX_UNCONNECTED)
        WALK_CHECK(walk, end->life);
    sctpx_socket_options_get(socket, &options);
    WALK_CHECK(walk, sctpx_assoc_options_check(&options) == 0);
    (void)sctpx_socket_maximum_channel_count(socket);
    (void)sctpx_socket_current_read_stream(socket);
    (void)sctpx_socket_current_write_stream(socket);
    WALK_CHECK(walk, !sctpx_socket_user(socket) ||
                         ((struct walk_hat *)sctpx_socket_user(socket))->end == end);
}

void walk_look(struct walk_end *end)
{
    end->walk->calling++;
    look_at_state(end);
    look_at_amounts(end);
    look_at_error(end);
    look_at_addresses(end);
    look_at_paths(end);
    end->walk->calling--;
}
