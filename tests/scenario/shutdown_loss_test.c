/* SPDX-License-Identifier: MIT */
/* Graceful ends over a bad network: T2-shutdown, its limit, T5-shutdown-guard (RFC 9260 9.2). */
#include "sim/raw.h"
#include "sim/sim.h"
#include "sim/states.h"

static void shut(struct sim_conn *conn)
{
    assert_int_equal(sctpx_assoc_shutdown(conn->assoc, conn->host->sim->now), 0);
}

static void check_loss(struct sim *sim, int chunk, unsigned count)
{
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_run_for(sim, 100 * SIM_MS);
    struct sim_drop *drop = sim_add_drop(sim, (struct sim_drop){.chunk = chunk, .count = count});
    shut(pair.ab);
    sim_run_until_closed(pair.ab, 60 * SIM_SECOND);
    sim_run_until_closed(pair.ba, 60 * SIM_SECOND);
    assert_int_equal(drop->dropped, count);
    assert_int_equal(pair.ab->error, 0);
    assert_int_equal(pair.ba->error, SCTPX_EPEERSHUTDOWN);
    sim_finish(sim);
}

static void test_lost_shutdown(void **state)
{
    check_loss(*state, SIM_SHUTDOWN, 3);
}

static void test_lost_shutdown_ack(void **state)
{
    check_loss(*state, SIM_SHUTDOWN_ACK, 3);
}

/* The one that is left repeats SHUTDOWN ACK and is answered out of the blue, with T bit. */
static void test_lost_shutdown_complete(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_add_drop(sim, (struct sim_drop){.chunk = SIM_SHUTDOWN_COMPLETE, .count = 1});
    shut(pair.ab);
    sim_run_until_closed(pair.ab, SIM_SECOND);
    sim_conn_free(pair.ab);
    sim_run_until_closed(pair.ba, 60 * SIM_SECOND);
    assert_int_equal(pair.ba->error, SCTPX_EPEERSHUTDOWN);
    const struct sim_record *second = sim_sent_nth(pair.a, SIM_SHUTDOWN_COMPLETE, 1);
    assert_int_equal(sim_find_chunk(sim, second, SIM_SHUTDOWN_COMPLETE)->flags, 1);
    assert_int_equal(second->vtag, sim_sent_nth(pair.b, SIM_SHUTDOWN_ACK, 1)->vtag);
    sim_finish(sim);
}

/* The same while the ended association has not been freed by its user. */
static void test_lost_shutdown_complete_not_freed(void **state)
{
    check_loss(*state, SIM_SHUTDOWN_COMPLETE, 2);
}

static void test_t2_backs_off_and_gives_up(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.association_max_retrans = 4;
    struct sim_pair pair = sim_pair(sim, &options);
    sim_run_for(sim, 100 * SIM_MS);
    sim_set_address_down(sim, &pair.b->addrs[0], true);
    sctpx_time start = sim->now;
    shut(pair.ab);
    sim_run_until_closed(pair.ab, 600 * SIM_SECOND);
    assert_int_equal(pair.ab->error, SCTPX_ELOST);
    static const sctpx_time seconds[] = {0, 1, 3, 7, 15};
    assert_int_equal(sim_sent(pair.a, SIM_SHUTDOWN), 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(sim_sent_nth(pair.a, SIM_SHUTDOWN, i)->at - start,
                         seconds[i] * SIM_SECOND);
    assert_int_equal(sim->now - start, 31 * SIM_SECOND);
    sim_finish(sim);
}

static void test_shutdown_ack_gives_up(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.association_max_retrans = 4;
    struct sim_pair pair = sim_pair(sim, &options);
    sim_add_drop(sim, (struct sim_drop){.from = pair.b, .chunk = SIM_SHUTDOWN_ACK});
    shut(pair.ab);
    sim_run_for(sim, 15 * SIM_MS);
    sim_set_address_down(sim, &pair.a->addrs[0], true);
    sim_run_until_closed(pair.ba, 600 * SIM_SECOND);
    assert_int_equal(pair.ba->error, SCTPX_ELOST);
    assert_int_equal(sim_sent(pair.b, SIM_SHUTDOWN_ACK), 5);
    sim_finish(sim);
}

/* T5: a peer that keeps talking but never lets go is aborted. */
static void test_guard(void **state)
{
    struct sim *sim = *state;
    struct sim_host *b = sim_host_new(sim, "b", 1, NULL);
    sctpx_listen_options listen;
    sctpx_listen_options_defaults(b->endpoint, &listen);
    listen.assoc.shutdown_guard_us = 20 * SIM_SECOND;
    sim_listen(b, SIM_PORT, &listen);
    struct sim_raw raw = sim_raw_new(b, 1);
    sim_raw_connect(&raw);
    sctpx_time start = sim->now;
    shut(raw.conn);
    for (uint16_t i = 0; i < 100 && !raw.conn->is_closed; i++) {
        sim_raw_data(&raw, 0, i, 10);
        sim_run_for(sim, 500 * SIM_MS);
    }
    assert_true(raw.conn->is_closed);
    assert_in_range(sim_raw_last(&raw, SIM_ABORT)->at - start, 20 * SIM_SECOND, 21 * SIM_SECOND);
    assert_int_not_equal(raw.conn->error, 0);
    sim_finish(sim);
}

/* Default: five times RTO.Max. */
static void test_default_guard(void **state)
{
    struct sim *sim = *state;
    struct sim_host *b = sim_host_new(sim, "b", 1, NULL);
    sim_listen(b, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(b, 1);
    sim_raw_connect(&raw);
    sctpx_time start = sim->now;
    shut(raw.conn);
    for (uint16_t i = 0; i < 1000 && !raw.conn->is_closed; i++) {
        sim_raw_data(&raw, 0, i, 10);
        sim_run_for(sim, 500 * SIM_MS);
    }
    assert_true(raw.conn->is_closed);
    assert_in_range(sim_raw_last(&raw, SIM_ABORT)->at - start, 300 * SIM_SECOND, 301 * SIM_SECOND);
    sim_finish(sim);
}

/* 9.2: a SHUTDOWN ACK while setting up is out of the blue: answered, state unchanged. */
static void check_shutdown_ack_in_setup(struct sim *sim, enum sctpx_assoc_state wanted)
{
    struct sim_pair pair = sim_pair_in_state(sim, wanted);
    size_t mark = sim_mark(sim);
    struct pb *pb = pb_new(SIM_PORT, sim_status(pair.ab).local_port, 0x12345678);
    pb_shutdown_ack(pb);
    sim_peer_send(pair.ab, pb);
    const struct sim_record *complete = sim_nth(
        sim, (struct sim_query){.from = pair.a, .chunk = SIM_SHUTDOWN_COMPLETE, .since = mark}, 0);
    assert_non_null(complete);
    assert_int_equal(complete->vtag, 0x12345678);
    assert_int_equal(sim_find_chunk(sim, complete, SIM_SHUTDOWN_COMPLETE)->flags, 1);
    assert_int_equal(sim_state(pair.ab), wanted);
    sim_pair_check_end(&pair, wanted);
    sim_finish(sim);
}

static void test_shutdown_ack_in_cookie_wait(void **state)
{
    check_shutdown_ack_in_setup(*state, SCTPX_COOKIE_WAIT);
}

static void test_shutdown_ack_in_cookie_echoed(void **state)
{
    check_shutdown_ack_in_setup(*state, SCTPX_COOKIE_ECHOED);
}

/* A SHUTDOWN in COOKIE_ECHOED is ignored. */
static void test_shutdown_in_cookie_echoed(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair_in_state(sim, SCTPX_COOKIE_ECHOED);
    struct pb *pb = sim_peer_packet(pair.ab);
    pb_shutdown(pb, 0);
    sim_peer_send(pair.ab, pb);
    assert_int_equal(sim_state(pair.ab), SCTPX_COOKIE_ECHOED);
    sim_pair_check_end(&pair, SCTPX_COOKIE_ECHOED);
    sim_finish(sim);
}

/* Held states end well when the network is good again; also with every packet doubled. */
static void test_all_states_end_well(void **state)
{
    for (int i = SIM_FIRST_STATE; i <= SIM_LAST_STATE; i++)
        for (uint32_t twice = 0; twice <= 1000; twice += 1000) {
            struct sim *sim = sim_renew(state);
            struct sim_link_config link = {.delay_us = 10 * SIM_MS, .duplicate_permille = twice};
            sim_set_links(sim, &link);
            struct sim_pair pair = sim_pair_in_state(sim, (enum sctpx_assoc_state)i);
            sim_pair_check_end(&pair, (enum sctpx_assoc_state)i);
            sim_finish(sim);
        }
}

/* 9.2: DATA in SHUTDOWN_SENT shows that the peer lives: no number of T2 time-outs ends it. */
static void test_data_clears_the_errors_of_t2(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    sim_raw_connect(&raw);
    sctpx_assoc_options options;
    sctpx_assoc_get_options(raw.conn->assoc, &options);
    options.association_max_retrans = 3;
    options.shutdown_guard_us = 3600 * SIM_SECOND;
    options.rto_max_us = 2 * SIM_SECOND;
    sctpx_assoc_set_options(raw.conn->assoc, sim->now, &options);
    shut(raw.conn);
    sim_flush(sim);
    for (uint16_t i = 0; i < 20; i++) {
        sim_run_for(sim, 2500 * SIM_MS);
        assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_SENT);
        sim_raw_data(&raw, 0, i, 10);
    }
    assert_true(sim_raw_count(&raw, SIM_SHUTDOWN) > 30); /* time-outs there were */
    sim_run_until_closed(raw.conn, 60 * SIM_SECOND);     /* and without DATA they count */
    assert_int_equal(raw.conn->error, SCTPX_ELOST);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_lost_shutdown),
        sim_unit_test(test_lost_shutdown_ack),
        sim_unit_test(test_lost_shutdown_complete),
        sim_unit_test(test_lost_shutdown_complete_not_freed),
        sim_unit_test(test_t2_backs_off_and_gives_up),
        sim_unit_test(test_shutdown_ack_gives_up),
        sim_unit_test(test_guard),
        sim_unit_test(test_default_guard),
        sim_unit_test(test_shutdown_ack_in_cookie_wait),
        sim_unit_test(test_shutdown_ack_in_cookie_echoed),
        sim_unit_test(test_shutdown_in_cookie_echoed),
        sim_unit_test(test_all_states_end_well),
        sim_unit_test(test_data_clears_the_errors_of_t2),
    };
    return cmocka_run_group_tests_name("scenario.shutdown_loss", tests, NULL, NULL);
}
