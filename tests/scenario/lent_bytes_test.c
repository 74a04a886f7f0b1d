/* SPDX-License-Identifier: MIT */
/*
 * When lent bytes (sctpx_sndinfo.release) are given back. That this is once, and that they are
 * neither read later nor changed, the simulator checks in every test: it lends every third message
 * (sim/lending.c).
 */
#define SIM_BOTH_SENDERS
#include "sim/raw.h"
#include "sim/sim.h"

/* The third message of a conn is a lent one. */
static void send_three(struct sim_conn *conn, size_t length)
{
    for (int i = 0; i < 3; i++)
        sim_send(conn, 0, length);
    assert_int_equal(conn->host->lent_messages, 1);
}

static void test_given_back_when_acknowledged(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    send_three(pair.ab, 500);
    sim_flush(sim); /* it has left */
    assert_int_equal(sim_status(pair.ab).unsent_bytes, 0);
    assert_int_equal(pair.a->lent_messages, 1);
    sim_run_until_sent(pair.ab, SIM_SECOND);
    assert_int_equal(pair.a->lent_messages, 0);
    sim_finish(sim);
}

/* It is sent out of the lender's memory each time. */
static void test_kept_until_all_of_it_has_arrived(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    struct sim_drop *drop = sim_add_drop(sim, (struct sim_drop){.from = pair.a, .chunk = SIM_DATA});
    send_three(pair.ab, 20000);
    sim_run_for(sim, 3 * SIM_SECOND);
    assert_true(drop->dropped > 1);
    assert_int_equal(pair.a->lent_messages, 1);
    sim_clear_filters(sim);
    sim_run_until_sent(pair.ab, 60 * SIM_SECOND);
    assert_true(sim_status(pair.ab).retransmitted_chunks > 0);
    assert_int_equal(pair.a->lent_messages, 0);
    assert_int_equal(pair.ba->received_messages, 3);
    sim_finish(sim);
}

/* A peer may take back what it has acknowledged by gap blocks (RFC 9260 6.2.1 iii). */
static void test_kept_while_only_gap_acknowledged(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "a", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    sim_raw_connect(&raw);
    send_three(raw.conn, 100);
    sim_flush(sim);
    static const uint16_t gaps[][2] = {{2, 3}};
    struct pb *pb = sim_raw_packet(&raw);
    pb_sack(pb, raw.host_tsn - 1, 100000, 1, gaps, 0, NULL);
    sim_raw_send(&raw, pb);
    assert_int_equal(host->lent_messages, 1);
    sim_raw_sack(&raw, raw.host_tsn + 2, 100000);
    assert_int_equal(host->lent_messages, 0);
    sim_finish(sim);
}

static void test_given_back_when_aborted(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    send_three(pair.ab, 20000);
    sim_flush(sim);
    assert_int_equal(sctpx_assoc_abort(pair.ab->assoc, sim->now, NULL, 0), 0);
    assert_int_equal(pair.a->lent_messages, 1); /* it is to be handed back */
    sim_run_until_closed(pair.ab, SIM_SECOND);
    assert_int_equal(pair.ab->failed_messages, 3);
    assert_int_equal(pair.a->lent_messages, 0);
    sim_finish(sim);
}

static void test_given_back_when_freed(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    send_three(pair.ab, 20000);
    sim_flush(sim);
    sim_conn_free(pair.ab);
    sim_run_for(sim, SIM_SECOND);
    assert_int_equal(pair.a->lent_messages, 0);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_given_back_when_acknowledged),
        sim_unit_test(test_kept_until_all_of_it_has_arrived),
        sim_unit_test(test_kept_while_only_gap_acknowledged),
        sim_unit_test(test_given_back_when_aborted),
        sim_unit_test(test_given_back_when_freed),
    };
    return cmocka_run_group_tests_name("scenario.lent_bytes", tests, NULL, NULL);
}
