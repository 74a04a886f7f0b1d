/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "support/test_alloc.h"

struct fixture {
    struct test_alloc ta;
    struct sctpxi_alloc alloc;
};

static void start(struct fixture *f, size_t limit)
{
    test_alloc_init(&f->ta);
    sctpx_allocator user = test_alloc_allocator(&f->ta);
    sctpxi_alloc_init(&f->alloc, &user, limit);
}

static void test_account_follows_every_block(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 1000);
    void *a = sctpxi_alloc_get(&f.alloc, 100);
    void *b = sctpxi_alloc_get(&f.alloc, 50);
    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal(f.alloc.used_bytes, 150);
    assert_int_equal(f.ta.live_bytes, 150);
    sctpxi_alloc_put(&f.alloc, a, 100);
    assert_int_equal(f.alloc.used_bytes, 50);
    sctpxi_alloc_put(&f.alloc, b, 50);
    sctpxi_alloc_put(&f.alloc, NULL, 77);
    assert_int_equal(f.alloc.used_bytes, 0);
    assert_true(test_alloc_is_clean(&f.ta));
}

static void test_limit_is_exact_and_not_asked_of_the_user(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 100);
    void *a = sctpxi_alloc_get(&f.alloc, 60);
    assert_null(sctpxi_alloc_get(&f.alloc, 41));
    assert_null(sctpxi_alloc_get(&f.alloc, SIZE_MAX));
    assert_int_equal(f.ta.calls, 1);
    void *b = sctpxi_alloc_get(&f.alloc, 40);
    assert_non_null(b);
    assert_null(sctpxi_alloc_get(&f.alloc, 1));
    sctpxi_alloc_put(&f.alloc, b, 40);
    assert_non_null(b = sctpxi_alloc_get(&f.alloc, 40));
    sctpxi_alloc_put(&f.alloc, a, 60);
    sctpxi_alloc_put(&f.alloc, b, 40);
    assert_true(test_alloc_is_clean(&f.ta));
}

static void test_failure_of_the_user_leaves_the_account(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 1000);
    test_alloc_fail(&f.ta, 1, 2);
    assert_null(sctpxi_alloc_get(&f.alloc, 10));
    assert_null(sctpxi_alloc_zeroed(&f.alloc, 10));
    assert_int_equal(f.alloc.used_bytes, 0);
    void *a = sctpxi_alloc_get(&f.alloc, 10);
    assert_non_null(a);
    sctpxi_alloc_put(&f.alloc, a, 10);
}

static void test_zeroed_is_zero(void **state)
{
    static const uint8_t zeros[64];
    struct fixture f;

    (void)state;
    start(&f, 1000);
    void *a = sctpxi_alloc_zeroed(&f.alloc, sizeof(zeros));
    assert_memory_equal(a, zeros, sizeof(zeros));
    sctpxi_alloc_put(&f.alloc, a, sizeof(zeros));
}

static void test_resize_keeps_the_bytes(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 1000);
    char *a = sctpxi_alloc_resize(&f.alloc, NULL, 0, 6);
    memcpy(a, "sixth", 6);
    a = sctpxi_alloc_resize(&f.alloc, a, 6, 600);
    assert_string_equal(a, "sixth");
    assert_int_equal(f.alloc.used_bytes, 600);
    a = sctpxi_alloc_resize(&f.alloc, a, 600, 3);
    assert_memory_equal(a, "six", 3);
    assert_int_equal(f.alloc.used_bytes, 3);
    sctpxi_alloc_put(&f.alloc, a, 3);
    assert_true(test_alloc_is_clean(&f.ta));
}

static void test_resize_that_fails_leaves_the_block(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 100);
    char *a = sctpxi_alloc_get(&f.alloc, 6);
    memcpy(a, "sixth", 6);
    assert_null(sctpxi_alloc_resize(&f.alloc, a, 6, 95));
    test_alloc_fail(&f.ta, 1, 1);
    assert_null(sctpxi_alloc_resize(&f.alloc, a, 6, 12));
    assert_string_equal(a, "sixth");
    assert_int_equal(f.alloc.used_bytes, 6);
    sctpxi_alloc_put(&f.alloc, a, 6);
    assert_true(test_alloc_is_clean(&f.ta));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_account_follows_every_block),
        cmocka_unit_test(test_limit_is_exact_and_not_asked_of_the_user),
        cmocka_unit_test(test_failure_of_the_user_leaves_the_account),
        cmocka_unit_test(test_zeroed_is_zero),
        cmocka_unit_test(test_resize_keeps_the_bytes),
        cmocka_unit_test(test_resize_that_fails_leaves_the_block),
    };

    return cmocka_run_group_tests_name("alloc", tests, NULL, NULL);
}
