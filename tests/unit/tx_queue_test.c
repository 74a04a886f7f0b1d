/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sctpx/error.h>

#include "engine/tx_queue.h"
#include "support/test_alloc.h"

struct rig {
    struct test_alloc ta;
    struct sctpxi_alloc alloc;
    struct sctpxi_pool pool;
    struct sctpxi_tx_queue queue;
};

static int set_up(void **state)
{
    static struct rig rig;
    sctpx_allocator user;

    test_alloc_init(&rig.ta);
    user = test_alloc_allocator(&rig.ta);
    sctpxi_alloc_init(&rig.alloc, &user, SIZE_MAX);
    sctpxi_pool_init(&rig.pool, &rig.alloc, 0);
    sctpxi_tx_queue_init(&rig.queue, &rig.pool);
    *state = &rig;
    return 0;
}

/* Every test ends with all memory back. */
static int tear_down(void **state)
{
    struct rig *rig = *state;

    sctpxi_tx_queue_done(&rig->queue);
    sctpxi_pool_done(&rig->pool);
    return test_alloc_is_clean(&rig->ta) ? 0 : -1;
}

static void push_flagged(struct rig *rig, uint16_t stream, const char *text, uint16_t flags)
{
    const sctpx_sndinfo info = {.stream = stream, .flags = flags, .ppid = 77, .context = rig};

    assert_int_equal(sctpxi_tx_queue_push(&rig->queue, text, strlen(text), &info), 0);
}

static void push(struct rig *rig, uint16_t stream, const char *text)
{
    push_flagged(rig, stream, text, 0);
}

/* Takes the next fragment; its message is held until released. */
static struct sctpxi_tx_fragment take(struct rig *rig, size_t max_bytes)
{
    struct sctpxi_tx_fragment fragment;

    assert_true(sctpxi_tx_queue_peek(&rig->queue, max_bytes, &fragment));
    sctpxi_tx_queue_take(&rig->queue, &fragment);
    return fragment;
}

static void assert_fragment(const struct sctpxi_tx_fragment *f, const char *text, bool is_first,
                            bool is_last)
{
    assert_int_equal(f->length, strlen(text));
    assert_memory_equal(f->message->bytes + f->offset, text, f->length);
    assert_int_equal(f->is_first, is_first);
    assert_int_equal(f->is_last, is_last);
}

static void take_whole(struct rig *rig, const char *text, uint16_t ssn)
{
    struct sctpxi_tx_fragment f = take(rig, 1000);

    assert_fragment(&f, text, true, true);
    assert_int_equal(f.ssn.v, ssn);
    sctpxi_tx_queue_release(&rig->queue, f.message);
}

static void test_empty_queue_holds_no_memory(void **state)
{
    struct rig *rig = *state;
    struct sctpxi_tx_fragment fragment;

    assert_true(sctpxi_tx_queue_is_empty(&rig->queue));
    assert_false(sctpxi_tx_queue_peek(&rig->queue, 100, &fragment));
    assert_int_equal(sctpxi_tx_queue_stream_bytes(&rig->queue, 5), 0);
    assert_int_equal(rig->ta.calls, 0);
}

static void test_message_comes_out_as_it_went_in(void **state)
{
    struct rig *rig = *state;
    char text[] = "hello";
    struct sctpxi_tx_fragment f;

    push_flagged(rig, 9, text, SCTPX_MSG_SACK_NOW);
    text[0] = 'j'; /* it was copied */
    assert_false(sctpxi_tx_queue_is_empty(&rig->queue));
    f = take(rig, 1000);
    assert_fragment(&f, "hello", true, true);
    assert_int_equal(f.message->stream, 9);
    assert_int_equal(f.message->ppid, 77);
    assert_int_equal(f.message->flags, SCTPX_MSG_SACK_NOW);
    assert_ptr_equal(f.message->context, rig);
    assert_true(sctpxi_tx_queue_is_empty(&rig->queue));
    sctpxi_tx_queue_release(&rig->queue, f.message);
}

static void test_long_message_is_cut(void **state)
{
    static const char *const parts[] = {"abcd", "efgh", "ij"};
    struct rig *rig = *state;

    push(rig, 0, "first");
    push(rig, 0, "abcdefghij");
    take_whole(rig, "first", 0);
    for (size_t i = 0; i < 3; i++) {
        struct sctpxi_tx_fragment f = take(rig, 4);
        assert_fragment(&f, parts[i], i == 0, i == 2);
        assert_int_equal(f.ssn.v, 1);
        assert_int_equal(rig->queue.unsent_bytes, i == 0 ? 6 : i == 1 ? 2 : 0);
        sctpxi_tx_queue_release(&rig->queue, f.message);
    }
    assert_true(sctpxi_tx_queue_is_empty(&rig->queue));
}

static void test_peek_changes_nothing(void **state)
{
    struct rig *rig = *state;
    struct sctpxi_tx_fragment a, b;

    push(rig, 0, "abcdef");
    assert_true(sctpxi_tx_queue_peek(&rig->queue, 3, &a));
    assert_true(sctpxi_tx_queue_peek(&rig->queue, 4, &b));
    assert_int_equal(a.length, 3);
    assert_int_equal(b.length, 4);
    assert_int_equal(b.offset, 0);
    sctpxi_tx_queue_take(&rig->queue, &b);
    sctpxi_tx_queue_release(&rig->queue, b.message);
    assert_true(sctpxi_tx_queue_peek(&rig->queue, 9, &a));
    assert_int_equal(a.offset, 4);
}

/* The length field of a DATA chunk has 16 bits. */
static void test_fragment_never_exceeds_a_chunk(void **state)
{
    static const uint8_t big[70000];
    const sctpx_sndinfo info = {0};
    struct rig *rig = *state;
    struct sctpxi_tx_fragment f;

    assert_int_equal(sctpxi_tx_queue_push(&rig->queue, big, sizeof(big), &info), 0);
    f = take(rig, SIZE_MAX);
    assert_int_equal(f.length, 65535 - 16);
    assert_false(f.is_last);
    sctpxi_tx_queue_release(&rig->queue, f.message);
}

static void test_each_stream_has_its_ssns(void **state)
{
    struct rig *rig = *state;

    push(rig, 1, "a");
    push(rig, 1, "b");
    push(rig, 65535, "c");
    take_whole(rig, "a", 0);
    take_whole(rig, "c", 0);
    take_whole(rig, "b", 1);
}

static void test_unordered_takes_no_ssn(void **state)
{
    struct rig *rig = *state;

    push(rig, 1, "a");
    push_flagged(rig, 1, "b", SCTPX_MSG_UNORDERED);
    push(rig, 1, "c");
    take_whole(rig, "a", 0);
    take_whole(rig, "b", 0);
    take_whole(rig, "c", 1);
}

static void test_ssn_wraps(void **state)
{
    struct rig *rig = *state;

    for (uint32_t i = 0; i < 65538; i++) {
        push(rig, 3, "x");
        take_whole(rig, "x", (uint16_t)i);
    }
}

static void test_message_that_has_begun_is_finished_first(void **state)
{
    struct rig *rig = *state;
    struct sctpxi_tx_fragment f;

    push(rig, 1, "abcd");
    f = take(rig, 2);
    sctpxi_tx_queue_release(&rig->queue, f.message);
    push(rig, 0, "z");
    push(rig, 1, "y");
    f = take(rig, 2);
    assert_fragment(&f, "cd", false, true);
    sctpxi_tx_queue_release(&rig->queue, f.message);
    take_whole(rig, "z", 0);
    take_whole(rig, "y", 1);
}

static void test_message_lives_while_it_is_held(void **state)
{
    struct rig *rig = *state;
    struct sctpxi_tx_fragment a, b;
    size_t blocks;

    push(rig, 0, "abcd");
    blocks = rig->ta.live_blocks;
    a = take(rig, 2);
    b = take(rig, 2);
    assert_ptr_equal(a.message, b.message);
    sctpxi_tx_queue_release(&rig->queue, a.message);
    assert_int_equal(rig->ta.live_blocks, blocks);
    assert_fragment(&b, "cd", false, true);
    sctpxi_tx_queue_release(&rig->queue, b.message);
    assert_int_equal(rig->ta.live_blocks, blocks - 1);
}

static void test_held_message_outlives_the_queue(void **state)
{
    struct rig *rig = *state;
    struct sctpxi_tx_fragment f;

    push(rig, 0, "abcd");
    push(rig, 0, "never sent");
    f = take(rig, 2);
    sctpxi_tx_queue_done(&rig->queue);
    assert_fragment(&f, "ab", true, false);
    assert_int_equal(rig->ta.live_blocks, 1);
    sctpxi_tx_queue_release(&rig->queue, f.message);
    assert_int_equal(rig->ta.live_blocks, 0);
}

static void test_acknowledged_bytes_are_accounted_and_reported_once(void **state)
{
    void *context;
    struct rig *rig = *state;
    struct sctpxi_tx_fragment a, b, c;
    uint16_t stream = 0;
    size_t bytes = 0;

    push(rig, 7, "abcd");
    push(rig, 8, "xyz");
    assert_int_equal(sctpxi_tx_queue_stream_bytes(&rig->queue, 7), 4);
    assert_int_equal(rig->queue.unacked_bytes, 7);
    a = take(rig, 3);
    b = take(rig, 3);
    c = take(rig, 3);
    assert_int_equal(rig->queue.unacked_bytes, 7); /* sending is not enough */
    assert_false(sctpxi_tx_queue_next_report(&rig->queue, &stream, &bytes, &context));

    sctpxi_tx_queue_on_acked(&rig->queue, c.message, c.length);
    sctpxi_tx_queue_on_acked(&rig->queue, a.message, a.length);
    sctpxi_tx_queue_on_acked(&rig->queue, b.message, b.length);
    assert_int_equal(sctpxi_tx_queue_stream_bytes(&rig->queue, 7), 0);
    assert_int_equal(rig->queue.unacked_bytes, 0);
    assert_true(sctpxi_tx_queue_next_report(&rig->queue, &stream, &bytes, &context));
    assert_int_equal(stream, 8);
    assert_int_equal(bytes, 3);
    assert_true(sctpxi_tx_queue_next_report(&rig->queue, &stream, &bytes, &context));
    assert_int_equal(stream, 7);
    assert_int_equal(bytes, 4);
    assert_false(sctpxi_tx_queue_next_report(&rig->queue, &stream, &bytes, &context));
    sctpxi_tx_queue_release(&rig->queue, a.message);
    sctpxi_tx_queue_release(&rig->queue, b.message);
    sctpxi_tx_queue_release(&rig->queue, c.message);
}

static void test_restart_begins_anew(void **state)
{
    void *context;
    struct rig *rig = *state;
    struct sctpxi_tx_fragment acked, held;
    uint16_t stream = 0;
    size_t bytes = 0;

    push(rig, 4, "acked");
    push(rig, 4, "in two parts");
    push(rig, 5, "queued");
    acked = take(rig, 5);
    sctpxi_tx_queue_on_acked(&rig->queue, acked.message, acked.length);
    sctpxi_tx_queue_release(&rig->queue, acked.message);
    take_whole(rig, "queued", 0);
    held = take(rig, 4);

    sctpxi_tx_queue_restart(&rig->queue);
    sctpxi_tx_queue_release(&rig->queue, held.message);
    assert_true(sctpxi_tx_queue_is_empty(&rig->queue));
    assert_int_equal(rig->queue.unacked_bytes, 0);
    assert_int_equal(sctpxi_tx_queue_stream_bytes(&rig->queue, 4), 0);
    assert_true(sctpxi_tx_queue_next_report(&rig->queue, &stream, &bytes, &context));
    assert_int_equal(bytes, 5);
    push(rig, 5, "new");
    push(rig, 4, "newer");
    take_whole(rig, "new", 0);
    take_whole(rig, "newer", 0);
}

/* What a stream has to tell from before is told with the rest, and its totals go on. */
static void test_restart_keeps_reports_and_totals(void **state)
{
    struct rig *rig = *state;
    sctpx_stream_status status = {0};
    uint16_t stream = 0;
    size_t bytes = 0;
    void *context;

    for (int i = 0; i < 2; i++) {
        push(rig, 3, "abc");
        push(rig, 3, "lost");
        push(rig, 9, "queued");
        struct sctpxi_tx_fragment f = take(rig, 3);
        sctpxi_tx_queue_on_acked(&rig->queue, f.message, f.length);
        sctpxi_tx_queue_release(&rig->queue, f.message);
        sctpxi_tx_queue_stream_status(&rig->queue, 3, &status);
        assert_int_equal(status.unacked_bytes, 4);
        assert_int_equal(status.unacked_messages, 1);
        sctpxi_tx_queue_restart(&rig->queue);
        assert_true(SLIST_EMPTY(&rig->queue.used));
    }
    assert_true(sctpxi_tx_queue_next_report(&rig->queue, &stream, &bytes, &context));
    assert_int_equal(stream, 3);
    assert_int_equal(bytes, 6);
    assert_false(sctpxi_tx_queue_next_report(&rig->queue, &stream, &bytes, &context));
    sctpxi_tx_queue_stream_status(&rig->queue, 3, &status);
    assert_int_equal(status.unacked_bytes, 0);
    assert_int_equal(status.unacked_messages, 0);
    assert_int_equal(status.sent_bytes, 6);
    assert_int_equal(status.sent_messages, 2);
    assert_int_equal(rig->queue.message_count, 0);
}

/* Whatever allocation fails, the push has not happened, and the next one works. */
static void test_failed_push_changes_nothing(void **state)
{
    struct rig *rig = *state;

    for (uint16_t stream = 0; stream < 40; stream++) {
        const sctpx_sndinfo info = {.stream = stream};
        size_t queued = rig->queue.unacked_bytes;

        for (size_t n = 1;; n++) {
            test_alloc_fail(&rig->ta, n, 0);
            int result = sctpxi_tx_queue_push(&rig->queue, "data", 4, &info);
            test_alloc_fail(&rig->ta, 0, 0);
            if (result == 0) {
                break;
            }
            assert_int_equal(result, SCTPX_ENOMEM);
            assert_int_equal(rig->queue.unacked_bytes, queued);
            assert_int_equal(rig->queue.unsent_bytes, queued);
        }
        assert_int_equal(rig->queue.unacked_bytes, queued + 4);
    }
    for (int i = 0; i < 40; i++) {
        take_whole(rig, "data", 0);
    }
}

/* The context that is told belongs to the last message whose every byte is acknowledged. */
static void test_context_of_whole_messages(void **state)
{
    struct rig *rig = *state;
    sctpx_sndinfo info = {.stream = 3, .context = &info};
    uint16_t stream;
    size_t bytes;
    void *context = NULL;

    assert_int_equal(sctpxi_tx_queue_push(&rig->queue, "abcdef", 6, &info), 0);
    struct sctpxi_tx_fragment first = take(rig, 3), second = take(rig, 3);
    sctpxi_tx_queue_on_acked(&rig->queue, first.message, first.length);
    sctpxi_tx_queue_release(&rig->queue, first.message);
    assert_true(sctpxi_tx_queue_next_report(&rig->queue, &stream, &bytes, &context));
    assert_null(context);
    sctpxi_tx_queue_on_acked(&rig->queue, second.message, second.length);
    sctpxi_tx_queue_release(&rig->queue, second.message);
    assert_true(sctpxi_tx_queue_next_report(&rig->queue, &stream, &bytes, &context));
    assert_ptr_equal(context, &info);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    static const struct CMUnitTest tests[] = {
        TEST(test_empty_queue_holds_no_memory),
        TEST(test_message_comes_out_as_it_went_in),
        TEST(test_long_message_is_cut),
        TEST(test_peek_changes_nothing),
        TEST(test_fragment_never_exceeds_a_chunk),
        TEST(test_each_stream_has_its_ssns),
        TEST(test_unordered_takes_no_ssn),
        TEST(test_ssn_wraps),
        TEST(test_message_that_has_begun_is_finished_first),
        TEST(test_message_lives_while_it_is_held),
        TEST(test_held_message_outlives_the_queue),
        TEST(test_acknowledged_bytes_are_accounted_and_reported_once),
        TEST(test_restart_begins_anew),
        TEST(test_restart_keeps_reports_and_totals),
        TEST(test_failed_push_changes_nothing),
        TEST(test_context_of_whole_messages),
    };

    return cmocka_run_group_tests_name("tx_queue", tests, NULL, NULL);
}
