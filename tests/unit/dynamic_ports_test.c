/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/endpoint.h"
#include "support/engine_rig.h"

enum { FIRST = 49152, COUNT = 16384, OF_BLOCK = SCTPXI_PORT_BLOCK_PORTS };

static struct engine_rig rig;

static void set_up(void)
{
    engine_rig_init(&rig);
    engine_rig_start(&rig);
}

static void tear_down(void)
{
    engine_rig_flush(&rig);
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

/* A bit for each port. */
static bool seen[65536];

/* So many connects to the peer's port; each has a port of its own, between the two. */
static void connect_many(unsigned count, unsigned lowest, unsigned highest)
{
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(engine_rig_try_connect(&rig), 0);
        assert_in_range(rig.assoc->local_port, lowest, highest);
        assert_false(seen[rig.assoc->local_port]);
        seen[rig.assoc->local_port] = true;
    }
}

/* The port that is picked is free towards every address. */
static void test_picked_ports_differ(void **state)
{
    (void)state;
    memset(seen, 0, sizeof seen);
    set_up();
    connect_many(300, FIRST, 65535);
    tear_down();
}

/* Nor is it the peer's: over raw IP one's own INIT to this host comes back. */
static void test_the_peers_port_is_not_picked(void **state)
{
    (void)state;
    set_up();
    for (unsigned i = 0; i < 10 * COUNT; i++) /* each dynamic port is drawn some times */
        assert_int_not_equal(sctpxi_dynamic_ports_pick(rig.ep, NULL, 0, 50000), 50000);
    tear_down();
}

static void test_every_port_serves(void **state)
{
    (void)state;
    unsigned different = 0;
    memset(seen, 0, sizeof seen);
    set_up();
    for (unsigned i = 0; i < 20 * COUNT; i++) {
        int port = sctpxi_dynamic_ports_pick(rig.ep, NULL, 0, 0);
        assert_in_range(port, FIRST, 65535);
        different += !seen[port];
        seen[port] = true;
    }
    assert_int_equal(different, COUNT);
    tear_down();
}

static void test_only_blocks_of_ones_own(void **state)
{
    (void)state;
    memset(seen, 0, sizeof seen);
    set_up();
    sctpxi_dynamic_ports_add(&rig.ep->dynamic_ports, 255);
    connect_many(OF_BLOCK, 65536 - OF_BLOCK, 65535);
    assert_int_equal(engine_rig_try_connect(&rig), SCTPX_EADDRINUSE);
    sctpxi_dynamic_ports_add(&rig.ep->dynamic_ports, 0);
    connect_many(OF_BLOCK, FIRST, FIRST + OF_BLOCK - 1);
    assert_int_equal(engine_rig_try_connect(&rig), SCTPX_EADDRINUSE);
    rig.peer_port++; /* towards another port they are all free */
    memset(seen, 0, sizeof seen);
    connect_many(2 * OF_BLOCK, FIRST, 65535);
    tear_down();
}

/* A port on which somebody listens is not picked, and listening picks as connecting does. */
static void test_listeners_keep_theirs(void **state)
{
    (void)state;
    set_up();
    sctpxi_dynamic_ports_add(&rig.ep->dynamic_ports, 1);
    for (unsigned i = 0; i < OF_BLOCK; i++)
        assert_in_range(sctpx_endpoint_listen(rig.ep, 0, NULL), FIRST + OF_BLOCK,
                        FIRST + 2 * OF_BLOCK - 1);
    assert_int_equal(sctpx_endpoint_listen(rig.ep, 0, NULL), SCTPX_EADDRINUSE);
    assert_int_equal(engine_rig_try_connect(&rig), SCTPX_EADDRINUSE);
    assert_int_equal(sctpx_endpoint_unlisten(rig.ep, rig.now, FIRST + OF_BLOCK + 5), 0);
    assert_int_equal(engine_rig_try_connect(&rig), 0);
    assert_int_equal(rig.assoc->local_port, FIRST + OF_BLOCK + 5);
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_picked_ports_differ),
        cmocka_unit_test(test_the_peers_port_is_not_picked),
        cmocka_unit_test(test_every_port_serves),
        cmocka_unit_test(test_only_blocks_of_ones_own),
        cmocka_unit_test(test_listeners_keep_theirs),
    };
    return cmocka_run_group_tests_name("dynamic_ports", tests, NULL, NULL);
}
