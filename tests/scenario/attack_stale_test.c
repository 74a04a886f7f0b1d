/* SPDX-License-Identifier: MIT */
/*
 * A server that lists addresses in one INIT ACK, calls its own cookie stale, and answers the second
 * INIT from one of those: what was merely listed the first time is no more the peer's than before
 * (RFC 9260 5.1.2, 5.2.6, 5.4).
 */
#include "sim/raw.h"
#include "sim/sim.h"

#define VICTIM UINT32_C(0xC6336407) /* 198.51.100.7 */
#define SECOND UINT32_C(0xC0000263) /* 192.0.2.99 */

static sctpx_addr address(uint32_t ip)
{
    return sim_ipv4((uint8_t)(ip >> 24), (uint8_t)(ip >> 16), (uint8_t)(ip >> 8), (uint8_t)ip,
                    SIM_UDP_PORT);
}

/* An INIT ACK with a cookie of that size, listing these (0 = nothing). */
static void send_init_ack(struct sim_raw *raw, size_t cookie_bytes, uint32_t one, uint32_t two)
{
    static const uint8_t cookie[1300];
    struct pb *pb = sim_raw_packet(raw);
    pb_init_ack(pb, raw->tag, raw->rwnd, raw->os, raw->mis, raw->tsn);
    pb_cookie(pb, cookie, cookie_bytes);
    if (one)
        pb_ipv4(pb, one);
    if (two)
        pb_ipv4(pb, two);
    pb_end(pb);
    sim_raw_send(raw, pb);
}

static void send_stale_cookie(struct sim_raw *raw)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_error(pb);
    pb_item(pb, 3, "\0\0\0\1", 4);
    pb_end(pb);
    sim_raw_send(raw, pb);
}

/* The host asks n addresses, the first of them the raw peer's. */
static struct sim_raw ask(struct sim *sim, const sctpx_addr *others, size_t n)
{
    struct sim_raw raw = sim_raw_new(sim_host_new(sim, "client", 1, NULL), 1);
    sctpx_addr asked[4] = {raw.addr};
    for (size_t i = 0; i < n; i++)
        asked[i + 1] = others[i];
    raw.conn = sim_connect_to(raw.host, asked, n + 1, raw.port, 0, NULL);
    sim_flush(sim);
    sim_raw_learn(&raw, SIM_INIT);
    return raw;
}

/* The whole trick: the second INIT ACK comes from SECOND and lists the victim alone. */
static struct sim_raw lure(struct sim *sim)
{
    struct sim_raw raw = ask(sim, NULL, 0);
    send_init_ack(&raw, 6, VICTIM, SECOND);
    sim_send(raw.conn, 0, 1000);
    send_stale_cookie(&raw);
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_WAIT);
    raw.addr = address(SECOND);
    raw.tag += 5;
    send_init_ack(&raw, 1200, VICTIM, 0);
    return raw;
}

static size_t sent_to(const struct sim_raw *raw, uint32_t ip, int chunk, size_t since)
{
    const struct sim_query query = {raw->host, address(ip), chunk, since, false, 0};
    return sim_count(raw->host->sim, query);
}

/* covers: attacks/S1 */
static void test_attack_S1_a_listed_address_does_not_answer_for_the_asked_one(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = lure(sim);
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_WAIT); /* 5.1.2: it was not asked */
    sim_run_for(sim, 600 * SIM_SECOND);
    assert_int_equal(sent_to(&raw, VICTIM, SIM_ANY, 0), 0);
    assert_int_equal(sent_to(&raw, SECOND, SIM_ANY, 0), 0);
    assert_true(raw.conn->is_closed); /* T1-init gave up */
    assert_int_equal(raw.conn->error, SCTPX_ETIMEDOUT);
    sim_finish(sim);
}

/* The peer's INIT in COOKIE-WAIT as well: answered to what the user named alone (5.2.1). */
/* covers: attacks/S1 */
static void test_attack_S1_an_init_does_not_turn_to_a_listed_address(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = ask(sim, NULL, 0);
    send_init_ack(&raw, 6, VICTIM, SECOND);
    send_stale_cookie(&raw);
    struct sim_raw other = raw;
    other.addr = address(SECOND);
    struct pb *pb = sim_raw_init(&other);
    pb_ipv4(pb, VICTIM);
    pb_end(pb);
    sim_raw_send(&other, pb);
    assert_int_equal(sim_sent(raw.host, SIM_INIT_ACK), 0);
    sim_finish(sim);
}

/* The one that was asked goes on as ever, and is where everything goes. */
/* covers: attacks/S1 */
static void test_attack_S1_the_asked_address_sets_up_after_all(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = lure(sim);
    raw.addr = sim_raw_new(raw.host, 1).addr;
    send_init_ack(&raw, 6, VICTIM, 0);
    struct pb *pb = sim_raw_packet(&raw);
    pb_cookie_ack(pb);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_run_for(sim, 20 * SIM_SECOND);
    assert_true(sim_raw_count(&raw, SIM_DATA) > 0);
    assert_int_equal(sent_to(&raw, VICTIM, SIM_DATA, 0), 0);
    assert_int_equal(sent_to(&raw, SECOND, SIM_ANY, 0), 0);
    sctpx_assoc_shutdown(raw.conn->assoc, sim->now);
    sim_run_until_closed(raw.conn, 600 * SIM_SECOND);
    sim_finish(sim);
}

/* ---- numbers of paths that change ------------------------------------------------------------- */

/*
 * The user names three, the last one answers, the first INIT ACK knows two of them: what is kept for
 * the second go by the number of a path must follow its address, or go with it.
 */
static struct sim_raw renumber(struct sim *sim)
{
    const sctpx_addr others[] = {address(VICTIM), address(SECOND)};
    struct sim_raw raw = ask(sim, others, 2);
    send_init_ack(&raw, 6, VICTIM, SECOND);
    sim_send(raw.conn, 0, 1000); /* goes with COOKIE ECHO */
    sim_run_for(sim, 1500 * SIM_MS);
    assert_true(sent_to(&raw, VICTIM, SIM_DATA, 0) > 0); /* T1-cookie went on there */
    sim_run_for(sim, 2 * SIM_SECOND);
    assert_true(sent_to(&raw, SECOND, SIM_DATA, 0) > 0);
    struct pb *pb = sim_raw_packet(&raw); /* its answer waits until the association is up */
    pb_heartbeat(pb, "beat", 4);
    sim_inject_pb(sim, &others[1], &raw.host->addrs[0], pb);
    return raw;
}

/* covers: attacks/S2 */
static void test_attack_S2_answers_do_not_go_to_a_path_that_is_gone(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = renumber(sim);
    send_stale_cookie(&raw);
    raw.tag += 5;
    send_init_ack(&raw, 6, VICTIM, 0); /* SECOND is gone */
    assert_int_equal(sim_status(raw.conn).paths, 2);
    size_t mark = sim_mark(sim);
    struct pb *pb = sim_raw_packet(&raw);
    pb_cookie_ack(pb);
    sim_raw_send(&raw, pb);
    sim_run_for(sim, 30 * SIM_SECOND);
    assert_int_equal(sent_to(&raw, SECOND, SIM_ANY, mark), 0);
    assert_int_equal(sim_sent(raw.host, SIM_HEARTBEAT_ACK), 0); /* it was for the old tag */
    assert_true(sim_raw_count(&raw, SIM_DATA) > 1);
    sim_finish(sim);
}

/* T1-init goes on where it was, which has another number now. covers: attacks/S2 */
static void test_attack_S2_set_up_goes_on_where_it_was(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = renumber(sim);
    size_t mark = sim_mark(sim);
    send_stale_cookie(&raw);
    assert_int_equal(sent_to(&raw, SECOND, SIM_INIT, mark), 1);
    raw.addr = address(SECOND);
    raw.tag += 5;
    send_init_ack(&raw, 6, 0, 0); /* it alone remains */
    assert_int_equal(sim_status(raw.conn).paths, 1);
    assert_int_equal(sent_to(&raw, SECOND, SIM_COOKIE_ECHO, mark), 1);
    struct pb *pb = sim_raw_packet(&raw);
    pb_cookie_ack(pb);
    sim_raw_send(&raw, pb);
    sim_run_until_closed(raw.conn, 3600 * SIM_SECOND); /* DATA runs under T3-rtx */
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_attack_S1_a_listed_address_does_not_answer_for_the_asked_one),
        sim_unit_test(test_attack_S1_an_init_does_not_turn_to_a_listed_address),
        sim_unit_test(test_attack_S1_the_asked_address_sets_up_after_all),
        sim_unit_test(test_attack_S2_answers_do_not_go_to_a_path_that_is_gone),
        sim_unit_test(test_attack_S2_set_up_goes_on_where_it_was),
    };
    return cmocka_run_group_tests_name("scenario.attack_stale", tests, NULL, NULL);
}
