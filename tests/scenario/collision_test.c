/* SPDX-License-Identifier: MIT */
/* Both sides connect to each other at about the same time (RFC 9260 5.2.1, 5.2.4 B and D). */
#include "sim/raw.h"
#include "sim/sim.h"

struct meeting {
    sctpx_time offset_us;    /* b connects so much later */
    sctpx_time ab_us, ba_us; /* delays */
    bool listening;
    int lost_chunk; /* SIM_ANY = none */
    bool lost_from_a;
};

static struct sim_conn *connect_fixed(struct sim_host *from, struct sim_host *to)
{
    return sim_connect_to(from, to->addrs, 1, SIM_PORT, SIM_PORT, NULL);
}

static void check_one_association(struct sim_pair *pair)
{
    struct sim *sim = pair->a->sim;
    sim_run_until_up(pair->ab, 60 * SIM_SECOND);
    sim_run_until_up(pair->ba, 60 * SIM_SECOND);
    sim_run_for(sim, 10 * SIM_SECOND);
    assert_int_equal(pair->a->n_conns, 1);
    assert_int_equal(pair->b->n_conns, 1);
    assert_int_equal(sim_event_count(pair->a, SCTPX_EVENT_UP), 1);
    assert_int_equal(sim_event_count(pair->b, SCTPX_EVENT_UP), 1);
    assert_int_equal(sim_event_count(pair->a, SCTPX_EVENT_RESTARTED), 0);
    assert_int_equal(sim_event_count(pair->b, SCTPX_EVENT_RESTARTED), 0);
    assert_int_equal(sim_status(pair->ab).local_tag, sim_status(pair->ba).remote_tag);
    assert_int_equal(sim_status(pair->ab).remote_tag, sim_status(pair->ba).local_tag);
    sim_send(pair->ab, 0, 5000);
    sim_send(pair->ba, 0, 5000);
    sim_run_until_received(pair->ab, 1, 10 * SIM_SECOND);
    sim_run_until_received(pair->ba, 1, 10 * SIM_SECOND);
}

static struct sim_pair meet(struct sim *sim, const struct meeting *meeting)
{
    struct sim_pair pair = {
        .a = sim_host_new(sim, "a", 1, NULL),
        .b = sim_host_new(sim, "b", 1, NULL),
    };
    sim_link(sim, pair.a->addrs, pair.b->addrs)->delay_us = meeting->ab_us;
    sim_link(sim, pair.b->addrs, pair.a->addrs)->delay_us = meeting->ba_us;
    if (meeting->listening) {
        sim_listen(pair.a, SIM_PORT, NULL);
        sim_listen(pair.b, SIM_PORT, NULL);
    }
    if (meeting->lost_chunk != SIM_ANY)
        sim_add_drop(sim, (struct sim_drop){.from = meeting->lost_from_a ? pair.a : pair.b,
                                            .chunk = meeting->lost_chunk,
                                            .count = 1});
    pair.ab = connect_fixed(pair.a, pair.b);
    sim_run_for(sim, meeting->offset_us);
    pair.ba = connect_fixed(pair.b, pair.a);
    return pair;
}

static void check_meeting(void **state, struct meeting meeting)
{
    struct sim *sim = sim_renew(state);
    struct sim_pair pair = meet(sim, &meeting);
    check_one_association(&pair);
    sim_finish(sim);
}

static void test_same_moment(void **state)
{
    check_meeting(state, (struct meeting){0, 10 * SIM_MS, 10 * SIM_MS, false, SIM_ANY, false});
    check_meeting(state, (struct meeting){0, 10 * SIM_MS, 10 * SIM_MS, true, SIM_ANY, false});
}

static void test_one_a_little_later(void **state)
{
    for (sctpx_time i = 0; i < 10; i++)
        check_meeting(
            state, (struct meeting){i * SIM_MS, 10 * SIM_MS, 10 * SIM_MS, i & 1, SIM_ANY, false});
}

static void test_unequal_delays(void **state)
{
    for (sctpx_time i = 0; i < 50; i += 7)
        check_meeting(state,
                      (struct meeting){i * SIM_MS, 51 * SIM_MS, 5 * SIM_MS, i & 1, SIM_ANY, false});
}

static void test_collision_with_loss(void **state)
{
    static const int chunks[] = {SIM_INIT, SIM_INIT_ACK, SIM_COOKIE_ECHO, SIM_COOKIE_ACK};
    for (size_t i = 0; i < 4; i++)
        for (sctpx_time offset = 0; offset < 9; offset += 4)
            for (int side = 0; side < 2; side++)
                check_meeting(state, (struct meeting){offset * SIM_MS, 10 * SIM_MS, 10 * SIM_MS,
                                                      false, chunks[i], side == 0});
}

/* Data queued on both sides before the set-up is not lost and not doubled. */
static void test_collision_with_data(void **state)
{
    struct sim *sim = *state;
    struct meeting meeting = {3 * SIM_MS, 10 * SIM_MS, 10 * SIM_MS, false, SIM_ANY, false};
    struct sim_pair pair = meet(sim, &meeting);
    sim_send_load(pair.ab, (struct sim_load){.count = 20, .min_bytes = 800, .streams = 3});
    sim_send_load(pair.ba, (struct sim_load){.count = 20, .min_bytes = 800, .streams = 3});
    sim_run_until_received(pair.ab, 20, 60 * SIM_SECOND);
    sim_run_until_received(pair.ba, 20, 60 * SIM_SECOND);
    sim_finish(sim);
}

/* 5.2.1: the INIT ACK in COOKIE_WAIT repeats the tag and TSN of our own INIT. */
static void test_init_ack_repeats_our_init(void **state)
{
    struct sim *sim = *state;
    struct meeting meeting = {0, 10 * SIM_MS, 10 * SIM_MS, false, SIM_ANY, false};
    struct sim_pair pair = meet(sim, &meeting);
    sim_run_for(sim, 10 * SIM_MS);
    const struct sim_chunk *init = sim_find_chunk(sim, sim_sent_nth(pair.a, SIM_INIT, 0), SIM_INIT);
    const struct sim_chunk *ack =
        sim_find_chunk(sim, sim_sent_nth(pair.a, SIM_INIT_ACK, 0), SIM_INIT_ACK);
    assert_int_equal(ack->tag, init->tag);
    assert_int_equal(ack->tsn, init->tsn);
    check_one_association(&pair);
    sim_finish(sim);
}

/* A retransmitted INIT still has tag 0 in its header (attack C16; the simulator checks it). */
static void test_init_repeated_after_peers_init(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "a", 1, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    raw.conn = sim_connect_to(host, &raw.addr, 1, raw.port, SIM_PORT, NULL);
    sim_flush(sim);
    sim_raw_send(&raw, sim_raw_init(&raw));
    assert_int_equal(sim_raw_count(&raw, SIM_INIT_ACK), 1);
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_WAIT);
    sim_run_for(sim, 4 * SIM_SECOND);
    assert_int_equal(sim_raw_count(&raw, SIM_INIT), 3);
    /* The peer's cookie from that INIT ACK brings the association up (case B). */
    sim_raw_learn(&raw, SIM_INIT_ACK);
    struct pb *pb = sim_raw_packet(&raw);
    pb_cookie_echo(pb, raw.cookie, raw.cookie_length);
    sim_raw_send(&raw, pb);
    assert_true(raw.conn->is_up);
    assert_int_equal(sim_status(raw.conn).remote_tag, raw.tag);
    sim_finish(sim);
}

/* 5.2.1: an INIT in COOKIE_ECHOED that brings new addresses is refused. */
static void test_new_address_in_cookie_echoed(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "a", 1, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    raw.conn = sim_connect_to(host, &raw.addr, 1, raw.port, SIM_PORT, NULL);
    sim_flush(sim);
    sim_raw_learn(&raw, SIM_INIT);
    struct pb *pb = sim_raw_packet(&raw);
    pb_init_ack(pb, raw.tag, raw.rwnd, raw.os, raw.mis, raw.tsn);
    pb_cookie(pb, "abc", 3);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_ECHOED);
    struct sim_raw other = raw;
    other.tag = 0x99999999;
    pb = sim_raw_init(&other);
    pb_ipv4(pb, 0xC0000263);
    sim_raw_send(&other, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_ECHOED);
    assert_int_equal(sim_raw_count(&raw, SIM_INIT_ACK), 0);
    const struct sim_record *abort = sim_raw_last(&raw, SIM_ABORT);
    assert_non_null(abort);
    assert_int_equal(abort->vtag, other.tag);
    sim_finish(sim);
}

/* 5.2.1: an INIT from an address the user did not name is answered to a named one it lists. */
static void test_init_from_an_address_not_named(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "a", 1, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    sctpx_addr other = sim_ipv4(192, 0, 2, 99, SIM_UDP_PORT);
    raw.conn = sim_connect_to(host, &raw.addr, 1, raw.port, 0, NULL);
    sim_flush(sim);
    sim_raw_learn(&raw, SIM_INIT);
    struct pb *pb = sim_raw_init(&raw);
    pb_ipv4(pb, 0xC0000201);
    pb_ipv4(pb, 0xC0000263);
    sim_inject_pb(sim, &other, &host->addrs[0], pb);
    sim_flush(sim);
    assert_int_equal(sim_count(sim, (struct sim_query){.to = other, .chunk = SIM_ANY}), 0);
    assert_int_equal(sim_raw_count(&raw, SIM_INIT_ACK), 1);
    assert_int_equal(sim_sent(host, SIM_ABORT), 0);
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_WAIT);
    sim_raw_learn(&raw, SIM_INIT_ACK);
    pb = sim_raw_packet(&raw);
    pb_cookie_echo(pb, raw.cookie, raw.cookie_length);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    assert_true(sim_path(raw.conn, sim_path_to(raw.conn, &raw.addr)).confirmed);
    assert_false(sim_path(raw.conn, sim_path_to(raw.conn, &other)).confirmed);
    sim_finish(sim);
}

/*
 * 5.2.4 B when it is up already: the cookie of the peer's INIT, which lists one more address, comes
 * after COOKIE ACK. That address is verified like all others (5.4).
 */
static void test_late_cookie_with_one_more_address(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "a", 1, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    const sctpx_addr more = sim_ipv4(192, 0, 2, 99, SIM_UDP_PORT);
    raw.conn = sim_connect_to(host, &raw.addr, 1, raw.port, 0, NULL);
    sim_flush(sim);
    sim_raw_learn(&raw, SIM_INIT);
    struct sim_raw second = raw;
    second.tag += 5;
    struct pb *pb = sim_raw_init(&second);
    pb_ipv4(pb, 0xC0000263);
    sim_raw_send(&second, pb);
    sim_raw_learn(&second, SIM_INIT_ACK);
    pb = sim_raw_packet(&raw);
    pb_init_ack(pb, raw.tag, raw.rwnd, raw.os, raw.mis, raw.tsn);
    pb_cookie(pb, "abc", 3);
    sim_raw_send(&raw, pb);
    pb = sim_raw_packet(&raw);
    pb_cookie_ack(pb);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_status(raw.conn).paths, 1);
    pb = sim_raw_packet(&second);
    pb_cookie_echo(pb, second.cookie, second.cookie_length);
    sim_raw_send(&second, pb);
    assert_int_equal(sim_status(raw.conn).paths, 2);
    sim_run_for(sim, 2 * SIM_SECOND);
    const struct sim_query probes = {.from = host, .to = more, .chunk = SIM_HEARTBEAT};
    assert_true(sim_count(sim, probes) > 0);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_same_moment),
        sim_unit_test(test_one_a_little_later),
        sim_unit_test(test_unequal_delays),
        sim_unit_test(test_collision_with_loss),
        sim_unit_test(test_collision_with_data),
        sim_unit_test(test_init_ack_repeats_our_init),
        sim_unit_test(test_init_repeated_after_peers_init),
        sim_unit_test(test_new_address_in_cookie_echoed),
        sim_unit_test(test_init_from_an_address_not_named),
        sim_unit_test(test_late_cookie_with_one_more_address),
    };
    return cmocka_run_group_tests_name("scenario.collision", tests, NULL, NULL);
}
