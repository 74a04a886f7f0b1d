/* SPDX-License-Identifier: MIT */
/*
 * What a second thread adds. Loops share nothing, nor do endpoints, so two threads should carry
 * twice as much as one where there are two CPUs for them. Each thread has a loop with a server on a
 * UDP port of its own and a client, a bulk stream over 127.0.0.1; or two endpoints in memory. One
 * thread and two take turns; medians of five runs each. CPU time for a gigabyte tells what the
 * second costs the first also where other programs have the CPUs. --only sockets|memory
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sctpx/sctpx.h>

#include "support/figure.h"
#include "support/options.h"
#include "support/pair.h"

enum { PORT = 7, RUNS = 5, MAX_MESSAGE = 65536, MEMORY_BUFFER_BYTES = 1 << 20 };

struct worker {
    pthread_t thread;
    size_t length;
    uint64_t from_us, until_us; /* what comes in this time counts */
    uint64_t bytes;
    uint8_t message[MAX_MESSAGE], received[MAX_MESSAGE];
};

static void count(struct worker *worker, long n)
{
    uint64_t now = bench_now_us();
    if (now >= worker->from_us && now < worker->until_us)
        worker->bytes += (uint64_t)n;
}

/* ---- a loop with a server and a client ----------------------------------------------------- */

static sctpx_addr loopback(uint16_t udp_port)
{
    return (sctpx_addr){.family = SCTPX_IPV4, .udp_port = udp_port, .ip = {127, 0, 0, 1}};
}

static void on_end(sctpx_socket *socket, void *user, int error)
{
    (void)socket;
    (void)user;
    bench_fail(sctpx_strerror(error));
}

static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    struct worker *worker = user;
    long n;
    (void)stream;
    while ((n = sctpx_socket_read_datagram(socket, SCTPX_ANY_STREAM, worker->received,
                                           sizeof worker->received, NULL)) > 0)
        count(worker, n);
}

static void on_connection(sctpx_server *server, void *user)
{
    static const sctpx_socket_callbacks callbacks = {.on_readable = on_readable,
                                                     .on_closed = on_end};
    sctpx_socket *socket;
    if (sctpx_server_next_pending_connection(server, &socket) < 0)
        bench_fail("taking the association");
    sctpx_socket_set_callbacks(socket, &callbacks, user);
}

static uint16_t listen_on(sctpx_loop *loop, struct worker *worker)
{
    static const sctpx_server_callbacks callbacks = {.on_connection = on_connection};
    sctpx_server *server;
    sctpx_server_options with;
    sctpx_addr local = loopback(0);
    sctpx_server_options_defaults(&with);
    with.udp_port = 0;
    if (sctpx_server_new(loop, &with, &server) < 0)
        bench_fail("sctpx_server_new");
    sctpx_server_set_callbacks(server, &callbacks, worker);
    if (sctpx_server_listen(server, &local, 1, PORT) < 0)
        bench_fail("sctpx_server_listen");
    return sctpx_server_udp_port(server);
}

static void write_all(sctpx_socket *socket, void *user)
{
    struct worker *worker = user;
    int error;
    do
        error = sctpx_socket_write_datagram(socket, worker->message, worker->length, NULL);
    while (error == 0);
    if (error != SCTPX_EWOULDBLOCK)
        bench_fail(sctpx_strerror(error));
}

static void connect_to(sctpx_loop *loop, uint16_t port, struct worker *worker)
{
    static const sctpx_socket_callbacks callbacks = {
        .on_connected = write_all, .on_writable = write_all, .on_closed = on_end};
    sctpx_socket *socket;
    sctpx_socket_options with;
    sctpx_addr server = loopback(port), local = loopback(0);
    sctpx_socket_options_defaults(&with);
    if (sctpx_socket_new(loop, &with, &socket) < 0)
        bench_fail("sctpx_socket_new");
    sctpx_socket_set_callbacks(socket, &callbacks, worker);
    if (sctpx_socket_bind(socket, &local, 1, 0, 0) < 0 ||
        sctpx_socket_connect(socket, &server, 1, PORT) < 0)
        bench_fail("sctpx_socket_connect");
}

static void *run_sockets(void *context)
{
    struct worker *worker = context;
    sctpx_loop *loop;
    if (sctpx_loop_new(&loop) < 0)
        bench_fail("sctpx_loop_new");
    connect_to(loop, listen_on(loop, worker), worker);
    while (bench_now_us() < worker->until_us)
        sctpx_loop_run_once(loop, 100);
    sctpx_loop_free(loop);
    return NULL;
}

/* ---- two endpoints in memory ---------------------------------------------------------------- */

static void send_all(struct bench_pair *pair, sctpx_assoc *assoc, struct worker *worker)
{
    int error;
    do
        error = sctpx_assoc_send(assoc, pair->now, worker->message, worker->length, NULL);
    while (error == 0);
    if (error != SCTPX_EWOULDBLOCK)
        bench_fail("sctpx_assoc_send");
}

static void on_event(struct bench_pair *pair, int side, const sctpx_event *event, void *user)
{
    struct worker *worker = user;
    long n;
    if (event->type == SCTPX_EVENT_CLOSED)
        bench_fail("the association");
    if (event->type == SCTPX_EVENT_WRITABLE && side == 0)
        send_all(pair, event->assoc, worker);
    while (event->type == SCTPX_EVENT_READABLE && side == 1 &&
           (n = sctpx_assoc_receive(event->assoc, SCTPX_ANY_STREAM, worker->received,
                                    sizeof worker->received, NULL)) > 0)
        count(worker, n);
}

static void *run_memory(void *context)
{
    struct worker *worker = context;
    struct bench_pair *pair = calloc(1, sizeof *pair);
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.sndbuf_bytes = options.rcvbuf_bytes = MEMORY_BUFFER_BYTES;
    if (pair == NULL)
        bench_fail("calloc");
    bench_pair_init(pair, &options);
    pair->on_event = on_event;
    pair->user = worker;
    sctpx_assoc *sender = bench_pair_connect(pair, 0);
    bench_pair_settle(pair);
    send_all(pair, sender, worker);
    while ((pair->now = bench_now_us()) < worker->until_us) {
        bench_pair_carry(pair, 0);
        bench_pair_carry(pair, 1);
    }
    bench_pair_done(pair);
    free(pair);
    return NULL;
}

/* ---- one thread, two threads ---------------------------------------------------------------- */

struct rate {
    double gbits, cpu_s_per_gb;
};

static struct rate rate_of(void *(*run)(void *), const struct bench_options *options,
                           unsigned threads)
{
    static struct worker workers[2];
    uint64_t now = bench_now_us(), us = (uint64_t)(options->seconds * 1e6), bytes = 0;
    uint64_t cpu_us = bench_cpu_us();
    for (unsigned i = 0; i < threads; i++) {
        workers[i].length = options->length;
        workers[i].bytes = 0;
        workers[i].from_us = now + us / 4;
        workers[i].until_us = now + us / 4 + us;
        if (pthread_create(&workers[i].thread, NULL, run, &workers[i]) != 0)
            bench_fail("pthread_create");
    }
    for (unsigned i = 0; i < threads; i++) {
        pthread_join(workers[i].thread, NULL);
        bytes += workers[i].bytes;
    }
    cpu_us = (bench_cpu_us() - cpu_us) * 4 / 5; /* of what counts */
    return (struct rate){(double)bytes * 8e-3 / (double)us, (double)cpu_us * 1e3 / (double)bytes};
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double values[RUNS])
{
    qsort(values, RUNS, sizeof *values, compare);
    return values[RUNS / 2];
}

static void report(const char *what, const char *threads, const struct rate rates[RUNS])
{
    char name[64];
    double gbits[RUNS], cpu[RUNS];
    for (int i = 0; i < RUNS; i++) {
        gbits[i] = rates[i].gbits;
        cpu[i] = rates[i].cpu_s_per_gb;
    }
    snprintf(name, sizeof name, "%s, %s", what, threads);
    const struct bench_case of = {"two_loops", name, "sctpx"};
    bench_figure(&of, "Gbit/s", BENCH_MORE, median(gbits));
    bench_figure(&of, "CPU s/GB", BENCH_LESS, median(cpu));
}

static void beside(const char *what, void *(*run)(void *), const struct bench_options *options)
{
    struct rate one[RUNS], two[RUNS];
    for (int i = 0; i < RUNS; i++) {
        one[i] = rate_of(run, options, 1);
        two[i] = rate_of(run, options, 2);
    }
    report(what, "one thread", one);
    report(what, "two threads", two);
}

int main(int argc, char **argv)
{
    struct bench_options options = {.length = 1400, .seconds = 1};
    bench_options_parse(&options, argc, argv);
    if (options.length == 0 || options.length > MAX_MESSAGE)
        bench_fail("messages of 1 to 65,536 bytes");
    if (bench_options_want(&options, "memory"))
        beside("memory", run_memory, &options);
    if (bench_options_want(&options, "sockets"))
        beside("sockets", run_sockets, &options);
    return 0;
}
