/* SPDX-License-Identifier: MIT */
/* RFC 9260 7.2.4: SACKs about holes, miss indications, fast retransmit, fast recovery. */
#include "conformance/rfc9260_07.h"

/* covers: 9260/7.2.4-1 */
static void test_a_hole_is_reported_with_every_packet(void **state)
{
    struct sim_raw raw = peer(*state);
    for (uint16_t ssn = 0; ssn < 3; ssn++) /* the first one is acknowledged anyway */
        sim_raw_data(&raw, 0, ssn, 100);
    uint32_t missing = raw.tsn++;
    size_t before = sim_raw_count(&raw, SIM_SACK);
    for (uint16_t i = 0; i < 5; i++) {
        sim_raw_data(&raw, 0, (uint16_t)(4 + i), 100);
        assert_int_equal(sim_raw_count(&raw, SIM_SACK), before + 1 + i);
    }
    const struct sim_record *record = sim_raw_last(&raw, SIM_SACK);
    const struct sim_chunk *chunk = sim_find_chunk(*state, record, SIM_SACK);
    assert_int_equal(chunk->tsn, missing - 1);
    assert_int_equal(chunk->gaps, 1);
    sim_finish(*state);
}

/* covers: 9260/7.2.4-2 */
static void test_the_third_report_counts(void **state)
{
    struct sim_raw raw = peer(*state);
    send_messages(&raw, 4, FULL);
    sack_gap(&raw, 0, 2, 2);
    sack_gap(&raw, 0, 2, 3);
    assert_int_equal(times_sent(&raw, 1), 1);
    sack_gap(&raw, 0, 2, 4);
    assert_int_equal(times_sent(&raw, 1), 2);
    sim_finish(*state);
}

/* covers: 9260/7.2.4-3 */
static void test_reports_that_acknowledge_nothing_new_do_not_count(void **state)
{
    struct sim_raw raw = peer(*state);
    send_messages(&raw, 4, FULL);
    for (int i = 0; i < 20; i++)
        sack_gap(&raw, 0, 2, 3);
    assert_int_equal(times_sent(&raw, 1), 1);
    sim_finish(*state);
}

/* covers: 9260/7.2.4-4 */
static void test_only_what_is_below_the_newly_acknowledged_is_missing(void **state)
{
    struct sim_raw raw = peer(*state);
    uint32_t acked = 0;
    grow(&raw, &acked, 20);
    send_messages(&raw, 8, FULL);
    /* 8 has arrived; then 2 to 4, one by one: the holes at 5 to 7 are above what is new. */
    sack_gap(&raw, acked, acked + 8, acked + 8); /* one report for 1 to 7 */
    for (uint32_t last = 2; last <= 4; last++) {
        const uint16_t gaps[2][2] = {{2, (uint16_t)last}, {8, 8}};
        struct pb *pb = sim_raw_packet(&raw);
        pb_sack(pb, raw.host_tsn - 1 + acked, RWND, 2, gaps, 0, NULL);
        sim_raw_send(&raw, pb);
    }
    assert_int_equal(times_sent(&raw, acked + 1), 2);
    for (uint32_t n = 5; n <= 7; n++)
        assert_int_equal(times_sent(&raw, acked + n), 1);
    sim_finish(*state);
}

/* In fast recovery an advance of the cumulative point counts for all. covers: 9260/7.2.4-4 */
static void test_an_advance_in_fast_recovery_counts_for_all(void **state)
{
    struct sim_raw raw = peer(*state);
    uint32_t acked = 0;
    grow(&raw, &acked, 40);
    fill(&raw);
    for (uint32_t last = 2; last <= 4; last++) /* 1 is lost: fast recovery */
        sack_gap(&raw, acked, acked + 2, acked + last);
    assert_int_equal(times_sent(&raw, acked + 1), 2);
    /* 6 is lost too: the first report, and two advances with nothing new above it. */
    sack_gap(&raw, acked + 4, acked + 7, acked + 8);
    assert_int_equal(times_sent(&raw, acked + 6), 1);
    sack_gap(&raw, acked + 5, acked + 7, acked + 8);
    assert_int_equal(times_sent(&raw, acked + 6), 1);
    sack_gap(&raw, acked + 5, acked + 7, acked + 9);
    assert_int_equal(times_sent(&raw, acked + 6), 2);
    sim_finish(*state);
}

/* covers: 9260/7.2.4-5 9260/7.2.4-6 */
static void test_the_window_does_not_hold_a_fast_retransmission(void **state)
{
    struct sim_raw raw = peer(*state);
    uint32_t acked = 0;
    grow(&raw, &acked, 40);
    send_messages(&raw, 60, FULL);
    sctpx_time now = raw.host->sim->now;
    for (uint32_t last = 2; last <= 4; last++)
        sack_gap(&raw, acked, acked + 2, acked + last);
    assert_true(flight(&raw) > cwnd(&raw) + PMDCS); /* no room at all, and yet: */
    assert_int_equal(times_sent(&raw, acked + 1), 2);
    assert_int_equal(sim_raw_last(&raw, SIM_DATA)->at, now);
    sim_finish(*state);
}

/* One packet with the lowest TSNs goes at once, the rest when cwnd allows. covers: 9260/7.2.4-6 */
static void test_a_fast_retransmission_is_one_packet(void **state)
{
    struct sim_raw raw = peer(*state);
    uint32_t acked = 0;
    grow(&raw, &acked, 40);
    send_messages(&raw, 100, 684);               /* two in a packet */
    sack_gap(&raw, acked, acked + 6, acked + 6); /* 1 to 5 are lost */
    sack_gap(&raw, acked, acked + 6, acked + 7);
    size_t before = sim_raw_count(&raw, SIM_DATA);
    sack_gap(&raw, acked, acked + 6, acked + 8);
    assert_int_equal(sim_raw_count(&raw, SIM_DATA), before + 1);
    const struct sim_record *record = sim_raw_last(&raw, SIM_DATA);
    assert_int_equal(record->n_chunks, 2);
    assert_int_equal(record->chunks[0].tsn, raw.host_tsn + acked);
    assert_int_equal(record->chunks[1].tsn, raw.host_tsn + acked + 1);
    sim_finish(*state);
}

/* covers: 9260/7.2.4-7 */
static void test_one_cut_for_one_recovery(void **state)
{
    struct sim_raw raw = peer(*state);
    uint32_t acked = 0;
    grow(&raw, &acked, 40);
    uint32_t n = fill(&raw);
    for (uint32_t last = 2; last <= 4; last++)
        sack_gap(&raw, acked, acked + 2, acked + last);
    uint32_t window = cwnd(&raw), threshold = ssthresh(&raw);
    for (uint32_t last = 7; last <= 9; last++) /* 6 is lost as well */
        sack_gap(&raw, acked + 5, acked + 7, acked + last);
    assert_int_equal(times_sent(&raw, acked + 6), 2);
    assert_int_equal(cwnd(&raw), window);
    assert_int_equal(ssthresh(&raw), threshold);
    /* After the exit point the next loss counts again. */
    acked += n;
    sack(&raw, acked);
    uint32_t grown = cwnd(&raw);
    fill(&raw);
    for (uint32_t last = 2; last <= 4; last++)
        sack_gap(&raw, acked, acked + 2, acked + last);
    assert_int_equal(cwnd(&raw), grown / 2 > 4 * PMDCS ? grown / 2 : 4 * PMDCS);
    sim_finish(*state);
}

/* covers: 9260/7.2.4-8 */
static void test_growth_comes_before_the_cut(void **state)
{
    struct sim_raw raw = peer(*state);
    uint32_t acked = 0;
    grow(&raw, &acked, 40);
    send_messages(&raw, 60, FULL);
    uint32_t before = cwnd(&raw);
    assert_true(flight(&raw) >= before);
    sack_gap(&raw, acked, acked + 5, acked + 5); /* 4 is lost; 1 to 3 are late only */
    sack_gap(&raw, acked, acked + 5, acked + 6);
    assert_int_equal(cwnd(&raw), before);
    sack_gap(&raw, acked + 3, acked + 5, acked + 7); /* the third, and an advance */
    assert_int_equal(times_sent(&raw, acked + 4), 2);
    assert_int_equal(ssthresh(&raw), (before + PMDCS) / 2);
    sim_finish(*state);
}

/* A chunk is retransmitted in this way once. covers: 9260/7.2.4-9 */
static void test_the_second_loss_is_left_to_t3(void **state)
{
    struct sim_raw raw = peer(*state);
    uint32_t acked = 0;
    grow(&raw, &acked, 40);
    send_messages(&raw, 20, FULL);
    for (uint32_t last = 2; last <= 15; last++)
        sack_gap(&raw, acked, acked + 2, acked + last);
    assert_int_equal(times_sent(&raw, acked + 1), 2);
    sim_run_for(*state, 2 * SIM_SECOND);
    assert_int_equal(times_sent(&raw, acked + 1), 3);
    assert_int_equal(sim_status(raw.conn).t3_timeouts, 1);
    sim_finish(*state);
}

/* What does not fit into that packet waits for cwnd, and is not marked again. */
/* covers: 9260/7.2.4-6 9260/7.2.4-9 */
static void test_what_does_not_fit_waits(void **state)
{
    struct sim_raw raw = peer(*state);
    uint32_t acked = 0;
    grow(&raw, &acked, 40);
    uint32_t n = fill(&raw);
    for (uint32_t last = 3; last <= 5; last++) /* 1 and 2 are lost */
        sack_gap(&raw, acked, acked + 3, acked + last);
    assert_int_equal(times_sent(&raw, acked + 1), 2);
    assert_int_equal(times_sent(&raw, acked + 2), 1);
    sack_gap(&raw, acked, acked + 3, acked + n);
    assert_int_equal(times_sent(&raw, acked + 2), 2);
    send_messages(&raw, 5, FULL);
    for (uint32_t last = n + 1; last <= n + 5; last++)
        sack_gap(&raw, acked, acked + 3, acked + last);
    assert_int_equal(times_sent(&raw, acked + 1), 2);
    assert_int_equal(times_sent(&raw, acked + 2), 2);
    sim_finish(*state);
}

/* Runs to the next T3-rtx and gives the time since. */
static sctpx_time time_to_t3(struct sim_raw *raw, sctpx_time since)
{
    while (sim_status(raw->conn).t3_timeouts == 0)
        assert_true(sim_step(raw->host->sim));
    return raw->host->sim->now - since;
}

/* T3-rtx starts anew with the lowest chunk, and only with that. covers: 9260/7.2.4-10 */
static void test_t3_after_a_fast_retransmission(void **state)
{
    for (int is_lowest = 0; is_lowest < 2; is_lowest++) {
        struct sim *sim = sim_renew(state);
        struct sim_raw raw = peer(sim);
        uint32_t acked = 0;
        grow(&raw, &acked, 20);
        send_messages(&raw, 8, FULL);
        sctpx_time sent = sim->now, rto = sim_path(raw.conn, 0).rto_us;
        sim_run_for(sim, 500 * SIM_MS);
        /* Chunk 1 is missing; or else 3, while 1 and 2 were reported once only. */
        for (uint16_t last = 5; last <= 7; last++) {
            const uint16_t gaps[1][2] = {{2, last}}, both[2][2] = {{3, 3}, {5, last}};
            struct pb *pb = sim_raw_packet(&raw);
            pb_sack(pb, raw.host_tsn - 1 + acked, RWND, is_lowest ? 1 : 2, is_lowest ? gaps : both,
                    0, NULL);
            sim_raw_send(&raw, pb);
        }
        assert_int_equal(times_sent(&raw, acked + 1), 2);
        assert_int_equal(time_to_t3(&raw, sent), 500 * SIM_MS + rto);
        sim_finish(sim);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_a_hole_is_reported_with_every_packet),
        sim_rfc9260_test(test_the_third_report_counts),
        sim_rfc9260_test(test_reports_that_acknowledge_nothing_new_do_not_count),
        sim_rfc9260_test(test_only_what_is_below_the_newly_acknowledged_is_missing),
        sim_unit_test(test_an_advance_in_fast_recovery_counts_for_all),
        sim_unit_test(test_the_window_does_not_hold_a_fast_retransmission),
        sim_rfc9260_test(test_a_fast_retransmission_is_one_packet),
        sim_rfc9260_test(test_one_cut_for_one_recovery),
        sim_rfc9260_test(test_growth_comes_before_the_cut),
        sim_unit_test(test_the_second_loss_is_left_to_t3),
        sim_unit_test(test_what_does_not_fit_waits),
        sim_unit_test(test_t3_after_a_fast_retransmission),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_07_fast_retransmit", tests, NULL, NULL);
}
