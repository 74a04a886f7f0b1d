/* SPDX-License-Identifier: MIT */
/* Current streams, and answering. ctest: labels=suite */
#include "support/pair.h"

#include <string.h>

#include <sctpx/read.h>

enum { CURRENT = SCTPX_CURRENT_STREAM };

static int setup(void **state)
{
    static struct pair pair;

    pair_open(&pair, 4, 4, NULL, NULL);
    *state = &pair;
    return 0;
}

static void say(struct pair *pair, const sctpx_sndinfo *info, const char *text)
{
    size_t there = sctpx_socket_bytes_available(pair->peer.socket, SCTPX_ANY_STREAM);

    assert_int_equal(sctpx_socket_write_datagram(pair->client.socket, text, strlen(text), info), 0);
    RUN_UNTIL(pair->bed.loop, sctpx_socket_bytes_available(pair->peer.socket, SCTPX_ANY_STREAM) ==
                                  there + strlen(text));
}

static void test_reading(void **state)
{
    struct pair *pair = *state;
    sctpx_socket *socket = pair->peer.socket;
    sctpx_rcvinfo info;
    char got[8];

    assert_int_equal(sctpx_socket_current_read_stream(socket), 0);
    say(pair, &(sctpx_sndinfo){.stream = 2}, "two");
    assert_int_equal(sctpx_socket_bytes_available(socket, CURRENT), 0);
    assert_int_equal(sctpx_socket_wait_for_readable(socket, CURRENT, 0), SCTPX_ETIMEDOUT);
    assert_int_equal(sctpx_socket_read_datagram(socket, CURRENT, got, 8, NULL), SCTPX_EWOULDBLOCK);

    assert_int_equal(sctpx_socket_set_current_read_stream(socket, 2), 0);
    assert_int_equal(sctpx_socket_current_read_stream(socket), 2);
    assert_int_equal(sctpx_socket_bytes_available(socket, CURRENT), 3);
    assert_int_equal(sctpx_socket_wait_for_readable(socket, CURRENT, 0), 0);
    assert_int_equal(sctpx_socket_next_datagram_size(socket, CURRENT), 3);
    assert_int_equal(sctpx_socket_peek_datagram(socket, CURRENT, got, 8, NULL), 3);
    assert_int_equal(sctpx_socket_peek_bytes(socket, CURRENT, got, 2), 2);
    assert_int_equal(sctpx_socket_read_datagram(socket, CURRENT, got, 8, &info), 3);
    assert_int_equal(info.stream, 2);

    say(pair, &(sctpx_sndinfo){.stream = 3}, "three");
    assert_int_equal(sctpx_socket_set_current_read_stream(socket, SCTPX_ANY_STREAM), 0);
    assert_int_equal(sctpx_socket_read_datagram(socket, CURRENT, got, 8, &info), 5);
    assert_int_equal(info.stream, 3);
}

static void test_writing(void **state)
{
    struct pair *pair = *state;
    sctpx_rcvinfo info;
    char got[8];

    assert_int_equal(sctpx_socket_current_write_stream(pair->client.socket), 0);
    assert_int_equal(sctpx_socket_set_current_write_stream(pair->client.socket, 3), 0);
    assert_int_equal(sctpx_socket_current_write_stream(pair->client.socket), 3);
    say(pair, NULL, "three");
    say(pair, &(sctpx_sndinfo){.ppid = 5}, "zero");
    assert_int_equal(sctpx_socket_read_datagram(pair->peer.socket, -1, got, 8, &info), 5);
    assert_int_equal(info.stream, 3);
    assert_int_equal(sctpx_socket_read_datagram(pair->peer.socket, -1, got, 8, &info), 4);
    assert_int_equal(info.stream, 0);

    /* Counted and waited for on that stream, too. */
    assert_int_equal(sctpx_socket_wait_for_bytes_written(pair->client.socket, -1, 20000), 0);
    assert_int_equal(sctpx_socket_write_datagram(pair->client.socket, "more", 4, NULL), 0);
    assert_int_equal(sctpx_socket_bytes_to_write(pair->client.socket, CURRENT), 4);
    assert_int_equal(sctpx_socket_bytes_to_write(pair->client.socket, 2), 0);
    assert_int_equal(sctpx_socket_wait_for_bytes_written(pair->client.socket, 2, 0), 0);
    assert_int_equal(sctpx_socket_wait_for_bytes_written(pair->client.socket, CURRENT, 20000), 0);
    assert_int_equal(sctpx_socket_bytes_to_write(pair->client.socket, CURRENT), 0);
}

/* Qt's B16: no index beyond the streams of the association. */
static void test_range(void **state)
{
    struct pair *pair = *state;
    struct probe fresh = {0};
    sctpx_socket *socket = pair->client.socket;

    assert_int_equal(sctpx_socket_set_current_read_stream(socket, 3), 0);
    assert_int_equal(sctpx_socket_set_current_read_stream(socket, 4), SCTPX_ESTREAM);
    assert_int_equal(sctpx_socket_set_current_read_stream(socket, 65535), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_set_current_read_stream(socket, CURRENT), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_current_read_stream(socket), 3);
    assert_int_equal(sctpx_socket_set_current_write_stream(socket, 3), 0);
    assert_int_equal(sctpx_socket_set_current_write_stream(socket, 4), SCTPX_ESTREAM);
    assert_int_equal(sctpx_socket_set_current_write_stream(socket, 65535), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_set_current_write_stream(socket, -1), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_current_write_stream(socket), 3);

    socket = bed_socket(&pair->bed, &fresh, NULL);
    assert_int_equal(sctpx_socket_set_current_read_stream(socket, 65534), 0);
    assert_int_equal(sctpx_socket_set_current_write_stream(socket, 65534), 0);
    sctpx_socket_free(socket);
}

/* They outlive associations; one that has fewer streams refuses what does not fit. */
static void test_they_outlive_the_association(void **state)
{
    struct pair *pair = *state;
    struct probe again = {0};
    sctpx_socket *socket = pair->client.socket;

    assert_int_equal(sctpx_socket_set_current_read_stream(socket, 2), 0);
    assert_int_equal(sctpx_socket_set_current_write_stream(socket, 3), 0);
    assert_int_equal(sctpx_socket_abort(socket, NULL, 0), 0);
    assert_int_equal(sctpx_socket_set_maximum_channel_count(socket, 2), 0);
    assert_int_equal(
        sctpx_socket_connect(socket, &pair->bed.addr, 1, sctpx_server_port(pair->bed.server)), 0);
    bed_accept(&pair->bed, &again);
    RUN_UNTIL(pair->bed.loop, sctpx_socket_state(socket) == SCTPX_CONNECTED);
    assert_int_equal(sctpx_socket_current_read_stream(socket), 2);
    assert_int_equal(sctpx_socket_current_write_stream(socket), 3);
    assert_int_equal(sctpx_socket_write_datagram(socket, "x", 1, NULL), SCTPX_ESTREAM);
    assert_int_equal(sctpx_socket_next_datagram_size(socket, CURRENT), SCTPX_ESTREAM);
    sctpx_socket_free(again.socket);
}

static void test_byte_mode_ignores_them(void **state)
{
    struct probe client, peer;
    struct bed bed;
    char got[8];

    (void)state;
    bed_open(&bed, bed_family(), -1, NULL);
    bed_pair(&bed, &client, &peer, -1);
    assert_int_equal(sctpx_socket_set_current_read_stream(peer.socket, 0), 0);
    assert_int_equal(sctpx_socket_write(client.socket, "bytes", 5), 5);
    assert_int_equal(sctpx_socket_bytes_to_write(client.socket, CURRENT), 5);
    RUN_UNTIL(bed.loop, sctpx_socket_bytes_available(peer.socket, CURRENT) == 5);
    assert_int_equal(sctpx_socket_read_bytes(peer.socket, CURRENT, got, 8), 5);
    sctpx_socket_free(client.socket);
    sctpx_socket_free(peer.socket);
    bed_close(&bed);
}

static void test_reply(void **state)
{
    struct pair *pair = *state;
    sctpx_sndinfo reply;
    sctpx_rcvinfo info;
    char got[8];

    for (int i = 0; i < 2; i++) {
        const sctpx_sndinfo question = {
            .stream = 2, .ppid = 46, .flags = i == 0 ? SCTPX_MSG_UNORDERED : SCTPX_MSG_SACK_NOW};

        say(pair, &question, "ask");
        assert_int_equal(sctpx_socket_read_datagram(pair->peer.socket, -1, got, 8, &info), 3);
        memset(&reply, 0xff, sizeof(reply));
        sctpx_sndinfo_reply(&info, &reply);
        assert_int_equal(reply.stream, 2);
        assert_int_equal(reply.ppid, 46);
        assert_int_equal(reply.flags, i == 0 ? SCTPX_MSG_UNORDERED : 0);
        assert_null(reply.context);
        assert_int_equal(sctpx_socket_write_datagram(pair->peer.socket, "tell", 4, &reply), 0);
        RUN_UNTIL(pair->bed.loop, sctpx_socket_next_datagram_size(pair->client.socket, 2) == 4);
        assert_int_equal(sctpx_socket_read_datagram(pair->client.socket, 2, got, 8, &info), 4);
        assert_int_equal(info.ppid, 46);
        assert_int_equal(info.flags & SCTPX_MSG_UNORDERED, i == 0 ? SCTPX_MSG_UNORDERED : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reading, setup, pair_teardown),
        cmocka_unit_test_setup_teardown(test_writing, setup, pair_teardown),
        cmocka_unit_test_setup_teardown(test_range, setup, pair_teardown),
        cmocka_unit_test_setup_teardown(test_they_outlive_the_association, setup, pair_teardown),
        cmocka_unit_test(test_byte_mode_ignores_them),
        cmocka_unit_test_setup_teardown(test_reply, setup, pair_teardown),
    };

    return cmocka_run_group_tests_name("current_stream", tests, NULL, NULL);
}
