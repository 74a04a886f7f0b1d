/* SPDX-License-Identifier: MIT */
/*
 * A server inside an epoll loop of its own: sctpx_loop_fd() is one descriptor among others, here
 * standard input and signals. Lines from standard input go to all clients, what clients send is
 * printed. While a client does not take what was sent to it the input is not read. Its end, SIGTERM
 * or SIGINT ends the server gracefully, a second signal at once.
 *
 *     epoll_loop [PORT [UDP_PORT]]
 */
#define _GNU_SOURCE /* with -std=c11 the system shows no more than C */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <sctpx/sctpx.h>

#define BUFFER_BYTES 65536
#define GOODBYE_MS 5000

enum source { SOURCE_SCTPX, SOURCE_INPUT, SOURCE_SIGNALS };

struct client {
    LIST_ENTRY(client) link;
    struct program *program;
    sctpx_socket *socket;
    bool is_behind; /* has not got the line yet */
};

struct program {
    LIST_HEAD(, client) clients;
    sctpx_loop *loop;
    sctpx_server *server;
    int epoll_fd, signal_fd, signals;
    char line[1024]; /* read last */
    size_t length;
    unsigned behind; /* clients */
    bool is_ending;
};

/* ---- clients ------------------------------------------------------------------------------ */

static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    char text[BUFFER_BYTES];
    long length;

    (void)user;
    while ((length = sctpx_socket_read_datagram(socket, stream, text, sizeof(text), NULL)) > 0)
        printf("received: %.*s\n", (int)length, text);
    fflush(stdout);
}

static void watch_input(const struct program *program)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = SOURCE_INPUT};

    if (!program->is_ending)
        epoll_ctl(program->epoll_fd, EPOLL_CTL_ADD, STDIN_FILENO, &event);
}

/* The last one of those that were behind lets the input go on. */
static void caught_up(struct client *client)
{
    if (!client->is_behind)
        return;
    client->is_behind = false;
    if (--client->program->behind == 0)
        watch_input(client->program);
}

/* There is room again. */
static void on_writable(sctpx_socket *socket, void *user)
{
    struct client *client = user;
    const struct program *program = client->program;

    if (client->is_behind && sctpx_socket_write_datagram(socket, program->line, program->length,
                                                         NULL) != SCTPX_EWOULDBLOCK)
        caught_up(client);
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    struct client *client = user;

    caught_up(client);
    LIST_REMOVE(client, link);
    free(client);
    sctpx_socket_free(socket);
    printf("client has left: %s\n", sctpx_strerror(error));
    fflush(stdout);
}

static void take_pending(struct program *program)
{
    const sctpx_socket_callbacks callbacks = {
        .on_readable = on_readable, .on_writable = on_writable, .on_closed = on_closed};
    sctpx_socket *socket;

    while (sctpx_server_next_pending_connection(program->server, &socket) == 0) {
        struct client *client = malloc(sizeof(*client));

        if (!client) {
            sctpx_socket_free(socket);
            continue;
        }
        *client = (struct client){.program = program, .socket = socket};
        LIST_INSERT_HEAD(&program->clients, client, link);
        sctpx_socket_set_callbacks(socket, &callbacks, client);
        printf("client has come\n");
    }
    fflush(stdout);
}

static void on_connection(sctpx_server *server, void *user)
{
    (void)server;
    take_pending(user);
}

/*
 * No more is read before all clients have taken it: nothing is left out, and the slowest one sets
 * the pace. Who must not let one hold up the others gives each a queue of its own, with a bound.
 */
static void send_to_all(struct program *program)
{
    struct client *client;

    LIST_FOREACH (client, &program->clients, link) {
        client->is_behind = sctpx_socket_write_datagram(client->socket, program->line,
                                                        program->length, NULL) == SCTPX_EWOULDBLOCK;
        program->behind += client->is_behind;
    }
    if (program->behind > 0)
        epoll_ctl(program->epoll_fd, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
}

/* ---- the loop ----------------------------------------------------------------------------- */

/*
 * Closing the server aborts what is still pending, so that is taken first. Freeing sockets would
 * abort them, and the last lines might be lost: each client has GOODBYE_MS to get them.
 */
static void begin_end(struct program *program)
{
    struct client *client;

    if (program->is_ending)
        return;
    program->is_ending = true;
    printf("ending\n");
    fflush(stdout);
    epoll_ctl(program->epoll_fd, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
    take_pending(program);
    sctpx_server_close(program->server);
    LIST_FOREACH (client, &program->clients, link)
        sctpx_socket_disconnect(client->socket, GOODBYE_MS);
}

static void on_input(struct program *program)
{
    ssize_t length;

    length = read(STDIN_FILENO, program->line, sizeof(program->line));
    program->length = length > 0 ? (size_t)length : 0;
    if (length > 0)
        send_to_all(program);
    else if (length == 0 || errno != EINTR)
        begin_end(program);
}

static void on_signal(struct program *program)
{
    struct signalfd_siginfo info;

    if (read(program->signal_fd, &info, sizeof(info)) != sizeof(info))
        return;
    program->signals++;
    begin_end(program);
}

static void run(struct program *program)
{
    struct epoll_event events[3];

    while (program->signals < 2 && !(program->is_ending && LIST_EMPTY(&program->clients))) {
        int n = epoll_wait(program->epoll_fd, events, 3, -1);

        if (n < 0 && errno != EINTR)
            return;
        for (int i = 0; i < n; i++) {
            if (events[i].data.u32 == SOURCE_SCTPX)
                sctpx_loop_process(program->loop);
            else if (events[i].data.u32 == SOURCE_SIGNALS)
                on_signal(program);
            else if (!program->is_ending)
                on_input(program);
        }
    }
}

/* ---- beginning and end -------------------------------------------------------------------- */

static int watch(struct program *program, int fd, enum source source)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = source};

    return epoll_ctl(program->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

/* Signals arrive as input of a descriptor, in order with everything else. */
static int watch_all(struct program *program)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    program->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
    program->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (program->signal_fd < 0 || program->epoll_fd < 0 ||
        watch(program, sctpx_loop_fd(program->loop), SOURCE_SCTPX) < 0 ||
        watch(program, program->signal_fd, SOURCE_SIGNALS) < 0)
        return -1;
    /* A file or /dev/null is nothing to wait for: then there are no lines to send. */
    return watch(program, STDIN_FILENO, SOURCE_INPUT) < 0 && errno != EPERM ? -1 : 0;
}

static int listen_on(struct program *program, int port, int udp_port)
{
    const sctpx_server_callbacks callbacks = {.on_connection = on_connection};
    sctpx_server_options options;

    sctpx_server_options_defaults(&options);
    options.assoc.max_message_bytes = BUFFER_BYTES; /* no message is longer than the buffer */
    if (udp_port >= 0)
        options.udp_port = (uint16_t)udp_port;
    if (sctpx_server_new(program->loop, &options, &program->server) < 0)
        return -1;
    sctpx_server_set_callbacks(program->server, &callbacks, program);
    if (sctpx_server_listen(program->server, NULL, 0, (uint16_t)port) == 0)
        return 0;
    fprintf(stderr, "%s\n", sctpx_server_error_string(program->server));
    return -1;
}

int main(int argc, char **argv)
{
    struct program program = {0};
    struct client *client;

    if (sctpx_loop_new(&program.loop) < 0 || watch_all(&program) < 0 ||
        listen_on(&program, argc > 1 ? atoi(argv[1]) : 7000, argc > 2 ? atoi(argv[2]) : -1) < 0)
        return 1;
    printf("listening on SCTP port %d, UDP port %d\n", sctpx_server_port(program.server),
           sctpx_server_udp_port(program.server));
    fflush(stdout);
    run(&program);
    while ((client = LIST_FIRST(&program.clients)) != NULL) { /* after a second signal */
        LIST_REMOVE(client, link);
        sctpx_socket_free(client->socket); /* aborts it */
        free(client);
    }
    sctpx_server_free(program.server);
    sctpx_loop_free(program.loop);
    close(program.signal_fd);
    close(program.epoll_fd);
    return 0;
}
