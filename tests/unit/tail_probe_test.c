/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/assoc.h"
#include "engine/tail_probe.h"
#include "engine/timers.h"
#include "support/engine_rig.h"

enum { MS = 1000, RTT = 40 * MS, CWND = 100000, DELAY = 200 * MS };

static struct engine_rig rig;

static void know_round_trip(uint8_t path, sctpx_time rtt_us)
{
    struct sctpxi_rto *rto = &rig.assoc->paths[path].rto;
    rto->min_rtt_us = rto->srtt_us = (uint32_t)rtt_us;
}

/* Chunks leave at once, and round trips of 40 ms are known. */
static void set_up(size_t more_paths)
{
    static const sctpx_addr more = {.family = SCTPX_IPV4, .ip = {10, 0, 1, 2}};
    engine_rig_init(&rig);
    rig.rwnd = 10000000;
    rig.opt.assoc.max_burst = 0;
    rig.peer_addrs = &more;
    rig.peer_addr_count = more_paths;
    engine_rig_accept(&rig);
    for (uint8_t i = 0; i < rig.assoc->path_count; i++) {
        rig.assoc->paths[i].is_confirmed = true;
        rig.assoc->paths[i].cc.cwnd = CWND;
        know_round_trip(i, RTT);
    }
}

static void tear_down(void)
{
    sctpxi_timers_commit(rig.assoc);
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

static void send(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(engine_rig_user_send(&rig, 0, 1000), 0);
    engine_rig_flush(&rig);
}

/* Chunks are numbered from 1. */
static void sack(uint32_t cum, uint16_t n_dups, uint32_t first_dup, uint32_t second_dup)
{
    const uint32_t dups[2] = {rig.ep_tsn - 1 + first_dup, rig.ep_tsn - 1 + second_dup};
    struct pb *pb = engine_rig_packet(&rig);
    pb_sack(pb, rig.ep_tsn - 1 + cum, 10000000, 0, NULL, n_dups, dups);
    engine_rig_send(&rig, pb);
}

static uint32_t sent_again(void)
{
    return rig.assoc->retransmitted_chunks;
}

/* Four are sent, and the last of them again after two round trips. */
static void send_and_probe(void)
{
    set_up(0);
    send(4);
    engine_rig_run(&rig, 2 * RTT);
    assert_int_equal(sent_again(), 1);
}

static bool has_paid(void)
{
    return rig.assoc->paths[0].cc.ssthresh < UINT32_MAX;
}

/* ---- when ------------------------------------------------------------------------------------ */

static void check_probe_after(sctpx_time span_us)
{
    engine_rig_run(&rig, span_us - 1);
    assert_int_equal(sent_again(), 0);
    engine_rig_run(&rig, 1);
    assert_int_equal(sent_again(), 1);
    tear_down();
}

/* Only who is alone, and did not ask for a SACK, may be acknowledged later. */
static void test_when_it_goes(void **state)
{
    (void)state;
    set_up(0);
    send(1);
    check_probe_after(2 * RTT + DELAY);
    set_up(0);
    rig.assoc->paths[0].cc.cwnd = 1500; /* for two of them: none is the tail */
    send(3);
    assert_int_equal(sctpxi_outstanding_flight(&rig.assoc->outstanding, 0).chunks, 2);
    check_probe_after(2 * RTT);
    set_up(0);
    send(3);
    rig.now += RTT;
    sack(2, 0, 0, 0); /* the third is alone now, but asked */
    know_round_trip(0, RTT);
    check_probe_after(RTT);
}

/* The round trip and the company are those of the path that the newest chunk took. */
static void test_path_of_the_newest_counts(void **state)
{
    (void)state;
    set_up(1);
    know_round_trip(0, 3 * RTT);
    send(2);
    rig.assoc->primary = 1;
    send(1);
    rig.assoc->primary = 0;
    assert_int_equal(sctpxi_outstanding_flight(&rig.assoc->outstanding, 1).chunks, 1);
    sctpx_time sent_at = rig.now;
    assert_false(sctpxi_tail_probe_on_timer(rig.assoc, sent_at + 2 * RTT));
    assert_int_equal(rig.assoc->loss_deadline, sent_at + 2 * RTT + DELAY);
    assert_false(sctpxi_tail_probe_on_timer(rig.assoc, sent_at + 2 * RTT + DELAY - 1));
    assert_true(sctpxi_tail_probe_on_timer(rig.assoc, sent_at + 2 * RTT + DELAY));
    assert_int_equal(rig.assoc->tail_probe_path, 1);
    engine_rig_flush(&rig);
    tear_down();
}

/* It neither goes nor is waited for. */
static void check_none(bool is_wanted)
{
    sctpx_assoc *a = rig.assoc;
    a->loss_deadline = SCTPX_TIME_NEVER;
    sctpxi_tail_probe_set(a, rig.now);
    assert_int_equal(a->loss_deadline < SCTPX_TIME_NEVER, is_wanted);
    if (!is_wanted)
        assert_false(sctpxi_tail_probe_on_timer(a, rig.now + 10 * RTT));
}

static void check_state_and_option(sctpx_assoc *a)
{
    enum sctpx_assoc_state state = a->state;
    a->state = SCTPX_SHUTDOWN_SENT;
    check_none(false);
    a->state = state;
    engine_rig_options(a)->loss_detection = SCTPX_LOSS_RFC9260;
    check_none(false);
    engine_rig_options(a)->loss_detection = SCTPX_LOSS_RACK;
    check_none(true);
}

/* Each condition counts for itself. */
static void test_when_there_is_none(void **state)
{
    (void)state;
    set_up(0);
    sctpx_assoc *a = rig.assoc;
    assert_false(sctpxi_tail_probe_on_timer(a, rig.now + 10 * RTT)); /* nothing in flight */
    send(2);
    check_none(true);
    a->outstanding.gap_acked_count++;
    check_none(false);
    a->outstanding.gap_acked_count--;
    a->outstanding.marked_count++;
    check_none(false);
    a->outstanding.marked_count--;
    a->is_in_fast_recovery = true;
    check_none(false);
    a->is_in_fast_recovery = false;
    a->is_tail_probed = true;
    check_none(false);
    a->is_tail_probed = false;
    a->probes = 1;
    check_none(false);
    a->probes = 0;
    know_round_trip(0, 0);
    check_none(false);
    know_round_trip(0, RTT);
    check_state_and_option(a);
    tear_down();
}

/* One probe for a flight (RFC 8985 7.3), however long it is until T3-rtx. */
static void test_one_probe_for_a_flight(void **state)
{
    (void)state;
    send_and_probe();
    assert_true(rig.assoc->loss_deadline == SCTPX_TIME_NEVER);
    send(1);
    engine_rig_run(&rig, 500 * MS);
    assert_int_equal(sent_again(), 1);
    assert_int_equal(rig.assoc->t3_timeouts, 0);
    tear_down();
}

/* It goes although cwnd is full. */
static void test_cwnd_does_not_hold_it(void **state)
{
    (void)state;
    set_up(0);
    send(4);
    rig.assoc->paths[0].cc.cwnd = 1000;
    engine_rig_run(&rig, 2 * RTT);
    assert_int_equal(sent_again(), 1);
    tear_down();
}

/* ---- what its answer tells (RFC 8985 7.4) ---------------------------------------------------- */

/* What is acknowledged before it says nothing: it is still out. */
static void test_earlier_sacks_say_nothing(void **state)
{
    (void)state;
    send_and_probe();
    sack(0, 0, 0, 0);
    sack(2, 0, 0, 0);
    assert_true(rig.assoc->is_tail_probed);
    send(2);
    sack(6, 0, 0, 0);
    assert_true(has_paid());
    tear_down();
}

/* Acknowledged up to it and no further: a second SACK, or a duplicate, shows that both came. */
static void test_both_copies_came(void **state)
{
    (void)state;
    for (uint16_t n_dups = 0; n_dups < 2; n_dups++) {
        send_and_probe();
        sack(4, 0, 0, 0);
        assert_false(has_paid());
        assert_true(rig.assoc->is_tail_probed);
        sack(4, n_dups, 4, 0);
        assert_false(rig.assoc->is_tail_probed);
        send(2);
        sack(6, 0, 0, 0);
        assert_false(has_paid());
        tear_down();
    }
}

/* The same in the SACK that goes beyond it, among other duplicates. */
static void test_duplicate_among_others(void **state)
{
    (void)state;
    for (uint32_t second = 3; second <= 4; second++) {
        send_and_probe();
        send(2);
        sack(6, 2, 1, second);
        assert_int_equal(has_paid(), second != 4);
        tear_down();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_when_it_goes),
        cmocka_unit_test(test_path_of_the_newest_counts),
        cmocka_unit_test(test_when_there_is_none),
        cmocka_unit_test(test_one_probe_for_a_flight),
        cmocka_unit_test(test_cwnd_does_not_hold_it),
        cmocka_unit_test(test_earlier_sacks_say_nothing),
        cmocka_unit_test(test_both_copies_came),
        cmocka_unit_test(test_duplicate_among_others),
    };
    return cmocka_run_group_tests_name("tail_probe", tests, NULL, NULL);
}
