/* SPDX-License-Identifier: MIT */
/* RFC 9260 5.1, 5.1.4, 5.1.6: the normal set-up, from both sides. */
#include "rfc9260_05.h"

/* A lone DATA chunk from nobody we know makes nothing; ours waits for the set-up.
 * covers: 9260/5-1 */
static void test_no_data_before_the_set_up(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    raw.host_tag = 0x12345678;
    sim_raw_data(&raw, 0, 0, 10);
    assert_int_equal(raw.host->n_conns, 0);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 0);
    bring_into(&raw, SCTPX_COOKIE_WAIT);
    sim_send(raw.conn, 0, 100);
    sim_run_for(sim, 10 * SIM_SECOND);
    assert_int_equal(sim_raw_count(&raw, SIM_DATA), 0);
    sim_raw_data(&raw, 0, 0, 10);
    assert_int_equal(raw.conn->received_messages, 0);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 0);
    sim_finish(sim);
}

/* covers: 9260/5.1-1 9260/5.1-12 */
static void test_init_holds_our_tag_and_is_alone(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = peer_in_state(sim, SCTPX_COOKIE_WAIT);
    sim_send(raw.conn, 0, 100); /* there would be something to bundle */
    sim_run_for(sim, 2 * SIM_SECOND);
    assert_true(sim_raw_count(&raw, SIM_INIT) > 1);
    const struct sim_record *init = sim_raw_last(&raw, SIM_INIT);
    assert_int_equal(init->n_chunks, 1);
    assert_int_equal(init->vtag, 0);
    assert_int_equal(init->chunks[0].tag, sim_status(raw.conn).local_tag);
    /* It is the tag by which we take what the peer sends. */
    raw.host_tag = init->chunks[0].tag;
    struct pb *pb = init_ack(&raw);
    pb_end(pb);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_ECHOED);
    sim_finish(sim);
}

static size_t bits(uint32_t v)
{
    size_t n = 0;
    for (; v != 0; v &= v - 1)
        n++;
    return n;
}

/* Neighbours differ in half of their bits, more or less. covers: 9260/5.1-2 */
static void test_tags_are_random(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "a", 1, NULL);
    uint32_t before = 0;
    size_t changed = 0;
    for (uint8_t n = 1; n <= 100; n++) {
        struct sim_raw raw = sim_raw_new(host, n);
        start_connect(&raw, &raw.addr, 1);
        assert_int_not_equal(raw.host_tag, 0);
        changed += bits(raw.host_tag ^ before);
        before = raw.host_tag;
        sim_conn_free(raw.conn);
    }
    assert_in_range(changed, 100 * 14, 100 * 18);
    sim_finish(sim);
}

/* The peer lists others, but is answered where it is. covers: 9260/5.1-3 9260/5.1-4 9260/5.1-5
 * 9260/5.1-14 9260/5.1.2-8 */
static void test_init_ack(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    struct pb *pb = sim_raw_init(&raw);
    pb_ipv4(pb, OTHER_IP);
    pb_ipv4(pb, THIRD_IP);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_mark(sim), 1);
    const struct sim_record *ack = sim_raw_last(&raw, SIM_INIT_ACK);
    assert_non_null(ack);
    assert_true(sim_same_ip(&ack->to, &raw.addr));
    assert_int_equal(ack->to.udp_port, raw.addr.udp_port);
    assert_int_equal(ack->destination_port, raw.port);
    assert_int_equal(ack->source_port, SIM_PORT);
    assert_int_equal(ack->vtag, raw.tag);
    assert_int_not_equal(ack->chunks[0].tag, 0);
    assert_non_null(find_param(ack, PARAM_COOKIE, 0));
    assert_int_equal(ack->n_chunks, 1);
    sim_raw_learn(&raw, SIM_INIT_ACK);
    sim_raw_send(&raw, cookie_echo(&raw)); /* our tag is what it says */
    assert_int_equal(raw.host->n_conns, 1);
    sim_finish(sim);
}

/* covers: 9260/5.1-6 */
static void test_nothing_is_kept_for_an_init(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    size_t blocks = raw.host->live_blocks, bytes = raw.host->live_bytes;
    uint64_t allocations = raw.host->allocations;
    for (uint32_t i = 0; i < 200; i++) {
        raw.tag++;
        raw.port++;
        get_cookie(&raw);
    }
    assert_int_equal(raw.host->live_blocks, blocks);
    assert_int_equal(raw.host->live_bytes, bytes);
    assert_int_equal(raw.host->allocations, allocations);
    assert_int_equal(sctpx_endpoint_next_deadline(raw.host->endpoint), SCTPX_TIME_NEVER);
    assert_int_equal(sim_stats(raw.host).associations, 0);
    sim_finish(sim);
}

/* The cookie comes back as it was, in the same instant. covers: 9260/5.1-7 9260/5.1-8 9260/5.1.4-1
 * 9260/5.1.4-2 */
static void test_cookie_echo_with_data(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = peer_in_state(sim, SCTPX_COOKIE_WAIT);
    sim_send(raw.conn, 0, 100);
    struct pb *pb = sim_raw_packet(&raw);
    pb_init_ack(pb, raw.tag, raw.rwnd, 10, 10, raw.tsn);
    pb_item(pb, 0xC123, "unknown", 7); /* an ERROR for this goes along too */
    pb_cookie(pb, "a cookie of 23 bytes...", 23);
    pb_end(pb);
    sctpx_time at = sim->now;
    sim_raw_send(&raw, pb);
    const struct sim_record *echo = sim_raw_last(&raw, SIM_COOKIE_ECHO);
    assert_non_null(echo);
    assert_int_equal(echo->at, at);
    assert_int_equal(echo->vtag, raw.tag);
    assert_int_equal(echo->chunks[0].type, SIM_COOKIE_ECHO);
    assert_int_equal(echo->chunks[0].length, 4 + 23);
    assert_memory_equal(echo->raw + echo->chunks[0].offset + 4, "a cookie of 23 bytes...", 23);
    assert_true(sim_record_has(echo, SIM_DATA));
    assert_int_equal(sim_mark(sim), 2);
    sim_finish(sim);
}

/* Whatever is queued or comes in. covers: 9260/5.1-9 */
static void test_no_other_packet_before_cookie_ack(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = peer_in_state(sim, SCTPX_COOKIE_ECHOED);
    size_t mark = sim_mark(sim);
    for (int i = 0; i < 10; i++)
        sim_send(raw.conn, 0, 1400);
    struct pb *pb = sim_raw_packet(&raw);
    pb_heartbeat(pb, "hello", 5);
    pb_chunk(pb, 0xC5, 0); /* unknown, to be reported */
    pb_end(pb);
    sim_raw_send(&raw, pb);
    sim_raw_data(&raw, 0, 0, 100);
    sim_raw_sack(&raw, raw.host_tsn - 1, 100000);
    assert_int_equal(sctpx_assoc_heartbeat(raw.conn->assoc, sim->now, 0), SCTPX_ESTATE);
    sim_flush(sim);
    assert_int_equal(sim_mark(sim), mark);
    sim_run_for(sim, 2 * SIM_SECOND); /* COOKIE ECHO again, and that leads all else */
    assert_true(sim_mark(sim) > mark);
    for (size_t i = mark; i < sim_mark(sim); i++) {
        struct sim_query any = {.chunk = SIM_ANY};
        assert_int_equal(sim_nth(sim, any, i)->chunks[0].type, SIM_COOKIE_ECHO);
    }
    send_cookie_ack(&raw);
    assert_true(sim_raw_count(&raw, SIM_DATA) > 1);
    sim_finish(sim);
}

/* covers: 9260/5.1-10 9260/5.1-11 9260/5.1.5-7 9260/5.1.5-8 9260/5.1.5-10 */
static void test_cookie_ack_comes_first(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    get_cookie(&raw);
    struct pb *pb = cookie_echo(&raw);
    put_message(pb, raw.tsn, 0, 0, 5);
    size_t mark = sim_mark(sim);
    sctpx_time at = sim->now;
    sim_raw_send(&raw, pb);
    const struct sim_record *ack = sim_nth(sim, (struct sim_query){.chunk = SIM_ANY}, mark);
    assert_non_null(ack);
    assert_int_equal(ack->at, at);
    assert_int_equal(ack->chunks[0].type, SIM_COOKIE_ACK);
    assert_int_equal(sim_find_chunk(sim, ack, SIM_SACK)->tsn, raw.tsn);
    sim_finish(sim);
}

/* With something before or behind them INIT and INIT ACK do nothing. covers: 9260/5.1-13 */
static void test_bundled_init_and_init_ack(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    for (int before = 0; before < 2; before++) {
        struct pb *pb = pb_new(raw.port, raw.host_port, 0);
        if (before)
            pb_cookie_ack(pb);
        pb_init(pb, raw.tag, raw.rwnd, 10, 10, raw.tsn);
        pb_end(pb);
        if (!before)
            pb_cookie_ack(pb);
        sim_raw_send(&raw, pb);
        assert_int_equal(sim_raw_count(&raw, SIM_INIT_ACK), 0);
    }
    bring_into(&raw, SCTPX_COOKIE_WAIT);
    for (int before = 0; before < 2; before++) {
        struct pb *pb = sim_raw_packet(&raw);
        if (before)
            pb_heartbeat(pb, "x", 1);
        pb_init_ack(pb, raw.tag, raw.rwnd, 10, 10, raw.tsn);
        pb_cookie(pb, "cookie", 6);
        pb_end(pb);
        if (!before)
            pb_heartbeat(pb, "x", 1);
        sim_raw_send(&raw, pb);
        assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_WAIT);
    }
    sim_finish(sim);
}

/* The n-th such chunk went out after so many seconds. */
static void check_times(struct sim_raw *raw, int chunk, sctpx_time start, const sctpx_time *seconds,
                        size_t n)
{
    struct sim_query query = {.from = raw->host, .chunk = chunk};
    for (size_t i = 0; i < n; i++)
        assert_int_equal(sim_nth(raw->host->sim, query, i)->at - start, seconds[i] * SIM_SECOND);
}

/* RTO.Initial, then 6.3.3 E2, up to RTO.Max, at least RTO.Min after a measurement (6.3.1).
 * covers: 9260/5.1-15 9260/5.1.4-3 9260/5.1.4-4 9260/5.1.4-5 9260/5.1.6-1 */
static void test_t1_follows_section_6_3(void **state)
{
    static const sctpx_time seconds[] = {0, 1, 3, 7, 15, 31, 63, 123, 183};
    struct sim *sim = *state;
    struct sim_raw raw = peer_in_state(sim, SCTPX_COOKIE_WAIT);
    sctpx_time start = sim->now;
    sim_run_until_closed(raw.conn, 1000 * SIM_SECOND);
    check_times(&raw, SIM_INIT, start, seconds, 9);
    assert_int_equal(sim->now - start, 243 * SIM_SECOND);
    sim_finish(sim);
    sim = sim_renew(state);
    raw = peer_in_state(sim, SCTPX_COOKIE_WAIT);
    sim_run_for(sim, 20 * SIM_MS);
    struct pb *pb = init_ack(&raw);
    pb_end(pb);
    sim_raw_send(&raw, pb);
    start = sim->now;
    sim_run_until_closed(raw.conn, 1000 * SIM_SECOND);
    check_times(&raw, SIM_COOKIE_ECHO, start, seconds, 9);
    assert_int_equal(raw.conn->error, SCTPX_ETIMEDOUT);
    sim_finish(sim);
}

/* One T1 only, but all the addresses in turn. covers: 9260/5.1-16 9260/5.1-17 */
static void test_repeated_to_all_addresses(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sim_raw_new(sim_host_new(sim, "a", 1, NULL), 1);
    const sctpx_addr addrs[3] = {raw.addr, addr_of(OTHER_IP), addr_of(THIRD_IP)};
    start_connect(&raw, addrs, 3);
    sim_run_for(sim, 10 * SIM_SECOND);
    assert_int_equal(sim_sent(raw.host, SIM_INIT), 4);
    for (size_t i = 0; i < 4; i++)
        assert_true(sim_same_ip(&sim_sent_nth(raw.host, SIM_INIT, i)->to, &addrs[i % 3]));
    struct pb *pb = init_ack(&raw);
    pb_ipv4(pb, OTHER_IP);
    pb_ipv4(pb, THIRD_IP);
    pb_end(pb);
    sim_send(raw.conn, 0, 100);
    sim_raw_send(&raw, pb);
    sim_run_for(sim, 200 * SIM_SECOND);
    assert_true(sim_sent(raw.host, SIM_COOKIE_ECHO) >= 4);
    for (size_t i = 0; i < 4; i++) {
        const struct sim_record *echo = sim_sent_nth(raw.host, SIM_COOKIE_ECHO, i);
        assert_true(sim_same_ip(&echo->to, &addrs[i % 3]));
        assert_true(sim_record_has(echo, SIM_DATA));
    }
    sim_finish(sim);
}

/* Both ways of becoming ESTABLISHED. covers: 9260/5.1-21 9260/5.1-22 9260/5.1.5-9 */
static void test_first_data_is_acknowledged_at_once(void **state)
{
    for (int is_server = 0; is_server < 2; is_server++) {
        struct sim *sim = sim_renew(state);
        struct sim_raw raw = stranger(sim);
        if (is_server)
            sim_raw_connect(&raw);
        else
            bring_into(&raw, SCTPX_ESTABLISHED);
        sim_raw_data(&raw, 0, 0, 100);
        assert_int_equal(sim_raw_count(&raw, SIM_SACK), 1);
        assert_int_equal(sim_find_chunk(sim, sim_raw_last(&raw, SIM_SACK), SIM_SACK)->tsn,
                         raw.tsn - 1);
        sim_raw_data(&raw, 0, 1, 100); /* 6.2: from now on every second packet, or 200 ms */
        assert_int_equal(sim_raw_count(&raw, SIM_SACK), 1);
        sim_raw_data(&raw, 0, 2, 100);
        assert_int_equal(sim_raw_count(&raw, SIM_SACK), 2);
        sim_raw_data(&raw, 0, 3, 100);
        sim_run_for(sim, 201 * SIM_MS);
        assert_int_equal(sim_raw_count(&raw, SIM_SACK), 3);
        sim_finish(sim);
    }
}

/* A SACK of the TSN before our first one says nothing new, one of the first what was never sent.
 * covers: 9260/5.1-23 */
static void test_cum_tsn_ack_point_at_the_start(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = peer_in_state(sim, SCTPX_ESTABLISHED);
    sim_raw_sack(&raw, raw.host_tsn - 1, 100000);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_send(raw.conn, 0, 100);
    sim_flush(sim);
    assert_int_equal(sim_find_chunk(sim, sim_raw_last(&raw, SIM_DATA), SIM_DATA)->tsn,
                     raw.host_tsn);
    sim_raw_sack(&raw, raw.host_tsn - 1, 100000);
    assert_int_equal(sim_status(raw.conn).unacked_bytes, 100);
    sim_raw_sack(&raw, raw.host_tsn, 100000);
    assert_int_equal(sim_status(raw.conn).unacked_bytes, 0);
    sim_raw_sack(&raw, raw.host_tsn + 1, 100000);
    assert_int_equal(sim_raw_count(&raw, SIM_ABORT), 1);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_no_data_before_the_set_up),
        sim_unit_test(test_init_holds_our_tag_and_is_alone),
        sim_unit_test(test_tags_are_random),
        sim_unit_test(test_init_ack),
        sim_unit_test(test_nothing_is_kept_for_an_init),
        sim_unit_test(test_cookie_echo_with_data),
        sim_unit_test(test_no_other_packet_before_cookie_ack),
        sim_unit_test(test_cookie_ack_comes_first),
        sim_unit_test(test_bundled_init_and_init_ack),
        sim_unit_test(test_t1_follows_section_6_3),
        sim_unit_test(test_repeated_to_all_addresses),
        sim_unit_test(test_first_data_is_acknowledged_at_once),
        sim_unit_test(test_cum_tsn_ack_point_at_the_start),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_05_setup", tests, NULL, NULL);
}
