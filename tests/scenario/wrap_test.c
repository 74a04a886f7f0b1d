/* SPDX-License-Identifier: MIT */
/* Sequence numbers that pass their maximum: TSN at 2^32, SSN at 2^16 (RFC 9260 1.6). */
#include "sim/sim.h"

/* Both hosts start less than 256 TSNs before the wrap. */
static struct sim_pair high_pair(struct sim *sim)
{
    sim->random_is_high = true;
    struct sim_host *host_a = sim_host_new(sim, "a", 1, NULL);
    struct sim_host *host_b = sim_host_new(sim, "b", 1, NULL);
    struct sim_pair pair = sim_pair_hosts(host_a, host_b, NULL);
    uint32_t a = sim_find_chunk(sim, sim_sent_nth(pair.a, SIM_INIT, 0), SIM_INIT)->tsn;
    uint32_t b = sim_find_chunk(sim, sim_sent_nth(pair.b, SIM_INIT_ACK, 0), SIM_INIT_ACK)->tsn;
    assert_true(a >= 0xFFFFFF00u && b >= 0xFFFFFF00u);
    return pair;
}

static void check_wraps(struct sim *sim, const struct sim_link_config *link, uint16_t flags)
{
    struct sim_pair pair = high_pair(sim);
    if (link)
        sim_set_links(sim, link);
    struct sim_load load = {
        .count = 600, .min_bytes = 1, .max_bytes = 5000, .streams = 5, .flags = flags};
    sim_send_load(pair.ab, load);
    sim_send_load(pair.ba, load);
    sim_run_until_received(pair.ba, 600, 600 * SIM_SECOND);
    sim_run_until_received(pair.ab, 600, 600 * SIM_SECOND);
    uint32_t tsn =
        sim_find_chunk(sim, sim_last(sim, (struct sim_query){.from = pair.a}), SIM_DATA)->tsn;
    assert_true(tsn < 0x80000000u);
    assert_int_equal(sctpx_assoc_shutdown(pair.ab->assoc, sim->now), 0);
    sim_run_until_closed(pair.ab, 100 * SIM_SECOND);
    assert_int_equal(pair.ab->error, 0);
    sim_finish(sim);
}

static void test_tsn_wraps(void **state)
{
    check_wraps(*state, NULL, 0);
}

static void test_tsn_wraps_with_loss_and_reordering(void **state)
{
    struct sim_link_config link = {.delay_us = 10 * SIM_MS,
                                   .loss_permille = 80,
                                   .reorder_permille = 100,
                                   .reorder_us = 15 * SIM_MS,
                                   .duplicate_permille = 50};
    check_wraps(*state, &link, 0);
}

static void test_tsn_wraps_with_unordered_messages(void **state)
{
    struct sim_link_config link = {.delay_us = 10 * SIM_MS, .loss_permille = 50};
    check_wraps(*state, &link, SCTPX_MSG_UNORDERED);
}

/* A burst across the wrap whose first packet is lost: gap blocks on both sides of zero. */
static void test_gap_across_the_wrap(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = high_pair(sim);
    uint32_t tsn = sim_find_chunk(sim, sim_sent_nth(pair.a, SIM_INIT, 0), SIM_INIT)->tsn;
    /* Single small packets until the next TSN is 0xFFFFFFFE. */
    for (; tsn != 0xFFFFFFFEu; tsn++) {
        sim_send(pair.ab, 0, 10);
        sim_run_until_sent(pair.ab, SIM_SECOND);
    }
    struct sim_drop *drop = sim_add_drop(
        sim, (struct sim_drop){.from = pair.a, .has_tsn = true, .tsn = 0xFFFFFFFEu, .count = 1});
    size_t before = pair.ba->received_messages;
    sim_send_load(pair.ab, (struct sim_load){.count = 20, .min_bytes = 1400});
    sim_run_until_received(pair.ba, before + 20, 10 * SIM_SECOND);
    assert_int_equal(drop->dropped, 1);
    assert_int_equal(sim_status(pair.ab).retransmitted_chunks, 1);
    assert_int_equal(sim_status(pair.ab).t3_timeouts, 0);
    sim_finish(sim);
}

static void check_ssn_wrap(struct sim *sim, uint32_t loss_permille)
{
    struct sim_pair pair = sim_pair(sim, NULL);
    sim->capture_off = true;
    struct sim_link_config link = {.delay_us = 5 * SIM_MS, .loss_permille = loss_permille};
    sim_set_links(sim, &link);
    sim_send_load(pair.ab, (struct sim_load){.count = 140000, .min_bytes = 1, .first_stream = 9});
    sim_run_until_received(pair.ba, 140000, 3600 * SIM_SECOND);
    sim_finish(sim);
}

/* The simulator checks the SSN of every message.
 * covers: 9260/1.6-5 */
static void test_ssn_wraps_twice(void **state)
{
    check_ssn_wrap(*state, 0);
}

static void test_ssn_wraps_with_loss(void **state)
{
    check_ssn_wrap(*state, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_tsn_wraps),
        sim_unit_test(test_tsn_wraps_with_loss_and_reordering),
        sim_unit_test(test_tsn_wraps_with_unordered_messages),
        sim_unit_test(test_gap_across_the_wrap),
        sim_unit_test(test_ssn_wraps_twice),
        sim_unit_test(test_ssn_wraps_with_loss),
    };
    return cmocka_run_group_tests_name("scenario.wrap", tests, NULL, NULL);
}
