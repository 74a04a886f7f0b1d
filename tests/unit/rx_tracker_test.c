/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/rx_tracker.h"
#include "support/test_alloc.h"
#include "support/test_random.h"

struct fixture {
    struct test_alloc ta;
    struct sctpxi_alloc alloc;
    struct sctpxi_rx_tracker t;
};

static struct sctpxi_tsn tsn_of(uint32_t v)
{
    return sctpxi_tsn_make(v);
}

/* The first test TSN is `initial`. */
static void start(struct fixture *f, uint32_t initial)
{
    test_alloc_init(&f->ta);
    sctpx_allocator user = test_alloc_allocator(&f->ta);
    sctpxi_alloc_init(&f->alloc, &user, SIZE_MAX);
    sctpxi_rx_tracker_init(&f->t, &f->alloc, tsn_of(initial));
}

static void stop(struct fixture *f)
{
    sctpxi_rx_tracker_done(&f->t);
    assert_true(test_alloc_is_clean(&f->ta));
    assert_int_equal(f->alloc.used_bytes, 0);
}

static void take(struct fixture *f, uint32_t tsn)
{
    assert_int_equal(sctpxi_rx_tracker_check(&f->t, tsn_of(tsn)), SCTPXI_RX_NEW);
    sctpxi_rx_tracker_commit(&f->t, tsn_of(tsn));
    assert_int_equal(sctpxi_rx_tracker_check(&f->t, tsn_of(tsn)), SCTPXI_RX_DUPLICATE);
}

static void expect_gap(const struct fixture *f, size_t i, uint16_t first, uint16_t last)
{
    struct sctpxi_sack_gap gaps[8];

    assert_true(sctpxi_rx_tracker_gaps(&f->t, gaps, 8) > i);
    assert_int_equal(gaps[i].start, first);
    assert_int_equal(gaps[i].end, last);
}

static void test_nothing_received_is_initial_tsn_minus_one(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 0);
    assert_int_equal(f.t.cum.v, UINT32_MAX);
    assert_int_equal(sctpxi_rx_tracker_highest(&f.t).v, UINT32_MAX);
    assert_false(sctpxi_rx_tracker_has_gaps(&f.t));
    assert_int_equal(sctpxi_rx_tracker_check(&f.t, tsn_of(UINT32_MAX)), SCTPXI_RX_DUPLICATE);
    stop(&f);
}

static void test_in_order_takes_no_memory(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, UINT32_MAX - 50);
    for (uint32_t i = 0; i < 100; i++)
        take(&f, UINT32_MAX - 50 + i);
    assert_int_equal(f.t.cum.v, 48);
    assert_int_equal(f.ta.calls, 0);
    stop(&f);
}

/* The picture in RFC 9260 3.3.4. */
static void test_gap_blocks_of_the_rfc_example(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 10);
    take(&f, 17);
    take(&f, 15);
    take(&f, 10);
    take(&f, 12);
    take(&f, 11);
    take(&f, 14);
    assert_int_equal(f.t.cum.v, 12);
    assert_int_equal(sctpxi_rx_tracker_gaps(&f.t, NULL, 0), 0);
    expect_gap(&f, 0, 2, 3);
    expect_gap(&f, 1, 5, 5);
    assert_int_equal(sctpxi_rx_tracker_highest(&f.t).v, 17);

    struct sctpxi_sack_gap gaps[2] = {{0, 0}, {0, 0}};
    assert_int_equal(sctpxi_rx_tracker_gaps(&f.t, gaps, 1), 1);
    assert_int_equal(gaps[0].start, 2);
    assert_int_equal(gaps[1].start, 0);
    stop(&f);
}

static void test_ranges_grow_and_merge_across_the_wrap(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, UINT32_MAX - 9); /* cum = MAX - 10 */
    take(&f, UINT32_MAX - 1);  /* offset 9 */
    take(&f, 1);               /* 12 */
    assert_int_equal(f.t.range_count, 2);
    take(&f, UINT32_MAX); /* grows to the right: 9-10 */
    expect_gap(&f, 0, 9, 10);
    take(&f, UINT32_MAX - 2); /* and to the left: 8-10 */
    expect_gap(&f, 0, 8, 10);
    take(&f, 0); /* 11 joins both */
    assert_int_equal(f.t.range_count, 1);
    expect_gap(&f, 0, 8, 12);
    for (uint32_t i = 9; i >= 3; i--)
        take(&f, UINT32_MAX - i);
    assert_int_equal(f.t.cum.v, 1);
    assert_false(sctpxi_rx_tracker_has_gaps(&f.t));
    assert_int_equal(f.ta.live_blocks, 0);
    stop(&f);
}

static void test_far_and_old_ones(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 1001); /* cum = 1000 */
    assert_int_equal(sctpxi_rx_tracker_check(&f.t, tsn_of(1000 + 65536)), SCTPXI_RX_UNWANTED);
    assert_int_equal(sctpxi_rx_tracker_check(&f.t, tsn_of(1000 + 0x7FFFFFFFu)), SCTPXI_RX_UNWANTED);
    assert_int_equal(sctpxi_rx_tracker_check(&f.t, tsn_of(1000 + 0x80000000u)), SCTPXI_RX_UNWANTED);
    assert_int_equal(sctpxi_rx_tracker_check(&f.t, tsn_of(1000 + 0x80000001u)),
                     SCTPXI_RX_DUPLICATE);
    assert_int_equal(f.ta.calls, 0);
    take(&f, 1000 + 65535);
    expect_gap(&f, 0, 65535, 65535);
    stop(&f);
}

static void test_too_many_gaps_still_take_what_needs_no_new_one(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 1); /* cum = 0 */
    for (uint32_t i = 0; i < SCTPXI_RX_MAX_RANGES; i++)
        take(&f, 10 + 4 * i);
    assert_int_equal(f.t.range_count, SCTPXI_RX_MAX_RANGES);
    assert_int_equal(1u << f.t.range_shift, SCTPXI_RX_MAX_RANGES);
    assert_int_equal(sctpxi_rx_tracker_check(&f.t, tsn_of(12)), SCTPXI_RX_UNWANTED);
    assert_int_equal(sctpxi_rx_tracker_check(&f.t, tsn_of(5)), SCTPXI_RX_UNWANTED);
    assert_int_equal(sctpxi_rx_tracker_check(&f.t, tsn_of(20000)), SCTPXI_RX_UNWANTED);
    take(&f, 1);
    take(&f, 2);
    take(&f, 11);
    take(&f, 12);
    take(&f, 13);
    assert_int_equal(f.t.range_count, SCTPXI_RX_MAX_RANGES - 1);
    take(&f, 5);
    stop(&f);
}

static void test_duplicates_without_memory_are_not_listed(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 1);
    f.alloc.limit_bytes = 1;
    sctpxi_rx_tracker_note_duplicate(&f.t, tsn_of(0));
    assert_int_equal(f.t.dup_count, 0);
    f.alloc.limit_bytes = SIZE_MAX;
    sctpxi_rx_tracker_note_duplicate(&f.t, tsn_of(0));
    assert_int_equal(f.t.dup_count, 1);
    take(&f, 3); /* gaps come and go, duplicates stay until a SACK */
    take(&f, 1);
    take(&f, 2);
    assert_int_equal(f.t.dup_count, 1);
    assert_int_equal(f.t.dups[0], 0);
    stop(&f);
}

/* RFC 9260 3.3.4: a TSN received three times is listed twice. */
static void test_duplicates_are_listed_every_time_up_to_the_bound(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 1);
    for (uint32_t i = 0; i < SCTPXI_RX_MAX_DUPS + 3; i++)
        sctpxi_rx_tracker_note_duplicate(&f.t, tsn_of(i < 2 ? 19 : 100 + i));
    assert_int_equal(f.t.dup_count, SCTPXI_RX_MAX_DUPS);
    assert_int_equal(f.t.dups[0], 19);
    assert_int_equal(f.t.dups[1], 19);
    assert_int_equal(f.t.dups[SCTPXI_RX_MAX_DUPS - 1], 100 + SCTPXI_RX_MAX_DUPS - 1);
    sctpxi_rx_tracker_sack_sent(&f.t);
    assert_int_equal(f.t.dup_count, 0);
    stop(&f);
}

static void test_without_memory_only_new_ranges_are_refused(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 1);
    test_alloc_fail(&f.ta, 1, 0);
    assert_int_equal(sctpxi_rx_tracker_check(&f.t, tsn_of(5)), SCTPXI_RX_UNWANTED);
    take(&f, 1);
    test_alloc_fail(&f.ta, 0, 0);
    for (uint32_t i = 0; i < 8; i++)
        take(&f, 10 + 2 * i);
    test_alloc_fail(&f.ta, 1, 0);
    assert_int_equal(sctpxi_rx_tracker_check(&f.t, tsn_of(5)), SCTPXI_RX_UNWANTED);
    take(&f, 11);
    take(&f, 5);
    stop(&f);
}

/* ---- against a bitmap -------------------------------------------------------------------- */

#define SPAN 3000u

struct model {
    uint32_t initial;
    bool seen[SPAN];
};

static uint32_t model_cum(const struct model *m)
{
    uint32_t i = 0;

    while (i < SPAN && m->seen[i])
        i++;
    return i; /* TSNs in order */
}

static void compare(const struct fixture *f, const struct model *m)
{
    struct sctpxi_sack_gap gaps[SCTPXI_RX_MAX_RANGES];
    size_t count = sctpxi_rx_tracker_gaps(&f->t, gaps, SCTPXI_RX_MAX_RANGES);
    uint32_t cum = model_cum(m);
    size_t g = 0;

    assert_int_equal(f->t.cum.v, m->initial + cum - 1);
    for (uint32_t i = cum; i < SPAN; i++) {
        if (!m->seen[i])
            continue;
        uint32_t first = i;
        while (i + 1 < SPAN && m->seen[i + 1])
            i++;
        assert_true(g < count);
        assert_int_equal(gaps[g].start, first - cum + 1);
        assert_int_equal(gaps[g].end, i - cum + 1);
        assert_int_equal(
            sctpxi_tsn_diff(sctpxi_rx_tracker_highest(&f->t), tsn_of(m->initial + i)) >= 0, 1);
        g++;
    }
    assert_int_equal(g, count);
    assert_int_equal(sctpxi_rx_tracker_has_gaps(&f->t), count > 0);
    assert_int_equal(f->ta.live_blocks, count > 0 ? 1 : 0);
}

static void one_random_run(uint64_t seed)
{
    struct fixture f;
    struct model m = {0};
    struct test_random tr;
    uint32_t received = 0, step = 0;

    test_random_init(&tr, seed);
    m.initial = UINT32_MAX - (uint32_t)test_random_below(&tr, SPAN);
    uint32_t window = (uint32_t)test_random_between(&tr, 1, SPAN);
    start(&f, m.initial);
    while (received < SPAN) {
        uint32_t cum = model_cum(&m);
        uint32_t i = cum + (uint32_t)test_random_below(&tr, window);
        if (test_random_chance(&tr, 200000))
            i = cum;
        if (i >= SPAN)
            i = SPAN - 1;
        enum sctpxi_rx_verdict verdict = sctpxi_rx_tracker_check(&f.t, tsn_of(m.initial + i));
        if (verdict == SCTPXI_RX_UNWANTED)
            fail_msg("seed %llu: refused", (unsigned long long)seed);
        assert_int_equal(verdict, m.seen[i] ? SCTPXI_RX_DUPLICATE : SCTPXI_RX_NEW);
        if (verdict == SCTPXI_RX_NEW) {
            sctpxi_rx_tracker_commit(&f.t, tsn_of(m.initial + i));
            m.seen[i] = true;
            received++;
        }
        if (step++ % 16 == 0)
            compare(&f, &m);
    }
    compare(&f, &m);
    stop(&f);
}

static void test_random_arrival_matches_a_bitmap(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++)
        one_random_run(seed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_received_is_initial_tsn_minus_one),
        cmocka_unit_test(test_in_order_takes_no_memory),
        cmocka_unit_test(test_gap_blocks_of_the_rfc_example),
        cmocka_unit_test(test_ranges_grow_and_merge_across_the_wrap),
        cmocka_unit_test(test_far_and_old_ones),
        cmocka_unit_test(test_too_many_gaps_still_take_what_needs_no_new_one),
        cmocka_unit_test(test_duplicates_are_listed_every_time_up_to_the_bound),
        cmocka_unit_test(test_duplicates_without_memory_are_not_listed),
        cmocka_unit_test(test_without_memory_only_new_ranges_are_refused),
        cmocka_unit_test(test_random_arrival_matches_a_bitmap),
    };

    return cmocka_run_group_tests_name("rx_tracker", tests, NULL, NULL);
}
