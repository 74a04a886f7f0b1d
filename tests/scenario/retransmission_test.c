/* SPDX-License-Identifier: MIT */
/* What is sent again, where and how much at once, to a peer played by hand (RFC 9260 6.3.3, 6.4.1,
 * 7.2.4). */
#define SIM_BOTH_SENDERS
#include "sim/raw.h"
#include "sim/sim.h"

enum { PMDCS = 1460, MESSAGE = 1400, MESSAGES = 500 };

/* The peer acknowledges this and has these gap blocks, with a window without end. */
static void sack(struct sim_raw *raw, uint32_t cum, uint16_t n, const uint16_t (*gaps)[2])
{
    struct pb *pb = sim_raw_packet(raw);
    pb_sack(pb, cum, 10000000, n, gaps, 0, NULL);
    sim_raw_send(raw, pb);
}

/* Highest TSN the host has sent. */
static uint32_t last_tsn(const struct sim_raw *raw)
{
    const struct sim_record *record = sim_raw_last(raw, SIM_DATA);
    uint32_t last = raw->host_tsn - 1;
    for (size_t i = 0; record && i < record->n_chunks; i++)
        if (record->chunks[i].type == SIM_DATA)
            last = record->chunks[i].tsn;
    return last;
}

/* The host sends without end, and two chunks in each of so many milliseconds are acknowledged.
 * Returns the last TSN that was. */
static uint32_t grow(struct sim_raw *raw, unsigned rounds)
{
    sim_send_load(raw->conn, (struct sim_load){.count = MESSAGES, .min_bytes = MESSAGE});
    sim_flush(raw->host->sim);
    uint32_t cum = raw->host_tsn - 1;
    for (unsigned i = 0; i < rounds; i++) {
        sim_run_for(raw->host->sim, SIM_MS);
        assert_true(last_tsn(raw) - cum > 2);
        cum += 2;
        sack(raw, cum, 0, NULL);
    }
    return cum;
}

/* Three SACKs, each with one more chunk of the run that starts at this offset. */
static void miss(struct sim_raw *raw, uint32_t cum, uint16_t start)
{
    for (uint16_t i = 0; i < 3; i++) {
        const uint16_t gaps[1][2] = {{start, (uint16_t)(start + i)}};
        sack(raw, cum, 1, gaps);
    }
}

static struct sim_raw receiver(struct sim *sim)
{
    struct sim_host *host = sim_host_new(sim, "a", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    raw.rwnd = 10000000;
    sim_raw_connect(&raw);
    return raw;
}

/* 7.2.4 step 3: one packet beyond cwnd on entering fast recovery, none for later marks. */
static void test_one_packet_beyond_cwnd(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = receiver(sim);
    uint32_t cum = grow(&raw, 60);
    sim_run_for(sim, SIM_MS);
    miss(&raw, cum, 2);
    assert_int_equal(sim_status(raw.conn).fast_retransmits, 1);
    assert_int_equal(sim_status(raw.conn).retransmitted_chunks, 1);
    size_t mark = sim_mark(sim);
    for (uint16_t i = 0; i < 9; i++) { /* 5 to 8 are missing as well */
        const uint16_t gaps[2][2] = {{2, 4}, {9, (uint16_t)(10 + i)}};
        sack(&raw, cum, 2, gaps);
        sctpx_path_status path = sim_path(raw.conn, 0);
        assert_true(path.flight_bytes > path.cwnd_bytes);
    }
    assert_int_equal(sim_status(raw.conn).fast_retransmits, 5);
    assert_int_equal(sim_status(raw.conn).retransmitted_chunks, 1);
    assert_int_equal(sim_count(sim, (struct sim_query){.from = raw.host, .since = mark}), 0);
    sim_finish(sim);
}

/* ---- two addresses ------------------------------------------------------------------------- */

static const sctpx_addr *second_address(void)
{
    static sctpx_addr addr;
    addr = sim_ipv4(192, 0, 2, 77, SIM_UDP_PORT);
    return &addr;
}

/* The HEARTBEATs to the second address are answered from there. */
static void confirm_second(struct sim_raw *raw)
{
    struct sim *sim = raw->host->sim;
    struct sim_query query = {.from = raw->host, .to = *second_address(), .chunk = SIM_HEARTBEAT};
    const struct sim_record *asked = sim_last(sim, query);
    assert_non_null(asked);
    const struct sim_chunk *chunk = sim_find_chunk(sim, asked, SIM_HEARTBEAT);
    struct pb *pb = sim_raw_packet(raw);
    pb_heartbeat_ack(pb, asked->raw + chunk->offset + 8, chunk->length - 8u);
    sim_inject_pb(sim, second_address(), &raw->host->addrs[0], pb);
    sim_flush(sim);
    assert_true(sim_path(raw->conn, sim_path_to(raw->conn, second_address())).confirmed);
}

static struct sim_raw receiver_with_two(struct sim *sim)
{
    struct sim_host *host = sim_host_new(sim, "a", 1, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    raw.rwnd = 10000000;
    raw.conn = sim_connect_to(host, &raw.addr, 1, raw.port, 0, NULL);
    sim_flush(sim);
    sim_raw_learn(&raw, SIM_INIT);
    struct pb *pb = sim_raw_packet(&raw);
    pb_init_ack(pb, raw.tag, raw.rwnd, raw.os, raw.mis, raw.tsn);
    pb_ipv4(pb, 0xC000024D);
    pb_cookie(pb, "cookie", 6);
    sim_raw_send(&raw, pb);
    pb = sim_raw_packet(&raw);
    pb_cookie_ack(pb);
    sim_raw_send(&raw, pb);
    confirm_second(&raw);
    return raw;
}

/* 6.4.1: marked for fast retransmit, or sent so, and timed out since: it goes to the alternate. */
static void test_timed_out_after_fast_retransmit(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = receiver_with_two(sim);
    uint32_t cum = grow(&raw, 20);
    miss(&raw, cum, 6); /* 1 to 5 are missing */
    assert_int_equal(sim_status(raw.conn).fast_retransmits, 5);
    size_t mark = sim_mark(sim);
    for (int i = 0; i < 60 && sim_status(raw.conn).t3_timeouts == 0; i++)
        sim_run_for(sim, 50 * SIM_MS);
    assert_int_equal(sim_status(raw.conn).t3_timeouts, 1);
    struct sim_query query = {.from = raw.host, .since = mark, .has_tsn = true};
    for (uint32_t i = 1; i <= 2; i++) { /* as many as cwnd of the alternate lets go at least */
        query.tsn = cum + i;
        query.to = *second_address();
        assert_int_equal(sim_count(sim, query), 1);
        query.to = raw.addr;
        assert_int_equal(sim_count(sim, query), 0);
    }
    sim_finish(sim);
}

/* ---- time-outs ----------------------------------------------------------------------------- */

/* 6.3.3 E1, 7.2.3: cwnd collapses on a time-out, also while the peer's window is closed. */
static void test_timeout_with_a_closed_window(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = receiver(sim);
    uint32_t cum = grow(&raw, 20);
    sim_raw_sack(&raw, cum, 0);
    uint32_t before = sim_path(raw.conn, 0).cwnd_bytes;
    assert_true(before > 10 * PMDCS);
    assert_true(sim_path(raw.conn, 0).flight_bytes > 10 * PMDCS);
    size_t mark = sim_mark(sim);
    struct sim_query data = {.from = raw.host, .since = mark};
    sim_run_for(sim, 1200 * SIM_MS);
    assert_int_equal(sim_path(raw.conn, 0).cwnd_bytes, PMDCS);
    assert_int_equal(sim_path(raw.conn, 0).ssthresh_bytes, before / 2);
    assert_int_equal(sim_status(raw.conn).t3_timeouts, 1);
    assert_int_equal(sim_path(raw.conn, 0).errors, 0); /* the peer acknowledged: it lives, 6.1 A */
    assert_int_equal(sim_count(sim, data), 1);
    sim_raw_sack(&raw, cum, 10000000); /* open again, but one packet is under way (7.2.1) */
    assert_int_equal(sim_count(sim, data), 1);
    sim_raw_sack(&raw, cum + 1, 10000000); /* slow start, no burst */
    assert_in_range(sim_count(sim, data), 2, 3);
    sim_finish(sim);
}

/* 7.2.3, 7.2.4: such a time-out ends fast recovery as well, or slow start could not grow. */
static void test_slow_start_after_a_closed_window(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = receiver(sim);
    uint32_t cum = grow(&raw, 20);
    miss(&raw, cum, 2);
    assert_int_equal(sim_status(raw.conn).fast_retransmits, 1);
    sim_raw_sack(&raw, cum, 0);
    sim_run_for(sim, 1200 * SIM_MS);
    assert_int_equal(sim_path(raw.conn, 0).cwnd_bytes, PMDCS);
    for (int i = 0; i < 5; i++)
        sack(&raw, last_tsn(&raw), 0, NULL);
    assert_in_range(sim_path(raw.conn, 0).cwnd_bytes, 3 * PMDCS, 6 * PMDCS);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_rfc9260_test(test_one_packet_beyond_cwnd),
        sim_unit_test(test_timed_out_after_fast_retransmit),
        sim_rfc9260_test(test_timeout_with_a_closed_window),
        sim_rfc9260_test(test_slow_start_after_a_closed_window),
    };
    return cmocka_run_group_tests_name("scenario.retransmission", tests, NULL, NULL);
}
