/* SPDX-License-Identifier: MIT */
/*
 * A protocol of lines in byte mode, as over TCP: each line is a command, each answer is a line that
 * begins with "ok" or "error". A client that does not read its answers is not listened to until
 * it does; a line that is too long ends the association.
 *
 *     line_server [PORT [UDP_PORT]]        commands: echo TEXT, reverse TEXT, sum NUMBER..., quit
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sctpx/sctpx.h>

#define LINE_BYTES 1000
#define CLOSING_MS 5000

struct client {
    char answer[LINE_BYTES + 16]; /* what of it could not be written yet */
    size_t start, end;
};

static sctpx_loop *loop;

static void on_signal(int number)
{
    (void)number;
    sctpx_loop_stop(loop); /* allowed in a signal handler */
}

/* ---- commands ----------------------------------------------------------------------------- */

static void reverse(char *text)
{
    for (size_t i = 0, k = strlen(text); i + 1 < k; i++) {
        char c = text[i];

        text[i] = text[--k];
        text[k] = c;
    }
}

static int sum(const char *numbers, long long *ret_sum)
{
    char *rest;

    for (*ret_sum = 0; *numbers != '\0'; numbers = rest) {
        long number = strtol(numbers, &rest, 10);

        if (rest == numbers || number < -1000000000 || number > 1000000000)
            return -1;
        *ret_sum += number;
    }
    return 0;
}

/* line has no end of line any more. */
static void answer(struct client *client, char *line)
{
    char *rest = strchr(line, ' ');
    long long total;
    int length;

    if (rest)
        *rest++ = '\0';
    else
        rest = line + strlen(line);
    if (strcmp(line, "reverse") == 0)
        reverse(rest);
    if (strcmp(line, "echo") == 0 || strcmp(line, "reverse") == 0)
        length = snprintf(client->answer, sizeof(client->answer), "ok %s\n", rest);
    else if (strcmp(line, "sum") == 0 && sum(rest, &total) == 0)
        length = snprintf(client->answer, sizeof(client->answer), "ok %lld\n", total);
    else
        length = snprintf(client->answer, sizeof(client->answer), "error\n");
    client->start = 0;
    client->end = (size_t)length;
}

/* ---- one client --------------------------------------------------------------------------- */

/* False: the rest has to wait for on_writable. */
static bool write_answer(sctpx_socket *socket, struct client *client)
{
    long n =
        sctpx_socket_write(socket, client->answer + client->start, client->end - client->start);

    if (n > 0)
        client->start += (size_t)n;
    return client->start == client->end;
}

/*
 * While an answer waits, lines stay unread: that fills the read buffer, and in the end stops the
 * client.
 */
static void serve(sctpx_socket *socket, struct client *client)
{
    char line[LINE_BYTES];
    long length;

    while (write_answer(socket, client) &&
           (length = sctpx_socket_read_line(socket, SCTPX_ANY_STREAM, line, sizeof(line))) > 0) {
        if (line[length - 1] != '\n') { /* in a shorter buffer, or the last words of a client */
            if (length == LINE_BYTES - 1)
                sctpx_socket_abort(socket, "line too long", 13);
            return;
        }
        line[strcspn(line, "\r\n")] = '\0';
        if (strcmp(line, "quit") == 0) {
            sctpx_socket_disconnect(socket, CLOSING_MS); /* delivers the answers */
            return;
        }
        answer(client, line);
    }
}

static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    (void)stream;
    if (sctpx_socket_state(socket) == SCTPX_CONNECTED) /* else nothing can be answered */
        serve(socket, user);
}

static void on_writable(sctpx_socket *socket, void *user)
{
    serve(socket, user);
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    printf("client has left%s%s\n", error != 0 ? ": " : "", sctpx_socket_error_string(socket));
    fflush(stdout);
    free(user);
    sctpx_socket_free(socket);
}

static void on_connection(sctpx_server *server, void *user)
{
    const sctpx_socket_callbacks callbacks = {
        .on_readable = on_readable, .on_writable = on_writable, .on_closed = on_closed};
    sctpx_socket *socket;

    (void)user;
    while (sctpx_server_next_pending_connection(server, &socket) == 0) {
        struct client *client = calloc(1, sizeof(*client));

        if (client)
            sctpx_socket_set_callbacks(socket, &callbacks, client);
        else
            sctpx_socket_free(socket);
    }
}

int main(int argc, char **argv)
{
    const sctpx_server_callbacks callbacks = {.on_connection = on_connection};
    sctpx_server_options options;
    sctpx_server *server;

    sctpx_server_options_defaults(&options);
    if (argc > 2)
        options.udp_port = (uint16_t)atoi(argv[2]);
    if (sctpx_loop_new(&loop) < 0 || sctpx_server_new(loop, &options, &server) < 0)
        return 1;
    sctpx_server_set_callbacks(server, &callbacks, NULL);
    sctpx_server_set_maximum_channel_count(server, -1); /* byte mode */
    if (sctpx_server_listen(server, NULL, 0, (uint16_t)(argc > 1 ? atoi(argv[1]) : 7000)) < 0) {
        fprintf(stderr, "%s\n", sctpx_server_error_string(server));
        return 1;
    }
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    printf("listening on SCTP port %d, UDP port %d\n", sctpx_server_port(server),
           sctpx_server_udp_port(server));
    fflush(stdout);
    sctpx_loop_run(loop);
    sctpx_server_free(server);
    sctpx_loop_free(loop); /* aborts who is still there */
    return 0;
}
