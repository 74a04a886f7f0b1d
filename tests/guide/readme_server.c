/* SPDX-License-Identifier: MIT */
/* The server of README.md: echoes each message on its stream, one client after the other. */
#include "program.h"

#include "readme_server.inc"
#undef main

static void ask(struct guide *guide)
{
    sctpx_socket *client = guide_client(guide);
    sctpx_rcvinfo info;

    for (uint16_t stream = 0; stream < 3; stream++) {
        guide_say(client, stream, "hello");
        guide_hear(guide, client, SCTPX_ANY_STREAM, "hello", &info);
        CHECK(info.stream == stream);
    }
    CHECK(sctpx_socket_disconnect(client, 5000) == 0);
    CHECK(sctpx_socket_wait_for_disconnected(client, 10000) == 0);
    CHECK(sctpx_socket_error(client) == 0);
    sctpx_socket_free(client);
}

enum { LENGTH = 60000, COUNT = 70 };

/* Writes and reads what can be now. Returns how many messages have come back in all. */
static int exchange(sctpx_socket *client, int *written)
{
    static char text[LENGTH];
    static int heard;

    while (*written < COUNT && sctpx_socket_write_datagram(client, text, LENGTH, NULL) == 0)
        ++*written;
    while (sctpx_socket_read_datagram(client, 0, text, LENGTH, NULL) == LENGTH)
        heard++;
    return heard;
}

/* 4 MiB there and back, so that the server has to wait for room. */
static void ask_much(struct guide *guide)
{
    sctpx_socket *client = guide_client(guide);
    int written = 0;

    UNTIL(guide->loop, exchange(client, &written) == COUNT);
    sctpx_socket_free(client);
}

int main(void)
{
    struct program program;

    program_start(&program, program_main);
    ask(&program.guide);
    ask(&program.guide);
    ask_much(&program.guide);
    program_stop(&program);
    return 0;
}
