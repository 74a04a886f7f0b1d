/* SPDX-License-Identifier: MIT */
/* "Closing": what was written is delivered in each of the ways, and nothing is left. */
#include "guide.h"

#include "guide_let_go.inc"
#include "guide_finish.inc"
#include "guide_interrupted.inc"
#include "guide_crowd.inc"

/* The message came, and then the peer's graceful end. */
static void expect_goodbye(struct guide *guide, sctpx_socket *server, const char *text)
{
    char rest[10];

    guide_hear(guide, server, 0, text, NULL);
    UNTIL(guide->loop, sctpx_socket_state(server) == SCTPX_UNCONNECTED);
    CHECK(sctpx_socket_read_datagram(server, 0, rest, sizeof(rest), NULL) == SCTPX_EPEERSHUTDOWN);
    sctpx_socket_free(server);
}

static void test_let_go(struct guide *guide)
{
    sctpx_socket *client = guide_client(guide), *server, *fresh;

    guide_say(client, 0, "last words");
    server = guide_accept(guide);
    guide_send(server, 0, 500000); /* is not read by anybody */
    let_go(client);
    expect_goodbye(guide, server, "last words");
    CHECK(sctpx_socket_new(guide->loop, NULL, &fresh) == 0);
    let_go(fresh); /* at once: there is no on_closed to wait for */
}

static void test_finish(struct guide *guide)
{
    sctpx_socket *client = guide_client(guide), *server;

    guide_up(guide, client);
    guide_say(client, 0, "we end");
    server = guide_accept(guide);
    finish(client);
    expect_goodbye(guide, server, "we end");
}

static void test_finish_after_the_peer(struct guide *guide)
{
    sctpx_socket *client = guide_client(guide), *server = guide_accept(guide);

    guide_up(guide, client);
    guide_send(client, 0, 900);
    CHECK(sctpx_socket_disconnect(server, 5000) == 0);
    UNTIL(guide->loop, sctpx_socket_state(client) != SCTPX_CONNECTED);
    finish(client);
    CHECK(sctpx_socket_next_datagram_size(server, 0) == 900);
    CHECK(sctpx_socket_error(server) == 0);
    sctpx_socket_free(server);
}

static void on_interrupt(sctpx_timer *timer, void *arg)
{
    (void)arg;
    sctpx_timer_free(timer);
    raise(SIGINT);
}

static void test_interrupted(struct guide *guide)
{
    sctpx_socket *client = guide_client(guide), *server;
    sctpx_timer *timer;

    guide_up(guide, client);
    guide_say(client, 0, "interrupted");
    server = guide_accept(guide);
    CHECK(sctpx_timer_new(guide->loop, on_interrupt, NULL, &timer) == 0);
    sctpx_timer_start(timer, 1000);
    run_until_interrupted(guide->loop, client);
    expect_goodbye(guide, server, "interrupted");
}

/* ---- a server with many clients ------------------------------------------------------------- */

static void on_member_closed(sctpx_socket *socket, void *user, int error)
{
    struct crowd *crowd = user;
    int i = 0;

    CHECK(error == 0);
    while (crowd->sockets[i] != socket)
        i++;
    crowd->sockets[i] = crowd->sockets[--crowd->count];
    sctpx_socket_free(socket);
}

static void take(struct crowd *crowd, sctpx_socket *socket)
{
    const sctpx_socket_callbacks callbacks = {.on_closed = on_member_closed};

    crowd->sockets[crowd->count++] = socket;
    sctpx_socket_set_callbacks(socket, &callbacks, crowd);
}

static void test_crowd(struct guide *guide)
{
    enum { CLIENTS = 5 };
    struct crowd crowd = {.count = 0};
    sctpx_socket *clients[CLIENTS];

    for (int i = 0; i < CLIENTS; i++)
        clients[i] = guide_client(guide);
    take(&crowd, guide_accept(guide)); /* the others are pending */
    UNTIL(guide->loop, sctpx_server_pending_connections(guide->server) == CLIENTS - 1);
    end_gracefully(guide->loop, guide->server, &crowd, take);
    CHECK(crowd.count == 0);
    for (int i = 0; i < CLIENTS; i++) {
        CHECK(sctpx_socket_error(clients[i]) == SCTPX_EPEERSHUTDOWN);
        sctpx_socket_free(clients[i]);
    }
}

int main(void)
{
    struct guide guide;

    guide_open(&guide, 0);
    test_let_go(&guide);
    test_finish(&guide);
    test_finish_after_the_peer(&guide);
    test_interrupted(&guide);
    test_crowd(&guide); /* frees the server */
    sctpx_loop_free(guide.loop);
    return 0;
}
