/* SPDX-License-Identifier: MIT */
/* Reading as bytes, looking ahead and putting back. ctest: labels=suite */
#include "support/loopback.h"

#include <string.h>

#include <sctpx/read.h>

struct pair {
    struct bed bed;
    struct probe client, peer;
};

static void open_pair(struct pair *pair, int channel_count)
{
    bed_open(&pair->bed, bed_family(), channel_count, NULL);
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

    open_pair(&pair, 4);
    *state = &pair;
    return 0;
}

static int teardown(void **state)
{
    close_pair(*state);
    return 0;
}

static size_t available(const struct probe *probe, int stream)
{
    return sctpx_socket_bytes_available(probe->socket, stream);
}

static void say(struct pair *pair, uint16_t stream, const char *text)
{
    size_t there = available(&pair->peer, stream);
    sctpx_sndinfo info = {.stream = stream, .ppid = 7};

    assert_int_equal(sctpx_socket_write_datagram(pair->client.socket, text, strlen(text), &info),
                     0);
    RUN_UNTIL(pair->bed.loop, available(&pair->peer, stream) == there + strlen(text));
}

/* Reads at most capacity bytes; they are these. */
static void expect(struct pair *pair, int stream, size_t capacity, const char *text)
{
    char got[64];

    assert_int_equal(sctpx_socket_read_bytes(pair->peer.socket, stream, got, capacity),
                     strlen(text));
    assert_memory_equal(got, text, strlen(text));
}

static void expect_ahead(const struct pair *pair, int stream, size_t capacity, const char *text)
{
    char got[64];

    assert_int_equal(sctpx_socket_peek_bytes(pair->peer.socket, stream, got, capacity),
                     strlen(text));
    assert_memory_equal(got, text, strlen(text));
}

static void expect_message(struct pair *pair, int stream, const char *text)
{
    sctpx_rcvinfo info;
    char got[64];

    assert_int_equal(sctpx_socket_read_datagram(pair->peer.socket, stream, got, sizeof(got), &info),
                     strlen(text));
    assert_memory_equal(got, text, strlen(text));
    assert_int_equal(info.length, strlen(text));
    assert_int_equal(info.ppid, 7);
}

static int next_size(const struct pair *pair, int stream)
{
    return (int)sctpx_socket_next_datagram_size(pair->peer.socket, stream);
}

/* ---- bytes across messages ----------------------------------------------------------------- */

static void test_reads_across_messages_of_one_stream(void **state)
{
    struct pair *pair = *state;

    say(pair, 1, "one ");
    say(pair, 2, "other");
    say(pair, 1, "two ");
    say(pair, 1, "three");
    expect_ahead(pair, 1, 64, "one two three");
    expect(pair, 1, 6, "one tw");
    expect_ahead(pair, 1, 3, "o t");
    expect(pair, 1, 64, "o three");
    assert_int_equal(sctpx_socket_read_bytes(pair->peer.socket, 1, &(char){0}, 1),
                     SCTPX_EWOULDBLOCK);
    expect(pair, 2, 64, "other");
}

static void test_any_stream_is_in_order_of_arrival(void **state)
{
    struct pair *pair = *state;

    say(pair, 3, "first ");
    say(pair, 0, "second ");
    say(pair, 3, "third");
    expect_ahead(pair, SCTPX_ANY_STREAM, 64, "first second third");
    expect(pair, SCTPX_ANY_STREAM, 9, "first sec");
    expect_ahead(pair, 3, 64, "third");
    expect(pair, SCTPX_ANY_STREAM, 64, "ond third");
}

/* Qt's B4: the rest of a message keeps its own description, the next one too. */
static void test_bytes_and_messages_mixed(void **state)
{
    struct pair *pair = *state;
    sctpx_rcvinfo info;
    char got[16];

    say(pair, 1, "header");
    say(pair, 1, "second");
    say(pair, 1, "third");
    expect(pair, 1, 6, "header"); /* exactly one message: nothing of it stays behind */
    assert_int_equal(next_size(pair, 1), 6);
    expect(pair, 1, 2, "se");
    assert_int_equal(next_size(pair, 1), 4);
    assert_int_equal(sctpx_socket_read_datagram(pair->peer.socket, 1, got, sizeof(got), &info), 4);
    assert_memory_equal(got, "cond", 4);
    assert_int_equal(info.flags & SCTPX_MSG_FIRST, 0);
    assert_int_not_equal(info.flags & SCTPX_MSG_LAST, 0);
    expect_message(pair, 1, "third");
    assert_int_equal(next_size(pair, 1), SCTPX_EWOULDBLOCK);
}

/* Qt's B5: to look for more than there is changes nothing. */
static void test_peek_beyond_the_end(void **state)
{
    struct pair *pair = *state;

    say(pair, 1, "short");
    for (int i = 0; i < 3; i++)
        expect_ahead(pair, 1, 64, "short");
    assert_int_equal(available(&pair->peer, 1), 5);
    say(pair, 1, "next");
    expect_ahead(pair, 1, 64, "shortnext");
    expect_message(pair, 1, "short");
    expect_ahead(pair, 1, 64, "next");
    expect_message(pair, 1, "next");
    assert_int_equal(sctpx_socket_peek_bytes(pair->peer.socket, 1, &(char){0}, 1),
                     SCTPX_EWOULDBLOCK);
}

static void test_skip(void **state)
{
    struct pair *pair = *state;

    say(pair, 0, "abc");
    say(pair, 0, "defgh");
    assert_int_equal(sctpx_socket_skip(pair->peer.socket, 0, 0), 0);
    assert_int_equal(sctpx_socket_skip(pair->peer.socket, 0, 5), 5);
    expect_ahead(pair, 0, 64, "fgh");
    assert_int_equal(sctpx_socket_skip(pair->peer.socket, 0, SIZE_MAX), 3);
    assert_int_equal(sctpx_socket_skip(pair->peer.socket, 0, 1), SCTPX_EWOULDBLOCK);
    assert_int_equal(available(&pair->peer, SCTPX_ANY_STREAM), 0);
}

static void test_arguments(void **state)
{
    struct pair *pair = *state;
    sctpx_socket *socket = pair->peer.socket;
    char got[4];

    say(pair, 0, "x");
    assert_int_equal(sctpx_socket_read_bytes(socket, -3, got, 1), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_read_bytes(socket, 65535, got, 1), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_read_bytes(socket, 0, NULL, 1), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_read_bytes(socket, 0, NULL, 0), 0);
    assert_int_equal(sctpx_socket_read_bytes(socket, 65534, got, 1), SCTPX_ESTREAM);
    assert_int_equal(sctpx_socket_peek_bytes(socket, 65535, got, 1), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_skip(socket, -3, 1), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_unread(socket, -3, "x", 1), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_unread(socket, 0, NULL, 1), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_bytes_available(socket, -3), 0);
    assert_int_equal(sctpx_socket_wait_for_readable(socket, -3, 0), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_wait_for_bytes_written(socket, 65535, 0), SCTPX_EINVAL);
}

static void test_byte_mode_has_one_stream(void **state)
{
    struct pair pair;
    char got[8];

    (void)state;
    open_pair(&pair, -1);
    assert_int_equal(sctpx_socket_write(pair.client.socket, "bytes", 5), 5);
    RUN_UNTIL(pair.bed.loop, available(&pair.peer, SCTPX_CURRENT_STREAM) == 5);
    assert_int_equal(sctpx_socket_read_bytes(pair.peer.socket, 0, got, 1), SCTPX_EINVAL);
    expect_ahead(&pair, SCTPX_CURRENT_STREAM, 64, "bytes");
    expect(&pair, SCTPX_ANY_STREAM, 1, "b");
    assert_int_equal(sctpx_socket_unread(pair.peer.socket, SCTPX_CURRENT_STREAM, "by", 2), 0);
    assert_int_equal(sctpx_socket_peek(pair.peer.socket, got, 8), 6);
    assert_int_equal(sctpx_socket_read(pair.peer.socket, got, 8), 6);
    assert_memory_equal(got, "byytes", 6);
    close_pair(&pair);
}

/* ---- putting back -------------------------------------------------------------------------- */

static void test_unread(void **state)
{
    struct pair *pair = *state;
    sctpx_socket *socket = pair->peer.socket;

    say(pair, 1, "world");
    assert_int_equal(sctpx_socket_unread(socket, 1, "lo ", 3), 0);
    assert_int_equal(sctpx_socket_unread(socket, 1, "hel", 3), 0);
    assert_int_equal(sctpx_socket_unread(socket, 1, NULL, 0), 0);
    assert_int_equal(available(&pair->peer, 1), 11);
    assert_int_equal(available(&pair->peer, SCTPX_ANY_STREAM), 11);
    assert_int_equal(available(&pair->peer, 2), 0);
    expect_ahead(pair, 1, 8, "hello wo");
    expect(pair, 1, 4, "hell");
    say(pair, 1, "!");
    expect_ahead(pair, 1, 64, "o world!");
    assert_int_equal(sctpx_socket_skip(socket, 1, 3), 3);
    expect(pair, 1, 64, "orld!");
    assert_int_equal(available(&pair->peer, 1), 0);
}

static void test_unread_and_messages(void **state)
{
    struct pair *pair = *state;
    sctpx_socket *socket = pair->peer.socket;
    char got[8];

    say(pair, 1, "message");
    say(pair, 2, "other");
    expect(pair, 1, 1, "m");
    assert_int_equal(sctpx_socket_unread(socket, 1, "m", 1), 0);
    assert_int_equal(sctpx_socket_read_datagram(socket, 1, got, 8, NULL), SCTPX_EMODE);
    assert_int_equal(sctpx_socket_peek_datagram(socket, 1, got, 8, NULL), SCTPX_EMODE);
    assert_int_equal(next_size(pair, 1), SCTPX_EMODE);
    assert_int_equal(next_size(pair, SCTPX_ANY_STREAM), SCTPX_EMODE);
    assert_int_equal(sctpx_socket_read_bytes(socket, SCTPX_ANY_STREAM, got, 8), SCTPX_EMODE);
    expect_message(pair, 2, "other");
    expect(pair, 1, 1, "m");
    expect_message(pair, SCTPX_ANY_STREAM, "essage");

    assert_int_equal(sctpx_socket_unread(socket, SCTPX_ANY_STREAM, "x", 1), 0);
    assert_int_equal(sctpx_socket_read_bytes(socket, 1, got, 8), SCTPX_EMODE);
    assert_int_equal(next_size(pair, 1), SCTPX_EMODE);
    expect(pair, SCTPX_ANY_STREAM, 8, "x");
    assert_int_equal(next_size(pair, 1), SCTPX_EWOULDBLOCK);
}

static void test_unread_limit(void **state)
{
    static uint8_t bytes[65536], got[65536];
    struct pair *pair = *state;
    sctpx_socket *socket = pair->peer.socket;

    pattern_fill(bytes, sizeof(bytes), 1);
    assert_int_equal(sctpx_socket_unread(socket, 0, bytes, 65537), SCTPX_ELIMIT);
    for (size_t i = 65536; i > 0; i -= 4096)
        assert_int_equal(sctpx_socket_unread(socket, 0, bytes + i - 4096, 4096), 0);
    assert_int_equal(sctpx_socket_unread(socket, 1, "x", 1), SCTPX_ELIMIT);
    assert_int_equal(sctpx_socket_read_bytes(socket, 0, got, 65536), 65536);
    assert_memory_equal(got, bytes, 65536);
    assert_int_equal(sctpx_socket_unread(socket, 1, "x", 1), 0);
    assert_int_equal(sctpx_socket_wait_for_readable(socket, 1, 0), 0);
}

/* ---- ends ---------------------------------------------------------------------------------- */

static void test_after_the_end(void **state)
{
    struct pair *pair = *state;
    char got[8];

    say(pair, 1, "left");
    assert_int_equal(sctpx_socket_disconnect(pair->client.socket, 10000), 0);
    RUN_UNTIL(pair->bed.loop, pair->peer.count[PROBE_CLOSED] > 0);
    expect(pair, 1, 2, "le");
    assert_int_equal(sctpx_socket_unread(pair->peer.socket, 1, "be", 2), 0);
    expect(pair, 1, 64, "beft");
    assert_int_equal(sctpx_socket_read_bytes(pair->peer.socket, 1, got, 1), SCTPX_EPEERSHUTDOWN);
    assert_int_equal(sctpx_socket_peek_bytes(pair->peer.socket, 1, got, 1), SCTPX_EPEERSHUTDOWN);
    assert_int_equal(sctpx_socket_skip(pair->peer.socket, 1, 1), SCTPX_EPEERSHUTDOWN);
}

static void test_after_close(void **state)
{
    struct pair *pair = *state;
    char got[8];

    say(pair, 1, "left");
    assert_int_equal(sctpx_socket_unread(pair->peer.socket, 1, "x", 1), 0);
    assert_int_equal(sctpx_socket_close(pair->peer.socket), 0);
    assert_int_equal(available(&pair->peer, SCTPX_ANY_STREAM), 0);
    assert_int_equal(sctpx_socket_read_bytes(pair->peer.socket, 1, got, 1), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_unread(pair->peer.socket, 1, "x", 1), SCTPX_ESTATE);
    RUN_UNTIL(pair->bed.loop, pair->peer.count[PROBE_CLOSED] > 0);
    assert_int_equal(sctpx_socket_peek_bytes(pair->peer.socket, 1, got, 1), SCTPX_ESTATE);
}

static void test_connected_anew(void **state)
{
    struct pair *pair = *state;
    sctpx_socket *socket = pair->client.socket;
    struct probe again = {0};
    char got[8];

    assert_int_equal(sctpx_socket_unread(socket, 1, "old", 3), 0);
    assert_int_equal(sctpx_socket_start_transaction(socket, 1), 0);
    assert_int_equal(sctpx_socket_abort(socket, NULL, 0), 0);
    assert_int_equal(
        sctpx_socket_connect(socket, &pair->bed.addr, 1, sctpx_server_port(pair->bed.server)), 0);
    assert_false(sctpx_socket_is_transaction_started(socket, 1));
    bed_accept(&pair->bed, &again);
    RUN_UNTIL(pair->bed.loop, sctpx_socket_state(socket) == SCTPX_CONNECTED);
    assert_int_equal(sctpx_socket_bytes_available(socket, 1), 0);
    assert_int_equal(sctpx_socket_read_bytes(socket, 1, got, 8), SCTPX_EWOULDBLOCK);
    sctpx_socket_free(again.socket);
}

static void test_never_connected(void **state)
{
    struct pair *pair = *state;
    struct probe fresh = {0};
    sctpx_socket *socket = bed_socket(&pair->bed, &fresh, NULL);
    char got[8];

    assert_int_equal(sctpx_socket_read_bytes(socket, 0, got, 1), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_peek_bytes(socket, 0, got, 1), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_skip(socket, 0, 1), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_unread(socket, 0, "x", 1), SCTPX_ESTATE);
    sctpx_socket_free(socket);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reads_across_messages_of_one_stream, setup, teardown),
        cmocka_unit_test_setup_teardown(test_any_stream_is_in_order_of_arrival, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bytes_and_messages_mixed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_peek_beyond_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_skip, setup, teardown),
        cmocka_unit_test_setup_teardown(test_arguments, setup, teardown),
        cmocka_unit_test(test_byte_mode_has_one_stream),
        cmocka_unit_test_setup_teardown(test_unread, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unread_and_messages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unread_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_after_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_after_close, setup, teardown),
        cmocka_unit_test_setup_teardown(test_connected_anew, setup, teardown),
        cmocka_unit_test_setup_teardown(test_never_connected, setup, teardown),
    };

    return cmocka_run_group_tests_name("read_bytes", tests, NULL, NULL);
}
