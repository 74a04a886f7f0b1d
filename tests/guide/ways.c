/* SPDX-License-Identifier: MIT */
/* Raw IP and the kernel's SCTP, or why they are not possible here; and sockets of systemd's. */
#include "guide.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guide_raw_socket.inc"
#include "guide_kernel_socket.inc"
#include "guide_systemd.inc"

/* Talks to a server that goes the same way. */
static void talk(struct guide *guide, sctpx_socket *client, const sctpx_server_options *options)
{
    sctpx_addr addr;
    sctpx_socket *server;

    CHECK(sctpx_addr_parse("127.0.0.1", &addr) == 0);
    CHECK(sctpx_server_new(guide->loop, options, &guide->server) == 0);
    CHECK(sctpx_server_listen(guide->server, &addr, 1, 0) == 0);
    guide_found(guide, guide->server);
    CHECK(guide->addr.udp_port == 0);
    guide_connect(guide, client);
    server = guide_accept(guide);
    guide_up(guide, client);
    guide_say(client, 0, "hello");
    guide_hear(guide, server, 0, "hello", NULL);
    sctpx_socket_free(server);
    sctpx_server_free(guide->server);
}

static void test_raw(struct guide *guide)
{
    int possible = sctpx_available(SCTPX_WAY_RAW_IP, NULL, 0);
    sctpx_server_options options;
    sctpx_socket *client;
    sctpx_addr addr;

    CHECK(new_raw_socket(guide->loop, &client) == 0);
    sctpx_server_options_defaults(&options);
    options.carrier = SCTPX_CARRIER_RAW_IP;
    CHECK(sctpx_addr_parse("127.0.0.1", &addr) == 0);
    if (possible == 0)
        talk(guide, client, &options);
    else
        CHECK(sctpx_socket_connect(client, &addr, 1, 7) == possible);
    sctpx_socket_free(client);
}

static void test_kernel(struct guide *guide)
{
    sctpx_server_options options;
    sctpx_socket *client;
    int result;

    guide_capture(2);
    result = new_kernel_socket(guide->loop, &client);
    CHECK((strlen(guide_captured(2)) > 0) == (result < 0));
    if (result < 0)
        return;
    sctpx_server_options_defaults(&options);
    options.backend = SCTPX_BACKEND_KERNEL;
    talk(guide, client, &options);
    sctpx_socket_free(client);
}

/* A UDP socket with the number of systemd's first one. */
static void bind_first_descriptor(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    CHECK(fd >= 0 && bind(fd, (const struct sockaddr *)&any, sizeof(any)) == 0);
    if (fd != FIRST_DESCRIPTOR) {
        CHECK(dup2(fd, FIRST_DESCRIPTOR) == FIRST_DESCRIPTOR);
        close(fd);
    }
}

static void test_systemd(struct guide *guide)
{
    sctpx_server *server;
    sctpx_socket *client;

    CHECK(sctpx_server_new(guide->loop, NULL, &server) == 0);
    CHECK(listen_on_descriptors(server, SCTPX_MAX_LOCALS + 1, 7000) == SCTPX_ELIMIT);
    CHECK(listen_on_descriptors(server, 1, 7000) == 0);
    guide_found(guide, server);
    CHECK(guide->port == 7000);
    client = guide_client(guide);
    guide_up(guide, client);
    sctpx_socket_free(client);
    sctpx_server_free(server);
}

int main(void)
{
    struct guide guide;

    bind_first_descriptor(); /* before anything else can have that number */
    CHECK(sctpx_loop_new(&guide.loop) == 0);
    test_raw(&guide);
    test_kernel(&guide);
    test_systemd(&guide);
    sctpx_loop_free(guide.loop);
    return 0;
}
