/* SPDX-License-Identifier: MIT */
/* ctest: labels=suite */
/* Programs without a loop of their own: no callbacks, only blocking calls. */
#include "support/loopback.h"

#include <poll.h>
#include <string.h>

struct blocking {
    struct bed bed;
    sctpx_socket *client, *peer;
};

static int setup(void **state)
{
    static struct blocking b;
    sctpx_socket_options options;

    bed_open(&b.bed, bed_family(), 4, NULL);
    bed_socket_options(&options);
    assert_int_equal(sctpx_socket_new(b.bed.loop, &options, &b.client), 0);
    b.peer = NULL;
    *state = &b;
    return 0;
}

static int teardown(void **state)
{
    struct blocking *b = *state;

    sctpx_socket_free(b->client);
    sctpx_socket_free(b->peer);
    bed_close(&b->bed);
    return 0;
}

static void connect_both(struct blocking *b)
{
    assert_int_equal(
        sctpx_socket_connect(b->client, &b->bed.addr, 1, sctpx_server_port(b->bed.server)), 0);
    assert_int_equal(sctpx_socket_wait_for_connected(b->client, 10000), 0);
    assert_int_equal(sctpx_server_wait_for_new_connection(b->bed.server, 10000, NULL), 0);
    assert_int_equal(sctpx_server_next_pending_connection(b->bed.server, &b->peer), 0);
    assert_int_equal(sctpx_socket_wait_for_connected(b->peer, 0), 0);
}

static void test_whole_life(void **state)
{
    struct blocking *b = *state;
    char text[16];

    connect_both(b);
    assert_int_equal(
        sctpx_socket_write_datagram(b->client, "ping", 4, &(sctpx_sndinfo){.stream = 3}), 0);
    assert_int_equal(sctpx_socket_wait_for_readable(b->peer, 3, 10000), 0);
    assert_int_equal(sctpx_socket_wait_for_readable(b->peer, SCTPX_ANY_STREAM, 0), 0);
    assert_int_equal(sctpx_socket_wait_for_bytes_written(b->client, SCTPX_ANY_STREAM, 10000), 0);
    assert_int_equal(sctpx_socket_bytes_to_write(b->client, SCTPX_ANY_STREAM), 0);
    assert_int_equal(sctpx_socket_read_datagram(b->peer, 3, text, sizeof(text), NULL), 4);
    assert_int_equal(sctpx_socket_disconnect(b->client, 10000), 0);
    assert_int_equal(sctpx_socket_wait_for_disconnected(b->client, 10000), 0);
    assert_int_equal(sctpx_socket_wait_for_disconnected(b->peer, 10000), 0);
    assert_int_equal(sctpx_socket_wait_for_readable(b->peer, 3, 10), SCTPX_EPEERSHUTDOWN);
    assert_int_equal(sctpx_socket_wait_for_readable(b->client, 3, 10), SCTPX_ECLOSED);
    assert_int_equal(sctpx_socket_error(b->peer), SCTPX_EPEERSHUTDOWN);
}

static void test_time_outs(void **state)
{
    struct blocking *b = *state;

    connect_both(b);
    for (int timeout = 0; timeout <= 20; timeout += 20) {
        sctpx_time start = sctpx_loop_now(b->bed.loop);

        assert_int_equal(sctpx_socket_wait_for_readable(b->peer, 0, timeout), SCTPX_ETIMEDOUT);
        assert_int_equal(sctpx_socket_wait_for_disconnected(b->peer, timeout), SCTPX_ETIMEDOUT);
        assert_true(sctpx_loop_now(b->bed.loop) - start >= (sctpx_time)timeout * 2000);
    }
    /* The socket does not mind. */
    assert_int_equal(sctpx_socket_state(b->peer), SCTPX_CONNECTED);
    assert_int_equal(sctpx_socket_error(b->peer), 0);
    assert_int_equal(sctpx_socket_wait_for_bytes_written(b->peer, SCTPX_ANY_STREAM, 0), 0);
}

/* Qt's wait aborts it. */
static void test_a_time_out_does_not_end_the_attempt(void **state)
{
    struct blocking *b = *state;

    assert_int_equal(
        sctpx_socket_connect(b->client, &b->bed.addr, 1, sctpx_server_port(b->bed.server)), 0);
    if (!bed_client_is_kernel() || !bed_server_is_kernel()) { /* else it may be done by now */
        assert_int_equal(sctpx_socket_wait_for_connected(b->client, 0), SCTPX_ETIMEDOUT);
        assert_int_equal(sctpx_socket_state(b->client), SCTPX_CONNECTING);
    }
    assert_int_equal(sctpx_socket_error(b->client), 0);
    assert_int_equal(sctpx_socket_wait_for_connected(b->client, 10000), 0);
}

static void test_stop_ends_one_wait(void **state)
{
    struct blocking *b = *state;

    connect_both(b);
    sctpx_loop_stop(b->bed.loop);
    assert_int_equal(sctpx_socket_wait_for_readable(b->peer, 0, SCTPX_FOREVER), SCTPX_ECANCELED);
    assert_int_equal(sctpx_socket_wait_for_readable(b->peer, 0, 0), SCTPX_ETIMEDOUT);
    sctpx_loop_stop(b->bed.loop);
    assert_int_equal(sctpx_server_wait_for_new_connection(b->bed.server, SCTPX_FOREVER, NULL),
                     SCTPX_ECANCELED);
    sctpx_loop_stop(b->bed.loop); /* also one that would not have to wait */
    assert_int_equal(sctpx_socket_wait_for_connected(b->client, 0), SCTPX_ECANCELED);
    assert_int_equal(sctpx_socket_wait_for_connected(b->client, 0), 0);
    assert_int_equal(sctpx_socket_state(b->client), SCTPX_CONNECTED);
}

static void on_stop_timer(sctpx_timer *timer, void *arg)
{
    sctpx_timer_free(timer);
    sctpx_loop_stop(arg);
}

static void test_stop_in_a_callback_ends_the_wait(void **state)
{
    struct blocking *b = *state;
    sctpx_timer *timer;

    connect_both(b);
    assert_int_equal(sctpx_timer_new(b->bed.loop, on_stop_timer, b->bed.loop, &timer), 0);
    sctpx_timer_start(timer, 1000);
    assert_int_equal(sctpx_socket_wait_for_readable(b->peer, 0, SCTPX_FOREVER), SCTPX_ECANCELED);
}

static void test_only_the_stream_asked_for_counts(void **state)
{
    struct blocking *b = *state;

    connect_both(b);
    assert_int_equal(sctpx_socket_write_datagram(b->client, "x", 1, NULL), 0);
    assert_int_equal(sctpx_socket_wait_for_readable(b->peer, 1, 20), SCTPX_ETIMEDOUT);
    assert_int_equal(sctpx_socket_wait_for_readable(b->peer, 0, 0), 0);
}

static void test_without_an_association(void **state)
{
    struct blocking *b = *state;

    assert_int_equal(sctpx_socket_wait_for_connected(b->client, 0), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_wait_for_readable(b->client, 0, 0), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_wait_for_bytes_written(b->client, SCTPX_ANY_STREAM, 0),
                     SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_wait_for_disconnected(b->client, 0), 0);
}

static void test_refused(void **state)
{
    struct blocking *b = *state;

    NOT_OVER_RAW_IP("refusals");
    assert_int_equal(
        sctpx_socket_connect(b->client, &b->bed.addr, 1, sctpx_server_port(b->bed.server) ^ 1), 0);
    assert_int_equal(sctpx_socket_wait_for_connected(b->client, 10000), SCTPX_EREFUSED);
    assert_int_equal(sctpx_socket_error(b->client), SCTPX_EREFUSED);
}

static void test_abort_ends_every_wait(void **state)
{
    struct blocking *b = *state;

    connect_both(b);
    assert_int_equal(sctpx_socket_abort(b->peer, NULL, 0), 0);
    assert_int_equal(sctpx_socket_wait_for_readable(b->client, 0, 10000), SCTPX_EPEERABORT);
    assert_int_equal(sctpx_socket_wait_for_bytes_written(b->client, SCTPX_ANY_STREAM, 10000),
                     SCTPX_EPEERABORT);
    assert_int_equal(sctpx_socket_wait_for_connected(b->client, 10000), SCTPX_EPEERABORT);
    assert_int_equal(sctpx_socket_wait_for_disconnected(b->client, 10000), 0);
}

/* A writer without callbacks: it goes on when there is room, long before all is acknowledged. */
static void test_room_to_write(void **state)
{
    struct blocking *b = *state;
    static uint8_t data[10000], got[10000];

    assert_int_equal(sctpx_socket_wait_for_writable(b->client, 0), SCTPX_ESTATE);
    connect_both(b);
    assert_int_equal(sctpx_socket_set_write_limit(b->client, 200000), 0);
    assert_int_equal(sctpx_socket_set_read_buffer_size(b->peer, 100000), 0);
    assert_int_equal(sctpx_socket_wait_for_writable(b->client, 0), 0);
    while (sctpx_socket_write_datagram(b->client, data, sizeof(data), NULL) == 0)
        continue;
    if (!bed_server_is_kernel()) /* it takes back no window that it has announced */
        assert_int_equal(sctpx_socket_wait_for_writable(b->client, 0), SCTPX_ETIMEDOUT);
    while (sctpx_socket_wait_for_writable(b->client, 0) == SCTPX_ETIMEDOUT)
        (void)sctpx_socket_read_datagram(b->peer, 0, got, sizeof(got), NULL);
    if (!bed_client_is_kernel()) /* it tells of acknowledgements in larger steps */
        assert_true(sctpx_socket_bytes_to_write(b->client, SCTPX_ANY_STREAM) > 0);
    assert_int_equal(sctpx_socket_write_datagram(b->client, data, sizeof(data), NULL), 0);
    assert_int_equal(sctpx_socket_disconnect(b->peer, SCTPX_FOREVER), 0);
    assert_int_equal(sctpx_socket_wait_for_writable(b->peer, 0), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_wait_for_readable(b->client, 0, 10000), SCTPX_EPEERSHUTDOWN);
    assert_int_equal(sctpx_socket_wait_for_writable(b->client, 0), SCTPX_EPEERSHUTDOWN);
}

/* Bytes: a write that took a part of them waits as well. */
static void test_room_to_write_bytes(void **state)
{
    struct blocking *b = *state;
    static uint8_t data[400000], got[50000];
    long taken;

    bed_listen(&b->bed, NULL, -1, 0);
    assert_int_equal(sctpx_socket_set_maximum_channel_count(b->client, -1), 0);
    connect_both(b);
    assert_int_equal(sctpx_socket_set_write_limit(b->client, 100000), 0);
    taken = sctpx_socket_write(b->client, data, sizeof(data));
    assert_true(taken > 0 && taken < (long)sizeof(data));
    assert_int_equal(sctpx_socket_wait_for_writable(b->client, 10000), 0);
    assert_true(sctpx_socket_write(b->client, data, 1000) > 0);
    assert_int_equal(sctpx_socket_wait_for_readable(b->peer, SCTPX_ANY_STREAM, 10000), 0);
    assert_true(sctpx_socket_read(b->peer, got, sizeof(got)) > 0);
}

/* Two blocking ends that both write before either reads. */
static void test_both_write_first(void **state)
{
    struct blocking *b = *state;
    static uint8_t data[200000], got[200000];

    connect_both(b);
    for (uint16_t i = 0; i < 4; i++) {
        assert_int_equal(sctpx_socket_write_datagram(b->client, data, sizeof(data),
                                                     &(sctpx_sndinfo){.stream = i}),
                         0);
        assert_int_equal(
            sctpx_socket_write_datagram(b->peer, data, sizeof(data), &(sctpx_sndinfo){.stream = i}),
            0);
    }
    assert_int_equal(sctpx_socket_wait_for_bytes_written(b->client, SCTPX_ANY_STREAM, 20000), 0);
    assert_int_equal(sctpx_socket_wait_for_bytes_written(b->peer, SCTPX_ANY_STREAM, 20000), 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(sctpx_socket_read_datagram(b->peer, i, got, sizeof(got), NULL),
                         sizeof(got));
        assert_int_equal(sctpx_socket_read_datagram(b->client, i, got, sizeof(got), NULL),
                         sizeof(got));
    }
}

/* What was connected is not, once it has ended. */
static void test_an_end_before_the_wait(void **state)
{
    struct blocking *b = *state;

    connect_both(b);
    assert_int_equal(sctpx_socket_abort(b->client, NULL, 0), 0);
    assert_int_equal(sctpx_socket_wait_for_disconnected(b->client, 10000), 0);
    assert_true(sctpx_socket_wait_for_connected(b->client, 0) < 0);
}

/* One descriptor is all a foreign loop has to watch. */
static void test_inside_a_foreign_loop(void **state)
{
    struct blocking *b = *state;
    struct pollfd fd = {.fd = sctpx_loop_fd(b->bed.loop), .events = POLLIN};
    sctpx_time limit = sctpx_loop_now(b->bed.loop) + LOOPBACK_LIMIT_US;
    struct probe client = {0};

    probe_attach(&client, b->client);
    assert_int_equal(
        sctpx_socket_connect(b->client, &b->bed.addr, 1, sctpx_server_port(b->bed.server)), 0);
    assert_int_equal(sctpx_socket_write_datagram(b->client, "x", 1, NULL), 0);
    while (client.count[PROBE_DRAINED] == 0) {
        assert_true(sctpx_loop_now(b->bed.loop) < limit);
        assert_int_equal(poll(&fd, 1, 10000), 1);
        assert_int_equal(sctpx_loop_process(b->bed.loop), 1);
    }
    assert_int_equal(b->bed.connections, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_whole_life, setup, teardown),
        cmocka_unit_test_setup_teardown(test_time_outs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_time_out_does_not_end_the_attempt, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stop_ends_one_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stop_in_a_callback_ends_the_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(test_only_the_stream_asked_for_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_without_an_association, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_abort_ends_every_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(test_room_to_write, setup, teardown),
        cmocka_unit_test_setup_teardown(test_room_to_write_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_both_write_first, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_end_before_the_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(test_inside_a_foreign_loop, setup, teardown),
    };

    return cmocka_run_group_tests_name("wait", tests, NULL, NULL);
}
