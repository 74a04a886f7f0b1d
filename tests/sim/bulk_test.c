/* SPDX-License-Identifier: MIT */
/* Bulk transfers over a bottleneck: what the light mode leaves out changes nothing. */
#include "sim/bulk.h"

static struct sim_bulk_config lossy(void)
{
    const struct sim_link_config link = sim_bulk_link(20, 30 * SIM_MS);
    struct sim_bulk_config config = {
        .data = link,
        .acks = link,
        .duration_us = 2 * SIM_SECOND,
        .seed = 7,
        .n_flows = 2,
        .flows = {{.message_bytes = 1400}, {.message_bytes = 5000, .start_us = 500 * SIM_MS}},
    };
    config.data.loss_permille = 5;
    config.data.reorder_permille = 5;
    config.data.reorder_us = SIM_MS;
    return config;
}

static void assert_same(const struct sim_bulk_result *a, const struct sim_bulk_result *b)
{
    assert_int_equal(a->data.packets, b->data.packets);
    assert_int_equal(a->data.bytes, b->data.bytes);
    assert_int_equal(a->data.lost, b->data.lost);
    assert_int_equal(a->data.overflowed, b->data.overflowed);
    assert_int_equal(a->data.waited_us, b->data.waited_us);
    for (size_t i = 0; i < 2; i++) {
        assert_true(a->flows[i].sender.sent_bytes > 0);
        assert_int_equal(a->flows[i].sender.sent_bytes, b->flows[i].sender.sent_bytes);
        assert_int_equal(a->flows[i].sender.retransmitted_chunks,
                         b->flows[i].sender.retransmitted_chunks);
        assert_int_equal(a->flows[i].receiver.received_bytes, b->flows[i].receiver.received_bytes);
    }
}

static void test_light_mode_changes_nothing(void **state)
{
    (void)state;
    struct sim_bulk_config config = lossy();
    struct sim_bulk_result light = sim_bulk_run(&config);
    config.is_checked = true;
    struct sim_bulk_result checked = sim_bulk_run(&config);
    assert_true(light.data.lost > 0);
    assert_same(&light, &checked);
}

static void test_the_same_seed_gives_the_same_run(void **state)
{
    (void)state;
    struct sim_bulk_config config = lossy();
    struct sim_bulk_result first = sim_bulk_run(&config), second = sim_bulk_run(&config);
    assert_same(&first, &second);
    config.seed++;
    struct sim_bulk_result other = sim_bulk_run(&config);
    assert_int_not_equal(first.data.bytes, other.data.bytes);
}

/* A queue of one bandwidth-delay product is full after one round trip's time of the link. */
static void test_queue_holds_one_bandwidth_delay_product(void **state)
{
    (void)state;
    struct sim_bulk_config config = lossy();
    config.data.loss_permille = config.data.reorder_permille = 0;
    struct sim_bulk_result result = sim_bulk_run(&config);
    assert_true(result.data.overflowed > 0);
    assert_in_range(result.data.longest_wait_us, 29 * SIM_MS, 30 * SIM_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_light_mode_changes_nothing),
        cmocka_unit_test(test_the_same_seed_gives_the_same_run),
        cmocka_unit_test(test_queue_holds_one_bandwidth_delay_product),
    };
    return cmocka_run_group_tests_name("sim.bulk", tests, NULL, NULL);
}
