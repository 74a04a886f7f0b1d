/* SPDX-License-Identifier: MIT */
/* Which chunks may share a packet, and broken packets (RFC 9260 6.10). What hosts send is checked
 * by the simulator in every test; here is what they accept. */
#include "sim/raw.h"
#include "sim/sim.h"
#include "sim/states.h"

static struct sim_raw listening(struct sim *sim)
{
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    return sim_raw_new(host, 1);
}

static void check_no_answer(struct sim_raw *raw, struct pb *pb)
{
    size_t mark = sim_mark(raw->host->sim);
    sim_raw_send(raw, pb);
    assert_int_equal(sim_mark(raw->host->sim), mark);
    assert_int_equal(sim_stats(raw->host).associations, 0);
}

static void test_init_with_something_behind_it(void **state)
{
    struct sim_raw raw = listening(*state);
    struct pb *pb = sim_raw_init(&raw);
    pb_end(pb);
    pb_data(pb, 3, 1000, 0, 0, 0, "x", 1);
    check_no_answer(&raw, pb);
    sim_finish(*state);
}

static void test_init_with_something_before_it(void **state)
{
    struct sim_raw raw = listening(*state);
    struct pb *pb = pb_new(raw.port, raw.host_port, 0);
    pb_sack(pb, 1, 1000, 0, NULL, 0, NULL);
    pb_init(pb, raw.tag, raw.rwnd, raw.os, raw.mis, raw.tsn);
    check_no_answer(&raw, pb);
    sim_finish(*state);
}

static void test_two_inits(void **state)
{
    struct sim_raw raw = listening(*state);
    struct pb *pb = sim_raw_init(&raw);
    pb_end(pb);
    pb_init(pb, raw.tag + 1, raw.rwnd, raw.os, raw.mis, raw.tsn);
    check_no_answer(&raw, pb);
    sim_finish(*state);
}

static void test_init_with_a_tag(void **state)
{
    struct sim_raw raw = listening(*state);
    struct pb *pb = pb_new(raw.port, raw.host_port, 77);
    pb_init(pb, raw.tag, raw.rwnd, raw.os, raw.mis, raw.tsn);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_raw_count(&raw, SIM_INIT_ACK), 0);
    assert_int_equal(sim_stats(raw.host).associations, 0);
    sim_finish(*state);
}

static void test_bundled_init_ack(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "a", 1, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    raw.conn = sim_connect_to(host, &raw.addr, 1, raw.port, 0, NULL);
    sim_flush(sim);
    sim_raw_learn(&raw, SIM_INIT);
    struct pb *pb = sim_raw_packet(&raw);
    pb_init_ack(pb, raw.tag, raw.rwnd, raw.os, raw.mis, raw.tsn);
    pb_cookie(pb, "abc", 3);
    pb_end(pb);
    pb_data(pb, 3, raw.tsn, 0, 0, 0, "x", 1);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ECHO), 0);
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_WAIT);
    sim_finish(sim);
}

static void test_bundled_shutdown_complete(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair_in_state(sim, SCTPX_SHUTDOWN_ACK_SENT);
    struct pb *pb = sim_peer_packet(pair.ab);
    pb_sack(pb, 1, 1000, 0, NULL, 0, NULL);
    pb_shutdown_complete(pb, false);
    sim_peer_send(pair.ab, pb);
    assert_int_equal(sim_state(pair.ab), SCTPX_SHUTDOWN_ACK_SENT);
    sim_pair_check_end(&pair, SCTPX_SHUTDOWN_ACK_SENT);
    sim_finish(sim);
}

/* COOKIE ECHO counts only as the first chunk (8.4 rule 4). */
static void test_cookie_echo_is_not_first(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = listening(sim);
    sim_raw_send(&raw, sim_raw_init(&raw));
    sim_raw_learn(&raw, SIM_INIT_ACK);
    struct pb *pb = sim_raw_packet(&raw);
    pb_sack(pb, 1, 1000, 0, NULL, 0, NULL);
    pb_cookie_echo(pb, raw.cookie, raw.cookie_length);
    sim_raw_send(&raw, pb);
    assert_int_equal(raw.host->n_conns, 0);
    sim_finish(sim);
}

static void test_data_behind_cookie_echo(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = listening(sim);
    sim_raw_send(&raw, sim_raw_init(&raw));
    sim_raw_learn(&raw, SIM_INIT_ACK);
    raw.host->auto_read = false;
    struct pb *pb = sim_raw_packet(&raw);
    pb_cookie_echo(pb, raw.cookie, raw.cookie_length);
    for (uint16_t i = 0; i < 10; i++)
        pb_data(pb, 3, raw.tsn + i, 1, i, 0, "hello", 5);
    sim_raw_send(&raw, pb);
    const struct sim_record *ack = sim_raw_last(&raw, SIM_COOKIE_ACK);
    assert_non_null(ack);
    assert_int_equal(sim_find_chunk(sim, ack, SIM_SACK)->tsn, raw.tsn + 9);
    assert_int_equal(sim_status(sim_accepted(raw.host, 0)).readable_messages, 10);
    sim_finish(sim);
}

/* Many control chunks and data in one packet are all processed, and answered by one packet. */
static void test_long_bundle(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = listening(sim);
    sim_raw_connect(&raw);
    raw.conn->auto_read = false;
    size_t mark = sim_mark(sim);
    struct pb *pb = sim_raw_packet(&raw);
    pb_sack(pb, raw.host_tsn - 1, 50000, 0, NULL, 0, NULL);
    pb_heartbeat(pb, "0123456789", 10);
    for (uint16_t i = 0; i < 20; i++)
        pb_data(pb, 3, raw.tsn + i, 0, i, 0, "abc", 3);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_status(raw.conn).readable_messages, 20);
    assert_int_equal(sim_mark(sim) - mark, 1);
    const struct sim_record *answer = sim_raw_last(&raw, SIM_SACK);
    assert_true(sim_record_has(answer, SIM_HEARTBEAT_ACK));
    sim_finish(sim);
}

/* 6.10: a partial chunk at the end; what was whole may count, what is cut must not. */
static void test_partial_chunk(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = listening(sim);
    sim_raw_connect(&raw);
    raw.conn->auto_read = false;
    for (uint16_t length = 0; length < 1500; length++) {
        if (length >= 16 && length <= 20)
            continue;
        struct pb *pb = sim_raw_packet(&raw);
        pb_chunk(pb, SIM_DATA, 3);
        pb_u32(pb, raw.tsn);
        pb_u32(pb, 0);
        pb_u32(pb, 0);
        pb_u32(pb, 0x41414141);
        pb_lie_length(pb, length);
        pb_no_padding(pb);
        pb_end(pb);
        sim_raw_send(&raw, pb);
        assert_int_equal(sim_status(raw.conn).readable_messages, 0);
        assert_false(raw.conn->is_closed);
    }
    sim_finish(sim);
}

/* A last chunk whose padding is missing is taken, as older stacks send it. */
static void test_missing_padding_at_the_end(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = listening(sim);
    sim_raw_connect(&raw);
    raw.conn->auto_read = false;
    struct pb *pb = sim_raw_packet(&raw);
    pb_chunk(pb, SIM_DATA, 3);
    pb_u32(pb, raw.tsn);
    pb_u32(pb, 0);
    pb_u32(pb, 0);
    pb_u8(pb, 'x');
    pb_no_padding(pb);
    pb_end(pb);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_status(raw.conn).readable_messages, 1);
    sim_finish(sim);
}

static void test_padding_need_not_be_zero(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = listening(sim);
    sim_raw_connect(&raw);
    raw.conn->auto_read = false;
    struct pb *pb = sim_raw_packet(&raw);
    for (uint16_t i = 0; i < 2; i++) {
        pb_chunk(pb, SIM_DATA, 3);
        pb_u32(pb, raw.tsn + i);
        pb_u32(pb, i);
        pb_u32(pb, 0);
        pb_u8(pb, 'x');
        pb_pad_with(pb, 0xFF);
        pb_end(pb);
    }
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_status(raw.conn).readable_messages, 2);
    sim_finish(sim);
}

/* Chunks of every type, cut at every length, in an established association: no crash, and the
 * association survives what is malformed. */
static void test_every_chunk_cut(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    for (int type = 0; type < 16; type++) {
        struct sim_raw raw = sim_raw_new(host, (uint8_t)(type + 1));
        sim_raw_connect(&raw);
        raw.conn->auto_read = false;
        for (size_t length = 0; length < 40 && !raw.conn->is_closed; length++) {
            struct pb *pb = sim_raw_packet(&raw);
            pb_chunk(pb, (uint8_t)type, 0);
            pb_fill(pb, 0, length);
            pb_end(pb);
            sim_raw_send(&raw, pb);
        }
    }
    sim_finish(sim);
}

/* Contradictions between fragments (6.9) end the association, they do not corrupt messages. */
static void test_contradicting_fragments(void **state)
{
    static const struct {
        uint8_t flags[3];
        uint16_t streams[3], ssns[3];
    } rows[] = {
        {{2, 2, 1}, {0, 0, 0}, {0, 0, 0}}, /* begins twice */
        {{2, 0, 1}, {0, 1, 0}, {0, 0, 0}}, /* changes the stream */
        {{2, 0, 1}, {0, 0, 0}, {0, 1, 0}}, /* changes the SSN */
        {{2, 4, 1}, {0, 0, 0}, {0, 0, 0}}, /* becomes unordered */
        {{1, 1, 1}, {0, 0, 0}, {0, 0, 0}}, /* ends without beginning */
    };
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    for (uint8_t i = 0; i < 5; i++) {
        struct sim_raw raw = sim_raw_new(host, (uint8_t)(i + 1));
        sim_raw_connect(&raw);
        raw.conn->auto_read = false;
        for (uint32_t j = 0; j < 3 && !raw.conn->is_closed; j++)
            sim_raw_data_tsn(&raw, raw.tsn + j, rows[i].flags[j], rows[i].streams[j],
                             rows[i].ssns[j], 100);
        if (raw.conn->is_closed)
            assert_int_equal(raw.conn->error, SCTPX_EPROTO);
        assert_true(raw.conn->is_closed || sim_status(raw.conn).readable_messages == 0);
    }
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_init_with_something_behind_it),
        sim_unit_test(test_init_with_something_before_it),
        sim_unit_test(test_two_inits),
        sim_unit_test(test_init_with_a_tag),
        sim_unit_test(test_bundled_init_ack),
        sim_unit_test(test_bundled_shutdown_complete),
        sim_unit_test(test_cookie_echo_is_not_first),
        sim_unit_test(test_data_behind_cookie_echo),
        sim_unit_test(test_long_bundle),
        sim_unit_test(test_partial_chunk),
        sim_unit_test(test_missing_padding_at_the_end),
        sim_unit_test(test_padding_need_not_be_zero),
        sim_unit_test(test_every_chunk_cut),
        sim_unit_test(test_contradicting_fragments),
    };
    return cmocka_run_group_tests_name("scenario.bundling", tests, NULL, NULL);
}
