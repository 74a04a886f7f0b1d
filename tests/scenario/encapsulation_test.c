/* SPDX-License-Identifier: MIT */
/* UDP ports that change on the way: NATs, and attackers who try the same (RFC 6951 5.4). */
#include "sim/raw.h"
#include "sim/sim.h"
#include "sim/states.h"

static struct sim_pair behind_nat(struct sim *sim)
{
    struct sim_pair pair = {
        .a = sim_host_new(sim, "a", 1, NULL),
        .b = sim_host_new(sim, "b", 1, NULL),
    };
    sim_set_nat(sim, &pair.a->addrs[0], 40000);
    return sim_pair_hosts(pair.a, pair.b, NULL);
}

/* covers: 6951/6.1-1 6951/5.4-1 */
static void test_client_behind_nat(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = behind_nat(sim);
    assert_int_equal(sim_path(pair.ba, 0).remote.udp_port, 40000);
    sim_pair_check_end(&pair, SCTPX_ESTABLISHED);
    sim_finish(sim);
}

/* The NAT forgets its mapping: the next packet comes from elsewhere, replies go there. */
static void test_port_changes_under_way(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = behind_nat(sim);
    for (uint16_t port = 40001; port < 40020; port++) {
        sim_set_nat(sim, &pair.a->addrs[0], port);
        /* The side behind the NAT has to speak first. */
        sim_send(pair.ab, 0, 100);
        sim_run_until_sent(pair.ab, SIM_SECOND);
        sim_pair_check_end(&pair, SCTPX_ESTABLISHED);
        assert_int_equal(sim_path(pair.ba, 0).remote.udp_port, port);
    }
    assert_int_equal(sim_status(pair.ba).paths, 1);
    assert_int_equal(sim_status(pair.ab).t3_timeouts, 0);
    assert_int_equal(sim_status(pair.ba).t3_timeouts, 0);
    sim_finish(sim);
}

/* covers: 6951/5.4-1 */
static void test_port_changes_during_transfer(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = behind_nat(sim);
    struct sim_load load = {.count = 2000, .min_bytes = 1400, .streams = 3};
    sim_send_load(pair.ab, load);
    sim_send_load(pair.ba, load);
    for (uint16_t port = 40001; port < 40010; port++) {
        sim_run_for(sim, 40 * SIM_MS);
        sim_set_nat(sim, &pair.a->addrs[0], port);
    }
    sim_run_until_received(pair.ba, 2000, 120 * SIM_SECOND);
    sim_run_until_received(pair.ab, 2000, 120 * SIM_SECOND);
    sim_finish(sim);
}

/* A heartbeat is enough to tell the new port. */
static void test_heartbeat_tells_the_port(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = behind_nat(sim);
    sim_set_nat(sim, &pair.a->addrs[0], 41000);
    assert_int_equal(sctpx_assoc_heartbeat(pair.ab->assoc, sim->now, 0), 0);
    sim_run_for(sim, 100 * SIM_MS);
    assert_int_equal(sim_event_count(pair.a, SCTPX_EVENT_HEARTBEAT), 1);
    assert_int_equal(sim_path(pair.ba, 0).remote.udp_port, 41000);
    sim_finish(sim);
}

/* A packet with the wrong tag must not divert anything. */
static void test_wrong_tag_does_not_move_the_port(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sctpx_assoc_status status = sim_status(pair.ba);
    sctpx_addr spoofed = pair.a->addrs[0];
    spoofed.udp_port = 666;
    for (int i = 0; i < 3; i++) {
        uint32_t tag = i == 0 ? status.local_tag ^ 1 : i == 1 ? status.remote_tag : 0;
        struct pb *pb = pb_new(status.remote_port, status.local_port, tag);
        pb_heartbeat(pb, "info", 4);
        sim_inject_pb(sim, &spoofed, &pair.b->addrs[0], pb);
        sim_flush(sim);
        assert_int_equal(sim_path(pair.ba, 0).remote.udp_port, SIM_UDP_PORT);
    }
    /* Nor does an INIT, which anybody can send; its answer goes where it came from. */
    struct pb *pb = pb_new(status.remote_port, status.local_port, 0);
    pb_init(pb, 5, 100000, 5, 5, 5);
    pb_end(pb);
    sim_inject_pb(sim, &spoofed, &pair.b->addrs[0], pb);
    sim_flush(sim);
    assert_int_equal(sim_path(pair.ba, 0).remote.udp_port, SIM_UDP_PORT);
    assert_int_equal(sim_sent_nth(pair.b, SIM_INIT_ACK, 1)->to.udp_port, 666);
    sim_pair_check_end(&pair, SCTPX_ESTABLISHED);
    sim_finish(sim);
}

/* A packet with a wrong checksum has no say either. */
static void test_broken_packet_does_not_move_the_port(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sctpx_addr spoofed = pair.a->addrs[0];
    spoofed.udp_port = 666;
    struct pb *pb = sim_peer_packet(pair.ba);
    pb_heartbeat(pb, "info", 4);
    pb_corrupt_checksum(pb);
    sim_inject_pb(sim, &spoofed, &pair.b->addrs[0], pb);
    assert_int_equal(sim_path(pair.ba, 0).remote.udp_port, SIM_UDP_PORT);
    sim_finish(sim);
}

/* Answers to strangers go to the port they came from. */
static void test_strangers_are_answered_where_they_are(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    raw.addr.udp_port = 12345;
    raw.host_tag = 77;
    struct pb *pb = sim_raw_packet(&raw);
    pb_shutdown_ack(pb);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_raw_last(&raw, SIM_SHUTDOWN_COMPLETE)->to.udp_port, 12345);
    sim_finish(sim);
}

/* Two clients behind one NAT share its address and differ in UDP and SCTP ports. */
static void test_two_clients_with_one_address(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw first = sim_raw_new(host, 1), second = sim_raw_new(host, 1);
    second.addr.udp_port = 50000;
    second.port++;
    second.tag++;
    sim_raw_connect(&first);
    sim_raw_connect(&second);
    assert_int_equal(host->n_conns, 2);
    sim_raw_data(&first, 0, 0, 100);
    sim_raw_data(&second, 0, 0, 100);
    sim_send(first.conn, 0, 10);
    sim_flush(sim);
    assert_int_equal(sim_last(sim, (struct sim_query){.from = host})->to.udp_port, SIM_UDP_PORT);
    sim_send(second.conn, 0, 10);
    sim_flush(sim);
    assert_int_equal(sim_last(sim, (struct sim_query){.from = host})->to.udp_port, 50000);
    assert_int_equal(first.conn->received_messages, 1);
    assert_int_equal(second.conn->received_messages, 1);
    sim_finish(sim);
}

/* Without encapsulation (port 0) everything works the same.
 * covers: 6951/6.1-1 */
static void test_raw_ip(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = {
        .a = sim_host_new(sim, "a", 1, NULL),
        .b = sim_host_new(sim, "b", 1, NULL),
    };
    pair.a->addrs[0].udp_port = pair.b->addrs[0].udp_port = 0;
    sim_host_crash(pair.a);
    sim_host_crash(pair.b);
    pair = sim_pair_hosts(pair.a, pair.b, NULL);
    sim_send_load(pair.ab, (struct sim_load){.count = 100, .min_bytes = 1, .max_bytes = 5000});
    sim_run_until_received(pair.ba, 100, 10 * SIM_SECOND);
    /* 1500 - 20 - 12 - 16: no UDP header. */
    size_t longest = 0;
    for (size_t i = 0; i < sim_sent(pair.a, SIM_DATA); i++)
        if (sim_sent_nth(pair.a, SIM_DATA, i)->length > longest)
            longest = sim_sent_nth(pair.a, SIM_DATA, i)->length;
    assert_int_equal(longest, 1480);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_client_behind_nat),
        sim_unit_test(test_port_changes_under_way),
        sim_unit_test(test_port_changes_during_transfer),
        sim_unit_test(test_heartbeat_tells_the_port),
        sim_unit_test(test_wrong_tag_does_not_move_the_port),
        sim_unit_test(test_broken_packet_does_not_move_the_port),
        sim_unit_test(test_strangers_are_answered_where_they_are),
        sim_unit_test(test_two_clients_with_one_address),
        sim_unit_test(test_raw_ip),
    };
    return cmocka_run_group_tests_name("scenario.encapsulation", tests, NULL, NULL);
}
