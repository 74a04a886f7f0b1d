/* SPDX-License-Identifier: MIT */
/* ctest: labels=suite */
/*
 * Servers and connects under conditions that Qt's test does not make: no descriptors left, nobody
 * at the other end, ends that do not agree about the mode.
 */
#include "support/pair.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static int setup(void **state)
{
    static struct pair pair;

    pair = (struct pair){0};
    bed_open(&pair.bed, bed_family(), 0, NULL);
    *state = &pair;
    return 0;
}

/* ---- no descriptors ------------------------------------------------------------------------ */

/* No new descriptor can be had until allow(). */
static void forbid(struct rlimit *ret_before)
{
    struct rlimit none;
    int next = dup(0);

    assert_true(next >= 0);
    assert_int_equal(close(next), 0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, ret_before), 0);
    none = *ret_before;
    none.rlim_cur = (rlim_t)next;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
}

static void allow(const struct rlimit *before)
{
    assert_int_equal(setrlimit(RLIMIT_NOFILE, before), 0);
}

static void test_connect_without_descriptors(void **state)
{
    struct pair *pair = *state;
    sctpx_socket *socket = bed_socket(&pair->bed, &pair->client, NULL);
    uint16_t port = sctpx_server_port(pair->bed.server);
    struct rlimit before;
    int result;

    forbid(&before);
    result = sctpx_socket_connect(socket, &pair->bed.addr, 1, port);
    allow(&before);
    assert_int_equal(result, SCTPX_ERESOURCE);
    assert_int_equal(sctpx_socket_state(socket), SCTPX_UNCONNECTED);
    assert_int_equal(sctpx_socket_error(socket), SCTPX_ERESOURCE);
    assert_string_not_equal(sctpx_socket_error_string(socket), "");
    assert_int_equal(sctpx_socket_connect(socket, &pair->bed.addr, 1, port), 0);
    assert_int_equal(sctpx_socket_error(socket), 0);
    RUN_UNTIL(pair->bed.loop, pair->client.count[PROBE_CONNECTED] == 1);
}

/* Accepting goes on by itself when there are descriptors again; the engine needs none for it. */
static void test_accept_without_descriptors(void **state)
{
    struct pair *pair = *state;
    struct probe second = {0}, other = {0};
    struct rlimit before;

    bed_connect(&pair->bed, &pair->client, 0, NULL);
    bed_connect(&pair->bed, &second, 0, NULL);
    forbid(&before);
    for (int i = 0; i < 10; i++)
        (void)sctpx_loop_run_once(pair->bed.loop, 20);
    allow(&before);
    if (pair->bed.connections < 2) {
        assert_true(pair->bed.accept_errors > 0);
        assert_int_equal(pair->bed.accept_error, SCTPX_ERESOURCE);
        assert_true(pair->bed.accept_errors < 10); /* it does not spin */
    }
    assert_true(sctpx_server_is_listening(pair->bed.server));
    bed_accept(&pair->bed, &pair->peer);
    bed_accept(&pair->bed, &other);
    RUN_UNTIL(pair->bed.loop, second.count[PROBE_CONNECTED] == 1);
    RUN_UNTIL(pair->bed.loop, pair->client.count[PROBE_CONNECTED] == 1);
    sctpx_socket_free(second.socket);
    sctpx_socket_free(other.socket);
}

/* ---- nobody there -------------------------------------------------------------------------- */

/* In time, once, and the socket is as good as new. */
static void test_refused(void **state)
{
    struct pair *pair = *state;
    sctpx_socket *socket = bed_socket(&pair->bed, &pair->client, NULL);
    uint16_t port = sctpx_server_port(pair->bed.server);

    NOT_OVER_RAW_IP("refusals");
    for (unsigned i = 1; i <= 3; i++) {
        pair->client.log[0] = '\0';
        assert_int_equal(sctpx_socket_connect(socket, &pair->bed.addr, 1, port ^ 1), 0);
        RUN_UNTIL(pair->bed.loop, pair->client.count[PROBE_CLOSED] == i);
        assert_string_equal(pair->client.log,
                            "connecting unconnected error:EREFUSED closed:EREFUSED");
    }
    assert_int_equal(sctpx_socket_connect(socket, &pair->bed.addr, 1, port), 0);
    RUN_UNTIL(pair->bed.loop, pair->client.count[PROBE_CONNECTED] == 1);
}

/*
 * An address for documents: no route, nobody behind it, or a router that refuses for it. The
 * deadline holds in any case.
 */
static void test_unreachable(void **state)
{
    const char *text = bed_family() == SCTPX_IPV6 ? "2001:db8:9::1" : "203.0.113.9";
    struct pair *pair = *state;
    sctpx_socket_options options;
    sctpx_socket *socket;
    sctpx_addr addr;
    int result;

    bed_socket_options(&options);
    options.connect_timeout_ms = 100;
    socket = bed_socket(&pair->bed, &pair->client, &options);
    assert_int_equal(sctpx_addr_parse(text, &addr), 0);
    result = sctpx_socket_connect(socket, &addr, 1, 7);
    if (result == 0)
        result = sctpx_socket_wait_for_connected(socket, 10000);
    assert_true(result == SCTPX_ETIMEDOUT || result == SCTPX_EUNREACH || result == SCTPX_EREFUSED);
    assert_int_equal(sctpx_socket_error(socket), result);
    assert_int_equal(sctpx_socket_state(socket), SCTPX_UNCONNECTED);
}

/*
 * A server with an address of each family, and a client that is bound to none: the server knows
 * only the address that the client's packets come from, and answers others with an ABORT.
 */
static void test_server_of_both_families(void **state)
{
    struct pair *pair = *state;
    struct bed *bed = &pair->bed;
    sctpx_addr addrs[2] = {loopback_addr(bed_family()),
                           loopback_addr(bed_family() == SCTPX_IPV4 ? SCTPX_IPV6 : SCTPX_IPV4)};

    if (!loopback_has((enum sctpx_family)addrs[1].family))
        skip();
    sctpx_server_close(bed->server);
    assert_int_equal(sctpx_server_listen(bed->server, addrs, 2, 0), 0);
    bed->addr.udp_port = bed_udp_port(bed);
    bed_connect(bed, &pair->client, 8, NULL);
    bed_accept(bed, &pair->peer);
    RUN_UNTIL(bed->loop, pair->client.count[PROBE_CONNECTED] == 1);
    for (int i = 0; i < 10; i++) {
        pair_pass(pair, &pair->client, 0, "there", 5);
        pair_pass(pair, &pair->peer, 0, "and back", 8);
    }
    assert_int_equal(pair->client.count[PROBE_CLOSED], 0);
    assert_int_equal(pair->peer.count[PROBE_CLOSED], 0);
}

/* ---- the mode is local --------------------------------------------------------------------- */

static void test_messages_to_a_reader_of_bytes(void **state)
{
    struct pair pair;
    char text[32];

    (void)state;
    pair_open(&pair, 8, -1, NULL, NULL);
    assert_int_equal(sctpx_socket_mode(pair.client.socket), SCTPX_MODE_DATAGRAM);
    assert_int_equal(sctpx_socket_mode(pair.peer.socket), SCTPX_MODE_BYTES);
    assert_int_equal(sctpx_socket_out_streams(pair.client.socket), 1);
    assert_int_equal(sctpx_socket_in_streams(pair.client.socket), 1);
    assert_int_equal(pair_send(&pair.client, 1, "x", 1), SCTPX_ESTREAM);
    assert_int_equal(pair_send(&pair.client, 0, "one", 3), 0);
    assert_int_equal(pair_send(&pair.client, 0, "two", 3), 0);
    RUN_UNTIL(pair.bed.loop, pair_available(&pair.peer, SCTPX_ANY_STREAM) == 6);
    assert_int_equal(sctpx_socket_read(pair.peer.socket, text, sizeof(text)), 6);
    assert_memory_equal(text, "onetwo", 6);
    /* Bytes are cut somewhere: what is written at once arrives, in some number of messages. */
    assert_int_equal(sctpx_socket_write(pair.peer.socket, "three four", 10), 10);
    RUN_UNTIL(pair.bed.loop, pair_available(&pair.client, 0) == 10);
    for (size_t read = 0; read < 10;) {
        long result = sctpx_socket_read_datagram(pair.client.socket, 0, text + read,
                                                 sizeof(text) - read, NULL);
        assert_true(result > 0);
        read += (size_t)result;
    }
    assert_memory_equal(text, "three four", 10);
    pair_close(&pair);
}

static void test_bytes_to_a_reader_of_messages(void **state)
{
    enum { TOTAL = 100000 };
    uint8_t *data = pair_pattern(TOTAL, 5);
    static uint8_t got[TOTAL];
    struct pair pair;
    size_t read = 0;

    (void)state;
    pair_open(&pair, -1, 8, NULL, NULL);
    assert_int_equal(sctpx_socket_out_streams(pair.peer.socket), 1);
    assert_int_equal(pair_send(&pair.peer, 7, "x", 1), SCTPX_ESTREAM);
    assert_int_equal(sctpx_socket_write(pair.client.socket, data, TOTAL), TOTAL);
    while (read < TOTAL) {
        long result =
            sctpx_socket_read_datagram(pair.peer.socket, 0, got + read, TOTAL - read, NULL);

        if (result > 0)
            read += (size_t)result;
        else
            assert_int_equal(sctpx_loop_run_once(pair.bed.loop, 10000), 1);
    }
    assert_true(pattern_check(got, TOTAL, 5, 0));
    assert_int_equal(sctpx_socket_disconnect(pair.client.socket, 10000), 0);
    RUN_UNTIL(pair.bed.loop, pair_is_closed(&pair));
    assert_int_equal(pair.peer.closed, SCTPX_EPEERSHUTDOWN);
    pair_close(&pair);
    free(data);
}

/* ---- looking, and taking ------------------------------------------------------------------- */

static long peek(struct pair *pair, int stream, char *buffer, size_t capacity)
{
    return sctpx_socket_peek_datagram(pair->peer.socket, stream, buffer, capacity, NULL);
}

/* Whatever is looked at in between, every message keeps its own bytes and its own description. */
static void test_looking_and_taking_by_turns(void **state)
{
    static const char *const texts[] = {"first", "2", "the third one"};
    struct pair *pair = *state;
    sctpx_rcvinfo info;
    char text[32];

    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(
            sctpx_socket_write_datagram(pair->client.socket, texts[i], strlen(texts[i]),
                                        &(sctpx_sndinfo){.stream = 4, .ppid = 100 + i}),
            0);
    RUN_UNTIL(pair->bed.loop, pair_available(&pair->peer, 4) == 19);
    for (uint32_t i = 0; i < 3; i++) {
        long length = (long)strlen(texts[i]);

        /* More than there is, less than there is, none of it, and another stream. */
        assert_int_equal(peek(pair, 4, text, sizeof(text)), length);
        assert_int_equal(peek(pair, SCTPX_ANY_STREAM, text, 1), 1);
        assert_int_equal(peek(pair, 5, text, sizeof(text)), SCTPX_EWOULDBLOCK);
        if (length > 1)
            assert_int_equal(sctpx_socket_read_datagram(pair->peer.socket, 4, text, 1, NULL),
                             SCTPX_ETRUNC);
        assert_int_equal(sctpx_socket_next_datagram_size(pair->peer.socket, 4), length);
        assert_int_equal(
            sctpx_socket_read_datagram(pair->peer.socket, 4, text, sizeof(text), &info), length);
        assert_memory_equal(text, texts[i], (size_t)length);
        assert_int_equal(info.ppid, 100 + i);
        assert_int_equal(info.length, length);
    }
    assert_int_equal(peek(pair, 4, text, sizeof(text)), SCTPX_EWOULDBLOCK);
    assert_int_equal(pair_available(&pair->peer, SCTPX_ANY_STREAM), 0);
}

#define WITH_BED(test) cmocka_unit_test_setup_teardown(test, setup, pair_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BED(test_connect_without_descriptors),
        WITH_BED(test_accept_without_descriptors),
        WITH_BED(test_refused),
        WITH_BED(test_unreachable),
        WITH_BED(test_server_of_both_families),
        cmocka_unit_test(test_messages_to_a_reader_of_bytes),
        cmocka_unit_test(test_bytes_to_a_reader_of_messages),
        cmocka_unit_test_setup_teardown(test_looking_and_taking_by_turns, pair_setup,
                                        pair_teardown),
    };

    return cmocka_run_group_tests_name("beyond_qt_server", tests, NULL, NULL);
}
