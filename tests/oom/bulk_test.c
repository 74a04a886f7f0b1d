/* SPDX-License-Identifier: MIT */
/* ctest: timeout=240 */
/* Data under way, both ways, when memory fails and comes back: all of it arrives, in order. */
#include "oom/every.h"

enum { MESSAGES = 25 };

/* Some fit in a packet with others, some take many; lengths without a pattern of their own. */
static size_t length_of(unsigned i)
{
    return i % 5 == 4 ? 9000 + 777 * i : 50 + 131 * i % 2500;
}

static void exchange(struct sim *sim, struct sim_pair *pair)
{
    for (unsigned i = 0; i < MESSAGES; i++) {
        every_send(pair->ab, (uint16_t)(i % 4), length_of(i));
        every_send(pair->ba, (uint16_t)(i % 3), length_of(i + 1));
        sim_flush(sim);
    }
    sim_run_until_received(pair->ba, MESSAGES, 300 * SIM_SECOND);
    sim_run_until_received(pair->ab, MESSAGES, 300 * SIM_SECOND);
    sim_run_until_sent(pair->ab, 60 * SIM_SECOND);
    sim_run_until_sent(pair->ba, 60 * SIM_SECOND);
    assert_int_equal(pair->ab->received_bytes, pair->ba->sent_bytes);
    assert_int_equal(pair->ba->received_bytes, pair->ab->sent_bytes);
}

static void bulk(struct sim *sim, const struct every *every)
{
    struct sim_pair pair = sim_pair(sim, NULL);

    every_arm(sim, every);
    exchange(sim, &pair);
}

static void test_bulk(void **state)
{
    assert_true(every_run(state, bulk) > 300);
}

/* With loss, reordering and duplication: retransmission, reassembly and gaps need memory too. */
static void bulk_over_bad_links(struct sim *sim, const struct every *every)
{
    struct sim_pair pair = sim_pair_multi(sim, 2, NULL);

    sim_set_links(sim, &(struct sim_link_config){.delay_us = 5 * SIM_MS,
                                                 .loss_permille = 50,
                                                 .reorder_permille = 100,
                                                 .reorder_us = 20 * SIM_MS,
                                                 .duplicate_permille = 50});
    every_arm(sim, every);
    exchange(sim, &pair);
}

static void test_bulk_over_bad_links(void **state)
{
    assert_true(every_run(state, bulk_over_bad_links) > 300);
}

/* A reader that stops, so that much is held, and a small buffer. */
static void bulk_unread(struct sim *sim, const struct every *every)
{
    sctpx_assoc_options options;

    sctpx_assoc_options_defaults(&options);
    options.rcvbuf_bytes = 60000;
    options.sndbuf_bytes = 200000;
    struct sim_pair pair = sim_pair(sim, &options);
    pair.ba->auto_read = false;
    every_arm(sim, every);
    for (unsigned i = 0; i < MESSAGES / 2; i++)
        every_send(pair.ab, (uint16_t)(i % 4), length_of(i) % 6000 + 1);
    sim_run_for(sim, 20 * SIM_SECOND);
    pair.ba->auto_read = true;
    sim_read(pair.ba, SIZE_MAX);
    sim_run_until_received(pair.ba, MESSAGES / 2, 600 * SIM_SECOND);
    sim_run_until_sent(pair.ab, 60 * SIM_SECOND);
}

static void test_bulk_unread(void **state)
{
    assert_true(every_run(state, bulk_unread) > 100);
}

/* Every third, tenth, hundredth allocation or so, all the time. */
static void test_bulk_with_memory_that_fails_at_random(void **state)
{
    for (unsigned run = 0; run < 60; run++) {
        struct sim *sim = sim_renew(state);
        static const uint32_t permille[] = {10, 100, 300};
        struct sim_pair pair = sim_pair(sim, NULL);
        sim->fault_random += run;
        sim_set_fault(sim, (struct sim_fault){.permille = permille[run % 3]});
        exchange(sim, &pair);
        assert_true(sim->failed_allocations > 0 || permille[run % 3] < 100);
        sim_finish(sim);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_bulk),
        sim_unit_test(test_bulk_over_bad_links),
        sim_unit_test(test_bulk_unread),
        sim_unit_test(test_bulk_with_memory_that_fails_at_random),
    };
    return cmocka_run_group_tests_name("oom.bulk", tests, NULL, NULL);
}
