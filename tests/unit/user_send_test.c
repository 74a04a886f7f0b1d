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

/* As much as the association takes now. */
static size_t fill(sctpx_assoc *a)
{
    static const char bytes[960];
    size_t filled = 0;
    while (sctpx_assoc_send(a, rig.now, bytes, sizeof bytes, NULL) == 0)
        filled += sizeof bytes;
    return filled;
}

/* Ahead of the window one may queue a megabyte; many share sixteen, but each gets something. */
static void test_many_writers_share(void **state)
{
    (void)state;
    enum { MANY = 1100 };
    static const struct {
        unsigned writers;
        size_t most;
    } steps[] = {{1, 1 << 20},  {16, 1 << 20}, {17, 986895},
                 {128, 131072}, {1024, 16384}, {MANY, 16384}};
    static sctpx_assoc *assocs[MANY];
    engine_rig_init(&rig);
    engine_rig_start(&rig);
    unsigned step = 0;
    for (unsigned i = 0; i < MANY; i++) {
        assert_int_equal(engine_rig_try_connect(&rig), 0);
        assocs[i] = rig.assoc;
        size_t filled = fill(rig.assoc);
        assert_int_equal(rig.ep->writers, i + 1);
        if (i + 1 == steps[step].writers) /* less than a message is left over */
            assert_in_range(filled, steps[step].most - 959, steps[step].most);
        step += i + 1 == steps[step].writers;
    }
    engine_check(rig.ep);
    for (unsigned i = 0; i + 1 < MANY; i++)
        sctpx_assoc_free(assocs[i], rig.now);
    assert_int_equal(rig.ep->writers, 1);
    assert_in_range(fill(rig.assoc), (1 << 20) - 18000, 1 << 20); /* there is room again */
    sctpx_assoc_free(rig.assoc, rig.now);
    engine_rig_flush(&rig);
    tear_down();
}

/* Who has everything acknowledged, has restarted or is gone does not write. */
static void test_writers_end(void **state)
{
    (void)state;
    set_up();
    assert_int_equal(engine_rig_user_send(&rig, 0, 100), 0);
    assert_int_equal(engine_rig_user_send(&rig, 0, 100), 0);
    engine_rig_flush(&rig);
    engine_rig_sack(&rig, rig.ep_tsn, 100000);
    assert_int_equal(rig.ep->writers, 1);
    engine_rig_sack(&rig, rig.ep_tsn + 1, 100000);
    assert_int_equal(rig.ep->writers, 0);
    assert_int_equal(engine_rig_user_send(&rig, 0, 100), 0);
    assert_int_equal(rig.ep->writers, 1);
    assert_int_equal(sctpx_assoc_abort(rig.assoc, rig.now, NULL, 0), 0);
    assert_int_equal(rig.ep->writers, 0);
    engine_rig_flush(&rig);
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
        cmocka_unit_test(test_many_writers_share),
        cmocka_unit_test(test_writers_end),
        cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_transmit_without_memory),
    };
    return cmocka_run_group_tests_name("user_send", tests, NULL, NULL);
}
