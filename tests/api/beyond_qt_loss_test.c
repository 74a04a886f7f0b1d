/* SPDX-License-Identifier: MIT */
/*
 * Streams over a network that loses packets (support/relay.h): one that waits for what was lost
 * holds up no other. The relay carries UDP, so this is about the engine.
 */
#include "support/pair.h"
#include "support/relay.h"

struct lossy {
    struct pair pair;
    struct relay *relay;
};

/* A turn of the loop and of the network. */
static void run_both(struct lossy *l)
{
    struct pollfd fds[2 * RELAY_MAX_ADDRS + 1];
    size_t n = relay_poll_fds(l->relay, fds);

    fds[n] = (struct pollfd){.fd = sctpx_loop_fd(l->pair.bed.loop), .events = POLLIN};
    (void)poll(fds, (nfds_t)(n + 1), 10);
    relay_process(l->relay);
    assert_true(sctpx_loop_process(l->pair.bed.loop) >= 0);
}

#define RUN_BOTH_UNTIL(l, condition)                                                               \
    do {                                                                                           \
        sctpx_time limit_ = sctpx_loop_now((l)->pair.bed.loop) + LOOPBACK_LIMIT_US;                \
        while (!(condition)) {                                                                     \
            if (sctpx_loop_now((l)->pair.bed.loop) > limit_)                                       \
                fail_msg("never came: %s", #condition);                                            \
            run_both(l);                                                                           \
        }                                                                                          \
    } while (0)

static int setup(void **state)
{
    static struct lossy l;
    struct bed *bed = &l.pair.bed;
    sctpx_addr local = loopback_v4(1, 0), there;
    struct relay_config config = {.n_addrs = 1};
    sctpx_socket *socket;

    l = (struct lossy){0};
    bed_open(bed, SCTPX_IPV4, 8, NULL);
    socket = bed_socket(bed, &l.pair.client, NULL);
    assert_int_equal(sctpx_socket_bind(socket, &local, 1, 0, 0), 0);
    config.sides[RELAY_CLIENT].addrs[0] = loopback_v4(1, sctpx_socket_local_udp_port(socket));
    config.sides[RELAY_SERVER].addrs[0] = bed->addr;
    l.relay = relay_new(&config);
    assert_non_null(l.relay);
    there = loopback_v4(1, relay_port(l.relay, RELAY_SERVER));
    assert_int_equal(sctpx_socket_connect(socket, &there, 1, sctpx_server_port(bed->server)), 0);
    RUN_BOTH_UNTIL(&l, l.pair.client.count[PROBE_CONNECTED] == 1 &&
                           sctpx_server_has_pending_connections(bed->server));
    bed_accept(bed, &l.pair.peer);
    *state = &l;
    return 0;
}

static int teardown(void **state)
{
    struct lossy *l = *state;

    pair_close(&l->pair);
    relay_free(l->relay);
    return 0;
}

/* What is sent meanwhile leaves the client and gets nowhere. */
static void lose(struct lossy *l, uint16_t stream, const void *data, size_t length)
{
    uint64_t lost = relay_stats(l->relay)->cut;

    relay_set_mute(l->relay, RELAY_CLIENT, true);
    assert_int_equal(pair_send(&l->pair.client, stream, data, length), 0);
    RUN_BOTH_UNTIL(l, relay_stats(l->relay)->cut > lost);
    relay_set_mute(l->relay, RELAY_CLIENT, false);
}

static void test_a_blocked_stream_blocks_no_other(void **state)
{
    struct lossy *l = *state;
    struct pair *pair = &l->pair;

    lose(l, 1, "lost at first", 13);
    /* Each of these waits for nothing, but the one behind it on its own stream does. */
    assert_int_equal(pair_send(&pair->client, 2, "two", 3), 0);
    assert_int_equal(pair_send(&pair->client, 1, "behind", 6), 0);
    RUN_BOTH_UNTIL(l, pair_available(&pair->peer, 2) == 3);
    assert_int_equal(pair_available(&pair->peer, 1), 0);
    RUN_BOTH_UNTIL(l, pair_available(&pair->peer, 1) == 19);
    assert_int_equal(sctpx_socket_next_datagram_size(pair->peer.socket, 1), 13);
}

/* Messages without an order wait for none, even on the stream that waits. */
static void test_unordered_messages_do_not_wait(void **state)
{
    struct lossy *l = *state;
    struct pair *pair = &l->pair;
    sctpx_rcvinfo info;
    char text[16];

    lose(l, 1, "lost at first", 13);
    assert_int_equal(
        sctpx_socket_write_datagram(pair->client.socket, "now", 3,
                                    &(sctpx_sndinfo){.stream = 1, .flags = SCTPX_MSG_UNORDERED}),
        0);
    RUN_BOTH_UNTIL(l, pair_available(&pair->peer, 1) > 0);
    assert_int_equal(sctpx_socket_read_datagram(pair->peer.socket, 1, text, sizeof(text), &info),
                     3);
    assert_true((info.flags & SCTPX_MSG_UNORDERED) != 0);
    RUN_BOTH_UNTIL(l, pair_available(&pair->peer, 1) == 13);
}

/* The end waits for what was lost. */
static void test_closing_delivers_what_was_lost(void **state)
{
    struct lossy *l = *state;
    struct pair *pair = &l->pair;

    lose(l, 6, "the last words", 14);
    assert_int_equal(sctpx_socket_close(pair->client.socket), 0);
    RUN_BOTH_UNTIL(l, pair_is_closed(pair));
    assert_int_equal(pair->client.closed, 0);
    assert_int_equal(pair->peer.closed, SCTPX_EPEERSHUTDOWN);
    assert_int_equal(pair_available(&pair->peer, 6), 14);
}

#define LOSSY(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOSSY(test_a_blocked_stream_blocks_no_other),
        LOSSY(test_unordered_messages_do_not_wait),
        LOSSY(test_closing_delivers_what_was_lost),
    };

    return cmocka_run_group_tests_name("beyond_qt_loss", tests, NULL, NULL);
}
