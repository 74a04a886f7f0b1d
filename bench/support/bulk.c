/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "support/bulk.h"
#include "support/figure.h"

enum { PORT = 7 };

static sctpx_addr loopback(uint16_t udp_port)
{
    return (sctpx_addr){.family = SCTPX_IPV4, .udp_port = udp_port, .ip = {127, 0, 0, 1}};
}

/* ---- receiver ----------------------------------------------------------------------------- */

struct receiver {
    sctpx_loop *loop;
    struct bench_received received;
    uint8_t buffer[1 << 20];
};

static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    struct receiver *receiver = user;
    long n;
    (void)stream;
    while ((n = sctpx_socket_read_datagram(socket, SCTPX_ANY_STREAM, receiver->buffer,
                                           sizeof receiver->buffer, NULL)) > 0)
        bench_received_add(&receiver->received, (size_t)n, 1);
}

static void on_receiver_closed(sctpx_socket *socket, void *user, int error)
{
    struct receiver *receiver = user;
    (void)socket;
    if (error != SCTPX_EPEERSHUTDOWN)
        bench_fail(sctpx_strerror(error));
    sctpx_loop_stop(receiver->loop);
}

static void on_connection(sctpx_server *server, void *user)
{
    static const sctpx_socket_callbacks callbacks = {.on_readable = on_readable,
                                                     .on_closed = on_receiver_closed};
    sctpx_socket *socket;
    if (sctpx_server_next_pending_connection(server, &socket) == 0)
        sctpx_socket_set_callbacks(socket, &callbacks, user);
}

void bench_bulk_receive(const struct bench_two *two, const struct bench_options *options)
{
    static struct receiver receiver;
    static const sctpx_server_callbacks callbacks = {.on_connection = on_connection};
    sctpx_server *server;
    sctpx_server_options with;
    sctpx_addr local = loopback(0);
    sctpx_server_options_defaults(&with);
    with.udp_port = 0;
    with.assoc.mtu = options->mtu;
    with.no_segmentation = options->plain;
    if (options->window_bytes != 0)
        with.assoc.rcvbuf_bytes = options->window_bytes;
    if (sctpx_loop_new(&receiver.loop) < 0 || sctpx_server_new(receiver.loop, &with, &server) < 0)
        bench_fail("sctpx_server_new");
    sctpx_server_set_callbacks(server, &callbacks, &receiver);
    if (sctpx_server_listen(server, &local, 1, PORT) < 0)
        bench_fail("sctpx_server_listen");
    uint16_t port = sctpx_server_udp_port(server);
    bench_two_tell(two, &port, sizeof port);
    if (sctpx_loop_run(receiver.loop) < 0)
        bench_fail("sctpx_loop_run");
    bench_received_tell(&receiver.received, two);
}

/* ---- sender ------------------------------------------------------------------------------- */

struct sender {
    sctpx_loop *loop;
    const struct bench_options *options;
    void *message;
    uint64_t end_us;
    struct bench_sent sent;
};

/* The message is the same all the time, and there until the end. */
static void on_release(void *context, const void *data, size_t length)
{
    (void)context;
    (void)data;
    (void)length;
}

static void write_all(sctpx_socket *socket, void *user)
{
    static const sctpx_sndinfo lent = {.release = on_release};
    struct sender *sender = user;
    const sctpx_sndinfo *info = sender->options->lent ? &lent : NULL;
    int error;
    if (bench_now_us() >= sender->end_us) {
        sctpx_socket_disconnect(socket, SCTPX_FOREVER);
        return;
    }
    do
        error = sctpx_socket_write_datagram(socket, sender->message, sender->options->length, info);
    while (error == 0);
    if (error != SCTPX_EWOULDBLOCK)
        bench_fail(sctpx_strerror(error));
}

static void on_connected(sctpx_socket *socket, void *user)
{
    struct sender *sender = user;
    sender->sent.start = bench_usage_now(0, 0);
    sender->end_us = sender->sent.start.at_us + (uint64_t)(sender->options->seconds * 1e6);
    write_all(socket, user);
}

static void on_sender_closed(sctpx_socket *socket, void *user, int error)
{
    struct sender *sender = user;
    if (error != 0)
        bench_fail(sctpx_strerror(error));
    if (sctpx_socket_status(socket, &sender->sent.status) < 0)
        bench_fail("sctpx_socket_status");
    sctpx_loop_stop(sender->loop);
}

struct bench_sent bench_bulk_send(const struct bench_two *two, const struct bench_options *options)
{
    static const sctpx_socket_callbacks callbacks = {
        .on_connected = on_connected, .on_writable = write_all, .on_closed = on_sender_closed};
    struct sender sender = {.options = options, .message = calloc(1, options->length)};
    sctpx_socket *socket;
    sctpx_socket_options with;
    uint16_t port;
    bench_two_hear(two, &port, sizeof port);
    sctpx_addr remote = loopback(port), local = loopback(0);
    sctpx_socket_options_defaults(&with);
    with.assoc.mtu = options->mtu;
    with.no_segmentation = options->plain;
    if (sender.message == NULL || sctpx_loop_new(&sender.loop) < 0 ||
        sctpx_socket_new(sender.loop, &with, &socket) < 0)
        bench_fail("sctpx_socket_new");
    sctpx_socket_set_callbacks(socket, &callbacks, &sender);
    if (sctpx_socket_bind(socket, &local, 1, 0, 0) < 0 ||
        sctpx_socket_connect(socket, &remote, 1, PORT) < 0)
        bench_fail("sctpx_socket_connect");
    if (sctpx_loop_run(sender.loop) < 0)
        bench_fail("sctpx_loop_run");
    sctpx_socket_free(socket);
    sctpx_loop_free(sender.loop);
    free(sender.message);
    return sender.sent;
}
