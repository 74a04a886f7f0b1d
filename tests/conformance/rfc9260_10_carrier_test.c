/* SPDX-License-Identifier: MIT */
/* RFC 9260 10, RFC 6951 5.5: which ICMP messages the carrier hands on. Messages of every kind are
 * made up in place of the kernel's error queue. */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <setjmp.h>
#include <sys/socket.h>

#include <cmocka.h>

#include <sctpx/addr.h>

#include "carrier/carrier.h"

static const char quoted[] = "what we sent";

static struct sock_extended_err next_error; /* the queue's only entry, if is_queued */
static bool is_queued;
static const char *next_remote;

static void put_error(struct msghdr *message, bool is_ipv6)
{
    struct cmsghdr *control = message->msg_control;

    memset(control, 0, CMSG_SPACE(sizeof(next_error)));
    control->cmsg_len = CMSG_LEN(sizeof(next_error));
    control->cmsg_level = is_ipv6 ? IPPROTO_IPV6 : IPPROTO_IP;
    control->cmsg_type = is_ipv6 ? IPV6_RECVERR : IP_RECVERR;
    memcpy(CMSG_DATA(control), &next_error, sizeof(next_error));
    message->msg_controllen = CMSG_SPACE(sizeof(next_error));
}

/* Takes the place of the C library's in this program. */
ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    sctpx_addr remote;

    (void)fd;
    if (!is_queued || (flags & MSG_ERRQUEUE) == 0) {
        errno = EAGAIN;
        return -1;
    }
    is_queued = false;
    assert_int_equal(sctpx_addr_parse(next_remote, &remote), 0);
    remote.udp_port = 9899;
    message->msg_namelen =
        (socklen_t)sctpx_addr_to_sockaddr(&remote, (struct sockaddr_storage *)message->msg_name);
    put_error(message, remote.family == SCTPX_IPV6);
    assert_true(message->msg_iov[0].iov_len >= sizeof(quoted));
    memcpy(message->msg_iov[0].iov_base, quoted, sizeof(quoted));
    return sizeof(quoted);
}

static size_t reported;

static void on_packet(void *arg, const sctpx_packet *packet)
{
    (void)arg;
    (void)packet;
    fail();
}

static void on_unreachable(void *arg, const sctpx_addr *remote, const uint8_t *data, size_t length)
{
    sctpx_addr expected;

    (void)arg;
    assert_int_equal(sctpx_addr_parse(next_remote, &expected), 0);
    assert_true(sctpx_addr_same_ip(remote, &expected));
    assert_int_equal(remote->udp_port, 9899);
    assert_int_equal(length, sizeof(quoted));
    assert_memory_equal(data, quoted, length);
    reported++;
}

/* Whether the carrier hands on such a message. */
static bool is_handed_on(struct sctpxi_carrier *carrier, uint8_t origin, unsigned type,
                         unsigned code)
{
    const struct sctpxi_carrier_sink sink = {on_packet, on_unreachable, NULL};

    next_error = (struct sock_extended_err){
        .ee_origin = origin, .ee_type = (uint8_t)type, .ee_code = (uint8_t)code};
    next_remote = origin == SO_EE_ORIGIN_ICMP6 ? "2001:db8::1" : "192.0.2.1";
    is_queued = true;
    reported = 0;
    sctpxi_carrier_receive_errors(carrier, 0, &sink);
    assert_false(is_queued);
    return reported == 1;
}

static struct sctpxi_carrier *opened(void)
{
    sctpx_addr addr;
    struct sctpxi_carrier_options options = {.addrs = &addr, .count = 1};
    struct sctpxi_carrier *carrier;

    assert_int_equal(sctpx_addr_parse("127.0.0.1", &addr), 0);
    assert_int_equal(sctpxi_carrier_open_udp(&options, &carrier), 0);
    return carrier;
}

/* covers: 9260/10-2 */
static void test_icmpv4_only_destination_unreachable(void **state)
{
    struct sctpxi_carrier *carrier = opened();

    (void)state;
    for (unsigned type = 0; type < 256; type++)
        for (unsigned code = 0; code < 20; code++)
            if (type != ICMP_DEST_UNREACH)
                assert_false(is_handed_on(carrier, SO_EE_ORIGIN_ICMP, type, code));
    sctpxi_carrier_close(carrier);
}

/* covers: 9260/10-3 9260/10-5 */
static void test_icmpv6_only_what_may_matter(void **state)
{
    struct sctpxi_carrier *carrier = opened();

    (void)state;
    for (unsigned type = 0; type < 256; type++)
        for (unsigned code = 0; code < 10; code++)
            if (type != ICMP6_DST_UNREACH &&
                !(type == ICMP6_PARAM_PROB && code == ICMP6_PARAMPROB_NEXTHEADER))
                assert_false(is_handed_on(carrier, SO_EE_ORIGIN_ICMP6, type, code));
    sctpxi_carrier_close(carrier);
}

/* With UDP in between it is the port that is unreachable, where it would be the protocol.
 * covers: 9260/10-4 6951/5.5-3 6951/5.5-4 */
static void test_icmpv4_port_unreachable_is_protocol_unreachable(void **state)
{
    struct sctpxi_carrier *carrier = opened();

    (void)state;
    for (unsigned code = 0; code < 20; code++)
        assert_int_equal(is_handed_on(carrier, SO_EE_ORIGIN_ICMP, ICMP_DEST_UNREACH, code),
                         code == ICMP_PORT_UNREACH || code == ICMP_PROT_UNREACH);
    sctpxi_carrier_close(carrier);
}

/* covers: 9260/10-4 6951/5.5-3 6951/5.5-5 */
static void test_icmpv6_port_unreachable_is_unknown_next_header(void **state)
{
    struct sctpxi_carrier *carrier = opened();

    (void)state;
    for (unsigned code = 0; code < 10; code++)
        assert_int_equal(is_handed_on(carrier, SO_EE_ORIGIN_ICMP6, ICMP6_DST_UNREACH, code),
                         code == ICMP6_DST_UNREACH_NOPORT);
    assert_true(
        is_handed_on(carrier, SO_EE_ORIGIN_ICMP6, ICMP6_PARAM_PROB, ICMP6_PARAMPROB_NEXTHEADER));
    sctpxi_carrier_close(carrier);
}

/* Neither the kernel's own errors nor what it does not explain.
 * covers: 9260/10-9 */
static void test_other_errors_are_dropped(void **state)
{
    struct sctpxi_carrier *carrier = opened();

    (void)state;
    assert_false(is_handed_on(carrier, SO_EE_ORIGIN_LOCAL, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH));
    assert_false(is_handed_on(carrier, SO_EE_ORIGIN_NONE, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH));
    assert_false(is_handed_on(carrier, SO_EE_ORIGIN_ICMP, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED));
    assert_false(is_handed_on(carrier, SO_EE_ORIGIN_ICMP6, ICMP6_PACKET_TOO_BIG, 0));
    sctpxi_carrier_close(carrier);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_icmpv4_only_destination_unreachable),
        cmocka_unit_test(test_icmpv6_only_what_may_matter),
        cmocka_unit_test(test_icmpv4_port_unreachable_is_protocol_unreachable),
        cmocka_unit_test(test_icmpv6_port_unreachable_is_unknown_next_header),
        cmocka_unit_test(test_other_errors_are_dropped),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_10_carrier", tests, NULL, NULL);
}
