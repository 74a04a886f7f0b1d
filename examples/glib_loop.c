/* SPDX-License-Identifier: MIT */
/*
 * An echo server inside a GLib main loop, which watches sctpx_loop_fd(). SIGTERM or SIGINT ends it
 * gracefully, a second signal at once.
 *
 *     glib_loop [PORT [UDP_PORT]]
 */
#include <glib-unix.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

#include <sctpx/sctpx.h>

#define BUFFER_BYTES 65536
#define GOODBYE_MS 5000

struct client {
    LIST_ENTRY(client) link;
    sctpx_socket *socket;
};

static GMainLoop *main_loop;
static LIST_HEAD(, client) clients;
static bool is_ending;
static unsigned served, echoed, aborted;

/*
 * A message stays unread until its echo has room: who does not read the answers cannot send any
 * more either. While the server says goodbye it still reads, but writing is SCTPX_ESTATE.
 */
static void on_writable(sctpx_socket *socket, void *user)
{
    char text[BUFFER_BYTES];
    sctpx_rcvinfo info;
    long length;

    (void)user;
    while ((length = sctpx_socket_peek_datagram(socket, SCTPX_ANY_STREAM, text, sizeof(text),
                                                &info)) >= 0) {
        const sctpx_sndinfo reply = {.stream = info.stream, .ppid = info.ppid};
        int result = sctpx_socket_write_datagram(socket, text, (size_t)length, &reply);

        if (result == SCTPX_EWOULDBLOCK)
            return;
        echoed += result == 0;
        sctpx_socket_read_datagram(socket, info.stream, text, sizeof(text), NULL);
    }
}

static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    (void)stream;
    on_writable(socket, user);
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    struct client *client = user;

    if (error != 0 && error != SCTPX_EPEERSHUTDOWN)
        aborted++;
    LIST_REMOVE(client, link);
    free(client);
    sctpx_socket_free(socket);
    if (is_ending && LIST_EMPTY(&clients))
        g_main_loop_quit(main_loop);
}

static void take_pending(sctpx_server *server)
{
    const sctpx_socket_callbacks callbacks = {
        .on_readable = on_readable, .on_writable = on_writable, .on_closed = on_closed};
    sctpx_socket *socket;

    while (sctpx_server_next_pending_connection(server, &socket) == 0) {
        struct client *client = malloc(sizeof(*client));

        if (!client) {
            sctpx_socket_free(socket);
            continue;
        }
        served++;
        client->socket = socket;
        LIST_INSERT_HEAD(&clients, client, link);
        sctpx_socket_set_callbacks(socket, &callbacks, client);
    }
}

static void on_connection(sctpx_server *server, void *user)
{
    (void)user;
    take_pending(server);
}

/*
 * Closing the server aborts what is still pending, so that is taken first. Freeing sockets would
 * abort them: each client has GOODBYE_MS to get what was written to it.
 */
static void say_goodbye(sctpx_server *server)
{
    struct client *client;

    is_ending = true;
    printf("ending\n");
    fflush(stdout);
    take_pending(server);
    sctpx_server_close(server);
    LIST_FOREACH (client, &clients, link)
        sctpx_socket_disconnect(client->socket, GOODBYE_MS);
}

/* The whole connection between the two loops. */
static gboolean on_sctpx(gint fd, GIOCondition condition, gpointer user)
{
    (void)fd;
    (void)condition;
    sctpx_loop_process(user);
    return G_SOURCE_CONTINUE;
}

/* The second time, or when there is nobody to say goodbye to, the main loop ends. */
static gboolean on_signal(gpointer user)
{
    if (!is_ending) {
        say_goodbye(user);
        if (!LIST_EMPTY(&clients))
            return G_SOURCE_CONTINUE;
    }
    g_main_loop_quit(main_loop);
    return G_SOURCE_CONTINUE;
}

/* Who is still there after a second signal is aborted. */
static void drop_clients(void)
{
    struct client *client;

    while ((client = LIST_FIRST(&clients)) != NULL) {
        LIST_REMOVE(client, link);
        sctpx_socket_free(client->socket);
        free(client);
        aborted++;
    }
}

int main(int argc, char **argv)
{
    const sctpx_server_callbacks callbacks = {.on_connection = on_connection};
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
    main_loop = g_main_loop_new(NULL, FALSE);
    g_unix_fd_add(sctpx_loop_fd(loop), G_IO_IN, on_sctpx, loop);
    g_unix_signal_add(SIGTERM, on_signal, server);
    g_unix_signal_add(SIGINT, on_signal, server);
    printf("listening on SCTP port %d, UDP port %d\n", sctpx_server_port(server),
           sctpx_server_udp_port(server));
    fflush(stdout);
    g_main_loop_run(main_loop);
    drop_clients();
    sctpx_server_free(server);
    sctpx_loop_free(loop);
    g_main_loop_unref(main_loop);
    printf("%u clients, %u messages echoed, %u aborted\n", served, echoed, aborted);
    return 0;
}
