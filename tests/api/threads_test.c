/* SPDX-License-Identifier: MIT */
/* ctest: labels=tsan */
/* Four loops in four threads, each with a server and clients that talk across the threads. */
#include "support/loopback.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { THREADS = 4, CLIENTS = 4, ROUNDS = 100 };

/* Where the servers are, for everybody; written by each before the barrier. */
static struct {
    sctpx_addr addr;
    uint16_t port;
} places[THREADS];
static pthread_barrier_t barrier;
static atomic_uint threads_done;

/* No cmocka in threads: it jumps out of tests. */
struct worker {
    unsigned index;
    sctpx_loop *loop;
    sctpx_server *server;
    sctpx_socket *clients[CLIENTS];
    sctpx_socket *accepted[CLIENTS * THREADS];
    unsigned accepted_count;
    unsigned rounds, clients_done;
    const char *failure;
};

static void echo(sctpx_socket *socket, void *user, int stream)
{
    char text[64];
    long length;

    (void)user;
    while ((length = sctpx_socket_read_datagram(socket, stream, text, sizeof(text), NULL)) > 0)
        (void)sctpx_socket_write_datagram(socket, text, (size_t)length,
                                          &(sctpx_sndinfo){.stream = (uint16_t)stream});
}

static void on_connection(sctpx_server *server, void *user)
{
    static const sctpx_socket_callbacks callbacks = {.on_readable = echo};
    struct worker *worker = user;
    sctpx_socket *socket;

    while (sctpx_server_next_pending_connection(server, &socket) == 0) {
        sctpx_socket_set_callbacks(socket, &callbacks, worker);
        if (worker->accepted_count < CLIENTS * THREADS)
            worker->accepted[worker->accepted_count++] = socket;
        else
            worker->failure = "too many connections";
    }
}

static void ask(sctpx_socket *socket, void *user)
{
    struct worker *worker = user;

    if (sctpx_socket_write_datagram(socket, "question", 8, NULL) < 0)
        worker->failure = "write";
}

static void on_answer(sctpx_socket *socket, void *user, int stream)
{
    struct worker *worker = user;
    char text[64];

    if (sctpx_socket_read_datagram(socket, stream, text, sizeof(text), NULL) != 8 ||
        memcmp(text, "question", 8) != 0)
        worker->failure = "answer";
    if (++worker->rounds % ROUNDS == 0)
        (void)sctpx_socket_disconnect(socket, 10000);
    else
        ask(socket, user);
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    struct worker *worker = user;

    (void)socket;
    if (error != 0)
        worker->failure = sctpx_strerror(error);
    worker->clients_done++;
}

static bool begin(struct worker *worker)
{
    static const sctpx_server_callbacks callbacks = {.on_connection = on_connection};
    sctpx_server_options options;
    sctpx_addr addr = loopback_v4(1, 0);

    sctpx_server_options_defaults(&options);
    options.udp_port = 0;
    if (sctpx_loop_new(&worker->loop) < 0 ||
        sctpx_server_new(worker->loop, &options, &worker->server) < 0)
        return false;
    sctpx_server_set_callbacks(worker->server, &callbacks, worker);
    if (sctpx_server_listen(worker->server, &addr, 1, 0) < 0)
        return false;
    places[worker->index].addr = loopback_v4(1, sctpx_server_udp_port(worker->server));
    places[worker->index].port = sctpx_server_port(worker->server);
    return true;
}

static bool connect_one(struct worker *worker, unsigned i)
{
    static const sctpx_socket_callbacks callbacks = {
        .on_connected = ask, .on_readable = on_answer, .on_closed = on_closed};
    unsigned to = (worker->index + i) % THREADS;

    if (sctpx_socket_new(worker->loop, NULL, &worker->clients[i]) < 0)
        return false;
    sctpx_socket_set_callbacks(worker->clients[i], &callbacks, worker);
    return sctpx_socket_connect(worker->clients[i], &places[to].addr, 1, places[to].port) == 0;
}

static void work(struct worker *worker)
{
    sctpx_time limit = sctpx_loop_now(worker->loop) + 3 * LOOPBACK_LIMIT_US;
    bool is_counted = false;

    for (unsigned i = 0; i < CLIENTS; i++)
        if (!connect_one(worker, i))
            worker->failure = "connect";
    /* On, as a server, until the clients of all are done. */
    while (!worker->failure && atomic_load(&threads_done) < THREADS) {
        if (sctpx_loop_run_once(worker->loop, 5) < 0 || sctpx_loop_now(worker->loop) > limit)
            worker->failure = "loop";
        if (worker->clients_done == CLIENTS && !is_counted) {
            is_counted = true;
            atomic_fetch_add(&threads_done, 1);
        }
    }
}

static void *run(void *arg)
{
    struct worker *worker = arg;
    bool is_ready = begin(worker);

    pthread_barrier_wait(&barrier);
    if (is_ready)
        work(worker);
    else
        worker->failure = "server";
    if (worker->failure)
        atomic_store(&threads_done, THREADS);
    for (unsigned i = 0; i < CLIENTS; i++)
        sctpx_socket_free(worker->clients[i]);
    for (unsigned i = 0; i < worker->accepted_count; i++)
        sctpx_socket_free(worker->accepted[i]);
    sctpx_server_free(worker->server);
    sctpx_loop_free(worker->loop);
    return NULL;
}

/* covers: attacks/R15 */
static void test_loops_share_nothing(void **state)
{
    static struct worker workers[THREADS];
    pthread_t threads[THREADS];

    (void)state;
    assert_int_equal(pthread_barrier_init(&barrier, NULL, THREADS), 0);
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i].index = i;
        assert_int_equal(pthread_create(&threads[i], NULL, run, &workers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    pthread_barrier_destroy(&barrier);
    for (unsigned i = 0; i < THREADS; i++) {
        if (workers[i].failure)
            fail_msg("thread %u: %s", i, workers[i].failure);
        assert_int_equal(workers[i].rounds, CLIENTS * ROUNDS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_loops_share_nothing)};

    return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
