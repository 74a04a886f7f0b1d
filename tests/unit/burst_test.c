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

/* ---- pacing --------------------------------------------------------------------------------- */

enum { CWND = 20000000, RTT_US = 20000 };

/* What a pause of so much time is worth, in slow start or after it. */
static size_t earned(uint32_t ssthresh, sctpx_time us)
{
    set_up(4);
    struct sctpxi_path *path = &rig.assoc->paths[0];
    path->rto.srtt_us = RTT_US;
    path->cc.cwnd = CWND;
    path->cc.ssthresh = ssthresh;
    sctpxi_burst_on_turn(rig.assoc, rig.now);
    rig.assoc->burst_left = 0;
    rig.now += us;
    sctpxi_burst_on_turn(rig.assoc, rig.now);
    size_t bytes = rig.assoc->burst_left;
    rig.assoc->burst_left = 0;
    tear_down();
    return bytes;
}

/* Twice the window in a round trip while it doubles in one, then a quarter more than it. */
static void test_pace(void **state)
{
    (void)state;
    assert_int_equal(earned(UINT32_MAX, 500), (size_t)CWND * 2 / RTT_US * 500);
    assert_int_equal(earned(CWND, 500), (size_t)CWND * 5 / 4 / RTT_US * 500);
    assert_int_equal(earned(CWND / 2, 1), (size_t)CWND * 5 / 4 / RTT_US);
}

/* A millisecond's worth is all that a pause earns. */
static void test_trains_are_bounded(void **state)
{
    (void)state;
    assert_int_equal(earned(CWND, 1000), (size_t)CWND * 5 / 4 / RTT_US * 1000);
    assert_int_equal(earned(CWND, 100 * RTT_US), (size_t)CWND * 5 / 4 / RTT_US * 1000);
}

/* Turns that come faster than a byte is earned wait for it. */
static void test_frequent_turns_earn_as_well(void **state)
{
    (void)state;
    set_up(4);
    struct sctpxi_path *path = &rig.assoc->paths[0];
    path->rto.srtt_us = 10 * 1000000;
    path->cc.cwnd = path->cc.ssthresh = 4000000; /* half a byte in a microsecond */
    sctpxi_burst_on_turn(rig.assoc, rig.now);
    rig.assoc->burst_left = 0;
    for (unsigned i = 0; i < 1000; i++)
        sctpxi_burst_on_turn(rig.assoc, ++rig.now);
    assert_in_range(rig.assoc->burst_left, 300, 500);
    tear_down();
}

/* What is lost waits for its turn like what is new; it is paid for, too. */
static void test_retransmissions_are_paced(void **state)
{
    (void)state;
    set_up(4);
    rig.assoc->paths[0].rto.srtt_us = RTT_US;
    rig.assoc->burst_left = 10000;
    sctpxi_burst_on_sent(rig.assoc, 0, 1000);
    assert_int_equal(rig.assoc->burst_left, 9000);
    sctpxi_burst_on_sent(rig.assoc, 1000, 1000);
    assert_int_equal(rig.assoc->burst_left, 8000);
    assert_false(sctpxi_burst_holds_marked(rig.assoc));
    rig.assoc->burst_left = 0;
    assert_true(sctpxi_burst_holds_marked(rig.assoc));
    rig.assoc->paths[0].rto.srtt_us = 1999; /* not paced: Max.Burst is about new data */
    assert_false(sctpxi_burst_holds_marked(rig.assoc));
    rig.assoc->burst_left = 10000;
    sctpxi_burst_on_sent(rig.assoc, 0, 1000);
    assert_int_equal(rig.assoc->burst_left, 10000);
    tear_down();
}

/* Round trips of 2 ms are paced, without a limit of bursts none are. */
static void test_what_is_paced(void **state)
{
    (void)state;
    set_up(4);
    rig.assoc->burst_left = 0;
    rig.assoc->paths[0].rto.srtt_us = 2000;
    assert_true(sctpxi_burst_holds_marked(rig.assoc));
    sctpxi_burst_allow(rig.assoc); /* only time earns anything */
    sctpxi_burst_on_acked(rig.assoc, 10000);
    assert_int_equal(rig.assoc->burst_left, 0);
    tear_down();
}

/* All that was acknowledged and a packet more, on top of what is left; Max.Burst at least. */
static void test_what_an_acknowledgement_pays(void **state)
{
    (void)state;
    set_up(4);
    size_t packet = rig.assoc->paths[0].cc.mtu;
    rig.assoc->burst_left = 3000;
    sctpxi_burst_on_acked(rig.assoc, 10000);
    assert_int_equal(rig.assoc->burst_left, 13000 + packet);
    sctpxi_burst_on_acked(rig.assoc, 0);
    assert_int_equal(rig.assoc->burst_left, 13000 + packet);
    sctpxi_burst_allow(rig.assoc);
    assert_int_equal(rig.assoc->burst_left, 13000 + packet);
    rig.assoc->burst_left = 0;
    sctpxi_burst_on_acked(rig.assoc, 0);
    assert_int_equal(rig.assoc->burst_left, 4 * packet);
    rig.assoc->burst_left = 0;
    sctpxi_burst_on_acked(rig.assoc, 1);
    assert_int_equal(rig.assoc->burst_left, 4 * packet);
    rig.assoc->burst_left = 0;
    tear_down();
}

/* When the next train goes; NEVER: it waits for nothing. */
static sctpx_time wait_after(size_t left)
{
    rig.assoc->burst_left = left;
    rig.assoc->pace_deadline = SCTPX_TIME_NEVER;
    sctpxi_burst_end(rig.assoc, rig.now);
    sctpx_time at = rig.assoc->pace_deadline;
    rig.assoc->pace_deadline = SCTPX_TIME_NEVER;
    return at;
}

/* In half the time that a train takes, if there is something that it can carry. */
static void test_next_train(void **state)
{
    (void)state;
    set_up(4);
    struct sctpxi_path *path = &rig.assoc->paths[0];
    path->rto.srtt_us = RTT_US;
    path->cc.cwnd = path->cc.ssthresh = CWND;
    assert_true(wait_after(0) == SCTPX_TIME_NEVER); /* nothing to send */
    rig.assoc->outstanding.marked_count = 1;
    assert_int_equal(wait_after(0), rig.now + 500 + 1);
    rig.assoc->outstanding.marked_count = 0;
    assert_int_equal(engine_rig_user_send(&rig, 0, 1000), 0);
    assert_int_equal(wait_after(0), rig.now + 500 + 1);
    assert_true(wait_after(1) == SCTPX_TIME_NEVER); /* cwnd or the peer's window holds it */
    path->cc.ssthresh = UINT32_MAX;
    assert_int_equal(wait_after(0), rig.now + 500 + 1);
    path->cc.cwnd = path->cc.ssthresh = 20 * path->cc.mtu; /* ten packets of 25 in a round trip */
    assert_int_equal(wait_after(0), rig.now + RTT_US / 5 + 1);
    rig.assoc->burst_left = 10000;
    engine_rig_flush(&rig);
    tear_down();
}

/* Very long ones count as 67 s; a pause is worth one of them at most, and one train of it. */
static void test_very_long_round_trips(void **state)
{
    (void)state;
    set_up(4);
    struct sctpxi_path *path = &rig.assoc->paths[0];
    path->rto.srtt_us = UINT32_MAX;
    path->cc.cwnd = path->cc.ssthresh = UINT32_MAX;
    sctpxi_burst_on_turn(rig.assoc, rig.now);
    rig.assoc->burst_left = 0;
    rig.now += 100;
    sctpxi_burst_on_turn(rig.assoc, rig.now);
    assert_int_equal(rig.assoc->burst_left, (64 * 100 - 1) * 5 / 4);
    rig.assoc->burst_left = 0;
    path->cc.cwnd = path->cc.ssthresh = 1u << 31;
    rig.now += UINT64_C(1) << 33;
    sctpxi_burst_on_turn(rig.assoc, rig.now);
    assert_int_equal(rig.assoc->burst_left, 32 * 1000 * 5 / 4);
    rig.assoc->burst_left = 0;
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_more_than_max_burst),
        cmocka_unit_test(test_no_limit),
        cmocka_unit_test(test_acknowledged_data_pays),
        cmocka_unit_test(test_nothing_is_saved),
        cmocka_unit_test(test_turned_on_meanwhile),
        cmocka_unit_test(test_pace),
        cmocka_unit_test(test_trains_are_bounded),
        cmocka_unit_test(test_frequent_turns_earn_as_well),
        cmocka_unit_test(test_retransmissions_are_paced),
        cmocka_unit_test(test_what_is_paced),
        cmocka_unit_test(test_what_an_acknowledgement_pays),
        cmocka_unit_test(test_next_train),
        cmocka_unit_test(test_very_long_round_trips),
    };
    return cmocka_run_group_tests_name("burst", tests, NULL, NULL);
}
