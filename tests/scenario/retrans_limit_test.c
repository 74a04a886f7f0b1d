/* SPDX-License-Identifier: MIT */
/* The largest numbers of retransmissions that can be set (RFC 9260 16) end as well. */
#include "sim/raw.h"
#include "sim/sim.h"

#define MOST UINT16_MAX
#define RTO (1 * SIM_MS)

static sctpx_assoc_options most(void)
{
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.rto_min_us = options.rto_initial_us = options.rto_max_us = RTO;
    options.max_init_retrans = options.association_max_retrans = MOST;
    options.path_max_retrans = MOST;
    options.hb_interval_us = 3600 * SIM_SECOND;
    options.shutdown_guard_us = 86400 * SIM_SECOND;
    return options;
}

/* 5.1: INIT and MOST repetitions. covers: attacks/S10 */
static void test_attack_S10_set_up_ends(void **state)
{
    struct sim *sim = *state;
    const sctpx_assoc_options options = most();
    struct sim_host *host = sim_host_new(sim, "client", 1, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    sim->capture_off = true;
    raw.conn = sim_connect_to(host, &raw.addr, 1, raw.port, 0, &options);
    sim_run_for(sim, (MOST + 1) * RTO - 1);
    assert_false(raw.conn->is_closed);
    sim_run_until_closed(raw.conn, 2);
    assert_int_equal(raw.conn->error, SCTPX_ETIMEDOUT);
    sim_finish(sim);
}

/* 8.1, 8.2: the path goes down, and the association ends. covers: attacks/S10 */
static void test_attack_S10_a_silent_peer_is_lost(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = most();
    struct sim_host *host = sim_host_new(sim, "client", 1, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    sim_raw_answer(&raw, &options);
    sim->capture_off = true;
    sim_send(raw.conn, 0, 100);
    sctpx_time start = sim->now;
    while (!raw.conn->is_closed && sim->now - start < 100 * SIM_SECOND)
        assert_true(sim_step(sim));
    assert_true(raw.conn->is_closed);
    assert_int_equal(raw.conn->error, SCTPX_ELOST);
    assert_int_equal(sim_event_count(host, SCTPX_EVENT_PATH_DOWN), 1);
    assert_true(sim->now - start >= MOST * RTO);
    sim_finish(sim);
}

/* 9.2: SHUTDOWN. covers: attacks/S10 */
static void test_attack_S10_shutdown_ends(void **state)
{
    struct sim *sim = *state;
    const sctpx_assoc_options options = most();
    struct sim_host *host = sim_host_new(sim, "client", 1, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    sim_raw_answer(&raw, &options);
    sim->capture_off = true;
    sctpx_assoc_shutdown(raw.conn->assoc, sim->now);
    sim_run_for(sim, MOST * RTO);
    assert_false(raw.conn->is_closed);
    sim_run_until_closed(raw.conn, 2 * RTO);
    assert_int_equal(raw.conn->error, SCTPX_ELOST);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_attack_S10_set_up_ends),
        sim_unit_test(test_attack_S10_a_silent_peer_is_lost),
        sim_unit_test(test_attack_S10_shutdown_ends),
    };
    return cmocka_run_group_tests_name("scenario.retrans_limit", tests, NULL, NULL);
}
