/* SPDX-License-Identifier: MIT */
/* Servers on UDP sockets that somebody else has bound, as systemd does it. */
#include "support/loopback.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORT = 7000 };

struct fixture {
    sctpx_loop *loop;
    sctpx_server *server;
};

static int setup(void **state)
{
    static struct fixture fixture;

    assert_int_equal(sctpx_loop_new(&fixture.loop), 0);
    assert_int_equal(sctpx_server_new(fixture.loop, NULL, &fixture.server), 0);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    sctpx_server_free(fixture->server);
    sctpx_loop_free(fixture->loop);
    return 0;
}

/* Dual: takes IPv4 too, as systemd's do by default. */
static int bound(const char *ip, uint16_t udp_port, bool is_dual)
{
    struct sockaddr_storage storage;
    sctpx_addr addr;
    int fd, v6only = !is_dual, length;

    assert_int_equal(sctpx_addr_parse(ip, &addr), 0);
    addr.udp_port = udp_port;
    length = sctpx_addr_to_sockaddr(&addr, &storage);
    fd = socket(addr.family == SCTPX_IPV4 ? AF_INET : AF_INET6, SOCK_DGRAM, 0);
    assert_true(fd >= 0);
    if (addr.family == SCTPX_IPV6)
        assert_int_equal(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only)), 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&storage, (socklen_t)length), 0);
    return fd;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

/* A client there and back. */
static void check_exchange(struct fixture *fixture, const char *ip)
{
    struct probe client = {0};
    sctpx_socket *socket, *accepted;
    sctpx_addr addr;
    char buffer[8];

    assert_int_equal(sctpx_addr_parse(ip, &addr), 0);
    addr.udp_port = sctpx_server_udp_port(fixture->server);
    assert_int_equal(sctpx_socket_new(fixture->loop, NULL, &socket), 0);
    probe_attach(&client, socket);
    assert_int_equal(sctpx_socket_connect(socket, &addr, 1, PORT), 0);
    RUN_UNTIL(fixture->loop, sctpx_server_has_pending_connections(fixture->server));
    assert_int_equal(sctpx_server_next_pending_connection(fixture->server, &accepted), 0);
    assert_int_equal(sctpx_socket_write_datagram(accepted, "hello", 5, NULL), 0);
    RUN_UNTIL(fixture->loop, sctpx_socket_bytes_available(socket, 0) == 5);
    assert_int_equal(sctpx_socket_read_datagram(socket, 0, buffer, sizeof(buffer), NULL), 5);
    sctpx_socket_free(accepted);
    RUN_UNTIL(fixture->loop, client.closed != 0);
    sctpx_socket_free(socket);
}

static void test_one_socket(void **state)
{
    struct fixture *fixture = *state;
    int fd = bound("127.0.0.1", 0, false);

    assert_int_equal(sctpx_server_listen_descriptors(fixture->server, &fd, 1, PORT), 0);
    assert_false(is_open(fd)); /* the server has its own and closes it */
    assert_int_equal(sctpx_server_port(fixture->server), PORT);
    assert_int_not_equal(sctpx_server_udp_port(fixture->server), 0);
    assert_int_equal(sctpx_server_descriptor(fixture->server), -1);
    check_exchange(fixture, "127.0.0.1");
}

static void test_a_socket_for_both_families(void **state)
{
    struct fixture *fixture = *state;
    int fd;

    if (!loopback_has(SCTPX_IPV6))
        skip();
    fd = bound("::", 0, true);
    assert_int_equal(sctpx_server_listen_descriptors(fixture->server, &fd, 1, PORT), 0);
    check_exchange(fixture, "127.0.0.1");
    check_exchange(fixture, "::1");
    /* After closing the port is free again. */
    uint16_t udp_port = sctpx_server_udp_port(fixture->server);
    sctpx_server_close(fixture->server);
    while (sctpx_loop_process(fixture->loop) > 0)
        ;
    close(bound("::", udp_port, true));
}

static void test_what_is_refused_stays_the_callers(void **state)
{
    struct fixture *fixture = *state;
    int fds[2] = {bound("127.0.0.1", 0, false), bound("127.0.0.2", 0, false)};

    assert_int_equal(sctpx_server_listen_descriptors(fixture->server, NULL, 1, PORT), SCTPX_EINVAL);
    assert_int_equal(sctpx_server_listen_descriptors(fixture->server, fds, 0, PORT), SCTPX_EINVAL);
    /* Two ports. */
    assert_int_equal(sctpx_server_listen_descriptors(fixture->server, fds, 2, PORT), SCTPX_EINVAL);
    assert_non_null(strstr(sctpx_server_error_string(fixture->server), "descriptors"));
    assert_false(sctpx_server_is_listening(fixture->server));
    assert_true(is_open(fds[0]) && is_open(fds[1]));
    /* And one good one afterwards. */
    assert_int_equal(sctpx_server_listen_descriptors(fixture->server, fds, 1, PORT), 0);
    assert_int_equal(sctpx_server_listen_descriptors(fixture->server, fds + 1, 1, PORT),
                     SCTPX_ESTATE);
    assert_true(is_open(fds[1]));
    close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_socket, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_socket_for_both_families, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_refused_stays_the_callers, setup, teardown),
    };

    return cmocka_run_group_tests_name("descriptor", tests, NULL, NULL);
}
