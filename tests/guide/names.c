/* SPDX-License-Identifier: MIT */
/* A host by its name: one that is there, and one that never is (RFC 6761). */
#include "guide.h"

static const char *host; /* in the place of server.example */
static struct guide guide;

static int new_for_free_port(sctpx_loop *loop, const sctpx_socket_options *options,
                             sctpx_socket **ret_socket)
{
    sctpx_socket_options own = *options;

    CHECK(own.peer_udp_port == 9899 && own.connect_timeout_ms == 10000);
    own.peer_udp_port = guide.addr.udp_port;
    return sctpx_socket_new(loop, &own, ret_socket);
}

static int connect_to_free_port(sctpx_socket *socket, const char *name, uint16_t port)
{
    CHECK(strcmp(name, "server.example") == 0 && port == 7);
    return sctpx_socket_connect_name(socket, host, guide.port);
}

#define sctpx_socket_new new_for_free_port
#define sctpx_socket_connect_name connect_to_free_port
#include "guide_by_name.inc"

static void test_found(void)
{
    sctpx_socket *client;

    host = "localhost";
    CHECK(connect_by_name(guide.loop, &client) == 0);
    guide_up(&guide, client);
    CHECK(strcmp(sctpx_socket_peer_name(client), "localhost") == 0);
    sctpx_socket_free(client);
}

static void test_not_found(void)
{
    sctpx_socket *client;

    host = "server.invalid";
    guide_capture(2);
    CHECK(connect_by_name(guide.loop, &client) == 0);
    UNTIL(guide.loop, sctpx_socket_state(client) == SCTPX_UNCONNECTED);
    CHECK(strstr(guide_captured(2), "server.invalid"));
    CHECK(sctpx_socket_error(client) == SCTPX_EHOSTNOTFOUND);
    sctpx_socket_free(client);
}

int main(void)
{
    guide_open(&guide, 0);
    test_found();
    test_not_found();
    guide_close(&guide);
    return 0;
}
