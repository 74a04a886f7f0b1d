/* SPDX-License-Identifier: MIT */
/* ctest: labels=suite */
/*
 * What Qt's own test of QSctpSocket shows, scenario by scenario: numbers 1 to 13 of SCENARIOS.
 * Where a descriptor is meant, the engine has none: -1.
 */
#include "support/pair.h"

#include <sctpx/read.h>

#include <ifaddrs.h>
#include <string.h>

static int setup_bed(void **state)
{
    static struct pair pair;

    pair = (struct pair){0};
    bed_open(&pair.bed, bed_family(), 0, NULL);
    *state = &pair;
    return 0;
}

static void connect_to(struct bed *bed, struct probe *client)
{
    assert_int_equal(
        sctpx_socket_connect(client->socket, &bed->addr, 1, sctpx_server_port(bed->server)), 0);
}

static void test_qt_1_fresh_socket(void **state)
{
    struct pair *pair = *state;
    sctpx_socket *socket = bed_socket(&pair->bed, &pair->client, NULL);
    sctpx_addr addr;
    char byte;

    assert_int_equal(sctpx_socket_state(socket), SCTPX_UNCONNECTED);
    assert_int_equal(sctpx_socket_mode(socket), SCTPX_MODE_DATAGRAM);
    assert_int_equal(sctpx_socket_maximum_channel_count(socket), 0);
    assert_int_equal(sctpx_socket_in_streams(socket), 0);
    assert_int_equal(sctpx_socket_out_streams(socket), 0);
    assert_int_equal(sctpx_socket_bytes_available(socket, SCTPX_ANY_STREAM), 0);
    assert_int_equal(sctpx_socket_bytes_to_write(socket, SCTPX_ANY_STREAM), 0);
    assert_int_equal(sctpx_socket_read_datagram(socket, 0, &byte, 1, NULL), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_read_bytes(socket, 0, &byte, 1), SCTPX_ESTATE);
    assert_false(sctpx_socket_can_read_line(socket, 0));
    assert_int_equal(sctpx_socket_descriptor(socket), -1);
    assert_int_equal(sctpx_socket_local_port(socket), 0);
    assert_int_equal(sctpx_socket_peer_port(socket), 0);
    assert_int_equal(sctpx_socket_local_addrs(socket, &addr, 1), 0);
    assert_int_equal(sctpx_socket_peer_addrs(socket, &addr, 1), 0);
    assert_int_equal(sctpx_socket_error(socket), 0);
    assert_string_equal(sctpx_socket_error_string(socket), "");
    assert_string_equal(pair->client.log, "");
}

static bool addr_of(const struct ifaddrs *interface, sctpx_addr *ret_addr)
{
    return interface->ifa_addr != NULL &&
           sctpx_addr_from_sockaddr(interface->ifa_addr, sizeof(struct sockaddr_storage),
                                    ret_addr) == 0 &&
           !sctpx_addr_is_link_local(ret_addr);
}

static void test_qt_2_bind_to_every_address(void **state)
{
    struct pair *pair = *state;
    struct ifaddrs *interfaces;
    unsigned bound = 0;

    assert_int_equal(getifaddrs(&interfaces), 0);
    for (const struct ifaddrs *i = interfaces; i; i = i->ifa_next) {
        struct probe client = {0};
        sctpx_addr addr, got;
        sctpx_socket *socket;

        if (!addr_of(i, &addr))
            continue;
        socket = bed_socket(&pair->bed, &client, NULL);
        assert_int_equal(sctpx_socket_bind(socket, &addr, 1, 0, 0), 0);
        assert_int_equal(sctpx_socket_local_addrs(socket, &got, 1), 1);
        assert_true(sctpx_addr_same_ip(&got, &addr));
        assert_int_equal(sctpx_socket_state(socket), SCTPX_UNCONNECTED);
        sctpx_socket_free(socket);
        bound++;
    }
    freeifaddrs(interfaces);
    assert_true(bound > 0);
}

static void test_qt_3_bind_to_foreign_addresses(void **state)
{
    static const char *const texts[] = {"198.51.100.7", "2001:db8::7"};
    struct pair *pair = *state;
    sctpx_socket *socket = bed_socket(&pair->bed, &pair->client, NULL);

    for (size_t i = 0; i < 2; i++) {
        sctpx_addr addr;

        assert_int_equal(sctpx_addr_parse(texts[i], &addr), 0);
        if (!loopback_has(addr.family))
            continue;
        assert_int_equal(sctpx_socket_bind(socket, &addr, 1, 0, 0), SCTPX_EADDRNOTAVAIL);
        assert_int_equal(sctpx_socket_error(socket), SCTPX_EADDRNOTAVAIL);
        assert_string_not_equal(sctpx_socket_error_string(socket), "");
        assert_int_equal(sctpx_socket_local_addrs(socket, &addr, 1), 0);
    }
}

/* Only lawful ones, in order; and a descriptor from then on, if it is the kernel's. */
static void test_qt_6_states_on_the_way(void **state)
{
    struct pair *pair = *state;
    sctpx_socket *socket = bed_socket(&pair->bed, &pair->client, NULL);

    assert_int_equal(sctpx_socket_descriptor(socket), -1);
    connect_to(&pair->bed, &pair->client);
    assert_int_equal(sctpx_socket_state(socket), SCTPX_CONNECTING);
    while (sctpx_socket_state(socket) != SCTPX_CONNECTED) {
        assert_int_equal(sctpx_socket_state(socket), SCTPX_CONNECTING);
        assert_int_equal(sctpx_loop_run_once(pair->bed.loop, 5000), 1);
    }
    RUN_UNTIL(pair->bed.loop, pair->client.count[PROBE_CONNECTED] == 1);
    assert_string_equal(pair->client.log, "connecting connected up");
    bed_accept(&pair->bed, &pair->peer);
    assert_int_equal(sctpx_socket_descriptor(socket) >= 0, bed_client_is_kernel());
    assert_int_equal(sctpx_socket_descriptor(pair->peer.socket) >= 0, bed_server_is_kernel());
}

static void test_qt_7_unknown_host(void **state)
{
    /* Too long a label to be asked of any server. */
    char host[80] = "";
    struct pair *pair = *state;
    sctpx_socket *socket = bed_socket(&pair->bed, &pair->client, NULL);

    memset(host, 'a', sizeof(host) - 1);
    assert_int_equal(sctpx_socket_connect_name(socket, host, 7), 0);
    assert_int_equal(sctpx_socket_wait_for_connected(socket, 10000), SCTPX_EHOSTNOTFOUND);
    assert_int_equal(sctpx_socket_state(socket), SCTPX_UNCONNECTED);
    assert_int_equal(sctpx_socket_error(socket), SCTPX_EHOSTNOTFOUND);
    assert_string_equal(sctpx_socket_peer_name(socket), host);
}

static void test_qt_8_connect_with_default_counts(void **state)
{
    struct pair pair;

    (void)state;
    pair_open(&pair, 0, 0, NULL, NULL);
    assert_int_equal(sctpx_socket_state(pair.peer.socket), SCTPX_CONNECTED);
    assert_true(sctpx_socket_in_streams(pair.client.socket) > 0);
    assert_int_equal(sctpx_socket_in_streams(pair.client.socket),
                     sctpx_socket_out_streams(pair.peer.socket));
    assert_int_equal(sctpx_socket_out_streams(pair.client.socket),
                     sctpx_socket_in_streams(pair.peer.socket));
    assert_int_equal(sctpx_socket_peer_port(pair.client.socket),
                     sctpx_socket_local_port(pair.peer.socket));
    assert_int_equal(sctpx_socket_local_port(pair.client.socket),
                     sctpx_socket_peer_port(pair.peer.socket));
    pair_close(&pair);
}

static void test_qt_9_one_message_to_the_client(void **state)
{
    struct pair *pair = *state;
    uint8_t data[1000];

    pattern_fill(data, sizeof(data), 9);
    pair_pass(pair, &pair->peer, 0, data, sizeof(data));
    assert_int_equal(pair->client.count[PROBE_READABLE], 1);
    assert_int_equal(sctpx_socket_state(pair->client.socket), SCTPX_CONNECTED);
    assert_int_equal(sctpx_socket_state(pair->peer.socket), SCTPX_CONNECTED);
    assert_int_equal(sctpx_socket_error(pair->client.socket), 0);
    assert_int_equal(sctpx_socket_error(pair->peer.socket), 0);
}

static const uint8_t payload[600] = {0, 'a', 0, 0, 'b', 0xff, 0};
static const size_t lengths[] = {1, 2, 4, 7, sizeof(payload)};

static void test_qt_10_exchange_on_channels(void **state)
{
    static const uint16_t channels[][2] = {{0, 0}, {1, 1}, {0, 1}, {1, 0}};
    struct pair *pair = *state;

    for (size_t c = 0; c < sizeof(channels) / sizeof(channels[0]); c++) {
        for (size_t l = 0; l < sizeof(lengths) / sizeof(lengths[0]); l++) {
            pair_pass(pair, &pair->client, channels[c][0], payload, lengths[l]);
            pair_pass(pair, &pair->peer, channels[c][1], payload, lengths[l]);
        }
    }
}

static void pass_bytes(struct pair *pair, struct probe *from, struct probe *to, size_t length)
{
    uint8_t got[sizeof(payload) + 1];

    assert_int_equal(sctpx_socket_write(from->socket, payload, length), length);
    assert_true(sctpx_socket_flush(from->socket) >= 0);
    RUN_UNTIL(pair->bed.loop, pair_available(to, SCTPX_ANY_STREAM) == length);
    assert_int_equal(sctpx_socket_read(to->socket, got, sizeof(got)), length);
    assert_memory_equal(got, payload, length);
}

static void test_qt_11_exchange_of_bytes(void **state)
{
    struct pair *pair = *state;

    assert_int_equal(sctpx_socket_in_streams(pair->client.socket), 1);
    assert_int_equal(sctpx_socket_out_streams(pair->peer.socket), 1);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        pass_bytes(pair, &pair->client, &pair->peer, lengths[i]);
        pass_bytes(pair, &pair->peer, &pair->client, lengths[i]);
    }
}

static void test_qt_12_closing_drops_what_was_not_read(void **state)
{
    struct pair *pair = *state;
    char text[16];

    assert_int_equal(pair_send(&pair->peer, 0, "unread", 6), 0);
    RUN_UNTIL(pair->bed.loop, pair_available(&pair->client, 0) == 6);
    assert_int_equal(sctpx_socket_close(pair->client.socket), 0);
    assert_int_equal(pair_available(&pair->client, SCTPX_ANY_STREAM), 0);
    assert_int_equal(sctpx_socket_read_datagram(pair->client.socket, 0, text, sizeof(text), NULL),
                     SCTPX_ESTATE);
    RUN_UNTIL(pair->bed.loop, pair_is_closed(pair));
    assert_int_equal(pair_available(&pair->client, SCTPX_ANY_STREAM), 0);
}

/* The server looks only when all is over. */
static void test_qt_13_written_and_closed_at_once(void **state)
{
    struct pair *pair = *state;
    struct bed *bed = &pair->bed;
    uint8_t data[7000], got[7001];

    bed_connect(bed, &pair->client, 0, NULL);
    assert_int_equal(sctpx_socket_wait_for_connected(pair->client.socket, 10000), 0);
    pattern_fill(data, sizeof(data), 13);
    assert_int_equal(pair_send(&pair->client, 0, data, sizeof(data)), 0);
    assert_int_equal(sctpx_socket_close(pair->client.socket), 0);
    assert_int_equal(sctpx_socket_state(pair->client.socket), SCTPX_CLOSING);
    assert_int_equal(sctpx_socket_wait_for_disconnected(pair->client.socket, 10000), 0);
    assert_int_equal(sctpx_socket_error(pair->client.socket), 0);
    bed_accept(bed, &pair->peer);
    RUN_UNTIL(bed->loop, sctpx_socket_next_datagram_size(pair->peer.socket, 0) >= 0);
    assert_int_equal(sctpx_socket_read_datagram(pair->peer.socket, 0, got, sizeof(got), NULL),
                     sizeof(data));
    assert_memory_equal(got, data, sizeof(data));
}

#define WITH_BED(test) cmocka_unit_test_setup_teardown(test, setup_bed, pair_teardown)
#define WITH_PAIR(test) cmocka_unit_test_setup_teardown(test, pair_setup, pair_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BED(test_qt_1_fresh_socket),
        WITH_BED(test_qt_2_bind_to_every_address),
        WITH_BED(test_qt_3_bind_to_foreign_addresses),
        WITH_BED(test_qt_6_states_on_the_way),
        WITH_BED(test_qt_7_unknown_host),
        cmocka_unit_test(test_qt_8_connect_with_default_counts),
        WITH_PAIR(test_qt_9_one_message_to_the_client),
        WITH_PAIR(test_qt_10_exchange_on_channels),
        cmocka_unit_test_setup_teardown(test_qt_11_exchange_of_bytes, pair_setup_bytes,
                                        pair_teardown),
        WITH_PAIR(test_qt_12_closing_drops_what_was_not_read),
        WITH_BED(test_qt_13_written_and_closed_at_once),
    };

    return cmocka_run_group_tests_name("qt_socket", tests, NULL, NULL);
}
