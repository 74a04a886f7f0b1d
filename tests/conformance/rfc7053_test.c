/* SPDX-License-Identifier: MIT */
/* RFC 7053: the I bit, set for users and by the engine, and obeyed. */
#include "sim/raw.h"
#include "sim/sim.h"

enum { BEGIN_END = 3, UNORDERED = 4, IMMEDIATE = 8, RESERVED = 0xF0 };

/* Connected to a listening host, with the first DATA (acknowledged at once anyway) behind it. */
static struct sim_raw sender(struct sim *sim)
{
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    sim_raw_connect(&raw);
    raw.conn->auto_read = false;
    sim_raw_data(&raw, 0, 0, 10);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 1);
    return raw;
}

/* The flags of the n-th DATA chunk (0 = first) that the host has sent. */
static unsigned flags_of(const struct sim_raw *raw, size_t n)
{
    for (size_t i = 0; i < sim_sent(raw->host, SIM_DATA); i++) {
        const struct sim_record *record = sim_sent_nth(raw->host, SIM_DATA, i);
        for (size_t j = 0; j < record->n_chunks; j++)
            if (record->chunks[j].type == SIM_DATA && n-- == 0)
                return record->chunks[j].flags;
    }
    sim_fail(raw->host->sim, "so many DATA chunks were not sent");
}

static size_t data_chunks(const struct sim_raw *raw)
{
    return sim_count_chunks(raw->host->sim, (struct sim_query){.from = raw->host});
}

/* covers: 7053/5.2-1 7053/5.2-2 */
static void test_i_bit_is_answered_at_once(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sender(sim);
    for (uint32_t i = 0; i < 5; i++) {
        uint8_t flags = BEGIN_END | IMMEDIATE | (i % 2 ? UNORDERED : 0);
        sim_raw_data_tsn(&raw, raw.tsn++, flags, 0, (uint16_t)(1 + i), 10);
        assert_int_equal(sim_raw_count(&raw, SIM_SACK), 2 + i);
        const struct sim_record *record = sim_raw_last(&raw, SIM_SACK);
        assert_int_equal(sim_find_chunk(sim, record, SIM_SACK)->tsn, raw.tsn - 1);
        assert_int_equal(record->at, sim->now);
    }
    sim_finish(sim);
}

/* It need not be the last chunk of its packet, nor one that is new.
 * covers: 7053/5.2-1 */
static void test_i_bit_anywhere_in_the_packet(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sender(sim);
    struct pb *pb = sim_raw_packet(&raw);
    for (uint16_t i = 0; i < 3; i++)
        pb_data(pb, (uint8_t)(BEGIN_END | (i == 0 ? IMMEDIATE : 0)), raw.tsn++, 0,
                (uint16_t)(1 + i), 0, "x", 1);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 2);
    assert_int_equal(sim_find_chunk(sim, sim_raw_last(&raw, SIM_SACK), SIM_SACK)->tsn, raw.tsn - 1);
    sim_finish(sim);
}

/* Without it the same packet waits; flags that are not defined say nothing.
 * covers: 7053/3-1 */
static void test_reserved_flags_are_no_i_bit(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sender(sim);
    sim_raw_data_tsn(&raw, raw.tsn++, BEGIN_END | RESERVED, 0, 1, 10);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 1);
    sim_run_for(sim, 201 * SIM_MS);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 2);
    sim_finish(sim);
}

/* covers: 9260/11.1.5-6 7053/5.1-1 7053/3-1 */
static void test_user_sets_it_on_the_last_chunk(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sender(sim);
    assert_int_equal(sim_try_send(raw.conn, 0, 3000, SCTPX_MSG_SACK_NOW), 0);
    sim_flush(sim);
    assert_int_equal(data_chunks(&raw), 3);
    assert_int_equal(flags_of(&raw, 0), 2);
    assert_int_equal(flags_of(&raw, 1), 0);
    assert_int_equal(flags_of(&raw, 2), 1 | IMMEDIATE);
    sim_finish(sim);
}

/* covers: 7053/5.1-1 */
static void test_it_is_not_set_without_a_reason(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sender(sim);
    assert_int_equal(sim_try_send(raw.conn, 0, 10, 0), 0);
    assert_int_equal(sim_try_send(raw.conn, 0, 10, SCTPX_MSG_UNORDERED), 0);
    sim_flush(sim);
    assert_int_equal(flags_of(&raw, 0), BEGIN_END);
    assert_int_equal(flags_of(&raw, 1), BEGIN_END | UNORDERED);
    sim_finish(sim);
}

/* covers: 7053/5.1-2 */
static void test_set_in_shutdown_pending(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sender(sim);
    assert_int_equal(sim_try_send(raw.conn, 0, 10000, 0), 0);
    sim_flush(sim);
    size_t before = data_chunks(&raw);
    assert_int_equal(flags_of(&raw, 0) & IMMEDIATE, 0);
    assert_int_equal(sctpx_assoc_shutdown(raw.conn->assoc, sim->now), 0);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_PENDING);
    const struct sim_record *last = sim_raw_last(&raw, SIM_DATA);
    sim_raw_sack(&raw, sim_find_chunk(sim, last, SIM_DATA)->tsn, raw.rwnd);
    assert_true(data_chunks(&raw) > before);
    for (size_t i = before; i < data_chunks(&raw); i++)
        assert_int_equal(flags_of(&raw, i) & IMMEDIATE, IMMEDIATE);
    sim_finish(sim);
}

/* After a time-out cwnd is one packet: what is sent would wait for the receiver's delay.
 * covers: 7053/5.1-3 */
static void test_set_when_a_single_chunk_fills_cwnd(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sender(sim);
    enum { FULL = 1444 }; /* 1500 without all headers */
    sim_send(raw.conn, 0, FULL / 2);
    sim_flush(sim);
    sim_run_for(sim, 1100 * SIM_MS);
    sim_raw_sack(&raw, raw.host_tsn, raw.rwnd);
    size_t before = data_chunks(&raw);
    for (int i = 0; i < 3; i++)
        assert_int_equal(sim_try_send(raw.conn, 0, FULL, 0), 0);
    sim_flush(sim);
    assert_int_equal(data_chunks(&raw), before + 1);
    assert_int_equal(flags_of(&raw, before), BEGIN_END | IMMEDIATE);
    /* The last one is not followed by anything that would have to wait. */
    for (uint32_t i = 1; i <= 3; i++)
        sim_raw_sack(&raw, raw.host_tsn + i, raw.rwnd);
    assert_int_equal(data_chunks(&raw), before + 3);
    assert_int_equal(flags_of(&raw, before + 2), BEGIN_END);
    sim_finish(sim);
}

/* A peer that does not know the bit delays its SACK, and nothing is lost by it.
 * covers: 7053/6-1 */
static void test_peer_that_ignores_it(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sender(sim);
    assert_int_equal(sim_try_send(raw.conn, 0, 10, SCTPX_MSG_SACK_NOW), 0);
    sim_flush(sim);
    sim_run_for(sim, 500 * SIM_MS);
    assert_int_equal(data_chunks(&raw), 1);
    sim_raw_sack(&raw, raw.host_tsn, raw.rwnd);
    assert_int_equal(sim_status(raw.conn).unacked_bytes, 0);
    sim_run_for(sim, 5 * SIM_SECOND);
    assert_int_equal(data_chunks(&raw), 1);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_i_bit_is_answered_at_once),
        sim_unit_test(test_i_bit_anywhere_in_the_packet),
        sim_unit_test(test_reserved_flags_are_no_i_bit),
        sim_unit_test(test_user_sets_it_on_the_last_chunk),
        sim_rfc9260_test(test_it_is_not_set_without_a_reason),
        sim_unit_test(test_set_in_shutdown_pending),
        sim_rfc9260_test(test_set_when_a_single_chunk_fills_cwnd),
        sim_unit_test(test_peer_that_ignores_it),
    };
    return cmocka_run_group_tests_name("conformance.rfc7053", tests, NULL, NULL);
}
