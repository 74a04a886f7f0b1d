/* SPDX-License-Identifier: MIT */
/* ETSI TS 102 369, miscellaneous: unknown chunks, by the highest bits of their type. */
#include "conformance/etsi.h"

enum { CAUSE_UNRECOGNIZED_CHUNK = 6 };

/* Sends an unknown chunk with DATA behind it, and checks what happens to each. */
static void check_unknown(struct sim *sim, uint8_t type, bool is_reported, bool is_data_taken)
{
    struct sim_raw raw = active(sim, NULL);
    size_t mark = sim_mark(sim);
    struct pb *pb = sim_raw_packet(&raw);
    pb_chunk(pb, type, 0);
    pb_u8(pb, 1);
    pb_end(pb);
    put_message(pb, raw.tsn, 0, 0, 200);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_raw_count(&raw, SIM_ERROR), is_reported);
    if (is_reported) {
        const struct sim_record *record = sim_raw_last(&raw, SIM_ERROR);
        const uint8_t *cause = first_cause(record, SIM_ERROR);
        assert_int_equal(get_u16(cause), CAUSE_UNRECOGNIZED_CHUNK);
        assert_int_equal(cause[4], type); /* the chunk itself, 5 bytes long */
        assert_int_equal(get_u16(cause + 6), 5);
        assert_int_equal(cause[8], 1);
    }
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), is_data_taken);
    assert_int_equal(raw.conn->received_messages, is_data_taken);
    if (!is_reported && !is_data_taken)
        assert_int_equal(sim_mark(sim), mark);
    if (!is_data_taken) { /* as if it had never come */
        sim_raw_data(&raw, 0, 0, 200);
        assert_int_equal(raw.conn->received_messages, 1);
    }
    check_alive(&raw);
    sim_finish(sim);
}

/* covers: ts102369/M-I-10-1 */
static void test_m_i_10_1_skip_and_report(void **state)
{
    check_unknown(*state, 0xEF, true, true);
}

/* covers: ts102369/M-I-10-2 */
static void test_m_i_10_2_stop(void **state)
{
    check_unknown(*state, 0x2F, false, false);
}

/* covers: ts102369/M-I-10-3 */
static void test_m_i_10_3_stop_and_report(void **state)
{
    check_unknown(*state, 0x6F, true, false);
}

/* covers: ts102369/M-I-10-4 */
static void test_m_i_10_4_skip(void **state)
{
    check_unknown(*state, 0xAF, false, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_m_i_10_1_skip_and_report),
        sim_unit_test(test_m_i_10_2_stop),
        sim_unit_test(test_m_i_10_3_stop_and_report),
        sim_unit_test(test_m_i_10_4_skip),
    };
    return cmocka_run_group_tests_name("conformance.etsi_m", tests, NULL, NULL);
}
