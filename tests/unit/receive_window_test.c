/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/assoc.h"
#include "engine/receive_window.h"
#include "support/engine_rig.h"

static struct engine_rig rig;

static void set_up(size_t rcvbuf)
{
    engine_rig_init(&rig);
    rig.opt.assoc.rcvbuf_bytes = rcvbuf;
    engine_rig_accept(&rig);
}

static void tear_down(void)
{
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

static void data(uint8_t flags, uint16_t ssn, size_t length)
{
    static const uint8_t zeros[2000];
    struct pb *pb = engine_rig_packet(&rig);
    pb_data(pb, flags, rig.tsn++, 0, ssn, 0, zeros, length);
    engine_rig_send(&rig, pb);
}

static uint32_t window_told(void)
{
    struct engine_rig_chunk c = engine_rig_find(&rig, 3, 0);
    assert_non_null(c.packet);
    return engine_rig_u32(c.bytes + 8);
}

static void test_shrinks_and_opens_again(void **state)
{
    (void)state;
    static uint8_t buffer[2000];
    set_up(20000);
    assert_int_equal(sctpxi_receive_window(rig.assoc), 20000);
    uint16_t n = 0;
    while (sctpxi_receive_window(rig.assoc) > 0 && n < 100)
        data(3, n++, 1000);
    assert_int_equal(n, 20);
    data(3, n, 1000); /* dropped */
    assert_int_equal(window_told(), 0);
    bool was_told = false;
    for (uint16_t i = 0; i < n; i++) {
        assert_int_equal(sctpx_assoc_receive(rig.assoc, 0, buffer, sizeof buffer, NULL), 1000);
        engine_rig_flush(&rig);
        was_told |= engine_rig_has(&rig, 3);
    }
    assert_true(was_told); /* without having been asked: the peer may be waiting */
    assert_int_equal(sctpxi_receive_window(rig.assoc), 20000);
    tear_down();
}

/* What memory takes is bounded, whatever the peer sends, with the smallest chunks too. */
static void test_memory_is_bounded(void **state)
{
    (void)state;
    set_up(20000);
    size_t before = rig.ta.live_bytes;
    for (unsigned i = 0; i < 3000; i++) {
        struct pb *pb = engine_rig_packet(&rig);
        pb_data(pb, 3, rig.tsn + i, 0, (uint16_t)i, 0, "x", 1);
        engine_rig_feed(&rig, pb);
    }
    engine_rig_flush(&rig);
    assert_true(rig.ta.live_bytes < before + 3 * 20000 + 10000);
    tear_down();
}

/* The same with gaps everywhere, all flags and streams. */
static void test_memory_is_bounded_with_gaps(void **state)
{
    (void)state;
    set_up(20000);
    size_t before = rig.ta.live_bytes;
    for (unsigned i = 0; i < 5000 && rig.assoc->state == SCTPX_ESTABLISHED; i++) {
        static const uint8_t zeros[1400];
        struct pb *pb = engine_rig_packet(&rig);
        pb_data(pb, 7, rig.tsn + 2 * (uint32_t)test_random_below(&rig.random, 3000),
                (uint16_t)(i % 10), 0, 0, zeros, 1 + test_random_below(&rig.random, 1400));
        engine_rig_feed(&rig, pb);
        if (i % 100 == 0)
            engine_rig_flush(&rig);
    }
    engine_rig_flush(&rig);
    assert_true(rig.ta.live_bytes < before + 3 * 20000 + 30000);
    tear_down();
}

/* A message longer than the buffer gets through. */
static void test_message_longer_than_the_buffer(void **state)
{
    (void)state;
    set_up(5000);
    for (unsigned i = 0; i < 40; i++)
        data((uint8_t)(i == 0 ? 2 : i == 39), 0, 1000);
    assert_int_equal(rig.assoc->reasm.readable_bytes, 40000);
    assert_int_equal(rig.assoc->tracker.cum.v + 1, rig.tsn);
    /* Now it counts; but what was promised before is taken. */
    assert_int_equal(sctpxi_receive_window(rig.assoc), 4000);
    for (uint16_t i = 1; i <= 6; i++)
        data(3, i, 1000);
    assert_int_equal(rig.assoc->reasm.readable_bytes, 44000);
    assert_int_equal(sctpxi_receive_window(rig.assoc), 0);
    tear_down();
}

/* The same in fragments of the smallest MTU, whose overhead is largest. */
static void test_long_message_in_small_fragments(void **state)
{
    (void)state;
    set_up(20000);
    for (unsigned i = 0; i < 2000; i++)
        data((uint8_t)(i == 0 ? 2 : i == 1999), 0, 500);
    assert_int_equal(rig.assoc->reasm.readable_bytes, 1000000);
    tear_down();
}

/* Messages that wait for one that never comes, though no TSN is missing: a peer that lies. */
static void test_full_of_what_can_never_be_read(void **state)
{
    (void)state;
    set_up(5000);
    for (uint16_t ssn = 1; ssn < 100 && rig.assoc->state == SCTPX_ESTABLISHED; ssn++)
        data(3, ssn, 1000);
    assert_int_equal(rig.assoc->state, SCTPX_CLOSED);
    assert_int_equal(rig.assoc->error, SCTPX_EPROTO);
    assert_true(engine_rig_has(&rig, 6));
    tear_down();
}

/* The chunk everything waits for is taken even by a full buffer. */
static void test_the_missing_one_is_taken(void **state)
{
    (void)state;
    set_up(5000);
    uint32_t missing = rig.tsn++;
    for (uint16_t ssn = 1; ssn < 30; ssn++)
        data(3, ssn, 1000);
    assert_int_equal(sctpxi_receive_window(rig.assoc), 0);
    rig.tsn = missing;
    data(3, 0, 1400);
    assert_true(rig.assoc->reasm.readable_messages >= 4);
    assert_true((int32_t)(rig.assoc->tracker.cum.v - missing) >= 3);
    tear_down();
}

static void test_smallest_buffer(void **state)
{
    (void)state;
    static uint8_t buffer[2000];
    set_up(1500);
    for (uint16_t i = 0; i < 50; i++) {
        data(3, i, 700);
        assert_int_equal(sctpx_assoc_receive(rig.assoc, 0, buffer, sizeof buffer, NULL), 700);
        engine_rig_flush(&rig);
    }
    assert_int_equal(sctpxi_receive_window(rig.assoc), 1500);
    tear_down();
}

/* RFC 1122 4.2.3.3: it closes with what comes, and opens by a packet at least. */
static void test_no_silly_windows(void **state)
{
    (void)state;
    static uint8_t buffer[500];
    set_up(20000);
    for (uint16_t i = 0; i < 40; i++) {
        data(3, i, 500);
        assert_int_equal(sctpxi_receive_window(rig.assoc), 20000 - 500 * (i + 1u));
    }
    for (uint16_t i = 0; i < 40; i++) {
        assert_int_equal(sctpx_assoc_receive(rig.assoc, 0, buffer, sizeof buffer, NULL), 500);
        uint32_t window = sctpxi_receive_window(rig.assoc);
        assert_true(window == 0 || window >= 1472);
    }
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shrinks_and_opens_again),
        cmocka_unit_test(test_memory_is_bounded),
        cmocka_unit_test(test_memory_is_bounded_with_gaps),
        cmocka_unit_test(test_message_longer_than_the_buffer),
        cmocka_unit_test(test_long_message_in_small_fragments),
        cmocka_unit_test(test_full_of_what_can_never_be_read),
        cmocka_unit_test(test_the_missing_one_is_taken),
        cmocka_unit_test(test_smallest_buffer),
        cmocka_unit_test(test_no_silly_windows),
    };
    return cmocka_run_group_tests_name("receive_window", tests, NULL, NULL);
}
