/* SPDX-License-Identifier: MIT */
/* ETSI TS 102 369, association set-up: 1.7, numbers of streams. */
#include "conformance/etsi.h"

static sctpx_assoc_options with_streams(uint16_t out, uint16_t in)
{
    sctpx_assoc_options options = quiet();
    options.out_streams = out;
    options.max_in_streams = in;
    return options;
}

/* OS and MIS of the latest INIT or INIT ACK. */
static void check_offer(const struct sim_raw *raw, int chunk, uint16_t os, uint16_t mis)
{
    const uint8_t *p = sim_raw_last(raw, chunk)->raw + last_chunk(raw, chunk)->offset;
    assert_int_equal(get_u16(p + 12), os);
    assert_int_equal(get_u16(p + 14), mis);
}

/* The user can send on streams 0 to n - 1, and on no other. */
static void check_out_streams(struct sim_raw *raw, uint16_t n)
{
    assert_int_equal(sim_status(raw->conn).out_streams, n);
    assert_int_equal(sim_try_send(raw->conn, n, 10, 0), SCTPX_ESTREAM);
    for (uint16_t i = 0; i < n; i++)
        assert_int_equal(sim_try_send(raw->conn, i, 10, 0), 0);
    sim_flush(raw->host->sim);
    assert_int_equal(last_chunk(raw, SIM_DATA)->stream, 0);
    assert_int_equal(sim_count_chunks(raw->host->sim, (struct sim_query){.from = raw->host}), n);
}

/* covers: ts102369/AS-V-1-7-1 */
static void test_as_v_1_7_1_fewer_inbound_streams_in_init(void **state)
{
    sctpx_assoc_options options = with_streams(2, 10);
    struct sim_raw raw = listener(*state, &options);
    raw.os = 100;
    raw.mis = 1;
    set_up_with(&raw, sim_raw_init(&raw));
    check_offer(&raw, SIM_INIT_ACK, 1, 10);
    check_out_streams(&raw, 1);
    sim_finish(*state);
}

/* ABORT, alone, with the peer's tag and the cause Invalid Mandatory Parameter. */
static void check_refused(const struct sim_raw *raw)
{
    const struct sim_record *abort = check_alone(raw, SIM_ABORT);
    assert_int_equal(get_u16(first_cause(abort, SIM_ABORT)), CAUSE_INVALID_PARAM);
}

/* covers: ts102369/AS-I-1-7-2 */
static void test_as_i_1_7_2_no_outbound_streams_in_init(void **state)
{
    struct sim_raw raw = stranger(*state);
    raw.os = 0;
    sim_raw_send(&raw, sim_raw_init(&raw));
    check_refused(&raw);
    assert_int_equal(sim_mark(*state), 1);
    sim_finish(*state);
}

/* covers: ts102369/AS-V-1-7-3 */
static void test_as_v_1_7_3_fewer_inbound_streams_in_init_ack(void **state)
{
    sctpx_assoc_options options = with_streams(2, 1);
    struct sim_raw raw = asking(*state, &options);
    check_offer(&raw, SIM_INIT, 2, 1);
    raw.os = raw.mis = 1;
    send_init_ack(&raw);
    check_alone(&raw, SIM_COOKIE_ECHO);
    send_cookie_ack(&raw);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    check_out_streams(&raw, 1);
    sim_finish(*state);
}

/* covers: ts102369/AS-I-1-7-4 */
static void test_as_i_1_7_4_no_outbound_streams_in_init_ack(void **state)
{
    struct sim_raw raw = asking(*state, NULL);
    raw.os = 0;
    send_init_ack(&raw);
    check_refused(&raw);
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ECHO), 0);
    assert_true(raw.conn->is_closed);
    check_gone(&raw);
    sim_finish(*state);
}

/* covers: ts102369/AS-V-1-7-5 */
static void test_as_v_1_7_5_two_streams_each_way(void **state)
{
    sctpx_assoc_options options = with_streams(2, 2);
    struct sim_raw raw = listener(*state, &options);
    raw.os = raw.mis = 2;
    set_up_with(&raw, sim_raw_init(&raw));
    check_offer(&raw, SIM_INIT_ACK, 2, 2);
    assert_int_equal(sim_status(raw.conn).in_streams, 2);
    sim_raw_data(&raw, 0, 0, 100);
    sim_raw_data(&raw, 1, 0, 100);
    assert_int_equal(raw.conn->received_messages, 2);
    check_out_streams(&raw, 2);
    sim_finish(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_as_v_1_7_1_fewer_inbound_streams_in_init),
        sim_unit_test(test_as_i_1_7_2_no_outbound_streams_in_init),
        sim_unit_test(test_as_v_1_7_3_fewer_inbound_streams_in_init_ack),
        sim_unit_test(test_as_i_1_7_4_no_outbound_streams_in_init_ack),
        sim_unit_test(test_as_v_1_7_5_two_streams_each_way),
    };
    return cmocka_run_group_tests_name("conformance.etsi_as_streams", tests, NULL, NULL);
}
