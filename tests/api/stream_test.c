/* SPDX-License-Identifier: MIT */
/* ctest: labels=suite */
#include "support/loopback.h"

#include <stdlib.h>
#include <string.h>

static enum sctpx_family ipv4 = SCTPX_IPV4, ipv6 = SCTPX_IPV6;

struct pair {
    struct bed bed;
    struct probe client, peer;
};

static void open_pair(struct pair *pair, enum sctpx_family family,
                      const sctpx_server_options *options)
{
    bed_open(&pair->bed, family, -1, options);
    bed_pair(&pair->bed, &pair->client, &pair->peer, -1);
}

static void close_pair(struct pair *pair)
{
    sctpx_socket_free(pair->client.socket);
    sctpx_socket_free(pair->peer.socket);
    bed_close(&pair->bed);
}

static int setup(void **state)
{
    static struct pair pair;

    open_pair(&pair, bed_family(), NULL);
    *state = &pair;
    return 0;
}

static int teardown(void **state)
{
    close_pair(*state);
    return 0;
}

static size_t available(const struct probe *probe)
{
    return sctpx_socket_bytes_available(probe->socket, SCTPX_ANY_STREAM);
}

static void test_exchange(void **state)
{
    static const uint8_t bytes[] = {0, 'a', 0, 0, 'b', 0xff, 0};
    static const size_t lengths[] = {1, 2, 4, 7};
    enum sctpx_family family = *(enum sctpx_family *)*state;
    struct pair pair;
    uint8_t got[16];

    if (!loopback_has(family))
        skip();
    open_pair(&pair, family, NULL);
    assert_int_equal(sctpx_socket_mode(pair.peer.socket), SCTPX_MODE_BYTES);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        assert_int_equal(sctpx_socket_write(pair.client.socket, bytes, lengths[i]), lengths[i]);
        RUN_UNTIL(pair.bed.loop, available(&pair.peer) == lengths[i]);
        assert_int_equal(sctpx_socket_read(pair.peer.socket, got, sizeof(got)), lengths[i]);
        assert_memory_equal(got, bytes, lengths[i]);
        assert_int_equal(sctpx_socket_write(pair.peer.socket, got, lengths[i]), lengths[i]);
        RUN_UNTIL(pair.bed.loop, available(&pair.client) == lengths[i]);
        assert_int_equal(sctpx_socket_read(pair.client.socket, got, sizeof(got)), lengths[i]);
        assert_memory_equal(got, bytes, lengths[i]);
    }
    close_pair(&pair);
}

static void test_writes_become_one_byte_stream(void **state)
{
    struct pair *pair = *state;
    char text[32] = "";

    assert_int_equal(sctpx_socket_write(pair->client.socket, "one ", 4), 4);
    assert_int_equal(sctpx_socket_write(pair->client.socket, "two ", 4), 4);
    assert_int_equal(sctpx_socket_write(pair->client.socket, "three", 5), 5);
    RUN_UNTIL(pair->bed.loop, available(&pair->peer) == 13);
    assert_int_equal(sctpx_socket_read(pair->peer.socket, text, 6), 6);
    assert_memory_equal(text, "one tw", 6);
    assert_int_equal(available(&pair->peer), 7);
    assert_int_equal(sctpx_socket_read(pair->peer.socket, text, sizeof(text)), 7);
    assert_memory_equal(text, "o three", 7);
    assert_int_equal(sctpx_socket_read(pair->peer.socket, text, sizeof(text)), SCTPX_EWOULDBLOCK);
}

static void test_call_errors(void **state)
{
    struct pair *pair = *state;
    char text[8];

    assert_int_equal(sctpx_socket_write_datagram(pair->client.socket, "x", 1, NULL), SCTPX_EMODE);
    assert_int_equal(sctpx_socket_read_datagram(pair->client.socket, 0, text, 8, NULL),
                     SCTPX_EMODE);
    assert_int_equal(sctpx_socket_peek_datagram(pair->client.socket, 0, text, 8, NULL),
                     SCTPX_EMODE);
    assert_int_equal(sctpx_socket_write(pair->client.socket, NULL, 1), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_write(pair->client.socket, "", 0), 0);
    assert_int_equal(sctpx_socket_read(pair->client.socket, NULL, 1), SCTPX_EINVAL);
    /* A wait for what no read would give. */
    assert_int_equal(sctpx_socket_wait_for_readable(pair->client.socket, 0, 0), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_read(pair->client.socket, text, 0), 0);
    assert_int_equal(sctpx_socket_read(pair->client.socket, text, 1), SCTPX_EWOULDBLOCK);
    assert_int_equal(sctpx_socket_peek(pair->client.socket, text, 1), SCTPX_EWOULDBLOCK);
}

static void test_peek_grows_and_takes_nothing(void **state)
{
    struct pair *pair = *state;
    char text[32] = "";

    assert_int_equal(sctpx_socket_write(pair->client.socket, "abc", 3), 3);
    RUN_UNTIL(pair->bed.loop, available(&pair->peer) == 3);
    assert_int_equal(sctpx_socket_peek(pair->peer.socket, text, 2), 2);
    assert_int_equal(sctpx_socket_peek(pair->peer.socket, text, sizeof(text)), 3);
    assert_int_equal(available(&pair->peer), 3);
    assert_int_equal(sctpx_socket_write(pair->client.socket, "defg", 4), 4);
    RUN_UNTIL(pair->bed.loop, available(&pair->peer) == 7);
    assert_int_equal(sctpx_socket_peek(pair->peer.socket, text, sizeof(text)), 7);
    assert_memory_equal(text, "abcdefg", 7);
    assert_int_equal(sctpx_socket_peek(pair->peer.socket, text, 5), 5);
    assert_int_equal(available(&pair->peer), 7);
    assert_int_equal(sctpx_socket_read(pair->peer.socket, text, 3), 3);
    assert_memory_equal(text, "abc", 3);
    assert_int_equal(sctpx_socket_peek(pair->peer.socket, text, sizeof(text)), 4);
    assert_memory_equal(text, "defg", 4);
    assert_int_equal(sctpx_socket_write(pair->client.socket, "h", 1), 1);
    RUN_UNTIL(pair->bed.loop, available(&pair->peer) == 5);
    assert_int_equal(sctpx_socket_read(pair->peer.socket, text, sizeof(text)), 5);
    assert_memory_equal(text, "defgh", 5);
    assert_int_equal(available(&pair->peer), 0);
}

/* ---- a lot of bytes ----------------------------------------------------------------------- */

struct transfer {
    size_t total, written, read, chunk, read_chunk;
    uint8_t *data;
};

static void pump(struct pair *pair, struct transfer *transfer)
{
    uint8_t got[70000];
    size_t left = transfer->total - transfer->written;
    long result = 1;

    while (left > 0) {
        result = sctpx_socket_write(pair->client.socket, transfer->data + transfer->written,
                                    left < transfer->chunk ? left : transfer->chunk);
        if (result <= 0)
            break;
        transfer->written += (size_t)result;
        left -= (size_t)result;
    }
    if (result < 0)
        assert_int_equal(result, SCTPX_EWOULDBLOCK);
    while ((result = sctpx_socket_read(pair->peer.socket, got, transfer->read_chunk)) > 0) {
        assert_true(pattern_check(got, (size_t)result, 7, transfer->read));
        transfer->read += (size_t)result;
    }
    assert_int_equal(result, SCTPX_EWOULDBLOCK);
}

static void run_transfer(struct pair *pair, size_t total, size_t chunk, size_t read_chunk)
{
    struct transfer transfer = {.total = total, .chunk = chunk, .read_chunk = read_chunk};
    sctpx_time limit = sctpx_loop_now(pair->bed.loop) + 3 * LOOPBACK_LIMIT_US;

    transfer.data = malloc(total);
    assert_non_null(transfer.data);
    pattern_fill(transfer.data, total, 7);
    while (transfer.read < total) {
        pump(pair, &transfer);
        assert_true(sctpx_loop_now(pair->bed.loop) < limit);
        assert_int_equal(sctpx_loop_run_once(pair->bed.loop, 100), 1);
    }
    assert_int_equal(transfer.read, total);
    free(transfer.data);
}

static void test_write_much_more_than_the_limit(void **state)
{
    struct pair *pair = *state;
    uint8_t *data = calloc(1, 1000000);
    long taken;

    assert_non_null(data);
    assert_int_equal(sctpx_socket_set_write_limit(pair->client.socket, 100000), 0);
    taken = sctpx_socket_write(pair->client.socket, data, 1000000);
    assert_in_range(taken, 50000, 100000);
    assert_int_equal(sctpx_socket_write(pair->client.socket, data, 1000000), SCTPX_EWOULDBLOCK);
    assert_int_equal(sctpx_socket_bytes_to_write(pair->client.socket, 0), taken);
    RUN_UNTIL(pair->bed.loop, pair->client.count[PROBE_WRITABLE] > 0);
    assert_true(sctpx_socket_write(pair->client.socket, data, 10) == 10);
    free(data);
}

static void test_bulk(void **state)
{
    run_transfer(*state, 4000000, 1000000, 65536);
}

static void test_bulk_in_small_writes(void **state)
{
    run_transfer(*state, 300000, 100, 7);
}

static void test_bulk_with_small_limits(void **state)
{
    sctpx_server_options options;
    struct pair pair;

    (void)state;
    bed_server_options(&options);
    options.assoc.rcvbuf_bytes = 4000;
    bed_open(&pair.bed, bed_family(), -1, &options);
    bed_pair(&pair.bed, &pair.client, &pair.peer, -1);
    assert_int_equal(sctpx_socket_set_write_limit(pair.client.socket, 3000), 0);
    run_transfer(&pair, 100000, 10000, 3000);
    close_pair(&pair);
}

/* The peer's messages are longer than our receive buffer: bytes come through all the same. */
static void test_messages_longer_than_the_read_buffer(void **state)
{
    sctpx_server_options options;
    struct pair pair;

    (void)state;
    bed_server_options(&options);
    options.assoc.rcvbuf_bytes = 5000;
    bed_open(&pair.bed, bed_family(), -1, &options);
    bed_pair(&pair.bed, &pair.client, &pair.peer, -1);
    run_transfer(&pair, 200000, 200000, 65536);
    close_pair(&pair);
}

static void test_read_limit_bounds_memory(void **state)
{
    enum { READ_LIMIT = 20000, WRITE_LIMIT = 10000 };
    struct pair *pair = *state;
    uint8_t *data = malloc(1000000);
    sctpx_assoc_status status;
    size_t written = 0;

    assert_non_null(data);
    pattern_fill(data, 1000000, 7);
    assert_int_equal(sctpx_socket_set_read_buffer_size(pair->peer.socket, READ_LIMIT), 0);
    assert_int_equal(sctpx_socket_set_write_limit(pair->client.socket, WRITE_LIMIT), 0);
    for (;;) {
        unsigned writable = pair->client.count[PROBE_WRITABLE];
        long taken = sctpx_socket_write(pair->client.socket, data + written, 1000000 - written);
        sctpx_time limit = sctpx_loop_now(pair->bed.loop) + 400000;

        if (taken > 0)
            written += (size_t)taken;
        while (pair->client.count[PROBE_WRITABLE] == writable &&
               sctpx_loop_now(pair->bed.loop) < limit)
            assert_int_equal(sctpx_loop_run_once(pair->bed.loop, 20), 1);
        if (pair->client.count[PROBE_WRITABLE] == writable)
            break;
    }
    assert_int_equal(sctpx_socket_status(pair->peer.socket, &status), 0);
    assert_true(status.readable_bytes <= READ_LIMIT + 3000);
    assert_true(status.rcvbuf_used_bytes <= 2 * READ_LIMIT); /* overhead as much again */
    /* The window that was open at the start may have been used before the limit was known. */
    assert_in_range(written, 5000, READ_LIMIT + WRITE_LIMIT + 65536);
    struct transfer transfer = {
        .total = 1000000, .written = written, .chunk = 65536, .read_chunk = 65536, .data = data};
    sctpx_time limit = sctpx_loop_now(pair->bed.loop) + 3 * LOOPBACK_LIMIT_US;
    while (transfer.read < transfer.total) {
        pump(pair, &transfer);
        assert_true(sctpx_loop_now(pair->bed.loop) < limit);
        assert_int_equal(sctpx_loop_run_once(pair->bed.loop, 100), 1);
    }
    free(data);
}

/* ---- the mode is local -------------------------------------------------------------------- */

static void test_streams_of_a_datagram_peer_are_merged(void **state)
{
    struct probe client, peer;
    struct bed bed;
    char text[16];

    (void)state;
    bed_open(&bed, bed_family(), 4, NULL);
    /* Here it is the client that reads bytes; it allows the peer its streams all the same. */
    bed_pair(&bed, &client, &peer, -1);
    assert_int_equal(sctpx_socket_mode(peer.socket), SCTPX_MODE_DATAGRAM);
    assert_int_equal(sctpx_socket_write_datagram(peer.socket, "mes", 3, NULL), 0);
    assert_int_equal(sctpx_socket_write_datagram(peer.socket, "sage", 4, NULL), 0);
    RUN_UNTIL(bed.loop, available(&client) == 7);
    assert_int_equal(sctpx_socket_read(client.socket, text, sizeof(text)), 7);
    assert_memory_equal(text, "message", 7);
    assert_int_equal(sctpx_socket_write(client.socket, "bytes", 5), 5);
    RUN_UNTIL(bed.loop, available(&peer) == 5);
    assert_int_equal(sctpx_socket_read_datagram(peer.socket, 0, text, sizeof(text), NULL), 5);
    sctpx_socket_free(client.socket);
    sctpx_socket_free(peer.socket);
    bed_close(&bed);
}

static void test_end_of_stream(void **state)
{
    struct pair *pair = *state;
    char text[16];

    assert_int_equal(sctpx_socket_write(pair->client.socket, "last", 4), 4);
    assert_int_equal(sctpx_socket_disconnect(pair->client.socket, 10000), 0);
    RUN_UNTIL(pair->bed.loop, pair->peer.count[PROBE_CLOSED] == 1);
    assert_int_equal(sctpx_socket_peek(pair->peer.socket, text, sizeof(text)), 4);
    assert_int_equal(sctpx_socket_read(pair->peer.socket, text, sizeof(text)), 4);
    assert_int_equal(sctpx_socket_read(pair->peer.socket, text, sizeof(text)), SCTPX_EPEERSHUTDOWN);
    assert_int_equal(sctpx_socket_peek(pair->peer.socket, text, sizeof(text)), SCTPX_EPEERSHUTDOWN);
    assert_int_equal(sctpx_socket_write(pair->peer.socket, "x", 1), SCTPX_ESTATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"test_exchange_v4", test_exchange, NULL, NULL, &ipv4},
        {"test_exchange_v6", test_exchange, NULL, NULL, &ipv6},
        cmocka_unit_test_setup_teardown(test_writes_become_one_byte_stream, setup, teardown),
        cmocka_unit_test_setup_teardown(test_call_errors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_peek_grows_and_takes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_write_much_more_than_the_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bulk, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bulk_in_small_writes, setup, teardown),
        cmocka_unit_test(test_bulk_with_small_limits),
        cmocka_unit_test(test_messages_longer_than_the_read_buffer),
        cmocka_unit_test_setup_teardown(test_read_limit_bounds_memory, setup, teardown),
        cmocka_unit_test(test_streams_of_a_datagram_peer_are_merged),
        cmocka_unit_test_setup_teardown(test_end_of_stream, setup, teardown),
    };

    return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
