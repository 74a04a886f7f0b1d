/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/control.h"
#include "engine/endpoint.h"
#include "support/engine_rig.h"

static struct engine_rig rig;

static void set_up(void)
{
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
}

static void tear_down(void)
{
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

static void heartbeat(size_t length)
{
    static const uint8_t info[1400];
    struct pb *pb = engine_rig_packet(&rig);
    pb_heartbeat(pb, info, length);
    assert_int_equal(engine_rig_feed(&rig, pb), 0);
}

static void test_queue_is_bounded(void **state)
{
    (void)state;
    set_up();
    for (unsigned i = 0; i < 100; i++)
        heartbeat(20);
    assert_int_equal(rig.assoc->control_count, SCTPXI_CONTROL_MAX);
    engine_rig_flush(&rig);
    assert_int_equal(engine_rig_count(&rig, 5), SCTPXI_CONTROL_MAX);
    assert_int_equal(rig.sent_count, 1); /* they share a packet */
    assert_int_equal(rig.assoc->control_count, 0);
    heartbeat(20);
    assert_int_equal(rig.assoc->control_count, 1);
    engine_rig_flush(&rig);
    tear_down();
}

static void test_large_ones_take_several_packets(void **state)
{
    (void)state;
    set_up();
    for (unsigned i = 0; i < 4; i++)
        heartbeat(1000);
    engine_rig_flush(&rig);
    assert_int_equal(engine_rig_count(&rig, 5), 4);
    assert_int_equal(rig.sent_count, 4);
    tear_down();
}

/* The carrier need not know where a packet arrived. */
static void test_local_address_is_not_known(void **state)
{
    (void)state;
    set_up();
    const sctpx_addr local = rig.local;
    rig.local = (sctpx_addr){.family = SCTPX_NO_FAMILY};
    heartbeat(20);
    rig.local = local;
    engine_rig_flush(&rig);
    assert_true(engine_rig_has(&rig, 5));
    assert_memory_equal(engine_rig_find(&rig, 5, 0).packet->local.ip, local.ip, 16);
    tear_down();
}

static void test_leaves_from_the_address_that_was_asked(void **state)
{
    (void)state;
    set_up();
    rig.local = engine_rig_addr(9, 1); /* another one of ours */
    heartbeat(20);
    engine_rig_flush(&rig);
    assert_memory_equal(engine_rig_find(&rig, 5, 0).packet->local.ip, rig.local.ip, 16);
    assert_int_equal(engine_rig_user_send(&rig, 0, 100), 0);
    engine_rig_flush(&rig);
    assert_int_equal(engine_rig_find(&rig, 0, 0).packet->local.ip[2], 0);
    tear_down();
}

/* What does not fit any more must not stop everything behind it. */
static void test_mtu_shrinks_meanwhile(void **state)
{
    (void)state;
    set_up();
    heartbeat(1300);
    heartbeat(20);
    sctpx_assoc_options o;
    sctpx_assoc_get_options(rig.assoc, &o);
    o.mtu = 600;
    assert_int_equal(sctpx_assoc_set_options(rig.assoc, rig.now, &o), 0);
    assert_int_equal(engine_rig_user_send(&rig, 0, 100), 0);
    engine_rig_flush(&rig);
    assert_int_equal(engine_rig_count(&rig, 5), 1);
    assert_true(engine_rig_has(&rig, 0));
    assert_int_equal(rig.assoc->control_count, 0);
    tear_down();
}

/* The only one there is does not fit any more: what else is to be sent goes all the same. */
static void test_mtu_shrinks_while_setting_up(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    assert_int_equal(engine_rig_try_connect(&rig), 0);
    engine_rig_flush(&rig);
    engine_rig_learn(&rig);
    engine_rig_send(&rig, engine_rig_init_ack(&rig));
    heartbeat(1300);
    sctpx_assoc_options o;
    sctpx_assoc_get_options(rig.assoc, &o);
    o.mtu = 600;
    assert_int_equal(sctpx_assoc_set_options(rig.assoc, rig.now, &o), 0);
    assert_int_equal(engine_rig_user_send(&rig, 0, 100), 0);
    struct pb *pb = engine_rig_packet(&rig);
    pb_cookie_ack(pb);
    engine_rig_send(&rig, pb);
    assert_true(engine_rig_has(&rig, 0));
    tear_down();
}

static void test_without_memory(void **state)
{
    (void)state;
    set_up();
    test_alloc_fail(&rig.ta, 1, 0);
    heartbeat(1300);
    test_alloc_fail(&rig.ta, 0, 0);
    assert_int_equal(rig.assoc->control_count, 0);
    engine_rig_flush(&rig);
    assert_int_equal(rig.sent_count, 0);
    tear_down();
}

static void test_dropped_at_the_end(void **state)
{
    (void)state;
    set_up();
    heartbeat(20);
    heartbeat(200);
    assert_int_equal(sctpx_assoc_abort(rig.assoc, rig.now, NULL, 0), 0);
    assert_int_equal(rig.assoc->control_count, 0);
    engine_rig_flush(&rig);
    assert_false(engine_rig_has(&rig, 5));
    assert_true(engine_rig_has(&rig, 6));
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queue_is_bounded),
        cmocka_unit_test(test_large_ones_take_several_packets),
        cmocka_unit_test(test_local_address_is_not_known),
        cmocka_unit_test(test_leaves_from_the_address_that_was_asked),
        cmocka_unit_test(test_mtu_shrinks_meanwhile),
        cmocka_unit_test(test_mtu_shrinks_while_setting_up),
        cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_dropped_at_the_end),
    };
    return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
