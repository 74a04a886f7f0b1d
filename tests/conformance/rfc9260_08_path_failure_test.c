/* SPDX-License-Identifier: MIT */
/* RFC 9260 8.2 (and 7.1): when a destination address counts as inactive, and what is used then. */
#include "conformance/rfc9260_07.h"

enum { MAX = 2 }; /* Path.Max.Retrans */

static sctpx_assoc_options options_with(sctpx_time hb_interval_us)
{
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.association_max_retrans = 100;
    options.path_max_retrans = MAX;
    options.hb_interval_us = hb_interval_us;
    return options;
}

static struct sim_raw peer_with(struct sim *sim, size_t n, sctpx_time hb_interval_us)
{
    sctpx_assoc_options options = options_with(hb_interval_us);
    return several_addresses(sim_host_new(sim, "a", 1, NULL), n, &options);
}

static bool is_active(const struct sim_raw *raw, size_t path)
{
    return sim_path(raw->conn, path).active;
}

static void run_until_inactive(struct sim_raw *raw, size_t path)
{
    while (is_active(raw, path))
        assert_true(sim_step(raw->host->sim));
    sim_flush(raw->host->sim);
}

/* covers: 9260/8.2-1 */
static void test_each_address_has_its_counter(void **state)
{
    struct sim_raw raw = peer_with(*state, 2, SCTPX_TIME_NEVER);
    send_messages(&raw, 1, 100);
    sim_run_for(*state, 1100 * SIM_MS);
    assert_int_equal(sim_path(raw.conn, 0).errors, 1);
    assert_int_equal(sim_path(raw.conn, 1).errors, 0);
    sim_run_for(*state, SIM_SECOND); /* sent again to the second one */
    assert_int_equal(sim_path(raw.conn, 0).errors, 1);
    assert_int_equal(sim_path(raw.conn, 1).errors, 1);
    sim_finish(*state);
}

/* covers: 9260/8.2-2 9260/8.2-3 */
static void test_time_outs_over_the_limit_make_it_inactive(void **state)
{
    struct sim_raw raw = peer_with(*state, 1, SCTPX_TIME_NEVER);
    send_messages(&raw, 1, 100);
    while (sim_status(raw.conn).t3_timeouts < MAX)
        assert_true(sim_step(*state));
    assert_int_equal(sim_path(raw.conn, 0).errors, MAX);
    assert_true(is_active(&raw, 0));
    run_until_inactive(&raw, 0);
    assert_int_equal(sim_status(raw.conn).t3_timeouts, MAX + 1);
    assert_int_equal(sim_event_count(raw.host, SCTPX_EVENT_PATH_DOWN), 1);
    assert_int_equal(sim_event(raw.host, SCTPX_EVENT_PATH_DOWN, 0)->path, 0);
    sim_finish(*state);
}

/* covers: 9260/8.2-2 9260/8.2-3 */
static void test_heartbeats_over_the_limit_make_it_inactive(void **state)
{
    struct sim_raw raw = peer_with(*state, 2, SIM_SECOND);
    sctpx_addr second = second_address();
    size_t before = count_to(&raw, &second, SIM_HEARTBEAT);
    run_until_inactive(&raw, 1);
    assert_int_equal(count_to(&raw, &second, SIM_HEARTBEAT) - before, MAX + 1);
    size_t last = sim_event_count(raw.host, SCTPX_EVENT_PATH_DOWN) - 1;
    assert_int_equal(sim_event(raw.host, SCTPX_EVENT_PATH_DOWN, last)->path, 1);
    sim_finish(*state);
}

/* covers: 9260/8.2-4 */
static void test_a_sack_clears_the_counter_of_where_it_was_sent_last(void **state)
{
    struct sim_raw raw = peer_with(*state, 2, SCTPX_TIME_NEVER);
    send_messages(&raw, 1, 100);
    sim_run_for(*state, 2100 * SIM_MS); /* to the first, the second, the first one */
    assert_int_equal(sim_path(raw.conn, 0).errors, 1);
    assert_int_equal(sim_path(raw.conn, 1).errors, 1);
    sack(&raw, 1);
    assert_int_equal(sim_path(raw.conn, 0).errors, 0);
    assert_int_equal(sim_path(raw.conn, 1).errors, 1);
    sim_finish(*state);
}

/* covers: 9260/8.2-4 9260/8.2-5 */
static void test_a_sack_makes_it_active_again(void **state)
{
    struct sim_raw raw = peer_with(*state, 1, SCTPX_TIME_NEVER);
    send_messages(&raw, 1, 100);
    run_until_inactive(&raw, 0);
    sack(&raw, 1);
    assert_true(is_active(&raw, 0));
    assert_int_equal(sim_path(raw.conn, 0).errors, 0);
    assert_int_equal(sim_event_count(raw.host, SCTPX_EVENT_PATH_UP), 1);
    assert_int_equal(sim_event(raw.host, SCTPX_EVENT_PATH_UP, 0)->path, 0);
    sim_finish(*state);
}

/* covers: 9260/8.2-4 9260/8.2-5 */
static void test_a_heartbeat_ack_makes_it_active_again(void **state)
{
    struct sim_raw raw = peer_with(*state, 2, SIM_SECOND);
    sctpx_addr second = second_address();
    run_until_inactive(&raw, 1);
    answer_heartbeat(&raw, &second);
    assert_true(is_active(&raw, 1));
    assert_int_equal(sim_path(raw.conn, 1).errors, 0);
    assert_int_equal(sim_event_count(raw.host, SCTPX_EVENT_PATH_UP), 1);
    assert_int_equal(sim_event(raw.host, SCTPX_EVENT_PATH_UP, 0)->path, 1);
    sim_finish(*state);
}

/* covers: 9260/8.2-6 9260/8.2-7 9260/7.1-2 */
static void test_one_other_address_takes_over(void **state)
{
    struct sim_raw raw = peer_with(*state, 3, SCTPX_TIME_NEVER);
    for (uint32_t n = 1; is_active(&raw, 0); n++) {
        send_messages(&raw, 1, 100);
        sim_run_for(*state, sim_path(raw.conn, 0).rto_us);
        sim_flush(*state);
        sack(&raw, n); /* of what another address got */
    }
    size_t mark = sim_mark(*state);
    send_messages(&raw, 12, FULL);
    size_t others[2];
    for (size_t i = 0; i < 2; i++)
        others[i] = sim_count(*state, (struct sim_query){.from = raw.host,
                                                         .to = nth_address(i + 1),
                                                         .chunk = SIM_DATA,
                                                         .since = mark});
    assert_true(others[0] + others[1] >= 4);
    assert_true(others[0] == 0 || others[1] == 0);
    assert_int_equal(sim_mark(*state) - mark, others[0] + others[1]);
    sim_finish(*state);
}

/* covers: 9260/7.1-2 */
static void test_retransmissions_take_another_address(void **state)
{
    struct sim_raw raw = peer_with(*state, 2, SCTPX_TIME_NEVER);
    sctpx_addr second = second_address();
    send_messages(&raw, 1, 100);
    sim_run_for(*state, 1100 * SIM_MS);
    assert_int_equal(count_to(&raw, &raw.addr, SIM_DATA), 1);
    assert_int_equal(count_to(&raw, &second, SIM_DATA), 1);
    sim_finish(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_rfc9260_test(test_each_address_has_its_counter),
        sim_unit_test(test_time_outs_over_the_limit_make_it_inactive),
        sim_unit_test(test_heartbeats_over_the_limit_make_it_inactive),
        sim_rfc9260_test(test_a_sack_clears_the_counter_of_where_it_was_sent_last),
        sim_unit_test(test_a_sack_makes_it_active_again),
        sim_unit_test(test_a_heartbeat_ack_makes_it_active_again),
        sim_rfc9260_test(test_one_other_address_takes_over),
        sim_rfc9260_test(test_retransmissions_take_another_address),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_08_path_failure", tests, NULL, NULL);
}
