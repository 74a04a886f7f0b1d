/* SPDX-License-Identifier: MIT */
/* ctest: labels=suite */
#include "support/pair.h"

#include <stdlib.h>
#include <string.h>

static enum sctpx_family ipv4 = SCTPX_IPV4, ipv6 = SCTPX_IPV6;

static int setup(void **state)
{
    static struct pair pair;

    pair_open(&pair, 0, 8, NULL, NULL);
    *state = &pair;
    return 0;
}

static int send_on(sctpx_socket *socket, uint16_t stream, const void *data, size_t length)
{
    return sctpx_socket_write_datagram(socket, data, length, &(sctpx_sndinfo){.stream = stream});
}

static size_t available(const struct probe *probe, int stream)
{
    return sctpx_socket_bytes_available(probe->socket, stream);
}

/* ---- exchange ----------------------------------------------------------------------------- */

static void exchange(struct pair *pair, uint16_t there, uint16_t back, const void *data,
                     size_t length)
{
    uint8_t got[700];
    sctpx_rcvinfo info;

    assert_int_equal(send_on(pair->client.socket, there, data, length), 0);
    RUN_UNTIL(pair->bed.loop, available(&pair->peer, there) == length);
    assert_int_equal(pair->peer.last_stream, there);
    assert_int_equal(sctpx_socket_read_datagram(pair->peer.socket, there, got, sizeof(got), &info),
                     length);
    assert_int_equal(info.stream, there);
    assert_int_equal(info.length, length);
    assert_memory_equal(got, data, length);
    assert_int_equal(send_on(pair->peer.socket, back, got, length), 0);
    RUN_UNTIL(pair->bed.loop, available(&pair->client, back) == length);
    assert_int_equal(sctpx_socket_read_datagram(pair->client.socket, back, got, sizeof(got), NULL),
                     length);
    assert_memory_equal(got, data, length);
}

/* covers: 9260/11.1.5-1 9260/11.1.7-1 */
static void test_exchange_on_streams(void **state)
{
    static const struct {
        uint16_t there, back;
    } streams[] = {{0, 0}, {1, 1}, {0, 1}, {1, 0}, {7, 3}};
    static const uint8_t bytes[] = {0, 'a', 0, 0, 'b', 0xff, 0};
    static const size_t lengths[] = {1, 2, 4, 7, 600};
    enum sctpx_family family = *(enum sctpx_family *)*state;
    uint8_t data[600] = {0};
    struct pair pair;

    if (!loopback_has(family))
        skip();
    bed_open(&pair.bed, family, 8, NULL);
    bed_pair(&pair.bed, &pair.client, &pair.peer, 0);
    memcpy(data, bytes, sizeof(bytes));
    for (size_t s = 0; s < sizeof(streams) / sizeof(streams[0]); s++)
        for (size_t l = 0; l < sizeof(lengths) / sizeof(lengths[0]); l++)
            exchange(&pair, streams[s].there, streams[s].back, data, lengths[l]);
    assert_int_equal(sctpx_socket_state(pair.client.socket), SCTPX_CONNECTED);
    assert_int_equal(sctpx_socket_state(pair.peer.socket), SCTPX_CONNECTED);
    assert_int_equal(sctpx_socket_error(pair.client.socket), 0);
    sctpx_socket_free(pair.client.socket);
    sctpx_socket_free(pair.peer.socket);
    bed_close(&pair.bed);
}

static void test_message_sizes(void **state)
{
    static const size_t sizes[] = {1,    2,    1400,  1443,  1444,   1445,    1452,   1453,
                                   2904, 7000, 65535, 65536, 100000, 1048575, 300000, 1000003};
    struct pair *pair = *state;
    uint8_t *data = malloc(1 << 20), *got = malloc(1 << 20);

    assert_non_null(data);
    assert_non_null(got);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        sctpx_rcvinfo info;

        pattern_fill(data, sizes[i], (uint32_t)i);
        assert_int_equal(send_on(pair->client.socket, 2, data, sizes[i]), 0);
        RUN_UNTIL(pair->bed.loop, available(&pair->peer, 2) > 0);
        assert_int_equal(sctpx_socket_read_datagram(pair->peer.socket, 2, got, 1 << 20, &info),
                         sizes[i]);
        assert_memory_equal(data, got, sizes[i]);
        assert_int_equal(info.flags & SCTPX_MSG_PARTIAL, 0);
        /* Until all is acknowledged, so that the next one has all of the write limit. */
        RUN_UNTIL(pair->bed.loop,
                  sctpx_socket_bytes_to_write(pair->client.socket, SCTPX_ANY_STREAM) == 0);
    }
    free(data);
    free(got);
}

/* covers: 9260/11.1.5-1 9260/11.1.7-1 9260/15.5-2 */
static void test_what_comes_with_a_message(void **state)
{
    struct pair *pair = *state;
    sctpx_sndinfo send = {.stream = 5, .ppid = 0x01020304, .flags = SCTPX_MSG_UNORDERED};
    sctpx_rcvinfo info;
    char text[8];

    assert_int_equal(sctpx_socket_write_datagram(pair->client.socket, "a", 1, &send), 0);
    send.flags = SCTPX_MSG_FIRST | SCTPX_MSG_LAST; /* only of received messages */
    assert_int_equal(sctpx_socket_write_datagram(pair->client.socket, "b", 1, &send), SCTPX_EINVAL);
    send.flags = 0;
    send.ppid = 51;
    assert_int_equal(sctpx_socket_write_datagram(pair->client.socket, "b", 1, &send), 0);
    assert_int_equal(sctpx_socket_write_datagram(pair->client.socket, "c", 1, &send), 0);
    RUN_UNTIL(pair->bed.loop, available(&pair->peer, 5) == 3);
    assert_int_equal(sctpx_socket_read_datagram(pair->peer.socket, 5, text, 8, &info), 1);
    assert_int_equal(text[0], 'a');
    assert_int_equal(info.ppid, 0x01020304);
    assert_int_equal(info.flags & SCTPX_MSG_UNORDERED, SCTPX_MSG_UNORDERED);
    for (uint16_t i = 0; i < 2; i++) {
        assert_int_equal(sctpx_socket_read_datagram(pair->peer.socket, 5, text, 8, &info), 1);
        assert_int_equal(text[0], 'b' + i);
        assert_int_equal(info.ppid, 51);
        assert_int_equal(info.ssn, i);
        assert_int_equal(info.flags & SCTPX_MSG_UNORDERED, 0);
    }
}

/* covers: 9260/11.1.7-1 */
static void test_any_stream_is_order_of_arrival(void **state)
{
    struct pair *pair = *state;
    sctpx_rcvinfo info;
    char text[8];

    for (uint16_t i = 0; i < 8; i++)
        assert_int_equal(send_on(pair->client.socket, (uint16_t)(i * 5 % 8), "xy", 2), 0);
    RUN_UNTIL(pair->bed.loop, available(&pair->peer, SCTPX_ANY_STREAM) == 16);
    assert_int_equal(available(&pair->peer, 3), 2);
    assert_int_equal(pair->peer.count[PROBE_READABLE], 8);
    /* One out of the middle. */
    assert_int_equal(sctpx_socket_read_datagram(pair->peer.socket, 2, text, 8, NULL), 2);
    uint32_t last_tsn = 0;
    for (uint16_t i = 0; i < 7; i++) {
        assert_int_equal(
            sctpx_socket_read_datagram(pair->peer.socket, SCTPX_ANY_STREAM, text, 8, &info), 2);
        assert_int_not_equal(info.stream, 2);
        if (i > 0)
            assert_true((int32_t)(info.tsn - last_tsn) > 0);
        last_tsn = info.tsn;
    }
    assert_int_equal(
        sctpx_socket_read_datagram(pair->peer.socket, SCTPX_ANY_STREAM, text, 8, &info),
        SCTPX_EWOULDBLOCK);
}

/* ---- errors at the call ------------------------------------------------------------------- */

static void test_write_errors(void **state)
{
    struct pair *pair = *state;
    sctpx_socket *socket = pair->client.socket;

    assert_int_equal(send_on(socket, 0, "", 0), SCTPX_EEMPTY);
    assert_int_equal(send_on(socket, 0, NULL, 1), SCTPX_EINVAL);
    assert_int_equal(send_on(socket, 8, "x", 1), SCTPX_ESTREAM);
    assert_int_equal(send_on(socket, 65535, "x", 1), SCTPX_ESTREAM);
    assert_int_equal(send_on(socket, 0, "x", SCTPX_MAX_SEND_BYTES + 1), SCTPX_EMSGSIZE);
    assert_int_equal(sctpx_socket_write(socket, "x", 1), SCTPX_EMODE);
    /* None of these did any harm. */
    assert_int_equal(sctpx_socket_error(socket), 0);
    exchange(pair, 0, 0, "fine", 4);
}

/* covers: 9260/11.1.7-1 */
static void test_read_errors(void **state)
{
    struct pair *pair = *state;
    sctpx_socket *socket = pair->peer.socket;
    sctpx_rcvinfo info;
    char text[8];

    assert_int_equal(sctpx_socket_read(socket, text, 8), SCTPX_EMODE);
    assert_int_equal(sctpx_socket_peek(socket, text, 8), SCTPX_EMODE);
    assert_int_equal(sctpx_socket_read_datagram(socket, -3, text, 8, NULL), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_read_datagram(socket, 70000, text, 8, NULL), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_read_datagram(socket, 0, NULL, 8, NULL), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_read_datagram(socket, 0, text, 8, NULL), SCTPX_EWOULDBLOCK);
    assert_int_equal(sctpx_socket_next_datagram_size(socket, 0), SCTPX_EWOULDBLOCK);
    assert_int_equal(send_on(pair->client.socket, 1, "0123456789", 10), 0);
    RUN_UNTIL(pair->bed.loop, available(&pair->peer, 1) == 10);
    assert_int_equal(sctpx_socket_read_datagram(socket, 1, text, 8, &info), SCTPX_ETRUNC);
    assert_int_equal(info.length, 10);
    assert_int_equal(info.stream, 1);
    assert_int_equal(available(&pair->peer, 1), 10);
}

static void test_peek_changes_nothing(void **state)
{
    struct pair *pair = *state;
    sctpx_socket *socket = pair->peer.socket;
    sctpx_rcvinfo info;
    char text[16];

    assert_int_equal(send_on(pair->client.socket, 1, "0123456789", 10), 0);
    assert_int_equal(send_on(pair->client.socket, 1, "abc", 3), 0);
    RUN_UNTIL(pair->bed.loop, available(&pair->peer, 1) == 13);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sctpx_socket_next_datagram_size(socket, 1), 10);
        assert_int_equal(sctpx_socket_next_datagram_size(socket, SCTPX_ANY_STREAM), 10);
        assert_int_equal(sctpx_socket_peek_datagram(socket, 1, text, 4, &info), 4);
        assert_memory_equal(text, "0123", 4);
        assert_int_equal(info.length, 10);
        assert_int_equal(sctpx_socket_peek_datagram(socket, 1, text, sizeof(text), NULL), 10);
    }
    assert_int_equal(available(&pair->peer, 1), 13);
    assert_int_equal(sctpx_socket_read_datagram(socket, 1, text, sizeof(text), NULL), 10);
    assert_int_equal(sctpx_socket_next_datagram_size(socket, 1), 3);
}

/* ---- limits ------------------------------------------------------------------------------- */

static void test_write_limit(void **state)
{
    struct pair *pair = *state;
    sctpx_socket *socket = pair->client.socket;
    uint8_t data[1000] = {1}, got[1000];
    unsigned sent = 0, received = 0;

    assert_int_equal(sctpx_socket_set_write_limit(socket, 0), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_set_write_limit(socket, 5000), 0);
    assert_int_equal(sctpx_socket_write_limit(socket), 5000);
    while (send_on(socket, 0, data, sizeof(data)) == 0)
        sent++;
    assert_in_range(sent, 2, 5);
    assert_int_equal(send_on(socket, 1, data, sizeof(data)), SCTPX_EWOULDBLOCK);
    assert_int_equal(sctpx_socket_bytes_to_write(socket, 0), sent * sizeof(data));
    assert_int_equal(sctpx_socket_bytes_to_write(socket, 1), 0);
    assert_int_equal(sctpx_socket_bytes_to_write(socket, SCTPX_ANY_STREAM), sent * sizeof(data));
    assert_int_equal(pair->client.count[PROBE_WRITABLE], 0);
    RUN_UNTIL(pair->bed.loop, pair->client.count[PROBE_WRITABLE] > 0);
    assert_int_equal(send_on(socket, 1, data, sizeof(data)), 0);
    RUN_UNTIL(pair->bed.loop, pair->client.sent_bytes == (sent + 1) * sizeof(data));
    assert_true(pair->client.count[PROBE_DRAINED] > 0);
    assert_int_equal(sctpx_socket_bytes_to_write(socket, SCTPX_ANY_STREAM), 0);
    while (sctpx_socket_read_datagram(pair->peer.socket, SCTPX_ANY_STREAM, got, sizeof(got),
                                      NULL) == sizeof(got))
        received++;
    assert_int_equal(received, sent + 1);
}

static void test_message_over_the_write_limit(void **state)
{
    struct pair *pair = *state;
    uint8_t *data = calloc(1, 200000);

    assert_non_null(data);
    assert_int_equal(sctpx_socket_set_write_limit(pair->client.socket, 5000), 0);
    assert_int_equal(send_on(pair->client.socket, 0, data, 200000), 0);
    assert_int_equal(send_on(pair->client.socket, 0, data, 1), SCTPX_EWOULDBLOCK);
    RUN_UNTIL(pair->bed.loop, available(&pair->peer, 0) == 200000);
    free(data);
}

/* Writes until the limit, whenever there is room. */
static size_t fill(struct probe *probe, size_t left, const uint8_t *data, size_t size)
{
    size_t taken = 0;

    while (taken < left && send_on(probe->socket, 0, data, size) == 0)
        taken += size;
    return taken;
}

/* A reader that does not read: its memory is bounded, the sender has to wait, and it all comes. */
static void test_slow_reader(void **state)
{
    enum { TOTAL = 2000000, SIZE = 1000, READ_LIMIT = 30000, WRITE_LIMIT = 20000 };
    sctpx_server_options options;
    struct pair pair;
    sctpx_assoc_status status;
    uint8_t data[SIZE], got[SIZE];
    size_t written = 0, read = 0;

    (void)state;
    pattern_fill(data, SIZE, 1);
    bed_server_options(&options);
    options.assoc.rcvbuf_bytes = READ_LIMIT;
    bed_open(&pair.bed, bed_family(), 8, &options);
    bed_pair(&pair.bed, &pair.client, &pair.peer, 0);
    assert_int_equal(sctpx_socket_read_buffer_size(pair.peer.socket), READ_LIMIT);
    assert_int_equal(sctpx_socket_set_write_limit(pair.client.socket, WRITE_LIMIT), 0);

    /* Until nothing goes any more: the window is closed and the write limit reached. */
    for (;;) {
        size_t taken = fill(&pair.client, TOTAL, data, SIZE);
        unsigned writable = pair.client.count[PROBE_WRITABLE];
        sctpx_time limit = sctpx_loop_now(pair.bed.loop) + 400000;

        written += taken;
        while (pair.client.count[PROBE_WRITABLE] == writable &&
               sctpx_loop_now(pair.bed.loop) < limit)
            assert_int_equal(sctpx_loop_run_once(pair.bed.loop, 20), 1);
        if (pair.client.count[PROBE_WRITABLE] == writable)
            break;
    }
    assert_int_equal(sctpx_socket_status(pair.peer.socket, &status), 0);
    assert_in_range(status.readable_bytes, READ_LIMIT / 3, READ_LIMIT + 3000);
    assert_true(status.rcvbuf_used_bytes <= 2 * READ_LIMIT); /* overhead as much again */
    /* A kernel has a buffer of its own before ours. */
    assert_in_range(written, READ_LIMIT / 3,
                    (bed_server_is_kernel() ? 2 : 1) * READ_LIMIT + WRITE_LIMIT + 3000);

    /* And on it goes. */
    while (read < TOTAL) {
        written += fill(&pair.client, TOTAL - written, data, SIZE);
        while (sctpx_socket_read_datagram(pair.peer.socket, 0, got, SIZE, NULL) == SIZE) {
            assert_memory_equal(got, data, SIZE);
            read += SIZE;
        }
        assert_int_equal(sctpx_loop_run_once(pair.bed.loop, 5000), 1);
    }
    assert_int_equal(read, TOTAL);
    sctpx_socket_free(pair.client.socket);
    sctpx_socket_free(pair.peer.socket);
    bed_close(&pair.bed);
}

static void test_limits_change_at_run_time(void **state)
{
    struct pair *pair = *state;
    sctpx_assoc_options options;

    assert_int_equal(sctpx_socket_set_read_buffer_size(pair->peer.socket, 1000), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_set_read_buffer_size(pair->peer.socket, 4000000), 0);
    assert_int_equal(sctpx_socket_read_buffer_size(pair->peer.socket), 4000000);
    sctpx_socket_options_get(pair->peer.socket, &options);
    assert_int_equal(options.rcvbuf_bytes, 4000000);
    options.nagle = true;
    options.sack_delay_us = 600000;
    assert_int_equal(sctpx_socket_options_set(pair->peer.socket, &options), SCTPX_EINVAL);
    options.sack_delay_us = 0;
    assert_int_equal(sctpx_socket_options_set(pair->peer.socket, &options), 0);
    sctpx_socket_options_get(pair->peer.socket, &options);
    assert_true(options.nagle);
    exchange(pair, 0, 0, "fine", 4);
}

/* A stream that nobody reads does not hold up the others. */
static void test_streams_are_independent(void **state)
{
    struct pair *pair = *state;
    char text[8];

    for (int i = 0; i < 50; i++)
        assert_int_equal(send_on(pair->client.socket, 0, "unread", 6), 0);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(send_on(pair->client.socket, 1, "read", 4), 0);
        RUN_UNTIL(pair->bed.loop, available(&pair->peer, 1) == 4);
        assert_int_equal(sctpx_socket_read_datagram(pair->peer.socket, 1, text, 8, NULL), 4);
    }
    assert_int_equal(available(&pair->peer, 0), 300);
}

static void note_context(sctpx_socket *socket, void *user, int stream, size_t bytes)
{
    void **contexts = user;

    (void)bytes;
    contexts[stream] = sctpx_socket_sent_context(socket);
}

/* on_sent tells up to which message of the stream everything is acknowledged.
 * covers: 9260/11.1.5-2 */
static void test_context_of_acknowledged_messages(void **state)
{
    struct pair *pair = *state;
    static const sctpx_socket_callbacks callbacks = {.on_sent = note_context};
    void *contexts[3] = {NULL, NULL, NULL};
    char names[3];

    sctpx_socket_set_callbacks(pair->client.socket, &callbacks, contexts);
    for (size_t i = 0; i < 3; i++) {
        const sctpx_sndinfo info = {.stream = (uint16_t)(i == 2), .context = &names[i]};

        assert_int_equal(sctpx_socket_write_datagram(pair->client.socket, "x", 1, &info), 0);
    }
    RUN_UNTIL(pair->bed.loop, contexts[0] == &names[1] && contexts[1] == &names[2]);
    assert_null(contexts[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"test_exchange_on_streams_v4", test_exchange_on_streams, NULL, NULL, &ipv4},
        {"test_exchange_on_streams_v6", test_exchange_on_streams, NULL, NULL, &ipv6},
        cmocka_unit_test_setup_teardown(test_message_sizes, setup, pair_teardown),
        cmocka_unit_test_setup_teardown(test_what_comes_with_a_message, setup, pair_teardown),
        cmocka_unit_test_setup_teardown(test_any_stream_is_order_of_arrival, setup, pair_teardown),
        cmocka_unit_test_setup_teardown(test_write_errors, setup, pair_teardown),
        cmocka_unit_test_setup_teardown(test_read_errors, setup, pair_teardown),
        cmocka_unit_test_setup_teardown(test_peek_changes_nothing, setup, pair_teardown),
        cmocka_unit_test_setup_teardown(test_write_limit, setup, pair_teardown),
        cmocka_unit_test_setup_teardown(test_message_over_the_write_limit, setup, pair_teardown),
        cmocka_unit_test(test_slow_reader),
        cmocka_unit_test_setup_teardown(test_limits_change_at_run_time, setup, pair_teardown),
        cmocka_unit_test_setup_teardown(test_streams_are_independent, setup, pair_teardown),
        cmocka_unit_test_setup_teardown(test_context_of_acknowledged_messages, setup,
                                        pair_teardown),
    };

    return cmocka_run_group_tests_name("datagram", tests, NULL, NULL);
}
