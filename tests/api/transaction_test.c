/* SPDX-License-Identifier: MIT */
/* Reading with commit and rollback. ctest: labels=suite */
#include "support/pair.h"

#include <stdlib.h>
#include <string.h>

#include <sctpx/read.h>

enum { ANY = SCTPX_ANY_STREAM };

static int setup(void **state)
{
    static struct pair pair;

    pair_open(&pair, 4, 4, NULL, NULL);
    *state = &pair;
    return 0;
}

static size_t available(const struct pair *pair, int stream)
{
    return sctpx_socket_bytes_available(pair->peer.socket, stream);
}

static void say(struct pair *pair, uint16_t stream, const char *text)
{
    size_t there = available(pair, stream);

    assert_int_equal(sctpx_socket_write_datagram(pair->client.socket, text, strlen(text),
                                                 &(sctpx_sndinfo){.stream = stream}),
                     0);
    RUN_UNTIL(pair->bed.loop, available(pair, stream) == there + strlen(text));
}

static void expect(struct pair *pair, int stream, size_t capacity, const char *text)
{
    char got[64];

    assert_int_equal(sctpx_socket_read_bytes(pair->peer.socket, stream, got, capacity),
                     strlen(text));
    assert_memory_equal(got, text, strlen(text));
}

static void start(struct pair *pair, int stream)
{
    assert_int_equal(sctpx_socket_start_transaction(pair->peer.socket, stream), 0);
    assert_true(sctpx_socket_is_transaction_started(pair->peer.socket, stream));
}

static void commit(struct pair *pair, int stream)
{
    assert_int_equal(sctpx_socket_commit_transaction(pair->peer.socket, stream), 0);
    assert_false(sctpx_socket_is_transaction_started(pair->peer.socket, stream));
}

static void roll_back(struct pair *pair, int stream)
{
    assert_int_equal(sctpx_socket_rollback_transaction(pair->peer.socket, stream), 0);
    assert_false(sctpx_socket_is_transaction_started(pair->peer.socket, stream));
}

static void test_rollback_and_commit(void **state)
{
    struct pair *pair = *state;

    say(pair, 1, "head");
    say(pair, 1, "er and rest");
    start(pair, 1);
    expect(pair, 1, 6, "header");
    assert_int_equal(available(pair, 1), 9);
    assert_int_equal(available(pair, ANY), 9);
    roll_back(pair, 1);
    assert_int_equal(available(pair, 1), 15);
    start(pair, 1);
    expect(pair, 1, 6, "header");
    commit(pair, 1);
    assert_int_equal(available(pair, 1), 9);
    expect(pair, 1, 64, " and rest");
}

static void test_rollback_over_bytes_put_back(void **state)
{
    struct pair *pair = *state;

    say(pair, 1, "cd");
    assert_int_equal(sctpx_socket_unread(pair->peer.socket, 1, "ab", 2), 0);
    start(pair, 1);
    expect(pair, 1, 3, "abc");
    roll_back(pair, 1);
    assert_int_equal(available(pair, 1), 4);
    expect(pair, 1, 64, "abcd");
}

/* Qt's B5: taken back after it reached the end of what is there, it leaves messages whole. */
static void test_rollback_at_the_end(void **state)
{
    struct pair *pair = *state;
    sctpx_rcvinfo info;
    char got[64];

    say(pair, 1, "one");
    say(pair, 1, "two");
    start(pair, 1);
    expect(pair, 1, 64, "onetwo");
    assert_int_equal(sctpx_socket_read_bytes(pair->peer.socket, 1, got, 64), SCTPX_EWOULDBLOCK);
    assert_int_equal(sctpx_socket_wait_for_readable(pair->peer.socket, 1, 0), SCTPX_ETIMEDOUT);
    say(pair, 1, "three");
    expect(pair, 1, 2, "th");
    roll_back(pair, 1);
    assert_int_equal(sctpx_socket_read_datagram(pair->peer.socket, 1, got, 64, &info), 3);
    assert_int_not_equal(info.flags & SCTPX_MSG_FIRST, 0);
    assert_memory_equal(got, "one", 3);
    assert_int_equal(sctpx_socket_read_datagram(pair->peer.socket, 1, got, 64, NULL), 3);
    assert_int_equal(sctpx_socket_read_datagram(pair->peer.socket, 1, got, 64, NULL), 5);
    assert_memory_equal(got, "three", 5);
}

static void test_every_way_of_reading(void **state)
{
    struct pair *pair = *state;
    char got[64];

    say(pair, 0, "line\nbytes skipped");
    assert_int_equal(sctpx_socket_unread(pair->peer.socket, 0, "a ", 2), 0);
    for (int i = 0; i < 2; i++) {
        start(pair, 0);
        assert_true(sctpx_socket_can_read_line(pair->peer.socket, 0));
        assert_int_equal(sctpx_socket_read_line(pair->peer.socket, 0, got, 64), 7);
        assert_string_equal(got, "a line\n");
        assert_false(sctpx_socket_can_read_line(pair->peer.socket, 0));
        assert_int_equal(sctpx_socket_peek_bytes(pair->peer.socket, 0, got, 5), 5);
        expect(pair, 0, 5, "bytes");
        assert_int_equal(sctpx_socket_skip(pair->peer.socket, 0, 3), 3);
        assert_int_equal(available(pair, 0), 5);
        if (i == 0)
            roll_back(pair, 0);
    }
    commit(pair, 0);
    expect(pair, 0, 64, "ipped");
    assert_int_equal(available(pair, ANY), 0);
}

/* A line end that was read is there again, although what followed it has been searched. */
static void test_rollback_brings_lines_back(void **state)
{
    struct pair *pair = *state;

    say(pair, 0, "a\nmuch more");
    start(pair, 0);
    expect(pair, 0, 2, "a\n");
    assert_false(sctpx_socket_can_read_line(pair->peer.socket, 0));
    roll_back(pair, 0);
    assert_true(sctpx_socket_can_read_line(pair->peer.socket, 0));
}

static void test_one_for_each_stream(void **state)
{
    struct pair *pair = *state;

    say(pair, 1, "one");
    say(pair, 2, "two");
    start(pair, 1);
    start(pair, 2);
    expect(pair, 1, 2, "on");
    expect(pair, 2, 1, "t");
    roll_back(pair, 1);
    commit(pair, 2);
    expect(pair, 1, 64, "one");
    expect(pair, 2, 64, "wo");
}

static void test_wrong_state(void **state)
{
    struct pair *pair = *state;
    sctpx_socket *socket = pair->peer.socket;
    char got[8];

    say(pair, 1, "message");
    assert_int_equal(sctpx_socket_commit_transaction(socket, 1), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_rollback_transaction(socket, 1), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_start_transaction(socket, -3), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_commit_transaction(socket, 65535), SCTPX_EINVAL);
    assert_false(sctpx_socket_is_transaction_started(socket, -3));
    start(pair, 1);
    assert_int_equal(sctpx_socket_start_transaction(socket, 1), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_unread(socket, 1, "x", 1), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_read_datagram(socket, 1, got, 8, NULL), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_peek_datagram(socket, 1, got, 8, NULL), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_next_datagram_size(socket, ANY), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_read_bytes(socket, ANY, got, 8), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_start_transaction(socket, ANY), SCTPX_ESTATE);
    roll_back(pair, 1);
    start(pair, ANY);
    assert_int_equal(sctpx_socket_read_bytes(socket, 1, got, 8), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_next_datagram_size(socket, 1), SCTPX_ESTATE);
    expect(pair, ANY, 64, "message");
    commit(pair, ANY);
    assert_int_equal(sctpx_socket_next_datagram_size(socket, 1), SCTPX_EWOULDBLOCK);
}

/* The current stream may change meanwhile: a transaction stays with its stream. */
static void test_current_stream_changes(void **state)
{
    struct pair *pair = *state;
    sctpx_socket *socket = pair->peer.socket;

    say(pair, 2, "two");
    assert_int_equal(sctpx_socket_set_current_read_stream(socket, 2), 0);
    start(pair, SCTPX_CURRENT_STREAM);
    expect(pair, SCTPX_CURRENT_STREAM, 2, "tw");
    assert_int_equal(sctpx_socket_set_current_read_stream(socket, 3), 0);
    assert_false(sctpx_socket_is_transaction_started(socket, SCTPX_CURRENT_STREAM));
    roll_back(pair, 2);
    expect(pair, 2, 64, "two");
}

static void test_end_of_the_association(void **state)
{
    struct pair *pair = *state;
    char got[8];

    say(pair, 1, "message");
    start(pair, 1);
    expect(pair, 1, 3, "mes");
    assert_int_equal(sctpx_socket_abort(pair->client.socket, NULL, 0), 0);
    RUN_UNTIL(pair->bed.loop, pair->peer.count[PROBE_CLOSED] > 0);
    expect(pair, 1, 64, "sage");
    assert_int_equal(sctpx_socket_read_bytes(pair->peer.socket, 1, got, 1), SCTPX_EPEERABORT);
    roll_back(pair, 1);
    expect(pair, 1, 64, "message");
    start(pair, 1);
    commit(pair, 1);
}

static void test_close_ends_it(void **state)
{
    struct pair *pair = *state;

    say(pair, 1, "message");
    start(pair, 1);
    expect(pair, 1, 3, "mes");
    assert_int_equal(sctpx_socket_close(pair->peer.socket), 0);
    assert_false(sctpx_socket_is_transaction_started(pair->peer.socket, 1));
    assert_int_equal(sctpx_socket_commit_transaction(pair->peer.socket, 1), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_start_transaction(pair->peer.socket, 1), SCTPX_ESTATE);
    assert_int_equal(available(pair, ANY), 0);
}

/* A record of a length and so many bytes, which arrives in pieces: the use they are made for. */
static void test_records_in_pieces(void **state)
{
    static const uint8_t wire[] = {3, 'a', 'b', 'c', 1, 'd', 5, 'e', 'f', 'g', 'h', 'i'};
    struct pair *pair = *state;
    sctpx_socket *socket = pair->peer.socket;
    uint8_t text[16], length;
    size_t got = 0;

    for (size_t i = 0; i < sizeof(wire); i++) {
        assert_int_equal(sctpx_socket_write_datagram(pair->client.socket, wire + i, 1, NULL), 0);
        RUN_UNTIL(pair->bed.loop, pair->peer.count[PROBE_READABLE] == i + 1);
        start(pair, 0);
        if (sctpx_socket_read_bytes(socket, 0, &length, 1) == 1 &&
            sctpx_socket_read_bytes(socket, 0, text + got, length) == length) {
            commit(pair, 0);
            got += length;
        } else {
            roll_back(pair, 0);
        }
    }
    assert_int_equal(got, 9);
    assert_memory_equal(text, "abcdefghi", 9);
    assert_int_equal(available(pair, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rollback_and_commit, setup, pair_teardown),
        cmocka_unit_test_setup_teardown(test_rollback_over_bytes_put_back, setup, pair_teardown),
        cmocka_unit_test_setup_teardown(test_rollback_at_the_end, setup, pair_teardown),
        cmocka_unit_test_setup_teardown(test_every_way_of_reading, setup, pair_teardown),
        cmocka_unit_test_setup_teardown(test_rollback_brings_lines_back, setup, pair_teardown),
        cmocka_unit_test_setup_teardown(test_one_for_each_stream, setup, pair_teardown),
        cmocka_unit_test_setup_teardown(test_wrong_state, setup, pair_teardown),
        cmocka_unit_test_setup_teardown(test_current_stream_changes, setup, pair_teardown),
        cmocka_unit_test_setup_teardown(test_end_of_the_association, setup, pair_teardown),
        cmocka_unit_test_setup_teardown(test_close_ends_it, setup, pair_teardown),
        cmocka_unit_test_setup_teardown(test_records_in_pieces, setup, pair_teardown),
    };

    return cmocka_run_group_tests_name("transaction", tests, NULL, NULL);
}
