/* SPDX-License-Identifier: MIT */
/* Chunks in packets, sent and received (RFC 9260 6, 6.10). */
#include <string.h>

#include "conformance/rfc9260_06.h"

/* Looks at every packet of a run: its length, what comes first, and that every chunk is whole. */
static void check_packets(struct sim *sim)
{
    const struct sim_record *packet;
    size_t n = 0;
    for (; (packet = sim_nth(sim, (struct sim_query){.chunk = SIM_ANY}, n)) != NULL; n++) {
        assert_true(packet->length <= PACKET_BYTES);
        size_t at = 12;
        bool has_data = false;
        uint32_t last_tsn = 0;
        for (size_t i = 0; i < packet->n_chunks; i++) {
            const struct sim_chunk *chunk = &packet->chunks[i];
            assert_int_equal(chunk->offset, at);
            at += (chunk->length + 3u) & ~(size_t)3u;
            assert_true(chunk->type == SIM_DATA || !has_data);
            assert_true(chunk->type != SIM_DATA || !has_data ||
                        (int32_t)(chunk->tsn - last_tsn) > 0);
            has_data |= chunk->type == SIM_DATA;
            last_tsn = chunk->tsn;
            bool is_lone = chunk->type == SIM_INIT || chunk->type == SIM_INIT_ACK ||
                           chunk->type == SIM_SHUTDOWN_COMPLETE;
            assert_true(!is_lone || packet->n_chunks == 1);
        }
        assert_int_equal(at, packet->length); /* nothing is cut off, nothing left over */
    }
    assert_true(n > 100);
}

/* Both sides send messages of all sizes over a network that loses and reorders, then shut down. */
/* covers: 9260/6.10-1 9260/6.10-3 9260/6.10-4 9260/6.10-5 9260/6.10-8 9260/6-11 9260/6-12 */
static void test_packets_of_a_whole_life(void **state)
{
    struct sim *sim = *state;
    struct sim_link_config link = {.delay_us = 10 * SIM_MS,
                                   .loss_permille = 50,
                                   .reorder_permille = 100,
                                   .reorder_us = 15 * SIM_MS};
    sim_set_links(sim, &link);
    struct sim_pair pair = sim_pair(sim, NULL);
    struct sim_load load = {.count = 300, .min_bytes = 1, .max_bytes = 4000, .streams = 5};
    sim_send_load(pair.ab, load);
    sim_send_load(pair.ba, load);
    sim_run_until_sent(pair.ab, 600 * SIM_SECOND);
    sim_run_until_sent(pair.ba, 600 * SIM_SECOND);
    assert_true(sim_status(pair.ab).retransmitted_chunks > 0);
    assert_int_equal(sctpx_assoc_shutdown(pair.ab->assoc, sim->now), 0);
    sim_run_until_closed(pair.ab, 600 * SIM_SECOND);
    check_packets(sim);
    sim_finish(sim);
}

/* Everything that can wait at once: HEARTBEAT ACK, ERROR, SACK and DATA, in one packet. */
/* covers: 9260/6.10-3 9260/6-12 9260/6-11 */
static void test_control_chunks_before_data(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host_begun(sim, NULL);
    struct pb *pb = sim_raw_packet(&raw);
    pb_data(pb, DATA_WHOLE | DATA_IMMEDIATE, 1001, 0, 1, 0, "x", 1);
    pb_heartbeat(pb, "hello", 5);
    pb_chunk(pb, 0xFE, 0);
    pb_end(pb);
    sim_send(raw.conn, 0, 100);
    sim_send(raw.conn, 0, 100);
    sim_raw_send(&raw, pb);
    const struct sim_record *packet = sim_raw_last(&raw, SIM_DATA);
    assert_true(packet->n_chunks >= 3);
    for (size_t i = 0; i < packet->n_chunks; i++)
        assert_int_equal(packet->chunks[i].type == SIM_DATA, i + 2 >= packet->n_chunks);
    assert_true(sim_record_has(packet, SIM_SACK));
    sim_finish(sim);
}

/* No room for what waits: it goes into a second packet, which is no longer either. */
/* covers: 9260/6.10-1 9260/6.10-5 */
static void test_no_packet_over_the_mtu(void **state)
{
    static const uint32_t mtus[] = {576, 577, 579, 1000, 1500, 9000};
    for (size_t i = 0; i < 6; i++) {
        struct sim *sim = sim_renew(state);
        sctpx_endpoint_options endpoint;
        sim_host_options(&endpoint);
        endpoint.assoc.mtu = mtus[i];
        endpoint.assoc.max_burst = 0;
        struct sim_host *host = sim_host_new(sim, "host", 1, &endpoint);
        struct sim_raw raw = sim_raw_new(host, 1);
        sim_raw_answer(&raw, NULL);
        for (size_t bytes = 1; bytes < 30000; bytes = bytes * 3 / 2 + 1)
            transfer_write(&raw, 1, bytes);
        for (uint32_t j = 0; sim_status(raw.conn).unacked_bytes > 0; j++)
            sim_raw_sack(&raw, raw.host_tsn + j, 100000);
        size_t longest = 0;
        for (size_t j = 0; j < transfer_packets(&raw); j++)
            if (transfer_packet(&raw, j)->length > longest)
                longest = transfer_packet(&raw, j)->length;
        assert_true(longest <= mtus[i] - 28);
        assert_true(longest > mtus[i] - 28 - 16); /* and the room is used */
        sim_finish(sim);
    }
}

/* Retransmissions share a packet with new data: by TSN all the same. */
/* covers: 9260/6.10-4 */
static void test_data_by_tsn(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = transfer_options();
    options.max_burst = 0;
    struct sim_raw raw = transfer_from_host(sim, 100000, &options);
    transfer_write(&raw, 20, 50);
    uint32_t before = raw.host_tsn - 1;
    static const uint16_t gaps[3][3][2] = {
        {{2, 3}, {5, 6}, {8, 8}}, {{2, 3}, {5, 6}, {8, 9}}, {{2, 3}, {5, 6}, {8, 10}}};
    for (int i = 0; i < 3; i++) {
        if (i == 2)
            sim_send(raw.conn, 0, 50); /* leaves with what is sent again */
        struct pb *pb = sim_raw_packet(&raw);
        pb_sack(pb, before, 100000, 3, gaps[i], 0, NULL);
        sim_raw_send(&raw, pb);
    }
    const struct sim_record *packet = transfer_packet(&raw, transfer_packets(&raw) - 1);
    static const uint32_t expected[] = {1, 4, 7, 21};
    assert_int_equal(packet->n_chunks, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(packet->chunks[i].tsn, before + expected[i]);
    sim_finish(sim);
}

/* Three DATA chunks and, between them, things that are answered: all in the order they stand. */
/* covers: 9260/6.10-6 9260/6-13 */
static void test_received_chunks_in_their_order(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host_begun(sim, NULL);
    struct pb *pb = sim_raw_packet(&raw);
    pb_data(pb, DATA_WHOLE | DATA_UNORDERED, 1002, 0, 0, 0, "b", 1);
    pb_data(pb, DATA_WHOLE | DATA_UNORDERED, 1001, 0, 0, 0, "a", 1);
    pb_data(pb, DATA_WHOLE | DATA_UNORDERED, 1003, 0, 0, 0, "ccc", 3);
    sim_raw_send(&raw, pb);
    char text[256];
    sctpx_rcvinfo info;
    assert_int_equal(sctpx_assoc_receive(raw.conn->assoc, 0, text, sizeof text, &info), 100);
    static const char *const expected[] = {"b", "a", "ccc"};
    for (size_t i = 0; i < 3; i++) {
        long n = sctpx_assoc_receive(raw.conn->assoc, 0, text, sizeof text, &info);
        assert_int_equal(n, strlen(expected[i]));
        assert_memory_equal(text, expected[i], (size_t)n);
    }
    /* DATA before SHUTDOWN is taken, DATA behind it is not (9.2). */
    pb = sim_raw_packet(&raw);
    pb_data(pb, DATA_WHOLE | DATA_UNORDERED, 1004, 0, 0, 0, "d", 1);
    pb_shutdown(pb, raw.host_tsn - 1);
    pb_data(pb, DATA_WHOLE | DATA_UNORDERED, 1005, 0, 0, 0, "e", 1);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    assert_int_equal(sctpx_assoc_receive(raw.conn->assoc, 0, text, sizeof text, &info), 1);
    assert_int_equal(text[0], 'd');
    assert_true(sctpx_assoc_receive(raw.conn->assoc, 0, text, sizeof text, &info) <= 0);
    sim_finish(sim);
}

/* The last chunk says that it is longer than the packet, by any number of bytes. */
/* covers: 9260/6.10-7 9260/6.10-6 */
static void test_partial_chunk_is_dropped(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host_begun(sim, NULL);
    for (uint16_t excess = 1; excess < 200; excess += 7) {
        uint64_t before = sim_status(raw.conn).received_chunks;
        struct pb *pb = sim_raw_packet(&raw);
        pb_data(pb, DATA_WHOLE | DATA_UNORDERED, raw.tsn, 0, 0, 0, "good", 4);
        pb_chunk(pb, SIM_DATA, DATA_WHOLE | DATA_UNORDERED);
        static const uint8_t rest[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'b', 'a', 'd', '!'};
        pb_bytes(pb, rest, sizeof rest);
        pb_lie_length(pb, (uint16_t)(4 + sizeof rest + excess));
        pb_end(pb);
        sim_raw_send(&raw, pb);
        assert_int_equal(sim_status(raw.conn).received_chunks, before + 1);
        raw.tsn++;
    }
    assert_int_equal(sim_raw_count(&raw, SIM_ABORT), 0);
    assert_int_equal(sim_raw_count(&raw, SIM_ERROR), 0);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_finish(sim);
}

/* Chunk lengths that are no multiple of four: the next chunk begins behind the padding. */
/* covers: 9260/6.10-6 */
static void test_chunks_end_on_four_bytes(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host_begun(sim, NULL);
    struct pb *pb = sim_raw_packet(&raw);
    for (size_t i = 1; i <= 9; i++)
        pb_data(pb, DATA_WHOLE | DATA_UNORDERED, raw.tsn++, 0, 0, 0, "123456789", i);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_status(raw.conn).received_chunks, 10);
    assert_int_equal(sim_status(raw.conn).readable_bytes, 100 + 45);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_packets_of_a_whole_life),
        sim_unit_test(test_control_chunks_before_data),
        sim_unit_test(test_no_packet_over_the_mtu),
        sim_rfc9260_test(test_data_by_tsn),
        sim_unit_test(test_received_chunks_in_their_order),
        sim_unit_test(test_partial_chunk_is_dropped),
        sim_unit_test(test_chunks_end_on_four_bytes),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_06_bundle", tests, NULL, NULL);
}
