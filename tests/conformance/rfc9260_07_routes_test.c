/* SPDX-License-Identifier: MIT */
/* RFC 9260 7.2.5 and 7.3: congestion control after a change of route, and the path MTU. */
#include "conformance/rfc9260_07.h"

#include "engine/assoc.h"

/* A host with so many addresses, all of which the peer has probed, whose window has grown. */
static struct sim_raw grown_peer(struct sim *sim, size_t n_addrs, uint32_t *acked)
{
    struct sim_raw raw = peer_of(sim_host_new(sim, "a", n_addrs, NULL), NULL);
    for (size_t i = 0; i < n_addrs; i++) {
        struct pb *pb = sim_raw_packet(&raw);
        pb_heartbeat(pb, "probe", 5);
        sim_inject_pb(sim, &raw.addr, &raw.host->addrs[i], pb);
    }
    *acked = 0;
    grow(&raw, acked, 40);
    assert_true(cwnd(&raw) > 10 * PMDCS);
    return raw;
}

static void run_until_the_source_changes(struct sim_raw *raw)
{
    sctpx_addr before = sim_path(raw->conn, 0).local, local = before;
    while (sim_same_ip(&local, &before)) {
        assert_true(sim_step(raw->host->sim));
        local = sim_path(raw->conn, 0).local;
    }
    sim_flush(raw->host->sim);
}

/* covers: 9260/7.2.5-1 9260/7.2.5.2-1 */
static void test_another_source_address_after_an_unanswered_heartbeat(void **state)
{
    uint32_t acked;
    struct sim_raw raw = grown_peer(*state, 2, &acked);
    run_until_the_source_changes(&raw);
    assert_int_equal(cwnd(&raw), INITIAL_CWND);
    assert_int_equal(ssthresh(&raw), UINT32_MAX);
    send_messages(&raw, 10, FULL);
    assert_int_equal(flight(&raw), 4 * PMDCS);
    sim_finish(*state);
}

/*
 * After a time-out there is one packet in flight whatever the route (7.2.1); but where slow start
 * ended on the old one means nothing on the new one. covers: 9260/7.2.5-1 9260/7.2.5.2-1
 */
static void test_another_source_address_after_a_time_out(void **state)
{
    uint32_t acked;
    struct sim_raw raw = grown_peer(*state, 2, &acked);
    send_messages(&raw, 10, FULL);
    run_until_the_source_changes(&raw);
    assert_int_equal(sim_status(raw.conn).t3_timeouts, 1);
    assert_int_equal(cwnd(&raw), PMDCS);
    assert_int_equal(ssthresh(&raw), UINT32_MAX);
    assert_int_equal(flight(&raw), PMDCS);
    sim_finish(*state);
}

static void set_dscp(struct sim_raw *raw, uint8_t dscp)
{
    sctpx_assoc_options options;
    sctpx_assoc_get_options(raw->conn->assoc, &options);
    options.dscp = dscp;
    assert_int_equal(sctpx_assoc_set_options(raw->conn->assoc, raw->host->sim->now, &options), 0);
}

/* covers: 9260/7.2.5-1 9260/7.2.5.1-1 */
static void test_another_dscp(void **state)
{
    uint32_t acked;
    struct sim_raw raw = grown_peer(*state, 1, &acked);
    uint32_t before = cwnd(&raw);
    set_dscp(&raw, 0); /* no change */
    assert_int_equal(cwnd(&raw), before);
    set_dscp(&raw, 46);
    assert_int_equal(cwnd(&raw), INITIAL_CWND);
    assert_int_equal(ssthresh(&raw), UINT32_MAX);
    send_messages(&raw, 10, FULL);
    assert_int_equal(flight(&raw), 4 * PMDCS);
    sim_run_for(*state, 1500 * SIM_MS);
    assert_int_equal(cwnd(&raw), PMDCS);
    set_dscp(&raw, 0); /* after a time-out it does not grow by that */
    assert_int_equal(cwnd(&raw), PMDCS);
    sim_finish(*state);
}

/* Nothing to change to: the same route, and what was learned about it stays. */
static void test_the_same_source_address_after_a_time_out(void **state)
{
    uint32_t acked;
    struct sim_raw raw = grown_peer(*state, 1, &acked);
    uint32_t before = cwnd(&raw);
    send_messages(&raw, 10, FULL);
    sim_run_for(*state, 1500 * SIM_MS);
    assert_int_equal(sim_status(raw.conn).t3_timeouts, 1);
    assert_int_equal(cwnd(&raw), PMDCS);
    assert_int_equal(ssthresh(&raw), before / 2);
    sim_finish(*state);
}

/* One path has a smaller MTU than the other, as a search would find. */
static struct sim_raw uneven_paths(struct sim *sim)
{
    struct sim_raw raw = two_addresses(sim_host_new(sim, "a", 1, NULL), NULL);
    raw.conn->assoc->paths[1].mtu = 1000;
    return raw;
}

/* covers: 9260/7.3-3 */
static void test_each_path_has_its_mtu(void **state)
{
    struct sim_raw raw = uneven_paths(*state);
    assert_int_equal(sim_path(raw.conn, 0).mtu, 1500);
    assert_int_equal(sim_path(raw.conn, 1).mtu, 1000);
    assert_int_equal(sctpx_assoc_set_primary(raw.conn->assoc, 1), 0);
    for (int i = 0; i < 5; i++)
        sim_send(raw.conn, 0, 300);
    sim_flush(*state);
    assert_int_equal(sim_raw_count(&raw, SIM_DATA), 0);
    struct sim_query query = {.from = raw.host, .to = second_address(), .chunk = SIM_DATA};
    assert_int_equal(sim_count(*state, query), 2); /* 3 chunks of 316 bytes in one packet */
    assert_true(sim_last(*state, query)->length <= 1000 - 28);
    assert_true(sim_nth(*state, query, 0)->length <= 1000 - 28);
    sim_finish(*state);
}

/* covers: 9260/7.3-4 9260/7.3-5 */
static void test_fragments_fit_the_smallest_path(void **state)
{
    struct sim_raw raw = uneven_paths(*state);
    send_messages(&raw, 1, 4000);
    const struct sim_record *record = sim_raw_last(&raw, SIM_DATA);
    assert_non_null(record);
    size_t n = 0;
    struct sim_query query = {.from = raw.host, .chunk = SIM_DATA};
    for (; (record = sim_nth(*state, query, n)) != NULL; n++)
        for (size_t i = 0; i < record->n_chunks; i++)
            assert_true(record->chunks[i].length <= 960);
    assert_true(n >= 3);
    /* So all of it can be retransmitted on the other path. */
    sim_run_for(*state, 1100 * SIM_MS);
    sctpx_addr second = second_address();
    record = last_to(&raw, &second, SIM_DATA);
    assert_non_null(record);
    assert_true(record->length <= 1000 - 28);
    sim_finish(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_another_source_address_after_an_unanswered_heartbeat),
        sim_unit_test(test_another_source_address_after_a_time_out),
        sim_unit_test(test_another_dscp),
        sim_rfc9260_test(test_the_same_source_address_after_a_time_out),
        sim_unit_test(test_each_path_has_its_mtu),
        sim_unit_test(test_fragments_fit_the_smallest_path),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_07_routes", tests, NULL, NULL);
}
