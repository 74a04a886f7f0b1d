/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/assoc.h"
#include "support/engine_rig.h"

static struct engine_rig rig;
static sctpx_addr addrs[3];

static void connect_to(size_t n)
{
    engine_rig_init(&rig);
    engine_rig_start(&rig);
    for (uint8_t i = 0; i < 3; i++)
        addrs[i] = engine_rig_addr(i, 2);
    assert_int_equal(
        sctpx_endpoint_connect(rig.ep, rig.now, addrs, n, rig.peer_port, 0, NULL, NULL, &rig.assoc),
        0);
    engine_rig_flush(&rig);
    engine_rig_learn(&rig);
}

static void tear_down(void)
{
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

static void unreachable(const sctpx_addr *remote, const void *quoted, size_t length)
{
    sctpx_endpoint_on_unreachable(rig.ep, rig.now, remote, quoted, length);
}

static void test_refused(void **state)
{
    (void)state;
    connect_to(1);
    unreachable(&addrs[0], NULL, 0);
    engine_rig_events(&rig);
    assert_int_equal(rig.last[SCTPX_EVENT_CLOSED].error, SCTPX_EREFUSED);
    unreachable(&addrs[0], NULL, 0);
    tear_down();
}

static void test_others_are_tried_first(void **state)
{
    (void)state;
    connect_to(3);
    for (uint8_t i = 0; i < 2; i++) {
        unreachable(&addrs[i], NULL, 0);
        unreachable(&addrs[i], NULL, 0); /* told twice */
        engine_rig_flush(&rig);
        struct engine_rig_chunk c = engine_rig_find(&rig, 1, 0);
        assert_non_null(c.packet);
        assert_int_equal(c.packet->remote.ip[2], i + 1);
        engine_rig_check(&rig);
    }
    unreachable(&addrs[2], NULL, 0);
    assert_int_equal(rig.assoc->error, SCTPX_EREFUSED);
    tear_down();
}

static void test_wrong_address(void **state)
{
    (void)state;
    connect_to(1);
    sctpx_addr other = addrs[0];
    other.udp_port++;
    unreachable(&other, NULL, 0);
    unreachable(&addrs[1], NULL, 0);
    assert_int_equal(rig.assoc->state, SCTPX_COOKIE_WAIT);
    tear_down();
}

/* What is quoted must be our INIT, with our tag in it; every length is bearable. */
static void test_quoted(void **state)
{
    (void)state;
    connect_to(1);
    uint8_t quoted[64];
    size_t length = rig.sent[0].length < 64 ? rig.sent[0].length : 64;
    memcpy(quoted, rig.sent[0].bytes, length);
    for (size_t n = 0; n < 20; n++) {
        uint8_t *exact = pb_exact(quoted, n);
        unreachable(&addrs[0], exact, n);
        pb_exact_free(exact);
        assert_int_equal(rig.assoc->state, SCTPX_COOKIE_WAIT);
    }
    for (size_t i = 0; i < 20; i++) {
        if (i >= 8 && i < 12)
            continue; /* the checksum: ICMP quotes what it quotes */
        if (i >= 13 && i < 16)
            continue; /* flags and length of the chunk */
        quoted[i] ^= 1;
        unreachable(&addrs[0], quoted, length);
        assert_int_equal(rig.assoc->state, SCTPX_COOKIE_WAIT);
        quoted[i] ^= 1;
    }
    unreachable(&addrs[0], quoted, 20);
    assert_int_equal(rig.assoc->error, SCTPX_EREFUSED);
    tear_down();
}

static void test_later_it_means_nothing(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_connect(&rig);
    unreachable(&rig.peer, NULL, 0);
    unreachable(&rig.peer, rig.cookie, 40);
    assert_int_equal(rig.assoc->state, SCTPX_ESTABLISHED);
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_others_are_tried_first),
        cmocka_unit_test(test_wrong_address),
        cmocka_unit_test(test_quoted),
        cmocka_unit_test(test_later_it_means_nothing),
    };
    return cmocka_run_group_tests_name("unreachable", tests, NULL, NULL);
}
