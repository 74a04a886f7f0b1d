/* SPDX-License-Identifier: MIT */
/*
 * Attacks on setting up and ending: amplification by INIT ACK (RFC 5062 8), cookies made, kept and
 * forged, blind INITs at the end (RFC 9260 9.2), and a buffer that is too small to send.
 */
#include <string.h>

#include "sim/raw.h"
#include "sim/sim.h"

enum { IPV4_UDP_HEADERS = 28, IPV6_UDP_HEADERS = 48, PARAM_IPV4 = 5, PARAM_IPV6 = 6 };

/* ---- amplification ---------------------------------------------------------------------------- */

static sctpx_addr public_ipv6(uint8_t n)
{
    return (sctpx_addr){
        .family = SCTPX_IPV6, .udp_port = SIM_UDP_PORT, .ip = {0x20, 0x01, [14] = 9, [15] = n}};
}

/* A server with eight addresses that everybody may know. */
static struct sim_host *public_server(struct sim *sim, bool is_ipv6)
{
    struct sim_host *host = sim_host_new(sim, "b", SCTPX_MAX_LOCALS, NULL);
    for (uint8_t i = 0; i < SCTPX_MAX_LOCALS; i++)
        host->addrs[i] = is_ipv6 ? public_ipv6((uint8_t)(i + 1))
                                 : sim_ipv4(198, 51, 100, (uint8_t)(i + 1), SIM_UDP_PORT);
    sim_host_crash(host);
    sim_listen(host, SIM_PORT, NULL);
    return host;
}

/* Address parameters in an INIT ACK. */
static size_t count_addresses(struct sim *sim, const struct sim_record *record)
{
    const struct sim_chunk *chunk = sim_find_chunk(sim, record, SIM_INIT_ACK);
    size_t n = 0, at = chunk->offset + 20, end = chunk->offset + chunk->length;
    while (at + 4 <= end) {
        const uint8_t *param = record->raw + at;
        n += param[0] == 0 && (param[1] == PARAM_IPV4 || param[1] == PARAM_IPV6);
        at += ((size_t)(param[2] << 8 | param[3]) + 3) & ~(size_t)3;
    }
    return n;
}

/* An INIT with so many empty parameters that ask to be reported; what comes back is bounded. */
static void check_amplification(struct sim_raw *raw, size_t unknown, size_t headers)
{
    struct sim *sim = raw->host->sim;
    struct pb *pb = sim_raw_init(raw);
    for (size_t i = 0; i < unknown; i++)
        pb_item(pb, 0xC123, NULL, 0);
    pb_end(pb);
    size_t length = 32 + 4 * unknown;
    assert_int_equal(sim_raw_send(raw, pb), 0);
    const struct sim_record *answer = sim_raw_last(raw, SIM_INIT_ACK);
    assert_non_null(answer);
    assert_true(answer->length + headers <= 3 * (length + headers));
    assert_true(count_addresses(sim, answer) > 0); /* as many as there is room for */
}

static void test_init_ack_is_no_amplifier_with_8_ipv4(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sim_raw_new(public_server(sim, false), 1);
    for (size_t unknown = 0; unknown <= 40; unknown++)
        check_amplification(&raw, unknown, IPV4_UDP_HEADERS);
    sim_finish(sim);
}

static void test_init_ack_is_no_amplifier_with_8_ipv6(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sim_raw_new(public_server(sim, true), 1);
    raw.addr = public_ipv6(99);
    for (size_t unknown = 0; unknown <= 40; unknown++)
        check_amplification(&raw, unknown, IPV6_UDP_HEADERS);
    sim_finish(sim);
}

/* ---- cookies ---------------------------------------------------------------------------------- */

static struct sim_host *server(struct sim *sim, const sctpx_endpoint_options *options)
{
    struct sim_host *host = sim_host_new(sim, "b", 1, options);
    sim_listen(host, SIM_PORT, NULL);
    return host;
}

static void get_cookie(struct sim_raw *raw)
{
    sim_raw_send(raw, sim_raw_init(raw));
    sim_raw_learn(raw, SIM_INIT_ACK);
}

static int echo_cookie(struct sim_raw *raw)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_cookie_echo(pb, raw->cookie, raw->cookie_length);
    return sim_raw_send(raw, pb);
}

static void test_cookie_with_any_bit_flipped_makes_nothing(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sim_raw_new(server(sim, NULL), 1);
    get_cookie(&raw);
    size_t blocks = raw.host->live_blocks, mark = sim_mark(sim);
    for (size_t i = 0; i < 8 * raw.cookie_length; i++) {
        uint8_t bit = (uint8_t)(1u << i % 8);
        raw.cookie[i / 8] ^= bit;
        assert_int_equal(echo_cookie(&raw), SCTPX_ENOASSOC);
        raw.cookie[i / 8] ^= bit;
    }
    assert_int_equal(raw.host->n_conns, 0);
    assert_int_equal(raw.host->live_blocks, blocks);
    assert_int_equal(sim_mark(sim), mark);
    assert_int_equal(sim_stats(raw.host).cookies_bad_mac, 8 * raw.cookie_length);
    assert_int_equal(echo_cookie(&raw), 0);
    assert_int_equal(raw.host->n_conns, 1);
    sim_finish(sim);
}

struct rigged {
    uint64_t state;
    bool is_on;
};

/* When rigged, every word drawn is the same one: the birthday comes early. */
static void rigged_random(void *context, void *ret_bytes, size_t size)
{
    struct rigged *rigged = context;
    uint8_t *bytes = ret_bytes;
    for (size_t i = 0; i < size; i++)
        bytes[i] = rigged->is_on ? 0x5A : (uint8_t)sim_draw(&rigged->state);
}

/* 5.3.1: tags are found by themselves, so one must never be two associations'. */
static void test_second_cookie_with_one_tag_is_dropped(void **state)
{
    struct sim *sim = *state;
    struct rigged rigged = {.state = 7};
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.random = rigged_random;
    options.random_context = &rigged;
    struct sim_host *host = server(sim, &options);
    struct sim_raw first = sim_raw_new(host, 1), second = sim_raw_new(host, 2);
    rigged.is_on = true;
    do { /* until what was drawn before is used up */
        get_cookie(&first);
        get_cookie(&second);
    } while (first.host_tag != second.host_tag);
    rigged.is_on = false;
    assert_int_equal(echo_cookie(&first), 0);
    assert_int_equal(echo_cookie(&second), SCTPX_ENOASSOC);
    assert_int_equal(host->n_conns, 1);
    sim_raw_data(&first, 0, 0, 100);
    assert_int_equal(host->conns[0]->received_messages, 1);
    get_cookie(&second); /* as its T1-cookie would, in the end */
    assert_int_not_equal(first.host_tag, second.host_tag);
    assert_int_equal(echo_cookie(&second), 0);
    assert_int_equal(host->n_conns, 2);
    sim_finish(sim);
}

/* One cookie is good for its whole life; what it makes must go without a trace each time. */
static void test_cookie_echo_and_abort_leave_nothing(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = server(sim, NULL);
    host->auto_accept = false;
    struct sim_raw raw = sim_raw_new(host, 1);
    get_cookie(&raw);
    sim->capture_off = true;
    size_t bytes = 0;
    for (int i = 0; i < 20000; i++) {
        assert_int_equal(echo_cookie(&raw), 0);
        struct pb *pb = sim_raw_packet(&raw);
        pb_abort(pb, false);
        pb_end(pb);
        sim_raw_send(&raw, pb);
        if (i == 100) /* pools have what they need */
            bytes = host->live_bytes;
    }
    assert_int_equal(host->live_bytes, bytes);
    assert_int_equal(sim_stats(host).cookies_accepted, 20000);
    assert_int_equal(sim_stats(host).associations, 0);
    assert_int_equal(sctpx_endpoint_backlog(host->endpoint, SIM_PORT), 0);
    sim_finish(sim);
}

/* ---- the end ---------------------------------------------------------------------------------- */

/* The host is in SHUTDOWN_ACK_SENT towards a peer that says nothing more. */
static struct sim_raw silent_end(struct sim *sim, const sctpx_endpoint_options *options)
{
    struct sim_raw raw = sim_raw_new(server(sim, options), 1);
    sim_raw_connect(&raw);
    struct pb *pb = sim_raw_packet(&raw);
    pb_shutdown(pb, raw.host_tsn - 1);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    return raw;
}

static void send_blind_init(struct sim_raw *raw)
{
    struct sim_raw blind = *raw; /* knows addresses and ports, but no tag */
    blind.tag ^= 0xABCDEF;
    sim_raw_send(&blind, sim_raw_init(&blind));
}

/* How long the end takes; with blind INITs at that distance, if any. */
static sctpx_time time_to_close(void **state, sctpx_time every_us)
{
    struct sim *sim = sim_renew(state);
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.assoc.association_max_retrans = 4; /* long before T5-shutdown-guard */
    struct sim_raw raw = silent_end(sim, &options);
    sctpx_time start = sim->now;
    while (!raw.conn->is_closed && sim->now < start + 3600 * SIM_SECOND) {
        sim_run_for(sim, 500 * SIM_MS);
        if (every_us && !raw.conn->is_closed && (sim->now - start) % every_us == 0)
            send_blind_init(&raw);
    }
    assert_true(raw.conn->is_closed);
    sctpx_time taken = sim->now - start;
    sim_finish(sim);
    return taken;
}

/* 9.2: each is answered by SHUTDOWN ACK, but T2-shutdown and its count go on. */
static void test_blind_inits_do_not_hold_the_end_off(void **state)
{
    sctpx_time alone = time_to_close(state, 0);
    assert_in_range(alone, 20 * SIM_SECOND, 60 * SIM_SECOND);
    assert_int_equal(time_to_close(state, 500 * SIM_MS), alone);
    assert_int_equal(time_to_close(state, 2 * SIM_SECOND), alone);
}

static void test_blind_inits_at_the_end_are_rate_limited(void **state)
{
    struct sim *sim = *state;
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.stranger_rate = 1;
    options.stranger_burst = 5;
    struct sim_raw raw = silent_end(sim, &options);
    size_t before = sim_raw_count(&raw, SIM_SHUTDOWN_ACK);
    for (int i = 0; i < 1000; i++)
        send_blind_init(&raw);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_ACK), before + 5);
    assert_int_equal(sim_stats(raw.host).dropped_rate, 995);
    assert_int_equal(sim_raw_last(&raw, SIM_SHUTDOWN_ACK)->vtag, raw.tag);
    sim_finish(sim);
}

/* ---- a caller that offers too little room ----------------------------------------------------- */

static void test_small_buffer_does_not_stall_the_set_up(void **state)
{
    struct sim *sim = *state;
    struct sim_host *b = server(sim, NULL), *a = sim_host_new(sim, "a", 1, NULL);
    a->transmit_capacity = 1400;
    struct sim_conn *conn = sim_connect(a, b, SIM_PORT, NULL);
    sim_run_for(sim, 30 * SIM_SECOND);
    assert_int_equal(sim_mark(sim), 0);
    a->transmit_capacity = 65536;
    sim_run_until_up(conn, SIM_SECOND);
    sim_finish(sim);
}

static void test_small_buffer_does_not_stall_data(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_run_for(sim, SIM_SECOND);
    size_t mark = sim_mark(sim);
    pair.a->transmit_capacity = 1400;
    sim_send_load(pair.ab, (struct sim_load){.count = 20, .min_bytes = 100});
    sim_run_for(sim, 5 * SIM_SECOND);
    assert_int_equal(sim_count(sim, (struct sim_query){.from = pair.a, .since = mark}), 0);
    pair.a->transmit_capacity = 65536;
    sim_run_until_received(pair.ba, 20, SIM_SECOND);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_init_ack_is_no_amplifier_with_8_ipv4),
        sim_unit_test(test_init_ack_is_no_amplifier_with_8_ipv6),
        sim_unit_test(test_cookie_with_any_bit_flipped_makes_nothing),
        sim_unit_test(test_second_cookie_with_one_tag_is_dropped),
        sim_unit_test(test_cookie_echo_and_abort_leave_nothing),
        sim_unit_test(test_blind_inits_do_not_hold_the_end_off),
        sim_unit_test(test_blind_inits_at_the_end_are_rate_limited),
        sim_unit_test(test_small_buffer_does_not_stall_the_set_up),
        sim_unit_test(test_small_buffer_does_not_stall_data),
    };
    return cmocka_run_group_tests_name("scenario.attack_setup", tests, NULL, NULL);
}
