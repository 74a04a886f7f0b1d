/* SPDX-License-Identifier: MIT */
/* Fragmentation and reassembly (RFC 9260 6.9). */
#include <string.h>

#include "conformance/rfc9260_06.h"

/* The chunks of the host's messages so far, by TSN; all must have left and be acknowledged. */
struct series {
    struct sim_chunk chunks[64];
    size_t count;
};

static struct series acknowledged_chunks(struct sim_raw *raw)
{
    struct series series = {.count = 0};
    for (size_t i = 0; i < transfer_packets(raw); i++) {
        const struct sim_record *packet = transfer_packet(raw, i);
        for (size_t j = 0; j < packet->n_chunks; j++) {
            if (packet->chunks[j].type != SIM_DATA)
                continue;
            assert_true(series.count < 64);
            series.chunks[series.count++] = packet->chunks[j];
            sim_raw_sack(raw, packet->chunks[j].tsn, 100000);
        }
    }
    assert_int_equal(sim_status(raw->conn).unacked_bytes + sim_status(raw->conn).unsent_bytes, 0);
    return series;
}

/* covers: 9260/6-9 9260/6-10 9260/6.9-2 9260/6.9-8 9260/6.9-10 9260/6.9-11 */
static void test_what_does_not_fit_a_packet_is_cut(void **state)
{
    static const size_t sizes[] = {1,    FULL_PAYLOAD - 1, FULL_PAYLOAD, FULL_PAYLOAD + 1, 5000,
                                   20000};
    for (size_t i = 0; i < 6; i++) {
        struct sim *sim = sim_renew(state);
        struct sim_raw raw = transfer_from_host(sim, 100000, NULL);
        transfer_write(&raw, 1, sizes[i]);
        struct series series = acknowledged_chunks(&raw);
        size_t bytes = 0;
        for (size_t j = 0; j < series.count; j++) {
            assert_true(series.chunks[j].length <= 16 + FULL_PAYLOAD);
            bytes += series.chunks[j].length - 16u;
        }
        assert_int_equal(bytes, sizes[i]);
        assert_int_equal(series.count, (sizes[i] + FULL_PAYLOAD - 1) / FULL_PAYLOAD);
        sim_finish(sim);
    }
}

static void check_series(struct sim *sim, uint16_t flags)
{
    struct sim_raw raw = transfer_from_host(sim, 100000, NULL);
    sim_send(raw.conn, 3, 10); /* so that the SSN is not 0 */
    assert_int_equal(sim_try_send(raw.conn, 3, 10000, flags), 0);
    sim_flush(sim);
    struct series series = acknowledged_chunks(&raw);
    assert_true(series.count > 7);
    for (size_t i = 1; i < series.count; i++) {
        const struct sim_chunk *chunk = &series.chunks[i];
        assert_int_equal(chunk->tsn, raw.host_tsn + i);
        assert_int_equal(chunk->stream, 3);
        assert_int_equal(chunk->ssn, series.chunks[1].ssn);
        if (!flags)
            assert_int_equal(chunk->ssn, 1);
        assert_int_equal((chunk->flags & DATA_UNORDERED) != 0, flags != 0);
        int expected = i == 1 ? DATA_BEGIN : i + 1 == series.count ? DATA_END : 0;
        assert_int_equal(chunk->flags & DATA_WHOLE, expected);
    }
    sim_finish(sim);
}

/* covers: 9260/6.9-12 9260/6.9-14 */
static void test_fragments_of_an_ordered_message(void **state)
{
    check_series(*state, 0);
}

/* covers: 9260/6.9-12 9260/6.9-13 9260/6.9-14 */
static void test_fragments_of_an_unordered_message(void **state)
{
    check_series(*state, SCTPX_MSG_UNORDERED);
}

/* Other messages wait on other streams: they do not get between the TSNs of a series. */
/* covers: 9260/6.9-12 */
static void test_series_is_not_interrupted(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 100000, NULL);
    for (uint16_t i = 0; i < 5; i++) {
        sim_send(raw.conn, i, 6000);
        assert_int_equal(sim_try_send(raw.conn, i, 100, SCTPX_MSG_UNORDERED), 0);
    }
    sim_flush(sim);
    struct series series = acknowledged_chunks(&raw);
    const struct sim_chunk *begun = NULL;
    for (size_t i = 0; i < series.count; i++) {
        const struct sim_chunk *chunk = &series.chunks[i];
        assert_int_equal((chunk->flags & DATA_BEGIN) != 0, begun == NULL);
        if (begun)
            assert_int_equal(chunk->stream, begun->stream);
        if (!begun)
            begun = chunk;
        if (chunk->flags & DATA_END)
            begun = NULL;
    }
    sim_finish(sim);
}

/* A SACK is owed: the fragment beside it is so much smaller, and the packet still full. */
/* covers: 9260/6.9-9 */
static void test_room_for_a_sack(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host_begun(sim, NULL);
    sim_raw_data(&raw, 0, 1, 100); /* delayed */
    transfer_write(&raw, 1, 3000);
    const struct sim_record *packet = transfer_packet(&raw, 0);
    assert_int_equal(packet->n_chunks, 2);
    assert_int_equal(packet->chunks[0].type, SIM_SACK);
    assert_int_equal(packet->chunks[1].length, 16 + FULL_PAYLOAD - 16);
    assert_int_equal(packet->length, PACKET_BYTES);
    assert_int_equal(transfer_packet(&raw, 1)->length, PACKET_BYTES);
    sim_finish(sim);
}

/*
 * Two addresses of the peer, the first one with this UDP port: packets without UDP have 8 bytes
 * more.
 */
static struct sim_raw two_sizes(struct sim *sim, uint16_t first_port, uint16_t second_port)
{
    struct sim_host *host = sim_host_new(sim, "host", 1, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    raw.addr.udp_port = first_port;
    const sctpx_addr remotes[] = {raw.addr, sim_ipv4(192, 0, 2, 201, second_port)};
    raw.conn = sim_connect_to(host, remotes, 2, raw.port, 0, NULL);
    sim_flush(sim);
    sim_raw_learn(&raw, SIM_INIT);
    struct pb *pb = sim_raw_packet(&raw);
    pb_init_ack(pb, raw.tag, raw.rwnd, raw.os, raw.mis, raw.tsn);
    pb_ipv4(pb, 0xC00002C9);
    pb_cookie(pb, "cookie", 6);
    sim_raw_send(&raw, pb);
    pb = sim_raw_packet(&raw);
    pb_cookie_ack(pb);
    sim_raw_send(&raw, pb);
    assert_true(sim_path(raw.conn, 1).confirmed); /* the user named it, 5.4 */
    return raw;
}

/* covers: 9260/6.9-6 9260/6-10 */
static void test_chunks_fit_the_smallest_path(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = two_sizes(sim, 0, SIM_UDP_PORT);
    transfer_write(&raw, 1, 6000);
    struct series series = acknowledged_chunks(&raw);
    assert_true(series.count >= 5);
    for (size_t i = 0; i < series.count; i++)
        assert_true(series.chunks[i].length <= 16 + FULL_PAYLOAD);
    sim_finish(sim);
}

/* What timed out goes to the second address, whose packets may be longer than the primary's. */
/* covers: 9260/6.10-2 */
static void test_packets_fit_the_path_they_take(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = two_sizes(sim, SIM_UDP_PORT, 0);
    for (int i = 0; i < 70; i++)
        sim_send(raw.conn, 0, 8);
    sim_flush(sim);
    size_t packets = transfer_packets(&raw);
    sim_run_for(sim, 1100 * SIM_MS);
    assert_true(transfer_packets(&raw) > packets);
    for (size_t i = 0; i < transfer_packets(&raw); i++) {
        bool is_first = sim_same_ip(&transfer_packet(&raw, i)->to, &raw.addr);
        assert_int_equal(is_first, i < packets);
        assert_true(transfer_packet(&raw, i)->length <= PACKET_BYTES + (is_first ? 0u : 8u));
    }
    sim_finish(sim);
}

/* The MTU shrinks while a chunk is outstanding: the chunk stays as it is, new ones are smaller. */
/* covers: 9260/6.9-7 */
static void test_fragments_are_not_cut_again(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = transfer_options();
    struct sim_raw raw = transfer_from_host(sim, 100000, &options);
    transfer_write(&raw, 1, FULL_PAYLOAD);
    options.mtu = 600;
    assert_int_equal(sctpx_assoc_set_options(raw.conn->assoc, sim->now, &options), 0);
    sim_run_for(sim, 1100 * SIM_MS);
    assert_int_equal(transfer_times(&raw, raw.host_tsn), 2);
    assert_int_equal(transfer_packet(&raw, 1)->chunks[0].length, 16 + FULL_PAYLOAD);
    sim_raw_sack(&raw, raw.host_tsn, 100000);
    transfer_write(&raw, 1, FULL_PAYLOAD);
    assert_true(transfer_packet(&raw, 2)->length <= 600 - 28);
    sim_finish(sim);
}

static void fragment(struct sim_raw *raw, uint32_t tsn, uint8_t flags, uint16_t ssn,
                     const char *text)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_data(pb, flags, tsn, 1, ssn, 0, text, strlen(text));
    sim_raw_send(raw, pb);
}

static void check_read(struct sim_raw *raw, const char *expected)
{
    char text[64];
    sctpx_rcvinfo info;
    long length = sctpx_assoc_receive(raw->conn->assoc, SCTPX_ANY_STREAM, text, sizeof text, &info);
    if (!expected) {
        assert_int_equal(length, SCTPX_EWOULDBLOCK);
        return;
    }
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(text, expected, strlen(expected));
    assert_int_equal(info.stream, 1);
}

/* B and E bits and TSNs alone say what belongs together, in whatever order it comes. */
/* covers: 9260/6.9-1 9260/6.9-15 9260/6-13 */
static void test_reassembly_in_any_order(void **state)
{
    static const uint8_t orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                         {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    static const char *const parts[] = {"one ", "two ", "three"};
    static const uint8_t flags[] = {DATA_BEGIN, 0, DATA_END};
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host(sim, NULL);
    for (uint16_t i = 0; i < 12; i++) {
        uint8_t unordered = i < 6 ? 0 : DATA_UNORDERED;
        for (size_t j = 0; j < 3; j++) {
            uint8_t k = orders[i % 6][j];
            check_read(&raw, NULL);
            fragment(&raw, raw.tsn + k, flags[k] | unordered, i, parts[k]);
        }
        check_read(&raw, "one two three");
        raw.tsn += 3;
    }
    sim_finish(sim);
}

/* Fragments of two messages in one packet, with a whole one between (6: bundled). */
/* covers: 9260/6-13 9260/6.9-15 */
static void test_bundled_fragments(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host(sim, NULL);
    fragment(&raw, 1000, DATA_BEGIN, 0, "be");
    struct pb *pb = sim_raw_packet(&raw);
    pb_data(pb, DATA_END, 1001, 1, 0, 0, "gin", 3);
    pb_data(pb, DATA_WHOLE, 1002, 1, 1, 0, "whole", 5);
    pb_data(pb, DATA_BEGIN, 1003, 1, 2, 0, "e", 1);
    sim_raw_send(&raw, pb);
    fragment(&raw, 1004, DATA_END, 2, "nd");
    check_read(&raw, "begin");
    check_read(&raw, "whole");
    check_read(&raw, "end");
    sim_finish(sim);
}

/* The buffer is full of one message: what there is of it goes to a user who takes pieces. */
/* covers: 9260/6.9-16 9260/6.2-32 */
static void test_partial_delivery_frees_the_buffer(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = transfer_options();
    options.rcvbuf_bytes = 20000;
    options.partial_delivery = true;
    options.sack_packets = 1;
    struct sim_raw raw = transfer_to_host(sim, &options);
    static char buffer[20000];
    sctpx_rcvinfo info;
    size_t total = 0;
    for (uint32_t i = 0; i < 60; i++) {
        uint8_t flags = i == 0 ? DATA_BEGIN : i == 59 ? DATA_END : 0;
        uint32_t before = i > 0 ? transfer_last_sack(&raw)->rwnd : 20000;
        sim_raw_data_tsn(&raw, 1000 + i, flags, 0, 0, 1000);
        assert_true(transfer_last_sack(&raw)->rwnd < before); /* held: it does not open */
        assert_int_equal(transfer_last_sack(&raw)->tsn, 1000 + i);
        long n = sctpx_assoc_receive(raw.conn->assoc, 0, buffer, sizeof buffer, &info);
        if (n <= 0)
            continue;
        assert_int_equal((info.flags & SCTPX_MSG_FIRST) != 0, total == 0);
        total += (size_t)n;
        sim_flush(sim);
        sim_raw_data_tsn(&raw, 1000 + i, flags, 0, 0, 1000); /* a duplicate, for its SACK */
    }
    assert_int_equal(total, 60000);
    assert_true(info.flags & SCTPX_MSG_LAST);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_what_does_not_fit_a_packet_is_cut),
        sim_unit_test(test_fragments_of_an_ordered_message),
        sim_unit_test(test_fragments_of_an_unordered_message),
        sim_unit_test(test_series_is_not_interrupted),
        sim_unit_test(test_room_for_a_sack),
        sim_unit_test(test_chunks_fit_the_smallest_path),
        sim_rfc9260_test(test_packets_fit_the_path_they_take),
        sim_unit_test(test_fragments_are_not_cut_again),
        sim_unit_test(test_reassembly_in_any_order),
        sim_unit_test(test_bundled_fragments),
        sim_unit_test(test_partial_delivery_frees_the_buffer),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_06_fragment", tests, NULL, NULL);
}
