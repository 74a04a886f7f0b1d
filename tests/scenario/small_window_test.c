/* SPDX-License-Identifier: MIT */
/* Receive buffers that hold little more than one chunk, or less: data must get through all the same
 * (RFC 9260 6.1 A lets the sender have one chunk under way whatever the window). */
#include "sim/sim.h"

static sctpx_assoc_options small(size_t rcvbuf, bool partial)
{
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.rcvbuf_bytes = rcvbuf;
    options.partial_delivery = partial;
    return options;
}

/* Fragments of many lengths, so that what is held takes every part of the buffer. */
static void send_and_wait(struct sim_pair *pair)
{
    struct sim *sim = pair->a->sim;
    sim_send_load(pair->ab, (struct sim_load){.count = 30, .min_bytes = 1, .max_bytes = 20000});
    sim_run_until_received(pair->ba, 30, 3000 * SIM_SECOND);
    sim_finish(sim);
}

static void test_smallest_buffer_with_partial_delivery(void **state)
{
    sctpx_assoc_options options = small(1500, true);
    struct sim_pair pair = sim_pair(*state, &options);
    send_and_wait(&pair);
}

static void test_smallest_buffer(void **state)
{
    sctpx_assoc_options options = small(1500, false);
    struct sim_pair pair = sim_pair(*state, &options);
    send_and_wait(&pair);
}

/* The peer's path takes packets that are longer than the whole buffer. */
static struct sim_pair with_long_packets(struct sim *sim, const sctpx_assoc_options *options)
{
    sctpx_endpoint_options jumbo;
    sim_host_options(&jumbo);
    jumbo.assoc.mtu = 9000;
    struct sim_host *a = sim_host_new(sim, "a", 1, &jumbo);
    struct sim_host *b = sim_host_new(sim, "b", 1, NULL);
    sctpx_listen_options listen;
    sctpx_listen_options_defaults(b->endpoint, &listen);
    listen.assoc = *options;
    sim_listen(b, SIM_PORT, &listen);
    return sim_pair_hosts(a, b, NULL);
}

static void test_chunks_longer_than_the_buffer(void **state)
{
    sctpx_assoc_options options = small(3000, false);
    struct sim_pair pair = with_long_packets(*state, &options);
    send_and_wait(&pair);
}

static void test_chunks_longer_than_the_buffer_with_partial_delivery(void **state)
{
    sctpx_assoc_options options = small(3000, true);
    struct sim_pair pair = with_long_packets(*state, &options);
    send_and_wait(&pair);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        sim_unit_test(test_smallest_buffer_with_partial_delivery),
        sim_unit_test(test_smallest_buffer),
        sim_unit_test(test_chunks_longer_than_the_buffer),
        sim_unit_test(test_chunks_longer_than_the_buffer_with_partial_delivery),
    };

    return cmocka_run_group_tests_name("small_window", tests, NULL, NULL);
}
