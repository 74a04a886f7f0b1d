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
    run_round(&path, 50 * MS, SAMPLES - 1);
    assert_int_equal(sctpxi_hystart_on_ack(&path.h, path.now, 0, 0), SCTPXI_HYSTART_GROW);
    assert_int_equal(path.h.samples, SAMPLES - 1);
    run_round(&path, 60 * MS, SAMPLES);
    assert_int_equal(path.h.round_start, path.now - SAMPLES); /* only a pause moves it */
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

/* What a second round trip says after a first one. */
static enum sctpxi_hystart_advice after(sctpx_time first_us, sctpx_time second_us)
{
    struct path path = begun();

    run_round(&path, first_us, SAMPLES);
    assert_int_equal(path.advice, SCTPXI_HYSTART_GROW); /* with nothing before it */
    run_round(&path, second_us, SAMPLES);
    return path.advice;
}

/* An eighth, 4 ms at least, 16 ms at most. */
static void test_threshold_to_the_microsecond(void **state)
{
    const sctpx_time rounds[][2] = {{10 * MS, 14 * MS},
                                    {80 * MS, 90 * MS},
                                    {400 * MS, 416 * MS},
                                    {UINT32_MAX - 16 * MS - 1, UINT32_MAX - 1}};

    (void)state;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(after(rounds[i][0], rounds[i][1] - 1), SCTPXI_HYSTART_GROW);
        assert_int_equal(after(rounds[i][0], rounds[i][1]), SCTPXI_HYSTART_SLOWER);
    }
    assert_int_equal(after(UINT32_MAX - 10 * MS, 20 * MS), SCTPXI_HYSTART_GROW);
}

/* Longer than can be kept is as long as can be, not short. */
static void test_longest_round_trip(void **state)
{
    struct path path = begun();

    (void)state;
    run_round(&path, (UINT64_C(1) << 32) + 5, SAMPLES);
    assert_int_equal(path.h.round_min_us, UINT32_MAX - 1);
    run_round(&path, UINT32_MAX, SAMPLES);
    assert_int_equal(path.h.last_min_us, UINT32_MAX - 1);
}

/* So many samples of one round trip, all of the round that has begun. */
static void add_samples(struct path *path, sctpx_time rtt_us, unsigned samples)
{
    for (unsigned i = 0; i < samples; i++)
        path->advice = sctpxi_hystart_on_ack(&path->h, path->now, rtt_us, 0);
}

/* A round of 50 ms, and one in which a whole group takes 60 ms when so much time has passed. */
static struct path grown_within(sctpx_time passed_us)
{
    struct path path = begun();

    run_round(&path, 50 * MS, SAMPLES);
    path.now += 50 * MS;
    path.advice = sctpxi_hystart_on_ack(&path.h, path.now, 50 * MS, path.now);
    add_samples(&path, 50 * MS, SAMPLES - 1);
    path.now += passed_us;
    add_samples(&path, 60 * MS, SAMPLES);
    return path;
}

/* By a quarter of the time: 10 ms in 40. */
static void test_steepness_to_the_microsecond(void **state)
{
    (void)state;
    assert_int_equal(grown_within(40 * MS).advice, SCTPXI_HYSTART_HOLD);
    assert_int_equal(grown_within(40 * MS + 1).advice, SCTPXI_HYSTART_GROW);
}

/* The shortest of a group counts, wherever it was in it. */
static void test_shortest_of_a_group(void **state)
{
    struct path path = begun();

    (void)state;
    run_round(&path, 50 * MS, SAMPLES);
    path.now += 50 * MS;
    path.advice = sctpxi_hystart_on_ack(&path.h, path.now, 50 * MS, path.now);
    add_samples(&path, 60 * MS, SAMPLES - 1);
    assert_int_equal(path.h.samples, SAMPLES);
    assert_int_equal(path.advice, SCTPXI_HYSTART_GROW);
}

/* Five rounds are those since it slowed down last. */
static void test_rounds_are_counted_anew(void **state)
{
    struct path path = begun();

    (void)state;
    run_round(&path, 50 * MS, SAMPLES);
    run_round(&path, 60 * MS, SAMPLES);
    run_round(&path, 61 * MS, SAMPLES);
    run_round(&path, 61 * MS, SAMPLES);
    run_round(&path, 51 * MS, SAMPLES);
    assert_int_equal(path.advice, SCTPXI_HYSTART_GROW);
    run_round(&path, 50 * MS, SAMPLES);
    for (int i = 0; i < 5; i++) {
        run_round(&path, 60 * MS, SAMPLES);
        assert_int_equal(path.advice, SCTPXI_HYSTART_SLOWER);
    }
}

/*
 * It waits until what was under way has arrived: a whole round of samples changes nothing, and half
 * as long again in that round is what had been set free before. Then it is slower, as ever.
 */
static void test_pause_lasts_for_a_round(void **state)
{
    struct path path = grown_within(30 * MS);

    (void)state;
    path.now += 10 * MS;
    path.advice = sctpxi_hystart_on_ack(&path.h, path.now, 80 * MS, path.now - 11 * MS);
    add_samples(&path, 80 * MS, SAMPLES - 1);
    assert_int_equal(path.advice, SCTPXI_HYSTART_HOLD);
    path.now += 60 * MS;
    path.advice = sctpxi_hystart_on_ack(&path.h, path.now, 62 * MS, path.now - 62 * MS);
    assert_int_equal(path.advice, SCTPXI_HYSTART_SLOWER);
    add_samples(&path, 62 * MS, SAMPLES - 1);
    assert_int_equal(path.advice, SCTPXI_HYSTART_SLOWER);
}

/* A shorter round trip ends the pause, and the next one is counted and judged from its start. */
static void test_pause_for_jitter(void **state)
{
    struct path path = grown_within(30 * MS);

    (void)state;
    add_samples(&path, 60 * MS, SAMPLES);
    assert_int_equal(path.advice, SCTPXI_HYSTART_HOLD); /* as long as before: no jitter */
    add_samples(&path, 60 * MS - 1, SAMPLES);
    assert_int_equal(path.advice, SCTPXI_HYSTART_GROW);
    assert_false(path.h.is_held);
    run_round(&path, 50 * MS, SAMPLES);
    run_round(&path, 60 * MS, SAMPLES);
    assert_int_equal(path.advice, SCTPXI_HYSTART_SLOWER);
    for (int i = 0; i < 4; i++) {
        run_round(&path, 61 * MS, SAMPLES);
        assert_int_equal(path.advice, SCTPXI_HYSTART_SLOWER);
    }
}

/* Half as long again ends it, to the microsecond; only while it is slower. */
static void test_half_as_long_again(void **state)
{
    struct path path = begun();

    (void)state;
    run_round(&path, 50 * MS, SAMPLES);
    run_round(&path, 60 * MS, SAMPLES);
    run_round(&path, 75 * MS - 1, SAMPLES);
    assert_int_equal(path.advice, SCTPXI_HYSTART_SLOWER);
    run_round(&path, 75 * MS, SAMPLES);
    assert_int_equal(path.advice, SCTPXI_HYSTART_LEAVE);
}

/* After jitter it is judged as if there had been no slower round. */
static void test_half_as_long_again_after_jitter(void **state)
{
    struct path path = begun();

    (void)state;
    run_round(&path, 50 * MS, SAMPLES);
    run_round(&path, 60 * MS, SAMPLES);
    run_round(&path, 61 * MS, SAMPLES);
    run_round(&path, 51 * MS, SAMPLES);
    assert_int_equal(path.advice, SCTPXI_HYSTART_GROW);
    run_round(&path, 50 * MS, SAMPLES);
    run_round(&path, 80 * MS, SAMPLES);
    assert_int_equal(path.advice, SCTPXI_HYSTART_SLOWER);
}

/* Samples of a round do not make a group with those of the one before. */
static void test_groups_end_with_their_round(void **state)
{
    struct path path = begun();

    (void)state;
    run_round(&path, 50 * MS, SAMPLES);
    run_round(&path, 50 * MS, SAMPLES / 2);
    run_round(&path, 90 * MS, SAMPLES - 1);
    assert_int_equal(path.advice, SCTPXI_HYSTART_GROW);
    assert_int_equal(path.h.samples, SAMPLES - 1);
    assert_int_equal(path.h.group_min_us, 90 * MS);
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
        cmocka_unit_test(test_threshold_to_the_microsecond),
        cmocka_unit_test(test_longest_round_trip),
        cmocka_unit_test(test_steepness_to_the_microsecond),
        cmocka_unit_test(test_shortest_of_a_group),
        cmocka_unit_test(test_rounds_are_counted_anew),
        cmocka_unit_test(test_pause_lasts_for_a_round),
        cmocka_unit_test(test_pause_for_jitter),
        cmocka_unit_test(test_half_as_long_again),
        cmocka_unit_test(test_half_as_long_again_after_jitter),
        cmocka_unit_test(test_groups_end_with_their_round),
    };

    return cmocka_run_group_tests_name("hystart", tests, NULL, NULL);
}
