/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sctpx/error.h>

#include "backend/kernel_inbox.h"

static int setup(void **state)
{
    static struct sctpxi_kernel_inbox inbox;

    sctpxi_kernel_inbox_init(&inbox);
    inbox.limit_bytes = 10000;
    inbox.max_message_bytes = 100000;
    *state = &inbox;
    return 0;
}

static int teardown(void **state)
{
    sctpxi_kernel_inbox_done(*state);
    return 0;
}

static int add(struct sctpxi_kernel_inbox *inbox, uint16_t stream, const char *text, bool is_end)
{
    const sctpx_rcvinfo info = {.stream = stream, .ssn = 1, .ppid = 46};

    return sctpxi_kernel_inbox_add(inbox, &info, text, strlen(text), is_end);
}

static void expect(struct sctpxi_kernel_inbox *inbox, int stream, const char *text, unsigned flags)
{
    sctpx_rcvinfo info;
    char got[64];
    long length = sctpxi_kernel_inbox_receive(inbox, stream, got, sizeof(got), &info);

    assert_int_equal(length, strlen(text));
    assert_memory_equal(got, text, strlen(text));
    assert_int_equal(info.flags, flags);
    assert_int_equal(info.length, length);
    assert_int_equal(info.ppid, 46);
}

static const unsigned whole = SCTPX_MSG_FIRST | SCTPX_MSG_LAST;

static void test_by_stream_and_in_order_of_arrival(void **state)
{
    struct sctpxi_kernel_inbox *inbox = *state;

    assert_int_equal(add(inbox, 1, "one", true), 0);
    assert_int_equal(add(inbox, 2, "two", true), 0);
    assert_int_equal(add(inbox, 1, "three", true), 0);
    assert_int_equal(sctpxi_kernel_inbox_readable(inbox, SCTPX_ANY_STREAM), 11);
    assert_int_equal(sctpxi_kernel_inbox_readable(inbox, 1), 8);
    assert_int_equal(sctpxi_kernel_inbox_readable(inbox, 3), 0);
    expect(inbox, 2, "two", whole);
    expect(inbox, SCTPX_ANY_STREAM, "one", whole);
    expect(inbox, SCTPX_ANY_STREAM, "three", whole);
    assert_int_equal(sctpxi_kernel_inbox_receive(inbox, 1, NULL, 0, NULL), SCTPX_EWOULDBLOCK);
    assert_int_equal(sctpxi_kernel_inbox_receive(inbox, 70000, NULL, 0, NULL), SCTPX_EINVAL);
    assert_int_equal(inbox->used_bytes, 0);
}

static void test_fresh_streams_are_told_once(void **state)
{
    struct sctpxi_kernel_inbox *inbox = *state;

    assert_int_equal(add(inbox, 9, "a", true), 0);
    assert_int_equal(add(inbox, 4, "b", true), 0);
    assert_int_equal(add(inbox, 9, "c", true), 0);
    assert_int_equal(sctpxi_kernel_inbox_next_fresh(inbox), 9);
    assert_int_equal(sctpxi_kernel_inbox_next_fresh(inbox), 4);
    assert_int_equal(sctpxi_kernel_inbox_next_fresh(inbox), -1);
    assert_int_equal(add(inbox, 9, "d", true), 0);
    assert_int_equal(sctpxi_kernel_inbox_next_fresh(inbox), 9);
}

static void test_all_that_can_be_read_is_fresh_again(void **state)
{
    struct sctpxi_kernel_inbox *inbox = *state;
    char got[4];

    assert_int_equal(add(inbox, 9, "a", true), 0);
    assert_int_equal(add(inbox, 4, "b", true), 0);
    assert_int_equal(add(inbox, 7, "c", true), 0);
    assert_int_equal(add(inbox, 4, "d", true), 0);
    while (sctpxi_kernel_inbox_next_fresh(inbox) >= 0)
        continue;
    assert_int_equal(sctpxi_kernel_inbox_receive(inbox, 9, got, 4, NULL), 1);
    sctpxi_kernel_inbox_renew(inbox);
    assert_int_equal(sctpxi_kernel_inbox_next_fresh(inbox), 4);
    assert_int_equal(sctpxi_kernel_inbox_next_fresh(inbox), 7);
    assert_int_equal(sctpxi_kernel_inbox_next_fresh(inbox), -1);
}

static void test_pieces_become_one_message(void **state)
{
    struct sctpxi_kernel_inbox *inbox = *state;
    char got[4];
    sctpx_rcvinfo info;

    assert_int_equal(add(inbox, 0, "abc", false), 0);
    assert_int_equal(sctpxi_kernel_inbox_readable(inbox, SCTPX_ANY_STREAM), 0);
    assert_int_equal(sctpxi_kernel_inbox_next_fresh(inbox), -1);
    assert_int_equal(add(inbox, 0, "def", false), 0);
    assert_int_equal(add(inbox, 0, "", true), 0);
    assert_int_equal(sctpxi_kernel_inbox_receive(inbox, 0, got, 4, &info), SCTPX_ETRUNC);
    assert_int_equal(info.length, 6);
    expect(inbox, 0, "abcdef", whole);
}

/* Of another message, without an end before. */
static void test_an_end_that_never_comes(void **state)
{
    struct sctpxi_kernel_inbox *inbox = *state;
    const sctpx_rcvinfo other = {.stream = 0, .ssn = 2, .ppid = 46};

    assert_int_equal(add(inbox, 0, "lost", false), 0);
    assert_int_equal(sctpxi_kernel_inbox_add(inbox, &other, "next", 4, true), 0);
    expect(inbox, 0, "next", whole);
    assert_int_equal(add(inbox, 0, "lost", false), 0);
    sctpxi_kernel_inbox_drop_partial(inbox);
    assert_int_equal(inbox->used_bytes, 0);
}

static void test_too_long(void **state)
{
    struct sctpxi_kernel_inbox *inbox = *state;

    inbox->max_message_bytes = 5;
    assert_int_equal(add(inbox, 0, "abc", false), 0);
    assert_int_equal(add(inbox, 0, "def", true), SCTPX_EMSGSIZE);
    assert_int_equal(inbox->used_bytes, 0);
    assert_int_equal(add(inbox, 0, "abcde", true), 0);
}

static void test_too_long_for_a_limit_that_was_lowered(void **state)
{
    struct sctpxi_kernel_inbox *inbox = *state;

    assert_int_equal(add(inbox, 0, "abcdef", false), 0);
    inbox->max_message_bytes = 5;
    assert_int_equal(add(inbox, 0, "g", false), SCTPX_EMSGSIZE);
    assert_int_equal(inbox->used_bytes, 0);
}

static void test_full(void **state)
{
    struct sctpxi_kernel_inbox *inbox = *state;
    static char bytes[6000];
    char got[6000];

    assert_false(sctpxi_kernel_inbox_is_full(inbox));
    memset(bytes, 'x', sizeof(bytes) - 1);
    assert_int_equal(add(inbox, 0, bytes, true), 0);
    assert_false(sctpxi_kernel_inbox_is_full(inbox));
    assert_int_equal(add(inbox, 1, bytes, true), 0);
    assert_true(sctpxi_kernel_inbox_is_full(inbox));
    assert_int_equal(sctpxi_kernel_inbox_receive(inbox, 1, got, sizeof(got), NULL), 5999);
    assert_false(sctpxi_kernel_inbox_is_full(inbox));
    /* One alone may be longer than the limit, for else it would never be whole. */
    assert_int_equal(sctpxi_kernel_inbox_receive(inbox, 0, got, sizeof(got), NULL), 5999);
    for (int i = 0; i < 4; i++)
        assert_int_equal(add(inbox, 0, bytes, false), 0);
    assert_false(sctpxi_kernel_inbox_is_full(inbox));
    assert_int_equal(add(inbox, 0, "", true), 0);
    assert_true(sctpxi_kernel_inbox_is_full(inbox));
}

static void test_handed_over_in_pieces(void **state)
{
    struct sctpxi_kernel_inbox *inbox = *state;
    static char bytes[6000];
    char got[6000];
    sctpx_rcvinfo info;

    inbox->has_pieces = true;
    memset(bytes, 'x', sizeof(bytes) - 1);
    assert_int_equal(add(inbox, 0, bytes, false), 0);
    assert_int_equal(sctpxi_kernel_inbox_receive(inbox, 0, got, sizeof(got), &info), 5999);
    assert_int_equal(info.flags, SCTPX_MSG_FIRST | SCTPX_MSG_PARTIAL);
    assert_int_equal(add(inbox, 0, "rest", true), 0);
    expect(inbox, 0, "rest", SCTPX_MSG_LAST);
}

static void test_bytes_across_messages(void **state)
{
    struct sctpxi_kernel_inbox *inbox = *state;
    sctpx_stream_status status = {0};
    char got[8];

    assert_int_equal(add(inbox, 3, "abc", true), 0);
    assert_int_equal(add(inbox, 3, "def", true), 0);
    assert_int_equal(sctpxi_kernel_inbox_peek_bytes(inbox, 3, 2, got, 3), 3);
    assert_memory_equal(got, "cde", 3);
    assert_int_equal(sctpxi_kernel_inbox_peek_bytes(inbox, 3, 6, got, 3), 0);
    assert_int_equal(sctpxi_kernel_inbox_read_bytes(inbox, 3, got, 2), 2);
    assert_int_equal(sctpxi_kernel_inbox_peek(inbox, 3, got, 8, NULL), 1);
    expect(inbox, 3, "c", SCTPX_MSG_LAST);
    sctpxi_kernel_inbox_stream(inbox, 3, &status);
    assert_int_equal(status.readable_messages, 1);
    assert_int_equal(status.received_bytes, 3);
    assert_int_equal(status.received_messages, 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_by_stream_and_in_order_of_arrival),
        TEST(test_fresh_streams_are_told_once),
        TEST(test_all_that_can_be_read_is_fresh_again),
        TEST(test_pieces_become_one_message),
        TEST(test_an_end_that_never_comes),
        TEST(test_too_long),
        TEST(test_too_long_for_a_limit_that_was_lowered),
        TEST(test_full),
        TEST(test_handed_over_in_pieces),
        TEST(test_bytes_across_messages),
    };

    return cmocka_run_group_tests_name("kernel_inbox", tests, NULL, NULL);
}
