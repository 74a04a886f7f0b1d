/* SPDX-License-Identifier: MIT */
/* RFC 9260 3.2.1 table 3, 3.2.2 and 3.3.3.1.2: parameters nobody knows, and how they are told. */
#include "conformance/rfc9260_03.h"

enum { PARAM_UNRECOGNIZED = 8, CAUSE_UNRECOGNIZED_PARAMS = 8 };

/* One of each kind; behind it comes an address, which is or is not read. */
static const struct {
    uint16_t type;
    bool goes_on, is_reported;
} kinds[] = {
    {0x3F01, false, false}, {0x7F01, false, true}, {0xBF01, true, false}, {0xFF01, true, true}};

/* In all four cases an INIT ACK comes back. */
/* covers: 9260/3.2.2-1 9260/3.3.3.1.2-1 */
static void test_parameters_of_init_are_told_in_init_ack(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    for (uint8_t i = 0; i < 4; i++) {
        struct sim_raw raw = sim_raw_new(host, (uint8_t)(i + 1));
        struct pb *pb = sim_raw_init(&raw);
        pb_item(pb, kinds[i].type, "hello", 5);
        pb_ipv4(pb, 0xC0000280u + i);
        sim_raw_send(&raw, pb);
        const uint8_t *ack = last_chunk(&raw, SIM_INIT_ACK);
        const uint8_t *found = find_item(ack, INIT_FIXED, PARAM_UNRECOGNIZED, 0);
        assert_int_equal(found != NULL, kinds[i].is_reported);
        if (found) {
            pb = pb_bare();
            pb_tlv(pb, PARAM_UNRECOGNIZED);
            pb_item(pb, kinds[i].type, "hello", 5);
            pb_end(pb);
            assert_true(pb_equals(pb, found, 4 + 4 + 5));
        }
        sim_raw_learn(&raw, SIM_INIT_ACK);
        sim_raw_send(&raw, cookie_echo(&raw));
        assert_int_equal(sim_status(sim_accepted(host, i)).paths, kinds[i].goes_on ? 2 : 1);
    }
    sim_finish(sim);
}

/* Each in a parameter of its own, in their order, until one says stop. */
/* covers: 9260/3.2.2-1 */
static void test_several_parameters_of_init(void **state)
{
    struct sim_raw raw = stranger(*state);
    struct pb *pb = sim_raw_init(&raw);
    pb_item(pb, 0xC001, "a", 1);
    pb_item(pb, 0xC002, NULL, 0);
    pb_item(pb, 0x8003, "not told", 8);
    pb_item(pb, 0x4004, "abcd", 4);
    pb_item(pb, 0xC005, "not reached", 11);
    sim_raw_send(&raw, pb);
    const uint8_t *ack = last_chunk(&raw, SIM_INIT_ACK);
    static const uint16_t told[] = {0xC001, 0xC002, 0x4004};
    for (size_t i = 0; i < 3; i++) {
        const uint8_t *found = find_item(ack, INIT_FIXED, PARAM_UNRECOGNIZED, i);
        assert_non_null(found);
        assert_int_equal(get_u16(found + 4), told[i]);
    }
    assert_null(find_item(ack, INIT_FIXED, PARAM_UNRECOGNIZED, 3));
    sim_finish(*state);
}

/* 3.2.1: what was read before the one that says stop stays read. */
static void test_nothing_is_rolled_back(void **state)
{
    struct sim_raw raw = stranger(*state);
    struct pb *pb = sim_raw_init(&raw);
    pb_ipv4(pb, 0xC0000280);
    pb_item(pb, 0x3F01, "abc", 3);
    pb_ipv4(pb, 0xC0000281);
    sim_raw_send(&raw, pb);
    sim_raw_learn(&raw, SIM_INIT_ACK);
    sim_raw_send(&raw, cookie_echo(&raw));
    struct sim_conn *conn = sim_accepted(raw.host, 0);
    assert_int_equal(sim_status(conn).paths, 2);
    sctpx_addr first = sim_ipv4(192, 0, 2, 0x80, SIM_UDP_PORT);
    sim_path_to(conn, &first);
    sim_finish(*state);
}

/* An INIT nobody will serve gets an ABORT, and that lists no parameters (3.2.2). */
static void test_refused_init_is_not_told(void **state)
{
    struct sim_raw raw = stranger(*state);
    raw.host_port = 1;
    struct pb *pb = sim_raw_init(&raw);
    pb_item(pb, 0xC001, "a", 1);
    sim_raw_send(&raw, pb);
    pb = pb_bare();
    pb_abort(pb, false);
    check_chunks(&raw, SIM_ABORT, pb);
    sim_finish(*state);
}

/* In all four cases a COOKIE ECHO comes back, and the ERROR in the same packet. */
/* covers: 9260/3.2.2-2 9260/3.2.2-4 9260/3.3.3-28 */
static void test_parameters_of_init_ack_are_told_with_cookie_echo(void **state)
{
    for (uint8_t i = 0; i < 4; i++) {
        struct sim *sim = i == 0 ? *state : sim_renew(state);
        struct sim_raw raw = client(sim, NULL);
        struct pb *pb = init_ack(&raw);
        pb_cookie(pb, "cookie", 6);
        pb_item(pb, kinds[i].type, "hello", 5);
        pb_ipv4(pb, 0xC0000280u + i);
        sim_raw_send(&raw, pb);
        pb = pb_bare();
        pb_cookie_echo(pb, "cookie", 6);
        if (kinds[i].is_reported) {
            pb_error(pb);
            pb_tlv(pb, CAUSE_UNRECOGNIZED_PARAMS);
            pb_item(pb, kinds[i].type, "hello", 5);
            pb_end(pb);
            pb_end(pb);
        }
        check_chunks(&raw, SIM_COOKIE_ECHO, pb);
        assert_int_equal(sim_status(raw.conn).paths, kinds[i].goes_on ? 2 : 1);
        sim_finish(sim);
    }
}

/* covers: 9260/3.2.2-3 9260/3.2.2-4 */
static void test_error_that_does_not_fit_comes_after_cookie_ack(void **state)
{
    static const uint8_t cookie[1440];
    struct sim *sim = *state;
    struct sim_raw raw = client(sim, NULL);
    struct pb *pb = init_ack(&raw);
    pb_cookie(pb, cookie, sizeof cookie);
    pb_item(pb, 0xC001, "hello, world", 12);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ECHO), 1);
    sim_run_for(sim, 2 * SIM_SECOND); /* COOKIE ECHO again, and still alone */
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ECHO), 2);
    assert_int_equal(sim_raw_count(&raw, SIM_ERROR), 0);
    pb = sim_raw_packet(&raw);
    pb_cookie_ack(pb);
    sim_raw_send(&raw, pb);
    const uint8_t *error = last_chunk(&raw, SIM_ERROR);
    assert_int_equal(get_u16(error + 4), CAUSE_UNRECOGNIZED_PARAMS);
    assert_int_equal(get_u16(error + 8), 0xC001);
    sim_finish(sim);
}

/* covers: 9260/3.2.2-4 9260/3.3.11-1 9260/3.3.11-2 */
static void test_cookie_echo_is_first_of_all(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = client(sim, NULL);
    sim_send(raw.conn, 0, 100);
    struct pb *pb = init_ack(&raw);
    pb_cookie(pb, "cookie", 6);
    pb_item(pb, 0xC001, "hello", 5);
    sim_raw_send(&raw, pb);
    sim_run_for(sim, 10 * SIM_SECOND); /* it is lost, and all are sent again */
    struct sim_query query = {.from = raw.host, .chunk = SIM_COOKIE_ECHO};
    assert_true(sim_count(sim, query) > 2);
    const struct sim_record *record;
    for (size_t i = 0; (record = sim_nth(sim, query, i)) != NULL; i++)
        assert_int_equal(record->chunks[0].type, SIM_COOKIE_ECHO);
    query.chunk = SIM_DATA; /* never without a COOKIE ECHO before it */
    assert_true(sim_count(sim, query) > 0);
    for (size_t i = 0; (record = sim_nth(sim, query, i)) != NULL; i++)
        assert_int_equal(record->chunks[0].type, SIM_COOKIE_ECHO);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_parameters_of_init_are_told_in_init_ack),
        sim_unit_test(test_several_parameters_of_init),
        sim_unit_test(test_nothing_is_rolled_back),
        sim_unit_test(test_refused_init_is_not_told),
        sim_unit_test(test_parameters_of_init_ack_are_told_with_cookie_echo),
        sim_unit_test(test_error_that_does_not_fit_comes_after_cookie_ack),
        sim_unit_test(test_cookie_echo_is_first_of_all),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_03_unknown_param", tests, NULL, NULL);
}
