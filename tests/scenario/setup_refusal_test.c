/* SPDX-License-Identifier: MIT */
/* Set-ups that must not succeed: bad numbers, missing parameters, full backlogs, refusing peers. */
#include "sim/raw.h"
#include "sim/sim.h"

static struct sim_raw stranger(struct sim *sim)
{
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    return sim_raw_new(host, 1);
}

/* An ABORT with the INIT's tag and without T bit (8.4 rule 3), and nothing kept. */
static void check_aborted(struct sim_raw *raw)
{
    struct sim *sim = raw->host->sim;
    const struct sim_record *abort = sim_raw_last(raw, SIM_ABORT);
    assert_non_null(abort);
    assert_int_equal(abort->vtag, raw->tag);
    assert_int_equal(sim_find_chunk(sim, abort, SIM_ABORT)->flags, 0);
    assert_int_equal(sim_raw_count(raw, SIM_INIT_ACK), 0);
    assert_int_equal(sim_mark(sim), 1);
}

static void test_init_with_tag_zero_is_ignored(void **state)
{
    struct sim_raw raw = stranger(*state);
    raw.tag = 0;
    sim_raw_send(&raw, sim_raw_init(&raw));
    assert_int_equal(sim_mark(*state), 0);
    sim_finish(*state);
}

static void test_init_without_streams(void **state)
{
    struct sim_raw raw = stranger(*state);
    raw.os = 0;
    sim_raw_send(&raw, sim_raw_init(&raw));
    check_aborted(&raw);
    sim_finish(*state);
}

static void test_init_without_inbound_streams(void **state)
{
    struct sim_raw raw = stranger(*state);
    raw.mis = 0;
    sim_raw_send(&raw, sim_raw_init(&raw));
    check_aborted(&raw);
    sim_finish(*state);
}

static void test_init_with_small_window(void **state)
{
    struct sim_raw raw = stranger(*state);
    raw.rwnd = 1499;
    sim_raw_send(&raw, sim_raw_init(&raw));
    check_aborted(&raw);
    raw.rwnd = 1500;
    sim_raw_send(&raw, sim_raw_init(&raw));
    assert_int_equal(sim_raw_count(&raw, SIM_INIT_ACK), 1);
    sim_finish(*state);
}

/* 5.1.2 B */
static void test_init_with_host_name(void **state)
{
    struct sim_raw raw = stranger(*state);
    struct pb *pb = sim_raw_init(&raw);
    pb_item(pb, 11, "example.org", 12);
    sim_raw_send(&raw, pb);
    check_aborted(&raw);
    sim_finish(*state);
}

static void test_init_with_cut_parameter(void **state)
{
    struct sim_raw raw = stranger(*state);
    struct pb *pb = sim_raw_init(&raw);
    pb_tlv(pb, 5);
    pb_u32(pb, 0x0A000001);
    pb_lie_length(pb, 60);
    pb_end(pb);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_raw_count(&raw, SIM_INIT_ACK), 0);
    assert_int_equal(sim_stats(raw.host).associations, 0);
    sim_finish(*state);
}

/* Amplification (RFC 5062 bombing 4): whatever there is to list, at most three times the INIT.
 * covers: 9260/12.4-8 */
static void test_init_ack_is_small(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "b", 8, NULL);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    sim_raw_send(&raw, sim_raw_init(&raw));
    const struct sim_record *ack = sim_raw_last(&raw, SIM_INIT_ACK);
    /* 12 + 20 bytes of INIT plus UDP and IP headers came in. */
    assert_true(ack->length + 28 <= 3 * (32 + 28));
    sim_finish(sim);
}

/* covers: 9260/12.4-7 */
static void test_thousands_of_unknown_parameters(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    struct pb *pb = sim_raw_init(&raw);
    for (int i = 0; i < 10000; i++)
        pb_item(pb, 0xC00F, NULL, 0);
    sim_raw_send(&raw, pb);
    /* Whatever is answered keeps to the MTU (checked by the simulator) and is one packet. */
    assert_true(sim_mark(sim) <= 1);
    sim_finish(sim);
}

/* A full backlog is silence, so that clients try again, and succeed when there is room. */
static void test_backlog(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL);
    struct sim_host *b = sim_host_new(sim, "b", 1, NULL);
    sctpx_listen_options listen;
    sctpx_listen_options_defaults(b->endpoint, &listen);
    listen.backlog = 3;
    sim_listen(b, SIM_PORT, &listen);
    b->auto_accept = false;
    struct sim_conn *conns[5];
    for (size_t i = 0; i < 5; i++) {
        conns[i] = sim_connect(a, b, SIM_PORT, NULL);
        sim_run_for(sim, 100 * SIM_MS);
    }
    assert_int_equal(sctpx_endpoint_backlog(b->endpoint, SIM_PORT), 3);
    assert_true(sim_stats(b).dropped_backlog > 0);
    assert_int_equal(sim_sent(b, SIM_ABORT), 0);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(conns[i]->is_up, i < 3);
    sctpx_assoc *assoc;
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(sctpx_endpoint_accept(b->endpoint, SIM_PORT, NULL, &assoc), 0);
    sim_run_until_up(conns[3], 30 * SIM_SECOND);
    sim_run_until_up(conns[4], 30 * SIM_SECOND);
    sim_finish(sim);
}

/* Half-open and aborted set-ups leave the backlog empty (attack C13). */
static void test_backlog_counts_back(void **state)
{
    struct sim *sim = *state;
    sim->capture_off = true;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL);
    struct sim_host *b = sim_host_new(sim, "b", 1, NULL);
    sim_listen(b, SIM_PORT, NULL);
    b->auto_accept = false;
    sim_run_for(sim, SIM_SECOND);
    for (int i = 0; i < 2000; i++) {
        struct sim_conn *conn = sim_connect(a, b, SIM_PORT, NULL);
        sim_run_until_up(conn, SIM_SECOND);
        sim_conn_free(conn);
        sim_run_for(sim, 20 * SIM_MS);
        assert_int_equal(sctpx_endpoint_backlog(b->endpoint, SIM_PORT), 0);
    }
    assert_int_equal(sim_stats(b).associations, 0);
    sim_finish(sim);
}

static void test_unlisten_aborts_waiting_ones(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL);
    struct sim_host *b = sim_host_new(sim, "b", 1, NULL);
    sim_listen(b, SIM_PORT, NULL);
    struct sim_conn *accepted = sim_connect(a, b, SIM_PORT, NULL);
    sim_run_until_up(accepted, SIM_SECOND);
    b->auto_accept = false;
    struct sim_conn *waiting = sim_connect(a, b, SIM_PORT, NULL);
    sim_run_until_up(waiting, SIM_SECOND);
    assert_int_equal(sctpx_endpoint_unlisten(b->endpoint, sim->now, SIM_PORT), 0);
    sim_run_until_closed(waiting, SIM_SECOND);
    assert_int_equal(waiting->error, SCTPX_EPEERABORT);
    assert_false(accepted->is_closed);
    struct sim_conn *late = sim_connect(a, b, SIM_PORT, NULL);
    sim_run_until_closed(late, SIM_SECOND);
    assert_int_equal(late->error, SCTPX_EREFUSED);
    sim_finish(sim);
}

static void test_init_rate_limit(void **state)
{
    struct sim *sim = *state;
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.init_rate = 10;
    options.init_burst = 5;
    struct sim_host *b = sim_host_new(sim, "b", 1, &options);
    sim_listen(b, SIM_PORT, NULL);
    for (uint8_t i = 1; i <= 100; i++) {
        struct sim_raw raw = sim_raw_new(b, i);
        sim_raw_send(&raw, sim_raw_init(&raw));
    }
    assert_int_equal(sim_sent(b, SIM_INIT_ACK), 5);
    assert_int_equal(sim_stats(b).dropped_rate, 95);
    sim_run_for(sim, SIM_SECOND);
    struct sim_raw raw = sim_raw_new(b, 200);
    sim_raw_send(&raw, sim_raw_init(&raw));
    assert_int_equal(sim_sent(b, SIM_INIT_ACK), 6);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_init_with_tag_zero_is_ignored),
        sim_unit_test(test_init_without_streams),
        sim_unit_test(test_init_without_inbound_streams),
        sim_unit_test(test_init_with_small_window),
        sim_unit_test(test_init_with_host_name),
        sim_unit_test(test_init_with_cut_parameter),
        sim_unit_test(test_init_ack_is_small),
        sim_unit_test(test_thousands_of_unknown_parameters),
        sim_unit_test(test_backlog),
        sim_unit_test(test_backlog_counts_back),
        sim_unit_test(test_unlisten_aborts_waiting_ones),
        sim_unit_test(test_init_rate_limit),
    };
    return cmocka_run_group_tests_name("scenario.setup_refusal", tests, NULL, NULL);
}
