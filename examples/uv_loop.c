/* SPDX-License-Identifier: MIT */
/*
 * An echo server on a libuv loop, beside other handles: a signal ends it.
 *
 *     uv_loop [PORT [UDP_PORT]]
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include <sctpx/sctpx.h>

#define BUFFER_BYTES 65536

static unsigned echoed;

static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    char text[BUFFER_BYTES];
    sctpx_rcvinfo info;
    long length;

    (void)user;
    while ((length = sctpx_socket_read_datagram(socket, stream, text, sizeof(text), &info)) >= 0) {
        const sctpx_sndinfo reply = {.stream = info.stream, .ppid = info.ppid};
        int result = sctpx_socket_write_datagram(socket, text, (size_t)length, &reply);

        if (result == 0)
            echoed++;
        else if (result == SCTPX_EWOULDBLOCK) /* it sends, but does not read the answers */
            sctpx_socket_abort(socket, "too slow", 8);
    }
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    (void)user;
    (void)error;
    sctpx_socket_free(socket);
}

static void on_connection(sctpx_server *server, void *user)
{
    const sctpx_socket_callbacks callbacks = {.on_readable = on_readable, .on_closed = on_closed};
    sctpx_socket *socket;

    (void)user;
    while (sctpx_server_next_pending_connection(server, &socket) == 0)
        sctpx_socket_set_callbacks(socket, &callbacks, NULL);
}

/* When nothing is left on the libuv loop uv_run() returns. */
static void on_signal(uv_signal_t *handle, int number)
{
    sctpx_server *server = handle->data;
    sctpx_loop *loop = sctpx_server_loop(server);

    (void)number;
    sctpx_server_free(server);
    sctpx_loop_free(loop);
    uv_close((uv_handle_t *)handle, NULL);
}

int main(int argc, char **argv)
{
    const sctpx_server_callbacks callbacks = {.on_connection = on_connection};
    sctpx_server_options options;
    sctpx_server *server;
    sctpx_loop *loop;
    uv_signal_t interrupt;
    uv_loop_t uv;

    sctpx_server_options_defaults(&options);
    options.assoc.max_message_bytes = BUFFER_BYTES; /* no message is longer than the buffer */
    if (argc > 2)
        options.udp_port = (uint16_t)atoi(argv[2]);
    if (uv_loop_init(&uv) < 0 || sctpx_loop_new_uv(&uv, &loop) < 0 ||
        sctpx_server_new(loop, &options, &server) < 0)
        return 1;
    sctpx_server_set_callbacks(server, &callbacks, NULL);
    if (sctpx_server_listen(server, NULL, 0, (uint16_t)(argc > 1 ? atoi(argv[1]) : 7000)) < 0) {
        fprintf(stderr, "%s\n", sctpx_server_error_string(server));
        return 1;
    }
    uv_signal_init(&uv, &interrupt);
    interrupt.data = server;
    uv_signal_start(&interrupt, on_signal, SIGTERM);
    printf("listening on SCTP port %d, UDP port %d\n", sctpx_server_port(server),
           sctpx_server_udp_port(server));
    fflush(stdout);
    uv_run(&uv, UV_RUN_DEFAULT);
    printf("%u messages echoed\n", echoed);
    return uv_loop_close(&uv) == 0 ? 0 : 1;
}
