/* SPDX-License-Identifier: MIT */
/* The first program of the guide: prints what comes, frees its sockets, refuses what is too long. */
#include "program.h"

#include "guide_server.inc"
#undef main

static void send_two(struct program *program)
{
    sctpx_socket *client = guide_client(&program->guide);

    guide_say(client, 0, "hello");
    guide_say(client, 7, "good morning");
    CHECK(sctpx_socket_disconnect(client, 5000) == 0);
    CHECK(sctpx_socket_wait_for_disconnected(client, 10000) == 0);
    CHECK(strcmp(program_line(program), "stream 0: 5 bytes") == 0);
    CHECK(strcmp(program_line(program), "stream 7: 12 bytes") == 0);
    CHECK(strstr(program_line(program), "closed: "));
    sctpx_socket_free(client);
}

static void send_too_much(struct program *program)
{
    sctpx_socket *client = guide_client(&program->guide);
    size_t length;

    guide_send(client, 0, 70000);
    UNTIL(program->guide.loop, sctpx_socket_error(client) == SCTPX_EPEERABORT);
    CHECK(memcmp(sctpx_socket_abort_reason(client, &length), "message too long", 16) == 0);
    CHECK(length == 16);
    CHECK(strcmp(sctpx_strerror(SCTPX_EABORTED), program_line(program) + strlen("closed: ")) == 0);
    sctpx_socket_free(client);
}

int main(void)
{
    struct program program;

    program_start(&program, program_main);
    send_two(&program);
    send_too_much(&program);
    send_two(&program);
    program_stop(&program);
    return 0;
}
