/* SPDX-License-Identifier: MIT */
/* ETSI TS 102 369, association termination: ABORT, and the host shuts down. */
#include "conformance/etsi.h"

/* covers: ts102369/AT-V-2-2 */
static void test_at_v_2_2_abort_is_obeyed(void **state)
{
    struct sim_raw raw = active(*state, NULL);
    size_t mark = sim_mark(*state);
    send_abort(&raw);
    assert_int_equal(sim_mark(*state), mark);
    assert_true(raw.conn->is_closed);
    assert_int_equal(raw.conn->error, SCTPX_EPEERABORT);
    check_gone(&raw);
    sim_finish(*state);
}

/* covers: ts102369/AT-I-2-3 */
static void test_at_i_2_3_shutdown_waits_for_data(void **state)
{
    struct sim_raw raw = active(*state, NULL);
    write_message(&raw, 1000);
    write_message(&raw, 1000);
    shut_down(&raw);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_PENDING);
    sack(&raw, 1, 100000); /* not all of it */
    wait_for(&raw, SIM_DATA);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN), 0);
    sack(&raw, 2, 100000);
    assert_int_equal(check_alone(&raw, SIM_SHUTDOWN)->chunks[0].tsn, raw.tsn - 1);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_SENT);
    sim_finish(*state);
}

/* covers: ts102369/AT-I-2-4 */
static void test_at_i_2_4_shutdown_is_repeated(void **state)
{
    struct sim_raw raw = active(*state, NULL);
    sim_raw_data(&raw, 0, 0, 100);
    shut_down(&raw);
    assert_int_equal(last_chunk(&raw, SIM_SHUTDOWN)->tsn, raw.tsn - 1);
    assert_int_equal(wait_for(&raw, SIM_SHUTDOWN), SIM_SECOND);
    assert_int_equal(check_alone(&raw, SIM_SHUTDOWN)->chunks[0].tsn, raw.tsn - 1);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_SENT);
    sim_finish(*state);
}

/* With the guard out of the way, so that it is the counter that ends it. */
static sctpx_assoc_options counted(void)
{
    sctpx_assoc_options options = quiet();
    options.shutdown_guard_us = 3600 * SIM_SECOND;
    return options;
}

/* Association.Max.Retrans times, with longer and longer pauses, then silence. */
static void check_gives_up(struct sim_raw *raw, int chunk)
{
    static const sctpx_time seconds[] = {1, 2, 4, 8, 16, 32, 60, 60, 60, 60};
    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++)
        assert_int_equal(wait_for(raw, chunk), seconds[i] * SIM_SECOND);
    assert_false(raw->conn->is_closed);
    sim_run_until_closed(raw->conn, 61 * SIM_SECOND);
    assert_int_equal(raw->conn->error, SCTPX_ELOST);
    assert_int_equal(sim_raw_count(raw, chunk), 11);
    check_gone(raw);
}

/* covers: ts102369/AT-I-2-5 */
static void test_at_i_2_5_gives_up_shutdown(void **state)
{
    sctpx_assoc_options options = counted();
    struct sim_raw raw = active(*state, &options);
    shut_down(&raw);
    check_gives_up(&raw, SIM_SHUTDOWN);
    sim_finish(*state);
}

/* covers: ts102369/AT-V-2-6 */
static void test_at_v_2_6_shutdown_ack_ends_it(void **state)
{
    struct sim_raw raw = active(*state, NULL);
    shut_down(&raw);
    send_shutdown_ack(&raw);
    check_alone(&raw, SIM_SHUTDOWN_COMPLETE);
    assert_true(raw.conn->is_closed);
    assert_int_equal(raw.conn->error, 0);
    check_gone(&raw);
    sim_finish(*state);
}

/* The user cannot send any more, and nothing leaves that was not there before. */
static void check_send_refused(struct sim *sim, enum sctpx_assoc_state state)
{
    struct sim_raw raw = peer_in_state(sim, state);
    size_t mark = sim_mark(sim);
    assert_int_equal(sim_try_send(raw.conn, 0, 100, 0), SCTPX_ESTATE);
    assert_int_equal(sim_try_send(raw.conn, 0, 100, SCTPX_MSG_UNORDERED), SCTPX_ESTATE);
    sim_flush(sim);
    assert_int_equal(sim_mark(sim), mark);
    sim_run_for(sim, 5 * SIM_SECOND);
    assert_int_equal(times_sent(&raw, 2), 0);
    assert_int_equal(sim_state(raw.conn), state);
    sim_finish(sim);
}

/* covers: ts102369/AT-I-2-7-1 */
static void test_at_i_2_7_1_no_sending_in_shutdown_sent(void **state)
{
    check_send_refused(*state, SCTPX_SHUTDOWN_SENT);
}

/* covers: ts102369/AT-I-2-7-2 */
static void test_at_i_2_7_2_no_sending_in_shutdown_received(void **state)
{
    check_send_refused(*state, SCTPX_SHUTDOWN_RECEIVED);
}

/* covers: ts102369/AT-I-2-7-3 */
static void test_at_i_2_7_3_no_sending_in_shutdown_pending(void **state)
{
    check_send_refused(*state, SCTPX_SHUTDOWN_PENDING);
}

/* covers: ts102369/AT-I-2-7-4 */
static void test_at_i_2_7_4_no_sending_in_shutdown_ack_sent(void **state)
{
    check_send_refused(*state, SCTPX_SHUTDOWN_ACK_SENT);
}

/* Each packet with DATA is answered at once by SHUTDOWN, which acknowledges it; T2 starts over; the
 * user gets it. With a gap it takes a SACK as well. covers: ts102369/AT-I-2-8 */
static void test_at_i_2_8_data_in_shutdown_sent(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = active(sim, NULL);
    shut_down(&raw);
    for (uint16_t ssn = 0; ssn < 5; ssn++) {
        sim_run_for(sim, 900 * SIM_MS); /* T2-shutdown runs for a second */
        assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN), 1 + ssn);
        sim_raw_data(&raw, 0, ssn, 100);
        assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN), 2 + ssn);
        assert_int_equal(last_chunk(&raw, SIM_SHUTDOWN)->tsn, raw.tsn - 1);
    }
    assert_int_equal(raw.conn->received_messages, 5);
    assert_int_equal(wait_for(&raw, SIM_SHUTDOWN), SIM_SECOND);
    raw.tsn++; /* that one is lost */
    sim_raw_data_tsn(&raw, raw.tsn, DATA_WHOLE, 0, 6, 100);
    const struct sim_record *answer = sim_raw_last(&raw, SIM_SHUTDOWN);
    assert_int_equal(sim_find_chunk(sim, answer, SIM_SHUTDOWN)->tsn, raw.tsn - 2);
    assert_int_equal(sim_find_chunk(sim, answer, SIM_SACK)->gaps, 1);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_SENT);
    sim_finish(sim);
}

/* ---- the peer shuts down --------------------------------------------------------------------- */

/* covers: ts102369/AT-I-2-9 */
static void test_at_i_2_9_data_in_shutdown_received(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = active(sim, NULL);
    write_message(&raw, 1000);
    send_shutdown(&raw, raw.host_tsn - 1);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_RECEIVED);
    size_t mark = sim_mark(sim);
    sim_raw_data(&raw, 0, 0, 100);
    sim_run_for(sim, 500 * SIM_MS); /* longer than a SACK may be delayed */
    assert_int_equal(sim_mark(sim), mark);
    assert_int_equal(raw.conn->received_messages, 0);
    sack(&raw, 1, 100000);
    check_alone(&raw, SIM_SHUTDOWN_ACK);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    sim_finish(sim);
}

/* covers: ts102369/AT-I-2-10 */
static void test_at_i_2_10_shutdown_with_outstanding_data(void **state)
{
    struct sim_raw raw = active(*state, NULL);
    write_message(&raw, 1000);
    write_message(&raw, 1000);
    send_shutdown(&raw, raw.host_tsn - 1);
    assert_int_equal(wait_for(&raw, SIM_DATA), SIM_SECOND); /* it is sent again */
    assert_int_equal(times_sent(&raw, 1), 2);
    send_shutdown(&raw, raw.host_tsn); /* the first one has arrived */
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_RECEIVED);
    wait_for(&raw, SIM_DATA);
    assert_int_equal(times_sent(&raw, 1), 2);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_ACK), 0);
    sack(&raw, 2, 100000);
    check_alone(&raw, SIM_SHUTDOWN_ACK);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    sim_finish(*state);
}

/* covers: ts102369/AT-I-2-11 */
static void test_at_i_2_11_shutdown_ack_is_repeated(void **state)
{
    struct sim_raw raw = active(*state, NULL);
    send_shutdown(&raw, raw.host_tsn - 1);
    assert_int_equal(wait_for(&raw, SIM_SHUTDOWN_ACK), SIM_SECOND);
    check_alone(&raw, SIM_SHUTDOWN_ACK);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    sim_finish(*state);
}

/* covers: ts102369/AT-I-2-12 */
static void test_at_i_2_12_gives_up_shutdown_ack(void **state)
{
    sctpx_assoc_options options = counted();
    struct sim_raw raw = active(*state, &options);
    send_shutdown(&raw, raw.host_tsn - 1);
    check_gives_up(&raw, SIM_SHUTDOWN_ACK);
    sim_finish(*state);
}

/* covers: ts102369/AT-I-2-13 */
static void test_at_i_2_13_shutdown_complete_ends_it(void **state)
{
    struct sim_raw raw = active(*state, NULL);
    send_shutdown(&raw, raw.host_tsn - 1);
    size_t mark = sim_mark(*state);
    send_shutdown_complete(&raw);
    assert_int_equal(sim_mark(*state), mark);
    assert_true(raw.conn->is_closed);
    assert_int_equal(raw.conn->error, SCTPX_EPEERSHUTDOWN);
    check_gone(&raw);
    sim_finish(*state);
}

/* covers: ts102369/AT-V-2-14 */
static void test_at_v_2_14_shutdown_acknowledges_all(void **state)
{
    struct sim_raw raw = active(*state, NULL);
    write_message(&raw, 1000);
    write_message(&raw, 1000);
    send_shutdown(&raw, raw.host_tsn + 1);
    check_alone(&raw, SIM_SHUTDOWN_ACK);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    sim_run_for(*state, 500 * SIM_MS);
    send_shutdown_complete(&raw);
    assert_int_equal(sim_raw_count(&raw, SIM_DATA), 2); /* no T3-rtx is left */
    check_gone(&raw);
    sim_finish(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_at_v_2_2_abort_is_obeyed),
        sim_unit_test(test_at_i_2_3_shutdown_waits_for_data),
        sim_unit_test(test_at_i_2_4_shutdown_is_repeated),
        sim_unit_test(test_at_i_2_5_gives_up_shutdown),
        sim_unit_test(test_at_v_2_6_shutdown_ack_ends_it),
        sim_unit_test(test_at_i_2_7_1_no_sending_in_shutdown_sent),
        sim_unit_test(test_at_i_2_7_2_no_sending_in_shutdown_received),
        sim_unit_test(test_at_i_2_7_3_no_sending_in_shutdown_pending),
        sim_unit_test(test_at_i_2_7_4_no_sending_in_shutdown_ack_sent),
        sim_unit_test(test_at_i_2_8_data_in_shutdown_sent),
        sim_rfc9260_test(test_at_i_2_9_data_in_shutdown_received),
        sim_rfc9260_test(test_at_i_2_10_shutdown_with_outstanding_data),
        sim_unit_test(test_at_i_2_11_shutdown_ack_is_repeated),
        sim_unit_test(test_at_i_2_12_gives_up_shutdown_ack),
        sim_unit_test(test_at_i_2_13_shutdown_complete_ends_it),
        sim_unit_test(test_at_v_2_14_shutdown_acknowledges_all),
    };
    return cmocka_run_group_tests_name("conformance.etsi_at", tests, NULL, NULL);
}
