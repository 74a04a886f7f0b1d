/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/assoc.h"
#include "engine/burst.h"
#include "support/engine_rig.h"

static struct engine_rig rig;

static void set_up(uint16_t max_burst)
{
    engine_rig_init(&rig);
    rig.opt.assoc.max_burst = max_burst;
    rig.rwnd = 10000000;
    engine_rig_accept(&rig);
    rig.assoc->paths[0].cc.cwnd = 1000000;
}

static void tear_down(void)
{
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

static void test_no_more_than_max_burst(void **state)
{
    (void)state;
    for (uint16_t n = 1; n < 6; n++) {
        set_up(n);
        assert_int_equal(engine_rig_user_send(&rig, 0, 100000), 0);
        engine_rig_flush(&rig);
        assert_int_equal(rig.sent_count, n);
        tear_down();
    }
}

static void test_no_limit(void **state)
{
    (void)state;
    set_up(0);
    assert_int_equal(engine_rig_user_send(&rig, 0, 100000), 0);
    engine_rig_flush(&rig);
    assert_true(rig.sent_count >= 69);
    tear_down();
}

/* What a SACK acknowledges may leave again, besides Max.Burst and one packet for slow start. */
static void test_acknowledged_data_pays(void **state)
{
    (void)state;
    set_up(4);
    assert_int_equal(engine_rig_user_send(&rig, 0, 1000000), 0);
    engine_rig_flush(&rig);
    uint32_t cum = rig.ep_tsn - 1;
    size_t last = rig.sent_count;
    for (unsigned i = 0; i < 5; i++) {
        cum += (uint32_t)last;
        engine_rig_sack(&rig, cum, 10000000);
        assert_in_range(rig.sent_count, last, last + 4 + 1);
        last = rig.sent_count;
    }
    tear_down();
}

/* Unused permission is not saved up. */
static void test_nothing_is_saved(void **state)
{
    (void)state;
    set_up(4);
    for (unsigned i = 0; i < 50; i++) {
        struct pb *pb = engine_rig_packet(&rig);
        pb_heartbeat(pb, "?", 1);
        engine_rig_send(&rig, pb);
    }
    assert_int_equal(engine_rig_user_send(&rig, 0, 100000), 0);
    engine_rig_flush(&rig);
    assert_int_equal(rig.sent_count, 4);
    tear_down();
}

/* The user turns it on while data waits: nothing stops for good. */
static void test_turned_on_meanwhile(void **state)
{
    (void)state;
    set_up(0);
    rig.assoc->paths[0].cc.cwnd = 3000;
    assert_int_equal(engine_rig_user_send(&rig, 0, 100000), 0);
    engine_rig_flush(&rig);
    sctpx_assoc_options o;
    sctpx_assoc_get_options(rig.assoc, &o);
    o.max_burst = 1;
    assert_int_equal(sctpx_assoc_set_options(rig.assoc, rig.now, &o), 0);
    for (unsigned i = 0; i < 200 && rig.assoc->queue.unacked_bytes > 0; i++) {
        engine_rig_flush(&rig);
        engine_rig_check(&rig);
        engine_rig_sack(&rig, rig.assoc->outstanding.next.v - 1, 10000000);
    }
    assert_int_equal(rig.assoc->queue.unacked_bytes, 0);
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_more_than_max_burst), cmocka_unit_test(test_no_limit),
        cmocka_unit_test(test_acknowledged_data_pays), cmocka_unit_test(test_nothing_is_saved),
        cmocka_unit_test(test_turned_on_meanwhile),
    };
    return cmocka_run_group_tests_name("burst", tests, NULL, NULL);
}
