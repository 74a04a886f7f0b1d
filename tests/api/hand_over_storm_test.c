/* SPDX-License-Identifier: MIT */
/* ctest: labels=tsan timeout=240 */
/*
 * One loop that accepts and four that work, each in a thread of its own, and a sixth with the
 * clients. 200 associations are handed over, echo, and end from both sides; then the accepting loop
 * or the workers go first, with associations on them.
 */
#include "support/loopback.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { WORKERS = 4, CLIENTS = 200, AT_ONCE = 25, ROUNDS = 8, LENGTH = 3000, HELD = 12, STAYS = 5 };

/* No cmocka in threads: it jumps out of tests. Only the first failure is kept. */
static _Atomic(const char *) failure;

static void fault(const char *what)
{
    const char *none = NULL;

    (void)atomic_compare_exchange_strong(&failure, &none, what);
}

/* A thread with a loop that waits to be handed work. */
struct place {
    pthread_t thread;
    sctpx_loop *loop;
    unsigned random;
    unsigned taken, ends, lost;  /* read by others when the thread has ended */
    sctpx_socket *held[CLIENTS]; /* to be there when the loop is freed */
    unsigned held_count;
};

static struct place home, workers[WORKERS];
static sctpx_server *server;
static sctpx_addr address;
static uint16_t port;
static bool is_last_act; /* written while no thread runs */

static unsigned draw(struct place *place, unsigned n)
{
    place->random = place->random * 1664525u + 1013904223u;
    return (place->random >> 8) % n;
}

static void *run(void *arg)
{
    struct place *place = arg;

    if (sctpx_loop_run(place->loop) < 0)
        fault("loop");
    return NULL;
}

static void start(struct place *place)
{
    if (pthread_create(&place->thread, NULL, run, place) != 0)
        abort();
}

static void let_go(void *arg)
{
    struct place *place = arg;

    sctpx_loop_keep(place->loop, false);
    sctpx_loop_stop(place->loop);
}

/* Ends the thread; the loop is still there, and is this thread's from then on. */
static void stop(struct place *place)
{
    if (sctpx_loop_post(place->loop, let_go, place) < 0 || pthread_join(place->thread, NULL) != 0)
        fault("stop");
}

/* ---- workers ------------------------------------------------------------------------------- */

static void on_question(sctpx_socket *socket, void *user, int stream)
{
    static _Thread_local char bytes[LENGTH];
    const sctpx_sndinfo info = {.stream = (uint16_t)stream};
    struct place *place = user;
    long length;

    while ((length = sctpx_socket_read_datagram(socket, stream, bytes, sizeof(bytes), NULL)) > 0)
        if (sctpx_socket_state(socket) == SCTPX_CONNECTED &&
            sctpx_socket_write_datagram(socket, bytes, (size_t)length, &info) < 0)
            fault("echo");
    if (is_last_act || draw(place, 40) > 0)
        return;
    /* Now and then it is the worker who ends it. */
    if (draw(place, 2) == 0)
        (void)sctpx_socket_abort(socket, "storm", 5);
    else
        (void)sctpx_socket_disconnect(socket, 10000);
}

static void on_worker_closed(sctpx_socket *socket, void *user, int error)
{
    struct place *place = user;

    if (error != 0 && error != SCTPX_EPEERSHUTDOWN && error != SCTPX_EPEERABORT &&
        error != SCTPX_EABORTED)
        fault(sctpx_strerror(error));
    place->lost += error == SCTPX_EABORTED;
    place->ends++;
    if (!is_last_act && place != &home)
        sctpx_socket_free(socket);
}

static const sctpx_socket_callbacks callbacks_of_place = {.on_readable = on_question,
                                                          .on_closed = on_worker_closed};

static void move_in(void *arg)
{
    sctpx_socket *socket = arg;
    struct place *place = sctpx_socket_user(socket);

    if (sctpx_socket_attach(socket, place->loop) < 0) {
        fault("attach");
        sctpx_socket_free(socket);
        return;
    }
    place->taken++;
    if (is_last_act)
        place->held[place->held_count++] = socket;
    sctpx_socket_set_callbacks(socket, &callbacks_of_place, place);
}

/* ---- the one who accepts ------------------------------------------------------------------- */

static enum sctpx_incoming hand_over(sctpx_server *of, void *user, sctpx_socket *socket)
{
    static unsigned next;
    struct place *to = &workers[next++ % WORKERS];

    (void)of;
    (void)user;
    if (!is_last_act && next % STAYS == 0) { /* these use the same engine, from its own thread */
        home.held[home.held_count++] = socket;
        sctpx_socket_set_callbacks(socket, &callbacks_of_place, &home);
        return SCTPX_INCOMING_TAKE;
    }
    sctpx_socket_set_callbacks(socket, NULL, to);
    if (sctpx_socket_detach(socket) < 0 || sctpx_loop_post(to->loop, move_in, socket) < 0) {
        fault("detach");
        return SCTPX_INCOMING_REFUSE;
    }
    return SCTPX_INCOMING_TAKE;
}

static void open_all(void)
{
    static const sctpx_server_callbacks callbacks = {.on_incoming = hand_over};
    sctpx_server_options options;
    sctpx_addr addr = loopback_v4(1, 0);

    atomic_store(&failure, NULL);
    memset(&home, 0, sizeof(home));
    memset(workers, 0, sizeof(workers));
    sctpx_server_options_defaults(&options);
    options.udp_port = 0;
    options.backlog = CLIENTS;
    assert_int_equal(sctpx_loop_new(&home.loop), 0);
    assert_int_equal(sctpx_server_new(home.loop, &options, &server), 0);
    sctpx_server_set_callbacks(server, &callbacks, NULL);
    assert_int_equal(sctpx_server_listen(server, &addr, 1, 0), 0);
    address = loopback_v4(1, sctpx_server_udp_port(server));
    port = sctpx_server_port(server);
    for (unsigned i = 0; i < WORKERS; i++) {
        workers[i].random = i;
        assert_int_equal(sctpx_loop_new(&workers[i].loop), 0);
        sctpx_loop_keep(workers[i].loop, true);
        start(&workers[i]);
    }
    start(&home);
}

/* ---- clients, in the thread of the test ----------------------------------------------------- */

struct crowd {
    sctpx_loop *loop;
    unsigned begun, ended, rounds, whole;
};

struct client {
    struct crowd *crowd;
    sctpx_socket *socket;
    unsigned number, rounds;
    uint8_t bytes[LENGTH];
};

static struct client clients[CLIENTS];

static void begin(struct crowd *crowd);

static void ask(struct client *client)
{
    const sctpx_sndinfo info = {.stream = (uint16_t)(client->rounds % 5)};

    pattern_fill(client->bytes, LENGTH, client->number * ROUNDS + client->rounds);
    (void)sctpx_socket_write_datagram(client->socket, client->bytes, LENGTH, &info);
}

static void on_up(sctpx_socket *socket, void *user)
{
    (void)socket;
    ask(user);
}

static void on_answer(sctpx_socket *socket, void *user, int stream)
{
    struct client *client = user;
    uint8_t bytes[LENGTH];
    long length = sctpx_socket_read_datagram(socket, stream, bytes, sizeof(bytes), NULL);

    if (length != LENGTH || stream != (int)(client->rounds % 5) ||
        !pattern_check(bytes, LENGTH, client->number * ROUNDS + client->rounds, 0))
        fault("wrong answer");
    client->crowd->rounds++;
    if (++client->rounds < ROUNDS) {
        ask(client);
        return;
    }
    client->crowd->whole++;
    if (is_last_act)
        return;
    if (client->number % 3 == 0)
        (void)sctpx_socket_abort(socket, NULL, 0);
    else
        (void)sctpx_socket_disconnect(socket, 10000);
}

static void on_client_closed(sctpx_socket *socket, void *user, int error)
{
    struct client *client = user;

    if (error != 0 && error != SCTPX_EPEERSHUTDOWN && error != SCTPX_EPEERABORT &&
        error != SCTPX_EABORTED)
        fault(sctpx_strerror(error));
    sctpx_socket_free(socket);
    client->crowd->ended++;
    if (!is_last_act)
        begin(client->crowd);
}

static void begin(struct crowd *crowd)
{
    static const sctpx_socket_callbacks callbacks = {
        .on_connected = on_up, .on_readable = on_answer, .on_closed = on_client_closed};
    struct client *client = &clients[crowd->begun];

    if (crowd->begun == CLIENTS)
        return;
    *client = (struct client){.crowd = crowd, .number = crowd->begun};
    crowd->begun++;
    if (sctpx_socket_new(crowd->loop, NULL, &client->socket) < 0 ||
        sctpx_socket_connect(client->socket, &address, 1, port) < 0)
        fault("connect");
    sctpx_socket_set_callbacks(client->socket, &callbacks, client);
}

static void check(void)
{
    if (atomic_load(&failure))
        fail_msg("%s", atomic_load(&failure));
}

#define RUN(crowd, condition)                                                                      \
    do {                                                                                           \
        RUN_UNTIL((crowd)->loop, (condition) || atomic_load(&failure));                            \
        check();                                                                                   \
    } while (0)

/* ---- acts ---------------------------------------------------------------------------------- */

/* The server stops first, so that nobody hands anything to a loop that ends. */
static void stop_home(void)
{
    stop(&home);
    sctpx_server_free(server);
}

static void stop_workers(void)
{
    for (unsigned i = 0; i < WORKERS; i++) {
        stop(&workers[i]);
        sctpx_loop_free(workers[i].loop);
    }
}

static void free_held(struct place *place)
{
    for (unsigned i = 0; i < place->held_count; i++)
        sctpx_socket_free(place->held[i]);
}

static void test_storm(void **state)
{
    struct crowd crowd = {0};
    unsigned taken = 0, ends = 0;

    (void)state;
    is_last_act = false;
    open_all();
    assert_int_equal(sctpx_loop_new(&crowd.loop), 0);
    for (unsigned i = 0; i < AT_ONCE; i++)
        begin(&crowd);
    RUN(&crowd, crowd.ended == CLIENTS);
    sctpx_loop_free(crowd.loop);
    stop_home();
    sctpx_loop_free(home.loop); /* what a worker has not heard of ends now */
    free_held(&home);
    for (unsigned i = 0; i < WORKERS; i++) {
        stop(&workers[i]);
        taken += workers[i].taken;
        ends += workers[i].ends;
        sctpx_loop_free(workers[i].loop);
    }
    check();
    assert_int_equal(home.held_count, CLIENTS / STAYS);
    assert_int_equal(taken, CLIENTS - home.held_count);
    assert_int_equal(ends, taken);
    assert_true(crowd.rounds >= CLIENTS);
    assert_true(crowd.whole >= CLIENTS / 4);
}

/* All up, echoing done, and one socket for each is on a worker. */
static void begin_last_act(struct crowd *crowd)
{
    is_last_act = true;
    *crowd = (struct crowd){0};
    open_all();
    assert_int_equal(sctpx_loop_new(&crowd->loop), 0);
    for (unsigned i = 0; i < WORKERS * HELD; i++)
        begin(crowd);
    RUN(crowd, crowd->whole == WORKERS * HELD);
}

/* Everybody hears that it is over: the workers while they run, the clients by ABORT. */
static void test_accepting_loop_goes_first(void **state)
{
    struct crowd crowd;

    (void)state;
    begin_last_act(&crowd);
    stop_home();
    sctpx_loop_free(home.loop);
    RUN(&crowd, crowd.ended == WORKERS * HELD);
    for (unsigned i = 0; i < WORKERS; i++) {
        stop(&workers[i]);
        assert_int_equal(sctpx_loop_run(workers[i].loop), 0); /* to the last callback */
        assert_int_equal(workers[i].taken, HELD);
        assert_int_equal(workers[i].ends, HELD);
        assert_int_equal(workers[i].lost, HELD);
        free_held(&workers[i]);
        sctpx_loop_free(workers[i].loop);
    }
    sctpx_loop_free(crowd.loop);
    check();
}

/* Their sockets are aborted without a callback, while the accepting loop goes on. */
static void test_workers_go_first(void **state)
{
    struct crowd crowd;

    (void)state;
    begin_last_act(&crowd);
    stop_workers();
    RUN(&crowd, crowd.ended == WORKERS * HELD);
    for (unsigned i = 0; i < WORKERS; i++) {
        assert_int_equal(workers[i].taken, HELD);
        assert_int_equal(workers[i].ends, 0);
        free_held(&workers[i]);
    }
    stop_home();
    sctpx_loop_free(home.loop);
    sctpx_loop_free(crowd.loop);
    check();
}

/* Both at once: the freeing of one loop meets the freeing of the other. */
static void *free_home(void *arg)
{
    (void)arg;
    stop_home();
    sctpx_loop_free(home.loop);
    return NULL;
}

static void test_all_go_at_once(void **state)
{
    struct crowd crowd;
    pthread_t thread;

    (void)state;
    begin_last_act(&crowd);
    assert_int_equal(pthread_create(&thread, NULL, free_home, NULL), 0);
    stop_workers();
    assert_int_equal(pthread_join(thread, NULL), 0);
    RUN(&crowd, crowd.ended == WORKERS * HELD);
    for (unsigned i = 0; i < WORKERS; i++)
        free_held(&workers[i]);
    sctpx_loop_free(crowd.loop);
    check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_storm),
        cmocka_unit_test(test_accepting_loop_goes_first),
        cmocka_unit_test(test_workers_go_first),
        cmocka_unit_test(test_all_go_at_once),
    };

    return cmocka_run_group_tests_name("hand_over_storm", tests, NULL, NULL);
}
