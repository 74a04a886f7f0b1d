/* SPDX-License-Identifier: MIT */
/* RFC 9260 5.1.2: the peer's addresses. */
#include "rfc9260_05.h"

static const uint8_t ipv6_of_peer[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 0x99};
static const sctpx_addr ipv6_of_host = {
    .family = SCTPX_IPV6,
    .udp_port = SIM_UDP_PORT,
    .ip = {0x20, 0x01, 0x0d, 0xb8, 1, [15] = 1},
};

static struct sim_raw listening(struct sim *sim, size_t n_addrs)
{
    struct sim_host *host = sim_host_new(sim, "b", n_addrs, NULL);
    sim_listen(host, SIM_PORT, NULL);
    return sim_raw_new(host, 1);
}

/* The peer's COOKIE ECHO after an INIT that was sent; the association that makes. */
static void finish_set_up(struct sim_raw *raw)
{
    size_t n = raw->host->n_conns;
    sim_raw_learn(raw, SIM_INIT_ACK);
    sim_raw_send(raw, cookie_echo(raw));
    if (!raw->conn) {
        assert_int_equal(raw->host->n_conns, n + 1);
        raw->conn = raw->host->conns[n];
    }
    assert_int_equal(sim_state(raw->conn), SCTPX_ESTABLISHED);
}

static bool has_path(const struct sim_conn *conn, const sctpx_addr *addr)
{
    for (size_t i = 0; i < sim_status(conn).paths; i++) {
        sctpx_path_status path = sim_path(conn, i);
        if (sim_same_ip(&path.remote, addr))
            return true;
    }
    return false;
}

/* INIT, INIT ACK and an INIT that collides with ours. covers: 9260/5.1.2-1 9260/5.1.2-6 */
static void test_source_is_the_only_address(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = listening(sim, 1);
    sim_raw_connect(&raw);
    assert_int_equal(sim_status(raw.conn).paths, 1);
    assert_true(has_path(raw.conn, &raw.addr));
    sim_finish(sim);
    for (int is_collision = 0; is_collision < 2; is_collision++) {
        sim = sim_renew(state);
        raw = listening(sim, 1);
        const sctpx_addr named[2] = {raw.addr, addr_of(OTHER_IP)};
        start_connect(&raw, named, 2);
        if (is_collision) {
            sim_raw_send(&raw, sim_raw_init(&raw));
            finish_set_up(&raw);
        } else {
            struct pb *pb = init_ack(&raw);
            pb_end(pb);
            sim_raw_send(&raw, pb);
            send_cookie_ack(&raw);
        }
        assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
        assert_int_equal(sim_status(raw.conn).paths, 1);
        assert_true(has_path(raw.conn, &raw.addr));
        size_t mark = sim_mark(sim);
        sim_send(raw.conn, 0, 100);
        sim_run_for(sim, 100 * SIM_SECOND);
        assert_int_equal(sent_to(raw.host, &named[1], SIM_ANY, mark), 0);
        sim_finish(sim);
    }
}

/* From another address than the association knows: there the ABORT goes, too.
 * covers: 9260/5.1.2-2 9260/5.1.2-3 9260/5.1.2-4 */
static void test_host_name_in_init(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = listening(sim, 1);
    struct pb *pb = sim_raw_init(&raw);
    pb_item(pb, PARAM_HOST_NAME, "peer.example", 13);
    sctpx_time at = sim->now;
    sim_raw_send(&raw, pb);
    const struct sim_record *abort = sim_raw_last(&raw, SIM_ABORT);
    assert_non_null(abort);
    assert_int_equal(abort->at, at);
    assert_int_equal(abort->vtag, raw.tag);
    assert_int_equal(abort->chunks[0].cause, CAUSE_UNRESOLVABLE);
    assert_int_equal(sim_raw_count(&raw, SIM_INIT_ACK), 0);
    sim_finish(sim);
}

/* covers: 9260/5.1.2-2 9260/5.1.2-4 */
static void test_host_name_in_init_ack(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = peer_in_state(sim, SCTPX_COOKIE_WAIT);
    const sctpx_addr other = addr_of(OTHER_IP);
    struct pb *pb = init_ack(&raw);
    pb_ipv4(pb, 0xC0000201);
    pb_item(pb, PARAM_HOST_NAME, "peer.example", 13);
    pb_end(pb);
    send_from(&raw, &other, pb);
    assert_int_equal(sim_sent(raw.host, SIM_ABORT), 1);
    assert_int_equal(sent_to(raw.host, &other, SIM_ABORT, 0), 1);
    assert_int_equal(sim_sent_nth(raw.host, SIM_ABORT, 0)->vtag, raw.tag);
    assert_true(raw.conn->is_closed);
    sim_finish(sim);
}

/* With the port of the header, and the source, which is not listed. covers: 9260/5.1.2-5 */
static void test_all_listed_addresses_and_the_source(void **state)
{
    for (int is_init = 0; is_init < 2; is_init++) {
        struct sim *sim = sim_renew(state);
        struct sim_raw raw = listening(sim, 1);
        const sctpx_addr other = addr_of(OTHER_IP), third = addr_of(THIRD_IP);
        if (!is_init)
            start_connect(&raw, &raw.addr, 1);
        struct pb *pb = is_init ? sim_raw_init(&raw) : init_ack(&raw);
        pb_ipv4(pb, OTHER_IP);
        pb_ipv4(pb, THIRD_IP);
        pb_end(pb);
        sim_raw_send(&raw, pb);
        if (is_init)
            finish_set_up(&raw);
        else
            send_cookie_ack(&raw);
        assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
        assert_int_equal(sim_status(raw.conn).paths, 3);
        assert_true(has_path(raw.conn, &raw.addr));
        assert_true(has_path(raw.conn, &other));
        assert_true(has_path(raw.conn, &third));
        sim_run_for(sim, 5 * SIM_SECOND);
        struct sim_query query = {.from = raw.host, .to = third, .chunk = SIM_HEARTBEAT};
        const struct sim_record *probe = sim_nth(sim, query, 0);
        assert_non_null(probe);
        assert_int_equal(probe->destination_port, raw.port);
        sim_finish(sim);
    }
}

/* What is left out of them. covers: 9260/5.1.2-5 */
static void test_addresses_that_are_left_out(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = listening(sim, 1);
    struct pb *pb = sim_raw_init(&raw);
    pb_ipv4(pb, 0x7F000001); /* loopback, link-local, private, multicast */
    pb_ipv4(pb, 0xA9FE0001);
    pb_ipv4(pb, 0x0A010101);
    pb_ipv4(pb, 0xE0000001);
    for (uint32_t i = 0; i < 20; i++)
        pb_ipv4(pb, 0xC6336400 + i); /* 198.51.100.0 and on */
    sim_raw_send(&raw, pb);
    finish_set_up(&raw);
    assert_int_equal(sim_status(raw.conn).paths, SCTPX_MAX_PATHS);
    for (uint32_t i = 0; i < 7; i++) {
        const sctpx_addr addr = addr_of(0xC6336400 + i);
        assert_true(has_path(raw.conn, &addr));
    }
    sim_finish(sim);
}

/* covers: 9260/5.1.2-6 */
static void test_nothing_goes_to_addresses_not_reported(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = listening(sim, 1);
    const sctpx_addr named[2] = {raw.addr, addr_of(THIRD_IP)};
    start_connect(&raw, named, 2);
    struct pb *pb = init_ack(&raw);
    pb_ipv4(pb, OTHER_IP);
    pb_end(pb);
    sim_raw_send(&raw, pb);
    send_cookie_ack(&raw);
    sim_send(raw.conn, 0, 100);
    sim_run_until_closed(raw.conn, 3600 * SIM_SECOND);
    assert_int_equal(sent_to(raw.host, &named[1], SIM_ANY, 0), 0);
    sim_finish(sim);
}

/* From a stranger's address that lists the peer's: it is for that association, which it would
 * give a new address (5.2.2), and makes no second one. covers: 9260/5.1.2-7 */
static void test_init_that_lists_a_known_address(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = listening(sim, 1);
    sim_raw_connect(&raw);
    const sctpx_addr other = addr_of(OTHER_IP);
    struct sim_raw again = raw;
    again.tag = 0x44444444;
    struct pb *pb = sim_raw_init(&again);
    pb_ipv4(pb, THIRD_IP);
    pb_ipv4(pb, 0xC0000201);
    size_t mark = sim_mark(sim);
    send_from(&again, &other, pb);
    assert_int_equal(sent_to(raw.host, &other, SIM_INIT_ACK, mark), 0);
    assert_int_equal(sent_to(raw.host, &other, SIM_ABORT, mark), 1);
    assert_int_equal(sim_sent_nth(raw.host, SIM_ABORT, 0)->chunks[0].cause, CAUSE_NEW_ADDRESSES);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_finish(sim);
}

/* From an address the user did not name, listing the one he did. covers: 9260/5.1.2-7 */
static void test_init_ack_that_lists_the_address_asked(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = peer_in_state(sim, SCTPX_COOKIE_WAIT);
    const sctpx_addr other = addr_of(OTHER_IP), third = addr_of(THIRD_IP);
    struct pb *pb = init_ack(&raw);
    pb_ipv4(pb, THIRD_IP); /* of somebody else altogether */
    pb_end(pb);
    send_from(&raw, &other, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_WAIT);
    pb = init_ack(&raw);
    pb_ipv4(pb, THIRD_IP);
    pb_ipv4(pb, 0xC0000201);
    pb_end(pb);
    send_from(&raw, &other, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_ECHOED);
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ECHO), 1);
    assert_true(has_path(raw.conn, &other) && has_path(raw.conn, &third));
    sim_finish(sim);
}

/* covers: 9260/5.1.2-9 */
static void test_init_says_which_types_are_supported(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = peer_in_state(sim, SCTPX_COOKIE_WAIT);
    const uint8_t *types = find_param(sim_raw_last(&raw, SIM_INIT), PARAM_ADDR_TYPES, 0);
    assert_non_null(types);
    assert_int_equal(get_u16(types + 2), 4 + 2);
    assert_int_equal(get_u16(types + 4), PARAM_IPV4);
    sim_finish(sim);
}

/* More IPv6 addresses than an association has paths, and IPv4 ones after them, for a host that has
 * IPv4 only. covers: 9260/5.1.2-10 9260/5.1.2-11 9260/5.1.2-12 */
static void test_addresses_of_another_family(void **state)
{
    for (int is_init = 0; is_init < 2; is_init++) {
        struct sim *sim = sim_renew(state);
        struct sim_raw raw = listening(sim, 1);
        const sctpx_addr other = addr_of(OTHER_IP), third = addr_of(THIRD_IP);
        uint8_t ip[16];
        memcpy(ip, ipv6_of_peer, sizeof ip);
        if (!is_init)
            start_connect(&raw, &raw.addr, 1);
        struct pb *pb = is_init ? sim_raw_init(&raw) : init_ack(&raw);
        for (; ip[15] < 0x99 + 10; ip[15]++)
            pb_ipv6(pb, ip);
        pb_ipv4(pb, OTHER_IP);
        pb_ipv4(pb, THIRD_IP);
        pb_end(pb);
        sim_raw_send(&raw, pb);
        if (is_init)
            finish_set_up(&raw);
        else
            send_cookie_ack(&raw);
        assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
        assert_true(has_path(raw.conn, &other));
        assert_true(has_path(raw.conn, &third));
        assert_int_equal(sim_status(raw.conn).paths, 3);
        assert_int_equal(sim_sent(raw.host, SIM_ABORT), 0);
        assert_int_equal(sim_sent(raw.host, SIM_ERROR), 0);
        sim_finish(sim);
    }
}

/* INIT over IPv4 that supports IPv6, it says: IPv4 as well, then.
 * covers: 9260/5.1.2-13 9260/5.1.2-14 */
static void test_family_of_the_source_is_supported(void **state)
{
    static const uint16_t only_ipv6[] = {PARAM_IPV6};
    struct sim *sim = *state;
    struct sim_raw raw = listening(sim, 2);
    raw.addr = addr_of(PRIVATE_IP);
    struct pb *pb = sim_raw_init(&raw);
    pb_addr_types(pb, 1, only_ipv6);
    sim_raw_send(&raw, pb);
    const struct sim_record *ack = sim_raw_last(&raw, SIM_INIT_ACK);
    assert_non_null(ack);
    assert_int_equal(sim_mark(sim), 1); /* and no error */
    assert_non_null(find_param(ack, PARAM_IPV4, 0));
    assert_non_null(find_param(ack, PARAM_IPV4, 1));
    sim_finish(sim);
}

/* INIT that supports IPv4 only, it says, but lists IPv6. covers: 9260/5.1.2-13 9260/5.1.2-14 */
static void test_family_of_listed_addresses_is_supported(void **state)
{
    static const uint16_t only_ipv4[] = {PARAM_IPV4};
    for (int is_listed = 0; is_listed < 2; is_listed++) {
        struct sim *sim = sim_renew(state);
        struct sim_raw raw = listening(sim, 1);
        assert_int_equal(sctpx_endpoint_add_local(raw.host->endpoint, &ipv6_of_host), 0);
        struct pb *pb = sim_raw_init(&raw);
        pb_addr_types(pb, 1, only_ipv4);
        if (is_listed)
            pb_ipv6(pb, ipv6_of_peer);
        sim_raw_send(&raw, pb);
        const struct sim_record *ack = sim_raw_last(&raw, SIM_INIT_ACK);
        assert_non_null(ack);
        assert_int_equal(sim_mark(sim), 1);
        assert_int_equal(find_param(ack, PARAM_IPV6, 0) != NULL, is_listed);
        sim_finish(sim);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_source_is_the_only_address),
        sim_unit_test(test_host_name_in_init),
        sim_unit_test(test_host_name_in_init_ack),
        sim_unit_test(test_all_listed_addresses_and_the_source),
        sim_unit_test(test_addresses_that_are_left_out),
        sim_unit_test(test_nothing_goes_to_addresses_not_reported),
        sim_unit_test(test_init_that_lists_a_known_address),
        sim_unit_test(test_init_ack_that_lists_the_address_asked),
        sim_unit_test(test_init_says_which_types_are_supported),
        sim_unit_test(test_addresses_of_another_family),
        sim_unit_test(test_family_of_the_source_is_supported),
        sim_unit_test(test_family_of_listed_addresses_is_supported),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_05_addresses", tests, NULL, NULL);
}
