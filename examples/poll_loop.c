/* SPDX-License-Identifier: MIT */
/*
 * A server inside a poll() loop of its own: sctpx_loop_fd() is one descriptor among others. Lines
 * from standard input go to all clients, what clients send is printed. Ends with standard input.
 *
 *     poll_loop [PORT [UDP_PORT]]
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sctpx/sctpx.h>

#define MAX_CLIENTS 16

static sctpx_socket *clients[MAX_CLIENTS];
static int client_count;

static char *text; /* as long as the longest message so far */
static size_t capacity;

static int make_room(size_t length)
{
    char *longer;

    if (length <= capacity)
        return 1;
    longer = realloc(text, length);
    if (!longer)
        return 0;
    text = longer;
    capacity = length;
    return 1;
}

/* A message that does not fit would stay where it is (SCTPX_ETRUNC), and all behind it. */
static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    long length;

    (void)user;
    while ((length = sctpx_socket_next_datagram_size(socket, stream)) > 0) {
        if (!make_room((size_t)length)) {
            sctpx_socket_abort(socket, "out of memory", 13);
            return;
        }
        length = sctpx_socket_read_datagram(socket, stream, text, capacity, NULL);
        printf("received: %.*s\n", (int)length, text);
        fflush(stdout);
    }
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    sctpx_socket **slot = user;

    *slot = NULL;
    client_count--;
    sctpx_socket_free(socket);
    printf("client has left: %s\n", sctpx_strerror(error));
    fflush(stdout);
}

static void on_connection(sctpx_server *server, void *user)
{
    const sctpx_socket_callbacks callbacks = {.on_readable = on_readable, .on_closed = on_closed};
    sctpx_socket *socket;

    (void)user;
    while (sctpx_server_next_pending_connection(server, &socket) == 0) {
        int i = 0;

        while (i < MAX_CLIENTS && clients[i])
            i++;
        if (i == MAX_CLIENTS) {
            sctpx_socket_free(socket);
            continue;
        }
        clients[i] = socket;
        client_count++;
        sctpx_socket_set_callbacks(socket, &callbacks, &clients[i]);
        printf("client has come\n");
        fflush(stdout);
    }
}

/* Who reads so slowly that a line would have to be left out is not a client any more. */
static void send_to_all(const char *line, size_t length)
{
    for (int i = 0; i < MAX_CLIENTS && length > 0; i++)
        if (clients[i] &&
            sctpx_socket_write_datagram(clients[i], line, length, NULL) == SCTPX_EWOULDBLOCK)
            sctpx_socket_abort(clients[i], "too slow", 8);
}

static void run(sctpx_loop *loop)
{
    struct pollfd fds[2] = {{.fd = sctpx_loop_fd(loop), .events = POLLIN},
                            {.fd = STDIN_FILENO, .events = POLLIN}};
    char line[1024];
    ssize_t length;

    while (poll(fds, 2, -1) >= 0) {
        if (fds[1].revents != 0) {
            length = read(STDIN_FILENO, line, sizeof(line));
            if (length <= 0)
                return;
            send_to_all(line, (size_t)length);
        }
        /* Also when only the other descriptor was ready: what was written just now goes out. */
        sctpx_loop_process(loop);
    }
}

/* Freeing would abort them, and the last lines might be lost. */
static void say_goodbye(sctpx_loop *loop)
{
    for (int i = 0; i < MAX_CLIENTS; i++)
        if (clients[i])
            sctpx_socket_disconnect(clients[i], 5000);
    while (client_count > 0 && sctpx_loop_run_once(loop, -1) > 0)
        continue;
}

int main(int argc, char **argv)
{
    const sctpx_server_callbacks callbacks = {.on_connection = on_connection};
    sctpx_server_options options;
    sctpx_server *server;
    sctpx_loop *loop;

    sctpx_server_options_defaults(&options);
    if (argc > 2)
        options.udp_port = (uint16_t)atoi(argv[2]);
    if (sctpx_loop_new(&loop) < 0 || sctpx_server_new(loop, &options, &server) < 0)
        return 1;
    sctpx_server_set_callbacks(server, &callbacks, NULL);
    if (sctpx_server_listen(server, NULL, 0, (uint16_t)(argc > 1 ? atoi(argv[1]) : 7000)) < 0) {
        fprintf(stderr, "%s\n", sctpx_server_error_string(server));
        return 1;
    }
    printf("listening on SCTP port %d, UDP port %d\n", sctpx_server_port(server),
           sctpx_server_udp_port(server));
    fflush(stdout);
    run(loop);
    sctpx_server_close(server);
    say_goodbye(loop);
    sctpx_server_free(server);
    sctpx_loop_free(loop);
    free(text);
    return 0;
}
