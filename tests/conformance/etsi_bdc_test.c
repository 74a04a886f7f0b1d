/* SPDX-License-Identifier: MIT */
/* ETSI TS 102 369, DATA in one packet with control chunks. */
#include "conformance/etsi.h"

/* What follows INIT makes the packet invalid; one without it is answered.
 * covers: ts102369/BDC-I-7-1 */
static void test_bdc_i_7_1_init_with_data(void **state)
{
    struct sim_raw raw = stranger(*state);
    struct pb *pb = sim_raw_init(&raw);
    pb_end(pb);
    put_message(pb, raw.tsn, 0, 0, 100);
    send_and_hear_nothing(&raw, pb);
    assert_int_equal(sim_stats(raw.host).associations, 0);
    set_up_with(&raw, sim_raw_init(&raw));
    check_alive(&raw);
    assert_int_equal(raw.conn->received_messages, 0);
    sim_finish(*state);
}

/* covers: ts102369/BDC-I-7-2 */
static void test_bdc_i_7_2_init_ack_with_data(void **state)
{
    struct sim_raw raw = asking(*state, NULL);
    struct pb *pb = init_ack(&raw);
    pb_end(pb);
    put_message(pb, raw.tsn, 0, 0, 100);
    send_and_hear_nothing(&raw, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_WAIT);
    assert_int_equal(wait_for(&raw, SIM_INIT), SIM_SECOND);
    send_init_ack(&raw);
    send_cookie_ack(&raw);
    check_alive(&raw);
    assert_int_equal(raw.conn->received_messages, 0);
    sim_finish(*state);
}

/* covers: ts102369/BDC-I-7-3 */
static void test_bdc_i_7_3_shutdown_complete_with_data(void **state)
{
    struct sim_raw raw = passive(*state);
    send_shutdown(&raw, raw.host_tsn - 1);
    struct pb *pb = sim_raw_packet(&raw);
    pb_shutdown_complete(pb, false);
    put_message(pb, raw.tsn, 0, 0, 100);
    send_and_hear_nothing(&raw, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    assert_int_equal(wait_for(&raw, SIM_SHUTDOWN_ACK), SIM_SECOND);
    send_shutdown_complete(&raw);
    assert_int_equal(raw.conn->received_messages, 0);
    check_gone(&raw);
    sim_finish(*state);
}

/* COOKIE ACK first, the SACK behind it. covers: ts102369/BDC-V-7-4 */
static void test_bdc_v_7_4_cookie_echo_with_data(void **state)
{
    struct sim_raw raw = stranger(*state);
    get_cookie(&raw);
    struct pb *pb = cookie_echo(&raw);
    put_message(pb, raw.tsn++, 0, 0, 100);
    sim_raw_send(&raw, pb);
    const struct sim_record *ack = sim_raw_last(&raw, SIM_COOKIE_ACK);
    assert_non_null(ack);
    assert_int_equal(ack->chunks[0].type, SIM_COOKIE_ACK);
    assert_int_equal(sim_find_chunk(*state, ack, SIM_SACK)->tsn, raw.tsn - 1);
    raw.conn = sim_accepted(raw.host, 0);
    assert_int_equal(raw.conn->received_messages, 1);
    assert_int_equal(raw.conn->received_bytes, 100);
    check_alive(&raw);
    sim_finish(*state);
}

/* covers: ts102369/BDC-V-7-5 */
static void test_bdc_v_7_5_cookie_ack_with_data(void **state)
{
    struct sim_raw raw = asking(*state, NULL);
    send_init_ack(&raw);
    struct pb *pb = sim_raw_packet(&raw);
    pb_cookie_ack(pb);
    put_message(pb, raw.tsn++, 0, 0, 100);
    sim_raw_send(&raw, pb);
    assert_int_equal(raw.conn->received_messages, 1);
    assert_int_equal(check_alone(&raw, SIM_SACK)->chunks[0].tsn, raw.tsn - 1);
    check_alive(&raw);
    sim_finish(*state);
}

/* In either order, and what the SACK says counts. covers: ts102369/BDC-V-7-6 */
static void test_bdc_v_7_6_sack_with_shutdown(void **state)
{
    for (int is_sack_first = 0; is_sack_first < 2; is_sack_first++) {
        for (uint32_t n = 0; n <= 1; n++) {
            struct sim_raw raw = passive(sim_renew(state));
            if (n > 0)
                write_message(&raw, 100);
            struct pb *pb = sim_raw_packet(&raw);
            if (is_sack_first)
                pb_sack(pb, raw.host_tsn - 1 + n, 100000, 0, NULL, 0, NULL);
            pb_shutdown(pb, raw.host_tsn - 1);
            if (!is_sack_first)
                pb_sack(pb, raw.host_tsn - 1 + n, 100000, 0, NULL, 0, NULL);
            sim_raw_send(&raw, pb);
            check_alone(&raw, SIM_SHUTDOWN_ACK);
            assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_ACK), 1);
            send_shutdown_complete(&raw);
            check_gone(&raw);
            sim_finish(*state);
        }
    }
}

/* covers: ts102369/BDC-V-7-7 */
static void test_bdc_v_7_7_sack_with_data(void **state)
{
    struct sim_raw raw = passive(*state);
    write_message(&raw, 100);
    struct pb *pb = sim_raw_packet(&raw);
    pb_sack(pb, raw.host_tsn, 100000, 0, NULL, 0, NULL);
    put_message(pb, raw.tsn++, 0, 0, 100);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_status(raw.conn).unacked_bytes, 0);
    assert_int_equal(raw.conn->received_messages, 1);
    assert_int_equal(check_alone(&raw, SIM_SACK)->chunks[0].tsn, raw.tsn - 1);
    sim_finish(*state);
}

/* The association ends with SHUTDOWN ACK: what stands behind it is not heard any more, and draws no
 * ABORT. covers: ts102369/BDC-V-7-8 */
static void test_bdc_v_7_8_shutdown_ack_with_data(void **state)
{
    struct sim_raw raw = active(*state, NULL);
    shut_down(&raw);
    struct pb *pb = sim_raw_packet(&raw);
    pb_shutdown_ack(pb);
    put_message(pb, raw.tsn, 0, 0, 100);
    sim_raw_send(&raw, pb);
    check_alone(&raw, SIM_SHUTDOWN_COMPLETE);
    assert_int_equal(sim_raw_count(&raw, SIM_ABORT), 0);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 0);
    assert_true(raw.conn->is_closed);
    assert_int_equal(raw.conn->error, 0);
    assert_int_equal(raw.conn->received_messages, 0);
    check_gone(&raw);
    sim_finish(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_bdc_i_7_1_init_with_data),
        sim_unit_test(test_bdc_i_7_2_init_ack_with_data),
        sim_unit_test(test_bdc_i_7_3_shutdown_complete_with_data),
        sim_unit_test(test_bdc_v_7_4_cookie_echo_with_data),
        sim_unit_test(test_bdc_v_7_5_cookie_ack_with_data),
        sim_unit_test(test_bdc_v_7_6_sack_with_shutdown),
        sim_unit_test(test_bdc_v_7_7_sack_with_data),
        sim_unit_test(test_bdc_v_7_8_shutdown_ack_with_data),
    };
    return cmocka_run_group_tests_name("conformance.etsi_bdc", tests, NULL, NULL);
}
