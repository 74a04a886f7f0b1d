/* SPDX-License-Identifier: MIT */
/* RFC 9260 9.2: the sequence of a graceful end, on both sides. */
#include "conformance/rfc9260_09.h"
#include "sim/states.h"

/* covers: 9260/9.2-25 */
static void test_shutdown_waits_for_what_is_outstanding(void **state)
{
    struct sim_raw raw = peer(*state);
    send_messages(&raw, 6, FULL); /* two of them wait for cwnd */
    shut_down(&raw);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_PENDING);
    sack(&raw, 2);
    assert_int_equal(sim_raw_count(&raw, SIM_DATA), 6);
    sack_gap(&raw, 5, 0, 0);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_PENDING);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN), 0);
    sim_run_for(*state, 1100 * SIM_MS); /* and is sent again if it has to be */
    assert_int_equal(times_sent(&raw, 6), 2);
    sack(&raw, 6);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_SENT);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN), 1);
    sim_finish(*state);
}

/* covers: 9260/9.2-1 */
static void test_shutdown_says_what_has_arrived_and_starts_t2(void **state)
{
    struct sim_raw raw = peer(*state);
    sim_raw_data(&raw, 0, 0, 100);
    sim_raw_data(&raw, 0, 1, 100);
    shut_down(&raw);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_SENT);
    assert_int_equal(shutdown_tsn(&raw), raw.tsn - 1);
    sim_run_for(*state, 1100 * SIM_MS);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN), 2);
    sim_finish(*state);
}

/* covers: 9260/9.2-12 9260/9.2-2 */
static void test_every_packet_with_data_is_answered_with_shutdown(void **state)
{
    struct sim_raw raw = peer(*state);
    sim_raw_data(&raw, 0, 0, 100);
    shut_down(&raw);
    size_t sacks = sim_raw_count(&raw, SIM_SACK);
    for (uint16_t i = 0; i < 6; i++) {
        sim_run_for(*state, 700 * SIM_MS);
        sim_raw_data(&raw, 0, (uint16_t)(1 + i), 100);
        assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN), 2 + i); /* T2 did not expire */
        assert_int_equal(shutdown_tsn(&raw), raw.tsn - 1);
    }
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), sacks);
    sim_run_for(*state, 1100 * SIM_MS);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN), 8);
    assert_int_equal(shutdown_tsn(&raw), raw.tsn - 1);
    sim_finish(*state);
}

/* covers: 9260/9.2-13 9260/9.2-32 */
static void test_gaps_and_duplicates_need_a_sack_too(void **state)
{
    struct sim_raw raw = shutdown_sent(one_host(*state), NULL);
    uint32_t missing = raw.tsn++;
    sim_raw_data(&raw, 0, 1, 100);
    const struct sim_record *record = sim_raw_last(&raw, SIM_SHUTDOWN);
    assert_true(sim_record_has(record, SIM_SACK));
    assert_int_equal(sim_find_chunk(*state, record, SIM_SACK)->gaps, 1);
    assert_int_equal(shutdown_tsn(&raw), missing - 1);
    raw.tsn = missing;
    sim_raw_data(&raw, 0, 0, 100);
    assert_int_equal(shutdown_tsn(&raw), missing + 1);
    raw.tsn = missing;
    sim_raw_data(&raw, 0, 0, 100); /* a duplicate */
    record = sim_raw_last(&raw, SIM_SHUTDOWN);
    assert_true(sim_record_has(record, SIM_SACK));
    assert_int_equal(sim_find_chunk(*state, record, SIM_SACK)->dups, 1);
    sim_finish(*state);
}

/*
 * SHUTDOWN acknowledges, but has no window. A peer that goes on filling the one it was told last must
 * be told when that is not there any more, or what it sends would be refused.
 */
/* covers: 9260/9.2-32 */
static void test_a_closing_window_needs_a_sack_too(void **state)
{
    sctpx_assoc_options options;
    struct sim_raw raw;
    const struct sim_record *record;
    uint32_t rwnd = 20000;

    sctpx_assoc_options_defaults(&options);
    options.rcvbuf_bytes = rwnd;
    raw = shutdown_sent(one_host(*state), &options);
    raw.conn->auto_read = false;
    for (uint16_t i = 0; i < 12 && rwnd > 10000; i++) {
        sim_raw_data(&raw, 0, i, 1400);
        record = sim_raw_last(&raw, SIM_SHUTDOWN);
        if (sim_record_has(record, SIM_SACK))
            rwnd = sim_find_chunk(*state, record, SIM_SACK)->rwnd;
    }
    assert_in_range(rwnd, 1, 10000);
    sim_finish(*state);
}

/* covers: 9260/9.2-17 */
static void test_shutdown_is_answered_when_nothing_is_outstanding(void **state)
{
    struct sim_raw raw = peer(*state);
    send_messages(&raw, 3, 100);
    say_shutdown(&raw, 3); /* acknowledges all of it */
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_ACK), 1);
    assert_int_equal(sim_event_count(raw.host, SCTPX_EVENT_PEER_SHUTDOWN), 1);
    sim_finish(*state);
}

/* covers: 9260/9.2-8 */
static void test_the_user_cannot_shut_down_twice(void **state)
{
    struct sim_raw raw = peer(*state);
    send_messages(&raw, 1, 100);
    say_shutdown(&raw, 0);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_RECEIVED);
    size_t mark = sim_mark(*state);
    shut_down(&raw);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_RECEIVED);
    assert_int_equal(sim_mark(*state), mark);
    sack(&raw, 1);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN), 0);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_ACK), 1);
    sim_finish(*state);
}

/* covers: 9260/9.2-9 */
static void test_further_shutdowns_are_worked_off(void **state)
{
    struct sim_raw raw = peer(*state);
    send_messages(&raw, 2, 100);
    say_shutdown(&raw, 0);
    say_shutdown(&raw, 1);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_RECEIVED);
    assert_int_equal(flight(&raw), 116);
    say_shutdown(&raw, 2);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    for (size_t n = 2; n <= 4; n++) {
        say_shutdown(&raw, 2);
        assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_ACK), n);
    }
    sim_finish(*state);
}

/* covers: 9260/9.2-10 9260/9.2-11 */
static void test_data_goes_on_after_shutdown_was_received(void **state)
{
    struct sim_raw raw = peer(*state);
    send_messages(&raw, 8, FULL); /* half of them wait for cwnd */
    say_shutdown(&raw, 0);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_RECEIVED);
    assert_int_equal(sim_try_send(raw.conn, 0, 100, 0), SCTPX_ESTATE);
    sim_run_for(*state, 1100 * SIM_MS);
    assert_int_equal(times_sent(&raw, 1), 2);
    for (uint32_t n = 1; n <= 7; n++)
        sack(&raw, n);
    assert_true(times_sent(&raw, 8) >= 1);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_RECEIVED);
    sack(&raw, 8);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_ACK), 1);
    sim_finish(*state);
}

/* covers: 9260/9.2-26 */
static void test_new_data_is_rejected(void **state)
{
    for (int i = SCTPX_SHUTDOWN_PENDING; i <= SCTPX_SHUTDOWN_ACK_SENT; i++) {
        struct sim *sim = sim_renew(state);
        struct sim_pair pair = sim_pair_in_state(sim, (enum sctpx_assoc_state)i);
        size_t sent = sim_sent(pair.a, SIM_DATA);
        assert_int_equal(sim_try_send(pair.ab, 0, 100, 0), SCTPX_ESTATE);
        sim_flush(sim);
        assert_int_equal(sim_sent(pair.a, SIM_DATA), sent);
        sim_finish(sim);
    }
}

/* Ended, forgotten, and T2 does not run any more. */
static void check_is_gone(struct sim_raw *raw)
{
    assert_true(raw->conn->is_closed);
    assert_int_equal(sctpx_endpoint_next_deadline(raw->host->endpoint), SCTPX_TIME_NEVER);
    sim_conn_free(raw->conn);
    assert_int_equal(sim_stats(raw->host).associations, 0);
}

/* covers: 9260/9.2-22 */
static void test_shutdown_ack_ends_shutdown_sent(void **state)
{
    struct sim_raw raw = shutdown_sent(one_host(*state), NULL);
    say_shutdown_ack(&raw);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_COMPLETE), 1);
    assert_int_equal(raw.conn->error, 0);
    check_is_gone(&raw);
    sim_finish(*state);
}

/* covers: 9260/9.2-31 */
static void test_shutdown_ack_ends_shutdown_ack_sent(void **state)
{
    struct sim_raw raw = shutdown_ack_sent(one_host(*state), NULL);
    say_shutdown_ack(&raw);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_COMPLETE), 1);
    check_is_gone(&raw);
    sim_finish(*state);
}

/* covers: 9260/9.2-24 */
static void test_shutdown_complete_ends_shutdown_ack_sent(void **state)
{
    struct sim_raw raw = shutdown_ack_sent(one_host(*state), NULL);
    size_t mark = sim_mark(*state);
    say_shutdown_complete(&raw);
    assert_int_equal(sim_mark(*state), mark);
    assert_int_equal(raw.conn->error, SCTPX_EPEERSHUTDOWN);
    check_is_gone(&raw);
    sim_finish(*state);
}

/* covers: 9260/9.2-23 */
static void test_shutdown_complete_in_other_states(void **state)
{
    for (int i = SIM_FIRST_STATE; i < SCTPX_SHUTDOWN_ACK_SENT; i++) {
        struct sim *sim = sim_renew(state);
        struct sim_pair pair = sim_pair_in_state(sim, (enum sctpx_assoc_state)i);
        size_t mark = sim_mark(sim);
        struct pb *pb = sim_peer_packet(pair.ab);
        pb_shutdown_complete(pb, false);
        sim_peer_send(pair.ab, pb);
        assert_int_equal(sim_mark(sim), mark);
        assert_int_equal(sim_state(pair.ab), i);
        sim_pair_check_end(&pair, (enum sctpx_assoc_state)i);
        sim_finish(sim);
    }
}

/* covers: 9260/9.2-30 */
static void test_crossing_shutdowns(void **state)
{
    struct sim_raw raw = shutdown_sent(one_host(*state), NULL);
    sim_run_for(*state, 900 * SIM_MS);
    say_shutdown(&raw, 0);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_ACK), 1);
    sim_run_for(*state, 900 * SIM_MS); /* T2 was started anew */
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_ACK), 1);
    sim_run_for(*state, 200 * SIM_MS);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_ACK), 2);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN), 1);
    sim_finish(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_rfc9260_test(test_shutdown_waits_for_what_is_outstanding),
        sim_unit_test(test_shutdown_says_what_has_arrived_and_starts_t2),
        sim_unit_test(test_every_packet_with_data_is_answered_with_shutdown),
        sim_unit_test(test_gaps_and_duplicates_need_a_sack_too),
        sim_unit_test(test_a_closing_window_needs_a_sack_too),
        sim_unit_test(test_shutdown_is_answered_when_nothing_is_outstanding),
        sim_unit_test(test_the_user_cannot_shut_down_twice),
        sim_unit_test(test_further_shutdowns_are_worked_off),
        sim_unit_test(test_data_goes_on_after_shutdown_was_received),
        sim_unit_test(test_new_data_is_rejected),
        sim_unit_test(test_shutdown_ack_ends_shutdown_sent),
        sim_unit_test(test_shutdown_ack_ends_shutdown_ack_sent),
        sim_unit_test(test_shutdown_complete_ends_shutdown_ack_sent),
        sim_unit_test(test_shutdown_complete_in_other_states),
        sim_unit_test(test_crossing_shutdowns),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_09_shutdown", tests, NULL, NULL);
}
