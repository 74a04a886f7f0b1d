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

static void tear_down(void)
{
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

static void test_told_to_the_user(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    struct pb *pb = engine_rig_packet(&rig);
    pb_error(pb);
    pb_item(pb, 1, "\0\7\0\0", 4);
    engine_rig_send(&rig, pb);
    assert_int_equal(engine_rig_events(&rig), 1);
    assert_int_equal(rig.last[SCTPX_EVENT_REMOTE_ERROR].cause, 1);
    assert_int_equal(rig.assoc->state, SCTPX_ESTABLISHED);
    assert_int_equal(rig.sent_count, 0);
    tear_down();
}

static void test_malformed(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    for (uint16_t length = 0; length < 20; length++) {
        struct pb *pb = engine_rig_packet(&rig);
        pb_error(pb);
        pb_tlv(pb, 1);
        pb_u32(pb, 7);
        pb_lie_length(pb, length);
        pb_end(pb);
        engine_rig_send(&rig, pb);
        engine_rig_events(&rig);
        if (length < 4 || length > 8)
            assert_int_equal(rig.events[SCTPX_EVENT_REMOTE_ERROR], 0);
    }
    tear_down();
}

static void client_in_cookie_echoed(void)
{
    engine_rig_init(&rig);
    assert_int_equal(engine_rig_try_connect(&rig), 0);
    assert_int_equal(engine_rig_user_send(&rig, 0, 2000), 0);
    engine_rig_flush(&rig);
    engine_rig_learn(&rig);
    engine_rig_send(&rig, engine_rig_init_ack(&rig));
    assert_true(engine_rig_has(&rig, 10) && engine_rig_has(&rig, 0));
}

static void stale(void)
{
    struct pb *pb = engine_rig_packet(&rig);
    pb_error(pb);
    pb_item(pb, 3, "\0\1\0\0", 4);
    engine_rig_send(&rig, pb);
}

/* 5.2.6: a new INIT that asks for more time; the data that went along is sent again later. */
static void test_stale_cookie(void **state)
{
    (void)state;
    client_in_cookie_echoed();
    rig.now += 300000;
    stale();
    assert_int_equal(rig.assoc->state, SCTPX_COOKIE_WAIT);
    struct engine_rig_chunk c = engine_rig_find(&rig, 1, 0);
    assert_non_null(c.packet);
    assert_int_equal(engine_rig_u16(c.bytes + c.length - 8), 9);
    assert_int_equal(engine_rig_u32(c.bytes + c.length - 4), 1300);
    engine_rig_check(&rig);
    engine_rig_send(&rig, engine_rig_init_ack(&rig));
    assert_true(engine_rig_has(&rig, 10));
    struct pb *pb = engine_rig_packet(&rig);
    pb_cookie_ack(pb);
    engine_rig_send(&rig, pb);
    engine_rig_check(&rig);
    engine_rig_sack(&rig, rig.ep_tsn + 1, 100000);
    assert_int_equal(rig.assoc->queue.unacked_bytes, 0);
    tear_down();
}

static void test_stale_again_and_again(void **state)
{
    (void)state;
    client_in_cookie_echoed();
    for (unsigned i = 0; i < 2; i++) {
        stale();
        engine_rig_send(&rig, engine_rig_init_ack(&rig));
        assert_int_equal(rig.assoc->state, SCTPX_COOKIE_ECHOED);
    }
    stale();
    engine_rig_events(&rig);
    assert_int_equal(rig.last[SCTPX_EVENT_CLOSED].error, SCTPX_ESTALECOOKIE);
    tear_down();
}

/* One packet counts once, whatever is in it. */
static void test_stale_twice_in_one_packet(void **state)
{
    (void)state;
    client_in_cookie_echoed();
    struct pb *pb = engine_rig_packet(&rig);
    for (unsigned i = 0; i < 5; i++) {
        pb_error(pb);
        pb_item(pb, 3, "\0\1\0\0", 4);
        pb_item(pb, 3, "\0\1\0\0", 4);
        pb_end(pb);
    }
    engine_rig_send(&rig, pb);
    assert_int_equal(rig.assoc->state, SCTPX_COOKIE_WAIT);
    assert_int_equal(rig.assoc->stale_cookies, 1);
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_told_to_the_user),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_stale_cookie),
        cmocka_unit_test(test_stale_again_and_again),
        cmocka_unit_test(test_stale_twice_in_one_packet),
    };
    return cmocka_run_group_tests_name("error_receive", tests, NULL, NULL);
}
