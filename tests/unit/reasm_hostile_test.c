/* SPDX-License-Identifier: MIT */
/* Chunks that contradict others, and no memory: refused with nothing changed. */
#include "unit/reasm_fixture.h"

static void test_empty_chunk(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    add_refused(&f, 1, "BE", 0, 0, "");
    stop(&f);
}

static void test_beginning_inside_a_message(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    add_good(&f, 10, "B", 0, 0, "x");
    add_refused(&f, 11, "B", 0, 1, "x");
    add_refused(&f, 11, "BE", 0, 1, "x");
    add_good(&f, 11, "", 0, 0, "x");
    add_refused(&f, 12, "BE", 0, 1, "x");
    add_good(&f, 12, "E", 0, 0, "x");
    expect(&f, 0, "xxx");
    stop(&f);
}

static void test_end_before_the_middle_of_a_message(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    add_good(&f, 10, "", 0, 0, "x");
    add_refused(&f, 9, "BE", 0, 0, "x");
    add_refused(&f, 9, "E", 0, 0, "x");
    add_good(&f, 20, "E", 0, 1, "x");
    add_refused(&f, 19, "E", 0, 1, "x");
    stop(&f);
}

static void test_no_end_before_a_beginning(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    add_good(&f, 10, "B", 0, 1, "x");
    add_refused(&f, 9, "B", 0, 0, "x");
    add_refused(&f, 9, "", 0, 0, "x");
    add_good(&f, 9, "E", 0, 0, "x");
    stop(&f);
}

static void test_no_beginning_after_an_end(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    add_good(&f, 10, "E", 0, 0, "x");
    add_refused(&f, 11, "", 0, 1, "x");
    add_refused(&f, 11, "E", 0, 1, "x");
    add_good(&f, 11, "B", 0, 1, "x");
    stop(&f);
}

static void test_middle_next_to_a_whole_message(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    add_good(&f, 10, "BE", 0, 0, "x");
    add_refused(&f, 11, "", 0, 1, "x");
    add_refused(&f, 11, "E", 0, 1, "x");
    add_refused(&f, 9, "B", 0, 1, "x");
    add_good(&f, 12, "E", 0, 1, "x");
    add_good(&f, 11, "B", 0, 1, "x");
    add_refused(&f, 13, "", 0, 2, "x");
    stop(&f);
}

static void test_fragments_of_one_message_that_differ(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    add_good(&f, 10, "B", 3, 0, "x");
    add_refused(&f, 11, "", 4, 0, "x");
    add_refused(&f, 11, "", 3, 1, "x");
    add_refused(&f, 11, "U", 3, 0, "x");
    add_refused(&f, 11, "E", 3, 1, "x");
    add_good(&f, 20, "UE", 3, 0, "x");
    add_refused(&f, 19, "", 3, 0, "x");
    add_refused(&f, 19, "U", 4, 0, "x");
    add_refused(&f, 19, "UB", 4, 0, "x");
    /* Both sides fit the new one in their flags, but only one in its stream. */
    add_good(&f, 12, "E", 5, 0, "x");
    add_refused(&f, 11, "", 3, 0, "x");
    add_refused(&f, 11, "", 5, 0, "x");
    stop(&f);
}

static void test_ssn_twice(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    add_good(&f, 10, "BE", 0, 0, "x");
    add_refused(&f, 11, "BE", 0, 0, "x");
    add_refused(&f, 20, "", 0, 0, "x");
    add_good(&f, 21, "BE", 0, 2, "x");
    add_refused(&f, 30, "BE", 0, 2, "x");
    add_refused(&f, 30, "B", 0, 2, "x");
    add_refused(&f, 30, "BE", 0, 65535, "x");
    add_good(&f, 30, "UBE", 0, 2, "x");
    add_good(&f, 31, "BE", 1, 2, "x");
    stop(&f);
}

/* Two incomplete messages with one SSN: whichever is whole first wins, the other is refused. */
static void test_ssn_twice_among_incomplete_ones(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    add_good(&f, 10, "B", 0, 0, "x");
    add_good(&f, 20, "B", 0, 0, "y");
    add_good(&f, 21, "E", 0, 0, "y");
    add_refused(&f, 11, "E", 0, 0, "x");
    expect(&f, 0, "yy");
    stop(&f);
}

static void test_message_too_long(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    f.r.max_message_bytes = 6;
    assert_int_equal(add(&f, 1, "BE", 0, 0, "1234567"), SCTPX_EMSGSIZE);
    add_good(&f, 1, "BE", 0, 0, "123456");
    add_good(&f, 2, "B", 0, 1, "123");
    add_good(&f, 4, "E", 0, 1, "56");
    struct sctpxi_reasm before;
    memcpy(&before, &f.r, sizeof(before));
    assert_int_equal(add(&f, 3, "", 0, 1, "xy"), SCTPX_EMSGSIZE);
    assert_memory_equal(&before, &f.r, sizeof(before));
    add_good(&f, 3, "", 0, 1, "4");
    add_good(&f, 5, "BE", 0, 2, "123456"); /* neighbours of other messages do not count */
    expect(&f, 0, "123456");
    expect(&f, 0, "123456");
    stop(&f);
}

struct step {
    uint32_t tsn;
    const char *kind;
    uint16_t stream, ssn;
};

/* New streams, a growing ring, waiting, and everything becoming readable at last. */
static const struct step story[] = {
    {30, "", 1, 3},  {32, "", 1, 3},  {34, "", 1, 3},   {36, "", 1, 3},   {38, "", 1, 3},
    {40, "", 1, 3},  {42, "", 1, 3},  {44, "", 1, 3},   {46, "", 1, 3},   {48, "", 1, 3},
    {29, "B", 1, 3}, {49, "E", 1, 3}, {20, "BE", 2, 1}, {21, "BE", 2, 2}, {22, "UBE", 9, 0},
    {25, "B", 1, 1}, {27, "E", 1, 1}, {26, "", 1, 1},   {28, "BE", 1, 2}, {10, "BE", 2, 0},
    {31, "", 1, 3},  {33, "", 1, 3},  {35, "", 1, 3},   {37, "", 1, 3},   {39, "", 1, 3},
    {41, "", 1, 3},  {43, "", 1, 3},  {45, "", 1, 3},   {47, "", 1, 3},   {24, "BE", 1, 0},
    {11, "B", 3, 0}, {12, "E", 3, 0},
};

static void expect_story_told(struct fixture *f)
{
    expect_flags(f, 9, "x", WHOLE | SCTPX_MSG_UNORDERED);
    for (int i = 0; i < 3; i++)
        expect(f, 2, "x");
    expect(f, 1, "x");
    expect(f, 1, "xxx");
    expect(f, 1, "x");
    expect(f, 1, "xxxxxxxxxxxxxxxxxxxxx");
    expect(f, 3, "xx");
    expect_nothing(f, SCTPX_ANY_STREAM);
}

/* Every allocation fails once; the chunk that needed it comes again. Returns whether one failed. */
static bool tell_with_failure(size_t n, size_t count)
{
    struct fixture f;
    size_t refused = 0;

    start(&f);
    test_alloc_fail(&f.ta, n, count);
    for (size_t i = 0; i < sizeof(story) / sizeof(story[0]); i++) {
        const struct step *s = &story[i];
        size_t readable = f.r.readable_messages, incomplete = f.r.incomplete_bytes;
        size_t tries = 0;
        while (add(&f, s->tsn, s->kind, s->stream, s->ssn, "x") != 0) {
            assert_int_equal(f.r.readable_messages, readable);
            assert_int_equal(f.r.incomplete_bytes, incomplete);
            assert_true(++tries <= count);
            refused++;
        }
    }
    bool failed = f.ta.failed_calls > 0;
    assert_true(failed || refused == 0);
    expect_story_told(&f);
    stop(&f);
    return failed;
}

static void test_every_allocation_may_fail(void **state)
{
    size_t n = 1;

    (void)state;
    while (tell_with_failure(n, 1))
        n++;
    assert_true(n > 40);
    for (n = 1; tell_with_failure(n, 3); n++)
        ;
}

static void test_no_memory_from_some_point_on(void **state)
{
    (void)state;
    for (size_t n = 1; n < 60; n++) {
        struct fixture f;
        start(&f);
        test_alloc_fail(&f.ta, n, 0);
        for (size_t i = 0; i < sizeof(story) / sizeof(story[0]); i++) {
            const struct step *s = &story[i];
            int result = add(&f, s->tsn, s->kind, s->stream, s->ssn, "x");
            assert_true(result == 0 || result == SCTPX_ENOMEM);
        }
        stop(&f);
    }
}

/* A first chunk that fails leaves no stream, ring or waiting list behind. */
static void test_failed_first_chunk_leaves_nothing(void **state)
{
    static const char *const kinds[] = {"BE", "B", "UBE", "U"};

    (void)state;
    for (size_t k = 0; k < 4; k++) {
        for (size_t n = 1; n <= 4; n++) {
            struct fixture f;
            start(&f);
            test_alloc_fail(&f.ta, n, 1);
            /* SSN 1 of a new stream has to wait. */
            int result = add(&f, 1, kinds[k], 0, 1, "x");
            assert_true(result == 0 || f.ta.live_blocks == 0);
            assert_true(result != 0 || n > 3 || kinds[k][0] == 'U');
            stop(&f);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_chunk),
        cmocka_unit_test(test_beginning_inside_a_message),
        cmocka_unit_test(test_end_before_the_middle_of_a_message),
        cmocka_unit_test(test_no_end_before_a_beginning),
        cmocka_unit_test(test_no_beginning_after_an_end),
        cmocka_unit_test(test_middle_next_to_a_whole_message),
        cmocka_unit_test(test_fragments_of_one_message_that_differ),
        cmocka_unit_test(test_ssn_twice),
        cmocka_unit_test(test_ssn_twice_among_incomplete_ones),
        cmocka_unit_test(test_message_too_long),
        cmocka_unit_test(test_every_allocation_may_fail),
        cmocka_unit_test(test_no_memory_from_some_point_on),
        cmocka_unit_test(test_failed_first_chunk_leaves_nothing),
    };

    return cmocka_run_group_tests_name("reasm_hostile", tests, NULL, NULL);
}
