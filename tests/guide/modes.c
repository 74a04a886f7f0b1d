/* SPDX-License-Identifier: MIT */
/* "Two modes": a message on a stream, and a byte stream whose other end writes messages. */
#include "guide.h"

#include "guide_say.inc"
#include "guide_copy.inc"

static void test_say(void)
{
    struct guide guide;
    sctpx_socket *client, *server;
    sctpx_rcvinfo info;

    guide_open(&guide, 0);
    client = guide_client(&guide);
    CHECK(say(client, 3, "hello") == 0); /* while connecting */
    server = guide_accept(&guide);
    guide_hear(&guide, server, 3, "hello", &info);
    CHECK(info.stream == 3 && info.ppid == 42);
    sctpx_socket_free(client);
    sctpx_socket_free(server);
    guide_close(&guide);
}

static void test_copy(void)
{
    struct guide guide;
    sctpx_socket *client, *server;
    FILE *file = tmpfile();
    char text[100] = "";

    CHECK(file);
    guide_open(&guide, 0);
    CHECK(sctpx_socket_new(guide.loop, NULL, &client) == 0);
    CHECK(to_byte_mode(client) == 0);
    CHECK(sctpx_socket_mode(client) == SCTPX_MODE_BYTES);
    guide_connect(&guide, client);
    server = guide_accept(&guide);
    guide_say(server, 0, "one ");
    UNTIL(guide.loop, copy(client, file) == SCTPX_EWOULDBLOCK && ftell(file) == 4);
    guide_say(server, 0, "two");
    CHECK(sctpx_socket_disconnect(server, 5000) == 0);
    UNTIL(guide.loop, copy(client, file) == SCTPX_EPEERSHUTDOWN);
    rewind(file);
    CHECK(fgets(text, sizeof(text), file) && strcmp(text, "one two") == 0);
    fclose(file);
    sctpx_socket_free(client);
    sctpx_socket_free(server);
    guide_close(&guide);
}

int main(void)
{
    test_say();
    test_copy();
    return 0;
}
