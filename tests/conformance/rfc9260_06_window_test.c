/* SPDX-License-Identifier: MIT */
/* The peer's window: what may be sent, and how a closed one is probed (RFC 9260 6.1 A). */
#include "conformance/rfc9260_06.h"

/* The peer has taken one message and closed its window; one of so many bytes waits since then. */
static struct sim_raw closed_window(struct sim *sim, uint32_t rwnd, size_t bytes)
{
    struct sim_raw raw = transfer_from_host(sim, 1500, NULL);
    transfer_write(&raw, 1, 1000);
    sim_raw_sack(&raw, raw.host_tsn, rwnd);
    transfer_write(&raw, 1, bytes);
    assert_int_equal(transfer_chunks(&raw), 1);
    return raw;
}

/* covers: 9260/6.1-3 9260/6.1-2 */
static void test_next_chunk_must_fit_the_window(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 3500, NULL);
    transfer_write(&raw, 10, 1000);
    assert_int_equal(transfer_chunks(&raw), 3);
    /* 2999 bytes beyond what is in flight: two more, not a third one of 1000. */
    sim_raw_sack(&raw, raw.host_tsn + 2, 2999);
    assert_int_equal(transfer_chunks(&raw), 5);
    sim_raw_sack(&raw, raw.host_tsn + 4, 1000);
    assert_int_equal(transfer_chunks(&raw), 6);
    sim_raw_sack(&raw, raw.host_tsn + 5, 999);
    assert_int_equal(transfer_chunks(&raw), 6);
    sim_finish(sim);
}

/* covers: 9260/6.1-6 9260/6.1-8 9260/6.1-9 */
static void test_probes_after_one_rto_then_twice_as_long(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = closed_window(sim, 0, 1000);
    sctpx_time start = sim->now;
    static const sctpx_time seconds[] = {1, 3, 7, 15, 31, 63};
    for (size_t i = 0; i < 6; i++) {
        transfer_run_to(sim, start, seconds[i] * SIM_SECOND - 1);
        assert_int_equal(transfer_times(&raw, raw.host_tsn + 1), i);
        transfer_run_to(sim, start, seconds[i] * SIM_SECOND);
        assert_int_equal(transfer_times(&raw, raw.host_tsn + 1), i + 1);
        sim_raw_sack(&raw, raw.host_tsn, 0);
    }
    sim_finish(sim);
}

/* The window is not 0 but smaller than the next chunk, which the peer cannot take (rule A). */
/* covers: 9260/6.1-6 9260/6.1-9 9260/6.1-7 */
static void test_probes_of_a_window_that_is_too_small(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = closed_window(sim, 100, 1000);
    sctpx_time start = sim->now;
    static const sctpx_time seconds[] = {1, 3, 7, 15, 31, 63};
    for (size_t i = 0; i < 6; i++) {
        transfer_run_to(sim, start, seconds[i] * SIM_SECOND - 1);
        assert_int_equal(transfer_times(&raw, raw.host_tsn + 1), i);
        transfer_run_to(sim, start, seconds[i] * SIM_SECOND);
        assert_int_equal(transfer_times(&raw, raw.host_tsn + 1), i + 1);
        sim_raw_sack(&raw, raw.host_tsn, 100);
        assert_int_equal(sim_path(raw.conn, 0).errors, 0);
    }
    sim_raw_sack(&raw, raw.host_tsn + 1, 1500);
    transfer_write(&raw, 1, 1000);
    assert_int_equal(transfer_times(&raw, raw.host_tsn + 2), 1);
    sim_finish(sim);
}

/* Association.Max.Retrans is 10 and Path.Max.Retrans 5: neither is reached by 30 probes. */
/* covers: 9260/6.1-7 */
static void test_refused_probes_are_no_errors(void **state)
{
    for (uint32_t rwnd = 0; rwnd <= 200; rwnd += 200) {
        struct sim *sim = sim_renew(state);
        struct sim_raw raw = closed_window(sim, rwnd, 1000);
        for (size_t i = 0; i < 30; i++) {
            while (transfer_times(&raw, raw.host_tsn + 1) == i)
                assert_true(sim_step(sim));
            sim_raw_sack(&raw, raw.host_tsn, rwnd);
            assert_int_equal(sim_path(raw.conn, 0).errors, 0);
        }
        assert_int_equal(sim_event_count(raw.host, SCTPX_EVENT_PATH_DOWN), 0);
        assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
        sim_finish(sim);
    }
}

/* Silence is another matter: the peer is gone. */
/* covers: 9260/6.1-7 */
static void test_probes_without_an_answer_are_errors(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = closed_window(sim, 0, 1000);
    sim_run_until_closed(raw.conn, 3600 * SIM_SECOND);
    assert_int_equal(raw.conn->error, SCTPX_ELOST);
    sim_finish(sim);
}

/* Open again, but the last probe was refused: it does not wait for the time of the next probe. */
/* covers: 9260/6.1-24 */
static void test_refused_probe_when_the_window_opens(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 100000, NULL);
    sctpx_time start = sim->now;
    transfer_write(&raw, 10, FULL_PAYLOAD);
    sim_raw_sack(&raw, raw.host_tsn - 1, 0); /* everything was dropped */
    for (size_t i = 1; i <= 5; i++) {
        while (transfer_times(&raw, raw.host_tsn) == i)
            assert_true(sim_step(sim));
        sim_raw_sack(&raw, raw.host_tsn - 1, 0);
    }
    assert_int_equal(sim->now - start, 31 * SIM_SECOND); /* the next one at 63 */
    sim_raw_sack(&raw, raw.host_tsn - 1, 100000);
    sim_run_for(sim, SIM_SECOND);
    assert_int_equal(transfer_times(&raw, raw.host_tsn), 7);
    sim_finish(sim);
}

/* A probe is one DATA chunk, also when two would fit the packet. */
/* covers: 9260/6.1-3 9260/6.1-5 */
static void test_one_chunk_is_a_probe(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = closed_window(sim, 0, 100);
    transfer_write(&raw, 5, 100);
    sim_run_for(sim, 1500 * SIM_MS);
    assert_int_equal(transfer_chunks(&raw), 2);
    sim_run_for(sim, 60 * SIM_SECOND);
    assert_int_equal(transfer_times(&raw, raw.host_tsn + 2), 0);
    sim_finish(sim);
}

/* Something is in flight: what is not acknowledged comes first, and no new chunk is the probe. */
/* covers: 9260/6.1-5 */
static void test_no_probe_while_data_is_outstanding(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 3500, NULL);
    transfer_write(&raw, 5, 1000);
    assert_int_equal(transfer_chunks(&raw), 3);
    /* The last one arrived, the one before it did not; then the window is closed. */
    transfer_sack(&raw, raw.host_tsn, 0, 2, 2);
    for (size_t i = 0; i < 5; i++) {
        while (transfer_times(&raw, raw.host_tsn + 1) == i + 1)
            assert_true(sim_step(sim));
        transfer_sack(&raw, raw.host_tsn, 0, 2, 2);
    }
    assert_int_equal(transfer_times(&raw, raw.host_tsn + 3), 0);
    sim_raw_sack(&raw, raw.host_tsn + 2, 0);
    assert_int_equal(transfer_times(&raw, raw.host_tsn + 3), 0);
    while (transfer_times(&raw, raw.host_tsn + 3) == 0)
        assert_true(sim_step(sim));
    sim_finish(sim);
}

/*
 * What fills a gap is taken in spite of the closed window (A is about new data): then the next one
 * that is missing follows at once, and the interval of probes begins anew.
 */
/* covers: 9260/6.1-3 9260/6.1-15 */
static void test_missing_chunks_do_not_wait_for_the_window(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 4000, NULL);
    sctpx_time start = sim->now;
    transfer_write(&raw, 6, 1000);
    assert_int_equal(transfer_chunks(&raw), 4);
    /* Only the last one arrived. */
    transfer_sack(&raw, raw.host_tsn - 1, 0, 4, 4);
    transfer_run_to(sim, start, SIM_SECOND);
    assert_int_equal(transfer_chunks(&raw), 5);
    transfer_sack(&raw, raw.host_tsn, 0, 3, 3);
    assert_int_equal(transfer_times(&raw, raw.host_tsn + 1), 2);
    assert_int_equal(transfer_times(&raw, raw.host_tsn + 2), 1);
    transfer_sack(&raw, raw.host_tsn + 1, 0, 2, 2);
    assert_int_equal(transfer_times(&raw, raw.host_tsn + 2), 2);
    assert_int_equal(sim->now - start, SIM_SECOND);
    /* New data has to wait; and the next probe is not the third one. */
    sim_raw_sack(&raw, raw.host_tsn + 3, 0);
    assert_int_equal(transfer_times(&raw, raw.host_tsn + 4), 0);
    transfer_run_to(sim, start, 4 * SIM_SECOND);
    assert_int_equal(transfer_times(&raw, raw.host_tsn + 4), 1);
    sim_finish(sim);
}

/* cwnd is full of what is in flight: closing the window makes nothing leave before T3-rtx. */
/* covers: 9260/6.1-4 */
static void test_probe_waits_for_cwnd(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 100000, NULL);
    transfer_write(&raw, 10, FULL_PAYLOAD);
    size_t sent = transfer_chunks(&raw);
    assert_true(sim_path(raw.conn, 0).flight_bytes >= sim_path(raw.conn, 0).cwnd_bytes);
    sim_raw_sack(&raw, raw.host_tsn - 1, 0);
    sim_run_for(sim, 990 * SIM_MS);
    assert_int_equal(transfer_chunks(&raw), sent);
    sim_run_for(sim, 20 * SIM_MS); /* one packet, which is all that cwnd takes now */
    assert_int_equal(transfer_chunks(&raw), sent + 1);
    assert_int_equal(transfer_times(&raw, raw.host_tsn), 2);
    assert_true(sim_path(raw.conn, 0).flight_bytes <= sim_path(raw.conn, 0).cwnd_bytes);
    sim_finish(sim);
}

/*
 * 7.2.1: max(cwnd / 2, 4 * PMDCS) per RTO without data. A probe is no data in that sense; how far
 * cwnd went down shows when the window opens.
 */
/* covers: 9260/6.1-10 */
static void test_cwnd_decays_while_probing(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 1000000, NULL);
    transfer_write(&raw, 60, FULL_PAYLOAD);
    for (uint32_t i = 0; sim_status(raw.conn).unsent_bytes > 0; i++)
        sim_raw_sack(&raw, raw.host_tsn + i, 1000000);
    sim_raw_sack(&raw, raw.host_tsn + 59, 0);
    assert_true(sim_path(raw.conn, 0).cwnd_bytes > 20 * PMDCS);
    transfer_write(&raw, 1, 1000);
    for (size_t i = 0; i < 6; i++) {
        while (transfer_times(&raw, raw.host_tsn + 60) == i)
            assert_true(sim_step(sim));
        sim_raw_sack(&raw, raw.host_tsn + 59, 0);
    }
    sim_raw_sack(&raw, raw.host_tsn + 60, 1000000);
    transfer_write(&raw, 1, 1000);
    assert_int_equal(sim_path(raw.conn, 0).cwnd_bytes, 4 * PMDCS);
    sim_finish(sim);
}

/* RFC 1122 4.2.3.4: a large message is not cut to fit a small window. */
/* covers: 9260/6.1-11 */
static void test_no_small_pieces_for_small_windows(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 1500, NULL);
    transfer_write(&raw, 1, 20 * FULL_PAYLOAD);
    size_t sent = transfer_chunks(&raw);
    assert_int_equal(sent, 1);
    for (uint32_t rwnd = 1; rwnd < FULL_PAYLOAD; rwnd += 37)
        sim_raw_sack(&raw, raw.host_tsn, rwnd);
    assert_int_equal(transfer_chunks(&raw), sent);
    sim_raw_sack(&raw, raw.host_tsn, FULL_PAYLOAD);
    assert_int_equal(transfer_chunks(&raw), sent + 1);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(transfer_packet(&raw, i)->chunks[0].length, 16 + FULL_PAYLOAD);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_next_chunk_must_fit_the_window),
        sim_unit_test(test_probes_after_one_rto_then_twice_as_long),
        sim_unit_test(test_probes_of_a_window_that_is_too_small),
        sim_unit_test(test_refused_probes_are_no_errors),
        sim_unit_test(test_probes_without_an_answer_are_errors),
        sim_unit_test(test_refused_probe_when_the_window_opens),
        sim_unit_test(test_one_chunk_is_a_probe),
        sim_unit_test(test_no_probe_while_data_is_outstanding),
        sim_rfc9260_test(test_missing_chunks_do_not_wait_for_the_window),
        sim_rfc9260_test(test_probe_waits_for_cwnd),
        sim_unit_test(test_cwnd_decays_while_probing),
        sim_unit_test(test_no_small_pieces_for_small_windows),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_06_window", tests, NULL, NULL);
}
