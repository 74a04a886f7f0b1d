/* SPDX-License-Identifier: MIT */
/*
 * Sweeps of failing allocations over any tests of the simulator: each test is run with the n-th
 * allocation failing, alone, with the next one (a pool tries twice) and with the next 19, for all
 * n until the test makes fewer; then with random ones. Every run is a process of its own.
 *
 *     SIM_SWEEP=ms   about so long for the whole program: then only some of the n, evenly spread;
 *                    0 = all of them
 *
 * A test under failing memory may stop at any assertion: that is no failure. A failure is what may
 * not happen without memory either (sim_violation(), a crash, a sanitizer's report, a hang), in the
 * test or in the aftermath.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim/internal.h"

enum { HANG_S = 60, FAILURES_MAX = 5, TAIL_BYTES = 6000 };

static const int deadly[] = {SIGSEGV, SIGFPE, SIGILL, SIGBUS, SIGSYS};
enum { DEADLY = sizeof(deadly) / sizeof(deadly[0]) };

/* What a run of a test needs beyond its own text. */
struct sweep {
    const char *group;
    const struct CMUnitTest *test;
    CMFixtureFunction setup, teardown;
    struct sim_verdict *shared; /* written by the child */
    FILE *log;                  /* of the latest child */
    unsigned runs, failures;
    uint64_t failed_allocations;
};

static CMUnitTestFunction wrapped;
static struct sigaction actions[DEADLY];

/* cmocka takes a crash for a failed assertion; here they differ. */
static void call_wrapped(void **state)
{
    for (int i = 0; i < DEADLY; i++)
        (void)sigaction(deadly[i], &actions[i], NULL);
    wrapped(state);
}

/* True if nothing happened that may not happen. */
static bool run_once(const struct sweep *sweep)
{
    struct CMUnitTest test = *sweep->test;
    struct sim_verdict *verdict = sim_verdict();

    wrapped = test.test_func;
    test.test_func = call_wrapped;
    for (int i = 0; i < DEADLY; i++)
        (void)sigaction(deadly[i], NULL, &actions[i]);
    int failed = _cmocka_run_group_tests(sweep->group, &test, 1, sweep->setup, sweep->teardown);
    if (failed != 0 && verdict->failed == 0 && !verdict->is_violated) {
        verdict->is_violated = true;
        (void)snprintf(verdict->what, sizeof(verdict->what), "fails without a fault");
    }
    return !verdict->is_violated;
}

static _Noreturn void be_child(const struct sweep *sweep, const char *fault)
{
    int fd = fileno(sweep->log);

    (void)setenv("SIM_FAIL_ALLOC", fault, 1);
    (void)dup2(fd, STDOUT_FILENO);
    (void)dup2(fd, STDERR_FILENO);
    (void)alarm(HANG_S);
    bool is_good = run_once(sweep);
    (void)fflush(NULL);
    *sweep->shared = *sim_verdict();
    _exit(is_good ? 0 : 1);
}

static void print_log(FILE *log)
{
    char line[512];

    (void)fseek(log, 0, SEEK_END);
    if (fseek(log, -TAIL_BYTES, SEEK_END) != 0)
        rewind(log);
    while (fgets(line, sizeof(line), log))
        (void)fputs(line, stderr);
}

static void complain(struct sweep *sweep, const char *fault, int status)
{
    sweep->failures++;
    print_log(sweep->log);
    (void)fprintf(stderr, "sweep: %s with SIM_TEST=%s SIM_FAIL_ALLOC=%s: ", sweep->group,
                  sweep->test->name, fault);
    if (WIFSIGNALED(status))
        (void)fprintf(stderr, "%s\n",
                      WTERMSIG(status) == SIGALRM ? "hangs" : strsignal(WTERMSIG(status)));
    else
        (void)fprintf(stderr, "%s\n", sweep->shared->what);
}

/* In a process of its own; false when it cannot be run. */
static bool run_child(struct sweep *sweep, const char *fault)
{
    int status = 0;

    memset(sweep->shared, 0, sizeof(*sweep->shared));
    rewind(sweep->log);
    if (ftruncate(fileno(sweep->log), 0) != 0)
        return false;
    (void)fflush(NULL);
    pid_t child = fork();
    if (child < 0)
        return false;
    if (child == 0)
        be_child(sweep, fault);
    if (waitpid(child, &status, 0) != child)
        return false;
    sweep->runs++;
    sweep->failed_allocations += sweep->shared->failed;
    if (status != 0)
        complain(sweep, fault, status);
    return true;
}

/* ---- which faults ---------------------------------------------------------------------------- */

static const unsigned lengths[] = {2, 1, 20};
static const unsigned chances[] = {1, 3, 10, 30};
enum { LENGTHS = 3, CHANCES = 4 };

static void describe(uint64_t plan, uint64_t allocations, char *ret_fault, size_t size)
{
    if (plan >= LENGTHS * allocations) {
        (void)snprintf(ret_fault, size, "%u%%", chances[plan - LENGTHS * allocations]);
        return;
    }
    (void)snprintf(ret_fault, size, "%llu+%u", (unsigned long long)(plan % allocations + 1),
                   lengths[plan / allocations]);
}

static double now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1000 + (double)now.tv_nsec / 1e6;
}

/* Goes through all plans, or as many as fit, spread over them all: a step prime to their number. */
static void sweep_plans(struct sweep *sweep, uint64_t allocations, double budget_ms)
{
    uint64_t plans = LENGTHS * allocations + CHANCES, step = plans * 618 / 1000 | 1, at = 0;
    double end = now_ms() + budget_ms;
    char fault[32];

    for (uint64_t a = step, b = plans; b > 0;) { /* the greatest common divisor, until it is 1 */
        uint64_t rest = a % b;
        a = b;
        b = rest;
        if (b == 0 && a != 1) {
            a = ++step;
            b = plans;
        }
    }
    for (uint64_t i = 0; i < plans && sweep->failures < FAILURES_MAX; i++) {
        if (budget_ms != 0 && now_ms() > end)
            break;
        describe(at, allocations, fault, sizeof(fault));
        if (!run_child(sweep, fault))
            break;
        at = (at + step) % plans;
    }
}

static unsigned sweep_test(struct sweep *sweep, double budget_ms)
{
    (void)run_child(sweep, "0");
    uint64_t allocations = sweep->shared->allocations;

    sweep->runs = 0;
    if (sweep->failures == 0)
        sweep_plans(sweep, allocations, budget_ms);
    print_message("sweep: %s: %llu allocations, %u of %llu runs, %llu failed, %u bad\n",
                  sweep->test->name, (unsigned long long)allocations, sweep->runs,
                  (unsigned long long)(LENGTHS * allocations + CHANCES),
                  (unsigned long long)sweep->failed_allocations, sweep->failures);
    return sweep->failures;
}

static int sweep_group(struct sweep sweep, const struct CMUnitTest *tests, size_t n,
                       double budget_ms)
{
    const char *only = getenv("SIM_TEST");
    double end = now_ms() + budget_ms; /* what one test does not need is for the others */
    unsigned failures = 0;

    sweep.shared = mmap(NULL, sizeof(*sweep.shared), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sweep.log = tmpfile();
    if (sweep.shared == MAP_FAILED || !sweep.log)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct sweep one = sweep;

        if (only && strcmp(only, tests[i].name) != 0)
            continue;
        one.test = &tests[i];
        failures += sweep_test(&one, budget_ms > 0 ? (end - now_ms()) / (double)(n - i) : 0);
    }
    (void)fclose(sweep.log);
    (void)munmap(sweep.shared, sizeof(*sweep.shared));
    return (int)failures;
}

/* One fault, in this process, for a debugger. */
static int run_all_once(struct sweep sweep, const struct CMUnitTest *tests, size_t n)
{
    const char *only = getenv("SIM_TEST");
    int bad = 0;

    for (size_t i = 0; i < n; i++) {
        if (only && strcmp(only, tests[i].name) != 0)
            continue;
        *sim_verdict() = (struct sim_verdict){0};
        sweep.test = &tests[i];
        bool is_good = run_once(&sweep);
        print_message("sweep: %s: %llu allocations, %llu failed: %s\n", tests[i].name,
                      (unsigned long long)sim_verdict()->allocations,
                      (unsigned long long)sim_verdict()->failed,
                      is_good ? "good" : sim_verdict()->what);
        bad += !is_good;
    }
    return bad;
}

int sim_run_group(const char *name, const struct CMUnitTest *tests, size_t n,
                  CMFixtureFunction setup, CMFixtureFunction teardown)
{
    const char *budget = getenv("SIM_SWEEP");
    struct sweep sweep = {.group = name, .setup = setup, .teardown = teardown};

    if (budget)
        return sweep_group(sweep, tests, n, strtod(budget, NULL));
    if (getenv("SIM_FAIL_ALLOC"))
        return run_all_once(sweep, tests, n);
    cmocka_set_test_filter(getenv("SIM_TEST"));
    return _cmocka_run_group_tests(name, tests, n, setup, teardown);
}
