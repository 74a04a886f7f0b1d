/* SPDX-License-Identifier: MIT */
/* What a SACK repeats of the one before it, against comparing block by block; and where it lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/writer.h"
#include "engine/gap_runs.h"
#include "support/send_rig.h"

enum { MOST = 40, MORE = MOST + 2 };

/* First and last chunk of each, by number. */
struct list {
    uint32_t count;
    uint32_t spans[MORE][2];
};

static struct send_rig rig;

/* The i-th of the runs: two chunks, and two that are missing before it. */
static void add_run(struct list *list, uint32_t i)
{
    list->spans[list->count][0] = 4 * i + 3;
    list->spans[list->count++][1] = 4 * i + 4;
}

static struct list runs_from(uint32_t first, uint32_t end)
{
    struct list list = {.count = 0};
    for (uint32_t i = first; i < end; i++)
        add_run(&list, i);
    return list;
}

static struct sctpxi_sack sack_of(const struct list *list, uint32_t cum, uint8_t *bytes)
{
    for (uint32_t i = 0; i < 2 * list->count; i++)
        sctpxi_store_u16(bytes + 2 * (size_t)i, (uint16_t)(list->spans[i / 2][i % 2] - cum));
    return (struct sctpxi_sack){
        .cum_tsn = send_rig_tsn(&rig, cum), .n_gaps = (uint16_t)list->count, .gaps = bytes};
}

static void work_in(const struct list *list, uint32_t cum)
{
    uint8_t bytes[4 * MORE];
    struct sctpxi_sack_result result;
    struct sctpxi_sack sack = sack_of(list, cum, bytes);
    assert_int_equal(sctpxi_outstanding_on_sack(&rig.o, &sack, NULL, &result), 0);
    send_rig_check_accounts(&rig);
}

/* ---- what is repeated ------------------------------------------------------------------------ */

static bool is_same(const struct list *a, uint32_t i, const struct list *b, uint32_t j)
{
    return a->spans[i][0] == b->spans[j][0] && a->spans[i][1] == b->spans[j][1];
}

static bool is_touching(const struct list *list, uint32_t i)
{
    return list->spans[i][1] + 1 == list->spans[i + 1][0];
}

static struct sctpxi_gap_repeats expected(const struct list *runs, const struct list *blocks)
{
    uint32_t most = runs->count < blocks->count ? runs->count : blocks->count;
    struct sctpxi_gap_repeats r = {0, 0};
    while (r.leading < most && is_same(runs, r.leading, blocks, r.leading))
        r.leading++;
    if (r.leading > 0 && r.leading < blocks->count && is_touching(blocks, r.leading - 1))
        r.leading--;
    while (r.leading + r.trailing < most &&
           is_same(runs, runs->count - r.trailing - 1, blocks, blocks->count - r.trailing - 1))
        r.trailing++;
    if (r.trailing > 0 && r.trailing < blocks->count &&
        is_touching(blocks, blocks->count - r.trailing - 1))
        r.trailing--;
    return r;
}

/* With so many runs known, these blocks come; of the runs only those beyond cum count. */
static void check(uint32_t known, uint32_t cum, const struct list *blocks)
{
    uint8_t bytes[4 * MORE];
    struct list runs = runs_from((cum + 1) / 4, known);
    struct sctpxi_gap_repeats wanted = expected(&runs, blocks);
    struct sctpxi_sack sack = sack_of(blocks, cum, bytes);
    if (cum % 4 == 3 && runs.count > 0) /* the first of them begins before it */
        wanted = (struct sctpxi_gap_repeats){0, 0};
    struct sctpxi_gap_repeats r = sctpxi_gap_runs_repeated(&rig.o, &sack);
    assert_int_equal(r.leading, wanted.leading);
    assert_int_equal(r.trailing, wanted.trailing);
}

/* The same but for one block: changed at either end, left out, or one more before it. */
static void check_differences_at(uint32_t known, uint32_t place)
{
    for (int what = 0; what < 6; what++) {
        struct list blocks = runs_from(0, known);
        uint32_t *span = blocks.spans[place];
        if (what == 0)
            span[0]++;
        else if (what < 3)
            span[1] = what == 1 ? span[1] - 1 : span[1] + 1;
        else
            blocks = runs_from(0, place);
        if (what > 3) { /* it touches the one before, or the one after */
            uint32_t number = what == 4 ? 4 * place + 1 : 4 * place + 2;
            blocks.spans[place][0] = blocks.spans[place][1] = number;
            blocks.count++;
        }
        for (uint32_t i = what == 3 ? place + 1 : place; what > 2 && i < known; i++)
            add_run(&blocks, i);
        check(known, 0, &blocks);
    }
}

static void begin(uint32_t known)
{
    struct list all = runs_from(0, known);
    send_rig_init(&rig, UINT32_MAX - 30);
    send_rig_send(&rig, 4 * MOST + 8, 1, 0);
    work_in(&all, 0);
    assert_int_equal(rig.o.gap_runs, known);
}

static void test_one_difference(void **state)
{
    (void)state;
    for (uint32_t known = 0; known <= MOST; known++) {
        begin(known);
        struct list all = runs_from(0, known), more = runs_from(0, known + 1), none = {.count = 0};
        check(known, 0, &all);
        check(known, 0, &more);
        check(known, 0, &none);
        for (uint32_t place = 0; place < known; place++)
            check_differences_at(known, place);
        send_rig_done(&rig);
    }
}

/* The cumulative point moves on: up to a run, into it, to its end. */
static void test_runs_that_are_passed(void **state)
{
    (void)state;
    for (uint32_t known = 1; known <= MOST; known += 3) {
        begin(known);
        for (uint32_t cum = 0; cum < 4 * known + 4; cum++) {
            struct list blocks = runs_from((cum + 1) / 4, known);
            if (cum % 4 == 3 && blocks.count > 0)
                blocks.spans[0][0]++;
            check(known, cum, &blocks);
        }
        send_rig_done(&rig);
    }
}

/* ---- where it lies --------------------------------------------------------------------------- */

static void check_runs(const struct list *list)
{
    uint32_t base = rig.o.cum_ack.v - rig.before_first;
    assert_int_equal(rig.o.gap_runs, list->count);
    assert_true(rig.o.run_at + rig.o.gap_runs <= rig.o.capacity / 2);
    for (uint32_t i = 0; i < list->count; i++) {
        assert_int_equal(base + sctpxi_gap_run_first(&rig.o, i), list->spans[i][0]);
        assert_int_equal(base + sctpxi_gap_run_last(&rig.o, i), list->spans[i][1]);
    }
}

/* Every second chunk from here on, up to the 62nd after it. */
static struct list every_second(uint32_t cum, uint32_t runs)
{
    struct list list = {.count = 0};
    for (uint32_t i = 0; i < runs; i++, list.count++)
        list.spans[i][0] = list.spans[i][1] = cum + 2 * i + 2;
    return list;
}

/* A window of 64 chunks with as many runs as there may be moves on: there is always room. */
static void test_room_for_all(void **state)
{
    (void)state;
    send_rig_init(&rig, UINT32_MAX - 30);
    send_rig_send(&rig, 62, 1, 0);
    assert_int_equal(rig.o.capacity, 64);
    uint32_t cum = 0;
    for (uint32_t step = 2; step < 60; step += 2) {
        struct list before = every_second(cum, 31);
        work_in(&before, cum);
        check_runs(&before);
        cum += step;
        struct list left = every_second(cum, 31 - step / 2);
        work_in(&left, cum);
        check_runs(&left);
        send_rig_send(&rig, step, 1, 0);
        assert_int_equal(rig.o.capacity, 64);
    }
    struct list none = {.count = 0};
    work_in(&none, cum + 61);
    assert_int_equal(rig.o.run_at, 0);
    send_rig_done(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_difference),
        cmocka_unit_test(test_runs_that_are_passed),
        cmocka_unit_test(test_room_for_all),
    };
    return cmocka_run_group_tests_name("gap_runs", tests, NULL, NULL);
}
