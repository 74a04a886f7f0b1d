/* SPDX-License-Identifier: MIT */
/* ctest: labels=suite */
#include "support/loopback.h"

#include <limits.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

struct fixture {
    sctpx_loop *loop;
    sctpx_server *server;
};

static int setup(void **state)
{
    static struct fixture fixture;
    sctpx_server_options options;

    bed_server_options(&options);
    assert_int_equal(sctpx_loop_new(&fixture.loop), 0);
    assert_int_equal(sctpx_server_new(fixture.loop, &options, &fixture.server), 0);
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

static sctpx_server *another(sctpx_loop *loop, uint16_t udp_port)
{
    sctpx_server_options options;
    sctpx_server *server;

    sctpx_server_options_defaults(&options);
    options.udp_port = udp_port;
    assert_int_equal(sctpx_server_new(loop, &options, &server), 0);
    return server;
}

static void test_fresh_server(void **state)
{
    struct fixture *fixture = *state;
    sctpx_endpoint_stats stats;
    sctpx_socket *socket;
    sctpx_addr addr;

    assert_false(sctpx_server_is_listening(fixture->server));
    assert_int_equal(sctpx_server_port(fixture->server), 0);
    assert_int_equal(sctpx_server_udp_port(fixture->server), 0);
    assert_int_equal(sctpx_server_addresses(fixture->server, &addr, 1), 0);
    assert_int_equal(sctpx_server_max_pending_connections(fixture->server), 30);
    assert_int_equal(sctpx_server_listen_backlog_size(fixture->server), 50);
    assert_int_equal(sctpx_server_maximum_channel_count(fixture->server), 0);
    assert_false(sctpx_server_has_pending_connections(fixture->server));
    assert_int_equal(sctpx_server_error(fixture->server), 0);
    assert_string_equal(sctpx_server_error_string(fixture->server), "");
    assert_ptr_equal(sctpx_server_loop(fixture->server), fixture->loop);
    assert_int_equal(sctpx_server_stats(fixture->server, &stats), SCTPX_ESTATE);
    assert_int_equal(sctpx_server_next_pending_connection(fixture->server, &socket),
                     SCTPX_EWOULDBLOCK);
    assert_null(socket);
}

static void test_new_checks_its_arguments(void **state)
{
    struct fixture *fixture = *state;
    sctpx_server_options options;
    sctpx_server *server;

    assert_int_equal(sctpx_server_new(NULL, NULL, &server), SCTPX_EINVAL);
    sctpx_server_options_defaults(&options);
    options.max_pending = 0;
    assert_int_equal(sctpx_server_new(fixture->loop, &options, &server), SCTPX_EINVAL);
    sctpx_server_options_defaults(&options);
    options.assoc.mtu = 10;
    assert_int_equal(sctpx_server_new(fixture->loop, &options, &server), SCTPX_EINVAL);
    sctpx_server_options_defaults(&options);
    assert_int_equal(options.udp_port, 9899);
    sctpx_server_free(NULL);
}

static void test_channel_count_limits(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        int count, result, then;
    } rows[] = {
        {1, 0, 1},
        {65535, 0, 65535},
        {65536, SCTPX_EINVAL, 65535},
        {INT_MAX, SCTPX_EINVAL, 65535},
        {-1, 0, -1},
        {-5, 0, -1},
        {INT_MIN, 0, -1},
        {0, 0, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(sctpx_server_set_maximum_channel_count(fixture->server, rows[i].count),
                         rows[i].result);
        assert_int_equal(sctpx_server_maximum_channel_count(fixture->server), rows[i].then);
    }
}

static void test_settings_are_refused_while_listening(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(sctpx_server_set_maximum_channel_count(fixture->server, 3), 0);
    assert_int_equal(sctpx_server_listen(fixture->server, NULL, 0, 0), 0);
    assert_int_equal(sctpx_server_set_maximum_channel_count(fixture->server, 4), SCTPX_ESTATE);
    assert_int_equal(sctpx_server_maximum_channel_count(fixture->server), 3);
    assert_int_equal(sctpx_server_set_listen_backlog_size(fixture->server, 4), SCTPX_ESTATE);
    assert_int_equal(sctpx_server_set_max_pending_connections(fixture->server, 4), 0);
}

static void test_pending_and_backlog_limits(void **state)
{
    struct fixture *fixture = *state;
    static const int bad[] = {0, -1, INT_MIN};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(sctpx_server_set_max_pending_connections(fixture->server, bad[i]),
                         SCTPX_EINVAL);
        assert_int_equal(sctpx_server_set_listen_backlog_size(fixture->server, bad[i]),
                         SCTPX_EINVAL);
    }
    assert_int_equal(sctpx_server_max_pending_connections(fixture->server), 30);
    assert_int_equal(sctpx_server_set_max_pending_connections(fixture->server, INT_MAX), 0);
    assert_int_equal(sctpx_server_max_pending_connections(fixture->server), INT_MAX);
    assert_int_equal(sctpx_server_set_listen_backlog_size(fixture->server, 1), 0);
    assert_int_equal(sctpx_server_listen_backlog_size(fixture->server), 1);
}

/* covers: 9260/11.1.1-1 6951/5.1-2 */
static void test_listen_on_a_fixed_and_a_free_port(void **state)
{
    struct fixture *fixture = *state;

    NOT_OVER_RAW_IP("UDP ports");
    assert_int_equal(sctpx_server_listen(fixture->server, NULL, 0, 5000), 0);
    assert_true(sctpx_server_is_listening(fixture->server));
    assert_int_equal(sctpx_server_port(fixture->server), 5000);
    if (!bed_server_is_kernel())
        assert_int_not_equal(sctpx_server_udp_port(fixture->server), 0);
    sctpx_server_close(fixture->server);
    assert_false(sctpx_server_is_listening(fixture->server));
    assert_int_equal(sctpx_server_port(fixture->server), 0);
    assert_int_equal(sctpx_server_listen(fixture->server, NULL, 0, 0), 0);
    assert_int_not_equal(sctpx_server_port(fixture->server), 0);
}

static void check_text(const sctpx_server *server, const char *text)
{
    if (!strstr(sctpx_server_error_string(server), text))
        fail_msg("\"%s\" lacks \"%s\"", sctpx_server_error_string(server), text);
}

static void test_listen_while_listening(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(sctpx_server_listen(fixture->server, NULL, 0, 5000), 0);
    assert_int_equal(sctpx_server_listen(fixture->server, NULL, 0, 5001), SCTPX_ESTATE);
    assert_int_equal(sctpx_server_error(fixture->server), SCTPX_ESTATE);
    check_text(fixture->server, "listening already, on SCTP port 5000");
    assert_int_equal(sctpx_server_port(fixture->server), 5000);
}

static void test_close_before_listen(void **state)
{
    struct fixture *fixture = *state;

    sctpx_server_close(fixture->server);
    assert_int_equal(sctpx_server_listen(fixture->server, NULL, 0, 0), 0);
    sctpx_server_close(fixture->server);
    sctpx_server_close(fixture->server);
}

static void test_calls_that_need_listening(void **state)
{
    struct fixture *fixture = *state;
    bool timed_out = true;

    assert_int_equal(sctpx_server_pause_accepting(fixture->server), SCTPX_ESTATE);
    assert_int_equal(sctpx_server_resume_accepting(fixture->server), SCTPX_ESTATE);
    assert_int_equal(sctpx_server_wait_for_new_connection(fixture->server, 0, &timed_out),
                     SCTPX_ESTATE);
    assert_false(timed_out);
}

static void test_foreign_address(void **state)
{
    static const char *const texts[] = {"192.0.2.1", "2001:db8::1"};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < 2; i++) {
        sctpx_addr addr;

        if (i == 1 && !loopback_has(SCTPX_IPV6))
            continue;
        assert_int_equal(sctpx_addr_parse(texts[i], &addr), 0);
        assert_int_equal(sctpx_server_listen(fixture->server, &addr, 1, 0), SCTPX_EADDRNOTAVAIL);
        assert_int_equal(sctpx_server_error(fixture->server), SCTPX_EADDRNOTAVAIL);
        assert_non_null(strstr(sctpx_server_error_string(fixture->server), texts[i]));
        assert_false(sctpx_server_is_listening(fixture->server));
    }
    assert_int_equal(sctpx_server_listen(fixture->server, NULL, 0, 0), 0);
    assert_int_equal(sctpx_server_error(fixture->server), 0);
}

static void test_bad_addresses(void **state)
{
    struct fixture *fixture = *state;
    sctpx_addr addrs[SCTPX_MAX_LOCALS + 1];

    ENGINE_SERVER_ONLY("UDP ports");
    for (size_t i = 0; i < SCTPX_MAX_LOCALS + 1; i++)
        addrs[i] = loopback_v4((uint8_t)(i + 1), 0);
    assert_int_equal(sctpx_server_listen(fixture->server, addrs, SCTPX_MAX_LOCALS + 1, 0),
                     SCTPX_ELIMIT);
    check_text(fixture->server, "more than 8");
    assert_int_equal(sctpx_server_listen(fixture->server, NULL, 1, 0), SCTPX_EINVAL);
    check_text(fixture->server, "no addresses");
    addrs[0].udp_port = 1024;
    addrs[1].udp_port = 1025;
    assert_int_equal(sctpx_server_listen(fixture->server, addrs, 2, 0), SCTPX_EINVAL);
    check_text(fixture->server, "different UDP ports");
}

/* covers: 9260/1.3-4 */
static void test_same_udp_port_in_another_loop(void **state)
{
    struct fixture *fixture = *state;
    sctpx_addr addr = loopback_addr(bed_family());
    sctpx_loop *loop;
    sctpx_server *server;

    NOT_OVER_RAW_IP("UDP ports");
    ENGINE_SERVER_ONLY("UDP ports");
    assert_int_equal(sctpx_server_listen(fixture->server, &addr, 1, 7), 0);
    assert_int_equal(sctpx_loop_new(&loop), 0);
    server = another(loop, sctpx_server_udp_port(fixture->server));
    assert_int_equal(sctpx_server_listen(server, &addr, 1, 7), SCTPX_EADDRINUSE);
    assert_non_null(strstr(sctpx_server_error_string(server), "UDP port"));
    sctpx_server_close(fixture->server);
    assert_int_equal(sctpx_server_listen(server, &addr, 1, 7), 0);
    sctpx_server_free(server);
    sctpx_loop_free(loop);
}

/* Two services behind one UDP port, as SCTP hosts have them. */
static void test_servers_of_one_loop_share_a_udp_port(void **state)
{
    struct fixture *fixture = *state;
    sctpx_addr addr = loopback_addr(bed_family());
    sctpx_server *first, *second;
    uint16_t udp_port;

    NOT_OVER_RAW_IP("UDP ports");
    ENGINE_SERVER_ONLY("UDP ports");
    /* A port that is certainly free: the fixture's, which is given back. */
    assert_int_equal(sctpx_server_listen(fixture->server, &addr, 1, 0), 0);
    udp_port = sctpx_server_udp_port(fixture->server);
    sctpx_server_close(fixture->server);
    first = another(fixture->loop, udp_port);
    second = another(fixture->loop, udp_port);
    assert_int_equal(sctpx_server_listen(first, &addr, 1, 7), 0);
    assert_int_equal(sctpx_server_listen(second, &addr, 1, 7), SCTPX_EADDRINUSE);
    assert_non_null(strstr(sctpx_server_error_string(second), "SCTP port 7"));
    assert_int_equal(sctpx_server_listen(second, &addr, 1, 8), 0);
    assert_int_equal(sctpx_server_udp_port(second), udp_port);
    sctpx_server_free(first);
    sctpx_server_free(second);
}

/* No descriptor is left: an error that says so, and afterwards all is well. */
static void test_out_of_descriptors(void **state)
{
    struct fixture *fixture = *state;
    struct rlimit before, none;
    int next = dup(0);
    int result;

    assert_int_equal(close(next), 0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = (rlim_t)next;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    result = sctpx_server_listen(fixture->server, NULL, 0, 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(result, SCTPX_ERESOURCE);
    assert_int_equal(sctpx_server_error(fixture->server), SCTPX_ERESOURCE);
    assert_int_equal(sctpx_server_listen(fixture->server, NULL, 0, 0), 0);
}

static void test_reported_addresses(void **state)
{
    struct fixture *fixture = *state;
    sctpx_addr addrs[2] = {loopback_v4(1, 0), loopback_v4(2, 0)};
    sctpx_addr got[4];
    uint16_t udp_port;

    assert_int_equal(sctpx_server_listen(fixture->server, addrs, 2, 0), 0);
    udp_port = sctpx_server_udp_port(fixture->server);
    assert_int_equal(sctpx_server_addresses(fixture->server, NULL, 0), 2);
    assert_int_equal(sctpx_server_addresses(fixture->server, got, 4), 2);
    for (size_t i = 0; i < 2; i++) {
        assert_true(sctpx_addr_same_ip(&got[i], &addrs[i]));
        if (!bed_server_is_kernel())
            assert_int_equal(got[i].udp_port, udp_port);
    }
    sctpx_server_close(fixture->server);
    assert_int_equal(sctpx_server_listen(fixture->server, NULL, 0, 0), 0);
    assert_in_range(sctpx_server_addresses(fixture->server, got, 4), 1, 2);
    assert_true(sctpx_addr_is_wildcard(&got[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fresh_server, setup, teardown),
        cmocka_unit_test_setup_teardown(test_new_checks_its_arguments, setup, teardown),
        cmocka_unit_test_setup_teardown(test_channel_count_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_settings_are_refused_while_listening, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pending_and_backlog_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_listen_on_a_fixed_and_a_free_port, setup, teardown),
        cmocka_unit_test_setup_teardown(test_listen_while_listening, setup, teardown),
        cmocka_unit_test_setup_teardown(test_close_before_listen, setup, teardown),
        cmocka_unit_test_setup_teardown(test_calls_that_need_listening, setup, teardown),
        cmocka_unit_test_setup_teardown(test_foreign_address, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_addresses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_same_udp_port_in_another_loop, setup, teardown),
        cmocka_unit_test_setup_teardown(test_servers_of_one_loop_share_a_udp_port, setup, teardown),
        cmocka_unit_test_setup_teardown(test_out_of_descriptors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reported_addresses, setup, teardown),
    };

    return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
