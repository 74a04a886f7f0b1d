/* SPDX-License-Identifier: MIT */
/* ctest: labels=suite */
/*
 * Sockets that move from one loop to another: sctpx_socket_detach() and sctpx_socket_attach(). Both
 * loops run in this thread here, in turns; hand_over_storm_test.c has the threads.
 */
#include "support/loopback.h"

#include <stdlib.h>
#include <string.h>

struct world {
    struct bed bed; /* the first loop: server, and clients */
    sctpx_loop *loop;
};

/* Runs both loops until the condition holds. */
#define RUN_BOTH(world, condition)                                                                 \
    do {                                                                                           \
        sctpx_time until_ = sctpx_loop_now((world)->loop) + LOOPBACK_LIMIT_US;                     \
        while (!(condition)) {                                                                     \
            if (sctpx_loop_now((world)->loop) > until_)                                            \
                fail_msg("never came: %s", #condition);                                            \
            if ((world)->bed.loop)                                                                 \
                assert_true(sctpx_loop_run_once((world)->bed.loop, 1) >= 0);                       \
            assert_true(sctpx_loop_run_once((world)->loop, 1) >= 0);                               \
        }                                                                                          \
    } while (0)

static int setup(void **state)
{
    static struct world world;

    bed_open(&world.bed, bed_family(), 0, NULL);
    assert_int_equal(sctpx_loop_new(&world.loop), 0);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    sctpx_loop_free(world->loop);
    if (world->bed.loop)
        bed_close(&world->bed);
    return 0;
}

/* To the other loop, with its callbacks written down anew. */
static void move(struct world *world, struct probe *peer)
{
    assert_int_equal(sctpx_socket_detach(peer->socket), 0);
    assert_null(sctpx_socket_loop(peer->socket));
    assert_int_equal(sctpx_socket_attach(peer->socket, world->loop), 0);
    assert_ptr_equal(sctpx_socket_loop(peer->socket), world->loop);
    probe_attach(peer, peer->socket);
}

static void move_pair(struct world *world, struct probe *client, struct probe *peer)
{
    bed_pair(&world->bed, client, peer, 0);
    move(world, peer);
}

static void write_text(const struct probe *probe, const char *text, uint16_t stream)
{
    assert_int_equal(sctpx_socket_write_datagram(probe->socket, text, strlen(text),
                                                 &(sctpx_sndinfo){.stream = stream}),
                     0);
}

static void expect_text(const struct probe *probe, const char *text, uint16_t stream)
{
    char buffer[64];
    long length = sctpx_socket_read_datagram(probe->socket, stream, buffer, sizeof(buffer), NULL);

    assert_int_equal(length, strlen(text));
    assert_memory_equal(buffer, text, strlen(text));
}

/* Both ways, with every step told on the loop that the socket is on now. */
static void expect_alive(struct world *world, struct probe *client, struct probe *peer)
{
    unsigned drained = peer->count[PROBE_DRAINED];
    unsigned came = client->count[PROBE_READABLE];

    write_text(client, "question", 1);
    RUN_BOTH(world, sctpx_socket_bytes_available(peer->socket, 1) > 0);
    expect_text(peer, "question", 1);
    write_text(peer, "answer", 2);
    RUN_BOTH(world, client->count[PROBE_READABLE] > came && peer->count[PROBE_DRAINED] > drained);
    expect_text(client, "answer", 2);
}

static void free_both(struct probe *client, struct probe *peer)
{
    sctpx_socket_free(client->socket);
    sctpx_socket_free(peer->socket);
}

/* ---- moving ------------------------------------------------------------------------------- */

static void test_goes_on_on_the_other_loop(void **state)
{
    struct world *world = *state;
    struct probe client, peer;
    sctpx_assoc_status status;

    move_pair(world, &client, &peer);
    assert_int_equal(sctpx_socket_state(peer.socket), SCTPX_CONNECTED);
    /* It is something to wait for, though nothing of it is on that loop. */
    assert_int_equal(sctpx_socket_wait_for_readable(peer.socket, SCTPX_ANY_STREAM, 1),
                     SCTPX_ETIMEDOUT);
    expect_alive(world, &client, &peer);
    assert_int_equal(peer.count[PROBE_READABLE], 1);
    assert_int_equal(peer.last_stream, 1);
    assert_int_equal(peer.sent_bytes, 6);
    assert_int_equal(sctpx_socket_status(peer.socket, &status), 0);
    assert_int_equal(status.state, SCTPX_ESTABLISHED);
    assert_int_equal(sctpx_socket_local_port(peer.socket), sctpx_server_port(world->bed.server));
    assert_string_equal(peer.log, "");
    free_both(&client, &peer);
}

static void test_nothing_is_told_on_the_first_loop_any_more(void **state)
{
    struct world *world = *state;
    struct probe client, peer;

    move_pair(world, &client, &peer);
    write_text(&client, "question", 1);
    RUN_UNTIL(world->bed.loop, client.count[PROBE_DRAINED] == 1);
    assert_int_equal(peer.count[PROBE_READABLE], 0);
    RUN_UNTIL(world->loop, peer.count[PROBE_READABLE] == 1);
    expect_text(&peer, "question", 1);
    free_both(&client, &peer);
}

/* What was told before and not read, and what comes while it is on no loop. */
static void test_nothing_is_lost_on_the_way(void **state)
{
    struct world *world = *state;
    struct probe client, peer;

    bed_pair(&world->bed, &client, &peer, 0);
    write_text(&client, "before", 3);
    RUN_UNTIL(world->bed.loop, peer.count[PROBE_READABLE] == 1);
    assert_int_equal(sctpx_socket_detach(peer.socket), 0);
    write_text(&client, "meanwhile", 4);
    RUN_UNTIL(world->bed.loop, sctpx_socket_bytes_to_write(client.socket, SCTPX_ANY_STREAM) == 0);
    memset(peer.count, 0, sizeof(peer.count));
    assert_int_equal(sctpx_socket_attach(peer.socket, world->loop), 0);
    probe_attach(&peer, peer.socket);
    RUN_BOTH(world, peer.count[PROBE_READABLE] >= 2);
    expect_text(&peer, "before", 3);
    expect_text(&peer, "meanwhile", 4);
    expect_alive(world, &client, &peer);
    free_both(&client, &peer);
}

static void test_back_to_the_same_loop_and_on(void **state)
{
    struct world *world = *state;
    struct probe client, peer;
    sctpx_loop *other;

    move_pair(world, &client, &peer);
    expect_alive(world, &client, &peer);
    assert_int_equal(sctpx_socket_detach(peer.socket), 0);
    assert_int_equal(sctpx_socket_attach(peer.socket, world->bed.loop), 0);
    probe_attach(&peer, peer.socket);
    expect_alive(world, &client, &peer);
    assert_int_equal(sctpx_loop_new(&other), 0);
    assert_int_equal(sctpx_socket_detach(peer.socket), 0);
    sctpx_loop_free(world->loop);
    world->loop = other;
    assert_int_equal(sctpx_socket_attach(peer.socket, other), 0);
    probe_attach(&peer, peer.socket);
    expect_alive(world, &client, &peer);
    free_both(&client, &peer);
}

/* Those that stay share the port with those that go. */
static void test_others_stay_where_they_are(void **state)
{
    struct world *world = *state;
    struct probe clients[3] = {0}, peers[3] = {0};

    for (unsigned i = 0; i < 3; i++)
        bed_pair(&world->bed, &clients[i], &peers[i], 0);
    move(world, &peers[1]);
    for (unsigned i = 0; i < 3; i++)
        expect_alive(world, &clients[i], &peers[i]);
    free_both(&clients[1], &peers[1]);
    RUN_BOTH(world, clients[0].count[PROBE_CLOSED] == 0);
    move(world, &peers[2]);
    bed_connect(&world->bed, &clients[1], 0, NULL);
    bed_accept(&world->bed, &peers[1]);
    for (unsigned i = 0; i < 3; i++)
        expect_alive(world, &clients[i], &peers[i]);
    for (unsigned i = 0; i < 3; i++)
        free_both(&clients[i], &peers[i]);
}

/* ---- when it may not move ----------------------------------------------------------------- */

static int detached_inside;

static void detach_inside(struct probe *probe, enum probe_event event)
{
    (void)event;
    detached_inside = sctpx_socket_detach(probe->socket);
}

static void test_refused_states(void **state)
{
    struct world *world = *state;
    struct probe client = {0}, peer = {0};

    (void)bed_socket(&world->bed, &client, NULL);
    assert_int_equal(sctpx_socket_detach(client.socket), SCTPX_ESTATE);
    sctpx_socket_free(client.socket);
    bed_connect(&world->bed, &client, 0, NULL);
    assert_int_equal(sctpx_socket_detach(client.socket), SCTPX_ESTATE);
    bed_accept(&world->bed, &peer);
    RUN_UNTIL(world->bed.loop, client.count[PROBE_CONNECTED] == 1);
    assert_int_equal(sctpx_socket_attach(peer.socket, world->loop), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_detach(peer.socket), 0);
    assert_int_equal(sctpx_socket_detach(peer.socket), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_attach(peer.socket, NULL), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_attach(peer.socket, world->loop), 0);
    assert_int_equal(sctpx_socket_attach(peer.socket, world->loop), SCTPX_ESTATE);
    probe_attach(&peer, peer.socket);
    assert_int_equal(sctpx_socket_disconnect(peer.socket, 5000), 0);
    assert_int_equal(sctpx_socket_detach(peer.socket), SCTPX_ESTATE);
    RUN_BOTH(world, peer.count[PROBE_CLOSED] == 1);
    assert_int_equal(sctpx_socket_detach(peer.socket), SCTPX_ESTATE);
    free_both(&client, &peer);
}

/* There is code below that goes on with the socket. */
static void test_not_in_its_own_callback(void **state)
{
    struct world *world = *state;
    struct probe client, peer;

    bed_pair(&world->bed, &client, &peer, 0);
    detached_inside = 0;
    peer.hook = detach_inside;
    peer.hook_at = PROBE_READABLE;
    write_text(&client, "question", 1);
    RUN_UNTIL(world->bed.loop, peer.count[PROBE_READABLE] == 1);
    assert_int_equal(detached_inside, SCTPX_ESTATE);
    peer.hook = NULL;
    move(world, &peer);
    expect_text(&peer, "question", 1);
    expect_alive(world, &client, &peer);
    free_both(&client, &peer);
}

/* ---- ends --------------------------------------------------------------------------------- */

static void test_graceful_end_from_the_other_loop(void **state)
{
    struct world *world = *state;
    struct probe client, peer;

    move_pair(world, &client, &peer);
    write_text(&peer, "last words", 0);
    assert_int_equal(sctpx_socket_disconnect(peer.socket, 5000), 0);
    RUN_BOTH(world, peer.count[PROBE_CLOSED] == 1 && client.count[PROBE_CLOSED] == 1);
    assert_int_equal(peer.closed, 0);
    assert_int_equal(client.closed, SCTPX_EPEERSHUTDOWN);
    expect_text(&client, "last words", 0);
    free_both(&client, &peer);
}

static void test_end_of_the_peer_is_told_there(void **state)
{
    struct world *world = *state;
    struct probe client, peer;
    size_t length;

    move_pair(world, &client, &peer);
    write_text(&client, "last words", 0);
    assert_int_equal(sctpx_socket_disconnect(client.socket, 5000), 0);
    RUN_BOTH(world, peer.count[PROBE_CLOSED] == 1);
    assert_int_equal(peer.closed, SCTPX_EPEERSHUTDOWN);
    expect_text(&peer, "last words", 0); /* stays readable, as ever */
    free_both(&client, &peer);

    move_pair(world, &client, &peer);
    assert_int_equal(sctpx_socket_abort(client.socket, "enough", 6), 0);
    RUN_BOTH(world, peer.count[PROBE_CLOSED] == 1);
    assert_int_equal(peer.closed, SCTPX_EPEERABORT);
    if (!bed_client_is_kernel()) { /* it sends no reasons */
        assert_memory_equal(sctpx_socket_abort_reason(peer.socket, &length), "enough", 6);
        assert_int_equal(length, 6);
    }
    free_both(&client, &peer);
}

static void test_end_while_on_no_loop(void **state)
{
    struct world *world = *state;
    struct probe client, peer;

    bed_pair(&world->bed, &client, &peer, 0);
    assert_int_equal(sctpx_socket_detach(peer.socket), 0);
    write_text(&client, "last words", 0);
    assert_int_equal(sctpx_socket_disconnect(client.socket, 5000), 0);
    RUN_UNTIL(world->bed.loop, client.count[PROBE_CLOSED] == 1);
    assert_int_equal(sctpx_socket_attach(peer.socket, world->loop), 0);
    probe_attach(&peer, peer.socket);
    RUN_BOTH(world, peer.count[PROBE_CLOSED] == 1);
    assert_int_equal(peer.closed, SCTPX_EPEERSHUTDOWN);
    expect_text(&peer, "last words", 0);
    free_both(&client, &peer);
}

static void test_free_aborts_wherever_it_is(void **state)
{
    struct world *world = *state;
    struct probe client, peer;

    move_pair(world, &client, &peer);
    sctpx_socket_free(peer.socket);
    RUN_BOTH(world, client.count[PROBE_CLOSED] == 1);
    assert_int_equal(client.closed, SCTPX_EPEERABORT);
    sctpx_socket_free(client.socket);

    bed_pair(&world->bed, &client, &peer, 0);
    assert_int_equal(sctpx_socket_detach(peer.socket), 0);
    sctpx_socket_free(peer.socket);
    RUN_BOTH(world, client.count[PROBE_CLOSED] == 1);
    assert_int_equal(client.closed, SCTPX_EPEERABORT);
    sctpx_socket_free(client.socket);
}

static void free_in_callback(struct probe *probe, enum probe_event event)
{
    (void)event;
    sctpx_socket_free(probe->socket);
    probe->socket = NULL;
}

static void test_freed_in_its_callback(void **state)
{
    struct world *world = *state;
    struct probe client, peer;

    move_pair(world, &client, &peer);
    peer.hook = free_in_callback;
    peer.hook_at = PROBE_READABLE;
    write_text(&client, "one", 0);
    write_text(&client, "two", 1);
    RUN_BOTH(world, client.count[PROBE_CLOSED] == 1);
    assert_null(peer.socket);
    assert_int_equal(peer.count[PROBE_READABLE], 1);
    sctpx_socket_free(client.socket);
}

/* The deadline of closing runs on the loop where the socket is. */
static void test_deadline_on_the_other_loop(void **state)
{
    struct world *world = *state;
    struct probe client, peer;

    ENGINE_CLIENT_ONLY("a kernel answers without a loop");
    move_pair(world, &client, &peer);
    assert_int_equal(sctpx_socket_disconnect(peer.socket, 1), 0);
    RUN_UNTIL(world->loop, peer.count[PROBE_CLOSED] == 1); /* and the first loop does nothing */
    assert_int_equal(peer.closed, SCTPX_ETIMEDOUT);
    RUN_BOTH(world, client.count[PROBE_CLOSED] == 1);
    free_both(&client, &peer);
}

/* A new association of the socket belongs to its new loop alone. */
static void test_connects_anew_from_the_other_loop(void **state)
{
    struct world *world = *state;
    struct probe client, peer, third = {0};
    sctpx_addr addr = world->bed.addr;

    move_pair(world, &client, &peer);
    assert_int_equal(sctpx_socket_disconnect(client.socket, 5000), 0);
    RUN_BOTH(world, peer.count[PROBE_CLOSED] == 1);
    memset(peer.count, 0, sizeof(peer.count));
    assert_int_equal(
        sctpx_socket_connect(peer.socket, &addr, 1, sctpx_server_port(world->bed.server)), 0);
    RUN_BOTH(world, peer.count[PROBE_CONNECTED] == 1 &&
                        sctpx_server_has_pending_connections(world->bed.server));
    bed_accept(&world->bed, &third);
    expect_alive(world, &third, &peer);
    sctpx_socket_free(third.socket);
    free_both(&client, &peer);
}

/* ---- loops that go ------------------------------------------------------------------------ */

static void test_first_loop_freed_first(void **state)
{
    struct world *world = *state;
    struct probe client, peer, other, detached;
    sctpx_assoc_status status;
    sctpx_assoc_options options;
    char buffer[8];

    ENGINE_SERVER_ONLY("the kernel's association moves as a whole");
    move_pair(world, &client, &peer);
    bed_pair(&world->bed, &other, &detached, 0);
    assert_int_equal(sctpx_socket_detach(detached.socket), 0);
    expect_alive(world, &client, &peer);
    write_text(&peer, "lost", 0);
    sctpx_server_free(world->bed.server);
    sctpx_loop_free(world->bed.loop);
    world->bed.loop = NULL;

    /* Not told yet, and nothing is there that could be used. */
    assert_int_equal(sctpx_socket_write_datagram(peer.socket, "x", 1, NULL), SCTPX_ESTATE);
    assert_int_equal(
        sctpx_socket_read_datagram(peer.socket, SCTPX_ANY_STREAM, buffer, sizeof(buffer), NULL),
        SCTPX_EWOULDBLOCK);
    assert_int_equal(sctpx_socket_bytes_available(peer.socket, SCTPX_ANY_STREAM), 0);
    assert_int_equal(sctpx_socket_bytes_to_write(peer.socket, SCTPX_ANY_STREAM), 0);
    assert_int_equal(sctpx_socket_local_udp_port(peer.socket), 0);
    assert_int_equal(sctpx_socket_status(peer.socket, &status), 0);
    assert_int_equal(status.state, SCTPX_CLOSED);
    sctpx_socket_options_get(peer.socket, &options);
    assert_int_equal(sctpx_assoc_options_check(&options), 0);
    assert_int_equal(sctpx_socket_heartbeat(peer.socket, 0), SCTPX_ESTATE);

    RUN_BOTH(world, peer.count[PROBE_CLOSED] == 1);
    assert_int_equal(peer.closed, SCTPX_EABORTED);
    assert_int_equal(sctpx_socket_write_datagram(peer.socket, "x", 1, NULL), SCTPX_ESTATE);
    assert_int_equal(sctpx_loop_run_once(world->loop, 0), 0); /* nothing left to wait for */

    assert_int_equal(sctpx_socket_attach(detached.socket, world->loop), 0);
    probe_attach(&detached, detached.socket);
    RUN_BOTH(world, detached.count[PROBE_CLOSED] == 1);
    assert_int_equal(detached.closed, SCTPX_EABORTED);
    free_both(&other, &detached);
    free_both(&client, &peer);
}

struct failures {
    int count;
    char text[256]; /* all of it, behind one another */
};

static void on_send_failed(sctpx_socket *socket, void *user, const sctpx_failed_message *message)
{
    struct failures *failures = user;

    assert_int_equal(message->error, SCTPX_EABORTED);
    assert_int_equal(message->info.stream, failures->count);
    assert_int_equal(message->info.ppid, 7);
    strncat(failures->text, message->data, message->length);
    if (++failures->count == 3) /* the rest is not wanted */
        sctpx_socket_free(socket);
}

/* What was written and not acknowledged comes back, also when nobody runs the engine any more. */
/* What a transaction had read is gone like all that was unread. */
static void test_first_loop_freed_in_a_transaction(void **state)
{
    struct world *world = *state;
    struct probe client, peer;
    char buffer[16];

    ENGINE_SERVER_ONLY("the kernel's association moves as a whole");
    move_pair(world, &client, &peer);
    write_text(&client, "hello world", 0);
    RUN_BOTH(world, sctpx_socket_bytes_available(peer.socket, 0) == 11);
    assert_int_equal(sctpx_socket_start_transaction(peer.socket, 0), 0);
    assert_int_equal(sctpx_socket_read_bytes(peer.socket, 0, buffer, 5), 5);
    sctpx_server_free(world->bed.server);
    sctpx_loop_free(world->bed.loop);
    world->bed.loop = NULL;
    assert_int_equal(sctpx_socket_bytes_available(peer.socket, 0), 0);
    assert_true(sctpx_socket_read_bytes(peer.socket, 0, buffer, 5) <= 0);
    assert_true(sctpx_socket_skip(peer.socket, 0, 1000000) <= 0);
    free_both(&client, &peer);
}

static void test_first_loop_freed_and_messages_fail(void **state)
{
    const sctpx_socket_callbacks callbacks = {.on_send_failed = on_send_failed};
    struct world *world = *state;
    struct failures failures = {0}, others = {0};
    struct probe client, peer, other, detached;

    ENGINE_SERVER_ONLY("the kernel's association moves as a whole");
    move_pair(world, &client, &peer);
    bed_pair(&world->bed, &other, &detached, 0);
    for (uint16_t stream = 0; stream < 4; stream++)
        assert_int_equal(sctpx_socket_write_datagram(peer.socket, "lost,", 5,
                                                     &(sctpx_sndinfo){.stream = stream, .ppid = 7}),
                         0);
    assert_int_equal(
        sctpx_socket_write_datagram(detached.socket, "too", 3, &(sctpx_sndinfo){.ppid = 7}), 0);
    assert_int_equal(sctpx_socket_detach(detached.socket), 0);
    sctpx_server_free(world->bed.server);
    sctpx_loop_free(world->bed.loop);
    world->bed.loop = NULL;
    sctpx_socket_set_callbacks(peer.socket, &callbacks, &failures);
    RUN_BOTH(world, failures.count == 3);
    assert_string_equal(failures.text, "lost,lost,lost,");

    assert_int_equal(sctpx_socket_attach(detached.socket, world->loop), 0);
    sctpx_socket_set_callbacks(detached.socket, &callbacks, &others);
    RUN_BOTH(world, sctpx_socket_state(detached.socket) == SCTPX_UNCONNECTED);
    RUN_BOTH(world, others.count == 1);
    assert_string_equal(others.text, "too");
    free_both(&other, &detached);
    sctpx_socket_free(client.socket);
}

/* The peer, elsewhere, is not left to its time-outs. */
static void test_first_loop_freed_aborts_the_peer(void **state)
{
    struct world *world = *state, home;
    struct probe client = {0}, peer = {0};
    sctpx_socket_options options;
    sctpx_loop *loop;

    home.loop = world->loop;
    bed_open(&home.bed, bed_family(), 0, NULL);
    bed_socket_options(&options);
    assert_int_equal(sctpx_socket_new(world->bed.loop, &options, &client.socket), 0);
    probe_attach(&client, client.socket);
    assert_int_equal(
        sctpx_socket_connect(client.socket, &home.bed.addr, 1, sctpx_server_port(home.bed.server)),
        0);
    loop = home.bed.loop;
    while (sctpx_server_next_pending_connection(home.bed.server, &peer.socket) < 0) {
        assert_true(sctpx_loop_run_once(loop, 1) >= 0);
        assert_true(sctpx_loop_run_once(world->bed.loop, 1) >= 0);
    }
    move(world, &peer);
    RUN_BOTH(world, client.count[PROBE_CONNECTED] == 1);
    bed_close(&home.bed);
    if (!bed_server_is_kernel())
        RUN_BOTH(world, client.count[PROBE_CLOSED] == 1 && peer.count[PROBE_CLOSED] == 1);
    else
        expect_alive(world, &client, &peer);
    free_both(&client, &peer);
}

static void test_other_loop_freed_first(void **state)
{
    struct world *world = *state;
    struct probe client, peer, next_client, next_peer;

    move_pair(world, &client, &peer);
    sctpx_loop_free(world->loop);
    assert_int_equal(sctpx_loop_new(&world->loop), 0);
    RUN_BOTH(world, client.count[PROBE_CLOSED] == 1);
    assert_int_equal(client.closed, SCTPX_EPEERABORT);
    assert_int_equal(peer.count[PROBE_CLOSED], 0); /* without a callback */
    assert_int_equal(sctpx_socket_state(peer.socket), SCTPX_UNCONNECTED);
    move_pair(world, &next_client, &next_peer);
    expect_alive(world, &next_client, &next_peer);
    free_both(&next_client, &next_peer);
    free_both(&client, &peer);
}

/* ---- much ---------------------------------------------------------------------------------- */

enum { MUCH = 4 * 1024 * 1024 };

struct stream {
    uint8_t *bytes;
    size_t done;
};

static void read_more(struct probe *probe, enum probe_event event)
{
    struct stream *in = probe->arg;
    long length;

    (void)event;
    while ((length = sctpx_socket_read(probe->socket, in->bytes + in->done, MUCH - in->done)) > 0)
        in->done += (size_t)length;
}

static void write_more(struct probe *probe, enum probe_event event)
{
    struct stream *out = probe->arg;
    long length;

    (void)event;
    while (out->done < MUCH && (length = sctpx_socket_write(probe->socket, out->bytes + out->done,
                                                            MUCH - out->done)) > 0)
        out->done += (size_t)length;
}

static void limit_buffer(sctpx_socket *socket)
{
    sctpx_assoc_options options;

    sctpx_socket_options_get(socket, &options);
    options.sndbuf_bytes = MUCH / 4;
    assert_int_equal(sctpx_socket_options_set(socket, &options), 0);
}

/* Through full buffers, in byte mode; each direction needs the other loop to make room. */
static void test_back_pressure_across_loops(void **state)
{
    struct world *world = *state;
    struct probe client, peer;
    struct stream out = {.bytes = malloc(MUCH)}, in = {.bytes = malloc(MUCH)};

    pattern_fill(out.bytes, MUCH, 7);
    bed_listen(&world->bed, NULL, -1, 0);
    bed_pair(&world->bed, &client, &peer, -1);
    move(world, &peer);
    for (int i = 0; i < 2; i++) {
        struct probe *writer = i == 0 ? &peer : &client, *reader = i == 0 ? &client : &peer;

        out.done = in.done = 0;
        limit_buffer(writer->socket);
        writer->arg = &out;
        writer->hook = write_more;
        writer->hook_at = PROBE_WRITABLE;
        reader->arg = &in;
        reader->hook = read_more;
        reader->hook_at = PROBE_READABLE;
        write_more(writer, PROBE_WRITABLE);
        assert_true(out.done < MUCH);
        RUN_BOTH(world, in.done == MUCH);
        assert_true(pattern_check(in.bytes, MUCH, 7, 0));
    }
    free(out.bytes);
    free(in.bytes);
    free_both(&client, &peer);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_goes_on_on_the_other_loop),
        TEST(test_nothing_is_told_on_the_first_loop_any_more),
        TEST(test_nothing_is_lost_on_the_way),
        TEST(test_back_to_the_same_loop_and_on),
        TEST(test_others_stay_where_they_are),
        TEST(test_refused_states),
        TEST(test_not_in_its_own_callback),
        TEST(test_graceful_end_from_the_other_loop),
        TEST(test_end_of_the_peer_is_told_there),
        TEST(test_end_while_on_no_loop),
        TEST(test_free_aborts_wherever_it_is),
        TEST(test_freed_in_its_callback),
        TEST(test_deadline_on_the_other_loop),
        TEST(test_connects_anew_from_the_other_loop),
        TEST(test_first_loop_freed_first),
        TEST(test_first_loop_freed_in_a_transaction),
        TEST(test_first_loop_freed_and_messages_fail),
        TEST(test_first_loop_freed_aborts_the_peer),
        TEST(test_other_loop_freed_first),
        TEST(test_back_pressure_across_loops),
    };

    return cmocka_run_group_tests_name("hand_over", tests, NULL, NULL);
}
