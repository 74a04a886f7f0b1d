/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include <sctpx/addr.h>

#include "support/carrier_notes.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

/* ---- a system that fails as planned --------------------------------------------------------- */

/* Of the calls that send, so many succeed, then so many fail, then all succeed. */
struct plan {
    bool only_segmented; /* counts sendmsg() alone, which the carrier uses for trains */
    int succeed, fail, error;
    int failed;
};

static struct plan plan;

static bool is_to_fail(bool is_segmented)
{
    if (plan.only_segmented && !is_segmented) {
        return false;
    }
    if (plan.succeed > 0) {
        plan.succeed--;
        return false;
    }
    if (plan.fail == 0) {
        return false;
    }
    plan.fail--;
    plan.failed++;
    errno = plan.error;
    return true;
}

/* These take the place of the C library's in this program. */
ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    return is_to_fail(true) ? -1 : (ssize_t)syscall(SYS_sendmsg, fd, message, flags);
}

int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
    return is_to_fail(false) ? -1 : (int)syscall(SYS_sendmmsg, fd, messages, count, flags);
}

/* ---- carriers ------------------------------------------------------------------------------ */

static int try_open(const char *first, const char *second, uint16_t udp_port,
                    struct sctpxi_carrier **ret_carrier)
{
    sctpx_addr addrs[2];
    struct sctpxi_carrier_options options = {.addrs = addrs, .udp_port = udp_port};

    addrs[options.count++] = notes_addr(first);
    if (second != NULL) {
        addrs[options.count++] = notes_addr(second);
    }
    return sctpxi_carrier_open_udp(&options, ret_carrier);
}

static struct sctpxi_carrier *opened(const char *first, const char *second)
{
    struct sctpxi_carrier *carrier;

    assert_int_equal(try_open(first, second, 0, &carrier), 0);
    return carrier;
}

static uint16_t port_of(const struct sctpxi_carrier *carrier)
{
    return sctpxi_carrier_local(carrier, 0)->udp_port;
}

static sctpx_transmit transmit_to(const char *ip, uint16_t udp_port, size_t length,
                                  size_t segment_size)
{
    sctpx_transmit transmit = {
        .remote = notes_addr(ip), .length = length, .segment_size = segment_size};

    transmit.remote.udp_port = udp_port;
    return transmit;
}

static int send_all(struct sctpxi_carrier *carrier, const sctpx_transmit *transmit,
                    const void *data)
{
    struct sctpxi_carrier_progress progress = {0};

    return sctpxi_carrier_send(carrier, transmit, data, &progress);
}

/* A train whose packets begin with 0, 1, 2, ... */
static uint8_t *train(size_t length, size_t segment_size)
{
    uint8_t *data = test_calloc(1, length);

    for (size_t at = 0; at < length; at += segment_size) {
        data[at] = (uint8_t)(at / segment_size);
    }
    return data;
}

/* ---- binding ------------------------------------------------------------------------------ */

/* covers: 9260/11.1.1-2 6951/5.1-3 */
static void test_the_wildcard_opens_both_families_on_one_port(void **state)
{
    struct sctpxi_carrier *carrier = opened("*", NULL);
    struct notes notes = {0};
    sctpx_transmit transmit;

    (void)state;
    assert_int_equal(sctpxi_carrier_count(carrier), 2);
    assert_int_equal(sctpxi_carrier_local(carrier, 0)->family, SCTPX_IPV4);
    assert_int_equal(sctpxi_carrier_local(carrier, 1)->family, SCTPX_IPV6);
    assert_int_not_equal(port_of(carrier), 0);
    assert_int_equal(sctpxi_carrier_local(carrier, 1)->udp_port, port_of(carrier));

    transmit = transmit_to("127.0.0.1", port_of(carrier), 3, 3);
    assert_int_equal(send_all(carrier, &transmit, "abc"), 0);
    notes_receive(carrier, 0, &notes, 1);
    assert_int_equal(notes.remote.family, SCTPX_IPV4);
    assert_int_equal(notes.remote.udp_port, port_of(carrier));
    assert_true(sctpx_addr_is_loopback(&notes.local));

    transmit = transmit_to("::1", port_of(carrier), 4, 4);
    assert_int_equal(send_all(carrier, &transmit, "abcd"), 0);
    notes_receive(carrier, 1, &notes, 2);
    assert_int_equal(notes.remote.family, SCTPX_IPV6);
    assert_true(sctpx_addr_is_loopback(&notes.local));
    assert_int_equal(notes.local.udp_port, port_of(carrier));
    assert_int_equal(notes.bytes, 7);
    sctpxi_carrier_close(carrier);
}

/* covers: 9260/1.3-4 */
static void test_a_taken_port_is_refused(void **state)
{
    struct sctpxi_carrier *carrier = opened("*", NULL), *second = NULL;

    (void)state;
    assert_int_equal(try_open("*", NULL, port_of(carrier), &second), SCTPX_EADDRINUSE);
    assert_int_equal(try_open("127.0.0.1", NULL, port_of(carrier), &second), SCTPX_EADDRINUSE);
    assert_int_equal(try_open("::1", NULL, port_of(carrier), &second), SCTPX_EADDRINUSE);
    assert_null(second);
    sctpxi_carrier_close(carrier);
}

static void test_a_port_taken_in_one_family_only_is_refused(void **state)
{
    struct sctpxi_carrier *carrier = opened("::", NULL), *second = NULL;

    (void)state;
    assert_int_equal(try_open("*", NULL, port_of(carrier), &second), SCTPX_EADDRINUSE);
    /* What the failed try had bound is free again. */
    assert_int_equal(try_open("0.0.0.0", NULL, port_of(carrier), &second), 0);
    sctpxi_carrier_close(second);
    sctpxi_carrier_close(carrier);
}

static void test_a_port_is_free_again_after_close(void **state)
{
    struct sctpxi_carrier *carrier = opened("*", NULL);
    uint16_t port = port_of(carrier);

    (void)state;
    sctpxi_carrier_close(carrier);
    assert_int_equal(try_open("*", NULL, port, &carrier), 0);
    assert_int_equal(port_of(carrier), port);
    sctpxi_carrier_close(carrier);
}

/* covers: 9260/11.1.1-2 6951/5.1-3 */
static void test_several_addresses_share_a_port(void **state)
{
    struct sctpxi_carrier *carrier = opened("127.0.0.1", "127.0.0.2");
    sctpx_addr first = notes_addr("127.0.0.1"), second = notes_addr("127.0.0.2");

    (void)state;
    assert_int_equal(sctpxi_carrier_count(carrier), 2);
    assert_true(sctpx_addr_same_ip(sctpxi_carrier_local(carrier, 0), &first));
    assert_true(sctpx_addr_same_ip(sctpxi_carrier_local(carrier, 1), &second));
    assert_int_equal(sctpxi_carrier_local(carrier, 1)->udp_port, port_of(carrier));
    sctpxi_carrier_close(carrier);
}

static void test_addresses_that_cannot_be_bound(void **state)
{
    sctpx_addr many[SCTPXI_CARRIER_SOCKETS + 1];
    struct sctpxi_carrier_options options = {.addrs = many, .count = SCTPXI_CARRIER_SOCKETS + 1};
    struct sctpxi_carrier *carrier = NULL;

    (void)state;
    assert_int_equal(try_open("192.0.2.200", NULL, 0, &carrier), SCTPX_EADDRNOTAVAIL);
    assert_int_equal(try_open("2001:db8::77", NULL, 0, &carrier), SCTPX_EADDRNOTAVAIL);
    assert_int_equal(try_open("127.0.0.1", "192.0.2.200", 0, &carrier), SCTPX_EADDRNOTAVAIL);
    assert_int_equal(try_open("127.0.0.1", "*", 0, &carrier), SCTPX_EINVAL);
    memset(many, 0, sizeof(many));
    assert_int_equal(sctpxi_carrier_open_udp(&options, &carrier), SCTPX_ELIMIT);
    assert_null(carrier);
}

static void test_running_out_of_descriptors(void **state)
{
    struct sctpxi_carrier *carrier = NULL;
    struct rlimit limit, none;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = limit;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_int_equal(try_open("*", NULL, 0, &carrier), SCTPX_ERESOURCE);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* ---- addresses of packets ------------------------------------------------------------------- */

/* covers: 6951/3.1-1 */
static void test_replies_leave_from_the_address_that_was_asked(void **state)
{
    struct sctpxi_carrier *server = opened("*", NULL), *client = opened("127.0.0.1", NULL);
    sctpx_addr asked = notes_addr("127.0.0.2");
    sctpx_transmit transmit = transmit_to("127.0.0.2", port_of(server), 4, 4);
    struct notes at_server = {0}, at_client = {0};

    (void)state;
    assert_int_equal(send_all(client, &transmit, "ping"), 0);
    notes_receive(server, 0, &at_server, 1);
    assert_true(sctpx_addr_same_ip(&at_server.local, &asked));

    transmit = (sctpx_transmit){
        .local = at_server.local, .remote = at_server.remote, .length = 4, .segment_size = 4};
    assert_int_equal(send_all(server, &transmit, "pong"), 0);
    notes_receive(client, 0, &at_client, 1);
    assert_true(sctpx_addr_same_ip(&at_client.remote, &asked));
    assert_int_equal(at_client.remote.udp_port, port_of(server));
    sctpxi_carrier_close(server);
    sctpxi_carrier_close(client);
}

/* covers: 9260/11.1.1-3 6951/3.1-1 */
static void test_the_bound_address_asked_for_sends(void **state)
{
    struct sctpxi_carrier *carrier = opened("127.0.0.1", "127.0.0.2");
    struct sctpxi_carrier *peer = opened("127.0.0.1", NULL);
    sctpx_transmit transmit = transmit_to("127.0.0.1", port_of(peer), 1, 1);
    struct notes notes = {0};

    (void)state;
    transmit.local = notes_addr("127.0.0.2");
    assert_int_equal(send_all(carrier, &transmit, "x"), 0);
    notes_receive(peer, 0, &notes, 1);
    assert_true(sctpx_addr_same_ip(&notes.remote, &transmit.local));
    sctpxi_carrier_close(carrier);
    sctpxi_carrier_close(peer);
}

static void test_what_cannot_be_sent_is_counted_and_lost(void **state)
{
    struct sctpxi_carrier *carrier = opened("127.0.0.1", NULL);
    sctpx_transmit transmit = transmit_to("::1", 9, 1, 1);

    (void)state;
    assert_int_equal(send_all(carrier, &transmit, "x"), 0); /* no socket of that family */
    assert_int_equal(sctpxi_carrier_get_stats(carrier)->send_errors, 1);
    transmit = transmit_to("127.0.0.1", 0, 1, 1);
    assert_int_equal(send_all(carrier, &transmit, "x"), 0); /* not encapsulated */
    assert_int_equal(sctpxi_carrier_get_stats(carrier)->send_errors, 2);
    transmit = transmit_to("127.0.0.1", 9, 1, 1);
    transmit.local = notes_addr("127.0.0.3");
    assert_int_equal(send_all(carrier, &transmit, "x"), 0); /* not bound there */
    assert_int_equal(sctpxi_carrier_get_stats(carrier)->send_errors, 3);
    assert_int_equal(sctpxi_carrier_get_stats(carrier)->sent_packets, 0);
    sctpxi_carrier_close(carrier);
}

static void test_a_packet_over_the_mtu_is_not_fragmented(void **state)
{
    static uint8_t data[65510];
    struct sctpxi_carrier *carrier = opened("127.0.0.1", NULL);
    sctpx_transmit transmit =
        transmit_to("127.0.0.1", port_of(carrier), sizeof(data), sizeof(data));

    (void)state;
    assert_int_equal(send_all(carrier, &transmit, data), 0);
    assert_int_equal(sctpxi_carrier_get_stats(carrier)->too_big, 1);
    sctpxi_carrier_close(carrier);
}

/* ---- trains ------------------------------------------------------------------------------- */

static void send_train_between(bool no_segmentation, size_t length, size_t segment_size)
{
    sctpx_addr any = notes_addr("127.0.0.1");
    struct sctpxi_carrier_options options = {
        .addrs = &any, .count = 1, .no_segmentation = no_segmentation};
    struct sctpxi_carrier *sender, *receiver;
    uint8_t *data = train(length, segment_size);
    size_t packets = (length + segment_size - 1) / segment_size;
    struct notes *notes = test_calloc(1, sizeof(*notes));
    sctpx_transmit transmit;

    assert_int_equal(sctpxi_carrier_open_udp(&options, &sender), 0);
    assert_int_equal(sctpxi_carrier_open_udp(&options, &receiver), 0);
    transmit = transmit_to("127.0.0.1", port_of(receiver), length, segment_size);
    assert_int_equal(send_all(sender, &transmit, data), 0);
    notes_receive(receiver, 0, notes, packets);

    assert_int_equal(notes->packets, packets);
    assert_int_equal(notes->bytes, length);
    for (size_t i = 0; i < packets; i++) {
        assert_int_equal(notes->first_bytes[i], (uint8_t)i);
        assert_int_equal(notes->lengths[i],
                         i + 1 < packets ? segment_size : length - i * segment_size);
    }
    assert_int_equal(sctpxi_carrier_get_stats(sender)->sent_packets, packets);
    assert_int_equal(sctpxi_carrier_get_stats(sender)->send_errors, 0);
    if (!no_segmentation && packets > 1 && packets <= 45) {
        assert_int_equal(sctpxi_carrier_get_stats(sender)->sent_batches, 1);
    }
    sctpxi_carrier_close(sender);
    sctpxi_carrier_close(receiver);
    test_free(data);
    test_free(notes);
}

/* covers: attacks/P15 */
static void test_a_train_arrives_as_separate_packets(void **state)
{
    (void)state;
    send_train_between(false, 20 * 1452, 1452);
    send_train_between(false, 7 * 1452 + 100, 1452);
    send_train_between(false, 45 * 1452, 1452);
    send_train_between(false, 100, 1452);
    send_train_between(false, 4, 4);
}

static void test_a_train_longer_than_one_call_takes(void **state)
{
    (void)state;
    send_train_between(false, 200 * 100 + 1, 100);
    send_train_between(false, 65536, 1000);
}

static void test_a_train_without_segmentation(void **state)
{
    (void)state;
    send_train_between(true, 20 * 1452 + 8, 1452);
    send_train_between(true, 65536, 1452);
    send_train_between(true, 100 * 12, 12);
}

/* A plain socket sees what is on the wire: packets, not a train. */
static void test_a_peer_without_gro_sees_packets(void **state)
{
    struct sctpxi_carrier *carrier = opened("127.0.0.1", NULL);
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof(in);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    uint8_t *data = train(5000, 1000), buffer[65536];
    sctpx_transmit transmit;

    (void)state;
    assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &length), 0);
    transmit = transmit_to("127.0.0.1", ntohs(in.sin_port), 5000, 1000);
    assert_int_equal(send_all(carrier, &transmit, data), 0);
    for (int i = 0; i < 5; i++) {
        assert_true(notes_wait_for(fd, POLLIN));
        assert_int_equal(recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT), 1000);
        assert_int_equal(buffer[0], i);
    }
    close(fd);
    test_free(data);
    sctpxi_carrier_close(carrier);
}

static void test_an_empty_packet_is_handed_over(void **state)
{
    struct sctpxi_carrier *carrier = opened("127.0.0.1", NULL);
    struct sockaddr_storage storage;
    int length = sctpx_addr_to_sockaddr(sctpxi_carrier_local(carrier, 0), &storage);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct notes notes = {0};

    (void)state;
    assert_int_equal(sendto(fd, "", 0, 0, (struct sockaddr *)&storage, (socklen_t)length), 0);
    notes_receive(carrier, 0, &notes, 1);
    assert_int_equal(notes.lengths[0], 0);
    close(fd);
    sctpxi_carrier_close(carrier);
}

static size_t receive_once(struct sctpxi_carrier *carrier, struct notes *notes)
{
    const struct sctpxi_carrier_sink sink = notes_sink(notes);
    size_t before = notes->packets;

    assert_true(notes_wait_for(sctpxi_carrier_fd(carrier, 0), POLLIN));
    sctpxi_carrier_receive(carrier, 0, &sink);
    return notes->packets - before;
}

/* What asking in vain costs is saved where one message comes at a time. */
static void test_batches_grow_while_they_are_full(void **state)
{
    struct sctpxi_carrier *carrier = opened("127.0.0.1", NULL);
    struct notes *notes = test_calloc(1, sizeof(*notes));
    sctpx_transmit transmit = transmit_to("127.0.0.1", port_of(carrier), 8, 8);
    static const size_t expected[] = {1, 2, 4, 8, 16, 32, 32, 5};

    (void)state;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(send_all(carrier, &transmit, "12345678"), 0);
    }
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        assert_int_equal(receive_once(carrier, notes), expected[i]);
    }
    for (int i = 0; i < 10; i++) {
        assert_int_equal(send_all(carrier, &transmit, "12345678"), 0);
    }
    assert_int_equal(receive_once(carrier, notes), 5); /* as many as came last */
    assert_int_equal(receive_once(carrier, notes), 5);
    test_free(notes);
    sctpxi_carrier_close(carrier);
}

/* Bound to one address, the first packet says all there is to say of its destination. */
static void test_destination_stays_known_without_asking(void **state)
{
    struct sctpxi_carrier *carrier = opened("127.0.0.1", NULL);
    struct notes *notes = test_calloc(1, sizeof(*notes));
    sctpx_transmit transmit = transmit_to("127.0.0.1", port_of(carrier), 8, 8);
    int pktinfo = -1;
    socklen_t length = sizeof(pktinfo);

    (void)state;
    for (size_t packets = 1; packets <= 3; packets++) {
        assert_int_equal(send_all(carrier, &transmit, "12345678"), 0);
        notes_receive(carrier, 0, notes, packets);
        sctpx_addr expected = notes_addr("127.0.0.1");
        assert_true(sctpx_addr_same_ip(&notes->local, &expected));
    }
    assert_int_equal(
        getsockopt(sctpxi_carrier_fd(carrier, 0), IPPROTO_IP, IP_PKTINFO, &pktinfo, &length), 0);
    assert_int_equal(pktinfo, 0);
    test_free(notes);
    sctpxi_carrier_close(carrier);
}

/* ---- trouble ------------------------------------------------------------------------------ */

static void check_unreachable(const char *ip)
{
    struct sctpxi_carrier *carrier = opened(ip, NULL), *gone = opened(ip, NULL);
    struct notes notes = {0};
    const struct sctpxi_carrier_sink sink = notes_sink(&notes);
    sctpx_transmit transmit = transmit_to(ip, port_of(gone), 16, 16);

    sctpxi_carrier_close(gone);
    assert_int_equal(send_all(carrier, &transmit, "0123456789abcdef"), 0);
    assert_true(notes_wait_for(sctpxi_carrier_fd(carrier, 0), POLLPRI));
    sctpxi_carrier_receive_errors(carrier, 0, &sink);
    assert_int_equal(notes.unreachable, 1);
    assert_true(sctpx_addr_equal(&notes.unreachable_remote, &transmit.remote));
    assert_int_equal(notes.quoted_length, 16);
    assert_memory_equal(notes.quoted, "0123456789abcdef", 16);
    assert_int_equal(sctpxi_carrier_get_stats(carrier)->icmp_errors, 1);

    sctpxi_carrier_receive_errors(carrier, 0, &sink);
    assert_int_equal(notes.unreachable, 1);
    sctpxi_carrier_close(carrier);
}

/* covers: 6951/5.5-4 6951/5.5-5 */
static void test_unreachable_ports_are_reported(void **state)
{
    (void)state;
    check_unreachable("127.0.0.1");
    check_unreachable("::1");
}

static void test_an_error_of_one_peer_costs_no_packet_of_another(void **state)
{
    struct sctpxi_carrier *carrier = opened("127.0.0.1", NULL), *gone = opened("127.0.0.1", NULL);
    struct sctpxi_carrier *peer = opened("127.0.0.1", NULL);
    sctpx_transmit nowhere = transmit_to("127.0.0.1", port_of(gone), 1, 1);
    sctpx_transmit there = transmit_to("127.0.0.1", port_of(peer), 1, 1);
    struct notes notes = {0}, own = {0};

    (void)state;
    sctpxi_carrier_close(gone);
    for (size_t i = 1; i <= 20; i++) {
        assert_int_equal(send_all(carrier, &nowhere, "x"), 0);
        assert_int_equal(send_all(carrier, &there, "y"), 0);
        notes_receive(peer, 0, &notes, i);
    }
    assert_int_equal(sctpxi_carrier_get_stats(carrier)->send_errors, 0);

    /* Nor does it hide a packet that is there. */
    assert_int_equal(send_all(carrier, &nowhere, "x"), 0);
    there = transmit_to("127.0.0.1", port_of(carrier), 1, 1);
    assert_int_equal(send_all(peer, &there, "z"), 0);
    notes_receive(carrier, 0, &own, 1);
    sctpxi_carrier_close(carrier);
    sctpxi_carrier_close(peer);
}

static void test_would_block_keeps_the_place_in_the_train(void **state)
{
    struct sctpxi_carrier *carrier = opened("127.0.0.1", NULL);
    struct sctpxi_carrier *peer = opened("127.0.0.1", NULL);
    uint8_t *data = train(90 * 1000, 1000);
    sctpx_transmit transmit = transmit_to("127.0.0.1", port_of(peer), 90 * 1000, 1000);
    struct sctpxi_carrier_progress progress = {0};
    struct notes notes = {0};

    (void)state;
    plan = (struct plan){.succeed = 1, .fail = 2, .error = EAGAIN};
    assert_int_equal(sctpxi_carrier_send(carrier, &transmit, data, &progress), SCTPX_EWOULDBLOCK);
    assert_int_equal(progress.done, 64 * 1000);
    assert_int_equal(progress.socket, 0);
    assert_int_equal(sctpxi_carrier_send(carrier, &transmit, data, &progress), SCTPX_EWOULDBLOCK);
    assert_int_equal(progress.done, 64 * 1000);
    assert_int_equal(sctpxi_carrier_send(carrier, &transmit, data, &progress), 0);

    notes_receive(peer, 0, &notes, 90);
    for (size_t i = 0; i < 90; i++) {
        assert_int_equal(notes.first_bytes[i], i);
    }
    assert_int_equal(sctpxi_carrier_get_stats(carrier)->would_block, 2);
    assert_int_equal(sctpxi_carrier_get_stats(carrier)->send_errors, 0);
    assert_int_equal(sctpxi_carrier_get_stats(carrier)->sent_packets, 90);
    test_free(data);
    sctpxi_carrier_close(carrier);
    sctpxi_carrier_close(peer);
}

/* Writability would not tell when the system has buffers again: wait for time instead. */
static void test_no_buffers_is_told_apart_from_would_block(void **state)
{
    struct sctpxi_carrier *carrier = opened("127.0.0.1", NULL);
    static const uint8_t data[4];
    sctpx_transmit transmit = transmit_to("127.0.0.1", port_of(carrier), 4, 4);
    struct sctpxi_carrier_progress progress = {0};

    (void)state;
    plan = (struct plan){.fail = 1, .error = ENOBUFS};
    assert_int_equal(sctpxi_carrier_send(carrier, &transmit, data, &progress), SCTPX_EWOULDBLOCK);
    assert_int_equal(progress.done, 0);
    assert_true(progress.socket == SCTPXI_CARRIER_NO_SOCKET);
    assert_int_equal(sctpxi_carrier_send(carrier, &transmit, data, &progress), 0);
    assert_int_equal(sctpxi_carrier_get_stats(carrier)->sent_packets, 1);
    sctpxi_carrier_close(carrier);
}

static void test_a_device_without_segmentation_gets_single_packets(void **state)
{
    struct sctpxi_carrier *carrier = opened("127.0.0.1", NULL);
    struct sctpxi_carrier *peer = opened("127.0.0.1", NULL);
    uint8_t *data = train(10 * 1000, 1000);
    sctpx_transmit transmit = transmit_to("127.0.0.1", port_of(peer), 10 * 1000, 1000);
    struct notes notes = {0};

    (void)state;
    plan = (struct plan){.only_segmented = true, .fail = 100, .error = EIO};
    assert_int_equal(send_all(carrier, &transmit, data), 0);
    notes_receive(peer, 0, &notes, 10);
    assert_int_equal(sctpxi_carrier_get_stats(carrier)->send_errors, 0);
    /* And that is remembered. */
    plan.failed = 0;
    assert_int_equal(send_all(carrier, &transmit, data), 0);
    assert_int_equal(plan.failed, 0);
    notes_receive(peer, 0, &notes, 20);
    plan = (struct plan){0};
    test_free(data);
    sctpxi_carrier_close(carrier);
    sctpxi_carrier_close(peer);
}

static void test_an_error_that_stays_loses_one_packet_at_a_time(void **state)
{
    struct sctpxi_carrier *carrier = opened("127.0.0.1", NULL);
    uint8_t *data = train(3 * 1000, 1000);
    sctpx_transmit transmit = transmit_to("127.0.0.1", port_of(carrier), 3 * 1000, 1000);
    struct notes notes = {0};

    (void)state;
    plan = (struct plan){.fail = 2, .error = EPERM}; /* the train, and once more */
    assert_int_equal(send_all(carrier, &transmit, data), 0);
    assert_int_equal(sctpxi_carrier_get_stats(carrier)->send_errors, 1);
    assert_int_equal(sctpxi_carrier_get_stats(carrier)->sent_packets, 2);
    notes_receive(carrier, 0, &notes, 2);
    assert_int_equal(notes.first_bytes[0], 1);
    test_free(data);
    sctpxi_carrier_close(carrier);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_wildcard_opens_both_families_on_one_port),
        cmocka_unit_test(test_a_taken_port_is_refused),
        cmocka_unit_test(test_a_port_taken_in_one_family_only_is_refused),
        cmocka_unit_test(test_a_port_is_free_again_after_close),
        cmocka_unit_test(test_several_addresses_share_a_port),
        cmocka_unit_test(test_addresses_that_cannot_be_bound),
        cmocka_unit_test(test_running_out_of_descriptors),
        cmocka_unit_test(test_replies_leave_from_the_address_that_was_asked),
        cmocka_unit_test(test_the_bound_address_asked_for_sends),
        cmocka_unit_test(test_what_cannot_be_sent_is_counted_and_lost),
        cmocka_unit_test(test_a_packet_over_the_mtu_is_not_fragmented),
        cmocka_unit_test(test_a_train_arrives_as_separate_packets),
        cmocka_unit_test(test_a_train_longer_than_one_call_takes),
        cmocka_unit_test(test_a_train_without_segmentation),
        cmocka_unit_test(test_a_peer_without_gro_sees_packets),
        cmocka_unit_test(test_an_empty_packet_is_handed_over),
        cmocka_unit_test(test_batches_grow_while_they_are_full),
        cmocka_unit_test(test_destination_stays_known_without_asking),
        cmocka_unit_test(test_unreachable_ports_are_reported),
        cmocka_unit_test(test_an_error_of_one_peer_costs_no_packet_of_another),
        cmocka_unit_test(test_would_block_keeps_the_place_in_the_train),
        cmocka_unit_test(test_no_buffers_is_told_apart_from_would_block),
        cmocka_unit_test(test_a_device_without_segmentation_gets_single_packets),
        cmocka_unit_test(test_an_error_that_stays_loses_one_packet_at_a_time),
    };

    return cmocka_run_group_tests_name("udp", tests, NULL, NULL);
}
