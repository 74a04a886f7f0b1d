/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "backend/system.h"

static void test_allocator_gives_memory(void **state)
{
    sctpx_allocator allocator = sctpxi_system_allocator();
    void *memory = allocator.alloc(allocator.context, 100);

    (void)state;
    assert_non_null(memory);
    memset(memory, 1, 100);
    allocator.free(allocator.context, memory, 100);
}

/* Every byte is reached, none before or behind: over many calls each one changes.
 * covers: 9260/14.1-1 */
static void test_random_fills_exactly_what_was_asked_for(void **state)
{
    uint8_t bytes[34], seen[34] = {0};

    (void)state;
    for (int i = 0; i < 64; i++) {
        memset(bytes, 0, sizeof(bytes));
        sctpxi_system_random(NULL, bytes + 1, 32);
        for (size_t k = 0; k < sizeof(bytes); k++) {
            seen[k] |= bytes[k];
        }
    }
    assert_int_equal(seen[0], 0);
    assert_int_equal(seen[33], 0);
    for (size_t k = 1; k < 33; k++) {
        assert_int_not_equal(seen[k], 0);
    }
    sctpxi_system_random(NULL, bytes, 0);
}

static void test_clock_runs_forward(void **state)
{
    sctpx_time before = sctpxi_system_now_us(), now = before;

    (void)state;
    for (long i = 0; i < 100000000 && now == before; i++) {
        now = sctpxi_system_now_us();
    }
    assert_true(now > before);
    assert_true(now - before < 10000000);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocator_gives_memory),
        cmocka_unit_test(test_random_fills_exactly_what_was_asked_for),
        cmocka_unit_test(test_clock_runs_forward),
    };

    return cmocka_run_group_tests_name("system", tests, NULL, NULL);
}
