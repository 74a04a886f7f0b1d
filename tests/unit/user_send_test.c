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

static void test_refused(void **state)
{
    (void)state;
    set_up();
    assert_int_equal(engine_rig_user_send(&rig, 0, 0), SCTPX_EEMPTY);
    assert_int_equal(engine_rig_user_send(&rig, 10, 1), SCTPX_ESTREAM);
    assert_int_equal(engine_rig_user_send(&rig, 65535, 1), SCTPX_ESTREAM);
    assert_int_equal(engine_rig_user_send(&rig, 9, 1), 0);
    assert_int_equal(sctpx_assoc_send(rig.assoc, rig.now, "", SCTPX_MAX_SEND_BYTES + 1, NULL),
                     SCTPX_EMSGSIZE);
    assert_int_equal(sctpx_assoc_send(rig.assoc, rig.now, "x", 1, NULL), 0);
    engine_rig_flush(&rig);
    tear_down();
}

/* Tiny messages are bounded as well: each counts with what it costs. */
static void test_buffer(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.opt.assoc.sndbuf_bytes = 6500;
    engine_rig_accept(&rig);
    unsigned n = 0;
    while (engine_rig_user_send(&rig, 0, 1) == 0)
        n++;
    assert_int_equal(n, 100);
    engine_rig_flush(&rig);
    assert_int_equal(engine_rig_events(&rig), 0);
    engine_rig_sack(&rig, rig.assoc->outstanding.next.v - 1, 100000);
    engine_rig_events(&rig);
    assert_int_equal(rig.events[SCTPX_EVENT_WRITABLE], 1);
    assert_int_equal(engine_rig_user_send(&rig, 0, 1), 0);
    engine_rig_flush(&rig);
    tear_down();
}

static void test_one_long_message_is_taken(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.opt.assoc.sndbuf_bytes = 100;
    engine_rig_accept(&rig);
    assert_int_equal(engine_rig_user_send(&rig, 0, 10000), 0);
    assert_int_equal(engine_rig_user_send(&rig, 0, 1), SCTPX_EWOULDBLOCK);
    engine_rig_flush(&rig);
    tear_down();
}

static void test_limit_of_a_stream(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.opt.assoc.sndbuf_stream_bytes = 1000;
    engine_rig_accept(&rig);
    assert_int_equal(engine_rig_user_send(&rig, 0, 900), 0);
    assert_int_equal(engine_rig_user_send(&rig, 0, 200), SCTPX_EWOULDBLOCK);
    assert_int_equal(engine_rig_user_send(&rig, 1, 200), 0);
    engine_rig_flush(&rig);
    engine_rig_sack(&rig, rig.ep_tsn + 1, 100000);
    engine_rig_events(&rig);
    assert_int_equal(rig.events[SCTPX_EVENT_WRITABLE], 1);
    assert_int_equal(engine_rig_user_send(&rig, 0, 200), 0);
    engine_rig_flush(&rig);
    tear_down();
}

/* Room that was there and has been taken again before anybody heard of it. */
static void test_room_taken_again(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.opt.assoc.sndbuf_bytes = 1000;
    engine_rig_accept(&rig);
    assert_int_equal(engine_rig_user_send(&rig, 0, 900), 0);
    assert_int_equal(engine_rig_user_send(&rig, 0, 900), SCTPX_EWOULDBLOCK);
    engine_rig_flush(&rig);
    engine_rig_sack(&rig, rig.ep_tsn, 100000);
    assert_int_equal(engine_rig_user_send(&rig, 0, 900), 0);
    assert_int_equal(engine_rig_user_send(&rig, 0, 900), SCTPX_EWOULDBLOCK);
    engine_rig_events(&rig);
    assert_int_equal(rig.events[SCTPX_EVENT_WRITABLE], 0);
    engine_rig_flush(&rig);
    engine_rig_sack(&rig, rig.ep_tsn + 1, 100000);
    engine_rig_events(&rig);
    assert_int_equal(rig.events[SCTPX_EVENT_WRITABLE], 1);
    tear_down();
}

/* Each allocation fails in turn: refused as a whole, with nothing counted. */
static void test_without_memory(void **state)
{
    (void)state;
    unsigned refused = 0;
    for (size_t n = 1; n < 8; n++) {
        for (size_t count = 1; count < 4; count++) {
            set_up();
            test_alloc_fail(&rig.ta, n, count);
            int result = engine_rig_user_send(&rig, 5, 3000);
            test_alloc_fail(&rig.ta, 0, 0);
            refused += result == SCTPX_ENOMEM;
            assert_true(result == 0 || result == SCTPX_ENOMEM);
            assert_int_equal(sctpx_assoc_unacked_bytes(rig.assoc, SCTPX_ANY_STREAM),
                             result == 0 ? 3000 : 0);
            assert_int_equal(rig.assoc->queue.message_count, result == 0);
            engine_rig_flush(&rig);
            tear_down();
        }
    }
    assert_true(refused > 2);
}

/* Data is sent with memory failing at each allocation on its way out: it all gets there. */
static void test_transmit_without_memory(void **state)
{
    (void)state;
    for (size_t n = 1; n < 6; n++) {
        set_up();
        assert_int_equal(engine_rig_user_send(&rig, 5, 60000), 0);
        for (unsigned i = 0; i < 300 && rig.assoc->queue.unacked_bytes > 0; i++) {
            test_alloc_fail(&rig.ta, n, 1 + i % 3);
            engine_rig_flush(&rig);
            engine_rig_check(&rig);
            if (i % 4 == 0) {
                engine_rig_next_deadline(&rig);
                engine_rig_check(&rig);
            }
            engine_rig_sack(&rig, rig.assoc->outstanding.next.v - 1, 100000);
            engine_rig_check(&rig);
        }
        test_alloc_fail(&rig.ta, 0, 0);
        assert_int_equal(rig.assoc->queue.unacked_bytes, 0);
        tear_down();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_buffer),
        cmocka_unit_test(test_one_long_message_is_taken),
        cmocka_unit_test(test_limit_of_a_stream),
        cmocka_unit_test(test_room_taken_again),
        cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_transmit_without_memory),
    };
    return cmocka_run_group_tests_name("user_send", tests, NULL, NULL);
}
