/* SPDX-License-Identifier: MIT */
/* RFC 9260 3.3.2.1 and 3.3.3.1: addresses, cookie, host name and address types in INIT (ACK). */
#include "conformance/rfc9260_03.h"

enum {
    PARAM_IPV4 = 5,
    PARAM_IPV6 = 6,
    PARAM_HOST_NAME = 11,
    PARAM_ADDR_TYPES = 12,
    UNRESOLVABLE_ADDRESS = 5
};

/* A server with three addresses, and a peer that may see all of them. */
static struct sim_raw multihomed(struct sim *sim)
{
    struct sim_host *host = sim_host_new(sim, "b", 3, NULL);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    raw.addr = sim_ipv4(10, 99, 1, 1, SIM_UDP_PORT);
    return raw;
}

static size_t count_items(const uint8_t *chunk, uint16_t type)
{
    size_t n = 0;
    while (find_item(chunk, INIT_FIXED, type, n) != NULL)
        n++;
    return n;
}

/* ---- addresses ------------------------------------------------------------------------------- */

/* An IPv4 address goes out as such; one written as IPv6 is no address to be announced or asked. */
/* covers: 9260/3.3.2.1.2-1 9260/3.3.2.1.2-2 9260/3.3.3.1-2 */
static void test_no_mapped_addresses_are_sent(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = multihomed(sim);
    sctpx_addr mapped = {
        .family = SCTPX_IPV6, .udp_port = SIM_UDP_PORT, .ip = {[10] = 0xFF, 0xFF, 10, 1, 4, 1}};
    assert_int_equal(sctpx_endpoint_add_local(raw.host->endpoint, &mapped), 0);
    send_init(&raw);
    const uint8_t *ack = last_chunk(&raw, SIM_INIT_ACK);
    assert_int_equal(count_items(ack, PARAM_IPV4), 3);
    assert_int_equal(count_items(ack, PARAM_IPV6), 0);
    sctpx_assoc *assoc;
    assert_int_equal(sctpx_endpoint_connect(raw.host->endpoint, sim->now, &mapped, 1, 7001, 0, NULL,
                                            NULL, &assoc),
                     SCTPX_EINVAL);
    sim_finish(sim);
}

/* 3.3.2.1.1: the addresses of a host behind the fixed fields, each 8 bytes. */
static void test_addresses_of_init_ack(void **state)
{
    struct sim_raw raw = multihomed(*state);
    send_init(&raw);
    const uint8_t *ack = last_chunk(&raw, SIM_INIT_ACK);
    for (size_t i = 0; i < 3; i++) {
        const uint8_t *found = find_item(ack, INIT_FIXED, PARAM_IPV4, i);
        assert_non_null(found);
        assert_int_equal(get_u16(found + 2), 8);
        assert_memory_equal(found + 4, raw.host->addrs[i].ip, 4);
    }
    sim_finish(*state);
}

/* covers: 9260/3.3.2.1.2-3 */
static void test_without_addresses_the_source_is_the_only_one(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    assert_int_equal(sim_status(raw.conn).paths, 1);
    sctpx_path_status path = sim_path(raw.conn, 0);
    assert_true(sim_same_ip(&path.remote, &raw.addr));
    sim_run_for(sim, 100 * SIM_SECOND);
    struct sim_query all = {.from = raw.host, .chunk = SIM_ANY};
    assert_int_equal(sim_count(sim, all), sim_raw_count(&raw, SIM_ANY));
    sim_finish(sim);
}

/* IPv4 and IPv6 in any combination; the source need not be listed. */
static void test_addresses_of_both_families_are_read(void **state)
{
    static const uint8_t ipv6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 7};
    struct sim_raw raw = stranger(*state);
    add_ipv6(raw.host);
    struct pb *pb = sim_raw_init(&raw);
    pb_ipv6(pb, ipv6);
    pb_ipv4(pb, 0xC0000280);
    sim_raw_send(&raw, pb);
    sim_raw_learn(&raw, SIM_INIT_ACK);
    sim_raw_send(&raw, cookie_echo(&raw));
    struct sim_conn *conn = sim_accepted(raw.host, 0);
    assert_int_equal(sim_status(conn).paths, 3);
    sctpx_addr six = {.family = SCTPX_IPV6};
    memcpy(six.ip, ipv6, sizeof ipv6);
    sim_path_to(conn, &six);
    sim_path_to(conn, &raw.addr);
    sim_finish(*state);
}

/* ---- Cookie Preservative --------------------------------------------------------------------- */

/* 40 s more are granted: the cookie is good after 95 s, and stale after 105 s. */
/* covers: 9260/3.3.2.1.3-2 */
static void test_longer_life_of_the_cookie(void **state)
{
    for (int i = 0; i < 2; i++) {
        struct sim *sim = i == 0 ? *state : sim_renew(state);
        struct sim_raw raw = stranger(sim);
        struct pb *pb = sim_raw_init(&raw);
        pb_cookie_preservative(pb, 40000);
        sim_raw_send(&raw, pb);
        sim_raw_learn(&raw, SIM_INIT_ACK);
        sim_run_for(sim, (i == 0 ? 95 : 105) * SIM_SECOND);
        sim_raw_send(&raw, cookie_echo(&raw));
        assert_int_equal(raw.host->n_conns, i == 0 ? 1 : 0);
        sim_finish(sim);
    }
}

/* ---- host names ------------------------------------------------------------------------------ */

/* An ABORT with the name in it, exactly as it came. */
static void check_host_name_abort(struct sim_raw *raw, const char *name, size_t length)
{
    struct pb *pb = pb_bare();
    pb_abort(pb, false);
    pb_tlv(pb, UNRESOLVABLE_ADDRESS);
    pb_item(pb, PARAM_HOST_NAME, name, length);
    pb_end(pb);
    pb_end(pb);
    check_chunks(raw, SIM_ABORT, pb);
    assert_int_equal(sim_raw_last(raw, SIM_ABORT)->vtag, raw->tag);
}

/* covers: 9260/3.3.2-3 9260/3.3.2-4 9260/3.3.2.1.4-2 9260/3.3.2.1.4-3 */
static void test_host_name_in_init(void **state)
{
    struct sim_raw raw = stranger(*state);
    struct pb *pb = sim_raw_init(&raw);
    pb_item(pb, PARAM_HOST_NAME, "example.org", 12);
    sim_raw_send(&raw, pb);
    check_host_name_abort(&raw, "example.org", 12);
    assert_int_equal(sim_mark(*state), 1);
    assert_int_equal(sim_stats(raw.host).associations, 0);
    sim_finish(*state);
}

/* Not zero-terminated, empty, or too long to come back: the ABORT is sent all the same. */
/* covers: 9260/3.3.2-3 9260/3.3.2.1.4-2 */
static void test_strange_host_names_in_init(void **state)
{
    static const char name[5000];
    static const size_t lengths[] = {0, 3, 255, 5000};
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    for (uint8_t i = 0; i < 4; i++) {
        struct sim_raw raw = sim_raw_new(host, (uint8_t)(1 + i));
        struct pb *pb = sim_raw_init(&raw);
        pb_item(pb, PARAM_HOST_NAME, name, lengths[i]);
        sim_raw_send(&raw, pb);
        assert_int_equal(sim_raw_count(&raw, SIM_ABORT), 1);
        assert_int_equal(sim_raw_last(&raw, SIM_ABORT)->vtag, raw.tag);
        assert_int_equal(sim_raw_count(&raw, SIM_INIT_ACK), 0);
    }
    sim_finish(sim);
}

/* covers: 9260/3.3.3-2 9260/3.3.3-3 9260/3.3.2.1.4-2 9260/3.3.2.1.4-3 */
static void test_host_name_in_init_ack(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = client(sim, NULL);
    struct pb *pb = init_ack(&raw);
    pb_cookie(pb, "cookie", 6);
    pb_item(pb, PARAM_HOST_NAME, "example.org", 12);
    sim_raw_send(&raw, pb);
    check_host_name_abort(&raw, "example.org", 12);
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ECHO), 0);
    assert_true(raw.conn->is_closed);
    assert_int_equal(raw.conn->error, SCTPX_EPROTO);
    assert_int_equal(raw.conn->cause, UNRESOLVABLE_ADDRESS);
    sim_finish(sim);
}

/* A name that does not fit into the answer does not come back, but the ABORT does. */
/* covers: 9260/3.3.3-2 */
static void test_long_host_name_in_init_ack(void **state)
{
    static const char name[5000];
    struct sim *sim = *state;
    struct sim_raw raw = client(sim, NULL);
    struct pb *pb = init_ack(&raw);
    pb_cookie(pb, "cookie", 6);
    pb_item(pb, PARAM_HOST_NAME, name, sizeof name);
    sim_raw_send(&raw, pb);
    pb = pb_bare();
    pb_abort(pb, false);
    check_chunks(&raw, SIM_ABORT, pb);
    assert_true(raw.conn->is_closed);
    sim_finish(sim);
}

/* ---- Supported Address Types ----------------------------------------------------------------- */

/* How many addresses of a family the host lists when the peer (with IPv4) supports these types. */
static size_t listed_for(void **state, uint16_t family, size_t n, const uint16_t *types)
{
    struct sim *sim = sim_renew(state);
    struct sim_raw raw = multihomed(sim);
    add_ipv6(raw.host);
    struct pb *pb = sim_raw_init(&raw);
    pb_addr_types(pb, n, types);
    sim_raw_send(&raw, pb);
    size_t listed = count_items(last_chunk(&raw, SIM_INIT_ACK), family);
    assert_int_equal(sim_raw_count(&raw, SIM_ABORT), 0);
    sim_finish(sim);
    return listed;
}

/* The host name's type is neither a reason to refuse nor does it stand for any family. */
/* covers: 9260/3.3.2.1.5-2 */
static void test_host_name_type_is_ignored(void **state)
{
    static const uint16_t types[] = {PARAM_IPV6, PARAM_HOST_NAME, PARAM_IPV4};
    sim_finish(*state);
    assert_int_equal(listed_for(state, PARAM_IPV4, 3, types), 3);
    assert_int_equal(listed_for(state, PARAM_IPV6, 3, types), 1);
    assert_int_equal(listed_for(state, PARAM_IPV6, 2, types), 1);
    assert_int_equal(listed_for(state, PARAM_IPV6, 2, types + 1), 0);
    assert_int_equal(listed_for(state, PARAM_IPV6, 1, types + 1), 0);
    assert_int_equal(listed_for(state, PARAM_IPV6, 1, types + 2), 0);
}

/* A host with addresses of both families need not say so; of one, it names that one. */
/* covers: 9260/3.3.2.1.5-1 */
static void test_types_that_are_sent(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = client(sim, NULL);
    assert_int_equal(get_u16(find_item(last_chunk(&raw, SIM_INIT), INIT_FIXED, 12, 0) + 4), 5);
    add_ipv6(raw.host);
    sim_run_for(sim, 1500 * SIM_MS);
    assert_int_equal(sim_raw_count(&raw, SIM_INIT), 2);
    assert_null(find_item(last_chunk(&raw, SIM_INIT), INIT_FIXED, PARAM_ADDR_TYPES, 0));
    sim_finish(sim);
}

/* ---- State Cookie ---------------------------------------------------------------------------- */

/* Everything that makes the association is in it: the server keeps nothing, and believes nothing
 * that was changed. */
/* covers: 9260/3.3.3.1.1-1 */
static void test_cookie_holds_the_whole_association(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    size_t blocks = raw.host->live_blocks, bytes = raw.host->live_bytes;
    raw.os = 3;
    raw.mis = 4;
    raw.rwnd = 7777;
    struct pb *pb = sim_raw_init(&raw);
    pb_ipv4(pb, 0xC0000280);
    sim_raw_send(&raw, pb);
    sim_raw_learn(&raw, SIM_INIT_ACK);
    assert_int_equal(raw.host->live_blocks, blocks);
    assert_int_equal(raw.host->live_bytes, bytes);
    for (size_t i = 0; i < 8 * raw.cookie_length; i++) { /* a MAC over all of it */
        raw.cookie[i / 8] ^= (uint8_t)(1u << i % 8);
        sim_raw_send(&raw, cookie_echo(&raw));
        assert_int_equal(raw.host->n_conns, 0);
        raw.cookie[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    sim_raw_send(&raw, cookie_echo(&raw));
    raw.conn = sim_accepted(raw.host, 0);
    sctpx_assoc_status status = sim_status(raw.conn);
    assert_int_equal(status.in_streams, 3);
    assert_int_equal(status.out_streams, 4);
    assert_int_equal(status.peer_rwnd_bytes, 7777);
    assert_int_equal(status.local_tag, raw.host_tag);
    assert_int_equal(status.remote_tag, raw.tag);
    assert_int_equal(status.paths, 2);
    sim_raw_data(&raw, 0, 0, 10);
    assert_int_equal(get_u32(last_chunk(&raw, SIM_SACK) + 4), 1000);
    sim_send(raw.conn, 0, 10);
    sim_flush(sim);
    assert_int_equal(get_u32(last_chunk(&raw, SIM_DATA) + 4), raw.host_tsn);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_no_mapped_addresses_are_sent),
        sim_unit_test(test_addresses_of_init_ack),
        sim_unit_test(test_without_addresses_the_source_is_the_only_one),
        sim_unit_test(test_addresses_of_both_families_are_read),
        sim_unit_test(test_longer_life_of_the_cookie),
        sim_unit_test(test_host_name_in_init),
        sim_unit_test(test_strange_host_names_in_init),
        sim_unit_test(test_host_name_in_init_ack),
        sim_unit_test(test_long_host_name_in_init_ack),
        sim_unit_test(test_host_name_type_is_ignored),
        sim_unit_test(test_types_that_are_sent),
        sim_unit_test(test_cookie_holds_the_whole_association),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_03_init_param", tests, NULL, NULL);
}
