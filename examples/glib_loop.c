/* SPDX-License-Identifier: MIT */
/*
 * An echo server inside a GLib main loop, which watches sctpx_loop_fd(). SIGTERM ends it.
 *
 *     glib_loop [PORT [UDP_PORT]]
 */
#include <glib-unix.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

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

/* The whole connection between the two loops. */
static gboolean on_sctpx(gint fd, GIOCondition condition, gpointer user)
{
    (void)fd;
    (void)condition;
    sctpx_loop_process(user);
    return G_SOURCE_CONTINUE;
}

static gboolean on_signal(gpointer user)
{
    g_main_loop_quit(user);
    return G_SOURCE_REMOVE;
}

int main(int argc, char **argv)
{
    const sctpx_server_callbacks callbacks = {.on_connection = on_connection};
    GMainLoop *main_loop = g_main_loop_new(NULL, FALSE);
    sctpx_server_options options;
    sctpx_server *server;
    sctpx_loop *loop;

    sctpx_server_options_defaults(&options);
    options.assoc.max_message_bytes = BUFFER_BYTES; /* no message is longer than the buffer */
    if (argc > 2)
        options.udp_port = (uint16_t)atoi(argv[2]);
    if (sctpx_loop_new(&loop) < 0 || sctpx_server_new(loop, &options, &server) < 0)
        return 1;
    sctpx_server_set_callbacks(server, &callbacks, NULL);
    if (sctpx_server_listen(server, NULL, 0, (uint16_t)(argc > 1 ? atoi(argv[1]) : 7000)) < 0) {
        fprintf(stderr, "%s\n", sctpx_server_error_string(server));
        return 1;
    }
    g_unix_fd_add(sctpx_loop_fd(loop), G_IO_IN, on_sctpx, loop);
    g_unix_signal_add(SIGTERM, on_signal, main_loop);
    printf("listening on SCTP port %d, UDP port %d\n", sctpx_server_port(server),
           sctpx_server_udp_port(server));
    fflush(stdout);
    g_main_loop_run(main_loop);
    printf("%u messages echoed\n", echoed);
    sctpx_server_free(server);
    sctpx_loop_free(loop);
    g_main_loop_unref(main_loop);
    return 0;
}
