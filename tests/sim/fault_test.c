/* SPDX-License-Identifier: MIT */
/* Failing allocations: the right ones fail, and a sweep judges what it should and nothing else. */
#include "sim/sim.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void *get(struct sim_host *host)
{
    return host->options.allocator.alloc(host->options.allocator.context, 100);
}

static void put(struct sim_host *host, void *block)
{
    if (block)
        host->options.allocator.free(host->options.allocator.context, block, 100);
}

static unsigned count_failed(struct sim_host *host, unsigned n)
{
    unsigned failed = 0;

    for (unsigned i = 0; i < n; i++) {
        void *block = get(host);
        failed += !block;
        put(host, block);
    }
    return failed;
}

static void test_the_named_ones_fail(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL), *b = sim_host_new(sim, "b", 1, NULL);

    assert_int_equal(count_failed(a, 100), 0);
    sim_set_fault(sim, (struct sim_fault){.first = 3, .count = 2});
    assert_int_equal(count_failed(a, 2), 0);
    assert_int_equal(count_failed(b, 2), 2);
    assert_int_equal(count_failed(a, 100), 0);
    sim_set_fault(sim, (struct sim_fault){.first = 1, .only = b});
    assert_int_equal(count_failed(a, 10), 0);
    assert_int_equal(count_failed(b, 10), 10);
    sim_set_fault(sim, (struct sim_fault){.permille = 500});
    assert_in_range(count_failed(a, 1000), 400, 600);
    sim_set_fault(sim, (struct sim_fault){0});
    assert_int_equal(count_failed(a, 100) + count_failed(b, 100), 0);
    sim_finish(sim);
}

/* ---- what a sweep says to tests that are good, and bad ------------------------------------- */

static void good(void **state)
{
    struct sim_pair pair = sim_pair(*state, NULL);

    sim_send(pair.ab, 0, 5000);
    sim_run_until_received(pair.ba, 1, SIM_SECOND); /* fails when a packet was not taken */
    sim_finish(*state);
}

static void wrong_without_a_fault(void **state)
{
    (void)sim_pair(*state, NULL);
    fail();
}

static void leaky(void **state)
{
    struct sim_pair pair = sim_pair(*state, NULL);

    if (!get(pair.a)) /* the last one: it is missed */
        (void)get(pair.b);
    fail_msg("stops");
}

static void crashing(void **state)
{
    struct sim_host *host = sim_host_new(*state, "a", 1, NULL);
    uint8_t *block = get(host);

    block[0] = 1;
    put(host, block);
    sim_finish(*state);
}

static int run_sweep(const char *name, const char *fault, CMUnitTestFunction test)
{
    const struct CMUnitTest tests[] = {{name, test, sim_setup, sim_teardown, NULL}};
    int status = -1, nowhere;
    pid_t child = fork();

    if (child == 0) {
        nowhere = open("/dev/null", O_WRONLY);
        (void)dup2(nowhere, STDOUT_FILENO);
        (void)dup2(nowhere, STDERR_FILENO);
        (void)setenv("SIM_SWEEP", "0", 1);
        if (fault) {
            (void)unsetenv("SIM_SWEEP");
            (void)setenv("SIM_FAIL_ALLOC", fault, 1);
        }
        _exit(sim_run_group(name, tests, 1, NULL, NULL));
    }
    (void)waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Found before cmocka runs: it does not run within itself. */
static int said_good, said_wrong, said_leaky, said_crashing, said_once;

static void test_sweep_judges(void **state)
{
    (void)state;
    assert_int_equal(said_good, 0);
    assert_int_equal(said_wrong, 1);
    assert_true(said_leaky > 0);
    assert_true(said_crashing > 0);
    assert_int_equal(said_once, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_the_named_ones_fail),
        cmocka_unit_test(test_sweep_judges),
    };

    said_good = run_sweep("good", NULL, good);
    said_wrong = run_sweep("wrong", NULL, wrong_without_a_fault);
    said_leaky = run_sweep("leaky", NULL, leaky);
    said_crashing = run_sweep("crashing", NULL, crashing);
    said_once = run_sweep("once", "5+2", good);
    return cmocka_run_group_tests_name("sim.fault", tests, NULL, NULL);
}
