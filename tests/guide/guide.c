/* SPDX-License-Identifier: MIT */
#include "guide.h"

#include <unistd.h>

_Noreturn void guide_fail(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: %s\n", file, line, what);
    exit(1);
}

/* ---- a server ------------------------------------------------------------------------------- */

void guide_open(struct guide *guide, int channels)
{
    sctpx_server_options options;
    sctpx_addr addr;

    sctpx_server_options_defaults(&options);
    options.udp_port = 0;
    CHECK(sctpx_addr_parse("127.0.0.1", &addr) == 0);
    CHECK(sctpx_loop_new(&guide->loop) == 0);
    CHECK(sctpx_server_new(guide->loop, &options, &guide->server) == 0);
    CHECK(sctpx_server_set_maximum_channel_count(guide->server, channels) == 0);
    CHECK(sctpx_server_listen(guide->server, &addr, 1, 0) == 0);
    guide_found(guide, guide->server);
}

void guide_found(struct guide *guide, sctpx_server *server)
{
    guide->server = server;
    guide->port = sctpx_server_port(server);
    CHECK(sctpx_addr_parse("127.0.0.1", &guide->addr) == 0);
    guide->addr.udp_port = sctpx_server_udp_port(server);
}

void guide_close(struct guide *guide)
{
    sctpx_server_free(guide->server);
    sctpx_loop_free(guide->loop);
}

/* ---- sockets -------------------------------------------------------------------------------- */

void guide_connect(struct guide *guide, sctpx_socket *client)
{
    CHECK(sctpx_socket_connect(client, &guide->addr, 1, guide->port) == 0);
}

sctpx_socket *guide_client(struct guide *guide)
{
    sctpx_socket *client;

    CHECK(sctpx_socket_new(guide->loop, NULL, &client) == 0);
    guide_connect(guide, client);
    return client;
}

sctpx_socket *guide_accept(struct guide *guide)
{
    sctpx_socket *socket;

    UNTIL(guide->loop, sctpx_server_next_pending_connection(guide->server, &socket) == 0);
    return socket;
}

void guide_up(struct guide *guide, sctpx_socket *socket)
{
    UNTIL(guide->loop, sctpx_socket_state(socket) == SCTPX_CONNECTED);
}

/* ---- messages and bytes --------------------------------------------------------------------- */

void guide_send(sctpx_socket *socket, uint16_t stream, size_t length)
{
    const sctpx_sndinfo info = {.stream = stream};
    char *message = malloc(length);

    CHECK(message);
    for (size_t i = 0; i < length; i++)
        message[i] = (char)('a' + i % 26);
    CHECK(sctpx_socket_write_datagram(socket, message, length, &info) == 0);
    free(message);
}

void guide_say(sctpx_socket *socket, uint16_t stream, const char *text)
{
    const sctpx_sndinfo info = {.stream = stream, .ppid = stream + 1000u};

    CHECK(sctpx_socket_write_datagram(socket, text, strlen(text), &info) == 0);
}

void guide_hear(struct guide *guide, sctpx_socket *socket, int stream, const char *text,
                sctpx_rcvinfo *ret_info)
{
    char heard[1000];
    long length;

    UNTIL(guide->loop, (length = sctpx_socket_read_datagram(socket, stream, heard, sizeof(heard),
                                                            ret_info)) != SCTPX_EWOULDBLOCK);
    CHECK(length == (long)strlen(text) && memcmp(heard, text, strlen(text)) == 0);
}

void guide_hear_bytes(struct guide *guide, sctpx_socket *socket, const char *text)
{
    char heard[1000];
    size_t length = 0;

    while (length < strlen(text)) {
        long n;

        UNTIL(guide->loop, (n = sctpx_socket_read(socket, heard + length,
                                                  sizeof(heard) - length)) != SCTPX_EWOULDBLOCK);
        CHECK(n > 0);
        length += (size_t)n;
    }
    CHECK(length == strlen(text) && memcmp(heard, text, length) == 0);
}

/* ---- what is printed ------------------------------------------------------------------------ */

static struct {
    FILE *file;
    int original;
    char text[4000];
} captures[3];

void guide_capture(int descriptor)
{
    captures[descriptor].file = tmpfile();
    CHECK(captures[descriptor].file && fflush(NULL) == 0);
    captures[descriptor].original = dup(descriptor);
    CHECK(dup2(fileno(captures[descriptor].file), descriptor) >= 0);
}

const char *guide_captured(int descriptor)
{
    FILE *file = captures[descriptor].file;
    size_t length;

    CHECK(fflush(NULL) == 0 && dup2(captures[descriptor].original, descriptor) >= 0);
    close(captures[descriptor].original);
    rewind(file);
    length = fread(captures[descriptor].text, 1, sizeof(captures[descriptor].text) - 1, file);
    captures[descriptor].text[length] = '\0';
    fclose(file);
    return captures[descriptor].text;
}
