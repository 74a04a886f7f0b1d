/* SPDX-License-Identifier: MIT */
/* RFC 9260 3.3.11 and 3.3.12: COOKIE ECHO and COOKIE ACK. */
#include "conformance/rfc9260_03.h"

/* The bytes of the State Cookie, none more and none less, in a chunk with flags 0. */
/* covers: 9260/3.3.11-3 */
static void test_cookie_comes_back_exactly(void **state)
{
    uint8_t cookie[1000];
    for (size_t i = 0; i < sizeof cookie; i++)
        cookie[i] = (uint8_t)(i * 31 + 5);
    static const size_t lengths[] = {1, 2, 3, 4, 5, 100, 999, 1000};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct sim *sim = i == 0 ? *state : sim_renew(state);
        struct sim_raw raw = client(sim, NULL);
        struct pb *pb = init_ack(&raw);
        pb_cookie(pb, cookie, lengths[i]);
        sim_raw_send(&raw, pb);
        for (size_t times = 1; times <= 3; times++) { /* also when it is sent again */
            assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ECHO), times);
            pb = pb_bare();
            pb_cookie_echo(pb, cookie, lengths[i]);
            check_chunks(&raw, SIM_COOKIE_ECHO, pb);
            sim_run_for(sim, (1u << (times - 1)) * SIM_SECOND + 500 * SIM_MS);
        }
        sim_finish(sim);
    }
}

/* What our own cookie needs: it must fit beside all else into the smallest packets. */
/* covers: 9260/3.3.11-4 */
static void test_own_cookie_is_small(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    send_init(&raw);
    assert_true(raw.cookie_length <= 80);
    struct sim_raw many = sim_raw_new(raw.host, 2);
    struct pb *pb = sim_raw_init(&many);
    for (uint8_t i = 1; i < SCTPX_MAX_PATHS; i++)
        pb_ipv4(pb, 0xC0000280u + i);
    sim_raw_send(&many, pb);
    sim_raw_learn(&many, SIM_INIT_ACK);
    assert_true(many.cookie_length <= 200);
    sim_finish(sim);
}

/* DATA goes along with the first COOKIE ECHO and behind it, never before. */
/* covers: 9260/3.3.11-1 9260/3.3.11-2 */
static void test_cookie_echo_precedes_data(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = client(sim, NULL);
    sim_send_load(raw.conn, (struct sim_load){.count = 20, .min_bytes = 500});
    sim_run_for(sim, 1500 * SIM_MS);
    assert_int_equal(sim_raw_count(&raw, SIM_DATA), 0);
    struct pb *pb = init_ack(&raw);
    pb_cookie(pb, "cookie", 6);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_raw_count(&raw, SIM_DATA), 1);
    const struct sim_record *record = sim_raw_last(&raw, SIM_DATA);
    assert_int_equal(record->chunks[0].type, SIM_COOKIE_ECHO);
    assert_int_equal(record->chunks[1].type, SIM_DATA);
    assert_int_equal(record->chunks[1].tsn, raw.host_tsn);
    sim_finish(sim);
}

/* 3.3.11: a server ignores the flags. */
static void test_flags_of_cookie_echo_are_ignored(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    send_init(&raw);
    struct pb *pb = sim_raw_packet(&raw);
    pb_chunk(pb, SIM_COOKIE_ECHO, 0xFF);
    pb_bytes(pb, raw.cookie, raw.cookie_length);
    sim_raw_send(&raw, pb);
    assert_int_equal(raw.host->n_conns, 1);
    sim_finish(sim);
}

/* SACK and DATA share the packet with COOKIE ACK and come behind it. */
/* covers: 9260/3.3.12-1 9260/3.3.12-2 */
static void test_cookie_ack_precedes_sack_and_data(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    send_init(&raw);
    struct pb *pb = cookie_echo(&raw);
    for (uint16_t i = 0; i < 5; i++)
        pb_data(pb, 4 | 3, raw.tsn + i, 0, 0, 0, "x", 1);
    raw.host->auto_read = false;
    assert_int_equal(sim_inject_pb(sim, &raw.addr, &raw.host->addrs[0], pb), 0);
    sctpx_assoc *assoc; /* taken, and written to, before anything was sent */
    if (raw.host->n_conns == 0) {
        assert_int_equal(sctpx_endpoint_accept(raw.host->endpoint, SIM_PORT, NULL, &assoc), 0);
        assert_int_equal(sctpx_assoc_send(assoc, sim->now, "hello", 5, NULL), 0);
    } else {
        sim_send(raw.host->conns[0], 0, 5);
    }
    sim_run_for(sim, SIM_SECOND);
    struct sim_query all = {.from = raw.host, .to = raw.addr, .chunk = SIM_ANY};
    const struct sim_record *first = sim_nth(sim, all, 1); /* behind the INIT ACK */
    assert_int_equal(first->chunks[0].type, SIM_COOKIE_ACK);
    assert_int_equal(first->chunks[0].flags, 0);
    assert_int_equal(first->chunks[0].length, 4);
    assert_true(sim_record_has(first, SIM_SACK));
    assert_true(sim_record_has(first, SIM_DATA));
    sim_finish(sim);
}

/* The same with a COOKIE ECHO that comes twice: never anything before COOKIE ACK. */
/* covers: 9260/3.3.12-1 */
static void test_cookie_ack_is_first_in_its_packet(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    sim_send(raw.conn, 0, 5000);
    sim_flush(sim);
    for (int i = 0; i < 3; i++) {
        struct pb *pb = cookie_echo(&raw);
        pb_data(pb, 7, raw.tsn + (uint32_t)i, 0, 0, 0, "x", 1);
        raw.conn->auto_read = false;
        sim_raw_send(&raw, pb);
        assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ACK), i + 2);
        assert_int_equal(sim_raw_last(&raw, SIM_COOKIE_ACK)->chunks[0].type, SIM_COOKIE_ACK);
    }
    sim_finish(sim);
}

/* 3.3.12: a client ignores the flags. */
static void test_flags_of_cookie_ack_are_ignored(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = client(sim, NULL);
    struct pb *pb = init_ack(&raw);
    pb_cookie(pb, "cookie", 6);
    sim_raw_send(&raw, pb);
    pb = sim_raw_packet(&raw);
    pb_chunk(pb, SIM_COOKIE_ACK, 0xFF);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_cookie_comes_back_exactly),
        sim_unit_test(test_own_cookie_is_small),
        sim_unit_test(test_cookie_echo_precedes_data),
        sim_unit_test(test_flags_of_cookie_echo_are_ignored),
        sim_unit_test(test_cookie_ack_precedes_sack_and_data),
        sim_unit_test(test_cookie_ack_is_first_in_its_packet),
        sim_unit_test(test_flags_of_cookie_ack_are_ignored),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_03_cookie", tests, NULL, NULL);
}
