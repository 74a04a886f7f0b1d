/* SPDX-License-Identifier: MIT */
/*
 * Three streams in one association, each with its own kind of traffic:
 *
 *   0  bulk   a file, as far as the client has granted bytes ("GRANT n"); its end is an "end" with
 *             the payload protocol identifier 1. All streams share the client's receive buffer, so
 *             a program that wants to leave one unread needs a limit like this one.
 *   1  clock  each request is answered with the time of day
 *   2  chat   what a client says goes to all clients
 *
 *     three_streams_server FILE CLIENTS [PORT [UDP_PORT]]
 *
 * Ends when CLIENTS clients have come and gone, and says what it did.
 */
#define _GNU_SOURCE /* with -std=c11 the system shows no more than C */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sctpx/sctpx.h>

enum { BULK, CLOCK, CHAT, STREAMS };
enum { PIECE_BYTES = 16384, END_PPID = 1 };

struct client {
    struct server *server;
    sctpx_socket *socket;
    int number;
    size_t granted, sent; /* bulk */
    int is_bulk_done;
    struct client *next;
};

struct server {
    sctpx_loop *loop;
    char *file;
    size_t file_length;
    int expected, joined, left;
    struct client *clients;
    size_t bulk_bytes, clock_replies, chat_messages;
    int errors;
};

static int write_on(struct client *client, int stream, uint32_t ppid, const char *data,
                    size_t length)
{
    const sctpx_sndinfo info = {.stream = (uint16_t)stream, .ppid = ppid};

    return sctpx_socket_write_datagram(client->socket, data, length, &info);
}

/* ---- bulk --------------------------------------------------------------------------------- */

static void send_bulk(struct client *client)
{
    const struct server *server = client->server;

    while (client->sent < server->file_length && client->sent < client->granted) {
        size_t length = client->granted - client->sent;

        if (length > server->file_length - client->sent)
            length = server->file_length - client->sent;
        if (length > PIECE_BYTES)
            length = PIECE_BYTES;
        if (write_on(client, BULK, 0, server->file + client->sent, length) < 0)
            return; /* on_writable goes on */
        client->sent += length;
        client->server->bulk_bytes += length;
    }
    if (client->sent == server->file_length && !client->is_bulk_done)
        client->is_bulk_done = write_on(client, BULK, END_PPID, "end", 3) == 0;
}

static void on_grant(struct client *client, const char *text)
{
    unsigned long bytes;

    if (sscanf(text, "GRANT %lu", &bytes) == 1)
        client->granted += bytes;
    send_bulk(client);
}

/* ---- clock -------------------------------------------------------------------------------- */

static void on_clock_request(struct client *client)
{
    char text[64];
    struct timespec now;
    struct tm local;
    size_t length;

    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &local);
    length = strftime(text, sizeof(text), "%H:%M:%S", &local);
    if (write_on(client, CLOCK, 0, text, length) < 0)
        client->server->errors++;
    else
        client->server->clock_replies++;
}

/* ---- chat --------------------------------------------------------------------------------- */

static void say_to_all(struct server *server, const char *text)
{
    for (struct client *to = server->clients; to; to = to->next)
        if (write_on(to, CHAT, 0, text, strlen(text)) < 0)
            server->errors++;
}

static void on_chat(struct client *client, const char *text)
{
    char line[600];

    snprintf(line, sizeof(line), "client %d: %.500s", client->number, text);
    say_to_all(client->server, line);
    client->server->chat_messages++;
}

/* ---- clients ------------------------------------------------------------------------------ */

static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    struct client *client = user;
    char text[512];
    long length;

    while ((length = sctpx_socket_read_datagram(socket, stream, text, sizeof(text) - 1, NULL)) >=
           0) {
        text[length] = '\0';
        if (stream == BULK)
            on_grant(client, text);
        else if (stream == CLOCK)
            on_clock_request(client);
        else if (stream == CHAT)
            on_chat(client, text);
    }
}

static void on_writable(sctpx_socket *socket, void *user)
{
    (void)socket;
    send_bulk(user);
}

static void remove_client(struct client *client)
{
    struct client **link = &client->server->clients;

    while (*link != client)
        link = &(*link)->next;
    *link = client->next;
    sctpx_socket_free(client->socket);
    free(client);
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    struct client *client = user;
    struct server *server = client->server;

    if (error != SCTPX_EPEERSHUTDOWN) {
        fprintf(stderr, "client %d: %s\n", client->number, sctpx_socket_error_string(socket));
        server->errors++;
    }
    remove_client(client);
    if (++server->left == server->expected)
        sctpx_loop_stop(server->loop);
}

static void on_connection(sctpx_server *listener, void *user)
{
    static const sctpx_socket_callbacks callbacks = {
        .on_readable = on_readable, .on_writable = on_writable, .on_closed = on_closed};
    struct server *server = user;
    sctpx_socket *socket;
    char text[64];

    while (sctpx_server_next_pending_datagram_connection(listener, &socket) == 0) {
        struct client *client = calloc(1, sizeof(*client));

        if (!client)
            abort();
        client->server = server;
        client->socket = socket;
        client->number = ++server->joined;
        client->next = server->clients;
        server->clients = client;
        sctpx_socket_set_callbacks(socket, &callbacks, client);
        snprintf(text, sizeof(text), "* %d here", server->joined);
        say_to_all(server, text);
    }
}

/* ---- main --------------------------------------------------------------------------------- */

static int read_file(struct server *server, const char *path)
{
    FILE *file = fopen(path, "rb");
    long length = -1;

    if (file && fseek(file, 0, SEEK_END) == 0)
        length = ftell(file);
    if (length > 0)
        server->file = malloc((size_t)length);
    if (server->file) {
        rewind(file);
        server->file_length = fread(server->file, 1, (size_t)length, file);
    }
    if (file)
        fclose(file);
    return length > 0 && server->file_length == (size_t)length ? 0 : -1;
}

static sctpx_server *listen_on(struct server *server, int port, int udp_port)
{
    const sctpx_server_callbacks callbacks = {.on_connection = on_connection};
    sctpx_server_options options;
    sctpx_server *listener;

    sctpx_server_options_defaults(&options);
    options.udp_port = (uint16_t)udp_port;
    options.assoc.sndbuf_stream_bytes = 256 * 1024; /* bulk leaves room for the others */
    if (sctpx_server_new(server->loop, &options, &listener) < 0)
        return NULL;
    sctpx_server_set_maximum_channel_count(listener, STREAMS);
    sctpx_server_set_callbacks(listener, &callbacks, server);
    if (sctpx_server_listen(listener, NULL, 0, (uint16_t)port) < 0) {
        fprintf(stderr, "%s\n", sctpx_server_error_string(listener));
        return NULL;
    }
    printf("listening on SCTP port %d, UDP port %d\n", sctpx_server_port(listener),
           sctpx_server_udp_port(listener));
    fflush(stdout);
    return listener;
}

int main(int argc, char **argv)
{
    struct server server = {0};
    sctpx_server *listener;

    if (argc < 3) {
        fprintf(stderr, "usage: %s FILE CLIENTS [PORT [UDP_PORT]]\n", argv[0]);
        return 2;
    }
    server.expected = atoi(argv[2]);
    if (read_file(&server, argv[1]) < 0 || sctpx_loop_new(&server.loop) < 0) {
        fprintf(stderr, "cannot read %s\n", argv[1]);
        return 1;
    }
    listener = listen_on(&server, argc > 3 ? atoi(argv[3]) : 7000, argc > 4 ? atoi(argv[4]) : 9899);
    if (!listener)
        return 1;
    sctpx_loop_run(server.loop);
    printf("bulk %zu bytes, clock %zu replies, chat %zu messages to all, errors %d\n",
           server.bulk_bytes, server.clock_replies, server.chat_messages, server.errors);
    sctpx_server_free(listener);
    sctpx_loop_free(server.loop);
    free(server.file);
    return server.errors == 0 ? 0 : 1;
}
