/* SPDX-License-Identifier: MIT */
/* RFC 9260 7.1, 7.2 and 7.2.1: what is counted, the window at first, how it grows and decays. */
#include "conformance/rfc9260_07.h"

/* covers: 9260/7.2.1-1 */
static void test_initial_cwnd_ipv4(void **state)
{
    /* PMDCS is 40 less than the MTU. */
    static const struct {
        uint32_t mtu, cwnd;
    } cases[] = {{576, 4 * 536}, {1140, 4400}, {1144, 4404}, {1500, 4404}, {9000, 2 * 8960}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct sim *sim = sim_renew(state);
        sctpx_assoc_options options;
        sctpx_assoc_options_defaults(&options);
        options.mtu = cases[i].mtu;
        struct sim_raw raw = peer_of(sim_host_new(sim, "a", 1, NULL), &options);
        assert_int_equal(cwnd(&raw), cases[i].cwnd);
        sim_finish(sim);
    }
}

/* covers: 9260/7.2.1-1 */
static void test_initial_cwnd_ipv6(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL);
    sctpx_addr remote = {
        .family = SCTPX_IPV6, .udp_port = SIM_UDP_PORT, .ip = {0x20, 1, 0xd, 0xb8, [15] = 1}};
    struct sim_conn *conn = sim_connect_to(a, &remote, 1, 7000, 0, NULL);
    assert_int_equal(sim_path(conn, 0).cwnd_bytes, 4344);
    sim_finish(sim);
}

/* covers: 9260/7.2.1-3 */
static void test_ssthresh_is_high_at_first(void **state)
{
    struct sim_raw raw = peer(*state);
    assert_int_equal(ssthresh(&raw), UINT32_MAX);
    sim_finish(*state);
}

/* covers: 9260/7.2-1 9260/7.2-2 9260/7.2.1-4 */
static void test_cwnd_limits_and_one_packet_may_go_over_it(void **state)
{
    struct sim_raw raw = peer(*state);
    send_messages(&raw, 10, FULL);
    /* Three are less than cwnd, so a fourth one goes; then cwnd is used up. */
    assert_int_equal(flight(&raw), 4 * PMDCS);
    assert_int_equal(sim_raw_count(&raw, SIM_DATA), 4);
    sim_finish(*state);
}

/* covers: 9260/7.2-4 */
static void test_header_and_padding_are_counted(void **state)
{
    struct sim_raw raw = peer(*state);
    send_messages(&raw, 1, 1);
    assert_int_equal(flight(&raw), 20);
    send_messages(&raw, 1, 102);
    assert_int_equal(flight(&raw), 20 + 120);
    sim_finish(*state);
}

/* covers: 9260/7.2.1-5 9260/7.2.1-7 9260/7.2.1-8 */
static void test_a_full_window_grows_by_one_pmdcs_at_most(void **state)
{
    struct sim_raw raw = peer(*state);
    send_messages(&raw, 20, FULL);
    sack(&raw, 2); /* 2920 bytes, but L is 1 */
    assert_int_equal(cwnd(&raw), INITIAL_CWND + PMDCS);
    sack(&raw, 5);
    assert_int_equal(cwnd(&raw), INITIAL_CWND + 2 * PMDCS);
    sim_finish(*state);
}

/* covers: 9260/7.2.1-7 */
static void test_a_full_window_grows_by_what_is_acknowledged(void **state)
{
    struct sim_raw raw = peer(*state);
    send_messages(&raw, 200, 101); /* 120 bytes with header and padding */
    assert_true(flight(&raw) >= INITIAL_CWND);
    sack(&raw, 1);
    assert_int_equal(cwnd(&raw), INITIAL_CWND + 120);
    sack(&raw, 1); /* the same once more acknowledges nothing */
    assert_int_equal(cwnd(&raw), INITIAL_CWND + 120);
    sack(&raw, 4);
    assert_int_equal(cwnd(&raw), INITIAL_CWND + 4 * 120);
    sim_finish(*state);
}

/* covers: 9260/7.2.1-5 9260/7.2.1-6 */
static void test_a_window_that_is_not_full_does_not_grow(void **state)
{
    struct sim_raw raw = peer(*state);
    for (uint32_t i = 0; i < 20; i++) {
        send_messages(&raw, 3, FULL); /* 4380 bytes */
        sack(&raw, 3 * i + 3);
    }
    assert_int_equal(cwnd(&raw), INITIAL_CWND);
    sim_finish(*state);
}

/* covers: 9260/7.2.1-5 9260/7.2.1-6 */
static void test_no_growth_in_fast_recovery(void **state)
{
    struct sim_raw raw = peer(*state);
    uint32_t acked = 0;
    grow(&raw, &acked, 40);
    uint32_t before = cwnd(&raw);
    send_messages(&raw, 60, FULL);
    assert_true(flight(&raw) >= before);
    for (uint32_t last = 2; last <= 4; last++)
        sack_gap(&raw, acked, acked + 2, acked + last);
    uint32_t halved = cwnd(&raw);
    assert_int_equal(halved, before / 2);
    assert_true(flight(&raw) >= halved);
    sack(&raw, acked + 4); /* the hole is filled, but the exit point is not reached */
    assert_true(flight(&raw) >= halved);
    sack(&raw, acked + 6);
    assert_int_equal(cwnd(&raw), halved);
    sim_finish(*state);
}

/* covers: 9260/7.2-3 9260/7.2.1-9 */
static void test_the_window_of_the_path_that_carried_it_grows(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = two_addresses(sim_host_new(sim, "a", 1, NULL), NULL);
    send_messages(&raw, 4, FULL);
    assert_int_equal(sctpx_assoc_set_primary(raw.conn->assoc, 1), 0);
    send_messages(&raw, 4, FULL);
    assert_int_equal(sim_path(raw.conn, 0).flight_bytes, 4 * PMDCS);
    assert_int_equal(sim_path(raw.conn, 1).flight_bytes, 4 * PMDCS);
    sack(&raw, 4);
    assert_int_equal(sim_path(raw.conn, 0).cwnd_bytes, INITIAL_CWND + PMDCS);
    assert_int_equal(sim_path(raw.conn, 1).cwnd_bytes, INITIAL_CWND);
    sack(&raw, 8);
    assert_int_equal(sim_path(raw.conn, 0).cwnd_bytes, INITIAL_CWND + PMDCS);
    assert_int_equal(sim_path(raw.conn, 1).cwnd_bytes, INITIAL_CWND + PMDCS);
    sim_finish(sim);
}

/* covers: 9260/7.2-3 */
static void test_a_loss_is_of_one_path(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = two_addresses(sim_host_new(sim, "a", 1, NULL), NULL);
    send_messages(&raw, 1, FULL);
    sim_run_for(sim, sim_path(raw.conn, 0).rto_us);
    assert_int_equal(sim_path(raw.conn, 0).cwnd_bytes, PMDCS);
    assert_int_equal(sim_path(raw.conn, 0).ssthresh_bytes, 4 * PMDCS);
    assert_int_equal(sim_path(raw.conn, 1).cwnd_bytes, INITIAL_CWND);
    assert_int_equal(sim_path(raw.conn, 1).ssthresh_bytes, UINT32_MAX);
    sim_finish(sim);
}

/* covers: 9260/7.1-1 9260/7.2.1-10 9260/7.2.1-11 9260/7.2.2-4 */
static void test_an_idle_window_is_halved_once_per_rto(void **state)
{
    struct sim_raw raw = peer(*state);
    uint32_t acked = 0;
    grow(&raw, &acked, 60);
    uint32_t before = cwnd(&raw);
    assert_true(before > 20 * PMDCS);
    sim_run_for(*state, sim_path(raw.conn, 0).rto_us * 5 / 2);
    send_messages(&raw, 1, FULL);
    assert_int_equal(cwnd(&raw), before / 4);
    assert_int_equal(ssthresh(&raw), before);
    sack(&raw, ++acked);
    sim_run_for(*state, 20 * SIM_SECOND);
    send_messages(&raw, 1, FULL);
    assert_int_equal(cwnd(&raw), 4 * PMDCS);
    sim_finish(*state);
}

/* covers: 9260/7.2.1-10 */
static void test_a_small_window_does_not_grow_by_being_idle(void **state)
{
    struct sim_raw raw = peer(*state);
    send_messages(&raw, 1, FULL);
    sack(&raw, 1);
    sim_run_for(*state, 5 * SIM_SECOND);
    send_messages(&raw, 1, FULL);
    assert_int_equal(cwnd(&raw), INITIAL_CWND);
    assert_int_equal(ssthresh(&raw), UINT32_MAX);
    sim_finish(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_initial_cwnd_ipv4),
        sim_unit_test(test_initial_cwnd_ipv6),
        sim_unit_test(test_ssthresh_is_high_at_first),
        sim_unit_test(test_cwnd_limits_and_one_packet_may_go_over_it),
        sim_unit_test(test_header_and_padding_are_counted),
        sim_rfc9260_test(test_a_full_window_grows_by_one_pmdcs_at_most),
        sim_unit_test(test_a_full_window_grows_by_what_is_acknowledged),
        sim_rfc9260_test(test_a_window_that_is_not_full_does_not_grow),
        sim_rfc9260_test(test_no_growth_in_fast_recovery),
        sim_rfc9260_test(test_the_window_of_the_path_that_carried_it_grows),
        sim_rfc9260_test(test_a_loss_is_of_one_path),
        sim_rfc9260_test(test_an_idle_window_is_halved_once_per_rto),
        sim_unit_test(test_a_small_window_does_not_grow_by_being_idle),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_07_slow_start", tests, NULL, NULL);
}
