/* SPDX-License-Identifier: MIT */
/*
 * The end of slow start (RFC 9406) on links whose queue holds one bandwidth-delay product: it is
 * found before the queue is full, and neither too early nor because of some jitter. Default options.
 */
#include "sim/bulk.h"

static struct sim_bulk_config link_of(double mbit_s, sctpx_time rtt_us)
{
    const struct sim_link_config link = sim_bulk_link(mbit_s, rtt_us);
    return (struct sim_bulk_config){
        .data = link,
        .acks = link,
        .duration_us = 20 * rtt_us,
        .warm_up_us = 15 * rtt_us,
        .seed = 1,
        .n_flows = 1,
        .flows = {{.message_bytes = 1400}},
    };
}

/* Next to nothing overflows, and after 15 round trips the link is full. */
static void assert_ends_in_time(const struct sim_bulk_config *config, double mbit_s)
{
    struct sim_bulk_result result = sim_bulk_run(config);
    const sctpx_assoc_status *sender = &result.flows[0].sender;
    assert_true(result.data.overflowed * 200 <= result.data.packets);
    assert_true(sender->retransmitted_chunks * 200 <= sender->sent_chunks);
    assert_true(result.flows[0].mbit_s >= mbit_s);
}

static void test_the_queue_does_not_overflow(void **state)
{
    (void)state;
    struct sim_bulk_config slow = link_of(10, 100 * SIM_MS), middle = link_of(100, 50 * SIM_MS),
                           fast = link_of(100, 100 * SIM_MS);
    assert_ends_in_time(&slow, 9);
    assert_ends_in_time(&middle, 90);
    assert_ends_in_time(&fast, 90);
}

/* Slow start goes on over a link that lets some packets wait, for there is no queue. */
static void test_jitter_does_not_end_it(void **state)
{
    (void)state;
    struct sim_bulk_config config = link_of(100, 50 * SIM_MS);
    config.data.reorder_permille = 300;
    config.data.reorder_us = 10 * SIM_MS;
    struct sim_bulk_result result = sim_bulk_run(&config);
    assert_true(result.flows[0].mbit_s >= 80);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_queue_does_not_overflow),
        cmocka_unit_test(test_jitter_does_not_end_it),
    };
    return cmocka_run_group_tests_name("scenario.slow_start", tests, NULL, NULL);
}
