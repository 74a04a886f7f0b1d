/* SPDX-License-Identifier: MIT */
#include "support/returning.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

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

int returning_connect(const struct returning *client, sctpx_loop *loop, const struct bed *bed,
                      sctpx_socket **ret_socket)
{
    const sctpx_addr here = loopback_v4(1, 0);

    if (sctpx_socket_new(loop, NULL, ret_socket) < 0 ||
        sctpx_socket_bind(*ret_socket, &here, 1, client->client_port, client->udp_port) < 0)
        return -1;
    return sctpx_socket_connect(*ret_socket, &bed->addr, 1, client->port);
}

/* In the child: no cmocka, and no farewell. */
static void live(const struct returning *client, const struct bed *bed)
{
    sctpx_socket *socket;
    sctpx_loop *loop;

    if (sctpx_loop_new(&loop) < 0 || returning_connect(client, loop, bed, &socket) < 0 ||
        sctpx_socket_wait_for_connected(socket, 10000) < 0 ||
        sctpx_socket_write_datagram(socket, "before", 6, NULL) < 0 ||
        sctpx_socket_wait_for_bytes_written(socket, SCTPX_ANY_STREAM, 10000) < 0)
        _exit(1);
    _exit(0);
}

void returning_live_and_die(struct returning *client, struct bed *bed, struct probe *peer)
{
    int status = -1;
    pid_t child;

    client->port = sctpx_server_port(bed->server);
    client->udp_port = free_udp_port(bed);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        live(client, bed);
    bed_accept(bed, peer);
    RUN_UNTIL(bed->loop, waitpid(child, &status, WNOHANG) == child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}
