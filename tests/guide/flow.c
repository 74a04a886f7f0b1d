/* SPDX-License-Identifier: MIT */
/* "Back-pressure": all of a megabyte comes through 64 KiB, in messages of any length. */
#include "guide.h"

#include "guide_sender.inc"
#include "guide_any_length.inc"
#include "guide_small_buffers.inc"

enum { BYTES = 1000000 };

static size_t read_all(sctpx_socket *socket)
{
    static size_t total;
    char text[1000];
    long length;

    while ((length = sctpx_socket_read_datagram(socket, 0, text, sizeof(text), NULL)) > 0)
        total += (size_t)length;
    return total;
}

static void test_sender(struct guide *guide)
{
    const sctpx_socket_callbacks callbacks = {.on_connected = on_connected,
                                              .on_writable = on_writable};
    static char bytes[BYTES];
    struct sender sender = {bytes, sizeof(bytes)};
    sctpx_socket *client = guide_client(guide), *server;

    CHECK(sctpx_socket_set_write_limit(client, 65536) == 0);
    sctpx_socket_set_callbacks(client, &callbacks, &sender);
    server = guide_accept(guide);
    UNTIL(guide->loop, sender.left < BYTES);
    CHECK(sender.left > BYTES - 65536); /* it has to wait */
    UNTIL(guide->loop, read_all(server) == BYTES);
    CHECK(sender.left == 0);
    sctpx_socket_free(client);
    sctpx_socket_free(server);
}

static void test_any_length(struct guide *guide)
{
    sctpx_socket *client = guide_client(guide), *server = guide_accept(guide);
    const char *printed;

    guide_say(client, 1, "hi");
    guide_send(client, 1, 3000);
    guide_say(client, 1, "bye");
    UNTIL(guide->loop, sctpx_socket_bytes_available(server, 1) == 3005);
    guide_capture(1);
    read_any_length(server, 1);
    printed = guide_captured(1);
    CHECK(strncmp(printed, "stream 1: hi\nstream 1: abc", 26) == 0);
    CHECK(strstr(printed, "\nstream 1: bye\n") && strlen(printed) == 3005 + 3 * 11);
    sctpx_socket_free(client);
    sctpx_socket_free(server);
}

static void test_small_buffers(struct guide *guide)
{
    sctpx_socket *client, *server;

    CHECK(with_small_buffers(guide->loop, &client) == 0);
    CHECK(sctpx_socket_read_buffer_size(client) == 65536 &&
          sctpx_socket_write_limit(client) == 65536);
    guide_connect(guide, client);
    server = guide_accept(guide);
    guide_send(server, 0, 256 * 1024);
    UNTIL(guide->loop, sctpx_socket_next_datagram_size(client, 0) == 256 * 1024);
    guide_send(client, 5, 16 * 1024);
    CHECK(sctpx_socket_write_datagram(client, "more", 4, &(sctpx_sndinfo){.stream = 5}) ==
          SCTPX_EWOULDBLOCK);
    guide_say(client, 6, "more");
    sctpx_socket_free(client);
    sctpx_socket_free(server);
}

static void test_message_over_the_limit(struct guide *guide)
{
    sctpx_socket *client, *server;

    CHECK(with_small_buffers(guide->loop, &client) == 0);
    guide_connect(guide, client);
    server = guide_accept(guide);
    guide_send(server, 0, 256 * 1024 + 1);
    UNTIL(guide->loop, sctpx_socket_error(server) == SCTPX_EPEERABORT);
    CHECK(sctpx_socket_abort_cause(server) == 4); /* "Errors" says so */
    sctpx_socket_free(client);
    sctpx_socket_free(server);
}

int main(void)
{
    struct guide guide;

    guide_open(&guide, 0);
    test_sender(&guide);
    test_any_length(&guide);
    test_small_buffers(&guide);
    test_message_over_the_limit(&guide);
    guide_close(&guide);
    return 0;
}
