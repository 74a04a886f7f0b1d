/* SPDX-License-Identifier: MIT */
/* T3-rtx: when it starts, starts anew and stops, and what its end does (RFC 9260 6.1, 6.3.2, 6.3.3). */
#include "conformance/rfc9260_06.h"

/* When the n-th transmission of a TSN left (0 = first), after start. */
static sctpx_time sent_at(const struct sim_raw *raw, uint32_t tsn, size_t n, sctpx_time start)
{
    const struct sim_record *record = sim_nth(
        raw->host->sim, (struct sim_query){.from = raw->host, .has_tsn = true, .tsn = tsn}, n);
    assert_non_null(record);
    return record->at - start;
}

/* R1 and 6.1: the first chunk starts it, later ones leave it alone. */
/* covers: 9260/6.1-21 9260/6.1-23 9260/6.1-24 9260/6.1-1 */
static void test_first_chunk_starts_it(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 100000, NULL);
    sctpx_time start = sim->now;
    for (int i = 0; i < 3; i++) {
        transfer_write(&raw, 1, 100);
        sim_run_for(sim, 300 * SIM_MS);
    }
    sim_run_for(sim, 200 * SIM_MS);
    assert_int_equal(sent_at(&raw, raw.host_tsn, 1, start), SIM_SECOND);
    sim_finish(sim);
}

/* R3, R2: the earliest one acknowledged starts it anew, the last one stops it. */
/* covers: 9260/6.1-24 */
static void test_acknowledging_the_earliest_restarts_it(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 100000, NULL);
    sctpx_time start = sim->now;
    transfer_write(&raw, 3, 1000);
    sim_run_for(sim, 400 * SIM_MS);
    sim_raw_sack(&raw, raw.host_tsn, 100000); /* anew at 400 */
    sim_run_for(sim, 300 * SIM_MS);
    transfer_sack(&raw, raw.host_tsn, 100000, 2, 2); /* at 700 a later one: not anew */
    sim_run_for(sim, SIM_SECOND);
    assert_int_equal(sent_at(&raw, raw.host_tsn + 1, 1, start), 1400 * SIM_MS);
    sim_raw_sack(&raw, raw.host_tsn + 2, 100000);
    sim_run_for(sim, 100 * SIM_SECOND);
    assert_int_equal(sim_status(raw.conn).t3_timeouts, 1);
    sim_finish(sim);
}

/* A fast retransmission of the earliest chunk, which the timer is for. */
/* covers: 9260/6.1-22 */
static void test_retransmitting_the_earliest_restarts_it(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 100000, NULL);
    sctpx_time start = sim->now;
    transfer_write(&raw, 6, 700); /* the last two stay in flight, so that the timer never stops */
    assert_int_equal(transfer_chunks(&raw), 6);
    sim_run_for(sim, 600 * SIM_MS);
    for (uint16_t end = 2; end <= 4; end++)
        transfer_sack(&raw, raw.host_tsn - 1, 100000, 2, end);
    assert_int_equal(sent_at(&raw, raw.host_tsn, 1, start), 600 * SIM_MS);
    sim_run_for(sim, 1500 * SIM_MS);
    assert_int_equal(sent_at(&raw, raw.host_tsn, 2, start), 1600 * SIM_MS);
    sim_finish(sim);
}

/* A fast retransmission of a later one, while an earlier one has had its own already. */
/* covers: 9260/6.1-23 */
static void test_retransmitting_another_does_not(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = transfer_options();
    options.max_burst = 0;
    struct sim_raw raw = transfer_from_host(sim, 100000, &options);
    sctpx_time start = sim->now;
    transfer_write(&raw, 20, 200);
    uint32_t before = raw.host_tsn - 1;
    for (uint16_t end = 2; end <= 4; end++)
        transfer_sack(&raw, before, 100000, 2, end);
    assert_int_equal(sent_at(&raw, before + 1, 1, start), 0);
    sim_run_for(sim, 500 * SIM_MS);
    for (uint16_t end = 6; end <= 8; end++) { /* 5 is missing too */
        const uint16_t gaps[2][2] = {{2, 4}, {6, end}};
        struct pb *pb = sim_raw_packet(&raw);
        pb_sack(pb, before, 100000, 2, gaps, 0, NULL);
        sim_raw_send(&raw, pb);
    }
    assert_int_equal(sent_at(&raw, before + 5, 1, start), 500 * SIM_MS);
    sim_run_for(sim, SIM_SECOND);
    assert_int_equal(sent_at(&raw, before + 1, 2, start), SIM_SECOND);
    sim_finish(sim);
}

/* E2 and R1: the timer of a retransmission runs for the doubled RTO. */
/* covers: 9260/6.1-24 9260/6.3.3-3 */
static void test_it_backs_off(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = transfer_options();
    options.rto_max_us = 10 * SIM_SECOND;
    struct sim_raw raw = transfer_from_host(sim, 100000, &options);
    sctpx_time start = sim->now;
    transfer_write(&raw, 1, 100);
    sim_run_for(sim, 40 * SIM_SECOND);
    static const sctpx_time seconds[] = {0, 1, 3, 7, 15, 25, 35};
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(sent_at(&raw, raw.host_tsn, i, start), seconds[i] * SIM_SECOND);
    sim_finish(sim);
}

/* E1, E3: as many of the earliest as one packet takes; the rest is marked and waits for a SACK. */
/* covers: 9260/6.3.3-2 */
static void test_one_packet_of_the_earliest(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 100000, NULL);
    transfer_write(&raw, 10, 400);
    assert_int_equal(transfer_chunks(&raw), 10);
    size_t packets = transfer_packets(&raw);
    sim_run_for(sim, 1900 * SIM_MS);
    assert_int_equal(transfer_packets(&raw), packets + 1);
    const struct sim_record *packet = transfer_packet(&raw, packets);
    assert_int_equal(packet->n_chunks, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(packet->chunks[i].tsn, raw.host_tsn + i);
    assert_int_equal(sim_path(raw.conn, 0).cwnd_bytes, PMDCS);
    assert_int_equal(sim_path(raw.conn, 0).ssthresh_bytes, 4 * PMDCS);
    /* The SACK brings the others, before the next time-out and before anything new. */
    sim_raw_sack(&raw, raw.host_tsn + 2, 100000);
    assert_int_equal(transfer_times(&raw, raw.host_tsn + 3), 2);
    for (uint32_t cum = raw.host_tsn + 5; cum < raw.host_tsn + 10; cum++)
        sim_raw_sack(&raw, cum, 100000);
    for (uint32_t i = 3; i < 9; i++)
        assert_int_equal(transfer_times(&raw, raw.host_tsn + i), 2);
    assert_int_equal(sim_status(raw.conn).t3_timeouts, 1);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_rfc9260_test(test_first_chunk_starts_it),
        sim_rfc9260_test(test_acknowledging_the_earliest_restarts_it),
        sim_unit_test(test_retransmitting_the_earliest_restarts_it),
        sim_unit_test(test_retransmitting_another_does_not),
        sim_rfc9260_test(test_it_backs_off),
        sim_rfc9260_test(test_one_packet_of_the_earliest),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_06_timer", tests, NULL, NULL);
}
