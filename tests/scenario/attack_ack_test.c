/* SPDX-License-Identifier: MIT */
/*
 * Peers that lie in their acknowledgements: gap blocks that cannot be, data acknowledged before it
 * arrived or was sent, one packet acknowledged in many pieces (RFC 9260 6.2.1, 7.2; RFC 5062 5).
 */
#include "sim/siege.h"

enum { MESSAGES = 10, BYTES = 100, PROTOCOL_VIOLATION = 13 };

/* A raw peer with ten small chunks under way to it. */
static struct sim_raw victim(struct sim *sim)
{
    struct sim_host *host = sim_host_new(sim, "a", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    sim_raw_connect(&raw);
    sim_send_load(raw.conn, (struct sim_load){.count = MESSAGES, .min_bytes = BYTES});
    sim_flush(sim);
    assert_int_equal(sim_status(raw.conn).sent_chunks, MESSAGES);
    return raw;
}

static void send_sack(struct sim_raw *raw, uint32_t cum, uint16_t n, const uint16_t (*gaps)[2])
{
    struct pb *pb = sim_raw_packet(raw);
    pb_sack(pb, cum, raw->rwnd, n, gaps, 0, NULL);
    sim_raw_send(raw, pb);
}

/* Either it is aborted for lying, or nothing at all has changed and it goes on. */
static void check_unbelieved(struct sim_raw *raw, uint32_t flight)
{
    if (raw->conn->is_closed) {
        assert_int_equal(raw->conn->error, SCTPX_EPROTO);
        const struct sim_record *abort = sim_raw_last(raw, SIM_ABORT);
        assert_int_equal(sim_find_chunk(raw->host->sim, abort, SIM_ABORT)->cause,
                         PROTOCOL_VIOLATION);
        return;
    }
    assert_int_equal(sim_path(raw->conn, 0).flight_bytes, flight);
    assert_int_equal(sim_status(raw->conn).unacked_bytes, MESSAGES * BYTES);
    sim_raw_sack(raw, raw->host_tsn + MESSAGES - 1, raw->rwnd);
    assert_int_equal(sim_status(raw->conn).unacked_bytes, 0);
    assert_int_equal(sim_path(raw->conn, 0).flight_bytes, 0);
}

/* covers: attacks/P3 */
static void test_attack_P3_gap_blocks_that_cannot_be(void **state)
{
    static const uint16_t blocks[][2][2] = {
        {{0, 0}, {0, 0}},         /* no width, no place */
        {{0, 5}, {7, 8}},         /* the cumulative TSN itself */
        {{3, 2}, {5, 5}},         /* backwards */
        {{2, 65535}, {2, 65535}}, /* all there can be */
        {{9, 11}, {2, 3}},        /* beyond what was sent */
        {{12, 13}, {15, 16}},     {{60000, 60001}, {65534, 65535}},
        {{65535, 1}, {1, 65535}}, /* around the circle */
    };
    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
        struct sim_raw raw = victim(sim_renew(state));
        uint32_t flight = sim_path(raw.conn, 0).flight_bytes;
        send_sack(&raw, raw.host_tsn - 1, 2, blocks[i]);
        check_unbelieved(&raw, flight);
        sim_finish(*state);
    }
}

/* The first block is right, the second is not: nothing of the first one stays. covers: attacks/P3 */
static void test_attack_P3_a_sack_counts_whole_or_not_at_all(void **state)
{
    static const uint16_t blocks[][2][2] = {{{2, 4}, {6, 11}}, {{2, 4}, {7, 6}}, {{2, 4}, {0, 9}}};
    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
        struct sim_raw raw = victim(sim_renew(state));
        uint32_t flight = sim_path(raw.conn, 0).flight_bytes;
        send_sack(&raw, raw.host_tsn - 1, 2, blocks[i]);
        check_unbelieved(&raw, flight);
        sim_finish(*state);
    }
}

/* 16,000 blocks in one chunk, in every order; the work is bounded by the packet. */
/* covers: attacks/P3 */
static void test_attack_P3_sixteen_thousand_blocks(void **state)
{
    enum { BLOCKS = 16000 };
    static uint16_t blocks[BLOCKS][2];
    for (int kind = 0; kind < 5; kind++) {
        struct sim_raw raw = victim(sim_renew(state));
        for (uint16_t i = 0; i < BLOCKS; i++) {
            uint16_t at = kind == 0   ? (uint16_t)(2 + 2 * i)
                          : kind == 1 ? (uint16_t)(2 + 2 * (BLOCKS - i))
                          : kind == 2 ? 2
                          : kind == 3 ? (uint16_t)(2 + i % 8)
                                      : (uint16_t)(i * 40503u);
            blocks[i][0] = at;
            blocks[i][1] = (uint16_t)(kind == 3 ? at + 1 : at);
        }
        uint64_t allocations = raw.host->allocations;
        send_sack(&raw, raw.host_tsn - 1, BLOCKS, (const uint16_t(*)[2])blocks);
        assert_true(raw.host->allocations <= allocations + 2);
        if (!raw.conn->is_closed) { /* what made sense may count, and it must end well */
            sim_raw_sack(&raw, raw.host_tsn + MESSAGES - 1, raw.rwnd);
            assert_int_equal(sim_status(raw.conn).unacked_bytes, 0);
        }
        sim_finish(*state);
    }
}

/* covers: attacks/P3 */
static void test_attack_P3_old_sack_after_a_new_one(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = victim(sim);
    sim_raw_sack(&raw, raw.host_tsn + 4, raw.rwnd);
    uint32_t flight = sim_path(raw.conn, 0).flight_bytes, cwnd = sim_path(raw.conn, 0).cwnd_bytes;
    static const uint16_t gap[][2] = {{2, 8}};
    for (uint32_t cum = raw.host_tsn - 1; cum != raw.host_tsn + 4; cum++)
        for (int n = 0; n < 4; n++) { /* nor are they missing reports */
            size_t mark = sim_mark(sim);
            send_sack(&raw, cum, 1, gap);
            assert_int_equal(sim_mark(sim), mark);
        }
    for (uint32_t back = 2; back < 0x80000000u; back *= 2)
        send_sack(&raw, raw.host_tsn + 4 - back, 0, NULL);
    assert_int_equal(sim_path(raw.conn, 0).flight_bytes, flight);
    assert_int_equal(sim_path(raw.conn, 0).cwnd_bytes, cwnd);
    sim_raw_sack(&raw, raw.host_tsn + MESSAGES - 1, raw.rwnd);
    assert_int_equal(sim_status(raw.conn).unacked_bytes, 0);
    sim_finish(sim);
}

/* A SACK that was late acknowledges what three others had marked. covers: attacks/P4 */
static void test_attack_P4_acknowledged_after_it_was_marked(void **state)
{
    for (uint16_t kind = 0; kind < 3; kind++) {
        struct sim *sim = sim_renew(state);
        struct sim_raw raw = victim(sim);
        size_t data = sim_raw_count(&raw, SIM_DATA);
        for (uint16_t i = 0; i < 4; i++) { /* without letting the host send */
            const uint16_t gap[][2] = {{2, (uint16_t)(2 + i)}};
            struct pb *pb = sim_raw_packet(&raw);
            pb_sack(pb, raw.host_tsn - 1, raw.rwnd, 1, gap, 0, NULL);
            sim_inject_pb(sim, &raw.addr, &raw.host->addrs[0], pb);
        }
        struct pb *pb = sim_raw_packet(&raw);
        const uint16_t first[][2] = {{1, 6}};
        if (kind == 2)
            pb_sack(pb, raw.host_tsn - 1, raw.rwnd, 1, first, 0, NULL); /* by a gap block */
        else
            pb_sack(pb, raw.host_tsn + (kind == 0 ? 0u : 5u), raw.rwnd, 0, NULL, 0, NULL);
        sim_raw_send(&raw, pb);
        assert_int_equal(sim_raw_count(&raw, SIM_DATA), data); /* not sent again */
        sim_raw_sack(&raw, raw.host_tsn + MESSAGES - 1, raw.rwnd);
        assert_int_equal(sim_status(raw.conn).unacked_bytes, 0);
        assert_int_equal(sim_path(raw.conn, 0).flight_bytes, 0);
        sim_finish(sim);
    }
}

/* ---- to be sent more than is fair ------------------------------------------------------------ */

/* A round trip, whose data is acknowledged by so many SACKs. */
static void check_round(struct sim_raw *raw, uint32_t pieces, uint32_t *acked)
{
    uint32_t before = sim_path(raw->conn, 0).cwnd_bytes;
    uint32_t flight = sim_path(raw->conn, 0).flight_bytes;
    uint32_t sent = (uint32_t)sim_status(raw->conn).sent_chunks, n = sent - *acked;
    for (uint32_t i = 1; i <= pieces; i++) /* what they allow leaves at once: the window is full */
        sim_raw_sack(raw, raw->host_tsn - 1 + *acked + n * i / pieces, raw->rwnd);
    *acked = sent;
    assert_true(sim_path(raw->conn, 0).cwnd_bytes <= before + flight);
    sim_run_for(raw->host->sim, 100 * SIM_MS);
}

/* Bytes count, not SACKs: 300 of them for one window do not more than double it. */
/* covers: attacks/A1 */
static void test_attack_A1_splitting_acks_gains_nothing(void **state)
{
    for (uint32_t pieces = 1; pieces <= 300; pieces *= 7) {
        struct sim_raw raw = sim_raw_new(sim_host_new(sim_renew(state), "a", 1, NULL), 1);
        raw.rwnd = 1 << 20;
        sim_raw_answer(&raw, NULL);
        sim_send_load(raw.conn, (struct sim_load){.count = 8000, .min_bytes = 10});
        sim_flush(*state);
        uint32_t acked = 0;
        for (int round = 0; round < 5; round++)
            check_round(&raw, pieces, &acked);
        assert_true(sim_path(raw.conn, 0).cwnd_bytes > 4404); /* it did grow */
        sim_finish(*state);
    }
}

/* What was not sent yet cannot be acknowledged. covers: attacks/A2 5062/5-2 */
static void test_attack_A2_optimistic_acks_are_aborted(void **state)
{
    for (uint32_t ahead = 0; ahead < 0x80000000u; ahead = 2 * ahead + 1) {
        struct sim_raw raw = victim(sim_renew(state));
        sim_raw_sack(&raw, raw.host_tsn + MESSAGES + ahead, raw.rwnd);
        if (ahead < 0x7FFFFFFF - MESSAGES) {
            assert_true(raw.conn->is_closed);
            check_unbelieved(&raw, 0);
        }
        sim_finish(*state);
    }
}

/* ECN was not negotiated: ECNE and CWR do nothing, to any TSN. covers: attacks/A3 */
static void test_attack_A3_ecn_echo_does_not_slow_down(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = victim(sim);
    uint32_t cwnd = sim_path(raw.conn, 0).cwnd_bytes;
    for (uint32_t tsn = 0; tsn < 200; tsn++) {
        size_t mark = sim_mark(sim);
        struct pb *pb = sim_raw_packet(&raw);
        pb_ecne(pb, raw.host_tsn + tsn - 100);
        pb_cwr(pb, raw.host_tsn + tsn);
        sim_raw_send(&raw, pb);
        assert_int_equal(sim_mark(sim), mark);
    }
    assert_int_equal(sim_path(raw.conn, 0).cwnd_bytes, cwnd);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_attack_P3_gap_blocks_that_cannot_be),
        sim_unit_test(test_attack_P3_a_sack_counts_whole_or_not_at_all),
        sim_unit_test(test_attack_P3_sixteen_thousand_blocks),
        sim_unit_test(test_attack_P3_old_sack_after_a_new_one),
        sim_unit_test(test_attack_P4_acknowledged_after_it_was_marked),
        sim_unit_test(test_attack_A1_splitting_acks_gains_nothing),
        sim_unit_test(test_attack_A2_optimistic_acks_are_aborted),
        sim_unit_test(test_attack_A3_ecn_echo_does_not_slow_down),
    };
    return cmocka_run_group_tests_name("scenario.attack_ack", tests, NULL, NULL);
}
