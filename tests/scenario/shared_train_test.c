/* SPDX-License-Identifier: MIT */
/*
 * Packets of several associations that share a train (endpoint_transmit.c): nobody's trouble is
 * another one's.
 */
#include <string.h>

#include "sim/raw.h"
#include "sim/sim.h"

struct two {
    struct sim_host *host;
    struct sim_conn *poor, *other, *others_peer;
};

static struct two two_associations(struct sim *sim)
{
    struct two two = {.host = sim_host_new(sim, "h", 1, NULL)};
    struct sim_host *p = sim_host_new(sim, "p", 1, NULL), *q = sim_host_new(sim, "q", 1, NULL);
    sim_listen(p, SIM_PORT, NULL);
    sim_listen(q, SIM_PORT, NULL);
    two.poor = sim_connect(two.host, p, SIM_PORT, NULL);
    sim_run_until_up(two.poor, SIM_SECOND);
    two.other = sim_connect(two.host, q, SIM_PORT, NULL);
    sim_run_until_up(two.other, SIM_SECOND);
    two.others_peer = sim_accepted(q, 0);
    sim_run_for(sim, SIM_SECOND);
    sim_add_drop(sim, (struct sim_drop){.from = two.host, .to = q->addrs[0], .count = 5});
    for (int i = 0; i < 5; i++)
        sim_send(two.other, 0, 1400);
    sim_run_for(sim, 20 * SIM_MS);
    return two;
}

/* One finds no memory to send what it has; the other only sends again, which takes none. */
static void test_who_has_no_memory_stops_nobody(void **state)
{
    struct sim *sim = *state;
    struct two two = two_associations(sim);
    /* The message is taken, and then there is no memory for what is in flight. */
    sim_set_fault(sim, (struct sim_fault){.first = 4, .only = two.host});
    assert_int_equal(sim_try_send(two.poor, 0, 500, 0), 0);
    sim_run_until_received(two.others_peer, 5, 10 * SIM_SECOND);
    sim_set_fault(sim, (struct sim_fault){0});
    sim_finish(sim);
}

/* A COOKIE ECHO longer than a packet waits for a train of its own, not for T1-cookie. */
static void test_long_cookie_begins_a_train(void **state)
{
    static uint8_t cookie[2800];
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "h", 1, NULL);
    host->transmit_capacity = 4096;
    host->mtu = 9000;
    struct sim_raw one = sim_raw_new(host, 1), two = sim_raw_new(host, 2);
    two.addr = one.addr;
    sim_raw_answer(&one, NULL);
    two.conn = sim_connect_to(host, &two.addr, 1, two.port, 0, NULL);
    sim_flush(sim);
    sim_raw_learn(&two, SIM_INIT);
    sim_run_for(sim, 10 * SIM_MS);
    size_t before = sim_raw_count(&two, SIM_COOKIE_ECHO);
    /* Data of the first and the cookie of the second leave in the same turn. */
    assert_int_equal(sim_try_send(one.conn, 0, 1444, 0), 0);
    struct pb *pb = sim_raw_packet(&two);
    pb_init_ack(pb, two.tag, two.rwnd, two.os, two.mis, two.tsn);
    pb_cookie(pb, cookie, sizeof cookie);
    pb_end(pb);
    sctpx_addr to = host->addrs[0];
    sim_inject_pb(sim, &two.addr, &to, pb);
    sim_flush(sim);
    assert_int_equal(sim_raw_count(&two, SIM_COOKIE_ECHO), before + 1);
    sim_finish(sim);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        sim_unit_test(test_who_has_no_memory_stops_nobody),
        sim_unit_test(test_long_cookie_begins_a_train),
    };
    return cmocka_run_group_tests_name("scenario.shared_train", tests, NULL, NULL);
}
