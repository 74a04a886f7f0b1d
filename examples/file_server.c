/* SPDX-License-Identifier: MIT */
/*
 * Serves the files of one folder over byte streams. A client asks with lines, "GET name", as many
 * as it likes, and gets for each "OK length" and the bytes, or "NO reason". See file_client.
 *
 *     file_server FOLDER [PORT [UDP_PORT]]
 *
 * Ends on SIGTERM, when those who are being served are done.
 */
#define _GNU_SOURCE /* with -std=c11 the system shows no more than C */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sctpx/sctpx.h>

#define LINE_BYTES 256
#define PIECE_BYTES 65536
#define GOODBYE_MS 30000

struct client {
    sctpx_socket *socket;
    int fd; /* the file being sent, -1: none */
    char piece[PIECE_BYTES];
    size_t start, length; /* what of the piece is still to be written */
    struct client *previous, *next;
};

static sctpx_loop *loop;
static int folder;
static struct client *clients;
static unsigned files;
static unsigned long long bytes;
static int is_ending;

static void on_signal(int number)
{
    (void)number;
    sctpx_loop_stop(loop);
}

/* ---- requests ----------------------------------------------------------------------------- */

/* The answer goes into the piece: it leaves before the bytes of the file, by the same way. */
static void answer(struct client *client, const char *text, long long number)
{
    int length = number < 0 ? snprintf(client->piece, PIECE_BYTES, "NO %s\n", text)
                            : snprintf(client->piece, PIECE_BYTES, "%s %lld\n", text, number);

    client->start = 0;
    client->length = (size_t)length;
}

static void open_file(struct client *client, const char *name)
{
    struct stat status;

    /* Names only: no way leads out of the folder, not by a link either. */
    if (name[0] == '\0' || name[0] == '.' || strchr(name, '/')) {
        answer(client, "not a name", -1);
        return;
    }
    client->fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (client->fd < 0) {
        answer(client, "no such file", -1);
        return;
    }
    if (fstat(client->fd, &status) < 0 || !S_ISREG(status.st_mode)) {
        close(client->fd);
        client->fd = -1;
        answer(client, "not a file", -1);
        return;
    }
    answer(client, "OK", (long long)status.st_size);
    files++;
}

/* One more request; false if there is none now. */
static int next_request(struct client *client)
{
    char line[LINE_BYTES];
    long length = sctpx_socket_read_line(client->socket, SCTPX_ANY_STREAM, line, sizeof(line));

    if (length < 0)
        return 0;
    if (line[length - 1] != '\n' || strncmp(line, "GET ", 4) != 0) {
        sctpx_socket_abort(client->socket, "not a request", 13);
        return 0;
    }
    line[length - 1] = '\0';
    open_file(client, line + 4);
    return 1;
}

/* ---- sending ------------------------------------------------------------------------------ */

/* Puts the next piece of the file in place; false if there is none. */
static int next_piece(struct client *client)
{
    ssize_t length;

    if (client->fd < 0)
        return 0;
    length = read(client->fd, client->piece, PIECE_BYTES);
    if (length > 0) {
        client->start = 0;
        client->length = (size_t)length;
        return 1;
    }
    close(client->fd);
    client->fd = -1;
    return 0;
}

/* Goes on as far as the socket takes it; on_writable comes when it takes more. */
static void serve(struct client *client)
{
    while (client->length > 0 || next_piece(client) || (!is_ending && next_request(client))) {
        long taken =
            sctpx_socket_write(client->socket, client->piece + client->start, client->length);

        if (taken < 0)
            return;
        client->start += (size_t)taken;
        client->length -= (size_t)taken;
        bytes += (unsigned long long)taken;
    }
    if (is_ending)
        sctpx_socket_disconnect(client->socket, GOODBYE_MS);
}

static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    (void)socket;
    (void)stream;
    serve(user);
}

static void on_writable(sctpx_socket *socket, void *user)
{
    (void)socket;
    serve(user);
}

/* ---- clients ------------------------------------------------------------------------------ */

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    struct client *client = user;

    if (error != 0 && error != SCTPX_EPEERSHUTDOWN)
        fprintf(stderr, "%s\n", sctpx_socket_error_string(socket));
    if (client->fd >= 0)
        close(client->fd);
    if (client->next)
        client->next->previous = client->previous;
    if (client->previous)
        client->previous->next = client->next;
    else
        clients = client->next;
    sctpx_socket_free(socket);
    free(client);
}

static void on_connection(sctpx_server *server, void *user)
{
    const sctpx_socket_callbacks callbacks = {
        .on_readable = on_readable, .on_writable = on_writable, .on_closed = on_closed};
    sctpx_socket *socket;

    (void)user;
    while (sctpx_server_next_pending_connection(server, &socket) == 0) {
        struct client *client = calloc(1, sizeof(*client));

        if (!client) {
            sctpx_socket_free(socket);
            continue;
        }
        client->socket = socket;
        client->fd = -1;
        client->next = clients;
        if (clients)
            clients->previous = client;
        clients = client;
        sctpx_socket_set_callbacks(socket, &callbacks, client);
    }
}

static void say_goodbye(sctpx_server *server)
{
    sctpx_server_close(server);
    is_ending = 1;
    for (struct client *client = clients; client; client = client->next)
        serve(client);
    while (clients && sctpx_loop_run_once(loop, -1) > 0)
        continue;
}

int main(int argc, char **argv)
{
    const sctpx_server_callbacks callbacks = {.on_connection = on_connection};
    sctpx_server_options options;
    sctpx_server *server;

    folder = argc > 1 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (folder < 0) {
        fprintf(stderr, "usage: %s FOLDER [PORT [UDP_PORT]]\n", argv[0]);
        return 2;
    }
    sctpx_server_options_defaults(&options);
    if (argc > 3)
        options.udp_port = (uint16_t)atoi(argv[3]);
    if (sctpx_loop_new(&loop) < 0 || sctpx_server_new(loop, &options, &server) < 0)
        return 1;
    sctpx_server_set_maximum_channel_count(server, -1);
    sctpx_server_set_callbacks(server, &callbacks, NULL);
    if (sctpx_server_listen(server, NULL, 0, (uint16_t)(argc > 2 ? atoi(argv[2]) : 7000)) < 0) {
        fprintf(stderr, "%s\n", sctpx_server_error_string(server));
        return 1;
    }
    signal(SIGTERM, on_signal);
    printf("listening on SCTP port %d, UDP port %d\n", sctpx_server_port(server),
           sctpx_server_udp_port(server));
    fflush(stdout);
    sctpx_loop_run(loop);
    say_goodbye(server);
    sctpx_server_free(server);
    sctpx_loop_free(loop);
    close(folder);
    printf("%u files, %llu bytes\n", files, bytes);
    return 0;
}
