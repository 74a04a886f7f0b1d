/* SPDX-License-Identifier: MIT */
/* What engine_pair.c does, with usrsctp: one bulk stream in memory, in one thread. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/figure.h"
#include "support/options.h"
#include "support/sizes.h"
#include "support/two.h"
#include "support/usrsctp_conn.h"

#ifndef SCTPX_HAVE_USRSCTP
int main(void)
{
    return 77;
}
#else

/* Its path MTU leaves the SCTP header out. */
enum { PORT = 7, BUFFER_BYTES = 1 << 20, SCTP_HEADER_BYTES = 12 };

static uint64_t messages, bytes; /* that came */

static int on_receive(struct socket *socket, union sctp_sockstore from, void *data, size_t length,
                      struct sctp_rcvinfo info, int flags, void *user)
{
    (void)socket;
    (void)from;
    (void)info;
    (void)user;
    if (data == NULL)
        return 1;
    bytes += length;
    messages += (flags & MSG_EOR) != 0;
    free(data);
    return 1;
}

static struct socket *open_side(int side, uint32_t mtu)
{
    struct sockaddr_conn local = bench_conn_addr(0, side, PORT);
    struct socket *socket =
        usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, on_receive, NULL, 0, NULL);
    if (socket == NULL || usrsctp_set_non_blocking(socket, 1) < 0)
        bench_fail("usrsctp_socket");
    bench_conn_tune(socket, BUFFER_BYTES, mtu - BENCH_HEADERS_BYTES - SCTP_HEADER_BYTES);
    if (usrsctp_bind(socket, (struct sockaddr *)&local, sizeof local) < 0)
        bench_fail("usrsctp_bind");
    return socket;
}

static void run(struct socket *sender, const void *message, size_t length, double seconds)
{
    uint64_t end = bench_now_us() + (uint64_t)(seconds * 1e6);
    while (bench_now_us() < end) {
        while (usrsctp_sendv(sender, message, length, NULL, 0, NULL, 0, SCTP_SENDV_NOINFO, 0) > 0)
            ;
        if (errno != EWOULDBLOCK)
            bench_fail("usrsctp_sendv");
        bench_conn_carry();
    }
}

static void measure(struct socket *sender, size_t length, uint32_t packet, double seconds)
{
    char name[64];
    void *message = calloc(1, length);
    if (message == NULL)
        bench_fail("calloc");
    snprintf(name, sizeof name, "%zu B in %u", length, packet);
    const struct bench_case of = {"engine_pair", name, "usrsctp"};
    run(sender, message, length, seconds / 5);
    uint64_t start = bench_now_us();
    messages = bytes = 0;
    run(sender, message, length, seconds);
    double us = (double)(bench_now_us() - start);
    bench_figure(&of, "MB/s", BENCH_MORE, (double)bytes / us);
    bench_figure(&of, "messages/s", BENCH_MORE, (double)messages / us * 1e6);
    fprintf(stderr, "usrsctp %s: packets of %zu bytes\n", name, bench_conn_longest_packet());
    free(message);
}

static struct bench_options options = {.seconds = 1, .mtu = 1480};

/* In a process of its own, as its state stays. */
static void run_length(void *context)
{
    const size_t *length = context;
    bench_conn_init(1);
    struct socket *listener = open_side(1, options.mtu), *sender = open_side(0, options.mtu);
    struct sockaddr_conn peer = bench_conn_addr(0, 0, PORT);
    if (usrsctp_listen(listener, 1) < 0)
        bench_fail("usrsctp_listen");
    if (usrsctp_connect(sender, (struct sockaddr *)&peer, sizeof peer) < 0 && errno != EINPROGRESS)
        bench_fail("usrsctp_connect");
    bench_conn_settle();
    if (usrsctp_accept(listener, NULL, NULL) == NULL)
        bench_fail("usrsctp_accept");
    measure(sender, *length, options.mtu - BENCH_HEADERS_BYTES, options.seconds);
}

int main(int argc, char **argv)
{
    int failed = 0;
    bench_options_parse(&options, argc, argv);
    if (options.length != 0)
        return bench_two_apart(run_length, &options.length);
    for (size_t i = 0; i < BENCH_PAIR_SIZES; i++) {
        size_t length = bench_pair_sizes[i].length;
        options.mtu = bench_pair_sizes[i].packet + BENCH_HEADERS_BYTES;
        failed |= bench_two_apart(run_length, &length);
    }
    return failed;
}
#endif
