/* SPDX-License-Identifier: MIT */
#include "support/flood.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/figure.h"
#include "wire/init.h"
#include "wire/packet.h"

enum { BATCH = 64, INIT_BYTES = 32, SOURCES = 4 };

struct flooder {
    int fds[SOURCES]; /* sockets, so that the server sees several UDP ports */
    uint16_t sctp_port;
    uint32_t number; /* of the next INIT; its tag and port follow from it */
    uint8_t packets[BATCH][INIT_BYTES];
    struct iovec pieces[BATCH];
    struct mmsghdr messages[BATCH];
};

static void make_init(struct flooder *f, unsigned i)
{
    uint32_t number = ++f->number;
    struct sctpxi_writer w = sctpxi_writer_make(f->packets[i], INIT_BYTES);
    size_t at = sctpxi_packet_begin(&w, (uint16_t)(1024 + number % 60000), f->sctp_port, 0);
    const struct sctpxi_init init = {.tag = number,
                                     .a_rwnd = 65536,
                                     .os = 10,
                                     .mis = 10,
                                     .initial_tsn = sctpxi_tsn_make(number)};
    sctpxi_chunk_end(&w, sctpxi_init_begin(&w, SCTPXI_CHUNK_INIT, &init));
    if (sctpxi_packet_end(&w, at) < 0 || w.len != INIT_BYTES)
        bench_fail("writing an INIT");
    f->pieces[i] = (struct iovec){f->packets[i], INIT_BYTES};
    f->messages[i].msg_hdr = (struct msghdr){.msg_iov = &f->pieces[i], .msg_iovlen = 1};
}

static void send_inits(struct flooder *f, uint32_t n)
{
    while (n > 0) {
        unsigned batch = n < BATCH ? n : BATCH;
        for (unsigned i = 0; i < batch; i++)
            make_init(f, i);
        if (sendmmsg(f->fds[f->number % SOURCES], f->messages, batch, 0) < 0)
            bench_fail("sendmmsg");
        n -= batch;
    }
}

static void open_sockets(struct flooder *f, uint16_t udp_port)
{
    const struct sockaddr_in server = {.sin_family = AF_INET,
                                       .sin_port = htons(udp_port),
                                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (unsigned i = 0; i < SOURCES; i++) {
        f->fds[i] = socket(AF_INET, SOCK_DGRAM, 0);
        if (f->fds[i] < 0 ||
            connect(f->fds[i], (const struct sockaddr *)&server, sizeof server) < 0)
            bench_fail("UDP socket");
    }
}

void bench_flood_run(const struct bench_two *two, uint16_t udp_port, uint16_t sctp_port,
                     uint32_t inits_per_second)
{
    static struct flooder flooder;
    struct pollfd stop = {.fd = two->in, .events = POLLIN};
    flooder.sctp_port = sctp_port;
    open_sockets(&flooder, udp_port);
    uint64_t start = bench_now_us();
    struct bench_flood done = {0, 0};
    while (poll(&stop, 1, 1) == 0) { /* catches up when it was late */
        uint64_t due = (bench_now_us() - start) * inits_per_second / 1000000;
        send_inits(&flooder, (uint32_t)(due - done.inits));
        done.inits = due;
    }
    done.us = bench_now_us() - start;
    bench_two_tell(two, &done, sizeof done);
    _exit(0);
}

struct bench_flood bench_flood_stop(struct bench_two *two)
{
    struct bench_flood done;
    const uint8_t stop = 1;
    bench_two_tell(two, &stop, sizeof stop);
    bench_two_hear(two, &done, sizeof done);
    bench_two_end(two);
    return done;
}
