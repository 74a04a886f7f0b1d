/* SPDX-License-Identifier: MIT */
/*
 * What assoc_scale.c does, with usrsctp and 100 associations alive (or --count): with more it
 * becomes so slow that it is not worth waiting for. All belong to one-to-many sockets, so that none
 * has to be made.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/figure.h"
#include "support/options.h"
#include "support/usrsctp_conn.h"

#ifndef SCTPX_HAVE_USRSCTP
int main(void)
{
    return 77;
}
#else

enum { SERVER_PORT = 7, CLIENT_PORT = 5000, AT_ONCE = 32, COUPLES = 100 };

static uint32_t up, down; /* of the clients */
static sctp_assoc_t last; /* the one that came up last */
static int server_mark;   /* the server's callback gets its address */

static int on_receive(struct socket *socket, union sctp_sockstore from, void *data, size_t length,
                      struct sctp_rcvinfo info, int flags, void *user)
{
    struct sctp_assoc_change change;
    (void)socket;
    (void)from;
    (void)info;
    if (data != NULL && user == NULL && (flags & MSG_NOTIFICATION) != 0 &&
        length >= sizeof change) {
        memcpy(&change, data, sizeof change);
        if (change.sac_type == SCTP_ASSOC_CHANGE) {
            up += change.sac_state == SCTP_COMM_UP;
            down += change.sac_state == SCTP_SHUTDOWN_COMP;
            last = change.sac_assoc_id;
        }
    }
    free(data);
    return 1;
}

static struct socket *open_socket(uint16_t port, void *user)
{
    const struct sctp_event event = {
        .se_assoc_id = SCTP_FUTURE_ASSOC, .se_type = SCTP_ASSOC_CHANGE, .se_on = 1};
    struct sockaddr_conn any = bench_conn_any(port);
    struct socket *socket =
        usrsctp_socket(AF_CONN, SOCK_SEQPACKET, IPPROTO_SCTP, on_receive, NULL, 0, user);
    if (socket == NULL || usrsctp_set_non_blocking(socket, 1) < 0 ||
        usrsctp_setsockopt(socket, IPPROTO_SCTP, SCTP_EVENT, &event, sizeof event) < 0 ||
        usrsctp_bind(socket, (struct sockaddr *)&any, sizeof any) < 0)
        bench_fail("usrsctp_socket");
    return socket;
}

static void start(struct socket *client, uint32_t number)
{
    struct sockaddr_conn peer = bench_conn_addr(number % COUPLES, 0, SERVER_PORT);
    if (usrsctp_connect(client, (struct sockaddr *)&peer, sizeof peer) < 0 && errno != EINPROGRESS)
        bench_fail("usrsctp_connect");
}

static void set_up(uint32_t count)
{
    struct socket *client = NULL;
    for (uint32_t i = 0; i < count; i++) {
        if (i % COUPLES == 0)
            client = open_socket((uint16_t)(CLIENT_PORT + i / COUPLES), NULL);
        start(client, i);
        if (i % AT_ONCE == AT_ONCE - 1)
            bench_conn_settle();
    }
    bench_conn_settle();
    if (up != count)
        bench_fail("setting them all up");
}

static void set_up_and_close(struct socket *client, uint32_t number)
{
    uint32_t up_before = up, down_before = down;
    struct sctp_sndinfo info = {.snd_flags = SCTP_EOF};
    start(client, number);
    bench_conn_settle();
    info.snd_assoc_id = last;
    if (up != up_before + 1 ||
        usrsctp_sendv(client, "", 0, NULL, 0, &info, sizeof info, SCTP_SENDV_SNDINFO, 0) < 0)
        bench_fail("setting one up");
    bench_conn_settle();
    if (down != down_before + 1)
        bench_fail("closing one");
}

int main(int argc, char **argv)
{
    struct bench_options options = {.seconds = 1, .count = 100};
    char name[64];
    bench_options_parse(&options, argc, argv);
    bench_conn_init(COUPLES);
    if (usrsctp_listen(open_socket(SERVER_PORT, &server_mark), 1) < 0)
        bench_fail("usrsctp_listen");
    set_up(options.count);
    struct socket *client = open_socket((uint16_t)(CLIENT_PORT - 1), NULL);
    uint64_t from = bench_now_us(), end = from + (uint64_t)(options.seconds * 1e6);
    uint32_t done = 0;
    while (bench_now_us() < end)
        set_up_and_close(client, done++);
    snprintf(name, sizeof name, "%u alive", options.count);
    const struct bench_case of = {"assoc_scale", name, "usrsctp"};
    bench_figure(&of, "associations/s", BENCH_MORE,
                 (double)done * 1e6 / (double)(bench_now_us() - from));
    return 0;
}
#endif
