/* SPDX-License-Identifier: MIT */
/* A driver whose loop comes late: what waits in its socket counts before its timers do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <sctpx/addr.h>

#include "backend/driver.h"

#define PORT 5000
#define LIMIT_TURNS 100000
#define MESSAGE_BYTES 1000
#define HELD_UP_S 2 /* longer than any timer that repeats data */

/* ---- a clock that can be put on ------------------------------------------------------------- */

static time_t held_up_s;

/* This takes the place of the C library's in this program. */
int clock_gettime(clockid_t id, struct timespec *ret_time)
{
    int result = (int)syscall(SYS_clock_gettime, id, ret_time);

    ret_time->tv_sec += held_up_s;
    return result;
}

/* ---- a stranger who sends faster than anybody reads -------------------------------------------- */

static struct {
    int socket; /* 0: there is none */
    struct sockaddr_storage to;
    socklen_t length;
} stranger;

static void flood(void)
{
    for (int i = 0; i < 64; i++) {
        assert_int_equal(sendto(stranger.socket, "stranger", 8, 0,
                                (const struct sockaddr *)&stranger.to, stranger.length),
                         8);
    }
}

/* This takes the place of the C library's in this program. */
int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *limit)
{
    if (stranger.socket != 0)
        flood();
    return (int)syscall(SYS_recvmmsg, fd, messages, count, flags, limit);
}

/* ---- two ends, each on a loop of its own ------------------------------------------------------ */

struct end {
    sctpx_loop *loop;
    struct sctpxi_driver *driver;
    sctpx_assoc *assoc;
    unsigned received;
};

struct pair {
    struct end server, client;
};

static void take_messages(struct end *end)
{
    uint8_t buffer[MESSAGE_BYTES];
    sctpx_rcvinfo info;

    while (sctpx_assoc_receive(end->assoc, SCTPX_ANY_STREAM, buffer, sizeof(buffer), &info) > 0)
        end->received++;
}

static void on_event(void *sink, const sctpx_event *event)
{
    struct end *end = sink;

    if (event->type == SCTPX_EVENT_INCOMING && end->assoc == NULL) {
        assert_int_equal(
            sctpx_endpoint_accept(sctpxi_driver_endpoint(end->driver), PORT, NULL, &end->assoc), 0);
    }
    if (end->assoc != NULL)
        take_messages(end);
}

static void open_end(struct end *end)
{
    sctpx_addr addr;
    const struct sctpxi_driver_spec spec = {
        .addrs = &addr, .count = 1, .is_exclusive = true, .no_segmentation = true};
    sctpx_endpoint_options options;

    sctpx_endpoint_options_defaults(&options);
    options.assoc.max_burst = 0; /* a flush sends all that the windows allow */
    assert_int_equal(sctpx_loop_new(&end->loop), 0);
    assert_int_equal(sctpx_addr_parse("127.0.0.1", &addr), 0);
    assert_int_equal(sctpxi_driver_get(end->loop, &spec, &options, &end->driver), 0);
    sctpxi_driver_set_sink(end->driver, on_event, NULL, end);
}

static void turn(struct end *end)
{
    assert_int_equal(sctpx_loop_run_once(end->loop, 0), 1);
}

static void turn_until_received(struct pair *pair, unsigned by_server, unsigned by_client)
{
    for (int i = 0; i < LIMIT_TURNS; i++) {
        if (pair->server.received >= by_server && pair->client.received >= by_client)
            return;
        turn(&pair->client);
        turn(&pair->server);
    }
    fail_msg("they got %u and %u messages", pair->server.received, pair->client.received);
}

static void send_messages(struct end *end, unsigned count)
{
    const uint8_t data[MESSAGE_BYTES] = {0};
    const sctpx_sndinfo info = {0};

    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(
            sctpx_assoc_send(end->assoc, sctpxi_driver_now(end->driver), data, sizeof(data), &info),
            0);
    }
    sctpxi_driver_flush_now(end->driver);
}

/* Connected, and with windows open for some hundred messages. */
static int set_up(void **state)
{
    static struct pair pair;
    struct end *client = &pair.client, *server = &pair.server;
    sctpx_listen_options options;
    sctpx_addr remote;

    memset(&pair, 0, sizeof(pair));
    held_up_s = 0;
    open_end(server);
    open_end(client);
    sctpx_listen_options_defaults(sctpxi_driver_endpoint(server->driver), &options);
    assert_int_equal(sctpx_endpoint_listen(sctpxi_driver_endpoint(server->driver), PORT, &options),
                     PORT);
    assert_int_equal(sctpx_addr_parse("127.0.0.1", &remote), 0);
    remote.udp_port = sctpxi_driver_udp_port(server->driver);
    assert_int_equal(sctpx_endpoint_connect(sctpxi_driver_endpoint(client->driver),
                                            sctpxi_driver_now(client->driver), &remote, 1, PORT, 0,
                                            NULL, NULL, &client->assoc),
                     0);
    sctpxi_driver_touch(client->driver);
    send_messages(client, 1000);
    turn_until_received(&pair, 1000, 0);
    send_messages(server, 1000);
    turn_until_received(&pair, 1000, 1000);
    *state = &pair;
    return 0;
}

static void close_end(struct end *end)
{
    sctpx_assoc_free(end->assoc, sctpxi_driver_now(end->driver));
    sctpxi_driver_put(end->driver);
    sctpx_loop_free(end->loop);
}

static int tear_down(void **state)
{
    struct pair *pair = *state;

    close_end(&pair->client);
    close_end(&pair->server);
    return 0;
}

static uint64_t sent_again(const struct end *end)
{
    sctpx_assoc_status status;

    sctpx_assoc_get_status(end->assoc, &status);
    return status.retransmitted_chunks;
}

/* ---- the rule ------------------------------------------------------------------------------- */

static void test_a_sack_behind_much_else_is_read_before_timers_fire(void **state)
{
    struct pair *pair = *state;

    send_messages(&pair->server, 300);
    send_messages(&pair->client, 20);
    for (int i = 0; i < LIMIT_TURNS && pair->server.received < 1020; i++)
        turn(&pair->server);
    assert_int_equal(pair->server.received, 1020); /* and their SACKs are behind the 300 */
    held_up_s = HELD_UP_S;
    turn(&pair->client);
    assert_true(pair->client.received < 1300); /* more than one turn reads */
    turn_until_received(pair, 1020, 1300);
    assert_int_equal(sent_again(&pair->client), 0);
}

static void start_flood(const struct end *end)
{
    sctpx_addr addr;

    assert_int_equal(sctpx_addr_parse("127.0.0.1", &addr), 0);
    addr.udp_port = sctpxi_driver_udp_port(end->driver);
    stranger.length = (socklen_t)sctpx_addr_to_sockaddr(&addr, &stranger.to);
    stranger.socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(stranger.socket > 0);
}

/* How many turns it takes until something is sent again once more. */
static unsigned turns_until_sent_again(struct end *end)
{
    uint64_t before = sent_again(end);
    unsigned turns = 0;

    while (sent_again(end) == before) {
        assert_true(turns++ < 200);
        turn(end);
    }
    return turns;
}

static void test_a_flood_does_not_keep_timers_from_firing(void **state)
{
    struct pair *pair = *state;

    send_messages(&pair->client, 20);
    start_flood(&pair->client);
    held_up_s = HELD_UP_S;
    assert_true(turns_until_sent_again(&pair->client) > 10); /* it might have been the process */
    for (int i = 1; i < 4; i++) {
        held_up_s += HELD_UP_S << i; /* the time-out doubles */
        assert_true(turns_until_sent_again(&pair->client) < 3);
    }
    close(stranger.socket);
    stranger.socket = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_sack_behind_much_else_is_read_before_timers_fire,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_flood_does_not_keep_timers_from_firing, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests_name("driver_late", tests, NULL, NULL);
}
