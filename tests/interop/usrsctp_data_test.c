/* SPDX-License-Identifier: MIT */
/* Data to and from libusrsctp, in both roles: sizes, streams, order, PPIDs, byte mode. */
/* ctest: timeout=300 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "interop/pattern.h"
#include "support/usrsctp_rig.h"

enum { MEGABYTE = 1000 * 1000, MAX_STREAMS = 1000 };

static int open_connecting(void **state)
{
    static struct rig rig;
    rig_open(&rig, RIG_WE_CONNECT);
    *state = &rig;
    return 0;
}

static int open_serving(void **state)
{
    static struct rig rig;
    rig_open(&rig, RIG_WE_SERVE);
    *state = &rig;
    return 0;
}

static int close_it(void **state)
{
    rig_close(*state);
    return 0;
}

/* Byte by byte: what came is message n of the pattern. */
static void check_message(const struct rig_message *message, uint32_t n, size_t length)
{
    uint8_t *expected = malloc(length);
    assert_non_null(expected);
    assert_int_equal(message->info.length, length);
    pattern_fill(expected, length, n);
    assert_memory_equal(message->bytes, expected, length);
    free(expected);
}

/* All n messages are there, each stream has its own in order, with this PPID. */
static void check_streams(const struct rig *rig, uint32_t n, size_t length, uint16_t streams,
                          uint32_t ppid)
{
    uint32_t seen[MAX_STREAMS] = {0};
    assert_in_range(streams, 1, MAX_STREAMS);
    assert_int_equal(rig->n_messages, n);
    for (uint32_t i = 0; i < n; i++) {
        const sctpx_rcvinfo *info = &rig->messages[i].info;
        assert_in_range(info->stream, 0, streams - 1);
        assert_int_equal(info->ssn, seen[info->stream]);
        assert_int_equal(info->ppid, ppid);
        assert_false(info->flags & SCTPX_MSG_UNORDERED);
        check_message(&rig->messages[i], seen[info->stream]++ * streams + info->stream, length);
    }
}

/* What the peer says of message i of the pattern when it is the next one of its stream. */
static void peer_has(struct rig *rig, uint32_t i, size_t length, uint16_t streams, uint32_t ppid,
                     bool unordered)
{
    char expected[256];
    uint8_t *bytes = malloc(length);
    assert_non_null(bytes);
    pattern_fill(bytes, length, i);
    snprintf(expected, sizeof expected,
             "message stream=%u ssn=%" PRIu32 " ppid=%" PRIu32
             " unordered=%d length=%zu print=%016" PRIx64,
             i % streams, unordered ? 0 : i / streams, ppid, unordered, length,
             pattern_print(bytes, length));
    free(bytes);
    rig_line(rig, expected);
}

static void test_echo_of_small_messages(void **state)
{
    struct rig *rig = *state;
    static const size_t lengths[] = {1, 2, 3, 4, 5, 100, 1000, 1400, 1452, 1500, 3000, 65536};
    enum { N = sizeof lengths / sizeof lengths[0] };
    rig_up(rig, "--echo");
    for (uint32_t i = 0; i < N; i++) {
        rig_send(rig, i, 1, lengths[i], 1, 0, 0);
        RIG_WAIT(rig, rig->n_messages == i + 1);
        check_message(&rig->messages[i], i, lengths[i]);
        assert_int_equal(rig->messages[i].info.ssn, i);
    }
    RIG_WAIT(rig, rig->drained);
}

static void test_echo_of_megabyte_messages(void **state)
{
    struct rig *rig = *state;
    rig_up(rig, "--echo --mtu 1500");
    rig_send(rig, 0, 5, MEGABYTE, 1, 51, 0);
    RIG_WAIT(rig, rig->n_messages == 5);
    check_streams(rig, 5, MEGABYTE, 1, 51);
}

/*
 * The packets of the peer may be longer than ours. As a server
 * usrsctp keeps to 1,500 bytes, and it loses its own packets beyond 32 mbufs (64 KB).
 */
static void test_jumbo_packets_come_in(void **state)
{
    struct rig *rig = *state;
    rig_up(rig, "--mtu 9000");
    child_say(&rig->peer, "send 20 300000 2 0");
    RIG_WAIT(rig, rig->n_messages == 20);
    check_streams(rig, 20, 300000, 2, 0);
}

static void test_ten_streams_keep_their_order(void **state)
{
    struct rig *rig = *state;
    rig_up(rig, "--echo --streams 10");
    assert_int_equal(sctpx_socket_in_streams(rig->socket), 10);
    assert_int_equal(sctpx_socket_out_streams(rig->socket), 10);
    rig_send(rig, 0, 400, 2500, 10, 9, 0);
    RIG_WAIT(rig, rig->n_messages == 400);
    check_streams(rig, 400, 2500, 10, 9);
}

static void test_a_thousand_streams(void **state)
{
    struct rig *rig = *state;
    rig_up(rig, "--echo --streams 1000");
    assert_int_equal(sctpx_socket_out_streams(rig->socket), 1000);
    rig_send(rig, 0, 1000, 20, 1000, 9, 0); /* twice as many lines of the peer would block it */
    RIG_WAIT(rig, rig->n_messages == 1000);
    check_streams(rig, 1000, 20, 1000, 9);
}

static void test_stream_beyond_the_negotiated_is_refused(void **state)
{
    struct rig *rig = *state;
    const sctpx_sndinfo info = {.stream = 10};
    rig_up(rig, "--streams 10");
    assert_int_equal(sctpx_socket_write_datagram(rig->socket, "x", 1, &info), SCTPX_ESTREAM);
}

/* 32 bits that differ from their reverse; RFC 9260 3.3.1 leaves the byte order to the users. */
static void test_ppid_is_in_host_order_both_ways(void **state)
{
    struct rig *rig = *state;
    const uint32_t ppid = 0x01020304;
    rig_up(rig, NULL);
    rig_send(rig, 0, 3, 77, 1, ppid, 0);
    for (uint32_t i = 0; i < 3; i++)
        peer_has(rig, i, 77, 1, ppid, false);
    child_say(&rig->peer, "send 3 88 1 16909060");
    RIG_WAIT(rig, rig->n_messages == 3);
    check_streams(rig, 3, 88, 1, ppid);
}

/* Each of n unordered messages of the pattern came once, in whatever order. */
static void check_unordered(const struct rig *rig, uint32_t n, size_t length)
{
    uint8_t *expected = malloc(length);
    assert_non_null(expected);
    for (uint32_t i = 0; i < n; i++) {
        unsigned found = 0;
        pattern_fill(expected, length, i);
        for (uint32_t m = 0; m < n; m++) {
            assert_true(rig->messages[m].info.flags & SCTPX_MSG_UNORDERED);
            found += rig->messages[m].info.length == length &&
                     memcmp(rig->messages[m].bytes, expected, length) == 0;
        }
        assert_int_equal(found, 1);
    }
    free(expected);
}

static void test_unordered_messages_both_ways(void **state)
{
    struct rig *rig = *state;
    rig_up(rig, "--echo");
    rig_send(rig, 0, 50, 5000, 3, 4, SCTPX_MSG_UNORDERED);
    peer_has(rig, 0, 5000, 3, 4, true);
    RIG_WAIT(rig, rig->n_messages == 50);
    check_unordered(rig, 50, 5000);
}

static void test_both_send_at_once(void **state)
{
    struct rig *rig = *state;
    rig_up(rig, "--mtu 1500");
    child_say(&rig->peer, "send 60 100000 4 2");
    rig_send(rig, 0, 60, 100000, 4, 1, 0);
    for (uint32_t i = 0; i < 60; i += 4) /* stream 0: order among streams is free */
        peer_has(rig, i, 100000, 4, 1, false);
    RIG_WAIT(rig, rig->n_messages == 60);
    check_streams(rig, 60, 100000, 4, 2);
}

static void test_our_window_stops_the_peer_and_opens_again(void **state)
{
    struct rig *rig = *state;
    rig_up(rig, "--mtu 1500");
    assert_int_equal(sctpx_socket_set_read_buffer_size(rig->socket, 20000), 0);
    child_say(&rig->peer, "send 300 5000 1 0");
    RIG_WAIT(rig, rig->n_messages == 300);
    check_streams(rig, 300, 5000, 1, 0);
}

static void test_byte_mode(void **state)
{
    struct rig *rig = *state;
    const size_t total = 3 * MEGABYTE;
    uint8_t *bytes = malloc(total);
    assert_non_null(bytes);
    pattern_fill(bytes, total, 42);
    rig->channels = -1;
    rig_up(rig, "--echo");
    assert_int_equal(sctpx_socket_mode(rig->socket), SCTPX_MODE_BYTES);
    assert_int_equal(sctpx_socket_out_streams(rig->socket), 1);
    for (size_t written = 0; written < total;) {
        long n = sctpx_socket_write(rig->socket, bytes + written, total - written);
        if (n == SCTPX_EWOULDBLOCK)
            rig_turn(rig);
        else
            assert_true(n > 0);
        written += n > 0 ? (size_t)n : 0;
    }
    RIG_WAIT(rig, rig->n_bytes >= total);
    assert_int_equal(rig->n_bytes, total);
    assert_memory_equal(rig->bytes, bytes, total);
    free(bytes);
}

#define BOTH_ROLES(test)                                                                           \
    {#test "_connecting", test, open_connecting, close_it, NULL},                                  \
    {                                                                                              \
#test "_serving", test, open_serving, close_it, NULL                                       \
    }

/* An argument picks tests by their names. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BOTH_ROLES(test_echo_of_small_messages),
        BOTH_ROLES(test_echo_of_megabyte_messages),
        {"test_jumbo_packets_come_in", test_jumbo_packets_come_in, open_serving, close_it, NULL},
        BOTH_ROLES(test_ten_streams_keep_their_order),
        BOTH_ROLES(test_a_thousand_streams),
        BOTH_ROLES(test_stream_beyond_the_negotiated_is_refused),
        BOTH_ROLES(test_ppid_is_in_host_order_both_ways),
        BOTH_ROLES(test_unordered_messages_both_ways),
        BOTH_ROLES(test_both_send_at_once),
        BOTH_ROLES(test_our_window_stops_the_peer_and_opens_again),
        BOTH_ROLES(test_byte_mode),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("usrsctp_data", tests, NULL, NULL);
}
