/* SPDX-License-Identifier: MIT */
/* RTT measurements and RTO (RFC 9260 6.3.1). RTO.Min is out of the way unless it is the point. */
#include "conformance/rfc9260_06.h"

/* The peer connects, so that the set-up has measured nothing yet. */
static struct sim_raw measured(struct sim *sim)
{
    sctpx_assoc_options options = transfer_options();
    options.rto_min_us = SIM_MS;
    return transfer_to_host(sim, &options);
}

/* One message, acknowledged after so long. The host's next TSN is counted in raw->host_tsn. */
static void round_trip(struct sim_raw *raw, sctpx_time rtt_us)
{
    transfer_write(raw, 1, 100);
    sim_run_for(raw->host->sim, rtt_us);
    sim_raw_sack(raw, raw->host_tsn++, 100000);
}

/* C1, C2, C3 with RTO.Alpha 1/8 and RTO.Beta 1/4; RTTVAR takes the old SRTT. */
/* covers: 9260/6.3.1-1 */
static void test_formulas(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = measured(sim);
    assert_int_equal(sim_path(raw.conn, 0).rto_us, SIM_SECOND); /* C1: RTO.Initial */
    static const sctpx_time rtts[] = {80000, 160000, 160000, 40000, 240000};
    sctpx_time srtt = 0, rttvar = 0;
    for (size_t i = 0; i < 5; i++) {
        sctpx_time r = rtts[i];
        round_trip(&raw, r);
        rttvar = i == 0 ? r / 2 : (3 * rttvar + (srtt > r ? srtt - r : r - srtt)) / 4;
        srtt = i == 0 ? r : (7 * srtt + r) / 8;
        sctpx_path_status path = sim_path(raw.conn, 0);
        assert_in_range(path.srtt_us, srtt - 2, srtt + 2);
        assert_in_range(path.rttvar_us, rttvar - 2, rttvar + 2);
        assert_int_equal(path.rto_us, path.srtt_us + 4 * path.rttvar_us);
    }
    sim_finish(sim);
}

/* G1: RTTVAR never becomes 0, and so RTO stays above SRTT. */
/* covers: 9260/6.3.1-1 */
static void test_variance_is_not_zero(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = measured(sim);
    for (int i = 0; i < 100; i++)
        round_trip(&raw, 50 * SIM_MS);
    assert_true(sim_path(raw.conn, 0).rttvar_us > 0);
    assert_true(sim_path(raw.conn, 0).rto_us > 50 * SIM_MS);
    sim_finish(sim);
    sim = sim_renew(state);
    sctpx_assoc_options options = transfer_options();
    options.rto_min_us = 1;
    raw = transfer_to_host(sim, &options);
    for (int i = 0; i < 3; i++) { /* an RTT of 0 */
        round_trip(&raw, 0);
        assert_true(sim_path(raw.conn, 0).rttvar_us > 0);
        assert_true(sim_path(raw.conn, 0).rto_us > sim_path(raw.conn, 0).srtt_us);
    }
    sim_finish(sim);
}

/* Chunks that leave at the same moment are of one round trip: the first SACK measures it. */
/* covers: 9260/6.3.1-2 9260/6.3.1-1 */
static void test_one_measurement_per_round_trip(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = measured(sim);
    round_trip(&raw, 50 * SIM_MS);
    transfer_write(&raw, 4, 1000);
    sim_run_for(sim, 80 * SIM_MS);
    sim_raw_sack(&raw, raw.host_tsn, 100000);
    sctpx_path_status first = sim_path(raw.conn, 0);
    assert_true(first.srtt_us > 50 * SIM_MS);
    for (uint32_t i = 1; i < 4; i++) {
        sim_run_for(sim, 10 * SIM_MS);
        sim_raw_sack(&raw, raw.host_tsn + i, 100000);
        assert_int_equal(sim_path(raw.conn, 0).srtt_us, first.srtt_us);
        assert_int_equal(sim_path(raw.conn, 0).rttvar_us, first.rttvar_us);
    }
    raw.host_tsn += 4;
    round_trip(&raw, 80 * SIM_MS);
    assert_true(sim_path(raw.conn, 0).srtt_us > first.srtt_us);
    sim_finish(sim);
}

/* Karn: whether the answer is to the first one or to the second nobody knows. */
/* covers: 9260/6.3.1-4 */
static void test_no_measurement_of_retransmissions(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = measured(sim);
    round_trip(&raw, 100 * SIM_MS);
    sctpx_path_status before = sim_path(raw.conn, 0);
    transfer_write(&raw, 1, 100);
    while (transfer_times(&raw, raw.host_tsn) < 2)
        assert_true(sim_step(sim));
    sim_run_for(sim, 5 * SIM_MS);
    sim_raw_sack(&raw, raw.host_tsn++, 100000);
    assert_int_equal(sim_path(raw.conn, 0).srtt_us, before.srtt_us);
    assert_int_equal(sim_path(raw.conn, 0).rttvar_us, before.rttvar_us);
    /* Backed off until new data gives a measurement (6.3.3). */
    assert_int_equal(sim_path(raw.conn, 0).rto_us, 2 * before.rto_us);
    round_trip(&raw, 100 * SIM_MS);
    assert_true(sim_path(raw.conn, 0).rto_us <= before.rto_us);
    sim_finish(sim);
}

/* The first of two is lost. When it comes at last the point passes both: too late to measure. */
/* covers: 9260/6.3.1-5 */
static void test_no_measurement_past_a_retransmission(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = measured(sim);
    round_trip(&raw, 100 * SIM_MS);
    sctpx_path_status before = sim_path(raw.conn, 0);
    transfer_write(&raw, 1, 1000);
    sim_run_for(sim, 200 * SIM_MS);
    transfer_write(&raw, 1, 1000); /* less than T3-rtx later */
    while (transfer_times(&raw, raw.host_tsn) < 2)
        assert_true(sim_step(sim));
    assert_int_equal(transfer_times(&raw, raw.host_tsn + 1), 1);
    sim_run_for(sim, 5 * SIM_MS);
    sim_raw_sack(&raw, raw.host_tsn + 1, 100000);
    assert_int_equal(sim_path(raw.conn, 0).srtt_us, before.srtt_us);
    sim_finish(sim);
}

/* The same, told by a gap block. */
/* covers: 9260/6.3.1-5 */
static void test_gap_block_after_a_retransmission(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = measured(sim);
    round_trip(&raw, 100 * SIM_MS);
    sctpx_path_status before = sim_path(raw.conn, 0);
    transfer_write(&raw, 5, FULL_PAYLOAD); /* four leave */
    uint32_t cum = raw.host_tsn - 1;
    sim_run_for(sim, 20 * SIM_MS);
    for (uint16_t end = 2; end <= 4; end++)
        transfer_sack(&raw, cum, 100000, 2, end);
    sctpx_path_status after = sim_path(raw.conn, 0);
    assert_true(after.srtt_us < before.srtt_us); /* by the first block, before it was sent again */
    assert_int_equal(transfer_times(&raw, cum + 1), 2);
    assert_int_equal(transfer_chunks(&raw), 1 + 5 + 1);
    sim_run_for(sim, 60 * SIM_MS);
    transfer_sack(&raw, cum, 100000, 2, 5); /* 5 left after the retransmission or with it */
    assert_true(sim_path(raw.conn, 0).srtt_us <= before.srtt_us);
    sim_finish(sim);
}

/* C6, C7. */
/* covers: 9260/6.3.1-6 9260/6.3.3-3 */
static void test_minimum_and_maximum(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 100000, NULL);
    round_trip(&raw, SIM_MS);
    assert_int_equal(sim_path(raw.conn, 0).rto_us, SIM_SECOND); /* RTO.Min */
    transfer_write(&raw, 1, 100);
    for (size_t i = 1; i <= 8; i++) {
        while (transfer_times(&raw, raw.host_tsn) == i)
            assert_true(sim_step(sim));
        sctpx_time rto = SIM_SECOND << i;
        assert_int_equal(sim_path(raw.conn, 0).rto_us,
                         rto < 60 * SIM_SECOND ? rto : 60 * SIM_SECOND);
    }
    sim_raw_sack(&raw, raw.host_tsn++, 100000);
    round_trip(&raw, 800 * SIM_SECOND);
    assert_int_equal(sim_path(raw.conn, 0).rto_us, 60 * SIM_SECOND); /* RTO.Max */
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_formulas),
        sim_unit_test(test_variance_is_not_zero),
        sim_unit_test(test_one_measurement_per_round_trip),
        sim_unit_test(test_no_measurement_of_retransmissions),
        sim_unit_test(test_no_measurement_past_a_retransmission),
        sim_unit_test(test_gap_block_after_a_retransmission),
        sim_rfc9260_test(test_minimum_and_maximum),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_06_rto", tests, NULL, NULL);
}
