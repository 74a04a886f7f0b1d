/* SPDX-License-Identifier: MIT */
/* ETSI TS 102 369, acknowledgements. */
#include "conformance/etsi.h"

/* covers: ts102369/A-V-9-1 */
static void test_a_v_9_1_first_data_is_acknowledged_at_once(void **state)
{
    struct sim_raw raw = passive(*state);
    sctpx_time at = (*(struct sim **)state)->now;
    sim_raw_data(&raw, 0, 0, 100);
    const struct sim_record *record = check_alone(&raw, SIM_SACK);
    assert_int_equal(record->at, at);
    assert_int_equal(record->chunks[0].tsn, raw.tsn - 1);
    sim_raw_data(&raw, 0, 1, 100);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 1); /* the second one can wait */
    sim_finish(*state);
}

/* covers: ts102369/A-V-9-2 */
static void test_a_v_9_2_one_sack_for_a_packet(void **state)
{
    struct sim_raw raw = passive(*state);
    struct pb *pb = sim_raw_packet(&raw);
    for (uint16_t ssn = 0; ssn < 3; ssn++)
        put_message(pb, raw.tsn++, 0, ssn, 100);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 1);
    const struct sim_chunk *sack = &check_alone(&raw, SIM_SACK)->chunks[0];
    assert_int_equal(sack->tsn, raw.tsn - 1);
    assert_int_equal(sack->gaps, 0);
    assert_int_equal(sack->dups, 0);
    assert_int_equal(raw.conn->received_messages, 3);
    sim_run_for(*state, SIM_SECOND);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 1);
    sim_finish(*state);
}

/* When a gap opens, and when it is filled. covers: ts102369/A-O-9-3 */
static void test_a_o_9_3_gaps_are_reported_at_once(void **state)
{
    struct sim_raw raw = passive(*state);
    sim_raw_data(&raw, 0, 0, 100);
    raw.tsn++; /* under way */
    sim_raw_data(&raw, 0, 2, 100);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 2);
    const struct sim_record *record = check_alone(&raw, SIM_SACK);
    const struct sim_chunk *sack = &record->chunks[0];
    assert_int_equal(sack->tsn, 1000);
    assert_int_equal(sack->gaps, 1);
    assert_int_equal(get_u16(record->raw + sack->offset + 16), 2);
    assert_int_equal(get_u16(record->raw + sack->offset + 18), 2);
    assert_int_equal(raw.conn->received_messages, 1);
    raw.tsn = 1001;
    sim_raw_data(&raw, 0, 1, 100);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 3);
    assert_int_equal(last_chunk(&raw, SIM_SACK)->tsn, 1002);
    assert_int_equal(last_chunk(&raw, SIM_SACK)->gaps, 0);
    assert_int_equal(raw.conn->received_messages, 3);
    sim_finish(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_a_v_9_1_first_data_is_acknowledged_at_once),
        sim_unit_test(test_a_v_9_2_one_sack_for_a_packet),
        sim_unit_test(test_a_o_9_3_gaps_are_reported_at_once),
    };
    return cmocka_run_group_tests_name("conformance.etsi_a", tests, NULL, NULL);
}
