/* SPDX-License-Identifier: MIT */
/* Two addresses at one end, and what is told of the two paths to them. */
#include "free_ports.h"

#include "guide_two_addresses.inc"
#include "guide_be_quick.inc"
#include "guide_profile.inc"
#include "guide_spare_path.inc"
#include "guide_figures.inc"
#include "guide_congestion.inc"

/* A server on two addresses, and a client that knows both. */
static sctpx_socket *open_two_paths(struct guide *guide)
{
    sctpx_socket_options options;
    sctpx_server *server;
    sctpx_socket *client;

    CHECK(sctpx_loop_new(&guide->loop) == 0);
    CHECK(sctpx_server_new(guide->loop, NULL, &server) == 0);
    CHECK(listen_on_two(server) == 0);
    CHECK(sctpx_server_addresses(server, NULL, 0) == 2 && sctpx_server_port(server) == 7000);
    sctpx_socket_options_defaults(&options);
    options.peer_udp_port = sctpx_server_udp_port(server);
    CHECK(sctpx_socket_new(guide->loop, &options, &client) == 0);
    CHECK(connect_to_two(client) == 0);
    guide->server = server;
    guide_up(guide, client);
    CHECK(sctpx_socket_path_count(client) == 2);
    return client;
}

static void test_options(struct guide *guide)
{
    sctpx_assoc_options options;
    sctpx_socket *client, *quick;

    CHECK(new_signalling_socket(guide->loop, &client) == 0);
    CHECK(be_quick(client) == 0); /* before connecting */
    sctpx_socket_options_get(client, &options);
    CHECK(options.path_max_retrans == 2 && options.rto_min_us == 200000);
    CHECK(sctpx_socket_new(guide->loop, NULL, &quick) == 0);
    sctpx_socket_free(client);
    sctpx_socket_free(quick);
}

static void test_spare_path(struct guide *guide, sctpx_socket *client)
{
    sctpx_path_options options;

    CHECK(be_quick(client) == 0); /* while it runs */
    CHECK(spare_the_second_path(client) == 0);
    CHECK(sctpx_socket_path_options_get(client, 1, &options) == 0);
    CHECK(options.hb_interval_us == SCTPX_TIME_NEVER && options.path_max_retrans == 0);
    CHECK(sctpx_socket_path_options_get(client, 0, &options) == 0);
    CHECK(options.hb_interval_us == 5000000 && options.path_max_retrans == 2);
    (void)guide;
}

static void test_figures(sctpx_socket *client)
{
    const char *printed;

    guide_capture(1);
    print_figures(client);
    printed = guide_captured(1);
    CHECK(strstr(printed, "0 bytes wait, 0 chunks of "));
    CHECK(strstr(printed, "path 0 (data): up, RTT "));
    CHECK(strstr(printed, "path 1: up, RTT "));
}

static int level;

static void on_congestion(sctpx_socket *socket, void *user, int new_level)
{
    (void)socket;
    (void)user;
    level = new_level;
}

static void test_congestion(struct guide *guide, sctpx_socket *client)
{
    const sctpx_socket_callbacks callbacks = {.on_congestion = on_congestion};

    sctpx_socket_set_callbacks(client, &callbacks, NULL);
    CHECK(watch_congestion(client) == 0);
    guide_send(client, 0, 300000);
    CHECK(sctpx_socket_congestion_level(client) == 2);
    UNTIL(guide->loop, level == 2);
    UNTIL(guide->loop, level == 0);
}

int main(void)
{
    struct guide guide;
    sctpx_socket *client = open_two_paths(&guide);

    test_options(&guide);
    test_spare_path(&guide, client);
    test_figures(client);
    test_congestion(&guide, client);
    sctpx_socket_free(client);
    guide_close(&guide);
    return 0;
}
