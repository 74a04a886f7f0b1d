/* SPDX-License-Identifier: MIT */
/*
 * Many associations at once (--count, 1,000) between two processes over UDP on 127.0.0.1, each with
 * as many messages of 1,000 bytes (--length) as it can get rid of, default options, one UDP port on
 * each side: what comes through in all, and what the slowest one gets of the mean. The receiver
 * counts, from a fifth of the time on. --window sets the send buffers.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sctpx/sctpx.h>

#include "support/figure.h"
#include "support/options.h"
#include "support/two.h"

enum { PORT = 7, AT_ONCE = 16, FIRST_LOCAL_PORT = 2000 };

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

struct result {
    double gbits, slowest_share;
    uint32_t silent; /* associations that got nothing at all */
};

/* ---- receiver ----------------------------------------------------------------------------- */

struct receiver {
    sctpx_loop *loop;
    uint64_t *bytes; /* for each association */
    uint32_t count, taken;
    uint64_t from_us, start_us, end_us;
    double seconds;
};

struct sink {
    struct receiver *receiver;
    uint64_t *bytes;
};

static void forget(struct receiver *receiver, uint64_t now)
{
    for (uint32_t i = 0; i < receiver->count; i++)
        receiver->bytes[i] = 0;
    receiver->start_us = now;
    receiver->end_us = now + (uint64_t)(receiver->seconds * 0.8e6);
}

static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    static uint8_t buffer[1 << 16];
    struct sink *sink = user;
    struct receiver *receiver = sink->receiver;
    uint64_t now = bench_now_us();
    long n;
    (void)stream;
    while ((n = sctpx_socket_read_datagram(socket, SCTPX_ANY_STREAM, buffer, sizeof buffer, NULL)) >
           0)
        *sink->bytes += (uint64_t)n;
    if (receiver->from_us == 0)
        receiver->from_us = now;
    else if (receiver->start_us == 0 &&
             now >= receiver->from_us + (uint64_t)(receiver->seconds * 0.2e6))
        forget(receiver, now);
    else if (receiver->start_us != 0 && now >= receiver->end_us)
        sctpx_loop_stop(receiver->loop);
}

static void on_connection(sctpx_server *server, void *user)
{
    static const sctpx_socket_callbacks callbacks = {.on_readable = on_readable,
                                                     .on_closed = on_end};
    struct receiver *receiver = user;
    sctpx_socket *socket;
    struct sink *sink = malloc(sizeof *sink);
    if (sink == NULL || receiver->taken == receiver->count ||
        sctpx_server_next_pending_connection(server, &socket) < 0)
        bench_fail("taking an association");
    *sink = (struct sink){receiver, &receiver->bytes[receiver->taken++]};
    sctpx_socket_set_callbacks(socket, &callbacks, sink);
}

static struct result sum_up(const struct receiver *receiver)
{
    struct result result = {0};
    uint64_t all = 0, least = UINT64_MAX, us = bench_now_us() - receiver->start_us;
    for (uint32_t i = 0; i < receiver->count; i++) {
        all += receiver->bytes[i];
        least = receiver->bytes[i] < least ? receiver->bytes[i] : least;
        result.silent += receiver->bytes[i] == 0;
    }
    result.gbits = (double)all * 8e-3 / (double)us;
    result.slowest_share = (double)least * receiver->count / (double)all;
    return result;
}

static _Noreturn void receive(const struct bench_two *two, const struct bench_options *options)
{
    static const sctpx_server_callbacks callbacks = {.on_connection = on_connection};
    struct receiver receiver = {.count = options->count, .seconds = options->seconds};
    sctpx_server *server;
    sctpx_server_options with;
    sctpx_addr local = loopback(0);
    receiver.bytes = calloc(options->count, sizeof *receiver.bytes);
    sctpx_server_options_defaults(&with);
    with.udp_port = 0;
    if (receiver.bytes == NULL || sctpx_loop_new(&receiver.loop) < 0 ||
        sctpx_server_new(receiver.loop, &with, &server) < 0)
        bench_fail("sctpx_server_new");
    sctpx_server_set_callbacks(server, &callbacks, &receiver);
    if (sctpx_server_listen(server, &local, 1, PORT) < 0)
        bench_fail("sctpx_server_listen");
    uint16_t port = sctpx_server_udp_port(server);
    bench_two_tell(two, &port, sizeof port);
    sctpx_loop_run(receiver.loop);
    struct result result = sum_up(&receiver);
    bench_two_tell(two, &result, sizeof result);
    _exit(0);
}

/* ---- sender ------------------------------------------------------------------------------- */

struct sender {
    sctpx_loop *loop;
    sctpx_addr server;
    sctpx_socket_options options;
    sctpx_socket **sockets;
    uint32_t count, started, up;
    void *message;
    size_t length;
    sctpx_sndinfo info;
};

static void start_one(struct sender *sender);

/* The message is the same for all, and there until the end. */
static void on_release(void *context, const void *data, size_t length)
{
    (void)context;
    (void)data;
    (void)length;
}

static void write_all(sctpx_socket *socket, void *user)
{
    struct sender *sender = user;
    int error;
    do
        error = sctpx_socket_write_datagram(socket, sender->message, sender->length, &sender->info);
    while (error == 0);
    if (error != SCTPX_EWOULDBLOCK)
        bench_fail(sctpx_strerror(error));
}

static void on_connected(sctpx_socket *socket, void *user)
{
    struct sender *sender = user;
    (void)socket;
    sender->up++;
    if (sender->started < sender->count)
        start_one(sender);
    for (uint32_t i = 0; sender->up == sender->count && i < sender->count; i++)
        write_all(sender->sockets[i], sender);
}

static void start_one(struct sender *sender)
{
    static const sctpx_socket_callbacks callbacks = {
        .on_connected = on_connected, .on_writable = write_all, .on_closed = on_end};
    sctpx_addr local = loopback(0);
    uint32_t number = sender->started++;
    sctpx_socket **socket = &sender->sockets[number];
    if (sctpx_socket_new(sender->loop, &sender->options, socket) < 0)
        bench_fail("sctpx_socket_new");
    sctpx_socket_set_callbacks(*socket, &callbacks, sender);
    if (sctpx_socket_bind(*socket, &local, 1, (uint16_t)(FIRST_LOCAL_PORT + number), 0) < 0 ||
        sctpx_socket_connect(*socket, &sender->server, 1, PORT) < 0)
        bench_fail("sctpx_socket_connect");
}

static uint64_t retransmitted(const struct sender *sender)
{
    uint64_t chunks = 0;
    for (uint32_t i = 0; i < sender->count; i++) {
        sctpx_assoc_status status;
        if (sctpx_socket_status(sender->sockets[i], &status) == 0)
            chunks += status.retransmitted_chunks;
    }
    return chunks;
}

/*
 * Until the receiver has had its time, or says why not. Returns what was sent again, up to shortly
 * before the receiver ends: nobody acknowledges what is under way then.
 */
static uint64_t send_all(uint16_t port, const struct bench_options *options)
{
    uint64_t look = UINT64_MAX, again = 0;
    struct sender sender = {
        .server = loopback(port), .count = options->count, .length = options->length};
    uint64_t end = bench_now_us() + (uint64_t)(options->seconds * 1.2e6) + 30 * 1000000, up_us = 0;
    if (options->lent)
        sender.info.release = on_release;
    sender.message = calloc(1, options->length);
    sender.sockets = calloc(options->count, sizeof *sender.sockets);
    sctpx_socket_options_defaults(&sender.options);
    if (options->window_bytes != 0)
        sender.options.assoc.sndbuf_bytes = options->window_bytes;
    if (sender.message == NULL || sender.sockets == NULL || sctpx_loop_new(&sender.loop) < 0)
        bench_fail("memory");
    while (sender.started < AT_ONCE && sender.started < sender.count)
        start_one(&sender);
    while (bench_now_us() < end) {
        sctpx_loop_run_once(sender.loop, 100);
        if (up_us == 0 && sender.up == sender.count) {
            up_us = bench_now_us();
            look = up_us + (uint64_t)(options->seconds * 0.9e6);
            end = up_us + (uint64_t)(options->seconds * 1.2e6) + 200000;
        }
        if (bench_now_us() >= look) {
            again = retransmitted(&sender);
            look = UINT64_MAX;
        }
    }
    if (up_us == 0)
        bench_fail("setting all of them up");
    return again;
}

static void name_case(char *ret_name, size_t size, const struct bench_options *options)
{
    int length = snprintf(ret_name, size, "%" PRIu32 " associations, %zu B", options->count,
                          options->length);
    if (options->window_bytes != 0)
        length += snprintf(ret_name + length, size - (size_t)length, ", send buffers of %zu KiB",
                           options->window_bytes / 1024);
    if (options->lent)
        snprintf(ret_name + length, size - (size_t)length, ", lent");
}

int main(int argc, char **argv)
{
    struct bench_options options = {.count = 1000, .length = 1000, .seconds = 3};
    struct bench_two two;
    struct result result;
    char name[80];
    uint16_t port;
    bench_options_parse(&options, argc, argv);
    if (options.count > 60000)
        bench_fail("more than 60,000 associations");
    bench_two_fork(&two, BENCH_ANY_CPU);
    if (two.child == 0)
        receive(&two, &options);
    bench_two_hear(&two, &port, sizeof port);
    uint64_t again = send_all(port, &options);
    bench_two_hear(&two, &result, sizeof result);
    bench_two_end(&two);
    name_case(name, sizeof name, &options);
    const struct bench_case of = {"many", name, "sctpx"};
    bench_figure(&of, "Gbit/s", BENCH_MORE, result.gbits);
    bench_figure(&of, "the slowest one's share of the mean", BENCH_MORE, result.slowest_share);
    bench_figure(&of, "associations that got nothing", BENCH_LESS, result.silent);
    bench_figure(&of, "retransmitted chunks", BENCH_LESS, (double)again);
    return 0;
}
