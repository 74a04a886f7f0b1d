/* SPDX-License-Identifier: MIT */
/*
 * The client of three_streams_server. It leaves each of the three streams unread in turn, until
 * the other two have moved on by so much, and then takes what has waited.
 *
 *     three_streams_client OUT CLIENTS HOST PORT [UDP_PORT]
 *
 * Begins when CLIENTS clients are there, writes the file it gets to OUT, and says what it saw.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sctpx/sctpx.h>

enum { BULK, CLOCK, CHAT, STREAMS };
enum { END_PPID = 1, TICK_US = 1000 };

/* What a stream has to move on by while another one is blocked: bytes, replies, messages. */
static const size_t enough[STREAMS] = {1024 * 1024, 40, 40};

/* So much the server may send ahead of what was read: less than the receive buffer. */
#define AHEAD_BYTES ((size_t)256 * 1024)

/* What may be asked for and said in each part, so that something is left for the next one. */
#define PART_BYTES ((size_t)2 * 1024 * 1024)
#define PART_LINES ((size_t)100)
#define CHAT_LINES (PART_LINES * (STREAMS + 1))

struct client {
    sctpx_loop *loop;
    sctpx_socket *socket;
    sctpx_timer *tick;
    FILE *out;
    int clients;
    int blocked;           /* the stream that is not read: BULK, CLOCK, CHAT; STREAMS = none */
    int is_started;        /* all clients are there */
    size_t count[STREAMS]; /* all that was read: bytes, replies, messages */
    size_t part[STREAMS];  /* since another stream was blocked */
    size_t granted, said;
    int is_bulk_done, is_request_open, error;
    sctpx_time request_us, slowest_us;
};

static void write_on(struct client *client, int stream, const char *text)
{
    const sctpx_sndinfo info = {.stream = (uint16_t)stream};
    int result = sctpx_socket_write_datagram(client->socket, text, strlen(text), &info);

    if (result < 0) {
        fprintf(stderr, "cannot write on stream %d: %s\n", stream, sctpx_strerror(result));
        client->error = 1;
    }
}

static void count(struct client *client, int stream, size_t amount)
{
    client->count[stream] += amount;
    client->part[stream] += amount;
}

/* ---- bulk --------------------------------------------------------------------------------- */

static void grant(struct client *client)
{
    size_t target = client->count[BULK] + AHEAD_BYTES, limit = SIZE_MAX;
    char text[32];

    if (client->blocked < STREAMS)
        limit = AHEAD_BYTES + PART_BYTES * (size_t)client->blocked;
    if (target > limit)
        target = limit;
    /* Not for every piece. */
    if (target < client->granted + AHEAD_BYTES / 4 || client->is_bulk_done)
        return;
    snprintf(text, sizeof(text), "GRANT %zu", target - client->granted);
    client->granted = target;
    write_on(client, BULK, text);
}

static void on_bulk(struct client *client, const char *data, size_t length,
                    const sctpx_rcvinfo *info)
{
    if (info->ppid == END_PPID) {
        client->is_bulk_done = 1;
        return;
    }
    if (fwrite(data, 1, length, client->out) != length)
        client->error = 1;
    count(client, BULK, length);
    grant(client);
}

/* ---- clock and chat ----------------------------------------------------------------------- */

static void ask_time(struct client *client)
{
    if (client->is_request_open)
        return;
    client->is_request_open = 1;
    client->request_us = sctpx_loop_now(client->loop);
    write_on(client, CLOCK, "time?");
}

static void on_clock(struct client *client)
{
    sctpx_time took_us = sctpx_loop_now(client->loop) - client->request_us;

    client->is_request_open = 0;
    if (client->blocked != CLOCK && took_us > client->slowest_us)
        client->slowest_us = took_us;
    count(client, CLOCK, 1);
}

static void say(struct client *client)
{
    size_t limit = PART_LINES * (size_t)(client->blocked + 1);
    char text[32];

    if (client->said == limit)
        return;
    snprintf(text, sizeof(text), "line %zu", ++client->said);
    write_on(client, CHAT, text);
}

static void on_chat(struct client *client, const char *text)
{
    int here;

    if (sscanf(text, "* %d here", &here) != 1) {
        count(client, CHAT, 1);
        return;
    }
    if (here < client->clients || client->is_started)
        return;
    client->is_started = 1;
    grant(client);
    sctpx_timer_start(client->tick, 0);
}

/* ---- reading ------------------------------------------------------------------------------ */

static void read_stream(struct client *client, int stream)
{
    static char data[65536];
    sctpx_rcvinfo info;
    long length;

    if (client->is_started && stream == client->blocked)
        return; /* it waits in the receive buffer */
    while ((length = sctpx_socket_read_datagram(client->socket, stream, data, sizeof(data) - 1,
                                                &info)) >= 0) {
        data[length] = '\0';
        if (stream == BULK)
            on_bulk(client, data, (size_t)length, &info);
        else if (stream == CLOCK)
            on_clock(client);
        else
            on_chat(client, data);
    }
}

static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    (void)socket;
    read_stream(user, stream);
}

/* ---- parts -------------------------------------------------------------------------------- */

static void block_next(struct client *client)
{
    static const char *const names[STREAMS] = {"bulk", "clock", "chat"};
    static const char *const units[STREAMS] = {"bytes", "replies", "messages"};
    int unblocked = client->blocked;
    const char *separator = "";

    printf("while %s was blocked: ", names[unblocked]);
    for (int stream = 0; stream < STREAMS; stream++) {
        if (stream == unblocked)
            continue;
        printf("%s%s %zu %s", separator, names[stream], client->part[stream], units[stream]);
        separator = ", ";
    }
    putchar('\n');
    memset(client->part, 0, sizeof(client->part));
    client->blocked++;
    read_stream(client, unblocked);
    grant(client);
}

static int others_moved_on(const struct client *client)
{
    for (int stream = 0; stream < STREAMS; stream++)
        if (stream != client->blocked && client->part[stream] < enough[stream])
            return 0;
    return 1;
}

static int is_complete(const struct client *client)
{
    return client->blocked == STREAMS && client->is_bulk_done && client->said == CHAT_LINES &&
           client->count[CHAT] == CHAT_LINES * (size_t)client->clients && !client->is_request_open;
}

static void on_tick(sctpx_timer *timer, void *arg)
{
    struct client *client = arg;

    if (client->blocked < STREAMS && others_moved_on(client))
        block_next(client);
    if (is_complete(client)) {
        sctpx_socket_disconnect(client->socket, SCTPX_FOREVER);
        return;
    }
    if (!client->is_bulk_done || client->blocked < STREAMS)
        ask_time(client);
    say(client);
    sctpx_timer_start(timer, TICK_US);
}

/* ---- main --------------------------------------------------------------------------------- */

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    struct client *client = user;

    sctpx_timer_stop(client->tick);
    if (error != 0) {
        fprintf(stderr, "%s\n", sctpx_socket_error_string(socket));
        client->error = 1;
    }
    sctpx_loop_stop(client->loop);
}

static int run(struct client *client, const char *host, int port, int udp_port)
{
    const sctpx_socket_callbacks callbacks = {.on_readable = on_readable, .on_closed = on_closed};
    sctpx_socket_options options;

    sctpx_socket_options_defaults(&options);
    options.peer_udp_port = (uint16_t)udp_port;
    if (sctpx_loop_new(&client->loop) < 0 ||
        sctpx_timer_new(client->loop, on_tick, client, &client->tick) < 0 ||
        sctpx_socket_new(client->loop, &options, &client->socket) < 0)
        return 1;
    sctpx_socket_set_maximum_channel_count(client->socket, STREAMS);
    sctpx_socket_set_callbacks(client->socket, &callbacks, client);
    if (sctpx_socket_connect_name(client->socket, host, (uint16_t)port) < 0)
        return 1;
    sctpx_loop_run(client->loop);
    sctpx_socket_free(client->socket);
    sctpx_timer_free(client->tick);
    sctpx_loop_free(client->loop);
    return client->error || !is_complete(client);
}

int main(int argc, char **argv)
{
    struct client client = {0};
    int result;

    if (argc < 5) {
        fprintf(stderr, "usage: %s OUT CLIENTS HOST PORT [UDP_PORT]\n", argv[0]);
        return 2;
    }
    client.clients = atoi(argv[2]);
    client.out = fopen(argv[1], "wb");
    if (!client.out) {
        perror(argv[1]);
        return 1;
    }
    result = run(&client, argv[3], atoi(argv[4]), argc > 5 ? atoi(argv[5]) : 9899);
    if (fclose(client.out) != 0)
        result = 1;
    printf("bulk %zu bytes, clock %zu replies, slowest %.3f ms, chat %zu messages\n",
           client.count[BULK], client.count[CLOCK], (double)client.slowest_us / 1e3,
           client.count[CHAT]);
    return result;
}
