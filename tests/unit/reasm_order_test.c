/* SPDX-License-Identifier: MIT */
/* Reassembly and order: what becomes readable when, reading it, and what it costs. */
#include "unit/reasm_fixture.h"

static void test_whole_message_costs_one_block_and_no_ring(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    assert_int_equal(f.r.used_bytes, 0);
    add_good(&f, 1, "BE", 3, 0, "first");
    assert_int_equal(f.r.ring.capacity, 0);
    assert_int_equal(f.r.used_bytes - f.r.stream_bytes, sctpxi_reasm_cost(5));

    size_t calls = f.ta.calls;
    add_good(&f, 2, "BE", 3, 1, "second");
    assert_int_equal(f.ta.calls, calls + 1);
    expect(&f, 3, "first");
    expect(&f, 3, "second");
    assert_int_equal(f.r.used_bytes, f.r.stream_bytes);
    stop(&f);
}

static void test_full_packet_wastes_no_size_class(void **state)
{
    (void)state;
    assert_int_equal(sctpxi_reasm_cost(1444), 1536);
}

static void test_information_of_a_message(void **state)
{
    struct fixture f;
    sctpx_rcvinfo info;

    (void)state;
    start(&f);
    add_good(&f, 11, "E", 5, 0, "cd");
    add_good(&f, 10, "B", 5, 0, "ab");
    sctpxi_rx_message_info(sctpxi_reasm_first(&f.r, 5), &info);
    assert_int_equal(info.stream, 5);
    assert_int_equal(info.ssn, 0);
    assert_int_equal(info.tsn, 10);
    assert_int_equal(info.ppid, 10); /* of the first fragment */
    assert_int_equal(info.length, 4);
    expect(&f, 5, "abcd");

    /* RFC 9260 3.3.1: the SSN of an unordered one means nothing, even inside one message. */
    add_good(&f, 20, "UB", 5, 99, "x");
    add_good(&f, 21, "UE", 5, 7, "y");
    sctpxi_rx_message_info(sctpxi_reasm_first(&f.r, 5), &info);
    assert_int_equal(info.ssn, 0);
    expect_flags(&f, 5, "xy", WHOLE | SCTPX_MSG_UNORDERED);
    stop(&f);
}

static void test_fragments_in_any_order(void **state)
{
    static const char *const kinds[4] = {"B", "", "", "E"};
    static const char *const texts[4] = {"a", "bb", "ccc", "dddd"};

    (void)state;
    for (unsigned code = 0; code < 256; code++) {
        unsigned order[4] = {code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6 & 3};
        if ((1u << order[0] | 1u << order[1] | 1u << order[2] | 1u << order[3]) != 15)
            continue;
        struct fixture f;
        start(&f);
        for (unsigned i = 0; i < 4; i++) {
            expect_nothing(&f, SCTPX_ANY_STREAM);
            add_good(&f, UINT32_MAX - 1 + order[i], kinds[order[i]], 0, 0, texts[order[i]]);
        }
        assert_int_equal(f.r.ring.capacity, 0);
        assert_int_equal(f.r.incomplete_bytes, 0);
        expect(&f, 0, "abbcccdddd");
        stop(&f);
    }
}

static void test_only_ends_of_runs_are_in_the_ring(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    add_good(&f, 1, "B", 0, 0, "x");
    for (uint32_t tsn = 2; tsn < 5000; tsn++)
        add_good(&f, tsn, "", 0, 0, "x");
    assert_int_equal(f.r.ring.count, 2);
    assert_int_equal(f.r.ring.capacity, 8);
    assert_int_equal(f.r.incomplete_bytes, 4999);
    add_good(&f, 5000, "E", 0, 0, "x");
    assert_int_equal(f.r.readable_bytes, 5000);
    assert_int_equal(f.r.ring.capacity, 0);
    stop(&f);
}

static void test_ordered_messages_wait_for_those_before(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    add_good(&f, 12, "BE", 1, 2, "two");
    add_good(&f, 13, "BE", 1, 3, "three");
    add_good(&f, 11, "BE", 1, 1, "one");
    expect_nothing(&f, 1);
    assert_int_equal(sctpxi_reasm_next_fresh(&f.r), -1);
    add_good(&f, 14, "BE", 2, 0, "other stream");
    add_good(&f, 15, "UBE", 1, 0, "unordered");
    expect(&f, SCTPX_ANY_STREAM, "other stream");
    expect_flags(&f, 1, "unordered", WHOLE | SCTPX_MSG_UNORDERED);
    add_good(&f, 10, "BE", 1, 0, "zero");
    assert_int_equal(f.r.readable_messages, 4);
    expect(&f, 1, "zero");
    expect(&f, 1, "one");
    expect(&f, 1, "two");
    expect(&f, 1, "three");
    assert_int_equal(f.r.used_bytes, f.r.stream_bytes);
    stop(&f);
}

static void test_stream_numbers_without_messages(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    add_good(&f, 1, "BE", 0, 0, "x");
    expect_nothing(&f, 1);
    expect_nothing(&f, 65535);
    expect_nothing(&f, 65536);
    expect_nothing(&f, -2);
    assert_int_equal(sctpxi_reasm_stream_bytes(&f.r, 0), 1);
    assert_int_equal(sctpxi_reasm_stream_bytes(&f.r, 9), 0);
    stop(&f);
}

static void test_fresh_streams_are_told_once(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    add_good(&f, 1, "BE", 7, 0, "a");
    add_good(&f, 2, "BE", 4, 0, "b");
    add_good(&f, 3, "BE", 7, 1, "c");
    assert_int_equal(sctpxi_reasm_next_fresh(&f.r), 7);
    assert_int_equal(sctpxi_reasm_next_fresh(&f.r), 4);
    assert_int_equal(sctpxi_reasm_next_fresh(&f.r), -1);
    add_good(&f, 4, "BE", 7, 2, "d");
    add_good(&f, 5, "BE", 4, 1, "e");
    expect(&f, 4, "b");
    expect(&f, 4, "e"); /* read empty: no news any more */
    assert_int_equal(sctpxi_reasm_next_fresh(&f.r), 7);
    assert_int_equal(sctpxi_reasm_next_fresh(&f.r), -1);
    stop(&f);
}

static void test_all_that_can_be_read_is_fresh_again(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    add_good(&f, 1, "BE", 7, 0, "a");
    add_good(&f, 2, "BE", 4, 0, "b");
    add_good(&f, 3, "BE", 9, 0, "c");
    add_good(&f, 4, "BE", 4, 1, "d");
    while (sctpxi_reasm_next_fresh(&f.r) >= 0)
        continue;
    expect(&f, 7, "a");
    add_good(&f, 5, "BE", 9, 1, "e"); /* fresh already */
    sctpxi_reasm_renew(&f.r);
    assert_int_equal(sctpxi_reasm_next_fresh(&f.r), 9);
    assert_int_equal(sctpxi_reasm_next_fresh(&f.r), 4);
    assert_int_equal(sctpxi_reasm_next_fresh(&f.r), -1);
    stop(&f);
}

static void test_reading_in_parts(void **state)
{
    struct fixture f;
    char buffer[16] = {0};
    sctpx_rcvinfo info;

    (void)state;
    start(&f);
    add_good(&f, 1, "BE", 0, 0, "ahead of it");
    add_good(&f, 2, "B", 2, 0, "abc");
    add_good(&f, 3, "", 2, 0, "defg");
    add_good(&f, 4, "E", 2, 0, "hij");
    add_good(&f, 5, "BE", 2, 1, "behind it");

    struct sctpxi_rx_message *m = sctpxi_reasm_first(&f.r, 2);
    assert_int_equal(sctpxi_rx_message_copy(m, 2, buffer, 3), 3);
    assert_memory_equal(buffer, "cde", 3);
    assert_int_equal(sctpxi_rx_message_copy(m, 9, buffer, 16), 1);
    assert_int_equal(sctpxi_rx_message_copy(m, 10, buffer, 16), 0);
    assert_int_equal(sctpxi_rx_message_copy(m, SIZE_MAX, buffer, 16), 0);
    assert_int_equal(sctpxi_rx_message_copy(m, 0, buffer, 0), 0);

    size_t used = f.r.used_bytes;
    sctpxi_reasm_consume(&f.r, m, 0);
    sctpxi_reasm_consume(&f.r, sctpxi_reasm_first(&f.r, 2), 4);
    assert_int_equal(used - f.r.used_bytes, sctpxi_reasm_cost(3));
    check_account(&f);
    m = sctpxi_reasm_first(&f.r, 2);
    sctpxi_rx_message_info(m, &info);
    assert_int_equal(info.length, 6);
    assert_int_equal(info.ppid, 2);
    assert_int_equal(info.tsn, 3);
    assert_int_equal(info.flags, SCTPX_MSG_LAST);
    assert_int_equal(sctpxi_rx_message_copy(m, 1, buffer, 16), 5);
    assert_memory_equal(buffer, "fghij", 5);
    assert_int_equal(f.r.readable_messages, 3);
    assert_int_equal(sctpxi_reasm_stream_bytes(&f.r, 2), 15);

    sctpxi_reasm_consume(&f.r, m, 3); /* to the very end of a chunk */
    expect(&f, SCTPX_ANY_STREAM, "ahead of it");
    expect_flags(&f, SCTPX_ANY_STREAM, "hij", SCTPX_MSG_LAST);
    expect(&f, SCTPX_ANY_STREAM, "behind it");
    stop(&f);
}

static void test_ssn_wraps(void **state)
{
    struct fixture f;
    uint32_t tsn = UINT32_MAX - 70000;

    (void)state;
    start(&f);
    for (uint32_t i = 0; i < 65534; i++) {
        add_good(&f, tsn + i, "BE", 0, (uint16_t)i, "x");
        expect(&f, 0, "x");
    }
    tsn += 65534;
    add_good(&f, tsn + 3, "BE", 0, 1, "D");
    add_good(&f, tsn + 2, "BE", 0, 0, "C");
    add_refused(&f, tsn + 9, "BE", 0, 65533, "delivered");
    add_refused(&f, tsn + 9, "BE", 0, 40000, "delivered");
    add_refused(&f, tsn + 9, "BE", 0, 0, "waiting");
    add_good(&f, tsn + 1, "BE", 0, 65535, "B");
    expect_nothing(&f, 0);
    add_good(&f, tsn, "BE", 0, 65534, "A");
    expect(&f, 0, "A");
    expect(&f, 0, "B");
    expect(&f, 0, "C");
    expect(&f, 0, "D");
    stop(&f);
}

/* More than 2^15 messages of a stream may be in flight, when they are short. */
static void test_ssn_more_than_half_the_circle_ahead(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    add_good(&f, 100, "BE", 0, 0, "0");
    for (uint32_t i = 2; i <= 60000; i++)
        assert_int_equal(add(&f, 100 + i, "BE", 0, (uint16_t)i, "x"), 0);
    add_refused(&f, 60101, "BE", 0, 60101 - 100 + 1, "one more than TSNs allow");
    add_good(&f, 101, "BE", 0, 1, "1");
    assert_int_equal(f.r.readable_messages, 60001);
    stop(&f);
}

static void test_restart_keeps_only_what_is_readable(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    add_good(&f, 1, "BE", 0, 0, "readable");
    add_good(&f, 2, "B", 0, 1, "incomplete");
    add_good(&f, 4, "", 0, 1, "incomplete");
    add_good(&f, 7, "BE", 1, 1, "waiting");
    sctpxi_reasm_restart(&f.r);
    check_account(&f);
    assert_int_equal(f.r.incomplete_bytes, 0);
    assert_int_equal(f.r.ring.capacity, 0);
    add_good(&f, 8, "E", 0, 0, "w"); /* no neighbour of the old 7; SSNs start again */
    add_good(&f, 7, "B", 0, 0, "ne");
    add_good(&f, 9, "BE", 1, 1, "new one");
    expect_nothing(&f, 1);
    add_good(&f, 10, "BE", 1, 0, "new zero");
    expect(&f, 0, "readable");
    expect(&f, 0, "new");
    expect(&f, 1, "new zero");
    expect(&f, 1, "new one");
    sctpxi_reasm_restart(&f.r);
    assert_int_equal(f.r.used_bytes, f.r.stream_bytes); /* their totals are kept */
    stop(&f);
}

/* Numbers chosen to share slots neither cost large tables nor long searches. */
static void test_scattered_tsns_keep_the_ring_small(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    for (uint32_t i = 0; i < 16; i++)
        add_good(&f, 5 + i * 4096, "", 0, 0, "x");
    assert_int_equal(f.r.ring.capacity, 8 * 2);
    for (uint32_t i = 0; i < 32; i++)
        add_good(&f, 7 + i * 2048, "", 0, 0, "x");
    assert_in_range(f.r.ring.capacity, 2048, 4096);
    stop(&f);
}

static void test_many_streams(void **state)
{
    struct fixture f;

    (void)state;
    start(&f);
    for (uint32_t i = 0; i < 3000; i++)
        add_good(&f, i, "BE", (uint16_t)(i * 21), 0, "x");
    for (uint32_t i = 0; i < 3000; i++)
        expect(&f, (int)(uint16_t)(i * 21), "x");
    assert_int_equal(f.r.used_bytes, f.r.stream_bytes);
    stop(&f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_message_costs_one_block_and_no_ring),
        cmocka_unit_test(test_full_packet_wastes_no_size_class),
        cmocka_unit_test(test_information_of_a_message),
        cmocka_unit_test(test_fragments_in_any_order),
        cmocka_unit_test(test_only_ends_of_runs_are_in_the_ring),
        cmocka_unit_test(test_ordered_messages_wait_for_those_before),
        cmocka_unit_test(test_stream_numbers_without_messages),
        cmocka_unit_test(test_fresh_streams_are_told_once),
        cmocka_unit_test(test_all_that_can_be_read_is_fresh_again),
        cmocka_unit_test(test_reading_in_parts),
        cmocka_unit_test(test_ssn_wraps),
        cmocka_unit_test(test_ssn_more_than_half_the_circle_ahead),
        cmocka_unit_test(test_restart_keeps_only_what_is_readable),
        cmocka_unit_test(test_scattered_tsns_keep_the_ring_small),
        cmocka_unit_test(test_many_streams),
    };

    return cmocka_run_group_tests_name("reasm_order", tests, NULL, NULL);
}
