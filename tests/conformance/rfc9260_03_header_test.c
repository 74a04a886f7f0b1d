/* SPDX-License-Identifier: MIT */
/* RFC 9260 3 and 3.1: bundling, byte order, ports and verification tags of what is sent. */
#include "conformance/rfc9260_03.h"

/* The n-th packet of a host with such a chunk, or NULL. */
static const struct sim_record *nth(const struct sim_host *host, int chunk, size_t n)
{
    return sim_nth(host->sim, (struct sim_query){.from = host, .chunk = chunk}, n);
}

/* covers: 9260/3-1 */
static void test_init_and_init_ack_are_sent_alone(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL);
    struct sim_host *b = sim_host_new(sim, "b", 1, NULL);
    sim_listen(b, SIM_PORT, NULL);
    struct sim_conn *conn = sim_connect(a, b, SIM_PORT, NULL);
    sim_send(conn, 0, 100); /* something that could go along */
    sim_run_until_sent(conn, SIM_SECOND);
    assert_int_equal(sim_sent_nth(a, SIM_INIT, 0)->n_chunks, 1);
    assert_int_equal(sim_sent_nth(b, SIM_INIT_ACK, 0)->n_chunks, 1);
    sim_finish(sim);
}

/* covers: 9260/3-1 */
static void test_shutdown_complete_is_sent_alone(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    raw.conn->auto_read = false;
    assert_int_equal(sctpx_assoc_shutdown(raw.conn->assoc, sim->now), 0);
    sim_flush(sim);
    struct pb *pb = sim_raw_packet(&raw);
    pb_heartbeat(pb, "0123456789", 10); /* its answer could go along */
    pb_data(pb, 3, raw.tsn, 0, 0, 0, "x", 1);
    pb_shutdown_ack(pb);
    sim_raw_send(&raw, pb);
    const struct sim_record *complete = sim_raw_last(&raw, SIM_SHUTDOWN_COMPLETE);
    assert_non_null(complete);
    assert_int_equal(complete->n_chunks, 1);
    sim_finish(sim);
}

/* The other side of it: who bundles them is not listened to. */
static void test_lone_chunks_with_company_are_refused(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    struct pb *pb = sim_raw_init(&raw);
    pb_end(pb);
    pb_heartbeat(pb, "0123456789", 10);
    send_and_hear_nothing(&raw, pb);
    sim_finish(sim);
    sim = sim_renew(state);
    raw = client(sim, NULL);
    pb = init_ack(&raw);
    pb_cookie(pb, "cookie", 6);
    pb_end(pb);
    pb_cookie_ack(pb);
    send_and_hear_nothing(&raw, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_WAIT);
    sim_finish(sim);
}

/* covers: 9260/3-2 */
static void test_other_chunks_share_packets_up_to_the_mtu(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_send_load(pair.ab, (struct sim_load){.count = 300, .min_bytes = 100});
    sim_send_load(pair.ba, (struct sim_load){.count = 300, .min_bytes = 100});
    sim_run_until_sent(pair.ab, 10 * SIM_SECOND);
    size_t longest = 0, most = 0, i = 0;
    const struct sim_record *record;
    while ((record = nth(pair.a, SIM_DATA, i++)) != NULL) {
        longest = record->length > longest ? record->length : longest;
        most = record->n_chunks > most ? record->n_chunks : most;
    }
    assert_true(most > 10);
    assert_true(longest <= 1500 - 28 && longest > 1300);
    sim_finish(sim);
}

/* Every number of an INIT, at its place and most significant byte first. */
/* covers: 9260/3-3 */
static void test_numbers_are_sent_in_network_byte_order(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.out_streams = 0x0102;
    options.max_in_streams = 0x0304;
    options.rcvbuf_bytes = 0x00020304;
    struct sim_host *host = sim_host_new(sim, "a", 1, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    raw.conn = sim_connect_to(host, &raw.addr, 1, 0x1234, 0x5678, &options);
    sim_flush(sim);
    const uint8_t *p = sim_raw_last(&raw, SIM_INIT)->raw;
    static const uint8_t header[8] = {0x56, 0x78, 0x12, 0x34, 0, 0, 0, 0};
    static const uint8_t numbers[8] = {0, 2, 3, 4, 1, 2, 3, 4};
    assert_memory_equal(p, header, sizeof header);
    assert_int_equal(get_u32(p + 16), sim_status(raw.conn).local_tag);
    assert_memory_equal(p + 20, numbers, sizeof numbers);
    sim_finish(sim);
}

/* covers: 9260/3-3 */
static void test_numbers_are_read_in_network_byte_order(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    raw.port = 0x1234;
    raw.tag = 0x01020304;
    raw.os = 0x0102;
    raw.mis = 0x0203;
    raw.rwnd = 0x00010203;
    raw.tsn = 0x05060708;
    sim_raw_connect(&raw);
    sctpx_assoc_status status = sim_status(raw.conn);
    assert_int_equal(status.remote_port, 0x1234);
    assert_int_equal(status.remote_tag, 0x01020304);
    assert_int_equal(status.in_streams, 0x0102);
    assert_int_equal(status.out_streams, 0x0203);
    assert_int_equal(status.peer_rwnd_bytes, 0x00010203);
    sim_raw_data(&raw, 0, 0, 10);
    assert_int_equal(get_u32(last_chunk(&raw, SIM_SACK) + 4), 0x05060708);
    sim_finish(sim);
}

/* covers: 9260/3.1-1 9260/3.1-2 */
static void test_port_zero_is_never_used(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "a", 1, NULL);
    sctpx_addr peer = sim_ipv4(192, 0, 2, 1, SIM_UDP_PORT);
    sctpx_assoc *assoc;
    assert_int_equal(
        sctpx_endpoint_connect(host->endpoint, sim->now, &peer, 1, 0, 5000, NULL, NULL, &assoc),
        SCTPX_EINVAL);
    assert_true(sctpx_endpoint_listen(host->endpoint, 0, NULL) > 0); /* any but 0 */
    sim_connect_to(host, &peer, 1, 7001, 0, NULL);                   /* the same */
    sim_flush(sim);
    const struct sim_record *init = sim_sent_nth(host, SIM_INIT, 0);
    assert_int_not_equal(init->source_port, 0);
    assert_int_equal(init->destination_port, 7001);
    sim_finish(sim);
}

/* covers: 9260/3.1-1 9260/3.1-2 */
static void test_packets_with_port_zero_are_dropped(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    for (int i = 0; i < 2; i++) {
        struct pb *pb = pb_new(i == 0 ? 0 : raw.port, i == 0 ? SIM_PORT : 0, 0);
        pb_init(pb, raw.tag, raw.rwnd, raw.os, raw.mis, raw.tsn);
        send_and_hear_nothing(&raw, pb);
    }
    sim_finish(sim);
}

/* All that a host sends in a whole life carries the tag of the peer's INIT, or INIT ACK. */
/* covers: 9260/3.1-3 9260/3.3.2-9 9260/3.3.3-5 */
static void test_packets_carry_the_initiate_tag_of_the_peer(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    uint32_t tag_a = sim_status(pair.ab).local_tag, tag_b = sim_status(pair.ba).local_tag;
    sim_send_load(pair.ab, (struct sim_load){.count = 20, .min_bytes = 3000});
    sim_send_load(pair.ba, (struct sim_load){.count = 20, .min_bytes = 3000});
    sim_run_until_sent(pair.ab, 10 * SIM_SECOND);
    sim_run_for(sim, 120 * SIM_SECOND); /* heartbeats */
    assert_int_equal(sctpx_assoc_shutdown(pair.ab->assoc, sim->now), 0);
    sim_run_until_closed(pair.ab, SIM_SECOND);
    assert_true(sim_sent(pair.a, SIM_HEARTBEAT) > 0 && sim_sent(pair.b, SIM_SHUTDOWN_ACK) > 0);
    const struct sim_record *record;
    for (size_t i = 0; (record = nth(pair.a, SIM_ANY, i)) != NULL; i++)
        assert_int_equal(record->vtag, sim_record_has(record, SIM_INIT) ? 0 : tag_b);
    for (size_t i = 0; (record = nth(pair.b, SIM_ANY, i)) != NULL; i++)
        assert_int_equal(record->vtag, tag_a);
    sim_finish(sim);
}

/* covers: 9260/3.1-4 */
static void test_init_has_tag_zero(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = client(sim, NULL);
    sim_run_for(sim, 20 * SIM_SECOND); /* and so have those that are sent again */
    assert_true(sim_raw_count(&raw, SIM_INIT) > 2);
    const struct sim_record *record;
    for (size_t i = 0; (record = nth(raw.host, SIM_INIT, i)) != NULL; i++)
        assert_int_equal(record->vtag, 0);
    sim_finish(sim);
}

/* covers: 9260/3.1-5 9260/3.3.13-2 */
static void test_reflected_shutdown_complete_copies_the_tag(void **state)
{
    struct sim_raw raw = stranger(*state);
    struct pb *pb = pb_new(raw.port, raw.host_port, 0xCAFE1234);
    pb_shutdown_ack(pb);
    sim_raw_send(&raw, pb);
    pb = pb_bare();
    pb_shutdown_complete(pb, true);
    check_chunks(&raw, SIM_SHUTDOWN_COMPLETE, pb);
    assert_int_equal(sim_raw_last(&raw, SIM_SHUTDOWN_COMPLETE)->vtag, 0xCAFE1234);
    sim_finish(*state);
}

/* With the peer's own tag instead, the T bit is not set. */
/* covers: 9260/3.3.13-1 9260/3.3.13-2 */
static void test_shutdown_complete_of_an_association(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    assert_int_equal(sctpx_assoc_shutdown(raw.conn->assoc, sim->now), 0);
    sim_flush(sim);
    struct pb *pb = sim_raw_packet(&raw);
    pb_shutdown_ack(pb);
    sim_raw_send(&raw, pb);
    pb = pb_bare();
    pb_shutdown_complete(pb, false);
    check_chunks(&raw, SIM_SHUTDOWN_COMPLETE, pb);
    assert_int_equal(sim_raw_last(&raw, SIM_SHUTDOWN_COMPLETE)->vtag, raw.tag);
    assert_true(raw.conn->is_closed);
    sim_finish(sim);
}

/* covers: 9260/3.1-6 9260/3.3.7-7 */
static void test_reflected_abort_copies_the_tag(void **state)
{
    struct sim_raw raw = stranger(*state);
    struct pb *pb = pb_new(raw.port, raw.host_port, 0xCAFE1234);
    pb_data(pb, 3, 1, 0, 0, 0, "x", 1);
    sim_raw_send(&raw, pb);
    pb = pb_bare();
    pb_abort(pb, true);
    check_chunks(&raw, SIM_ABORT, pb);
    assert_int_equal(sim_raw_last(&raw, SIM_ABORT)->vtag, 0xCAFE1234);
    sim_finish(*state);
}

/* The T bit stays 0 with the tag of the peer: in an association, and to an INIT. */
/* covers: 9260/3.1-6 9260/3.3.7-7 */
static void test_abort_with_the_tag_of_the_peer(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    assert_int_equal(sctpx_assoc_abort(raw.conn->assoc, sim->now, NULL, 0), 0);
    sim_flush(sim);
    assert_int_equal(last_chunk(&raw, SIM_ABORT)[1], 0);
    assert_int_equal(sim_raw_last(&raw, SIM_ABORT)->vtag, raw.tag);
    struct sim_raw other = sim_raw_new(raw.host, 2);
    other.host_port = 1; /* where nobody listens */
    sim_raw_send(&other, sim_raw_init(&other));
    assert_int_equal(last_chunk(&other, SIM_ABORT)[1], 0);
    assert_int_equal(sim_raw_last(&other, SIM_ABORT)->vtag, other.tag);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_init_and_init_ack_are_sent_alone),
        sim_unit_test(test_shutdown_complete_is_sent_alone),
        sim_unit_test(test_lone_chunks_with_company_are_refused),
        sim_unit_test(test_other_chunks_share_packets_up_to_the_mtu),
        sim_unit_test(test_numbers_are_sent_in_network_byte_order),
        sim_unit_test(test_numbers_are_read_in_network_byte_order),
        sim_unit_test(test_port_zero_is_never_used),
        sim_unit_test(test_packets_with_port_zero_are_dropped),
        sim_unit_test(test_packets_carry_the_initiate_tag_of_the_peer),
        sim_unit_test(test_init_has_tag_zero),
        sim_unit_test(test_reflected_shutdown_complete_copies_the_tag),
        sim_unit_test(test_shutdown_complete_of_an_association),
        sim_unit_test(test_reflected_abort_copies_the_tag),
        sim_unit_test(test_abort_with_the_tag_of_the_peer),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_03_header", tests, NULL, NULL);
}
