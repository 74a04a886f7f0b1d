/* SPDX-License-Identifier: MIT */
/*
 * Attacks on setting up and ending: two cookies with one tag, blind INITs at the end (RFC 9260 9.2),
 * and a buffer that is too small to send.
 */
#include <string.h>

#include "sim/raw.h"
#include "sim/sim.h"

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
/* covers: attacks/C14 */
static void test_attack_C14_second_cookie_with_one_tag_is_dropped(void **state)
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
/* covers: attacks/C15 */
static void test_attack_C15_blind_inits_do_not_hold_the_end_off(void **state)
{
    sctpx_time alone = time_to_close(state, 0);
    assert_in_range(alone, 20 * SIM_SECOND, 60 * SIM_SECOND);
    assert_int_equal(time_to_close(state, 500 * SIM_MS), alone);
    assert_int_equal(time_to_close(state, 2 * SIM_SECOND), alone);
}

/* covers: attacks/V3 */
static void test_attack_V3_blind_inits_at_the_end_are_rate_limited(void **state)
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

/*
 * 5.2.4, action A in SHUTDOWN-ACK-SENT: a cookie of a restart is answered by two packets, since they
 * carry different tags. It can be sent again and again. covers: attacks/V3
 */
static void test_attack_V3_cookies_at_the_end_are_rate_limited(void **state)
{
    struct sim *sim = *state;
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.stranger_rate = 1;
    options.stranger_burst = 5;
    struct sim_raw raw = sim_raw_new(server(sim, &options), 1);
    sim_raw_connect(&raw);
    struct sim_raw again = raw;
    again.tag ^= 0xABCDEF;
    get_cookie(&again);
    struct pb *pb = sim_raw_packet(&raw);
    pb_shutdown(pb, raw.host_tsn - 1);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    size_t before = sim_raw_count(&raw, SIM_SHUTDOWN_ACK);
    for (int i = 0; i < 1000; i++)
        echo_cookie(&again);
    assert_int_equal(sim_raw_count(&raw, SIM_ERROR), 5);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_ACK), before + 5);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
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
        sim_unit_test(test_attack_C14_second_cookie_with_one_tag_is_dropped),
        sim_unit_test(test_attack_C15_blind_inits_do_not_hold_the_end_off),
        sim_unit_test(test_attack_V3_blind_inits_at_the_end_are_rate_limited),
        sim_unit_test(test_attack_V3_cookies_at_the_end_are_rate_limited),
        sim_unit_test(test_small_buffer_does_not_stall_the_set_up),
        sim_unit_test(test_small_buffer_does_not_stall_data),
    };
    return cmocka_run_group_tests_name("scenario.attack_setup", tests, NULL, NULL);
}
