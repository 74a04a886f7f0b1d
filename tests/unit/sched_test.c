/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/sched.h"
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
    sctpxi_pool_init(&rig.pool, &rig.alloc, 65536);
    sctpxi_tx_queue_init(&rig.queue, &rig.pool);
    *state = &rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;

    sctpxi_tx_queue_done(&rig->queue);
    sctpxi_pool_done(&rig->pool);
    return test_alloc_is_clean(&rig->ta) ? 0 : -1;
}

/* One message of one byte per letter, on stream 'letter - a'; capitals are two bytes long. */
static void push(struct rig *rig, const char *letters)
{
    for (; *letters != '\0'; letters++) {
        bool is_long = *letters < 'a';
        const sctpx_sndinfo info = {.stream = (uint16_t)(*letters - (is_long ? 'A' : 'a'))};

        assert_int_equal(sctpxi_tx_queue_push(&rig->queue, letters, is_long ? 2 : 1, &info), 0);
    }
}

/* Takes fragments of one byte and names their streams. */
static void expect(struct rig *rig, const char *letters)
{
    for (; *letters != '\0'; letters++) {
        struct sctpxi_tx_fragment f;

        assert_true(sctpxi_tx_queue_peek(&rig->queue, 1, &f));
        assert_int_equal('a' + f.message->stream, *letters);
        sctpxi_tx_queue_take(&rig->queue, &f);
        sctpxi_tx_queue_release(&rig->queue, f.message);
    }
}

static void test_streams_take_turns(void **state)
{
    struct rig *rig = *state;

    push(rig, "aaaabbc");
    expect(rig, "abcabaa");
    assert_true(sctpxi_tx_queue_is_empty(&rig->queue));
}

/* Message by message, not fragment by fragment. */
static void test_turns_are_whole_messages(void **state)
{
    struct rig *rig = *state;

    push(rig, "AaBb");
    expect(rig, "aabbab");
}

static void test_position_is_remembered(void **state)
{
    struct rig *rig = *state;

    push(rig, "aaabbb");
    expect(rig, "a");
    push(rig, "a");
    expect(rig, "b");
    push(rig, "c");
    expect(rig, "abcaba");
    assert_true(sctpxi_tx_queue_is_empty(&rig->queue));
}

static void test_stream_that_ran_dry_queues_up_again(void **state)
{
    struct rig *rig = *state;

    push(rig, "abb");
    expect(rig, "a");
    push(rig, "a");
    expect(rig, "bab");
}

/* A stream that always has more does not starve one with a message now and then. */
static void test_nobody_starves(void **state)
{
    struct rig *rig = *state;

    push(rig, "aaaa");
    for (int i = 0; i < 50; i++) {
        push(rig, "aab");
        expect(rig, "ab");
    }
}

/* Another one: the stream with the lowest number first. */
static struct sctpxi_tx_stream *lowest_pick(const struct sctpxi_tx_queue *q)
{
    struct sctpxi_tx_stream *stream, *best = NULL;

    TAILQ_FOREACH (stream, &q->circle, turn) {
        if (best == NULL || stream->sid < best->sid) {
            best = stream;
        }
    }
    return best;
}

static void lowest_on_message_done(struct sctpxi_tx_queue *q, struct sctpxi_tx_stream *stream)
{
    if (STAILQ_EMPTY(&stream->messages)) {
        TAILQ_REMOVE(&q->circle, stream, turn);
    }
}

static void test_table_can_be_another(void **state)
{
    struct sctpxi_scheduler lowest = {
        .name = "lowest",
        .pick = lowest_pick,
        .on_enqueue = sctpxi_sched_rr.on_enqueue,
        .on_message_done = lowest_on_message_done,
    };
    struct rig *rig = *state;

    rig->queue.scheduler = &lowest;
    push(rig, "cCbba");
    expect(rig, "abbcc");
    push(rig, "a"); /* lower than the one that has begun, which goes on */
    expect(rig, "ca");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    static const struct CMUnitTest tests[] = {
        TEST(test_streams_take_turns),     TEST(test_turns_are_whole_messages),
        TEST(test_position_is_remembered), TEST(test_stream_that_ran_dry_queues_up_again),
        TEST(test_nobody_starves),         TEST(test_table_can_be_another),
    };

    return cmocka_run_group_tests_name("sched", tests, NULL, NULL);
}
