/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/engine_rig.h"

static struct engine_rig rig;
static uint8_t buffer[5000];

static void set_up(void)
{
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
}

static void tear_down(void)
{
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

static void test_receive(void **state)
{
    (void)state;
    sctpx_rcvinfo info;
    set_up();
    assert_int_equal(sctpx_assoc_receive(rig.assoc, SCTPX_ANY_STREAM, buffer, 10, &info),
                     SCTPX_EWOULDBLOCK);
    engine_rig_data(&rig, 2, 0, 100);
    engine_rig_data(&rig, 1, 0, 50);
    assert_int_equal(sctpx_assoc_receive(rig.assoc, 3, buffer, 10, &info), SCTPX_EWOULDBLOCK);
    assert_int_equal(sctpx_assoc_receive(rig.assoc, 2, buffer, 99, &info), SCTPX_ETRUNC);
    assert_int_equal(info.length, 100);
    assert_int_equal(info.tsn, 1000);
    assert_int_equal(sctpx_assoc_receive(rig.assoc, SCTPX_ANY_STREAM, buffer, 100, &info), 100);
    assert_int_equal(info.stream, 2);
    assert_int_equal(sctpx_assoc_receive(rig.assoc, SCTPX_ANY_STREAM, buffer, 100, NULL), 50);
    assert_int_equal(sctpx_assoc_receive(rig.assoc, SCTPX_ANY_STREAM, buffer, 100, NULL),
                     SCTPX_EWOULDBLOCK);
    tear_down();
}

static void test_streams_that_cannot_be(void **state)
{
    (void)state;
    sctpx_rcvinfo info;
    set_up();
    assert_int_equal(sctpx_assoc_receive(rig.assoc, -2, buffer, 10, &info), SCTPX_EINVAL);
    assert_int_equal(sctpx_assoc_receive(rig.assoc, 65536, buffer, 10, &info), SCTPX_EINVAL);
    assert_int_equal(sctpx_assoc_peek(rig.assoc, -2, 0, buffer, 10, &info), SCTPX_EINVAL);
    assert_int_equal(sctpx_assoc_read_bytes(rig.assoc, -2, buffer, 10), SCTPX_EINVAL);
    assert_int_equal(sctpx_assoc_read_bytes(rig.assoc, 0, buffer, 0), SCTPX_EINVAL);
    assert_int_equal(sctpx_assoc_readable_bytes(rig.assoc, -2), 0);
    assert_int_equal(sctpx_assoc_readable_bytes(rig.assoc, 70000), 0);
    assert_int_equal(sctpx_assoc_unacked_bytes(rig.assoc, 70000), 0);
    tear_down();
}

static void test_peek(void **state)
{
    (void)state;
    sctpx_rcvinfo info;
    set_up();
    struct pb *pb = engine_rig_packet(&rig);
    pb_data(pb, 3, 1000, 0, 0, 7, "abcdefgh", 8);
    engine_rig_send(&rig, pb);
    assert_int_equal(sctpx_assoc_peek(rig.assoc, 0, 2, buffer, 3, &info), 3);
    assert_memory_equal(buffer, "cde", 3);
    assert_int_equal(info.ppid, 7);
    assert_int_equal(sctpx_assoc_peek(rig.assoc, 0, 8, buffer, 3, NULL), 0);
    assert_int_equal(sctpx_assoc_peek(rig.assoc, 0, SIZE_MAX, buffer, 3, NULL), 0);
    assert_int_equal(sctpx_assoc_readable_bytes(rig.assoc, 0), 8);
    tear_down();
}

static void test_read_bytes(void **state)
{
    (void)state;
    set_up();
    engine_rig_data(&rig, 0, 0, 100);
    engine_rig_data(&rig, 0, 1, 100);
    assert_int_equal(sctpx_assoc_read_bytes(rig.assoc, 0, buffer, 30), 30);
    assert_int_equal(sctpx_assoc_read_bytes(rig.assoc, 0, buffer, 300), 70);
    assert_int_equal(sctpx_assoc_read_bytes(rig.assoc, 0, buffer, 300), 100);
    assert_int_equal(sctpx_assoc_read_bytes(rig.assoc, 0, buffer, 300), SCTPX_EWOULDBLOCK);
    tear_down();
}

static void test_peek_bytes(void **state)
{
    (void)state;
    set_up();
    assert_int_equal(sctpx_assoc_peek_bytes(rig.assoc, SCTPX_ANY_STREAM, 0, buffer, 10), 0);
    struct pb *pb = engine_rig_packet(&rig);
    pb_data(pb, 3, 1000, 1, 0, 0, "abcd", 4);
    pb_data(pb, 3, 1001, 2, 0, 0, "EFG", 3);
    pb_data(pb, 2, 1002, 1, 1, 0, "hi", 2); /* a message of two chunks */
    pb_data(pb, 1, 1003, 1, 1, 0, "jk", 2);
    pb_data(pb, 2, 1004, 1, 2, 0, "no", 2); /* its rest is missing */
    engine_rig_send(&rig, pb);
    assert_int_equal(sctpx_assoc_peek_bytes(rig.assoc, 1, 0, buffer, 100), 8);
    assert_memory_equal(buffer, "abcdhijk", 8);
    assert_int_equal(sctpx_assoc_peek_bytes(rig.assoc, SCTPX_ANY_STREAM, 0, buffer, 100), 11);
    assert_memory_equal(buffer, "abcdEFGhijk", 11);
    assert_int_equal(sctpx_assoc_peek_bytes(rig.assoc, 1, 3, buffer, 4), 4);
    assert_memory_equal(buffer, "dhij", 4);
    assert_int_equal(sctpx_assoc_peek_bytes(rig.assoc, SCTPX_ANY_STREAM, 4, buffer, 3), 3);
    assert_memory_equal(buffer, "EFG", 3);
    assert_int_equal(sctpx_assoc_peek_bytes(rig.assoc, 1, 7, buffer, 9), 1);
    assert_int_equal(sctpx_assoc_peek_bytes(rig.assoc, 1, 8, buffer, 9), 0);
    assert_int_equal(sctpx_assoc_peek_bytes(rig.assoc, 1, SIZE_MAX, buffer, 9), 0);
    assert_int_equal(sctpx_assoc_peek_bytes(rig.assoc, 3, 0, buffer, 9), 0);
    assert_int_equal(sctpx_assoc_peek_bytes(rig.assoc, 1, 0, NULL, 0), 0);
    assert_int_equal(sctpx_assoc_peek_bytes(rig.assoc, -2, 0, buffer, 9), SCTPX_EINVAL);
    /* Nothing was taken, and what is taken is not seen any more. */
    assert_int_equal(sctpx_assoc_read_bytes(rig.assoc, 1, buffer, 3), 3);
    assert_int_equal(sctpx_assoc_peek_bytes(rig.assoc, SCTPX_ANY_STREAM, 0, buffer, 100), 8);
    assert_memory_equal(buffer, "dEFGhijk", 8);
    tear_down();
}

static void test_peek_bytes_of_a_message_in_pieces(void **state)
{
    (void)state;
    static uint8_t sent[5000], seen[5000];
    engine_rig_init(&rig);
    rig.opt.assoc.partial_delivery = true;
    rig.opt.assoc.rcvbuf_bytes = 4000;
    engine_rig_accept(&rig);
    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (uint8_t)(i * 7 + i / 256);
    for (unsigned i = 0; i < 5; i++) {
        struct pb *pb = engine_rig_packet(&rig);
        pb_data(pb, (uint8_t)(i == 0 ? 2 : i == 4), rig.tsn + i, 0, 0, 0, sent + 1000 * i, 1000);
        engine_rig_send(&rig, pb);
        engine_rig_flush(&rig);
    }
    long n = sctpx_assoc_peek_bytes(rig.assoc, 0, 0, seen, sizeof seen);
    assert_in_range(n, 1001, 5000); /* more than one piece */
    assert_memory_equal(seen, sent, (size_t)n);
    assert_int_equal(sctpx_assoc_peek_bytes(rig.assoc, 0, 999, seen, 2), 2);
    assert_memory_equal(seen, sent + 999, 2);
    assert_int_equal(sctpx_assoc_readable_bytes(rig.assoc, 0), n);
    tear_down();
}

/* A reader that looks byte by byte while pieces of a message still come in. */
static void test_partial_delivery(void **state)
{
    (void)state;
    static const uint8_t zeros[1000];
    engine_rig_init(&rig);
    rig.opt.assoc.partial_delivery = true;
    rig.opt.assoc.rcvbuf_bytes = 4000;
    engine_rig_accept(&rig);
    size_t read = 0;
    for (unsigned i = 0; i < 50; i++) {
        struct pb *pb = engine_rig_packet(&rig);
        pb_data(pb, (uint8_t)(i == 0 ? 2 : i == 49), rig.tsn + i, 0, 0, 0, zeros, 1000);
        engine_rig_send(&rig, pb);
        long n;
        while ((n = sctpx_assoc_read_bytes(rig.assoc, 0, buffer, 77)) > 0)
            read += (size_t)n;
        engine_rig_flush(&rig);
        engine_rig_check(&rig);
    }
    assert_int_equal(read, 50000);
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_receive),
        cmocka_unit_test(test_streams_that_cannot_be),
        cmocka_unit_test(test_peek),
        cmocka_unit_test(test_read_bytes),
        cmocka_unit_test(test_peek_bytes),
        cmocka_unit_test(test_peek_bytes_of_a_message_in_pieces),
        cmocka_unit_test(test_partial_delivery),
    };
    return cmocka_run_group_tests_name("user_receive", tests, NULL, NULL);
}
