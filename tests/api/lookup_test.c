/* SPDX-License-Identifier: MIT */
/* A socket whose host is being looked up, with a name server of our own. */
#include "support/dns.h"
#include "support/loopback.h"

#include <stdlib.h>
#include <string.h>

struct fixture {
    struct bed bed;
    struct probe client;
};

static int setup(void **state)
{
    static struct fixture fixture;

    fixture.client = (struct probe){0};
    dns_start();
    dns_set("host.test", "A=127.0.0.1");
    dns_set("silent.test", "SILENCE");
    dns_set("broken.test", "SERVFAIL");
    bed_open(&fixture.bed, SCTPX_IPV4, 0, NULL);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    sctpx_socket_free(fixture->client.socket);
    bed_close(&fixture->bed);
    dns_stop();
    return 0;
}

static sctpx_socket *start(struct fixture *fixture, const char *name, int timeout_ms)
{
    sctpx_socket_options options;
    sctpx_socket *socket;

    bed_socket_options(&options);
    options.peer_udp_port = fixture->bed.addr.udp_port;
    options.connect_timeout_ms = timeout_ms;
    socket = bed_socket(&fixture->bed, &fixture->client, &options);
    assert_int_equal(
        sctpx_socket_connect_name(socket, name, sctpx_server_port(fixture->bed.server)), 0);
    assert_int_equal(sctpx_socket_state(socket), SCTPX_HOST_LOOKUP);
    return socket;
}

static void run_to_the_end(struct fixture *fixture)
{
    RUN_UNTIL(fixture->bed.loop,
              fixture->client.count[PROBE_CONNECTED] || fixture->client.count[PROBE_CLOSED]);
}

static void check_words(const struct fixture *fixture, int error, const char *words)
{
    assert_int_equal(sctpx_socket_error(fixture->client.socket), error);
    assert_non_null(strstr(sctpx_socket_error_string(fixture->client.socket), words));
}

/* ---- the way up ---------------------------------------------------------------------------- */

static void test_states_on_the_way(void **state)
{
    struct fixture *fixture = *state;
    sctpx_socket *socket = start(fixture, "host.test", 10000);

    assert_string_equal(fixture->client.log, "");
    RUN_UNTIL(fixture->bed.loop, fixture->client.count[PROBE_STATE] > 0);
    assert_string_equal(fixture->client.log, "lookup");
    run_to_the_end(fixture);
    assert_string_equal(fixture->client.log, "lookup connecting connected up");
    assert_string_equal(sctpx_socket_peer_name(socket), "host.test");
    assert_int_equal(sctpx_socket_error(socket), 0);
}

/* What a socket has no association for. */
static void test_calls_while_looking_up(void **state)
{
    struct fixture *fixture = *state;
    sctpx_socket *socket = start(fixture, "silent.test", 10000);
    sctpx_assoc_status status;
    sctpx_addr addr;
    char byte;

    assert_int_equal(sctpx_socket_write_datagram(socket, "x", 1, NULL), SCTPX_EWOULDBLOCK);
    assert_int_equal(sctpx_socket_write(socket, "x", 1), SCTPX_EMODE);
    assert_int_equal(sctpx_socket_read_datagram(socket, 0, &byte, 1, NULL), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_bytes_available(socket, SCTPX_ANY_STREAM), 0);
    assert_int_equal(sctpx_socket_bytes_to_write(socket, SCTPX_ANY_STREAM), 0);
    assert_int_equal(sctpx_socket_peer_addrs(socket, &addr, 1), 0);
    assert_int_equal(sctpx_socket_peer_port(socket), 0);
    assert_int_equal(sctpx_socket_status(socket, &status), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_connect(socket, &fixture->bed.addr, 1, 7), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_connect_name(socket, "host.test", 7), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_bind(socket, NULL, 0, 0, 0), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_set_maximum_channel_count(socket, 1), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_set_write_limit(socket, 5000), 0);
    assert_int_equal(sctpx_socket_write_limit(socket), 5000);
    assert_int_equal(sctpx_socket_state(socket), SCTPX_HOST_LOOKUP);
}

static void test_refused_write_is_told(void **state)
{
    struct fixture *fixture = *state;
    sctpx_socket *socket = start(fixture, "host.test", 10000);

    assert_int_equal(sctpx_socket_write_datagram(socket, "x", 1, NULL), SCTPX_EWOULDBLOCK);
    RUN_UNTIL(fixture->bed.loop, fixture->client.count[PROBE_WRITABLE] == 1);
    assert_int_equal(sctpx_socket_state(socket), SCTPX_CONNECTED);
    assert_int_equal(sctpx_socket_write_datagram(socket, "x", 1, NULL), 0);
}

/* Options given during the look-up are those of the association. */
static void test_options_while_looking_up(void **state)
{
    struct fixture *fixture = *state;
    sctpx_socket *socket = start(fixture, "host.test", 10000);
    sctpx_assoc_options options;

    assert_int_equal(sctpx_socket_set_write_limit(socket, 4321), 0);
    run_to_the_end(fixture);
    sctpx_socket_options_get(socket, &options);
    assert_int_equal(options.sndbuf_bytes, 4321);
}

static void test_waits_look_up(void **state)
{
    struct fixture *fixture = *state;
    sctpx_socket *socket = start(fixture, "silent.test", 10000);

    assert_int_equal(sctpx_socket_wait_for_connected(socket, 0), SCTPX_ETIMEDOUT);
    assert_int_equal(sctpx_socket_wait_for_writable(socket, 0), SCTPX_ETIMEDOUT);
    assert_int_equal(sctpx_socket_wait_for_bytes_written(socket, SCTPX_ANY_STREAM, 0),
                     SCTPX_ETIMEDOUT);
    assert_int_equal(sctpx_socket_wait_for_readable(socket, SCTPX_ANY_STREAM, 0), SCTPX_ETIMEDOUT);
    assert_int_equal(sctpx_socket_wait_for_disconnected(socket, 0), SCTPX_ETIMEDOUT);
    sctpx_socket_free(socket);
    socket = start(fixture, "host.test", 10000);
    assert_int_equal(sctpx_socket_wait_for_connected(socket, 20000), 0);
    assert_int_equal(sctpx_socket_state(socket), SCTPX_CONNECTED);
}

/* ---- failures ------------------------------------------------------------------------------ */

static void test_unknown_name(void **state)
{
    struct fixture *fixture = *state;

    (void)start(fixture, "unknown.test", 10000);
    run_to_the_end(fixture);
    assert_string_equal(fixture->client.log,
                        "lookup unconnected error:EHOSTNOTFOUND closed:EHOSTNOTFOUND");
    check_words(fixture, SCTPX_EHOSTNOTFOUND, "\"unknown.test\" does not exist");
}

static void test_temporary_failure_is_told_as_such(void **state)
{
    struct fixture *fixture = *state;
    sctpx_socket *socket = start(fixture, "broken.test", 10000);

    assert_int_equal(sctpx_socket_wait_for_connected(socket, 10000), SCTPX_EHOSTNOTFOUND);
    check_words(fixture, SCTPX_EHOSTNOTFOUND, "try again later");
    /* The same socket can try again. */
    assert_int_equal(
        sctpx_socket_connect_name(socket, "host.test", sctpx_server_port(fixture->bed.server)), 0);
    assert_int_equal(sctpx_socket_wait_for_connected(socket, 10000), 0);
}

static void on_timer(sctpx_timer *timer, void *arg)
{
    unsigned *ticks = arg;

    (*ticks)++;
    sctpx_timer_start(timer, 1000);
}

/* The loop turns while nobody answers, and the time for connecting is kept. */
static void test_time_for_connecting_is_kept(void **state)
{
    struct fixture *fixture = *state;
    unsigned ticks = 0;
    sctpx_timer *timer;

    assert_int_equal(sctpx_timer_new(fixture->bed.loop, on_timer, &ticks, &timer), 0);
    sctpx_timer_start(timer, 1000);
    (void)start(fixture, "silent.test", 60);
    run_to_the_end(fixture);
    assert_string_equal(fixture->client.log, "lookup unconnected error:ETIMEDOUT closed:ETIMEDOUT");
    check_words(fixture, SCTPX_ETIMEDOUT, "no name server");
    assert_true(ticks >= 5);
    sctpx_timer_free(timer);
}

/* ---- giving up ------------------------------------------------------------------------------ */

/* Nobody was asked to connect yet: there is nothing to wait for. */
static void test_disconnect_ends_it(void **state)
{
    struct fixture *fixture = *state;
    sctpx_socket *socket = start(fixture, "silent.test", 10000);

    RUN_UNTIL(fixture->bed.loop, fixture->client.count[PROBE_STATE] > 0);
    assert_int_equal(sctpx_socket_disconnect(socket, 10000), 0);
    assert_int_equal(sctpx_socket_state(socket), SCTPX_UNCONNECTED);
    run_to_the_end(fixture);
    assert_string_equal(fixture->client.log, "lookup closing unconnected closed:0");
    assert_int_equal(sctpx_socket_wait_for_connected(socket, 0), SCTPX_ECLOSED);
    assert_int_equal(sctpx_socket_disconnect(socket, 0), SCTPX_ESTATE);
}

static void test_close_ends_it(void **state)
{
    struct fixture *fixture = *state;
    sctpx_socket *socket = start(fixture, "silent.test", 10000);

    assert_int_equal(sctpx_socket_close(socket), 0);
    run_to_the_end(fixture);
    assert_int_equal(fixture->client.closed, 0);
    assert_int_equal(fixture->client.count[PROBE_CLOSED], 1);
}

static void test_abort_ends_it(void **state)
{
    struct fixture *fixture = *state;
    sctpx_socket *socket = start(fixture, "silent.test", 10000);

    assert_int_equal(sctpx_socket_abort(socket, NULL, 0), 0);
    assert_int_equal(sctpx_socket_state(socket), SCTPX_UNCONNECTED);
    run_to_the_end(fixture);
    assert_int_equal(fixture->client.closed, SCTPX_EABORTED);
    /* Nothing of the first look-up comes into the second. */
    fixture->client.count[PROBE_CLOSED] = 0;
    assert_int_equal(
        sctpx_socket_connect_name(socket, "host.test", sctpx_server_port(fixture->bed.server)), 0);
    run_to_the_end(fixture);
    assert_int_equal(fixture->client.count[PROBE_CONNECTED], 1);
    assert_int_equal(fixture->client.count[PROBE_CLOSED], 0);
}

static void free_in_callback(struct probe *probe, enum probe_event event)
{
    (void)event;
    sctpx_socket_free(probe->socket);
    probe->socket = NULL;
}

static void test_free_ends_it(void **state)
{
    struct fixture *fixture = *state;

    sctpx_socket_free(start(fixture, "silent.test", 10000));
    (void)start(fixture, "host.test", 10000);
    fixture->client.hook = free_in_callback; /* at on_state(HOST_LOOKUP) */
    RUN_UNTIL(fixture->bed.loop, fixture->client.socket == NULL);
    assert_string_equal(fixture->client.log, "lookup");
    assert_int_equal(fixture->bed.connections, 0);
}

/* The socket is left behind, and freed after its loop. */
static void test_loop_goes_first(void **state)
{
    struct fixture *fixture = *state;
    sctpx_socket *socket = start(fixture, "silent.test", 10000);

    assert_int_equal(sctpx_loop_run_once(fixture->bed.loop, 0), 1);
    bed_close(&fixture->bed);
    assert_int_equal(sctpx_socket_state(socket), SCTPX_UNCONNECTED);
    sctpx_socket_free(socket);
    fixture->client.socket = NULL;
    bed_open(&fixture->bed, SCTPX_IPV4, 0, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_states_on_the_way),
        TEST(test_calls_while_looking_up),
        TEST(test_refused_write_is_told),
        TEST(test_options_while_looking_up),
        TEST(test_waits_look_up),
        TEST(test_unknown_name),
        TEST(test_temporary_failure_is_told_as_such),
        TEST(test_time_for_connecting_is_kept),
        TEST(test_disconnect_ends_it),
        TEST(test_close_ends_it),
        TEST(test_abort_ends_it),
        TEST(test_free_ends_it),
        TEST(test_loop_goes_first),
    };

    return cmocka_run_group_tests_name("lookup", tests, NULL, NULL);
}
