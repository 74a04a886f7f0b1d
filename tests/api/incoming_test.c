/* SPDX-License-Identifier: MIT */
/* ctest: labels=suite */
/* on_incoming, and the queue of pending sockets when a user puts some in. */
#include "support/loopback.h"

#include <string.h>

struct hook {
    struct bed bed;
    enum sctpx_incoming answer;
    void (*act)(struct hook *hook, sctpx_socket *socket);
    unsigned calls;
    sctpx_socket *socket; /* the last one */
    enum sctpx_socket_state state;
    sctpx_loop *other;
};

static enum sctpx_incoming on_incoming(sctpx_server *server, void *user, sctpx_socket *socket)
{
    struct hook *hook = user;

    hook->calls++;
    hook->socket = socket;
    hook->state = sctpx_socket_state(socket);
    assert_ptr_equal(sctpx_socket_loop(socket), sctpx_server_loop(server));
    if (hook->act)
        hook->act(hook, socket);
    return hook->answer;
}

static void on_connection(sctpx_server *server, void *user)
{
    struct hook *hook = user;

    assert_true(sctpx_server_has_pending_connections(server));
    hook->bed.connections++;
}

static void on_accept_error(sctpx_server *server, void *user, int error)
{
    struct hook *hook = user;

    (void)server;
    hook->bed.accept_errors++;
    hook->bed.accept_error = error;
}

static int setup(void **state)
{
    static const sctpx_server_callbacks callbacks = {.on_connection = on_connection,
                                                     .on_accept_error = on_accept_error,
                                                     .on_incoming = on_incoming};
    static struct hook hook;

    hook = (struct hook){0};
    bed_open(&hook.bed, bed_family(), 0, NULL);
    sctpx_server_set_callbacks(hook.bed.server, &callbacks, &hook);
    *state = &hook;
    return 0;
}

static int teardown(void **state)
{
    struct hook *hook = *state;

    sctpx_loop_free(hook->other);
    bed_close(&hook->bed);
    return 0;
}

static void connect_one(struct hook *hook, struct probe *client)
{
    *client = (struct probe){0};
    bed_connect(&hook->bed, client, 0, NULL);
}

/* Whether it had heard that it was up, before, is a matter of packets. */
static bool is_refused(const struct probe *client)
{
    return client->closed == SCTPX_EREFUSED || client->closed == SCTPX_EPEERABORT;
}

/* ---- the answers -------------------------------------------------------------------------- */

static void test_queue(void **state)
{
    struct hook *hook = *state;
    struct probe client, peer = {0};

    connect_one(hook, &client);
    RUN_UNTIL(hook->bed.loop, hook->bed.connections == 1);
    assert_int_equal(hook->calls, 1);
    assert_int_equal(hook->state, SCTPX_CONNECTED);
    assert_int_equal(sctpx_server_pending_connections(hook->bed.server), 1);
    bed_accept(&hook->bed, &peer);
    assert_ptr_equal(peer.socket, hook->socket);
    assert_int_equal(sctpx_server_pending_connections(hook->bed.server), 0);
    sctpx_socket_free(peer.socket);
    sctpx_socket_free(client.socket);
}

static void greet(struct hook *hook, sctpx_socket *socket)
{
    (void)hook;
    assert_int_equal(sctpx_socket_write_datagram(socket, "welcome", 7, NULL), 0);
}

static void test_take_and_use_at_once(void **state)
{
    struct hook *hook = *state;
    struct probe client;
    char text[8];

    hook->answer = SCTPX_INCOMING_TAKE;
    hook->act = greet;
    connect_one(hook, &client);
    RUN_UNTIL(hook->bed.loop, client.count[PROBE_READABLE] == 1);
    assert_int_equal(sctpx_socket_read_datagram(client.socket, 0, text, sizeof(text), NULL), 7);
    assert_int_equal(hook->bed.connections, 0);
    assert_false(sctpx_server_has_pending_connections(hook->bed.server));
    sctpx_server_close(hook->bed.server); /* it lives on */
    assert_int_equal(sctpx_socket_write_datagram(hook->socket, "still", 5, NULL), 0);
    RUN_UNTIL(hook->bed.loop, client.count[PROBE_READABLE] == 2);
    sctpx_socket_free(hook->socket);
    sctpx_socket_free(client.socket);
}

/* What is taken leaves the queue to others. */
static void test_take_does_not_count_as_pending(void **state)
{
    struct hook *hook = *state;
    struct probe clients[3];
    sctpx_socket *taken[3];

    hook->answer = SCTPX_INCOMING_TAKE;
    assert_int_equal(sctpx_server_set_max_pending_connections(hook->bed.server, 1), 0);
    for (unsigned i = 0; i < 3; i++) {
        connect_one(hook, &clients[i]);
        RUN_UNTIL(hook->bed.loop, hook->calls == i + 1);
        taken[i] = hook->socket;
    }
    for (unsigned i = 0; i < 3; i++) {
        sctpx_socket_free(taken[i]);
        sctpx_socket_free(clients[i].socket);
    }
}

static void test_refuse(void **state)
{
    struct hook *hook = *state;
    struct probe client;
    size_t length;

    hook->answer = SCTPX_INCOMING_REFUSE;
    connect_one(hook, &client);
    RUN_UNTIL(hook->bed.loop, client.count[PROBE_CLOSED] == 1);
    assert_true(is_refused(&client));
    if (!bed_is_kernel()) /* it sends no reasons, and drops those of refusals */
        assert_memory_equal(sctpx_socket_abort_reason(client.socket, &length), "refused", 7);
    assert_int_equal(hook->bed.accept_errors, 1);
    assert_int_equal(hook->bed.accept_error, SCTPX_EFILTERED);
    assert_int_equal(hook->bed.connections, 0);
    sctpx_socket_free(client.socket);
}

/* ---- what the hook may do ----------------------------------------------------------------- */

static void free_it(struct hook *hook, sctpx_socket *socket)
{
    (void)hook;
    sctpx_socket_free(socket);
}

/* Whatever it answers then: there is nothing to queue. */
static void test_hook_frees_the_socket(void **state)
{
    static const enum sctpx_incoming answers[] = {SCTPX_INCOMING_TAKE, SCTPX_INCOMING_QUEUE,
                                                  SCTPX_INCOMING_REFUSE};
    struct hook *hook = *state;
    struct probe client;

    hook->act = free_it;
    for (unsigned i = 0; i < 3; i++) {
        hook->answer = answers[i];
        connect_one(hook, &client);
        RUN_UNTIL(hook->bed.loop, client.count[PROBE_CLOSED] == 1);
        assert_true(is_refused(&client));
        assert_int_equal(hook->calls, i + 1);
        sctpx_socket_free(client.socket);
    }
    assert_int_equal(hook->bed.connections, 0);
    assert_int_equal(hook->bed.accept_errors, 0);
}

static void close_server(struct hook *hook, sctpx_socket *socket)
{
    (void)socket;
    sctpx_server_close(hook->bed.server);
}

static void free_server(struct hook *hook, sctpx_socket *socket)
{
    (void)socket;
    sctpx_server_free(hook->bed.server);
    hook->bed.server = NULL;
}

/* It would have been pending, and those are aborted; one that is taken is not. */
static void test_hook_closes_or_frees_the_server(void **state)
{
    struct hook *hook = *state;
    struct probe client;

    hook->act = close_server;
    connect_one(hook, &client);
    RUN_UNTIL(hook->bed.loop, client.count[PROBE_CLOSED] == 1);
    assert_true(is_refused(&client));
    assert_int_equal(hook->bed.connections, 0);
    sctpx_socket_free(client.socket);

    bed_listen(&hook->bed, NULL, 0, 0);
    hook->answer = SCTPX_INCOMING_TAKE;
    connect_one(hook, &client);
    RUN_UNTIL(hook->bed.loop, hook->calls == 2 && client.count[PROBE_CONNECTED] == 1);
    assert_int_equal(sctpx_socket_state(hook->socket), SCTPX_CONNECTED);
    sctpx_socket_free(hook->socket);
    sctpx_socket_free(client.socket);

    bed_listen(&hook->bed, NULL, 0, 0);
    hook->act = free_server;
    hook->answer = SCTPX_INCOMING_QUEUE;
    connect_one(hook, &client);
    RUN_UNTIL(hook->bed.loop, client.count[PROBE_CLOSED] == 1);
    assert_true(is_refused(&client));
    sctpx_socket_free(client.socket);
}

static void detach_it(struct hook *hook, sctpx_socket *socket)
{
    (void)hook;
    assert_int_equal(sctpx_socket_detach(socket), 0);
}

/* Another thread could have it already: the server asks nothing of it, whatever the answer. */
static void test_hook_hands_it_to_another_loop(void **state)
{
    struct hook *hook = *state;
    struct probe client, peer = {0};

    assert_int_equal(sctpx_loop_new(&hook->other), 0);
    hook->act = detach_it;
    connect_one(hook, &client);
    RUN_UNTIL(hook->bed.loop, hook->calls == 1 && client.count[PROBE_CONNECTED] == 1);
    assert_int_equal(hook->bed.connections, 0);
    assert_int_equal(sctpx_socket_attach(hook->socket, hook->other), 0);
    probe_attach(&peer, hook->socket);
    assert_int_equal(sctpx_socket_write_datagram(client.socket, "hello", 5, NULL), 0);
    while (peer.count[PROBE_READABLE] == 0) {
        assert_true(sctpx_loop_run_once(hook->bed.loop, 1) >= 0);
        assert_true(sctpx_loop_run_once(hook->other, 1) >= 0);
    }
    sctpx_socket_free(peer.socket);
    sctpx_socket_free(client.socket);
}

/* ---- sockets that ended before they were offered -------------------------------------------- */

static void test_offered_after_its_end(void **state)
{
    struct hook *hook = *state;
    struct probe client, peer = {0};
    char text[8];

    assert_int_equal(sctpx_server_pause_accepting(hook->bed.server), 0);
    connect_one(hook, &client);
    RUN_UNTIL(hook->bed.loop, client.count[PROBE_CONNECTED] == 1);
    assert_int_equal(sctpx_socket_write_datagram(client.socket, "bye", 3, NULL), 0);
    assert_int_equal(sctpx_socket_disconnect(client.socket, 5000), 0);
    RUN_UNTIL(hook->bed.loop, client.count[PROBE_CLOSED] == 1);
    hook->answer = SCTPX_INCOMING_TAKE;
    assert_int_equal(sctpx_server_resume_accepting(hook->bed.server), 0);
    RUN_UNTIL(hook->bed.loop, hook->calls == 1);
    probe_attach(&peer, hook->socket);
    RUN_UNTIL(hook->bed.loop, peer.count[PROBE_CLOSED] == 1);
    assert_int_equal(sctpx_socket_read_datagram(peer.socket, 0, text, sizeof(text), NULL), 3);
    sctpx_socket_free(peer.socket);
    sctpx_socket_free(client.socket);
}

/* ---- by hand ------------------------------------------------------------------------------ */

static sctpx_socket *socket_of(const struct hook *hook)
{
    sctpx_socket *socket;

    assert_int_equal(sctpx_socket_new(hook->bed.loop, NULL, &socket), 0);
    return socket;
}

/* Also without listening; the callback comes from the loop, once for each. */
static void test_added_when_not_listening(void **state)
{
    struct hook *hook = *state;
    sctpx_socket *sockets[2] = {socket_of(hook), socket_of(hook)}, *taken;
    sctpx_server *server = hook->bed.server;

    sctpx_server_close(server);
    assert_int_equal(sctpx_server_add_pending_connection(server, sockets[0]), 0);
    assert_int_equal(sctpx_server_add_pending_connection(server, sockets[1]), 0);
    assert_int_equal(sctpx_server_pending_connections(server), 2);
    assert_true(sctpx_server_has_pending_connections(server));
    assert_int_equal(hook->bed.connections, 0);
    RUN_UNTIL(hook->bed.loop, hook->bed.connections == 2);
    assert_int_equal(sctpx_server_wait_for_new_connection(server, 0, NULL), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(sctpx_server_next_pending_connection(server, &taken), 0);
        assert_ptr_equal(taken, sockets[i]);
        sctpx_socket_free(taken);
    }
    assert_int_equal(sctpx_server_next_pending_connection(server, &taken), SCTPX_EWOULDBLOCK);
    assert_int_equal(hook->calls, 0); /* nothing of that came in */
}

static void test_taken_before_it_was_told(void **state)
{
    struct hook *hook = *state;
    sctpx_server *server = hook->bed.server;
    sctpx_socket *socket = socket_of(hook), *other = socket_of(hook), *taken;

    assert_int_equal(sctpx_server_add_pending_connection(server, socket), 0);
    assert_int_equal(sctpx_server_add_pending_connection(server, other), 0);
    assert_int_equal(sctpx_server_next_pending_connection(server, &taken), 0);
    assert_ptr_equal(taken, socket);
    RUN_UNTIL(hook->bed.loop, hook->bed.connections == 1);
    assert_true(sctpx_loop_run_once(hook->bed.loop, 1) >= 0);
    assert_int_equal(hook->bed.connections, 1);
    sctpx_socket_free(taken);
}

static void test_add_refuses(void **state)
{
    struct hook *hook = *state;
    sctpx_server *server = hook->bed.server, *second;
    sctpx_socket *socket = socket_of(hook), *foreign;

    assert_int_equal(sctpx_loop_new(&hook->other), 0);
    assert_int_equal(sctpx_socket_new(hook->other, NULL, &foreign), 0);
    assert_int_equal(sctpx_server_new(hook->bed.loop, NULL, &second), 0);
    assert_int_equal(sctpx_server_add_pending_connection(server, NULL), SCTPX_EINVAL);
    assert_int_equal(sctpx_server_add_pending_connection(server, foreign), SCTPX_EINVAL);
    assert_int_equal(sctpx_server_add_pending_connection(server, socket), 0);
    assert_int_equal(sctpx_server_add_pending_connection(server, socket), SCTPX_EINVAL);
    assert_int_equal(sctpx_server_add_pending_connection(second, socket), SCTPX_EINVAL);
    sctpx_socket_free(foreign);
    sctpx_server_free(second);
    assert_int_equal(sctpx_server_pending_connections(server), 1); /* freed with the server */
}

static void test_server_outlives_its_loop(void **state)
{
    sctpx_server *server;
    sctpx_socket *socket;
    sctpx_loop *loop;

    (void)state;
    assert_int_equal(sctpx_loop_new(&loop), 0);
    assert_int_equal(sctpx_server_new(loop, NULL, &server), 0);
    assert_int_equal(sctpx_socket_new(loop, NULL, &socket), 0);
    sctpx_loop_free(loop);
    assert_int_equal(sctpx_server_add_pending_connection(server, socket), SCTPX_ESTATE);
    sctpx_socket_free(socket);
    sctpx_server_free(server);
}

/* The server has them, and its close frees them; one that was freed behind its back is gone. */
static void test_close_frees_what_was_added(void **state)
{
    struct hook *hook = *state;
    sctpx_server *server = hook->bed.server;
    sctpx_socket *freed = socket_of(hook);

    sctpx_server_close(server);
    assert_int_equal(sctpx_server_add_pending_connection(server, freed), 0);
    assert_int_equal(sctpx_server_add_pending_connection(server, socket_of(hook)), 0);
    sctpx_socket_free(freed);
    assert_int_equal(sctpx_server_pending_connections(server), 1);
    sctpx_server_close(server);
    assert_int_equal(sctpx_server_pending_connections(server), 0);
    assert_true(sctpx_loop_run_once(hook->bed.loop, 0) >= 0);
    assert_int_equal(hook->bed.connections, 0);
}

static void add_it(struct hook *hook, sctpx_socket *socket)
{
    assert_int_equal(sctpx_server_add_pending_connection(hook->bed.server, socket), 0);
}

/* The hook itself may put it there: one socket, told once. */
static void test_added_by_the_hook(void **state)
{
    struct hook *hook = *state;
    struct probe client, peer = {0};

    hook->act = add_it;
    connect_one(hook, &client);
    RUN_UNTIL(hook->bed.loop, hook->bed.connections == 1 && client.count[PROBE_CONNECTED] == 1);
    assert_int_equal(sctpx_server_pending_connections(hook->bed.server), 1);
    assert_true(sctpx_loop_run_once(hook->bed.loop, 0) >= 0);
    assert_int_equal(hook->bed.connections, 1);
    bed_accept(&hook->bed, &peer);
    sctpx_socket_free(peer.socket);
    sctpx_socket_free(client.socket);
}

/* ---- limits ------------------------------------------------------------------------------- */

/* Over the limit by hand, but nothing more comes in by itself until there is room. */
static void test_added_ones_count(void **state)
{
    struct hook *hook = *state;
    sctpx_server *server = hook->bed.server;
    struct probe client;
    sctpx_socket *taken;

    assert_int_equal(sctpx_server_set_max_pending_connections(server, 1), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(sctpx_server_add_pending_connection(server, socket_of(hook)), 0);
    connect_one(hook, &client);
    RUN_UNTIL(hook->bed.loop, client.count[PROBE_CONNECTED] == 1 && hook->bed.connections == 3);
    for (int i = 0; i < 3; i++) {
        assert_true(sctpx_loop_run_once(hook->bed.loop, 1) >= 0);
        assert_int_equal(hook->calls, 0);
        assert_int_equal(sctpx_server_next_pending_connection(server, &taken), 0);
        sctpx_socket_free(taken);
    }
    RUN_UNTIL(hook->bed.loop, hook->calls == 1);
    assert_int_equal(sctpx_server_pending_connections(server), 1);
    sctpx_socket_free(client.socket);
}

/* Paused and full are two things: the end of one is not the end of the other. */
static void test_pause_and_full_queue_are_independent(void **state)
{
    struct hook *hook = *state;
    sctpx_server *server = hook->bed.server;
    struct probe client;
    sctpx_socket *taken;

    assert_int_equal(sctpx_server_set_max_pending_connections(server, 1), 0);
    assert_int_equal(sctpx_server_add_pending_connection(server, socket_of(hook)), 0);
    assert_int_equal(sctpx_server_pause_accepting(server), 0);
    connect_one(hook, &client);
    RUN_UNTIL(hook->bed.loop, client.count[PROBE_CONNECTED] == 1);
    assert_int_equal(sctpx_server_next_pending_connection(server, &taken), 0);
    assert_int_equal(sctpx_server_wait_for_new_connection(server, 1, NULL), SCTPX_ETIMEDOUT);
    assert_int_equal(hook->calls, 0); /* there is room, but the user has paused it */
    assert_int_equal(sctpx_server_add_pending_connection(server, taken), 0);
    assert_int_equal(sctpx_server_resume_accepting(server), 0);
    assert_true(sctpx_loop_run_once(hook->bed.loop, 1) >= 0);
    assert_int_equal(hook->calls, 0); /* resumed, but full */
    assert_int_equal(sctpx_server_next_pending_connection(server, &taken), 0);
    RUN_UNTIL(hook->bed.loop, hook->calls == 1);
    sctpx_socket_free(taken);
    sctpx_socket_free(client.socket);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_queue),
        TEST(test_take_and_use_at_once),
        TEST(test_take_does_not_count_as_pending),
        TEST(test_refuse),
        TEST(test_hook_frees_the_socket),
        TEST(test_hook_closes_or_frees_the_server),
        TEST(test_hook_hands_it_to_another_loop),
        TEST(test_offered_after_its_end),
        TEST(test_added_when_not_listening),
        TEST(test_taken_before_it_was_told),
        TEST(test_add_refuses),
        cmocka_unit_test(test_server_outlives_its_loop),
        TEST(test_close_frees_what_was_added),
        TEST(test_added_by_the_hook),
        TEST(test_added_ones_count),
        TEST(test_pause_and_full_queue_are_independent),
    };

    return cmocka_run_group_tests_name("incoming", tests, NULL, NULL);
}
