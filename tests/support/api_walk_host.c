/* SPDX-License-Identifier: MIT */
/* Servers of a walk. */
#include "support/api_walk.h"

/* ---- sockets that come in --------------------------------------------------------------------- */

static struct walk_end *take(struct walk *walk, sctpx_socket *socket)
{
    struct walk_end *end = walk_end_new(walk, socket);
    bool is_up = sctpx_socket_state(socket) == SCTPX_CONNECTED;

    walk_end_set_callbacks(end, walk->is_ending || walk_chance(walk, 90) ? 2 : walk_below(walk, 2));
    walk_end_begin_life(end, true);
    if (!is_up)
        end->life->is_whole = false;
    return end;
}

/* One that was put there, or a new one. */
static bool take_pending(struct walk_host *host, bool is_datagram)
{
    struct walk *walk = host->walk;
    sctpx_socket *socket;
    struct walk_hat *hat;
    int r, n = sctpx_server_pending_connections(host->server);

    if (walk->n_ends >= WALK_ENDS_MAX - 1 || walk->n_lives >= WALK_LIVES_MAX - 1)
        return false;
    WALK_CALL(walk, r = is_datagram
                            ? sctpx_server_next_pending_datagram_connection(host->server, &socket)
                            : sctpx_server_next_pending_connection(host->server, &socket));
    WALK_CHECK(walk, r == 0 || (r == SCTPX_EWOULDBLOCK && !socket));
    WALK_CHECK(walk, r == 0 ? n > 0 : n == 0 || is_datagram);
    if (r < 0)
        return false;
    hat = sctpx_socket_user(socket);
    if (hat) {
        WALK_CHECK(walk, hat->end->socket == socket && hat->end->keeper == host->server);
        hat->end->keeper = NULL;
        walk_log(walk, "%u: taken again", hat->end->id);
    } else {
        walk_log(walk, "%u: taken", take(walk, socket)->id);
    }
    return true;
}

void walk_host_take_all(struct walk_host *host)
{
    while (take_pending(host, false))
        continue;
}

static struct walk_host *enter(void *user, const sctpx_server *server, const char *what)
{
    struct walk_host *host = user;
    struct walk *walk = host->walk;

    walk_log(walk, "  server: %s", what);
    WALK_CHECK(walk, host->server == server && walk->calling == 0 && walk->depth > 0);
    WALK_CHECK(walk, walk->running[walk->depth - 1] == host->loop);
    return host;
}

static void leave(struct walk_host *host)
{
    while (!host->walk->is_ending && walk_chance(host->walk, 15))
        walk_act(host->walk, NULL);
}

static void on_connection(sctpx_server *server, void *user)
{
    struct walk_host *host = enter(user, server, "on_connection");

    if (host->walk->is_ending)
        walk_host_take_all(host);
    else if (walk_chance(host->walk, 75))
        (void)take_pending(host, false);
    leave(host);
}

static void on_accept_error(sctpx_server *server, void *user, int error)
{
    struct walk_host *host = enter(user, server, "on_accept_error");

    WALK_CHECK(host->walk, error < 0 && sctpx_server_error(server) == error);
    leave(host);
}

static int accept_filter(sctpx_server *server, void *user, const sctpx_peer_info *peer)
{
    struct walk_host *host = enter(user, server, "accept_filter");
    bool is_refused = walk_chance(host->walk, 10);

    WALK_CHECK(host->walk, peer->n > 0 && peer->n <= SCTPX_MAX_PATHS && peer->port != 0);
    leave(host);
    return is_refused;
}

/* Whatever was done to it in here. */
static enum sctpx_incoming on_incoming(sctpx_server *server, void *user, sctpx_socket *socket)
{
    struct walk_host *host = enter(user, server, "on_incoming");
    struct walk *walk = host->walk;
    unsigned kind = walk_below(walk, 10);

    if (walk->is_ending || kind < 3) {
        leave(host);
        return SCTPX_INCOMING_QUEUE;
    }
    if (kind == 3)
        return SCTPX_INCOMING_REFUSE;
    if (walk->n_ends < WALK_ENDS_MAX - 30) {
        struct walk_end *end = take(walk, socket);

        while (end->socket && !end->keeper && walk_chance(walk, 60))
            walk_socket_call(end);
        leave(host);
    }
    return SCTPX_INCOMING_TAKE;
}

/* ---- calls -------------------------------------------------------------------------------------- */

static void set_callbacks(struct walk_host *host)
{
    static const sctpx_server_callbacks all = {.on_connection = on_connection,
                                               .on_accept_error = on_accept_error,
                                               .accept_filter = accept_filter,
                                               .on_incoming = on_incoming};
    static const sctpx_server_callbacks some = {.on_connection = on_connection};

    WALK_CALL(host->walk, sctpx_server_set_callbacks(
                              host->server, walk_chance(host->walk, 60) ? &all : &some, host));
}

static void listen_again(struct walk_host *host)
{
    struct walk *walk = host->walk;
    bool was_idle = !sctpx_server_is_listening(host->server);
    const sctpx_addr addr = {.family = SCTPX_IPV4, .ip = {127, 0, 0, 1}};
    int r;

    WALK_CALL(walk, r = sctpx_server_set_maximum_channel_count(host->server,
                                                               (int)walk_below(walk, 6) - 1));
    WALK_CHECK(walk, r == (was_idle ? 0 : SCTPX_ESTATE));
    WALK_CALL(walk, r = sctpx_server_listen(host->server, &addr, walk_chance(walk, 75),
                                            (uint16_t)(walk_below(walk, 2) * 7)));
    walk_log(walk, "server: listen: %d", r);
    WALK_CHECK(walk, was_idle == (r != SCTPX_ESTATE));
    WALK_RESULT(walk, r, SCTPX_ESTATE, SCTPX_ERESOURCE);
    if (r < 0)
        return;
    host->addr = addr;
    host->addr.udp_port = sctpx_server_udp_port(host->server);
    host->port = sctpx_server_port(host->server);
    WALK_CHECK(walk, host->port != 0 && host->addr.udp_port != 0);
}

void walk_host_start(struct walk_host *host)
{
    struct walk *walk = host->walk;
    sctpx_server_options options;
    int r;

    sctpx_server_options_defaults(&options);
    walk_random_options(walk, &options.assoc);
    options.udp_port = 0;
    options.max_pending = 1 + (int)walk_below(walk, 4);
    options.backlog = 1 + (int)walk_below(walk, 5);
    if (walk_chance(walk, 20))
        options.close_timeout_ms = (int)walk_below(walk, 60);
    host->loop = walk->loops[walk_below(walk, WALK_LOOPS)];
    WALK_CALL(walk, r = sctpx_server_new(host->loop, &options, &host->server));
    walk_log(walk, "server: new: %d", r);
    WALK_RESULT(walk, r, SCTPX_EINVAL);
    if (r < 0) {
        host->server = NULL;
        return;
    }
    set_callbacks(host);
    listen_again(host);
}

void walk_host_forget_pending(struct walk_host *host)
{
    for (unsigned i = 0; i < host->walk->n_ends; i++)
        if (host->walk->ends[i].socket && host->walk->ends[i].keeper == host->server)
            walk_end_forget(&host->walk->ends[i]);
}

static void close_host(struct walk_host *host)
{
    walk_log(host->walk, "server: close");
    WALK_CALL(host->walk, sctpx_server_close(host->server));
    walk_host_forget_pending(host);
    WALK_CHECK(host->walk, !sctpx_server_is_listening(host->server));
    WALK_CHECK(host->walk, sctpx_server_pending_connections(host->server) == 0);
}

void walk_host_free(struct walk_host *host)
{
    walk_log(host->walk, "server: free");
    WALK_CALL(host->walk, sctpx_server_free(host->server));
    walk_host_forget_pending(host);
    host->server = NULL;
}

static void add_pending(struct walk_host *host)
{
    struct walk *walk = host->walk;
    struct walk_end *end = walk_end_pick(walk);
    bool is_here;
    int r;

    if (!end || end->guards > 0)
        return;
    is_here = !end->is_detached && sctpx_socket_loop(end->socket) == host->loop;
    if (end->is_detached)
        return;
    WALK_CALL(walk, r = sctpx_server_add_pending_connection(host->server, end->socket));
    walk_log(walk, "server: add_pending %u: %d", end->id, r);
    WALK_CHECK(walk, r == (is_here ? 0 : SCTPX_EINVAL));
    if (r < 0)
        return;
    end->keeper = host->server;
    WALK_CALL(walk, r = sctpx_server_add_pending_connection(host->server, end->socket));
    WALK_CHECK(walk, r == SCTPX_EINVAL);
    WALK_CALL(walk, r = sctpx_socket_detach(end->socket));
    WALK_CHECK(walk, r == SCTPX_ESTATE);
}

static void wait_for_one(struct walk_host *host)
{
    struct walk *walk = host->walk;
    bool is_inside = walk_is_running(walk, host->loop), timed_out = false;
    int r;

    if (!is_inside && walk->depth > 2)
        return;
    host->guards++;
    if (is_inside) {
        WALK_CALL(walk, r = sctpx_server_wait_for_new_connection(host->server, 1, &timed_out));
    } else {
        walk_enter_loop(walk, host->loop);
        r = sctpx_server_wait_for_new_connection(host->server, (int)walk_below(walk, 3),
                                                 &timed_out);
        walk_leave_loop(walk);
    }
    host->guards--;
    walk_log(walk, "server: wait_for_new_connection%s: %d", is_inside ? " inside" : "", r);
    WALK_CHECK(walk, timed_out == (r == SCTPX_ETIMEDOUT));
    WALK_CHECK(walk, !is_inside || r == SCTPX_ESTATE);
    WALK_RESULT(walk, r, SCTPX_ETIMEDOUT, SCTPX_ECANCELED, SCTPX_ESTATE);
}

static void look(struct walk_host *host)
{
    struct walk *walk = host->walk;
    const sctpx_server *server = host->server;
    bool is_on = sctpx_server_is_listening(server);
    sctpx_addr addrs[SCTPX_MAX_LOCALS];
    sctpx_endpoint_stats stats;

    WALK_CHECK(walk, is_on == (sctpx_server_port(server) != 0));
    WALK_CHECK(walk, is_on == (sctpx_server_udp_port(server) != 0));
    WALK_CHECK(walk, is_on == (sctpx_server_addresses(server, addrs, SCTPX_MAX_LOCALS) != 0));
    WALK_CHECK(walk, sctpx_server_stats(server, &stats) == (is_on ? 0 : SCTPX_ESTATE));
    WALK_CHECK(walk, sctpx_server_descriptor(server) == -1);
    WALK_CHECK(walk,
               (sctpx_server_error(server) == 0) == (sctpx_server_error_string(server)[0] == '\0'));
    WALK_CHECK(walk, sctpx_server_has_pending_connections(server) ==
                         (sctpx_server_pending_connections(server) > 0));
    WALK_CHECK(walk, sctpx_server_user(server) == host && sctpx_server_loop(server) == host->loop);
    (void)sctpx_server_maximum_channel_count(server);
    (void)sctpx_server_listen_backlog_size(server);
    (void)sctpx_server_max_pending_connections(server);
}

static void call_settings(struct walk_host *host)
{
    struct walk *walk = host->walk;
    bool is_on = sctpx_server_is_listening(host->server);
    int fd = -1, r;

    WALK_CALL(walk, r = walk_chance(walk, 60) ? sctpx_server_resume_accepting(host->server)
                                              : sctpx_server_pause_accepting(host->server));
    WALK_CHECK(walk, r == (is_on ? 0 : SCTPX_ESTATE));
    WALK_CALL(walk,
              r = sctpx_server_set_max_pending_connections(host->server, (int)walk_below(walk, 4)));
    WALK_RESULT(walk, r, SCTPX_EINVAL);
    WALK_CALL(walk,
              r = sctpx_server_set_listen_backlog_size(host->server, (int)walk_below(walk, 4)));
    WALK_RESULT(walk, r, SCTPX_EINVAL, SCTPX_ESTATE);
    WALK_CALL(walk, r = sctpx_server_listen_descriptors(host->server, &fd, walk_below(walk, 2), 7));
    WALK_CHECK(walk, r < 0);
}

/* Its loop is gone. */
static void call_orphan(struct walk_host *host)
{
    struct walk *walk = host->walk;
    sctpx_server *server = host->server;
    sctpx_socket *socket;

    walk->calling++;
    WALK_CHECK(walk, !sctpx_server_is_listening(server));
    WALK_CHECK(walk, sctpx_server_listen(server, NULL, 0, 0) == SCTPX_ESTATE);
    WALK_CHECK(walk, sctpx_server_pause_accepting(server) == SCTPX_ESTATE);
    WALK_CHECK(walk, sctpx_server_resume_accepting(server) == SCTPX_ESTATE);
    WALK_CHECK(walk, sctpx_server_pending_connections(server) == 0);
    WALK_CHECK(walk, sctpx_server_next_pending_connection(server, &socket) == SCTPX_EWOULDBLOCK);
    WALK_CHECK(walk, sctpx_server_add_pending_connection(server, NULL) == SCTPX_ESTATE);
    WALK_CHECK(walk, sctpx_server_set_max_pending_connections(server, 3) == 0);
    WALK_CHECK(walk, sctpx_server_wait_for_new_connection(server, 1, NULL) == SCTPX_ESTATE);
    walk->calling--;
    if (walk_chance(walk, 30))
        close_host(host);
    walk_host_free(host);
}

void walk_host_call(struct walk_host *host)
{
    struct walk *walk = host->walk;
    unsigned kind = walk_below(walk, 20);

    if (!host->server)
        walk_host_start(host);
    else if (!sctpx_server_loop(host->server))
        call_orphan(host);
    else if (kind < 6)
        (void)take_pending(host, kind == 0);
    else if (kind < 9)
        call_settings(host);
    else if (kind < 12)
        add_pending(host);
    else if (kind < 14)
        wait_for_one(host);
    else if (kind < 15)
        set_callbacks(host);
    else if (kind < 16)
        close_host(host);
    else if (kind < 18)
        listen_again(host);
    else if (kind < 19)
        look(host);
    else if (host->guards == 0)
        walk_host_free(host);
}
