/* SPDX-License-Identifier: MIT */
/* The engine of one driver, used by several threads: what it costs, and when that ends. */
#include <stddef.h>

#include "api/server.h"
#include "api/socket.h"
#include "backend/guard.h"
#include "support/loopback.h"

static int setup(void **state)
{
    static struct bed bed;

    bed_open(&bed, SCTPX_IPV4, 0, NULL);
    *state = &bed;
    return 0;
}

static int teardown(void **state)
{
    bed_close(*state);
    return 0;
}

typedef void (*operation)(void);

/* What the engine's backend can do must be there under the mutex too. */
static void test_guard_has_every_operation(void **state)
{
    const struct bed *bed = *state;
    const operation *plain = (const operation *)(const void *)bed->server->backend->table;
    const operation *guarded = (const operation *)(const void *)&sctpxi_guard_table;

    assert_ptr_not_equal(bed->server->backend->table, &sctpxi_guard_table);
    for (size_t i = 0; i < sizeof(sctpxi_guard_table) / sizeof(operation); i++)
        if (plain[i] && !guarded[i])
            fail_msg("operation %zu of struct sctpxi_backend_table is not in guard.c", i);
}

/* No mutex before, and none after the last one has gone. */
static void test_share_lasts_as_long_as_it_is_needed(void **state)
{
    struct bed *bed = *state;
    const struct sctpxi_backend *backend = bed->server->backend;
    const struct sctpxi_backend_table *plain = backend->table;
    struct probe clients[3] = {0}, peers[3] = {0};

    for (int i = 0; i < 3; i++)
        bed_pair(bed, &clients[i], &peers[i], 0);
    assert_null(backend->share);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(sctpx_socket_detach(peers[i].socket), 0);
        assert_non_null(backend->share);
        assert_ptr_equal(backend->table, &sctpxi_guard_table);
        assert_ptr_equal(peers[2].socket->backend->table, &sctpxi_guard_table);
    }
    sctpx_socket_free(peers[0].socket);
    RUN_UNTIL(bed->loop, clients[0].count[PROBE_CLOSED] == 1);
    assert_non_null(backend->share);
    sctpx_socket_free(peers[1].socket);
    RUN_UNTIL(bed->loop, clients[1].count[PROBE_CLOSED] == 1);
    assert_null(backend->share);
    assert_ptr_equal(backend->table, plain);
    assert_int_equal(sctpx_socket_write_datagram(peers[2].socket, "still", 5, NULL), 0);
    RUN_UNTIL(bed->loop, clients[2].count[PROBE_READABLE] == 1);
    for (int i = 0; i < 3; i++)
        sctpx_socket_free(clients[i].socket);
    sctpx_socket_free(peers[2].socket);
}

/* The last of all who use the port is on another loop: the port lives until that one goes. */
static void test_port_outlives_its_server(void **state)
{
    struct bed *bed = *state;
    struct probe client = {0}, peer = {0};

    bed_pair(bed, &client, &peer, 0);
    assert_int_equal(sctpx_socket_detach(peer.socket), 0);
    sctpx_server_close(bed->server);
    assert_int_equal(sctpx_socket_write_datagram(peer.socket, "still", 5, NULL), 0);
    RUN_UNTIL(bed->loop, client.count[PROBE_READABLE] == 1);
    sctpx_socket_free(peer.socket);
    RUN_UNTIL(bed->loop, client.count[PROBE_CLOSED] == 1);
    assert_int_equal(client.closed, SCTPX_EPEERABORT);
    sctpx_socket_free(client.socket);
    assert_true(sctpx_loop_run_once(bed->loop, 0) >= 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_guard_has_every_operation),
        TEST(test_share_lasts_as_long_as_it_is_needed),
        TEST(test_port_outlives_its_server),
    };

    return cmocka_run_group_tests_name("share", tests, NULL, NULL);
}
