/* SPDX-License-Identifier: MIT */
/*
 * SACKs that overtake each other. After a loss each late one seems to take back what was acknowledged
 * in the meantime (RFC 9260 6.2.1): that is no sign of a peer that means harm.
 */
#include "sim/sim.h"

/* Twenty losses while one SACK in `permille` comes a few milliseconds late. */
static void lose_and_reorder(void **state, uint64_t rate_bps, sctpx_time delay_us, size_t buffer,
                             uint32_t permille)
{
    struct sim *sim = sim_renew(state);
    struct sim_link_config link = {.delay_us = delay_us, .rate_bps = rate_bps};
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.sndbuf_bytes = options.rcvbuf_bytes = buffer;
    sim->capture_off = true;
    struct sim_pair pair = sim_pair(sim, &options);
    sim_set_links(sim, &link);
    sim_send_load(pair.ab, (struct sim_load){.count = 10000000, .min_bytes = 1440});
    sim_run_for(sim, SIM_SECOND);
    struct sim_link_config *back = sim_link(sim, &pair.b->addrs[0], &pair.a->addrs[0]);
    back->reorder_permille = permille;
    back->reorder_us = 3 * SIM_MS;
    for (int i = 0; i < 20; i++) {
        sim_add_drop(sim, (struct sim_drop){.from = pair.a, .chunk = SIM_DATA, .count = 1});
        sim_run_for(sim, SIM_SECOND / 8);
        assert_false(pair.ab->is_closed);
        assert_int_equal(sim_state(pair.ba), SCTPX_ESTABLISHED);
    }
    sim_finish(sim);
}

static void test_few_are_late_on_a_long_fast_link(void **state)
{
    lose_and_reorder(state, 1000000000, 25 * SIM_MS, 32 << 20, 50);
}

static void test_many_are_late_on_a_slower_link(void **state)
{
    lose_and_reorder(state, 100000000, 5 * SIM_MS, 1 << 20, 300);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        sim_unit_test(test_few_are_late_on_a_long_fast_link),
        sim_unit_test(test_many_are_late_on_a_slower_link),
    };
    return cmocka_run_group_tests_name("scenario.sack_reordering", tests, NULL, NULL);
}
