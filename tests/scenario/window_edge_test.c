/* SPDX-License-Identifier: MIT */
/*
 * What the window does to a sender that keeps to it: its right edge stays, what was promised is
 * taken, it opens in time, and small buffers still carry a window per round trip (RFC 9260 6.2).
 */
#include "sim/raw.h"
#include "sim/sim.h"

enum { BUFFER = 65536 };

static sctpx_assoc_options with_buffer(size_t rcvbuf)
{
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.hb_interval_us = SCTPX_TIME_NEVER;
    options.rcvbuf_bytes = rcvbuf;
    return options;
}

/* ---- our own sender ------------------------------------------------------------------------ */

/* Every SACK that b sent: what it acknowledges and what it promises beyond never gets less. */
static void check_edge(const struct sim_pair *pair, size_t message_bytes)
{
    struct sim *sim = pair->a->sim;
    const struct sim_query query = {.from = pair->b, .chunk = SIM_SACK};
    uint32_t first = sim_find_chunk(sim, sim_sent_nth(pair->a, SIM_DATA, 0), SIM_DATA)->tsn;
    size_t edge = 0, n = sim_count(sim, query);
    for (size_t i = 0; i < n; i++) {
        const struct sim_chunk *sack = sim_find_chunk(sim, sim_nth(sim, query, i), SIM_SACK);
        size_t now = (sack->tsn + 1 - first) * message_bytes + sack->rwnd;
        assert_true(now >= edge);
        edge = now;
    }
    assert_true(n > 20);
}

/* Reads so many messages every 10 ms until all are there. */
static void read_slowly(struct sim_pair *pair, size_t count, size_t at_a_time)
{
    for (unsigned i = 0; pair->ba->received_messages < count; i++) {
        assert_true(i < 10000);
        sim_run_for(pair->a->sim, 10 * SIM_MS);
        sim_read(pair->ba, at_a_time);
    }
}

/* A slow reader closes the window again and again: nothing is lost by it, and nothing waits. */
static void test_edge_stays_for_a_slow_reader(void **state)
{
    static const size_t sizes[] = {100, 300, 1000, 1444};
    for (size_t i = 0; i < 4; i++) {
        struct sim *sim = sim_renew(state);
        sctpx_assoc_options options = with_buffer(BUFFER);
        struct sim_pair pair = sim_pair(sim, &options);
        size_t count = 600000 / sizes[i];
        pair.ba->auto_read = false;
        sim_send_load(pair.ab, (struct sim_load){.count = count, .min_bytes = sizes[i]});
        read_slowly(&pair, count, 5000 / sizes[i]);
        check_edge(&pair, sizes[i]);
        sctpx_assoc_status status = sim_status(pair.ab);
        assert_int_equal(status.retransmitted_chunks, 0);
        assert_int_equal(status.t3_timeouts, 0);
        sim_finish(sim);
    }
}

/* It takes as long as reading takes. */
static void test_slow_reader_is_not_kept_waiting(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = with_buffer(BUFFER);
    struct sim_pair pair = sim_pair(sim, &options);
    pair.ba->auto_read = false;
    sim_send_load(pair.ab, (struct sim_load){.count = 3000, .min_bytes = 1000});
    sim_run_for(sim, 500 * SIM_MS);
    sctpx_time start = sim->now;
    read_slowly(&pair, 3000, 10);
    assert_in_range(sim->now - start, 3000 * SIM_MS, 3050 * SIM_MS);
    sim_finish(sim);
}

/* Tiny messages cost many times their payload; once that shows, less of them is promised. */
static void test_tiny_messages_for_a_slow_reader(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = with_buffer(BUFFER);
    struct sim_pair pair = sim_pair(sim, &options);
    pair.ba->auto_read = false;
    sim_send_load(pair.ab, (struct sim_load){.count = 20000, .min_bytes = 16});
    for (unsigned i = 0; pair.ba->received_messages < 20000; i++) {
        assert_true(i < 10000);
        sim_run_for(sim, 10 * SIM_MS);
        assert_true(sim_status(pair.ba).rcvbuf_used_bytes <= 2 * BUFFER);
        sim_read(pair.ba, 100);
    }
    assert_int_equal(sim_status(pair.ab).retransmitted_chunks, 0);
    sim_finish(sim);
}

/*
 * The reader has kept up and then stops: what it was that came before is remembered, and so what was
 * promised by then is taken. The first flight comes before anything is known.
 */
static void check_tiny_messages(struct sim *sim, size_t rcvbuf, size_t bytes, size_t read_at_first)
{
    sctpx_assoc_options options = with_buffer(rcvbuf);
    struct sim_pair pair = sim_pair(sim, &options);
    sim->capture_off = true;
    sim_send_load(pair.ab, (struct sim_load){.count = 60000, .min_bytes = bytes});
    while (pair.ba->received_bytes < read_at_first)
        sim_run_for(sim, SIM_MS);
    pair.ba->auto_read = false;
    sim_run_for(sim, SIM_SECOND);
    assert_true(sim_status(pair.ba).rcvbuf_used_bytes >= sim_status(pair.ba).rcvbuf_bytes / 2);
    assert_int_equal(sim_status(pair.ab).retransmitted_chunks, 0);
    sim_read(pair.ba, SIZE_MAX);
    pair.ba->auto_read = true;
    sim_run_for(sim, 50 * SIM_MS);
    assert_int_equal(sim_status(pair.ab).retransmitted_chunks, 0);
    assert_true(sim_status(pair.ba).readable_bytes == 0);
    sim_finish(sim);
}

static void test_tiny_messages_for_a_reader_that_stops(void **state)
{
    static const size_t buffers[] = {BUFFER, 16 * BUFFER}, sizes[] = {1, 3, 8, 64};
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 2; j++) {
            check_tiny_messages(sim_renew(state), buffers[j], sizes[i], 200 * sizes[i] * 72);
            check_tiny_messages(sim_renew(state), buffers[j], sizes[i], 0);
        }
}

/* Messages of one byte on stream 0, in packets; the first one has this TSN and SSN. */
static void inject_bytes(struct sim_raw *raw, uint32_t tsn, uint16_t ssn, size_t count)
{
    enum { IN_A_PACKET = 70 };
    for (size_t i = 0; i < count; i += IN_A_PACKET) {
        struct pb *pb = sim_raw_packet(raw);
        for (size_t j = i; j < count && j < i + IN_A_PACKET; j++)
            pb_data(pb, 3, tsn + (uint32_t)j, 0, (uint16_t)(ssn + j), 0, "x", 1);
        sim_inject_pb(raw->host->sim, &raw->addr, &raw->host->addrs[0], pb);
    }
}

/*
 * All of the first flight but its first message comes at once. What fills the hole must find room,
 * or the association hangs: nothing can be read before it.
 */
static void test_hole_in_a_first_flight_of_tiny_messages(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sctpx_listen_options listen;
    sctpx_listen_options_defaults(host->endpoint, &listen);
    listen.assoc = with_buffer(BUFFER);
    sim_listen(host, SIM_PORT, &listen);
    struct sim_raw raw = sim_raw_new(host, 1);
    sim_raw_connect(&raw);
    raw.conn->auto_read = false;
    inject_bytes(&raw, raw.tsn + 1, 1, 4380);
    sim_flush(sim);
    assert_int_equal(sim_status(raw.conn).readable_messages, 0);
    inject_bytes(&raw, raw.tsn, 0, 1);
    sim_flush(sim);
    assert_true(sim_status(raw.conn).readable_messages > 1000);
    sim_finish(sim);
}

/* One message stays unread; what is free beside it is told when the others are read. */
static void test_tiny_messages_beside_an_unread_one(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = with_buffer(BUFFER / 2);
    struct sim_pair pair = sim_pair(sim, &options);
    pair.ba->auto_read = false;
    sim_send(pair.ab, 1, 1);
    sim_send_load(pair.ab, (struct sim_load){.count = 20000, .min_bytes = 1, .streams = 1});
    uint8_t byte;
    sctpx_rcvinfo info;
    sctpx_time start = sim->now;
    for (size_t received = 0; received < 20000;) {
        sim_run_for(sim, 50 * SIM_MS); /* later than the SACK of what came */
        assert_true(sim->now - start < 3 * SIM_SECOND);
        while (sctpx_assoc_receive(pair.ba->assoc, 0, &byte, 1, &info) == 1)
            received++;
        sim_flush(sim);
    }
    assert_int_equal(sim_status(pair.ba).readable_messages, 1);
    sim_read(pair.ba, 1);
    sim_finish(sim);
}

/*
 * While a message longer than the buffer comes it is not counted, and then it is. What was sent
 * behind it, into the window of before, is taken.
 */
static void test_promise_outlives_a_long_message(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = with_buffer(BUFFER);
    struct sim_pair pair = sim_pair(sim, &options);
    pair.ba->auto_read = false;
    sim_send(pair.ab, 0, 500000);
    sim_send_load(pair.ab, (struct sim_load){.count = 200, .min_bytes = 1000});
    sim_run_for(sim, 900 * SIM_MS);
    sctpx_assoc_status status = sim_status(pair.ba);
    assert_in_range(status.readable_bytes, 500000 + BUFFER - 5000, 500000 + BUFFER);
    assert_int_equal(sim_status(pair.ab).retransmitted_chunks, 0);
    sim_read(pair.ba, SIZE_MAX);
    pair.ba->auto_read = true;
    sim_run_until_received(pair.ba, 201, 200 * SIM_MS);
    assert_int_equal(sim_status(pair.ab).retransmitted_chunks, 0);
    sim_finish(sim);
}

/* One who waits for the end of a long message must get it, though something short is unread. */
static void test_long_message_beside_an_unread_one(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = with_buffer(BUFFER);
    struct sim_pair pair = sim_pair(sim, &options);
    pair.ba->auto_read = false;
    sim_send(pair.ab, 0, 1000);
    sim_send(pair.ab, 1, 500000);
    sim_run_for(sim, SIM_SECOND);
    assert_int_equal(sim_status(pair.ba).readable_messages, 2);
    sim_read(pair.ba, 2);
    sim_finish(sim);
}

/* ---- throughput ---------------------------------------------------------------------------- */

/* Payload per second over a path with 20 ms to and fro and a buffer of 64 KiB, in per mille of a
 * window per round trip. */
static size_t permille_of_window(struct sim *sim, size_t message_bytes)
{
    sctpx_assoc_options options = with_buffer(BUFFER);
    struct sim_pair pair = sim_pair(sim, &options);
    sim->capture_off = true;
    sim_send_load(pair.ab, (struct sim_load){.count = SIZE_MAX / 2, .min_bytes = message_bytes});
    sim_run_for(sim, SIM_SECOND);
    size_t before = pair.ba->received_bytes;
    sim_run_for(sim, 2 * SIM_SECOND);
    size_t bytes = pair.ba->received_bytes - before;
    assert_int_equal(sim_status(pair.ab).retransmitted_chunks, 0);
    return (size_t)((uint64_t)bytes * 1000 / (BUFFER * 100));
}

static void test_a_window_per_round_trip(void **state)
{
    static const size_t sizes[] = {100, 1000, 1444, 20000, 200000};
    for (size_t i = 0; i < 5; i++) {
        struct sim *sim = sim_renew(state);
        assert_in_range(permille_of_window(sim, sizes[i]), 930, 1000);
        sim_conn_free(sim->hosts[0]->conns[0]);
        sim_run_for(sim, SIM_SECOND);
        sim_finish(sim);
    }
}

/* ---- chunks longer than the buffer ---------------------------------------------------------- */

static struct sim_pair with_long_packets(struct sim *sim, size_t rcvbuf, bool partial)
{
    sctpx_endpoint_options jumbo;
    sim_host_options(&jumbo);
    jumbo.assoc.mtu = 9000;
    struct sim_host *a = sim_host_new(sim, "a", 1, &jumbo);
    struct sim_host *b = sim_host_new(sim, "b", 1, NULL);
    sctpx_listen_options listen;
    sctpx_listen_options_defaults(b->endpoint, &listen);
    listen.assoc = with_buffer(rcvbuf);
    listen.assoc.partial_delivery = partial;
    sim_listen(b, SIM_PORT, &listen);
    return sim_pair_hosts(a, b, NULL);
}

/* The first one is a probe, after an RTO. Then it is known how long chunks are. */
static void check_long_chunks(struct sim *sim, bool partial, size_t count, size_t bytes)
{
    struct sim_pair pair = with_long_packets(sim, 4000, partial);
    sim_send_load(pair.ab, (struct sim_load){.count = count, .min_bytes = bytes});
    sim_run_until_received(pair.ba, count, 3500 * SIM_MS);
    sim_finish(sim);
}

static void test_chunks_longer_than_the_buffer(void **state)
{
    check_long_chunks(*state, false, 20, 8000);
    check_long_chunks(sim_renew(state), true, 20, 8000);
    check_long_chunks(sim_renew(state), false, 4, 80000);
    check_long_chunks(sim_renew(state), true, 4, 80000);
}

/* Nobody reads: one is held, and nothing more is taken or promised. */
static void test_one_long_chunk_is_held(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = with_long_packets(sim, 4000, false);
    pair.ba->auto_read = false;
    sim_send_load(pair.ab, (struct sim_load){.count = 20, .min_bytes = 8000});
    sim_run_for(sim, 100 * SIM_SECOND);
    assert_int_equal(sim_status(pair.ba).readable_messages, 1);
    sim_read(pair.ba, 1);
    sim_run_for(sim, 100 * SIM_SECOND);
    assert_int_equal(sim_status(pair.ba).readable_messages, 1);
    pair.ba->auto_read = true;
    sim_read(pair.ba, 1);
    sim_run_until_received(pair.ba, 20, 5 * SIM_SECOND); /* the last probe waits for its RTO */
    sim_finish(sim);
}

/* ---- a sender that does not wait with its probes --------------------------------------------- */

/* A peer that sends messages of so many chunks each, and what it knows. */
struct hasty {
    struct sim_raw raw;
    uint32_t first, next, cum, rwnd;
    unsigned stalls;
};

enum { CHUNK = 1444, CHUNKS = 240, IN_MESSAGE = 12 };

static bool may_send(const struct hasty *hasty)
{
    uint32_t flight = (hasty->next - 1 - hasty->cum) * CHUNK;
    return hasty->next != hasty->first + CHUNKS && (flight == 0 || flight + CHUNK <= hasty->rwnd);
}

static void hear(struct hasty *hasty)
{
    const struct sim_chunk *sack =
        sim_find_chunk(hasty->raw.host->sim, sim_raw_last(&hasty->raw, SIM_SACK), SIM_SACK);
    hasty->cum = sack->tsn;
    hasty->rwnd = sack->rwnd;
}

static void send_chunk(struct hasty *hasty)
{
    uint32_t i = hasty->next - hasty->first, place = i % IN_MESSAGE;
    unsigned flags = (place == 0 ? 2u : 0u) | (place == IN_MESSAGE - 1 ? 1u : 0u);
    sim_raw_data_tsn(&hasty->raw, hasty->next++, (uint8_t)flags, 0, (uint16_t)(i / IN_MESSAGE),
                     CHUNK);
    hear(hasty);
}

static void read_all(struct hasty *hasty)
{
    static uint8_t bytes[CHUNK * IN_MESSAGE];
    while (sctpx_assoc_read_bytes(hasty->raw.conn->assoc, 0, bytes, sizeof bytes) > 0)
        ;
    sim_flush(hasty->raw.host->sim);
    hear(hasty);
}

/*
 * As Linux does it: with nothing under way one chunk may always go (6.1 A), and goes at once. If it
 * is refused, only T3-rtx sends it again. The reader comes when the buffer is full and one more
 * was sent.
 */
static void run(struct hasty *hasty)
{
    hasty->first = hasty->next = hasty->raw.tsn;
    hasty->cum = hasty->first - 1;
    while (hasty->cum + 1 != hasty->first + CHUNKS) {
        for (bool is_full = false; !is_full && may_send(hasty);) {
            is_full = hasty->rwnd < CHUNK;
            send_chunk(hasty);
        }
        read_all(hasty);
        if (hasty->cum + 1 != hasty->next && !may_send(hasty)) {
            hasty->next = hasty->cum + 1;
            hasty->stalls++;
        }
    }
}

static void check_hasty_sender(struct sim *sim, size_t rcvbuf, bool partial)
{
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sctpx_listen_options listen;
    sctpx_listen_options_defaults(host->endpoint, &listen);
    listen.assoc = with_buffer(rcvbuf);
    listen.assoc.partial_delivery = partial;
    listen.assoc.sack_packets = 1;
    sim_listen(host, SIM_PORT, &listen);
    struct hasty hasty = {.raw = sim_raw_new(host, 1), .rwnd = (uint32_t)rcvbuf};
    sim_raw_connect(&hasty.raw);
    hasty.raw.conn->auto_read = false;
    run(&hasty);
    assert_int_equal(hasty.stalls, 0);
    sim_finish(sim);
}

static void test_hasty_sender_is_not_refused(void **state)
{
    for (size_t rcvbuf = 4500; rcvbuf < 12000; rcvbuf += 500) {
        check_hasty_sender(sim_renew(state), rcvbuf, true);
        check_hasty_sender(sim_renew(state), rcvbuf, false);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_edge_stays_for_a_slow_reader),
        sim_unit_test(test_slow_reader_is_not_kept_waiting),
        sim_unit_test(test_tiny_messages_for_a_slow_reader),
        sim_unit_test(test_tiny_messages_for_a_reader_that_stops),
        sim_unit_test(test_hole_in_a_first_flight_of_tiny_messages),
        sim_unit_test(test_tiny_messages_beside_an_unread_one),
        sim_unit_test(test_promise_outlives_a_long_message),
        sim_unit_test(test_long_message_beside_an_unread_one),
        sim_unit_test(test_a_window_per_round_trip),
        sim_unit_test(test_chunks_longer_than_the_buffer),
        sim_unit_test(test_one_long_chunk_is_held),
        sim_unit_test(test_hasty_sender_is_not_refused),
    };
    return cmocka_run_group_tests_name("scenario.window_edge", tests, NULL, NULL);
}
