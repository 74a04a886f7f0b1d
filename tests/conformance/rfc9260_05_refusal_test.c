/* SPDX-License-Identifier: MIT */
/* RFC 9260 5.1, 5.1.1: a set-up that is refused, and how many streams one that is not gets. */
#include "rfc9260_05.h"

/* ---- refused ------------------------------------------------------------------------------- */

/* The latest ABORT to the peer: its tag, and that its first cause is this. */
static const uint8_t *check_abort(const struct sim_raw *raw, uint32_t tag, uint16_t cause)
{
    const struct sim_record *abort = sim_raw_last(raw, SIM_ABORT);
    assert_non_null(abort);
    assert_int_equal(abort->vtag, tag);
    assert_int_equal(abort->chunks[0].flags & 1, 0);
    assert_int_equal(abort->chunks[0].cause, cause);
    return first_cause(abort, SIM_ABORT);
}

/* covers: 9260/5.1-18 9260/5.1-19 9260/5.1-20 */
static void test_init_with_invalid_parameters(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    raw.os = 0;
    sim_raw_send(&raw, sim_raw_init(&raw));
    check_abort(&raw, raw.tag, CAUSE_INVALID_PARAM);
    raw.os = 10;
    raw.mis = 0;
    raw.tag = 0x22222222;
    sim_raw_send(&raw, sim_raw_init(&raw));
    check_abort(&raw, raw.tag, CAUSE_INVALID_PARAM);
    raw.mis = 10;
    raw.tag = 0x33333333;
    struct pb *pb = sim_raw_init(&raw);
    pb_item(pb, PARAM_IPV4, "three", 3); /* no address has this length */
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_raw_count(&raw, SIM_ABORT), 3);
    assert_int_equal(sim_raw_last(&raw, SIM_ABORT)->vtag, raw.tag);
    assert_int_not_equal(sim_raw_last(&raw, SIM_ABORT)->chunks[0].cause, 0);
    assert_int_equal(sim_raw_count(&raw, SIM_INIT_ACK), 0);
    sim_finish(sim);
}

/* covers: 9260/5.1-18 9260/5.1-19 9260/5.1-20 */
static void test_init_ack_without_cookie(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = peer_in_state(sim, SCTPX_COOKIE_WAIT);
    struct pb *pb = sim_raw_packet(&raw);
    pb_init_ack(pb, raw.tag, raw.rwnd, 10, 10, raw.tsn);
    pb_end(pb);
    sim_raw_send(&raw, pb);
    const uint8_t *cause = check_abort(&raw, raw.tag, CAUSE_MISSING_PARAM);
    assert_int_equal(get_u32(cause + 4), 1);
    assert_int_equal(get_u16(cause + 8), PARAM_COOKIE);
    assert_true(raw.conn->is_closed);
    assert_int_equal(raw.conn->error, SCTPX_EPROTO);
    sim_finish(sim);
}

/* covers: 9260/5.1-18 9260/5.1-19 9260/5.1-20 */
static void test_init_ack_with_invalid_parameters(void **state)
{
    for (uint16_t os = 0; os < 2; os++) {
        struct sim *sim = sim_renew(state);
        struct sim_raw raw = peer_in_state(sim, SCTPX_COOKIE_WAIT);
        raw.os = os; /* one of both is 0 */
        raw.mis = !os;
        struct pb *pb = init_ack(&raw);
        pb_end(pb);
        sim_raw_send(&raw, pb);
        check_abort(&raw, raw.tag, CAUSE_INVALID_PARAM);
        assert_true(raw.conn->is_closed);
        sim_finish(sim);
    }
}

/* The user has stopped listening since: ABORT with the tag the cookie names.
 * covers: 9260/5.1-18 9260/5.1-20 */
static void test_cookie_echo_for_nobody(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    get_cookie(&raw);
    assert_int_equal(sctpx_endpoint_unlisten(raw.host->endpoint, sim->now, SIM_PORT), 0);
    sim_raw_send(&raw, cookie_echo(&raw));
    assert_int_equal(sim_raw_count(&raw, SIM_ABORT), 1);
    assert_int_equal(sim_raw_last(&raw, SIM_ABORT)->vtag, raw.tag);
    assert_int_equal(raw.host->n_conns, 0);
    sim_finish(sim);
}

/* Silence instead: T1 of the peer asks again, and then there is room. covers: 9260/5.1-18 */
static void test_full_backlog_is_silent(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sctpx_listen_options listen;
    sctpx_listen_options_defaults(host->endpoint, &listen);
    listen.backlog = 1;
    host->auto_accept = false;
    sim_listen(host, SIM_PORT, &listen);
    struct sim_raw first = sim_raw_new(host, 1), second = sim_raw_new(host, 2);
    get_cookie(&first);
    get_cookie(&second);
    sim_raw_send(&first, cookie_echo(&first));
    size_t mark = sim_mark(sim);
    sim_raw_send(&second, cookie_echo(&second));
    sim_raw_send(&second, sim_raw_init(&second));
    assert_int_equal(sim_mark(sim), mark);
    sctpx_assoc *assoc;
    assert_int_equal(sctpx_endpoint_accept(host->endpoint, SIM_PORT, NULL, &assoc), 0);
    sim_raw_send(&second, cookie_echo(&second));
    assert_int_equal(sim_raw_count(&second, SIM_COOKIE_ACK), 1);
    sctpx_assoc_free(assoc, sim->now);
    sim_flush(sim);
    sim_finish(sim);
}

/* ---- streams ------------------------------------------------------------------------------- */

static sctpx_assoc_options streams(uint16_t out, uint16_t in)
{
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.out_streams = out;
    options.max_in_streams = in;
    return options;
}

static uint16_t os_of(const struct sim_record *record)
{
    return get_u16(record->raw + record->chunks[0].offset + 12);
}

static uint16_t mis_of(const struct sim_record *record)
{
    return get_u16(record->raw + record->chunks[0].offset + 14);
}

/* Sends are taken on 0 to n - 1 and on no other stream, and there they go out. */
static void check_out_streams(struct sim_raw *raw, uint16_t n)
{
    assert_int_equal(sim_status(raw->conn).out_streams, n);
    assert_true(sim_try_send(raw->conn, 0, 10, 0) >= 0);
    assert_true(sim_try_send(raw->conn, (uint16_t)(n - 1), 10, 0) >= 0);
    assert_int_equal(sim_try_send(raw->conn, n, 10, 0), SCTPX_ESTREAM);
    assert_int_equal(sim_try_send(raw->conn, 65535, 10, 0), SCTPX_ESTREAM);
    sim_flush(raw->host->sim);
    const struct sim_record *data = sim_raw_last(raw, SIM_DATA);
    assert_non_null(data);
    assert_int_equal(data->chunks[data->n_chunks - 1].stream, n - 1);
}

/* covers: 9260/5.1.1-1 9260/5.1.1-2 9260/5.1.1-3 9260/5.1.1-4 9260/5.1.1-5 */
static void test_streams_of_who_connects(void **state)
{
    static const uint16_t mis[] = {1, 7, 20, 21, 65535};
    for (size_t i = 0; i < sizeof mis / sizeof mis[0]; i++) {
        struct sim *sim = sim_renew(state);
        struct sim_raw raw = sim_raw_new(sim_host_new(sim, "a", 1, NULL), 1);
        sctpx_assoc_options options = streams(20, 30);
        raw.mis = mis[i];
        sim_raw_answer(&raw, &options);
        const struct sim_record *init = sim_raw_last(&raw, SIM_INIT);
        assert_int_equal(os_of(init), 20);
        assert_int_equal(mis_of(init), 30);
        check_out_streams(&raw, mis[i] < 20 ? mis[i] : 20);
        sim_finish(sim);
    }
}

/* covers: 9260/5.1.1-1 9260/5.1.1-2 9260/5.1.1-3 9260/5.1.1-4 9260/5.1.1-5 */
static void test_streams_of_who_listens(void **state)
{
    static const uint16_t mis[] = {1, 7, 20, 21, 65535};
    for (size_t i = 0; i < sizeof mis / sizeof mis[0]; i++) {
        struct sim *sim = sim_renew(state);
        struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
        sctpx_listen_options listen;
        sctpx_listen_options_defaults(host->endpoint, &listen);
        listen.assoc = streams(20, 30);
        sim_listen(host, SIM_PORT, &listen);
        struct sim_raw raw = sim_raw_new(host, 1);
        raw.mis = mis[i];
        sim_raw_connect(&raw);
        const struct sim_record *ack = sim_raw_last(&raw, SIM_INIT_ACK);
        uint16_t wanted = mis[i] < 20 ? mis[i] : 20;
        assert_in_range(os_of(ack), wanted, 20);
        assert_int_equal(mis_of(ack), 30);
        check_out_streams(&raw, wanted);
        sim_finish(sim);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_init_with_invalid_parameters),
        sim_unit_test(test_init_ack_without_cookie),
        sim_unit_test(test_init_ack_with_invalid_parameters),
        sim_unit_test(test_cookie_echo_for_nobody),
        sim_unit_test(test_full_backlog_is_silent),
        sim_unit_test(test_streams_of_who_connects),
        sim_unit_test(test_streams_of_who_listens),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_05_refusal", tests, NULL, NULL);
}
