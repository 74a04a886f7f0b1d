/* SPDX-License-Identifier: MIT */
/* RFC 9260 5.2.6, 5.3.1: Stale Cookie from the peer, and Verification Tags. */
#include "rfc9260_05.h"

static void send_stale_cookie(struct sim_raw *raw)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_error(pb);
    pb_tlv(pb, CAUSE_STALE_COOKIE);
    pb_u32(pb, 1000);
    pb_end(pb);
    pb_end(pb);
    sim_raw_send(raw, pb);
}

static void send_init_ack(struct sim_raw *raw)
{
    struct pb *pb = init_ack(raw);
    pb_end(pb);
    sim_raw_send(raw, pb);
}

/* COOKIE_WAIT included, where a new INIT would do no harm. covers: 9260/5.2.6-1 9260/5.2.6-2 */
static void test_means_nothing_in_other_states(void **state)
{
    for (int wanted = SIM_FIRST_STATE; wanted <= SIM_LAST_STATE; wanted++) {
        if (wanted == SCTPX_COOKIE_ECHOED)
            continue;
        struct sim *sim = sim_renew(state);
        struct sim_raw raw = peer_in_state(sim, (enum sctpx_assoc_state)wanted);
        size_t mark = sim_mark(sim), events = raw.host->n_events;
        send_stale_cookie(&raw);
        assert_int_equal(sim_mark(sim), mark);
        assert_int_equal(raw.host->n_events, events);
        assert_int_equal(sim_state(raw.conn), wanted);
        sim_finish(sim);
    }
}

/* Out of the blue it draws no ABORT. covers: 9260/5.2.6-2 */
static void test_means_nothing_out_of_the_blue(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    raw.host_tag = 0x12345678;
    send_stale_cookie(&raw);
    assert_int_equal(sim_mark(sim), 0);
    sim_finish(sim);
}

/* The round trip of COOKIE ECHO and ERROR, and a second; from the last one sent.
 * covers: 9260/5.2.6-1 9260/5.2.6-3 9260/5.2.6-4 9260/5.2.6-5 */
static void test_new_init_asks_for_more_time(void **state)
{
    static const unsigned rtts_ms[] = {0, 1, 300, 999};
    for (size_t i = 0; i < sizeof rtts_ms / sizeof rtts_ms[0]; i++) {
        struct sim *sim = sim_renew(state);
        struct sim_raw raw = peer_in_state(sim, SCTPX_COOKIE_WAIT);
        assert_null(find_param(sim_raw_last(&raw, SIM_INIT), PARAM_PRESERVATIVE, 0));
        sim_run_for(sim, 50 * SIM_MS); /* INIT and INIT ACK: not what counts */
        send_init_ack(&raw);
        sim_run_for(sim, rtts_ms[i] * SIM_MS);
        send_stale_cookie(&raw);
        assert_int_equal(sim_raw_count(&raw, SIM_INIT), 2);
        assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_WAIT);
        const struct sim_record *init = sim_raw_last(&raw, SIM_INIT);
        const uint8_t *wish = find_param(init, PARAM_PRESERVATIVE, 0);
        assert_non_null(wish);
        assert_int_equal(get_u16(wish + 2), 8);
        assert_in_range(get_u32(wish + 4), rtts_ms[i], rtts_ms[i] + 1000);
        send_init_ack(&raw); /* and this time it works */
        send_cookie_ack(&raw);
        assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
        sim_finish(sim);
    }
}

/* covers: 9260/5.2.6-3 */
static void test_gives_up_after_two(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = peer_in_state(sim, SCTPX_COOKIE_ECHOED);
    for (int i = 0; i < 2; i++) {
        send_stale_cookie(&raw);
        assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_WAIT);
        send_init_ack(&raw);
        assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_ECHOED);
    }
    send_stale_cookie(&raw);
    assert_true(raw.conn->is_closed);
    assert_int_equal(raw.conn->error, SCTPX_ESTALECOOKIE);
    assert_int_equal(sim_raw_count(&raw, SIM_INIT), 3);
    sim_finish(sim);
}

/* Back in COOKIE-WAIT the peer's tag is unknown again, and there are no tie-tags: what it had in
 * COOKIE-ECHOED is forgotten. covers: 9260/5.2.2-12 9260/5.2.4-8 9260/5.2.4-9 */
static void test_cookie_wait_after_a_stale_cookie(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = peer_in_state(sim, SCTPX_COOKIE_ECHOED);
    get_cookie(&raw);
    assert_int_not_equal(read_cookie(&raw).local_tie, 0);
    send_stale_cookie(&raw);
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_WAIT);
    get_cookie(&raw); /* the peer connects, too, and its tag is what it was */
    assert_int_equal(read_cookie(&raw).local_tie, 0);
    assert_int_equal(read_cookie(&raw).remote_tie, 0);
    sim_raw_send(&raw, cookie_echo(&raw));
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ACK), 1);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    assert_int_equal(sim_status(raw.conn).remote_tag, raw.tag);
    size_t inits = sim_raw_count(&raw, SIM_INIT);
    sim_run_for(sim, 10 * SIM_SECOND);
    assert_int_equal(sim_raw_count(&raw, SIM_INIT), inits);
    sim_finish(sim);
}

/* ---- tags (5.3.1) -------------------------------------------------------------------------- */

/* The random source gives nothing but zeros for a while. */
static void draw_zeros(void *context, void *ret_bytes, size_t size)
{
    unsigned *calls = context;
    memset(ret_bytes, ++*calls > 3 ? 1 : 0, size);
}

/* covers: 9260/5.3.1-1 */
static void test_zero_is_no_tag(void **state)
{
    struct sim *sim = *state;
    unsigned calls = 0;
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.random = draw_zeros;
    options.random_context = &calls;
    struct sim_host *host = sim_host_new(sim, "a", 1, &options);
    const sctpx_addr remote = addr_of(OTHER_IP);
    struct sim_conn *conn = sim_connect_to(host, &remote, 1, 5000, 6000, NULL);
    assert_int_not_equal(sim_status(conn).local_tag, 0);
    sim_finish(sim);
}

/* Through everything that asks for a tag: INITs, cookies, data, shutdown. covers: 9260/5.3.1-2 */
static void test_tag_does_not_change(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = peer_in_state(sim, SCTPX_COOKIE_ECHOED), other = raw;
    uint32_t tag = sim_status(raw.conn).local_tag;
    other.tag = 0x99999999;
    get_cookie(&other);
    sim_raw_send(&other, cookie_echo(&other)); /* B */
    raw.tag = other.tag;
    raw.cookie_length = other.cookie_length;
    memcpy(raw.cookie, other.cookie, other.cookie_length);
    sim_raw_send(&raw, cookie_echo(&raw)); /* D */
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    assert_int_equal(sim_status(raw.conn).local_tag, tag);
    other.tag = 0x88888888;
    get_cookie(&other);
    sim_raw_data(&raw, 0, 0, 100);
    send_init_ack(&raw);
    send_shutdown(&raw, raw.host_tsn - 1);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    assert_int_equal(sim_status(raw.conn).local_tag, tag);
    struct pb *pb = sim_raw_packet(&raw);
    pb_shutdown_complete(pb, false);
    sim_raw_send(&raw, pb);
    assert_true(raw.conn->is_closed);
    sim_finish(sim);
}

/* Between the same ports, and from the random source only. covers: 9260/5.3.1-3 */
static void test_new_tag_each_time(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    uint32_t client_tag = 0, server_tag = 0;
    for (int i = 0; i < 20; i++) {
        bring_into(&raw, SCTPX_ESTABLISHED);
        assert_int_not_equal(raw.host_tag, client_tag);
        client_tag = raw.host_tag;
        sim_conn_free(raw.conn);
        sim_flush(sim);
        sim_raw_connect(&raw);
        assert_int_not_equal(raw.host_tag, server_tag);
        server_tag = raw.host_tag;
        sim_conn_free(raw.conn);
        sim_flush(sim);
    }
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_means_nothing_in_other_states),
        sim_unit_test(test_means_nothing_out_of_the_blue),
        sim_unit_test(test_new_init_asks_for_more_time),
        sim_unit_test(test_gives_up_after_two),
        sim_unit_test(test_cookie_wait_after_a_stale_cookie),
        sim_unit_test(test_zero_is_no_tag),
        sim_unit_test(test_tag_does_not_change),
        sim_unit_test(test_new_tag_each_time),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_05_stale", tests, NULL, NULL);
}
