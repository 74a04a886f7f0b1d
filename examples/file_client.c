/* SPDX-License-Identifier: MIT */
/*
 * Fetches files from file_server into the folder it runs in.
 *
 *     file_client HOST PORT UDP_PORT NAME...
 *
 * Blocking, without callbacks: one socket, one request after the other.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sctpx/sctpx.h>

#define WAIT_MS 30000

static int complain(const char *name, const char *what)
{
    fprintf(stderr, "%s: %s\n", name, what);
    return -1;
}

/* A line of the server, without its end; -1 if none comes. */
static int read_answer(sctpx_socket *socket, char *line, size_t capacity)
{
    long length;

    while ((length = sctpx_socket_read_line(socket, SCTPX_ANY_STREAM, line, capacity)) ==
           SCTPX_EWOULDBLOCK) {
        /* Returns at once while a part of the line is there: look at new bytes only. */
        if (sctpx_loop_run_once(sctpx_socket_loop(socket), WAIT_MS) <= 0)
            return -1;
    }
    if (length <= 0)
        return -1;
    line[length - 1] = '\0';
    return 0;
}

static int copy(sctpx_socket *socket, FILE *to, long long left)
{
    static char piece[65536];

    while (left > 0) {
        size_t want = left < (long long)sizeof(piece) ? (size_t)left : sizeof(piece);
        long length;

        if (sctpx_socket_wait_for_readable(socket, SCTPX_ANY_STREAM, WAIT_MS) < 0)
            return -1;
        length = sctpx_socket_read(socket, piece, want);
        if (length < 0 || fwrite(piece, 1, (size_t)length, to) != (size_t)length)
            return -1;
        left -= length;
    }
    return 0;
}

static int fetch(sctpx_socket *socket, const char *name)
{
    char line[256];
    long long size;
    FILE *to;
    int result;

    if (snprintf(line, sizeof(line), "GET %s\n", name) >= (int)sizeof(line))
        return complain(name, "the name is too long");
    if (sctpx_socket_write(socket, line, strlen(line)) < 0 ||
        read_answer(socket, line, sizeof(line)) < 0)
        return complain(name, sctpx_socket_error_string(socket));
    if (sscanf(line, "OK %lld", &size) != 1)
        return complain(name, line);
    to = fopen(name, "wb");
    if (!to)
        return complain(name, "cannot be written");
    result = copy(socket, to, size);
    if (fclose(to) != 0 || result < 0)
        return complain(name, "is not complete");
    printf("%s: %lld bytes\n", name, size);
    return 0;
}

int main(int argc, char **argv)
{
    sctpx_socket_options options;
    sctpx_socket *socket;
    sctpx_loop *loop;
    int failed = 0;

    if (argc < 5) {
        fprintf(stderr, "usage: %s HOST PORT UDP_PORT NAME...\n", argv[0]);
        return 2;
    }
    sctpx_socket_options_defaults(&options);
    options.peer_udp_port = (uint16_t)atoi(argv[3]);
    if (sctpx_loop_new(&loop) < 0 || sctpx_socket_new(loop, &options, &socket) < 0)
        return 1;
    sctpx_socket_set_maximum_channel_count(socket, -1);
    if (sctpx_socket_connect_name(socket, argv[1], (uint16_t)atoi(argv[2])) < 0 ||
        sctpx_socket_wait_for_connected(socket, WAIT_MS) < 0) {
        fprintf(stderr, "%s\n", sctpx_socket_error_string(socket));
        failed = 1;
    }
    for (int i = 4; i < argc && sctpx_socket_state(socket) == SCTPX_CONNECTED; i++)
        failed |= fetch(socket, argv[i]) < 0;
    if (sctpx_socket_disconnect(socket, WAIT_MS) == 0)
        sctpx_socket_wait_for_disconnected(socket, SCTPX_FOREVER);
    sctpx_socket_free(socket);
    sctpx_loop_free(loop);
    return failed;
}
