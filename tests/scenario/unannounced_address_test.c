/* SPDX-License-Identifier: MIT */
/* A local address that the peer was not told of and has never used is no source for it: packets from
 * there are out of the blue to it, and most stacks answer those with an ABORT (RFC 9260 8.4). */
#include "sim/raw.h"
#include "sim/sim.h"

static size_t sent_from(const struct sim_host *host, const sctpx_addr *from, size_t since)
{
    size_t count = 0;
    const struct sim_record *record;
    struct sim_query query = {.from = host, .chunk = SIM_ANY, .since = since};
    for (size_t n = 0; (record = sim_nth(host->sim, query, n)) != NULL; n++)
        count += sim_same_ip(&record->from, from);
    return count;
}

/* Private addresses are not announced to a public one, whatever times out. */
static void test_after_time_outs(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "host", 3, NULL);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    sim_raw_connect(&raw);
    sim_send(raw.conn, 0, 100);
    sim_run_for(sim, 20 * SIM_SECOND);
    assert_true(sim_raw_count(&raw, SIM_DATA) > 3);
    assert_int_equal(sent_from(host, &host->addrs[1], 0), 0);
    assert_int_equal(sent_from(host, &host->addrs[2], 0), 0);
    sim_finish(sim);
}

/* The peer's own packets show which addresses it knows. */
static void test_after_time_outs_to_an_address_the_peer_used(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "host", 3, NULL);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    sim_raw_connect(&raw);
    struct pb *pb = sim_raw_packet(&raw);
    pb_heartbeat(pb, "are you there", 13);
    sim_inject_pb(sim, &raw.addr, &host->addrs[2], pb);
    sim_flush(sim);
    sim_send(raw.conn, 0, 100);
    size_t mark = sim_mark(sim);
    sim_run_for(sim, 20 * SIM_SECOND);
    assert_int_equal(sent_from(host, &host->addrs[1], mark), 0);
    assert_true(sent_from(host, &host->addrs[0], mark) > 0);
    assert_true(sent_from(host, &host->addrs[2], mark) > 0);
    sim_finish(sim);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        sim_unit_test(test_after_time_outs),
        sim_unit_test(test_after_time_outs_to_an_address_the_peer_used),
    };

    return cmocka_run_group_tests_name("unannounced_address", tests, NULL, NULL);
}
