/* SPDX-License-Identifier: MIT */
/* A peer that lost its state connects again from the same ports (RFC 9260 5.2.4 A). */
#include "sim/raw.h"
#include "sim/sim.h"
#include "sim/states.h"

enum { CLIENT_PORT = 6000, RESTART_NEW_ADDRS = 11 };

static struct sim_pair fixed_pair(struct sim *sim, size_t n_addrs, bool refuse)
{
    struct sim_pair pair = {
        .a = sim_host_new(sim, "a", n_addrs, NULL),
        .b = sim_host_new(sim, "b", n_addrs, NULL),
    };
    sctpx_listen_options listen;
    sctpx_listen_options_defaults(pair.b->endpoint, &listen);
    listen.assoc.refuse_restart = refuse;
    sim_listen(pair.b, SIM_PORT, &listen);
    pair.ab = sim_connect_to(pair.a, pair.b->addrs, 1, SIM_PORT, CLIENT_PORT, NULL);
    sim_run_until_up(pair.ab, SIM_SECOND);
    pair.ba = sim_accepted(pair.b, 0);
    return pair;
}

static void reconnect(struct sim_pair *pair)
{
    sim_host_crash(pair->a);
    pair->ab = sim_connect_to(pair->a, pair->b->addrs, 1, SIM_PORT, CLIENT_PORT, NULL);
}

static void check_restarted(struct sim_pair *pair)
{
    assert_int_equal(sim_event_count(pair->b, SCTPX_EVENT_RESTARTED), 1);
    assert_ptr_equal(sim_event(pair->b, SCTPX_EVENT_RESTARTED, 0)->conn, pair->ba);
    assert_int_equal(sim_event_count(pair->b, SCTPX_EVENT_CLOSED), 0);
    assert_int_equal(pair->b->n_conns, 1);
    assert_int_equal(sim_state(pair->ba), SCTPX_ESTABLISHED);
    assert_int_equal(sim_status(pair->ba).remote_tag, sim_status(pair->ab).local_tag);
    sim_pair_check_end(pair, SCTPX_ESTABLISHED);
}

static void test_restart_when_idle(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = fixed_pair(sim, 1, false);
    reconnect(&pair);
    sim_run_until_up(pair.ab, SIM_SECOND);
    check_restarted(&pair);
    sim_finish(sim);
}

static void test_restart_after_data(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = fixed_pair(sim, 1, false);
    sim_send_load(pair.ab, (struct sim_load){.count = 100, .min_bytes = 2000, .streams = 5});
    sim_send_load(pair.ba, (struct sim_load){.count = 100, .min_bytes = 2000, .streams = 5});
    sim_run_until_sent(pair.ab, 10 * SIM_SECOND);
    sim_run_until_sent(pair.ba, 10 * SIM_SECOND);
    reconnect(&pair);
    sim_run_until_up(pair.ab, SIM_SECOND);
    sim_run_for(sim, SIM_SECOND);
    check_restarted(&pair);
    sim_finish(sim);
}

/* Data under way belongs to the old association; what is sent afterwards arrives. */
static void test_restart_with_data_under_way(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = fixed_pair(sim, 1, false);
    sim_send_load(pair.ba, (struct sim_load){.count = 200, .min_bytes = 3000});
    sim_run_for(sim, 30 * SIM_MS);
    assert_true(sim_status(pair.ba).unsent_bytes > 0);
    reconnect(&pair);
    sim_run_until_up(pair.ab, 10 * SIM_SECOND);
    sim_run_for(sim, 5 * SIM_SECOND);
    assert_int_equal(sim_event_count(pair.b, SCTPX_EVENT_RESTARTED), 1);
    sim_send(pair.ab, 1, 3000);
    sim_run_until_received(pair.ba, pair.ba->received_messages + 1, 10 * SIM_SECOND);
    assert_int_equal(sim_state(pair.ba), SCTPX_ESTABLISHED);
    sim_finish(sim);
}

/* Half a message that was received is gone; messages after the restart are whole. */
static void test_restart_in_the_middle_of_a_message(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = fixed_pair(sim, 1, false);
    sim_send(pair.ab, 0, 100000);
    sim_run_for(sim, 25 * SIM_MS);
    assert_true(sim_status(pair.ba).rcvbuf_used_bytes > 0);
    reconnect(&pair);
    sim_run_until_up(pair.ab, 10 * SIM_SECOND);
    assert_int_equal(sim_status(pair.ba).rcvbuf_used_bytes, 0);
    check_restarted(&pair);
    sim_finish(sim);
}

/* All congestion parameters start anew (5.2.4 A). */
static void test_restart_resets_congestion_control(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = fixed_pair(sim, 1, false);
    uint32_t initial = sim_path(pair.ba, 0).cwnd_bytes;
    sim_send_load(pair.ba, (struct sim_load){.count = 300, .min_bytes = 1400});
    sim_run_until_sent(pair.ba, 10 * SIM_SECOND);
    assert_true(sim_path(pair.ba, 0).cwnd_bytes > initial);
    reconnect(&pair);
    sim_run_until_up(pair.ab, SIM_SECOND);
    assert_int_equal(sim_path(pair.ba, 0).cwnd_bytes, initial);
    sim_finish(sim);
}

static void test_many_restarts(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = fixed_pair(sim, 2, false);
    size_t blocks = 0;
    for (size_t i = 1; i <= 50; i++) {
        reconnect(&pair);
        sim_run_until_up(pair.ab, SIM_SECOND);
        sim_send(pair.ab, 0, 100);
        sim_run_for(sim, SIM_SECOND);
        assert_int_equal(sim_event_count(pair.b, SCTPX_EVENT_RESTARTED), i);
        if (i == 2)
            blocks = pair.b->live_blocks;
    }
    assert_true(pair.b->live_blocks <= blocks + 2);
    sim_finish(sim);
}

static void test_restart_with_every_setup_packet_lost_once(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = fixed_pair(sim, 1, false);
    static const int chunks[] = {SIM_INIT, SIM_INIT_ACK, SIM_COOKIE_ECHO, SIM_COOKIE_ACK};
    for (size_t i = 0; i < 4; i++)
        sim_add_drop(sim, (struct sim_drop){.chunk = chunks[i], .count = 1});
    reconnect(&pair);
    sim_run_until_up(pair.ab, 30 * SIM_SECOND);
    check_restarted(&pair);
    sim_finish(sim);
}

static void test_refused_restart(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = fixed_pair(sim, 1, true);
    uint32_t tag = sim_status(pair.ba).remote_tag;
    reconnect(&pair);
    sim_run_until_closed(pair.ab, 5 * SIM_SECOND);
    assert_int_equal(pair.ab->error, SCTPX_EREFUSED);
    assert_int_equal(sim_event_count(pair.b, SCTPX_EVENT_RESTARTED), 0);
    assert_int_equal(sim_state(pair.ba), SCTPX_ESTABLISHED);
    assert_int_equal(sim_status(pair.ba).remote_tag, tag);
    sim_finish(sim);
}

/* 5.2.2: an INIT with more addresses than before could be a hijacker's. */
static void test_restart_with_new_address(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = fixed_pair(sim, 2, false);
    pair.a->addrs[2] = sim_ipv4(10, 1, 3, 1, SIM_UDP_PORT);
    pair.a->n_addrs = 3;
    reconnect(&pair);
    sim_run_until_closed(pair.ab, 5 * SIM_SECOND);
    assert_int_equal(pair.ab->error, SCTPX_EREFUSED);
    assert_int_equal(pair.ab->cause, RESTART_NEW_ADDRS);
    assert_int_equal(sim_event_count(pair.b, SCTPX_EVENT_RESTARTED), 0);
    assert_int_equal(sim_state(pair.ba), SCTPX_ESTABLISHED);
    sim_finish(sim);
}

static void test_restart_with_fewer_addresses(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = fixed_pair(sim, 3, false);
    sim_run_for(sim, 5 * SIM_SECOND);
    pair.a->n_addrs = 2;
    reconnect(&pair);
    sim_run_until_up(pair.ab, 5 * SIM_SECOND);
    check_restarted(&pair);
    assert_int_equal(sim_status(pair.ba).paths, 2);
    sim_finish(sim);
}

/* 5.2.4 A: in SHUTDOWN_ACK_SENT the shutdown is finished instead (also 9.2). */
static void test_restart_in_shutdown_ack_sent(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = fixed_pair(sim, 1, false);
    sim_add_drop(sim, (struct sim_drop){.from = pair.b, .chunk = SIM_SHUTDOWN_ACK, .count = 1});
    assert_int_equal(sctpx_assoc_shutdown(pair.ab->assoc, sim->now), 0);
    sim_run_for(sim, 50 * SIM_MS);
    assert_int_equal(sim_state(pair.ba), SCTPX_SHUTDOWN_ACK_SENT);
    size_t mark = sim_mark(sim);
    reconnect(&pair);
    sim_run_for(sim, 30 * SIM_MS);
    struct sim_query ack = {.from = pair.b, .chunk = SIM_SHUTDOWN_ACK, .since = mark};
    assert_int_equal(sim_count(sim, ack), 1);
    /* The new one answers as out of the blue, the old ends, and the next INIT gets through. */
    sim_run_until_up(pair.ab, 30 * SIM_SECOND);
    assert_true(pair.ba->is_closed);
    assert_int_equal(pair.ba->error, SCTPX_EPEERSHUTDOWN);
    assert_int_equal(sim_event_count(pair.b, SCTPX_EVENT_RESTARTED), 0);
    assert_int_equal(sim_event_count(pair.b, SCTPX_EVENT_INCOMING), 2);
    sim_finish(sim);
}

/* The cookie of a restart needs the right tie-tags: one made before there was an association,
 * with other tags, is case C or none of the table and is ignored. */
static void test_old_cookie_is_no_restart(void **state)
{
    struct sim *sim = *state;
    struct sim_host *b = sim_host_new(sim, "b", 1, NULL);
    sim_listen(b, SIM_PORT, NULL);
    struct sim_raw old = sim_raw_new(b, 1), raw = sim_raw_new(b, 1);
    old.tag = 0x55555555;
    sim_raw_send(&old, sim_raw_init(&old));
    sim_raw_learn(&old, SIM_INIT_ACK);
    sim_raw_connect(&raw);
    struct pb *pb = sim_raw_packet(&old);
    pb_cookie_echo(pb, old.cookie, old.cookie_length);
    sim_raw_send(&old, pb);
    assert_int_equal(sim_event_count(b, SCTPX_EVENT_RESTARTED), 0);
    assert_int_equal(sim_status(raw.conn).remote_tag, raw.tag);
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ACK), 1);
    sim_finish(sim);
}

/* 9.2, 5.2.4 A: a shutdown that the user asked for is not forgotten when the peer restarts. */
static void test_restart_keeps_the_shutdown(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = fixed_pair(sim, 1, false);
    sim_run_for(sim, SIM_SECOND);
    sim_set_address_down(sim, &pair.a->addrs[0], true);
    sim_send(pair.ba, 0, 100);
    assert_int_equal(sctpx_assoc_shutdown(pair.ba->assoc, sim->now), 0);
    sim_run_for(sim, 3 * SIM_SECOND);
    assert_int_equal(sim_state(pair.ba), SCTPX_SHUTDOWN_PENDING);
    sim_set_address_down(sim, &pair.a->addrs[0], false);
    reconnect(&pair);
    sim_run_until_up(pair.ab, 10 * SIM_SECOND);
    sim_run_until_closed(pair.ba, 10 * SIM_SECOND);
    sim_run_until_closed(pair.ab, 10 * SIM_SECOND);
    assert_int_equal(pair.ba->error, 0);
    assert_int_equal(pair.ab->error, SCTPX_EPEERSHUTDOWN);
    sim_finish(sim);
}

static void test_restart_in_shutdown_sent(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = fixed_pair(sim, 1, false);
    sim_run_for(sim, SIM_SECOND);
    sim_set_address_down(sim, &pair.a->addrs[0], true);
    assert_int_equal(sctpx_assoc_shutdown(pair.ba->assoc, sim->now), 0);
    sim_run_for(sim, 3 * SIM_SECOND);
    assert_int_equal(sim_state(pair.ba), SCTPX_SHUTDOWN_SENT);
    sim_set_address_down(sim, &pair.a->addrs[0], false);
    reconnect(&pair);
    sim_run_until_up(pair.ab, 10 * SIM_SECOND);
    sim_run_until_closed(pair.ba, 10 * SIM_SECOND);
    sim_run_until_closed(pair.ab, 10 * SIM_SECOND);
    assert_int_equal(pair.ba->error, 0);
    sim_finish(sim);
}

/* 5.2.4 A, 5.4: the addresses of the new association have to be confirmed anew. */
static void test_restart_confirms_addresses_anew(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = fixed_pair(sim, 2, false);
    sim_run_for(sim, 10 * SIM_SECOND);
    size_t second = sim_path_to(pair.ba, &pair.a->addrs[1]);
    assert_true(sim_path(pair.ba, second).confirmed);
    assert_int_equal(sctpx_assoc_set_primary(pair.ba->assoc, second), 0);
    sim_set_address_down(sim, &pair.a->addrs[1], true);
    reconnect(&pair);
    sim_run_until_up(pair.ab, 10 * SIM_SECOND);
    assert_int_equal(sim_event_count(pair.b, SCTPX_EVENT_RESTARTED), 1);
    second = sim_path_to(pair.ba, &pair.a->addrs[1]);
    assert_false(sim_path(pair.ba, second).confirmed);
    assert_true(sim_path(pair.ba, sim_path_to(pair.ba, &pair.a->addrs[0])).confirmed);
    sim_send(pair.ba, 0, 100);
    sim_run_until_received(pair.ab, 1, 500 * SIM_MS);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_restart_when_idle),
        sim_unit_test(test_restart_after_data),
        sim_unit_test(test_restart_with_data_under_way),
        sim_unit_test(test_restart_in_the_middle_of_a_message),
        sim_unit_test(test_restart_resets_congestion_control),
        sim_unit_test(test_many_restarts),
        sim_unit_test(test_restart_with_every_setup_packet_lost_once),
        sim_unit_test(test_refused_restart),
        sim_unit_test(test_restart_with_new_address),
        sim_unit_test(test_restart_with_fewer_addresses),
        sim_unit_test(test_restart_in_shutdown_ack_sent),
        sim_unit_test(test_old_cookie_is_no_restart),
        sim_unit_test(test_restart_keeps_the_shutdown),
        sim_unit_test(test_restart_in_shutdown_sent),
        sim_unit_test(test_restart_confirms_addresses_anew),
    };
    return cmocka_run_group_tests_name("scenario.restart", tests, NULL, NULL);
}
