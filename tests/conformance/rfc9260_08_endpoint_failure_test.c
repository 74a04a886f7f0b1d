/* SPDX-License-Identifier: MIT */
/* RFC 9260 8.1: when a peer counts as unreachable, and what happens then. */
#include "conformance/rfc9260_07.h"

enum { MAX = 3 }; /* Association.Max.Retrans */

static sctpx_assoc_options options_with(sctpx_time hb_interval_us)
{
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.association_max_retrans = MAX;
    options.path_max_retrans = 100;
    options.hb_interval_us = hb_interval_us;
    return options;
}

static struct sim_raw peer_without_heartbeats(struct sim *sim)
{
    sctpx_assoc_options options = options_with(SCTPX_TIME_NEVER);
    return peer_of(sim_host_new(sim, "a", 1, NULL), &options);
}

static void run_to_retransmission(struct sim_raw *raw, uint64_t n)
{
    while (sim_status(raw->conn).t3_timeouts < n)
        assert_true(sim_step(raw->host->sim));
    sim_flush(raw->host->sim);
}

/* covers: 9260/8.1-1 9260/8.1-3 9260/8.1-5 */
static void test_retransmissions_over_the_limit_end_it(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = peer_without_heartbeats(sim);
    send_messages(&raw, 1, 100);
    run_to_retransmission(&raw, MAX);
    sim_run_for(sim, SIM_SECOND);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_run_until_closed(raw.conn, 60 * SIM_SECOND);
    assert_int_equal(times_sent(&raw, 1), 1 + MAX);
    assert_int_equal(raw.conn->error, SCTPX_ELOST);
    assert_int_equal(sim_event_count(raw.host, SCTPX_EVENT_CLOSED), 1);
    assert_int_equal(sim_event(raw.host, SCTPX_EVENT_CLOSED, 0)->error, SCTPX_ELOST);
    sim_finish(sim);
}

/* covers: 9260/8.1-4 */
static void test_nothing_is_sent_to_an_unreachable_peer(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = peer_without_heartbeats(sim);
    send_messages(&raw, 10, FULL);
    sim_run_until_closed(raw.conn, 60 * SIM_SECOND);
    size_t mark = sim_mark(sim);
    assert_int_equal(sim_try_send(raw.conn, 0, 100, 0), SCTPX_ESTATE);
    sim_run_for(sim, 600 * SIM_SECOND);
    assert_int_equal(sim_mark(sim), mark);
    sack(&raw, 1); /* its association is gone */
    assert_int_equal(sim_state(raw.conn), SCTPX_CLOSED);
    assert_true(sim_record_has(sim_raw_last(&raw, SIM_ANY), SIM_ABORT));
    sim_finish(sim);
}

/* covers: 9260/8.1-1 */
static void test_retransmissions_to_all_addresses_count(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = options_with(SCTPX_TIME_NEVER);
    struct sim_raw raw = two_addresses(sim_host_new(sim, "a", 1, NULL), &options);
    sctpx_addr second = second_address();
    send_messages(&raw, 1, 100);
    sim_run_until_closed(raw.conn, 60 * SIM_SECOND);
    assert_int_equal(raw.conn->error, SCTPX_ELOST);
    assert_int_equal(times_sent(&raw, 1), 1 + MAX);
    assert_int_equal(count_to(&raw, &second, SIM_DATA), 2);
    sim_finish(sim);
}

/* covers: 9260/8.1-1 */
static void test_heartbeats_of_the_path_for_data_count(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = options_with(SIM_SECOND);
    struct sim_raw raw = peer_of(sim_host_new(sim, "a", 1, NULL), &options);
    sim_run_until_closed(raw.conn, 120 * SIM_SECOND);
    assert_int_equal(raw.conn->error, SCTPX_ELOST);
    assert_int_equal(sim_raw_count(&raw, SIM_HEARTBEAT), 1 + MAX);
    sim_finish(sim);
}

/* Answers every HEARTBEAT to an address for so long. */
static void answer_for(struct sim_raw *raw, const sctpx_addr *addr, sctpx_time duration_us)
{
    size_t answered = count_to(raw, addr, SIM_HEARTBEAT);
    for (sctpx_time i = 0; i < duration_us / (50 * SIM_MS); i++) {
        sim_run_for(raw->host->sim, 50 * SIM_MS);
        if (count_to(raw, addr, SIM_HEARTBEAT) == answered)
            continue;
        answered = count_to(raw, addr, SIM_HEARTBEAT);
        answer_heartbeat(raw, addr);
    }
}

/* covers: 9260/8.1-2 */
static void test_heartbeats_of_another_path_do_not_count(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = options_with(10 * SIM_SECOND);
    struct sim_raw raw = two_addresses(sim_host_new(sim, "a", 1, NULL), &options);
    answer_for(&raw, &raw.addr, 300 * SIM_SECOND);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    assert_true(sim_path(raw.conn, 1).errors > MAX);
    sim_finish(sim);
}

/* None is answered: those of the path for data alone decide. covers: 9260/8.1-1 9260/8.1-2 */
static void test_only_heartbeats_of_the_path_for_data_count(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = options_with(10 * SIM_SECOND);
    struct sim_raw raw = two_addresses(sim_host_new(sim, "a", 1, NULL), &options);
    sctpx_addr second = second_address();
    sim_run_until_closed(raw.conn, 300 * SIM_SECOND);
    assert_int_equal(sim_raw_count(&raw, SIM_HEARTBEAT), 1 + MAX);
    assert_true(count_to(&raw, &second, SIM_HEARTBEAT) >= 1 + MAX); /* with the first probe */
    sim_finish(sim);
}

/* covers: 9260/8.1-6 */
static void test_acknowledged_data_resets_the_counter(void **state)
{
    struct sim_raw raw = peer_without_heartbeats(*state);
    for (uint32_t i = 1; i <= 4; i++) {
        send_messages(&raw, 1, 100);
        run_to_retransmission(&raw, i * MAX);
        sack(&raw, i);
    }
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_finish(*state);
}

/* By a gap block as well. covers: 9260/8.1-6 */
static void test_data_acknowledged_beyond_a_gap_resets_the_counter(void **state)
{
    struct sim_raw raw = peer_without_heartbeats(*state);
    send_messages(&raw, 2, 100);
    run_to_retransmission(&raw, MAX);
    sack_gap(&raw, 0, 2, 2);
    run_to_retransmission(&raw, 2 * MAX);
    sim_run_for(*state, SIM_SECOND);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_finish(*state);
}

/* covers: 9260/8.1-7 */
static void test_a_heartbeat_ack_resets_the_counter(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = options_with(SIM_SECOND);
    struct sim_raw raw = peer_of(sim_host_new(sim, "a", 1, NULL), &options);
    for (size_t round = 1; round <= 5; round++) {
        while (sim_raw_count(&raw, SIM_HEARTBEAT) < round * MAX)
            assert_true(sim_step(sim));
        answer_heartbeat(&raw, &raw.addr);
        assert_int_equal(sim_path(raw.conn, 0).errors, 0);
    }
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_rfc9260_test(test_retransmissions_over_the_limit_end_it),
        sim_unit_test(test_nothing_is_sent_to_an_unreachable_peer),
        sim_rfc9260_test(test_retransmissions_to_all_addresses_count),
        sim_unit_test(test_heartbeats_of_the_path_for_data_count),
        sim_unit_test(test_heartbeats_of_another_path_do_not_count),
        sim_unit_test(test_only_heartbeats_of_the_path_for_data_count),
        sim_unit_test(test_acknowledged_data_resets_the_counter),
        sim_unit_test(test_data_acknowledged_beyond_a_gap_resets_the_counter),
        sim_unit_test(test_a_heartbeat_ack_resets_the_counter),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_08_endpoint_failure", tests, NULL,
                                       NULL);
}
