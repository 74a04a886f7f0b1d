/* SPDX-License-Identifier: MIT */
/* ctest: labels=tsan timeout=240 */
/*
 * Four loops in four threads: associations with the other threads come and go all the time, ended
 * in every way there is; threads wake each other through descriptors beside the loop's, stop each
 * other's loops by signals, and hand a loop over.
 */
#include "support/loopback.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { THREADS = 4, CLIENTS = 5, LIVES = 40, POSTS = 50, SOCKETS = 512, STOPS = 50 };

struct worker {
    unsigned index, turn;
    uint32_t random;
    pthread_t thread;
    sctpx_loop *loop;
    sctpx_server *server;
    sctpx_addr addr; /* read by the others after the barrier */
    uint16_t port;
    int wake_fd;              /* written by the others */
    atomic_uint mail, posted; /* how often they asked, and we them */
    sctpx_socket *sockets[SOCKETS];
    unsigned lives, ends, answers, mail_taken;
    const char *failure;
};

static struct worker workers[THREADS];
static pthread_barrier_t barrier;
static atomic_uint threads_done;

static uint32_t draw(struct worker *worker, uint32_t n)
{
    worker->random = worker->random * 1664525u + 1013904223u;
    return (worker->random >> 8) % n;
}

/* ---- sockets ------------------------------------------------------------------------------- */

static void keep(struct worker *worker, sctpx_socket *socket)
{
    for (unsigned i = 0; i < SOCKETS; i++) {
        if (worker->sockets[i])
            continue;
        worker->sockets[i] = socket;
        return;
    }
    worker->failure = "too many sockets";
}

static void drop(struct worker *worker, sctpx_socket *socket)
{
    for (unsigned i = 0; i < SOCKETS; i++)
        if (worker->sockets[i] == socket)
            worker->sockets[i] = NULL;
    sctpx_socket_free(socket);
}

static void on_server_readable(sctpx_socket *socket, void *user, int stream)
{
    char text[256];
    long length;

    (void)user;
    while ((length = sctpx_socket_read_datagram(socket, stream, text, sizeof(text), NULL)) > 0)
        (void)sctpx_socket_write_datagram(socket, text, (size_t)length, NULL);
}

static void on_server_closed(sctpx_socket *socket, void *user, int error)
{
    (void)error;
    drop(user, socket);
}

static void on_connection(sctpx_server *server, void *user)
{
    static const sctpx_socket_callbacks callbacks = {.on_readable = on_server_readable,
                                                     .on_closed = on_server_closed};
    sctpx_socket *socket;

    while (sctpx_server_next_pending_connection(server, &socket) == 0) {
        keep(user, socket);
        sctpx_socket_set_callbacks(socket, &callbacks, user);
    }
}

static void on_connected(sctpx_socket *socket, void *user)
{
    char text[200];

    memset(text, (int)draw(user, 256), sizeof(text));
    for (int i = 0; i < 5; i++)
        (void)sctpx_socket_write_datagram(socket, text, 1 + draw(user, sizeof(text)), NULL);
}

static void live(struct worker *worker);

/* Every way to end, at the first answer. */
static void on_answer(sctpx_socket *socket, void *user, int stream)
{
    struct worker *worker = user;

    (void)stream;
    if (sctpx_socket_state(socket) != SCTPX_CONNECTED)
        return;
    worker->answers++;
    switch (draw(worker, 4)) {
    case 0:
        (void)sctpx_socket_disconnect(socket, 5000);
        break;
    case 1:
        (void)sctpx_socket_close(socket);
        break;
    case 2:
        (void)sctpx_socket_abort(socket, "storm", 5);
        break;
    default:
        drop(worker, socket);
        worker->ends++;
        live(worker);
        break;
    }
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    struct worker *worker = user;

    if (error != 0 && error != SCTPX_EABORTED && error != SCTPX_EPEERABORT &&
        error != SCTPX_EPEERSHUTDOWN)
        worker->failure = sctpx_strerror(error);
    drop(worker, socket);
    worker->ends++;
    live(worker);
}

/* One more association with whoever it may be, until there were enough. */
static void live(struct worker *worker)
{
    static const sctpx_socket_callbacks callbacks = {
        .on_connected = on_connected, .on_readable = on_answer, .on_closed = on_closed};
    const struct worker *to = &workers[draw(worker, THREADS)];
    sctpx_socket *socket;

    if (worker->lives == CLIENTS * LIVES)
        return;
    worker->lives++;
    if (sctpx_socket_new(worker->loop, NULL, &socket) < 0) {
        worker->failure = "socket";
        return;
    }
    keep(worker, socket);
    sctpx_socket_set_callbacks(socket, &callbacks, worker);
    if (sctpx_socket_connect(socket, &to->addr, 1, to->port) < 0)
        worker->failure = "connect";
}

/* ---- threads ------------------------------------------------------------------------------- */

static bool begin(struct worker *worker)
{
    static const sctpx_server_callbacks callbacks = {.on_connection = on_connection};
    sctpx_server_options options;
    sctpx_addr addr = loopback_v4(1, 0);

    sctpx_server_options_defaults(&options);
    options.udp_port = 0;
    options.backlog = 1000;
    if (sctpx_loop_new(&worker->loop) < 0 ||
        sctpx_server_new(worker->loop, &options, &worker->server) < 0)
        return false;
    sctpx_server_set_callbacks(worker->server, &callbacks, worker);
    if (sctpx_server_listen(worker->server, &addr, 1, 0) < 0)
        return false;
    worker->addr = loopback_v4(1, sctpx_server_udp_port(worker->server));
    worker->port = sctpx_server_port(worker->server);
    return true;
}

/* Wakes another thread: what its loop knows nothing of. */
static void post(struct worker *worker)
{
    static const uint64_t one = 1;
    struct worker *to = &workers[draw(worker, THREADS)];

    if (worker->posted == POSTS)
        return;
    worker->posted++;
    atomic_fetch_add(&to->mail, 1);
    if (write(to->wake_fd, &one, sizeof(one)) != sizeof(one))
        worker->failure = "eventfd";
}

static void wait_and_process(struct worker *worker)
{
    struct pollfd fds[2] = {{.fd = sctpx_loop_fd(worker->loop), .events = POLLIN},
                            {.fd = worker->wake_fd, .events = POLLIN}};
    uint64_t count;

    (void)poll(fds, 2, 100);
    if ((fds[1].revents & POLLIN) && read(worker->wake_fd, &count, sizeof(count)) > 0)
        worker->mail_taken += (unsigned)count;
    if (sctpx_loop_process(worker->loop) < 0)
        worker->failure = "loop";
}

static void weather_the_storm(struct worker *worker)
{
    sctpx_time limit = sctpx_loop_now(worker->loop) + 6 * LOOPBACK_LIMIT_US;
    bool is_counted = false;

    for (unsigned i = 0; i < CLIENTS; i++)
        live(worker);
    while (!worker->failure && atomic_load(&threads_done) < THREADS) {
        wait_and_process(worker);
        if (worker->turn++ % 4 == 0)
            post(worker);
        if (sctpx_loop_now(worker->loop) > limit)
            worker->failure = "time";
        if (worker->ends == CLIENTS * LIVES && worker->posted == POSTS && !is_counted) {
            is_counted = true;
            atomic_fetch_add(&threads_done, 1);
        }
    }
}

static void *storm(void *arg)
{
    struct worker *worker = arg;
    bool is_ready = begin(worker);

    pthread_barrier_wait(&barrier);
    if (is_ready)
        weather_the_storm(worker);
    else
        worker->failure = "server";
    if (worker->failure)
        atomic_store(&threads_done, THREADS);
    for (unsigned i = 0; i < SOCKETS; i++)
        sctpx_socket_free(worker->sockets[i]);
    sctpx_server_free(worker->server);
    sctpx_loop_free(worker->loop);
    return NULL;
}

static void test_storm(void **state)
{
    unsigned mail = 0, taken = 0;
    uint64_t rest;

    (void)state;
    assert_int_equal(pthread_barrier_init(&barrier, NULL, THREADS), 0);
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i].index = i;
        workers[i].random = i;
        workers[i].wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        assert_true(workers[i].wake_fd >= 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&workers[i].thread, NULL, storm, &workers[i]), 0);
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
    pthread_barrier_destroy(&barrier);
    for (unsigned i = 0; i < THREADS; i++) {
        if (workers[i].failure)
            fail_msg("thread %u: %s", i, workers[i].failure);
        assert_int_equal(workers[i].ends, CLIENTS * LIVES);
        assert_true(workers[i].answers > 0);
        mail += atomic_load(&workers[i].mail);
        taken += workers[i].mail_taken;
        if (read(workers[i].wake_fd, &rest, sizeof(rest)) > 0)
            taken += (unsigned)rest;
        close(workers[i].wake_fd);
    }
    assert_int_equal(mail, THREADS * POSTS);
    assert_int_equal(taken, mail);
}

/* ---- stopping by signal -------------------------------------------------------------------- */

static _Thread_local sctpx_loop *loop_of_thread;

static void on_signal(int number)
{
    (void)number;
    sctpx_loop_stop(loop_of_thread);
}

struct runner {
    pthread_t thread;
    atomic_uint runs; /* that have been ended */
    atomic_bool is_bad;
};

static void *run_and_be_stopped(void *arg)
{
    struct runner *runner = arg;
    const sctpx_addr addr = loopback_v4(1, 0);
    sctpx_server_options options;
    sctpx_server *server = NULL;

    sctpx_server_options_defaults(&options);
    options.udp_port = 0;
    runner->is_bad = sctpx_loop_new(&loop_of_thread) < 0 ||
                     sctpx_server_new(loop_of_thread, &options, &server) < 0 ||
                     sctpx_server_listen(server, &addr, 1, 0) < 0;
    pthread_barrier_wait(&barrier);
    for (unsigned i = 0; i < STOPS && !runner->is_bad; i++) {
        /* Runs for ever without a stop: there is a server. */
        runner->is_bad = sctpx_loop_run(loop_of_thread) < 0;
        atomic_fetch_add(&runner->runs, 1);
    }
    pthread_barrier_wait(&barrier); /* signals may still come until then */
    sctpx_server_free(server);
    sctpx_loop_free(loop_of_thread);
    return NULL;
}

static void test_stopped_by_signals_of_another_thread(void **state)
{
    static struct runner runners[THREADS];
    struct sigaction action = {.sa_handler = on_signal}, before;

    (void)state;
    assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
    assert_int_equal(pthread_barrier_init(&barrier, NULL, THREADS + 1), 0);
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&runners[i].thread, NULL, run_and_be_stopped, &runners[i]),
                         0);
    pthread_barrier_wait(&barrier);
    for (unsigned k = 0; k < STOPS; k++)
        for (unsigned i = 0; i < THREADS; i++) {
            assert_int_equal(pthread_kill(runners[i].thread, SIGUSR1), 0);
            while (atomic_load(&runners[i].runs) <= k && !atomic_load(&runners[i].is_bad))
                (void)poll(NULL, 0, 1);
            assert_false(atomic_load(&runners[i].is_bad));
        }
    pthread_barrier_wait(&barrier);
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(runners[i].thread, NULL), 0);
    pthread_barrier_destroy(&barrier);
    (void)sigaction(SIGUSR1, &before, NULL);
}

/* ---- handing over -------------------------------------------------------------------------- */

static void *run_for_a_while(void *arg)
{
    struct bed *bed = arg;

    for (int i = 0; i < 30; i++)
        (void)sctpx_loop_run_once(bed->loop, 1);
    return NULL;
}

/* One thread at a time, and not always the same: with a join in between nothing else is needed. */
static void test_loop_goes_from_thread_to_thread(void **state)
{
    struct probe client, peer;
    struct bed bed;
    pthread_t thread;
    char text[8];

    (void)state;
    bed_open(&bed, SCTPX_IPV4, 2, NULL);
    bed_pair(&bed, &client, &peer, 2);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(sctpx_socket_write_datagram(client.socket, "pass it", 8, NULL), 0);
        assert_int_equal(pthread_create(&thread, NULL, run_for_a_while, &bed), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        RUN_UNTIL(bed.loop, sctpx_socket_next_datagram_size(peer.socket, 0) == 8);
        assert_int_equal(sctpx_socket_read_datagram(peer.socket, 0, text, 8, NULL), 8);
    }
    sctpx_socket_free(client.socket);
    sctpx_socket_free(peer.socket);
    bed_close(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_storm),
        cmocka_unit_test(test_stopped_by_signals_of_another_thread),
        cmocka_unit_test(test_loop_goes_from_thread_to_thread),
    };

    return cmocka_run_group_tests_name("threads_storm", tests, NULL, NULL);
}
