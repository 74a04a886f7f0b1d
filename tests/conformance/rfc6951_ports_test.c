/* SPDX-License-Identifier: MIT */
/* RFC 6951 5.1, 5.3, 5.4: which UDP port packets go to, and who may change it. */
#include "sim/raw.h"
#include "sim/sim.h"

enum { FIRST_PORT = 40001, OTHER_PORT = 40002 };

static struct sim_raw connected(struct sim *sim)
{
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    raw.addr.udp_port = FIRST_PORT;
    sim_raw_connect(&raw);
    return raw;
}

/* Where the host sends the next DATA. */
static uint16_t port_of_data(struct sim_raw *raw)
{
    sim_send(raw->conn, 0, 10);
    sim_flush(raw->host->sim);
    const struct sim_record *data = sim_raw_last(raw, SIM_DATA);
    sim_raw_sack(raw, sim_find_chunk(raw->host->sim, data, SIM_DATA)->tsn, raw->rwnd);
    return data->to.udp_port;
}

static void send_heartbeat(struct sim_raw *raw)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_heartbeat(pb, "here", 4);
    sim_raw_send(raw, pb);
}

/* covers: 6951/5.3-1 6951/5.3-2 */
static void test_packets_go_from_our_port_to_the_peers(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    assert_int_equal(port_of_data(&raw), FIRST_PORT);
    for (size_t i = 0; i < sim_sent(raw.host, SIM_ANY); i++) {
        const struct sim_record *record = sim_sent_nth(raw.host, SIM_ANY, i);
        assert_int_equal(record->from.udp_port, SIM_UDP_PORT);
        assert_int_equal(record->to.udp_port, FIRST_PORT);
    }
    sim_finish(sim);
}

/* Both addresses of one peer are behind a NAT that gives each a port of its own.
 * covers: 6951/5.1-1 */
static void test_every_address_of_the_peer_has_its_port(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "b", 2, NULL);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    struct sim_raw second = sim_raw_new(host, 2);
    raw.addr.udp_port = FIRST_PORT;
    struct pb *pb = sim_raw_init(&raw);
    pb_ipv4(pb, 0xC0000201);
    pb_ipv4(pb, 0xC0000202);
    pb_end(pb);
    sim_raw_send(&raw, pb);
    sim_raw_learn(&raw, SIM_INIT_ACK);
    pb = sim_raw_packet(&raw);
    pb_cookie_echo(pb, raw.cookie, raw.cookie_length);
    sim_raw_send(&raw, pb);
    raw.conn = sim_accepted(host, 0);

    sctpx_addr at_first = raw.addr;
    raw.addr = second.addr;
    raw.addr.udp_port = OTHER_PORT;
    send_heartbeat(&raw);
    assert_int_equal(sim_raw_last(&raw, SIM_HEARTBEAT_ACK)->to.udp_port, OTHER_PORT);
    assert_int_equal(sim_path(raw.conn, sim_path_to(raw.conn, &at_first)).remote.udp_port,
                     FIRST_PORT);
    assert_int_equal(sim_path(raw.conn, sim_path_to(raw.conn, &raw.addr)).remote.udp_port,
                     OTHER_PORT);
    raw.addr = at_first;
    send_heartbeat(&raw);
    assert_int_equal(sim_raw_last(&raw, SIM_HEARTBEAT_ACK)->to.udp_port, FIRST_PORT);
    sim_finish(sim);
}

/* Two peers with one IP address, as behind one NAT: a port for each association.
 * covers: 6951/5.1-1 */
static void test_every_association_has_its_port(void **state)
{
    struct sim *sim = *state;
    struct sim_raw first = connected(sim);
    struct sim_raw second = sim_raw_new(first.host, 1);
    second.addr.udp_port = OTHER_PORT;
    second.port++;
    second.tag++;
    sim_raw_connect(&second);
    assert_int_equal(port_of_data(&first), FIRST_PORT);
    assert_int_equal(port_of_data(&second), OTHER_PORT);
    assert_int_equal(port_of_data(&first), FIRST_PORT);
    sim_finish(sim);
}

/* covers: 6951/5.4-1 */
static void test_source_port_of_a_packet_with_our_tag_is_kept(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    raw.addr.udp_port = OTHER_PORT;
    send_heartbeat(&raw);
    assert_int_equal(sim_raw_last(&raw, SIM_HEARTBEAT_ACK)->to.udp_port, OTHER_PORT);
    assert_int_equal(port_of_data(&raw), OTHER_PORT);
    /* Any chunk does, also one that has nothing to say. */
    raw.addr.udp_port = FIRST_PORT;
    struct pb *pb = sim_raw_packet(&raw);
    pb_cookie_ack(pb);
    sim_raw_send(&raw, pb);
    assert_int_equal(port_of_data(&raw), FIRST_PORT);
    sim_finish(sim);
}

/* Tag of nobody, of the other direction, zero; ports of nobody; a checksum of nothing.
 * covers: 6951/5.4-1 6951/8-1 */
static void test_packets_that_are_not_verified_change_no_port(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    const uint32_t tags[] = {raw.host_tag ^ 1, raw.host_tag ^ 0x80000000, raw.tag, 0};
    for (size_t i = 0; i < 6; i++) {
        struct sim_raw forged = raw;
        forged.addr.udp_port = OTHER_PORT;
        forged.host_tag = i < 4 ? tags[i] : raw.host_tag;
        forged.port = (uint16_t)(raw.port + (i == 4));
        struct pb *pb = sim_raw_packet(&forged);
        pb_heartbeat(pb, "here", 4);
        if (i == 5)
            pb_corrupt_checksum(pb);
        sim_raw_send(&forged, pb);
        assert_int_equal(sim_path(raw.conn, 0).remote.udp_port, FIRST_PORT);
        assert_int_equal(port_of_data(&raw), FIRST_PORT);
    }
    assert_int_equal(sim_raw_count(&raw, SIM_HEARTBEAT_ACK), 0);
    sim_finish(sim);
}

/* An INIT proves nothing: its answer goes where it came from, the association stays where it is.
 * covers: 6951/5.4-1 */
static void test_an_init_changes_no_port(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    struct sim_raw restarted = raw;
    restarted.addr.udp_port = OTHER_PORT;
    restarted.tag += 5;
    struct pb *pb = sim_raw_init(&restarted);
    pb_end(pb);
    sim_raw_send(&restarted, pb);
    assert_int_equal(sim_raw_last(&raw, SIM_INIT_ACK)->to.udp_port, OTHER_PORT);
    assert_int_equal(port_of_data(&raw), FIRST_PORT);
    sim_finish(sim);
}

/* covers: 6951/5.4-2 */
static void test_packet_without_udp_ends_the_encapsulation(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    raw.addr.udp_port = 0;
    send_heartbeat(&raw);
    assert_int_equal(sim_raw_last(&raw, SIM_HEARTBEAT_ACK)->to.udp_port, 0);
    assert_int_equal(port_of_data(&raw), 0);
    /* Not for one that is not verified, */
    struct sim_raw forged = raw;
    forged.addr.udp_port = FIRST_PORT;
    forged.host_tag ^= 1;
    send_heartbeat(&forged);
    assert_int_equal(port_of_data(&raw), 0);
    /* and a packet that is encapsulated begins it again. */
    raw.addr.udp_port = FIRST_PORT;
    send_heartbeat(&raw);
    assert_int_equal(port_of_data(&raw), FIRST_PORT);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_packets_go_from_our_port_to_the_peers),
        sim_unit_test(test_every_address_of_the_peer_has_its_port),
        sim_unit_test(test_every_association_has_its_port),
        sim_unit_test(test_source_port_of_a_packet_with_our_tag_is_kept),
        sim_unit_test(test_packets_that_are_not_verified_change_no_port),
        sim_unit_test(test_an_init_changes_no_port),
        sim_unit_test(test_packet_without_udp_ends_the_encapsulation),
    };
    return cmocka_run_group_tests_name("conformance.rfc6951_ports", tests, NULL, NULL);
}
