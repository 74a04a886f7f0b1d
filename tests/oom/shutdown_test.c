/* SPDX-License-Identifier: MIT */
/* ctest: timeout=120 */
/* Graceful ends (RFC 9260 9.2) while memory fails: nothing is lost, and both sides end well. */
#include "oom/every.h"

static struct sim_pair with_data(struct sim *sim, const struct every *every, bool is_bad)
{
    struct sim_pair pair = sim_pair(sim, NULL);

    if (is_bad)
        sim_set_links(sim, &(struct sim_link_config){.delay_us = 10 * SIM_MS,
                                                     .loss_permille = 100,
                                                     .reorder_permille = 100,
                                                     .reorder_us = 30 * SIM_MS});
    every_arm(sim, every);
    for (unsigned i = 0; i < 15; i++) {
        every_send(pair.ab, (uint16_t)(i % 3), 100 + 700 * i);
        every_send(pair.ba, (uint16_t)(i % 3), 100 + 700 * i);
    }
    return pair;
}

static void check_ended(struct sim_pair *pair)
{
    sim_run_until_closed(pair->ab, 250 * SIM_SECOND);
    sim_run_until_closed(pair->ba, 250 * SIM_SECOND);
    assert_int_equal(pair->ab->error, 0);
    assert_int_equal(pair->ba->error, SCTPX_EPEERSHUTDOWN);
    assert_int_equal(pair->ab->received_messages, 15);
    assert_int_equal(pair->ba->received_messages, 15);
    assert_int_equal(sctpx_endpoint_next_deadline(pair->a->endpoint), SCTPX_TIME_NEVER);
    assert_int_equal(sctpx_endpoint_next_deadline(pair->b->endpoint), SCTPX_TIME_NEVER);
}

static void shut_down(struct sim *sim, const struct every *every)
{
    struct sim_pair pair = with_data(sim, every, false);

    assert_int_equal(sctpx_assoc_shutdown(pair.ab->assoc, sim->now), 0);
    check_ended(&pair);
}

static void test_shutdown_with_data_under_way(void **state)
{
    assert_true(every_run(state, shut_down) > 100);
}

static void shut_down_over_bad_links(struct sim *sim, const struct every *every)
{
    struct sim_pair pair = with_data(sim, every, true);

    sim_run_for(sim, 30 * SIM_MS);
    assert_int_equal(sctpx_assoc_shutdown(pair.ab->assoc, sim->now), 0);
    check_ended(&pair);
}

static void test_shutdown_over_bad_links(void **state)
{
    assert_true(every_run(state, shut_down_over_bad_links) > 100);
}

/* The last words need no memory: an ABORT goes out when there is none at all. */
static void test_abort_without_memory(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);

    sim_set_fault(sim, (struct sim_fault){.first = 1});
    assert_int_equal(sctpx_assoc_abort(pair.ab->assoc, sim->now, "no memory", 9), 0);
    sim_run_until_closed(pair.ba, SIM_SECOND);
    assert_int_equal(pair.ba->error, SCTPX_EPEERABORT);
    sim_finish(sim);
}

/* Neither does a graceful end. */
static void test_shutdown_without_memory(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);

    sim_run_for(sim, SIM_SECOND);
    sim_set_fault(sim, (struct sim_fault){.first = 1});
    assert_int_equal(sctpx_assoc_shutdown(pair.ab->assoc, sim->now), 0);
    sim_run_until_closed(pair.ab, SIM_SECOND);
    sim_run_until_closed(pair.ba, SIM_SECOND);
    assert_int_equal(pair.ab->error, 0);
    assert_int_equal(pair.ba->error, SCTPX_EPEERSHUTDOWN);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_shutdown_with_data_under_way),
        sim_unit_test(test_shutdown_over_bad_links),
        sim_unit_test(test_abort_without_memory),
        sim_unit_test(test_shutdown_without_memory),
    };
    return cmocka_run_group_tests_name("oom.shutdown", tests, NULL, NULL);
}
