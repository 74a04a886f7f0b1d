/* SPDX-License-Identifier: MIT */
#include "support/returning.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of an engine; a kernel has one for all, or none. */
static uint16_t free_udp_port(struct bed *bed)
{
    const sctpx_addr addr = loopback_addr((enum sctpx_family)bed->addr.family);
    struct probe probe = {0};
    sctpx_socket *socket;
    uint16_t port;

    if (bed_client_is_kernel())
        return 0;
    socket = bed_socket(bed, &probe, NULL);
    assert_int_equal(sctpx_socket_bind(socket, &addr, 1, 0, 0), 0);
    port = sctpx_socket_local_udp_port(socket);
    sctpx_socket_free(socket);
    return port;
}

/* The descriptor that the server's end is reached by: its own, or the engine's UDP socket. */
static int descriptor_of(const struct bed *bed, const struct probe *peer)
{
    if (bed_server_is_kernel())
        return sctpx_socket_descriptor(peer->socket);
    for (int fd = 3; fd < 1024; fd++) {
        struct sockaddr_storage storage;
        socklen_t length = sizeof(storage);
        sctpx_addr addr;

        if (getsockname(fd, (struct sockaddr *)&storage, &length) == 0 &&
            sctpx_addr_from_sockaddr((struct sockaddr *)&storage, length, &addr) == 0 &&
            addr.udp_port == bed_udp_port(bed))
            return fd;
    }
    return -1;
}

/* Packets that begin with an ABORT are dropped. The filter sees them from UDP or SCTP on. */
static void hear_no_abort(int fd)
{
    enum { ABORT = 6, UDP_HEADER = 8, SCTP_HEADER = 12 };
    const unsigned at = SCTP_HEADER + (bed_server_is_kernel() ? 0 : UDP_HEADER);
    struct sock_filter filter[] = {
        {.code = BPF_LD | BPF_B | BPF_ABS, .k = at},
        {.code = BPF_JMP | BPF_JEQ | BPF_K, .k = ABORT, .jt = 0, .jf = 1},
        {.code = BPF_RET | BPF_K, .k = 0},
        {.code = BPF_RET | BPF_K, .k = 65535},
    };
    const struct sock_fprog program = {.len = 4, .filter = filter};

    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)), 0);
}

int returning_connect(const struct returning *client, sctpx_loop *loop, const struct bed *bed,
                      sctpx_socket **ret_socket)
{
    const sctpx_addr here = loopback_addr((enum sctpx_family)bed->addr.family);
    sctpx_socket_options options;

    bed_socket_options(&options);
    if (sctpx_socket_new(loop, &options, ret_socket) < 0 ||
        sctpx_socket_bind(*ret_socket, &here, 1, client->client_port, client->udp_port) < 0)
        return -1;
    return sctpx_socket_connect(*ret_socket, &bed->addr, 1, client->port);
}

/* In the child: no cmocka, and no farewell but the kernel's, once we may. */
static void live(const struct returning *client, const struct bed *bed, int says_fd, int hears_fd)
{
    sctpx_socket *socket;
    sctpx_loop *loop;
    char byte = 0;

    if (sctpx_loop_new(&loop) < 0 || returning_connect(client, loop, bed, &socket) < 0 ||
        sctpx_socket_wait_for_connected(socket, 10000) < 0 ||
        sctpx_socket_write_datagram(socket, "before", 6, NULL) < 0 ||
        sctpx_socket_wait_for_bytes_written(socket, SCTPX_ANY_STREAM, 10000) < 0 ||
        write(says_fd, &byte, 1) != 1 || read(hears_fd, &byte, 1) != 1)
        _exit(1);
    if (bed_client_is_kernel())
        sctpx_socket_free(socket); /* an ABORT, and nothing is left of it */
    _exit(0);
}

void returning_live_and_die(struct returning *client, struct bed *bed, struct probe *peer)
{
    int says[2], hears[2], status = -1;
    pid_t child;
    char byte;

    client->port = sctpx_server_port(bed->server);
    client->udp_port = free_udp_port(bed);
    assert_int_equal(pipe2(says, O_NONBLOCK), 0);
    assert_int_equal(pipe2(hears, 0), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        live(client, bed, says[1], hears[0]);
    bed_accept(bed, peer);
    RUN_UNTIL(bed->loop, read(says[0], &byte, 1) == 1);
    RUN_UNTIL(bed->loop, sctpx_socket_next_datagram_size(peer->socket, 0) == 6);
    if (bed_client_is_kernel())
        hear_no_abort(descriptor_of(bed, peer));
    assert_int_equal(write(hears[1], "", 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    for (int i = 0; i < 2; i++) {
        close(says[i]);
        close(hears[i]);
    }
}
