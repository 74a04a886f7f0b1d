/* SPDX-License-Identifier: MIT */
/* Receive buffers that hold little more than one chunk, or less: data must get through all the same
 * (RFC 9260 6.1 A lets the sender have one chunk under way whatever the window). */
#define SIM_BOTH_SENDERS
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

/* The third fragment is lost, and what is behind it is held when the options change. */
static void change_while_held(struct sim *sim, size_t rcvbuf, bool was_partial, bool partial)
{
    sctpx_assoc_options options = small(1 << 20, was_partial);
    struct sim_pair pair = sim_pair(sim, &options);
    sim_send(pair.ab, 0, 50000); /* so that cwnd has grown */
    sim_run_until_received(pair.ba, 1, SIM_SECOND);
    sim_run_for(sim, 100 * SIM_MS);
    sim_add_drop(sim, (struct sim_drop){.from = pair.a, .chunk = SIM_DATA, .skip = 2, .count = 1});
    sim_send(pair.ab, 0, 40000);
    sim_run_for(sim, 33 * SIM_MS); /* retransmitted, but not yet here */
    assert_true(sim_status(pair.ba).rcvbuf_used_bytes > 3 * rcvbuf);
    sctpx_assoc_get_options(pair.ba->assoc, &options);
    options.rcvbuf_bytes = rcvbuf;
    options.partial_delivery = partial;
    assert_int_equal(sctpx_assoc_set_options(pair.ba->assoc, sim->now, &options), 0);
    sim_send(pair.ab, 0, 40000);
    sim_run_until_received(pair.ba, 3, 3000 * SIM_SECOND);
    sim_finish(sim);
}

static void test_buffer_made_smaller_than_what_it_holds(void **state)
{
    change_while_held(*state, 1500, false, false);
    change_while_held(sim_renew(state), 1500, true, true);
    change_while_held(sim_renew(state), 1500, false, true);
}

/*
 * The beginning of a message is lost, again and again, and those behind it arrive whole. They wait
 * and are no longer incomplete, but the one that they wait for must still get in.
 */
static void test_long_messages_behind_a_lost_one(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = small(8000, false);
    struct sim_pair pair = sim_pair(sim, &options);
    sim_send(pair.ab, 0, 60000);
    sim_run_until_received(pair.ba, 1, 10 * SIM_SECOND);
    const struct sim_record *last = sim_last(sim, (struct sim_query){.from = pair.a});
    sim_add_drop(sim, (struct sim_drop){.from = pair.a,
                                        .chunk = SIM_DATA,
                                        .has_tsn = true,
                                        .tsn = sim_find_chunk(sim, last, SIM_DATA)->tsn + 1,
                                        .count = 2});
    for (int i = 0; i < 10; i++)
        sim_send(pair.ab, 0, 60000);
    sim_run_until_received(pair.ba, 11, 3000 * SIM_SECOND);
    sim_finish(sim);
}

/* What is held is over the new limit: told, and not waited with for ever. */
static void test_message_limit_below_what_is_held(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = small(3000, false);
    struct sim_pair pair = sim_pair(sim, &options);
    sim_send(pair.ab, 0, 100000);
    sim_run_for(sim, 200 * SIM_MS);
    assert_true(sim_status(pair.ba).rcvbuf_used_bytes > 20000);
    sctpx_assoc_get_options(pair.ba->assoc, &options);
    options.max_message_bytes = 5000;
    assert_int_equal(sctpx_assoc_set_options(pair.ba->assoc, sim->now, &options), 0);
    sim_run_until_closed(pair.ba, 10 * SIM_SECOND);
    assert_int_equal(pair.ba->error, SCTPX_EMSGSIZE);
    sim_finish(sim);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        sim_unit_test(test_smallest_buffer_with_partial_delivery),
        sim_unit_test(test_smallest_buffer),
        sim_unit_test(test_chunks_longer_than_the_buffer),
        sim_unit_test(test_chunks_longer_than_the_buffer_with_partial_delivery),
        sim_rfc9260_test(test_buffer_made_smaller_than_what_it_holds),
        sim_unit_test(test_message_limit_below_what_is_held),
        sim_unit_test(test_long_messages_behind_a_lost_one),
    };

    return cmocka_run_group_tests_name("small_window", tests, NULL, NULL);
}
