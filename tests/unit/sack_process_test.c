/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sctpx/error.h>

#include "engine/outstanding.h"
#include "support/send_rig.h"

#define CHUNK_BYTES (16 + 100)

/* Ten chunks of 100 bytes are on path 0, sent 10 us apart; TSNs wrap after chunk 3. */
static int set_up(void **state)
{
    static struct send_rig rig;

    send_rig_init(&rig, UINT32_MAX - 2);
    for (int i = 0; i < 10; i++) {
        rig.now += 10;
        send_rig_send(&rig, 1, 100, 0);
    }
    *state = &rig;
    return 0;
}

static int tear_down(void **state)
{
    send_rig_check_accounts(*state);
    send_rig_done(*state);
    return 0;
}

/* SACK(cum, first, last, first, last ...): gap blocks until a 0. */
#define SACK(rig, result, ...) sack_with(rig, NULL, result, (const uint16_t[]){__VA_ARGS__, 0})

static int sack_with(struct send_rig *rig, const struct sctpxi_tsn *exit,
                     struct sctpxi_sack_result *ret_result, const uint16_t *numbers)
{
    struct send_rig_sack sack = {.cum = numbers[0]};
    int result;

    for (numbers++; *numbers != 0; numbers += 2) {
        sack.gaps[sack.count++] = (struct sctpxi_sack_gap){numbers[0], numbers[1]};
    }
    result = send_rig_sack(rig, &sack, exit, ret_result);
    send_rig_check_accounts(rig);
    return result;
}

static uint8_t state_of(const struct send_rig *rig, uint32_t number)
{
    return send_rig_chunk(rig, number)->state;
}

/* ---- acknowledging ----------------------------------------------------------------------- */

static void test_cumulative_ack(void **state)
{
    struct send_rig *rig = *state;
    struct sctpxi_sack_result r;

    assert_int_equal(SACK(rig, &r, 4), 0);
    assert_false(r.is_old);
    assert_true(r.cum_advanced);
    assert_false(r.all_acked);
    assert_false(r.reneged);
    assert_int_equal(r.path[0].flight_before, 10 * CHUNK_BYTES);
    assert_int_equal(r.path[0].acked_bytes, 4 * CHUNK_BYTES);
    assert_true(r.path[0].cum_acked);
    assert_true(r.path[0].earliest_acked);
    assert_int_equal(r.path[1].acked_bytes, 0);
    assert_false(r.path[1].cum_acked);
    assert_int_equal(sctpxi_outstanding_count(&rig->o), 6);
    assert_int_equal(sctpxi_outstanding_flight(&rig->o, 0).bytes, 6 * CHUNK_BYTES);
    assert_int_equal(rig->queue.unacked_bytes, 600);
}

/* What waits for its retransmission was given up on its path: no sign of life (8.2). */
static void test_only_chunks_in_flight_answer_for_their_path(void **state)
{
    struct send_rig *rig = *state;
    struct sctpxi_sack_result r;

    assert_int_equal(SACK(rig, &r, 1, 2, 2), 0); /* chunks 1 and 3 */
    assert_true(r.path[0].is_answered);
    assert_int_equal(sctpxi_outstanding_mark_path(&rig->o, 0), 8);
    assert_int_equal(SACK(rig, &r, 1, 2, 2, 4, 5), 0); /* marked ones, by gap */
    assert_int_equal(r.path[0].acked_bytes, 2 * CHUNK_BYTES);
    assert_false(r.path[0].is_answered);
    assert_int_equal(SACK(rig, &r, 9), 0); /* marked ones and gap-acked ones, by the point */
    assert_true(r.path[0].cum_acked);
    assert_false(r.path[0].is_answered);
    assert_int_equal(r.path[0].acked_bytes, 5 * CHUNK_BYTES);
}

static void test_everything_acked(void **state)
{
    struct send_rig *rig = *state;
    struct sctpxi_sack_result r;

    assert_int_equal(SACK(rig, &r, 10), 0);
    assert_true(r.all_acked);
    assert_true(r.cum_advanced);
    assert_int_equal(SACK(rig, &r, 10), 0);
    assert_true(r.all_acked);
    assert_false(r.cum_advanced);
    assert_false(r.path[0].cum_acked);
}

static void test_gap_ack_ends_the_flight_but_not_the_message(void **state)
{
    struct send_rig *rig = *state;
    struct sctpxi_sack_result r;

    assert_int_equal(SACK(rig, &r, 1, 2, 3, 6, 6), 0); /* chunks 3, 4 and 7 */
    assert_int_equal(r.path[0].acked_bytes, 4 * CHUNK_BYTES);
    assert_int_equal(state_of(rig, 2), SCTPXI_SENT_IN_FLIGHT);
    assert_int_equal(state_of(rig, 3), SCTPXI_SENT_GAP_ACKED);
    assert_int_equal(state_of(rig, 4), SCTPXI_SENT_GAP_ACKED);
    assert_int_equal(state_of(rig, 5), SCTPXI_SENT_IN_FLIGHT);
    assert_int_equal(state_of(rig, 7), SCTPXI_SENT_GAP_ACKED);
    assert_int_equal(rig->o.gap_acked_count, 3);
    assert_int_equal(rig->o.total_flight_bytes, 600);
    assert_int_equal(rig->queue.unacked_bytes, 900);
    assert_non_null(send_rig_chunk(rig, 3)->message);
}

static void test_bytes_count_once(void **state)
{
    struct send_rig *rig = *state;
    struct sctpxi_sack_result r;

    assert_int_equal(SACK(rig, &r, 1, 3, 4), 0);
    assert_int_equal(SACK(rig, &r, 1, 3, 4), 0); /* the same again */
    assert_int_equal(r.path[0].acked_bytes, 0);
    assert_int_equal(SACK(rig, &r, 4), 0); /* passes 4, which was gap-acked, and 2, 3 */
    assert_int_equal(r.path[0].acked_bytes, 2 * CHUNK_BYTES);
    assert_true(r.path[0].cum_acked);
}

static void test_touching_blocks_are_one(void **state)
{
    struct send_rig *rig = *state;
    struct sctpxi_sack_result r;

    assert_int_equal(SACK(rig, &r, 1, 2, 3, 4, 5), 0);
    assert_int_equal(rig->o.gap_acked_count, 4);
    assert_int_equal(rig->o.gap_runs, 1);
}

/* The point may stop inside of a run: what follows it is still known. */
/* A peer that had 3 to 6 and is at 4 now has lost 5 and 6: they are in flight again. */
static void test_cum_ack_inside_of_a_run(void **state)
{
    struct send_rig *rig = *state;
    struct sctpxi_sack_result r;

    assert_int_equal(SACK(rig, &r, 0, 3, 6, 9, 9), 0);
    assert_int_equal(sctpxi_outstanding_on_cum_ack(&rig->o, send_rig_tsn(rig, 4), &r), 0);
    assert_true(r.cum_advanced);
    assert_true(r.reneged);
    assert_int_equal(state_of(rig, 5), SCTPXI_SENT_IN_FLIGHT);
    assert_int_equal(state_of(rig, 6), SCTPXI_SENT_IN_FLIGHT);
    assert_int_equal(state_of(rig, 9), SCTPXI_SENT_GAP_ACKED);
    assert_int_equal(rig->o.gap_acked_count, 1);
    send_rig_check_accounts(rig);
    assert_int_equal(SACK(rig, &r, 6, 3, 3), 0);
    assert_false(r.reneged);
    assert_int_equal(r.path[0].acked_bytes, 0);
    assert_int_equal(rig->o.gap_acked_count, 1);
}

static void test_shutdown_says_nothing_about_gaps(void **state)
{
    struct send_rig *rig = *state;
    struct sctpxi_sack_result r;

    assert_int_equal(SACK(rig, &r, 1, 5, 6), 0);
    assert_int_equal(sctpxi_outstanding_on_cum_ack(&rig->o, send_rig_tsn(rig, 2), &r), 0);
    assert_int_equal(r.path[0].acked_bytes, CHUNK_BYTES);
    assert_int_equal(rig->o.gap_acked_count, 2);
    assert_int_equal(send_rig_chunk(rig, 3)->misses, 1);
    assert_int_equal(sctpxi_outstanding_on_cum_ack(&rig->o, send_rig_tsn(rig, 1), &r), 0);
    assert_true(r.is_old);
    assert_int_equal(sctpxi_outstanding_on_cum_ack(&rig->o, send_rig_tsn(rig, 11), &r),
                     SCTPX_EPROTO);
    assert_int_equal(sctpxi_outstanding_on_cum_ack(&rig->o, send_rig_tsn(rig, 10), &r), 0);
    assert_true(r.all_acked);
}

/* ---- refusing ---------------------------------------------------------------------------- */

static void test_old_sack_changes_nothing(void **state)
{
    struct send_rig *rig = *state;
    struct sctpxi_sack_result r;

    assert_int_equal(SACK(rig, &r, 5), 0);
    assert_int_equal(SACK(rig, &r, 4, 2, 9), 0);
    assert_true(r.is_old);
    assert_false(r.cum_advanced);
    assert_int_equal(r.path[0].acked_bytes, 0);
    assert_int_equal(rig->o.gap_acked_count, 0);
    assert_int_equal(sctpxi_outstanding_count(&rig->o), 5);
}

static void test_lying_sacks_change_nothing(void **state)
{
    static const uint16_t bad[][6] = {
        {11, 0},       /* acknowledges what was not sent */
        {1, 1, 1, 0},  /* says that the cumulative TSN is wrong */
        {1, 2, 10, 0}, /* ends beyond what was sent */
        {4, 7, 7, 0},  /* the same after a cumulative TSN that advances */
        {1, 65535, 65535, 0},
        {1, 3, 2, 0},       /* ends before it begins */
        {1, 4, 5, 2, 2, 0}, /* out of order */
        {1, 4, 5, 5, 6, 0}, /* overlapping */
        {1, 4, 5, 4, 5, 0}, /* the same twice */
    };
    struct send_rig *rig = *state;
    struct sctpxi_sack_result r;
    struct sctpxi_outstanding before;
    struct sctpxi_sent ring[16];

    assert_int_equal(SACK(rig, &r, 1, 3, 4, 6, 6), 0);
    before = rig->o;
    assert_int_equal(before.capacity, 16);
    memcpy(ring, rig->o.ring, sizeof(ring));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(sack_with(rig, NULL, &r, bad[i]), SCTPX_EPROTO);
        assert_memory_equal(&before, &rig->o, sizeof(before));
        assert_memory_equal(ring, rig->o.ring, sizeof(ring));
    }
}

static void test_cum_tsn_half_the_circle_away_is_refused(void **state)
{
    struct send_rig *rig = *state;
    struct sctpxi_sack_result r;

    assert_int_equal(sctpxi_outstanding_on_cum_ack(&rig->o, send_rig_tsn(rig, 0x80000000u), &r),
                     SCTPX_EPROTO);
    assert_int_equal(sctpxi_outstanding_on_cum_ack(&rig->o, send_rig_tsn(rig, 0x80000001u), &r), 0);
    assert_true(r.is_old);
}

/* ---- timer and RTT ----------------------------------------------------------------------- */

static void test_rtt_is_from_the_newest_chunk(void **state)
{
    struct send_rig *rig = *state;
    struct sctpxi_sack_result r;

    assert_int_equal(SACK(rig, &r, 2, 3, 4), 0);
    assert_true(r.path[0].has_rtt);
    assert_int_equal(r.path[0].rtt_sent_at, 1000 + 60);
    assert_int_equal(SACK(rig, &r, 3, 2, 3), 0); /* 6 was counted already, 3 was not */
    assert_int_equal(r.path[0].rtt_sent_at, 1000 + 30);
    assert_int_equal(SACK(rig, &r, 3, 2, 3), 0);
    assert_false(r.path[0].has_rtt);
}

static void retransmit(struct send_rig *rig, uint32_t number, uint8_t path)
{
    sctpxi_outstanding_resent(&rig->o, send_rig_tsn(rig, number), path, rig->now, false);
}

static void test_no_rtt_from_retransmitted_chunks(void **state)
{
    struct send_rig *rig = *state;
    struct sctpxi_sack_result r;

    (void)sctpxi_outstanding_mark_path(&rig->o, 0);
    retransmit(rig, 1, 0);
    retransmit(rig, 2, 0);
    assert_int_equal(SACK(rig, &r, 1, 2, 2), 0); /* 3 was marked only, 1 retransmitted */
    assert_true(r.path[0].has_rtt);
    assert_int_equal(r.path[0].rtt_sent_at, 1000 + 30);
    assert_int_equal(SACK(rig, &r, 2, 2, 2), SCTPX_OK);
    assert_int_equal(r.path[0].rtt_sent_at, 1000 + 40);
}

/* 6.3.1 C5: the cumulative point passes 2 late, since 1 had to be sent again. */
static void test_no_rtt_from_late_cumulative_acks(void **state)
{
    struct send_rig *rig = *state;
    struct sctpxi_sack_result r;

    (void)sctpxi_outstanding_mark_path(&rig->o, 0);
    rig->now += 1000000;
    for (uint32_t number = 1; number <= 9; number++) {
        retransmit(rig, number, 0);
    }
    assert_int_equal(SACK(rig, &r, 10), 0); /* 10 was sent once, long ago */
    assert_false(r.path[0].has_rtt);
    send_rig_send(rig, 1, 100, 0);
    assert_int_equal(SACK(rig, &r, 11), 0);
    assert_true(r.path[0].has_rtt);
    assert_int_equal(r.path[0].rtt_sent_at, rig->now);
}

static void test_earliest_chunk_by_gap(void **state)
{
    struct send_rig *rig = *state;
    struct sctpxi_sack_result r;

    send_rig_send(rig, 3, 100, 1); /* 11, 12, 13 */
    assert_int_equal(SACK(rig, &r, 0, 12, 12), 0);
    assert_false(r.path[0].earliest_acked);
    assert_false(r.path[1].earliest_acked);
    assert_int_equal(SACK(rig, &r, 0, 11, 12), 0);
    assert_true(r.path[1].earliest_acked);
    assert_int_equal(SACK(rig, &r, 0, 11, 13), 0); /* 13 is the earliest one now */
    assert_true(r.path[1].earliest_acked);
    assert_false(r.path[0].earliest_acked);
}

static void test_earliest_chunk_after_a_retransmission(void **state)
{
    struct send_rig *rig = *state;
    struct sctpxi_sack_result r;

    send_rig_send(rig, 1, 100, 1); /* 11 */
    assert_int_equal(SACK(rig, &r, 0, 9, 9), 0);
    (void)sctpxi_outstanding_mark_path(&rig->o, 0);
    retransmit(rig, 5, 1);
    assert_int_equal(SACK(rig, &r, 0, 9, 9, 11, 11), 0);
    assert_false(r.path[1].earliest_acked); /* 5 came before it */
    assert_int_equal(SACK(rig, &r, 0, 5, 5, 9, 9, 11, 11), 0);
    assert_true(r.path[1].earliest_acked);
}

/* ---- missing reports --------------------------------------------------------------------- */

static void test_third_report_marks(void **state)
{
    struct send_rig *rig = *state;
    struct sctpxi_sack_result r;

    assert_int_equal(SACK(rig, &r, 1, 2, 2), 0); /* 2 is missing */
    assert_int_equal(SACK(rig, &r, 1, 2, 3), 0);
    assert_int_equal(r.newly_marked, 0);
    assert_int_equal(SACK(rig, &r, 1, 2, 4), 0);
    assert_int_equal(r.newly_marked, 1);
    assert_int_equal(r.path[0].lost_bytes, CHUNK_BYTES);
    assert_int_equal(state_of(rig, 2), SCTPXI_SENT_MARKED);
    assert_true(send_rig_chunk(rig, 2)->was_fast_retransmitted);
    assert_int_equal(state_of(rig, 6), SCTPXI_SENT_IN_FLIGHT);
    assert_int_equal(rig->o.marked_bytes, 100);
}

/* HTNA: only below the highest TSN that this SACK is the first to acknowledge. */
static void test_reports_count_below_the_highest_newly_acked(void **state)
{
    struct send_rig *rig = *state;
    struct sctpxi_sack_result r;

    assert_int_equal(SACK(rig, &r, 1, 7, 7), 0);
    assert_int_equal(SACK(rig, &r, 1, 7, 7), 0); /* tells nothing new */
    assert_int_equal(send_rig_chunk(rig, 2)->misses, 1);
    assert_int_equal(SACK(rig, &r, 1, 3, 3, 7, 7), 0); /* 4 is new: 2 and 3 are below */
    assert_int_equal(send_rig_chunk(rig, 2)->misses, 2);
    assert_int_equal(send_rig_chunk(rig, 3)->misses, 2);
    assert_int_equal(send_rig_chunk(rig, 5)->misses, 1);
    assert_int_equal(send_rig_chunk(rig, 9)->misses, 0);
    assert_int_equal(SACK(rig, &r, 2, 2, 2, 6, 6), 0); /* only the point advances */
    assert_int_equal(send_rig_chunk(rig, 3)->misses, 2);
}

static void test_all_missing_count_when_the_point_advances_in_fast_recovery(void **state)
{
    struct send_rig *rig = *state;
    const struct sctpxi_tsn exit = send_rig_tsn(rig, 10);
    const struct sctpxi_tsn reached = send_rig_tsn(rig, 3);
    struct sctpxi_sack_result r;

    assert_int_equal(SACK(rig, &r, 1, 4, 4, 7, 7), 0);
    assert_int_equal(send_rig_chunk(rig, 7)->misses, 1);
    assert_int_equal(sack_with(rig, &exit, &r, (const uint16_t[]){1, 4, 4, 7, 7, 0}), 0);
    assert_int_equal(send_rig_chunk(rig, 7)->misses, 1);
    assert_int_equal(sack_with(rig, &exit, &r, (const uint16_t[]){2, 3, 3, 6, 6, 0}), 0);
    assert_int_equal(send_rig_chunk(rig, 4)->misses, 2);
    assert_int_equal(send_rig_chunk(rig, 7)->misses, 2);
    assert_int_equal(send_rig_chunk(rig, 9)->misses, 0);
    /* A SACK that reaches the exit ends fast recovery, and is no longer in it. */
    assert_int_equal(sack_with(rig, &reached, &r, (const uint16_t[]){3, 2, 2, 5, 5, 0}), 0);
    assert_int_equal(send_rig_chunk(rig, 7)->misses, 2);
}

static void test_only_one_fast_retransmission(void **state)
{
    struct send_rig *rig = *state;
    struct sctpxi_sack_result r;

    for (uint16_t last = 2; last <= 4; last++) {
        assert_int_equal(SACK(rig, &r, 1, 2, last), 0);
    }
    assert_int_equal(r.newly_marked, 1);
    sctpxi_outstanding_resent(&rig->o, send_rig_tsn(rig, 2), 0, rig->now, true);
    for (uint16_t last = 5; last <= 9; last++) {
        assert_int_equal(SACK(rig, &r, 1, 2, last), 0);
        assert_int_equal(r.newly_marked, 0);
    }
    assert_int_equal(state_of(rig, 2), SCTPXI_SENT_IN_FLIGHT);
    assert_int_equal(sctpxi_outstanding_mark_path(&rig->o, 0), 1); /* T3 may */
}

/* A chunk that T3 sent again may still have its fast retransmission, after three new reports. */
static void test_reports_start_over_after_t3(void **state)
{
    struct send_rig *rig = *state;
    struct sctpxi_sack_result r;

    assert_int_equal(SACK(rig, &r, 1, 2, 2), 0);
    assert_int_equal(SACK(rig, &r, 1, 2, 3), 0);
    (void)sctpxi_outstanding_mark_path(&rig->o, 0);
    retransmit(rig, 2, 0);
    assert_int_equal(SACK(rig, &r, 1, 2, 4), 0);
    assert_int_equal(SACK(rig, &r, 1, 2, 5), 0);
    assert_int_equal(r.newly_marked, 0);
    assert_int_equal(SACK(rig, &r, 1, 2, 6), 0);
    assert_int_equal(r.newly_marked, 1);
}

/* Marked, but its acknowledgement was only late: it must not go out again. */
static void test_late_ack_of_a_marked_chunk(void **state)
{
    struct send_rig *rig = *state;
    struct sctpxi_sack_result r;
    struct sctpxi_tsn tsn;

    for (uint16_t last = 3; last <= 5; last++) {
        assert_int_equal(SACK(rig, &r, 1, 3, last), 0);
    }
    assert_int_equal(r.newly_marked, 2);
    assert_int_equal(SACK(rig, &r, 2, 2, 4), 0);
    assert_true(sctpxi_outstanding_next_marked(&rig->o, &tsn));
    assert_int_equal(tsn.v, send_rig_tsn(rig, 3).v);
    assert_int_equal(SACK(rig, &r, 6), 0);
    assert_false(sctpxi_outstanding_next_marked(&rig->o, &tsn));
}

/* ---- reneging ---------------------------------------------------------------------------- */

static void test_chunk_taken_back_is_in_flight_again(void **state)
{
    struct send_rig *rig = *state;
    struct sctpxi_sack_result r;

    assert_int_equal(SACK(rig, &r, 1, 3, 5), 0);
    assert_int_equal(SACK(rig, &r, 1, 4, 4), 0); /* 4 and 6 are gone */
    assert_true(r.reneged);
    assert_int_equal(state_of(rig, 4), SCTPXI_SENT_IN_FLIGHT);
    assert_int_equal(state_of(rig, 5), SCTPXI_SENT_GAP_ACKED);
    assert_int_equal(state_of(rig, 6), SCTPXI_SENT_IN_FLIGHT);
    assert_int_equal(rig->o.gap_acked_count, 1);
    assert_int_equal(send_rig_chunk(rig, 4)->misses, 1);
    assert_int_equal(send_rig_chunk(rig, 6)->misses, 1);
    assert_int_equal(SACK(rig, &r, 1), 0);
    assert_true(r.reneged);
    assert_int_equal(rig->o.gap_acked_count, 0);
    assert_int_equal(rig->o.gap_runs, 0);
}

/* Below the highest newly acked one it is one report as well, not two. */
static void test_taking_back_is_one_report(void **state)
{
    struct send_rig *rig = *state;
    struct sctpxi_sack_result r;

    assert_int_equal(SACK(rig, &r, 1, 3, 3), 0);
    assert_int_equal(SACK(rig, &r, 1, 5, 5), 0);
    assert_int_equal(send_rig_chunk(rig, 4)->misses, 1);
    assert_int_equal(SACK(rig, &r, 1, 5, 6), 0);
    assert_int_equal(r.newly_marked, 2); /* 2 and 3, which has been missing from the first on */
    assert_int_equal(send_rig_chunk(rig, 4)->misses, 2);
    assert_int_equal(SACK(rig, &r, 1, 5, 7), 0);
    assert_int_equal(state_of(rig, 4), SCTPXI_SENT_MARKED);
}

/* Reporting, taking back and reporting again must not open the window further. */
static void test_reporting_again_gains_nothing(void **state)
{
    struct send_rig *rig = *state;
    struct sctpxi_sack_result r;

    for (int i = 0; i < 5; i++) {
        assert_int_equal(SACK(rig, &r, 1, 3, 9), 0);
        assert_int_equal(r.path[0].acked_bytes, i == 0 ? 8 * CHUNK_BYTES : 0);
        assert_int_equal(r.path[0].has_rtt, i == 0);
        assert_int_equal(SACK(rig, &r, 1), 0);
        assert_int_equal(r.path[0].acked_bytes, 0);
    }
    assert_int_equal(SACK(rig, &r, 10), 0);
    assert_int_equal(r.path[0].acked_bytes, 2 * CHUNK_BYTES);
    assert_int_equal(rig->queue.unacked_bytes, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    static const struct CMUnitTest tests[] = {
        TEST(test_cumulative_ack),
        TEST(test_only_chunks_in_flight_answer_for_their_path),
        TEST(test_everything_acked),
        TEST(test_gap_ack_ends_the_flight_but_not_the_message),
        TEST(test_bytes_count_once),
        TEST(test_touching_blocks_are_one),
        TEST(test_cum_ack_inside_of_a_run),
        TEST(test_shutdown_says_nothing_about_gaps),
        TEST(test_old_sack_changes_nothing),
        TEST(test_lying_sacks_change_nothing),
        TEST(test_cum_tsn_half_the_circle_away_is_refused),
        TEST(test_rtt_is_from_the_newest_chunk),
        TEST(test_no_rtt_from_retransmitted_chunks),
        TEST(test_no_rtt_from_late_cumulative_acks),
        TEST(test_earliest_chunk_by_gap),
        TEST(test_earliest_chunk_after_a_retransmission),
        TEST(test_third_report_marks),
        TEST(test_reports_count_below_the_highest_newly_acked),
        TEST(test_all_missing_count_when_the_point_advances_in_fast_recovery),
        TEST(test_only_one_fast_retransmission),
        TEST(test_reports_start_over_after_t3),
        TEST(test_late_ack_of_a_marked_chunk),
        TEST(test_chunk_taken_back_is_in_flight_again),
        TEST(test_taking_back_is_one_report),
        TEST(test_reporting_again_gains_nothing),
    };

    return cmocka_run_group_tests_name("sack_process", tests, NULL, NULL);
}
