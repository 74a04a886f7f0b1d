/* SPDX-License-Identifier: MIT */
/*
 * What idle associations cost: --count of them (100,000) between two processes over UDP on
 * 127.0.0.1, heartbeats off, through the public server and socket. A third process looks on for
 * --seconds: CPU time and wake-ups (voluntary context switches) of either.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sctpx/sctpx.h>

#include "support/figure.h"
#include "support/options.h"
#include "support/two.h"

enum { PORT = 7, PORTS = 2, AT_ONCE = 16 };

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

/* ---- server ------------------------------------------------------------------------------- */

static void on_connection(sctpx_server *server, void *user)
{
    static const sctpx_socket_callbacks callbacks = {.on_closed = on_end};
    sctpx_socket *socket;
    if (sctpx_server_next_pending_connection(server, &socket) == 0)
        sctpx_socket_set_callbacks(socket, &callbacks, user);
}

static void serve(const struct bench_two *two)
{
    static const sctpx_server_callbacks callbacks = {.on_connection = on_connection};
    sctpx_loop *loop;
    sctpx_server *server;
    sctpx_server_options options;
    sctpx_server_options_defaults(&options);
    options.udp_port = bench_free_udp_port();
    options.assoc.hb_interval_us = SCTPX_TIME_NEVER;
    if (sctpx_loop_new(&loop) < 0)
        bench_fail("sctpx_loop_new");
    for (uint16_t i = 0; i < PORTS; i++) {
        sctpx_addr local = loopback(0);
        if (sctpx_server_new(loop, &options, &server) < 0)
            bench_fail("sctpx_server_new");
        sctpx_server_set_callbacks(server, &callbacks, NULL);
        if (sctpx_server_listen(server, &local, 1, PORT + i) < 0)
            bench_fail("sctpx_server_listen");
    }
    bench_two_tell(two, &options.udp_port, sizeof options.udp_port);
    sctpx_loop_run(loop);
}

/* ---- clients ------------------------------------------------------------------------------ */

struct clients {
    sctpx_loop *loop;
    sctpx_addr server;
    sctpx_socket_options options;
    uint32_t count, started, up;
    const struct bench_two *two;
};

static void start_one(struct clients *clients);

static void on_connected(sctpx_socket *socket, void *user)
{
    struct clients *clients = user;
    (void)socket;
    if (++clients->up == clients->count)
        bench_two_tell(clients->two, &clients->up, sizeof clients->up);
    if (clients->started < clients->count)
        start_one(clients);
}

static void start_one(struct clients *clients)
{
    static const sctpx_socket_callbacks callbacks = {.on_connected = on_connected,
                                                     .on_closed = on_end};
    sctpx_socket *socket;
    uint32_t number = clients->started++;
    sctpx_addr local = loopback(0);
    if (sctpx_socket_new(clients->loop, &clients->options, &socket) < 0)
        bench_fail("sctpx_socket_new");
    sctpx_socket_set_callbacks(socket, &callbacks, clients);
    if (sctpx_socket_bind(socket, &local, 1, (uint16_t)(1024 + number / PORTS), 0) < 0 ||
        sctpx_socket_connect(socket, &clients->server, 1, (uint16_t)(PORT + number % PORTS)) < 0)
        bench_fail("sctpx_socket_connect");
}

static void connect_all(const struct bench_two *two, uint16_t port, uint32_t count)
{
    struct clients clients = {.server = loopback(port), .count = count, .two = two};
    sctpx_socket_options_defaults(&clients.options);
    clients.options.assoc.hb_interval_us = SCTPX_TIME_NEVER;
    if (sctpx_loop_new(&clients.loop) < 0)
        bench_fail("sctpx_loop_new");
    while (clients.started < AT_ONCE && clients.started < count)
        start_one(&clients);
    sctpx_loop_run(clients.loop);
}

/* ---- who looks on ------------------------------------------------------------------------- */

struct looks {
    uint64_t cpu_ns, wakeups, resident_kb;
};

static uint64_t number_after(FILE *file, const char *key)
{
    char line[256];
    uint64_t value = 0;
    rewind(file);
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, key, strlen(key)) == 0 &&
            sscanf(line + strlen(key), "%" SCNu64, &value) == 1)
            return value;
    bench_fail(key);
}

static struct looks look_at(pid_t pid)
{
    struct looks looks;
    struct timespec cpu;
    clockid_t clock;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    if (file == NULL || clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &cpu) < 0)
        bench_fail("looking at the other process");
    looks.cpu_ns = (uint64_t)cpu.tv_sec * 1000000000 + (uint64_t)cpu.tv_nsec;
    looks.wakeups = number_after(file, "voluntary_ctxt_switches:");
    looks.resident_kb = number_after(file, "VmRSS:");
    fclose(file);
    return looks;
}

static void wait_s(double seconds)
{
    struct timespec ts = {.tv_sec = (time_t)seconds};
    ts.tv_nsec = (long)((seconds - (double)ts.tv_sec) * 1e9);
    nanosleep(&ts, NULL);
}

static void report(const char *side, uint32_t count, const struct looks *before,
                   const struct looks *after, double seconds)
{
    char name[64];
    snprintf(name, sizeof name, "%" PRIu32 " associations, %s", count, side);
    const struct bench_case of = {"idle_cpu", name, "sctpx"};
    bench_figure(&of, "% of a CPU", BENCH_LESS,
                 (double)(after->cpu_ns - before->cpu_ns) / seconds / 1e7);
    bench_figure(&of, "wake-ups/s", BENCH_LESS,
                 (double)(after->wakeups - before->wakeups) / seconds);
    bench_figure(&of, "resident bytes, with sockets", BENCH_LESS,
                 (double)after->resident_kb * 1024 / count);
}

int main(int argc, char **argv)
{
    struct bench_options options = {.count = 100000, .seconds = 5};
    struct bench_two server, clients;
    uint16_t port;
    uint32_t up;
    bench_options_parse(&options, argc, argv);
    if (options.count > 64000 * PORTS)
        bench_fail("so many associations: only 128,000 have ports here, more");
    bench_two_fork(&server, BENCH_ANY_CPU);
    if (server.child == 0)
        serve(&server);
    bench_two_hear(&server, &port, sizeof port);
    bench_two_fork(&clients, BENCH_ANY_CPU);
    if (clients.child == 0)
        connect_all(&clients, port, options.count);
    bench_two_hear(&clients, &up, sizeof up);
    wait_s(1.5); /* so that the last delayed acknowledgements and timers of the set-up are over */
    struct looks before[2] = {look_at(server.child), look_at(clients.child)};
    wait_s(options.seconds);
    struct looks after[2] = {look_at(server.child), look_at(clients.child)};
    report("accepting", options.count, &before[0], &after[0], options.seconds);
    report("connecting", options.count, &before[1], &after[1], options.seconds);
    bench_two_end(&clients);
    bench_two_end(&server);
    return 0;
}
