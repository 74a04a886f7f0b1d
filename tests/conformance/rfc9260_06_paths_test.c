/* SPDX-License-Identifier: MIT */
/* Several addresses: where DATA, SACKs, replies and retransmissions go (RFC 9260 6.4, 6.7). */
#include <string.h>

#include "conformance/rfc9260_06.h"

static sctpx_addr second(void)
{
    return sim_ipv4(192, 0, 2, 201, SIM_UDP_PORT);
}

/* Packets with such a chunk to an address, and the latest of them. */
static size_t count_to(const struct sim_raw *raw, const sctpx_addr *to, int chunk)
{
    return sim_count(raw->host->sim,
                     (struct sim_query){.from = raw->host, .to = *to, .chunk = chunk});
}

static const struct sim_record *last_to(const struct sim_raw *raw, const sctpx_addr *to, int chunk)
{
    return sim_last(raw->host->sim,
                    (struct sim_query){.from = raw->host, .to = *to, .chunk = chunk});
}

/* The peer sends from an address of its own; the host does not answer yet. */
static void inject(struct sim_raw *raw, const sctpx_addr *from, struct pb *pb)
{
    assert_int_equal(sim_inject_pb(raw->host->sim, from, &raw->host->addrs[0], pb), 0);
}

static void answer_heartbeat(struct sim_raw *raw, const sctpx_addr *from)
{
    const struct sim_record *asked = last_to(raw, from, SIM_HEARTBEAT);
    assert_non_null(asked);
    const struct sim_chunk *chunk = sim_find_chunk(raw->host->sim, asked, SIM_HEARTBEAT);
    struct pb *pb = sim_raw_packet(raw);
    pb_heartbeat_ack(pb, asked->raw + chunk->offset + 8, chunk->length - 8u);
    inject(raw, from, pb);
    sim_flush(raw->host->sim);
}

/* The host, with two addresses, connects to a peer with two; after rtt_us both are confirmed. */
static struct sim_raw two_paths(struct sim *sim, const sctpx_assoc_options *options,
                                sctpx_time rtt_us)
{
    struct sim_host *host = sim_host_new(sim, "host", 2, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    sctpx_addr other = second();
    raw.conn = sim_connect_to(host, &raw.addr, 1, raw.port, 0, options);
    raw.conn->auto_read = false;
    sim_flush(sim);
    sim_raw_learn(&raw, SIM_INIT);
    struct pb *pb = sim_raw_packet(&raw);
    pb_init_ack(pb, raw.tag, raw.rwnd, raw.os, raw.mis, raw.tsn);
    pb_ipv4(pb, 0xC00002C9);
    pb_cookie(pb, "cookie", 6);
    sim_raw_send(&raw, pb);
    pb = sim_raw_packet(&raw);
    pb_cookie_ack(pb);
    sim_raw_send(&raw, pb);
    sim_run_for(sim, rtt_us);
    answer_heartbeat(&raw, &other);
    assert_true(sim_path(raw.conn, sim_path_to(raw.conn, &other)).confirmed);
    assert_int_equal(sim_status(raw.conn).primary, sim_path_to(raw.conn, &raw.addr));
    return raw;
}

static void data_from(struct sim_raw *raw, const sctpx_addr *from, uint8_t flags)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_data(pb, DATA_WHOLE | DATA_UNORDERED | flags, raw->tsn++, 0, 0, 0, "x", 1);
    inject(raw, from, pb);
}

/* covers: 9260/6.4-1 */
static void test_data_goes_to_the_primary(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = two_paths(sim, NULL, 0);
    sctpx_addr other = second();
    for (uint32_t i = 0; i < 10; i++) {
        transfer_write(&raw, 1, 1000);
        sim_raw_sack(&raw, raw.host_tsn + i, 100000);
    }
    assert_int_equal(count_to(&raw, &raw.addr, SIM_DATA), 10);
    assert_int_equal(count_to(&raw, &other, SIM_DATA), 0);
    size_t path = sim_path_to(raw.conn, &other);
    assert_int_equal(sctpx_assoc_set_primary(raw.conn->assoc, path), 0);
    transfer_write(&raw, 1, 1000);
    assert_int_equal(count_to(&raw, &other, SIM_DATA), 1);
    sim_finish(sim);
}

/* HEARTBEAT ACK, ERROR, INIT ACK (of a restart) and COOKIE ACK. */
/* covers: 9260/6.4-2 */
static void test_replies_go_where_the_request_came_from(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = two_paths(sim, NULL, 0);
    sctpx_addr other = second();
    struct pb *pb = sim_raw_packet(&raw);
    pb_heartbeat(pb, "hello", 5);
    inject(&raw, &other, pb);
    pb = sim_raw_packet(&raw);
    pb_chunk(pb, 0xFE, 0); /* unknown, to be reported */
    pb_end(pb);
    inject(&raw, &other, pb);
    sim_flush(sim);
    assert_int_equal(count_to(&raw, &other, SIM_HEARTBEAT_ACK), 1);
    assert_int_equal(count_to(&raw, &other, SIM_ERROR), 1);
    assert_int_equal(sim_raw_count(&raw, SIM_HEARTBEAT_ACK), 0);
    assert_int_equal(sim_raw_count(&raw, SIM_ERROR), 0);
    sim_finish(sim);

    sim = sim_renew(state);
    struct sim_host *host = sim_host_new(sim, "host", 2, NULL);
    sim_listen(host, SIM_PORT, NULL);
    raw = sim_raw_new(host, 1);
    inject(&raw, &other, sim_raw_init(&raw)); /* not where the next packets come from */
    sim_flush(sim);
    assert_int_equal(count_to(&raw, &other, SIM_INIT_ACK), 1);
    assert_int_equal(sim_raw_count(&raw, SIM_ANY), 0);
    sim_finish(sim);
}

/* COOKIE ECHO from the second address of the INIT: the COOKIE ACK goes there. */
/* covers: 9260/6.4-2 */
static void test_cookie_ack_goes_where_the_cookie_came_from(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "host", 2, NULL);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    sctpx_addr other = second();
    struct pb *pb = sim_raw_init(&raw);
    pb_ipv4(pb, 0xC0000201);
    pb_ipv4(pb, 0xC00002C9);
    sim_raw_send(&raw, pb);
    sim_raw_learn(&raw, SIM_INIT_ACK);
    pb = sim_raw_packet(&raw);
    pb_cookie_echo(pb, raw.cookie, raw.cookie_length);
    inject(&raw, &other, pb);
    sim_flush(sim);
    assert_int_equal(count_to(&raw, &other, SIM_COOKIE_ACK), 1);
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ACK), 0);
    sim_finish(sim);
}

/* covers: 9260/6.7-2 9260/6.4-3 */
static void test_sack_goes_to_the_last_source(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = two_paths(sim, NULL, 0);
    sctpx_addr other = second();
    for (size_t i = 1; i <= 10; i++) {
        data_from(&raw, &other, DATA_IMMEDIATE);
        sim_flush(sim);
        assert_int_equal(count_to(&raw, &other, SIM_SACK), i);
    }
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 0);
    data_from(&raw, &other, 0);
    data_from(&raw, &raw.addr, 0);
    sim_flush(sim);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 1);
    data_from(&raw, &other, 0); /* delayed */
    sim_flush(sim);
    sim_run_for(sim, 200 * SIM_MS);
    assert_int_equal(count_to(&raw, &other, SIM_SACK), 11);
    sim_finish(sim);
}

/* Another packet that leaves for another address must not take the SACK along. */
/* covers: 9260/6.4-3 */
static void test_sack_does_not_follow_other_chunks(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = two_paths(sim, NULL, 0);
    sctpx_addr other = second();
    for (size_t i = 1; i <= 5; i++) {
        data_from(&raw, &other, DATA_IMMEDIATE);
        struct pb *pb = sim_raw_packet(&raw);
        pb_heartbeat(pb, "hello", 5);
        inject(&raw, &raw.addr, pb);
        sim_flush(sim);
        assert_int_equal(sim_raw_count(&raw, SIM_HEARTBEAT_ACK), i);
        assert_int_equal(count_to(&raw, &other, SIM_SACK), i);
    }
    assert_int_equal(sctpx_assoc_heartbeat(raw.conn->assoc, sim->now, 0), 0);
    data_from(&raw, &other, DATA_IMMEDIATE);
    sim_flush(sim);
    assert_int_equal(count_to(&raw, &other, SIM_SACK), 6);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 0);
    sim_finish(sim);
}

/* E4: on its new way the chunk has the RTO of that way, 0.9 + 4 * 0.45 s. */
/* covers: 9260/6.4-4 9260/6.3.3-1 */
static void test_timed_out_chunk_takes_the_other_path(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = two_paths(sim, NULL, 900 * SIM_MS);
    sctpx_addr other = second();
    sctpx_time rto = sim_path(raw.conn, sim_path_to(raw.conn, &other)).rto_us;
    assert_int_equal(rto, 2700 * SIM_MS);
    sctpx_time start = sim->now;
    transfer_write(&raw, 1, 1000);
    sim_run_for(sim, 8 * SIM_SECOND);
    const sctpx_addr *to[] = {&raw.addr, &other, &raw.addr};
    const sctpx_time at[] = {0, SIM_SECOND, SIM_SECOND + rto};
    for (size_t i = 0; i < 3; i++) {
        assert_true(sim_same_ip(&transfer_packet(&raw, i)->to, to[i]));
        assert_int_equal(transfer_packet(&raw, i)->at - start, at[i]);
    }
    sim_finish(sim);
}

/* covers: 9260/6.4.1-2 */
static void test_other_pair_of_addresses(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = two_paths(sim, NULL, 0);
    transfer_write(&raw, 1, 1000);
    sim_run_for(sim, 1100 * SIM_MS);
    const struct sim_record *first = transfer_packet(&raw, 0), *again = transfer_packet(&raw, 1);
    assert_false(sim_same_ip(&first->to, &again->to));
    assert_false(sim_same_ip(&first->from, &again->from));
    sim_finish(sim);
}

/* covers: 9260/6.4-5 */
static void test_fast_retransmission_stays(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = two_paths(sim, NULL, 0);
    sctpx_addr other = second();
    transfer_write(&raw, 4, 1000);
    for (uint16_t end = 2; end <= 4; end++)
        transfer_sack(&raw, raw.host_tsn - 1, 100000, 2, end);
    assert_int_equal(transfer_times(&raw, raw.host_tsn), 2);
    assert_int_equal(count_to(&raw, &other, SIM_DATA), 0);
    sim_finish(sim);
}

/* A HEARTBEAT there was not answered in the meantime: that is no time-out of the chunk. */
/* covers: 9260/6.4-5 */
static void test_fast_retransmission_after_a_silent_heartbeat(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.rto_min_us = options.rto_initial_us = 5 * SIM_SECOND;
    struct sim_raw raw = two_paths(sim, &options, 0);
    sctpx_addr other = second();
    assert_int_equal(sctpx_assoc_heartbeat(raw.conn->assoc, sim->now, 0), 0);
    sim_run_for(sim, SIM_SECOND);
    transfer_write(&raw, 1, 1000);
    sim_run_for(sim, 4500 * SIM_MS);
    assert_int_equal(sim_path(raw.conn, 0).errors, 1);
    assert_int_equal(sctpx_assoc_set_primary(raw.conn->assoc, sim_path_to(raw.conn, &other)), 0);
    transfer_write(&raw, 3, 1000);
    assert_int_equal(sctpx_assoc_set_primary(raw.conn->assoc, 0), 0);
    for (uint16_t end = 2; end <= 4; end++)
        transfer_sack(&raw, raw.host_tsn - 1, 100000, 2, end);
    assert_int_equal(transfer_times(&raw, raw.host_tsn), 2);
    assert_int_equal(sim_raw_count(&raw, SIM_DATA), 2);
    assert_int_equal(count_to(&raw, &other, SIM_DATA), 3);
    sim_finish(sim);
}

/* The primary path goes down for one lost chunk. */
static struct sim_raw primary_down(struct sim *sim)
{
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.path_max_retrans = 0;
    struct sim_raw raw = two_paths(sim, &options, 0);
    transfer_write(&raw, 1, 1000);
    sim_run_for(sim, 1100 * SIM_MS);
    assert_false(sim_path(raw.conn, 0).active);
    sim_raw_sack(&raw, raw.host_tsn++, 100000);
    return raw;
}

/* covers: 9260/6.4.1-1 */
static void test_inactive_primary(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = primary_down(sim);
    sctpx_addr other = second();
    size_t before = count_to(&raw, &other, SIM_DATA), at_first = sim_raw_count(&raw, SIM_DATA);
    for (uint32_t i = 0; i < 5; i++) {
        transfer_write(&raw, 1, 1000);
        sim_raw_sack(&raw, raw.host_tsn++, 100000);
    }
    assert_int_equal(count_to(&raw, &other, SIM_DATA), before + 5);
    assert_int_equal(sim_raw_count(&raw, SIM_DATA), at_first);
    assert_int_equal(sctpx_assoc_heartbeat(raw.conn->assoc, sim->now, 0), 0);
    sim_flush(sim);
    answer_heartbeat(&raw, &raw.addr); /* back to it */
    assert_true(sim_path(raw.conn, 0).active);
    transfer_write(&raw, 1, 1000);
    assert_int_equal(sim_raw_count(&raw, SIM_DATA), at_first + 1);
    sim_finish(sim);
}

/* Sent to the second address while the first was down, which is up again by now. */
/* covers: 9260/6.4-5 */
static void test_fast_retransmission_of_what_took_the_other_path(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = primary_down(sim);
    sctpx_addr other = second();
    assert_int_equal(sctpx_assoc_heartbeat(raw.conn->assoc, sim->now, 0), 0);
    sim_flush(sim);
    size_t before = count_to(&raw, &other, SIM_DATA), at_first = sim_raw_count(&raw, SIM_DATA);
    transfer_write(&raw, 4, 1000);
    assert_int_equal(count_to(&raw, &other, SIM_DATA), before + 4);
    answer_heartbeat(&raw, &raw.addr);
    assert_true(sim_path(raw.conn, 0).active);
    for (uint16_t end = 2; end <= 4; end++)
        transfer_sack(&raw, raw.host_tsn - 1, 100000, 2, end);
    assert_int_equal(transfer_times(&raw, raw.host_tsn), 2);
    assert_int_equal(count_to(&raw, &other, SIM_DATA), before + 5);
    assert_int_equal(sim_raw_count(&raw, SIM_DATA), at_first);
    sim_finish(sim);
}

/* A chunk of the first path is lower, but the second path has its own earliest chunk. */
/* covers: 9260/6.1-22 */
static void test_earliest_of_an_address(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.rto_min_us = options.rto_initial_us = 5 * SIM_SECOND;
    struct sim_raw raw = two_paths(sim, &options, 0);
    sctpx_addr other = second();
    transfer_write(&raw, 1, 1000);
    assert_int_equal(sctpx_assoc_set_primary(raw.conn->assoc, sim_path_to(raw.conn, &other)), 0);
    transfer_write(&raw, 4, 1000);
    uint32_t before = raw.host_tsn - 1;
    sim_run_for(sim, 2 * SIM_SECOND);
    for (uint16_t end = 3; end <= 5; end++) { /* 1 is missing too, on the first path */
        const uint16_t gaps[1][2] = {{3, end}};
        struct pb *pb = sim_raw_packet(&raw);
        pb_sack(pb, before, 100000, 1, gaps, 0, NULL);
        sim_raw_send(&raw, pb);
    }
    assert_int_equal(transfer_times(&raw, before + 2), 2);
    sctpx_time resent = sim->now;
    while (transfer_times(&raw, before + 2) < 3)
        assert_true(sim_step(sim));
    assert_int_equal(sim->now - resent, 5 * SIM_SECOND);
    sim_finish(sim);
}

/* The second path has nothing in flight and no timer, until what it carried is taken back (R4). */
/* covers: 9260/6.2.1-1 */
static void test_timer_of_what_is_taken_back(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.rto_min_us = options.rto_initial_us = 5 * SIM_SECOND;
    struct sim_raw raw = two_paths(sim, &options, 0);
    sctpx_addr other = second();
    transfer_write(&raw, 1, 1000);
    assert_int_equal(sctpx_assoc_set_primary(raw.conn->assoc, sim_path_to(raw.conn, &other)), 0);
    transfer_write(&raw, 1, 1000);
    assert_int_equal(count_to(&raw, &other, SIM_DATA), 1);
    transfer_sack(&raw, raw.host_tsn - 1, 100000, 2, 2);
    sim_run_for(sim, 2 * SIM_SECOND);
    sim_raw_sack(&raw, raw.host_tsn, 100000);
    sctpx_time start = sim->now;
    transfer_run_to(sim, start, 5 * SIM_SECOND - 1);
    assert_int_equal(transfer_times(&raw, raw.host_tsn + 1), 1);
    transfer_run_to(sim, start, 5 * SIM_SECOND);
    assert_int_equal(transfer_times(&raw, raw.host_tsn + 1), 2);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_data_goes_to_the_primary),
        sim_unit_test(test_replies_go_where_the_request_came_from),
        sim_unit_test(test_cookie_ack_goes_where_the_cookie_came_from),
        sim_unit_test(test_sack_goes_to_the_last_source),
        sim_unit_test(test_sack_does_not_follow_other_chunks),
        sim_rfc9260_test(test_timed_out_chunk_takes_the_other_path),
        sim_rfc9260_test(test_other_pair_of_addresses),
        sim_unit_test(test_fast_retransmission_stays),
        sim_unit_test(test_fast_retransmission_after_a_silent_heartbeat),
        sim_rfc9260_test(test_inactive_primary),
        sim_rfc9260_test(test_fast_retransmission_of_what_took_the_other_path),
        sim_rfc9260_test(test_earliest_of_an_address),
        sim_rfc9260_test(test_timer_of_what_is_taken_back),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_06_paths", tests, NULL, NULL);
}
