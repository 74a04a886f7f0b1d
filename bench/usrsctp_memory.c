/* SPDX-License-Identifier: MIT */
/*
 * What idle_memory.c does, with usrsctp: the associations are those of one-to-many sockets, which
 * is how they take the least; one that serves, and one that connects for every COUPLES
 * associations, as setting up takes time in the square of the addresses there are. usrsctp takes no
 * allocator, so the heap is asked.
 */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

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

static uint32_t up;

static int on_receive(struct socket *socket, union sctp_sockstore from, void *data, size_t length,
                      struct sctp_rcvinfo info, int flags, void *user)
{
    const struct sctp_assoc_change *change = data;
    (void)socket;
    (void)from;
    (void)info;
    (void)user;
    if (data != NULL && (flags & MSG_NOTIFICATION) != 0 && length >= sizeof *change)
        up += change->sac_type == SCTP_ASSOC_CHANGE && change->sac_state == SCTP_COMM_UP;
    free(data);
    return 1;
}

static struct socket *open_socket(uint16_t port)
{
    const struct sctp_event event = {
        .se_assoc_id = SCTP_FUTURE_ASSOC, .se_type = SCTP_ASSOC_CHANGE, .se_on = 1};
    struct sockaddr_conn any = bench_conn_any(port);
    struct socket *socket =
        usrsctp_socket(AF_CONN, SOCK_SEQPACKET, IPPROTO_SCTP, on_receive, NULL, 0, NULL);
    if (socket == NULL || usrsctp_set_non_blocking(socket, 1) < 0 ||
        usrsctp_setsockopt(socket, IPPROTO_SCTP, SCTP_EVENT, &event, sizeof event) < 0 ||
        usrsctp_bind(socket, (struct sockaddr *)&any, sizeof any) < 0)
        bench_fail("usrsctp_socket");
    return socket;
}

static uint64_t allocated(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static void measure(uint32_t count)
{
    char name[64];
    struct socket *server = open_socket(SERVER_PORT), *client = NULL;
    if (usrsctp_listen(server, 1) < 0)
        bench_fail("usrsctp_listen");
    uint64_t resident = bench_resident_bytes(), heap = allocated();
    for (uint32_t i = 0; i < count; i++) {
        struct sockaddr_conn peer = bench_conn_addr(i % COUPLES, 0, SERVER_PORT);
        if (i % COUPLES == 0)
            client = open_socket((uint16_t)(CLIENT_PORT + i / COUPLES));
        if (usrsctp_connect(client, (struct sockaddr *)&peer, sizeof peer) < 0 &&
            errno != EINPROGRESS)
            bench_fail("usrsctp_connect");
        if (i % AT_ONCE == AT_ONCE - 1)
            bench_conn_settle();
    }
    bench_conn_settle();
    if (up != 2 * count)
        bench_fail("setting them all up");
    resident = bench_resident_bytes() - resident;
    heap = allocated() - heap;
    snprintf(name, sizeof name, "%u associations", count);
    const struct bench_case of = {"idle_memory", name, "usrsctp"};
    bench_figure(&of, "resident bytes", BENCH_LESS, (double)resident / 2 / count);
    bench_figure(&of, "allocated bytes, connecting end", BENCH_LESS, (double)heap / 2 / count);
    bench_figure(&of, "allocated bytes, accepting end", BENCH_LESS, (double)heap / 2 / count);
}

int main(int argc, char **argv)
{
    struct bench_options options = {.count = 2000};
    bench_options_parse(&options, argc, argv);
    bench_conn_init(COUPLES);
    measure(options.count);
    return 0;
}
#endif
