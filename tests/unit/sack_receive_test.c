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
    rig.rwnd = 1000000;
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

static void sack(uint32_t cum, uint16_t first, uint16_t last)
{
    const uint16_t gaps[][2] = {{first, last}};
    struct pb *pb = engine_rig_packet(&rig);
    pb_sack(pb, rig.ep_tsn + cum - 1, 1000000, first != 0, gaps, 0, NULL);
    engine_rig_send(&rig, pb);
}

static sctpx_assoc_status status(void)
{
    sctpx_assoc_status s;
    sctpx_assoc_get_status(rig.assoc, &s);
    return s;
}

static void test_everything_acknowledged(void **state)
{
    (void)state;
    set_up();
    send(2, 1000);
    rig.now += 50000;
    sack(2, 0, 0);
    assert_int_equal(status().unacked_bytes, 0);
    assert_true(rig.assoc->paths[0].t3_deadline == SCTPX_TIME_NEVER);
    assert_int_equal(rig.assoc->paths[0].rto.srtt_us, 50000);
    engine_rig_events(&rig);
    assert_int_equal(rig.events[SCTPX_EVENT_SENT], 1);
    assert_int_equal(rig.last[SCTPX_EVENT_SENT].bytes, 2000);
    assert_int_equal(rig.events[SCTPX_EVENT_DRY], 1);
    tear_down();
}

static void test_old_one_changes_nothing(void **state)
{
    (void)state;
    set_up();
    send(3, 1000);
    sack(2, 0, 0);
    uint32_t rwnd = rig.assoc->peer_rwnd;
    struct pb *pb = engine_rig_packet(&rig);
    pb_sack(pb, rig.ep_tsn, 0, 0, NULL, 0, NULL);
    engine_rig_send(&rig, pb);
    assert_int_equal(rig.assoc->peer_rwnd, rwnd);
    assert_int_equal(rig.assoc->probes, 0);
    tear_down();
}

/* 6.2.1 ii: what is under way counts against the window. */
static void test_window(void **state)
{
    (void)state;
    set_up();
    send(3, 1000);
    assert_int_equal(status().peer_rwnd_bytes, 1000000 - 3000);
    engine_rig_sack(&rig, rig.ep_tsn, 2500);
    assert_int_equal(status().peer_rwnd_bytes, 500);
    engine_rig_sack(&rig, rig.ep_tsn, 100);
    assert_int_equal(status().peer_rwnd_bytes, 0);
    engine_rig_sack(&rig, rig.ep_tsn + 2, UINT32_MAX);
    assert_true(status().peer_rwnd_bytes == UINT32_MAX);
    tear_down();
}

static void test_acknowledging_what_was_never_sent(void **state)
{
    (void)state;
    set_up();
    send(2, 1000);
    sack(3, 0, 0);
    assert_int_equal(status().error, SCTPX_EPROTO);
    assert_true(engine_rig_has(&rig, 6));
    tear_down();
}

/* 7.2.4, as it is in RFC 9260; RACK has tests of its own. Three missing reports: out again at once, with half the window, once. */
static void test_fast_retransmit(void **state)
{
    (void)state;
    set_up();
    engine_rig_options(rig.assoc)->loss_detection = SCTPX_LOSS_RFC9260;
    for (unsigned i = 0; i < 8; i++) /* lets cwnd grow */
        send(1, 1400);
    uint32_t next = 0;
    for (unsigned i = 0; i < 20; i++) {
        send(2, 1400);
        next = (uint32_t)(rig.assoc->outstanding.next.v - rig.ep_tsn);
        rig.now += 1000;
        sack(next, 0, 0);
    }
    send(6, 1000);
    uint32_t cwnd = rig.assoc->paths[0].cc.cwnd;
    for (uint16_t i = 2; i <= 4; i++)
        sack(next, 2, i);
    assert_int_equal(engine_rig_count(&rig, 0), 1);
    assert_int_equal(engine_rig_u32(engine_rig_find(&rig, 0, 0).bytes + 4), rig.ep_tsn + next);
    assert_true(rig.assoc->is_in_fast_recovery);
    assert_true(rig.assoc->paths[0].cc.cwnd <= cwnd);
    assert_int_equal(status().fast_retransmits, 1);
    sack(next, 2, 5); /* no second time */
    assert_int_equal(engine_rig_count(&rig, 0), 0);
    sack(next + 6, 0, 0);
    assert_false(rig.assoc->is_in_fast_recovery);
    tear_down();
}

/* Every allocation is refused while data is acknowledged: that needs none. */
static void test_needs_no_memory(void **state)
{
    (void)state;
    set_up();
    send(3, 1000);
    test_alloc_fail(&rig.ta, 1, 0);
    sack(1, 2, 2);
    sack(3, 0, 0);
    test_alloc_fail(&rig.ta, 0, 0);
    assert_int_equal(status().unacked_bytes, 0);
    tear_down();
}

/* SHUTDOWN acknowledges too, and one that takes back what a gap block had told leaves no hole. */
static void test_shutdown_that_takes_back(void **state)
{
    (void)state;
    set_up();
    send(3, 1000);
    sack(0, 2, 3);
    struct pb *pb = engine_rig_packet(&rig);
    pb_shutdown(pb, rig.ep_tsn);
    engine_rig_send(&rig, pb);
    assert_int_equal(rig.assoc->state, SCTPX_SHUTDOWN_RECEIVED);
    engine_rig_check(&rig); /* T3-rtx runs */
    engine_rig_next_deadline(&rig);
    assert_true(engine_rig_has(&rig, 0));
    sack(3, 0, 0);
    assert_true(engine_rig_has(&rig, 8));
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_acknowledged),
        cmocka_unit_test(test_old_one_changes_nothing),
        cmocka_unit_test(test_window),
        cmocka_unit_test(test_acknowledging_what_was_never_sent),
        cmocka_unit_test(test_fast_retransmit),
        cmocka_unit_test(test_needs_no_memory),
        cmocka_unit_test(test_shutdown_that_takes_back),
    };
    return cmocka_run_group_tests_name("sack_receive", tests, NULL, NULL);
}
