/* SPDX-License-Identifier: MIT */
/*
 * An echo server for many clients that ends gracefully: on SIGTERM or SIGINT it takes no new ones,
 * delivers what it has written to those it has, and says goodbye to each. A second signal ends it
 * at once.
 *
 *     graceful_server [PORT [UDP_PORT]]
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <sctpx/sctpx.h>

#define BUFFER_BYTES 65536
#define GOODBYE_MS 5000

struct client {
    sctpx_socket *socket;
    struct server *server;
    struct client *previous, *next;
};

struct server {
    struct client *clients;
    unsigned served, aborted;
    unsigned long echoed;
};

static sctpx_loop *loop;
static volatile sig_atomic_t signals;

static void on_signal(int number)
{
    (void)number;
    signals++;
    sctpx_loop_stop(loop); /* allowed in a signal handler */
}

/* ---- clients ------------------------------------------------------------------------------ */

/*
 * A message stays unread until its echo has room: who does not read the answers cannot send any
 * more either. While the server says goodbye it still reads, but writing is SCTPX_ESTATE.
 */
static void on_writable(sctpx_socket *socket, void *user)
{
    struct client *client = user;
    char text[BUFFER_BYTES];
    sctpx_rcvinfo info;
    long length;

    while ((length = sctpx_socket_peek_datagram(socket, SCTPX_ANY_STREAM, text, sizeof(text),
                                                &info)) >= 0) {
        const sctpx_sndinfo reply = {.stream = info.stream, .ppid = info.ppid};
        int result = sctpx_socket_write_datagram(socket, text, (size_t)length, &reply);

        if (result == SCTPX_EWOULDBLOCK)
            return;
        client->server->echoed += result == 0;
        sctpx_socket_read_datagram(socket, info.stream, text, sizeof(text), NULL);
    }
}

static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    (void)stream;
    on_writable(socket, user);
}

/* The one place where a client ends. */
static void on_closed(sctpx_socket *socket, void *user, int error)
{
    struct client *client = user;

    if (error != 0 && error != SCTPX_EPEERSHUTDOWN) {
        client->server->aborted++;
        fprintf(stderr, "%s\n", sctpx_socket_error_string(socket));
    }
    if (client->next)
        client->next->previous = client->previous;
    if (client->previous)
        client->previous->next = client->next;
    else
        client->server->clients = client->next;
    sctpx_socket_free(socket);
    free(client);
}

static void take_pending(sctpx_server *listener, struct server *server)
{
    const sctpx_socket_callbacks callbacks = {
        .on_readable = on_readable, .on_writable = on_writable, .on_closed = on_closed};
    sctpx_socket *socket;

    while (sctpx_server_next_pending_connection(listener, &socket) == 0) {
        struct client *client = calloc(1, sizeof(*client));

        if (!client) {
            sctpx_socket_free(socket);
            continue;
        }
        *client = (struct client){.socket = socket, .server = server, .next = server->clients};
        if (server->clients)
            server->clients->previous = client;
        server->clients = client;
        server->served++;
        sctpx_socket_set_callbacks(socket, &callbacks, client);
    }
}

static void on_connection(sctpx_server *listener, void *user)
{
    take_pending(listener, user);
}

/* ---- the end ------------------------------------------------------------------------------ */

/*
 * In this order: closing the server aborts what is still pending, so that is taken first. Each
 * client then gets what was written to it, and has GOODBYE_MS for that; on_closed tells.
 */
static void say_goodbye(sctpx_server *listener, struct server *server)
{
    printf("ending\n");
    fflush(stdout);
    take_pending(listener, server);
    sctpx_server_close(listener);
    for (struct client *client = server->clients; client; client = client->next)
        sctpx_socket_disconnect(client->socket, GOODBYE_MS);
    while (server->clients && signals < 2 && sctpx_loop_run_once(loop, -1) > 0)
        continue;
}

static void drop_clients(struct server *server)
{
    while (server->clients) {
        struct client *client = server->clients;

        server->clients = client->next;
        sctpx_socket_free(client->socket); /* aborts it */
        free(client);
        server->aborted++;
    }
}

int main(int argc, char **argv)
{
    const sctpx_server_callbacks callbacks = {.on_connection = on_connection};
    struct server server = {0};
    sctpx_server_options options;
    sctpx_server *listener;

    sctpx_server_options_defaults(&options);
    options.assoc.max_message_bytes = BUFFER_BYTES; /* no message is longer than the buffer */
    if (argc > 2)
        options.udp_port = (uint16_t)atoi(argv[2]);
    if (sctpx_loop_new(&loop) < 0 || sctpx_server_new(loop, &options, &listener) < 0)
        return 1;
    sctpx_server_set_callbacks(listener, &callbacks, &server);
    if (sctpx_server_listen(listener, NULL, 0, (uint16_t)(argc > 1 ? atoi(argv[1]) : 7000)) < 0) {
        fprintf(stderr, "%s\n", sctpx_server_error_string(listener));
        return 1;
    }
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    printf("listening on SCTP port %d, UDP port %d\n", sctpx_server_port(listener),
           sctpx_server_udp_port(listener));
    fflush(stdout);
    sctpx_loop_run(loop);
    say_goodbye(listener, &server);
    drop_clients(&server);
    sctpx_server_free(listener);
    sctpx_loop_free(loop);
    printf("%u clients, %lu messages echoed, %u aborted\n", server.served, server.echoed,
           server.aborted);
    return server.aborted == 0 ? 0 : 1;
}
