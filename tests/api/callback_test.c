/* SPDX-License-Identifier: MIT */
/* ctest: labels=suite */
/* Everything a callback may do to its own socket, in every callback. */
#include "support/loopback.h"

enum action { FREE, CLOSE, DISCONNECT, ABORT, RECONNECT, ACTIONS };

/* What the hook works with. */
struct story {
    struct bed bed;
    struct probe client, peer;
    enum action action;
    bool has_acted;
    bool has_peer;
    unsigned callbacks_at_free;
};

static unsigned callbacks_of(const struct probe *probe)
{
    unsigned sum = 0;

    for (size_t i = 0; i < sizeof(probe->count) / sizeof(probe->count[0]); i++)
        sum += probe->count[i];
    return sum;
}

static int connect_client(struct story *story)
{
    return sctpx_socket_connect(story->client.socket, &story->bed.addr, 1,
                                sctpx_server_port(story->bed.server));
}

static void act(struct probe *probe, enum probe_event event)
{
    struct story *story = probe->arg;
    sctpx_socket *socket = probe->socket;

    (void)event;
    probe->hook = NULL;
    story->has_acted = true;
    switch (story->action) {
    case FREE:
        sctpx_socket_free(socket);
        probe->socket = NULL;
        story->callbacks_at_free = callbacks_of(probe);
        break;
    case CLOSE:
        assert_int_equal(sctpx_socket_close(socket), 0);
        break;
    case DISCONNECT:
        (void)sctpx_socket_disconnect(socket, 10000);
        break;
    case ABORT:
        (void)sctpx_socket_abort(socket, "why", 3);
        break;
    default:
        (void)sctpx_socket_abort(socket, NULL, 0);
        assert_int_equal(connect_client(story), 0);
        break;
    }
}

static void begin(struct story *story, enum probe_event event)
{
    const sctpx_addr addrs[2] = {loopback_v4(1, 0), loopback_v4(2, 0)};
    sctpx_socket_options options;

    bed_open(&story->bed, SCTPX_IPV4, 0, NULL); /* with two addresses */
    sctpx_server_close(story->bed.server);
    assert_int_equal(sctpx_server_listen(story->bed.server, addrs, 2, 0), 0);
    story->bed.addr.udp_port = bed_udp_port(&story->bed);
    bed_socket_options(&options);
    options.assoc.sndbuf_bytes = 3000;
    (void)bed_socket(&story->bed, &story->client, &options);
    assert_int_equal(sctpx_socket_bind(story->client.socket, addrs, 2, 0, 0), 0);
    story->client.arg = story;
    story->client.hook = act;
    story->client.hook_at = event;
    assert_int_equal(connect_client(story), 0);
}

static void take_peer(struct story *story)
{
    if (story->has_peer || !sctpx_server_has_pending_connections(story->bed.server))
        return;
    bed_accept(&story->bed, &story->peer);
    story->has_peer = true;
}

static bool is_up(struct story *story)
{
    take_peer(story);
    return story->has_peer && story->client.count[PROBE_CONNECTED] > 0;
}

static bool has_worked(const struct probe *probe)
{
    return probe->count[PROBE_READABLE] && probe->count[PROBE_SENT] &&
           probe->count[PROBE_DRAINED] && probe->count[PROBE_WRITABLE] &&
           probe->count[PROBE_HEARTBEAT] && probe->count[PROBE_PATH];
}

/* Brings about every callback there is, until it is the one to act in. */
static void tell(struct story *story, enum probe_event event)
{
    static const uint8_t data[1000] = {0};

    RUN_UNTIL(story->bed.loop, story->has_acted || is_up(story));
    if (story->has_acted)
        return;
    assert_int_equal(sctpx_socket_write_datagram(story->peer.socket, "hello", 5, NULL), 0);
    assert_int_equal(sctpx_socket_heartbeat(story->client.socket, 0), 0);
    while (sctpx_socket_write_datagram(story->client.socket, data, sizeof(data), NULL) == 0)
        continue;
    RUN_UNTIL(story->bed.loop, story->has_acted || has_worked(&story->client));
    if (story->has_acted)
        return;
    if (event == PROBE_ERROR)
        assert_int_equal(sctpx_socket_abort(story->peer.socket, NULL, 0), 0);
    else
        assert_int_equal(sctpx_socket_disconnect(story->peer.socket, 10000), 0);
    RUN_UNTIL(story->bed.loop, story->has_acted);
}

static void finish(struct story *story)
{
    if (story->action == RECONNECT)
        RUN_UNTIL(story->bed.loop, sctpx_socket_state(story->client.socket) == SCTPX_CONNECTED);
    else if (story->action != FREE)
        RUN_UNTIL(story->bed.loop, story->client.count[PROBE_CLOSED] == 1);
    if (story->has_peer)
        RUN_UNTIL(story->bed.loop, story->peer.count[PROBE_CLOSED] == 1);
    /* What may still be under way comes now. */
    for (int i = 0; i < 10; i++)
        assert_true(sctpx_loop_run_once(story->bed.loop, 0) >= 0);
    if (story->action == FREE)
        assert_int_equal(callbacks_of(&story->client), story->callbacks_at_free);
    else if (story->action != RECONNECT)
        assert_int_equal(story->client.count[PROBE_CLOSED], 1);
    sctpx_socket_free(story->client.socket);
    sctpx_socket_free(story->peer.socket);
    bed_close(&story->bed);
}

static void run(enum probe_event event)
{
    for (int action = 0; action < ACTIONS; action++) {
        struct story story = {.action = (enum action)action};

        begin(&story, event);
        tell(&story, event);
        finish(&story);
    }
}

#define TEST_ACTIONS(name, event)                                                                  \
    static void test_actions_in_on_##name(void **state)                                            \
    {                                                                                              \
        (void)state;                                                                               \
        run(event);                                                                                \
    }

TEST_ACTIONS(state, PROBE_STATE)
TEST_ACTIONS(connected, PROBE_CONNECTED)
TEST_ACTIONS(readable, PROBE_READABLE)
TEST_ACTIONS(sent, PROBE_SENT)
TEST_ACTIONS(drained, PROBE_DRAINED)
TEST_ACTIONS(writable, PROBE_WRITABLE)
TEST_ACTIONS(path, PROBE_PATH)
TEST_ACTIONS(heartbeat, PROBE_HEARTBEAT)
TEST_ACTIONS(peer_shutdown, PROBE_PEER_SHUTDOWN)
TEST_ACTIONS(error, PROBE_ERROR)
TEST_ACTIONS(closed, PROBE_CLOSED)

/* ---- others' objects ---------------------------------------------------------------------- */

static void free_everything(struct probe *probe, enum probe_event event)
{
    struct story *story = probe->arg;

    (void)event;
    sctpx_server_free(story->bed.server);
    story->bed.server = NULL;
    sctpx_socket_free(story->peer.socket);
    story->peer.socket = NULL;
    sctpx_socket_free(story->client.socket);
    story->client.socket = NULL;
    story->has_acted = true;
}

/* covers: attacks/R16 */
static void test_all_objects_are_freed_in_one_callback(void **state)
{
    struct story story = {0};

    (void)state;
    bed_open(&story.bed, bed_family(), 0, NULL);
    bed_pair(&story.bed, &story.client, &story.peer, 0);
    story.peer.arg = &story;
    story.peer.hook = free_everything;
    story.peer.hook_at = PROBE_READABLE;
    assert_int_equal(sctpx_socket_write_datagram(story.client.socket, "x", 1, NULL), 0);
    RUN_UNTIL(story.bed.loop, story.has_acted);
    bed_close(&story.bed);
}

/* The wrong order, which must not hurt: what is left of them can be freed. */
static void test_loop_goes_first(void **state)
{
    struct story story = {0};
    struct probe pending = {0};

    (void)state;
    bed_open(&story.bed, bed_family(), 0, NULL);
    bed_pair(&story.bed, &story.client, &story.peer, 0);
    bed_connect(&story.bed, &pending, 0, NULL);
    RUN_UNTIL(story.bed.loop, sctpx_server_has_pending_connections(story.bed.server));
    sctpx_loop_free(story.bed.loop);
    assert_int_equal(story.client.count[PROBE_CLOSED], 0);
    assert_int_equal(sctpx_socket_state(story.client.socket), SCTPX_UNCONNECTED);
    assert_int_equal(sctpx_socket_write_datagram(story.client.socket, "x", 1, NULL), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_connect(story.client.socket, &story.bed.addr, 1, 7),
                     SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_wait_for_connected(story.client.socket, 10), SCTPX_ESTATE);
    assert_false(sctpx_server_is_listening(story.bed.server));
    assert_int_equal(sctpx_server_listen(story.bed.server, NULL, 0, 0), SCTPX_ESTATE);
    sctpx_socket_free(story.client.socket);
    sctpx_socket_free(story.peer.socket);
    sctpx_socket_free(pending.socket);
    sctpx_server_free(story.bed.server);
}

static void refuse_to_wait(struct probe *probe, enum probe_event event)
{
    struct story *story = probe->arg;

    (void)event;
    assert_int_equal(sctpx_socket_wait_for_disconnected(probe->socket, 10), SCTPX_ESTATE);
    assert_int_equal(sctpx_server_wait_for_new_connection(story->bed.server, 10, NULL),
                     SCTPX_ESTATE);
    assert_int_equal(sctpx_loop_run_once(story->bed.loop, 0), SCTPX_ESTATE);
    story->has_acted = true;
}

static void test_waiting_in_a_callback_is_refused(void **state)
{
    struct story story = {0};

    (void)state;
    bed_open(&story.bed, bed_family(), 0, NULL);
    bed_pair(&story.bed, &story.client, &story.peer, 0);
    story.peer.arg = &story;
    story.peer.hook = refuse_to_wait;
    story.peer.hook_at = PROBE_READABLE;
    assert_int_equal(sctpx_socket_write_datagram(story.client.socket, "x", 1, NULL), 0);
    RUN_UNTIL(story.bed.loop, story.has_acted);
    sctpx_socket_free(story.client.socket);
    sctpx_socket_free(story.peer.socket);
    bed_close(&story.bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_actions_in_on_state),
        cmocka_unit_test(test_actions_in_on_connected),
        cmocka_unit_test(test_actions_in_on_readable),
        cmocka_unit_test(test_actions_in_on_sent),
        cmocka_unit_test(test_actions_in_on_drained),
        cmocka_unit_test(test_actions_in_on_writable),
        cmocka_unit_test(test_actions_in_on_path),
        cmocka_unit_test(test_actions_in_on_heartbeat),
        cmocka_unit_test(test_actions_in_on_peer_shutdown),
        cmocka_unit_test(test_actions_in_on_error),
        cmocka_unit_test(test_actions_in_on_closed),
        cmocka_unit_test(test_all_objects_are_freed_in_one_callback),
        cmocka_unit_test(test_loop_goes_first),
        cmocka_unit_test(test_waiting_in_a_callback_is_refused),
    };

    return cmocka_run_group_tests_name("callback", tests, NULL, NULL);
}
