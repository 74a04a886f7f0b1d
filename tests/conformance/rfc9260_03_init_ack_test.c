/* SPDX-License-Identifier: MIT */
/* RFC 9260 3.3.3: the fixed fields of INIT ACK, as sent and as received. */
#include "conformance/rfc9260_03.h"
#include "sim/states.h"

enum { INVALID_MANDATORY = 7 };

/* The whole INIT ACK: flags 0, fixed fields, then the cookie and nothing else. */
/* covers: 9260/3.3.3-1 9260/3.3.3-4 9260/3.3.3-17 9260/3.3.3.1-1 9260/3.3.3.1-2 */
static void test_init_ack_byte_by_byte(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sctpx_listen_options listen;
    sctpx_listen_options_defaults(host->endpoint, &listen);
    listen.assoc.out_streams = 300;
    listen.assoc.max_in_streams = 12;
    listen.assoc.rcvbuf_bytes = 54321;
    sim_listen(host, SIM_PORT, &listen);
    for (uint8_t i = 0; i < 2; i++) {
        struct sim_raw raw = sim_raw_new(host, (uint8_t)(1 + i));
        raw.mis = i == 0 ? 7 : 1000;
        send_init(&raw);
        assert_int_not_equal(raw.host_tag, 0);
        struct pb *pb = pb_bare();
        pb_init_ack(pb, raw.host_tag, 54321, i == 0 ? 7 : 300, 12, raw.host_tsn);
        pb_cookie(pb, raw.cookie, raw.cookie_length);
        pb_end(pb);
        check_chunks(&raw, SIM_INIT_ACK, pb);
    }
    sim_finish(sim);
}

/* covers: 9260/3.3.3-6 */
static void test_initiate_tag_is_never_zero(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    for (unsigned i = 0; i < 1000; i++) {
        struct sim_raw raw = sim_raw_new(host, 1);
        raw.port = (uint16_t)(1 + i);
        send_init(&raw);
        assert_int_not_equal(raw.host_tag, 0);
    }
    sim_finish(sim);
}

/* The smallest that the options let be set is what RFC 9260 asks at least. */
/* covers: 9260/3.3.3-10 9260/3.3.3-16 9260/3.3.3-21 */
static void test_smallest_values_that_are_sent(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sctpx_listen_options good, bad;
    sctpx_listen_options_defaults(host->endpoint, &good);
    good.assoc.out_streams = good.assoc.max_in_streams = 1;
    good.assoc.rcvbuf_bytes = 1500;
    bad = good;
    bad.assoc.rcvbuf_bytes = 1499;
    assert_int_equal(sctpx_endpoint_listen(host->endpoint, SIM_PORT, &bad), SCTPX_EINVAL);
    bad = good;
    bad.assoc.out_streams = 0;
    assert_int_equal(sctpx_endpoint_listen(host->endpoint, SIM_PORT, &bad), SCTPX_EINVAL);
    bad = good;
    bad.assoc.max_in_streams = 0;
    assert_int_equal(sctpx_endpoint_listen(host->endpoint, SIM_PORT, &bad), SCTPX_EINVAL);
    sim_listen(host, SIM_PORT, &good);
    struct sim_raw raw = sim_raw_new(host, 1);
    raw.os = raw.mis = 1;
    send_init(&raw);
    const uint8_t *ack = last_chunk(&raw, SIM_INIT_ACK);
    assert_int_equal(get_u32(ack + 8), 1500);
    assert_int_equal(get_u16(ack + 12), 1);
    assert_int_equal(get_u16(ack + 14), 1);
    sim_finish(sim);
}

/* covers: 9260/3.3.3-4 9260/3.3.3-27 */
static void test_proper_init_ack_is_answered_whatever_its_flags(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = client(sim, NULL);
    struct pb *pb = sim_raw_packet(&raw);
    pb_chunk(pb, SIM_INIT_ACK, 0xFF);
    pb_u32(pb, raw.tag);
    pb_u32(pb, 1500);
    pb_u16(pb, 1);
    pb_u16(pb, 1);
    pb_u32(pb, raw.tsn);
    pb_cookie(pb, "cookie", 6);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_ECHOED);
    pb = pb_bare();
    pb_cookie_echo(pb, "cookie", 6);
    check_chunks(&raw, SIM_COOKIE_ECHO, pb);
    sim_finish(sim);
}

/* ---- values that may not be ------------------------------------------------------------------ */

enum field { TAG, OS, MIS };

static struct pb *bad_init_ack(struct sim_raw *raw, enum field field)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_init_ack(pb, field == TAG ? 0 : raw->tag, raw->rwnd, field == OS ? 0 : 10,
                field == MIS ? 0 : 10, raw->tsn);
    pb_cookie(pb, "cookie", 6);
    return pb;
}

/* The TCB is gone: the ABORT is the last that is heard, and the user knows. */
static void check_destroyed(void **state, enum field field)
{
    struct sim *sim = *state;
    struct sim_raw raw = client(sim, NULL);
    sim_raw_send(&raw, bad_init_ack(&raw, field));
    struct pb *pb = pb_bare();
    pb_abort(pb, field == TAG);
    pb_item(pb, INVALID_MANDATORY, NULL, 0);
    pb_end(pb);
    check_chunks(&raw, SIM_ABORT, pb);
    assert_int_equal(sim_raw_last(&raw, SIM_ABORT)->vtag, field == TAG ? raw.host_tag : raw.tag);
    assert_true(raw.conn->is_closed);
    assert_int_equal(raw.conn->error, SCTPX_EPROTO);
    size_t mark = sim_mark(sim);
    sim_run_for(sim, 60 * SIM_SECOND);
    assert_int_equal(sim_mark(sim), mark);
    sim_conn_free(raw.conn);
    assert_int_equal(sim_stats(raw.host).associations, 0);
    sim_finish(sim);
}

/* In all other states not a word is said, and the association goes on. */
static void check_discarded(void **state, enum field field)
{
    for (int s = SCTPX_COOKIE_ECHOED; s <= SIM_LAST_STATE; s++) {
        struct sim *sim = s == SCTPX_COOKIE_ECHOED ? *state : sim_renew(state);
        struct sim_pair pair = sim_pair_in_state(sim, (enum sctpx_assoc_state)s);
        sctpx_assoc_status before = sim_status(pair.ab);
        struct sim_raw raw = {.host = pair.a,
                              .addr = pair.b->addrs[0],
                              .port = before.remote_port,
                              .host_port = before.local_port,
                              .host_tag = before.local_tag,
                              .tag = 77,
                              .rwnd = 100000};
        size_t mark = sim_mark(sim);
        sim_raw_send(&raw, bad_init_ack(&raw, field));
        /* A SHUTDOWN that was waiting for an answer may be all that is said. */
        assert_int_equal(
            sim_count(sim, (struct sim_query){.from = pair.a, .chunk = SIM_ANY, .since = mark}), 0);
        assert_int_equal(sim_state(pair.ab), s);
        assert_int_equal(sim_status(pair.ab).remote_tag, before.remote_tag);
        sim_pair_check_end(&pair, (enum sctpx_assoc_state)s);
        sim_finish(sim);
    }
}

/* covers: 9260/3.3.3-7 9260/3.3.3-8 */
static void test_tag_zero_destroys_the_association(void **state)
{
    check_destroyed(state, TAG);
}

/* covers: 9260/3.3.3-9 */
static void test_tag_zero_is_discarded_later(void **state)
{
    check_discarded(state, TAG);
}

/* covers: 9260/3.3.3-18 9260/3.3.3-19 */
static void test_no_outbound_streams_destroy_the_association(void **state)
{
    check_destroyed(state, OS);
}

/* covers: 9260/3.3.3-20 */
static void test_no_outbound_streams_are_discarded_later(void **state)
{
    check_discarded(state, OS);
}

/* covers: 9260/3.3.3-22 9260/3.3.3-23 */
static void test_no_inbound_streams_destroy_the_association(void **state)
{
    check_destroyed(state, MIS);
}

/* covers: 9260/3.3.3-24 */
static void test_no_inbound_streams_are_discarded_later(void **state)
{
    check_discarded(state, MIS);
}

/* The packet is as if it had not come: a better INIT ACK is taken, and T1 asks for it. */
/* covers: 9260/3.3.3-11 9260/3.3.3-12 9260/3.3.3-13 */
static void test_small_window_is_discarded_and_told(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = client(sim, NULL);
    raw.rwnd = 1499;
    struct pb *pb = init_ack(&raw);
    pb_cookie(pb, "cookie", 6);
    sim_raw_send(&raw, pb);
    pb = pb_bare();
    pb_abort(pb, false);
    pb_item(pb, INVALID_MANDATORY, NULL, 0);
    pb_end(pb);
    check_chunks(&raw, SIM_ABORT, pb);
    assert_int_equal(sim_raw_last(&raw, SIM_ABORT)->vtag, raw.tag);
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_WAIT);
    assert_int_equal(sim_status(raw.conn).remote_tag, 0);
    sim_run_for(sim, 1500 * SIM_MS);
    assert_int_equal(sim_raw_count(&raw, SIM_INIT), 2);
    raw.rwnd = 1500;
    pb = init_ack(&raw);
    pb_cookie(pb, "cookie", 6);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_ECHOED);
    sim_finish(sim);
}

/* ---- sizes and addresses --------------------------------------------------------------------- */

/* A thousand addresses and a cookie of 1400 bytes, in 9468 bytes. */
/* covers: 9260/3.3.3-26 */
static void test_large_init_ack(void **state)
{
    static const uint8_t cookie[1400] = {1, 2, 3};
    struct sim *sim = *state;
    struct sim_raw raw = client(sim, NULL);
    struct pb *pb = init_ack(&raw);
    for (uint32_t i = 0; i < 1000; i++)
        pb_ipv4(pb, 0xC6336400u + i);
    pb_cookie(pb, cookie, sizeof cookie);
    assert_int_equal(sim_raw_send(&raw, pb), 0);
    pb = pb_bare();
    pb_cookie_echo(pb, cookie, sizeof cookie);
    check_chunks(&raw, SIM_COOKIE_ECHO, pb);
    assert_int_equal(sim_status(raw.conn).paths, SCTPX_MAX_PATHS);
    sim_finish(sim);
}

/* covers: 9260/3.3.3-30 */
static void test_listed_addresses_become_destinations(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = client(sim, NULL);
    struct pb *pb = init_ack(&raw);
    pb_cookie(pb, "cookie", 6);
    pb_ipv4(pb, 0xC0000263); /* 192.0.2.99, not the source */
    sim_raw_send(&raw, pb);
    pb = sim_raw_packet(&raw);
    pb_cookie_ack(pb);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_status(raw.conn).paths, 2);
    sctpx_addr listed = sim_ipv4(192, 0, 2, 0x63, SIM_UDP_PORT);
    sim_path_to(raw.conn, &listed);
    sim_path_to(raw.conn, &raw.addr);
    sim_run_for(sim, 5 * SIM_SECOND);
    assert_true(sim_count(sim, (struct sim_query){
                                   .from = raw.host, .to = listed, .chunk = SIM_HEARTBEAT}) > 0);
    sim_finish(sim);
}

/* Two addresses were asked; the INIT ACK that lists none makes its source the only one. */
/* covers: 9260/3.3.3-31 */
static void test_without_addresses_the_source_is_the_only_one(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sim_raw_new(sim_host_new(sim, "a", 1, NULL), 1);
    sctpx_addr both[2] = {sim_ipv4(192, 0, 2, 77, SIM_UDP_PORT), raw.addr};
    raw.conn = sim_connect_to(raw.host, both, 2, raw.port, 0, NULL);
    sim_run_for(sim, 1500 * SIM_MS); /* the first one is silent */
    sim_raw_learn(&raw, SIM_INIT);
    struct pb *pb = init_ack(&raw);
    pb_cookie(pb, "cookie", 6);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_status(raw.conn).paths, 1);
    sctpx_path_status path = sim_path(raw.conn, 0);
    assert_true(sim_same_ip(&path.remote, &raw.addr));
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_init_ack_byte_by_byte),
        sim_unit_test(test_initiate_tag_is_never_zero),
        sim_unit_test(test_smallest_values_that_are_sent),
        sim_unit_test(test_proper_init_ack_is_answered_whatever_its_flags),
        sim_unit_test(test_tag_zero_destroys_the_association),
        sim_unit_test(test_tag_zero_is_discarded_later),
        sim_unit_test(test_no_outbound_streams_destroy_the_association),
        sim_unit_test(test_no_outbound_streams_are_discarded_later),
        sim_unit_test(test_no_inbound_streams_destroy_the_association),
        sim_unit_test(test_no_inbound_streams_are_discarded_later),
        sim_unit_test(test_small_window_is_discarded_and_told),
        sim_unit_test(test_large_init_ack),
        sim_unit_test(test_listed_addresses_become_destinations),
        sim_unit_test(test_without_addresses_the_source_is_the_only_one),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_03_init_ack", tests, NULL, NULL);
}
