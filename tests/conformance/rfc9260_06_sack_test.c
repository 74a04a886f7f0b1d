/* SPDX-License-Identifier: MIT */
/* What a received SACK does to the peer's window and to what is outstanding (RFC 9260 6.2.1, 6.7). */
#include "conformance/rfc9260_06.h"

static uint32_t peer_window(const struct sim_raw *raw)
{
    return sim_status(raw->conn).peer_rwnd_bytes;
}

/* covers: 9260/6.2.1-1 */
static void test_a_window_of_the_set_up(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 77777, NULL); /* INIT ACK */
    assert_int_equal(peer_window(&raw), 77777);
    sim_finish(sim);
    sim = sim_renew(state);
    struct sim_host *host = sim_host_new(sim, "host", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    raw = sim_raw_new(host, 1);
    raw.rwnd = 66666; /* INIT */
    sim_raw_connect(&raw);
    assert_int_equal(peer_window(&raw), 66666);
    sim_finish(sim);
}

/* covers: 9260/6.2.1-1 */
static void test_b_sending_takes_from_the_window(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 50000, NULL);
    transfer_write(&raw, 1, 1000);
    assert_int_equal(peer_window(&raw), 49000);
    transfer_write(&raw, 1, 333);
    assert_int_equal(peer_window(&raw), 48667);
    sim_finish(sim);
}

/* Marked chunks give back what they took, and take it again when they leave. */
/* covers: 9260/6.2.1-1 */
static void test_c_marking_gives_back(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 50000, NULL);
    transfer_write(&raw, 4, 1000);
    assert_int_equal(peer_window(&raw), 46000);
    sim_run_for(sim, 1100 * SIM_MS); /* T3-rtx: four marked, one of them sent again */
    assert_int_equal(transfer_chunks(&raw), 5);
    assert_int_equal(peer_window(&raw), 49000);
    sim_finish(sim);
    /* The same with three missing reports, by SACKs that say 50000 each. */
    sim = sim_renew(state);
    raw = transfer_from_host(sim, 50000, NULL);
    transfer_write(&raw, 4, 1000);
    for (uint16_t end = 2; end <= 4; end++)
        transfer_sack(&raw, raw.host_tsn - 1, 50000, 2, end);
    assert_int_equal(transfer_times(&raw, raw.host_tsn), 2);
    assert_int_equal(peer_window(&raw), 49000); /* only it is under way */
    sim_finish(sim);
}

/* An older SACK that arrives late changes nothing at all. */
/* covers: 9260/6.2.1-1 */
static void test_d_i_old_sack_is_dropped(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 50000, NULL);
    transfer_write(&raw, 4, 1000);
    sim_raw_sack(&raw, raw.host_tsn + 1, 30000);
    assert_int_equal(peer_window(&raw), 28000);
    uint32_t cwnd = sim_path(raw.conn, 0).cwnd_bytes;
    transfer_sack(&raw, raw.host_tsn, 90000, 3, 3);
    sim_raw_sack(&raw, raw.host_tsn - 1, 0);
    assert_int_equal(peer_window(&raw), 28000);
    assert_int_equal(sim_path(raw.conn, 0).cwnd_bytes, cwnd);
    assert_int_equal(sim_path(raw.conn, 0).flight_bytes, 2 * 1016);
    sim_finish(sim);
}

/* covers: 9260/6.2.1-1 */
static void test_d_ii_window_less_what_is_outstanding(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 50000, NULL);
    transfer_write(&raw, 4, 1000);
    sim_raw_sack(&raw, raw.host_tsn, 20000); /* three are under way */
    assert_int_equal(peer_window(&raw), 17000);
    transfer_sack(&raw, raw.host_tsn, 20000, 2, 3); /* one is */
    assert_int_equal(peer_window(&raw), 19000);
    sim_raw_sack(&raw, raw.host_tsn + 3, 1234);
    assert_int_equal(peer_window(&raw), 1234);
    sim_finish(sim);
    sim = sim_renew(state);
    raw = transfer_from_host(sim, 50000, NULL);
    transfer_write(&raw, 4, 1000);
    sim_raw_sack(&raw, raw.host_tsn, 2999); /* less than what is under way: nothing, not a lot */
    assert_int_equal(peer_window(&raw), 0);
    sim_finish(sim);
}

/* Taken back: in flight again, one report missing, and a timer watches over it. */
/* covers: 9260/6.2.1-1 */
static void test_d_iii_taken_back(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 50000, NULL);
    transfer_write(&raw, 2, 1000);
    transfer_sack(&raw, raw.host_tsn - 1, 50000, 2, 2);
    assert_int_equal(sim_path(raw.conn, 0).flight_bytes, 1016);
    sim_run_for(sim, 500 * SIM_MS);
    sim_raw_sack(&raw, raw.host_tsn, 50000); /* the second one is not there any more */
    assert_int_equal(sim_path(raw.conn, 0).flight_bytes, 1016);
    assert_int_equal(peer_window(&raw), 49000);
    sctpx_time start = sim->now;
    transfer_run_to(sim, start, SIM_SECOND - 1);
    assert_int_equal(transfer_times(&raw, raw.host_tsn + 1), 1);
    transfer_run_to(sim, start, SIM_SECOND);
    assert_int_equal(transfer_times(&raw, raw.host_tsn + 1), 2);
    sim_finish(sim);
}

/* One report for being taken back and two more SACKs: fast retransmit. */
/* covers: 9260/6.2.1-1 */
static void test_d_iii_taking_back_counts_once(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 50000, NULL);
    transfer_write(&raw, 1, 4 * FULL_PAYLOAD);
    transfer_sack(&raw, raw.host_tsn, 50000, 2, 2);
    assert_int_equal(transfer_chunks(&raw), 4);
    sim_raw_sack(&raw, raw.host_tsn, 50000);        /* 2 is taken back: one */
    transfer_sack(&raw, raw.host_tsn, 50000, 3, 3); /* two */
    assert_int_equal(sim_status(raw.conn).fast_retransmits, 0);
    transfer_write(&raw, 1, 100);
    transfer_sack(&raw, raw.host_tsn, 50000, 3, 4);             /* three */
    assert_int_equal(sim_status(raw.conn).fast_retransmits, 2); /* 1 and 2 */
    sim_finish(sim);
}

/* 7.2.4: in fast recovery cwnd does not grow; the SACK that reaches the exit point ends that. */
/* covers: 9260/6.2.1-1 */
static void test_d_iv_fast_recovery_ends(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 1000000, NULL);
    transfer_write(&raw, 100, FULL_PAYLOAD);
    uint32_t tsn = raw.host_tsn;
    for (; transfer_chunks(&raw) < 30; tsn++)
        sim_raw_sack(&raw, tsn, 1000000);
    for (uint16_t end = 2; end <= 4; end++)
        transfer_sack(&raw, tsn - 1, 1000000, 2, end);
    assert_int_equal(sim_status(raw.conn).fast_retransmits, 1);
    uint32_t exit = raw.host_tsn + (uint32_t)transfer_chunks(&raw) - 2;
    uint32_t cwnd = sim_path(raw.conn, 0).cwnd_bytes;
    sim_raw_sack(&raw, exit - 1, 1000000);
    assert_int_equal(sim_path(raw.conn, 0).cwnd_bytes, cwnd);
    for (uint32_t cum = exit; cum < exit + 20; cum++)
        sim_raw_sack(&raw, cum, 1000000);
    assert_true(sim_path(raw.conn, 0).cwnd_bytes > cwnd);
    sim_finish(sim);
}

/* The program sees it: bytes that are acknowledged are its own again. */
/* covers: 9260/6.7-3 */
static void test_acknowledged_chunks_leave_the_queue(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 50000, NULL);
    transfer_write(&raw, 4, 1000);
    transfer_sack(&raw, raw.host_tsn + 1, 50000, 2, 2);
    assert_int_equal(sctpx_assoc_unacked_bytes(raw.conn->assoc, 0), 2000);
    sim_run_for(sim, 10 * SIM_SECOND);
    assert_int_equal(transfer_times(&raw, raw.host_tsn), 1);
    assert_int_equal(transfer_times(&raw, raw.host_tsn + 1), 1);
    assert_true(transfer_times(&raw, raw.host_tsn + 2) > 2);
    assert_int_equal(transfer_times(&raw, raw.host_tsn + 3), 1); /* named by a block */
    sim_raw_sack(&raw, raw.host_tsn + 3, 50000);
    assert_int_equal(sctpx_assoc_unacked_bytes(raw.conn->assoc, 0), 0);
    sim_finish(sim);
}

/* Each chunk has a count of its own: 1 reaches three before 3 does. */
/* covers: 9260/6.7-4 9260/6.7-5 */
static void test_missing_reports_are_counted_per_chunk(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = transfer_options();
    options.max_burst = 0;
    struct sim_raw raw = transfer_from_host(sim, 50000, &options);
    transfer_write(&raw, 40, 100);
    assert_true(transfer_chunks(&raw) > 30);
    uint32_t before = raw.host_tsn - 1;
    transfer_sack(&raw, before, 50000, 2, 2);
    static const uint16_t two[2][2] = {{2, 2}, {4, 4}}, more[2][2] = {{2, 2}, {4, 5}},
                          most[2][2] = {{2, 2}, {4, 6}};
    const uint16_t(*const blocks[])[2] = {two, more, most};
    for (uint32_t i = 0; i < 3; i++) {
        struct pb *pb = sim_raw_packet(&raw);
        pb_sack(pb, before, 50000, 2, blocks[i], 0, NULL);
        sim_raw_send(&raw, pb);
        assert_int_equal(transfer_times(&raw, before + 1), i < 1 ? 1 : 2);
        assert_int_equal(sim_status(raw.conn).fast_retransmits, i);
    }
    assert_int_equal(transfer_times(&raw, before + 2), 1);
    assert_int_equal(transfer_times(&raw, before + 7), 1); /* above the highest: not missing */
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_a_window_of_the_set_up),
        sim_unit_test(test_b_sending_takes_from_the_window),
        sim_rfc9260_test(test_c_marking_gives_back),
        sim_unit_test(test_d_i_old_sack_is_dropped),
        sim_unit_test(test_d_ii_window_less_what_is_outstanding),
        sim_unit_test(test_d_iii_taken_back),
        sim_rfc9260_test(test_d_iii_taking_back_counts_once),
        sim_unit_test(test_d_iv_fast_recovery_ends),
        sim_unit_test(test_acknowledged_chunks_leave_the_queue),
        sim_rfc9260_test(test_missing_reports_are_counted_per_chunk),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_06_sack", tests, NULL, NULL);
}
