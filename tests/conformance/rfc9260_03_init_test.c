/* SPDX-License-Identifier: MIT */
/* RFC 9260 3.3.2: the fixed fields of INIT, as sent and as received. */
#include "conformance/rfc9260_03.h"
#include "sim/states.h"

enum { INVALID_MANDATORY = 7 };

/* Every byte of an INIT: all flags 0, each parameter once and behind the fixed fields. */
/* covers: 9260/3.3.2-1 9260/3.3.2-2 9260/3.3.2-8 9260/3.3.2.1-1 9260/3.3.2.1.4-1
 * 9260/3.3.2.1.5-1 */
static void test_init_byte_by_byte(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.out_streams = 11;
    options.max_in_streams = 12;
    options.rcvbuf_bytes = 54321;
    struct sim_raw raw = client(sim, &options);
    struct pb *pb = pb_bare();
    pb_init(pb, raw.host_tag, 54321, 11, 12, raw.host_tsn);
    static const uint16_t only_ipv4[] = {5};
    pb_addr_types(pb, 1, only_ipv4);
    pb_end(pb);
    check_chunks(&raw, SIM_INIT, pb);
    sim_finish(sim);
}

/* With all its addresses, and a Cookie Preservative after a stale cookie: still each but once. */
/* covers: 9260/3.3.2-1 9260/3.3.2.1-1 9260/3.3.2.1.3-1 */
static void test_init_of_a_multihomed_host_after_a_stale_cookie(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sim_raw_new(sim_host_new(sim, "a", 3, NULL), 1);
    raw.addr = sim_ipv4(10, 99, 1, 1, SIM_UDP_PORT); /* as private as the host's own */
    raw.conn = sim_connect_to(raw.host, &raw.addr, 1, raw.port, 0, NULL);
    sim_flush(sim);
    sim_raw_learn(&raw, SIM_INIT);
    assert_null(find_item(last_chunk(&raw, SIM_INIT), INIT_FIXED, 9, 0));
    struct pb *pb = init_ack(&raw);
    pb_cookie(pb, "cookie", 6);
    sim_raw_send(&raw, pb);
    pb = sim_raw_packet(&raw);
    pb_error(pb);
    pb_item(pb, 3, "\0\0\x01\0", 4);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_raw_count(&raw, SIM_INIT), 2);
    const uint8_t *preservative = find_item(last_chunk(&raw, SIM_INIT), INIT_FIXED, 9, 0);
    assert_non_null(preservative);
    static const uint16_t only_ipv4[] = {5};
    pb = pb_bare();
    pb_init(pb, raw.host_tag, 1 << 20, 65535, 65535, raw.host_tsn);
    for (size_t i = 0; i < 3; i++)
        pb_ipv4(pb, get_u32(raw.host->addrs[i].ip));
    pb_addr_types(pb, 1, only_ipv4);
    pb_cookie_preservative(pb, get_u32(preservative + 4));
    pb_end(pb);
    check_chunks(&raw, SIM_INIT, pb);
    sim_finish(sim);
}

/* covers: 9260/3.3.2-5 9260/3.3.2-8 */
static void test_proper_init_is_answered_whatever_its_flags(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    struct pb *pb = pb_new(raw.port, raw.host_port, 0);
    pb_chunk(pb, SIM_INIT, 0xFF);
    pb_u32(pb, raw.tag);
    pb_u32(pb, raw.rwnd);
    pb_u16(pb, raw.os);
    pb_u16(pb, raw.mis);
    pb_u32(pb, raw.tsn);
    sim_raw_send(&raw, pb);
    sim_raw_learn(&raw, SIM_INIT_ACK);
    sim_raw_send(&raw, cookie_echo(&raw));
    assert_int_equal(sim_state(sim_accepted(raw.host, 0)), SCTPX_ESTABLISHED);
    sim_finish(sim);
}

/* covers: 9260/3.3.2-10 */
static void test_tag_zero_is_discarded_silently(void **state)
{
    struct sim_raw raw = stranger(*state);
    raw.tag = 0;
    send_and_hear_nothing(&raw, sim_raw_init(&raw));
    assert_int_equal(sim_stats(raw.host).associations, 0);
    sim_finish(*state);
}

/* covers: 9260/3.3.2-11 9260/3.3.2-17 9260/3.3.2-21 */
static void test_bad_values_cannot_be_sent(void **state)
{
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.rcvbuf_bytes = 1499;
    assert_int_equal(sctpx_assoc_options_check(&options), SCTPX_EINVAL);
    options.rcvbuf_bytes = 1500;
    assert_int_equal(sctpx_assoc_options_check(&options), 0);
    options.out_streams = 0;
    assert_int_equal(sctpx_assoc_options_check(&options), SCTPX_EINVAL);
    options.out_streams = 1;
    options.max_in_streams = 0;
    assert_int_equal(sctpx_assoc_options_check(&options), SCTPX_EINVAL);
    options.max_in_streams = 1;
    assert_int_equal(sctpx_assoc_options_check(&options), 0);
    struct sim_raw raw = client(*state, &options);
    const uint8_t *init = last_chunk(&raw, SIM_INIT);
    assert_int_equal(get_u32(init + 8), 1500);
    assert_int_equal(get_u16(init + 12), 1);
    assert_int_equal(get_u16(init + 14), 1);
    sim_finish(*state);
}

/* ---- values that may not be ------------------------------------------------------------------ */

/* ABORT, alone, with the tag of the INIT, T bit 0 and the cause Invalid Mandatory Parameter. */
static void check_refused(struct sim_raw *raw)
{
    assert_int_equal(sim_raw_count(raw, SIM_INIT_ACK), 0);
    struct pb *pb = pb_bare();
    pb_abort(pb, false);
    pb_item(pb, INVALID_MANDATORY, NULL, 0);
    pb_end(pb);
    check_chunks(raw, SIM_ABORT, pb);
    assert_int_equal(sim_raw_last(raw, SIM_ABORT)->vtag, raw->tag);
}

/* The three fields that have a forbidden value. */
static void spoil(struct sim_raw *raw, int field)
{
    if (field == 0)
        raw->rwnd = 1499;
    else if (field == 1)
        raw->os = 0;
    else
        raw->mis = 0;
}

static void check_bad_field(void **state, int field)
{
    struct sim_raw raw = stranger(*state);
    spoil(&raw, field);
    sim_raw_send(&raw, sim_raw_init(&raw));
    check_refused(&raw);
    assert_int_equal(sim_mark(*state), 1);
    assert_int_equal(sim_stats(raw.host).associations, 0);
    sim_finish(*state);
}

/* The same from the address and port of a peer with an association, in all its states. */
static void check_state_is_kept(void **state, int field)
{
    for (int s = SIM_FIRST_STATE; s <= SIM_LAST_STATE; s++) {
        struct sim *sim = s == SIM_FIRST_STATE ? *state : sim_renew(state);
        struct sim_pair pair = sim_pair_in_state(sim, (enum sctpx_assoc_state)s);
        sctpx_assoc_status before = sim_status(pair.ab);
        struct sim_raw raw = sim_raw_new(pair.a, 1);
        raw.addr = pair.b->addrs[0];
        raw.port = SIM_PORT;
        raw.host_port = before.local_port;
        spoil(&raw, field);
        size_t mark = sim_mark(sim);
        sim_raw_send(&raw, sim_raw_init(&raw));
        assert_int_equal(sim_count(sim, (struct sim_query){.from = pair.a,
                                                           .to = raw.addr,
                                                           .chunk = SIM_ABORT,
                                                           .since = mark}),
                         1);
        assert_int_equal(sim_raw_last(&raw, SIM_ABORT)->vtag, raw.tag);
        sctpx_assoc_status after = sim_status(pair.ab);
        assert_int_equal(after.state, s);
        assert_int_equal(after.remote_tag, before.remote_tag);
        assert_int_equal(after.peer_rwnd_bytes, before.peer_rwnd_bytes);
        assert_int_equal(after.out_streams, before.out_streams);
        sim_pair_check_end(&pair, (enum sctpx_assoc_state)s);
        sim_finish(sim);
    }
}

/* covers: 9260/3.3.2-12 9260/3.3.2-13 */
static void test_small_window_is_refused(void **state)
{
    check_bad_field(state, 0);
}

/* covers: 9260/3.3.2-14 */
static void test_small_window_changes_no_association(void **state)
{
    check_state_is_kept(state, 0);
}

/* covers: 9260/3.3.2-18 9260/3.3.2-19 */
static void test_no_outbound_streams_are_refused(void **state)
{
    check_bad_field(state, 1);
}

/* covers: 9260/3.3.2-20 */
static void test_no_outbound_streams_change_no_association(void **state)
{
    check_state_is_kept(state, 1);
}

/* covers: 9260/3.3.2-22 9260/3.3.2-23 */
static void test_no_inbound_streams_are_refused(void **state)
{
    check_bad_field(state, 2);
}

/* covers: 9260/3.3.2-24 */
static void test_no_inbound_streams_change_no_association(void **state)
{
    check_state_is_kept(state, 2);
}

/* ---- the rest -------------------------------------------------------------------------------- */

/* A receiver that reads gets its whole window back: the buffer is not taken away. */
/* covers: 9260/3.3.2-15 9260/3.3.2-16 9260/3.3.3-14 9260/3.3.3-15 */
static void test_window_comes_back_whole(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    uint32_t whole = get_u32(last_chunk(&raw, SIM_INIT_ACK) + 8);
    raw.conn->auto_read = false;
    for (uint16_t i = 0; i < 20; i++)
        sim_raw_data(&raw, 0, i, 1000);
    sim_run_for(sim, SIM_SECOND);
    assert_true(get_u32(last_chunk(&raw, SIM_SACK) + 8) <= whole - 20 * 1000);
    assert_int_equal(sim_read(raw.conn, 100), 20);
    sim_run_for(sim, 10 * SIM_SECOND);
    sim_raw_data(&raw, 0, 20, 1);
    assert_int_equal(sim_read(raw.conn, 100), 1);
    sim_raw_data(&raw, 0, 21, 1);
    sim_run_for(sim, SIM_SECOND);
    assert_true(get_u32(last_chunk(&raw, SIM_SACK) + 8) >= whole - 1000);
    sim_finish(sim);
}

enum { TRIES = 200 };

/* No two are the same, and each of the 32 bits is now 0 and now 1. */
static void check_random(const uint32_t *tsns)
{
    uint32_t set = 0, clear = 0;
    for (size_t i = 0; i < TRIES; i++) {
        set |= tsns[i];
        clear |= ~tsns[i];
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(tsns[i], tsns[j]);
    }
    assert_int_equal(set, UINT32_MAX);
    assert_int_equal(clear, UINT32_MAX);
}

/* covers: 9260/3.3.2-25 */
static void test_initial_tsns_of_init_are_random(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "a", 1, NULL);
    uint32_t tsns[TRIES];
    for (size_t i = 0; i < TRIES; i++) {
        struct sim_raw raw = sim_raw_new(host, (uint8_t)(1 + i));
        struct sim_conn *conn = sim_connect_to(host, &raw.addr, 1, raw.port, 0, NULL);
        sim_flush(sim);
        tsns[i] = get_u32(last_chunk(&raw, SIM_INIT) + 16);
        sim_conn_free(conn);
    }
    check_random(tsns);
    sim_finish(sim);
}

/* covers: 9260/3.3.3-25 */
static void test_initial_tsns_of_init_ack_are_random(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    uint32_t tsns[TRIES];
    for (size_t i = 0; i < TRIES; i++) {
        struct sim_raw raw = sim_raw_new(host, (uint8_t)(1 + i));
        send_init(&raw);
        tsns[i] = raw.host_tsn;
    }
    check_random(tsns);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_init_byte_by_byte),
        sim_unit_test(test_init_of_a_multihomed_host_after_a_stale_cookie),
        sim_unit_test(test_proper_init_is_answered_whatever_its_flags),
        sim_unit_test(test_tag_zero_is_discarded_silently),
        sim_unit_test(test_bad_values_cannot_be_sent),
        sim_unit_test(test_small_window_is_refused),
        sim_unit_test(test_small_window_changes_no_association),
        sim_unit_test(test_no_outbound_streams_are_refused),
        sim_unit_test(test_no_outbound_streams_change_no_association),
        sim_unit_test(test_no_inbound_streams_are_refused),
        sim_unit_test(test_no_inbound_streams_change_no_association),
        sim_unit_test(test_window_comes_back_whole),
        sim_unit_test(test_initial_tsns_of_init_are_random),
        sim_unit_test(test_initial_tsns_of_init_ack_are_random),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_03_init", tests, NULL, NULL);
}
