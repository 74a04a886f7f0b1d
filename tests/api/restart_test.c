/* SPDX-License-Identifier: MIT */
/* A client that dies without a word, and comes back from the same addresses and ports. */
#include "support/loopback.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CLIENT_PORT = 4711 };

static uint16_t free_udp_port(struct bed *bed)
{
    const sctpx_addr addr = loopback_v4(1, 0);
    sctpx_socket *socket;
    uint16_t port;

    assert_int_equal(sctpx_socket_new(bed->loop, NULL, &socket), 0);
    assert_int_equal(sctpx_socket_bind(socket, &addr, 1, 0, 0), 0);
    port = sctpx_socket_local_udp_port(socket);
    sctpx_socket_free(socket);
    return port;
}

static int connect_from(sctpx_loop *loop, const struct bed *bed, uint16_t port, uint16_t udp_port,
                        sctpx_socket **ret_socket)
{
    const sctpx_addr here = loopback_v4(1, 0);

    if (sctpx_socket_new(loop, NULL, ret_socket) < 0 ||
        sctpx_socket_bind(*ret_socket, &here, 1, CLIENT_PORT, udp_port) < 0)
        return -1;
    return sctpx_socket_connect(*ret_socket, &bed->addr, 1, port);
}

/* In the child: no cmocka, and no farewell. */
static void live_and_die(const struct bed *bed, uint16_t port, uint16_t udp_port)
{
    sctpx_socket *socket;
    sctpx_loop *loop;

    if (sctpx_loop_new(&loop) < 0 || connect_from(loop, bed, port, udp_port, &socket) < 0 ||
        sctpx_socket_wait_for_connected(socket, 10000) < 0 ||
        sctpx_socket_write_datagram(socket, "before", 6, NULL) < 0 ||
        sctpx_socket_wait_for_bytes_written(socket, SCTPX_ANY_STREAM, 10000) < 0)
        _exit(1);
    _exit(0);
}

static void wait_for_child(struct bed *bed, pid_t child)
{
    int status = -1;

    RUN_UNTIL(bed->loop, waitpid(child, &status, WNOHANG) == child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* covers: 9260/11.2.7-1 */
static void test_restart_is_told(void **state)
{
    struct probe peer = {0}, client = {0};
    struct bed bed;
    uint16_t port, udp_port;
    sctpx_socket *socket;
    char text[16];
    pid_t child;

    (void)state;
    bed_open(&bed, SCTPX_IPV4, 4, NULL);
    port = sctpx_server_port(bed.server);
    udp_port = free_udp_port(&bed);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        live_and_die(&bed, port, udp_port);
    bed_accept(&bed, &peer);
    wait_for_child(&bed, child);
    assert_int_equal(sctpx_socket_read_datagram(peer.socket, 0, text, sizeof(text), NULL), 6);

    assert_int_equal(connect_from(bed.loop, &bed, port, udp_port, &socket), 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_restart_is_told)};

    return cmocka_run_group_tests_name("restart", tests, NULL, NULL);
}
