/* SPDX-License-Identifier: MIT */
/* User messages over networks that lose, reorder, double and spoil packets. */
#include "sim/sim.h"

static const struct sim_load mixed = {
    .count = 400, .min_bytes = 1, .max_bytes = 6000, .streams = 7};

/* Everything arrives, once, in order and unspoiled, both ways; then the association ends well. */
static struct sim_pair check_transfer(struct sim *sim, const struct sim_link_config *link,
                                      struct sim_load load)
{
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_set_links(sim, link);
    sim_send_load(pair.ab, load);
    sim_send_load(pair.ba, load);
    sim_run_until_received(pair.ba, load.count, 3600 * SIM_SECOND);
    sim_run_until_received(pair.ab, load.count, 3600 * SIM_SECOND);
    assert_int_equal(sctpx_assoc_shutdown(pair.ab->assoc, sim->now), 0);
    sim_run_until_closed(pair.ab, 300 * SIM_SECOND);
    sim_run_until_closed(pair.ba, 700 * SIM_SECOND);
    assert_int_equal(pair.ab->error, 0);
    assert_int_equal(pair.ba->received_messages, load.count);
    assert_int_equal(pair.ab->received_messages, load.count);
    return pair;
}

static void check_loss(struct sim *sim, uint32_t permille)
{
    struct sim_link_config link = {.delay_us = 10 * SIM_MS, .loss_permille = permille};
    struct sim_pair pair = check_transfer(sim, &link, mixed);
    assert_true(sim_status(pair.ab).retransmitted_chunks > 0);
    sim_finish(sim);
}

static void test_loss_of_1_percent(void **state)
{
    check_loss(*state, 10);
}

static void test_loss_of_5_percent(void **state)
{
    check_loss(*state, 50);
}

static void test_loss_of_10_percent(void **state)
{
    check_loss(*state, 100);
}

static void test_loss_of_20_percent(void **state)
{
    check_loss(*state, 200);
}

static void test_loss_with_unordered_messages(void **state)
{
    struct sim *sim = *state;
    struct sim_link_config link = {.delay_us = 10 * SIM_MS, .loss_permille = 50};
    struct sim_load load = mixed;
    load.flags = SCTPX_MSG_UNORDERED;
    check_transfer(sim, &link, load);
    sim_finish(sim);
}

static void test_reordering(void **state)
{
    struct sim *sim = *state;
    struct sim_link_config link = {
        .delay_us = 10 * SIM_MS, .reorder_permille = 200, .reorder_us = 15 * SIM_MS};
    check_transfer(sim, &link, mixed);
    sim_finish(sim);
}

static void test_duplication(void **state)
{
    struct sim *sim = *state;
    struct sim_link_config link = {.delay_us = 10 * SIM_MS, .duplicate_permille = 500};
    struct sim_pair pair = check_transfer(sim, &link, mixed);
    assert_true(sim_status(pair.ba).duplicate_chunks > 0);
    assert_int_equal(sim_status(pair.ab).retransmitted_chunks, 0);
    sim_finish(sim);
}

static void test_corruption(void **state)
{
    struct sim *sim = *state;
    struct sim_link_config link = {.delay_us = 10 * SIM_MS, .corrupt_permille = 50};
    check_transfer(sim, &link, mixed);
    assert_true(sim_stats(sim->hosts[0]).bad_checksum > 0);
    assert_true(sim_stats(sim->hosts[1]).bad_checksum > 0);
    sim_finish(sim);
}

static void test_everything_at_once(void **state)
{
    struct sim *sim = *state;
    struct sim_link_config link = {
        .delay_us = 20 * SIM_MS,
        .rate_bps = 10000000,
        .queue_bytes = 40000,
        .loss_permille = 30,
        .reorder_permille = 100,
        .reorder_us = 30 * SIM_MS,
        .duplicate_permille = 50,
        .corrupt_permille = 20,
    };
    check_transfer(sim, &link, mixed);
    sim_finish(sim);
}

/* Many short runs, each with another seed. */
static void test_thirty_seeds(void **state)
{
    for (uint64_t i = 0; i < 30; i++) {
        struct sim *sim = sim_renew(state);
        sim->random += i;
        struct sim_link_config link = {
            .delay_us = (i + 1) * 3 * SIM_MS,
            .loss_permille = (uint32_t)(10 + i * 5),
            .reorder_permille = 150,
            .reorder_us = 20 * SIM_MS,
            .duplicate_permille = 50,
        };
        struct sim_load load = {.count = 60, .min_bytes = 1, .max_bytes = 8000, .streams = 4};
        load.flags = i % 3 == 2 ? SCTPX_MSG_UNORDERED : 0;
        check_transfer(sim, &link, load);
        sim_finish(sim);
    }
}

/* Only one direction is bad: SACKs are lost, data is not. */
static void test_lost_sacks_cost_little(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_link(sim, pair.b->addrs, pair.a->addrs)->loss_permille = 300;
    sim_send_load(pair.ab, (struct sim_load){.count = 1000, .min_bytes = 1400});
    sim_run_until_received(pair.ba, 1000, 120 * SIM_SECOND);
    sim_run_until_sent(pair.ab, 120 * SIM_SECOND);
    assert_true(sim_status(pair.ab).retransmitted_chunks < 50);
    sim_finish(sim);
}

/* A pause of the network shorter than the patience of the association. */
static void test_network_pauses(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_send_load(pair.ab, (struct sim_load){.count = 3000, .min_bytes = 1400});
    for (sctpx_time i = 1; i < 5; i++) {
        sim_run_for(sim, 60 * SIM_MS);
        sim_set_address_down(sim, &pair.b->addrs[0], true);
        sim_run_for(sim, i * 3 * SIM_SECOND);
        sim_set_address_down(sim, &pair.b->addrs[0], false);
        sim_run_for(sim, 30 * SIM_SECOND);
    }
    sim_run_until_received(pair.ba, 3000, 300 * SIM_SECOND);
    assert_false(pair.ab->is_closed);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_loss_of_1_percent),
        sim_unit_test(test_loss_of_5_percent),
        sim_unit_test(test_loss_of_10_percent),
        sim_unit_test(test_loss_of_20_percent),
        sim_unit_test(test_loss_with_unordered_messages),
        sim_unit_test(test_reordering),
        sim_unit_test(test_duplication),
        sim_unit_test(test_corruption),
        sim_unit_test(test_everything_at_once),
        sim_unit_test(test_thirty_seeds),
        sim_unit_test(test_lost_sacks_cost_little),
        sim_unit_test(test_network_pauses),
    };
    return cmocka_run_group_tests_name("scenario.bad_network", tests, NULL, NULL);
}
