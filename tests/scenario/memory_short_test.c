/* SPDX-License-Identifier: MIT */
/* Many associations hold much behind a lost chunk, until the endpoint's memory is short for all of
 * them: the lost chunks must still get in, for nothing else ever frees the memory. */
#include "sim/sim.h"

enum { ASSOCS = 13, MESSAGES = 100, LOST_FOR_MS = 1500 };

struct losses {
    sctpx_time until;
    unsigned lost;
};

/* Whatever begins the second message of a stream is lost for a while (RFC 9260 3.3.1). */
static bool lose_second_message(void *context, struct sim *sim, struct sim_packet *packet)
{
    struct losses *losses = context;
    const uint8_t *chunk = packet->data + 12;
    bool is_second = packet->length > 1000 && chunk[0] == SIM_DATA && (chunk[1] & 2) != 0 &&
                     chunk[10] == 0 && chunk[11] == 1;
    if (!is_second || sim->now > losses->until)
        return true;
    losses->lost++;
    return false;
}

static void test_what_is_lost_gets_in(void **state)
{
    struct sim *sim = *state;
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.memory_limit_bytes = 4 << 20;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL);
    struct sim_host *b = sim_host_new(sim, "b", 1, &options);
    struct sim_conn *conns[ASSOCS];
    sim_listen(b, SIM_PORT, NULL);
    for (size_t i = 0; i < ASSOCS; i++) {
        conns[i] = sim_connect(a, b, SIM_PORT, NULL);
        sim_run_until_up(conns[i], SIM_SECOND);
    }
    sim_run_for(sim, 100 * SIM_MS);
    struct losses losses = {.until = sim->now + LOST_FOR_MS * SIM_MS};
    sim_add_filter(sim, lose_second_message, &losses);
    for (size_t i = 0; i < ASSOCS; i++)
        sim_send_load(conns[i], (struct sim_load){.count = MESSAGES, .min_bytes = 10000});
    sim_run_for(sim, (LOST_FOR_MS - 100) * SIM_MS);
    assert_true(sim_stats(b).memory_bytes > (4 << 20) / 8 * 7);
    assert_true(losses.lost >= ASSOCS);
    for (size_t i = 0; i < ASSOCS; i++)
        sim_run_until_received(sim_accepted(b, i), MESSAGES, 600 * SIM_SECOND);
    sim_finish(sim);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        sim_unit_test(test_what_is_lost_gets_in),
    };

    return cmocka_run_group_tests_name("memory_short", tests, NULL, NULL);
}
