/* SPDX-License-Identifier: MIT */
/* ctest: labels=suite */
/*
 * Lengths of messages that matter: none, one byte, about the packet, the buffers and the limits;
 * and counts of streams at theirs.
 */
#include "support/pair.h"

#include <limits.h>
#include <stdlib.h>

enum { BUFFER = 65536, HUGE_MESSAGE = 16 << 20, STREAMS = 65535 };

static void pass_size(struct pair *pair, uint16_t stream, size_t size)
{
    uint8_t *data = pair_pattern(size, (uint32_t)size);

    pair_pass(pair, &pair->client, stream, data, size);
    free(data);
    /* All of the write limit for the next one. */
    RUN_UNTIL(pair->bed.loop,
              sctpx_socket_bytes_to_write(pair->client.socket, SCTPX_ANY_STREAM) == 0);
}

static void test_no_bytes_are_refused(void **state)
{
    struct pair *pair = *state;

    assert_int_equal(pair_send(&pair->client, 0, "", 0), SCTPX_EEMPTY);
    assert_int_equal(pair_send(&pair->client, 0, NULL, 0), SCTPX_EEMPTY);
    assert_int_equal(sctpx_socket_error(pair->client.socket), 0);
    pass_size(pair, 0, 1);
    assert_int_equal(pair->peer.count[PROBE_READABLE], 1);
}

/* What fits one packet of 1,500 bytes over IPv4 and IPv6, with UDP and without, and one more. */
static void test_about_the_packet(void **state)
{
    static const size_t fits[] = {1424, 1432, 1444, 1452};
    struct pair *pair = *state;

    for (size_t i = 0; i < sizeof(fits) / sizeof(fits[0]); i++)
        for (size_t packets = 1; packets <= 2; packets++)
            for (size_t size = packets * fits[i] - 1; size <= packets * fits[i] + 1; size++)
                pass_size(pair, 3, size);
}

static void open_with_buffers(struct pair *pair, size_t send, size_t receive)
{
    sctpx_socket_options client;
    sctpx_server_options server;

    bed_socket_options(&client);
    bed_server_options(&server);
    client.assoc.sndbuf_bytes = send;
    server.assoc.rcvbuf_bytes = receive;
    pair_open(pair, 8, 8, &client, &server);
}

static void test_about_the_send_buffer(void **state)
{
    struct pair pair;

    (void)state;
    open_with_buffers(&pair, BUFFER, 1 << 20);
    for (size_t size = BUFFER - 1; size <= BUFFER + 1; size++)
        pass_size(&pair, 1, size);
    pass_size(&pair, 1, 4 * BUFFER);
    pair_close(&pair);
}

static void test_about_the_receive_buffer(void **state)
{
    struct pair pair;

    (void)state;
    open_with_buffers(&pair, 1 << 20, BUFFER);
    for (size_t size = BUFFER - 1; size <= BUFFER + 1; size++)
        pass_size(&pair, 1, size);
    pass_size(&pair, 1, 4 * BUFFER);
    pair_close(&pair);
}

static void test_sixteen_megabytes(void **state)
{
    struct pair *pair = *state;

    pass_size(pair, 7, HUGE_MESSAGE);
    pass_size(pair, 7, 1);
}

/* Over what the peer takes as one message: the sender is told so, and by whom. */
static void test_longer_than_the_peer_takes(void **state)
{
    struct pair *pair = *state;
    uint8_t *data = pair_pattern(HUGE_MESSAGE + 1, 1);

    ENGINE_SERVER_ONLY("the kernel takes messages of any length");
    assert_int_equal(pair_send(&pair->client, 0, data, HUGE_MESSAGE + 1), 0);
    RUN_UNTIL(pair->bed.loop, pair_is_closed(pair));
    assert_int_equal(pair->client.closed, SCTPX_EPEERABORT);
    assert_int_equal(pair->peer.closed, SCTPX_EMSGSIZE);
    free(data);
}

static void test_too_long_is_said_at_once(void **state)
{
    struct pair *pair = *state;

    assert_int_equal(pair_send(&pair->client, 0, "x", SCTPX_MAX_SEND_BYTES + 1), SCTPX_EMSGSIZE);
    assert_int_equal(sctpx_socket_state(pair->client.socket), SCTPX_CONNECTED);
    pass_size(pair, 0, 10);
}

/* Long messages of several streams at once: none gets into another one. */
static void test_long_messages_side_by_side(void **state)
{
    enum { EACH = 60000 }; /* all of them fit what is read ahead */
    struct pair *pair = *state;
    uint8_t *got = malloc(EACH);

    assert_non_null(got);
    for (uint16_t i = 0; i < 6; i++) {
        uint8_t *data = pair_pattern(EACH, i);

        assert_int_equal(pair_send(&pair->client, i, data, EACH), 0);
        free(data);
    }
    for (int i = 5; i >= 0; i--) {
        RUN_UNTIL(pair->bed.loop, sctpx_socket_next_datagram_size(pair->peer.socket, i) == EACH);
        assert_int_equal(sctpx_socket_read_datagram(pair->peer.socket, i, got, EACH, NULL), EACH);
        assert_true(pattern_check(got, EACH, (uint32_t)i, 0));
    }
    free(got);
}

/* ---- streams ------------------------------------------------------------------------------ */

static unsigned read_numbers(struct pair *pair, unsigned already)
{
    sctpx_rcvinfo info;
    uint16_t number;

    while (sctpx_socket_read_datagram(pair->peer.socket, SCTPX_ANY_STREAM, &number, sizeof(number),
                                      &info) == sizeof(number)) {
        assert_int_equal(number, info.stream);
        assert_int_equal(info.ssn, 0);
        already++;
    }
    return already;
}

/* Every stream there can be, once. */
static void test_65535_streams(void **state)
{
    struct pair pair;
    unsigned sent = 0, received = 0;

    (void)state;
    pair_open(&pair, STREAMS, STREAMS, NULL, NULL);
    assert_int_equal(sctpx_socket_out_streams(pair.client.socket), STREAMS);
    assert_int_equal(sctpx_socket_in_streams(pair.peer.socket), STREAMS);
    while (received < STREAMS) {
        while (sent < STREAMS) {
            uint16_t number = (uint16_t)sent;

            if (pair_send(&pair.client, number, &number, sizeof(number)) != 0)
                break;
            sent++;
        }
        assert_int_equal(sctpx_loop_run_once(pair.bed.loop, 10000), 1);
        received = read_numbers(&pair, received);
    }
    assert_int_equal(pair_send(&pair.client, STREAMS, "x", 1), SCTPX_ESTREAM);
    pair_close(&pair);
}

static void test_stream_out_of_range(void **state)
{
    struct pair *pair = *state;

    assert_int_equal(pair_send(&pair->client, 8, "x", 1), SCTPX_ESTREAM);
    assert_int_equal(pair_send(&pair->client, 65535, "x", 1), SCTPX_ESTREAM);
    assert_int_equal(sctpx_socket_error(pair->client.socket), 0);
    pass_size(pair, 7, 10);
}

/* Settings outside what can be told to a peer are refused, not cut: one stream is one stream. */
static void test_count_limits(void **state)
{
    static const struct {
        int count, result, then;
        uint16_t streams; /* with a peer that takes all */
    } rows[] = {
        {1, 0, 1, 1},     {65535, 0, 65535, 65535}, {65536, SCTPX_EINVAL, 65535, 65535},
        {-5, 0, -1, 1},   {INT_MIN, 0, -1, 1},      {INT_MAX, SCTPX_EINVAL, -1, 1},
        {0, 0, 0, 65535},
    };
    struct probe client = {0};
    struct bed bed;

    (void)state;
    bed_open(&bed, bed_family(), 0, NULL);
    (void)bed_socket(&bed, &client, NULL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(sctpx_socket_set_maximum_channel_count(client.socket, rows[i].count),
                         rows[i].result);
        assert_int_equal(sctpx_socket_maximum_channel_count(client.socket), rows[i].then);
        assert_int_equal(
            sctpx_socket_connect(client.socket, &bed.addr, 1, sctpx_server_port(bed.server)), 0);
        RUN_UNTIL(bed.loop, sctpx_socket_state(client.socket) == SCTPX_CONNECTED);
        assert_int_equal(sctpx_socket_out_streams(client.socket), rows[i].streams);
        assert_int_equal(sctpx_socket_abort(client.socket, NULL, 0), 0);
    }
    sctpx_socket_free(client.socket);
    bed_close(&bed);
}

#define WITH_PAIR(test) cmocka_unit_test_setup_teardown(test, pair_setup, pair_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PAIR(test_no_bytes_are_refused),
        WITH_PAIR(test_about_the_packet),
        cmocka_unit_test(test_about_the_send_buffer),
        cmocka_unit_test(test_about_the_receive_buffer),
        WITH_PAIR(test_sixteen_megabytes),
        WITH_PAIR(test_longer_than_the_peer_takes),
        WITH_PAIR(test_too_long_is_said_at_once),
        WITH_PAIR(test_long_messages_side_by_side),
        cmocka_unit_test(test_65535_streams),
        WITH_PAIR(test_stream_out_of_range),
        cmocka_unit_test(test_count_limits),
    };

    return cmocka_run_group_tests_name("beyond_qt_size", tests, NULL, NULL);
}
