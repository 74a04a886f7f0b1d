/* SPDX-License-Identifier: MIT */
/* ctest: labels=suite */
#include "support/loopback.h"

#include <stdlib.h>
#include <string.h>

struct pair {
    struct bed bed;
    struct probe client, peer;
};

static void open_pair(struct pair *pair, int channel_count, const sctpx_server_options *options)
{
    bed_open(&pair->bed, bed_family(), channel_count, options);
    bed_pair(&pair->bed, &pair->client, &pair->peer, channel_count);
    pair->client.log[0] = '\0';
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

    open_pair(&pair, 4, NULL);
    *state = &pair;
    return 0;
}

static int teardown(void **state)
{
    close_pair(*state);
    return 0;
}

static bool are_closed(const struct pair *pair)
{
    return pair->client.count[PROBE_CLOSED] == 1 && pair->peer.count[PROBE_CLOSED] == 1;
}

static int send_text(struct probe *probe, const char *text)
{
    return sctpx_socket_write_datagram(probe->socket, text, strlen(text), NULL);
}

/* ---- one code per cause ------------------------------------------------------------------- */

/* covers: 9260/11.1.3-1 9260/11.2.8-1 */
static void test_shutdown_in_both_modes(void **state)
{
    (void)state;
    for (int mode = -1; mode <= 0; mode++) {
        struct pair pair;

        open_pair(&pair, mode, NULL);
        assert_int_equal(sctpx_socket_disconnect(pair.client.socket, SCTPX_FOREVER), 0);
        assert_int_equal(sctpx_socket_state(pair.client.socket), SCTPX_CLOSING);
        assert_string_equal(pair.client.log, "");
        RUN_UNTIL(pair.bed.loop, are_closed(&pair));
        assert_string_equal(pair.client.log, "closing unconnected closed:0");
        assert_string_equal(pair.peer.log,
                            "closing peer-shutdown unconnected closed:EPEERSHUTDOWN");
        assert_int_equal(sctpx_socket_error(pair.client.socket), 0);
        assert_int_equal(sctpx_socket_error(pair.peer.socket), SCTPX_EPEERSHUTDOWN);
        close_pair(&pair);
    }
}

/* covers: 9260/11.1.4-1 9260/11.2.5-1 */
static void test_abort_in_both_modes(void **state)
{
    (void)state;
    for (int mode = -1; mode <= 0; mode++) {
        struct pair pair;
        const char *reason;
        size_t length;

        open_pair(&pair, mode, NULL);
        assert_int_equal(sctpx_socket_abort(pair.client.socket, NULL, 1), SCTPX_EINVAL);
        assert_int_equal(sctpx_socket_abort(pair.client.socket, "tired\n", 6), 0);
        assert_int_equal(sctpx_socket_state(pair.client.socket), SCTPX_UNCONNECTED);
        assert_int_equal(sctpx_socket_abort(pair.client.socket, NULL, 0), SCTPX_ESTATE);
        assert_string_equal(pair.client.log, "");
        RUN_UNTIL(pair.bed.loop, are_closed(&pair));
        assert_string_equal(pair.client.log, "unconnected error:EABORTED closed:EABORTED");
        assert_string_equal(pair.peer.log, "unconnected error:EPEERABORT closed:EPEERABORT");
        assert_int_equal(sctpx_socket_abort_cause(pair.peer.socket), 12);
        reason = sctpx_socket_abort_reason(pair.peer.socket, &length);
        if (!bed_client_is_kernel()) { /* it sends no reasons */
            assert_int_equal(length, 6);
            assert_memory_equal(reason, "tired\n", 6);
            assert_non_null(strstr(sctpx_socket_error_string(pair.peer.socket),
                                   "(cause 12, by its user): tired."));
        }
        assert_int_equal(sctpx_socket_abort_cause(pair.client.socket), 0);
        close_pair(&pair);
    }
}

static void test_free_aborts(void **state)
{
    struct pair *pair = *state;

    sctpx_socket_free(pair->client.socket);
    pair->client.socket = NULL;
    RUN_UNTIL(pair->bed.loop, pair->peer.count[PROBE_CLOSED] == 1);
    assert_int_equal(pair->peer.closed, SCTPX_EPEERABORT);
    assert_int_equal(pair->client.count[PROBE_CLOSED], 0);
}

/* The peer's loop does not run any more: to us it is a host that is gone.
 * covers: 9260/11.2.5-1 */
static void test_lost_peer(void **state)
{
    sctpx_socket_options options;
    struct bed bed;
    struct probe client = {0}, peer = {0};
    sctpx_loop *other;
    sctpx_socket *socket;

    (void)state;
    ENGINE_SERVER_ONLY("a kernel answers without a loop");
    bed_open(&bed, bed_family(), 0, NULL);
    assert_int_equal(sctpx_loop_new(&other), 0);
    bed_socket_options(&options);
    options.assoc.rto_initial_us = options.assoc.rto_min_us = options.assoc.rto_max_us = 20000;
    options.assoc.association_max_retrans = 2;
    assert_int_equal(sctpx_socket_new(other, &options, &socket), 0);
    probe_attach(&client, socket);
    assert_int_equal(sctpx_socket_connect(socket, &bed.addr, 1, sctpx_server_port(bed.server)), 0);
    while (client.count[PROBE_CONNECTED] == 0) {
        assert_true(sctpx_loop_run_once(other, 1) >= 0);
        assert_true(sctpx_loop_run_once(bed.loop, 1) >= 0);
    }
    bed_accept(&bed, &peer);
    assert_int_equal(send_text(&client, "anybody?"), 0);
    RUN_UNTIL(other, client.count[PROBE_CLOSED] == 1);
    assert_int_equal(client.closed, SCTPX_ELOST);
    assert_non_null(strstr(sctpx_socket_error_string(socket), "stopped answering"));
    sctpx_socket_free(socket);
    sctpx_loop_free(other);
    sctpx_socket_free(peer.socket);
    bed_close(&bed);
}

/* ---- what was received ---------------------------------------------------------------------- */

static void test_messages_stay_readable_after_the_end(void **state)
{
    struct pair *pair = *state;
    char text[16];

    for (int aborts = 0; aborts < 2; aborts++) {
        int error = aborts ? SCTPX_EPEERABORT : SCTPX_EPEERSHUTDOWN;

        if (aborts) {
            close_pair(pair);
            open_pair(pair, 4, NULL);
        }
        assert_int_equal(send_text(&pair->client, "first"), 0);
        assert_int_equal(send_text(&pair->client, "second"), 0);
        RUN_UNTIL(pair->bed.loop,
                  sctpx_socket_bytes_available(pair->peer.socket, SCTPX_ANY_STREAM) == 11);
        if (aborts)
            assert_int_equal(sctpx_socket_abort(pair->client.socket, NULL, 0), 0);
        else
            assert_int_equal(sctpx_socket_disconnect(pair->client.socket, 10000), 0);
        RUN_UNTIL(pair->bed.loop, are_closed(pair));
        assert_int_equal(sctpx_socket_next_datagram_size(pair->peer.socket, 0), 5);
        assert_int_equal(sctpx_socket_read_datagram(pair->peer.socket, 0, text, 16, NULL), 5);
        assert_int_equal(sctpx_socket_read_datagram(pair->peer.socket, 0, text, 16, NULL), 6);
        assert_int_equal(sctpx_socket_read_datagram(pair->peer.socket, 0, text, 16, NULL), error);
        assert_int_equal(sctpx_socket_next_datagram_size(pair->peer.socket, 0), error);
        assert_int_equal(send_text(&pair->peer, "x"), SCTPX_ESTATE);
    }
}

static void test_close_discards_what_was_received(void **state)
{
    struct pair *pair = *state;
    char text[16];

    assert_int_equal(send_text(&pair->client, "unread"), 0);
    RUN_UNTIL(pair->bed.loop, pair->peer.count[PROBE_READABLE] == 1);
    assert_int_equal(sctpx_socket_close(pair->peer.socket), 0);
    assert_int_equal(sctpx_socket_bytes_available(pair->peer.socket, SCTPX_ANY_STREAM), 0);
    assert_int_equal(sctpx_socket_read_datagram(pair->peer.socket, 0, text, 16, NULL),
                     SCTPX_ESTATE);
    RUN_UNTIL(pair->bed.loop, are_closed(pair));
    assert_int_equal(pair->peer.closed, 0);
    assert_int_equal(pair->client.closed, SCTPX_EPEERSHUTDOWN);
}

/* A message and a close at once; the server looks only afterwards.
 * covers: 9260/11.1.3-1 */
static void test_message_sent_just_before_closing_arrives(void **state)
{
    struct bed bed;
    struct probe client = {0}, peer = {0};
    uint8_t data[7000], got[7001];

    (void)state;
    bed_open(&bed, bed_family(), 0, NULL);
    bed_connect(&bed, &client, 0, NULL);
    RUN_UNTIL(bed.loop, client.count[PROBE_CONNECTED] == 1);
    pattern_fill(data, sizeof(data), 3);
    assert_int_equal(sctpx_socket_write_datagram(client.socket, data, sizeof(data), NULL), 0);
    assert_int_equal(sctpx_socket_close(client.socket), 0);
    assert_int_equal(sctpx_socket_state(client.socket), SCTPX_CLOSING);
    RUN_UNTIL(bed.loop, client.count[PROBE_CLOSED] == 1);
    assert_int_equal(client.closed, 0);
    bed_accept(&bed, &peer);
    assert_int_equal(sctpx_socket_read_datagram(peer.socket, 0, got, sizeof(got), NULL), 7000);
    assert_memory_equal(got, data, 7000);
    sctpx_socket_free(client.socket);
    sctpx_socket_free(peer.socket);
    bed_close(&bed);
}

/* ---- closing while there is data on the way ------------------------------------------------ */

static size_t write_all(struct probe *probe, uint16_t stream, size_t messages)
{
    static const uint8_t data[10000] = {1};
    size_t i;

    for (i = 0; i < messages; i++)
        if (sctpx_socket_write_datagram(probe->socket, data, sizeof(data),
                                        &(sctpx_sndinfo){.stream = stream}) < 0)
            break;
    return i * sizeof(data);
}

static size_t read_all(struct probe *probe)
{
    static uint8_t got[20000];
    size_t sum = 0;
    long result;

    while ((result = sctpx_socket_read_datagram(probe->socket, SCTPX_ANY_STREAM, got, sizeof(got),
                                                NULL)) > 0)
        sum += (size_t)result;
    return sum;
}

static void read_at_once(struct probe *probe, enum probe_event event)
{
    (void)event;
    *(size_t *)probe->arg += read_all(probe);
}

/* Both ends have much to say when one of them disconnects: both say it all. */
static void test_disconnect_delivers_both_directions(void **state)
{
    struct pair *pair = *state;
    size_t client_wrote, peer_wrote, client_read = 0, peer_read = 0;

    pair->client.arg = &client_read;
    pair->peer.arg = &peer_read;
    pair->client.hook = pair->peer.hook = read_at_once;
    pair->client.hook_at = pair->peer.hook_at = PROBE_READABLE;
    client_wrote = write_all(&pair->client, 1, 50) + write_all(&pair->client, 3, 30);
    peer_wrote = write_all(&pair->peer, 2, 90);
    assert_int_equal(client_wrote, 800000);
    assert_int_equal(peer_wrote, 900000);
    assert_int_equal(sctpx_socket_disconnect(pair->client.socket, 30000), 0);
    assert_int_equal(send_text(&pair->client, "more"), SCTPX_ESTATE);
    RUN_UNTIL(pair->bed.loop, are_closed(pair));
    assert_int_equal(pair->client.closed, 0);
    assert_int_equal(pair->peer.closed, SCTPX_EPEERSHUTDOWN);
    assert_int_equal(client_read, peer_wrote);
    assert_int_equal(peer_read, client_wrote);
}

static void test_close_discards_but_lets_the_peer_finish(void **state)
{
    sctpx_server_options options;
    struct pair pair;
    size_t wrote;

    (void)state;
    bed_server_options(&options);
    options.assoc.rcvbuf_bytes = 20000;
    open_pair(&pair, 4, &options);
    wrote = write_all(&pair.client, 0, 90);
    assert_int_equal(sctpx_socket_close(pair.peer.socket), 0);
    RUN_UNTIL(pair.bed.loop, are_closed(&pair));
    assert_int_equal(pair.peer.closed, 0);
    assert_int_equal(pair.client.closed, SCTPX_EPEERSHUTDOWN);
    assert_int_equal(pair.client.sent_bytes, wrote);
    close_pair(&pair);
}

/* The peer has more to send than we take: it cannot finish, and there is a deadline for that. */
static void test_disconnect_deadline(void **state)
{
    sctpx_server_options options;
    struct pair pair;

    (void)state;
    bed_server_options(&options);
    options.assoc.rcvbuf_bytes = 20000;
    open_pair(&pair, 4, &options);
    assert_int_equal(write_all(&pair.client, 0, 90), 900000);
    RUN_UNTIL(pair.bed.loop, pair.peer.count[PROBE_READABLE] > 0);
    assert_int_equal(sctpx_socket_disconnect(pair.peer.socket, SCTPX_FOREVER), 0);
    assert_int_equal(sctpx_socket_disconnect(pair.peer.socket, 50), 0);
    RUN_UNTIL(pair.bed.loop, are_closed(&pair));
    assert_string_equal(pair.peer.log, "closing unconnected error:ETIMEDOUT closed:ETIMEDOUT");
    assert_non_null(strstr(sctpx_socket_error_string(pair.peer.socket), "closing in time"));
    assert_int_equal(pair.client.closed, SCTPX_EPEERABORT);
    if (!bed_server_is_kernel()) /* it has begun to close, and takes no reason any more */
        assert_non_null(
            strstr(sctpx_socket_error_string(pair.client.socket), "closing took too long"));
    close_pair(&pair);
}

static void test_both_disconnect_at_once(void **state)
{
    struct pair *pair = *state;

    assert_int_equal(sctpx_socket_disconnect(pair->client.socket, 10000), 0);
    assert_int_equal(sctpx_socket_disconnect(pair->peer.socket, 10000), 0);
    RUN_UNTIL(pair->bed.loop, are_closed(pair));
    assert_true(pair->client.closed == 0 || pair->client.closed == SCTPX_EPEERSHUTDOWN);
    assert_true(pair->peer.closed == 0 || pair->peer.closed == SCTPX_EPEERSHUTDOWN);
    assert_int_equal(pair->client.count[PROBE_ERROR], 0);
    assert_int_equal(pair->peer.count[PROBE_ERROR], 0);
}

static void test_abort_while_closing(void **state)
{
    struct pair *pair = *state;

    ENGINE_ONLY("the kernel may be done before the call has returned");
    (void)write_all(&pair->peer, 0, 90);
    assert_int_equal(sctpx_socket_disconnect(pair->client.socket, 10000), 0);
    assert_int_equal(sctpx_socket_abort(pair->client.socket, NULL, 0), 0);
    RUN_UNTIL(pair->bed.loop, are_closed(pair));
    assert_string_equal(pair->client.log, "unconnected error:EABORTED closed:EABORTED");
    assert_int_equal(pair->peer.closed, SCTPX_EPEERABORT);
}

/* ---- closing while connecting ---------------------------------------------------------------- */

static void test_disconnect_while_connecting(void **state)
{
    struct bed bed;
    struct probe client = {0}, peer = {0};
    char text[16];

    (void)state;
    bed_open(&bed, bed_family(), 0, NULL);
    bed_connect(&bed, &client, 0, NULL);
    assert_int_equal(send_text(&client, "hello"), 0);
    assert_int_equal(sctpx_socket_disconnect(client.socket, 10000), 0);
    assert_int_equal(send_text(&client, "more"), SCTPX_ESTATE);
    bed_accept(&bed, &peer);
    RUN_UNTIL(bed.loop, client.count[PROBE_CLOSED] && peer.count[PROBE_CLOSED]);
    assert_string_equal(client.log, "connecting closing unconnected closed:0");
    assert_int_equal(sctpx_socket_read_datagram(peer.socket, 0, text, 16, NULL), 5);
    sctpx_socket_free(client.socket);
    sctpx_socket_free(peer.socket);
    bed_close(&bed);
}

static void test_abort_while_connecting(void **state)
{
    struct bed bed;
    struct probe client = {0};

    (void)state;
    bed_open(&bed, bed_family(), 0, NULL);
    bed_connect(&bed, &client, 0, NULL);
    assert_int_equal(sctpx_socket_abort(client.socket, NULL, 0), 0);
    RUN_UNTIL(bed.loop, client.count[PROBE_CLOSED] == 1);
    assert_string_equal(client.log, "unconnected error:EABORTED closed:EABORTED");
    sctpx_socket_free(client.socket);
    bed_close(&bed);
}

static void test_a_closed_socket_connects_again(void **state)
{
    struct pair *pair = *state;
    struct probe again = {0};
    char text[16];

    assert_int_equal(sctpx_socket_close(pair->client.socket), 0);
    RUN_UNTIL(pair->bed.loop, are_closed(pair));
    pair->client.count[PROBE_CLOSED] = 0;
    assert_int_equal(sctpx_socket_connect(pair->client.socket, &pair->bed.addr, 1,
                                          sctpx_server_port(pair->bed.server)),
                     0);
    bed_accept(&pair->bed, &again);
    assert_int_equal(send_text(&again, "welcome back"), 0);
    RUN_UNTIL(pair->bed.loop, sctpx_socket_next_datagram_size(pair->client.socket, 0) == 12);
    assert_int_equal(sctpx_socket_read_datagram(pair->client.socket, 0, text, 16, NULL), 12);
    sctpx_socket_free(again.socket);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shutdown_in_both_modes),
        cmocka_unit_test(test_abort_in_both_modes),
        cmocka_unit_test_setup_teardown(test_free_aborts, setup, teardown),
        cmocka_unit_test(test_lost_peer),
        cmocka_unit_test_setup_teardown(test_messages_stay_readable_after_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_close_discards_what_was_received, setup, teardown),
        cmocka_unit_test(test_message_sent_just_before_closing_arrives),
        cmocka_unit_test_setup_teardown(test_disconnect_delivers_both_directions, setup, teardown),
        cmocka_unit_test(test_close_discards_but_lets_the_peer_finish),
        cmocka_unit_test(test_disconnect_deadline),
        cmocka_unit_test_setup_teardown(test_both_disconnect_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_abort_while_closing, setup, teardown),
        cmocka_unit_test(test_disconnect_while_connecting),
        cmocka_unit_test(test_abort_while_connecting),
        cmocka_unit_test_setup_teardown(test_a_closed_socket_connects_again, setup, teardown),
    };

    return cmocka_run_group_tests_name("close", tests, NULL, NULL);
}
