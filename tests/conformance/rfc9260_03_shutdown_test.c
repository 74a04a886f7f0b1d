/* SPDX-License-Identifier: MIT */
/* RFC 9260 3.3.8 and 3.3.9: SHUTDOWN and SHUTDOWN ACK. SHUTDOWN COMPLETE: rfc9260_03_header. */
#include "conformance/rfc9260_03.h"

static void shut_down(struct sim_raw *raw)
{
    assert_int_equal(sctpx_assoc_shutdown(raw->conn->assoc, raw->host->sim->now), 0);
    sim_flush(raw->host->sim);
}

/* 8 bytes, flags 0, the highest TSN before a gap. */
/* covers: 9260/3.3.8-1 */
static void test_graceful_close_begins_with_shutdown(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    sim_raw_data(&raw, 0, 0, 10);
    sim_raw_data(&raw, 0, 1, 10);
    sim_raw_sack(&raw, raw.host_tsn - 1, raw.rwnd);
    shut_down(&raw);
    const uint8_t *shutdown = last_chunk(&raw, SIM_SHUTDOWN);
    struct pb *pb = pb_bare();
    pb_shutdown(pb, raw.tsn - 1);
    assert_true(pb_equals(pb, shutdown, 8));
    assert_int_equal(sim_raw_count(&raw, SIM_ABORT), 0);
    sim_finish(sim);
}

/* Nothing has been received: the TSN before the peer's first one. */
/* covers: 9260/3.3.8-1 */
static void test_shutdown_before_any_data(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    shut_down(&raw);
    struct pb *pb = pb_bare();
    pb_shutdown(pb, raw.tsn - 1);
    check_chunks(&raw, SIM_SHUTDOWN, pb);
    sim_finish(sim);
}

/* How often a TSN was sent since then. */
static size_t sent_since(const struct sim_raw *raw, size_t mark, uint32_t tsn)
{
    return sim_count(
        raw->host->sim,
        (struct sim_query){
            .from = raw->host, .chunk = SIM_DATA, .since = mark, .has_tsn = true, .tsn = tsn});
}

/* Of five chunks the second and fourth were acknowledged by gaps; SHUTDOWN does not undo it. */
/* covers: 9260/3.3.8-2 */
static void test_shutdown_takes_no_gap_back(void **state)
{
    static const uint16_t gaps[][2] = {{2, 2}, {4, 4}};
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    for (int i = 0; i < 5; i++)
        sim_send(raw.conn, 0, 100);
    sim_flush(sim);
    struct pb *pb = sim_raw_packet(&raw);
    pb_sack(pb, raw.host_tsn - 1, raw.rwnd, 2, gaps, 0, NULL);
    sim_raw_send(&raw, pb);
    size_t mark = sim_mark(sim);
    for (int i = 0; i < 2; i++) {
        pb = sim_raw_packet(&raw);
        pb_shutdown(pb, raw.host_tsn - 1);
        sim_raw_send(&raw, pb);
        sim_run_for(sim, 2 * SIM_SECOND);
    }
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_RECEIVED);
    assert_true(sent_since(&raw, mark, raw.host_tsn) > 0);
    assert_int_equal(sent_since(&raw, mark, raw.host_tsn + 1), 0);
    assert_true(sent_since(&raw, mark, raw.host_tsn + 2) > 0);
    assert_int_equal(sent_since(&raw, mark, raw.host_tsn + 3), 0);
    pb = sim_raw_packet(&raw); /* once the holes are filled, all is acknowledged */
    pb_shutdown(pb, raw.host_tsn + 4);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    sim_finish(sim);
}

/* A gap in what still comes: SACK and SHUTDOWN in one packet. */
/* covers: 9260/3.3.8-3 */
static void test_shutdown_with_sack(void **state)
{
    static const uint16_t gaps[][2] = {{2, 2}};
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    shut_down(&raw);
    sim_raw_data_tsn(&raw, raw.tsn + 1, 3, 0, 1, 10);
    const uint8_t *sack = last_chunk(&raw, SIM_SACK);
    struct pb *pb = pb_bare();
    pb_sack(pb, raw.tsn - 1, get_u32(sack + 8), 1, gaps, 0, NULL);
    pb_shutdown(pb, raw.tsn - 1);
    check_chunks(&raw, SIM_SHUTDOWN, pb);
    sim_finish(sim);
}

/* covers: 9260/3.3.9-1 */
static void test_shutdown_is_answered_by_shutdown_ack(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    for (size_t i = 1; i <= 3; i++) { /* and each time it is repeated */
        struct pb *pb = sim_raw_packet(&raw);
        pb_shutdown(pb, raw.host_tsn - 1);
        sim_raw_send(&raw, pb);
        pb = pb_bare();
        pb_shutdown_ack(pb);
        check_chunks(&raw, SIM_SHUTDOWN_ACK, pb);
        assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_ACK), i);
        assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    }
    sim_finish(sim);
}

/* Only once everything that was sent is acknowledged. */
/* covers: 9260/3.3.9-1 */
static void test_shutdown_ack_waits_for_own_data(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    sim_send(raw.conn, 0, 100);
    sim_flush(sim);
    struct pb *pb = sim_raw_packet(&raw);
    pb_shutdown(pb, raw.host_tsn - 1);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_ACK), 0);
    pb = sim_raw_packet(&raw);
    pb_shutdown(pb, raw.host_tsn);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_ACK), 1);
    sim_finish(sim);
}

/* When both begin, both acknowledge. */
/* covers: 9260/3.3.9-1 */
static void test_crossing_shutdowns_are_acknowledged(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    shut_down(&raw);
    struct pb *pb = sim_raw_packet(&raw);
    pb_shutdown(pb, raw.host_tsn - 1);
    sim_raw_send(&raw, pb);
    pb = pb_bare();
    pb_shutdown_ack(pb);
    check_chunks(&raw, SIM_SHUTDOWN_ACK, pb);
    sim_finish(sim);
}

/* A SHUTDOWN of another length is none. */
static void test_shutdown_of_a_wrong_length(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    for (size_t length = 0; length < 10; length++) {
        if (length == 4)
            continue;
        struct pb *pb = sim_raw_packet(&raw);
        pb_chunk(pb, SIM_SHUTDOWN, 0);
        pb_fill(pb, 0, length);
        sim_raw_send(&raw, pb);
        assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    }
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_graceful_close_begins_with_shutdown),
        sim_unit_test(test_shutdown_before_any_data),
        sim_unit_test(test_shutdown_takes_no_gap_back),
        sim_unit_test(test_shutdown_with_sack),
        sim_unit_test(test_shutdown_is_answered_by_shutdown_ack),
        sim_unit_test(test_shutdown_ack_waits_for_own_data),
        sim_unit_test(test_crossing_shutdowns_are_acknowledged),
        sim_unit_test(test_shutdown_of_a_wrong_length),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_03_shutdown", tests, NULL, NULL);
}
