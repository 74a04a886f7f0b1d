/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sctpx/error.h>

#include "engine/option_set.h"
#include "support/test_alloc.h"

/* Of all fields of the options together, where pointers have 64 bits. */
enum { FIELD_BYTES = 114 };

static struct test_alloc ta;
static struct sctpxi_alloc alloc;
static struct sctpxi_option_sets sets;
static sctpx_assoc_options defaults;

static int set_up(void **state)
{
    (void)state;
    test_alloc_init(&ta);
    sctpx_allocator user = test_alloc_allocator(&ta);
    sctpxi_alloc_init(&alloc, &user, SIZE_MAX);
    LIST_INIT(&sets);
    memset(&defaults, 0, sizeof defaults);
    sctpx_assoc_options_defaults(&defaults);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_true(LIST_EMPTY(&sets));
    assert_true(test_alloc_is_clean(&ta));
    assert_int_equal(alloc.used_bytes, 0);
    return 0;
}

static const sctpx_assoc_options *take(const sctpx_assoc_options *values)
{
    const sctpx_assoc_options *taken = NULL;

    assert_int_equal(sctpxi_option_set_take(&sets, &alloc, values, &taken), 0);
    return taken;
}

static void drop(const sctpx_assoc_options *values)
{
    sctpxi_option_set_drop(&alloc, values);
}

static void test_same_values_are_shared(void **state)
{
    sctpx_assoc_options other = defaults;

    (void)state;
    const sctpx_assoc_options *first = take(&defaults);
    size_t bytes = alloc.used_bytes;
    for (int i = 0; i < 10; i++)
        assert_ptr_equal(take(&defaults), first);
    assert_int_equal(alloc.used_bytes, bytes);
    other.mtu = 1400;
    const sctpx_assoc_options *second = take(&other);
    assert_ptr_not_equal(second, first);
    assert_int_equal(second->mtu, 1400);
    assert_int_equal(first->mtu, 1500);
    drop(second);
    for (int i = 0; i < 11; i++)
        drop(first);
}

/* What is not seen is padding: a new field must be compared as well. */
static void test_every_field_counts(void **state)
{
    const sctpx_assoc_options *kept = take(&defaults);
    size_t unseen = 0;

    (void)state;
    for (size_t i = 0; i < sizeof defaults; i++) {
        sctpx_assoc_options other;
        memcpy(&other, &defaults, sizeof other);
        ((unsigned char *)&other)[i] ^= 1;
        const sctpx_assoc_options *taken = take(&other);
        unseen += taken == kept;
        drop(taken);
    }
    drop(kept);
    if (sizeof(void *) == 8)
        assert_int_equal(sizeof defaults - unseen, FIELD_BYTES);
}

static void test_options_of_everybody_are_not_searched_for_ever(void **state)
{
    const sctpx_assoc_options *taken[100], *again;

    (void)state;
    for (uint32_t i = 0; i < 100; i++) {
        defaults.mtu = 1000 + i;
        taken[i] = take(&defaults);
    }
    again = take(&defaults); /* the latest */
    assert_ptr_equal(again, taken[99]);
    drop(again);
    defaults.mtu = 1000;
    again = take(&defaults);
    assert_int_equal(again->mtu, 1000);
    drop(again);
    for (uint32_t i = 0; i < 100; i++) {
        assert_int_equal(taken[i]->mtu, 1000 + i);
        drop(taken[i]);
    }
}

static void test_without_memory(void **state)
{
    const sctpx_assoc_options *taken = NULL;

    (void)state;
    alloc.limit_bytes = 1;
    assert_int_equal(sctpxi_option_set_take(&sets, &alloc, &defaults, &taken), SCTPX_ENOMEM);
    assert_null(taken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_same_values_are_shared, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_every_field_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_options_of_everybody_are_not_searched_for_ever, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_without_memory, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("option_set", tests, NULL, NULL);
}
