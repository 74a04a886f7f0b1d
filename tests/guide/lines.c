/* SPDX-License-Identifier: MIT */
/*
 * A protocol of lines: a whole one is answered, one that is too long ends the association. And the
 * same with blocking calls.
 */
#include "guide.h"

#include "guide_lines.inc"

#include "guide_next_line.inc"

static const sctpx_socket_callbacks callbacks = {.on_readable = on_readable};

static void open_pair(struct guide *guide, sctpx_socket **ret_client, sctpx_socket **ret_server)
{
    guide_open(guide, -1);
    CHECK(sctpx_socket_new(guide->loop, NULL, ret_client) == 0);
    CHECK(sctpx_socket_set_maximum_channel_count(*ret_client, -1) == 0);
    guide_connect(guide, *ret_client);
    *ret_server = guide_accept(guide);
    sctpx_socket_set_callbacks(*ret_server, &callbacks, NULL);
    guide_up(guide, *ret_client);
}

static void close_pair(struct guide *guide, sctpx_socket *client, sctpx_socket *server)
{
    sctpx_socket_free(client);
    sctpx_socket_free(server);
    guide_close(guide);
}

static void test_lines(void)
{
    struct guide guide;
    sctpx_socket *client, *server;

    open_pair(&guide, &client, &server);
    CHECK(sctpx_socket_write(client, "hello\nwor", 9) == 9);
    guide_hear_bytes(&guide, client, "hello\n");
    CHECK(sctpx_socket_write(client, "ld\n", 3) == 3);
    guide_hear_bytes(&guide, client, "world\n");
    close_pair(&guide, client, server);
}

static void test_line_too_long(void)
{
    struct guide guide;
    sctpx_socket *client, *server;
    char line[2000];
    size_t length;

    memset(line, 'x', sizeof(line));
    open_pair(&guide, &client, &server);
    CHECK(sctpx_socket_write(client, line, sizeof(line)) == sizeof(line));
    UNTIL(guide.loop, sctpx_socket_error(client) == SCTPX_EPEERABORT);
    CHECK(memcmp(sctpx_socket_abort_reason(client, &length), "line too long", 13) == 0);
    close_pair(&guide, client, server);
}

/* Last words without an end of line are no reason to abort. */
static void test_last_words(void)
{
    struct guide guide;
    sctpx_socket *client, *server;

    open_pair(&guide, &client, &server);
    CHECK(sctpx_socket_write(client, "good", 4) == 4);
    CHECK(sctpx_socket_disconnect(client, 5000) == 0);
    CHECK(sctpx_socket_wait_for_disconnected(client, 10000) == 0);
    CHECK(sctpx_socket_error(client) == 0);
    CHECK(sctpx_socket_error(server) == SCTPX_EPEERSHUTDOWN);
    close_pair(&guide, client, server);
}

/* Half a line is there; the other half comes while the loop runs. */
static void test_next_line(void)
{
    struct guide guide;
    sctpx_socket *client, *server;
    char line[100];

    open_pair(&guide, &client, &server);
    sctpx_socket_set_callbacks(server, NULL, NULL);
    CHECK(sctpx_socket_write(client, "hel", 3) == 3);
    CHECK(sctpx_socket_wait_for_readable(server, SCTPX_ANY_STREAM, 10000) == 0);
    CHECK(sctpx_socket_write(client, "lo\nwor", 6) == 6);
    CHECK(next_line(server, line, sizeof(line)) == 6);
    CHECK(strcmp(line, "hello\n") == 0);
    CHECK(sctpx_socket_disconnect(client, 5000) == 0);
    CHECK(next_line(server, line, sizeof(line)) == 3); /* last words */
    CHECK(next_line(server, line, sizeof(line)) == SCTPX_EPEERSHUTDOWN);
    close_pair(&guide, client, server);
}

int main(void)
{
    test_next_line();
    test_lines();
    test_line_too_long();
    test_last_words();
    return 0;
}
