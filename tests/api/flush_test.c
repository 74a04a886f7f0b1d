/* SPDX-License-Identifier: MIT */
/* Flushing and waiting, of the whole association and of a stream. ctest: labels=suite */
#include "support/loopback.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STREAMS = 3, LIMIT_MS = 20000 };

static int setup(void **state)
{
    static struct bed bed;

    bed_open(&bed, bed_family(), STREAMS, NULL);
    *state = &bed;
    return 0;
}

static int teardown(void **state)
{
    bed_close(*state);
    return 0;
}

static int write_on(sctpx_socket *socket, uint16_t stream, const void *data, size_t length)
{
    return sctpx_socket_write_datagram(socket, data, length, &(sctpx_sndinfo){.stream = stream});
}

static void test_flush_sends_at_once(void **state)
{
    struct bed *bed = *state;
    struct probe client, peer;
    sctpx_statistics before, after;

    ENGINE_CLIENT_ONLY("counts packets");
    bed_pair(bed, &client, &peer, STREAMS);
    assert_int_equal(write_on(client.socket, 2, "now", 3), 0);
    assert_int_equal(sctpx_socket_statistics(client.socket, &before), 0);
    assert_int_equal(sctpx_socket_flush(client.socket), 0);
    assert_int_equal(sctpx_socket_statistics(client.socket, &after), 0);
    assert_int_equal(after.assoc.sent_packets, before.assoc.sent_packets + 1);
    assert_int_equal(sctpx_socket_bytes_to_write(client.socket, SCTPX_ANY_STREAM), 3);
    sctpx_socket_free(client.socket);
    sctpx_socket_free(peer.socket);
}

/* More than the congestion window lets go: what is left is told. */
static void test_flush_tells_what_is_left(void **state)
{
    static const uint8_t data[100000] = {1};
    struct bed *bed = *state;
    struct probe client, peer;
    long left;

    bed_pair(bed, &client, &peer, STREAMS);
    assert_int_equal(write_on(client.socket, 1, data, sizeof(data)), 0);
    left = sctpx_socket_flush(client.socket);
    assert_in_range(left, bed_client_is_kernel() ? 0 : 1, sizeof(data) - 1);
    RUN_UNTIL(bed->loop, sctpx_socket_next_datagram_size(peer.socket, 1) == sizeof(data));
    assert_int_equal(sctpx_socket_flush(client.socket), 0);
    sctpx_socket_free(client.socket);
    sctpx_socket_free(peer.socket);
}

static void test_flush_without_an_association(void **state)
{
    struct bed *bed = *state;
    struct probe client, peer, fresh = {0};
    sctpx_socket *socket = bed_socket(bed, &fresh, NULL);

    assert_int_equal(sctpx_socket_flush(socket), SCTPX_ESTATE);
    sctpx_socket_free(socket);
    bed_pair(bed, &client, &peer, STREAMS);
    assert_int_equal(sctpx_socket_abort(client.socket, NULL, 0), 0);
    assert_int_equal(sctpx_socket_flush(client.socket), SCTPX_ESTATE);
    sctpx_socket_free(client.socket);
    sctpx_socket_free(peer.socket);
}

/* Qt's B6: bytes on another stream than the current one are waited for, too. */
static void test_waits_look_at_the_whole_association(void **state)
{
    struct bed *bed = *state;
    struct probe client, peer;
    sctpx_socket *socket;

    bed_pair(bed, &client, &peer, STREAMS);
    socket = client.socket;
    assert_int_equal(write_on(socket, 2, "two", 3), 0);
    assert_int_equal(sctpx_socket_wait_for_bytes_written(socket, 1, LIMIT_MS), 0);
    assert_int_equal(sctpx_socket_bytes_to_write(socket, 2), 3); /* was not waited for */
    assert_int_equal(sctpx_socket_wait_for_bytes_written(socket, SCTPX_ANY_STREAM, LIMIT_MS), 0);
    assert_int_equal(sctpx_socket_bytes_to_write(socket, 2), 0);
    assert_int_equal(sctpx_socket_wait_for_readable(peer.socket, SCTPX_ANY_STREAM, LIMIT_MS), 0);
    assert_int_equal(sctpx_socket_wait_for_readable(peer.socket, 2, 0), 0);
    assert_int_equal(sctpx_socket_wait_for_readable(peer.socket, 1, 0), SCTPX_ETIMEDOUT);
    assert_int_equal(write_on(socket, 1, "one", 3), 0);
    assert_int_equal(sctpx_socket_disconnect(socket, LIMIT_MS), 0);
    assert_int_equal(sctpx_socket_wait_for_disconnected(socket, LIMIT_MS), 0);
    assert_int_equal(sctpx_socket_error(socket), 0);
    assert_int_equal(sctpx_socket_bytes_available(peer.socket, SCTPX_ANY_STREAM), 6);
    sctpx_socket_free(client.socket);
    sctpx_socket_free(peer.socket);
}

/* ---- two that block ------------------------------------------------------------------------ */

/* Writes on every stream, waits until all is there, and reads what the other one wrote. */
static int talk(sctpx_socket *socket)
{
    static uint8_t data[60000];
    size_t read = 0;

    for (uint16_t i = 0; i < STREAMS; i++)
        if (write_on(socket, i, data, sizeof(data)) < 0)
            return 1;
    if (sctpx_socket_flush(socket) < 0 ||
        sctpx_socket_wait_for_bytes_written(socket, SCTPX_ANY_STREAM, LIMIT_MS) < 0)
        return 2;
    while (read < STREAMS * sizeof(data)) {
        long n;

        if (sctpx_socket_wait_for_readable(socket, SCTPX_ANY_STREAM, LIMIT_MS) < 0)
            return 3;
        n = sctpx_socket_read_datagram(socket, SCTPX_ANY_STREAM, data, sizeof(data), NULL);
        if (n < 0)
            return 4;
        read += (size_t)n;
    }
    return 0;
}

static int end_blocking(sctpx_socket *socket)
{
    (void)sctpx_socket_disconnect(socket, LIMIT_MS);
    return sctpx_socket_wait_for_disconnected(socket, LIMIT_MS) < 0 ? 5 : 0;
}

/* In the child: no cmocka. */
static int run_client(const struct bed *bed, uint16_t port)
{
    sctpx_socket_options options;
    sctpx_socket *socket;
    sctpx_loop *loop;
    int result;

    bed_socket_options(&options);
    if (sctpx_loop_new(&loop) < 0 || sctpx_socket_new(loop, &options, &socket) < 0 ||
        sctpx_socket_connect(socket, &bed->addr, 1, port) < 0 ||
        sctpx_socket_wait_for_connected(socket, LIMIT_MS) < 0)
        return 6;
    result = talk(socket);
    return result == 0 ? end_blocking(socket) : result;
}

static void test_two_blocking_peers(void **state)
{
    struct bed *bed = *state;
    uint16_t port = sctpx_server_port(bed->server);
    sctpx_socket *socket;
    int status = -1;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0)
        _exit(run_client(bed, port));
    assert_int_equal(sctpx_server_wait_for_new_connection(bed->server, LIMIT_MS, NULL), 0);
    assert_int_equal(sctpx_server_next_pending_connection(bed->server, &socket), 0);
    assert_int_equal(talk(socket), 0);
    assert_int_equal(end_blocking(socket), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    sctpx_socket_free(socket);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_flush_sends_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flush_tells_what_is_left, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flush_without_an_association, setup, teardown),
        cmocka_unit_test_setup_teardown(test_waits_look_at_the_whole_association, setup, teardown),
        cmocka_unit_test_setup_teardown(test_two_blocking_peers, setup, teardown),
    };

    return cmocka_run_group_tests_name("flush", tests, NULL, NULL);
}
