/* SPDX-License-Identifier: MIT */
/* Streams that an association does not have, in all calls that read or wait. ctest: labels=suite */
#include "support/pair.h"

#include <sctpx/read.h>

enum { ABSENT = 8 }; /* pair_setup() makes 8 */

/* What every call says of a stream that can be a number of one. */
static void expect_of(sctpx_socket *socket, int stream, long result)
{
    sctpx_rcvinfo info;
    char text[8];

    assert_int_equal(sctpx_socket_read_datagram(socket, stream, text, 8, &info), result);
    assert_int_equal(sctpx_socket_peek_datagram(socket, stream, text, 8, &info), result);
    assert_int_equal(sctpx_socket_next_datagram_size(socket, stream), result);
    assert_int_equal(sctpx_socket_read_bytes(socket, stream, text, 8), result);
    assert_int_equal(sctpx_socket_peek_bytes(socket, stream, text, 8), result);
    assert_int_equal(sctpx_socket_skip(socket, stream, 8), result);
    assert_int_equal(sctpx_socket_read_line(socket, stream, text, 8), result);
    assert_int_equal(sctpx_socket_bytes_available(socket, stream), 0);
    assert_int_equal(sctpx_socket_bytes_to_write(socket, stream), 0);
    assert_false(sctpx_socket_can_read_line(socket, stream));
    assert_false(sctpx_socket_is_transaction_started(socket, stream));
}

static void expect_absent(sctpx_socket *socket, int stream)
{
    expect_of(socket, stream, SCTPX_ESTREAM);
    assert_int_equal(sctpx_socket_unread(socket, stream, "x", 1), SCTPX_ESTREAM);
    assert_int_equal(sctpx_socket_start_transaction(socket, stream), SCTPX_ESTREAM);
    assert_int_equal(sctpx_socket_commit_transaction(socket, stream), SCTPX_ESTREAM);
    assert_int_equal(sctpx_socket_rollback_transaction(socket, stream), SCTPX_ESTREAM);
    assert_int_equal(sctpx_socket_wait_for_readable(socket, stream, 0), SCTPX_ESTREAM);
    assert_int_equal(sctpx_socket_wait_for_line(socket, stream, 0), SCTPX_ESTREAM);
    assert_int_equal(sctpx_socket_wait_for_more(socket, stream, 0), SCTPX_ESTREAM);
    assert_int_equal(sctpx_socket_wait_for_bytes_written(socket, stream, 0), SCTPX_ESTREAM);
}

static void test_connected(void **state)
{
    struct pair *pair = *state;

    expect_absent(pair->client.socket, ABSENT);
    expect_absent(pair->peer.socket, ABSENT);
    expect_absent(pair->peer.socket, 65534);
    expect_of(pair->peer.socket, ABSENT - 1, SCTPX_EWOULDBLOCK);
    expect_of(pair->peer.socket, SCTPX_ANY_STREAM, SCTPX_EWOULDBLOCK);
    /* Nothing of that is in the way of what there is. */
    pair_pass(pair, &pair->client, ABSENT - 1, "last", 4);
    assert_int_equal(sctpx_socket_error(pair->peer.socket), 0);
}

/* The current stream is a choice that may be older than the association. */
static void test_current_stream(void **state)
{
    struct pair *pair = *state;
    struct probe other = {0};

    (void)bed_socket(&pair->bed, &other, NULL);
    assert_int_equal(sctpx_socket_set_current_read_stream(other.socket, ABSENT), 0);
    assert_int_equal(sctpx_socket_set_current_write_stream(other.socket, ABSENT), 0);
    assert_int_equal(
        sctpx_socket_connect(other.socket, &pair->bed.addr, 1, sctpx_server_port(pair->bed.server)),
        0);
    assert_int_equal(sctpx_socket_wait_for_connected(other.socket, 10000), 0);
    expect_absent(other.socket, SCTPX_CURRENT_STREAM);
    assert_int_equal(sctpx_socket_set_current_read_stream(other.socket, ABSENT - 1), 0);
    assert_int_equal(sctpx_socket_set_current_write_stream(other.socket, ABSENT - 1), 0);
    expect_of(other.socket, SCTPX_CURRENT_STREAM, SCTPX_EWOULDBLOCK);
    assert_int_equal(sctpx_socket_wait_for_bytes_written(other.socket, SCTPX_CURRENT_STREAM, 0), 0);
    sctpx_socket_free(other.socket);
}

/* How many there will be is not known before: a wait goes on, and ends when it is. */
static void test_before_it_is_up(void **state)
{
    struct pair *pair = *state;
    struct probe other = {0};
    char text[8];

    (void)bed_socket(&pair->bed, &other, NULL);
    assert_int_equal(sctpx_socket_read_datagram(other.socket, ABSENT, text, 8, NULL), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_wait_for_line(other.socket, ABSENT, 0), SCTPX_ESTATE);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(sctpx_socket_connect(other.socket, &pair->bed.addr, 1,
                                              sctpx_server_port(pair->bed.server)),
                         0);
        assert_int_equal(sctpx_socket_read_datagram(other.socket, ABSENT, text, 8, NULL),
                         SCTPX_EWOULDBLOCK);
        if (i == 0)
            assert_int_equal(sctpx_socket_wait_for_readable(other.socket, ABSENT, 10000),
                             SCTPX_ESTREAM);
        else if (i == 1)
            assert_int_equal(sctpx_socket_wait_for_line(other.socket, ABSENT, 10000),
                             SCTPX_ESTREAM);
        else if (i == 2)
            assert_int_equal(sctpx_socket_wait_for_more(other.socket, ABSENT, 10000),
                             SCTPX_ESTREAM);
        else
            assert_int_equal(sctpx_socket_wait_for_bytes_written(other.socket, ABSENT, 10000),
                             SCTPX_ESTREAM);
        assert_int_equal(sctpx_socket_state(other.socket), SCTPX_CONNECTED);
        assert_int_equal(sctpx_socket_abort(other.socket, NULL, 0), 0);
    }
    sctpx_socket_free(other.socket);
}

/* As long as what is left of the association can be read. */
static void test_after_the_end(void **state)
{
    struct pair *pair = *state;

    assert_int_equal(pair_send(&pair->client, 7, "left", 4), 0);
    assert_int_equal(sctpx_socket_disconnect(pair->client.socket, 10000), 0);
    RUN_UNTIL(pair->bed.loop, pair_is_closed(pair));
    expect_absent(pair->peer.socket, ABSENT);
    expect_absent(pair->client.socket, ABSENT);
    expect_of(pair->client.socket, 7, SCTPX_ECLOSED);
    expect_of(pair->peer.socket, 6, SCTPX_EPEERSHUTDOWN);
    assert_int_equal(pair_available(&pair->peer, 7), 4);
}

/* Bytes have no streams: other ones than SCTPX_ANY_STREAM are no argument. */
static void test_byte_mode(void **state)
{
    struct pair *pair = *state;
    sctpx_socket *socket = pair->peer.socket;
    char text[8];

    assert_int_equal(sctpx_socket_read_bytes(socket, 3, text, 8), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_wait_for_readable(socket, 3, 0), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_wait_for_line(socket, 3, 0), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_wait_for_more(socket, 3, 0), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_set_current_read_stream(socket, 0), 0);
    assert_int_equal(sctpx_socket_read_bytes(socket, SCTPX_CURRENT_STREAM, text, 8),
                     SCTPX_EWOULDBLOCK);
    assert_int_equal(sctpx_socket_wait_for_more(socket, SCTPX_CURRENT_STREAM, 0), SCTPX_ETIMEDOUT);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, pair_setup, pair_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_connected),
        TEST(test_current_stream),
        TEST(test_before_it_is_up),
        TEST(test_after_the_end),
        cmocka_unit_test_setup_teardown(test_byte_mode, pair_setup_bytes, pair_teardown),
    };

    return cmocka_run_group_tests_name("no_stream", tests, NULL, NULL);
}
