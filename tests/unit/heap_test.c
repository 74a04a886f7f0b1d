/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sctpx/error.h>

#include "base/heap.h"
#include "support/test_alloc.h"
#include "support/test_random.h"

struct fixture {
    struct test_alloc ta;
    struct sctpxi_alloc alloc;
    struct sctpxi_heap heap;
};

static void start(struct fixture *f)
{
    test_alloc_init(&f->ta);
    sctpx_allocator user = test_alloc_allocator(&f->ta);
    sctpxi_alloc_init(&f->alloc, &user, SIZE_MAX);
    sctpxi_heap_init(&f->heap, &f->alloc);
}

static void finish(struct fixture *f)
{
    sctpxi_heap_done(&f->heap);
    assert_true(test_alloc_is_clean(&f->ta));
}

static void test_empty(void **state)
{
    struct fixture f;
    struct sctpxi_heap_node node = {0};

    (void)state;
    start(&f);
    assert_null(sctpxi_heap_top(&f.heap));
    sctpxi_heap_set(&f.heap, &node, SCTPX_TIME_NEVER);
    assert_null(sctpxi_heap_top(&f.heap));
    assert_int_equal(f.ta.calls, 0);
    finish(&f);
}

static void test_earliest_is_on_top(void **state)
{
    struct fixture f;
    struct sctpxi_heap_node nodes[3] = {{0}};

    (void)state;
    start(&f);
    assert_int_equal(sctpxi_heap_reserve(&f.heap, 3), 0);
    sctpxi_heap_set(&f.heap, &nodes[0], 30);
    sctpxi_heap_set(&f.heap, &nodes[1], 10);
    sctpxi_heap_set(&f.heap, &nodes[2], 20);
    assert_ptr_equal(sctpxi_heap_top(&f.heap), &nodes[1]);
    sctpxi_heap_set(&f.heap, &nodes[1], 40); /* later */
    assert_ptr_equal(sctpxi_heap_top(&f.heap), &nodes[2]);
    sctpxi_heap_set(&f.heap, &nodes[0], 0); /* sooner */
    assert_ptr_equal(sctpxi_heap_top(&f.heap), &nodes[0]);
    sctpxi_heap_set(&f.heap, &nodes[0], SCTPX_TIME_NEVER); /* out, and back */
    assert_int_equal(nodes[0].seat, 0);
    assert_ptr_equal(sctpxi_heap_top(&f.heap), &nodes[2]);
    sctpxi_heap_set(&f.heap, &nodes[0], 5);
    assert_ptr_equal(sctpxi_heap_top(&f.heap), &nodes[0]);
    finish(&f);
}

static void test_done_lets_go_of_nodes(void **state)
{
    struct fixture f;
    struct sctpxi_heap_node node = {0};

    (void)state;
    start(&f);
    assert_int_equal(sctpxi_heap_reserve(&f.heap, 1), 0);
    sctpxi_heap_set(&f.heap, &node, 30);
    finish(&f);
    assert_int_equal(node.seat, 0);
}

static void test_reserve(void **state)
{
    struct fixture f;
    struct sctpxi_heap_node nodes[17] = {{0}};

    (void)state;
    start(&f);
    assert_int_equal(sctpxi_heap_reserve(&f.heap, 0), 0);
    assert_int_equal(f.ta.calls, 0);
    assert_int_equal(sctpxi_heap_reserve(&f.heap, 16), 0);
    for (size_t i = 0; i < 16; i++) {
        sctpxi_heap_set(&f.heap, &nodes[i], 100 - i);
    }
    test_alloc_fail(&f.ta, 1, 1);
    assert_int_equal(sctpxi_heap_reserve(&f.heap, 17), SCTPX_ENOMEM);
    assert_int_equal(sctpxi_heap_reserve(&f.heap, SIZE_MAX), SCTPX_ENOMEM);
    assert_int_equal(sctpxi_heap_reserve(&f.heap, SIZE_MAX / 8 + 2), SCTPX_ENOMEM);
    assert_ptr_equal(sctpxi_heap_top(&f.heap), &nodes[15]);
    assert_int_equal(sctpxi_heap_reserve(&f.heap, 17), 0);
    sctpxi_heap_set(&f.heap, &nodes[16], 1);
    assert_ptr_equal(sctpxi_heap_top(&f.heap), &nodes[16]);
    finish(&f);
}

static void test_growing_one_by_one_allocates_seldom(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    for (size_t i = 1; i <= 10000; i++) {
        assert_int_equal(sctpxi_heap_reserve(&f.heap, i), 0);
    }
    assert_true(f.ta.calls <= 12);
    finish(&f);
}

static sctpx_time earliest(const struct sctpxi_heap_node *nodes, size_t count)
{
    sctpx_time best = SCTPX_TIME_NEVER;

    for (size_t i = 0; i < count; i++) {
        if (nodes[i].seat != 0 && nodes[i].deadline < best) {
            best = nodes[i].deadline;
        }
    }
    return best;
}

static void check_places(const struct sctpxi_heap *heap)
{
    for (size_t i = 0; i < heap->count; i++) {
        const struct sctpxi_heap_node *node = heap->nodes[heap->seats[i]];
        assert_int_equal(heap->places[node->seat - 1], i);
        assert_int_equal(heap->deadlines[i], node->deadline);
    }
}

static void test_random_use(void **state)
{
    enum { NODES = 100 };
    struct fixture f;
    struct test_random tr;
    struct sctpxi_heap_node nodes[NODES] = {{0}};

    (void)state;
    start(&f);
    test_random_init(&tr, 2);
    assert_int_equal(sctpxi_heap_reserve(&f.heap, NODES), 0);
    for (int i = 0; i < 20000; i++) {
        struct sctpxi_heap_node *node = &nodes[test_random_below(&tr, NODES)];
        bool is_out = test_random_chance(&tr, 300000);
        sctpx_time deadline = is_out ? SCTPX_TIME_NEVER : test_random_below(&tr, 50);
        sctpxi_heap_set(&f.heap, node, deadline);
        assert_int_equal(node->seat == 0, is_out);
        check_places(&f.heap);
        const struct sctpxi_heap_node *top = sctpxi_heap_top(&f.heap);
        sctpx_time best = earliest(nodes, NODES);
        assert_true(top != NULL ? top->deadline == best : best == SCTPX_TIME_NEVER);
    }
    finish(&f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_earliest_is_on_top),
        cmocka_unit_test(test_done_lets_go_of_nodes),
        cmocka_unit_test(test_reserve),
        cmocka_unit_test(test_growing_one_by_one_allocates_seldom),
        cmocka_unit_test(test_random_use),
    };

    return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}
