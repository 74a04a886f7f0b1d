/* SPDX-License-Identifier: MIT */
/* RFC 9260 1.3, 1.6: what an association is between, and numbers that begin again at zero. */
#include "sim/raw.h"
#include "sim/sim.h"

static struct sim_raw connected(struct sim *sim, uint32_t tsn)
{
    struct sim_host *host = sim_host_new(sim, "b", 2, NULL);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    raw.tsn = tsn;
    sim_raw_connect(&raw);
    return raw;
}

/* With the same ports there is no second one: not by our user,
 * covers: 9260/1.3-2 */
static void test_user_gets_no_second_association(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim, 1000);
    assert_null(sim_try_connect(raw.host, &raw.addr, 1, raw.port, SIM_PORT, NULL));
    sim_raw_data(&raw, 0, 0, 10);
    assert_int_equal(raw.conn->received_messages, 1);
    assert_int_equal(raw.host->n_conns, 1);
    sim_finish(sim);
}

/* and not by the peer: a whole set-up with the same ports replaces the association.
 * covers: 9260/1.3-2 */
static void test_peer_gets_no_second_association(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim, 1000);
    struct sim_raw again = raw;
    again.tag += 7;
    struct pb *pb = sim_raw_init(&again);
    pb_end(pb);
    sim_raw_send(&again, pb);
    sim_raw_learn(&again, SIM_INIT_ACK);
    pb = sim_raw_packet(&again);
    pb_cookie_echo(pb, again.cookie, again.cookie_length);
    sim_raw_send(&again, pb);
    assert_int_equal(raw.host->n_conns, 1);
    assert_int_equal(sim_status(raw.conn).remote_tag, again.tag);
    assert_int_equal(sim_event_count(raw.host, SCTPX_EVENT_RESTARTED), 1);
    sim_finish(sim);
}

/* The same cookie twice is one association, too.
 * covers: 9260/1.3-2 */
static void test_cookie_makes_one_association(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim, 1000);
    struct pb *pb = sim_raw_packet(&raw);
    pb_cookie_echo(pb, raw.cookie, raw.cookie_length);
    sim_raw_send(&raw, pb);
    assert_int_equal(raw.host->n_conns, 1);
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ACK), 2);
    sim_finish(sim);
}

/* covers: 9260/1.3-3 */
static void test_all_addresses_use_one_port(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = {
        .a = sim_host_new(sim, "a", 3, NULL),
        .b = sim_host_new(sim, "b", 3, NULL),
    };
    pair = sim_pair_hosts(pair.a, pair.b, NULL);
    sim_run_for(sim, 100 * SIM_SECOND); /* heartbeats on all paths */
    uint16_t port = sim_status(pair.ab).local_port;
    unsigned seen = 0;
    for (size_t i = 0; i < sim_sent(pair.a, SIM_ANY); i++) {
        const struct sim_record *record = sim_sent_nth(pair.a, SIM_ANY, i);
        assert_int_equal(record->source_port, port);
        assert_int_equal(record->destination_port, SIM_PORT);
        for (unsigned j = 0; j < 3; j++)
            seen |= sim_same_ip(&record->from, &pair.a->addrs[j]) ? 1u << j : 0;
    }
    assert_int_equal(seen, 7);
    sim_finish(sim);
}

/* covers: 9260/1.3-4 */
static void test_port_belongs_to_one_listener(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim, 1000);
    assert_int_equal(sctpx_endpoint_listen(raw.host->endpoint, SIM_PORT, NULL), SCTPX_EADDRINUSE);
    sim_finish(sim);
}

/* covers: 9260/1.6-1 9260/1.6-2 */
static void test_tsns_of_the_peer_wrap(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim, 0xFFFFFFFE);
    for (uint16_t i = 0; i < 6; i++)
        sim_raw_data(&raw, 0, i, 10);
    assert_int_equal(raw.tsn, 4);
    assert_int_equal(raw.conn->received_messages, 6);
    sim_run_for(sim, SIM_SECOND);
    const struct sim_record *record = sim_raw_last(&raw, SIM_SACK);
    assert_int_equal(sim_find_chunk(sim, record, SIM_SACK)->tsn, 3);
    /* From before the wrap: old, and not four thousand million ahead. */
    sim_raw_data_tsn(&raw, 0xFFFFFFFF, 3, 0, 1, 10);
    assert_int_equal(sim_status(raw.conn).duplicate_chunks, 1);
    assert_int_equal(raw.conn->received_messages, 6);
    sim_finish(sim);
}

/* A gap with its two ends on either side of zero.
 * covers: 9260/1.6-2 */
static void test_gap_across_the_wrap(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim, 0xFFFFFFFE);
    sim_raw_data(&raw, 0, 0, 10);
    raw.conn->auto_read = false;
    sim_raw_data_tsn(&raw, 1, 3, 0, 3, 10);
    const struct sim_record *record = sim_raw_last(&raw, SIM_SACK);
    const struct sim_chunk *sack = sim_find_chunk(sim, record, SIM_SACK);
    assert_int_equal(sack->tsn, 0xFFFFFFFE);
    assert_int_equal(sack->gaps, 1);
    const uint8_t *gap = record->raw + sack->offset + 16;
    assert_int_equal(gap[1], 3);
    assert_int_equal(gap[3], 3);
    sim_finish(sim);
}

/* covers: 9260/1.6-1 9260/1.6-2 9260/1.6-4 */
static void test_our_tsns_wrap_to_zero(void **state)
{
    struct sim *sim = *state;
    sim->random_is_high = true;
    struct sim_raw raw = connected(sim, 1000);
    assert_true(raw.host_tsn >= 0xFFFFFF00);
    uint32_t expected = raw.host_tsn;
    for (int i = 0; i < 300; i++) {
        sim_send(raw.conn, 0, 10);
        sim_flush(sim);
        const struct sim_record *record = sim_raw_last(&raw, SIM_DATA);
        assert_int_equal(sim_find_chunk(sim, record, SIM_DATA)->tsn, expected);
        sim_raw_sack(&raw, expected, raw.rwnd);
        assert_int_equal(sim_status(raw.conn).unacked_bytes, 0);
        expected++;
    }
    assert_true(expected < 300);
    assert_int_equal(sim_status(raw.conn).retransmitted_chunks, 0);
    sim_finish(sim);
}

/* However wide the peer opens its window, a gap block must be able to name each chunk.
 * covers: 9260/1.6-3 */
static void test_few_tsns_are_outstanding(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sctpx_listen_options options;
    sctpx_listen_options_defaults(host->endpoint, &options);
    options.assoc.sndbuf_bytes = 64 << 20;
    sim_listen(host, SIM_PORT, &options);
    struct sim_raw raw = sim_raw_new(host, 1);
    raw.rwnd = 0xFFFFFFFF;
    sim_raw_connect(&raw);
    sim_send_load(raw.conn, (struct sim_load){.count = 200000, .min_bytes = 1});
    uint32_t acked = raw.host_tsn - 1, most = 0;
    for (int i = 0; i < 1500 && most < 65535; i++) { /* cwnd grows by a packet each time */
        sim_flush(sim);
        const struct sim_record *record = sim_raw_last(&raw, SIM_DATA);
        uint32_t last = record->chunks[record->n_chunks - 1].tsn;
        if (last - acked > most)
            most = last - acked;
        acked += last - acked > 75 ? 75 : (last - acked) / 2;
        sim_raw_sack(&raw, acked, raw.rwnd);
    }
    assert_int_equal(most, 65535);
    sim_raw_sack(&raw, acked, raw.rwnd);
    sim_flush(sim);
    const struct sim_record *record = sim_raw_last(&raw, SIM_DATA);
    assert_true(record->chunks[record->n_chunks - 1].tsn - acked <= 65535);
    sim_finish(sim);
}

/* Messages 65535 and 0 of a stream are neighbours.
 * covers: 9260/1.6-5 */
static void test_ssns_of_the_peer_wrap(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim, 1000);
    raw.conn->auto_read = false;
    char message[1];
    sctpx_rcvinfo info;
    for (uint32_t i = 0; i < 65535; i++) {
        sim_raw_data_tsn(&raw, raw.tsn++, 3, 0, (uint16_t)i, 1);
        assert_true(sctpx_assoc_receive(raw.conn->assoc, SCTPX_ANY_STREAM, message, 1, &info) > 0);
    }
    /* 1 and 0 come before 65535, and wait for it. */
    sim_raw_data_tsn(&raw, raw.tsn + 2, 3, 0, 1, 1);
    sim_raw_data_tsn(&raw, raw.tsn + 1, 3, 0, 0, 1);
    assert_int_equal(sim_status(raw.conn).readable_messages, 0);
    sim_raw_data_tsn(&raw, raw.tsn, 3, 0, 65535, 1);
    assert_int_equal(sim_status(raw.conn).readable_messages, 3);
    static const uint16_t order[] = {65535, 0, 1};
    for (size_t i = 0; i < 3; i++) {
        assert_true(sctpx_assoc_receive(raw.conn->assoc, SCTPX_ANY_STREAM, message, 1, &info) > 0);
        assert_int_equal(info.ssn, order[i]);
    }
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_user_gets_no_second_association),
        sim_unit_test(test_peer_gets_no_second_association),
        sim_unit_test(test_cookie_makes_one_association),
        sim_unit_test(test_all_addresses_use_one_port),
        sim_unit_test(test_port_belongs_to_one_listener),
        sim_unit_test(test_tsns_of_the_peer_wrap),
        sim_unit_test(test_gap_across_the_wrap),
        sim_unit_test(test_our_tsns_wrap_to_zero),
        sim_unit_test(test_few_tsns_are_outstanding),
        sim_unit_test(test_ssns_of_the_peer_wrap),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_01", tests, NULL, NULL);
}
