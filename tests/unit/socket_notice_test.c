/* SPDX-License-Identifier: MIT */
/* Callbacks that come late hear of what is readable; what finding the streams costs. */
#include "api/socket.h"
#include "support/pair.h"

enum { STREAMS = 65535 };

/* The backend's own table, but for two operations that count their calls. */
static struct {
    const struct sctpxi_backend_table *table;
    unsigned calls;
} counted;

static size_t count_readable_bytes(const struct sctpxi_backend *backend,
                                   const struct sctpxi_conn *conn, int stream)
{
    counted.calls++;
    return counted.table->readable_bytes(backend, conn, stream);
}

static int count_next_readable(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                               bool is_first)
{
    counted.calls++;
    return counted.table->next_readable(backend, conn, is_first);
}

struct told {
    int streams[8];
    unsigned count;
    bool reads;
};

static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    struct told *told = user;
    char byte;

    assert_true(told->count < 8);
    told->streams[told->count++] = stream;
    if (told->reads)
        assert_int_equal(sctpx_socket_read_datagram(socket, stream, &byte, 1, NULL), 1);
}

/* Whatever is told unasked would be told now. */
static void run_turns(struct pair *pair)
{
    for (int turn = 0; turn < 10; turn++)
        assert_true(sctpx_loop_run_once(pair->bed.loop, 0) >= 0);
}

/* One message on each of three streams, with nobody to hear of it at the other end. */
static void open_with_unread(struct pair *pair)
{
    static const uint16_t streams[] = {40000, 0, 65534};

    pair_open(pair, STREAMS, STREAMS, NULL, NULL);
    sctpx_socket_set_callbacks(pair->peer.socket, NULL, NULL);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pair_send(&pair->client, streams[i], "x", 1), 0);
    RUN_UNTIL(pair->bed.loop, pair_available(&pair->peer, SCTPX_ANY_STREAM) == 3);
    run_turns(pair);
}

static void hear(struct pair *pair, struct told *told)
{
    const sctpx_socket_callbacks callbacks = {.on_readable = on_readable};

    sctpx_socket_set_callbacks(pair->peer.socket, &callbacks, told);
    RUN_UNTIL(pair->bed.loop, told->count >= 3);
    run_turns(pair);
    assert_int_equal(told->count, 3);
    assert_int_equal(told->streams[0], 40000);
    assert_int_equal(told->streams[1], 0);
    assert_int_equal(told->streams[2], 65534);
}

static void test_each_stream_is_told_once(void **state)
{
    struct pair pair;
    struct told told = {.reads = true};

    (void)state;
    open_with_unread(&pair);
    hear(&pair, &told);
    assert_int_equal(pair_available(&pair.peer, SCTPX_ANY_STREAM), 0);
    pair_close(&pair);
}

static void test_finding_them_costs_what_is_readable(void **state)
{
    struct pair pair;
    struct told told = {0};
    struct sctpxi_backend_table table;

    (void)state;
    open_with_unread(&pair);
    struct sctpxi_backend *backend = pair.peer.socket->backend;
    counted.table = backend->table;
    table = *backend->table;
    table.readable_bytes = count_readable_bytes;
    table.next_readable = count_next_readable;
    backend->table = &table;
    hear(&pair, &told);
    backend->table = counted.table;
    assert_in_range(counted.calls, 1, 8);
    pair_close(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_stream_is_told_once),
        cmocka_unit_test(test_finding_them_costs_what_is_readable),
    };

    return cmocka_run_group_tests_name("socket_notice", tests, NULL, NULL);
}
