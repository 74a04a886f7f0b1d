/* SPDX-License-Identifier: MIT */
/*
 * What udp_throughput.c does, with usrsctp's callbacks: the thread that receives also sends what
 * there is room for.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/figure.h"
#include "support/throughput.h"
#include "support/usrsctp_udp.h"

#ifndef SCTPX_HAVE_USRSCTP
int main(void)
{
    return 77;
}
#else

/* The steadiest of 256 KB to 4 MB, with thresholds of 1/2 to 1/16; none was faster. */
enum { PORT = 7, BUFFER_BYTES = 1 << 18, THRESHOLD_BYTES = BUFFER_BYTES / 4 };

/* ---- receiver ----------------------------------------------------------------------------- */

struct receiver {
    struct bench_received received;
    const struct bench_two *two;
};

static int on_receive(struct socket *socket, union sctp_sockstore from, void *data, size_t length,
                      struct sctp_rcvinfo info, int flags, void *user)
{
    struct receiver *receiver = user;
    (void)socket;
    (void)from;
    (void)info;
    if (data == NULL)
        return 1;
    if ((flags & MSG_NOTIFICATION) == 0)
        bench_received_add(&receiver->received, length, (flags & MSG_EOR) != 0);
    else if (bench_udp_change(data, length) == SCTP_SHUTDOWN_COMP)
        bench_received_tell(&receiver->received, receiver->two);
    free(data);
    return 1;
}

static void receive(const struct bench_two *two, const struct bench_options *options)
{
    static struct receiver receiver;
    uint16_t port = bench_udp_init();
    receiver.two = two;
    struct socket *listener =
        bench_udp_socket(&(struct bench_udp_options){.type = SOCK_SEQPACKET,
                                                     .port = PORT,
                                                     .buffer_bytes = BUFFER_BYTES,
                                                     .mtu = options->mtu,
                                                     .on_receive = on_receive,
                                                     .user = &receiver});
    if (usrsctp_listen(listener, 1) < 0)
        bench_fail("usrsctp_listen");
    bench_two_tell(two, &port, sizeof port);
    for (;;)
        pause();
}

/* ---- sender ------------------------------------------------------------------------------- */

struct sender {
    void *message;
    size_t length;
    atomic_bool up, stop;
};

static int on_notification(struct socket *socket, union sctp_sockstore from, void *data,
                           size_t length, struct sctp_rcvinfo info, int flags, void *user)
{
    struct sender *sender = user;
    (void)socket;
    (void)from;
    (void)info;
    (void)flags;
    if (data != NULL && bench_udp_change(data, length) == SCTP_COMM_UP)
        sender->up = true;
    free(data);
    return 1;
}

static int write_all(struct socket *socket, uint32_t free_bytes, void *user)
{
    struct sender *sender = user;
    (void)free_bytes;
    while (!sender->stop && usrsctp_sendv(socket, sender->message, sender->length, NULL, 0, NULL, 0,
                                          SCTP_SENDV_NOINFO, 0) > 0)
        ;
    return 1;
}

static void send_to(const struct bench_two *two, const struct bench_options *options)
{
    static struct sender sender;
    uint16_t peer_udp_port;
    bench_two_hear(two, &peer_udp_port, sizeof peer_udp_port);
    bench_udp_init();
    sender.message = calloc(1, options->length);
    sender.length = options->length;
    struct sockaddr_in peer = bench_udp_addr(PORT);
    struct socket *socket =
        bench_udp_socket(&(struct bench_udp_options){.type = SOCK_STREAM,
                                                     .peer_udp_port = peer_udp_port,
                                                     .buffer_bytes = BUFFER_BYTES,
                                                     .mtu = options->mtu,
                                                     .on_receive = on_notification,
                                                     .on_send = write_all,
                                                     .send_threshold = THRESHOLD_BYTES,
                                                     .user = &sender});
    if (usrsctp_connect(socket, (struct sockaddr *)&peer, sizeof peer) < 0 && errno != EINPROGRESS)
        bench_fail("usrsctp_connect");
    while (!sender.up)
        usleep(1000);
    struct bench_usage start = bench_usage_now(0, 0);
    write_all(socket, 0, &sender);
    usleep((useconds_t)(options->seconds * 1e6));
    sender.stop = true;
    usrsctp_shutdown(socket, SHUT_WR);
    bench_throughput_report("usrsctp", options, &start, two);
}

int main(int argc, char **argv)
{
    return bench_throughput_main(argc, argv, receive, send_to);
}
#endif
