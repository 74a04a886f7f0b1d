/* SPDX-License-Identifier: MIT */
/*
 * Sends one message on each of three streams to an echo server, such as ten_line_server or
 * "sctpx listen --echo 7000", and prints what comes back.
 *
 *     echo_client HOST PORT [UDP_PORT]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sctpx/sctpx.h>

#define STREAMS 3

struct client {
    int replies;
    int error;
};

static void on_connected(sctpx_socket *socket, void *user)
{
    char text[64];

    (void)user;
    for (int stream = 0; stream < STREAMS; stream++) {
        const sctpx_sndinfo info = {.stream = (uint16_t)stream, .ppid = 42};

        snprintf(text, sizeof(text), "hello on stream %d", stream);
        sctpx_socket_write_datagram(socket, text, strlen(text), &info);
    }
}

static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    struct client *client = user;
    char text[256];
    long length;

    while ((length = sctpx_socket_read_datagram(socket, stream, text, sizeof(text), NULL)) >= 0) {
        printf("stream %d: %.*s\n", stream, (int)length, text);
        if (++client->replies == STREAMS)
            sctpx_socket_close(socket);
    }
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    struct client *client = user;

    if (error != 0)
        fprintf(stderr, "%s\n", sctpx_socket_error_string(socket));
    client->error = error;
    sctpx_loop_stop(sctpx_socket_loop(socket));
}

int main(int argc, char **argv)
{
    const sctpx_socket_callbacks callbacks = {
        .on_connected = on_connected, .on_readable = on_readable, .on_closed = on_closed};
    struct client client = {0};
    sctpx_socket_options options;
    sctpx_socket *socket;
    sctpx_loop *loop;

    if (argc < 3) {
        fprintf(stderr, "usage: %s HOST PORT [UDP_PORT]\n", argv[0]);
        return 2;
    }
    sctpx_socket_options_defaults(&options);
    if (argc > 3)
        options.peer_udp_port = (uint16_t)atoi(argv[3]);
    if (sctpx_loop_new(&loop) < 0 || sctpx_socket_new(loop, &options, &socket) < 0)
        return 1;
    sctpx_socket_set_maximum_channel_count(socket, STREAMS);
    sctpx_socket_set_callbacks(socket, &callbacks, &client);
    client.error = sctpx_socket_connect_name(socket, argv[1], (uint16_t)atoi(argv[2]));
    if (client.error == 0)
        sctpx_loop_run(loop);
    sctpx_socket_free(socket);
    sctpx_loop_free(loop);
    return client.error == 0 && client.replies == STREAMS ? 0 : 1;
}
