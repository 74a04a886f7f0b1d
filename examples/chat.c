/* SPDX-License-Identifier: MIT */
/*
 * A chat in which the payload protocol identifier (PPID) of each message says what it is, as
 * signalling protocols do it. Two streams: what is said must not wait for who comes and goes.
 *
 *     chat serve [PORT [UDP_PORT]]
 *     chat join NAME HOST PORT [UDP_PORT]     lines from standard input are said, "/me ..." is done
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sctpx/sctpx.h>

enum { STREAM_PEOPLE, STREAM_TALK, STREAMS };
enum ppid { PPID_JOIN = 1, PPID_LEAVE, PPID_TEXT, PPID_ACTION };
enum { NAME_BYTES = 32, TEXT_BYTES = 1024, GOODBYE_MS = 5000 };

struct guest {
    sctpx_socket *socket;
    char name[NAME_BYTES];
    struct guest *previous, *next;
};

static struct guest *guests;
static sctpx_loop *loop;
static volatile sig_atomic_t is_over;

static void on_signal(int number)
{
    (void)number;
    is_over = 1;
    sctpx_loop_stop(loop);
}

static int stream_of(enum ppid ppid)
{
    return ppid == PPID_JOIN || ppid == PPID_LEAVE ? STREAM_PEOPLE : STREAM_TALK;
}

static int send_text(sctpx_socket *socket, enum ppid ppid, const char *text, size_t length)
{
    const sctpx_sndinfo info = {.stream = (uint16_t)stream_of(ppid), .ppid = ppid};

    return sctpx_socket_write_datagram(socket, text, length, &info);
}

/* ---- serve -------------------------------------------------------------------------------- */

/*
 * To everybody, with the name in front. Who does not read what is said is shown the door once its
 * write buffer is full, for it must not hold up the others: lines are short, and whoever leaves so
 * many of them lying does not read. Where nothing may be lost wait for
 * on_writable instead, as graceful_server.c (one client) and epoll_loop.c (all of them) do.
 */
static void tell_all(const char *name, enum ppid ppid, const char *text, size_t length)
{
    char line[NAME_BYTES + TEXT_BYTES + 2];
    int used = snprintf(line, sizeof(line), "%s %.*s", name, (int)length, text);

    for (struct guest *guest = guests; guest; guest = guest->next)
        if (send_text(guest->socket, ppid, line, (size_t)used) == SCTPX_EWOULDBLOCK)
            sctpx_socket_abort(guest->socket, "too slow", 8);
}

static void on_guest_message(struct guest *guest, const sctpx_rcvinfo *info, const char *text,
                             size_t length)
{
    if (info->ppid == PPID_JOIN && guest->name[0] == '\0' && length < NAME_BYTES) {
        memcpy(guest->name, text, length);
        guest->name[length] = '\0';
        tell_all(guest->name, PPID_JOIN, "", 0);
    } else if (guest->name[0] != '\0' && (info->ppid == PPID_TEXT || info->ppid == PPID_ACTION)) {
        tell_all(guest->name, (enum ppid)info->ppid, text, length);
    } else {
        sctpx_socket_abort(guest->socket, "not understood", 14);
    }
}

static void on_guest_readable(sctpx_socket *socket, void *user, int stream)
{
    char text[TEXT_BYTES];
    sctpx_rcvinfo info;
    long length;

    while ((length = sctpx_socket_read_datagram(socket, stream, text, sizeof(text), &info)) > 0)
        on_guest_message(user, &info, text, (size_t)length);
}

static void on_guest_closed(sctpx_socket *socket, void *user, int error)
{
    struct guest *guest = user;

    (void)error;
    if (guest->next)
        guest->next->previous = guest->previous;
    if (guest->previous)
        guest->previous->next = guest->next;
    else
        guests = guest->next;
    if (guest->name[0] != '\0' && !is_over)
        tell_all(guest->name, PPID_LEAVE, "", 0);
    sctpx_socket_free(socket);
    free(guest);
}

static void on_connection(sctpx_server *server, void *user)
{
    const sctpx_socket_callbacks callbacks = {.on_readable = on_guest_readable,
                                              .on_closed = on_guest_closed};
    sctpx_socket *socket;

    (void)user;
    while (sctpx_server_next_pending_connection(server, &socket) == 0) {
        struct guest *guest = calloc(1, sizeof(*guest));

        if (!guest) {
            sctpx_socket_free(socket);
            continue;
        }
        guest->socket = socket;
        guest->next = guests;
        if (guests)
            guests->previous = guest;
        guests = guest;
        sctpx_socket_set_callbacks(socket, &callbacks, guest);
    }
}

static int serve(uint16_t port, const char *udp_port)
{
    const sctpx_server_callbacks callbacks = {.on_connection = on_connection};
    sctpx_server_options options;
    sctpx_server *server;

    sctpx_server_options_defaults(&options);
    options.assoc.max_message_bytes = TEXT_BYTES; /* no message is longer than the buffer */
    if (udp_port)
        options.udp_port = (uint16_t)atoi(udp_port);
    if (sctpx_server_new(loop, &options, &server) < 0)
        return 1;
    sctpx_server_set_maximum_channel_count(server, STREAMS);
    sctpx_server_set_callbacks(server, &callbacks, NULL);
    if (sctpx_server_listen(server, NULL, 0, port) < 0) {
        fprintf(stderr, "%s\n", sctpx_server_error_string(server));
        return 1;
    }
    printf("listening on SCTP port %d, UDP port %d\n", sctpx_server_port(server),
           sctpx_server_udp_port(server));
    fflush(stdout);
    sctpx_loop_run(loop);
    sctpx_server_close(server);
    for (struct guest *guest = guests; guest; guest = guest->next)
        sctpx_socket_disconnect(guest->socket, GOODBYE_MS);
    while (guests && sctpx_loop_run_once(loop, -1) > 0)
        continue;
    sctpx_server_free(server);
    return 0;
}

/* ---- join --------------------------------------------------------------------------------- */

/* Of other people's making: what would steer a terminal is not shown. */
static void make_harmless(char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            text[i] = '.';
}

static void print_message(uint32_t ppid, const char *text, int length)
{
    const char *blank = strchr(text, ' '); /* behind the name */
    int name = blank ? (int)(blank - text) : length;

    if (ppid == PPID_JOIN || ppid == PPID_LEAVE)
        printf("* %.*s has %s\n", name, text, ppid == PPID_JOIN ? "come" : "left");
    else if (ppid == PPID_ACTION)
        printf("* %.*s\n", length, text);
    else if (ppid == PPID_TEXT && blank)
        printf("%.*s: %s\n", name, text, blank + 1);
    fflush(stdout);
}

static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    char text[NAME_BYTES + TEXT_BYTES + 2];
    sctpx_rcvinfo info;
    long length;

    (void)user;
    while ((length = sctpx_socket_read_datagram(socket, stream, text, sizeof(text) - 1, &info)) >
           0) {
        make_harmless(text, (size_t)length);
        text[length] = '\0';
        print_message(info.ppid, text, (int)length);
    }
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    int *result = user;

    *result = error != 0 && error != SCTPX_EPEERSHUTDOWN;
    if (*result)
        fprintf(stderr, "%s\n", sctpx_socket_error_string(socket));
    is_over = 1;
}

/* Nothing more is read from the keyboard, or from a file, before this has room. */
static void say(sctpx_socket *socket, enum ppid ppid, const char *text)
{
    while (send_text(socket, ppid, text, strlen(text)) == SCTPX_EWOULDBLOCK && !is_over &&
           sctpx_socket_wait_for_writable(socket, SCTPX_FOREVER) == 0)
        continue;
}

/* What was typed; false at the end. Lines are short: one read is one or more whole ones. */
static int say_typed(sctpx_socket *socket)
{
    char typed[TEXT_BYTES];
    ssize_t length = read(STDIN_FILENO, typed, sizeof(typed) - 1);

    if (length <= 0)
        return 0;
    typed[length] = '\0';
    for (char *line = strtok(typed, "\n"); line; line = strtok(NULL, "\n")) {
        if (strncmp(line, "/me ", 4) == 0 && line[4] != '\0')
            say(socket, PPID_ACTION, line + 4);
        else
            say(socket, PPID_TEXT, line);
    }
    return 1;
}

/* Two things to wait for, the keyboard and the loop: the loop is one descriptor of many. */
static void talk(sctpx_socket *socket)
{
    struct pollfd fds[] = {{.fd = sctpx_loop_fd(loop), .events = POLLIN},
                           {.fd = STDIN_FILENO, .events = POLLIN}};

    while (!is_over) {
        if (poll(fds, 2, -1) < 0 && !is_over)
            continue;
        if (fds[1].revents && !say_typed(socket)) {
            fds[1].fd = -1;
            sctpx_socket_disconnect(socket, GOODBYE_MS);
        }
        sctpx_loop_process(loop);
    }
}

static int join(const char *name, const char *host, uint16_t port, const char *udp_port)
{
    const sctpx_socket_callbacks callbacks = {.on_readable = on_readable, .on_closed = on_closed};
    sctpx_socket_options options;
    sctpx_socket *socket;
    int result = 0;

    sctpx_socket_options_defaults(&options);
    if (udp_port)
        options.peer_udp_port = (uint16_t)atoi(udp_port);
    if (sctpx_socket_new(loop, &options, &socket) < 0)
        return 1;
    sctpx_socket_set_maximum_channel_count(socket, STREAMS);
    if (sctpx_socket_connect_name(socket, host, port) < 0 ||
        sctpx_socket_wait_for_connected(socket, 10000) < 0 ||
        send_text(socket, PPID_JOIN, name, strlen(name)) < 0) {
        fprintf(stderr, "%s\n", sctpx_socket_error_string(socket));
        sctpx_socket_free(socket);
        return 1;
    }
    sctpx_socket_set_callbacks(socket, &callbacks, &result);
    talk(socket);
    sctpx_socket_free(socket);
    return result;
}

int main(int argc, char **argv)
{
    int result = 2;

    if (sctpx_loop_new(&loop) < 0)
        return 1;
    signal(SIGTERM, on_signal);
    if (argc > 1 && strcmp(argv[1], "serve") == 0)
        result = serve((uint16_t)(argc > 2 ? atoi(argv[2]) : 7000), argc > 3 ? argv[3] : NULL);
    else if (argc > 4 && strcmp(argv[1], "join") == 0 && argv[2][0] != '\0')
        result = join(argv[2], argv[3], (uint16_t)atoi(argv[4]), argc > 5 ? argv[5] : NULL);
    else
        fprintf(stderr,
                "usage: %s serve [PORT [UDP_PORT]]\n       %s join NAME HOST PORT "
                "[UDP_PORT]\n",
                argv[0], argv[0]);
    sctpx_loop_free(loop);
    return result;
}
