/* SPDX-License-Identifier: MIT */
/* What sctpx_socket_error() and its text say of the ways an association ends, and when. */
#include "support/loopback.h"

#include <string.h>

struct ends {
    struct bed bed;
    sctpx_socket *client, *peer;
};

static void connect_ends(struct ends *ends, const sctpx_socket_options *options,
                         const sctpx_server_options *server_options)
{
    sctpx_socket_options own;

    bed_socket_options(&own);
    if (options)
        own.assoc = options->assoc;
    bed_open(&ends->bed, SCTPX_IPV4, 0, server_options);
    assert_int_equal(sctpx_socket_new(ends->bed.loop, &own, &ends->client), 0);
    assert_int_equal(
        sctpx_socket_connect(ends->client, &ends->bed.addr, 1, sctpx_server_port(ends->bed.server)),
        0);
    assert_int_equal(sctpx_socket_wait_for_connected(ends->client, 10000), 0);
    assert_int_equal(sctpx_server_wait_for_new_connection(ends->bed.server, 10000, NULL), 0);
    assert_int_equal(sctpx_server_next_pending_connection(ends->bed.server, &ends->peer), 0);
}

static void free_ends(struct ends *ends)
{
    sctpx_socket_free(ends->client);
    sctpx_socket_free(ends->peer);
    bed_close(&ends->bed);
}

static void expect_text(const sctpx_socket *socket, const char *part)
{
    const char *text = sctpx_socket_error_string(socket);

    if (!strstr(text, part))
        fail_msg("\"%s\" is not in \"%s\"", part, text);
}

/* The peer has shut down, but does not read what it is still to get. */
static void test_shutdown_is_told_before_the_end(void **state)
{
    static const uint8_t data[100000];
    sctpx_socket_options options;
    struct ends ends;

    (void)state;
    sctpx_socket_options_defaults(&options);
    options.assoc.rcvbuf_bytes = 20000;
    connect_ends(&ends, &options, NULL);
    for (int i = 0; i < 10; i++) /* a kernel holds as much again before ours */
        assert_int_equal(sctpx_socket_write_datagram(ends.peer, data, 10000, NULL), 0);
    assert_int_equal(sctpx_socket_disconnect(ends.client, SCTPX_FOREVER), 0);
    assert_string_equal(sctpx_socket_error_string(ends.peer), "");
    assert_int_equal(sctpx_socket_wait_for_readable(ends.peer, SCTPX_ANY_STREAM, 10000),
                     SCTPX_EPEERSHUTDOWN);
    assert_int_equal(sctpx_socket_state(ends.peer), SCTPX_CLOSING);
    assert_true(sctpx_socket_bytes_to_write(ends.peer, SCTPX_ANY_STREAM) > 0);
    assert_int_equal(sctpx_socket_error(ends.peer), SCTPX_EPEERSHUTDOWN);
    expect_text(ends.peer, bed_server_is_kernel() ? "closed by the peer 127.0.0.1"
                                                  : "closed by the peer 127.0.0.1:");
    /* Then it reads, and gets all of it. */
    assert_int_equal(sctpx_socket_close(ends.client), 0);
    assert_int_equal(sctpx_socket_wait_for_disconnected(ends.peer, 10000), 0);
    assert_int_equal(sctpx_socket_bytes_to_write(ends.peer, SCTPX_ANY_STREAM), 0);
    assert_int_equal(sctpx_socket_error(ends.peer), SCTPX_EPEERSHUTDOWN);
    free_ends(&ends);
}

/* Our own end has no error, also if the peer ended it at the same moment. */
static void test_both_shut_down(void **state)
{
    struct ends ends;

    (void)state;
    connect_ends(&ends, NULL, NULL);
    assert_int_equal(sctpx_socket_disconnect(ends.client, SCTPX_FOREVER), 0);
    assert_int_equal(sctpx_socket_disconnect(ends.peer, SCTPX_FOREVER), 0);
    assert_int_equal(sctpx_socket_wait_for_disconnected(ends.client, 10000), 0);
    assert_int_equal(sctpx_socket_wait_for_disconnected(ends.peer, 10000), 0);
    for (int i = 0; i < 2; i++) {
        const sctpx_socket *socket = i == 0 ? ends.client : ends.peer;
        long end = sctpx_socket_next_datagram_size(socket, 0);

        assert_int_equal(sctpx_socket_error(socket), end == SCTPX_ECLOSED ? 0 : end);
    }
    free_ends(&ends);
}

static void test_a_message_that_is_too_long(void **state)
{
    static const uint8_t data[5000];
    sctpx_server_options options;
    struct ends ends;

    (void)state;
    sctpx_server_options_defaults(&options);
    options.assoc.max_message_bytes = 4000;
    connect_ends(&ends, NULL, &options);
    assert_int_equal(sctpx_socket_write_datagram(ends.client, data, sizeof data, NULL), 0);
    assert_int_equal(sctpx_socket_wait_for_readable(ends.peer, 0, 10000), SCTPX_EMSGSIZE);
    expect_text(ends.peer, bed_server_is_kernel() ? "message too long: 127.0.0.1"
                                                  : "message too long: 127.0.0.1:");
    expect_text(ends.peer, "more than 4000 bytes (the option max_message_bytes)");
    assert_int_equal(sctpx_socket_wait_for_readable(ends.client, 0, 10000), SCTPX_EPEERABORT);
    /* The kernel has one cause only. */
    assert_int_equal(sctpx_socket_abort_cause(ends.client), bed_server_is_kernel() ? 12 : 4);
    if (!bed_server_is_kernel())
        expect_text(ends.client,
                    "(cause 4, out of resource, such as a message longer than it takes)");
    free_ends(&ends);
}

/* A call that has come to nothing is no failure of the association. */
static void test_what_one_call_has_met(void **state)
{
    struct ends ends;

    (void)state;
    connect_ends(&ends, NULL, NULL);
    assert_int_equal(sctpx_socket_wait_for_readable(ends.client, 0, 0), SCTPX_ETIMEDOUT);
    assert_int_equal(sctpx_socket_next_datagram_size(ends.client, 0), SCTPX_EWOULDBLOCK);
    assert_int_equal(sctpx_socket_error(ends.client), 0);
    assert_string_equal(sctpx_socket_error_string(ends.client), "");
    free_ends(&ends);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shutdown_is_told_before_the_end),
        cmocka_unit_test(test_both_shut_down),
        cmocka_unit_test(test_a_message_that_is_too_long),
        cmocka_unit_test(test_what_one_call_has_met),
    };

    return cmocka_run_group_tests_name("error_text", tests, NULL, NULL);
}
