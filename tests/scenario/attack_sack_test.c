/* SPDX-License-Identifier: MIT */
/*
 * Peers whose acknowledgements are made to cost work: gap acks given and taken back again and
 * again (reneging, RFC 9260 6.2 and 6.2.1 iii). Counted in SACKs, never in time.
 */
#include "engine/assoc.h"
#include "sim/raw.h"
#include "sim/sim.h"

enum {
    PROTOCOL_VIOLATION = 13,
    RENEGES_PER_CHUNK = 64, /* times that chunks may be taken back for each one sent */
    FREE_RENEGES = 100000,  /* and beyond that */
    MESSAGES = 120,      /* of 10 bytes: all fit the first cwnd */
    WINDOW = 3000,       /* chunks of a byte, for which cwnd has to grow */
};

/* A peer that has MESSAGES small chunks under way to it and has acknowledged none. */
static struct sim_raw victim(struct sim *sim)
{
    struct sim_host *host = sim_host_new(sim, "a", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    sim_raw_connect(&raw);
    sim_send_load(raw.conn, (struct sim_load){.count = MESSAGES, .min_bytes = 10});
    sim_flush(sim);
    assert_int_equal(sim_status(raw.conn).sent_chunks, MESSAGES);
    return raw;
}

/* Everything but the first chunk after cum is acknowledged, up to offset last. */
static void ack_gap(struct sim_raw *raw, uint32_t cum, uint16_t last)
{
    const uint16_t gap[1][2] = {{2, last}};
    struct pb *pb = sim_raw_packet(raw);
    pb_sack(pb, cum, raw->rwnd, 1, gap, 0, NULL);
    sim_raw_send(raw, pb);
}

static size_t allowed(const struct sim_raw *raw)
{
    return RENEGES_PER_CHUNK * (size_t)sim_status(raw->conn).sent_chunks + FREE_RENEGES;
}

static void check_aborted(const struct sim_raw *raw)
{
    struct sim *sim = raw->host->sim;
    assert_true(raw->conn->is_closed);
    assert_int_equal(raw->conn->error, SCTPX_EPROTO);
    const struct sim_record *abort = sim_sent_nth(raw->host, SIM_ABORT, 0);
    assert_non_null(abort);
    assert_int_equal(abort->vtag, raw->tag);
    assert_int_equal(sim_find_chunk(sim, abort, SIM_ABORT)->cause, PROTOCOL_VIOLATION);
}

/* Each pair of SACKs makes the host pass all chunks twice: only so many are accepted. */
/* covers: attacks/N6 */
static void test_attack_N6_reneging_for_sport_is_aborted(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = victim(sim);
    uint32_t cum = raw.host_tsn - 1;
    size_t taken_back = 0;
    for (; !raw.conn->is_closed && taken_back < 1000000; taken_back += MESSAGES - 1) {
        ack_gap(&raw, cum, MESSAGES);
        sim_raw_sack(&raw, cum, raw.rwnd);
    }
    check_aborted(&raw);
    assert_true(taken_back > FREE_RENEGES);
    assert_true(taken_back <= allowed(&raw) + MESSAGES);
    sim_finish(sim);
}

/* The same in one packet: the ABORT ends it within, what follows is not looked at. */
/* covers: attacks/N6 */
static void test_attack_N6_reneging_within_one_packet_is_aborted(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = victim(sim);
    const uint16_t gap[1][2] = {{2, MESSAGES}};
    struct pb *pb = sim_raw_packet(&raw);
    for (int i = 0; i < 1600; i++) {
        pb_sack(pb, raw.host_tsn - 1, raw.rwnd, 1, gap, 0, NULL);
        pb_sack(pb, raw.host_tsn - 1, raw.rwnd, 0, NULL, 0, NULL);
    }
    sim_raw_send(&raw, pb);
    check_aborted(&raw);
    assert_int_equal(sim_raw_count(&raw, SIM_ABORT), 1);
    sim_finish(sim);
}

/* A peer short of memory may renege (6.2): what it dropped is sent again and nothing is lost. */
/* covers: attacks/N6 */
static void test_attack_N6_one_renege_is_served(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = victim(sim);
    uint32_t cum = raw.host_tsn - 1;
    ack_gap(&raw, cum, MESSAGES);
    size_t flight_acked = sim_path(raw.conn, 0).flight_bytes;
    sim_raw_sack(&raw, cum, raw.rwnd);
    assert_true(sim_path(raw.conn, 0).flight_bytes > flight_acked);
    size_t mark = sim_mark(sim);
    sim_run_for(sim, 4 * SIM_SECOND); /* T3-rtx and what slow start adds */
    for (uint32_t tsn = cum + 1; tsn != cum + 31; tsn++)
        assert_true(sim_count(sim, (struct sim_query){.from = raw.host,
                                                      .chunk = SIM_DATA,
                                                      .since = mark,
                                                      .has_tsn = true,
                                                      .tsn = tsn}) > 0);
    sim_raw_sack(&raw, cum + MESSAGES, raw.rwnd);
    assert_int_equal(sim_status(raw.conn).unacked_bytes, 0);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    assert_int_equal(sim_raw_count(&raw, SIM_ABORT), 0);
    sim_finish(sim);
}

/* Once for every chunk is not for sport, however long the association lives. */
/* covers: attacks/N6 */
static void test_attack_N6_one_renege_in_every_window_is_served(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = victim(sim);
    uint32_t cum = raw.host_tsn - 1;
    for (int round = 0; round < 40; round++) {
        ack_gap(&raw, cum, MESSAGES);
        sim_raw_sack(&raw, cum, raw.rwnd);
        cum += MESSAGES;
        sim_raw_sack(&raw, cum, raw.rwnd);
        assert_int_equal(sim_status(raw.conn).unacked_bytes, 0);
        sim_send_load(raw.conn, (struct sim_load){.count = MESSAGES, .min_bytes = 10});
        sim_flush(sim);
    }
    assert_true(raw.conn->assoc->outstanding.taken_back > 39 * (MESSAGES - 1));
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_finish(sim);
}

/* ---- what a SACK costs ----------------------------------------------------------------------- */

/* A peer with a window of WINDOW small chunks or more after *ret_cum. Returns how many there are. */
static uint16_t fill_window(struct sim_raw *raw, uint32_t *ret_cum)
{
    uint32_t cum = raw->host_tsn - 1, sent = 0;
    sim_send_load(raw->conn, (struct sim_load){.count = 200000, .min_bytes = 1});
    for (sim_flush(raw->host->sim); sent < WINDOW; cum += sent < WINDOW ? sent : 0) {
        sim_raw_sack(raw, cum, raw->rwnd);
        sent = (uint32_t)sim_status(raw->conn).sent_chunks - (cum - (raw->host_tsn - 1));
    }
    *ret_cum = cum;
    return (uint16_t)sent;
}

static struct sim_raw small_writer(struct sim *sim)
{
    struct sim_host *host = sim_host_new(sim, "a", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    raw.rwnd = 1 << 30;
    sim_raw_connect(&raw);
    return raw;
}

/* The tail of the window from an offset on is there, and the second chunk, if it says so. */
static void ack_tail(struct sim_raw *raw, uint32_t cum, uint16_t from, uint16_t last, bool second)
{
    const uint16_t gaps[2][2] = {{2, 2}, {from, last}};
    struct pb *pb = sim_raw_packet(raw);
    pb_sack(pb, cum, raw->rwnd, second ? 2 : 1, second ? gaps : &gaps[1], 0, NULL);
    sim_raw_send(raw, pb);
}

/*
 * A SHUTDOWN whose TSN is right before a run of gap acks takes that run back as well (9.2 lets it
 * acknowledge without gaps); it must not be a way around the limit.
 * covers: attacks/N6
 */
static void test_attack_N6_reneging_by_shutdown_is_aborted(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = small_writer(sim);
    size_t taken_back = 0;
    uint32_t cum;
    for (uint16_t left = fill_window(&raw, &cum); !raw.conn->is_closed && left > 2; left--) {
        ack_gap(&raw, cum++, left);
        struct pb *pb = sim_raw_packet(&raw);
        pb_shutdown(pb, cum);
        sim_raw_send(&raw, pb);
        taken_back += left - 1u;
    }
    check_aborted(&raw);
    assert_true(taken_back <= allowed(&raw) + 2 * WINDOW);
    sim_finish(sim);
}

/* Times that a chunk was sent or taken back: for each of them it may be looked at three times. */
static uint64_t lives(const struct sim_raw *raw)
{
    const sctpx_assoc *a = raw->conn->assoc;
    return a->sent_chunks + a->retransmitted_chunks + a->outstanding.taken_back;
}

static uint64_t looked_at(const struct sim_raw *raw)
{
    return raw->conn->assoc->outstanding.looked_at;
}

/*
 * The whole window is marked by three SACKs, but for one chunk which is given and taken back, and
 * each SACK acknowledges one more from the far end, so that the limit on reneging never applies.
 * covers: attacks/S3
 */
static void test_attack_S3_reneging_on_one_chunk(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = small_writer(sim);
    uint32_t cum;
    uint16_t last = fill_window(&raw, &cum);
    for (uint16_t from = last; from > 4; from--)
        ack_tail(&raw, cum, from, last, from > last - 3 || from % 3 == 0);
    assert_true(raw.conn->assoc->outstanding.taken_back >= WINDOW / 3 - 3);
    assert_true(looked_at(&raw) <= 3 * lives(&raw));
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_finish(sim);
}

/* The same without reneging: T3-rtx marks the window, and what goes out again stays missing. */
/* covers: attacks/S3 */
static void test_attack_S3_missing_after_a_timeout(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = small_writer(sim);
    uint32_t cum;
    uint16_t last = fill_window(&raw, &cum);
    sim_run_for(sim, 4 * SIM_SECOND);
    assert_true(sim_status(raw.conn).t3_timeouts > 0);
    uint64_t looked_at_before = looked_at(&raw), lives_before = lives(&raw);
    for (uint16_t from = last; from > 4; from--)
        ack_tail(&raw, cum, from, last, false);
    assert_true(sim_status(raw.conn).retransmitted_chunks > 100);
    assert_true(looked_at(&raw) - looked_at_before <=
                3 * (lives(&raw) - lives_before + WINDOW / 10));
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_attack_N6_reneging_for_sport_is_aborted),
        sim_unit_test(test_attack_N6_reneging_within_one_packet_is_aborted),
        sim_unit_test(test_attack_N6_reneging_by_shutdown_is_aborted),
        sim_unit_test(test_attack_N6_one_renege_is_served),
        sim_unit_test(test_attack_N6_one_renege_in_every_window_is_served),
        sim_unit_test(test_attack_S3_reneging_on_one_chunk),
        sim_unit_test(test_attack_S3_missing_after_a_timeout),
    };
    return cmocka_run_group_tests_name("scenario.attack_sack", tests, NULL, NULL);
}
