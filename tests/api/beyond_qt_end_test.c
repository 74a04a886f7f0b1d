/* SPDX-License-Identifier: MIT */
/* ctest: labels=suite */
/*
 * Ends of associations that Qt's test does not try: what is written arrives, on whatever stream it
 * is and whatever the peer does meanwhile.
 */
#include "support/pair.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t block[10000] = {1, 2, 3};

/* Writes so many blocks on a stream; all of them must be taken. */
static void write_blocks(struct probe *probe, uint16_t stream, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_int_equal(pair_send(probe, stream, block, sizeof(block)), 0);
}

static size_t read_blocks(struct probe *probe)
{
    uint8_t got[sizeof(block)];
    size_t n = 0;

    while (sctpx_socket_read_datagram(probe->socket, SCTPX_ANY_STREAM, got, sizeof(got), NULL) ==
           sizeof(got)) {
        assert_memory_equal(got, block, sizeof(got));
        n++;
    }
    return n;
}

static void count_blocks(struct probe *probe, enum probe_event event)
{
    (void)event;
    *(size_t *)probe->arg += read_blocks(probe);
}

static void count_into(struct probe *probe, size_t *ret_blocks)
{
    probe->arg = ret_blocks;
    probe->hook = count_blocks;
    probe->hook_at = PROBE_READABLE;
}

/* ---- our data, wherever it waits ------------------------------------------------------------ */

static void test_close_with_data_on_other_streams(void **state)
{
    struct pair *pair = *state;
    size_t blocks = 0;

    count_into(&pair->peer, &blocks);
    write_blocks(&pair->client, 3, 30);
    write_blocks(&pair->client, 7, 30);
    assert_int_equal(sctpx_socket_close(pair->client.socket), 0);
    assert_int_equal(sctpx_socket_wait_for_disconnected(pair->client.socket, 20000), 0);
    assert_int_equal(sctpx_socket_error(pair->client.socket), 0);
    RUN_UNTIL(pair->bed.loop, pair_is_closed(pair));
    assert_int_equal(blocks, 60);
    assert_int_equal(pair->peer.closed, SCTPX_EPEERSHUTDOWN);
}

static void close_at_once(struct probe *probe, enum probe_event event)
{
    (void)event;
    probe->hook = NULL;
    assert_int_equal(sctpx_socket_close(probe->socket), 0);
}

/* In on_readable, with much to send on other streams and something left to read. */
static void test_close_in_a_callback_with_data_on_other_streams(void **state)
{
    struct pair *pair = *state;
    size_t blocks = 0;

    count_into(&pair->peer, &blocks);
    pair->client.hook = close_at_once;
    pair->client.hook_at = PROBE_READABLE;
    write_blocks(&pair->client, 5, 40);
    write_blocks(&pair->peer, 0, 20);
    RUN_UNTIL(pair->bed.loop, pair_is_closed(pair));
    assert_int_equal(blocks, 40);
    assert_int_equal(pair->client.closed, 0);
    assert_int_equal(pair->peer.closed, SCTPX_EPEERSHUTDOWN);
    assert_int_equal(pair->peer.sent_bytes, 20 * sizeof(block));
}

/* Reads what there is, and writes as much as goes. */
static void flood(struct probe *probe, enum probe_event event)
{
    if (event == PROBE_READABLE)
        *(size_t *)probe->arg += read_blocks(probe);
    while (sctpx_socket_state(probe->socket) == SCTPX_CONNECTED)
        if (pair_send(probe, 1, block, sizeof(block)) != 0)
            break;
}

static void open_flood(struct pair *pair, size_t *ret_blocks)
{
    sctpx_socket_options options;

    bed_socket_options(&options);
    options.assoc.rcvbuf_bytes = 30000; /* full in no time */
    pair_open(pair, 8, 8, &options, NULL);
    pair->peer.arg = ret_blocks;
    pair->peer.hook = flood;
    flood(&pair->peer, PROBE_WRITABLE);
    RUN_UNTIL(pair->bed.loop, pair_available(&pair->client, SCTPX_ANY_STREAM) > 0);
}

static void test_close_while_the_peer_floods(void **state)
{
    struct pair pair;
    size_t blocks = 0;

    (void)state;
    open_flood(&pair, &blocks);
    write_blocks(&pair.client, 2, 50);
    write_blocks(&pair.client, 6, 40);
    assert_int_equal(sctpx_socket_close(pair.client.socket), 0);
    RUN_UNTIL(pair.bed.loop, pair_is_closed(&pair));
    assert_int_equal(pair.client.closed, 0);
    assert_int_equal(pair.peer.closed, SCTPX_EPEERSHUTDOWN);
    assert_int_equal(blocks, 90);
    assert_int_equal(pair.client.sent_bytes, 90 * sizeof(block));
    pair_close(&pair);
}

/* The same, and we go on reading: nothing is lost either way. */
static void test_disconnect_while_the_peer_floods(void **state)
{
    struct pair pair;
    size_t blocks = 0, back = 0;

    (void)state;
    open_flood(&pair, &blocks);
    count_into(&pair.client, &back);
    back = read_blocks(&pair.client);
    write_blocks(&pair.client, 2, 90);
    assert_int_equal(sctpx_socket_disconnect(pair.client.socket, 20000), 0);
    RUN_UNTIL(pair.bed.loop, pair_is_closed(&pair));
    assert_int_equal(pair.client.closed, 0);
    assert_int_equal(blocks, 90);
    assert_int_equal(back * sizeof(block), pair.peer.sent_bytes);
    pair_close(&pair);
}

static void test_abort_while_the_peer_floods(void **state)
{
    struct pair pair;
    size_t blocks = 0;

    (void)state;
    open_flood(&pair, &blocks);
    assert_int_equal(sctpx_socket_abort(pair.client.socket, "enough", 6), 0);
    RUN_UNTIL(pair.bed.loop, pair_is_closed(&pair));
    assert_string_equal(pair.peer.log, "unconnected error:EPEERABORT closed:EPEERABORT");
    assert_int_equal(sctpx_socket_abort_cause(pair.peer.socket), 12);
    pair_close(&pair);
}

/* A message whose end never comes is none: nothing of it can be read, nothing is glued to it. */
static void test_abort_in_the_middle_of_a_message(void **state)
{
    enum { LONG = 16 << 20 };
    struct pair *pair = *state;
    uint8_t *data = pair_pattern(LONG, 1);
    char text[16];

    assert_int_equal(pair_send(&pair->client, 0, "whole", 5), 0);
    RUN_UNTIL(pair->bed.loop, pair->client.count[PROBE_DRAINED] == 1);
    assert_int_equal(pair_send(&pair->client, 1, data, LONG), 0);
    for (int i = 0; i < 3; i++) /* some of it is under way, never all of it */
        assert_int_equal(sctpx_loop_run_once(pair->bed.loop, 100), 1);
    assert_int_equal(sctpx_socket_abort(pair->client.socket, NULL, 0), 0);
    RUN_UNTIL(pair->bed.loop, pair_is_closed(pair));
    assert_int_equal(pair->peer.closed, SCTPX_EPEERABORT);
    assert_int_equal(pair_available(&pair->peer, SCTPX_ANY_STREAM), 5);
    assert_int_equal(sctpx_socket_read_datagram(pair->peer.socket, 1, text, sizeof(text), NULL),
                     SCTPX_EPEERABORT);
    assert_int_equal(sctpx_socket_read_datagram(pair->peer.socket, 0, text, sizeof(text), NULL), 5);
    free(data);
}

/* ---- before it is accepted ----------------------------------------------------------------- */

static void test_bytes_of_a_peer_that_is_gone(void **state)
{
    struct probe client = {0}, peer = {0};
    struct bed bed;
    char text[16];

    (void)state;
    bed_open(&bed, bed_family(), -1, NULL);
    assert_int_equal(sctpx_server_pause_accepting(bed.server), 0);
    bed_connect(&bed, &client, -1, NULL);
    assert_int_equal(sctpx_socket_write(client.socket, "all of it", 9), 9);
    assert_int_equal(sctpx_socket_disconnect(client.socket, 10000), 0);
    RUN_UNTIL(bed.loop, client.count[PROBE_CLOSED] == 1);
    assert_int_equal(client.closed, 0);
    assert_int_equal(sctpx_server_resume_accepting(bed.server), 0);
    bed_accept(&bed, &peer);
    RUN_UNTIL(bed.loop, peer.count[PROBE_CLOSED] == 1);
    assert_int_equal(peer.closed, SCTPX_EPEERSHUTDOWN);
    assert_int_equal(sctpx_socket_read(peer.socket, text, sizeof(text)), 9);
    assert_memory_equal(text, "all of it", 9);
    assert_int_equal(sctpx_socket_read(peer.socket, text, sizeof(text)), SCTPX_EPEERSHUTDOWN);
    sctpx_socket_free(client.socket);
    sctpx_socket_free(peer.socket);
    bed_close(&bed);
}

/* One that aborted before: it is not there any more, or says so; the next one gets in. */
static void test_peer_aborts_before_it_is_accepted(void **state)
{
    struct probe gone = {0}, client = {0};
    struct bed bed;
    unsigned aborted = 0;
    bool is_in = false;

    (void)state;
    bed_open(&bed, bed_family(), 0, NULL);
    assert_int_equal(sctpx_server_pause_accepting(bed.server), 0);
    bed_connect(&bed, &gone, 0, NULL);
    RUN_UNTIL(bed.loop, gone.count[PROBE_CONNECTED] == 1);
    assert_int_equal(pair_send(&gone, 0, "x", 1), 0);
    RUN_UNTIL(bed.loop, gone.count[PROBE_DRAINED] == 1);
    assert_int_equal(sctpx_socket_abort(gone.socket, NULL, 0), 0);
    RUN_UNTIL(bed.loop, gone.count[PROBE_CLOSED] == 1);
    assert_int_equal(sctpx_server_resume_accepting(bed.server), 0);
    bed_connect(&bed, &client, 0, NULL);
    while (!is_in) {
        struct probe peer = {0};

        bed_accept(&bed, &peer);
        is_in = sctpx_socket_wait_for_disconnected(peer.socket, 100) == SCTPX_ETIMEDOUT;
        if (!is_in) {
            assert_int_equal(sctpx_socket_error(peer.socket), SCTPX_EPEERABORT);
            aborted++;
        }
        sctpx_socket_free(peer.socket);
    }
    assert_in_range(aborted, 0, 1);
    sctpx_socket_free(gone.socket);
    sctpx_socket_free(client.socket);
    bed_close(&bed);
}

/* ---- waits are about the whole association -------------------------------------------------- */

static void test_waits_see_all_streams(void **state)
{
    struct pair *pair = *state;
    size_t blocks = 0;

    count_into(&pair->peer, &blocks);
    write_blocks(&pair->client, 4, 20);
    assert_int_equal(
        sctpx_socket_wait_for_bytes_written(pair->client.socket, SCTPX_ANY_STREAM, 10000), 0);
    assert_int_equal(blocks, 20);
    /* What waits on one stream leaves while another one is waited for. */
    write_blocks(&pair->client, 6, 1);
    assert_int_equal(pair_send(&pair->peer, 2, "x", 1), 0);
    assert_int_equal(sctpx_socket_wait_for_readable(pair->client.socket, 2, 10000), 0);
    RUN_UNTIL(pair->bed.loop, blocks == 21);
    write_blocks(&pair->client, 5, 20);
    assert_int_equal(sctpx_socket_disconnect(pair->client.socket, 10000), 0);
    assert_int_equal(sctpx_socket_wait_for_disconnected(pair->client.socket, 10000), 0);
    assert_int_equal(blocks, 41);
}

#define WITH_PAIR(test) cmocka_unit_test_setup_teardown(test, pair_setup, pair_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PAIR(test_close_with_data_on_other_streams),
        WITH_PAIR(test_close_in_a_callback_with_data_on_other_streams),
        cmocka_unit_test(test_close_while_the_peer_floods),
        cmocka_unit_test(test_disconnect_while_the_peer_floods),
        cmocka_unit_test(test_abort_while_the_peer_floods),
        WITH_PAIR(test_abort_in_the_middle_of_a_message),
        cmocka_unit_test(test_bytes_of_a_peer_that_is_gone),
        cmocka_unit_test(test_peer_aborts_before_it_is_accepted),
        WITH_PAIR(test_waits_see_all_streams),
    };

    return cmocka_run_group_tests_name("beyond_qt_end", tests, NULL, NULL);
}
