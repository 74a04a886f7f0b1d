/* SPDX-License-Identifier: MIT */
/*
 * What is possible at most in udp_throughput.c: packets that look like SCTP (common header, one
 * DATA chunk, CRC32c computed and checked for each) from one process to another over UDP on
 * 127.0.0.1, one copy on both sides, and a window so that none is lost. No streams, no congestion
 * control, no retransmission. In trains (UDP_SEGMENT, UDP_GRO) with one acknowledgement for what
 * came at once; with --plain one system call for each packet and a SACK for every second one.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/figure.h"
#include "support/limit.h"
#include "support/throughput.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

enum {
    PACKET_BYTES = 1472,
    TRAIN = 44, /* packets that one UDP datagram of 64 KB holds */
    BUFFER_BYTES = 8 << 20,
    PACKET_COST = 4096, /* of the socket's buffer, with what the kernel counts on top */
    MOST_OUTSTANDING = 16 * TRAIN,
    LOST_AFTER_S = 3
};

static uint8_t train[1 << 16];

static int open_socket(uint32_t *ret_window)
{
    const struct sockaddr_in local = {.sin_family = AF_INET,
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct timeval lost = {.tv_sec = LOST_AFTER_S};
    int fd = socket(AF_INET, SOCK_DGRAM, 0), bytes = BUFFER_BYTES;
    socklen_t length = sizeof bytes;
    if (fd < 0 || bind(fd, (const struct sockaddr *)&local, sizeof local) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &lost, sizeof lost) < 0)
        bench_fail("UDP socket");
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) < 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, &length) < 0)
        bench_fail("SO_RCVBUF");
    *ret_window = (uint32_t)bytes / PACKET_COST;
    if (*ret_window > MOST_OUTSTANDING)
        *ret_window = MOST_OUTSTANDING;
    return fd;
}

static uint16_t port_of(int fd)
{
    struct sockaddr_in local;
    socklen_t length = sizeof local;
    if (getsockname(fd, (struct sockaddr *)&local, &length) < 0)
        bench_fail("getsockname");
    return ntohs(local.sin_port);
}

struct hello {
    uint16_t port;
    uint32_t window; /* packets */
};

/* ---- receiver ----------------------------------------------------------------------------- */

struct receiver {
    int fd;
    struct bench_limit_receiver limit;
    struct bench_received received;
};

/* Returns how many bytes, and how long each packet in it is. */
static size_t take(struct receiver *r, size_t *ret_segment)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec piece = {train, sizeof train};
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t n = recvmsg(r->fd, &message, 0);
    if (n <= 0)
        bench_fail("receiving: the sender fell silent, which");
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    int segment = (int)n;
    if (c != NULL && c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO)
        memcpy(&segment, CMSG_DATA(c), sizeof segment);
    *ret_segment = (size_t)segment;
    return (size_t)n;
}

static size_t take_plain(struct receiver *r, size_t *ret_segment)
{
    ssize_t n = recvfrom(r->fd, train, sizeof train, 0, NULL, NULL);
    if (n <= 0)
        bench_fail("receiving: the sender fell silent, which");
    *ret_segment = (size_t)n;
    return (size_t)n;
}

static void answer_first(int fd)
{
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    uint8_t byte;
    if (recvfrom(fd, &byte, 1, MSG_PEEK, (struct sockaddr *)&peer, &length) < 0 ||
        connect(fd, (struct sockaddr *)&peer, length) < 0)
        bench_fail("waiting for the sender");
}

static void receive(const struct bench_two *two, const struct bench_options *options)
{
    static struct receiver r;
    struct hello hello;
    uint8_t sack[BENCH_LIMIT_SACK_BYTES];
    const int on = 1;
    uint32_t unanswered = 0;
    r.fd = open_socket(&hello.window);
    hello.port = port_of(r.fd);
    if (!options->plain && setsockopt(r.fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on) < 0)
        bench_fail("UDP_GRO");
    bench_two_tell(two, &hello, sizeof hello);
    answer_first(r.fd);
    while (!r.limit.ended) {
        size_t segment, bytes = options->plain ? take_plain(&r, &segment) : take(&r, &segment);
        uint32_t next = r.limit.next_tsn;
        uint64_t before = r.limit.bytes;
        bench_limit_receive(&r.limit, train, bytes, segment);
        bench_received_add(&r.received, r.limit.bytes - before, 0);
        unanswered += r.limit.next_tsn - next;
        if (options->plain && unanswered < 2)
            continue;
        unanswered = 0;
        bench_limit_write_sack(sack, r.limit.next_tsn - 1);
        if (send(r.fd, sack, sizeof sack, 0) < 0 && !r.limit.ended)
            bench_fail("send");
    }
    bench_received_tell(&r.received, two);
}

/* ---- sender ------------------------------------------------------------------------------- */

struct sender {
    int fd;
    uint32_t window, next_tsn, acked_tsn;
    const uint8_t *message;
    size_t payload; /* of each packet */
};

static void write_packets(struct sender *s, uint32_t n)
{
    size_t packet = BENCH_LIMIT_HEADER_BYTES + s->payload;
    for (uint32_t i = 0; i < n; i++)
        bench_limit_write_data(train + i * packet, s->next_tsn++, s->message, s->payload);
}

static void send_train(struct sender *s, uint32_t n)
{
    union {
        char bytes[CMSG_SPACE(sizeof(uint16_t))];
        struct cmsghdr align;
    } control = {.bytes = {0}};
    uint16_t packet = (uint16_t)(BENCH_LIMIT_HEADER_BYTES + s->payload);
    struct iovec piece = {train, (size_t)n * packet};
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = IPPROTO_UDP;
    c->cmsg_type = UDP_SEGMENT;
    c->cmsg_len = CMSG_LEN(sizeof packet);
    memcpy(CMSG_DATA(c), &packet, sizeof packet);
    write_packets(s, n);
    if (sendmsg(s->fd, &message, 0) < 0)
        bench_fail("sendmsg with UDP_SEGMENT");
}

static void send_one(struct sender *s)
{
    write_packets(s, 1);
    if (sendto(s->fd, train, BENCH_LIMIT_HEADER_BYTES + s->payload, 0, NULL, 0) < 0)
        bench_fail("sendto");
}

/* Takes the acknowledgements that are there; waits for one if none may be sent before. */
static void take_sacks(struct sender *s, int flags)
{
    uint8_t sack[BENCH_LIMIT_SACK_BYTES];
    ssize_t n;
    while ((n = recv(s->fd, sack, sizeof sack, flags)) > 0) {
        if (!bench_limit_read_sack(sack, (size_t)n, &s->acked_tsn))
            bench_fail("checking a SACK");
        flags = MSG_DONTWAIT;
    }
    if (flags == 0)
        bench_fail("waiting for an acknowledgement: a packet was lost, which");
}

static void pump(struct sender *s, bool plain, double seconds)
{
    uint64_t end = bench_now_us() + (uint64_t)(seconds * 1e6);
    uint32_t batch = plain ? 1 : TRAIN;
    /* An odd packet at the end of the window would wait for its pair. */
    uint32_t window = plain ? s->window & ~1u : s->window / TRAIN * TRAIN;
    for (uint32_t turns = 1; turns % 16 != 0 || bench_now_us() < end; turns++) {
        if (s->next_tsn - 1 - s->acked_tsn + batch > window)
            take_sacks(s, 0);
        if (plain)
            send_one(s);
        else
            send_train(s, batch);
    }
    if (plain && (s->next_tsn - 1 - s->acked_tsn) % 2 != 0)
        send_one(s);
    while (s->next_tsn - 1 != s->acked_tsn)
        take_sacks(s, 0);
}

static void send_to(const struct bench_two *two, const struct bench_options *options)
{
    struct sender s = {.next_tsn = 1};
    struct hello hello;
    uint32_t own_window;
    uint8_t end[BENCH_LIMIT_HEADER_BYTES];
    bench_two_hear(two, &hello, sizeof hello);
    s.payload = options->length < PACKET_BYTES - BENCH_LIMIT_HEADER_BYTES
                    ? options->length
                    : PACKET_BYTES - BENCH_LIMIT_HEADER_BYTES;
    s.message = calloc(1, s.payload);
    s.window = hello.window;
    s.fd = open_socket(&own_window);
    const struct sockaddr_in peer = {.sin_family = AF_INET,
                                     .sin_port = htons(hello.port),
                                     .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (s.message == NULL || s.window < TRAIN ||
        connect(s.fd, (const struct sockaddr *)&peer, sizeof peer) < 0)
        bench_fail("connecting");
    struct bench_usage start = bench_usage_now(0, 0);
    pump(&s, options->plain, options->seconds);
    bench_limit_write_end(end);
    if (send(s.fd, end, sizeof end, 0) < 0)
        bench_fail("send");
    bench_throughput_report("limit", options, &start, two);
}

int main(int argc, char **argv)
{
    return bench_throughput_main(argc, argv, receive, send_to);
}
