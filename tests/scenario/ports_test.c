/* SPDX-License-Identifier: MIT */
/* SCTP ports that the engine chooses (RFC 9260 15.6): what is taken is left alone, to the last. */
#include "sim/raw.h"
#include "sim/sim.h"

enum { FIRST = 49152, LAST = 65535 };

static int try_listen(struct sim_host *host, uint16_t port)
{
    sctpx_listen_options options;
    sctpx_listen_options_defaults(host->endpoint, &options);
    return sctpx_endpoint_listen(host->endpoint, port, &options);
}

static void test_all_ports_listen(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "a", 1, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    for (int port = FIRST; port <= LAST; port++)
        assert_int_equal(try_listen(host, (uint16_t)port), port);
    assert_int_equal(try_listen(host, 0), SCTPX_EADDRINUSE);
    assert_null(sim_try_connect(host, &raw.addr, 1, raw.port, 0, NULL));

    assert_int_equal(sctpx_endpoint_unlisten(host->endpoint, sim->now, FIRST + 7), 0);
    assert_int_equal(try_listen(host, 0), FIRST + 7);
    sim_finish(sim);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        sim_unit_test(test_all_ports_listen),
    };
    return cmocka_run_group_tests_name("scenario.ports", tests, NULL, NULL);
}
