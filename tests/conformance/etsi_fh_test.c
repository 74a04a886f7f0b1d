/* SPDX-License-Identifier: MIT */
/* ETSI TS 102 369, fault handling: supervision of the peer, HEARTBEAT, out of the blue packets. */
#include "conformance/etsi.h"

static const sctpx_time back_off_s[] = {1, 2, 4, 8, 16, 32, 60, 60, 60, 60};

/* Association.Max.Retrans retransmissions of the n-th chunk are not yet too many, one more is. */
static void check_gives_up(struct sim_raw *raw, uint32_t n)
{
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(wait_for(raw, SIM_DATA), back_off_s[i] * SIM_SECOND);
        assert_false(raw->conn->is_closed);
    }
    assert_int_equal(times_sent(raw, n), 11);
    sim_run_until_closed(raw->conn, 61 * SIM_SECOND);
    assert_int_equal(raw->conn->error, SCTPX_ELOST);
    assert_int_equal(times_sent(raw, n), 11);
    check_gone(raw);
}

/* covers: ts102369/FH-I-5-1-1 */
static void test_fh_i_5_1_1_too_many_retransmissions(void **state)
{
    struct sim_raw raw = active(*state, NULL);
    write_message(&raw, 1000);
    check_gives_up(&raw, 1);
    sim_finish(*state);
}

/* covers: ts102369/FH-I-5-1-2 */
static void test_fh_i_5_1_2_sack_resets_the_count(void **state)
{
    struct sim_raw raw = active(*state, NULL);
    write_message(&raw, 1000);
    for (size_t i = 0; i < 10; i++)
        wait_for(&raw, SIM_DATA);
    sack(&raw, 1, 100000);
    assert_int_equal(sim_path(raw.conn, 0).errors, 0);
    /* The RTO stays what it was: nothing was measured, a retransmission says nothing (Karn). */
    write_message(&raw, 1000);
    for (size_t i = 0; i < 10; i++) {
        wait_for(&raw, SIM_DATA);
        assert_false(raw.conn->is_closed);
    }
    assert_int_equal(times_sent(&raw, 2), 11);
    sim_run_until_closed(raw.conn, 61 * SIM_SECOND);
    assert_int_equal(raw.conn->error, SCTPX_ELOST);
    check_gone(&raw);
    sim_finish(*state);
}

/* What is in it comes back, whatever it is. covers: ts102369/FH-V-5-2 */
static void test_fh_v_5_2_heartbeat_is_answered(void **state)
{
    static const char info[] = "whatever it may be, 0123456789";
    struct sim_raw raw = passive(*state);
    for (size_t length = 1; length < sizeof info; length += 7) {
        struct pb *pb = sim_raw_packet(&raw);
        pb_heartbeat(pb, info, length);
        sim_raw_send(&raw, pb);
        const struct sim_record *ack = check_alone(&raw, SIM_HEARTBEAT_ACK);
        struct pb *expected = pb_bare();
        pb_heartbeat_ack(expected, info, length);
        assert_true(pb_equals(expected, ack->raw + 12, ack->length - 12));
    }
    sim_finish(*state);
}

/* ---- out of the blue ------------------------------------------------------------------------- */

/* A packet from nobody the host has heard of, with a tag that means nothing to it. */
static struct sim_raw out_of_the_blue(struct sim *sim)
{
    struct sim_raw raw = stranger(sim);
    raw.host_tag = 0x12345678;
    return raw;
}

static void check_nothing_kept(const struct sim_raw *raw)
{
    assert_int_equal(raw->host->n_conns, 0);
    assert_int_equal(sim_stats(raw->host).associations, 0);
    sim_finish(raw->host->sim);
}

/* covers: ts102369/FH-O-5-3-1 */
static void test_fh_o_5_3_1_data_out_of_the_blue(void **state)
{
    struct sim_raw raw = out_of_the_blue(*state);
    sim_raw_data(&raw, 0, 0, 1000);
    assert_int_equal(sim_mark(*state), 1);
    check_reflected(&raw, SIM_ABORT);
    check_nothing_kept(&raw);
}

/* covers: ts102369/FH-O-5-3-2 */
static void test_fh_o_5_3_2_abort_out_of_the_blue(void **state)
{
    struct sim_raw raw = out_of_the_blue(*state);
    for (int has_t_bit = 0; has_t_bit < 2; has_t_bit++) {
        struct pb *pb = sim_raw_packet(&raw);
        pb_abort(pb, has_t_bit != 0);
        send_and_hear_nothing(&raw, pb);
    }
    check_nothing_kept(&raw);
}

/* covers: ts102369/FH-O-5-3-3 */
static void test_fh_o_5_3_3_shutdown_ack_out_of_the_blue(void **state)
{
    struct sim_raw raw = out_of_the_blue(*state);
    send_shutdown_ack(&raw);
    assert_int_equal(sim_mark(*state), 1);
    check_reflected(&raw, SIM_SHUTDOWN_COMPLETE);
    check_nothing_kept(&raw);
}

/* covers: ts102369/FH-O-5-3-4 */
static void test_fh_o_5_3_4_shutdown_complete_out_of_the_blue(void **state)
{
    struct sim_raw raw = out_of_the_blue(*state);
    for (int has_t_bit = 0; has_t_bit < 2; has_t_bit++) {
        struct pb *pb = sim_raw_packet(&raw);
        pb_shutdown_complete(pb, has_t_bit != 0);
        send_and_hear_nothing(&raw, pb);
    }
    check_nothing_kept(&raw);
}

/* Nobody is called that, so DATA draws no ABORT either; from where it was asked for, the cookie is
 * good. covers: ts102369/FH-O-5-3-5 */
static void test_fh_o_5_3_5_cookie_echo_from_non_unicast(void **state)
{
    const sctpx_addr addrs[] = {sim_ipv4(224, 0, 0, 0, SIM_UDP_PORT),
                                sim_ipv4(239, 255, 1, 2, SIM_UDP_PORT),
                                sim_ipv4(255, 255, 255, 255, SIM_UDP_PORT)};
    struct sim_raw raw = stranger(*state);
    get_cookie(&raw);
    size_t mark = sim_mark(*state);
    for (size_t i = 0; i < sizeof addrs / sizeof addrs[0]; i++) {
        send_from(&raw, &addrs[i], cookie_echo(&raw));
        struct pb *pb = sim_raw_packet(&raw);
        put_message(pb, raw.tsn, 0, 0, 100);
        send_from(&raw, &addrs[i], pb);
    }
    assert_int_equal(sim_mark(*state), mark);
    assert_int_equal(sim_stats(raw.host).associations, 0);
    sim_raw_send(&raw, cookie_echo(&raw));
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ACK), 1);
    sim_finish(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_rfc9260_test(test_fh_i_5_1_1_too_many_retransmissions),
        sim_rfc9260_test(test_fh_i_5_1_2_sack_resets_the_count),
        sim_unit_test(test_fh_v_5_2_heartbeat_is_answered),
        sim_unit_test(test_fh_o_5_3_1_data_out_of_the_blue),
        sim_unit_test(test_fh_o_5_3_2_abort_out_of_the_blue),
        sim_unit_test(test_fh_o_5_3_3_shutdown_ack_out_of_the_blue),
        sim_unit_test(test_fh_o_5_3_4_shutdown_complete_out_of_the_blue),
        sim_unit_test(test_fh_o_5_3_5_cookie_echo_from_non_unicast),
    };
    return cmocka_run_group_tests_name("conformance.etsi_fh", tests, NULL, NULL);
}
