/* SPDX-License-Identifier: MIT */
/* Partial delivery, RFC 9260 6.9. */
#include "unit/reasm_fixture.h"

static bool deliver(struct fixture *f, uint32_t cum)
{
    bool result = sctpxi_reasm_deliver_partly(&f->r, sctpxi_tsn_make(cum));

    check_account(f);
    return result;
}

#define FIRST_PIECE ((unsigned)(SCTPX_MSG_FIRST | SCTPX_MSG_PARTIAL))
#define MIDDLE_PIECE ((unsigned)SCTPX_MSG_PARTIAL)
#define LAST_PIECE ((unsigned)SCTPX_MSG_LAST)

static void test_pieces_follow_each_other(void **state)
{
    struct fixture f;
    sctpx_rcvinfo info;

    (void)state;
    start(&f);
    add_good(&f, 10, "B", 0, 0, "ab");
    add_good(&f, 11, "", 0, 0, "cd");
    add_good(&f, 14, "", 0, 0, "ij");
    expect_nothing(&f, 0);
    assert_true(deliver(&f, 11));
    assert_false(deliver(&f, 11));
    assert_int_equal(f.r.incomplete_bytes, 2);
    expect_flags(&f, 0, "abcd", FIRST_PIECE);

    add_good(&f, 12, "", 0, 0, "ef");
    sctpxi_rx_message_info(sctpxi_reasm_first(&f.r, 0), &info);
    assert_int_equal(info.ppid, 10); /* the message's, not the fragment's */
    assert_int_equal(info.tsn, 12);
    expect_flags(&f, 0, "ef", MIDDLE_PIECE);
    add_good(&f, 13, "", 0, 0, "gh");
    expect_flags(&f, 0, "ghij", MIDDLE_PIECE);
    add_good(&f, 15, "E", 0, 0, "kl");
    expect_flags(&f, 0, "kl", LAST_PIECE);
    add_good(&f, 16, "BE", 0, 1, "next");
    expect(&f, 0, "next");
    assert_int_equal(f.r.used_bytes, f.r.stream_bytes);
    stop(&f);
}

static void test_only_what_ends_at_cum_and_has_its_beginning(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    assert_false(deliver(&f, 9));
    add_good(&f, 10, "B", 0, 0, "a");
    add_good(&f, 11, "", 0, 0, "b");
    add_good(&f, 20, "", 1, 0, "c");
    assert_false(deliver(&f, 9));
    assert_false(deliver(&f, 10)); /* cum is behind: 11 would not be acknowledged yet */
    assert_false(deliver(&f, 20));
    assert_true(deliver(&f, 11));
    stop(&f);
}

/* 11 went to a stream that does not exist: it counts as received, but never comes here. */
static void test_one_at_a_time_even_if_its_rest_never_comes(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    add_good(&f, 10, "B", 0, 0, "a");
    assert_true(deliver(&f, 10));
    add_good(&f, 12, "B", 1, 0, "b");
    assert_false(deliver(&f, 12));
    expect_flags(&f, SCTPX_ANY_STREAM, "a", FIRST_PIECE);
    expect_nothing(&f, SCTPX_ANY_STREAM);
    stop(&f);
}

static void test_ordered_only_in_its_turn(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    add_good(&f, 11, "B", 0, 1, "a");
    assert_false(deliver(&f, 11));
    add_good(&f, 10, "BE", 0, 0, "zero");
    assert_true(deliver(&f, 11));
    expect(&f, 0, "zero");
    expect_flags(&f, 0, "a", FIRST_PIECE);
    stop(&f);
}

static void test_nothing_of_its_stream_overtakes(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    add_good(&f, 10, "B", 0, 0, "a");
    assert_true(deliver(&f, 10));
    add_good(&f, 12, "BE", 0, 1, "one");
    add_good(&f, 13, "UBE", 0, 0, "unordered");
    add_good(&f, 14, "BE", 7, 0, "other stream");
    assert_int_equal(f.r.readable_messages, 2);
    expect_flags(&f, SCTPX_ANY_STREAM, "a", FIRST_PIECE);
    expect(&f, SCTPX_ANY_STREAM, "other stream");
    add_good(&f, 11, "E", 0, 0, "b");
    expect_flags(&f, 0, "b", LAST_PIECE);
    expect_flags(&f, 0, "unordered", WHOLE | SCTPX_MSG_UNORDERED);
    expect(&f, 0, "one");
    stop(&f);
}

static void test_unordered_one_holds_its_stream_up_too(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    add_good(&f, 10, "UB", 0, 5, "a");
    assert_true(deliver(&f, 10));
    add_good(&f, 13, "BE", 0, 0, "zero");
    add_good(&f, 14, "BE", 0, 1, "one");
    add_refused(&f, 15, "BE", 0, 0, "again");
    add_good(&f, 11, "U", 0, 6, "b");
    add_good(&f, 12, "UE", 0, 7, "c");
    expect_flags(&f, 0, "a", FIRST_PIECE | SCTPX_MSG_UNORDERED);
    expect_flags(&f, 0, "b", MIDDLE_PIECE | SCTPX_MSG_UNORDERED);
    expect_flags(&f, 0, "c", LAST_PIECE | SCTPX_MSG_UNORDERED);
    expect(&f, 0, "zero");
    expect(&f, 0, "one");
    stop(&f);
}

static void test_contradictions_to_the_message_in_parts(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    add_good(&f, 10, "B", 0, 0, "a");
    assert_true(deliver(&f, 10));
    add_refused(&f, 11, "BE", 0, 1, "x");
    add_refused(&f, 11, "", 1, 0, "x");
    add_refused(&f, 11, "", 0, 1, "x");
    add_refused(&f, 11, "U", 0, 0, "x");
    add_refused(&f, 20, "BE", 0, 0, "same SSN");
    add_refused(&f, 20, "B", 0, 0, "same SSN");
    add_good(&f, 11, "E", 0, 0, "b");
    add_refused(&f, 12, "", 0, 1, "x");
    add_refused(&f, 20, "BE", 0, 0, "x");
    stop(&f);
}

static void test_length_limit_starts_again_with_every_piece(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    f.r.max_message_bytes = 4;
    add_good(&f, 10, "B", 0, 0, "abc");
    assert_true(deliver(&f, 10));
    add_good(&f, 11, "", 0, 0, "defg");
    assert_int_equal(add(&f, 12, "E", 0, 0, "hijkl"), SCTPX_EMSGSIZE);
    add_good(&f, 12, "E", 0, 0, "hijk");
    stop(&f);
}

static void test_restart_drops_the_rest(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    add_good(&f, 10, "B", 0, 0, "a");
    assert_true(deliver(&f, 10));
    add_good(&f, 12, "UBE", 0, 0, "held");
    add_good(&f, 13, "BE", 0, 1, "waiting");
    sctpxi_reasm_restart(&f.r);
    check_account(&f);
    add_good(&f, 11, "BE", 0, 0, "new");
    expect_flags(&f, 0, "a", FIRST_PIECE);
    expect(&f, 0, "new");
    expect_nothing(&f, 0);
    stop(&f);
}

static void test_end_of_the_reassembly_in_the_middle(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    add_good(&f, 10, "B", 0, 0, "a");
    assert_true(deliver(&f, 10));
    add_good(&f, 11, "", 0, 0, "b");
    add_good(&f, 13, "E", 0, 0, "d");
    add_good(&f, 14, "UBE", 0, 0, "held");
    stop(&f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_follow_each_other),
        cmocka_unit_test(test_only_what_ends_at_cum_and_has_its_beginning),
        cmocka_unit_test(test_one_at_a_time_even_if_its_rest_never_comes),
        cmocka_unit_test(test_ordered_only_in_its_turn),
        cmocka_unit_test(test_nothing_of_its_stream_overtakes),
        cmocka_unit_test(test_unordered_one_holds_its_stream_up_too),
        cmocka_unit_test(test_contradictions_to_the_message_in_parts),
        cmocka_unit_test(test_length_limit_starts_again_with_every_piece),
        cmocka_unit_test(test_restart_drops_the_rest),
        cmocka_unit_test(test_end_of_the_reassembly_in_the_middle),
    };

    return cmocka_run_group_tests_name("reasm_partial", tests, NULL, NULL);
}
