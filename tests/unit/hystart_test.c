/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/hystart.h"

enum { MS = 1000, SAMPLES = 8 };

struct path {
    struct sctpxi_hystart h;
    sctpx_time now;
    enum sctpxi_hystart_advice advice;
};

static struct path begun(void)
{
    struct path path = {.now = 1000 * MS};

    sctpxi_hystart_begin(&path.h);
    return path;
}

/* A round: the first sample is of what was sent when it began, the others of what came after. */
static void run_round(struct path *path, sctpx_time rtt_us, unsigned samples)
{
    sctpx_time sent_at = path->now;

    path->now += rtt_us;
    for (unsigned i = 0; i < samples; i++)
        path->advice = sctpxi_hystart_on_ack(&path->h, path->now + i, rtt_us, sent_at + i);
    path->now += samples;
}

static void test_steady_round_trips_go_on(void **state)
{
    struct path path = begun();

    (void)state;
    for (int i = 0; i < 50; i++) {
        run_round(&path, 50 * MS, SAMPLES);
        assert_int_equal(path.advice, SCTPXI_HYSTART_GROW);
    }
}

/* An eighth of 50 ms is 6.25 ms. */
static void test_longer_round_trips_slow_down(void **state)
{
    struct path path = begun();

    (void)state;
    run_round(&path, 50 * MS, SAMPLES);
    run_round(&path, 56 * MS, SAMPLES);
    assert_int_equal(path.advice, SCTPXI_HYSTART_GROW);
    run_round(&path, 63 * MS, SAMPLES);
    assert_int_equal(path.advice, SCTPXI_HYSTART_SLOWER);
}

static void test_five_slow_rounds_end_it(void **state)
{
    struct path path = begun();

    (void)state;
    run_round(&path, 50 * MS, SAMPLES);
    run_round(&path, 60 * MS, SAMPLES);
    assert_int_equal(path.advice, SCTPXI_HYSTART_SLOWER);
    for (int i = 0; i < 4; i++) {
        run_round(&path, 61 * MS, SAMPLES);
        assert_int_equal(path.advice, SCTPXI_HYSTART_SLOWER);
    }
    run_round(&path, 61 * MS, 1);
    assert_int_equal(path.advice, SCTPXI_HYSTART_LEAVE);
}

static void test_jitter_is_forgiven(void **state)
{
    struct path path = begun();

    (void)state;
    run_round(&path, 50 * MS, SAMPLES);
    run_round(&path, 60 * MS, SAMPLES);
    assert_int_equal(path.advice, SCTPXI_HYSTART_SLOWER);
    run_round(&path, 51 * MS, SAMPLES);
    assert_int_equal(path.advice, SCTPXI_HYSTART_GROW);
}

/* The queue is empty when the round begins and long before it ends: that is seen at once. */
static void test_growth_within_a_round_is_seen(void **state)
{
    struct path path = begun();
    sctpx_time sent_at;

    (void)state;
    run_round(&path, 50 * MS, SAMPLES);
    sent_at = path.now;
    for (unsigned i = 0; i < 3 * SAMPLES; i++)
        path.advice = sctpxi_hystart_on_ack(&path.h, sent_at + 50 * MS + i * MS,
                                            50 * MS + i * MS / 2, sent_at + i * MS / 2);
    assert_int_equal(path.advice, SCTPXI_HYSTART_HOLD);
}

/* By 20 ms in 180: another stream's doing, or the path's, and not ours. */
static void test_slow_growth_within_a_round_is_not(void **state)
{
    struct path path = begun();
    sctpx_time sent_at;

    (void)state;
    run_round(&path, 200 * MS, SAMPLES);
    sent_at = path.now;
    path.advice = sctpxi_hystart_on_ack(&path.h, sent_at + 200 * MS, 200 * MS, sent_at);
    for (unsigned i = 1; i < 2 * SAMPLES; i++)
        path.advice = sctpxi_hystart_on_ack(&path.h, sent_at + 380 * MS + i * MS, 220 * MS,
                                            sent_at + 160 * MS + i * MS);
    assert_int_equal(path.advice, SCTPXI_HYSTART_GROW);
}

/* 13 ms more begin CSS; what was under way then makes it 25. */
static void test_a_long_queue_ends_it_at_once(void **state)
{
    struct path path = begun();

    (void)state;
    run_round(&path, 50 * MS, SAMPLES);
    run_round(&path, 63 * MS, SAMPLES);
    assert_int_equal(path.advice, SCTPXI_HYSTART_SLOWER);
    run_round(&path, 75 * MS, SAMPLES);
    assert_int_equal(path.advice, SCTPXI_HYSTART_LEAVE);
}

/* One long round trip among short ones, or too few to tell. */
static void test_few_samples_say_nothing(void **state)
{
    struct path path = begun();

    (void)state;
    run_round(&path, 50 * MS, SAMPLES);
    run_round(&path, 90 * MS, SAMPLES - 1);
    assert_int_equal(path.advice, SCTPXI_HYSTART_GROW);
}

/* 4 ms at least, 16 ms at most. */
static void test_threshold_has_bounds(void **state)
{
    struct path near = begun(), far = begun();

    (void)state;
    run_round(&near, 1 * MS, SAMPLES);
    run_round(&near, 4 * MS, SAMPLES);
    assert_int_equal(near.advice, SCTPXI_HYSTART_GROW);
    run_round(&near, 9 * MS, SAMPLES);
    assert_int_equal(near.advice, SCTPXI_HYSTART_SLOWER);
    run_round(&far, 600 * MS, SAMPLES);
    run_round(&far, 617 * MS, SAMPLES);
    assert_int_equal(far.advice, SCTPXI_HYSTART_SLOWER);
}

static void test_acknowledgements_without_a_round_trip(void **state)
{
    struct path path = begun();

    (void)state;
    assert_int_equal(sctpxi_hystart_on_ack(&path.h, path.now, 0, 0), SCTPXI_HYSTART_GROW);
    run_round(&path, 50 * MS, SAMPLES);
    run_round(&path, 60 * MS, SAMPLES);
    assert_int_equal(sctpxi_hystart_on_ack(&path.h, path.now, 0, 0), SCTPXI_HYSTART_SLOWER);
}

/* Longer than 32 bits of microseconds. */
static void test_absurd_round_trips(void **state)
{
    struct path path = begun();

    (void)state;
    for (int i = 0; i < 20; i++)
        run_round(&path, UINT64_C(1) << (30 + i), SAMPLES);
    assert_true(path.h.round_min_us < UINT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steady_round_trips_go_on),
        cmocka_unit_test(test_longer_round_trips_slow_down),
        cmocka_unit_test(test_five_slow_rounds_end_it),
        cmocka_unit_test(test_jitter_is_forgiven),
        cmocka_unit_test(test_growth_within_a_round_is_seen),
        cmocka_unit_test(test_slow_growth_within_a_round_is_not),
        cmocka_unit_test(test_a_long_queue_ends_it_at_once),
        cmocka_unit_test(test_few_samples_say_nothing),
        cmocka_unit_test(test_threshold_has_bounds),
        cmocka_unit_test(test_acknowledgements_without_a_round_trip),
        cmocka_unit_test(test_absurd_round_trips),
    };

    return cmocka_run_group_tests_name("hystart", tests, NULL, NULL);
}
