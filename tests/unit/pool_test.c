/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "support/test_alloc.h"
#include "support/test_random.h"

struct fixture {
    struct test_alloc ta;
    struct sctpxi_alloc alloc;
    struct sctpxi_pool pool;
};

static void start(struct fixture *f, size_t keep_bytes)
{
    test_alloc_init(&f->ta);
    sctpx_allocator user = test_alloc_allocator(&f->ta);
    sctpxi_alloc_init(&f->alloc, &user, SIZE_MAX);
    sctpxi_pool_init(&f->pool, &f->alloc, keep_bytes);
}

static void finish(struct fixture *f)
{
    sctpxi_pool_done(&f->pool);
    assert_true(test_alloc_is_clean(&f->ta));
    assert_int_equal(f->alloc.used_bytes, 0);
}

static void test_classes(void **state)
{
    static const size_t pairs[][2] = {
        {1, 64},
        {64, 64},
        {65, 80},
        {80, 80},
        {81, 96},
        {97, 112},
        {113, 128},
        {129, 160},
        {1500, 1536},
        {1537, 1792},
        {1793, 2048},
        {57344, 57344},
        {57345, 65536},
        {65536, 65536},
        {65537, 81920},
        {1u << 20, 1u << 20},
        {(1u << 20) + 1, (1u << 20) + 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        assert_int_equal(sctpxi_pool_block_bytes(pairs[i][0]), pairs[i][1]);
    }
}

static void test_a_class_wastes_less_than_a_quarter(void **state)
{
    (void)state;
    for (size_t size = 64; size <= SCTPXI_POOL_MAX_BYTES; size++) {
        size_t bytes = sctpxi_pool_block_bytes(size);
        assert_true(bytes >= size);
        assert_true(bytes - size < size / 4 + 1);
        assert_int_equal(sctpxi_pool_block_bytes(bytes), bytes);
    }
}

static void test_a_block_put_back_is_given_out_again(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 1u << 20);
    void *a = sctpxi_pool_get(&f.pool, 1500);
    assert_int_equal(f.ta.live_bytes, 1536);
    sctpxi_pool_put(&f.pool, a, 1500);
    assert_int_equal(f.pool.kept_bytes, 1536);
    for (int i = 0; i < 100; i++) {
        void *b = sctpxi_pool_get(&f.pool, 1400 + (size_t)i);
        assert_ptr_equal(a, b);
        memset(b, i, 1400 + (size_t)i);
        sctpxi_pool_put(&f.pool, b, 1400 + (size_t)i);
    }
    assert_int_equal(f.ta.calls, 1);
    sctpxi_pool_put(&f.pool, NULL, 5);
    finish(&f);
}

static void test_large_blocks_are_not_kept(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, SIZE_MAX);
    void *a = sctpxi_pool_get(&f.pool, SCTPXI_POOL_MAX_BYTES + 1);
    assert_int_equal(f.ta.live_bytes, SCTPXI_POOL_MAX_BYTES + 1);
    sctpxi_pool_put(&f.pool, a, SCTPXI_POOL_MAX_BYTES + 1);
    assert_true(test_alloc_is_clean(&f.ta));
    finish(&f);
}

static void test_what_is_kept_is_bounded(void **state)
{
    struct fixture f;
    void *blocks[10];

    (void)state;
    start(&f, 64 * 3 + 63);
    for (size_t i = 0; i < 10; i++) {
        blocks[i] = sctpxi_pool_get(&f.pool, 64);
    }
    for (size_t i = 0; i < 10; i++) {
        sctpxi_pool_put(&f.pool, blocks[i], 64);
    }
    assert_int_equal(f.ta.live_blocks, 3);
    assert_int_equal(f.pool.kept_bytes, 64 * 3);
    finish(&f);
}

static void test_nothing_is_kept_with_no_room_to_keep(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 0);
    sctpxi_pool_put(&f.pool, sctpxi_pool_get(&f.pool, 1), 1);
    assert_true(test_alloc_is_clean(&f.ta));
    finish(&f);
}

static void test_kept_blocks_are_given_up_before_running_out(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 1u << 20);
    f.alloc.limit_bytes = 4096;
    void *a = sctpxi_pool_get(&f.pool, 2048);
    void *b = sctpxi_pool_get(&f.pool, 2048);
    assert_null(sctpxi_pool_get(&f.pool, 64));
    sctpxi_pool_put(&f.pool, a, 2048);
    sctpxi_pool_put(&f.pool, b, 2048);
    a = sctpxi_pool_get(&f.pool, 4096);
    assert_non_null(a);
    assert_int_equal(f.pool.kept_bytes, 0);
    sctpxi_pool_put(&f.pool, a, 4096);
    finish(&f);
}

/* Also for those who ask the allocator and not the pool: tables, associations. */
static void test_kept_blocks_are_given_up_for_others(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, SIZE_MAX);
    f.alloc.limit_bytes = 4096;
    void *kept = sctpxi_pool_get(&f.pool, 3000);
    assert_null(sctpxi_alloc_get(&f.alloc, 2000)); /* it is in use */
    sctpxi_pool_put(&f.pool, kept, 3000);
    void *block = sctpxi_alloc_get(&f.alloc, 2000);
    assert_non_null(block);
    assert_int_equal(f.pool.kept_bytes, 0);
    assert_null(sctpxi_alloc_get(&f.alloc, 2100));
    sctpxi_alloc_put(&f.alloc, block, 2000);
    finish(&f);
}

static void test_out_of_memory(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 1u << 20);
    test_alloc_fail(&f.ta, 1, 0);
    assert_null(sctpxi_pool_get(&f.pool, 100));
    assert_null(sctpxi_pool_get(&f.pool, 100000));
    finish(&f);
}

/* Blocks in use are distinct and keep their bytes, whatever comes and goes around them. */
static void test_random_use(void **state)
{
    enum { BLOCKS = 64 };
    struct fixture f;
    struct test_random tr;
    uint8_t *blocks[BLOCKS] = {NULL};
    size_t sizes[BLOCKS] = {0};

    (void)state;
    start(&f, 100000);
    test_random_init(&tr, 1);
    for (int i = 0; i < 20000; i++) {
        size_t k = (size_t)test_random_below(&tr, BLOCKS);
        if (blocks[k] == NULL) {
            sizes[k] = (size_t)test_random_between(&tr, 1, 1u << test_random_below(&tr, 18));
            blocks[k] = sctpxi_pool_get(&f.pool, sizes[k]);
            memset(blocks[k], (int)k, sizes[k]);
        } else {
            assert_int_equal(blocks[k][0], k);
            assert_int_equal(blocks[k][sizes[k] / 2], k);
            assert_int_equal(blocks[k][sizes[k] - 1], k);
            sctpxi_pool_put(&f.pool, blocks[k], sizes[k]);
            blocks[k] = NULL;
        }
        assert_true(f.pool.kept_bytes <= 100000);
    }
    for (size_t k = 0; k < BLOCKS; k++) {
        if (blocks[k] != NULL) {
            sctpxi_pool_put(&f.pool, blocks[k], sizes[k]);
        }
    }
    assert_int_equal(f.alloc.used_bytes, f.pool.kept_bytes);
    finish(&f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_a_class_wastes_less_than_a_quarter),
        cmocka_unit_test(test_a_block_put_back_is_given_out_again),
        cmocka_unit_test(test_large_blocks_are_not_kept),
        cmocka_unit_test(test_what_is_kept_is_bounded),
        cmocka_unit_test(test_nothing_is_kept_with_no_room_to_keep),
        cmocka_unit_test(test_kept_blocks_are_given_up_before_running_out),
        cmocka_unit_test(test_kept_blocks_are_given_up_for_others),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_random_use),
    };

    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
