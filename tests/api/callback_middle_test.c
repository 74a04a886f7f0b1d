/* SPDX-License-Identifier: MIT */
/*
 * Calls in the middle of what is being told: the rest of it belongs to the association that it is
 * about, and to no other one. Found by api.walk. ctest: labels=suite
 */
#include "support/loopback.h"

#include <string.h>

struct fixture {
    struct bed bed;
    struct probe client, peer;
};

static int setup(void **state)
{
    static struct fixture f;

    memset(&f, 0, sizeof(f));
    bed_open(&f.bed, bed_family(), 0, NULL);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    sctpx_socket_free(f->client.socket);
    sctpx_socket_free(f->peer.socket);
    bed_close(&f->bed);
    return 0;
}

static void connect_and_abort(struct probe *probe, enum probe_event event)
{
    const struct bed *bed = probe->arg;

    (void)event;
    if (sctpx_socket_state(probe->socket) != SCTPX_UNCONNECTED)
        return;
    probe->hook = NULL;
    assert_int_equal(
        sctpx_socket_connect(probe->socket, &bed->addr, 1, sctpx_server_port(bed->server)), 0);
    assert_int_equal(sctpx_socket_abort(probe->socket, NULL, 0), 0);
}

/* The new association has one end, and it is its own. */
static void test_connect_and_abort_in_the_end(void **state)
{
    struct fixture *f = *state;

    bed_pair(&f->bed, &f->client, &f->peer, 0);
    f->client.hook = connect_and_abort;
    f->client.hook_at = PROBE_STATE;
    f->client.arg = &f->bed;
    f->client.log[0] = '\0';
    assert_int_equal(sctpx_socket_abort(f->peer.socket, NULL, 0), 0);
    RUN_UNTIL(f->bed.loop, f->client.count[PROBE_CLOSED] > 0);
    for (unsigned i = 0; i < 3; i++)
        assert_true(sctpx_loop_run_once(f->bed.loop, 0) >= 0);
    assert_string_equal(f->client.log, "unconnected unconnected error:EABORTED closed:EABORTED");
}

static void abort_when_connected(struct probe *probe, enum probe_event event)
{
    (void)event;
    if (sctpx_socket_state(probe->socket) == SCTPX_CONNECTED)
        assert_int_equal(sctpx_socket_abort(probe->socket, NULL, 0), 0);
}

/* Who is not connected any more is not told that it is. */
static void test_abort_in_on_state(void **state)
{
    struct fixture *f = *state;

    f->client.socket = bed_socket(&f->bed, &f->client, NULL);
    f->client.hook = abort_when_connected;
    f->client.hook_at = PROBE_STATE;
    assert_int_equal(
        sctpx_socket_connect(f->client.socket, &f->bed.addr, 1, sctpx_server_port(f->bed.server)),
        0);
    RUN_UNTIL(f->bed.loop, f->client.count[PROBE_CLOSED] > 0);
    assert_string_equal(f->client.log,
                        "connecting connected unconnected error:EABORTED closed:EABORTED");
}

struct losses {
    unsigned failed;
    bool is_closed;
};

static void on_state_close(sctpx_socket *socket, void *user, enum sctpx_socket_state state)
{
    (void)user;
    if (state == SCTPX_UNCONNECTED)
        assert_int_equal(sctpx_socket_close(socket), 0);
}

static void on_send_failed(sctpx_socket *socket, void *user, const sctpx_failed_message *message)
{
    struct losses *losses = user;

    (void)socket;
    assert_false(losses->is_closed);
    assert_int_equal(message->length, 1);
    losses->failed++;
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    (void)socket;
    assert_int_equal(error, SCTPX_EABORTED);
    ((struct losses *)user)->is_closed = true;
}

/* Closing drops what was received, not what is to be told of what was sent. */
static void test_close_in_on_state(void **state)
{
    static const sctpx_socket_callbacks callbacks = {
        .on_state = on_state_close, .on_send_failed = on_send_failed, .on_closed = on_closed};
    struct fixture *f = *state;
    struct losses losses = {0};

    bed_pair(&f->bed, &f->client, &f->peer, 0);
    sctpx_socket_set_callbacks(f->client.socket, &callbacks, &losses);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(sctpx_socket_write_datagram(f->client.socket, "x", 1, NULL), 0);
    assert_int_equal(sctpx_socket_abort(f->client.socket, NULL, 0), 0);
    RUN_UNTIL(f->bed.loop, losses.is_closed);
    assert_int_equal(losses.failed, 3);
}

static void wait_inside(struct probe *probe, enum probe_event event)
{
    (void)event;
    assert_int_equal(sctpx_socket_wait_for_connected(probe->socket, 0), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_wait_for_writable(probe->socket, 0), SCTPX_ESTATE);
    probe->hook = NULL;
}

/* Also if the condition holds: else it would depend on luck whether it works. */
static void test_wait_in_a_callback(void **state)
{
    struct fixture *f = *state;

    bed_connect(&f->bed, &f->client, 0, NULL);
    f->client.hook = wait_inside;
    f->client.hook_at = PROBE_CONNECTED;
    RUN_UNTIL(f->bed.loop, f->client.count[PROBE_CONNECTED] > 0);
    assert_null(f->client.hook);
}

static void free_and_end_trace(struct probe *probe, enum probe_event event)
{
    const struct bed *bed = probe->arg;

    (void)event;
    sctpx_socket_free(probe->socket);
    probe->socket = NULL;
    assert_int_equal(sctpx_loop_set_pcap(bed->loop, NULL), 0);
}

/* The way that the event came is not used any more, and writes no trace. */
static void test_end_of_a_trace_after_free(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(sctpx_loop_set_pcap(f->bed.loop, "/dev/null"), 0);
    bed_pair(&f->bed, &f->client, &f->peer, 0);
    f->client.hook = free_and_end_trace;
    f->client.hook_at = PROBE_CLOSED;
    f->client.arg = &f->bed;
    assert_int_equal(sctpx_socket_abort(f->peer.socket, NULL, 0), 0);
    RUN_UNTIL(f->bed.loop, !f->client.socket);
    assert_true(sctpx_loop_run_once(f->bed.loop, 0) >= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_connect_and_abort_in_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_abort_in_on_state, setup, teardown),
        cmocka_unit_test_setup_teardown(test_close_in_on_state, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wait_in_a_callback, setup, teardown),
        cmocka_unit_test_setup_teardown(test_end_of_a_trace_after_free, setup, teardown),
    };

    return cmocka_run_group_tests_name("callback_middle", tests, NULL, NULL);
}
