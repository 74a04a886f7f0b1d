/* SPDX-License-Identifier: MIT */
/* CRC32c of packets (RFC 9260 6.8). What the host sends is checked with a CRC of the tests' own. */
#include <stdlib.h>
#include <string.h>

#include "conformance/rfc9260_06.h"

/* The checksum of a packet as it should be: over everything, the field itself being 0. */
static uint32_t expected_checksum(const uint8_t *packet, size_t length)
{
    uint8_t *copy = malloc(length);
    assert_non_null(copy);
    memcpy(copy, packet, length);
    memset(copy + 8, 0, 4);
    uint32_t crc = pb_crc32c(copy, length);
    free(copy);
    return crc;
}

/* The least significant byte comes first (appendix A). */
static uint32_t checksum_of(const uint8_t *packet)
{
    return packet[8] | (uint32_t)packet[9] << 8 | (uint32_t)packet[10] << 16 |
           (uint32_t)packet[11] << 24;
}

/* Packets of all kinds and lengths, with the tag of whom they are for. */
/* covers: 9260/6.8-1 9260/6.8-2 */
static void test_every_packet_has_its_checksum(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    for (size_t i = 1; i < 60; i++) {
        sim_send(pair.ab, 0, 25 * i);
        sim_send(pair.ba, 0, 24 * i + 7);
        sim_run_for(sim, 50 * SIM_MS);
    }
    sctpx_assoc_heartbeat(pair.ab->assoc, sim->now, 0);
    sctpx_assoc_shutdown(pair.ab->assoc, sim->now);
    sim_run_until_closed(pair.ab, 10 * SIM_SECOND);
    uint32_t a_tag = sim_status(pair.ab).local_tag, b_tag = sim_status(pair.ba).local_tag;
    const struct sim_record *record;
    size_t n = 0;
    for (; (record = sim_nth(sim, (struct sim_query){.chunk = SIM_ANY}, n)) != NULL; n++) {
        uint32_t crc = expected_checksum(record->raw, record->length);
        assert_int_equal(checksum_of(record->raw), crc);
        if (!sim_record_has(record, SIM_INIT))
            assert_int_equal(record->vtag, record->sender == pair.a ? b_tag : a_tag);
    }
    assert_true(n > 100);
    sim_finish(sim);
}

static uint64_t bad_checksums(const struct sim_raw *raw)
{
    return sim_stats(raw->host).bad_checksum;
}

/* One bit is wrong, wherever it is: no answer, no change. */
/* covers: 9260/6.8-3 9260/6.8-4 */
static void test_every_flipped_bit_is_noticed(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host_begun(sim, NULL);
    struct pb *pb = sim_raw_packet(&raw);
    pb_data(pb, DATA_WHOLE | DATA_IMMEDIATE, 1001, 0, 1, 0, "hello", 5);
    size_t length;
    uint8_t *packet = pb_finish(pb, &length);
    size_t answers = sim_raw_count(&raw, SIM_ANY);
    uint64_t received = sim_status(raw.conn).received_packets;
    for (size_t bit = 0; bit < 8 * length; bit++) {
        packet[bit / 8] ^= (uint8_t)(1u << bit % 8);
        sim_inject(sim, &raw.addr, &raw.host->addrs[0], packet, length);
        sim_flush(sim);
        packet[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    /* A port 0 may be noticed before the checksum, no other field is. */
    assert_true(bad_checksums(&raw) >= 8 * length - 32);
    assert_int_equal(sim_raw_count(&raw, SIM_ANY), answers);
    assert_int_equal(sim_status(raw.conn).received_packets, received);
    assert_int_equal(sim_status(raw.conn).readable_messages, 1);
    sim_inject(sim, &raw.addr, &raw.host->addrs[0], packet, length);
    sim_flush(sim);
    assert_int_equal(transfer_last_sack(&raw)->tsn, 1001);
    free(packet);
    sim_finish(sim);
}

/* The checksum comes first: a broken packet is no out of the blue packet and aborts nothing. */
/* covers: 9260/6.8-3 9260/6.8-4 */
static void test_broken_packets_have_no_effect(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host_begun(sim, NULL);
    size_t answers = sim_raw_count(&raw, SIM_ANY);
    struct pb *pb = sim_raw_packet(&raw);
    pb_abort(pb, false);
    pb_end(pb);
    pb_corrupt_checksum(pb);
    sim_raw_send(&raw, pb);
    pb = sim_raw_packet(&raw);
    pb_data(pb, DATA_WHOLE, 1001, 0, 1, 0, "", 0); /* would be answered by ABORT */
    pb_corrupt_checksum(pb);
    sim_raw_send(&raw, pb);
    pb = pb_new(raw.port, 4711, 0x1234); /* and this too */
    pb_shutdown_ack(pb);
    pb_set_checksum(pb, 0);
    sim_raw_send(&raw, pb);
    struct sim_raw other = sim_raw_new(raw.host, 2);
    pb = sim_raw_init(&other);
    pb_end(pb);
    pb_corrupt_checksum(pb);
    sim_raw_send(&other, pb);
    assert_int_equal(sim_raw_count(&raw, SIM_ANY), answers);
    assert_int_equal(sim_raw_count(&other, SIM_ANY), 0);
    assert_int_equal(bad_checksums(&raw), 4);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_every_packet_has_its_checksum),
        sim_unit_test(test_every_flipped_bit_is_noticed),
        sim_unit_test(test_broken_packets_have_no_effect),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_06_checksum", tests, NULL, NULL);
}
