/* SPDX-License-Identifier: MIT */
/* Memory runs out while an association is set up: then it is set up later, but never with less than
 * the peer announced. A peer may send from each of its addresses, so all of them must be known. */
#include "sim/sim.h"
#include "support/test_alloc.h"

enum { ADDRS = 3, FAILURES = 40 };

struct setup {
    struct sim_host *a, *b;
    struct sim_conn *ab;
    struct test_alloc memory_a, memory_b;
};

static struct sim_host *host_with(struct sim *sim, const char *name, struct test_alloc *memory)
{
    sctpx_endpoint_options options;
    sim_host_options(&options);
    test_alloc_init(memory);
    options.allocator = test_alloc_allocator(memory);
    return sim_host_new(sim, name, ADDRS, &options);
}

/* INIT is on its way at 0, INIT ACK at 10 ms, COOKIE ECHO at 20 ms. */
static void begin(struct sim *sim, struct setup *s)
{
    s->a = host_with(sim, "a", &s->memory_a);
    s->b = host_with(sim, "b", &s->memory_b);
    sim_listen(s->b, SIM_PORT, NULL);
    s->ab = sim_connect(s->a, s->b, SIM_PORT, NULL);
}

static void finish(struct sim *sim, struct setup *s)
{
    sim_run_until_up(s->ab, 60 * SIM_SECOND);
    sim_run_for(sim, SIM_SECOND);
    assert_int_equal(sim_status(s->ab).paths, ADDRS);
    assert_int_equal(sim_status(sim_accepted(s->b, 0)).paths, ADDRS);
    sim_finish(sim);
    assert_true(test_alloc_is_clean(&s->memory_a) && test_alloc_is_clean(&s->memory_b));
}

static void test_client_when_the_init_ack_comes(void **state)
{
    for (size_t n = 1; n < FAILURES; n++) {
        struct sim *sim = sim_renew(state);
        static struct setup s;
        begin(sim, &s);
        sim_run_for(sim, 15 * SIM_MS);
        test_alloc_fail(&s.memory_a, n, 2);
        sim_run_for(sim, 10 * SIM_MS);
        test_alloc_fail(&s.memory_a, 0, 0);
        finish(sim, &s);
    }
}

static void test_server_when_the_cookie_comes(void **state)
{
    for (size_t n = 1; n < FAILURES; n++) {
        struct sim *sim = sim_renew(state);
        static struct setup s;
        begin(sim, &s);
        sim_run_for(sim, 25 * SIM_MS);
        test_alloc_fail(&s.memory_b, n, 2);
        sim_run_for(sim, 10 * SIM_MS);
        test_alloc_fail(&s.memory_b, 0, 0);
        finish(sim, &s);
    }
}

/* Both connect; a's COOKIE ECHO finds b waiting for the answer to its own INIT. */
static void test_simultaneous_open(void **state)
{
    for (size_t n = 1; n < FAILURES; n++) {
        struct sim *sim = sim_renew(state);
        static struct setup s;
        s.a = host_with(sim, "a", &s.memory_a);
        s.b = host_with(sim, "b", &s.memory_b);
        sim_add_drop(sim, (struct sim_drop){.from = s.b, .chunk = SIM_INIT, .count = 1});
        s.ab = sim_connect_to(s.a, s.b->addrs, 1, SIM_PORT, SIM_PORT, NULL);
        struct sim_conn *ba = sim_connect_to(s.b, s.a->addrs, 1, SIM_PORT, SIM_PORT, NULL);
        sim_run_for(sim, 25 * SIM_MS);
        test_alloc_fail(&s.memory_b, n, 2);
        sim_run_for(sim, 10 * SIM_MS);
        test_alloc_fail(&s.memory_b, 0, 0);
        sim_run_until_up(s.ab, 60 * SIM_SECOND);
        sim_run_until_up(ba, 60 * SIM_SECOND);
        sim_run_for(sim, SIM_SECOND);
        assert_int_equal(sim_status(s.ab).paths, ADDRS);
        assert_int_equal(sim_status(ba).paths, ADDRS);
        sim_finish(sim);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        sim_unit_test(test_client_when_the_init_ack_comes),
        sim_unit_test(test_server_when_the_cookie_comes),
        sim_unit_test(test_simultaneous_open),
    };

    return cmocka_run_group_tests_name("setup_memory", tests, NULL, NULL);
}
