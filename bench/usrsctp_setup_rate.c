/* SPDX-License-Identifier: MIT */
/*
 * What setup_rate.c does, with usrsctp. It runs without its threads (AF_CONN), with a UDP socket of
 * ours below: measured against its threads and callbacks, that is twice as fast with 16 in flight
 * or on one CPU, and no different with 1 in flight on two.
 * The associations are those of one-to-many sockets that stay, so that no socket has to be made.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/figure.h"
#include "support/setup.h"
#include "support/two.h"

#ifndef SCTPX_HAVE_USRSCTP
int main(void)
{
    return 77;
}
#else

#include <arpa/inet.h>
#include <usrsctp.h>

enum { PORT = 7, FIRST_CLIENT_PORT = 5000, MAX_IN_FLIGHT = 256, TICK_US = 10000 };

/* ---- the carrier -------------------------------------------------------------------------- */

static struct {
    int fd;
    uint32_t busy_us;
    uint64_t ticked_us;
} udp;

static int on_output(void *to, void *bytes, size_t length, uint8_t tos, uint8_t set_df)
{
    (void)to;
    (void)tos;
    (void)set_df;
    return send(udp.fd, bytes, length, 0) < 0 ? errno : 0;
}

static uint16_t open_carrier(uint32_t busy_us)
{
    struct sockaddr_in local = {.sin_family = AF_INET};
    socklen_t length = sizeof local;
    local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    udp.fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (udp.fd < 0 || bind(udp.fd, (struct sockaddr *)&local, sizeof local) < 0 ||
        getsockname(udp.fd, (struct sockaddr *)&local, &length) < 0)
        bench_fail("UDP socket");
    usrsctp_init_nothreads(0, on_output, NULL);
    usrsctp_sysctl_set_sctp_ecn_enable(0);
    usrsctp_register_address(&udp);
    udp.ticked_us = bench_now_us();
    udp.busy_us = busy_us;
    return ntohs(local.sin_port);
}

static void connect_carrier(struct sockaddr_in peer)
{
    if (connect(udp.fd, (struct sockaddr *)&peer, sizeof peer) < 0)
        bench_fail("connect");
}

/* Waits for packets, at most until the next tick of the timers. */
static void wait_for_packets(void)
{
    struct pollfd wait = {.fd = udp.fd, .events = POLLIN};
    if (udp.busy_us > 0) {
        uint64_t until = bench_now_us() + udp.busy_us;
        while (poll(&wait, 1, 0) == 0 && bench_now_us() < until)
            sched_yield();
    }
    if (wait.revents == 0)
        poll(&wait, 1, TICK_US / 1000);
}

/* Takes all that are there. */
static void turn(void)
{
    uint8_t bytes[2048];
    ssize_t n;
    wait_for_packets();
    while ((n = recv(udp.fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
        usrsctp_conninput(&udp, bytes, (size_t)n, 0);
    uint64_t now = bench_now_us();
    if (now - udp.ticked_us >= TICK_US) {
        usrsctp_handle_timers((uint32_t)((now - udp.ticked_us) / 1000));
        udp.ticked_us = now;
    }
}

static struct sockaddr_conn address(uint16_t port)
{
    return (struct sockaddr_conn){
        .sconn_family = AF_CONN, .sconn_port = htons(port), .sconn_addr = &udp};
}

/* ---- both --------------------------------------------------------------------------------- */

/* What an association's end of the client has come to. */
struct slot {
    struct socket *socket;
    sctp_assoc_t id;
    uint16_t change; /* the last one, until it is seen to */
};

static int on_receive(struct socket *socket, union sctp_sockstore from, void *data, size_t length,
                      struct sctp_rcvinfo info, int flags, void *user)
{
    struct slot *slot = user;
    struct sctp_assoc_change change;
    (void)socket;
    (void)from;
    (void)info;
    if (slot != NULL && data != NULL && (flags & MSG_NOTIFICATION) != 0 &&
        length >= sizeof change) {
        memcpy(&change, data, sizeof change);
        slot->change = change.sac_state;
        slot->id = change.sac_assoc_id;
    }
    free(data);
    return 1;
}

static struct socket *open_socket(uint16_t port, struct slot *slot)
{
    const struct sctp_event event = {
        .se_assoc_id = SCTP_FUTURE_ASSOC, .se_type = SCTP_ASSOC_CHANGE, .se_on = 1};
    struct sockaddr_conn local = address(port);
    struct socket *socket =
        usrsctp_socket(AF_CONN, SOCK_SEQPACKET, IPPROTO_SCTP, on_receive, NULL, 0, slot);
    if (socket == NULL || usrsctp_set_non_blocking(socket, 1) < 0 ||
        usrsctp_setsockopt(socket, IPPROTO_SCTP, SCTP_EVENT, &event, sizeof event) < 0 ||
        usrsctp_bind(socket, (struct sockaddr *)&local, sizeof local) < 0)
        bench_fail("usrsctp_socket");
    return socket;
}

static void serve(const struct bench_two *two, const struct bench_setup *setup)
{
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    uint8_t byte;
    uint16_t port = open_carrier(setup->busy_us);
    if (usrsctp_listen(open_socket(PORT, NULL), 1) < 0)
        bench_fail("usrsctp_listen");
    bench_two_tell(two, &port, sizeof port);
    if (recvfrom(udp.fd, &byte, 1, MSG_PEEK, (struct sockaddr *)&peer, &length) < 0)
        bench_fail("recvfrom");
    connect_carrier(peer);
    for (;;)
        turn();
}

/* ---- clients ------------------------------------------------------------------------------ */

static void start(struct slot *slot)
{
    struct sockaddr_conn server = address(PORT);
    slot->change = 0;
    if (usrsctp_connect(slot->socket, (struct sockaddr *)&server, sizeof server) < 0 &&
        errno != EINPROGRESS)
        bench_fail("usrsctp_connect");
}

static void end(struct slot *slot)
{
    struct sctp_sndinfo info = {.snd_flags = SCTP_EOF, .snd_assoc_id = slot->id};
    slot->change = 0;
    if (usrsctp_sendv(slot->socket, "", 0, NULL, 0, &info, sizeof info, SCTP_SENDV_SNDINFO, 0) < 0)
        bench_fail("usrsctp_sendv");
}

static uint64_t connect_all(const struct bench_two *two, const struct bench_setup *setup)
{
    static struct slot slots[MAX_IN_FLIGHT];
    uint64_t until = bench_now_us() + (uint64_t)(setup->seconds * 1e6), done = 0;
    uint16_t port;
    struct sockaddr_in server = {.sin_family = AF_INET};
    bench_two_hear(two, &port, sizeof port);
    open_carrier(setup->busy_us);
    server.sin_port = htons(port);
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connect_carrier(server);
    if (setup->in_flight > MAX_IN_FLIGHT)
        bench_fail("so many in flight");
    for (uint32_t i = 0; i < setup->in_flight; i++) {
        slots[i].socket = open_socket((uint16_t)(FIRST_CLIENT_PORT + i), &slots[i]);
        start(&slots[i]);
    }
    while (bench_now_us() < until) {
        turn();
        for (uint32_t i = 0; i < setup->in_flight; i++) {
            if (slots[i].change == SCTP_COMM_UP) {
                end(&slots[i]);
            } else if (slots[i].change == SCTP_SHUTDOWN_COMP) {
                done++;
                start(&slots[i]);
            } else if (slots[i].change != 0) {
                bench_fail("an association");
            }
        }
    }
    return done;
}

int main(int argc, char **argv)
{
    return bench_setup_main(argc, argv, "usrsctp", serve, connect_all);
}
#endif
