/* SPDX-License-Identifier: MIT */
/* The carrier over raw IP, on the loopback of a network of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>
#include <netinet/ip.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <sctpx/addr.h>

#include "support/carrier_notes.h"
#include "support/netns.h"

#define HEADER_BYTES 20u

static bool is_possible;

static void skip_unless_possible(void)
{
    if (!is_possible) {
        skip();
    }
}

/* ---- carriers ------------------------------------------------------------------------------ */

static struct sctpxi_carrier *opened(const char *text)
{
    sctpx_addr addr = notes_addr(text);
    struct sctpxi_carrier_options options = {.addrs = &addr, .count = 1, .udp_port = 9899};
    struct sctpxi_carrier *carrier;

    assert_int_equal(sctpxi_carrier_open_raw(&options, &carrier), 0);
    return carrier;
}

static void send_from(struct sctpxi_carrier *carrier, const char *local, const char *remote,
                      const void *data, size_t length, size_t segment_size)
{
    sctpx_transmit transmit = {
        .remote = notes_addr(remote), .length = length, .segment_size = segment_size};
    struct sctpxi_carrier_progress progress = {0};

    if (local != NULL) {
        transmit.local = notes_addr(local);
    }
    assert_int_equal(sctpxi_carrier_send(carrier, &transmit, data, &progress), 0);
}

static void test_the_wildcard_opens_both_families(void **state)
{
    struct sctpxi_carrier *carrier;
    struct notes notes = {0};

    (void)state;
    skip_unless_possible();
    carrier = opened("*");
    assert_int_equal(sctpxi_carrier_count(carrier), 2);
    /* Neither the port that was asked for nor what the kernel calls one. */
    assert_int_equal(sctpxi_carrier_local(carrier, 0)->udp_port, 0);
    assert_int_equal(sctpxi_carrier_local(carrier, 1)->udp_port, 0);
    send_from(carrier, NULL, "127.0.0.1", "abcd", 4, 4);
    notes_receive(carrier, 0, &notes, 1);
    assert_int_equal(notes.lengths[0], 4);
    assert_memory_equal(notes.last, "abcd", 4);
    assert_int_equal(notes.remote.family, SCTPX_IPV4);
    assert_int_equal(notes.remote.udp_port, 0);
    assert_int_equal(notes.local.udp_port, 0);
    send_from(carrier, NULL, "::1", "efghi", 5, 5);
    notes_receive(carrier, 1, &notes, 2);
    assert_int_equal(notes.lengths[1], 5);
    assert_memory_equal(notes.last, "efghi", 5);
    assert_int_equal(notes.remote.family, SCTPX_IPV6);
    assert_int_equal(notes.remote.udp_port, 0);
    sctpxi_carrier_close(carrier);
}

static void test_two_share_a_host_and_both_see_all(void **state)
{
    struct sctpxi_carrier *one, *other;
    struct notes at_one = {0}, at_other = {0};

    (void)state;
    skip_unless_possible();
    one = opened("0.0.0.0");
    other = opened("0.0.0.0");
    send_from(one, NULL, "127.0.0.1", "abcd", 4, 4);
    notes_receive(one, 0, &at_one, 1);
    notes_receive(other, 0, &at_other, 1);
    sctpxi_carrier_close(one);
    sctpxi_carrier_close(other);
}

static void test_without_the_right_it_is_refused(void **state)
{
    pid_t child;
    int status = 0;

    (void)state;
    skip_unless_possible();
    child = fork();
    if (child == 0) {
        struct sctpxi_carrier_options options = {0};
        struct sctpxi_carrier *carrier;

        _exit(setresuid(65534, 65534, 65534) == 0 &&
                      sctpxi_carrier_open_raw(&options, &carrier) == SCTPX_EACCES
                  ? 0
                  : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void test_addresses_that_cannot_be_bound(void **state)
{
    sctpx_addr addr = notes_addr("192.0.2.200");
    int fd = 0;
    struct sctpxi_carrier_options options = {.addrs = &addr, .count = 1};
    struct sctpxi_carrier *carrier = NULL;

    (void)state;
    skip_unless_possible();
    assert_int_equal(sctpxi_carrier_open_raw(&options, &carrier), SCTPX_EADDRNOTAVAIL);
    options = (struct sctpxi_carrier_options){.fds = &fd, .fd_count = 1};
    assert_int_equal(sctpxi_carrier_open_raw(&options, &carrier), SCTPX_EINVAL);
    assert_null(carrier);
}

/* ---- addresses of packets ------------------------------------------------------------------- */

static void check_reply(const char *asked, const char *client_at)
{
    struct sctpxi_carrier *server = opened(strchr(asked, ':') ? "::" : "0.0.0.0");
    struct sctpxi_carrier *client = opened(client_at);
    sctpx_addr asked_addr = notes_addr(asked);
    struct notes at_server = {0}, at_client = {0};
    sctpx_transmit transmit = {.length = 4, .segment_size = 4};
    struct sctpxi_carrier_progress progress = {0};

    send_from(client, NULL, asked, "ping", 4, 4);
    notes_receive(server, 0, &at_server, 1);
    assert_true(sctpx_addr_equal(&at_server.local, &asked_addr));
    transmit.local = at_server.local;
    transmit.remote = at_server.remote;
    assert_int_equal(sctpxi_carrier_send(server, &transmit, (const uint8_t *)"pong", &progress), 0);
    notes_receive(client, 0, &at_client, 1);
    assert_true(sctpx_addr_equal(&at_client.remote, &asked_addr));
    sctpxi_carrier_close(server);
    sctpxi_carrier_close(client);
}

static void test_replies_leave_from_the_address_that_was_asked(void **state)
{
    (void)state;
    skip_unless_possible();
    check_reply("127.0.0.2", "127.0.0.1");
    check_reply(NETNS_SECOND_IPV6, "::1");
}

static void test_what_cannot_be_sent_is_counted_and_lost(void **state)
{
    struct sctpxi_carrier *carrier;
    static uint8_t data[65530];

    (void)state;
    skip_unless_possible();
    carrier = opened("127.0.0.1");
    send_from(carrier, NULL, "127.0.0.1:9899", "abcd", 4, 4); /* it has no UDP */
    assert_int_equal(sctpxi_carrier_get_stats(carrier)->send_errors, 1);
    send_from(carrier, NULL, "::1", "abcd", 4, 4);
    assert_int_equal(sctpxi_carrier_get_stats(carrier)->send_errors, 2);
    send_from(carrier, NULL, "127.0.0.1", data, sizeof(data), sizeof(data)); /* DF, and no room */
    assert_int_equal(sctpxi_carrier_get_stats(carrier)->too_big, 1);
    assert_int_equal(sctpxi_carrier_get_stats(carrier)->sent_packets, 0);
    sctpxi_carrier_close(carrier);
}

/* ---- trains ------------------------------------------------------------------------------- */

static void check_train(const char *ip)
{
    struct sctpxi_carrier *sender = opened(ip), *receiver = opened(ip);
    struct notes *notes = test_calloc(1, sizeof(*notes));
    uint8_t *data = test_calloc(1, 40 * 1480 + 100);

    for (size_t i = 0; i <= 40; i++) {
        data[i * 1480] = (uint8_t)i;
    }
    send_from(sender, NULL, ip, data, 40 * 1480 + 100, 1480);
    notes_receive(receiver, 0, notes, 41);
    for (size_t i = 0; i <= 40; i++) {
        assert_int_equal(notes->first_bytes[i], i);
        assert_int_equal(notes->lengths[i], i < 40 ? 1480 : 100);
    }
    assert_int_equal(sctpxi_carrier_get_stats(sender)->sent_packets, 41);
    assert_int_equal(sctpxi_carrier_get_stats(sender)->sent_batches, 2);
    test_free(data);
    test_free(notes);
    sctpxi_carrier_close(sender);
    sctpxi_carrier_close(receiver);
}

static void test_a_train_goes_out_as_packets(void **state)
{
    (void)state;
    skip_unless_possible();
    check_train("127.0.0.1");
    check_train("::1");
}

/* ---- headers ------------------------------------------------------------------------------- */

/* Sends an IPv4 packet whose header is made here; the kernel fills in length and checksum. */
static void send_by_hand(const uint8_t *packet, size_t length)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);

    assert_true(fd >= 0);
    assert_int_equal(sendto(fd, packet, length, 0, (struct sockaddr *)&to, sizeof(to)), length);
    close(fd);
}

/* 4-byte words of header; the fragment's offset is in bytes. */
static void put_header(uint8_t *ip, uint8_t words, uint16_t id, bool has_more, size_t offset)
{
    memset(ip, 0, (size_t)words * 4);
    ip[0] = (uint8_t)(0x40 | words);
    ip[4] = (uint8_t)(id >> 8);
    ip[5] = (uint8_t)id;
    ip[6] = (uint8_t)((has_more ? 0x20 : 0) | offset / 8 >> 8);
    ip[7] = (uint8_t)(offset / 8);
    ip[8] = 64;
    ip[9] = IPPROTO_SCTP;
    memcpy(ip + 12, "\x7f\0\0\1\x7f\0\0\1", 8);
    memset(ip + 20, 1, ((size_t)words - 5) * 4); /* no-operations, RFC 791 3.1 */
}

/* covers: attacks/P16 */
static void test_ip_options_are_stripped(void **state)
{
    struct sctpxi_carrier *carrier;
    struct notes notes = {0};
    uint8_t packet[60 + 12];

    (void)state;
    skip_unless_possible();
    carrier = opened("127.0.0.1");
    for (uint8_t words = 5; words <= 15; words++) {
        put_header(packet, words, words, false, 0);
        memcpy(packet + (size_t)words * 4, "sctp-packet!", 12);
        send_by_hand(packet, (size_t)words * 4 + 12);
        notes_receive(carrier, 0, &notes, words - 4u);
        assert_int_equal(notes.lengths[words - 5], 12);
        assert_memory_equal(notes.last, "sctp-packet!", 12);
    }
    sctpxi_carrier_close(carrier);
}

/* covers: attacks/P16 */
static void test_fragments_come_as_one_packet(void **state)
{
    struct sctpxi_carrier *carrier;
    struct notes notes = {0};
    uint8_t packet[HEADER_BYTES + 800];

    (void)state;
    skip_unless_possible();
    carrier = opened("127.0.0.1");
    for (uint8_t i = 0; i < 3; i++) {
        put_header(packet, 5, 77, i < 2, i * 800u);
        memset(packet + HEADER_BYTES, 'a' + i, 800);
        send_by_hand(packet, sizeof(packet));
    }
    notes_receive(carrier, 0, &notes, 1);
    assert_int_equal(notes.lengths[0], 2400);
    assert_int_equal(notes.last[0], 'a');
    assert_int_equal(notes.last[800], 'b');
    assert_int_equal(notes.last[2399], 'c');
    sctpxi_carrier_close(carrier);
}

static void test_a_packet_without_payload_is_handed_over(void **state)
{
    struct sctpxi_carrier *carrier;
    struct notes notes = {0};
    uint8_t packet[HEADER_BYTES];

    (void)state;
    skip_unless_possible();
    carrier = opened("127.0.0.1");
    put_header(packet, 5, 1, false, 0);
    send_by_hand(packet, sizeof(packet));
    notes_receive(carrier, 0, &notes, 1);
    assert_int_equal(notes.lengths[0], 0);
    sctpxi_carrier_close(carrier);
}

/* ---- trouble ------------------------------------------------------------------------------ */

/* Where no raw socket is bound the kernel has nobody for protocol 132. */
static void check_unreachable(const char *own, const char *ip)
{
    struct sctpxi_carrier *carrier = opened(own);
    struct notes notes = {0};
    const struct sctpxi_carrier_sink sink = notes_sink(&notes);
    sctpx_addr nowhere = notes_addr(ip);

    send_from(carrier, NULL, ip, "0123456789abcdef", 16, 16);
    assert_true(notes_wait_for(sctpxi_carrier_fd(carrier, 0), POLLPRI));
    sctpxi_carrier_receive_errors(carrier, 0, &sink);
    assert_int_equal(notes.unreachable, 1);
    assert_true(sctpx_addr_equal(&notes.unreachable_remote, &nowhere));
    assert_int_equal(notes.quoted_length, 16);
    assert_memory_equal(notes.quoted, "0123456789abcdef", 16);
    assert_int_equal(sctpxi_carrier_get_stats(carrier)->icmp_errors, 1);
    /* The error costs none of the packets that follow. */
    send_from(carrier, NULL, own, "wxyz", 4, 4);
    notes_receive(carrier, 0, &notes, 1);
    assert_int_equal(sctpxi_carrier_get_stats(carrier)->send_errors, 0);
    sctpxi_carrier_close(carrier);
}

static void test_an_unreachable_protocol_is_reported(void **state)
{
    (void)state;
    skip_unless_possible();
    check_unreachable("127.0.0.1", "127.0.0.5");
    check_unreachable("::1", NETNS_SECOND_IPV6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_wildcard_opens_both_families),
        cmocka_unit_test(test_two_share_a_host_and_both_see_all),
        cmocka_unit_test(test_without_the_right_it_is_refused),
        cmocka_unit_test(test_addresses_that_cannot_be_bound),
        cmocka_unit_test(test_replies_leave_from_the_address_that_was_asked),
        cmocka_unit_test(test_what_cannot_be_sent_is_counted_and_lost),
        cmocka_unit_test(test_a_train_goes_out_as_packets),
        cmocka_unit_test(test_ip_options_are_stripped),
        cmocka_unit_test(test_fragments_come_as_one_packet),
        cmocka_unit_test(test_a_packet_without_payload_is_handed_over),
        cmocka_unit_test(test_an_unreachable_protocol_is_reported),
    };

    is_possible = netns_enter() && netns_has_raw();
    return cmocka_run_group_tests_name("raw", tests, NULL, NULL);
}
