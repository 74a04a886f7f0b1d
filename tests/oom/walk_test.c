/* SPDX-License-Identifier: MIT */
/* ctest: timeout=240 */
/*
 * Random walks over the public API (support/api_walk.h) with memory that fails now and then: all
 * that holds for other walks holds for these, and nothing is left behind. In the end there is
 * memory again.
 */
#include "support/api_walk.h"
#include "support/failing_malloc.h"

enum { WALKS = 300, STEPS = 150 };

static size_t failed;

static void fail_at_times(struct walk *walk)
{
    bool is_begin = !walk->is_ending && walk_chance(walk, 30);

    if (walk->is_ending || is_begin) {
        failed += failing_malloc_end();
        failing_malloc_begin(0, 0);
    }
    if (is_begin)
        failing_malloc_begin(1 + walk_below(walk, 20), 1 + walk_below(walk, 4));
}

static void test_walks(void **state)
{
    struct walk_totals totals = {0};

    (void)state;
    walk_run_many(WALKS, STEPS, fail_at_times, &totals);
    print_message("%zu allocations have failed\n", failed);
    assert_true(failed > totals.walks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_walks)};

    return cmocka_run_group_tests_name("oom.walk", tests, NULL, NULL);
}
