/* SPDX-License-Identifier: MIT */
/* RFC 9260 9.2: T2-shutdown and its limit, T5-shutdown-guard, and INIT in the middle of it. */
#include "conformance/rfc9260_09.h"

enum { MAX = 3 }; /* Association.Max.Retrans */

static sctpx_assoc_options limited(void)
{
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.association_max_retrans = MAX;
    options.path_max_retrans = 100;
    return options;
}

/* The repetitions of SHUTDOWN or SHUTDOWN ACK come after RTO, twice RTO and so on. */
static void check_back_off(struct sim_raw *raw, int chunk)
{
    struct sim *sim = raw->host->sim;
    sctpx_time rto = sim_path(raw->conn, 0).rto_us, last = sim->now;
    for (size_t n = 2; n <= 5; n++) {
        while (sim_raw_count(raw, chunk) < n)
            assert_true(sim_step(sim));
        assert_int_equal(sim->now - last, rto);
        last = sim->now;
        rto *= 2;
    }
}

/* covers: 9260/9.2-2 9260/9.2-3 */
static void test_t2_follows_the_rto_for_shutdown(void **state)
{
    struct sim_raw raw = shutdown_sent(one_host(*state), NULL);
    check_back_off(&raw, SIM_SHUTDOWN);
    sim_finish(*state);
}

/* covers: 9260/9.2-18 9260/9.2-3 */
static void test_t2_follows_the_rto_for_shutdown_ack(void **state)
{
    struct sim_raw raw = shutdown_ack_sent(one_host(*state), NULL);
    check_back_off(&raw, SIM_SHUTDOWN_ACK);
    sim_finish(*state);
}

static void check_limit(struct sim_raw *raw, int chunk)
{
    sim_run_until_closed(raw->conn, 120 * SIM_SECOND);
    assert_int_equal(sim_raw_count(raw, chunk), 1 + MAX);
    assert_int_equal(raw->conn->error, SCTPX_ELOST);
    assert_int_equal(sim_event_count(raw->host, SCTPX_EVENT_CLOSED), 1);
    sim_conn_free(raw->conn);
    assert_int_equal(sim_stats(raw->host).associations, 0);
}

/* covers: 9260/9.2-4 9260/9.2-5 9260/9.2-6 */
static void test_the_limit_for_shutdown(void **state)
{
    sctpx_assoc_options options = limited();
    struct sim_raw raw = shutdown_sent(one_host(*state), &options);
    check_limit(&raw, SIM_SHUTDOWN);
    sim_finish(*state);
}

/* covers: 9260/9.2-19 9260/9.2-20 9260/9.2-21 */
static void test_the_limit_for_shutdown_ack(void **state)
{
    sctpx_assoc_options options = limited();
    struct sim_raw raw = shutdown_ack_sent(one_host(*state), &options);
    check_limit(&raw, SIM_SHUTDOWN_ACK);
    sim_finish(*state);
}

/* covers: 9260/9.2-7 */
static void test_any_packet_gives_the_peer_time(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = limited();
    options.rto_max_us = 2 * SIM_SECOND;
    options.shutdown_guard_us = 1000 * SIM_SECOND;
    struct sim_raw raw = shutdown_sent(one_host(sim), &options);
    for (int i = 0; i < 5; i++) { /* the count starts over */
        size_t before = sim_raw_count(&raw, SIM_SHUTDOWN);
        while (sim_raw_count(&raw, SIM_SHUTDOWN) < before + MAX)
            assert_true(sim_step(sim));
        struct pb *pb = sim_raw_packet(&raw);
        pb_heartbeat(pb, "0123456789", 10); /* not answered any more, but heard */
        sim_raw_send(&raw, pb);
        assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_SENT);
    }
    /* And T2 as well. */
    sctpx_time rto = sim_path(raw.conn, 0).rto_us;
    sim_run_for(sim, rto - SIM_MS);
    size_t before = sim_raw_count(&raw, SIM_SHUTDOWN);
    sack(&raw, 0);
    sim_run_for(sim, rto - SIM_MS);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN), before);
    sim_finish(sim);
}

/* Lets a peer talk that never lets go; how long it takes until it is aborted. */
static sctpx_time talk_until_aborted(struct sim_raw *raw)
{
    struct sim *sim = raw->host->sim;
    sctpx_time start = sim->now;
    for (uint16_t ssn = 0; !raw->conn->is_closed; ssn++) {
        sim_raw_data(raw, 0, ssn, 10);
        sim_run_for(sim, 500 * SIM_MS);
        assert_true(sim->now - start < 1000 * SIM_SECOND);
    }
    assert_int_equal(sim_raw_count(raw, SIM_ABORT), 1);
    assert_int_equal(raw->conn->error, SCTPX_ETIMEDOUT);
    return sim_raw_last(raw, SIM_ABORT)->at - start;
}

/* covers: 9260/9.2-14 9260/9.2-15 9260/9.2-16 */
static void test_the_guard_is_five_times_rto_max(void **state)
{
    struct sim_raw raw = shutdown_sent(one_host(*state), NULL);
    assert_int_equal(talk_until_aborted(&raw), 300 * SIM_SECOND);
    sim_finish(*state);
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.rto_max_us = 4 * SIM_SECOND;
    raw = shutdown_sent(one_host(sim_renew(state)), &options);
    assert_int_equal(talk_until_aborted(&raw), 20 * SIM_SECOND);
    sim_finish(*state);
}

/* covers: 9260/9.2-27 */
static void test_init_in_shutdown_ack_sent(void **state)
{
    struct sim_raw raw = shutdown_ack_sent(one_host(*state), NULL);
    struct sim_raw next = raw; /* the peer has forgotten it, and starts again */
    next.tag ^= 0x5555;
    sim_raw_send(&next, sim_raw_init(&next));
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_ACK), 2);
    assert_int_equal(sim_raw_last(&raw, SIM_SHUTDOWN_ACK)->vtag, raw.tag);
    assert_int_equal(sim_raw_count(&raw, SIM_INIT_ACK), 0);
    assert_int_equal(sim_raw_count(&raw, SIM_ABORT), 0);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    sim_finish(*state);
}

/* The address is in the INIT only. covers: 9260/9.2-27 */
static void test_init_from_another_address_in_shutdown_ack_sent(void **state)
{
    struct sim_raw raw = shutdown_ack_sent(one_host(*state), NULL);
    sctpx_addr other = sim_ipv4(192, 0, 2, 77, SIM_UDP_PORT);
    struct pb *pb = sim_raw_init(&raw);
    pb_ipv4(pb, 0xC0000201);
    pb_ipv4(pb, 0xC000024D);
    send_from(&raw, &other, pb);
    struct sim_query answers = {.from = raw.host, .chunk = SIM_SHUTDOWN_ACK};
    assert_int_equal(sim_count(*state, answers), 2);
    assert_int_equal(sim_count(*state, (struct sim_query){.from = raw.host, .chunk = SIM_INIT_ACK}),
                     0);
    sim_finish(*state);
}

/* Other ports mean another association. covers: 9260/9.2-33 */
static void test_init_with_another_port_in_shutdown_ack_sent(void **state)
{
    struct sim_raw raw = shutdown_ack_sent(one_host(*state), NULL);
    sim_listen(raw.host, SIM_PORT, NULL);
    struct sim_raw other = sim_raw_new(raw.host, 1);
    other.port = 999;
    sim_raw_connect(&other);
    assert_int_equal(sim_state(other.conn), SCTPX_ESTABLISHED);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    sim_finish(*state);
}

static struct sim_raw in_setup(struct sim *sim, bool is_echoed)
{
    struct sim_raw raw = sim_raw_new(one_host(sim), 1);
    raw.conn = sim_connect_to(raw.host, &raw.addr, 1, raw.port, 0, NULL);
    sim_flush(sim);
    sim_raw_learn(&raw, SIM_INIT);
    if (!is_echoed)
        return raw;
    struct pb *pb = sim_raw_packet(&raw);
    pb_init_ack(pb, raw.tag, raw.rwnd, raw.os, raw.mis, raw.tsn);
    pb_cookie(pb, "cookie", 6);
    pb_end(pb);
    sim_raw_send(&raw, pb);
    return raw;
}

/* T1 goes on, and a new association is set up by it. covers: 9260/9.2-28 */
static void test_shutdown_ack_during_the_setup(void **state)
{
    for (int is_echoed = 0; is_echoed < 2; is_echoed++) {
        struct sim_raw raw = in_setup(sim_renew(state), is_echoed != 0);
        enum sctpx_assoc_state before = sim_state(raw.conn);
        int setup = is_echoed ? SIM_COOKIE_ECHO : SIM_INIT;
        struct pb *pb = pb_new(raw.port, raw.host_port, 0x12345678);
        pb_shutdown_ack(pb);
        sim_raw_send(&raw, pb);
        const struct sim_record *record = sim_raw_last(&raw, SIM_SHUTDOWN_COMPLETE);
        assert_non_null(record);
        assert_int_equal(record->n_chunks, 1);
        assert_int_equal(record->vtag, 0x12345678);
        assert_int_equal(sim_state(raw.conn), before);
        assert_int_equal(sim_raw_count(&raw, setup), 1);
        sim_run_for(*state, 1100 * SIM_MS);
        assert_int_equal(sim_raw_count(&raw, setup), 2);
        sim_finish(*state);
    }
}

/* covers: 9260/9.2-29 */
static void test_shutdown_during_the_setup(void **state)
{
    for (int is_echoed = 0; is_echoed < 2; is_echoed++) {
        struct sim_raw raw = in_setup(sim_renew(state), is_echoed != 0);
        enum sctpx_assoc_state before = sim_state(raw.conn);
        size_t mark = sim_mark(*state);
        say_shutdown(&raw, 0);
        assert_int_equal(sim_mark(*state), mark);
        assert_int_equal(sim_state(raw.conn), before);
        sim_run_for(*state, 1100 * SIM_MS);
        assert_int_equal(sim_raw_count(&raw, is_echoed ? SIM_COOKIE_ECHO : SIM_INIT), 2);
        sim_finish(*state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_t2_follows_the_rto_for_shutdown),
        sim_unit_test(test_t2_follows_the_rto_for_shutdown_ack),
        sim_unit_test(test_the_limit_for_shutdown),
        sim_unit_test(test_the_limit_for_shutdown_ack),
        sim_unit_test(test_any_packet_gives_the_peer_time),
        sim_unit_test(test_the_guard_is_five_times_rto_max),
        sim_unit_test(test_init_in_shutdown_ack_sent),
        sim_unit_test(test_init_from_another_address_in_shutdown_ack_sent),
        sim_unit_test(test_init_with_another_port_in_shutdown_ack_sent),
        sim_unit_test(test_shutdown_ack_during_the_setup),
        sim_unit_test(test_shutdown_during_the_setup),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_09_shutdown_timers", tests, NULL, NULL);
}
