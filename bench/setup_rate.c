/* SPDX-License-Identifier: MIT */
/*
 * Associations set up and closed gracefully per second between two processes over UDP on
 * 127.0.0.1, through the public server and socket, with 1 and with 16 in flight. Beside it:
 * usrsctp_setup_rate.c.
 */
#include <stdio.h>
#include <stdlib.h>

#include <sctpx/sctpx.h>

#include "support/figure.h"
#include "support/setup.h"
#include "support/two.h"

enum { PORT = 7 };

static sctpx_addr loopback(uint16_t udp_port)
{
    return (sctpx_addr){.family = SCTPX_IPV4, .udp_port = udp_port, .ip = {127, 0, 0, 1}};
}

/* ---- server ------------------------------------------------------------------------------- */

static void on_end(sctpx_socket *socket, void *user, int error)
{
    (void)user;
    if (error != SCTPX_EPEERSHUTDOWN)
        bench_fail(sctpx_strerror(error));
    sctpx_socket_free(socket);
}

static void on_connection(sctpx_server *server, void *user)
{
    static const sctpx_socket_callbacks callbacks = {.on_closed = on_end};
    sctpx_socket *socket;
    if (sctpx_server_next_pending_connection(server, &socket) == 0)
        sctpx_socket_set_callbacks(socket, &callbacks, user);
}

static sctpx_loop *new_loop(const struct bench_setup *setup)
{
    sctpx_loop *loop;
    if (sctpx_loop_new(&loop) < 0 || sctpx_loop_set_busy_poll(loop, setup->busy_us) < 0)
        bench_fail("sctpx_loop_new");
    return loop;
}

static void serve(const struct bench_two *two, const struct bench_setup *setup)
{
    static const sctpx_server_callbacks callbacks = {.on_connection = on_connection};
    sctpx_loop *loop = new_loop(setup);
    sctpx_server *server;
    sctpx_server_options options;
    sctpx_addr local = loopback(0);
    sctpx_server_options_defaults(&options);
    options.udp_port = 0;
    if (sctpx_server_new(loop, &options, &server) < 0)
        bench_fail("sctpx_server_new");
    sctpx_server_set_callbacks(server, &callbacks, NULL);
    if (sctpx_server_listen(server, &local, 1, PORT) < 0)
        bench_fail("sctpx_server_listen");
    uint16_t port = sctpx_server_udp_port(server);
    bench_two_tell(two, &port, sizeof port);
    sctpx_loop_run(loop);
}

/* ---- clients ------------------------------------------------------------------------------ */

struct clients {
    sctpx_loop *loop;
    sctpx_addr server;
    uint64_t done, end_us;
    uint32_t alive;
};

static void start_one(struct clients *clients);

static void on_connected(sctpx_socket *socket, void *user)
{
    (void)user;
    if (sctpx_socket_disconnect(socket, SCTPX_FOREVER) < 0)
        bench_fail("sctpx_socket_disconnect");
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    struct clients *clients = user;
    if (error != 0)
        bench_fail(sctpx_strerror(error));
    clients->done++;
    clients->alive--;
    sctpx_socket_free(socket);
    if (bench_now_us() < clients->end_us)
        start_one(clients);
    else if (clients->alive == 0)
        sctpx_loop_stop(clients->loop);
}

static void start_one(struct clients *clients)
{
    static const sctpx_socket_callbacks callbacks = {.on_connected = on_connected,
                                                     .on_closed = on_closed};
    sctpx_socket *socket;
    sctpx_addr local = loopback(0);
    if (sctpx_socket_new(clients->loop, NULL, &socket) < 0)
        bench_fail("sctpx_socket_new");
    sctpx_socket_set_callbacks(socket, &callbacks, clients);
    if (sctpx_socket_bind(socket, &local, 1, 0, 0) < 0 ||
        sctpx_socket_connect(socket, &clients->server, 1, PORT) < 0)
        bench_fail("sctpx_socket_connect");
    clients->alive++;
}

static uint64_t connect_all(const struct bench_two *two, const struct bench_setup *setup)
{
    struct clients clients = {.end_us = bench_now_us() + (uint64_t)(setup->seconds * 1e6),
                              .loop = new_loop(setup)};
    sctpx_socket *keeper; /* of the UDP port, which goes with the last socket that has it */
    sctpx_addr local = loopback(0);
    uint16_t port;
    bench_two_hear(two, &port, sizeof port);
    clients.server = loopback(port);
    if (sctpx_socket_new(clients.loop, NULL, &keeper) < 0 ||
        sctpx_socket_bind(keeper, &local, 1, 0, 0) < 0)
        bench_fail("sctpx_socket_bind");
    while (clients.alive < setup->in_flight)
        start_one(&clients);
    sctpx_loop_run(clients.loop);
    sctpx_socket_free(keeper);
    sctpx_loop_free(clients.loop);
    return clients.done;
}

int main(int argc, char **argv)
{
    return bench_setup_main(argc, argv, "sctpx", serve, connect_all);
}
