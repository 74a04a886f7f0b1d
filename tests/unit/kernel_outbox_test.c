/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sctpx/error.h>

#include "backend/kernel_outbox.h"

/* What a kernel takes for a message of 1000 bytes. */
enum { SIZE = 1000, COST = 2300 };

static int setup(void **state)
{
    static struct sctpxi_kernel_outbox outbox;

    sctpxi_kernel_outbox_init(&outbox);
    *state = &outbox;
    return 0;
}

static int teardown(void **state)
{
    sctpxi_kernel_outbox_done(*state);
    return 0;
}

static void push(struct sctpxi_kernel_outbox *outbox, uint16_t stream, unsigned flags,
                 bool is_handed)
{
    static const uint8_t data[SIZE] = {1, 2, 3};
    const sctpx_sndinfo info = {.stream = stream, .flags = (uint16_t)flags, .context = outbox};

    assert_int_equal(sctpxi_kernel_outbox_push(outbox, data, SIZE, &info), 0);
    if (is_handed)
        sctpxi_kernel_outbox_handed(outbox);
}

static size_t unacked(const struct sctpxi_kernel_outbox *outbox)
{
    return sctpxi_kernel_outbox_unacked(outbox, SCTPX_ANY_STREAM) / SIZE;
}

static void test_never_too_much_is_acknowledged(void **state)
{
    struct sctpxi_kernel_outbox *outbox = *state;

    for (int i = 0; i < 10; i++)
        push(outbox, 0, 0, true);
    /* However many the kernel still has, none of them is told. */
    for (size_t left = 10; left > 0; left--) {
        (void)sctpxi_kernel_outbox_on_queue(outbox, left * COST);
        assert_true(unacked(outbox) >= left);
    }
    assert_true(unacked(outbox) < 10); /* and some of those that it has not are */
    assert_true(sctpxi_kernel_outbox_on_queue(outbox, 0));
    assert_int_equal(unacked(outbox), 0);
    assert_false(sctpxi_kernel_outbox_on_queue(outbox, 0));
}

static void test_what_waits_is_not_acknowledged(void **state)
{
    struct sctpxi_kernel_outbox *outbox = *state;

    push(outbox, 0, 0, true);
    push(outbox, 1, 0, false);
    assert_int_equal(outbox->waiting_bytes, SIZE);
    assert_true(sctpxi_kernel_outbox_on_queue(outbox, 0));
    assert_int_equal(unacked(outbox), 1);
    assert_int_equal(sctpxi_kernel_outbox_unacked(outbox, 1), SIZE);
    assert_int_equal(sctpxi_kernel_outbox_unacked(outbox, 0), 0);
}

static void test_events_of_streams_and_messages(void **state)
{
    struct sctpxi_kernel_outbox *outbox = *state;
    sctpx_stream_status status = {0};
    sctpx_event event = {0};

    push(outbox, 5, 0, true);
    push(outbox, 5, SCTPX_MSG_REPORT, true);
    push(outbox, 2, 0, true);
    assert_true(sctpxi_kernel_outbox_on_queue(outbox, 0));
    for (int i = 0; i < 2; i++) {
        assert_true(sctpxi_kernel_outbox_next_sent(outbox, &event));
        assert_int_equal(event.type, SCTPX_EVENT_MESSAGE);
        assert_int_equal(event.report.outcome, i == 0 ? SCTPX_MESSAGE_SENT : SCTPX_MESSAGE_ACKED);
        assert_ptr_equal(event.report.context, outbox);
    }
    assert_true(sctpxi_kernel_outbox_next_sent(outbox, &event));
    assert_int_equal(event.type, SCTPX_EVENT_SENT);
    assert_int_equal(event.stream, 5);
    assert_int_equal(event.bytes, 2 * SIZE);
    assert_true(sctpxi_kernel_outbox_next_sent(outbox, &event));
    assert_int_equal(event.stream, 2);
    assert_false(sctpxi_kernel_outbox_next_sent(outbox, &event));
    sctpxi_kernel_outbox_stream(outbox, 5, &status);
    assert_int_equal(status.sent_messages, 2);
    assert_int_equal(status.unacked_messages, 0);
}

static void test_what_failed_is_handed_back(void **state)
{
    struct sctpxi_kernel_outbox *outbox = *state;
    static const bool was_sent[] = {true, false, false};
    sctpx_failed_message message;

    push(outbox, 0, 0, true);
    push(outbox, 1, 0, true);
    push(outbox, 2, 0, false);
    sctpxi_kernel_outbox_on_failed(outbox, 1, false);
    sctpxi_kernel_outbox_on_failed(outbox, 77, false); /* nobody's */
    sctpxi_kernel_outbox_fail(outbox, SCTPX_ELOST);
    assert_int_equal(unacked(outbox), 0);
    assert_int_equal(outbox->waiting_bytes, 0);
    for (uint16_t i = 0; i < 3; i++) {
        assert_int_equal(sctpxi_kernel_outbox_next_failed(outbox, &message), 1);
        assert_int_equal(message.error, SCTPX_ELOST);
        assert_int_equal(message.info.stream, i);
        assert_int_equal(message.was_sent, was_sent[i]);
        assert_int_equal(message.length, SIZE);
        assert_int_equal(((const uint8_t *)message.data)[2], 3);
    }
    assert_int_equal(sctpxi_kernel_outbox_next_failed(outbox, &message), 0);
    assert_false(sctpxi_kernel_outbox_on_queue(outbox, 0));
}

/* A restart, and the end before anybody has asked what the restart cost. */
static void test_failures_do_not_displace_each_other(void **state)
{
    struct sctpxi_kernel_outbox *outbox = *state;
    sctpx_failed_message message;

    push(outbox, 0, 0, true);
    sctpxi_kernel_outbox_fail(outbox, SCTPX_ERESTARTED);
    push(outbox, 1, 0, true);
    sctpxi_kernel_outbox_fail(outbox, SCTPX_ELOST);
    assert_int_equal(sctpxi_kernel_outbox_next_failed(outbox, &message), 1);
    assert_int_equal(message.error, SCTPX_ERESTARTED);
    assert_int_equal(sctpxi_kernel_outbox_next_failed(outbox, &message), 1);
    assert_int_equal(message.error, SCTPX_ELOST);
    assert_int_equal(sctpxi_kernel_outbox_next_failed(outbox, &message), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_never_too_much_is_acknowledged),
        TEST(test_what_waits_is_not_acknowledged),
        TEST(test_events_of_streams_and_messages),
        TEST(test_what_failed_is_handed_back),
        TEST(test_failures_do_not_displace_each_other),
    };

    return cmocka_run_group_tests_name("kernel_outbox", tests, NULL, NULL);
}
