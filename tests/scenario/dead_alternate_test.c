/* SPDX-License-Identifier: MIT */
/*
 * The alternate path is dead and nobody knows yet, when the primary one fails for a moment
 * (RFC 9260 6.4, 6.4.1): what was lost tries the alternate, but must not go on doing so once that
 * has timed out too and the primary answers again.
 */
#include "sim/sim.h"

#define MESSAGES 20000u

/* Two paths at 20 Mbit/s, confirmed by now, and a transfer over the first one in full swing. */
static struct sim_pair busy_pair(struct sim *sim)
{
    struct sim_link_config link = {.delay_us = 20 * SIM_MS, .rate_bps = 20000000};
    struct sim_pair pair = sim_pair_multi(sim, 2, NULL);
    sim->capture_off = true;
    sim_set_links(sim, &link);
    sim_run_for(sim, 10 * SIM_SECOND);
    sim_send_load(pair.ab, (struct sim_load){.count = MESSAGES, .min_bytes = 1400});
    sim_run_for(sim, 500 * SIM_MS);
    assert_in_range(pair.ba->received_messages, 100, MESSAGES / 2);
    return pair;
}

/* The longest time without a message, from now until all of them are there. */
static sctpx_time longest_pause(struct sim_pair *pair, sctpx_time limit_us)
{
    struct sim *sim = pair->a->sim;
    sctpx_time end = sim->now + limit_us, last = sim->now, longest = 0;
    size_t before = pair->ba->received_messages;
    while (pair->ba->received_messages < MESSAGES && sim->now < end) {
        sim_run_for(sim, 10 * SIM_MS);
        if (sim->now - last > longest)
            longest = sim->now - last;
        if (pair->ba->received_messages != before)
            last = sim->now;
        before = pair->ba->received_messages;
    }
    return longest;
}

static void check_cut(struct sim *sim, bool is_alternate_dead, sctpx_time cut, sctpx_time most)
{
    struct sim_pair pair = busy_pair(sim);
    sim_set_address_down(sim, &pair.a->addrs[1], is_alternate_dead);
    sim_set_address_down(sim, &pair.b->addrs[1], is_alternate_dead);
    sim_set_address_down(sim, &pair.b->addrs[0], true);
    sim_run_for(sim, cut);
    sim_set_address_down(sim, &pair.b->addrs[0], false);
    assert_true(longest_pause(&pair, 60 * SIM_SECOND) <= most);
    sim_run_until_received(pair.ba, MESSAGES, SIM_SECOND);
    sim_run_until_sent(pair.ab, 5 * SIM_SECOND);
    assert_false(pair.ab->is_closed);
    sim_finish(sim);
}

/*
 * A few time-outs of both paths, until it is known which one answers, from which local address; but
 * not one more for every chunk or two that were lost.
 */
static void test_short_cut_with_a_dead_alternate(void **state)
{
    check_cut(*state, true, 300 * SIM_MS, 2 * SIM_SECOND);
}

/* T3-rtx has run out on the primary path before it is back. */
static void test_longer_cut_with_a_dead_alternate(void **state)
{
    check_cut(*state, true, 1200 * SIM_MS, 2 * SIM_SECOND);
}

/* For comparison: nothing but the T3-rtx of the primary path has to be waited for. */
static void test_cut_with_a_living_alternate(void **state)
{
    check_cut(*state, false, 300 * SIM_MS, SIM_SECOND);
    check_cut(sim_renew(state), false, 1200 * SIM_MS, SIM_SECOND);
}

/* A path that left more unanswered than the one that just timed out is no alternative. */
static void test_alternate_that_failed_before_is_left_alone(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair_multi(sim, 2, NULL);
    sim_run_for(sim, 10 * SIM_SECOND);
    size_t second = sim_path_to(pair.ab, &pair.b->addrs[1]);
    sim_set_address_down(sim, &pair.b->addrs[1], true);
    for (int i = 0; i < 200 && sim_path(pair.ab, second).errors < 2; i++)
        sim_run_for(sim, SIM_SECOND);
    assert_int_equal(sim_path(pair.ab, second).errors, 2);
    assert_true(sim_path(pair.ab, second).active);
    sim_add_drop(sim, (struct sim_drop){.from = pair.a, .chunk = SIM_DATA, .count = 1});
    sctpx_time start = sim->now;
    sim_send(pair.ab, 0, 1000);
    sim_run_until_received(pair.ba, 1, 60 * SIM_SECOND);
    assert_true(sim->now - start < 1500 * SIM_MS);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_short_cut_with_a_dead_alternate),
        sim_unit_test(test_longer_cut_with_a_dead_alternate),
        sim_unit_test(test_cut_with_a_living_alternate),
        sim_unit_test(test_alternate_that_failed_before_is_left_alone),
    };
    return cmocka_run_group_tests_name("scenario.dead_alternate", tests, NULL, NULL);
}
