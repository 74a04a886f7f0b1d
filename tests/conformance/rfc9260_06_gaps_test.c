/* SPDX-License-Identifier: MIT */
/* Gaps in received TSNs (RFC 9260 6.7). What a sender makes of them is in rfc9260_06_sack_test.c. */
#include "conformance/rfc9260_06.h"

/* covers: 9260/6.7-1 */
static void test_gap_is_reported_at_once(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host_begun(sim, NULL);
    sim_raw_data_tsn(&raw, 1001, DATA_WHOLE, 0, 1, 10); /* delayed */
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 1);
    sim_raw_data_tsn(&raw, 1003, DATA_WHOLE, 0, 3, 10);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 2);
    assert_int_equal(transfer_last_sack(&raw)->tsn, 1001);
    assert_int_equal(transfer_last_sack(&raw)->gaps, 1);
    transfer_check_gap(&raw, 0, 2, 2);
    sim_finish(sim);
}

/* Each packet that does not fill the gap brings a SACK. */
/* covers: 9260/6.7-1 */
static void test_sack_for_each_packet_while_there_is_a_gap(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host_begun(sim, NULL);
    for (uint16_t i = 2; i < 30; i++) {
        sim_raw_data_tsn(&raw, 1000u + i, DATA_WHOLE | DATA_UNORDERED, 0, 0, 10);
        assert_int_equal(sim_raw_count(&raw, SIM_SACK), i);
        transfer_check_gap(&raw, 0, 2, i);
    }
    sim_finish(sim);
}

/* The first chunk of all is missing. */
/* covers: 9260/6.7-1 */
static void test_gap_before_anything_arrived(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host(sim, NULL);
    sim_raw_data_tsn(&raw, 1001, DATA_WHOLE, 0, 1, 10);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 1);
    assert_int_equal(transfer_last_sack(&raw)->tsn, 999);
    transfer_check_gap(&raw, 0, 2, 2);
    sim_finish(sim);
}

/* More gaps than a packet can tell: one SACK, the lowest ones, none left out between them. */
/* covers: 9260/6.7-6 9260/6.7-7 */
static void test_gaps_that_do_not_fit(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host_begun(sim, NULL);
    size_t most = (PACKET_BYTES - 12 - 16) / 4;
    for (uint32_t i = 600; i >= 1; i--) { /* the highest ones first */
        size_t before = sim_raw_count(&raw, SIM_SACK);
        sim_raw_data_tsn(&raw, 1000 + 2 * i, DATA_WHOLE | DATA_UNORDERED, 0, 0, 10);
        assert_int_equal(sim_raw_count(&raw, SIM_SACK), before + 1);
        assert_int_equal(transfer_last_sack(&raw)->tsn, 1000);
    }
    assert_int_equal(transfer_last_sack(&raw)->gaps, most);
    for (uint16_t i = 0; i < most; i++)
        transfer_check_gap(&raw, i, (uint16_t)(2 * i + 2), (uint16_t)(2 * i + 2));
    sim_run_for(sim, SIM_SECOND);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 601);
    sim_finish(sim);
}

/* Figure 9, seen from Z. */
/* covers: 9260/6.7-1 */
static void test_example(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host_begun(sim, NULL);
    sim_raw_data_tsn(&raw, 1001, DATA_WHOLE, 0, 1, 10); /* 6 of the figure */
    sim_raw_data_tsn(&raw, 1003, DATA_WHOLE, 0, 3, 10); /* 8 */
    const struct sim_record *record = sim_raw_last(&raw, SIM_SACK);
    const uint8_t *sack = record->raw + 12;
    assert_int_equal(record->n_chunks, 1);
    assert_int_equal(transfer_u16(sack + 2), 20);
    assert_int_equal(transfer_u32(sack + 4), 1001);
    assert_int_equal(transfer_u16(sack + 12), 1); /* Block=1 */
    assert_int_equal(transfer_u16(sack + 14), 0);
    assert_int_equal(transfer_u16(sack + 16), 2); /* Start=2 */
    assert_int_equal(transfer_u16(sack + 18), 2); /* End=2 */
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_gap_is_reported_at_once),
        sim_unit_test(test_sack_for_each_packet_while_there_is_a_gap),
        sim_unit_test(test_gap_before_anything_arrived),
        sim_unit_test(test_gaps_that_do_not_fit),
        sim_unit_test(test_example),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_06_gaps", tests, NULL, NULL);
}
