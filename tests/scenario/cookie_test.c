/* SPDX-License-Identifier: MIT */
/* State cookies that are too old, forged, cut or for somebody else (RFC 9260 5.1.5, 5.2.6). */
#include <string.h>

#include "sim/raw.h"
#include "sim/sim.h"

enum { STALE_COOKIE = 3 };

static struct sim_host *server(struct sim *sim, sctpx_time lifetime_us)
{
    sctpx_endpoint_options options;
    sim_host_options(&options);
    if (lifetime_us)
        options.cookie_lifetime_us = lifetime_us;
    struct sim_host *host = sim_host_new(sim, "b", 1, &options);
    sim_listen(host, SIM_PORT, NULL);
    return host;
}

static void get_cookie(struct sim_raw *raw)
{
    sim_raw_send(raw, sim_raw_init(raw));
    sim_raw_learn(raw, SIM_INIT_ACK);
}

static void echo_cookie(struct sim_raw *raw)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_cookie_echo(pb, raw->cookie, raw->cookie_length);
    sim_raw_send(raw, pb);
}

static void check_ignored(struct sim_raw *raw)
{
    size_t sent = sim_mark(raw->host->sim), blocks = raw->host->live_blocks;
    echo_cookie(raw);
    assert_int_equal(sim_mark(raw->host->sim), sent);
    assert_int_equal(raw->host->n_conns, 0);
    assert_int_equal(raw->host->live_blocks, blocks);
}

static void test_stale_cookie_gets_one_error(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = server(sim, 0);
    struct sim_raw raw = sim_raw_new(host, 1);
    get_cookie(&raw);
    sim_run_for(sim, 61 * SIM_SECOND);
    echo_cookie(&raw);
    assert_int_equal(host->n_conns, 0);
    const struct sim_record *error = sim_raw_last(&raw, SIM_ERROR);
    assert_non_null(error);
    assert_int_equal(error->vtag, raw.tag);
    assert_int_equal(sim_find_chunk(sim, error, SIM_ERROR)->cause, STALE_COOKIE);
    assert_int_equal(sim_raw_count(&raw, SIM_ERROR), 1);
    sim_finish(sim);
}

static void test_cookie_is_good_until_its_end(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sim_raw_new(server(sim, 0), 1);
    get_cookie(&raw);
    sim_run_for(sim, 59 * SIM_SECOND);
    echo_cookie(&raw);
    assert_int_equal(raw.host->n_conns, 1);
    sim_finish(sim);
}

/* Keys rotate; a young cookie must survive that (attack C2). */
static void test_cookies_survive_any_moment(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = server(sim, 0);
    for (uint8_t i = 1; i <= 100; i++) {
        struct sim_raw raw = sim_raw_new(host, i);
        get_cookie(&raw);
        sim_run_for(sim, 50 * SIM_SECOND);
        echo_cookie(&raw);
        assert_int_equal(host->n_conns, i);
        sim_conn_free(host->conns[i - 1]);
        sim_run_for(sim, 97 * SIM_SECOND);
    }
    sim_finish(sim);
}

static void test_every_changed_bit_is_seen(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sim_raw_new(server(sim, 0), 1);
    get_cookie(&raw);
    for (size_t i = 0; i < raw.cookie_length; i++) {
        raw.cookie[i] ^= (uint8_t)(1u << i % 8);
        check_ignored(&raw);
        raw.cookie[i] ^= (uint8_t)(1u << i % 8);
    }
    echo_cookie(&raw);
    assert_int_equal(raw.host->n_conns, 1);
    sim_finish(sim);
}

/* The network doubles or delays a COOKIE ECHO, or somebody has recorded it (5.3.1). */
static void test_cookie_makes_no_second_association(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sim_raw_new(server(sim, 0), 1);
    get_cookie(&raw);
    echo_cookie(&raw);
    assert_int_equal(raw.host->n_conns, 1);
    sctpx_assoc_abort(raw.host->conns[0]->assoc, sim->now, NULL, 0);
    sim_flush(sim);
    sim_conn_free(raw.host->conns[0]);
    int aborts = (int)sim_raw_count(&raw, SIM_ABORT);
    for (int i = 0; i < 3; i++) {
        sim_run_for(sim, 10 * SIM_SECOND);
        echo_cookie(&raw);
        assert_int_equal(raw.host->n_conns, 1);
        assert_int_equal(sim_raw_count(&raw, SIM_ABORT), aborts + i + 1);
        assert_int_equal(sim_raw_last(&raw, SIM_ABORT)->vtag, raw.tag);
    }
    get_cookie(&raw); /* a fresh one does */
    echo_cookie(&raw);
    assert_int_equal(raw.host->n_conns, 2);
    sim_finish(sim);
}

static void test_cut_and_long_cookies(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sim_raw_new(server(sim, 0), 1);
    get_cookie(&raw);
    size_t length = raw.cookie_length;
    for (raw.cookie_length = 1; raw.cookie_length < length; raw.cookie_length++)
        check_ignored(&raw);
    raw.cookie_length = length + 4;
    memset(raw.cookie + length, 0, 4);
    check_ignored(&raw);
    sim_finish(sim);
}

static void test_cookie_of_another_server(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sim_raw_new(server(sim, 0), 1), other = raw;
    other.host = sim_host_new(sim, "c", 1, NULL);
    sim_listen(other.host, SIM_PORT, NULL);
    get_cookie(&other);
    memcpy(raw.cookie, other.cookie, other.cookie_length);
    raw.cookie_length = other.cookie_length;
    raw.host_tag = other.host_tag;
    check_ignored(&raw);
    sim_finish(sim);
}

/* Both ports, the tag and the address are bound to the cookie (5.1.5 step 3, RFC 5062). */
static void test_cookie_from_elsewhere(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sim_raw_new(server(sim, 0), 1);
    sim_listen(raw.host, SIM_PORT + 1, NULL);
    get_cookie(&raw);
    struct sim_raw wrong = raw;
    wrong.port++;
    check_ignored(&wrong);
    wrong = raw;
    wrong.host_port++;
    check_ignored(&wrong);
    wrong = raw;
    wrong.host_tag ^= 1;
    check_ignored(&wrong);
    sim_finish(sim);
}

/* A cookie used twice makes one association; after its end it is worth nothing new. */
static void test_cookie_echo_twice(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sim_raw_new(server(sim, 0), 1);
    sim_raw_connect(&raw);
    echo_cookie(&raw);
    assert_int_equal(raw.host->n_conns, 1);
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ACK), 2);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_finish(sim);
}

/* The client starts again with a new INIT and gets through (5.2.6). */
static void test_client_recovers_from_stale_cookie(void **state)
{
    struct sim *sim = *state;
    struct sim_host *b = server(sim, 500 * SIM_MS);
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL);
    struct sim_conn *conn = sim_connect(a, b, SIM_PORT, NULL);
    sim_send_load(conn, (struct sim_load){.count = 5, .min_bytes = 300, .streams = 2});
    sim_add_drop(sim, (struct sim_drop){.from = a, .chunk = SIM_COOKIE_ECHO, .count = 1});
    sim_run_until_up(conn, 30 * SIM_SECOND);
    assert_int_equal(sim_sent(b, SIM_ERROR), 1);
    assert_int_equal(sim_sent(a, SIM_INIT), 2);
    sim_run_until_received(sim_accepted(b, 0), 5, 10 * SIM_SECOND);
    sim_finish(sim);
}

/* Cookies that are always too old end the attempt, or an extended life time saves it. */
static void test_client_does_not_try_forever(void **state)
{
    struct sim *sim = *state;
    struct sim_link_config slow = {.delay_us = 300 * SIM_MS};
    sim_set_links(sim, &slow);
    struct sim_host *b = server(sim, 100 * SIM_MS);
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL);
    struct sim_conn *conn = sim_connect(a, b, SIM_PORT, NULL);
    sim_run_for(sim, 300 * SIM_SECOND);
    assert_true(conn->is_up || conn->is_closed);
    if (conn->is_closed)
        assert_int_equal(conn->error, SCTPX_ESTALECOOKIE);
    assert_true(sim_sent(a, SIM_INIT) < 20);
    sim_finish(sim);
}

/* Outside COOKIE_ECHOED the error means nothing (5.2.6). */
static void test_stale_cookie_error_when_established(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    struct pb *pb = sim_peer_packet(pair.ab);
    pb_error(pb);
    pb_tlv(pb, STALE_COOKIE);
    pb_u32(pb, 1000);
    pb_end(pb);
    pb_end(pb);
    sim_peer_send(pair.ab, pb);
    assert_int_equal(sim_state(pair.ab), SCTPX_ESTABLISHED);
    assert_int_equal(sim_sent(pair.a, SIM_INIT), 1);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_stale_cookie_gets_one_error),
        sim_unit_test(test_cookie_is_good_until_its_end),
        sim_unit_test(test_cookies_survive_any_moment),
        sim_unit_test(test_every_changed_bit_is_seen),
        sim_unit_test(test_cookie_makes_no_second_association),
        sim_unit_test(test_cut_and_long_cookies),
        sim_unit_test(test_cookie_of_another_server),
        sim_unit_test(test_cookie_from_elsewhere),
        sim_unit_test(test_cookie_echo_twice),
        sim_unit_test(test_client_recovers_from_stale_cookie),
        sim_unit_test(test_client_does_not_try_forever),
        sim_unit_test(test_stale_cookie_error_when_established),
    };
    return cmocka_run_group_tests_name("scenario.cookie", tests, NULL, NULL);
}
