/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/writer.h"
#include "engine/endpoint.h"
#include "engine/reply.h"
#include "support/engine_rig.h"

static struct engine_rig rig;

/* Queues a packet with a serial number as its tag. */
static bool push(uint32_t number, size_t extra)
{
    static const uint8_t zeros[SCTPXI_REPLY_MAX_BYTES];
    struct sctpxi_writer w;
    sctpx_addr remote = rig.peer;
    remote.udp_port = (uint16_t)number;
    sctpxi_reply_begin(rig.ep, 1, 2, number, &w);
    sctpxi_writer_put_bytes(&w, zeros, extra);
    return sctpxi_reply_end(rig.ep, &w, &rig.local, &remote);
}

static bool pop(uint32_t number, size_t extra)
{
    uint8_t buffer[SCTPXI_REPLY_MAX_BYTES];
    sctpx_transmit t;
    if (sctpxi_reply_pop(&rig.ep->replies, buffer, sizeof buffer, &t) == 0)
        return false;
    assert_int_equal(t.length, 12 + extra);
    assert_int_equal(t.segment_size, t.length);
    assert_int_equal(t.remote.udp_port, (uint16_t)number);
    assert_int_equal(engine_rig_u32(buffer + 4), number);
    return true;
}

static void test_empty(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_start(&rig);
    assert_false(pop(0, 0));
    engine_rig_done(&rig);
}

static void test_in_order(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_start(&rig);
    for (uint32_t i = 0; i < 100; i++)
        assert_true(push(i, 4 * i));
    for (uint32_t i = 0; i < 100; i++)
        assert_true(pop(i, 4 * i));
    assert_false(pop(100, 0));
    engine_rig_done(&rig);
}

static void test_full(void **state)
{
    (void)state;
    uint32_t n = 0, first;
    engine_rig_init(&rig);
    engine_rig_start(&rig);
    while (push(n, 1000))
        n++;
    assert_true(n * 1012 > SCTPXI_REPLY_RING_BYTES * 9 / 10);
    assert_int_equal(rig.ep->stats.dropped_rate, 1);
    for (first = 0; first < 3; first++)
        assert_true(pop(first, 1000));
    while (push(n, 1000))
        n++;
    while (first < n)
        assert_true(pop(first++, 1000));
    assert_false(pop(n, 0));
    engine_rig_done(&rig);
}

/* Many times round, at every level of filling and with all sizes, against plain counting. */
static void test_wrap_around(void **state)
{
    (void)state;
    static uint16_t sizes[1u << 16];
    uint32_t head = 0, tail = 0;
    engine_rig_init(&rig);
    engine_rig_start(&rig);
    for (unsigned round = 0; round < 200000; round++) {
        bool is_filling = round / 3000 % 2 == 0;
        if (test_random_below(&rig.random, 100) < (is_filling ? 70u : 30u)) {
            uint16_t extra = (uint16_t)(4 * test_random_below(&rig.random, 347));
            if (test_random_chance(&rig.random, 500000))
                extra = (uint16_t)(extra % 64 & ~3);
            if (push(tail, extra))
                sizes[tail++ % (1u << 16)] = extra;
        } else if (pop(head, sizes[head % (1u << 16)])) {
            head++;
        } else {
            assert_int_equal(head, tail);
        }
    }
    while (head != tail) {
        assert_true(pop(head, sizes[head % (1u << 16)]));
        head++;
    }
    assert_int_equal(rig.ep->replies.used, 0);
    assert_true(tail * 200u > 10 * SCTPXI_REPLY_RING_BYTES);
    engine_rig_done(&rig);
}

/* The ring ends exactly where a record does. */
static void test_records_that_fill_the_ring_exactly(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_start(&rig);
    assert_true(push(0, 0));
    uint32_t record = rig.ep->replies.used; /* of a packet of 12 bytes */
    assert_true(pop(0, 0));
    uint32_t n = SCTPXI_REPLY_RING_BYTES / record;
    uint32_t rest = SCTPXI_REPLY_RING_BYTES - n * record;
    for (uint32_t i = 1; i <= n; i++)
        assert_true(push(i, i == n ? rest & ~7u : 0));
    assert_int_equal(rig.ep->replies.used, SCTPXI_REPLY_RING_BYTES & ~7u);
    assert_false(push(n + 1, 0));
    for (uint32_t i = 1; i <= 10; i++) {
        assert_true(pop(i, 0));
        assert_true(push(n + i, 0));
        assert_false(push(n + i + 1, 0));
    }
    for (uint32_t i = 11; i <= n + 10; i++)
        assert_true(pop(i, i == n ? rest & ~7u : 0));
    assert_false(pop(0, 0));
    engine_rig_done(&rig);
}

static void test_small_buffer_keeps_the_packet(void **state)
{
    (void)state;
    uint8_t buffer[50];
    sctpx_transmit t;
    engine_rig_init(&rig);
    engine_rig_start(&rig);
    assert_true(push(7, 100));
    assert_int_equal(sctpxi_reply_pop(&rig.ep->replies, buffer, sizeof buffer, &t), 0);
    assert_true(pop(7, 100));
    engine_rig_done(&rig);
}

static void test_too_long(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_start(&rig);
    assert_true(push(1, SCTPXI_REPLY_MAX_BYTES - 12));
    assert_false(push(2, SCTPXI_REPLY_MAX_BYTES - 8));
    assert_true(pop(1, SCTPXI_REPLY_MAX_BYTES - 12));
    assert_false(pop(2, 0));
    engine_rig_done(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_in_order),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_wrap_around),
        cmocka_unit_test(test_records_that_fill_the_ring_exactly),
        cmocka_unit_test(test_small_buffer_keeps_the_packet),
        cmocka_unit_test(test_too_long),
    };
    return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
