/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sctpx/error.h>

#include "engine/outstanding.h"
#include "support/send_rig.h"

/* TSNs wrap after chunk 3. */
static int set_up(void **state)
{
    static struct send_rig rig;

    send_rig_init(&rig, UINT32_MAX - 2);
    *state = &rig;
    return 0;
}

static int tear_down(void **state)
{
    send_rig_check_accounts(*state);
    send_rig_done(*state);
    return 0;
}

static void ack_up_to(struct send_rig *rig, uint32_t number)
{
    const struct send_rig_sack sack = {.cum = number};
    struct sctpxi_sack_result result;

    assert_int_equal(send_rig_sack(rig, &sack, NULL, &result), 0);
}

static uint32_t next_marked(struct send_rig *rig)
{
    struct sctpxi_tsn tsn;

    return sctpxi_outstanding_next_marked(&rig->o, &tsn) ? tsn.v - rig->before_first : 0;
}

static void resend(struct send_rig *rig, uint32_t number, uint8_t path)
{
    sctpxi_outstanding_resent(&rig->o, send_rig_tsn(rig, number), path, rig->now, false);
}

static void test_nothing_outstanding_holds_no_memory(void **state)
{
    struct send_rig *rig = *state;

    assert_int_equal(sctpxi_outstanding_count(&rig->o), 0);
    assert_false(sctpxi_outstanding_has_flight(&rig->o, 0));
    assert_int_equal(next_marked(rig), 0);
    assert_int_equal(rig->ta.calls, 0);
}

static void test_chunk_is_what_was_sent(void **state)
{
    const sctpx_sndinfo info = {.stream = 3, .ppid = 5};
    struct send_rig *rig = *state;
    struct sctpxi_tx_fragment f;

    assert_int_equal(sctpxi_tx_queue_push(&rig->queue, "abcdefgh", 8, &info), 0);
    for (uint32_t i = 1; i <= 3; i++) {
        const struct sctpxi_sent *chunk;
        struct sctpxi_tsn tsn;

        assert_int_equal(sctpxi_outstanding_reserve(&rig->o), 0);
        assert_true(sctpxi_tx_queue_peek(&rig->queue, 3, &f));
        sctpxi_tx_queue_take(&rig->queue, &f);
        tsn = sctpxi_outstanding_add(&rig->o, &f, 1, 40 + i);
        assert_int_equal(tsn.v, send_rig_tsn(rig, i).v);
        chunk = sctpxi_outstanding_at(&rig->o, tsn);
        assert_memory_equal(chunk->message->bytes + chunk->offset, &"abcdefgh"[3 * (i - 1)],
                            chunk -> length);
        assert_int_equal(chunk->length, i == 3 ? 2 : 3);
        assert_int_equal(chunk->is_first, i == 1);
        assert_int_equal(chunk->is_last, i == 3);
        assert_int_equal(chunk->sent_at, 40 + i);
        assert_int_equal(chunk->path, 1);
    }
    assert_int_equal(sctpxi_outstanding_count(&rig->o), 3);
}

/* Whole chunks on the path, as cwnd counts; payload in total, as the peer's rwnd counts. */
static void test_flight_is_counted_both_ways(void **state)
{
    struct send_rig *rig = *state;

    send_rig_send(rig, 2, 5, 0);
    send_rig_send(rig, 1, 100, 6);
    assert_int_equal(sctpxi_outstanding_flight(&rig->o, 0).bytes, 2 * 24);
    assert_int_equal(sctpxi_outstanding_flight(&rig->o, 6).bytes, 116);
    assert_int_equal(sctpxi_outstanding_flight(&rig->o, 0).chunks, 2);
    assert_int_equal(rig->o.total_flight_bytes, 110);
    assert_true(sctpxi_outstanding_has_flight(&rig->o, 6));
    assert_false(sctpxi_outstanding_has_flight(&rig->o, 1));
}

static void test_ring_grows_and_is_given_back(void **state)
{
    struct send_rig *rig = *state;

    send_rig_send(rig, 3, 1, 0);
    ack_up_to(rig, 2); /* so that the ring does not begin at slot 0 */
    send_rig_send(rig, 5000, 1, 0);
    for (uint32_t i = 3; i <= 5003; i++) {
        send_rig_chunk(rig, i)->offset = i;
    }
    send_rig_send(rig, 5000, 1, 0);
    for (uint32_t i = 3; i <= 5003; i++) {
        assert_int_equal(send_rig_chunk(rig, i)->offset, i);
    }
    ack_up_to(rig, 10003);
    assert_null(rig->o.ring);
    assert_int_equal(rig->o.capacity, 0);
}

/* Request and reply, again and again: after the first time all memory comes from the pool. */
static void test_steady_state_allocates_nothing(void **state)
{
    struct send_rig *rig = *state;
    size_t calls;

    send_rig_send(rig, 1, 100, 0);
    ack_up_to(rig, 1);
    calls = rig->ta.calls;
    for (uint32_t i = 2; i < 100; i++) {
        send_rig_send(rig, 1, 100, 0);
        ack_up_to(rig, i);
    }
    assert_int_equal(rig->ta.calls, calls);
}

/* covers: 9260/1.6-3 */
static void test_no_more_than_gap_blocks_can_name(void **state)
{
    struct send_rig *rig = *state;

    send_rig_send(rig, SCTPXI_MAX_OUTSTANDING, 1, 0);
    assert_int_equal(send_rig_try_send(rig, 0, 1, 0), SCTPX_ELIMIT);
    ack_up_to(rig, 1);
    assert_int_equal(send_rig_try_send(rig, 0, 1, 0), 0);
    assert_int_equal(send_rig_try_send(rig, 0, 1, 0), SCTPX_ELIMIT);
    send_rig_check_accounts(rig);
}

static void test_largest_chunks_do_not_overflow_the_accounts(void **state)
{
    struct send_rig *rig = *state;

    send_rig_send(rig, 300, SCTPXI_TX_MAX_FRAGMENT_BYTES, 7);
    assert_int_equal(sctpxi_outstanding_flight(&rig->o, 7).bytes, 300 * 65536);
    assert_true((uint64_t)SCTPXI_MAX_OUTSTANDING * 65536 <= UINT32_MAX);
}

static void test_t3_marks_what_is_in_flight_on_its_path(void **state)
{
    const struct send_rig_sack sack = {.cum = 1, .count = 1, .gaps = {{2, 2}}};
    struct sctpxi_sack_result result;
    struct send_rig *rig = *state;

    send_rig_send(rig, 4, 10, 0);
    send_rig_send(rig, 1, 10, 1);
    send_rig_send(rig, 1, 10, 0);
    assert_int_equal(send_rig_sack(rig, &sack, NULL, &result), 0); /* 1, and 3 by gap */
    assert_int_equal(sctpxi_outstanding_mark_path(&rig->o, 0), 3);
    assert_int_equal(rig->o.marked_count, 3);
    assert_int_equal(rig->o.marked_bytes, 30);
    assert_int_equal(sctpxi_outstanding_flight(&rig->o, 0).bytes, 0);
    assert_false(sctpxi_outstanding_has_flight(&rig->o, 0));
    assert_int_equal(sctpxi_outstanding_flight(&rig->o, 1).bytes, 28);
    assert_int_equal(rig->o.total_flight_bytes, 10);
    assert_int_equal(send_rig_chunk(rig, 3)->state, SCTPXI_SENT_GAP_ACKED);
    assert_int_equal(send_rig_chunk(rig, 5)->state, SCTPXI_SENT_IN_FLIGHT);
    assert_int_equal(sctpxi_outstanding_mark_path(&rig->o, 0), 0);
    send_rig_check_accounts(rig);
}

static void test_marked_chunks_go_out_by_tsn(void **state)
{
    struct send_rig *rig = *state;

    send_rig_send(rig, 3, 10, 0);
    send_rig_send(rig, 3, 10, 1);
    sctpxi_outstanding_mark_path(&rig->o, 1);
    assert_int_equal(next_marked(rig), 4);
    assert_int_equal(next_marked(rig), 4);
    resend(rig, 4, 2);
    assert_int_equal(next_marked(rig), 5);
    sctpxi_outstanding_mark_path(&rig->o, 0); /* lower ones than those before */
    for (uint32_t number = 1; number <= 6; number++) {
        if (number != 4) {
            assert_int_equal(next_marked(rig), number);
            resend(rig, number, 2);
        }
    }
    assert_int_equal(next_marked(rig), 0);
    assert_int_equal(rig->o.marked_count, 0);
    assert_int_equal(sctpxi_outstanding_flight(&rig->o, 2).chunks, 6);
}

static void test_marked_chunk_that_was_acked_is_not_sent_again(void **state)
{
    const struct send_rig_sack sack = {.cum = 2, .count = 1, .gaps = {{2, 2}}};
    struct sctpxi_sack_result result;
    struct send_rig *rig = *state;

    send_rig_send(rig, 5, 10, 0);
    sctpxi_outstanding_mark_path(&rig->o, 0);
    assert_int_equal(send_rig_sack(rig, &sack, NULL, &result), 0);
    assert_int_equal(rig->o.marked_count, 2);
    assert_int_equal(next_marked(rig), 3);
    resend(rig, 3, 0);
    assert_int_equal(next_marked(rig), 5);
}

static void test_resending_moves_the_flight(void **state)
{
    struct send_rig *rig = *state;
    const struct sctpxi_sent *chunk;

    send_rig_send(rig, 1, 10, 0);
    sctpxi_outstanding_mark_path(&rig->o, 0);
    rig->now = 7777;
    resend(rig, 1, 3);
    chunk = send_rig_chunk(rig, 1);
    assert_int_equal(chunk->path, 3);
    assert_int_equal(chunk->sent_at, 7777);
    assert_true(chunk->was_retransmitted);
    assert_false(chunk->was_fast_retransmitted);
    assert_int_equal(sctpxi_outstanding_flight(&rig->o, 0).bytes, 0);
    assert_int_equal(sctpxi_outstanding_flight(&rig->o, 3).bytes, 28);
}

/* A message in three chunks lives until the last of them is acknowledged. */
static void test_messages_are_let_go_by_cumulative_acks(void **state)
{
    const sctpx_sndinfo info = {.stream = 1};
    struct send_rig *rig = *state;
    struct sctpxi_tx_fragment f;

    rig->pool.keep_bytes = 0;
    assert_int_equal(sctpxi_tx_queue_push(&rig->queue, "abc", 3, &info), 0);
    while (sctpxi_tx_queue_peek(&rig->queue, 1, &f)) {
        assert_int_equal(sctpxi_outstanding_reserve(&rig->o), 0);
        sctpxi_tx_queue_take(&rig->queue, &f);
        (void)sctpxi_outstanding_add(&rig->o, &f, 0, 1);
    }
    assert_int_equal(send_rig_chunk(rig, 3)->message->holders, 3);
    ack_up_to(rig, 2);
    assert_int_equal(send_rig_chunk(rig, 3)->message->holders, 1);
    assert_int_equal(sctpxi_tx_queue_stream_bytes(&rig->queue, 1), 1);
    assert_int_equal(rig->ta.live_blocks, 4); /* stream, map of streams, ring, message */
    ack_up_to(rig, 3);
    assert_int_equal(rig->ta.live_blocks, 2);
    assert_int_equal(rig->queue.unacked_bytes, 0);
}

static void test_done_lets_go_in_any_state(void **state)
{
    const struct send_rig_sack sack = {.cum = 1, .count = 1, .gaps = {{3, 4}}};
    struct sctpxi_sack_result result;
    struct send_rig *rig = *state;

    send_rig_send(rig, 6, 10, 0);
    send_rig_send(rig, 6, 10, 1);
    assert_int_equal(send_rig_sack(rig, &sack, NULL, &result), 0);
    sctpxi_outstanding_mark_path(&rig->o, 1);
    sctpxi_outstanding_done(&rig->o);
    assert_int_equal(sctpxi_outstanding_count(&rig->o), 0);
    send_rig_check_accounts(rig);
}

/* All chunks of a window are sent, lost and acknowledged while any allocation may fail. */
static void work_with_failures(struct send_rig *rig)
{
    uint32_t sent = 0;

    for (int i = 0; i < 40; i++) {
        int result = send_rig_try_send(rig, (uint16_t)(i % 20), 90, (uint8_t)(i % 2));

        assert_true(result == 0 || result == SCTPX_ENOMEM);
        sent += result == 0;
        assert_int_equal(sctpxi_outstanding_count(&rig->o), sent);
        assert_int_equal(rig->queue.unacked_bytes, sent * 90);
        assert_int_equal(rig->queue.unsent_bytes, 0);
    }
    send_rig_check_accounts(rig);
    (void)sctpxi_outstanding_mark_path(&rig->o, 1);
    for (uint32_t number; (number = next_marked(rig)) != 0;) {
        resend(rig, number, 0);
    }
    ack_up_to(rig, sent);
    assert_int_equal(rig->queue.unacked_bytes, 0);
}

static void test_any_allocation_may_fail(void **state)
{
    size_t failed;

    (void)state;
    for (size_t count = 0; count <= 2; count += 2) {
        size_t n = 1;
        do {
            struct send_rig rig;

            send_rig_init(&rig, UINT32_MAX - 5);
            rig.pool.keep_bytes = 0;
            test_alloc_fail(&rig.ta, n++, count);
            work_with_failures(&rig);
            failed = rig.ta.failed_calls;
            send_rig_done(&rig);
        } while (failed > 0);
        assert_true(n > 40);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    static const struct CMUnitTest tests[] = {
        TEST(test_nothing_outstanding_holds_no_memory),
        TEST(test_chunk_is_what_was_sent),
        TEST(test_flight_is_counted_both_ways),
        TEST(test_ring_grows_and_is_given_back),
        TEST(test_steady_state_allocates_nothing),
        TEST(test_no_more_than_gap_blocks_can_name),
        TEST(test_largest_chunks_do_not_overflow_the_accounts),
        TEST(test_t3_marks_what_is_in_flight_on_its_path),
        TEST(test_marked_chunks_go_out_by_tsn),
        TEST(test_marked_chunk_that_was_acked_is_not_sent_again),
        TEST(test_resending_moves_the_flight),
        TEST(test_messages_are_let_go_by_cumulative_acks),
        TEST(test_done_lets_go_in_any_state),
        cmocka_unit_test(test_any_allocation_may_fail),
    };

    return cmocka_run_group_tests_name("outstanding", tests, NULL, NULL);
}
