/* SPDX-License-Identifier: MIT */
/* Lines. ctest: labels=suite */
#include "support/loopback.h"

#include <stdlib.h>
#include <string.h>

#include <sctpx/read.h>

enum { ANY = SCTPX_ANY_STREAM };

struct pair {
    struct bed bed;
    struct probe client, peer;
};

static void open_pair(struct pair *pair, int channel_count, const sctpx_server_options *options)
{
    bed_open(&pair->bed, bed_family(), channel_count, options);
    bed_pair(&pair->bed, &pair->client, &pair->peer, channel_count);
}

static void close_pair(struct pair *pair)
{
    sctpx_socket_free(pair->client.socket);
    sctpx_socket_free(pair->peer.socket);
    bed_close(&pair->bed);
}

static int setup(void **state)
{
    static struct pair pair;

    open_pair(&pair, -1, NULL);
    *state = &pair;
    return 0;
}

static int teardown(void **state)
{
    close_pair(*state);
    return 0;
}

static size_t available(const struct pair *pair)
{
    return sctpx_socket_bytes_available(pair->peer.socket, ANY);
}

/* Each call is a message of its own. */
static void say(struct pair *pair, const char *bytes, size_t length)
{
    size_t there = available(pair);

    assert_int_equal(sctpx_socket_write(pair->client.socket, bytes, length), length);
    RUN_UNTIL(pair->bed.loop, available(pair) == there + length);
}

static void expect(struct pair *pair, size_t capacity, const char *line, size_t length)
{
    char got[64];

    memset(got, 'x', sizeof(got));
    assert_int_equal(sctpx_socket_read_line(pair->peer.socket, ANY, got, capacity), length);
    assert_memory_equal(got, line, length);
    assert_int_equal(got[length], '\0');
}

static long read_line(struct pair *pair)
{
    char got[64];

    return sctpx_socket_read_line(pair->peer.socket, ANY, got, sizeof(got));
}

static bool can_read_line(const struct pair *pair)
{
    return sctpx_socket_can_read_line(pair->peer.socket, ANY);
}

static void test_lines_across_messages(void **state)
{
    struct pair *pair = *state;

    say(pair, "GET ", 4);
    assert_false(can_read_line(pair));
    assert_int_equal(read_line(pair), SCTPX_EWOULDBLOCK);
    assert_int_equal(available(pair), 4);
    say(pair, "/\r\nHost", 7);
    assert_true(can_read_line(pair));
    expect(pair, 64, "GET /\r\n", 7);
    assert_false(can_read_line(pair));
    say(pair, ": a\n\nb", 6);
    expect(pair, 64, "Host: a\n", 8);
    expect(pair, 64, "\n", 1);
    assert_false(can_read_line(pair));
    assert_int_equal(read_line(pair), SCTPX_EWOULDBLOCK);
}

static void test_nul_bytes_are_bytes(void **state)
{
    static const char bytes[] = {'a', 0, 0, 'b', '\n', 0, '\n'};
    struct pair *pair = *state;

    say(pair, bytes, sizeof(bytes));
    expect(pair, 64, bytes, 5);
    expect(pair, 64, bytes + 5, 2);
}

static void test_messages_of_one_byte(void **state)
{
    static const char text[] = "one\ntwo\n";
    struct pair *pair = *state;

    for (const char *at = text; *at != '\0'; at++) {
        assert_int_equal(can_read_line(pair), at > text + 3);
        say(pair, at, 1);
    }
    expect(pair, 64, "one\n", 4);
    expect(pair, 64, "two\n", 4);
    assert_int_equal(available(pair), 0);
}

static void test_line_longer_than_the_buffer(void **state)
{
    struct pair *pair = *state;

    say(pair, "abcdefg\nh", 9);
    expect(pair, 4, "abc", 3);
    expect(pair, 4, "def", 3);
    expect(pair, 4, "g\n", 2);
    assert_int_equal(sctpx_socket_read_line(pair->peer.socket, ANY, (char[4]){0}, 4),
                     SCTPX_EWOULDBLOCK);
    say(pair, "ij", 2);
    expect(pair, 4, "hij", 3); /* the buffer is too short for more */
}

/* The line end is the last byte the buffer has room for, and the first it has not. */
static void test_line_as_long_as_the_buffer(void **state)
{
    struct pair *pair = *state;

    say(pair, "ab\ncd\n", 6);
    expect(pair, 4, "ab\n", 3);
    expect(pair, 3, "cd", 2);
    expect(pair, 2, "\n", 1);
}

static void test_arguments(void **state)
{
    struct pair *pair = *state;
    char got[4];

    say(pair, "x\n", 2);
    assert_int_equal(sctpx_socket_read_line(pair->peer.socket, ANY, got, 1), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_read_line(pair->peer.socket, ANY, NULL, 4), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_read_line(pair->peer.socket, 0, got, 4), SCTPX_EINVAL);
    assert_false(sctpx_socket_can_read_line(pair->peer.socket, 0));
    assert_true(sctpx_socket_can_read_line(pair->peer.socket, SCTPX_CURRENT_STREAM));
}

/* ---- ends ---------------------------------------------------------------------------------- */

static void test_last_line_without_an_end(void **state)
{
    struct pair *pair = *state;

    say(pair, "whole\nnot", 9);
    expect(pair, 64, "whole\n", 6);
    assert_int_equal(read_line(pair), SCTPX_EWOULDBLOCK);
    assert_int_equal(sctpx_socket_disconnect(pair->client.socket, 10000), 0);
    RUN_UNTIL(pair->bed.loop, pair->peer.count[PROBE_PEER_SHUTDOWN] > 0);
    assert_false(can_read_line(pair));
    expect(pair, 64, "not", 3);
    assert_int_equal(read_line(pair), SCTPX_EPEERSHUTDOWN);
    RUN_UNTIL(pair->bed.loop, pair->peer.count[PROBE_CLOSED] > 0);
    assert_int_equal(read_line(pair), SCTPX_EPEERSHUTDOWN);
}

static void test_after_close(void **state)
{
    struct pair *pair = *state;

    say(pair, "line\n", 5);
    assert_int_equal(sctpx_socket_close(pair->peer.socket), 0);
    assert_false(can_read_line(pair));
    assert_int_equal(read_line(pair), SCTPX_ESTATE);
}

/* ---- long lines ---------------------------------------------------------------------------- */

/* Writes all of it, while the other end only looks for a line. */
static void pour(struct pair *pair, const char *bytes, size_t length)
{
    size_t written = 0, there = available(pair);

    while (written < length) {
        long n = sctpx_socket_write(pair->client.socket, bytes + written, length - written);

        if (n > 0)
            written += (size_t)n;
        else
            assert_int_equal(n, SCTPX_EWOULDBLOCK);
        assert_false(can_read_line(pair));
        assert_true(sctpx_loop_run_once(pair->bed.loop, 100) >= 0);
    }
    RUN_UNTIL(pair->bed.loop, !can_read_line(pair) && available(pair) == there + length);
}

static void test_long_line(void **state)
{
    enum { LENGTH = 300000 };
    struct pair *pair = *state;
    char *bytes = malloc(LENGTH), *got = malloc(LENGTH + 2);

    assert_non_null(bytes);
    assert_non_null(got);
    memset(bytes, 'a', LENGTH);
    pour(pair, bytes, LENGTH);
    assert_int_equal(sctpx_socket_read_line(pair->peer.socket, ANY, got, LENGTH + 2),
                     SCTPX_EWOULDBLOCK);
    say(pair, "\n", 1);
    assert_true(can_read_line(pair));
    assert_int_equal(sctpx_socket_read_line(pair->peer.socket, ANY, got, LENGTH + 2), LENGTH + 1);
    assert_memory_equal(got, bytes, LENGTH);
    assert_string_equal(got + LENGTH, "\n");
    free(bytes);
    free(got);
}

/* Longer than what is received ahead: it comes in parts, and nobody waits for ever. */
static void long_line_comes_in_parts(const sctpx_server_options *options)
{
    enum { LENGTH = 400000, CAPACITY = 200000 };
    struct pair pair;
    char *bytes = malloc(LENGTH + 1), *got = malloc(CAPACITY);
    size_t written = 0, read = 0;

    open_pair(&pair, -1, options);
    assert_non_null(bytes);
    assert_non_null(got);
    memset(bytes, 'a', LENGTH);
    bytes[LENGTH] = '\n';
    while (read < LENGTH + 1) {
        long n = sctpx_socket_write(pair.client.socket, bytes + written, LENGTH + 1 - written);

        written += n > 0 ? (size_t)n : 0;
        assert_true(sctpx_loop_run_once(pair.bed.loop, 1000) >= 0);
        n = sctpx_socket_read_line(pair.peer.socket, ANY, got, CAPACITY);
        if (n < 0) {
            assert_int_equal(n, SCTPX_EWOULDBLOCK);
            continue;
        }
        assert_memory_equal(got, bytes + read, (size_t)n);
        read += (size_t)n;
    }
    free(bytes);
    free(got);
    close_pair(&pair);
}

static void test_line_longer_than_the_read_buffer(void **state)
{
    sctpx_server_options options;

    (void)state;
    bed_server_options(&options);
    options.assoc.rcvbuf_bytes = 50000;
    long_line_comes_in_parts(&options);
}

static void test_long_line_with_partial_delivery(void **state)
{
    sctpx_server_options options;

    (void)state;
    bed_server_options(&options);
    options.assoc.rcvbuf_bytes = 8000; /* less than one of the messages that bytes are sent in */
    options.assoc.partial_delivery = true;
    long_line_comes_in_parts(&options);
}

/* ---- streams ------------------------------------------------------------------------------- */

static void tell(struct pair *pair, uint16_t stream, const char *text)
{
    size_t there = sctpx_socket_bytes_available(pair->peer.socket, stream);

    assert_int_equal(sctpx_socket_write_datagram(pair->client.socket, text, strlen(text),
                                                 &(sctpx_sndinfo){.stream = stream}),
                     0);
    RUN_UNTIL(pair->bed.loop,
              sctpx_socket_bytes_available(pair->peer.socket, stream) == there + strlen(text));
}

/* More half lines than are remembered, in turn with everything that moves the place of reading. */
static void test_lines_of_many_streams(void **state)
{
    enum { STREAMS = 9 };
    struct pair pair;
    char got[64];

    (void)state;
    open_pair(&pair, STREAMS, NULL);
    for (uint16_t i = 0; i < STREAMS; i++)
        tell(&pair, i, "half a ");
    for (int i = 0; i < STREAMS; i++)
        assert_false(sctpx_socket_can_read_line(pair.peer.socket, i));
    for (uint16_t i = 0; i < STREAMS; i++)
        tell(&pair, i, "line\nmore");
    for (int i = 0; i < STREAMS; i++) {
        assert_true(sctpx_socket_can_read_line(pair.peer.socket, i));
        assert_int_equal(sctpx_socket_skip(pair.peer.socket, i, 5), 5);
        assert_int_equal(sctpx_socket_unread(pair.peer.socket, i, "the\n", 4), 0);
        assert_int_equal(sctpx_socket_read_line(pair.peer.socket, i, got, 64), 4);
        assert_int_equal(sctpx_socket_read_line(pair.peer.socket, i, got, 64), 7);
        assert_string_equal(got, "a line\n");
        assert_false(sctpx_socket_can_read_line(pair.peer.socket, i));
    }
    assert_int_equal(sctpx_socket_bytes_available(pair.peer.socket, ANY), STREAMS * 4);
    close_pair(&pair);
}

/* What was known of a line is forgotten when its bytes are taken in another way. */
static void test_lines_and_messages_mixed(void **state)
{
    struct pair pair;
    char got[64];

    (void)state;
    open_pair(&pair, 2, NULL);
    tell(&pair, 0, "no line here");
    tell(&pair, 1, "nor here");
    assert_false(sctpx_socket_can_read_line(pair.peer.socket, ANY));
    assert_false(sctpx_socket_can_read_line(pair.peer.socket, 0));
    assert_false(sctpx_socket_can_read_line(pair.peer.socket, 1));
    assert_int_equal(sctpx_socket_read_datagram(pair.peer.socket, 0, got, 64, NULL), 12);
    tell(&pair, 0, "\n\n");
    assert_true(sctpx_socket_can_read_line(pair.peer.socket, 0));
    assert_int_equal(sctpx_socket_read_line(pair.peer.socket, 0, got, 64), 1);
    assert_int_equal(sctpx_socket_read_line(pair.peer.socket, ANY, got, 64), 9);
    assert_string_equal(got, "nor here\n");
    assert_false(sctpx_socket_can_read_line(pair.peer.socket, ANY));
    tell(&pair, 1, "a\nb");
    assert_true(sctpx_socket_can_read_line(pair.peer.socket, 1));
    assert_int_equal(sctpx_socket_read_bytes(pair.peer.socket, ANY, got, 2), 2);
    assert_false(sctpx_socket_can_read_line(pair.peer.socket, 1));
    close_pair(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lines_across_messages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nul_bytes_are_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_messages_of_one_byte, setup, teardown),
        cmocka_unit_test_setup_teardown(test_line_longer_than_the_buffer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_line_as_long_as_the_buffer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_arguments, setup, teardown),
        cmocka_unit_test_setup_teardown(test_last_line_without_an_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_after_close, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_line, setup, teardown),
        cmocka_unit_test(test_line_longer_than_the_read_buffer),
        cmocka_unit_test(test_long_line_with_partial_delivery),
        cmocka_unit_test(test_lines_of_many_streams),
        cmocka_unit_test(test_lines_and_messages_mixed),
    };

    return cmocka_run_group_tests_name("read_line", tests, NULL, NULL);
}
