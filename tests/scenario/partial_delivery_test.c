/* SPDX-License-Identifier: MIT */
/* Messages longer than the receive buffer (RFC 9260 6.9) and longer than allowed. */
#include "sim/raw.h"
#include "sim/sim.h"

static sctpx_assoc_options buffer_options(size_t rcvbuf, size_t max_message, bool partial)
{
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.rcvbuf_bytes = rcvbuf;
    options.max_message_bytes = max_message;
    options.partial_delivery = partial;
    return options;
}

/* covers: 9260/11.1.7-2 */
static void test_pieces(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = buffer_options(65536, 16 << 20, true);
    struct sim_pair pair = sim_pair(sim, &options);
    sim_send(pair.ab, 0, 300000);
    sim_run_until_received(pair.ba, 1, 60 * SIM_SECOND);
    assert_true(pair.ba->received_pieces > 1);
    sim_send(pair.ab, 0, 100);
    sim_run_until_received(pair.ba, 2, 60 * SIM_SECOND);
    sim_finish(sim);
}

static void test_pieces_with_loss(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = buffer_options(65536, 16 << 20, true);
    struct sim_pair pair = sim_pair(sim, &options);
    struct sim_link_config link = {.delay_us = 10 * SIM_MS,
                                   .loss_permille = 50,
                                   .reorder_permille = 100,
                                   .reorder_us = 15 * SIM_MS};
    sim_set_links(sim, &link);
    sim_send_load(pair.ab, (struct sim_load){.count = 20, .min_bytes = 1, .max_bytes = 250000});
    sim_run_until_received(pair.ba, 20, 600 * SIM_SECOND);
    sim_finish(sim);
}

static void test_pieces_of_unordered_message(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = buffer_options(65536, 16 << 20, true);
    struct sim_pair pair = sim_pair(sim, &options);
    assert_int_equal(sim_try_send(pair.ab, 3, 300000, SCTPX_MSG_UNORDERED), 0);
    sim_run_until_received(pair.ba, 1, 60 * SIM_SECOND);
    sim_finish(sim);
}

/* Memory stays within the buffer although the user reads late. */
static void test_pieces_are_bounded(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = buffer_options(65536, 16 << 20, true);
    struct sim_pair pair = sim_pair(sim, &options);
    pair.ba->auto_read = false;
    sim_send(pair.ab, 0, 500000);
    sim_run_for(sim, 5 * SIM_SECOND);
    for (int i = 0; i < 2000 && pair.ba->received_messages == 0; i++) {
        assert_true(sim_status(pair.ba).readable_bytes <= 65536 + 1500);
        assert_true(sim_status(pair.ba).rcvbuf_used_bytes <= 2 * 65536);
        sim_read(pair.ba, 1);
        sim_run_for(sim, 50 * SIM_MS);
    }
    assert_int_equal(pair.ba->received_messages, 1);
    sim_finish(sim);
}

/* Messages that fit are never cut, also with the option on. */
static void test_no_pieces_when_it_fits(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = buffer_options(1 << 20, 16 << 20, true);
    struct sim_pair pair = sim_pair(sim, &options);
    sim_send_load(pair.ab, (struct sim_load){.count = 50, .min_bytes = 1, .max_bytes = 60000});
    sim_run_until_received(pair.ba, 50, 60 * SIM_SECOND);
    assert_int_equal(pair.ba->received_pieces, 0);
    sim_finish(sim);
}

/* Without the option the message comes whole or the association ends; it never just hangs. */
static void test_longer_than_the_buffer_without_pieces(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = buffer_options(65536, 16 << 20, false);
    struct sim_pair pair = sim_pair(sim, &options);
    sim_send(pair.ab, 0, 300000);
    sim_run_for(sim, 600 * SIM_SECOND);
    assert_int_equal(pair.ba->received_pieces, 0);
    assert_true(pair.ba->received_messages == 1 || (pair.ab->is_closed && pair.ba->is_closed));
    sim_finish(sim);
}

static void test_longer_than_allowed(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = buffer_options(1 << 20, 100000, false);
    struct sim_pair pair = sim_pair(sim, &options);
    sim_send(pair.ab, 0, 100000);
    sim_run_until_received(pair.ba, 1, 60 * SIM_SECOND);
    sim_send(pair.ab, 0, 100001);
    sim_run_until_closed(pair.ba, 60 * SIM_SECOND);
    sim_run_until_closed(pair.ab, 60 * SIM_SECOND);
    assert_int_equal(pair.ab->error, SCTPX_EPEERABORT);
    assert_int_equal(pair.ba->received_messages, 1);
    sim_finish(sim);
}

/* Byte streams read from the front of messages. */
static void test_read_bytes(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    pair.ba->auto_read = false;
    sim_send(pair.ab, 0, 10000);
    sim_send(pair.ab, 0, 10);
    sim_run_until_sent(pair.ab, SIM_SECOND);
    uint8_t bytes[3000], expected[3000];
    sctpx_rcvinfo info;
    size_t at = 0;
    while (at < 10000) {
        long peeked = sctpx_assoc_peek(pair.ba->assoc, SCTPX_ANY_STREAM, 0, expected, 3000, &info);
        assert_int_equal(info.length, 10000 - at);
        long n = sctpx_assoc_read_bytes(pair.ba->assoc, SCTPX_ANY_STREAM, bytes, 3000);
        assert_int_equal(n, 10000 - at < 3000 ? 10000 - at : 3000);
        assert_int_equal(n, peeked);
        assert_memory_equal(bytes, expected, (size_t)n);
        at += (size_t)n;
    }
    assert_int_equal(sctpx_assoc_read_bytes(pair.ba->assoc, 0, bytes, 3000), 10);
    assert_int_equal(sctpx_assoc_read_bytes(pair.ba->assoc, 0, bytes, 3000), SCTPX_EWOULDBLOCK);
    sim_finish(sim);
}

static void test_small_read_buffer(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    pair.ba->auto_read = false;
    sim_send(pair.ab, 4, 500);
    sim_run_until_sent(pair.ab, SIM_SECOND);
    uint8_t bytes[500];
    sctpx_rcvinfo info = {0};
    assert_int_equal(sctpx_assoc_receive(pair.ba->assoc, 4, bytes, 499, &info), SCTPX_ETRUNC);
    assert_int_equal(info.length, 500);
    assert_int_equal(info.stream, 4);
    assert_int_equal(sctpx_assoc_receive(pair.ba->assoc, 3, bytes, 500, &info), SCTPX_EWOULDBLOCK);
    assert_int_equal(sctpx_assoc_readable_bytes(pair.ba->assoc, 4), 500);
    assert_int_equal(sctpx_assoc_receive(pair.ba->assoc, 4, bytes, 500, &info), 500);
    assert_int_equal(sctpx_assoc_readable_bytes(pair.ba->assoc, 4), 0);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_pieces),
        sim_unit_test(test_pieces_with_loss),
        sim_unit_test(test_pieces_of_unordered_message),
        sim_unit_test(test_pieces_are_bounded),
        sim_unit_test(test_no_pieces_when_it_fits),
        sim_unit_test(test_longer_than_the_buffer_without_pieces),
        sim_unit_test(test_longer_than_allowed),
        sim_unit_test(test_read_bytes),
        sim_unit_test(test_small_read_buffer),
    };
    return cmocka_run_group_tests_name("scenario.partial_delivery", tests, NULL, NULL);
}
