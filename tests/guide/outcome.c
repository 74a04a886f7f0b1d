/* SPDX-License-Identifier: MIT */
/* What became of messages: copies are freed, and what never left goes to another server. */
#include "guide.h"

#include "guide_outcome.inc"

static const sctpx_socket_callbacks callbacks = {.on_message = on_message,
                                                 .on_send_failed = on_send_failed};

static void say_with_copy(sctpx_socket *socket, const char *text)
{
    sctpx_sndinfo info = {.flags = SCTPX_MSG_REPORT, .context = malloc(100)};

    CHECK(info.context && sctpx_socket_write_datagram(socket, text, strlen(text), &info) == 0);
}

/* The sanitizer would see a copy that is not freed, or is freed twice. */
static void test_delivered(struct guide *guide, struct spool *spool)
{
    sctpx_socket *client = guide_client(guide), *server;

    sctpx_socket_set_callbacks(client, &callbacks, spool);
    say_with_copy(client, "one");
    say_with_copy(client, "two");
    server = guide_accept(guide);
    guide_hear(guide, server, 0, "one", NULL);
    guide_hear(guide, server, 0, "two", NULL);
    CHECK(sctpx_socket_disconnect(client, 5000) == 0);
    CHECK(sctpx_socket_wait_for_disconnected(client, 10000) == 0);
    CHECK(spool->lost == 0 && spool->doubtful == 0);
    sctpx_socket_free(client);
    sctpx_socket_free(server);
}

static void test_failed(struct guide *guide, struct spool *spool)
{
    enum { COUNT = 300 };
    sctpx_socket *client = guide_client(guide), *server, *spare;
    unsigned saved = 0;

    spool->spare = guide_client(guide);
    sctpx_socket_set_callbacks(client, &callbacks, spool);
    server = guide_accept(guide);
    spare = guide_accept(guide);
    guide_up(guide, client);
    guide_up(guide, spool->spare);
    for (int i = 0; i < COUNT; i++)
        guide_send(client, 0, 1400);
    CHECK(sctpx_socket_flush(client) > 0); /* some have left now, and some have not */
    CHECK(sctpx_socket_abort(client, "over", 4) == 0);
    UNTIL(guide->loop, spool->doubtful > 0);
    UNTIL(guide->loop, sctpx_socket_bytes_available(spare, 0) == (COUNT - spool->doubtful) * 1400u);
    while (sctpx_socket_next_datagram_size(spare, 0) == 1400) {
        char text[1400];

        CHECK(sctpx_socket_read_datagram(spare, 0, text, sizeof(text), NULL) == 1400);
        saved++;
    }
    CHECK(saved > 0 && saved + spool->doubtful == COUNT && spool->lost == 0);
    sctpx_socket_free(client);
    sctpx_socket_free(server);
    sctpx_socket_free(spare);
    sctpx_socket_free(spool->spare);
}

int main(void)
{
    struct guide guide;
    struct spool spool = {0};

    guide_open(&guide, 0);
    test_delivered(&guide, &spool);
    test_failed(&guide, &spool);
    guide_close(&guide);
    return 0;
}
