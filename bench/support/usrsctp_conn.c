/* SPDX-License-Identifier: MIT */
#include "support/figure.h"
#include "support/usrsctp_conn.h"

#ifdef SCTPX_HAVE_USRSCTP

#include <stdlib.h>
#include <string.h>

enum { SLOTS = 8192, SLOT_BYTES = 2048, TICK_US = 10000 };

struct slot {
    char *to;
    size_t length;
    uint8_t bytes[SLOT_BYTES];
};

static struct {
    char *addresses; /* two for each couple; only their places matter */
    struct slot *ring;
    size_t first, n;
    size_t longest;
    uint64_t ticked_us;
} conn;

/* usrsctp holds locks here, so the packet cannot go to the other side at once. */
static int on_output(void *to, void *bytes, size_t length, uint8_t tos, uint8_t set_df)
{
    (void)tos;
    (void)set_df;
    if (conn.n == SLOTS || length > SLOT_BYTES)
        bench_fail("handing over a packet of usrsctp");
    struct slot *slot = &conn.ring[(conn.first + conn.n++) % SLOTS];
    slot->to = to;
    slot->length = length;
    memcpy(slot->bytes, bytes, length);
    if (length > conn.longest)
        conn.longest = length;
    return 0;
}

void bench_conn_init(uint32_t couples)
{
    conn.addresses = calloc(couples, 2);
    conn.ring = calloc(SLOTS, sizeof *conn.ring);
    if (conn.addresses == NULL || conn.ring == NULL)
        bench_fail("calloc");
    memset(conn.ring, 0xFF, SLOTS * sizeof *conn.ring); /* resident before anyone measures */
    usrsctp_init_nothreads(0, on_output, NULL);
    usrsctp_sysctl_set_sctp_ecn_enable(0);
    usrsctp_sysctl_set_sctp_blackhole(2);
    for (size_t i = 0; i < (size_t)couples * 2; i++)
        usrsctp_register_address(conn.addresses + i);
    conn.ticked_us = bench_now_us();
}

struct sockaddr_conn bench_conn_addr(uint32_t couple, int side, uint16_t port)
{
    struct sockaddr_conn addr = bench_conn_any(port);
    addr.sconn_addr = conn.addresses + (size_t)couple * 2 + side;
    return addr;
}

struct sockaddr_conn bench_conn_any(uint16_t port)
{
    return (struct sockaddr_conn){.sconn_family = AF_CONN,
                                  .sconn_port = (uint16_t)(port << 8 | port >> 8)};
}

static void run_timers(void)
{
    uint64_t now = bench_now_us();
    if (now - conn.ticked_us < TICK_US)
        return;
    usrsctp_handle_timers((uint32_t)((now - conn.ticked_us) / 1000));
    conn.ticked_us = now;
}

size_t bench_conn_carry(void)
{
    size_t n = conn.n;
    for (size_t i = 0; i < n; i++) {
        struct slot *slot = &conn.ring[conn.first];
        char *other = conn.addresses + ((slot->to - conn.addresses) ^ 1);
        usrsctp_conninput(other, slot->bytes, slot->length, 0);
        conn.first = (conn.first + 1) % SLOTS;
        conn.n--;
    }
    run_timers();
    return n;
}

void bench_conn_settle(void)
{
    while (bench_conn_carry() > 0)
        ;
}

size_t bench_conn_longest_packet(void)
{
    return conn.longest;
}

static void set(struct socket *socket, int level, int option, const void *value, size_t size)
{
    if (usrsctp_setsockopt(socket, level, option, value, (socklen_t)size) < 0)
        bench_fail("usrsctp_setsockopt");
}

void bench_conn_tune(struct socket *socket, int buffer_bytes, uint32_t mtu)
{
    const int on = 1;
    struct sctp_paddrparams path = {.spp_pathmtu = mtu, .spp_flags = SPP_PMTUD_DISABLE};
    path.spp_address.ss_family = AF_CONN;
    set(socket, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof on);
    if (buffer_bytes != 0) {
        set(socket, SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof buffer_bytes);
        set(socket, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
    }
    if (mtu != 0)
        set(socket, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &path, sizeof path);
}

#endif
