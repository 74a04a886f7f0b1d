/* SPDX-License-Identifier: MIT */
/* ctest: timeout=120 */
/*
 * Random walks over the whole public API (support/api_walk.h).
 *
 *     SCTPX_WALK_SECONDS   how long, other walks each time; else a fixed number
 *     SCTPX_WALK_SEED      only this walk
 *     SCTPX_WALK_TRACE     prints every step
 */
#include "support/api_walk.h"

enum { WALKS = 150, STEPS = 200 };

static void test_walks(void **state)
{
    struct walk_totals totals = {0};

    (void)state;
    walk_dns_start();
    walk_run_many(WALKS, STEPS, NULL, &totals);
    walk_dns_stop();
    if (totals.walks < WALKS)
        return;
    /* They were about something. */
    assert_true(totals.checked_bytes > 10000 * (size_t)10);
    assert_true(totals.whole_ends > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_walks)};

    return cmocka_run_group_tests_name("api.walk", tests, NULL, NULL);
}
