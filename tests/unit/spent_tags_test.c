/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <sctpx/error.h>

#include "engine/spent_tags.h"

static void *get(void *context, size_t size)
{
    bool *is_out = context;
    return *is_out ? NULL : test_malloc(size);
}

static void put(void *context, void *block, size_t size)
{
    (void)context;
    (void)size;
    test_free(block);
}

static struct sctpxi_alloc allocator(bool *is_out)
{
    const sctpx_allocator functions = {.alloc = get, .free = put, .context = is_out};
    struct sctpxi_alloc alloc;
    sctpxi_alloc_init(&alloc, &functions, SIZE_MAX);
    return alloc;
}

static void test_nothing_is_kept_without_a_table(void **state)
{
    bool is_out = true;
    struct sctpxi_alloc alloc = allocator(&is_out);
    struct sctpxi_spent_tags tags = {0};
    (void)state;
    sctpxi_spent_tags_add(&tags, 7);
    assert_false(sctpxi_spent_tags_has(&tags, 7));
    assert_int_equal(sctpxi_spent_tags_reserve(&tags, &alloc), SCTPX_ENOMEM);
    assert_false(sctpxi_spent_tags_has(&tags, 7));
    sctpxi_spent_tags_done(&tags, &alloc);
}

static void test_the_latest_are_kept(void **state)
{
    bool is_out = false;
    struct sctpxi_alloc alloc = allocator(&is_out);
    struct sctpxi_spent_tags tags = {0};
    (void)state;
    assert_int_equal(sctpxi_spent_tags_reserve(&tags, &alloc), 0);
    assert_int_equal(sctpxi_spent_tags_reserve(&tags, &alloc), 0); /* the same */
    for (uint32_t tag = 1; tag <= SCTPXI_SPENT_TAGS_SLOTS; tag++) {
        assert_false(sctpxi_spent_tags_has(&tags, tag));
        sctpxi_spent_tags_add(&tags, tag);
    }
    for (uint32_t tag = 1; tag <= SCTPXI_SPENT_TAGS_SLOTS; tag++)
        assert_true(sctpxi_spent_tags_has(&tags, tag));
    sctpxi_spent_tags_add(&tags, SCTPXI_SPENT_TAGS_SLOTS + 1); /* where 1 is */
    assert_true(sctpxi_spent_tags_has(&tags, SCTPXI_SPENT_TAGS_SLOTS + 1));
    assert_false(sctpxi_spent_tags_has(&tags, 1));
    sctpxi_spent_tags_done(&tags, &alloc);
    assert_false(sctpxi_spent_tags_has(&tags, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_kept_without_a_table),
        cmocka_unit_test(test_the_latest_are_kept),
    };
    return cmocka_run_group_tests_name("spent_tags", tests, NULL, NULL);
}
