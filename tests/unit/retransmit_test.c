/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/assoc.h"
#include "engine/retransmit.h"
#include "support/engine_rig.h"

static struct engine_rig rig;

static void set_up(uint32_t rwnd)
{
    engine_rig_init(&rig);
    rig.opt.assoc.hb_interval_us = SCTPX_TIME_NEVER;
    rig.rwnd = rwnd;
    engine_rig_accept(&rig);
}

static void tear_down(void)
{
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

static void send(unsigned n, size_t length)
{
    for (unsigned i = 0; i < n; i++)
        assert_int_equal(engine_rig_user_send(&rig, 0, length), 0);
    engine_rig_flush(&rig);
}

static void test_backs_off_and_gives_up(void **state)
{
    (void)state;
    set_up(100000);
    send(1, 100);
    sctpx_time wait = 1000000;
    for (unsigned i = 0; i < 10; i++) {
        sctpx_time before = rig.now;
        engine_rig_next_deadline(&rig);
        assert_true(rig.now - before == wait);
        wait = wait * 2 < 60000000 ? wait * 2 : 60000000;
        assert_int_equal(engine_rig_count(&rig, 0), 1);
        engine_rig_check(&rig);
    }
    engine_rig_next_deadline(&rig);
    assert_int_equal(rig.assoc->error, SCTPX_ELOST);
    assert_int_equal(rig.assoc->t3_timeouts, 11);
    tear_down();
}

/* 6.1 A: a closed window is probed for ever, as long as the peer answers. */
static void test_zero_window_probes_never_stop(void **state)
{
    (void)state;
    set_up(1500);
    send(3, 1400);
    assert_int_equal(engine_rig_count(&rig, 0), 1);
    engine_rig_sack(&rig, rig.ep_tsn, 0);
    assert_false(engine_rig_has(&rig, 0));
    sctpx_time last = rig.now;
    for (unsigned i = 0; i < 40; i++) {
        engine_rig_check(&rig);
        engine_rig_next_deadline(&rig);
        assert_int_equal(engine_rig_count(&rig, 0), 1);
        assert_true(rig.now - last <= 60000000);
        last = rig.now;
        engine_rig_sack(&rig, rig.ep_tsn, 0); /* not taken */
        assert_false(engine_rig_has(&rig, 0));
    }
    engine_rig_sack(&rig, rig.ep_tsn + 1, 100000);
    assert_int_equal(engine_rig_count(&rig, 0), 1);
    assert_int_equal(rig.assoc->errors, 0);
    engine_rig_sack(&rig, rig.ep_tsn + 2, 100000);
    assert_int_equal(rig.assoc->queue.unacked_bytes, 0);
    tear_down();
}

/* The probe is taken each time, but the window stays closed. */
static void test_probes_that_are_taken(void **state)
{
    (void)state;
    set_up(1500);
    send(10, 1400);
    engine_rig_sack(&rig, rig.ep_tsn, 0);
    for (uint32_t i = 1; i < 10; i++) {
        engine_rig_check(&rig);
        engine_rig_next_deadline(&rig);
        assert_int_equal(engine_rig_count(&rig, 0), 1);
        engine_rig_sack(&rig, rig.ep_tsn + i, 0);
    }
    assert_int_equal(rig.assoc->queue.unacked_bytes, 0);
    assert_true(sctpx_endpoint_next_deadline(rig.ep) == SCTPX_TIME_NEVER);
    tear_down();
}

/* A peer that does not answer probes is lost all the same. */
static void test_unanswered_probes(void **state)
{
    (void)state;
    set_up(1500);
    send(2, 1400);
    engine_rig_sack(&rig, rig.ep_tsn, 0);
    for (unsigned i = 0; i < 20 && rig.assoc->state != SCTPX_CLOSED; i++) {
        engine_rig_check(&rig);
        engine_rig_next_deadline(&rig);
    }
    assert_int_equal(rig.assoc->error, SCTPX_ELOST);
    tear_down();
}

/* A window that is open but smaller than the next chunk is probed like a closed one. */
static void test_window_smaller_than_a_chunk(void **state)
{
    (void)state;
    set_up(1500);
    send(2, 1400);
    engine_rig_sack(&rig, rig.ep_tsn, 700);
    assert_false(engine_rig_has(&rig, 0));
    engine_rig_check(&rig);
    engine_rig_next_deadline(&rig);
    assert_int_equal(engine_rig_count(&rig, 0), 1);
    tear_down();
}

/* 6.9: chunks that were cut for a larger MTU go out in packets that IP has to cut. */
static void test_mtu_shrinks(void **state)
{
    (void)state;
    set_up(100000);
    send(1, 5000);
    assert_int_equal(engine_rig_count(&rig, 0), 4);
    sctpx_assoc_options o;
    sctpx_assoc_get_options(rig.assoc, &o);
    o.mtu = 600;
    assert_int_equal(sctpx_assoc_set_options(rig.assoc, rig.now, &o), 0);
    for (uint32_t i = 0; i < 4; i++) {
        engine_rig_next_deadline(&rig);
        assert_true(engine_rig_has(&rig, 0));
        assert_int_equal(engine_rig_u32(engine_rig_find(&rig, 0, 0).bytes + 4), rig.ep_tsn + i);
        engine_rig_sack(&rig, rig.ep_tsn + i, 100000);
        engine_rig_check(&rig);
    }
    send(1, 5000);
    for (size_t i = 0; i < rig.sent_count; i++)
        assert_true(rig.sent[i].length <= 572);
    tear_down();
}

/* Oversized packets never share a train: UDP_SEGMENT could not carry them. */
static void test_mtu_shrinks_trains(void **state)
{
    (void)state;
    set_up(100000);
    send(1, 4 * 1440);
    sctpx_assoc_options o;
    sctpx_assoc_get_options(rig.assoc, &o);
    o.mtu = 600;
    assert_int_equal(sctpx_assoc_set_options(rig.assoc, rig.now, &o), 0);
    engine_rig_next_deadline(&rig);
    rig.assoc->paths[0].cc.cwnd = 100000;
    rig.assoc->paths[0].has_timed_out = false; /* else one packet until a SACK comes, 7.2.1 */
    sctpx_assoc_set_options(rig.assoc, rig.now, &o);
    engine_rig_flush(&rig);
    assert_true(rig.sent_count > 1);
    assert_int_equal(rig.transmits, rig.sent_count);
    tear_down();
}

/* The ring of what is outstanding finds no memory: a timer tries again. */
static void test_sending_without_memory(void **state)
{
    (void)state;
    set_up(100000);
    assert_int_equal(engine_rig_user_send(&rig, 0, 1000), 0);
    test_alloc_fail(&rig.ta, 1, 0);
    engine_rig_flush(&rig);
    assert_false(engine_rig_has(&rig, 0));
    engine_rig_check(&rig);
    engine_rig_next_deadline(&rig);
    assert_false(engine_rig_has(&rig, 0));
    engine_rig_check(&rig);
    test_alloc_fail(&rig.ta, 0, 0);
    engine_rig_next_deadline(&rig);
    assert_true(engine_rig_has(&rig, 0));
    engine_rig_sack(&rig, rig.ep_tsn, 100000);
    send(3, 1000);
    assert_int_equal(engine_rig_count(&rig, 0), 3);
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_backs_off_and_gives_up),
        cmocka_unit_test(test_zero_window_probes_never_stop),
        cmocka_unit_test(test_probes_that_are_taken),
        cmocka_unit_test(test_unanswered_probes),
        cmocka_unit_test(test_window_smaller_than_a_chunk),
        cmocka_unit_test(test_mtu_shrinks),
        cmocka_unit_test(test_mtu_shrinks_trains),
        cmocka_unit_test(test_sending_without_memory),
    };
    return cmocka_run_group_tests_name("retransmit", tests, NULL, NULL);
}
