/* SPDX-License-Identifier: MIT */
/* What an INIT ACK brings about: bad ones, whose addresses count, long cookies (RFC 9260 3.3.3,
 * 5.1). */
#include "sim/raw.h"
#include "sim/sim.h"

enum { MISSING_PARAM = 2, T_BIT = 1 };

static struct sim_raw client(struct sim *sim)
{
    struct sim_host *host = sim_host_new(sim, "a", 1, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    raw.conn = sim_connect_to(host, &raw.addr, 1, raw.port, 0, NULL);
    sim_flush(sim);
    sim_raw_learn(&raw, SIM_INIT);
    return raw;
}

static struct pb *init_ack(const struct sim_raw *raw)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_init_ack(pb, raw->tag, raw->rwnd, raw->os, raw->mis, raw->tsn);
    return pb;
}

static void test_init_ack_without_cookie(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = client(sim);
    sim_raw_send(&raw, init_ack(&raw));
    const struct sim_record *abort = sim_raw_last(&raw, SIM_ABORT);
    assert_non_null(abort);
    assert_int_equal(abort->vtag, raw.tag);
    assert_int_equal(sim_find_chunk(sim, abort, SIM_ABORT)->cause, MISSING_PARAM);
    assert_true(raw.conn->is_closed);
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ECHO), 0);
    sim_finish(sim);
}

static void check_bad_init_ack(struct sim *sim, uint32_t tag, uint16_t os, uint16_t mis,
                               uint32_t rwnd)
{
    struct sim_raw raw = client(sim);
    raw.tag = tag;
    raw.os = os;
    raw.mis = mis;
    raw.rwnd = rwnd;
    struct pb *pb = init_ack(&raw);
    pb_cookie(pb, "abc", 3);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ECHO), 0);
    assert_true(raw.conn->is_closed);
    assert_int_equal(raw.conn->error, SCTPX_EPROTO);
    sim_finish(sim);
}

static void test_init_ack_without_streams(void **state)
{
    check_bad_init_ack(*state, 5, 0, 10, 100000);
}

static void test_init_ack_without_inbound_streams(void **state)
{
    check_bad_init_ack(*state, 5, 10, 0, 100000);
}

/* 3.3.3: discarded, and an ABORT goes back; the next INIT ACK is as good as the first. */
static void test_init_ack_with_small_window(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = client(sim);
    raw.rwnd = 1499;
    struct pb *pb = init_ack(&raw);
    pb_cookie(pb, "abc", 3);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ECHO), 0);
    assert_int_equal(sim_raw_count(&raw, SIM_ABORT), 1);
    assert_int_equal(sim_raw_last(&raw, SIM_ABORT)->vtag, raw.tag);
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_WAIT);
    raw.rwnd = 1500;
    pb = init_ack(&raw);
    pb_cookie(pb, "abc", 3);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_ECHOED);
    sim_finish(sim);
}

/* 3.3.3: the TCB is destroyed; without an Initiate Tag the ABORT reflects the one that came. */
static void test_init_ack_with_tag_zero(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = client(sim);
    raw.tag = 0;
    struct pb *pb = init_ack(&raw);
    pb_cookie(pb, "abc", 3);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ECHO), 0);
    const struct sim_record *abort = sim_raw_last(&raw, SIM_ABORT);
    assert_non_null(abort);
    assert_int_equal(abort->vtag, raw.host_tag);
    assert_int_equal(sim_find_chunk(sim, abort, SIM_ABORT)->flags, T_BIT);
    assert_true(raw.conn->is_closed);
    assert_int_equal(raw.conn->error, SCTPX_EPROTO);
    sim_finish(sim);
}

static void test_init_ack_with_wrong_tag_is_ignored(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = client(sim);
    raw.host_tag ^= 1;
    struct pb *pb = init_ack(&raw);
    pb_cookie(pb, "abc", 3);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_WAIT);
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ECHO), 0);
    sim_finish(sim);
}

static void test_out_of_resource_abort(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = client(sim);
    struct pb *pb = sim_raw_packet(&raw);
    pb_abort(pb, false);
    pb_item(pb, 4, NULL, 0);
    sim_raw_send(&raw, pb);
    assert_true(raw.conn->is_closed);
    assert_int_equal(raw.conn->error, SCTPX_EREFUSED);
    assert_int_equal(raw.conn->cause, 4);
    sim_finish(sim);
}

/* ---- where it came from and what it lists ---------------------------------------------------- */

/* 5.1.2: the named addresses that the INIT ACK does not stand for are no addresses of the peer. */
static void test_named_addresses_not_listed_are_dropped(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL);
    struct sim_host *b = sim_host_new(sim, "b", 1, NULL);
    struct sim_host *c = sim_host_new(sim, "c", 1, NULL);
    sim_listen(b, SIM_PORT, NULL);
    sim_listen(c, SIM_PORT, NULL);
    sctpx_addr both[2] = {b->addrs[0], c->addrs[0]};
    struct sim_conn *conn = sim_connect_to(a, both, 2, SIM_PORT, 0, NULL);
    sim_run_until_up(conn, SIM_SECOND);
    assert_int_equal(sim_status(conn).paths, 1);
    sim_run_for(sim, 600 * SIM_SECOND);
    assert_int_equal(sim_state(conn), SCTPX_ESTABLISHED);
    assert_int_equal(
        sim_count(sim, (struct sim_query){.from = a, .to = c->addrs[0], .chunk = SIM_ANY}), 0);
    assert_int_equal(sim_sent(c, SIM_ANY), 0);
    sim_finish(sim);
}

static void test_named_addresses_listed_are_kept(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL);
    struct sim_host *b = sim_host_new(sim, "b", 3, NULL);
    sim_listen(b, SIM_PORT, NULL);
    struct sim_conn *conn = sim_connect_to(a, b->addrs, 2, SIM_PORT, 0, NULL);
    sim_run_until_up(conn, SIM_SECOND);
    sim_run_for(sim, 10 * SIM_SECOND);
    assert_int_equal(sim_status(conn).paths, 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(sim_path(conn, sim_path_to(conn, &b->addrs[i])).confirmed);
    sim_finish(sim);
}

/* 5.1.2, 5.4: data goes to the address that answered; the silent one has to prove itself. */
static void test_address_that_answered_is_primary(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL);
    struct sim_host *b = sim_host_new(sim, "b", 2, NULL);
    sim_listen(b, SIM_PORT, NULL);
    sim_set_address_down(sim, &b->addrs[0], true);
    struct sim_conn *conn = sim_connect_to(a, b->addrs, 2, SIM_PORT, 0, NULL);
    sim_run_until_up(conn, 30 * SIM_SECOND);
    assert_int_equal(sim_status(conn).primary, sim_path_to(conn, &b->addrs[1]));
    for (int i = 0; i < 8; i++) {
        sim_send(conn, 0, 100);
        sim_run_until_sent(conn, 300 * SIM_MS);
    }
    assert_int_equal(sim_status(conn).t3_timeouts, 0);
    assert_int_equal(
        sim_count(sim, (struct sim_query){.from = a, .to = b->addrs[0], .chunk = SIM_DATA}), 0);
    sim_finish(sim);
}

/* 5.1.2 B, 8.4: a refusal goes to where the INIT ACK came from, not to the first address. */
static void test_abort_goes_to_the_source(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "a", 1, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    sctpx_addr both[2] = {raw.addr, sim_ipv4(192, 0, 2, 77, SIM_UDP_PORT)};
    raw.conn = sim_connect_to(host, both, 2, raw.port, 0, NULL);
    sim_run_for(sim, 1500 * SIM_MS); /* the second INIT goes to the second address */
    struct sim_query query = {.from = host, .to = both[1], .chunk = SIM_INIT};
    assert_int_equal(sim_count(sim, query), 1);
    sim_raw_learn(&raw, SIM_INIT);
    struct pb *pb = init_ack(&raw);
    pb_item(pb, 11, "example.org", 12);
    pb_end(pb);
    sim_inject_pb(sim, &both[1], &host->addrs[0], pb);
    sim_flush(sim);
    query.chunk = SIM_ABORT;
    assert_int_equal(sim_count(sim, query), 1);
    assert_int_equal(sim_last(sim, query)->vtag, raw.tag);
    query.to = both[0];
    assert_int_equal(sim_count(sim, query), 0);
    assert_true(raw.conn->is_closed);
    assert_int_equal(raw.conn->error, SCTPX_EPROTO);
    sim_finish(sim);
}

/* ---- long cookies -------------------------------------------------------------------------- */

/* 5.1 C: the cookie goes back whole; when it is longer than a packet the carrier has to cut it. */
static void check_long_cookie(struct sim *sim, size_t cookie, uint32_t mtu)
{
    static const uint8_t bytes[2000];
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.mtu = mtu;
    struct sim_host *host = sim_host_new(sim, "a", 1, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    raw.conn = sim_connect_to(host, &raw.addr, 1, raw.port, 0, &options);
    sim_send(raw.conn, 0, 100);
    sim_flush(sim);
    sim_raw_learn(&raw, SIM_INIT);
    struct pb *pb = init_ack(&raw);
    pb_cookie(pb, bytes, cookie);
    host->mtu = 4000; /* the one packet that may be too long */
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_ECHOED);
    const struct sim_record *echo = sim_raw_last(&raw, SIM_COOKIE_ECHO);
    assert_non_null(echo);
    assert_int_equal(sim_find_chunk(sim, echo, SIM_COOKIE_ECHO)->length, 4 + cookie);
    sim_run_for(sim, 2 * SIM_SECOND); /* lost, and sent again */
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ECHO), 2);
    host->mtu = mtu;
    pb = sim_raw_packet(&raw);
    pb_cookie_ack(pb);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    assert_true(sim_raw_count(&raw, SIM_DATA) > 0);
    sim_finish(sim);
}

static void test_cookie_longer_than_a_packet(void **state)
{
    check_long_cookie(*state, 1400, 1500);
    check_long_cookie(sim_renew(state), 1460, 1500);
    check_long_cookie(sim_renew(state), 1500, 1500);
    check_long_cookie(sim_renew(state), 600, 576);
    check_long_cookie(sim_renew(state), 2000, 576);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_init_ack_without_cookie),
        sim_unit_test(test_init_ack_without_streams),
        sim_unit_test(test_init_ack_without_inbound_streams),
        sim_unit_test(test_init_ack_with_small_window),
        sim_unit_test(test_init_ack_with_tag_zero),
        sim_unit_test(test_init_ack_with_wrong_tag_is_ignored),
        sim_unit_test(test_out_of_resource_abort),
        sim_unit_test(test_named_addresses_not_listed_are_dropped),
        sim_unit_test(test_named_addresses_listed_are_kept),
        sim_unit_test(test_address_that_answered_is_primary),
        sim_unit_test(test_abort_goes_to_the_source),
        sim_unit_test(test_cookie_longer_than_a_packet),
    };
    return cmocka_run_group_tests_name("scenario.init_ack", tests, NULL, NULL);
}
