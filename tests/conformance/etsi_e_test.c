/* SPDX-License-Identifier: MIT */
/* ETSI TS 102 369, errors: ERROR chunks that come and go, and what an INIT ACK may lack. */
#include "conformance/etsi.h"

enum { CAUSE_INVALID_STREAM = 1, CAUSE_UNRECOGNIZED_PARAM = 8 };

static struct pb *stale_cookie(const struct sim_raw *raw)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_error(pb);
    pb_tlv(pb, CAUSE_STALE_COOKIE);
    pb_u32(pb, 1000000);
    pb_end(pb);
    pb_end(pb);
    return pb;
}

/* 5.2.6 leaves three ways: here a new INIT asks for a cookie that lives longer.
 * covers: ts102369/E-O-6-1 */
static void test_e_o_6_1_stale_cookie_in_cookie_echoed(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = asking(sim, NULL);
    send_init_ack(&raw);
    sim_run_for(sim, 500 * SIM_MS);
    sim_raw_send(&raw, stale_cookie(&raw));
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_WAIT);
    assert_int_equal(sim_raw_count(&raw, SIM_INIT), 2);
    const uint8_t *wish = find_param(sim_raw_last(&raw, SIM_INIT), PARAM_PRESERVATIVE, 0);
    assert_non_null(wish);
    assert_in_range(get_u32(wish + 4), 500, 1500); /* the round trip, at most a second more */
    send_init_ack(&raw);
    send_cookie_ack(&raw);
    check_alive(&raw);
    sim_finish(sim);
}

/* covers: ts102369/E-O-6-2 */
static void test_e_o_6_2_stale_cookie_in_other_states(void **state)
{
    for (int wanted = SIM_FIRST_STATE; wanted <= SIM_LAST_STATE; wanted++) {
        if (wanted == SCTPX_COOKIE_ECHOED)
            continue;
        struct sim_raw raw = peer_in_state(sim_renew(state), (enum sctpx_assoc_state)wanted);
        send_and_hear_nothing(&raw, stale_cookie(&raw));
        assert_int_equal(sim_state(raw.conn), wanted);
        sim_finish(*state);
    }
    struct sim_raw raw = active(sim_renew(state), NULL);
    sim_raw_send(&raw, stale_cookie(&raw));
    sim_raw_data(&raw, 0, 0, 1000);
    assert_int_equal(last_chunk(&raw, SIM_SACK)->tsn, raw.tsn - 1);
    assert_int_equal(raw.conn->received_messages, 1);
    sim_finish(*state);
}

/* 6.5: reported and acknowledged, but the user never sees it. covers: ts102369/E-I-6-3 */
static void test_e_i_6_3_data_on_a_stream_that_is_not_there(void **state)
{
    sctpx_assoc_options options = quiet();
    options.max_in_streams = 1;
    struct sim_raw raw = active(*state, &options);
    sim_raw_data(&raw, 1, 0, 1000);
    const struct sim_record *record = sim_raw_last(&raw, SIM_ERROR);
    assert_non_null(record);
    const uint8_t *cause = first_cause(record, SIM_ERROR);
    assert_int_equal(get_u16(cause), CAUSE_INVALID_STREAM);
    assert_int_equal(get_u16(cause + 2), 8);
    assert_int_equal(get_u16(cause + 4), 1);
    assert_int_equal(last_chunk(&raw, SIM_SACK)->tsn, raw.tsn - 1);
    assert_int_equal(raw.conn->received_messages, 0);
    check_alive(&raw);
    sim_raw_data(&raw, 0, 0, 100);
    assert_int_equal(raw.conn->received_messages, 1);
    sim_finish(*state);
}

/* ABORT, Missing Mandatory Parameter: one, State Cookie. covers: ts102369/E-I-6-4 */
static void test_e_i_6_4_init_ack_without_cookie(void **state)
{
    struct sim_raw raw = asking(*state, NULL);
    struct pb *pb = sim_raw_packet(&raw);
    pb_init_ack(pb, raw.tag, raw.rwnd, raw.os, raw.mis, raw.tsn);
    sim_raw_send(&raw, pb);
    const uint8_t *cause = first_cause(check_alone(&raw, SIM_ABORT), SIM_ABORT);
    assert_int_equal(get_u16(cause), CAUSE_MISSING_PARAM);
    assert_int_equal(get_u16(cause + 2), 10);
    assert_int_equal(get_u32(cause + 4), 1);
    assert_int_equal(get_u16(cause + 8), PARAM_COOKIE);
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ECHO), 0);
    assert_true(raw.conn->is_closed);
    check_gone(&raw);
    sim_finish(*state);
}

/* Reported behind the COOKIE ECHO, and the set-up goes on. covers: ts102369/E-I-6-5 */
static void test_e_i_6_5_unknown_parameter_in_init_ack(void **state)
{
    struct sim_raw raw = asking(*state, NULL);
    struct pb *pb = sim_raw_packet(&raw);
    pb_init_ack(pb, raw.tag, raw.rwnd, raw.os, raw.mis, raw.tsn);
    pb_item(pb, 0xC00C, "\1", 1);
    pb_cookie(pb, "cookie", 6);
    sim_raw_send(&raw, pb);
    const struct sim_record *echo = sim_raw_last(&raw, SIM_COOKIE_ECHO);
    assert_non_null(echo);
    assert_int_equal(echo->n_chunks, 2);
    assert_int_equal(echo->chunks[0].type, SIM_COOKIE_ECHO);
    const uint8_t *cause = first_cause(echo, SIM_ERROR);
    assert_int_equal(get_u16(cause), CAUSE_UNRECOGNIZED_PARAM);
    assert_int_equal(get_u16(cause + 4), 0xC00C);
    assert_int_equal(get_u16(cause + 6), 5);
    assert_int_equal(cause[8], 1);
    send_cookie_ack(&raw);
    check_alive(&raw);
    sim_finish(*state);
}

/* covers: ts102369/E-I-6-6 */
static void test_e_i_6_6_cookie_echo_with_error(void **state)
{
    struct sim_raw raw = stranger(*state);
    get_cookie(&raw);
    struct pb *pb = cookie_echo(&raw);
    pb_error(pb);
    pb_tlv(pb, CAUSE_UNRECOGNIZED_PARAM);
    pb_item(pb, 0xC000, "", 0);
    pb_end(pb);
    pb_end(pb);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_raw_last(&raw, SIM_COOKIE_ACK)->vtag, raw.tag);
    assert_int_equal(sim_raw_count(&raw, SIM_ABORT), 0);
    raw.conn = sim_accepted(raw.host, 0);
    check_alive(&raw);
    sim_finish(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_e_o_6_1_stale_cookie_in_cookie_echoed),
        sim_unit_test(test_e_o_6_2_stale_cookie_in_other_states),
        sim_unit_test(test_e_i_6_3_data_on_a_stream_that_is_not_there),
        sim_unit_test(test_e_i_6_4_init_ack_without_cookie),
        sim_unit_test(test_e_i_6_5_unknown_parameter_in_init_ack),
        sim_unit_test(test_e_i_6_6_cookie_echo_with_error),
    };
    return cmocka_run_group_tests_name("conformance.etsi_e", tests, NULL, NULL);
}
