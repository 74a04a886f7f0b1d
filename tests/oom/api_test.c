/* SPDX-License-Identifier: MIT */
/* ctest: timeout=240 */
/*
 * Servers and sockets on real UDP, with every allocation of the library failing in turn: each call
 * does its work or says SCTPX_ENOMEM and has done nothing, each association comes up or tells why
 * not, what was written arrives, and nothing is left behind.
 */
#include "support/failing_malloc.h"
#include "support/loopback.h"

#include <string.h>

#include <uv.h>

enum { MESSAGES = 12, TRIES = 40, LIMIT_US = 20 * 1000 * 1000 };

struct end {
    sctpx_socket *socket;
    bool is_up, is_closed;
    int closed;
    size_t received; /* bytes or messages */
};

struct life {
    size_t n, count; /* what fails */
    bool is_bytes, is_uv, is_handed_over;
    uv_loop_t uv;
    sctpx_loop *loop;
    sctpx_server *server;
    sctpx_addr addr;
    struct end client, peer;
    unsigned accept_errors;
    bool has_fired; /* the timer */
    bool is_called; /* the post */
};

/* Again while memory fails. Any other result is the caller's to judge. */
#define AGAIN(result, call)                                                                        \
    for (int tries_ = 0; ((result) = (call)) == SCTPX_ENOMEM; tries_++)                            \
    assert_true(tries_<TRIES && failing_malloc_failed()> 0)

/* ---- callbacks ----------------------------------------------------------------------------- */

static void on_connected(sctpx_socket *socket, void *user)
{
    struct end *end = user;

    (void)socket;
    end->is_up = true;
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    struct end *end = user;

    assert_int_equal(sctpx_socket_state(socket), SCTPX_UNCONNECTED);
    assert_non_null(sctpx_socket_error_string(socket));
    end->is_closed = true;
    end->closed = error;
}

static void check_message(struct end *end, const uint8_t *bytes, long length)
{
    assert_int_equal(length, 100 + 300 * end->received);
    assert_true(pattern_check(bytes, (size_t)length, (uint32_t)end->received, 0));
    end->received++;
}

static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    static uint8_t bytes[8192];
    struct end *end = user;
    long length;

    if (sctpx_socket_mode(socket) == SCTPX_MODE_DATAGRAM) {
        while ((length = sctpx_socket_read_datagram(socket, stream, bytes, sizeof(bytes), NULL)) >
               0)
            check_message(end, bytes, length);
        return;
    }
    length = sctpx_socket_peek(socket, bytes, 100);
    assert_true(length > 0 || length == SCTPX_ENOMEM || length == SCTPX_EWOULDBLOCK);
    for (; (length = sctpx_socket_read(socket, bytes, sizeof(bytes))) > 0;
         end->received += (size_t)length)
        assert_true(pattern_check(bytes, (size_t)length, 7, end->received));
}

static void attach(struct end *end, sctpx_socket *socket)
{
    static const sctpx_socket_callbacks callbacks = {
        .on_connected = on_connected, .on_readable = on_readable, .on_closed = on_closed};

    *end = (struct end){.socket = socket};
    sctpx_socket_set_callbacks(socket, &callbacks, end);
}

static void on_connection(sctpx_server *server, void *user)
{
    struct life *life = user;
    sctpx_socket *socket;

    while (sctpx_server_next_pending_connection(server, &socket) == 0) {
        sctpx_socket_free(life->peer.socket); /* of a try that failed */
        attach(&life->peer, socket);
        life->peer.is_up = true;
    }
}

static void on_accept_error(sctpx_server *server, void *user, int error)
{
    struct life *life = user;

    assert_non_null(sctpx_server_error_string(server));
    assert_int_equal(error, SCTPX_ENOMEM);
    life->accept_errors++;
}

/* ---- the steps of a life --------------------------------------------------------------------- */

static void turn(struct life *life)
{
    if (life->is_uv)
        (void)uv_run(&life->uv, UV_RUN_NOWAIT);
    else
        assert_true(sctpx_loop_run_once(life->loop, 10) >= 0);
}

#define TURN_UNTIL(life, condition)                                                                \
    for (sctpx_time end_ = sctpx_loop_now((life)->loop) + LIMIT_US; !(condition); turn(life))      \
        if (sctpx_loop_now((life)->loop) > end_)                                                   \
    fail_msg("allocations %zu+%zu: never came: %s", (life)->n, (life)->count, #condition)

/* Losses are made up for at once. */
static void hurry(sctpx_assoc_options *options)
{
    options->rto_initial_us = options->rto_min_us = 10000;
    options->rto_max_us = 40000;
    options->association_max_retrans = options->max_init_retrans = 100;
}

static void open_server(struct life *life)
{
    static const sctpx_server_callbacks callbacks = {.on_connection = on_connection,
                                                     .on_accept_error = on_accept_error};
    sctpx_server_options options;
    int r;

    life->addr = loopback_v4(1, 0);
    AGAIN(r, life->is_uv ? sctpx_loop_new_uv(&life->uv, &life->loop) : sctpx_loop_new(&life->loop));
    assert_int_equal(r, 0);
    sctpx_server_options_defaults(&options);
    hurry(&options.assoc);
    options.udp_port = 0;
    AGAIN(r, sctpx_server_new(life->loop, &options, &life->server));
    assert_int_equal(r, 0);
    sctpx_server_set_callbacks(life->server, &callbacks, life);
    (void)sctpx_server_set_maximum_channel_count(life->server, life->is_bytes ? -1 : 4);
    AGAIN(r, sctpx_server_listen(life->server, &life->addr, 1, 7));
    assert_int_equal(r, 0);
    life->addr.udp_port = sctpx_server_udp_port(life->server);
}

static void open_client(struct life *life)
{
    sctpx_socket_options options;
    sctpx_socket *socket;
    int r;

    sctpx_socket_options_defaults(&options);
    hurry(&options.assoc);
    options.peer_udp_port = life->addr.udp_port;
    AGAIN(r, sctpx_socket_new(life->loop, &options, &socket));
    assert_int_equal(r, 0);
    (void)sctpx_socket_set_maximum_channel_count(socket, life->is_bytes ? -1 : 4);
    attach(&life->client, socket);
    if (life->is_bytes)
        AGAIN(r, sctpx_socket_connect_name(socket, "localhost", 7)); /* two addresses */
    else
        AGAIN(r, sctpx_socket_connect(socket, &life->addr, 1, 7));
    assert_int_equal(r, 0);
}

/* A server that has no memory for a socket refuses; then once more. */
static void connect_ends(struct life *life)
{
    for (int tries = 0; tries < TRIES; tries++) {
        open_client(life);
        TURN_UNTIL(life, (life->client.is_up && (life->peer.is_up || life->accept_errors > 0)) ||
                             life->client.is_closed);
        if (life->accept_errors > 0)
            TURN_UNTIL(life, life->client.is_closed);
        if (!life->client.is_closed)
            return;
        assert_true(failing_malloc_failed() > 0 && life->client.closed < 0);
        life->accept_errors = 0;
        sctpx_socket_free(life->client.socket);
    }
    fail_msg("allocations %zu+%zu: no connection", life->n, life->count);
}

static void write_messages(const struct end *end)
{
    uint8_t bytes[8192];
    int r;

    for (uint32_t i = 0; i < MESSAGES; i++) {
        size_t length = 100 + 300 * i;
        pattern_fill(bytes, length, i);
        AGAIN(r, sctpx_socket_write_datagram(end->socket, bytes, length, NULL));
        assert_int_equal(r, 0);
    }
}

static void write_bytes(const struct end *end)
{
    uint8_t bytes[8192];
    long r;

    pattern_fill(bytes, sizeof(bytes), 7);
    for (size_t done = 0; done < sizeof(bytes); done += (size_t)r) {
        AGAIN(r, sctpx_socket_write(end->socket, bytes + done, sizeof(bytes) - done));
        assert_true(r > 0);
    }
}

static void exchange(struct life *life)
{
    size_t all = life->is_bytes ? 8192 : MESSAGES;

    (life->is_bytes ? write_bytes : write_messages)(&life->client);
    (life->is_bytes ? write_bytes : write_messages)(&life->peer);
    TURN_UNTIL(life, life->client.received == all && life->peer.received == all);
}

static void on_timer(sctpx_timer *timer, void *arg)
{
    (void)timer;
    ((struct life *)arg)->has_fired = true;
}

static void use_timer(struct life *life)
{
    sctpx_timer *timer;
    int r;

    AGAIN(r, sctpx_timer_new(life->loop, on_timer, life, &timer));
    assert_int_equal(r, 0);
    sctpx_timer_start(timer, 1);
    TURN_UNTIL(life, life->has_fired);
    sctpx_timer_free(timer);
}

static void on_post(void *arg)
{
    ((struct life *)arg)->is_called = true;
}

/* To the loop where it is: all that is needed for another one is made. */
static void hand_over(struct life *life)
{
    sctpx_socket *socket = life->peer.socket;
    int r;

    AGAIN(r, sctpx_socket_detach(socket));
    assert_int_equal(r, 0);
    AGAIN(r, sctpx_socket_attach(socket, life->loop));
    assert_int_equal(r, 0);
    attach(&life->peer, socket);
    AGAIN(r, sctpx_loop_post(life->loop, on_post, life));
    assert_int_equal(r, 0);
    TURN_UNTIL(life, life->is_called);
}

static void close_all(struct life *life)
{
    assert_int_equal(sctpx_socket_close(life->client.socket), 0);
    TURN_UNTIL(life, life->client.is_closed && life->peer.is_closed);
    assert_int_equal(life->client.closed, 0);
    assert_int_equal(life->peer.closed, SCTPX_EPEERSHUTDOWN);
    sctpx_socket_free(life->client.socket);
    sctpx_socket_free(life->peer.socket);
    sctpx_server_free(life->server);
    sctpx_loop_free(life->loop);
}

static size_t live(struct life *life)
{
    int r;

    if (life->is_uv)
        assert_int_equal(uv_loop_init(&life->uv), 0);
    failing_malloc_begin(life->n, life->count);
    open_server(life);
    AGAIN(r, sctpx_loop_set_pcap(life->loop, "/dev/null"));
    assert_int_equal(r, 0);
    connect_ends(life);
    if (life->is_handed_over)
        hand_over(life);
    exchange(life);
    use_timer(life);
    close_all(life);
    if (life->is_uv) {
        (void)uv_run(&life->uv, UV_RUN_DEFAULT);
        assert_int_equal(uv_loop_close(&life->uv), 0);
    }
    size_t left = failing_malloc_live(), failed = failing_malloc_end();
    if (left > 0)
        fail_msg("allocations %zu+%zu: %zu blocks are left", life->n, life->count, left);
    return failed;
}

/* ---- tests --------------------------------------------------------------------------------- */

static void sweep(bool is_bytes, bool is_uv, bool is_handed_over)
{
    static const size_t counts[] = {1, 2, 6};
    size_t n = 1;

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        for (n = 1;; n++) {
            struct life life = {.n = n,
                                .count = counts[i],
                                .is_bytes = is_bytes,
                                .is_uv = is_uv,
                                .is_handed_over = is_handed_over};
            if (live(&life) == 0)
                break;
        }
    print_message("%zu allocations\n", n - 1);
    assert_true(n > 40);
}

static void test_datagrams(void **state)
{
    (void)state;
    sweep(false, false, false);
}

static void test_bytes(void **state)
{
    (void)state;
    sweep(true, false, false);
}

static void test_libuv(void **state)
{
    (void)state;
    sweep(false, true, false);
}

static void test_handed_over(void **state)
{
    (void)state;
    sweep(false, false, true);
    sweep(true, true, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_datagrams),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_libuv),
        cmocka_unit_test(test_handed_over),
    };

    return cmocka_run_group_tests_name("oom.api", tests, NULL, NULL);
}
