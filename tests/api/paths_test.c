/* SPDX-License-Identifier: MIT */
#include "support/homes.h"

static int setup(void **state)
{
    static struct homes homes;

    homes_open(&homes, SCTPX_IPV4, NULL);
    *state = &homes;
    return 0;
}

static int teardown(void **state)
{
    homes_close(*state);
    return 0;
}

static bool are_confirmed(const struct probe *probe)
{
    size_t count = sctpx_socket_path_count(probe->socket);

    for (size_t i = 0; i < count; i++) {
        sctpx_path_status path;

        assert_int_equal(sctpx_socket_path_status(probe->socket, i, &path), 0);
        if (!path.confirmed)
            return false;
    }
    return count == 2;
}

/* covers: 9260/11.1.2-2 */
static void test_both_addresses_become_paths(void **state)
{
    struct homes *homes = *state;
    sctpx_path_status path;
    sctpx_addr addrs[4];

    RUN_UNTIL(homes->bed.loop, are_confirmed(&homes->client) && are_confirmed(&homes->peer));
    RUN_UNTIL(homes->bed.loop, homes->client.count[PROBE_PATH] >= 1);
    assert_int_equal(sctpx_socket_peer_addrs(homes->client.socket, addrs, 4), 2);
    assert_true(sctpx_addr_same_ip(&addrs[0], &(sctpx_addr){.family = 4, .ip = {127, 0, 0, 3}}));
    assert_true(sctpx_addr_same_ip(&addrs[1], &(sctpx_addr){.family = 4, .ip = {127, 0, 0, 4}}));
    assert_int_equal(sctpx_socket_peer_addrs(homes->peer.socket, addrs, 1), 2);
    assert_int_equal(sctpx_socket_local_addrs(homes->client.socket, addrs, 4), 2);
    assert_int_equal(sctpx_socket_path_status(homes->client.socket, 2, &path), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_path_status(homes->client.socket, 1, &path), 0);
    assert_true(path.active);
}

/* covers: 9260/11.1.6-1 */
static void test_set_primary(void **state)
{
    struct homes *homes = *state;
    sctpx_assoc_status status;
    char text[8];

    RUN_UNTIL(homes->bed.loop, homes->client.count[PROBE_CONNECTED] == 1);
    assert_int_equal(sctpx_socket_set_primary(homes->client.socket, 7), SCTPX_EINVAL);
    RUN_UNTIL(homes->bed.loop, are_confirmed(&homes->client));
    assert_int_equal(sctpx_socket_set_primary(homes->client.socket, 1), 0);
    assert_int_equal(sctpx_socket_status(homes->client.socket, &status), 0);
    assert_int_equal(status.primary, 1);
    assert_int_equal(sctpx_socket_write_datagram(homes->client.socket, "x", 1, NULL), 0);
    RUN_UNTIL(homes->bed.loop, homes->peer.count[PROBE_READABLE] == 1);
    assert_int_equal(sctpx_socket_read_datagram(homes->peer.socket, 0, text, 8, NULL), 1);
}

/* covers: 9260/11.1.10-1 */
static void test_heartbeat(void **state)
{
    struct homes *homes = *state;

    RUN_UNTIL(homes->bed.loop, are_confirmed(&homes->client));
    for (size_t path = 0; path < 2; path++) {
        unsigned before = homes->client.count[PROBE_HEARTBEAT];

        assert_int_equal(sctpx_socket_heartbeat(homes->client.socket, path), 0);
        RUN_UNTIL(homes->bed.loop, homes->client.count[PROBE_HEARTBEAT] > before);
        assert_in_range(homes->client.rtt_us, 1, LOOPBACK_LIMIT_US);
    }
    assert_int_equal(sctpx_socket_heartbeat(homes->client.socket, 2), SCTPX_EINVAL);
}

/* The first address is of nobody: the association comes up over the second one.
 * covers: 9260/11.1.2-1 */
static void test_connect_over_the_second_address(void **state)
{
    struct homes *homes = *state;
    uint16_t udp_port = sctpx_server_udp_port(homes->bed.server);
    const sctpx_addr remotes[2] = {loopback_v4(9, udp_port), loopback_v4(3, udp_port)};
    sctpx_socket_options options;
    struct probe client = {0};
    sctpx_socket *socket;

    ENGINE_SERVER_ONLY("a kernel's SCTP is behind all addresses");
    bed_socket_options(&options);
    options.assoc.rto_initial_us = options.assoc.rto_min_us = 20000;
    assert_int_equal(sctpx_socket_new(homes->bed.loop, &options, &socket), 0);
    probe_attach(&client, socket);
    assert_int_equal(sctpx_socket_connect(socket, remotes, 2, sctpx_server_port(homes->bed.server)),
                     0);
    RUN_UNTIL(homes->bed.loop, client.count[PROBE_CONNECTED] || client.count[PROBE_CLOSED]);
    assert_int_equal(client.count[PROBE_CONNECTED], 1);
    sctpx_socket_free(socket);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_both_addresses_become_paths, setup, teardown),
        cmocka_unit_test_setup_teardown(test_set_primary, setup, teardown),
        cmocka_unit_test_setup_teardown(test_heartbeat, setup, teardown),
        cmocka_unit_test_setup_teardown(test_connect_over_the_second_address, setup, teardown),
    };

    return cmocka_run_group_tests_name("paths", tests, NULL, NULL);
}
