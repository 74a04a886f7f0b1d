/* SPDX-License-Identifier: MIT */
/* max_message_bytes made smaller than what is held of a message already, over lossy links. */
#include "sim/sim.h"

enum { PACKETS = 30 };

/* The n-th packet with DATA is lost, once. Whichever it is, the sender is told of the limit. */
static void lose_and_lower(struct sim *sim, unsigned n)
{
    sctpx_assoc_options options;

    sctpx_assoc_options_defaults(&options);
    options.rcvbuf_bytes = 3000;
    struct sim_pair pair = sim_pair(sim, &options);
    sim_add_drop(sim, (struct sim_drop){.from = pair.a, .chunk = SIM_DATA, .skip = n, .count = 1});
    sim_send(pair.ab, 0, 100000);
    sim_run_for(sim, 200 * SIM_MS);
    sctpx_assoc_get_options(pair.ba->assoc, &options);
    options.max_message_bytes = 5000;
    assert_int_equal(sctpx_assoc_set_options(pair.ba->assoc, sim->now, &options), 0);
    sim_run_until_closed(pair.ba, 60 * SIM_SECOND);
    assert_int_equal(pair.ba->error, SCTPX_EMSGSIZE);
    sim_run_until_closed(pair.ab, SIM_SECOND);
    assert_int_equal(pair.ab->error, SCTPX_EPEERABORT);
    sim_finish(sim);
}

static void test_lowered_while_a_packet_is_lost(void **state)
{
    for (unsigned n = 0; n < PACKETS; n++)
        lose_and_lower(sim_renew(state), n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {sim_unit_test(test_lowered_while_a_packet_is_lost)};

    return cmocka_run_group_tests_name("scenario.message_limit", tests, NULL, NULL);
}
