/* SPDX-License-Identifier: MIT */
/* The code point of Differentiated Services in what the carriers send, as the other end sees it. */
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
#include "support/netns.h"

enum { EF = 46, WAIT_MS = 5000, UDP_PORT = 9899, PACKETS = 20, PACKET_BYTES = 1000 };

static bool is_possible;

/* A plain socket that tells the TOS byte or traffic class of every packet. */
static int open_listener(int family, int type, int protocol)
{
    const int on = 1;
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(UDP_PORT)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(UDP_PORT)};
    int fd = socket(family, type, protocol), result;

    assert_true(fd >= 0);
    if (family == AF_INET) {
        assert_int_equal(setsockopt(fd, IPPROTO_IP, IP_RECVTOS, &on, sizeof(on)), 0);
        result = bind(fd, (struct sockaddr *)&in, sizeof(in));
    } else {
        assert_int_equal(setsockopt(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, &on, sizeof(on)), 0);
        result = bind(fd, (struct sockaddr *)&in6, sizeof(in6));
    }
    assert_int_equal(result, 0);
    return fd;
}

static int traffic_class_of(struct msghdr *header)
{
    int value = -1;
    uint8_t tos;

    for (struct cmsghdr *control = CMSG_FIRSTHDR(header); control != NULL;
         control = CMSG_NXTHDR(header, control)) {
        if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_TOS) {
            memcpy(&tos, CMSG_DATA(control), 1);
            value = tos;
        } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_TCLASS) {
            memcpy(&value, CMSG_DATA(control), sizeof(value));
        }
    }
    return value;
}

static void expect_packets(int fd, size_t count, int traffic_class)
{
    for (size_t i = 0; i < count; i++) {
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
        uint8_t data[2 * PACKET_BYTES];
        union {
            size_t align;
            uint8_t bytes[256];
        } control;
        struct iovec vector = {data, sizeof(data)};
        struct msghdr header = {.msg_iov = &vector,
                                .msg_iovlen = 1,
                                .msg_control = &control,
                                .msg_controllen = sizeof(control)};

        assert_int_equal(poll(&poll_fd, 1, WAIT_MS), 1);
        assert_true(recvmsg(fd, &header, 0) >= PACKET_BYTES);
        assert_int_equal(traffic_class_of(&header), traffic_class);
    }
}

static void send_train(struct sctpxi_carrier *carrier, const char *from, const char *to,
                       uint16_t udp_port, uint8_t dscp)
{
    static const uint8_t data[PACKETS * PACKET_BYTES];
    sctpx_transmit transmit = {.length = sizeof(data), .segment_size = PACKET_BYTES, .dscp = dscp};
    struct sctpxi_carrier_progress progress = {0};

    assert_int_equal(sctpx_addr_parse(to, &transmit.remote), 0);
    transmit.remote.udp_port = udp_port;
    if (from != NULL) {
        assert_int_equal(sctpx_addr_parse(from, &transmit.local), 0);
    }
    assert_int_equal(sctpxi_carrier_send(carrier, &transmit, data, &progress), 0);
    assert_int_equal(sctpxi_carrier_get_stats(carrier)->send_errors, 0);
}

/* The ECN bits stay 0, with and without a source address, and no code point stays behind. */
static void check(struct sctpxi_carrier *carrier, const char *ip, int fd, uint16_t udp_port)
{
    send_train(carrier, NULL, ip, udp_port, EF);
    expect_packets(fd, PACKETS, EF << 2);
    send_train(carrier, ip, ip, udp_port, 63);
    expect_packets(fd, PACKETS, 63 << 2);
    send_train(carrier, NULL, ip, udp_port, 0);
    expect_packets(fd, PACKETS, 0);
    close(fd);
}

static void check_udp(bool no_segmentation)
{
    struct sctpxi_carrier_options options = {.no_segmentation = no_segmentation};
    struct sctpxi_carrier *carrier;

    assert_int_equal(sctpxi_carrier_open_udp(&options, &carrier), 0);
    check(carrier, "127.0.0.1", open_listener(AF_INET, SOCK_DGRAM, 0), UDP_PORT);
    check(carrier, "::1", open_listener(AF_INET6, SOCK_DGRAM, 0), UDP_PORT);
    if (!no_segmentation) {
        assert_int_equal(sctpxi_carrier_get_stats(carrier)->sent_batches, 6); /* UDP_SEGMENT */
    }
    sctpxi_carrier_close(carrier);
}

static void test_packets_in_udp(void **state)
{
    (void)state;
    if (!is_possible) {
        skip();
    }
    check_udp(true);
}

static void test_trains_in_udp(void **state)
{
    (void)state;
    if (!is_possible) {
        skip();
    }
    check_udp(false);
}

static void test_raw_ip(void **state)
{
    const struct sctpxi_carrier_options options = {0};
    struct sctpxi_carrier *carrier;

    (void)state;
    if (!is_possible || !netns_has_raw()) {
        skip();
    }
    assert_int_equal(sctpxi_carrier_open_raw(&options, &carrier), 0);
    check(carrier, "127.0.0.1", open_listener(AF_INET, SOCK_RAW, IPPROTO_SCTP), 0);
    check(carrier, "::1", open_listener(AF_INET6, SOCK_RAW, IPPROTO_SCTP), 0);
    sctpxi_carrier_close(carrier);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packets_in_udp),
        cmocka_unit_test(test_trains_in_udp),
        cmocka_unit_test(test_raw_ip),
    };

    is_possible = netns_enter();
    return cmocka_run_group_tests_name("dscp", tests, NULL, NULL);
}
