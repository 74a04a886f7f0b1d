/* SPDX-License-Identifier: MIT */
/*
 * Sockets over raw IP, in a network of their own, where somebody writes IP packets and ICMP
 * messages by hand: what the kernel lets through must neither be taken for something else nor harm
 * what is up.
 */
#include "support/loopback.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "support/netns.h"

enum { PORT = 7, IP4 = 20, IP6 = 40, INIT_BYTES = 32, SPARE = 1500 };
enum { OPTIONS_HBH = 0, ROUTING = 43, FRAGMENT = 44, OPTIONS_DEST = 60 };

static bool is_possible;

struct fixture {
    sctpx_loop *loop;
    sctpx_server *server;
    struct probe client;
    sctpx_socket *socket, *accepted;
};

/* ---- by hand ------------------------------------------------------------------------------- */

static void put_u16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* RFC 9260 A, bit by bit. */
static void put_crc32c(uint8_t *packet, size_t length)
{
    uint32_t crc = 0xffffffff;

    memset(packet + 8, 0, 4);
    for (size_t i = 0; i < length; i++) {
        crc ^= packet[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
    }
    crc = ~crc;
    for (size_t i = 0; i < 4; i++)
        packet[8 + i] = (uint8_t)(crc >> (8 * i));
}

/* A good INIT to the server; each from a port of its own. */
static size_t make_init(uint8_t *packet)
{
    static const uint8_t init[20] = {1,    0, 0, 20, 0x12, 0x34, 0x56, 0x78, 0, 1,
                                     0x86, 0, 0, 1,  0,    1,    0,    0,    0, 1};
    static uint16_t port = 20000;

    put_u16(packet, port++);
    put_u16(packet + 2, PORT);
    memset(packet + 4, 0, 8);
    memcpy(packet + 12, init, sizeof(init));
    put_crc32c(packet, INIT_BYTES);
    return INIT_BYTES;
}

static uint16_t sum_of(const uint8_t *bytes, size_t length)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < length; i++)
        sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* Words of 4 bytes of header, then the packet. */
static size_t make_ip4(uint8_t *ip, size_t words, const char *from, const char *to,
                       const uint8_t *payload, size_t length)
{
    memset(ip, 0, words * 4);
    ip[0] = (uint8_t)(0x40 | words);
    put_u16(ip + 2, words * 4 + length);
    ip[8] = 64;
    ip[9] = IPPROTO_SCTP;
    assert_int_equal(inet_pton(AF_INET, from, ip + 12), 1);
    assert_int_equal(inet_pton(AF_INET, to, ip + 16), 1);
    memset(ip + IP4, 1, words * 4 - IP4); /* no-operations, RFC 791 3.1 */
    put_u16(ip + 10, sum_of(ip, words * 4));
    memcpy(ip + words * 4, payload, length);
    return words * 4 + length;
}

static size_t make_ip6(uint8_t *ip, uint8_t next, const char *from, const char *to,
                       const uint8_t *payload, size_t length)
{
    memset(ip, 0, IP6);
    ip[0] = 0x60;
    put_u16(ip + 4, length);
    ip[6] = next;
    ip[7] = 64;
    assert_int_equal(inet_pton(AF_INET6, from, ip + 8), 1);
    assert_int_equal(inet_pton(AF_INET6, to, ip + 24), 1);
    memcpy(ip + IP6, payload, length);
    return IP6 + length;
}

/* As if it came from the wire: the sending side of the kernel has no say. */
static void inject(const uint8_t *ip, size_t length)
{
    struct sockaddr_ll to = {.sll_family = AF_PACKET,
                             .sll_protocol = htons(ip[0] >> 4 == 6 ? ETH_P_IPV6 : ETH_P_IP),
                             .sll_ifindex = (int)if_nametoindex("lo"),
                             .sll_halen = 6};
    int fd = socket(AF_PACKET, SOCK_DGRAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(sendto(fd, ip, length, 0, (struct sockaddr *)&to, sizeof(to)), length);
    close(fd);
}

/* ---- fixture: a server for both families, and an association over IPv4 ---------------------- */

static sctpx_addr addr_of(const char *text)
{
    sctpx_addr addr;

    assert_int_equal(sctpx_addr_parse(text, &addr), 0);
    return addr;
}

static sctpx_socket *connect_to(struct fixture *fixture, const char *from, const char *to)
{
    sctpx_addr local = addr_of(from), addr = addr_of(to);
    sctpx_socket_options options;
    sctpx_socket *socket;

    sctpx_socket_options_defaults(&options);
    options.carrier = SCTPX_CARRIER_RAW_IP;
    assert_int_equal(sctpx_socket_new(fixture->loop, &options, &socket), 0);
    fixture->client = (struct probe){0};
    probe_attach(&fixture->client, socket);
    assert_int_equal(sctpx_socket_bind(socket, &local, 1, 0, 0), 0);
    assert_int_equal(sctpx_socket_connect(socket, &addr, 1, PORT), 0);
    return socket;
}

static int setup(void **state)
{
    static struct fixture fixture;
    sctpx_server_options options;

    fixture = (struct fixture){0};
    *state = &fixture;
    if (!is_possible)
        return 0;
    assert_int_equal(sctpx_loop_new(&fixture.loop), 0);
    sctpx_server_options_defaults(&options);
    options.carrier = SCTPX_CARRIER_RAW_IP;
    assert_int_equal(sctpx_server_new(fixture.loop, &options, &fixture.server), 0);
    assert_int_equal(sctpx_server_listen(fixture.server, NULL, 0, PORT), 0);
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    sctpx_socket_free(fixture->accepted);
    sctpx_socket_free(fixture->socket);
    sctpx_server_free(fixture->server);
    sctpx_loop_free(fixture->loop);
    return 0;
}

static void bring_up(struct fixture *fixture)
{
    fixture->socket = connect_to(fixture, "127.0.0.1", "127.0.0.1");
    RUN_UNTIL(fixture->loop, sctpx_server_has_pending_connections(fixture->server));
    assert_int_equal(sctpx_server_next_pending_connection(fixture->server, &fixture->accepted), 0);
}

/* One message through it, which also comes after everything that was on the wire before. */
static void check_is_up(struct fixture *fixture)
{
    char buffer[8];

    assert_int_equal(sctpx_socket_write_datagram(fixture->socket, "hello", 5, NULL), 0);
    RUN_UNTIL(fixture->loop, sctpx_socket_bytes_available(fixture->accepted, 0) > 0);
    assert_int_equal(sctpx_socket_read_datagram(fixture->accepted, 0, buffer, sizeof(buffer), NULL),
                     5);
    assert_int_equal(fixture->client.closed, 0);
}

static uint64_t answers_of(struct fixture *fixture)
{
    sctpx_endpoint_stats stats;

    sctpx_server_stats(fixture->server, &stats);
    return stats.sent_packets;
}

/* The server has answered so many INITs since. */
static void check_answers(struct fixture *fixture, uint64_t before, uint64_t count)
{
    RUN_UNTIL(fixture->loop, answers_of(fixture) >= before + count);
    for (unsigned i = 0; i < 5; i++)
        assert_true(sctpx_loop_process(fixture->loop) >= 0);
    assert_int_equal(answers_of(fixture) - before, count);
}

static void skip_unless_possible(void)
{
    if (!is_possible)
        skip();
}

/* ---- headers of IPv4 ------------------------------------------------------------------------ */

static void test_good_packets_by_hand(void **state)
{
    struct fixture *fixture = *state;
    uint8_t init[INIT_BYTES], ip[SPARE];

    skip_unless_possible();
    uint64_t before = answers_of(fixture);
    for (size_t words = 5; words <= 15; words++)
        inject(ip, make_ip4(ip, words, "127.0.0.9", "127.0.0.1", init, make_init(init)));
    inject(ip, make_ip6(ip, IPPROTO_SCTP, NETNS_SECOND_IPV6, "::1", init, make_init(init)));
    check_answers(fixture, before, 12);
}

/* covers: attacks/P16 */
static void test_headers_that_cannot_be(void **state)
{
    struct fixture *fixture = *state;
    uint8_t init[INIT_BYTES], ip[SPARE];
    size_t length;

    skip_unless_possible();
    bring_up(fixture);
    uint64_t before = answers_of(fixture);
    for (unsigned first = 0; first < 256; first++) { /* version and IHL */
        if (first == 0x45)
            continue;
        length = make_ip4(ip, 5, "127.0.0.9", "127.0.0.1", init, make_init(init));
        ip[0] = (uint8_t)first;
        put_u16(ip + 10, 0);
        put_u16(ip + 10, sum_of(ip, IP4));
        inject(ip, length);
    }
    for (unsigned total = 0; total <= 0xffff; total += total < 60 ? 1 : 4999) { /* total length */
        length = make_ip4(ip, 5, "127.0.0.9", "127.0.0.1", init, make_init(init));
        if (total == length)
            continue;
        put_u16(ip + 2, total);
        put_u16(ip + 10, 0);
        put_u16(ip + 10, sum_of(ip, IP4));
        inject(ip, length);
    }
    length = make_ip4(ip, 5, "127.0.0.9", "127.0.0.1", init, make_init(init));
    ip[10] ^= 1; /* checksum of the header */
    inject(ip, length);
    length = make_ip4(ip, 5, "127.0.0.9", "127.0.0.1", init, make_init(init));
    ip[IP4 + 8] ^= 1; /* of the packet */
    inject(ip, length);
    check_is_up(fixture);
    /* Nothing but SACKs and the like of that one message. */
    assert_true(answers_of(fixture) - before < 6);
}

/* A train of bytes that follows the packet in the same frame is not part of it. */
static void test_padding_of_the_frame(void **state)
{
    struct fixture *fixture = *state;
    uint8_t init[INIT_BYTES], ip[SPARE];
    size_t length;

    skip_unless_possible();
    uint64_t before = answers_of(fixture);
    memset(ip, 0x55, sizeof(ip));
    length = make_ip4(ip, 5, "127.0.0.9", "127.0.0.1", init, make_init(init));
    inject(ip, length + 200);
    memset(ip, 0x55, sizeof(ip));
    length = make_ip6(ip, IPPROTO_SCTP, NETNS_SECOND_IPV6, "::1", init, make_init(init));
    inject(ip, length + 200);
    check_answers(fixture, before, 2);
}

/* RFC 9260 8.4, and what the kernel calls martian: nobody is answered, whoever filters it. */
static void test_sources_and_destinations_that_are_no_hosts(void **state)
{
    static const char *const pairs[][2] = {{"224.0.0.1", "127.0.0.1"},
                                           {"255.255.255.255", "127.0.0.1"},
                                           {"0.0.0.0", "127.0.0.1"},
                                           {"240.0.0.1", "127.0.0.1"},
                                           {"127.255.255.255", "127.0.0.1"},
                                           {"127.0.0.9", "224.0.0.1"},
                                           {"127.0.0.9", "255.255.255.255"},
                                           {"127.0.0.9", "127.255.255.255"},
                                           {"ff02::1", "::1"},
                                           {"::", "::1"},
                                           {NETNS_SECOND_IPV6, "ff02::1"},
                                           {"::ffff:127.0.0.1", "::1"}};
    struct fixture *fixture = *state;
    uint8_t init[INIT_BYTES], ip[SPARE];

    skip_unless_possible();
    bring_up(fixture);
    uint64_t before = answers_of(fixture);
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        size_t length = make_init(init);

        if (strchr(pairs[i][0], ':'))
            length = make_ip6(ip, IPPROTO_SCTP, pairs[i][0], pairs[i][1], init, length);
        else
            length = make_ip4(ip, 5, pairs[i][0], pairs[i][1], init, length);
        inject(ip, length);
    }
    check_is_up(fixture);
    assert_true(answers_of(fixture) - before < 6);
}

/* ---- extension headers of IPv6 -------------------------------------------------------------- */

/* The packet behind one extension header of 8 bytes. */
static size_t make_extended(uint8_t *ip, uint8_t type, const uint8_t header[8])
{
    uint8_t payload[8 + INIT_BYTES];

    memcpy(payload, header, 8);
    (void)make_init(payload + 8);
    return make_ip6(ip, type, NETNS_SECOND_IPV6, "::1", payload, sizeof(payload));
}

static void test_extension_headers(void **state)
{
    static const uint8_t options[8] = {IPPROTO_SCTP, 0, 1, 4, 0, 0, 0, 0}; /* PadN */
    static const uint8_t atomic[8] = {IPPROTO_SCTP, 0, 0, 0, 1, 2, 3, 4};  /* RFC 6946 */
    struct fixture *fixture = *state;
    uint8_t ip[SPARE];

    skip_unless_possible();
    uint64_t before = answers_of(fixture);
    inject(ip, make_extended(ip, OPTIONS_HBH, options));
    inject(ip, make_extended(ip, OPTIONS_DEST, options));
    inject(ip, make_extended(ip, FRAGMENT, atomic));
    check_answers(fixture, before, 3);
}

static void test_bad_extension_headers(void **state)
{
    static const uint8_t too_long[8] = {IPPROTO_SCTP, 200, 1, 4, 0, 0, 0, 0};
    static const uint8_t unknown_option[8] = {IPPROTO_SCTP, 0, 0xc2, 4, 0, 0, 0, 0};
    static const uint8_t route[8] = {IPPROTO_SCTP, 2, 0, 1, 0, 0, 0, 0}; /* RFC 5095 */
    static const uint8_t first_of_two[8] = {IPPROTO_SCTP, 0, 0, 1, 1, 2, 3, 4};
    struct fixture *fixture = *state;
    uint8_t ip[SPARE];

    skip_unless_possible();
    bring_up(fixture);
    uint64_t before = answers_of(fixture);
    inject(ip, make_extended(ip, OPTIONS_DEST, too_long));
    inject(ip, make_extended(ip, OPTIONS_DEST, unknown_option));
    inject(ip, make_extended(ip, ROUTING, route));
    inject(ip, make_extended(ip, FRAGMENT, first_of_two));
    check_is_up(fixture);
    assert_true(answers_of(fixture) - before < 6);
}

/* ---- ICMP ---------------------------------------------------------------------------------- */

struct icmp {
    uint8_t type, code;
    size_t quoted;     /* bytes of our packet */
    uint32_t rest;     /* MTU or pointer */
    size_t changed_at; /* a byte of it that is another one; SIZE_MAX: none */
};

/* The message about a packet of ours; the kernel makes the header, with IPv6 also the checksum. */
static void send_icmp(const struct icmp *icmp, const char *from, const char *to,
                      const uint8_t *packet)
{
    bool is_ip6 = strchr(from, ':') != NULL;
    uint8_t message[SPARE] = {icmp->type, icmp->code}, quoted[INIT_BYTES];
    sctpx_addr addr = addr_of(from);
    struct sockaddr_storage name;
    int size = sctpx_addr_to_sockaddr(&addr, &name);
    int fd = socket(is_ip6 ? AF_INET6 : AF_INET, SOCK_RAW, is_ip6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
    size_t length;

    put_u16(message + 4, icmp->rest >> 16);
    put_u16(message + 6, icmp->rest & 0xffff);
    memcpy(quoted, packet, INIT_BYTES);
    if (icmp->changed_at != SIZE_MAX)
        quoted[icmp->changed_at] ^= 1;
    length = 8 + (is_ip6 ? make_ip6(message + 8, IPPROTO_SCTP, from, to, quoted, icmp->quoted)
                         : make_ip4(message + 8, 5, from, to, quoted, icmp->quoted));
    if (!is_ip6)
        put_u16(message + 2, sum_of(message, length));
    assert_true(fd >= 0);
    assert_int_equal(sendto(fd, message, length, 0, (struct sockaddr *)&name, (socklen_t)size),
                     length);
    close(fd);
}

/* Somebody who has protocol 132 at an address and says nothing. */
static int silence(const char *ip)
{
    sctpx_addr addr = addr_of(ip);
    struct sockaddr_storage name;
    int size = sctpx_addr_to_sockaddr(&addr, &name);
    int fd = socket(addr.family == SCTPX_IPV4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_NONBLOCK,
                    IPPROTO_SCTP);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&name, (socklen_t)size), 0);
    return fd;
}

/* RFC 9260 10: what must not end a set-up, then what may. */
static void check_set_up(struct fixture *fixture, const char *from, const char *to,
                         const struct icmp *ignored, size_t count, const struct icmp *right)
{
    int fd = silence(to);
    uint8_t packet[SPARE];
    ssize_t length = -1;
    size_t header = strchr(from, ':') ? 0 : IP4;

    sctpx_server_close(fixture->server);
    fixture->socket = connect_to(fixture, from, to);
    RUN_UNTIL(fixture->loop, (length = recv(fd, packet, sizeof(packet), 0)) > 0);
    assert_true((size_t)length >= header + INIT_BYTES);
    for (size_t i = 0; i < count; i++) {
        send_icmp(&ignored[i], from, to, packet + header);
        for (unsigned turn = 0; turn < 4; turn++)
            assert_true(sctpx_loop_process(fixture->loop) >= 0);
        if (fixture->client.closed != 0)
            fail_msg("type %u, code %u, number %zu", ignored[i].type, ignored[i].code, i);
    }
    assert_int_equal(sctpx_socket_state(fixture->socket), SCTPX_CONNECTING);
    send_icmp(right, from, to, packet + header);
    RUN_UNTIL(fixture->loop, fixture->client.closed != 0);
    assert_int_equal(fixture->client.closed, SCTPX_EREFUSED);
    sctpx_socket_free(fixture->socket);
    fixture->socket = NULL;
    close(fd);
}

static void test_icmp_in_a_set_up(void **state)
{
    static const struct icmp ignored[] = {
        {3, 2, 8, 0, SIZE_MAX},  /* no Initiate Tag in it */
        {3, 2, 16, 0, SIZE_MAX}, /* nor there */
        {3, 2, 19, 0, SIZE_MAX}, /* a byte too short */
        {3, 2, 32, 0, 16},       /* another Initiate Tag (ICMP7) */
        {3, 2, 32, 0, 4},        /* verification tag not 0 */
        {3, 2, 32, 0, 12},       /* not an INIT */
        {3, 2, 32, 0, 1},        /* another port of ours */
        {3, 2, 32, 0, 3},        /* of the peer's */
        {3, 0, 32, 0, SIZE_MAX},  {3, 1, 32, 0, SIZE_MAX},  {3, 3, 32, 0, SIZE_MAX},
        {3, 4, 32, 0, SIZE_MAX},  {3, 4, 32, 68, SIZE_MAX}, {3, 13, 32, 0, SIZE_MAX},
        {3, 99, 32, 0, SIZE_MAX}, {4, 0, 32, 0, SIZE_MAX},  {11, 0, 32, 0, SIZE_MAX},
        {12, 0, 32, 0, SIZE_MAX}, {5, 1, 32, 0, SIZE_MAX},
    };
    static const struct icmp right = {3, 2, 32, 0, SIZE_MAX};

    skip_unless_possible();
    check_set_up(*state, "127.0.0.1", "127.0.0.7", ignored, sizeof(ignored) / sizeof(ignored[0]),
                 &right);
}

static void test_icmp6_in_a_set_up(void **state)
{
    static const struct icmp ignored[] = {
        {4, 1, 8, 6, SIZE_MAX},    {4, 1, 19, 6, SIZE_MAX},    {4, 1, 32, 6, 16},
        {4, 1, 32, 6, 4},          {4, 1, 32, 6, 1},           {4, 0, 32, 6, SIZE_MAX},
        {4, 2, 32, 6, SIZE_MAX},   {1, 0, 32, 0, SIZE_MAX},    {1, 4, 32, 0, SIZE_MAX},
        {2, 0, 32, 0, SIZE_MAX},   {2, 0, 32, 1280, SIZE_MAX}, {3, 0, 32, 0, SIZE_MAX},
        {100, 1, 32, 0, SIZE_MAX},
    };
    static const struct icmp right = {4, 1, 32, 6, SIZE_MAX};

    skip_unless_possible();
    check_set_up(*state, "::1", NETNS_SECOND_IPV6, ignored, sizeof(ignored) / sizeof(ignored[0]),
                 &right);
}

/* Even with everything right in it: who is up trusts his own supervision. */
static void test_icmp_when_up(void **state)
{
    struct fixture *fixture = *state;
    uint8_t packet[SPARE] = {0};
    int fd;
    ssize_t length = -1;

    skip_unless_possible();
    bring_up(fixture);
    fd = silence("127.0.0.1"); /* sees what goes to and fro */
    assert_int_equal(sctpx_socket_write_datagram(fixture->socket, "hello", 5, NULL), 0);
    RUN_UNTIL(fixture->loop, (length = recv(fd, packet, sizeof(packet), 0)) >= IP4 + INIT_BYTES);
    RUN_UNTIL(fixture->loop, sctpx_socket_bytes_available(fixture->accepted, 0) > 0);
    assert_int_equal(sctpx_socket_read_datagram(fixture->accepted, 0, packet + SPARE / 2, 8, NULL),
                     5);
    for (uint8_t type = 3; type <= 12; type++)
        for (uint8_t code = 0; code < 16; code++) {
            const struct icmp icmp = {type, code, INIT_BYTES, 68, SIZE_MAX};

            if (type != 8 && type != 5)
                send_icmp(&icmp, "127.0.0.1", "127.0.0.1", packet + IP4);
        }
    for (unsigned i = 0; i < 20; i++)
        check_is_up(fixture);
    close(fd);
}

/* More errors than the queue holds, and nobody reads meanwhile: the loop goes on, and sleeps. */
static void test_a_flood_of_icmp(void **state)
{
    static const struct icmp icmp = {3, 2, INIT_BYTES, 0, SIZE_MAX};
    struct fixture *fixture = *state;
    struct pollfd poll_fd = {.events = POLLIN};
    uint8_t init[INIT_BYTES];

    skip_unless_possible();
    bring_up(fixture);
    (void)make_init(init);
    for (unsigned i = 0; i < 20000; i++)
        send_icmp(&icmp, "127.0.0.1", "127.0.0.1", init);
    check_is_up(fixture);
    poll_fd.fd = sctpx_loop_fd(fixture->loop);
    for (unsigned i = 0; i < 1000 && poll(&poll_fd, 1, 0) > 0; i++)
        assert_true(sctpx_loop_process(fixture->loop) >= 0);
    assert_int_equal(poll(&poll_fd, 1, 0), 0);
    check_is_up(fixture);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* Packets from 127.0.0.9 are taken although they come in by a route, not from the sending side. */
static bool allow_loopback_sources(void)
{
    static const char *const settings[][2] = {
        {"route_localnet", "1"}, {"accept_local", "1"}, {"rp_filter", "0"}};
    bool is_set = true;

    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 2; k++) {
            char path[80];
            FILE *file;

            (void)snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/%s", k ? "lo" : "all",
                           settings[i][0]);
            file = fopen(path, "w");
            is_set = is_set && file && fputs(settings[i][1], file) >= 0;
            if (file)
                is_set = fclose(file) == 0 && is_set;
        }
    return is_set;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_good_packets_by_hand), TEST(test_headers_that_cannot_be),
        TEST(test_padding_of_the_frame), TEST(test_sources_and_destinations_that_are_no_hosts),
        TEST(test_extension_headers),    TEST(test_bad_extension_headers),
        TEST(test_icmp_in_a_set_up),     TEST(test_icmp6_in_a_set_up),
        TEST(test_icmp_when_up),         TEST(test_a_flood_of_icmp),
    };

    is_possible = netns_enter() && netns_has_raw() && allow_loopback_sources();
    return cmocka_run_group_tests_name("hostile_wire", tests, NULL, NULL);
}
