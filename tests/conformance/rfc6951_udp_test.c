/* SPDX-License-Identifier: MIT */
/* RFC 6951 5.3: the UDP packets of the carrier, as plain sockets see them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <setjmp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include <sctpx/addr.h>

#include "carrier/carrier.h"

#ifndef UDP_NO_CHECK6_TX
#define UDP_NO_CHECK6_TX 101
#endif

struct plain {
    struct sctpxi_carrier *carrier;
    int fd; /* an ordinary UDP socket */
    sctpx_addr addr;
};

static struct plain pair_at(const char *ip)
{
    struct plain plain;
    sctpx_addr own;
    struct sctpxi_carrier_options options = {.addrs = &own, .count = 1};
    struct sockaddr_storage name = {0};
    socklen_t length = sizeof(name);

    assert_int_equal(sctpx_addr_parse(ip, &own), 0);
    assert_int_equal(sctpxi_carrier_open_udp(&options, &plain.carrier), 0);
    plain.fd = socket(own.family == SCTPX_IPV4 ? AF_INET : AF_INET6, SOCK_DGRAM, 0);
    assert_true(plain.fd >= 0);
    own.udp_port = 0;
    length = (socklen_t)sctpx_addr_to_sockaddr(&own, &name);
    assert_int_equal(bind(plain.fd, (struct sockaddr *)&name, length), 0);
    length = sizeof(name);
    assert_int_equal(getsockname(plain.fd, (struct sockaddr *)&name, &length), 0);
    assert_int_equal(sctpx_addr_from_sockaddr((struct sockaddr *)&name, length, &plain.addr), 0);
    return plain;
}

static void done(struct plain *plain)
{
    sctpxi_carrier_close(plain->carrier);
    close(plain->fd);
}

/* Sends one packet and takes it at the other end. Its length; the sender in *ret_from. */
static size_t exchange(struct plain *plain, size_t length, sctpx_addr *ret_from)
{
    uint8_t data[2000];
    struct sctpxi_carrier_progress progress = {0};
    sctpx_transmit transmit = {.remote = plain->addr, .length = length, .segment_size = length};
    struct pollfd poll_fd = {.fd = plain->fd, .events = POLLIN};
    struct sockaddr_storage name;
    socklen_t name_length = sizeof(name);

    memset(data, 'x', sizeof(data));
    assert_int_equal(sctpxi_carrier_send(plain->carrier, &transmit, data, &progress), 0);
    assert_int_equal(poll(&poll_fd, 1, 5000), 1);
    ssize_t got =
        recvfrom(plain->fd, data, sizeof(data), 0, (struct sockaddr *)&name, &name_length);
    assert_true(got >= 0);
    assert_int_equal(sctpx_addr_from_sockaddr((struct sockaddr *)&name, name_length, ret_from), 0);
    return (size_t)got;
}

/* covers: 6951/5.3-1 6951/5.3-3 */
static void test_payload_is_the_sctp_packet_and_comes_from_the_port(void **state)
{
    static const char *const ips[] = {"127.0.0.1", "::1"};
    static const size_t lengths[] = {12, 28, 576, 1452};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct plain plain = pair_at(ips[i]);
        for (size_t j = 0; j < 4; j++) {
            sctpx_addr from;
            assert_int_equal(exchange(&plain, lengths[j], &from), lengths[j]);
            assert_int_equal(from.udp_port, sctpxi_carrier_local(plain.carrier, 0)->udp_port);
        }
        done(&plain);
    }
}

/* The kernel computes it unless told otherwise, and drops IPv6 packets that have none.
 * covers: 6951/5.3-5 */
static void test_the_udp_checksum_is_not_switched_off(void **state)
{
    static const char *const ips[] = {"127.0.0.1", "::1"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct plain plain = pair_at(ips[i]);
        int fd = sctpxi_carrier_fd(plain.carrier, 0), off = 1;
        socklen_t length = sizeof(off);
        assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_NO_CHECK, &off, &length), 0);
        assert_int_equal(off, 0);
        if (i == 1) {
            off = 1;
            assert_int_equal(getsockopt(fd, IPPROTO_UDP, UDP_NO_CHECK6_TX, &off, &length), 0);
            assert_int_equal(off, 0);
        }
        sctpx_addr from;
        assert_int_equal(exchange(&plain, 100, &from), 100);
        done(&plain);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_payload_is_the_sctp_packet_and_comes_from_the_port),
        cmocka_unit_test(test_the_udp_checksum_is_not_switched_off),
    };
    return cmocka_run_group_tests_name("conformance.rfc6951_udp", tests, NULL, NULL);
}
