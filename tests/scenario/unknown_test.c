/* SPDX-License-Identifier: MIT */
/* Chunks and parameters nobody knows: the two highest bits say what to do (RFC 9260 3.2). */
#include "sim/raw.h"
#include "sim/sim.h"

enum { UNRECOGNIZED_CHUNK = 6, UNRECOGNIZED_PARAMS = 8, PARAM_UNRECOGNIZED = 8 };

static struct sim_raw connected(struct sim *sim, uint8_t n)
{
    static struct sim_host *host;
    if (n == 1) {
        host = sim_host_new(sim, "b", 1, NULL);
        sim_listen(host, SIM_PORT, NULL);
    }
    struct sim_raw raw = sim_raw_new(host, n);
    sim_raw_connect(&raw);
    return raw;
}

static void put_unknown(struct pb *pb, uint8_t type, size_t length)
{
    pb_chunk(pb, type, 0x5A);
    pb_fill(pb, 0xC3, length);
    pb_end(pb);
}

/* An unknown chunk before a DATA chunk: is the DATA taken, is the chunk reported? */
static void check_chunk(struct sim_raw *raw, uint8_t type, bool taken, bool reported)
{
    struct sim *sim = raw->host->sim;
    struct pb *pb = sim_raw_packet(raw);
    put_unknown(pb, type, 10);
    raw->conn->auto_read = false;
    pb_data(pb, 3, raw->tsn, 0, 0, 0, "x", 1);
    sim_raw_send(raw, pb);
    sim_run_for(sim, SIM_SECOND);
    assert_int_equal(sim_status(raw->conn).readable_messages, taken);
    assert_int_equal(sim_raw_count(raw, SIM_ERROR), reported);
    assert_int_equal(sim_state(raw->conn), SCTPX_ESTABLISHED);
    if (!reported)
        return;
    /* The cause holds the chunk as it was. */
    const struct sim_record *record = sim_raw_last(raw, SIM_ERROR);
    const struct sim_chunk *error = sim_find_chunk(sim, record, SIM_ERROR);
    assert_int_equal(error->cause, UNRECOGNIZED_CHUNK);
    assert_int_equal(error->length, 4 + 4 + 14);
    const uint8_t *p = record->raw + error->offset + 8;
    assert_int_equal(p[0], type);
    assert_int_equal(p[1], 0x5A);
    assert_int_equal(p[3], 14);
    assert_int_equal(p[13], 0xC3);
}

static void test_chunks(void **state)
{
    static const struct {
        uint8_t type;
        bool taken, reported;
    } rows[] = {
        {0x10, false, false}, {0x3F, false, false}, {0x41, false, true}, {0x7F, false, true},
        {0x85, true, false},  {0xBF, true, false},  {0xC5, true, true},  {0xFF, true, true},
    };
    for (uint8_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sim_raw raw = connected(*state, (uint8_t)(i + 1));
        check_chunk(&raw, rows[i].type, rows[i].taken, rows[i].reported);
    }
    sim_finish(*state);
}

/* What comes before the chunk that stops everything has been processed. */
static void test_chunks_before_it_count(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim, 1);
    raw.conn->auto_read = false;
    struct pb *pb = sim_raw_packet(&raw);
    pb_data(pb, 3, 1000, 0, 0, 0, "x", 1);
    put_unknown(pb, 0x3F, 4);
    pb_data(pb, 3, 1001, 0, 1, 0, "x", 1);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_status(raw.conn).readable_messages, 1);
    sim_finish(sim);
}

/* Field C12: reports of long chunks stay within the MTU (the simulator checks it). */
static void test_long_unknown_chunk(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim, 1);
    for (size_t length = 1300; length < 60000; length += length / 3) {
        struct pb *pb = sim_raw_packet(&raw);
        put_unknown(pb, 0xFF, length);
        sim_raw_send(&raw, pb);
    }
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_finish(sim);
}

/* At most one packet of answers for one packet (RFC 5062 bombing), bounded memory. */
static void test_hundreds_of_unknown_chunks(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim, 1);
    size_t bytes = raw.host->live_bytes, mark = sim_mark(sim);
    struct pb *pb = sim_raw_packet(&raw);
    for (int i = 0; i < 300; i++)
        put_unknown(pb, 0xFF, 0);
    sim_raw_send(&raw, pb);
    assert_true(sim_mark(sim) - mark <= 1);
    assert_true(raw.host->live_bytes <= bytes + 10000);
    sim_finish(sim);
}

/* ---- parameters ---------------------------------------------------------------------------- */

/* Whether an INIT ACK holds an Unrecognized Parameter, or an ERROR such a cause, of a type. */
static bool is_reported(const struct sim_record *record, size_t at, size_t end, uint16_t outer,
                        uint16_t type)
{
    while (at + 4 <= end) {
        const uint8_t *p = record->raw + at;
        size_t length = (size_t)(p[2] << 8 | p[3]);
        if ((p[0] << 8 | p[1]) == outer && length >= 8 && (p[4] << 8 | p[5]) == type)
            return true;
        if (length < 4)
            return false;
        at += (length + 3u) & ~(size_t)3u;
    }
    return false;
}

static const struct {
    uint16_t type;
    bool goes_on, reported;
} params[] = {
    {0x0F01, false, false}, {0x4F01, false, true}, {0x8F01, true, false}, {0xCF01, true, true}};

/* Is the address after the unknown parameter seen? */
static void test_parameters_of_init(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    for (uint8_t i = 0; i < 4; i++) {
        struct sim_raw raw = sim_raw_new(host, (uint8_t)(i + 1));
        struct pb *pb = sim_raw_init(&raw);
        pb_item(pb, params[i].type, "hello", 5);
        pb_ipv4(pb, 0xC0000280u + i);
        sim_raw_send(&raw, pb);
        const struct sim_record *record = sim_raw_last(&raw, SIM_INIT_ACK);
        assert_non_null(record);
        const struct sim_chunk *ack = sim_find_chunk(sim, record, SIM_INIT_ACK);
        assert_int_equal(is_reported(record, ack->offset + 20, ack->offset + ack->length,
                                     PARAM_UNRECOGNIZED, params[i].type),
                         params[i].reported);
        sim_raw_learn(&raw, SIM_INIT_ACK);
        pb = sim_raw_packet(&raw);
        pb_cookie_echo(pb, raw.cookie, raw.cookie_length);
        sim_raw_send(&raw, pb);
        assert_int_equal(host->n_conns, i + 1);
        assert_int_equal(sim_status(host->conns[i]).paths, params[i].goes_on ? 2 : 1);
    }
    sim_finish(sim);
}

/* 3.3.3.1 and 5.1: unknown parameters of an INIT ACK are reported in an ERROR after COOKIE ECHO. */
static void test_parameters_of_init_ack(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "a", 1, NULL);
    for (uint8_t i = 0; i < 4; i++) {
        struct sim_raw raw = sim_raw_new(host, (uint8_t)(i + 1));
        raw.conn = sim_connect_to(host, &raw.addr, 1, raw.port, 0, NULL);
        sim_flush(sim);
        sim_raw_learn(&raw, SIM_INIT);
        struct pb *pb = sim_raw_packet(&raw);
        pb_init_ack(pb, raw.tag, raw.rwnd, raw.os, raw.mis, raw.tsn);
        pb_cookie(pb, "abc", 3);
        pb_item(pb, params[i].type, "hello", 5);
        pb_ipv4(pb, 0xC0000280u + i);
        sim_raw_send(&raw, pb);
        const struct sim_record *record = sim_raw_last(&raw, SIM_COOKIE_ECHO);
        assert_non_null(record);
        const struct sim_record *error = sim_raw_last(&raw, SIM_ERROR);
        assert_int_equal(error != NULL, params[i].reported);
        if (error) {
            const struct sim_chunk *chunk = sim_find_chunk(sim, error, SIM_ERROR);
            assert_true(is_reported(error, chunk->offset + 4, chunk->offset + chunk->length,
                                    UNRECOGNIZED_PARAMS, params[i].type));
        }
        assert_int_equal(sim_status(raw.conn).paths, params[i].goes_on ? 2 : 1);
    }
    sim_finish(sim);
}

/* An ERROR from the peer is told to the user and changes nothing.
 * covers: 9260/11.2.6-1 */
static void test_error_is_told(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim, 1);
    struct pb *pb = sim_raw_packet(&raw);
    pb_error(pb);
    pb_item(pb, UNRECOGNIZED_CHUNK, "abcd", 4);
    pb_end(pb);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_event_count(raw.host, SCTPX_EVENT_REMOTE_ERROR), 1);
    assert_int_equal(sim_event(raw.host, SCTPX_EVENT_REMOTE_ERROR, 0)->cause, UNRECOGNIZED_CHUNK);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_chunks),
        sim_unit_test(test_chunks_before_it_count),
        sim_unit_test(test_long_unknown_chunk),
        sim_unit_test(test_hundreds_of_unknown_chunks),
        sim_unit_test(test_parameters_of_init),
        sim_unit_test(test_parameters_of_init_ack),
        sim_unit_test(test_error_is_told),
    };
    return cmocka_run_group_tests_name("scenario.unknown", tests, NULL, NULL);
}
