/* SPDX-License-Identifier: MIT */
/* Both sides connect at once, and one of them learns from the other's COOKIE ECHO how many streams
 * it has (RFC 9260 5.1.1, 5.2.4 B). */
#include "sim/sim.h"

static struct sim_conn *connect_fixed(struct sim_host *from, struct sim_host *to,
                                      const sctpx_assoc_options *options)
{
    return sim_connect_to(from, to->addrs, 1, SIM_PORT, SIM_PORT, options);
}

/* b's INIT is lost; so a's COOKIE ECHO sets both ends up. a takes only 4 streams. */
static struct sim_pair meet(struct sim *sim, uint16_t stream)
{
    struct sim_pair pair = {
        .a = sim_host_new(sim, "a", 1, NULL),
        .b = sim_host_new(sim, "b", 1, NULL),
    };
    sctpx_assoc_options few;
    sctpx_assoc_options_defaults(&few);
    few.max_in_streams = 4;
    sim_add_drop(sim, (struct sim_drop){.from = pair.b, .chunk = SIM_INIT, .count = 1});
    pair.ab = connect_fixed(pair.a, pair.b, &few);
    pair.ba = connect_fixed(pair.b, pair.a, NULL);
    sim_send(pair.ba, stream, 100);
    return pair;
}

static void test_message_on_a_stream_that_was_granted(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = meet(sim, 3);
    sim_run_until_received(pair.ab, 1, SIM_SECOND);
    assert_int_equal(sim_status(pair.ba).out_streams, 4);
    sim_finish(sim);
}

/* It was queued before anything was known: told, not lost quietly. */
static void test_message_on_a_stream_not_granted(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = meet(sim, 4);
    sim_run_until_closed(pair.ba, SIM_SECOND);
    assert_int_equal(pair.ba->error, SCTPX_ESTREAM);
    assert_int_equal(sim_event_count(pair.b, SCTPX_EVENT_UP), 0);
    assert_int_equal(sim_sent(pair.b, SIM_DATA), 0);
    sim_run_until_closed(pair.ab, SIM_SECOND);
    assert_int_equal(pair.ab->error, SCTPX_EREFUSED);
    sim_finish(sim);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        sim_unit_test(test_message_on_a_stream_that_was_granted),
        sim_unit_test(test_message_on_a_stream_not_granted),
    };

    return cmocka_run_group_tests_name("collision_streams", tests, NULL, NULL);
}
