/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/tx_outcome.h"
#include "support/test_alloc.h"

struct rig {
    struct test_alloc ta;
    struct sctpxi_alloc alloc;
    struct sctpxi_pool pool;
    struct sctpxi_tx_queue queue;
};

static int set_up(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);

    assert_non_null(rig);
    test_alloc_init(&rig->ta);
    const sctpx_allocator allocator = test_alloc_allocator(&rig->ta);
    sctpxi_alloc_init(&rig->alloc, &allocator, SIZE_MAX);
    sctpxi_pool_init(&rig->pool, &rig->alloc, 0);
    sctpxi_tx_queue_init(&rig->queue, &rig->pool);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;

    sctpxi_tx_queue_done(&rig->queue);
    sctpxi_pool_done(&rig->pool);
    assert_int_equal(rig->ta.live_blocks, 0);
    free(rig);
    return 0;
}

static void push(struct rig *rig, uint16_t stream, const char *text, uint16_t flags)
{
    const sctpx_sndinfo info = {
        .stream = stream, .flags = flags, .ppid = 77, .context = (void *)(uintptr_t)text};

    assert_int_equal(sctpxi_tx_queue_push(&rig->queue, text, strlen(text), &info), 0);
}

static struct sctpxi_tx_fragment take(struct rig *rig, size_t max_bytes)
{
    struct sctpxi_tx_fragment fragment;

    assert_true(sctpxi_tx_queue_peek(&rig->queue, max_bytes, &fragment));
    sctpxi_tx_queue_take(&rig->queue, &fragment);
    return fragment;
}

static void acknowledge(struct rig *rig, const struct sctpxi_tx_fragment *fragment)
{
    sctpxi_tx_queue_on_acked(&rig->queue, fragment->message, fragment->length);
    sctpxi_tx_queue_release(&rig->queue, fragment->message);
}

static void expect_step(struct rig *rig, enum sctpx_outcome outcome, const char *text)
{
    sctpx_message_report report;

    assert_true(sctpxi_tx_outcome_next_step(&rig->queue, &report));
    assert_int_equal(report.outcome, outcome);
    assert_string_equal((const char *)report.context, text);
    assert_int_equal(report.length, strlen(text));
    assert_int_equal(report.ppid, 77);
}

static void expect_no_step(struct rig *rig)
{
    sctpx_message_report report;

    assert_false(sctpxi_tx_outcome_next_step(&rig->queue, &report));
}

static void expect_failed(struct rig *rig, const char *text, bool has_left)
{
    const struct sctpxi_tx_message *message = sctpxi_tx_outcome_next_failed(&rig->queue);

    assert_non_null(message);
    assert_int_equal(message->length, strlen(text));
    assert_memory_equal(message->bytes, text, strlen(text));
    assert_int_equal(message->has_left, has_left);
}

/* As the association does: note what fails, then let go of it. */
static void fail_all(struct rig *rig, const struct sctpxi_tx_fragment *sent, size_t count)
{
    sctpxi_tx_outcome_fail_all(&rig->queue, false);
    for (size_t i = 0; i < count; i++)
        sctpxi_tx_queue_release(&rig->queue, sent[i].message);
    sctpxi_tx_queue_restart(&rig->queue);
}

static void test_steps_come_in_order(void **state)
{
    struct rig *rig = *state;

    push(rig, 1, "abcd", SCTPX_MSG_REPORT);
    push(rig, 2, "silent", 0);
    struct sctpxi_tx_fragment first = take(rig, 3), second, silent;
    expect_no_step(rig); /* its last byte has not left */
    second = take(rig, 3);
    silent = take(rig, 100);
    expect_step(rig, SCTPX_MESSAGE_SENT, "abcd");
    expect_no_step(rig);
    acknowledge(rig, &first);
    expect_no_step(rig);
    acknowledge(rig, &second);
    acknowledge(rig, &silent);
    expect_step(rig, SCTPX_MESSAGE_ACKED, "abcd");
    expect_no_step(rig);
}

/* Both steps before anybody looks: both are told. */
static void test_steps_wait_for_each_other(void **state)
{
    struct rig *rig = *state;

    push(rig, 1, "one", SCTPX_MSG_REPORT);
    push(rig, 1, "two", SCTPX_MSG_REPORT);
    struct sctpxi_tx_fragment one = take(rig, 100), two = take(rig, 100);
    acknowledge(rig, &one);
    acknowledge(rig, &two);
    expect_step(rig, SCTPX_MESSAGE_SENT, "one");
    expect_step(rig, SCTPX_MESSAGE_ACKED, "one");
    expect_step(rig, SCTPX_MESSAGE_SENT, "two");
    expect_step(rig, SCTPX_MESSAGE_ACKED, "two");
    expect_no_step(rig);
}

/* What waits to be told is counted as long as it does. */
static void test_untold_messages_are_accounted(void **state)
{
    struct rig *rig = *state;

    push(rig, 1, "12345", SCTPX_MSG_REPORT);
    push(rig, 1, "67", 0);
    struct sctpxi_tx_fragment a = take(rig, 100), b = take(rig, 100);
    acknowledge(rig, &a);
    acknowledge(rig, &b);
    assert_int_equal(rig->queue.unacked_bytes, 0);
    assert_int_equal(rig->queue.told_bytes, 5);
    assert_int_equal(rig->queue.message_count, 1);
    expect_step(rig, SCTPX_MESSAGE_SENT, "12345");
    assert_int_equal(rig->queue.told_bytes, 5);
    expect_step(rig, SCTPX_MESSAGE_ACKED, "12345");
    assert_int_equal(rig->queue.told_bytes, 0);
    assert_int_equal(rig->queue.message_count, 0);
}

static void test_reports_allocate_nothing(void **state)
{
    struct rig *rig = *state;

    push(rig, 1, "abc", SCTPX_MSG_REPORT);
    test_alloc_fail(&rig->ta, 1, 0);
    struct sctpxi_tx_fragment f = take(rig, 100);
    acknowledge(rig, &f);
    expect_step(rig, SCTPX_MESSAGE_SENT, "abc");
    expect_step(rig, SCTPX_MESSAGE_ACKED, "abc");
    test_alloc_fail(&rig->ta, 0, 0);
}

/* The order of writing, not that of sending, which goes from stream to stream. */
static void test_failed_ones_come_as_they_were_written(void **state)
{
    struct rig *rig = *state;
    struct sctpxi_tx_fragment sent[3];

    push(rig, 1, "a1", 0);
    push(rig, 1, "a2", 0);
    push(rig, 2, "b1", SCTPX_MSG_REPORT);
    push(rig, 1, "a3 half", 0);
    push(rig, 2, "b2", 0);
    sent[0] = take(rig, 100); /* a1 */
    sent[1] = take(rig, 100); /* b1 */
    sent[2] = take(rig, 100); /* a2 */
    acknowledge(rig, &sent[0]);
    struct sctpxi_tx_fragment b2 = take(rig, 100), half = take(rig, 3);
    acknowledge(rig, &b2);
    acknowledge(rig, &half);
    fail_all(rig, sent + 1, 2);
    assert_int_equal(rig->queue.message_count, 0);
    expect_no_step(rig);
    expect_failed(rig, "a2", true);
    expect_failed(rig, "b1", true);
    expect_failed(rig, "a3 half", true);
    assert_null(sctpxi_tx_outcome_next_failed(&rig->queue));
}

static void test_unsent_ones_fail_too(void **state)
{
    struct rig *rig = *state;

    push(rig, 1, "never left", SCTPX_MSG_REPORT);
    fail_all(rig, NULL, 0);
    expect_no_step(rig);
    expect_failed(rig, "never left", false);
    assert_null(sctpxi_tx_outcome_next_failed(&rig->queue));
}

/* Acknowledged before the end: that is still told, after it. */
static void test_acknowledged_ones_do_not_fail(void **state)
{
    struct rig *rig = *state;

    push(rig, 1, "done", SCTPX_MSG_REPORT);
    push(rig, 1, "sent", SCTPX_MSG_REPORT);
    struct sctpxi_tx_fragment done = take(rig, 100), sent = take(rig, 100);
    acknowledge(rig, &done);
    fail_all(rig, &sent, 1);
    expect_step(rig, SCTPX_MESSAGE_SENT, "done");
    expect_step(rig, SCTPX_MESSAGE_ACKED, "done");
    expect_no_step(rig);
    expect_failed(rig, "sent", true);
    assert_null(sctpxi_tx_outcome_next_failed(&rig->queue));
}

/* Sending a failed message again, from where it is, while others wait. */
static void test_failed_message_can_be_pushed_again(void **state)
{
    struct rig *rig = *state;

    push(rig, 1, "first", 0);
    push(rig, 1, "second", 0);
    fail_all(rig, NULL, 0);
    const struct sctpxi_tx_message *failed = sctpxi_tx_outcome_next_failed(&rig->queue);
    const sctpx_sndinfo info = {.stream = failed->stream};
    assert_int_equal(sctpxi_tx_queue_push(&rig->queue, failed->bytes, failed->length, &info), 0);
    expect_failed(rig, "second", false);
    assert_null(sctpxi_tx_outcome_next_failed(&rig->queue));
    struct sctpxi_tx_fragment f = take(rig, 100);
    assert_memory_equal(f.message->bytes, "first", 5);
    acknowledge(rig, &f);
}

static void test_nobody_takes_anything(void **state)
{
    struct rig *rig = *state;

    push(rig, 1, "acked", SCTPX_MSG_REPORT);
    push(rig, 1, "handed out", 0);
    push(rig, 1, "failed", SCTPX_MSG_REPORT);
    struct sctpxi_tx_fragment f = take(rig, 100);
    acknowledge(rig, &f);
    fail_all(rig, NULL, 0);
    expect_failed(rig, "handed out", false);
    push(rig, 1, "living", SCTPX_MSG_REPORT);
    /* tear_down() finds what is left */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    static const struct CMUnitTest tests[] = {
        TEST(test_steps_come_in_order),
        TEST(test_steps_wait_for_each_other),
        TEST(test_untold_messages_are_accounted),
        TEST(test_reports_allocate_nothing),
        TEST(test_failed_ones_come_as_they_were_written),
        TEST(test_unsent_ones_fail_too),
        TEST(test_acknowledged_ones_do_not_fail),
        TEST(test_failed_message_can_be_pushed_again),
        TEST(test_nobody_takes_anything),
    };

    return cmocka_run_group_tests_name("tx_outcome", tests, NULL, NULL);
}
