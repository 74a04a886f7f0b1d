/* SPDX-License-Identifier: MIT */
/* ctest: labels=suite */
/*
 * What Qt's own test of QTcpServer shows, as far as it concerns SCTP: numbers 14 to 36 of
 * SCENARIOS, which names the tests of other files for those that are not here. Without sense in C
 * are
 *
 *   28  invalid proxies make listen fail      there are no proxies
 *   29  a proxy factory is asked once         there are no proxies
 */
#include "support/pair.h"

#include <ifaddrs.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int setup(void **state)
{
    static struct pair pair;

    pair = (struct pair){0};
    bed_open(&pair.bed, bed_family(), 0, NULL);
    *state = &pair;
    return 0;
}

/* A bed whose server listens where it is said. */
static int listen_at(struct bed *bed, const sctpx_addr *addr, uint16_t port, uint16_t udp_port)
{
    sctpx_server_options options;
    int result;

    bed_server_options(&options);
    options.udp_port = udp_port;
    assert_int_equal(sctpx_server_new(bed->loop, &options, &bed->server), 0);
    result = sctpx_server_listen(bed->server, addr, 1, port);
    bed->addr = *addr;
    bed->addr.udp_port = result == 0 ? bed_udp_port(bed) : 0;
    return result;
}

static void greet(struct bed *bed, struct probe *client)
{
    struct probe peer = {0};
    char text[8];

    bed_accept(bed, &peer);
    RUN_UNTIL(bed->loop, client->count[PROBE_CONNECTED] == 1);
    assert_int_equal(pair_send(client, 0, "hello", 5), 0);
    RUN_UNTIL(bed->loop, pair_available(&peer, 0) == 5);
    assert_int_equal(sctpx_socket_read_datagram(peer.socket, 0, text, sizeof(text), NULL), 5);
    assert_int_equal(pair_send(&peer, 0, "welcome", 7), 0);
    RUN_UNTIL(bed->loop, pair_available(client, 0) == 7);
    assert_int_equal(sctpx_socket_read_datagram(client->socket, 0, text, sizeof(text), NULL), 7);
    sctpx_socket_free(peer.socket);
}

/* ---- listening ---------------------------------------------------------------------------- */

static void test_qt_15_fresh_server(void **state)
{
    struct pair *pair = *state;
    sctpx_server_options options;
    sctpx_server *server;
    sctpx_addr addr;

    bed_server_options(&options);
    assert_int_equal(sctpx_server_new(pair->bed.loop, &options, &server), 0);
    assert_false(sctpx_server_is_listening(server));
    assert_int_equal(sctpx_server_port(server), 0);
    assert_int_equal(sctpx_server_descriptor(server), -1);
    assert_int_equal(sctpx_server_addresses(server, &addr, 1), 0);
    assert_int_equal(sctpx_server_max_pending_connections(server), 30);
    assert_false(sctpx_server_has_pending_connections(server));
    assert_int_equal(sctpx_server_error(server), 0);
    assert_string_equal(sctpx_server_error_string(server), "");
    sctpx_server_free(server);
}

static void test_qt_16_any_address_and_a_fixed_port(void **state)
{
    struct pair *pair = *state;
    struct bed *bed = &pair->bed;

    bed_listen(bed, &(sctpx_addr){.family = SCTPX_NO_FAMILY}, 0, 11811);
    assert_int_equal(sctpx_server_port(bed->server), 11811);
    bed_connect(bed, &pair->client, 0, NULL);
    greet(bed, &pair->client);
    assert_int_equal(bed->connections, 1);
    assert_int_equal(sctpx_socket_peer_port(pair->client.socket), 11811);
}

static void test_qt_17_ipv6_loopback(void **state)
{
    struct pair *pair = *state;
    sctpx_addr addr, got;

    if (!loopback_has(SCTPX_IPV6))
        skip();
    addr = loopback_addr(SCTPX_IPV6);
    bed_listen(&pair->bed, &addr, 0, 0);
    assert_int_equal(sctpx_server_addresses(pair->bed.server, &got, 1), 1);
    assert_true(sctpx_addr_same_ip(&got, &addr));
    assert_int_not_equal(sctpx_server_port(pair->bed.server), 0);
    bed_connect(&pair->bed, &pair->client, 0, NULL);
    bed_accept(&pair->bed, &pair->peer);
    assert_int_equal(sctpx_socket_local_addrs(pair->peer.socket, &got, 1), 1);
    assert_true(sctpx_addr_same_ip(&got, &addr));
    assert_true(sctpx_socket_peer_addrs(pair->peer.socket, &got, 1) >= 1);
    assert_int_equal(sctpx_socket_close(pair->peer.socket), 0);
    RUN_UNTIL(pair->bed.loop, pair_is_closed(pair));
    assert_int_equal(pair->client.closed, SCTPX_EPEERSHUTDOWN);
}

static int connect_text(struct pair *pair, const char *host)
{
    sctpx_socket_options options;
    struct probe client = {0};
    int error;

    bed_socket_options(&options);
    options.peer_udp_port = pair->bed.addr.udp_port;
    (void)bed_socket(&pair->bed, &client, &options);
    assert_int_equal(
        sctpx_socket_connect_name(client.socket, host, sctpx_server_port(pair->bed.server)), 0);
    RUN_UNTIL(pair->bed.loop, client.count[PROBE_CONNECTED] || client.count[PROBE_CLOSED]);
    error = sctpx_socket_error(client.socket);
    sctpx_socket_free(client.socket);
    return error;
}

static void test_qt_19_mapped_addresses(void **state)
{
    struct pair *pair = *state;
    sctpx_addr addr = loopback_addr(SCTPX_IPV4);

    NOT_OVER_RAW_IP("refusals");
    if (bed_client_is_kernel() && bed_is_udp())
        skip(); /* a name has no UDP port, and the kernel takes none from the options */
    bed_listen(&pair->bed, &addr, 0, 0);
    assert_int_equal(connect_text(pair, "127.0.0.1"), 0);
    assert_int_equal(connect_text(pair, "::ffff:127.0.0.1"), 0);
    assert_int_equal(connect_text(pair, "::ffff:7f00:1"), 0);
    if (loopback_has(SCTPX_IPV6))
        assert_int_equal(connect_text(pair, "::1"), SCTPX_EREFUSED);
}

static void test_qt_31_reported_addresses(void **state)
{
    static const enum sctpx_family families[] = {SCTPX_NO_FAMILY, SCTPX_IPV4, SCTPX_IPV6};
    struct pair *pair = *state;
    struct ifaddrs *interfaces;
    sctpx_addr addr, got[2];

    for (size_t i = 0; i < 3; i++) {
        if (families[i] != SCTPX_NO_FAMILY && !loopback_has(families[i]))
            continue;
        bed_listen(&pair->bed, &(sctpx_addr){.family = (uint8_t)families[i]}, 0, 0);
        assert_in_range(sctpx_server_addresses(pair->bed.server, got, 2), 1, 2);
        assert_true(sctpx_addr_is_wildcard(&got[0]));
        if (families[i] != SCTPX_NO_FAMILY)
            assert_int_equal(got[0].family, families[i]);
    }
    assert_int_equal(getifaddrs(&interfaces), 0);
    for (const struct ifaddrs *i = interfaces; i; i = i->ifa_next) {
        if (!i->ifa_addr ||
            sctpx_addr_from_sockaddr(i->ifa_addr, sizeof(struct sockaddr_storage), &addr) != 0)
            continue;
        bed_listen(&pair->bed, &addr, 0, 0);
        assert_int_equal(sctpx_server_addresses(pair->bed.server, got, 2), 1);
        assert_true(sctpx_addr_same_ip(&got[0], &addr));
    }
    freeifaddrs(interfaces);
}

static void test_qt_32_second_server_on_the_port(void **state)
{
    struct pair *pair = *state;
    struct bed *bed = &pair->bed, second = {.loop = bed->loop};
    sctpx_addr addr = loopback_addr(bed_family());

    assert_int_equal(listen_at(&second, &addr, sctpx_server_port(bed->server),
                               sctpx_server_udp_port(bed->server)),
                     SCTPX_EADDRINUSE);
    assert_int_equal(sctpx_server_error(second.server), SCTPX_EADDRINUSE);
    assert_false(sctpx_server_is_listening(second.server));
    sctpx_server_free(second.server);
    /* The first one does not mind. */
    bed_connect(bed, &pair->client, 0, NULL);
    greet(bed, &pair->client);
}

/* ---- link-local addresses ------------------------------------------------------------------ */

enum { MAX_LINKS = 4 };

static size_t link_local_addrs(sctpx_addr *ret_addrs)
{
    struct ifaddrs *interfaces;
    size_t n = 0;

    assert_int_equal(getifaddrs(&interfaces), 0);
    for (const struct ifaddrs *i = interfaces; i && n < MAX_LINKS; i = i->ifa_next)
        if (i->ifa_addr &&
            sctpx_addr_from_sockaddr(i->ifa_addr, sizeof(struct sockaddr_storage), &ret_addrs[n]) ==
                0 &&
            ret_addrs[n].family == SCTPX_IPV6 && sctpx_addr_is_link_local(&ret_addrs[n]))
            n++;
    freeifaddrs(interfaces);
    return n;
}

/* A client, bound or not, gets to the server of this interface. */
static void reach(struct bed *bed, bool is_bound)
{
    struct probe client = {0};
    sctpx_addr local = bed->addr;

    (void)bed_socket(bed, &client, NULL);
    local.udp_port = 0;
    if (is_bound)
        assert_int_equal(sctpx_socket_bind(client.socket, &local, 1, 0, 0), 0);
    assert_int_equal(
        sctpx_socket_connect(client.socket, &bed->addr, 1, sctpx_server_port(bed->server)), 0);
    greet(bed, &client);
    sctpx_socket_free(client.socket);
}

static void test_qt_33_link_local(void **state)
{
    struct pair *pair = *state;
    struct bed beds[MAX_LINKS] = {{0}};
    sctpx_addr addrs[MAX_LINKS];
    size_t n = link_local_addrs(addrs);
    uint16_t udp_port = 0;

    if (n == 0)
        skip();
    for (size_t i = 0; i < n; i++) {
        beds[i].loop = pair->bed.loop;
        assert_int_equal(listen_at(&beds[i], &addrs[i], 11833, udp_port), 0);
        udp_port = sctpx_server_udp_port(beds[i].server);
    }
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < 4; k++)
            reach(&beds[i], k % 2 == 1);
    for (size_t i = 0; i < n; i++)
        sctpx_server_free(beds[i].server);
}

/* ---- after a crash ------------------------------------------------------------------------- */

struct ports {
    uint16_t port, udp_port;
};

/* A process that serves until it is killed. */
static void serve(int fd)
{
    struct ports ports;
    struct bed bed;

    (void)alarm(60);
    bed_open(&bed, bed_family(), 0, NULL);
    ports = (struct ports){sctpx_server_port(bed.server), sctpx_server_udp_port(bed.server)};
    if (write(fd, &ports, sizeof(ports)) == (ssize_t)sizeof(ports))
        (void)sctpx_loop_run(bed.loop);
    _exit(1);
}

static void test_qt_26_listen_again_after_a_crash(void **state)
{
    sctpx_addr addr = loopback_addr(bed_family());
    struct probe before = {0}, client = {0};
    struct bed bed = {0};
    struct ports ports;
    int fds[2];
    pid_t pid;

    (void)state;
    assert_int_equal(pipe(fds), 0);
    pid = fork(); /* before there is a loop */
    assert_true(pid >= 0);
    if (pid == 0)
        serve(fds[1]);
    assert_int_equal(read(fds[0], &ports, sizeof(ports)), sizeof(ports));
    assert_int_equal(sctpx_loop_new(&bed.loop), 0);
    addr.udp_port = ports.udp_port;
    (void)bed_socket(&bed, &before, NULL);
    assert_int_equal(sctpx_socket_connect(before.socket, &addr, 1, ports.port), 0);
    RUN_UNTIL(bed.loop, before.count[PROBE_CONNECTED] == 1);

    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    addr.udp_port = 0;
    assert_int_equal(listen_at(&bed, &addr, ports.port, ports.udp_port), 0);
    bed_connect(&bed, &client, 0, NULL);
    greet(&bed, &client);
    sctpx_socket_free(before.socket);
    sctpx_socket_free(client.socket);
    bed_close(&bed);
    close(fds[0]);
    close(fds[1]);
}

/* ---- accepting ---------------------------------------------------------------------------- */

static void connect_late(sctpx_timer *timer, void *arg)
{
    struct pair *pair = arg;

    (void)timer;
    bed_connect(&pair->bed, &pair->client, 0, NULL);
}

static void test_qt_23_wait_for_a_late_client(void **state)
{
    struct pair *pair = *state;
    sctpx_timer *timer;
    bool timed_out = false;

    assert_int_equal(sctpx_server_wait_for_new_connection(pair->bed.server, 10, &timed_out),
                     SCTPX_ETIMEDOUT);
    assert_true(timed_out);
    assert_int_equal(sctpx_server_error(pair->bed.server), SCTPX_ETIMEDOUT);
    assert_int_equal(sctpx_timer_new(pair->bed.loop, connect_late, pair, &timer), 0);
    sctpx_timer_start(timer, 20000);
    assert_int_equal(sctpx_server_wait_for_new_connection(pair->bed.server, 10000, &timed_out), 0);
    assert_false(timed_out);
    assert_true(sctpx_server_has_pending_connections(pair->bed.server));
    sctpx_timer_free(timer);
}

/* Clients that are gone when the server looks: others still get in. */
static void test_qt_34_clients_that_are_gone(void **state)
{
    struct pair *pair = *state;
    struct bed *bed = &pair->bed;
    struct probe gone[5] = {0};

    for (size_t i = 0; i < 5; i++) {
        bed_connect(bed, &gone[i], 0, NULL);
        for (size_t turns = 0; turns < i; turns++) /* at every step of the set-up */
            assert_true(sctpx_loop_run_once(bed->loop, 0) >= 0);
        sctpx_socket_free(gone[i].socket);
    }
    bed_connect(bed, &pair->client, 0, NULL);
    RUN_UNTIL(bed->loop, pair->client.count[PROBE_CONNECTED] == 1);
    assert_int_equal(pair_send(&pair->client, 0, "here", 4), 0);
    while (pair->peer.socket == NULL) {
        struct probe peer = {0};
        char text[8];

        bed_accept(bed, &peer);
        if (sctpx_socket_wait_for_readable(peer.socket, 0, 10000) == 0 &&
            sctpx_socket_read_datagram(peer.socket, 0, text, sizeof(text), NULL) == 4)
            pair->peer.socket = peer.socket;
        else
            sctpx_socket_free(peer.socket);
    }
    assert_int_equal(sctpx_socket_state(pair->peer.socket), SCTPX_CONNECTED);
    sctpx_socket_set_callbacks(pair->peer.socket, NULL, NULL); /* its probe was another one */
}

#define WITH_BED(test) cmocka_unit_test_setup_teardown(test, setup, pair_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BED(test_qt_15_fresh_server),
        WITH_BED(test_qt_16_any_address_and_a_fixed_port),
        WITH_BED(test_qt_17_ipv6_loopback),
        WITH_BED(test_qt_19_mapped_addresses),
        WITH_BED(test_qt_31_reported_addresses),
        WITH_BED(test_qt_32_second_server_on_the_port),
        WITH_BED(test_qt_33_link_local),
        cmocka_unit_test(test_qt_26_listen_again_after_a_crash),
        WITH_BED(test_qt_23_wait_for_a_late_client),
        WITH_BED(test_qt_34_clients_that_are_gone),
    };

    return cmocka_run_group_tests_name("qt_server", tests, NULL, NULL);
}
