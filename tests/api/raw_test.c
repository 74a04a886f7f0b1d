/* SPDX-License-Identifier: MIT */
/*
 * What is different for servers and sockets over raw IP, in a network of their own. That all the
 * rest is the same is shown by tests/interop/raw_suite_test.sh.
 */
#include "support/loopback.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "support/netns.h"

enum { PORT = 7 };

static bool is_possible;

struct fixture {
    sctpx_loop *loop;
    sctpx_server *server;
};

static sctpx_addr addr_of(const char *text)
{
    sctpx_addr addr;

    assert_int_equal(sctpx_addr_parse(text, &addr), 0);
    return addr;
}

static sctpx_server *listen_at(sctpx_loop *loop, const char *ip, uint16_t port,
                               enum sctpx_answers answers)
{
    sctpx_addr addr = addr_of(ip);
    sctpx_server_options options;
    sctpx_server *server;

    sctpx_server_options_defaults(&options);
    options.carrier = SCTPX_CARRIER_RAW_IP;
    options.endpoint.answers = answers;
    assert_int_equal(sctpx_server_new(loop, &options, &server), 0);
    assert_int_equal(sctpx_server_listen(server, &addr, 1, port), 0);
    return server;
}

static int setup(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){0};
    assert_int_equal(sctpx_loop_new(&fixture.loop), 0);
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

static void socket_options(sctpx_socket_options *ret_options)
{
    sctpx_socket_options_defaults(ret_options);
    ret_options->carrier = SCTPX_CARRIER_RAW_IP;
}

static sctpx_socket *new_socket(sctpx_loop *loop, struct probe *probe)
{
    sctpx_socket_options options;
    sctpx_socket *socket;

    socket_options(&options);
    assert_int_equal(sctpx_socket_new(loop, &options, &socket), 0);
    *probe = (struct probe){0};
    probe_attach(probe, socket);
    return socket;
}

static void connect_to(sctpx_socket *socket, const char *ip, uint16_t port)
{
    sctpx_addr addr = addr_of(ip);

    assert_int_equal(sctpx_socket_connect(socket, &addr, 1, port), 0);
}

static void skip_unless_possible(void)
{
    if (!is_possible)
        skip();
}

/* ---- addresses ---------------------------------------------------------------------------- */

static void check_pair(struct fixture *fixture, const char *ip)
{
    char with_port[SCTPX_ADDR_TEXT_BYTES];
    sctpx_addr addr = addr_of(ip), told;
    struct probe client;
    sctpx_socket *socket, *accepted;
    char buffer[16];

    addr.udp_port = 1234; /* means nothing */
    assert_true(sctpx_addr_format(&addr, with_port, sizeof(with_port)) > 0);
    fixture->server = listen_at(fixture->loop, with_port, PORT, SCTPX_ANSWER_DEFAULT);
    assert_int_equal(sctpx_server_udp_port(fixture->server), 0);
    socket = new_socket(fixture->loop, &client);
    connect_to(socket, with_port, PORT);
    RUN_UNTIL(fixture->loop, sctpx_server_has_pending_connections(fixture->server));
    assert_int_equal(sctpx_server_next_pending_connection(fixture->server, &accepted), 0);
    assert_int_equal(sctpx_socket_write_datagram(socket, "hello", 5, NULL), 0);
    RUN_UNTIL(fixture->loop, sctpx_socket_bytes_available(accepted, 0) > 0);
    assert_int_equal(sctpx_socket_read_datagram(accepted, 0, buffer, sizeof(buffer), NULL), 5);

    assert_int_equal(sctpx_socket_local_udp_port(socket), 0);
    assert_int_equal(sctpx_socket_peer_addrs(socket, &told, 1), 1);
    addr.udp_port = 0;
    assert_true(sctpx_addr_equal(&told, &addr));
    assert_int_equal(sctpx_socket_peer_addrs(accepted, &told, 1), 1);
    assert_int_equal(told.udp_port, 0);
    sctpx_socket_free(accepted);
    RUN_UNTIL(fixture->loop, client.closed != 0);
    sctpx_socket_free(socket);
    sctpx_server_free(fixture->server);
    fixture->server = NULL;
}

static void test_addresses_have_no_udp_port(void **state)
{
    skip_unless_possible();
    check_pair(*state, "127.0.0.1");
    check_pair(*state, "::1");
}

/* Nothing is to be had for oneself: a second server cannot have the same SCTP port. */
static void test_all_of_a_loop_share_the_ports(void **state)
{
    struct fixture *fixture = *state;
    sctpx_addr addr = addr_of("127.0.0.1");
    sctpx_server_options options;
    sctpx_server *server;

    skip_unless_possible();
    fixture->server = listen_at(fixture->loop, "127.0.0.1", PORT, SCTPX_ANSWER_DEFAULT);
    sctpx_server_options_defaults(&options);
    options.carrier = SCTPX_CARRIER_RAW_IP;
    options.udp_port = 0;
    assert_int_equal(sctpx_server_new(fixture->loop, &options, &server), 0);
    assert_int_equal(sctpx_server_listen(server, &addr, 1, PORT), SCTPX_EADDRINUSE);
    assert_int_equal(sctpx_server_listen(server, &addr, 1, PORT + 1), 0);
    sctpx_server_free(server);
    /* Over UDP it is another matter. */
    options.carrier = SCTPX_CARRIER_UDP;
    assert_int_equal(sctpx_server_new(fixture->loop, &options, &server), 0);
    assert_int_equal(sctpx_server_listen(server, &addr, 1, PORT), 0);
    assert_int_not_equal(sctpx_server_udp_port(server), 0);
    sctpx_server_free(server);
}

/* ---- one port, one program ----------------------------------------------------------------- */

/* What a server of another loop on the same host is told; with 0 it goes on listening there. */
static int try_at(const char *ip, uint16_t port, sctpx_loop *loop, sctpx_server **ret_server)
{
    sctpx_addr addr = addr_of(ip);
    sctpx_server_options options;
    int result;

    sctpx_server_options_defaults(&options);
    options.carrier = SCTPX_CARRIER_RAW_IP;
    assert_int_equal(sctpx_server_new(loop, &options, ret_server), 0);
    result = sctpx_server_listen(*ret_server, &addr, 1, port);
    if (result == SCTPX_EADDRINUSE)
        assert_non_null(strstr(sctpx_server_error_string(*ret_server), "SCTP port"));
    return result;
}

static void check_try(const char *ip, uint16_t port, int expected)
{
    sctpx_server *server;
    sctpx_loop *loop;

    assert_int_equal(sctpx_loop_new(&loop), 0);
    assert_int_equal(try_at(ip, port, loop, &server), expected);
    sctpx_server_free(server);
    sctpx_loop_free(loop);
}

static void test_a_port_has_one_server(void **state)
{
    struct fixture *fixture = *state;
    sctpx_server *all;

    skip_unless_possible();
    fixture->server = listen_at(fixture->loop, "127.0.0.2", PORT, SCTPX_ANSWER_DEFAULT);
    check_try("127.0.0.2", PORT, SCTPX_EADDRINUSE);
    check_try("0.0.0.0", PORT, SCTPX_EADDRINUSE);
    check_try("127.0.0.1", PORT, 0);
    check_try("0.0.0.0", PORT + 1, 0);
    check_try("::", PORT, 0);
    check_try("::1", PORT, 0);
    sctpx_server_close(fixture->server);
    assert_true(sctpx_loop_run_once(fixture->loop, 0) >= 0);
    check_try("0.0.0.0", PORT, 0);
    check_try("127.0.0.2", PORT, 0);

    /* All addresses of both families. */
    assert_int_equal(try_at("0.0.0.0", PORT, fixture->loop, &all), 0);
    sctpx_server_close(all);
    assert_int_equal(sctpx_server_listen(all, NULL, 0, PORT), 0);
    check_try("127.0.0.2", PORT, SCTPX_EADDRINUSE);
    check_try("0.0.0.0", PORT, SCTPX_EADDRINUSE);
    check_try("::1", PORT, SCTPX_EADDRINUSE);
    check_try("::", PORT, SCTPX_EADDRINUSE);
    sctpx_server_free(all);
    check_try("::1", PORT, 0);
}

/* More than wildcards look for: none of them is refused. */
static void test_many_addresses_have_one_port(void **state)
{
    enum { MANY = 70 };
    struct fixture *fixture = *state;
    sctpx_server *servers[MANY];
    char ip[] = "127.0.1.100";

    skip_unless_possible();
    for (unsigned i = 0; i < MANY; i++) {
        ip[9] = (char)('0' + i / 10);
        ip[10] = (char)('0' + i % 10);
        assert_int_equal(try_at(ip, PORT, fixture->loop, &servers[i]), 0);
    }
    check_try("0.0.0.0", PORT, SCTPX_EADDRINUSE);
    check_try("127.0.1.100", PORT, SCTPX_EADDRINUSE);
    check_try(ip, PORT, SCTPX_EADDRINUSE);
    for (unsigned i = 0; i < MANY; i++)
        sctpx_server_free(servers[i]);
    check_try("0.0.0.0", PORT, 0);
}

/* A server on a free port does not get one that another server has. */
static void test_free_ports_are_free(void **state)
{
    enum { MANY = 40 };
    struct fixture *fixture = *state;
    sctpx_loop *loops[MANY];
    sctpx_server *servers[MANY];

    (void)fixture;
    skip_unless_possible();
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(sctpx_loop_new(&loops[i]), 0);
        assert_int_equal(try_at("127.0.0.1", 0, loops[i], &servers[i]), 0);
        check_try("127.0.0.1", sctpx_server_port(servers[i]), SCTPX_EADDRINUSE);
    }
    for (size_t i = 0; i < MANY; i++) {
        sctpx_server_free(servers[i]);
        sctpx_loop_free(loops[i]);
    }
}

/* The next server would abort what the last one has accepted: it has to wait for the end of it. */
static void test_a_port_is_kept_for_its_associations(void **state)
{
    struct fixture *fixture = *state;
    sctpx_addr addr = addr_of("127.0.0.1");
    struct probe client;
    sctpx_socket *socket, *accepted;

    skip_unless_possible();
    fixture->server = listen_at(fixture->loop, "127.0.0.1", PORT, SCTPX_ANSWER_DEFAULT);
    socket = new_socket(fixture->loop, &client);
    connect_to(socket, "127.0.0.1", PORT);
    RUN_UNTIL(fixture->loop, sctpx_server_has_pending_connections(fixture->server));
    assert_int_equal(sctpx_server_next_pending_connection(fixture->server, &accepted), 0);
    sctpx_server_close(fixture->server);
    assert_true(sctpx_loop_run_once(fixture->loop, 0) >= 0);
    check_try("127.0.0.1", PORT, SCTPX_EADDRINUSE);
    /* Its own program may go on there. */
    assert_int_equal(sctpx_server_listen(fixture->server, &addr, 1, PORT), 0);
    sctpx_server_close(fixture->server);
    sctpx_socket_free(accepted);
    RUN_UNTIL(fixture->loop, client.closed != 0);
    check_try("127.0.0.1", PORT, 0);
    sctpx_socket_free(socket);
}

/* Killed, it has the port no longer. */
static void test_another_program_has_the_port(void **state)
{
    struct fixture *fixture = *state;
    int ready[2], status;
    pid_t child;
    char byte;

    skip_unless_possible();
    assert_int_equal(pipe(ready), 0);
    child = fork();
    if (child == 0) {
        sctpx_server *server;

        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)!write(ready[1], try_at("0.0.0.0", PORT, fixture->loop, &server) == 0 ? "y" : "n", 1);
        for (;;)
            pause();
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    check_try("127.0.0.1", PORT, SCTPX_EADDRINUSE);
    check_try("127.0.0.1", PORT + 1, 0);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    check_try("127.0.0.1", PORT, 0);
    close(ready[0]);
    close(ready[1]);
}

/* Wherever the descriptors end, nothing stays behind, the port least of all. */
static void test_a_port_without_descriptors(void **state)
{
    struct fixture *fixture = *state;
    struct rlimit before, limit;
    int result = SCTPX_ERESOURCE, first = dup(0);
    unsigned refusals = 0;

    skip_unless_possible();
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    limit = before;
    close(first);
    for (limit.rlim_cur = (rlim_t)first; result == SCTPX_ERESOURCE; limit.rlim_cur++) {
        sctpx_server *server;

        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
        result = try_at("127.0.0.1", PORT, fixture->loop, &server);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        sctpx_server_free(server);
        refusals += result == SCTPX_ERESOURCE;
        check_try("127.0.0.1", PORT, 0);
    }
    assert_int_equal(result, 0);
    assert_true(refusals >= 4); /* the raw socket, two names, the look for the wildcard */
}

/* ---- refusals ----------------------------------------------------------------------------- */

static void test_without_the_right(void **state)
{
    pid_t child;
    int status = 0;

    (void)state;
    skip_unless_possible();
    child = fork();
    if (child == 0) {
        struct probe probe;
        sctpx_socket *socket;
        sctpx_loop *loop;
        sctpx_addr addr = addr_of("127.0.0.1");

        if (setresuid(65534, 65534, 65534) < 0 || sctpx_loop_new(&loop) < 0)
            _exit(1);
        socket = new_socket(loop, &probe);
        if (sctpx_socket_connect(socket, &addr, 1, PORT) != SCTPX_EACCES)
            _exit(2);
        _exit(strstr(sctpx_socket_error_string(socket), "CAP_NET_RAW") ? 0 : 3);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* The kernel tells of hosts without SCTP; ours has none at addresses that we are not bound to. */
static void check_no_stack(struct fixture *fixture, const char *own, const char *ip)
{
    sctpx_addr addr = addr_of(own);
    struct probe client;
    sctpx_socket *socket = new_socket(fixture->loop, &client);

    assert_int_equal(sctpx_socket_bind(socket, &addr, 1, 0, 0), 0);
    connect_to(socket, ip, PORT);
    RUN_UNTIL(fixture->loop, client.closed != 0);
    assert_int_equal(client.closed, SCTPX_EREFUSED);
    assert_non_null(strstr(sctpx_socket_error_string(socket), "protocol unreachable"));
    assert_non_null(strstr(sctpx_socket_error_string(socket), ip));
    assert_null(strstr(sctpx_socket_error_string(socket), "UDP"));
    sctpx_socket_free(socket);
}

static void test_a_host_without_sctp(void **state)
{
    skip_unless_possible();
    check_no_stack(*state, "127.0.0.1", "127.0.0.5");
    check_no_stack(*state, "::1", NETNS_SECOND_IPV6);
}

/* ---- several stacks on one host ------------------------------------------------------------ */

static void test_a_port_where_nothing_listens(void **state)
{
    struct fixture *fixture = *state;
    struct probe client;
    sctpx_socket *socket;
    sctpx_endpoint_stats stats;

    skip_unless_possible();
    fixture->server = listen_at(fixture->loop, "127.0.0.1", PORT, SCTPX_ANSWER_DEFAULT);
    socket = new_socket(fixture->loop, &client);
    connect_to(socket, "127.0.0.1", PORT + 1);
    do {
        assert_true(sctpx_loop_run_once(fixture->loop, 100) >= 0);
        sctpx_server_stats(fixture->server, &stats);
    } while (stats.foreign_port == 0);
    assert_int_equal(sctpx_socket_state(socket), SCTPX_CONNECTING); /* it may be another's */
    sctpx_socket_free(socket);
    sctpx_server_free(fixture->server);

    fixture->server = listen_at(fixture->loop, "127.0.0.1", PORT, SCTPX_ANSWER_ALL_PORTS);
    socket = new_socket(fixture->loop, &client);
    connect_to(socket, "127.0.0.1", PORT + 1);
    RUN_UNTIL(fixture->loop, client.closed != 0);
    assert_int_equal(client.closed, SCTPX_EREFUSED);
    sctpx_socket_free(socket);
}

/* Three stacks on one address, each of which sees all packets. */
static void test_a_bystander_harms_nobody(void **state)
{
    struct fixture *fixture = *state;
    sctpx_endpoint_stats stats;
    sctpx_server *bystander;
    sctpx_loop *other_loop;
    struct probe client;
    sctpx_socket *socket, *accepted;

    skip_unless_possible();
    assert_int_equal(sctpx_loop_new(&other_loop), 0);
    bystander = listen_at(other_loop, "0.0.0.0", PORT + 1, SCTPX_ANSWER_DEFAULT);
    fixture->server = listen_at(fixture->loop, "127.0.0.1", PORT, SCTPX_ANSWER_DEFAULT);
    socket = new_socket(fixture->loop, &client);
    connect_to(socket, "127.0.0.1", PORT);
    RUN_UNTIL(fixture->loop, sctpx_server_has_pending_connections(fixture->server) &&
                                 sctpx_loop_process(other_loop) >= 0);
    assert_int_equal(sctpx_server_next_pending_connection(fixture->server, &accepted), 0);
    for (unsigned i = 0; i < 50; i++) {
        assert_int_equal(sctpx_socket_write_datagram(socket, "hello", 5, NULL), 0);
        RUN_UNTIL(fixture->loop, sctpx_socket_bytes_to_write(socket, SCTPX_ANY_STREAM) == 0 &&
                                     sctpx_loop_process(other_loop) >= 0);
    }
    assert_int_equal(client.closed, 0);
    assert_int_equal(sctpx_socket_bytes_available(accepted, 0), 250);
    sctpx_server_stats(bystander, &stats);
    assert_true(stats.foreign_port >= 50);
    assert_int_equal(stats.sent_packets, 0);
    sctpx_socket_free(accepted);
    sctpx_socket_free(socket);
    sctpx_server_free(bystander);
    sctpx_loop_free(other_loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_addresses_have_no_udp_port, setup, teardown),
        cmocka_unit_test_setup_teardown(test_all_of_a_loop_share_the_ports, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_port_has_one_server, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_addresses_have_one_port, setup, teardown),
        cmocka_unit_test_setup_teardown(test_free_ports_are_free, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_port_is_kept_for_its_associations, setup, teardown),
        cmocka_unit_test_setup_teardown(test_another_program_has_the_port, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_port_without_descriptors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_without_the_right, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_host_without_sctp, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_port_where_nothing_listens, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_bystander_harms_nobody, setup, teardown),
    };

    is_possible = netns_enter() && netns_has_raw();
    return cmocka_run_group_tests_name("raw", tests, NULL, NULL);
}
