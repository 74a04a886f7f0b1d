/* SPDX-License-Identifier: MIT */
/*
 * Copies a file through an association in byte mode, which is used like TCP.
 *
 *     byte_stream_copy receive FILE [PORT [UDP_PORT]]
 *     byte_stream_copy send FILE HOST PORT [UDP_PORT]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sctpx/sctpx.h>

struct copy {
    FILE *file;
    char bytes[65536];
    size_t start, length; /* read from the file and not yet written to the socket */
    unsigned long long total;
    int error;
};

/* ---- sending ------------------------------------------------------------------------------ */

/* Writes until the socket takes no more; on_writable goes on. */
static void send_more(sctpx_socket *socket, void *user)
{
    struct copy *copy = user;
    long written;

    for (;;) {
        if (copy->length == 0) {
            copy->start = 0;
            copy->length = fread(copy->bytes, 1, sizeof(copy->bytes), copy->file);
            if (copy->length == 0)
                break;
        }
        written = sctpx_socket_write(socket, copy->bytes + copy->start, copy->length);
        if (written < 0)
            return;
        copy->start += (size_t)written;
        copy->length -= (size_t)written;
        copy->total += (size_t)written;
    }
    sctpx_socket_disconnect(socket, SCTPX_FOREVER); /* when everything is delivered */
}

/* ---- receiving ---------------------------------------------------------------------------- */

static void receive_more(sctpx_socket *socket, void *user, int stream)
{
    struct copy *copy = user;
    long length;

    (void)stream;
    while ((length = sctpx_socket_read(socket, copy->bytes, sizeof(copy->bytes))) > 0) {
        if (fwrite(copy->bytes, 1, (size_t)length, copy->file) != (size_t)length)
            copy->error = 1;
        copy->total += (size_t)length;
    }
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    struct copy *copy = user;

    if (error != 0 && error != SCTPX_EPEERSHUTDOWN) {
        fprintf(stderr, "%s\n", sctpx_socket_error_string(socket));
        copy->error = 1;
    }
    sctpx_loop_stop(sctpx_socket_loop(socket));
}

/* ---- main --------------------------------------------------------------------------------- */

static const sctpx_socket_callbacks callbacks = {.on_connected = send_more,
                                                 .on_writable = send_more,
                                                 .on_readable = receive_more,
                                                 .on_closed = on_closed};

static int receive_file(sctpx_loop *loop, struct copy *copy, int port, int udp_port)
{
    sctpx_server_options options;
    sctpx_server *server;
    sctpx_socket *socket;

    sctpx_server_options_defaults(&options);
    options.udp_port = (uint16_t)udp_port;
    if (sctpx_server_new(loop, &options, &server) < 0)
        return 1;
    sctpx_server_set_maximum_channel_count(server, -1); /* byte mode */
    if (sctpx_server_listen(server, NULL, 0, (uint16_t)port) < 0) {
        fprintf(stderr, "%s\n", sctpx_server_error_string(server));
        return 1;
    }
    printf("listening on SCTP port %d, UDP port %d\n", sctpx_server_port(server),
           sctpx_server_udp_port(server));
    fflush(stdout);
    if (sctpx_server_wait_for_new_connection(server, SCTPX_FOREVER, NULL) < 0 ||
        sctpx_server_next_pending_connection(server, &socket) < 0)
        return 1;
    sctpx_server_free(server); /* the socket lives on */
    sctpx_socket_set_callbacks(socket, &callbacks, copy);
    sctpx_loop_run(loop);
    sctpx_socket_free(socket);
    return copy->error;
}

static int send_file(sctpx_loop *loop, struct copy *copy, const char *host, int port, int udp_port)
{
    sctpx_socket_options options;
    sctpx_socket *socket;

    sctpx_socket_options_defaults(&options);
    options.peer_udp_port = (uint16_t)udp_port;
    if (sctpx_socket_new(loop, &options, &socket) < 0)
        return 1;
    sctpx_socket_set_maximum_channel_count(socket, -1); /* byte mode */
    sctpx_socket_set_callbacks(socket, &callbacks, copy);
    if (sctpx_socket_connect_name(socket, host, (uint16_t)port) < 0)
        return 1;
    sctpx_loop_run(loop);
    sctpx_socket_free(socket);
    return copy->error;
}

int main(int argc, char **argv)
{
    int is_send = argc > 4 && strcmp(argv[1], "send") == 0, result = 1;
    struct copy copy = {0};
    sctpx_loop *loop;

    if (!is_send && !(argc > 2 && strcmp(argv[1], "receive") == 0)) {
        fprintf(stderr, "usage: %s receive FILE [PORT [UDP_PORT]]\n", argv[0]);
        fprintf(stderr, "       %s send FILE HOST PORT [UDP_PORT]\n", argv[0]);
        return 2;
    }
    copy.file = fopen(argv[2], is_send ? "rb" : "wb");
    if (!copy.file || sctpx_loop_new(&loop) < 0) {
        perror(argv[2]);
        return 1;
    }
    if (is_send)
        result = send_file(loop, &copy, argv[3], atoi(argv[4]), argc > 5 ? atoi(argv[5]) : 9899);
    else
        result = receive_file(loop, &copy, argc > 3 ? atoi(argv[3]) : 7000,
                              argc > 4 ? atoi(argv[4]) : 9899);
    sctpx_loop_free(loop);
    if (fclose(copy.file) != 0)
        result = 1;
    printf("%llu bytes %s\n", copy.total, is_send ? "sent" : "received");
    return result;
}
