/* SPDX-License-Identifier: MIT */
/* ctest: labels=suite */
/*
 * Flow of data that Qt's test does not look at: limits that hold and let go again, no stream that
 * starves, nothing that waits without need.
 */
#include "support/pair.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 1000, LIMIT = 20000 };

static const uint8_t block[SIZE] = {1};

static size_t fill(struct probe *probe, uint16_t stream)
{
    size_t taken = 0;

    while (pair_send(probe, stream, block, SIZE) == 0)
        taken += SIZE;
    return taken;
}

/* Until nothing more arrives although there is more: two looks, a while apart, see the same. */
static size_t run_until_stalled(struct pair *pair)
{
    size_t seen;

    do {
        seen = pair_available(&pair->peer, SCTPX_ANY_STREAM);
        for (int i = 0; i < 2; i++)
            assert_int_equal(sctpx_socket_wait_for_disconnected(pair->client.socket, 100),
                             SCTPX_ETIMEDOUT);
    } while (seen == 0 || seen != pair_available(&pair->peer, SCTPX_ANY_STREAM));
    return seen;
}

static size_t drain(struct probe *probe)
{
    uint8_t got[SIZE];
    size_t sum = 0;
    long result;

    for (;;) {
        if (sctpx_socket_mode(probe->socket) == SCTPX_MODE_BYTES)
            result = sctpx_socket_read(probe->socket, got, SIZE);
        else
            result = sctpx_socket_read_datagram(probe->socket, SCTPX_ANY_STREAM, got, SIZE, NULL);
        if (result <= 0)
            return sum;
        sum += (size_t)result;
    }
}

/* A limit set while nothing, some and more than the limit is there; then taken away again. */
static void check_read_limit(struct pair *pair, size_t total)
{
    size_t stalled, read = 0;

    assert_int_equal(sctpx_socket_set_read_buffer_size(pair->peer.socket, LIMIT), 0);
    stalled = run_until_stalled(pair);
    assert_in_range(stalled, 1, 3 * LIMIT); /* some was under way before the limit was told */
    /* Lower than what is there: nothing comes, and nothing is lost. */
    assert_int_equal(sctpx_socket_set_read_buffer_size(pair->peer.socket, 2000), 0);
    assert_int_equal(run_until_stalled(pair), stalled);
    /* Raised without a read: more comes by itself. */
    assert_int_equal(sctpx_socket_set_read_buffer_size(pair->peer.socket, 8 * LIMIT), 0);
    RUN_UNTIL(pair->bed.loop, pair_available(&pair->peer, SCTPX_ANY_STREAM) > 4 * LIMIT);
    assert_int_equal(sctpx_socket_set_read_buffer_size(pair->peer.socket, 1 << 20), 0);
    while ((read += drain(&pair->peer)) < total)
        assert_int_equal(sctpx_loop_run_once(pair->bed.loop, 10000), 1);
    assert_int_equal(read, total);
}

static void test_read_limit_set_and_cleared(void **state)
{
    struct pair *pair = *state;
    size_t total = 0;

    for (uint16_t i = 0; i < 4; i++)
        for (int k = 0; k < 100; k++, total += SIZE)
            assert_int_equal(pair_send(&pair->client, i, block, SIZE), 0);
    check_read_limit(pair, total);
}

static void test_read_limit_of_bytes_set_and_cleared(void **state)
{
    struct pair *pair = *state;
    uint8_t *data = pair_pattern(400000, 1);

    assert_int_equal(sctpx_socket_write(pair->client.socket, data, 400000), 400000);
    check_read_limit(pair, 400000);
    free(data);
}

/* ---- a reader that does not read ------------------------------------------------------------ */

/* Messages on all streams: what is held stays below the limit, and the writer is stopped. */
static void test_slow_reader_on_all_streams(void **state)
{
    sctpx_server_options options;
    sctpx_endpoint_stats stats;
    sctpx_assoc_status status;
    struct pair pair;
    size_t written = 0, read = 0;

    (void)state;
    bed_server_options(&options);
    options.assoc.rcvbuf_bytes = LIMIT;
    pair_open(&pair, 8, 8, NULL, &options);
    assert_int_equal(sctpx_socket_set_write_limit(pair.client.socket, LIMIT), 0);
    for (unsigned writable = 0;;) {
        for (uint16_t i = 0; i < 8; i++)
            written += fill(&pair.client, i);
        (void)run_until_stalled(&pair);
        if (pair.client.count[PROBE_WRITABLE] == writable)
            break;
        writable = pair.client.count[PROBE_WRITABLE];
    }
    assert_true(written < 10 * LIMIT);
    assert_int_equal(sctpx_socket_status(pair.peer.socket, &status), 0);
    assert_true(status.rcvbuf_used_bytes < 3 * LIMIT);
    if (!bed_server_is_kernel()) {
        assert_int_equal(sctpx_server_stats(pair.bed.server, &stats), 0);
        assert_true(stats.memory_bytes < 1000000);
    }
    while ((read += drain(&pair.peer)) < written)
        assert_int_equal(sctpx_loop_run_once(pair.bed.loop, 10000), 1);
    RUN_UNTIL(pair.bed.loop, pair.client.sent_bytes == written);
    pair_close(&pair);
}

/* Writes until nothing goes any more whenever something has got through. */
static void write_when_sent(struct probe *probe, enum probe_event event)
{
    if (event == PROBE_WRITABLE)
        assert_int_equal(pair_send(probe, 0, block, SIZE), 0);
    if (event == PROBE_DRAINED)
        assert_int_equal(sctpx_socket_bytes_to_write(probe->socket, SCTPX_ANY_STREAM), 0);
    if (event == PROBE_SENT || event == PROBE_WRITABLE)
        (void)fill(probe, 0);
}

/* "Writable" is told only if there is room then, not what another callback has just taken; and
   "drained" only if nothing has been written since. */
static void test_told_only_while_there_is_room(void **state)
{
    struct pair *pair = *state;
    unsigned told;

    assert_int_equal(sctpx_socket_set_write_limit(pair->client.socket, LIMIT), 0);
    pair->client.hook = write_when_sent;
    (void)fill(&pair->client, 0);
    RUN_UNTIL(pair->bed.loop, (drain(&pair->peer), pair->client.sent_bytes >= 10 * LIMIT));
    pair->client.hook = NULL;
    told = pair->client.count[PROBE_WRITABLE];
    RUN_UNTIL(pair->bed.loop, (drain(&pair->peer), pair->client.count[PROBE_WRITABLE] == told + 1));
}

/* ---- streams share ------------------------------------------------------------------------- */

/* Much waits on stream 0, then a little on the last one: that does not wait for all of it. */
static void test_high_streams_do_not_starve(void **state)
{
    struct pair *pair = *state;
    size_t before;

    ENGINE_CLIENT_ONLY("the order among streams is the kernel's own");
    for (int i = 0; i < 400; i++)
        assert_int_equal(pair_send(&pair->client, 0, block, SIZE), 0);
    assert_int_equal(pair_send(&pair->client, 7, "little", 6), 0);
    RUN_UNTIL(pair->bed.loop, pair_available(&pair->peer, 7) == 6);
    before = pair_available(&pair->peer, 0);
    assert_true(before < 200 * SIZE);
}

/* One call with ten times as many bytes as the write limit, and the rest whenever there is room. */
static void test_ten_times_the_write_limit(void **state)
{
    enum { TOTAL = 10 * LIMIT };
    struct pair *pair = *state;
    uint8_t *data = pair_pattern(TOTAL, 10), got[SIZE];
    size_t written = 0, read = 0;
    long result;

    assert_int_equal(sctpx_socket_set_write_limit(pair->client.socket, LIMIT), 0);
    while (read < TOTAL) {
        result = sctpx_socket_write(pair->client.socket, data + written, TOTAL - written);
        assert_true(result >= 0 || result == SCTPX_EWOULDBLOCK);
        if (written == 0)
            assert_in_range(result, 1, LIMIT);
        written += result > 0 ? (size_t)result : 0;
        assert_int_equal(sctpx_loop_run_once(pair->bed.loop, 10000), 1);
        while ((result = sctpx_socket_read(pair->peer.socket, got, sizeof(got))) > 0) {
            assert_true(pattern_check(got, (size_t)result, 10, read));
            read += (size_t)result;
        }
    }
    assert_int_equal(sctpx_socket_state(pair->client.socket), SCTPX_CONNECTED);
    free(data);
}

/* ---- no waiting for its own sake ------------------------------------------------------------ */

/*
 * Requests of two small messages. If the second one waited for the acknowledgement of the first,
 * which the peer may delay by 200 ms, every round would take that long.
 */
static void test_small_messages_do_not_wait(void **state)
{
    struct pair *pair = *state;
    sctpx_time best = SCTPX_TIME_NEVER;
    char text[8];

    for (int i = 0; i < 20; i++) {
        sctpx_time start = sctpx_loop_now(pair->bed.loop);

        assert_int_equal(pair_send(&pair->client, 0, "ask", 3), 0);
        RUN_UNTIL(pair->bed.loop, pair_available(&pair->peer, 0) == 3);
        assert_int_equal(pair_send(&pair->client, 0, "again", 5), 0);
        RUN_UNTIL(pair->bed.loop, pair_available(&pair->peer, 0) == 8);
        while (sctpx_socket_read_datagram(pair->peer.socket, 0, text, sizeof(text), NULL) > 0)
            continue;
        assert_int_equal(pair_send(&pair->peer, 0, "yes", 3), 0);
        RUN_UNTIL(pair->bed.loop, pair_available(&pair->client, 0) == 3);
        assert_int_equal(
            sctpx_socket_read_datagram(pair->client.socket, 0, text, sizeof(text), NULL), 3);
        if (sctpx_loop_now(pair->bed.loop) - start < best)
            best = sctpx_loop_now(pair->bed.loop) - start;
    }
    assert_true(best < 100000);
}

/* ---- two blocking programs ------------------------------------------------------------------ */

enum { MESSAGES = 4, LENGTH = 200000 };

/* Writes all of it, waits until that is delivered, and only then reads: both ends at once. */
static int write_then_read(sctpx_socket *socket)
{
    static const uint8_t data[LENGTH] = {7};
    uint8_t *got = malloc(LENGTH);
    int result = got ? 0 : SCTPX_ENOMEM;

    for (uint16_t i = 0; i < MESSAGES && result == 0; i++)
        result = sctpx_socket_write_datagram(socket, data, LENGTH, &(sctpx_sndinfo){.stream = i});
    if (result == 0)
        result = sctpx_socket_wait_for_bytes_written(socket, SCTPX_ANY_STREAM, 20000);
    for (int i = 0; i < MESSAGES && result == 0; i++) {
        result = sctpx_socket_wait_for_readable(socket, i, 20000);
        if (result == 0 && sctpx_socket_read_datagram(socket, i, got, LENGTH, NULL) != LENGTH)
            result = SCTPX_EPROTO;
    }
    free(got);
    return result;
}

struct blocking {
    struct bed bed;
    int result;
};

static void *run_client(void *arg)
{
    struct blocking *b = arg;
    sctpx_socket_options options;
    sctpx_socket *socket = NULL;
    sctpx_loop *loop = NULL;

    bed_socket_options(&options);
    b->result = sctpx_loop_new(&loop);
    if (b->result == 0)
        b->result = sctpx_socket_new(loop, &options, &socket);
    if (b->result == 0)
        b->result = sctpx_socket_connect(socket, &b->bed.addr, 1, sctpx_server_port(b->bed.server));
    if (b->result == 0)
        b->result = sctpx_socket_wait_for_connected(socket, 20000);
    if (b->result == 0)
        b->result = write_then_read(socket);
    if (b->result == 0)
        b->result = sctpx_socket_disconnect(socket, 20000);
    if (b->result == 0)
        b->result = sctpx_socket_wait_for_disconnected(socket, 20000);
    sctpx_socket_free(socket);
    sctpx_loop_free(loop);
    return NULL;
}

static void test_two_blocking_programs_write_first(void **state)
{
    struct blocking b = {0};
    sctpx_socket *socket;
    pthread_t thread;

    (void)state;
    bed_open(&b.bed, bed_family(), MESSAGES, NULL);
    assert_int_equal(pthread_create(&thread, NULL, run_client, &b), 0);
    assert_int_equal(sctpx_server_wait_for_new_connection(b.bed.server, 20000, NULL), 0);
    assert_int_equal(sctpx_server_next_pending_connection(b.bed.server, &socket), 0);
    assert_int_equal(write_then_read(socket), 0);
    assert_int_equal(sctpx_socket_wait_for_disconnected(socket, 20000), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(b.result, 0);
    sctpx_socket_free(socket);
    bed_close(&b.bed);
}

#define WITH_PAIR(test) cmocka_unit_test_setup_teardown(test, pair_setup, pair_teardown)
#define WITH_BYTES(test) cmocka_unit_test_setup_teardown(test, pair_setup_bytes, pair_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PAIR(test_read_limit_set_and_cleared),
        WITH_BYTES(test_read_limit_of_bytes_set_and_cleared),
        cmocka_unit_test(test_slow_reader_on_all_streams),
        WITH_PAIR(test_told_only_while_there_is_room),
        WITH_PAIR(test_high_streams_do_not_starve),
        WITH_BYTES(test_ten_times_the_write_limit),
        WITH_PAIR(test_small_messages_do_not_wait),
        cmocka_unit_test(test_two_blocking_programs_write_first),
    };

    return cmocka_run_group_tests_name("beyond_qt_flow", tests, NULL, NULL);
}
