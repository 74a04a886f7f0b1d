/* SPDX-License-Identifier: MIT */
/* The driver with the real engine, over real sockets of the loopback. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

#include <sctpx/addr.h>

#include "backend/driver.h"

#define PORT 5000
#define LIMIT_US 10000000u

/* ---- a system that has no room now and then ----------------------------------------------------- */

static int failures_left, failure_error, failures;

static bool is_to_fail(void)
{
    if (failures_left == 0) {
        return false;
    }
    failures_left--;
    failures++;
    errno = failure_error;
    return true;
}

/* These take the place of the C library's in this program. */
ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    return is_to_fail() ? -1 : (ssize_t)syscall(SYS_sendmsg, fd, message, flags);
}

int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
    return is_to_fail() ? -1 : (int)syscall(SYS_sendmmsg, fd, messages, count, flags);
}

/* ---- two ends on one loop ---------------------------------------------------------------------- */

struct end {
    struct sctpxi_driver *driver;
    sctpx_assoc *assoc;
    unsigned counts[SCTPX_EVENT_CLOSED + 1];
    unsigned events;
    int error;          /* of CLOSED */
    bool puts_on_event; /* gives its driver back in the sink */
    bool is_released;
};

struct fixture {
    sctpx_loop *loop;
    struct end server, client;
};

static void on_event(void *sink, const sctpx_event *event)
{
    struct end *end = sink;

    end->counts[event->type]++;
    end->events++;
    if (event->type == SCTPX_EVENT_CLOSED) {
        end->error = event->error;
    }
    if (event->type == SCTPX_EVENT_INCOMING && end->assoc == NULL) {
        assert_int_equal(
            sctpx_endpoint_accept(sctpxi_driver_endpoint(end->driver), PORT, NULL, &end->assoc), 0);
    }
    if (end->puts_on_event) {
        end->puts_on_event = false;
        sctpxi_driver_put(end->driver);
        end->driver = NULL;
    }
}

static void on_release(void *sink)
{
    ((struct end *)sink)->is_released = true;
}

static int set_up(void **state)
{
    static struct fixture fixture;

    memset(&fixture, 0, sizeof(fixture));
    failures = failures_left = 0;
    assert_int_equal(sctpx_loop_new(&fixture.loop), 0);
    *state = &fixture;
    return 0;
}

static void close_end(struct end *end)
{
    if (end->assoc != NULL && end->driver != NULL) {
        sctpx_assoc_free(end->assoc, sctpxi_driver_now(end->driver));
    }
    if (end->driver != NULL) {
        sctpxi_driver_put(end->driver);
        end->driver = NULL;
    }
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    close_end(&fixture->client);
    close_end(&fixture->server);
    sctpx_loop_free(fixture->loop);
    return 0;
}

static void open_end(struct fixture *fixture, struct end *end, const char *ip, bool is_exclusive)
{
    sctpx_addr addr;
    struct sctpxi_driver_spec spec = {.addrs = &addr, .count = 1, .is_exclusive = is_exclusive};

    assert_int_equal(sctpx_addr_parse(ip, &addr), 0);
    assert_int_equal(sctpxi_driver_get(fixture->loop, &spec, NULL, &end->driver), 0);
    sctpxi_driver_set_sink(end->driver, on_event, on_release, end);
}

/* Until a number has come up to what is wanted; fails after ten seconds. */
static void run_until(struct fixture *fixture, const unsigned *number, unsigned wanted)
{
    sctpx_time limit = sctpx_loop_now(fixture->loop) + LIMIT_US;

    while (*number < wanted) {
        assert_true(sctpx_loop_now(fixture->loop) < limit);
        assert_int_equal(sctpx_loop_run_once(fixture->loop, 1000), 1);
    }
}

static void start(struct fixture *fixture, const char *ip, uint16_t udp_port)
{
    struct end *client = &fixture->client;
    sctpx_addr remote;

    assert_int_equal(sctpx_addr_parse(ip, &remote), 0);
    remote.udp_port = udp_port;
    assert_int_equal(sctpx_endpoint_connect(sctpxi_driver_endpoint(client->driver),
                                            sctpxi_driver_now(client->driver), &remote, 1, PORT, 0,
                                            NULL, NULL, &client->assoc),
                     0);
    sctpxi_driver_touch(client->driver);
}

static void listen_at(struct end *server)
{
    sctpx_endpoint *endpoint = sctpxi_driver_endpoint(server->driver);
    sctpx_listen_options options;

    sctpx_listen_options_defaults(endpoint, &options);
    assert_int_equal(sctpx_endpoint_listen(endpoint, PORT, &options), PORT);
}

/* Both ends, with an association between them. */
static void connect_ends(struct fixture *fixture, const char *ip)
{
    open_end(fixture, &fixture->server, ip, true);
    open_end(fixture, &fixture->client, ip, true);
    listen_at(&fixture->server);
    start(fixture, ip, sctpxi_driver_udp_port(fixture->server.driver));
    run_until(fixture, &fixture->client.counts[SCTPX_EVENT_UP], 1);
    run_until(fixture, &fixture->server.counts[SCTPX_EVENT_INCOMING], 1);
}

static void send_bytes(struct end *end, size_t length)
{
    sctpx_sndinfo info = {0};
    char *data = test_calloc(1, length);

    assert_int_equal(
        sctpx_assoc_send(end->assoc, sctpxi_driver_now(end->driver), data, length, &info), 0);
    sctpxi_driver_touch(end->driver);
    test_free(data);
}

static size_t receive_message(struct fixture *fixture, struct end *end)
{
    static char buffer[1000000];
    sctpx_time limit = sctpx_loop_now(fixture->loop) + LIMIT_US;
    sctpx_rcvinfo info;
    long length;

    while ((length = sctpx_assoc_receive(end->assoc, SCTPX_ANY_STREAM, buffer, sizeof(buffer),
                                         &info)) == SCTPX_EWOULDBLOCK) {
        assert_true(sctpx_loop_now(fixture->loop) < limit);
        assert_int_equal(sctpx_loop_run_once(fixture->loop, 1000), 1);
    }
    assert_true(length > 0);
    sctpxi_driver_touch(end->driver);
    return (size_t)length;
}

/* ---- carrying an association ------------------------------------------------------------------- */

static void check_conversation(struct fixture *fixture, const char *ip)
{
    sctpx_assoc_status status;

    connect_ends(fixture, ip);
    send_bytes(&fixture->client, 5);
    assert_int_equal(receive_message(fixture, &fixture->server), 5);
    send_bytes(&fixture->server, 300000);
    assert_int_equal(receive_message(fixture, &fixture->client), 300000);
    sctpx_assoc_get_status(fixture->server.assoc, &status);
    assert_int_equal(status.retransmitted_chunks, 0);

    assert_int_equal(
        sctpx_assoc_shutdown(fixture->client.assoc, sctpxi_driver_now(fixture->client.driver)), 0);
    sctpxi_driver_touch(fixture->client.driver);
    run_until(fixture, &fixture->client.counts[SCTPX_EVENT_CLOSED], 1);
    run_until(fixture, &fixture->server.counts[SCTPX_EVENT_CLOSED], 1);
    assert_int_equal(fixture->client.error, 0);
}

static void test_a_conversation_over_ipv4(void **state)
{
    check_conversation(*state, "127.0.0.1");
}

static void test_a_conversation_over_ipv6(void **state)
{
    check_conversation(*state, "::1");
}

static void test_a_long_message_travels_in_trains(void **state)
{
    struct fixture *fixture = *state;
    struct sctpxi_driver_stats stats;

    connect_ends(fixture, "127.0.0.1");
    send_bytes(&fixture->client, 900000);
    assert_int_equal(receive_message(fixture, &fixture->server), 900000);
    sctpxi_driver_get_stats(fixture->client.driver, &stats);
    assert_true(stats.sent_packets > 600);
    assert_true(stats.sent_batches < stats.sent_packets / 2);
    assert_int_equal(stats.send_errors + stats.too_big, 0);
    sctpxi_driver_get_stats(fixture->server.driver, &stats);
    assert_true(stats.received_batches < stats.received_packets / 2);
}

static void check_blocked(struct fixture *fixture, int error)
{
    sctpx_assoc_status status;
    struct sctpxi_driver_stats stats;

    connect_ends(fixture, "127.0.0.1");
    send_bytes(&fixture->client, 100000);
    failure_error = error;
    failures_left = 3;
    assert_int_equal(receive_message(fixture, &fixture->server), 100000);
    assert_int_equal(failures, 3);
    sctpxi_driver_get_stats(fixture->client.driver, &stats);
    assert_true(stats.would_block > 0);
    sctpx_assoc_get_status(fixture->client.assoc, &status);
    assert_int_equal(status.retransmitted_chunks, 0);
    assert_int_equal(status.t3_timeouts, 0);
}

static void test_would_block_loses_nothing(void **state)
{
    check_blocked(*state, EAGAIN);
}

static void test_a_lack_of_buffers_loses_nothing(void **state)
{
    check_blocked(*state, ENOBUFS);
}

static void test_nobody_there_is_told_at_once(void **state)
{
    struct fixture *fixture = *state;
    sctpx_time begin = sctpx_loop_now(fixture->loop);
    uint16_t gone;

    open_end(fixture, &fixture->server, "127.0.0.1", true);
    open_end(fixture, &fixture->client, "127.0.0.1", true);
    gone = sctpxi_driver_udp_port(fixture->server.driver);
    close_end(&fixture->server);
    start(fixture, "127.0.0.1", gone);
    run_until(fixture, &fixture->client.counts[SCTPX_EVENT_CLOSED], 1);
    assert_int_equal(fixture->client.error, SCTPX_EREFUSED);
    assert_true(sctpx_loop_now(fixture->loop) - begin < 900000); /* sooner than T1-init */
}

static void test_flush_now_sends_without_a_turn(void **state)
{
    struct fixture *fixture = *state;
    struct sctpxi_driver_stats before, after;

    connect_ends(fixture, "127.0.0.1");
    sctpxi_driver_get_stats(fixture->client.driver, &before);
    send_bytes(&fixture->client, 5);
    sctpxi_driver_flush_now(fixture->client.driver);
    sctpxi_driver_get_stats(fixture->client.driver, &after);
    assert_int_equal(after.sent_packets, before.sent_packets + 1);
}

static void test_several_commands_of_a_turn_share_packets(void **state)
{
    struct fixture *fixture = *state;
    struct sctpxi_driver_stats before, after;

    connect_ends(fixture, "127.0.0.1");
    sctpxi_driver_get_stats(fixture->client.driver, &before);
    for (int i = 0; i < 20; i++) {
        send_bytes(&fixture->client, 10);
    }
    for (int i = 0; i < 20; i++) {
        assert_int_equal(receive_message(fixture, &fixture->server), 10);
    }
    sctpxi_driver_get_stats(fixture->client.driver, &after);
    assert_in_range(after.sent_packets - before.sent_packets, 1, 3);
}

/* ---- on a loop of libuv ------------------------------------------------------------------------ */

static void test_a_conversation_under_libuv(void **state)
{
    struct fixture *fixture = *state;
    uv_loop_t uv;

    sctpx_loop_free(fixture->loop);
    assert_int_equal(uv_loop_init(&uv), 0);
    assert_int_equal(sctpx_loop_new_uv(&uv, &fixture->loop), 0);
    check_conversation(fixture, "127.0.0.1");
    failure_error = EAGAIN;
    close_end(&fixture->client);
    open_end(fixture, &fixture->client, "127.0.0.1", true);
    start(fixture, "127.0.0.1", 1); /* nobody: an error on the queue */
    failures_left = 2;
    run_until(fixture, &fixture->client.counts[SCTPX_EVENT_CLOSED], 2);
    assert_int_equal(fixture->client.error, SCTPX_EREFUSED);
    assert_int_equal(failures, 2);

    /* Closing in the middle: libuv must find no handle left. */
    close_end(&fixture->client);
    sctpx_loop_free(fixture->loop);
    fixture->loop = NULL;
    assert_true(fixture->server.is_released);
    memset(&fixture->server, 0, sizeof(fixture->server));
    uv_run(&uv, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&uv), 0);
}

/* ---- sharing and ends --------------------------------------------------------------------------- */

static int get(struct fixture *fixture, const char *ip, uint16_t udp_port, bool is_exclusive,
               struct sctpxi_driver **ret_driver)
{
    sctpx_addr addr;
    struct sctpxi_driver_spec spec = {
        .addrs = &addr, .count = 1, .udp_port = udp_port, .is_exclusive = is_exclusive};

    assert_int_equal(sctpx_addr_parse(ip, &addr), 0);
    return sctpxi_driver_get(fixture->loop, &spec, NULL, ret_driver);
}

static void test_equal_specs_share_a_driver(void **state)
{
    struct fixture *fixture = *state;
    const struct sctpxi_driver_spec any = {0};
    struct sctpxi_driver *a, *b, *c, *d, *e;

    assert_int_equal(get(fixture, "*", 0, false, &a), 0);
    assert_int_equal(sctpxi_driver_get(fixture->loop, &any, NULL, &b), 0);
    assert_ptr_equal(a, b);
    assert_int_equal(get(fixture, "*", sctpxi_driver_udp_port(a), false, &c), 0);
    assert_ptr_equal(a, c);
    assert_int_equal(get(fixture, "127.0.0.1", 0, false, &d), 0);
    assert_ptr_not_equal(a, d);
    assert_int_equal(get(fixture, "*", 0, true, &e), 0);
    assert_ptr_not_equal(a, e);
    assert_int_equal(get(fixture, "*", sctpxi_driver_udp_port(e), false, &b), SCTPX_EADDRINUSE);

    assert_null(sctpxi_driver_sink(a));
    sctpxi_driver_set_sink(a, on_event, on_release, &fixture->client);
    assert_ptr_equal(sctpxi_driver_sink(c), &fixture->client);
    sctpxi_driver_put(a);
    sctpxi_driver_put(a);
    assert_false(fixture->client.is_released);
    sctpxi_driver_put(a);
    assert_true(fixture->client.is_released);
    sctpxi_driver_put(d);
    sctpxi_driver_put(e);
}

static void test_the_port_is_free_once_the_last_reference_is_gone(void **state)
{
    struct fixture *fixture = *state;
    struct sctpxi_driver *driver;
    uint16_t udp_port;

    assert_int_equal(get(fixture, "*", 0, true, &driver), 0);
    udp_port = sctpxi_driver_udp_port(driver);
    assert_int_equal(sctpxi_driver_local_count(driver), 2);
    sctpxi_driver_ref(driver);
    sctpxi_driver_put(driver);
    sctpxi_driver_put(driver);
    assert_int_equal(get(fixture, "*", udp_port, true, &driver), 0);
    sctpxi_driver_put(driver);
}

static void test_what_cannot_be_opened(void **state)
{
    struct fixture *fixture = *state;
    struct sctpxi_driver_spec many = {.count = SCTPX_MAX_LOCALS + 1};
    struct sctpxi_driver *driver = NULL;

    assert_int_equal(get(fixture, "192.0.2.200", 0, false, &driver), SCTPX_EADDRNOTAVAIL);
    assert_int_equal(sctpxi_driver_get(fixture->loop, &many, NULL, &driver), SCTPX_ELIMIT);
    assert_null(driver);
}

static void test_the_driver_may_be_given_back_in_its_sink(void **state)
{
    struct fixture *fixture = *state;
    struct sctpxi_driver *driver;
    uint16_t udp_port;

    connect_ends(fixture, "127.0.0.1");
    udp_port = sctpxi_driver_udp_port(fixture->server.driver);
    fixture->server.puts_on_event = true;
    send_bytes(&fixture->client, 5);
    run_until(fixture, &fixture->server.events, fixture->server.events + 1);
    assert_true(fixture->server.is_released);
    assert_null(fixture->server.driver);
    /* Its sockets are closed. */
    assert_int_equal(get(fixture, "127.0.0.1", udp_port, true, &driver), 0);
    sctpxi_driver_put(driver);
}

static void test_last_words_leave_with_the_last_reference(void **state)
{
    struct fixture *fixture = *state;

    connect_ends(fixture, "127.0.0.1");
    close_end(&fixture->client); /* frees the association: ABORT */
    run_until(fixture, &fixture->server.counts[SCTPX_EVENT_CLOSED], 1);
    assert_int_equal(fixture->server.error, SCTPX_EPEERABORT);
}

static void test_the_loop_takes_drivers_along(void **state)
{
    struct fixture *fixture = *state;

    connect_ends(fixture, "127.0.0.1");
    sctpx_loop_free(fixture->loop);
    fixture->loop = NULL;
    assert_true(fixture->server.is_released);
    assert_true(fixture->client.is_released);
    memset(&fixture->server, 0, sizeof(fixture->server));
    memset(&fixture->client, 0, sizeof(fixture->client));
}

/* ---- trace --------------------------------------------------------------------------------- */

static void test_packets_of_all_drivers_are_traced(void **state)
{
    struct fixture *fixture = *state;
    char path[] = "/tmp/sctpx-driver-XXXXXX";
    int fd = mkstemp(path);
    struct stat status;
    struct sctpxi_driver_stats server, client;

    assert_true(fd >= 0);
    open_end(fixture, &fixture->server, "127.0.0.1", true);
    assert_int_equal(sctpx_loop_set_pcap(fixture->loop, path), 0);
    open_end(fixture, &fixture->client, "127.0.0.1", true);
    listen_at(&fixture->server);
    start(fixture, "127.0.0.1", sctpxi_driver_udp_port(fixture->server.driver));
    run_until(fixture, &fixture->client.counts[SCTPX_EVENT_UP], 1);
    send_bytes(&fixture->client, 1000);
    assert_int_equal(receive_message(fixture, &fixture->server), 1000);

    assert_int_equal(sctpx_loop_set_pcap(fixture->loop, "/no/such/folder/file"), SCTPX_ESYSTEM);
    assert_int_equal(sctpx_loop_set_pcap(fixture->loop, NULL), 0);
    sctpxi_driver_get_stats(fixture->server.driver, &server);
    sctpxi_driver_get_stats(fixture->client.driver, &client);
    assert_int_equal(fstat(fd, &status), 0);
    /* Record, IP and UDP header for each packet, and twice the data. */
    assert_true((uint64_t)status.st_size >
                24 +
                    44 * (server.sent_packets + server.received_packets + client.sent_packets +
                          client.received_packets) +
                    2000);
    close(fd);
    unlink(path);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_conversation_over_ipv4, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_conversation_over_ipv6, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_long_message_travels_in_trains, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_would_block_loses_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_lack_of_buffers_loses_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nobody_there_is_told_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_flush_now_sends_without_a_turn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_several_commands_of_a_turn_share_packets, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_conversation_under_libuv, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_equal_specs_share_a_driver, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_port_is_free_once_the_last_reference_is_gone,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_opened, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_driver_may_be_given_back_in_its_sink, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_last_words_leave_with_the_last_reference, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_the_loop_takes_drivers_along, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_packets_of_all_drivers_are_traced, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("driver", tests, NULL, NULL);
}
