/* SPDX-License-Identifier: MIT */
/* UDP sockets that were bound by others, as systemd does it. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include <sctpx/addr.h>

#include "carrier/carrier.h"

enum { WAIT_MS = 5000 };

/* ---- descriptors --------------------------------------------------------------------------- */

static sctpx_addr addr_of(const char *text)
{
    sctpx_addr addr;

    assert_int_equal(sctpx_addr_parse(text, &addr), 0);
    return addr;
}

static int bound(int type, const char *text, uint16_t udp_port, int v6only)
{
    sctpx_addr addr = addr_of(text);
    struct sockaddr_storage storage;
    int family = addr.family == SCTPX_IPV4 ? AF_INET : AF_INET6;
    int fd = socket(family, type, 0), length;

    assert_true(fd >= 0);
    addr.udp_port = udp_port;
    length = sctpx_addr_to_sockaddr(&addr, &storage);
    if (family == AF_INET6) {
        assert_int_equal(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only)), 0);
    }
    assert_int_equal(bind(fd, (struct sockaddr *)&storage, (socklen_t)length), 0);
    return fd;
}

static uint16_t port_of(int fd)
{
    struct sockaddr_storage storage;
    socklen_t length = sizeof(storage);
    sctpx_addr addr;

    assert_int_equal(getsockname(fd, (struct sockaddr *)&storage, &length), 0);
    assert_int_equal(sctpx_addr_from_sockaddr((struct sockaddr *)&storage, length, &addr), 0);
    return addr.udp_port;
}

static int take(const int *fds, size_t count, struct sctpxi_carrier **ret_carrier)
{
    const struct sctpxi_carrier_options options = {.fds = fds, .fd_count = count};

    return sctpxi_carrier_open_udp(&options, ret_carrier);
}

/* ---- packets ------------------------------------------------------------------------------- */

struct notes {
    size_t packets;
    sctpx_addr local, remote;
    size_t unreachable;
};

static void on_packet(void *arg, const sctpx_packet *packet)
{
    struct notes *notes = arg;

    notes->packets++;
    notes->local = packet->local;
    notes->remote = packet->remote;
}

static void on_unreachable(void *arg, const sctpx_addr *remote, const uint8_t *quoted,
                           size_t length)
{
    struct notes *notes = arg;

    (void)quoted;
    (void)length;
    notes->unreachable++;
    notes->remote = *remote;
}

static void send_to(struct sctpxi_carrier *carrier, const sctpx_addr *local,
                    const sctpx_addr *remote)
{
    sctpx_transmit transmit = {
        .local = *local, .remote = *remote, .length = 4, .segment_size = 4, .dscp = 46};
    struct sctpxi_carrier_progress progress = {0};

    assert_int_equal(sctpxi_carrier_send(carrier, &transmit, (const uint8_t *)"ping", &progress),
                     0);
    assert_int_equal(sctpxi_carrier_get_stats(carrier)->send_errors, 0);
}

/* From whichever of its sockets: descriptors of one socket share its queue. */
static void receive(struct sctpxi_carrier *carrier, struct notes *notes)
{
    const struct sctpxi_carrier_sink sink = {on_packet, on_unreachable, notes};
    struct pollfd fds[SCTPXI_CARRIER_SOCKETS];
    size_t count = sctpxi_carrier_count(carrier);

    *notes = (struct notes){0};
    while (notes->packets == 0) {
        for (size_t i = 0; i < count; i++) {
            fds[i] = (struct pollfd){.fd = sctpxi_carrier_fd(carrier, i), .events = POLLIN};
        }
        assert_true(poll(fds, count, WAIT_MS) > 0);
        for (size_t i = 0; i < count; i++) {
            sctpxi_carrier_receive(carrier, i, &sink);
        }
    }
    assert_int_equal(notes->packets, 1);
}

/* A peer asks the carrier at this address and gets an answer from there. */
static void check_exchange(struct sctpxi_carrier *carrier, const char *asked, const char *peer_at)
{
    sctpx_addr peer_addr = addr_of(peer_at), asked_addr = addr_of(asked), any = {0};
    struct sctpxi_carrier_options options = {.addrs = &peer_addr, .count = 1};
    struct sctpxi_carrier *peer;
    struct notes notes;

    assert_int_equal(sctpxi_carrier_open_udp(&options, &peer), 0);
    asked_addr.udp_port = sctpxi_carrier_local(carrier, 0)->udp_port;
    send_to(peer, &any, &asked_addr);
    receive(carrier, &notes);
    assert_true(sctpx_addr_equal(&notes.local, &asked_addr));
    assert_true(sctpx_addr_equal(&notes.remote, sctpxi_carrier_local(peer, 0)));
    send_to(carrier, &notes.local, &notes.remote);
    receive(peer, &notes);
    assert_true(sctpx_addr_equal(&notes.remote, &asked_addr));
    sctpxi_carrier_close(peer);
}

/* ---- what is taken ------------------------------------------------------------------------- */

static void test_one_socket(void **state)
{
    int fd = bound(SOCK_DGRAM, "0.0.0.0", 0, 0);
    struct sctpxi_carrier *carrier;

    (void)state;
    assert_int_equal(take(&fd, 1, &carrier), 0);
    assert_int_equal(sctpxi_carrier_count(carrier), 1);
    assert_int_equal(sctpxi_carrier_local(carrier, 0)->udp_port, port_of(fd));
    close(fd); /* the carrier has its own */
    check_exchange(carrier, "127.0.0.1", "127.0.0.1");
    check_exchange(carrier, "127.0.0.2", "127.0.0.1");
    sctpxi_carrier_close(carrier);
}

static void test_several_of_one_port(void **state)
{
    int fds[3];
    struct sctpxi_carrier *carrier;

    (void)state;
    fds[0] = bound(SOCK_DGRAM, "127.0.0.1", 0, 0);
    fds[1] = bound(SOCK_DGRAM, "127.0.0.2", port_of(fds[0]), 0);
    fds[2] = bound(SOCK_DGRAM, "::1", port_of(fds[0]), 1);
    assert_int_equal(take(fds, 3, &carrier), 0);
    assert_int_equal(sctpxi_carrier_count(carrier), 3);
    check_exchange(carrier, "127.0.0.2", "127.0.0.1");
    check_exchange(carrier, "::1", "::1");
    sctpxi_carrier_close(carrier);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(close(fds[i]), 0);
    }
}

/* systemd's ListenDatagram=9899: IPv6 that takes IPv4 as well. */
static void test_a_socket_for_both_families(void **state)
{
    int fd = bound(SOCK_DGRAM, "::", 0, 0);
    sctpx_addr any = {0}, nowhere = addr_of("127.0.0.1:1");
    struct sctpxi_carrier *carrier;
    struct notes notes = {0};
    const struct sctpxi_carrier_sink sink = {on_packet, on_unreachable, &notes};
    struct pollfd poll_fd;

    (void)state;
    assert_int_equal(take(&fd, 1, &carrier), 0);
    assert_int_equal(sctpxi_carrier_count(carrier), 2);
    assert_int_equal(sctpxi_carrier_local(carrier, 0)->family, SCTPX_IPV6);
    assert_int_equal(sctpxi_carrier_local(carrier, 1)->family, SCTPX_IPV4);
    check_exchange(carrier, "::1", "::1");
    check_exchange(carrier, "127.0.0.1", "127.0.0.1");
    check_exchange(carrier, "127.0.0.2", "127.0.0.1");

    send_to(carrier, &any, &nowhere);
    poll_fd = (struct pollfd){.fd = sctpxi_carrier_fd(carrier, 1), .events = POLLPRI};
    assert_int_equal(poll(&poll_fd, 1, WAIT_MS), 1);
    sctpxi_carrier_receive_errors(carrier, 1, &sink);
    assert_int_equal(notes.unreachable, 1);
    assert_true(sctpx_addr_equal(&notes.remote, &nowhere));
    sctpxi_carrier_close(carrier);
    close(fd);
}

/* "::ffff:127.0.0.1": an IPv6 socket for one IPv4 address. */
static void test_a_socket_bound_to_a_mapped_address(void **state)
{
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    int fd = socket(AF_INET6, SOCK_DGRAM, 0);
    struct sctpxi_carrier *carrier;

    (void)state;
    in6.sin6_addr.s6_addr[10] = in6.sin6_addr.s6_addr[11] = 0xff;
    memcpy(in6.sin6_addr.s6_addr + 12, "\x7f\0\0\1", 4);
    assert_int_equal(bind(fd, (struct sockaddr *)&in6, sizeof(in6)), 0);
    assert_int_equal(take(&fd, 1, &carrier), 0);
    assert_int_equal(sctpxi_carrier_count(carrier), 1);
    assert_int_equal(sctpxi_carrier_local(carrier, 0)->family, SCTPX_IPV4);
    check_exchange(carrier, "127.0.0.1", "127.0.0.2");
    sctpxi_carrier_close(carrier);
    close(fd);
}

/* What its owner wants to be told of each packet takes room beside what the carrier needs. */
static void test_a_socket_with_options_of_its_owner(void **state)
{
    static const int options[][2] = {
        {SOL_SOCKET, SO_TIMESTAMPNS},      {SOL_SOCKET, SO_RXQ_OVFL},
        {IPPROTO_IP, IP_RECVTOS},          {IPPROTO_IP, IP_RECVTTL},
        {IPPROTO_IPV6, IPV6_RECVHOPLIMIT}, {IPPROTO_IPV6, IPV6_RECVTCLASS},
    };
    int fd = bound(SOCK_DGRAM, "::", 0, 0), on = 1;
    struct sctpxi_carrier *carrier;

    (void)state;
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        assert_int_equal(setsockopt(fd, options[i][0], options[i][1], &on, sizeof(on)), 0);
    }
    assert_int_equal(take(&fd, 1, &carrier), 0);
    check_exchange(carrier, "::1", "::1");
    check_exchange(carrier, "127.0.0.1", "127.0.0.1");
    assert_int_equal(sctpxi_carrier_get_stats(carrier)->truncated, 0);
    sctpxi_carrier_close(carrier);
    close(fd);
}

/* ---- what is not --------------------------------------------------------------------------- */

static void refuse(int first, int second)
{
    const int fds[2] = {first, second};
    int flags = fcntl(first, F_GETFL);
    struct sctpxi_carrier *carrier = NULL;

    assert_int_equal(take(fds, second >= 0 ? 2 : 1, &carrier), SCTPX_EINVAL);
    assert_null(carrier);
    assert_int_equal(fcntl(first, F_GETFL), flags);
    close(first);
    if (second >= 0 && second != first) {
        assert_int_equal(close(second), 0); /* still the caller's */
    }
}

static void test_what_is_no_bound_udp_socket(void **state)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int good = bound(SOCK_DGRAM, "127.0.0.1", 0, 0), connected;
    int ends[2];

    (void)state;
    refuse(good, good);
    refuse(socket(AF_INET, SOCK_DGRAM, 0), -1); /* not bound */
    refuse(bound(SOCK_STREAM, "127.0.0.1", 0, 0), -1);
    refuse(socket(AF_UNIX, SOCK_DGRAM, 0), -1);
    refuse(bound(SOCK_DGRAM, "127.0.0.1", 0, 0), bound(SOCK_DGRAM, "127.0.0.2", 0, 0));
    connected = bound(SOCK_DGRAM, "127.0.0.1", 0, 0);
    in.sin_port = htons(9);
    assert_int_equal(connect(connected, (struct sockaddr *)&in, sizeof(in)), 0);
    refuse(connected, -1);
    assert_int_equal(pipe(ends), 0);
    close(ends[1]);
    refuse(ends[0], -1);
}

static void test_a_closed_descriptor(void **state)
{
    const int fd = 987;
    struct sctpxi_carrier *carrier = NULL;

    (void)state;
    assert_int_equal(take(&fd, 1, &carrier), SCTPX_EINVAL);
    assert_null(carrier);
}

static void test_more_than_there_may_be(void **state)
{
    int fds[SCTPXI_CARRIER_SOCKETS + 1];
    struct sctpxi_carrier *carrier = NULL;

    (void)state;
    for (size_t i = 0; i <= SCTPXI_CARRIER_SOCKETS; i++) {
        char text[] = "127.0.0.1";

        text[8] = (char)('1' + i);
        fds[i] = bound(SOCK_DGRAM, text, i > 0 ? port_of(fds[0]) : 0, 0);
    }
    assert_int_equal(take(fds, SCTPXI_CARRIER_SOCKETS + 1, &carrier), SCTPX_ELIMIT);
    assert_null(carrier);
    assert_int_equal(take(fds, SCTPXI_CARRIER_SOCKETS, &carrier), 0);
    sctpxi_carrier_close(carrier);
    for (size_t i = 0; i <= SCTPXI_CARRIER_SOCKETS; i++) {
        assert_int_equal(close(fds[i]), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_socket),
        cmocka_unit_test(test_several_of_one_port),
        cmocka_unit_test(test_a_socket_for_both_families),
        cmocka_unit_test(test_a_socket_bound_to_a_mapped_address),
        cmocka_unit_test(test_a_socket_with_options_of_its_owner),
        cmocka_unit_test(test_what_is_no_bound_udp_socket),
        cmocka_unit_test(test_a_closed_descriptor),
        cmocka_unit_test(test_more_than_there_may_be),
    };

    return cmocka_run_group_tests_name("udp_take", tests, NULL, NULL);
}
