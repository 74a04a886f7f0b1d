/* SPDX-License-Identifier: MIT */
/* ctest: timeout=120 */
/* Endpoints, listening and the set-up of associations when memory fails and comes back. */
#include "oom/every.h"

static void check_data(struct sim_conn *ab, struct sim_conn *ba)
{
    size_t at_b = ba->received_messages, at_a = ab->received_messages;

    every_send(ab, 1, 3000);
    every_send(ba, 1, 3000);
    sim_run_until_received(ba, at_b + 1, 60 * SIM_SECOND);
    sim_run_until_received(ab, at_a + 1, 60 * SIM_SECOND);
}

static void set_up(struct sim *sim, const struct every *every, size_t n_addrs)
{
    struct sim_host *a = sim_host_new(sim, "a", n_addrs, NULL);
    struct sim_host *b = sim_host_new(sim, "b", n_addrs, NULL);

    sim_listen(b, SIM_PORT, NULL);
    every_arm(sim, every);
    struct sim_conn *ab = every_connect(a, b, 0);
    sim_run_until_up(ab, 200 * SIM_SECOND);
    check_data(ab, sim_accepted(b, 0));
    assert_int_equal(b->n_conns, 1);
    assert_int_equal(sim_stats(a).associations, 1);
    assert_int_equal(sim_stats(b).associations, 1);
}

static void with_one_address(struct sim *sim, const struct every *every)
{
    set_up(sim, every, 1);
}

static void with_three_addresses(struct sim *sim, const struct every *every)
{
    set_up(sim, every, 3);
}

static void test_set_up(void **state)
{
    assert_true(every_run(state, with_one_address) > 60);
}

static void test_set_up_with_several_addresses(void **state)
{
    assert_true(every_run(state, with_three_addresses) > 60);
}

/* Both sides at once (RFC 9260 5.2.1). */
static void collide(struct sim *sim, const struct every *every)
{
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL), *b = sim_host_new(sim, "b", 1, NULL);

    every_arm(sim, every);
    struct sim_conn *ab = sim_try_connect(a, b->addrs, 1, 6000, 6000, NULL);
    struct sim_conn *ba = sim_try_connect(b, a->addrs, 1, 6000, 6000, NULL);
    if (!ab)
        ab = sim_try_connect(a, b->addrs, 1, 6000, 6000, NULL);
    if (!ba)
        ba = sim_try_connect(b, a->addrs, 1, 6000, 6000, NULL);
    if (!ab || !ba)
        return; /* both failed twice; nothing is left behind, as every_run() checks */
    sim_run_until_up(ab, 200 * SIM_SECOND);
    sim_run_until_up(ba, 200 * SIM_SECOND);
    check_data(ab, ba);
}

static void test_collision(void **state)
{
    assert_true(every_run(state, collide) > 60);
}

/* Creating an endpoint fails whole, or not at all; the same with listening. */
static void make(struct sim *sim, const struct every *every)
{
    struct sim_host *host = sim_host_new(sim, "a", 2, NULL);
    sctpx_listen_options listen;
    int r;

    sctpx_endpoint_free(host->endpoint);
    host->endpoint = NULL;
    assert_int_equal(host->live_blocks, 0);
    every_arm(sim, every);
    while ((r = sctpx_endpoint_new(&host->options, sim->now, &host->endpoint)) != 0) {
        assert_int_equal(r, SCTPX_ENOMEM);
        assert_null(host->endpoint);
        assert_int_equal(host->live_blocks, 0);
    }
    sctpx_listen_options_defaults(host->endpoint, &listen);
    for (uint16_t port = 1; port <= 40; port++) {
        size_t blocks = host->live_blocks;
        while ((r = sctpx_endpoint_listen(host->endpoint, port, &listen)) != port) {
            assert_int_equal(r, SCTPX_ENOMEM);
            assert_int_equal(host->live_blocks, blocks);
        }
        assert_int_equal(sctpx_endpoint_listen(host->endpoint, port, &listen), SCTPX_EADDRINUSE);
    }
}

static void test_endpoint_and_listen(void **state)
{
    assert_true(every_run(state, make) > 60);
}

/* A server that has no memory for a while is like one that cannot be reached. */
static void test_server_without_memory(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL), *b = sim_host_new(sim, "b", 1, NULL);

    sim_listen(b, SIM_PORT, NULL);
    sim_set_fault(sim, (struct sim_fault){.first = 1, .only = b});
    struct sim_conn *ab = sim_connect(a, b, SIM_PORT, NULL);
    sim_run_for(sim, 20 * SIM_SECOND);
    assert_false(ab->is_up || ab->is_closed);
    assert_true(sim_stats(b).dropped_memory > 0);
    sim_set_fault(sim, (struct sim_fault){0});
    sim_run_until_up(ab, 200 * SIM_SECOND);
    check_data(ab, sim_accepted(b, 0));
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_set_up),
        sim_unit_test(test_set_up_with_several_addresses),
        sim_unit_test(test_collision),
        sim_unit_test(test_endpoint_and_listen),
        sim_unit_test(test_server_without_memory),
    };
    return cmocka_run_group_tests_name("oom.setup", tests, NULL, NULL);
}
