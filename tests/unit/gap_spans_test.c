/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/writer.h"
#include "engine/gap_spans.h"
#include "support/send_rig.h"
#include "support/test_random.h"

#define MAX_BLOCKS 16

static const struct sctpxi_gap_repeats none;

/* A SACK of which only the blocks matter. */
struct blocks {
    uint8_t bytes[4 * MAX_BLOCKS];
    struct sctpxi_sack sack;
};

static void add(struct blocks *b, uint32_t first, uint32_t last)
{
    uint8_t *p = b->bytes + 4 * b->sack.n_gaps++;

    sctpxi_store_u16(p, (uint16_t)first);
    sctpxi_store_u16(p + 2, (uint16_t)last);
    b->sack.gaps = b->bytes;
}

static void test_touching_blocks_are_one_span(void **state)
{
    struct blocks b = {.sack = {.n_gaps = 0}};
    struct sctpxi_span_walk w;

    (void)state;
    add(&b, 2, 3);
    add(&b, 4, 4);
    add(&b, 5, 9);
    add(&b, 11, 65535);
    w = sctpxi_span_walk_blocks(&b.sack, none);
    assert_true(w.has);
    assert_int_equal(w.now.first, 2);
    assert_int_equal(w.now.last, 9);
    sctpxi_span_walk_next(&w);
    assert_int_equal(w.now.first, 11);
    assert_int_equal(w.now.last, 65535);
    sctpxi_span_walk_next(&w);
    assert_false(w.has);
}

static void test_runs_are_what_was_gap_acked(void **state)
{
    const struct send_rig_sack sack = {.cum = 2, .count = 3, .gaps = {{2, 2}, {4, 6}, {9, 9}}};
    static const struct sctpxi_span expected[] = {{2, 2}, {4, 6}, {9, 9}};
    struct sctpxi_sack_result result;
    struct sctpxi_span_walk w;
    struct send_rig rig;

    (void)state;
    send_rig_init(&rig, UINT32_MAX - 4);
    send_rig_send(&rig, 12, 1, 0);
    assert_int_equal(send_rig_sack(&rig, &sack, NULL, &result), 0);
    w = sctpxi_span_walk_runs(&rig.o, none);
    for (size_t i = 0; i < 3; i++) {
        assert_true(w.has);
        assert_memory_equal(&w.now, &expected[i], sizeof(w.now));
        sctpxi_span_walk_next(&w);
    }
    assert_false(w.has);
    send_rig_done(&rig);
}

/* Random blocks over a small range, and which offsets they hold. */
static void draw(struct test_random *tr, struct blocks *b, bool *ret_has, uint32_t range)
{
    uint32_t at = 0;

    memset(b, 0, sizeof(*b));
    memset(ret_has, 0, range + 1);
    while (b->sack.n_gaps < MAX_BLOCKS) {
        uint32_t first = at + (uint32_t)test_random_between(tr, 1, 5);
        uint32_t last = first + (uint32_t)test_random_below(tr, 4);

        if (last > range || test_random_chance(tr, 100000)) {
            return;
        }
        add(b, first, last);
        memset(ret_has + first, 1, last - first + 1);
        at = last;
    }
}

static void test_difference_is_that_of_the_sets(void **state)
{
    enum { RANGE = 30 };
    bool in_a[RANGE + 1], in_b[RANGE + 1], in_difference[RANGE + 1];
    struct test_random tr;
    struct blocks a, b;

    (void)state;
    test_random_init(&tr, 1);
    for (int i = 0; i < 20000; i++) {
        struct sctpxi_span_walk wa, wb;
        struct sctpxi_span span;
        uint32_t before = 0;

        draw(&tr, &a, in_a, RANGE);
        draw(&tr, &b, in_b, RANGE);
        memset(in_difference, 0, sizeof(in_difference));
        wa = sctpxi_span_walk_blocks(&a.sack, none);
        wb = sctpxi_span_walk_blocks(&b.sack, none);
        while (sctpxi_span_difference(&wa, &wb, &span)) {
            assert_true(span.first > before && span.first <= span.last && span.last <= RANGE);
            memset(in_difference + span.first, 1, span.last - span.first + 1);
            before = span.last;
        }
        for (uint32_t offset = 0; offset <= RANGE; offset++) {
            assert_int_equal(in_difference[offset], in_a[offset] && !in_b[offset]);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_touching_blocks_are_one_span),
        cmocka_unit_test(test_runs_are_what_was_gap_acked),
        cmocka_unit_test(test_difference_is_that_of_the_sets),
    };

    return cmocka_run_group_tests_name("gap_spans", tests, NULL, NULL);
}
