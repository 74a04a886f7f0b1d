/* SPDX-License-Identifier: MIT */
/*
 * What missing reports cost (RFC 9260 7.2.4), counted in chunks that are looked at: each one three
 * times at most for every time that it was sent or taken back, however many SACKs there are and
 * however many chunks lie between.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/outstanding.h"
#include "support/send_rig.h"

enum { WINDOW = SCTPXI_MAX_OUTSTANDING, REPORTS = 3 };

static int set_up(void **state)
{
    static struct send_rig rig;

    send_rig_init(&rig, UINT32_MAX - 2);
    send_rig_send(&rig, WINDOW, 1, 0);
    *state = &rig;
    return 0;
}

static int tear_down(void **state)
{
    send_rig_check_accounts(*state);
    send_rig_done(*state);
    return 0;
}

/* Everything from `from` to the end of the window is there, and chunk 2, if it says so. */
static struct sctpxi_sack_result sack_tail(struct send_rig *rig, uint32_t from, bool with_second)
{
    struct send_rig_sack sack = {.count = 1, .gaps = {{(uint16_t)from, WINDOW}}};
    struct sctpxi_sack_result result;

    if (with_second) {
        sack.count = 2;
        sack.gaps[1] = sack.gaps[0];
        sack.gaps[0] = (struct sctpxi_sack_gap){2, 2};
    }
    assert_int_equal(send_rig_sack(rig, &sack, NULL, &result), 0);
    return result;
}

/* Three SACKs mark all but chunk 2, which is acknowledged. Returns where the tail begins. */
static uint32_t mark_the_window(struct send_rig *rig)
{
    for (uint32_t from = WINDOW; from > WINDOW - REPORTS; from--) {
        (void)sack_tail(rig, from, true);
    }
    assert_int_equal(rig->o.marked_count, WINDOW - 1 - REPORTS);
    return WINDOW - REPORTS + 1;
}

/* Chunk 2 is given and taken back so that it is never reported missing for the third time. */
static void test_one_chunk_that_comes_and_goes(void **state)
{
    struct send_rig *rig = *state;
    uint32_t from = mark_the_window(rig);
    uint64_t before = rig->o.looked_at;

    for (int i = 0; i < 3000; i++) {
        (void)sack_tail(rig, --from, i % REPORTS == 0);
    }
    assert_int_equal(rig->o.taken_back, 1000);
    assert_true(rig->o.looked_at - before <= REPORTS * rig->o.taken_back);
}

/* No reneging: T3 marked the window, and what is sent again of it is missing still. */
static void test_what_t3_marked(void **state)
{
    struct send_rig *rig = *state;
    struct sctpxi_tsn tsn;
    uint32_t resent = 0;

    assert_int_equal(sctpxi_outstanding_mark_path(&rig->o, 0), WINDOW);
    for (uint32_t from = WINDOW; from > WINDOW - 3000; from--) {
        assert_true(sctpxi_outstanding_next_marked(&rig->o, &tsn));
        sctpxi_outstanding_resent(&rig->o, tsn, 0, rig->now, false);
        resent++;
        (void)sack_tail(rig, from, false);
    }
    assert_true(rig->o.looked_at <= REPORTS * resent);
}

/* A chunk that lies anywhere is found, and has three reports before it is marked. */
static void test_the_only_missing_ones(void **state)
{
    static const uint32_t missing[] = {2, 63, 64, 4097, 40000};
    struct send_rig *rig = *state;
    struct sctpxi_sack_result result;
    struct send_rig_sack sack = {0};
    uint16_t from = 1;

    for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++) {
        if (from < missing[i] && from > 1) {
            sack.gaps[sack.count++] = (struct sctpxi_sack_gap){from, (uint16_t)(missing[i] - 1)};
        }
        from = (uint16_t)(missing[i] + 1);
    }
    for (uint16_t i = 0; i < REPORTS; i++) { /* chunk 1 is missing as well */
        sack.gaps[sack.count] = (struct sctpxi_sack_gap){from, (uint16_t)(WINDOW - 10 + i)};
        sack.count++;
        assert_int_equal(send_rig_sack(rig, &sack, NULL, &result), 0);
        sack.count--;
        assert_int_equal(result.newly_marked, i == REPORTS - 1 ? 6 : 0);
    }
    assert_int_equal(rig->o.looked_at, REPORTS * 6);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    static const struct CMUnitTest tests[] = {
        TEST(test_one_chunk_that_comes_and_goes),
        TEST(test_what_t3_marked),
        TEST(test_the_only_missing_ones),
    };

    return cmocka_run_group_tests_name("fast_retransmit", tests, NULL, NULL);
}
