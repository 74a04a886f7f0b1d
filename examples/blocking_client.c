/* SPDX-License-Identifier: MIT */
/* Asks an echo server and prints its answer: blocking_client HOST PORT TEXT [UDP_PORT] */
#include <sctpx/sctpx.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    sctpx_loop *loop;
    sctpx_socket *socket;
    sctpx_socket_options options;
    char text[65536];
    long length = -1;

    sctpx_socket_options_defaults(&options);
    options.peer_udp_port = (uint16_t)(argc > 4 ? atoi(argv[4]) : 9899);
    if (argc < 4 || sctpx_loop_new(&loop) < 0 || sctpx_socket_new(loop, &options, &socket) < 0)
        return 2;
    if (sctpx_socket_connect_name(socket, argv[1], (uint16_t)atoi(argv[2])) == 0 &&
        sctpx_socket_wait_for_connected(socket, 5000) == 0 &&
        sctpx_socket_write_datagram(socket, argv[3], strlen(argv[3]), NULL) == 0 &&
        sctpx_socket_wait_for_readable(socket, SCTPX_ANY_STREAM, 5000) == 0)
        length = sctpx_socket_read_datagram(socket, SCTPX_ANY_STREAM, text, sizeof text, NULL);
    printf("%.*s\n", (int)length, length > 0 ? text : sctpx_socket_error_string(socket));
    if (sctpx_socket_disconnect(socket, 5000) == 0) /* a goodbye, with five seconds for it */
        sctpx_socket_wait_for_disconnected(socket, SCTPX_FOREVER);
    sctpx_socket_free(socket);
    sctpx_loop_free(loop);
    return length > 0 ? 0 : 1;
}
