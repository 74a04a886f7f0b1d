/* SPDX-License-Identifier: MIT */
/*
 * How honest associations fare while a server is flooded with INITs: one process floods 127.0.0.1
 * with 100,000 INIT chunks a second, another sets up --count associations (1,000), 200 a second,
 * and the server, a third one, answers both with default options. The machine has to carry all
 * three. Exits with 1 when less than 95 % of the honest ones were up within five seconds, or when
 * the flood fell short.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sctpx/sctpx.h>

#include "support/figure.h"
#include "support/flood.h"
#include "support/options.h"

enum {
    PORT = 7,
    INITS_PER_SECOND = 100000,
    START_EVERY_US = 5000, /* 200 associations a second */
    CONNECT_MS = 5000,
    LEAST_PER_CENT = 95
};

static sctpx_addr loopback(uint16_t udp_port)
{
    return (sctpx_addr){.family = SCTPX_IPV4, .udp_port = udp_port, .ip = {127, 0, 0, 1}};
}

/* ---- server ------------------------------------------------------------------------------- */

struct answered {
    sctpx_endpoint_stats stats;
    uint64_t cpu_us;
};

static void on_end(sctpx_socket *socket, void *user, int error)
{
    (void)user;
    (void)error;
    sctpx_socket_free(socket);
}

static void on_connection(sctpx_server *server, void *user)
{
    static const sctpx_socket_callbacks callbacks = {.on_closed = on_end};
    sctpx_socket *socket;
    if (sctpx_server_next_pending_connection(server, &socket) == 0)
        sctpx_socket_set_callbacks(socket, &callbacks, user);
}

static _Noreturn void serve(const struct bench_two *two)
{
    static const sctpx_server_callbacks callbacks = {.on_connection = on_connection};
    sctpx_loop *loop;
    sctpx_server *server;
    sctpx_server_options options;
    sctpx_addr local = loopback(0);
    sctpx_server_options_defaults(&options);
    options.udp_port = 0;
    if (sctpx_loop_new(&loop) < 0 || sctpx_server_new(loop, &options, &server) < 0 ||
        sctpx_server_listen(server, &local, 1, PORT) < 0)
        bench_fail("server");
    sctpx_server_set_callbacks(server, &callbacks, NULL);
    uint16_t port = sctpx_server_udp_port(server);
    bench_two_tell(two, &port, sizeof port);

    struct pollfd stop = {.fd = two->in, .events = POLLIN};
    while (poll(&stop, 1, 0) == 0)
        sctpx_loop_run_once(loop, 10);
    struct answered answered = {.cpu_us = bench_cpu_us()};
    if (sctpx_server_stats(server, &answered.stats) < 0)
        bench_fail("sctpx_server_stats");
    bench_two_tell(two, &answered, sizeof answered);
    _exit(0);
}

/* In the parent: what the server did. */
static struct answered stop_server(struct bench_two *two)
{
    struct answered answered;
    const uint8_t stop = 1;
    bench_two_tell(two, &stop, sizeof stop);
    bench_two_hear(two, &answered, sizeof answered);
    bench_two_end(two);
    return answered;
}

/* ---- honest clients ------------------------------------------------------------------------ */

struct client {
    struct clients *all;
    uint64_t started_us;
};

struct clients {
    sctpx_loop *loop;
    sctpx_timer *next;
    sctpx_addr server;
    uint32_t count, started, up, ended;
    struct client *client;
    uint64_t *took_us; /* of those that came up */
};

static void on_connected(sctpx_socket *socket, void *user)
{
    struct client *client = user;
    struct clients *all = client->all;
    all->took_us[all->up++] = bench_now_us() - client->started_us;
    if (sctpx_socket_disconnect(socket, SCTPX_FOREVER) < 0)
        bench_fail("sctpx_socket_disconnect");
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    struct clients *all = ((struct client *)user)->all;
    (void)error; /* those that never were up are what is counted */
    sctpx_socket_free(socket);
    if (++all->ended == all->count)
        sctpx_loop_stop(all->loop);
}

static void start_one(sctpx_timer *timer, void *user)
{
    static const sctpx_socket_callbacks callbacks = {.on_connected = on_connected,
                                                     .on_closed = on_closed};
    struct clients *all = user;
    struct client *client = &all->client[all->started++];
    sctpx_socket *socket;
    sctpx_socket_options options;
    sctpx_addr local = loopback(0);
    if (all->started < all->count)
        sctpx_timer_start(timer, START_EVERY_US);
    *client = (struct client){all, bench_now_us()};
    sctpx_socket_options_defaults(&options);
    options.connect_timeout_ms = CONNECT_MS;
    if (sctpx_socket_new(all->loop, &options, &socket) < 0)
        bench_fail("sctpx_socket_new");
    sctpx_socket_set_callbacks(socket, &callbacks, client);
    if (sctpx_socket_bind(socket, &local, 1, 0, 0) < 0 ||
        sctpx_socket_connect(socket, &all->server, 1, PORT) < 0)
        bench_fail("sctpx_socket_connect");
}

static void connect_all(struct clients *all)
{
    all->client = calloc(all->count, sizeof *all->client);
    all->took_us = calloc(all->count, sizeof *all->took_us);
    if (all->client == NULL || all->took_us == NULL || sctpx_loop_new(&all->loop) < 0 ||
        sctpx_timer_new(all->loop, start_one, all, &all->next) < 0)
        bench_fail("memory");
    sctpx_timer_start(all->next, 0);
    sctpx_loop_run(all->loop);
    sctpx_timer_free(all->next);
    sctpx_loop_free(all->loop);
}

/* ---- figures ------------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static bool report(struct clients *all, const struct bench_flood *flood,
                   const struct answered *answered)
{
    double answered_share = 100.0 * (double)answered->stats.inits / (double)flood->inits;
    double rate = (double)flood->inits * 1e6 / (double)flood->us;
    double up = 100.0 * all->up / all->count;
    char name[64];
    snprintf(name, sizeof name, "%u INIT/s", (unsigned)INITS_PER_SECOND);
    const struct bench_case of = {"init_flood", name, "sctpx"};
    bench_figure(&of, "INIT/s of the flood", BENCH_MORE, rate);
    bench_figure(&of, "% of it that was processed", BENCH_MORE, answered_share);
    bench_figure(&of, "server's CPU %", BENCH_LESS,
                 100.0 * (double)answered->cpu_us / (double)flood->us);
    bench_figure(&of, "% of honest set-ups up", BENCH_MORE, up);
    if (all->up > 0) {
        qsort(all->took_us, all->up, sizeof *all->took_us, by_size);
        bench_figure(&of, "median set-up ms", BENCH_LESS, (double)all->took_us[all->up / 2] / 1e3);
        bench_figure(&of, "99 % set-up ms", BENCH_LESS,
                     (double)all->took_us[all->up * 99 / 100] / 1e3);
    }
    return up >= LEAST_PER_CENT && rate >= 0.95 * INITS_PER_SECOND;
}

int main(int argc, char **argv)
{
    struct bench_options options = {.count = 1000};
    struct bench_two server, flooder;
    uint16_t port;
    bench_options_parse(&options, argc, argv);
    bench_two_fork(&server, BENCH_ANY_CPU);
    if (server.child == 0)
        serve(&server);
    bench_two_hear(&server, &port, sizeof port);
    bench_two_fork(&flooder, BENCH_ANY_CPU);
    if (flooder.child == 0)
        bench_flood_run(&flooder, port, PORT, INITS_PER_SECOND);

    struct clients all = {.server = loopback(port), .count = options.count};
    connect_all(&all);
    struct bench_flood flood = bench_flood_stop(&flooder);
    struct answered answered = stop_server(&server);
    bool fine = report(&all, &flood, &answered);
    free(all.client);
    free(all.took_us);
    return fine ? 0 : 1;
}
