/* SPDX-License-Identifier: MIT */
/* RFC 9260 7.2.1, 7.2.2 and 7.2.3: congestion avoidance, and the window after a loss. */
#include "conformance/rfc9260_07.h"

static void run_to_t3(struct sim_raw *raw)
{
    uint64_t before = sim_status(raw->conn).t3_timeouts;
    while (sim_status(raw->conn).t3_timeouts == before)
        assert_true(sim_step(raw->host->sim));
    sim_flush(raw->host->sim);
}

/* Reports the first chunk that is not acknowledged yet missing three times. */
static void report_loss(struct sim_raw *raw, uint32_t acked)
{
    for (uint32_t last = 2; last <= 4; last++)
        sack_gap(raw, acked, acked + 2, acked + last);
    assert_int_equal(times_sent(raw, acked + 1), 2);
}

/* A window over ssthresh, everything acknowledged. */
static void enter_avoidance(struct sim_raw *raw, uint32_t *acked)
{
    grow(raw, acked, 40);
    uint32_t n = fill(raw);
    report_loss(raw, *acked);
    *acked += n;
    sack(raw, *acked);
    assert_int_equal(flight(raw), 0);
    assert_true(cwnd(raw) > ssthresh(raw));
}

/* covers: 9260/7.2.2-1 9260/7.2.2-2 9260/7.2.2-3 */
static void test_one_pmdcs_for_each_window(void **state)
{
    struct sim_raw raw = peer(*state);
    uint32_t acked = 0, rounds = 0, chunks = 0;
    enter_avoidance(&raw, &acked);
    send_messages(&raw, 200, FULL);
    assert_true(flight(&raw) >= cwnd(&raw));
    uint32_t window = cwnd(&raw);
    while (rounds < 4) {
        sack(&raw, ++acked);
        chunks++;
        if (cwnd(&raw) == window)
            continue;
        assert_int_equal(cwnd(&raw), window + PMDCS);
        /* What is over when a window is full counts for the next one. */
        assert_in_range(chunks * PMDCS, window - PMDCS, window + 2 * PMDCS);
        window = cwnd(&raw);
        chunks = 0;
        rounds++;
    }
    sim_finish(*state);
}

/* covers: 9260/7.2.2-1 9260/7.2.2-3 */
static void test_no_growth_while_the_window_is_not_used(void **state)
{
    struct sim_raw raw = peer(*state);
    uint32_t acked = 0;
    enter_avoidance(&raw, &acked);
    uint32_t window = cwnd(&raw);
    for (uint32_t i = 0; i < 40; i++) { /* there is always something in flight */
        send_messages(&raw, 4, FULL);
        acked += i == 0 ? 3 : 4;
        sack(&raw, acked);
    }
    assert_int_equal(cwnd(&raw), window);
    sim_finish(*state);
}

/* covers: 9260/7.2.3-1 */
static void test_a_loss_told_by_sacks_halves(void **state)
{
    struct sim_raw raw = peer(*state);
    uint32_t acked = 0;
    grow(&raw, &acked, 40);
    uint32_t before = cwnd(&raw);
    assert_true(before > 8 * PMDCS);
    fill(&raw);
    report_loss(&raw, acked);
    assert_int_equal(ssthresh(&raw), before / 2);
    assert_int_equal(cwnd(&raw), before / 2);
    sim_finish(*state);
}

/* covers: 9260/7.2.3-1 */
static void test_a_loss_leaves_four_pmdcs(void **state)
{
    struct sim_raw raw = peer(*state);
    uint32_t acked = 0;
    grow(&raw, &acked, 6);
    uint32_t before = cwnd(&raw);
    assert_in_range(before, 4 * PMDCS + 1, 8 * PMDCS - 1);
    fill(&raw);
    report_loss(&raw, acked);
    assert_int_equal(ssthresh(&raw), 4 * PMDCS);
    assert_int_equal(cwnd(&raw), 4 * PMDCS);
    sim_finish(*state);
}

/* A window that is smaller than four PMDCS stays as it is. covers: 9260/7.2.3-1 */
static void test_a_loss_does_not_make_a_small_window_larger(void **state)
{
    struct sim_raw raw = peer(*state);
    send_messages(&raw, 4, FULL);
    report_loss(&raw, 0);
    assert_int_equal(ssthresh(&raw), 4 * PMDCS);
    assert_int_equal(cwnd(&raw), INITIAL_CWND);
    sim_finish(*state);
}

/* covers: 9260/7.2.3-2 9260/7.2.1-2 */
static void test_t3_starts_over_with_one_pmdcs(void **state)
{
    struct sim_raw raw = peer(*state);
    uint32_t acked = 0;
    grow(&raw, &acked, 40);
    uint32_t before = cwnd(&raw);
    send_messages(&raw, 10, FULL);
    run_to_t3(&raw);
    assert_int_equal(ssthresh(&raw), before / 2);
    assert_int_equal(cwnd(&raw), PMDCS);
    run_to_t3(&raw);
    assert_int_equal(ssthresh(&raw), 4 * PMDCS);
    assert_int_equal(cwnd(&raw), PMDCS);
    sim_finish(*state);
}

/* Chunks of which one and a half, or two, would go into cwnd. */
static void check_one_packet_after_t3(struct sim *sim, size_t bytes, size_t in_a_packet)
{
    struct sim_raw raw = peer(sim);
    send_messages(&raw, 4, bytes);
    size_t sent = sim_raw_count(&raw, SIM_DATA);
    run_to_t3(&raw);
    assert_int_equal(sim_raw_count(&raw, SIM_DATA), sent + 1);
    assert_int_equal(flight(&raw), in_a_packet * (bytes + 16));
    send_messages(&raw, 2, bytes); /* nothing new goes either */
    sack(&raw, 0);
    assert_int_equal(sim_raw_count(&raw, SIM_DATA), sent + 1);
    sack(&raw, 1); /* a delivery: slow start goes on */
    assert_true(sim_raw_count(&raw, SIM_DATA) > sent + 1);
    sim_finish(sim);
}

/* covers: 9260/7.2.3-2 9260/7.2.1-2 */
static void test_one_packet_is_in_flight_after_t3(void **state)
{
    check_one_packet_after_t3(*state, 1000, 1);
    check_one_packet_after_t3(sim_renew(state), FULL, 1);
    check_one_packet_after_t3(sim_renew(state), 600, 2);
}

/* covers: 9260/7.2.3-2 */
static void test_new_data_waits_as_well_after_t3(void **state)
{
    struct sim_raw raw = peer(*state);
    send_messages(&raw, 1, 100);
    run_to_t3(&raw);
    assert_int_equal(times_sent(&raw, 1), 2);
    send_messages(&raw, 3, 100);
    assert_int_equal(flight(&raw), 116);
    sack(&raw, 1);
    assert_int_equal(flight(&raw), 3 * 116);
    sim_finish(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_rfc9260_test(test_one_pmdcs_for_each_window),
        sim_unit_test(test_no_growth_while_the_window_is_not_used),
        sim_rfc9260_test(test_a_loss_told_by_sacks_halves),
        sim_rfc9260_test(test_a_loss_leaves_four_pmdcs),
        sim_rfc9260_test(test_a_loss_does_not_make_a_small_window_larger),
        sim_rfc9260_test(test_t3_starts_over_with_one_pmdcs),
        sim_rfc9260_test(test_one_packet_is_in_flight_after_t3),
        sim_rfc9260_test(test_new_data_waits_as_well_after_t3),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_07_loss", tests, NULL, NULL);
}
