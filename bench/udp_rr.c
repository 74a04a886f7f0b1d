/* SPDX-License-Identifier: MIT */
/*
 * Requests and responses of 64 bytes, one outstanding, between two processes over UDP on
 * 127.0.0.1: sctpx through the public server and socket, and beside it plain UDP through epoll, in
 * the same shape: wait, receive, send. Each process on a CPU of its own, and both on one; and where
 * neither sleeps.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sctpx/sctpx.h>

#include "support/figure.h"
#include "support/options.h"
#include "support/two.h"

enum { PORT = 7, LENGTH = 64, SILENCE_MS = 3000 };

static const uint8_t request[LENGTH];

static sctpx_addr loopback(uint16_t udp_port)
{
    return (sctpx_addr){.family = SCTPX_IPV4, .udp_port = udp_port, .ip = {127, 0, 0, 1}};
}

/* ---- sctpx -------------------------------------------------------------------------------- */

struct end {
    sctpx_loop *loop;
    uint64_t done, end_us; /* of the one that asks; end_us 0 = answers */
};

static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    struct end *end = user;
    uint8_t buffer[LENGTH];
    (void)stream;
    while (sctpx_socket_read_datagram(socket, SCTPX_ANY_STREAM, buffer, sizeof buffer, NULL) > 0) {
        end->done++;
        if (end->end_us != 0 && bench_now_us() >= end->end_us)
            sctpx_loop_stop(end->loop);
        else if (sctpx_socket_write_datagram(socket, buffer, sizeof buffer, NULL) < 0)
            bench_fail("sctpx_socket_write_datagram");
    }
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    (void)socket;
    (void)user;
    bench_fail(sctpx_strerror(error));
}

static void on_connected(sctpx_socket *socket, void *user)
{
    (void)user;
    if (sctpx_socket_write_datagram(socket, request, sizeof request, NULL) < 0)
        bench_fail("sctpx_socket_write_datagram");
}

static void on_connection(sctpx_server *server, void *user)
{
    static const sctpx_socket_callbacks callbacks = {.on_readable = on_readable,
                                                     .on_closed = on_closed};
    sctpx_socket *socket;
    if (sctpx_server_next_pending_connection(server, &socket) == 0)
        sctpx_socket_set_callbacks(socket, &callbacks, user);
}

static void sctpx_answer(const struct bench_two *two, uint32_t busy_us)
{
    static const sctpx_server_callbacks callbacks = {.on_connection = on_connection};
    struct end end = {0};
    sctpx_server *server;
    sctpx_server_options options;
    sctpx_addr local = loopback(0);
    sctpx_server_options_defaults(&options);
    options.udp_port = 0;
    if (sctpx_loop_new(&end.loop) < 0 || sctpx_loop_set_busy_poll(end.loop, busy_us) < 0 ||
        sctpx_server_new(end.loop, &options, &server) < 0)
        bench_fail("sctpx_server_new");
    sctpx_server_set_callbacks(server, &callbacks, &end);
    if (sctpx_server_listen(server, &local, 1, PORT) < 0)
        bench_fail("sctpx_server_listen");
    uint16_t port = sctpx_server_udp_port(server);
    bench_two_tell(two, &port, sizeof port);
    sctpx_loop_run(end.loop);
}

static uint64_t sctpx_ask(uint16_t port, uint64_t end_us, uint32_t busy_us)
{
    static const sctpx_socket_callbacks callbacks = {
        .on_connected = on_connected, .on_readable = on_readable, .on_closed = on_closed};
    struct end end = {.end_us = end_us};
    sctpx_socket *socket;
    sctpx_addr local = loopback(0), remote = loopback(port);
    if (sctpx_loop_new(&end.loop) < 0 || sctpx_loop_set_busy_poll(end.loop, busy_us) < 0 ||
        sctpx_socket_new(end.loop, NULL, &socket) < 0)
        bench_fail("sctpx_socket_new");
    sctpx_socket_set_callbacks(socket, &callbacks, &end);
    if (sctpx_socket_bind(socket, &local, 1, 0, 0) < 0 ||
        sctpx_socket_connect(socket, &remote, 1, PORT) < 0)
        bench_fail("sctpx_socket_connect");
    sctpx_loop_run(end.loop);
    return end.done;
}

/* ---- UDP ---------------------------------------------------------------------------------- */

struct udp {
    int fd, epoll;
    uint32_t busy_us;
};

static struct udp open_udp(uint32_t busy_us)
{
    struct sockaddr_in local = {.sin_family = AF_INET};
    struct udp udp = {socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), epoll_create1(0), busy_us};
    struct epoll_event wanted = {.events = EPOLLIN};
    local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (udp.fd < 0 || udp.epoll < 0 || bind(udp.fd, (struct sockaddr *)&local, sizeof local) < 0 ||
        epoll_ctl(udp.epoll, EPOLL_CTL_ADD, udp.fd, &wanted) < 0)
        bench_fail("UDP socket");
    return udp;
}

/* As a loop of sctpx does it. */
static bool is_readable(const struct udp *udp)
{
    struct epoll_event event;
    uint64_t until = bench_now_us() + udp->busy_us;
    while (udp->busy_us > 0 && bench_now_us() < until) {
        if (epoll_wait(udp->epoll, &event, 1, 0) > 0)
            return true;
        sched_yield();
    }
    return epoll_wait(udp->epoll, &event, 1, SILENCE_MS) > 0;
}

/* Waits for one datagram and says whom it is from. */
static void wait_for_one(const struct udp *udp, struct sockaddr_in *ret_from)
{
    uint8_t buffer[2048];
    socklen_t length = sizeof *ret_from;
    if (!is_readable(udp) ||
        recvfrom(udp->fd, buffer, sizeof buffer, 0, (struct sockaddr *)ret_from, &length) != LENGTH)
        bench_fail("waiting for a datagram");
}

static void send_one(const struct udp *udp, const struct sockaddr_in *to)
{
    if (sendto(udp->fd, request, sizeof request, 0, (const struct sockaddr *)to, sizeof *to) < 0)
        bench_fail("sendto");
}

static void udp_answer(const struct bench_two *two, uint32_t busy_us)
{
    struct udp udp = open_udp(busy_us);
    struct sockaddr_in at;
    socklen_t length = sizeof at;
    if (getsockname(udp.fd, (struct sockaddr *)&at, &length) < 0)
        bench_fail("getsockname");
    uint16_t port = ntohs(at.sin_port);
    bench_two_tell(two, &port, sizeof port);
    for (;;) {
        wait_for_one(&udp, &at);
        send_one(&udp, &at);
    }
}

static uint64_t udp_ask(uint16_t port, uint64_t end_us, uint32_t busy_us)
{
    struct udp udp = open_udp(busy_us);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)}, from;
    uint64_t done = 0;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    do {
        send_one(&udp, &to);
        wait_for_one(&udp, &from);
        done++;
    } while (bench_now_us() < end_us);
    return done;
}

/* ---- both --------------------------------------------------------------------------------- */

enum { BUSY_US = 200 };

static const struct way {
    const char *name;
    enum bench_cpus cpus;
    uint32_t busy_us; /* both look for so long before they sleep */
} ways[] = {{"64 B, two CPUs", BENCH_TWO_CPUS, 0},
            {"64 B, two CPUs, busy poll", BENCH_TWO_CPUS, BUSY_US},
            {"64 B, one CPU", BENCH_ONE_CPU, 0}};

struct run {
    const char *stack;
    double seconds;
    const struct way *way;
    void (*answer)(const struct bench_two *two, uint32_t busy_us);
    uint64_t (*ask)(uint16_t port, uint64_t end_us, uint32_t busy_us);
};

static void work(void *context)
{
    const struct run *run = context;
    struct bench_two two;
    uint16_t port;
    const struct bench_case of = {"udp_rr", run->way->name, run->stack};
    bench_two_fork(&two, run->way->cpus);
    if (two.child == 0) {
        run->answer(&two, run->way->busy_us);
        _exit(1);
    }
    bench_two_hear(&two, &port, sizeof port);
    uint64_t start = bench_now_us();
    uint64_t done = run->ask(port, start + (uint64_t)(run->seconds * 1e6), run->way->busy_us);
    bench_figure(&of, "requests/s", BENCH_MORE,
                 (double)done * 1e6 / (double)(bench_now_us() - start));
    bench_two_end(&two);
}

int main(int argc, char **argv)
{
    struct bench_options options = {.seconds = 1};
    int failed = 0;
    bench_options_parse(&options, argc, argv);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct run ours = {"sctpx", options.seconds, &ways[i], sctpx_answer, sctpx_ask};
        struct run udp = {"udp", options.seconds, &ways[i], udp_answer, udp_ask};
        failed |= bench_two_apart(work, &ours);
        failed |= bench_two_apart(work, &udp);
    }
    return failed;
}
