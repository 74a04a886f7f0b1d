/* SPDX-License-Identifier: MIT */
/* ctest: timeout=120 */
/* A peer that comes back (RFC 9260 5.2.4 A) while memory fails, on either side. */
#include "oom/every.h"

enum { CLIENT_PORT = 6000 };

static struct sim_pair begin(struct sim *sim, size_t n_addrs)
{
    struct sim_pair pair = {.a = sim_host_new(sim, "a", n_addrs, NULL),
                            .b = sim_host_new(sim, "b", n_addrs, NULL)};

    sim_listen(pair.b, SIM_PORT, NULL);
    pair.ab = sim_connect_to(pair.a, pair.b->addrs, 1, SIM_PORT, CLIENT_PORT, NULL);
    sim_run_until_up(pair.ab, SIM_SECOND);
    pair.ba = sim_accepted(pair.b, 0);
    return pair;
}

static void check_restarted(struct sim_pair *pair)
{
    sim_run_until_up(pair->ab, 200 * SIM_SECOND);
    sim_run_for(pair->a->sim, SIM_SECOND);
    assert_int_equal(sim_event_count(pair->b, SCTPX_EVENT_RESTARTED), 1);
    assert_int_equal(sim_event_count(pair->b, SCTPX_EVENT_CLOSED), 0);
    assert_int_equal(pair->b->n_conns, 1);
    size_t at_b = pair->ba->received_messages;
    for (unsigned i = 0; i < 10; i++) {
        every_send(pair->ab, (uint16_t)(i % 3), 100 + 900 * i);
        every_send(pair->ba, (uint16_t)(i % 3), 100 + 900 * i);
    }
    sim_run_until_received(pair->ba, at_b + 10, 120 * SIM_SECOND);
    sim_run_until_received(pair->ab, 10, 120 * SIM_SECOND);
}

static void restart_idle(struct sim *sim, const struct every *every)
{
    struct sim_pair pair = begin(sim, 2);

    sim_host_crash(pair.a);
    every_arm(sim, every);
    pair.ab = every_connect(pair.a, pair.b, CLIENT_PORT);
    check_restarted(&pair);
}

static void test_restart(void **state)
{
    assert_true(every_run(state, restart_idle) > 100);
}

/* With messages half sent, half received and unread, on the side that lives on. */
static void restart_under_way(struct sim *sim, const struct every *every)
{
    struct sim_pair pair = begin(sim, 1);

    sim_set_links(sim, &(struct sim_link_config){.delay_us = 10 * SIM_MS, .loss_permille = 100});
    sim_send_load(pair.ab, (struct sim_load){.count = 20, .min_bytes = 4000, .streams = 3});
    sim_send_load(pair.ba, (struct sim_load){.count = 20, .min_bytes = 4000, .streams = 3});
    sim_run_for(sim, 60 * SIM_MS);
    sim_host_crash(pair.a);
    sim_set_links(sim, &(struct sim_link_config){.delay_us = 10 * SIM_MS});
    every_arm(sim, every);
    pair.ab = every_connect(pair.a, pair.b, CLIENT_PORT);
    check_restarted(&pair);
}

static void test_restart_with_data_under_way(void **state)
{
    assert_true(every_run(state, restart_under_way) > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_restart),
        sim_unit_test(test_restart_with_data_under_way),
    };
    return cmocka_run_group_tests_name("oom.restart", tests, NULL, NULL);
}
