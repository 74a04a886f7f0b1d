/* SPDX-License-Identifier: MIT */
/* A host of several addresses, of which some refuse and some are silent. */
#include "support/dns.h"
#include "support/loopback.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The server is at 127.0.0.1, and where a test says so; nobody at the others. */
struct fixture {
    struct bed bed;
    struct probe client;
    int holes[8];
    size_t hole_count;
};

static int setup(void **state)
{
    static struct fixture fixture;

    fixture.client = (struct probe){0};
    fixture.hole_count = 0;
    dns_start();
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
    while (fixture->hole_count > 0)
        close(fixture->holes[--fixture->hole_count]);
    return 0;
}

/* Somebody who listens on the server's UDP port of an address and says nothing. */
static int black_hole(struct fixture *fixture, const char *ip)
{
    struct sockaddr_storage storage;
    sctpx_addr addr;
    int fd, length;

    assert_int_equal(sctpx_addr_parse(ip, &addr), 0);
    addr.udp_port = fixture->bed.addr.udp_port;
    length = sctpx_addr_to_sockaddr(&addr, &storage);
    fd = socket(storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&storage, (socklen_t)length), 0);
    fixture->holes[fixture->hole_count++] = fd;
    return fd;
}

/* Types of the first chunks of the packets that fell in: "1" for an INIT, "6" for an ABORT. */
static void fallen_in(int fd, char *text)
{
    uint8_t packet[2048];

    while (recv(fd, packet, sizeof(packet), 0) > 12)
        *text++ = (char)('0' + packet[12]);
    *text = '\0';
}

static sctpx_socket *new_socket(struct fixture *fixture, int timeout_ms)
{
    sctpx_socket_options options;

    bed_socket_options(&options);
    options.peer_udp_port = fixture->bed.addr.udp_port;
    options.connect_timeout_ms = timeout_ms;
    return bed_socket(&fixture->bed, &fixture->client, &options);
}

static void connect_to(struct fixture *fixture, const char *records, uint16_t port)
{
    dns_set("host.test", records);
    assert_int_equal(sctpx_socket_connect_name(fixture->client.socket, "host.test", port), 0);
}

static sctpx_socket *start(struct fixture *fixture, const char *records, int timeout_ms)
{
    sctpx_socket *socket = new_socket(fixture, timeout_ms);

    connect_to(fixture, records, sctpx_server_port(fixture->bed.server));
    return socket;
}

static void run_to_the_end(struct fixture *fixture)
{
    RUN_UNTIL(fixture->bed.loop,
              fixture->client.count[PROBE_CONNECTED] || fixture->client.count[PROBE_CLOSED]);
}

static void run_for_ms(struct fixture *fixture, unsigned ms)
{
    sctpx_time end = sctpx_loop_now(fixture->bed.loop) + ms * 1000u;

    RUN_UNTIL(fixture->bed.loop, sctpx_loop_now(fixture->bed.loop) >= end);
}

static void check_peer(const struct fixture *fixture, const char *ip)
{
    sctpx_addr addr, expected;

    assert_int_equal(sctpx_socket_peer_addrs(fixture->client.socket, &addr, 1), 1);
    assert_int_equal(sctpx_addr_parse(ip, &expected), 0);
    assert_true(sctpx_addr_same_ip(&addr, &expected));
}

/* ---- one is reached ------------------------------------------------------------------------ */

/* c-ares may sort addresses of one family: each of them is the only one that answers once. */
static void test_refused_ones_cost_no_time(void **state)
{
    struct fixture *fixture = *state;
    sctpx_time begin = sctpx_loop_now(fixture->bed.loop);
    sctpx_socket *socket =
        start(fixture, "A=127.0.0.7 A=127.0.0.8 A=127.0.0.9 A=127.0.0.1 AAAA=::1", 10000);

    run_to_the_end(fixture);
    assert_string_equal(fixture->client.log, "lookup connecting connected up");
    check_peer(fixture, "127.0.0.1");
    assert_int_equal(sctpx_socket_error(socket), 0);
    assert_string_equal(sctpx_socket_error_string(socket), "");
    assert_int_equal(sctpx_socket_abort_cause(socket), 0);
    assert_true(sctpx_loop_now(fixture->bed.loop) - begin < 250000 * 4);
}

/* Attempts that lose in COOKIE-WAIT vanish without a word. */
static void test_silent_ones_are_overtaken(void **state)
{
    struct fixture *fixture = *state;
    int holes[2] = {black_hole(fixture, "127.0.0.8"), black_hole(fixture, "127.0.0.9")};
    sctpx_time begin = sctpx_loop_now(fixture->bed.loop), taken;

    (void)start(fixture, "A=127.0.0.8 A=127.0.0.9 A=127.0.0.1", 20000);
    run_to_the_end(fixture);
    taken = sctpx_loop_now(fixture->bed.loop) - begin;
    assert_in_range(taken, 500000, 5000000); /* two delays, and no shares of the whole time */
    assert_string_equal(fixture->client.log, "lookup connecting connected up");
    check_peer(fixture, "127.0.0.1");
    run_for_ms(fixture, 50);
    for (size_t i = 0; i < 2; i++) {
        char text[64];

        fallen_in(holes[i], text);
        assert_string_not_equal(text, "");
        assert_true(text[strspn(text, "1")] == '\0');
    }
    assert_int_equal(fixture->bed.connections, 1);
}

static void test_other_family_is_tried_second(void **state)
{
    struct fixture *fixture = *state;

    if (!loopback_has(SCTPX_IPV6))
        skip();
    (void)black_hole(fixture, "::1");
    (void)start(fixture, "AAAA=::1 A=127.0.0.1", 10000);
    run_to_the_end(fixture);
    assert_string_equal(fixture->client.log, "lookup connecting connected up");
    check_peer(fixture, "127.0.0.1");
}

static unsigned count_alive(sctpx_server *server, unsigned *ret_taken)
{
    sctpx_socket *accepted;
    unsigned alive = 0;

    *ret_taken = 0;
    while (sctpx_server_next_pending_connection(server, &accepted) >= 0) {
        ++*ret_taken;
        alive += sctpx_socket_state(accepted) == SCTPX_CONNECTED;
        sctpx_socket_free(accepted);
    }
    return alive;
}

static void run_both_for_ms(sctpx_loop *one, sctpx_loop *other, unsigned ms)
{
    sctpx_time end = sctpx_loop_now(one) + ms * 1000u;

    while (sctpx_loop_now(one) < end) {
        assert_true(sctpx_loop_run_once(one, 1) >= 0);
        if (other)
            assert_true(sctpx_loop_run_once(other, 1) >= 0);
    }
}

/* A server that wakes up late finds several set-ups, and they all come up in the same turn. */
static void test_only_one_association_stays(void **state)
{
    struct fixture *fixture = *state;
    const sctpx_addr any = {.family = SCTPX_IPV4};
    sctpx_loop *server_loop = fixture->bed.loop;
    unsigned taken;

    bed_listen(&fixture->bed, &any, 0, 0);
    assert_int_equal(sctpx_loop_new(&fixture->bed.loop), 0);
    (void)start(fixture, "A=127.0.0.1 A=127.0.0.2 A=127.0.0.3", 20000);
    run_both_for_ms(fixture->bed.loop, NULL, 700); /* three INITs */
    run_both_for_ms(fixture->bed.loop, server_loop, 100);
    assert_string_equal(fixture->client.log, "lookup connecting connected up");
    assert_int_equal(count_alive(fixture->bed.server, &taken), 1);
    assert_int_equal(fixture->bed.connections, 3); /* or the test shows nothing */
    sctpx_socket_free(fixture->client.socket);
    fixture->client.socket = NULL;
    sctpx_loop_free(fixture->bed.loop);
    fixture->bed.loop = server_loop;
}

/* More addresses than run at a time: the oldest make room before the time is over. */
static void test_many_silent_ones(void **state)
{
    static const char *const ips[] = {"127.0.0.3", "127.0.0.4", "127.0.0.5",
                                      "127.0.0.6", "127.0.0.7", "127.0.0.8"};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < 6; i++)
        (void)black_hole(fixture, ips[i]);
    (void)start(fixture,
                "A=127.0.0.3 A=127.0.0.4 A=127.0.0.5 A=127.0.0.6 A=127.0.0.7 A=127.0.0.8 "
                "A=127.0.0.1",
                3500);
    run_to_the_end(fixture);
    assert_string_equal(fixture->client.log, "lookup connecting connected up");
    check_peer(fixture, "127.0.0.1");
}

/* A peer takes two set-ups from the same port for one association: they do not run together. */
static void test_bound_port_runs_one_at_a_time(void **state)
{
    struct fixture *fixture = *state;
    sctpx_socket *socket = new_socket(fixture, 600);

    (void)black_hole(fixture, "127.0.0.9");
    assert_int_equal(sctpx_socket_bind(socket, NULL, 0, 4711, 0), 0);
    connect_to(fixture, "A=127.0.0.9 A=127.0.0.1", sctpx_server_port(fixture->bed.server));
    run_to_the_end(fixture);
    assert_string_equal(fixture->client.log, "lookup connecting connected up");
    assert_int_equal(sctpx_socket_local_port(socket), 4711);
    check_peer(fixture, "127.0.0.1");
}

/* While the server sleeps no second set-up is begun, as it would be without a port. */
static void test_bound_port_does_not_hurry(void **state)
{
    struct fixture *fixture = *state;
    const sctpx_addr any = {.family = SCTPX_IPV4};
    sctpx_loop *server_loop = fixture->bed.loop;
    sctpx_socket *socket;

    bed_listen(&fixture->bed, &any, 0, 0);
    assert_int_equal(sctpx_loop_new(&fixture->bed.loop), 0);
    socket = new_socket(fixture, 20000);
    assert_int_equal(sctpx_socket_bind(socket, NULL, 0, 4711, 0), 0);
    connect_to(fixture, "A=127.0.0.1 A=127.0.0.2", sctpx_server_port(fixture->bed.server));
    run_both_for_ms(fixture->bed.loop, NULL, 400);
    run_both_for_ms(fixture->bed.loop, server_loop, 100);
    assert_string_equal(fixture->client.log, "lookup connecting connected up");
    assert_int_equal(fixture->bed.connections, 1);
    sctpx_socket_free(socket);
    fixture->client.socket = NULL;
    sctpx_loop_free(fixture->bed.loop);
    fixture->bed.loop = server_loop;
}

/* ---- while it is undecided ------------------------------------------------------------------ */

static void test_calls_while_trying(void **state)
{
    struct fixture *fixture = *state;
    sctpx_socket *socket;
    sctpx_assoc_options options;

    (void)black_hole(fixture, "127.0.0.8");
    (void)black_hole(fixture, "127.0.0.9");
    socket = start(fixture, "A=127.0.0.8 A=127.0.0.9 A=127.0.0.1", 10000);
    RUN_UNTIL(fixture->bed.loop, sctpx_socket_state(socket) == SCTPX_CONNECTING);
    assert_int_equal(sctpx_socket_write_datagram(socket, "x", 1, NULL), SCTPX_EWOULDBLOCK);
    assert_int_equal(sctpx_socket_wait_for_writable(socket, 0), SCTPX_ETIMEDOUT);
    assert_int_equal(sctpx_socket_wait_for_bytes_written(socket, SCTPX_ANY_STREAM, 0),
                     SCTPX_ETIMEDOUT);
    assert_int_equal(sctpx_socket_path_count(socket), 0);
    assert_int_equal(sctpx_socket_bytes_to_write(socket, SCTPX_ANY_STREAM), 0);
    /* What is set now holds for those that run and those that come. */
    assert_int_equal(sctpx_socket_set_write_limit(socket, 4321), 0);
    run_to_the_end(fixture);
    sctpx_socket_options_get(socket, &options);
    assert_int_equal(options.sndbuf_bytes, 4321);
    assert_int_equal(fixture->client.count[PROBE_WRITABLE], 1);
    assert_int_equal(sctpx_socket_write_datagram(socket, "x", 1, NULL), 0);
}

/* Closing while it is undecided waits for the connection, as with one address. */
static void test_close_while_trying(void **state)
{
    struct fixture *fixture = *state;
    sctpx_socket *socket;

    (void)black_hole(fixture, "127.0.0.9");
    socket = start(fixture, "A=127.0.0.9 A=127.0.0.1 AAAA=::1", 10000);
    RUN_UNTIL(fixture->bed.loop, sctpx_socket_state(socket) == SCTPX_CONNECTING);
    assert_int_equal(sctpx_socket_close(socket), 0);
    run_to_the_end(fixture);
    assert_string_equal(fixture->client.log, "lookup connecting closing unconnected closed:0");
}

static void test_deadline_while_trying(void **state)
{
    struct fixture *fixture = *state;
    sctpx_socket *socket;

    (void)black_hole(fixture, "127.0.0.8");
    (void)black_hole(fixture, "127.0.0.9");
    socket = start(fixture, "A=127.0.0.8 A=127.0.0.9", 10000);
    RUN_UNTIL(fixture->bed.loop, sctpx_socket_state(socket) == SCTPX_CONNECTING);
    assert_int_equal(sctpx_socket_disconnect(socket, 20), 0);
    run_to_the_end(fixture);
    assert_int_equal(fixture->client.closed, SCTPX_ETIMEDOUT);
}

static void test_free_and_abort_while_trying(void **state)
{
    struct fixture *fixture = *state;
    sctpx_socket *socket;

    (void)black_hole(fixture, "127.0.0.8");
    (void)black_hole(fixture, "127.0.0.9");
    socket = start(fixture, "A=127.0.0.8 A=127.0.0.9", 10000);
    RUN_UNTIL(fixture->bed.loop, sctpx_socket_state(socket) == SCTPX_CONNECTING);
    run_for_ms(fixture, 300); /* two of them */
    assert_int_equal(sctpx_socket_abort(socket, "reason", 6), 0);
    run_to_the_end(fixture);
    assert_int_equal(fixture->client.closed, SCTPX_EABORTED);
    assert_int_equal(
        sctpx_socket_connect_name(socket, "host.test", sctpx_server_port(fixture->bed.server)), 0);
    RUN_UNTIL(fixture->bed.loop, sctpx_socket_state(socket) == SCTPX_CONNECTING);
    run_for_ms(fixture, 300);
    sctpx_socket_free(socket);
    fixture->client.socket = NULL;
    run_for_ms(fixture, 20);
}

static void free_in_callback(struct probe *probe, enum probe_event event)
{
    (void)event;
    if (strcmp(probe->log, probe->arg) != 0)
        return;
    sctpx_socket_free(probe->socket);
    probe->socket = NULL;
}

static void test_free_in_callbacks(void **state)
{
    static const char *const logs[] = {
        "lookup connecting",
        "lookup connecting connected",
        "lookup connecting connected up",
        "lookup connecting unconnected",
        "lookup connecting unconnected error:EREFUSED",
    };
    struct fixture *fixture = *state;

    dns_set("none.test", "A=127.0.0.8 A=127.0.0.9");
    dns_set("some.test", "A=127.0.0.8 A=127.0.0.1");
    for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
        const char *name = i < 3 ? "some.test" : "none.test";
        char log[64];

        (void)strcpy(log, logs[i]);
        fixture->client = (struct probe){.hook = free_in_callback, .arg = log};
        assert_int_equal(sctpx_socket_connect_name(new_socket(fixture, 10000), name,
                                                   sctpx_server_port(fixture->bed.server)),
                         0);
        RUN_UNTIL(fixture->bed.loop, fixture->client.socket == NULL);
        assert_string_equal(fixture->client.log, logs[i]);
    }
    run_for_ms(fixture, 20);
}

/* ---- none is reached ------------------------------------------------------------------------ */

static void check_failed(const struct fixture *fixture, int error, const char *words)
{
    assert_int_equal(fixture->client.count[PROBE_ERROR], 1);
    assert_int_equal(fixture->client.count[PROBE_CLOSED], 1);
    assert_int_equal(fixture->client.closed, error);
    assert_non_null(strstr(sctpx_socket_error_string(fixture->client.socket), words));
}

static void test_all_refuse(void **state)
{
    struct fixture *fixture = *state;

    (void)start(fixture, "A=127.0.0.8 A=127.0.0.9", 10000);
    run_to_the_end(fixture);
    assert_string_equal(fixture->client.log,
                        "lookup connecting unconnected error:EREFUSED closed:EREFUSED");
    check_failed(fixture, SCTPX_EREFUSED, "no SCTP stack");
}

static void test_all_are_silent(void **state)
{
    struct fixture *fixture = *state;

    (void)black_hole(fixture, "127.0.0.8");
    (void)black_hole(fixture, "127.0.0.9");
    (void)start(fixture, "A=127.0.0.8 A=127.0.0.9", 60);
    run_to_the_end(fixture);
    check_failed(fixture, SCTPX_ETIMEDOUT, "no answer");
}

/* Refused tells more than timed out, and an SCTP stack that refuses more than a missing one. */
static void test_most_telling_failure_is_told(void **state)
{
    struct fixture *fixture = *state;
    sctpx_socket *socket = new_socket(fixture, 300);
    uint16_t no_port = sctpx_server_port(fixture->bed.server) ^ 1;
    sctpx_addr addr;

    (void)black_hole(fixture, "127.0.0.9");
    connect_to(fixture, "A=127.0.0.9 A=127.0.0.8 A=127.0.0.1 A=127.0.0.7", no_port);
    run_to_the_end(fixture);
    check_failed(fixture, SCTPX_EREFUSED, "nothing listens");
    assert_int_equal(sctpx_socket_peer_addrs(socket, &addr, 1), 1);
    check_peer(fixture, "127.0.0.1");
}

/* A socket bound to one family cannot even start with the other one. */
static void test_unusable_addresses_are_passed_over(void **state)
{
    struct fixture *fixture = *state;
    sctpx_socket *socket = new_socket(fixture, 10000);
    const sctpx_addr local = loopback_v4(1, 0);

    assert_int_equal(sctpx_socket_bind(socket, &local, 1, 0, 0), 0);
    connect_to(fixture, "AAAA=::1 AAAA=::2 A=127.0.0.1", sctpx_server_port(fixture->bed.server));
    run_to_the_end(fixture);
    assert_int_equal(fixture->client.count[PROBE_CONNECTED], 1);
    assert_int_equal(sctpx_socket_abort(socket, NULL, 0), 0);
    dns_set("six.test", "AAAA=::1 AAAA=::2");
    fixture->client.count[PROBE_ERROR] = fixture->client.count[PROBE_CLOSED] = 0;
    fixture->client.count[PROBE_CONNECTED] = 0;
    assert_int_equal(sctpx_socket_connect_name(socket, "six.test", 7), 0);
    run_to_the_end(fixture);
    check_failed(fixture, SCTPX_EINVAL, "bound to no address of its family");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_refused_ones_cost_no_time),
        TEST(test_silent_ones_are_overtaken),
        TEST(test_other_family_is_tried_second),
        TEST(test_only_one_association_stays),
        TEST(test_many_silent_ones),
        TEST(test_bound_port_runs_one_at_a_time),
        TEST(test_bound_port_does_not_hurry),
        TEST(test_calls_while_trying),
        TEST(test_close_while_trying),
        TEST(test_deadline_while_trying),
        TEST(test_free_and_abort_while_trying),
        TEST(test_free_in_callbacks),
        TEST(test_all_refuse),
        TEST(test_all_are_silent),
        TEST(test_most_telling_failure_is_told),
        TEST(test_unusable_addresses_are_passed_over),
    };

    return cmocka_run_group_tests_name("happy_eyeballs", tests, NULL, NULL);
}
