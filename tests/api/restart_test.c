/* SPDX-License-Identifier: MIT */
/* ctest: labels=suite */
/* A client that dies without a word, and comes back from the same addresses and ports. */
#include "support/returning.h"

#include <stdlib.h>
#include <unistd.h>

enum { CLIENT_PORT = 4711 };

/* covers: 9260/11.2.7-1 */
static void test_restart_is_told(void **state)
{
    struct probe peer = {0}, client = {0};
    struct bed bed;
    struct returning client_side = {.client_port = CLIENT_PORT};
    sctpx_socket *socket;
    char text[16];

    (void)state;
    bed_open(&bed, bed_family(), 4, NULL);
    returning_live_and_die(&client_side, &bed, &peer);
    assert_int_equal(sctpx_socket_read_datagram(peer.socket, 0, text, sizeof(text), NULL), 6);

    assert_int_equal(returning_connect(&client_side, bed.loop, &bed, &socket), 0);
    probe_attach(&client, socket);
    RUN_UNTIL(bed.loop, client.count[PROBE_CONNECTED] == 1 && peer.count[PROBE_RESTART] == 1);
    assert_int_equal(bed.connections, 1);
    assert_int_equal(sctpx_socket_state(peer.socket), SCTPX_CONNECTED);

    /* The same socket goes on, with the new life of the peer. */
    assert_int_equal(sctpx_socket_write_datagram(socket, "after", 5, NULL), 0);
    RUN_UNTIL(bed.loop, sctpx_socket_next_datagram_size(peer.socket, 0) == 5);
    assert_int_equal(sctpx_socket_read_datagram(peer.socket, 0, text, sizeof(text), NULL), 5);
    assert_int_equal(sctpx_socket_write_datagram(peer.socket, "welcome back", 12, NULL), 0);
    RUN_UNTIL(bed.loop, sctpx_socket_next_datagram_size(socket, 0) == 12);
    sctpx_socket_free(socket);
    sctpx_socket_free(peer.socket);
    bed_close(&bed);
}

/* A writer that waits for room gets all of it: what took it has failed. */
static void test_room_after_a_restart(void **state)
{
    static const uint8_t data[1000];
    struct probe peer = {0};
    struct bed bed;
    struct returning client_side = {.client_port = CLIENT_PORT};
    sctpx_socket *socket;

    (void)state;
    bed_open(&bed, bed_family(), 4, NULL);
    returning_live_and_die(&client_side, &bed, &peer);
    assert_int_equal(sctpx_socket_set_write_limit(peer.socket, 10 * sizeof(data)), 0);
    while (sctpx_socket_write_datagram(peer.socket, data, sizeof(data), NULL) == 0)
        ;
    assert_int_equal(returning_connect(&client_side, bed.loop, &bed, &socket), 0);
    RUN_UNTIL(bed.loop, peer.count[PROBE_RESTART] == 1);
    RUN_UNTIL(bed.loop, peer.count[PROBE_WRITABLE] == 1);
    assert_int_equal(sctpx_socket_bytes_to_write(peer.socket, SCTPX_ANY_STREAM), 0);
    assert_int_equal(sctpx_socket_write_datagram(peer.socket, "all new", 7, NULL), 0);
    RUN_UNTIL(bed.loop, sctpx_socket_next_datagram_size(socket, 0) == 7);
    RUN_UNTIL(bed.loop, peer.count[PROBE_DRAINED] >= 1);
    sctpx_socket_free(socket);
    sctpx_socket_free(peer.socket);
    bed_close(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_restart_is_told),
        cmocka_unit_test(test_room_after_a_restart),
    };

    return cmocka_run_group_tests_name("restart", tests, NULL, NULL);
}
