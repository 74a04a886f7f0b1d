/* SPDX-License-Identifier: MIT */
/* When DATA leaves, and how much at once (RFC 9260 6.1 B to E). */
#include "conformance/rfc9260_06.h"

static size_t sent_bytes(const struct sim_raw *raw, size_t from)
{
    size_t bytes = 0;
    for (size_t i = from; i < transfer_packets(raw); i++) {
        const struct sim_record *packet = transfer_packet(raw, i);
        for (size_t j = 0; j < packet->n_chunks; j++)
            bytes += packet->chunks[j].type == SIM_DATA ? (packet->chunks[j].length + 3u) & ~3u : 0;
    }
    return bytes;
}

/* What is in flight after each packet, while the window is filled with messages of this size. */
static void check_filling(struct sim *sim, size_t message_bytes)
{
    sctpx_assoc_options options = transfer_options();
    options.max_burst = 0;
    struct sim_raw raw = transfer_from_host(sim, 1000000, &options);
    assert_int_equal(sim_path(raw.conn, 0).cwnd_bytes, INITIAL_CWND);
    transfer_write(&raw, 20000 / message_bytes, message_bytes);
    size_t packets = transfer_packets(&raw), flight = 0;
    for (size_t i = 0; i < packets; i++) {
        assert_true(flight < INITIAL_CWND); /* before a packet leaves */
        flight = sent_bytes(&raw, 0) - sent_bytes(&raw, i + 1);
        assert_true(flight <= INITIAL_CWND + PMDCS - 1);
    }
    assert_true(flight >= INITIAL_CWND); /* cwnd is used up, and passed by the last packet only */
    sim_finish(sim);
}

/* covers: 9260/6.1-12 9260/6.1-13 9260/6.1-14 9260/6.1-2 */
static void test_cwnd_is_passed_by_one_packet(void **state)
{
    static const size_t sizes[] = {20, 100, 700, 1000, FULL_PAYLOAD, 6000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        check_filling(sim_renew(state), sizes[i]);
}

/* Exactly cwnd in flight: nothing more (7.2.1: 4404 = 3 * 1460 + 24, 24 being 8 bytes of data). */
/* covers: 9260/6.1-12 */
static void test_full_cwnd_is_full(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 1000000, NULL);
    transfer_write(&raw, 3, FULL_PAYLOAD);
    transfer_write(&raw, 1, 8);
    assert_int_equal(sim_path(raw.conn, 0).flight_bytes, INITIAL_CWND);
    transfer_write(&raw, 1, 8);
    assert_int_equal(transfer_chunks(&raw), 4);
    sim_finish(sim);
}

/* covers: 9260/6.1-20 */
static void test_full_window_accepts_and_waits(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 1000000, NULL);
    transfer_write(&raw, 4, FULL_PAYLOAD);
    size_t sent = transfer_chunks(&raw);
    for (int i = 0; i < 50; i++) {
        transfer_write(&raw, 1, FULL_PAYLOAD);
        sim_run_for(sim, 10 * SIM_MS);
    }
    assert_int_equal(transfer_chunks(&raw), sent);
    assert_int_equal(sim_status(raw.conn).unsent_bytes, 50 * FULL_PAYLOAD);
    sim_raw_sack(&raw, raw.host_tsn + 1, 1000000);
    assert_true(transfer_chunks(&raw) > sent);
    sim_finish(sim);
}

/* Six full chunks, the first of them lost: marked by T3-rtx it leaves before new ones. */
/* covers: 9260/6.1-15 */
static void test_marked_chunks_go_first(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 1000000, NULL);
    transfer_write(&raw, 12, 700);
    size_t n = transfer_chunks(&raw), before = transfer_packets(&raw);
    assert_true(n < 12);
    sim_run_for(sim, 1100 * SIM_MS); /* T3-rtx: everything is marked, cwnd is one packet */
    assert_int_equal(transfer_packets(&raw), before + 1);
    assert_int_equal(transfer_times(&raw, raw.host_tsn), 2);
    uint32_t highest = 0;
    for (uint32_t cum = 0; transfer_times(&raw, raw.host_tsn + 11) == 0; cum++) {
        sim_raw_sack(&raw, raw.host_tsn + cum, 1000000);
        for (uint32_t i = (uint32_t)n; i < 12; i++)
            if (transfer_times(&raw, raw.host_tsn + i) > 0)
                highest = i;
        for (uint32_t i = cum + 1; highest > 0 && i < n; i++)
            assert_int_equal(transfer_times(&raw, raw.host_tsn + i), 2);
    }
    sim_finish(sim);
}

/* 6.3.3 E3: of what timed out one packet leaves, and more as cwnd allows when a SACK comes. */
/* covers: 9260/6.1-15 9260/6.3.3-2 */
static void test_marked_chunks_keep_to_cwnd(void **state)
{
    static const size_t sizes[] = {300, 500, 700, 1000, 1300, FULL_PAYLOAD};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct sim *sim = sim_renew(state);
        struct sim_raw raw = transfer_from_host(sim, 1000000, NULL);
        transfer_write(&raw, 12, sizes[i]);
        sim_run_for(sim, 1100 * SIM_MS);
        assert_int_equal(sim_path(raw.conn, 0).cwnd_bytes, PMDCS);
        assert_true(sim_path(raw.conn, 0).flight_bytes <= PMDCS);
        size_t packets = transfer_packets(&raw);
        assert_int_equal(transfer_packet(&raw, packets - 1)->at - transfer_packet(&raw, 0)->at,
                         SIM_SECOND);
        assert_int_equal(transfer_packet(&raw, packets - 2)->at, transfer_packet(&raw, 0)->at);
        sim_raw_sack(&raw, raw.host_tsn, 1000000);
        assert_true(transfer_packets(&raw) > packets);
        sctpx_path_status path = sim_path(raw.conn, 0);
        assert_true(path.flight_bytes < path.cwnd_bytes + PMDCS);
        sim_finish(sim);
    }
}

/* cwnd has been opened wide and nothing is in flight: four packets at once. */
/* covers: 9260/6.1-16 9260/6.1-17 9260/6.1-18 */
static void test_max_burst(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 1000000, NULL);
    transfer_write(&raw, 60, FULL_PAYLOAD);
    for (uint32_t i = 0; i < 60; i++)
        sim_raw_sack(&raw, raw.host_tsn + i, 1000000);
    uint32_t cwnd = sim_path(raw.conn, 0).cwnd_bytes;
    assert_true(cwnd > 20 * PMDCS);
    size_t before = transfer_packets(&raw);
    for (int i = 0; i < 60; i++)
        sim_send(raw.conn, 0, FULL_PAYLOAD);
    sim_flush(sim);
    assert_int_equal(transfer_packets(&raw), before + 4);
    assert_int_equal(sim_path(raw.conn, 0).cwnd_bytes, cwnd);
    /* A SACK pays for what it acknowledges and one packet more, on top of Max.Burst. */
    sim_raw_sack(&raw, raw.host_tsn + 60, 1000000);
    assert_in_range(transfer_packets(&raw), before + 4 + 1, before + 4 + 4 + 2);
    assert_true(sim_path(raw.conn, 0).cwnd_bytes >= cwnd);
    sim_finish(sim);
}

/* covers: 9260/6.1-19 */
static void test_sack_goes_with_data(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host_begun(sim, NULL);
    sim_raw_data(&raw, 0, 1, 100);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 1); /* delayed */
    transfer_write(&raw, 1, 100);
    const struct sim_record *packet = transfer_packet(&raw, 0);
    assert_int_equal(packet->n_chunks, 2);
    assert_int_equal(packet->chunks[0].type, SIM_SACK);
    assert_int_equal(packet->chunks[0].tsn, 1001);
    sim_run_for(sim, SIM_SECOND / 2);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 2);
    sim_finish(sim);
}

/* With a full DATA chunk the two exceed the path MTU: no packet does, and both leave. */
/* covers: 9260/6.1-19 */
static void test_sack_that_does_not_fit_beside_data(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host_begun(sim, NULL);
    sim_raw_data(&raw, 0, 1, 100);
    transfer_write(&raw, 1, FULL_PAYLOAD);
    const struct sim_record *packet = transfer_packet(&raw, 0);
    assert_int_equal(packet->n_chunks, 1);
    assert_int_equal(packet->length, PACKET_BYTES);
    sim_run_for(sim, 200 * SIM_MS);
    assert_int_equal(transfer_last_sack(&raw)->tsn, 1001);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 2);
    sim_finish(sim);
}

/*
 * The first chunk never gets through, everything behind it is acknowledged in a gap block, so that
 * cwnd is no limit. Blocks name TSNs up to 65,535 beyond the cumulative point; no more may be used.
 */
/* covers: 9260/6.1-25 9260/6.1-26 */
static void test_send_window_is_bounded(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = transfer_options();
    options.sndbuf_bytes = 64u << 20;
    options.max_burst = 0;
    struct sim_raw raw = transfer_from_host(sim, UINT32_MAX, &options);
    sim->capture_off = true;
    for (int i = 0; i < 70000; i++)
        sim_send(raw.conn, 0, 1);
    sim_flush(sim);
    uint64_t before = 0;
    while (sim_status(raw.conn).sent_chunks > before) {
        before = sim_status(raw.conn).sent_chunks;
        assert_true(before <= 65535);
        transfer_sack(&raw, raw.host_tsn - 1, UINT32_MAX, 2, (uint16_t)before);
    }
    assert_int_equal(before, 65535);
    sim_raw_sack(&raw, raw.host_tsn + 65533, UINT32_MAX); /* room again */
    assert_true(sim_status(raw.conn).sent_chunks > before);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_cwnd_is_passed_by_one_packet),
        sim_unit_test(test_full_cwnd_is_full),
        sim_rfc9260_test(test_full_window_accepts_and_waits),
        sim_rfc9260_test(test_marked_chunks_go_first),
        sim_rfc9260_test(test_marked_chunks_keep_to_cwnd),
        sim_unit_test(test_max_burst),
        sim_unit_test(test_sack_goes_with_data),
        sim_unit_test(test_sack_that_does_not_fit_beside_data),
        sim_unit_test(test_send_window_is_bounded),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_06_send", tests, NULL, NULL);
}
