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

enum { SHUTDOWN = 7, SHUTDOWN_ACK = 8, SHUTDOWN_COMPLETE = 14 };

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

static void peer(uint8_t type)
{
    struct pb *pb = engine_rig_packet(&rig);
    if (type == SHUTDOWN)
        pb_shutdown(pb, rig.assoc->outstanding.cum_ack.v);
    else
        pb_chunk(pb, type, 0);
    engine_rig_send(&rig, pb);
}

static int closed_with(void)
{
    engine_rig_events(&rig);
    assert_int_equal(rig.events[SCTPX_EVENT_CLOSED], 1);
    return rig.last[SCTPX_EVENT_CLOSED].error;
}

static void test_ours(void **state)
{
    (void)state;
    set_up();
    assert_int_equal(engine_rig_user_send(&rig, 0, 10), 0);
    assert_int_equal(sctpx_assoc_shutdown(rig.assoc, rig.now), 0);
    assert_int_equal(sctpx_assoc_shutdown(rig.assoc, rig.now), 0);
    engine_rig_flush(&rig);
    assert_int_equal(rig.assoc->state, SCTPX_SHUTDOWN_PENDING);
    assert_false(engine_rig_has(&rig, SHUTDOWN));
    engine_rig_sack(&rig, rig.ep_tsn, 1000);
    assert_true(engine_rig_has(&rig, SHUTDOWN));
    peer(SHUTDOWN_ACK);
    assert_true(engine_rig_has(&rig, SHUTDOWN_COMPLETE));
    assert_int_equal(engine_rig_find(&rig, SHUTDOWN_COMPLETE, 0).flags, 0);
    assert_int_equal(closed_with(), 0);
    assert_int_equal(sctpx_assoc_shutdown(rig.assoc, rig.now), SCTPX_ESTATE);
    tear_down();
}

static void test_of_the_peer(void **state)
{
    (void)state;
    set_up();
    peer(SHUTDOWN);
    assert_true(engine_rig_has(&rig, SHUTDOWN_ACK));
    engine_rig_events(&rig);
    assert_int_equal(rig.events[SCTPX_EVENT_PEER_SHUTDOWN], 1);
    assert_int_equal(engine_rig_user_send(&rig, 0, 10), SCTPX_ESTATE);
    peer(SHUTDOWN);
    assert_true(engine_rig_has(&rig, SHUTDOWN_ACK));
    peer(SHUTDOWN_COMPLETE);
    assert_int_equal(closed_with(), SCTPX_EPEERSHUTDOWN);
    tear_down();
}

static void test_crossing(void **state)
{
    (void)state;
    set_up();
    assert_int_equal(sctpx_assoc_shutdown(rig.assoc, rig.now), 0);
    engine_rig_flush(&rig);
    peer(SHUTDOWN);
    assert_true(engine_rig_has(&rig, SHUTDOWN_ACK));
    assert_false(engine_rig_has(&rig, SHUTDOWN));
    peer(SHUTDOWN_ACK);
    assert_true(engine_rig_has(&rig, SHUTDOWN_COMPLETE));
    assert_int_equal(closed_with(), 0);
    tear_down();
}

/* Ours goes out first although data is left: the peer's data is still taken. */
static void test_data_after_our_shutdown(void **state)
{
    (void)state;
    set_up();
    assert_int_equal(sctpx_assoc_shutdown(rig.assoc, rig.now), 0);
    engine_rig_flush(&rig);
    for (uint16_t i = 0; i < 3; i++) {
        engine_rig_data(&rig, 0, i, 10);
        struct engine_rig_chunk c = engine_rig_find(&rig, SHUTDOWN, 0);
        assert_non_null(c.packet);
        assert_int_equal(engine_rig_u32(c.bytes + 4), rig.tsn - 1);
        engine_rig_check(&rig);
    }
    assert_int_equal(rig.assoc->reasm.readable_messages, 3);
    tear_down();
}

static void test_t2_gives_up(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.opt.assoc.association_max_retrans = 3;
    engine_rig_accept(&rig);
    assert_int_equal(sctpx_assoc_shutdown(rig.assoc, rig.now), 0);
    engine_rig_flush(&rig);
    for (unsigned i = 0; i < 3; i++) {
        engine_rig_next_deadline(&rig);
        assert_true(engine_rig_has(&rig, SHUTDOWN));
    }
    engine_rig_run(&rig, 100 * 1000000ull);
    assert_int_equal(closed_with(), SCTPX_ELOST);
    tear_down();
}

/* A peer that keeps talking but never agrees: T5 ends it with an ABORT. */
static void test_t5(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.opt.assoc.shutdown_guard_us = 20000000;
    engine_rig_accept(&rig);
    assert_int_equal(sctpx_assoc_shutdown(rig.assoc, rig.now), 0);
    engine_rig_flush(&rig);
    bool was_aborted = false;
    for (uint16_t i = 0; i < 60 && rig.assoc->state != SCTPX_CLOSED; i++) {
        engine_rig_data(&rig, 0, i, 10);
        rig.now += 500000;
        sctpx_endpoint_on_deadline(rig.ep, rig.now);
        engine_rig_flush(&rig);
        was_aborted |= engine_rig_has(&rig, 6);
    }
    assert_true(was_aborted);
    assert_int_equal(closed_with(), SCTPX_ETIMEDOUT);
    tear_down();
}

/* Not accepted yet, and already over: nobody is left behind. */
static void test_while_it_waits_to_be_accepted(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_listen(&rig);
    engine_rig_send(&rig, engine_rig_init_packet(&rig));
    engine_rig_learn(&rig);
    engine_rig_send(&rig, engine_rig_cookie_echo(&rig));
    struct pb *pb = engine_rig_packet(&rig);
    pb_shutdown(pb, rig.ep_tsn - 1);
    engine_rig_send(&rig, pb);
    assert_true(engine_rig_has(&rig, SHUTDOWN_ACK));
    engine_rig_check(&rig);
    pb = engine_rig_packet(&rig);
    pb_shutdown_complete(pb, false);
    engine_rig_send(&rig, pb);
    assert_int_equal(sctpx_endpoint_backlog(rig.ep, rig.port), 0);
    assert_int_equal(engine_rig_events(&rig), 0);
    tear_down();
}

/* A SHUTDOWN that acknowledges what was never sent. */
static void test_lie(void **state)
{
    (void)state;
    set_up();
    struct pb *pb = engine_rig_packet(&rig);
    pb_shutdown(pb, rig.ep_tsn);
    engine_rig_send(&rig, pb);
    assert_true(engine_rig_has(&rig, 6));
    assert_int_equal(closed_with(), SCTPX_EPROTO);
    tear_down();
}

/* The data that is left after the peer's SHUTDOWN goes out, closed window or not. */
static void test_data_left_and_a_closed_window(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.rwnd = 1500;
    engine_rig_accept(&rig);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(engine_rig_user_send(&rig, 0, 1400), 0);
    engine_rig_flush(&rig);
    engine_rig_sack(&rig, rig.ep_tsn, 0);
    peer(SHUTDOWN);
    for (uint32_t i = 1; i < 4; i++) {
        engine_rig_check(&rig);
        engine_rig_next_deadline(&rig);
        assert_true(engine_rig_has(&rig, 0));
        engine_rig_sack(&rig, rig.ep_tsn + i, 0);
    }
    assert_true(engine_rig_has(&rig, SHUTDOWN_ACK));
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ours),
        cmocka_unit_test(test_of_the_peer),
        cmocka_unit_test(test_crossing),
        cmocka_unit_test(test_data_after_our_shutdown),
        cmocka_unit_test(test_t2_gives_up),
        cmocka_unit_test(test_t5),
        cmocka_unit_test(test_while_it_waits_to_be_accepted),
        cmocka_unit_test(test_lie),
        cmocka_unit_test(test_data_left_and_a_closed_window),
    };
    return cmocka_run_group_tests_name("shutdown", tests, NULL, NULL);
}
