/* SPDX-License-Identifier: MIT */
/* RFC 9260 3.2 and 3.2.1: padding of chunks and parameters, and what is done with unknown types. */
#include "conformance/rfc9260_03.h"

enum { UNRECOGNIZED_CHUNK = 6 };

/* Reasons of 0 to 9 bytes: the last cause is padded, and no length field counts that. */
/* covers: 9260/3.2-1 9260/3.2-2 9260/3.2-3 */
static void test_chunks_are_padded_with_zeros(void **state)
{
    for (size_t length = 0; length < 10; length++) {
        struct sim *sim = length == 0 ? *state : sim_renew(state);
        struct sim_raw raw = connected(sim);
        uint8_t reason[10];
        memset(reason, 0xFF, sizeof reason);
        sctpx_assoc_abort(raw.conn->assoc, sim->now, reason, length);
        sim_flush(sim);
        const struct sim_record *record = sim_raw_last(&raw, SIM_ABORT);
        const uint8_t *chunk = record->raw + COMMON_HEADER;
        assert_int_equal(get_u16(chunk + 2), 4 + 4 + length);
        assert_int_equal(record->length, COMMON_HEADER + ((8 + length + 3) & ~(size_t)3));
        for (const uint8_t *p = chunk + 8 + length; p < record->raw + record->length; p++)
            assert_int_equal(*p, 0);
        sim_finish(sim);
    }
}

/* covers: 9260/3.2-1 9260/3.2-2 9260/3.2-3 9260/3.3.1-1 9260/3.3.1-9 9260/3.3.1-10 9260/3.3.1-11 */
static void test_data_chunks_are_padded_with_zeros(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    for (uint16_t length = 1; length < 10; length++) {
        uint8_t bytes[16];
        memset(bytes, 0xFF, sizeof bytes);
        const sctpx_sndinfo info = {.stream = 3, .ppid = 0xA0B0C0D0};
        assert_int_equal(sctpx_assoc_send(raw.conn->assoc, sim->now, bytes, length, &info), 0);
        sim_flush(sim);
        uint32_t tsn = raw.host_tsn + length - 1u;
        struct pb *pb = pb_bare();
        pb_data(pb, 3, tsn, 3, (uint16_t)(length - 1), 0xA0B0C0D0, bytes, length);
        check_chunks(&raw, SIM_DATA, pb);
        assert_int_equal(get_u16(last_chunk(&raw, SIM_DATA) + 2), 16 + length);
        sim_raw_sack(&raw, tsn, raw.rwnd);
    }
    sim_finish(sim);
}

/* covers: 9260/3.2-4 9260/3.2.1-3 */
static void test_padding_is_ignored(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    struct pb *pb = sim_raw_init(&raw);
    pb_tlv(pb, 0x8765); /* skipped, with its padding */
    pb_bytes(pb, "a", 1);
    pb_pad_with(pb, 0xFF);
    pb_end(pb);
    pb_ipv4(pb, 0xC0000264);
    pb_tlv(pb, 12);
    pb_u16(pb, 5);
    pb_pad_with(pb, 0xFF);
    pb_end(pb);
    sim_raw_send(&raw, pb);
    sim_raw_learn(&raw, SIM_INIT_ACK);
    sim_raw_send(&raw, cookie_echo(&raw));
    raw.conn = sim_accepted(raw.host, 0);
    assert_int_equal(sim_status(raw.conn).paths, 2);
    raw.conn->auto_read = false;
    pb = sim_raw_packet(&raw);
    for (uint16_t i = 0; i < 3; i++) {
        pb_chunk(pb, SIM_DATA, 3);
        pb_u32(pb, raw.tsn + i);
        pb_u32(pb, i);
        pb_u32(pb, 0);
        pb_fill(pb, 'x', 1u + i);
        pb_pad_with(pb, 0xFF);
        pb_end(pb);
    }
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_status(raw.conn).readable_messages, 3);
    assert_int_equal(sim_status(raw.conn).readable_bytes, 1 + 2 + 3);
    sim_finish(sim);
}

/* A note of 3.2: the last padding may be counted in the chunk's length, or be missing. */
static void test_final_padding_may_be_counted_or_missing(void **state)
{
    for (int i = 0; i < 2; i++) {
        struct sim *sim = i == 0 ? *state : sim_renew(state);
        struct sim_raw raw = stranger(sim);
        struct pb *pb = sim_raw_init(&raw);
        pb_ipv4(pb, 0xC0000264);
        pb_item(pb, 0x8765, "abcde", 5);
        if (i == 0)
            pb_u8(pb, 0), pb_u8(pb, 0), pb_u8(pb, 0);
        else
            pb_no_padding(pb);
        pb_end(pb);
        sim_raw_send(&raw, pb);
        sim_raw_learn(&raw, SIM_INIT_ACK);
        sim_raw_send(&raw, cookie_echo(&raw));
        raw.conn = sim_accepted(raw.host, 0);
        assert_int_equal(sim_status(raw.conn).paths, 2);
        pb = sim_raw_packet(&raw);
        pb_error(pb);
        pb_item(pb, 9999, "abcde", 5);
        if (i == 0)
            pb_u8(pb, 0), pb_u8(pb, 0), pb_u8(pb, 0);
        else
            pb_no_padding(pb);
        sim_raw_send(&raw, pb);
        assert_int_equal(sim_event_count(raw.host, SCTPX_EVENT_REMOTE_ERROR), 1);
        sim_finish(sim);
    }
}

/* A host with IPv4 only says so: 6 bytes that need 2 of padding, which INIT's length leaves out. */
/* covers: 9260/3.2.1-1 9260/3.2.1-2 */
static void test_last_parameter_is_padded_outside_the_chunk_length(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = client(sim, NULL);
    static const uint8_t types[8] = {0, 12, 0, 6, 0, 5, 0, 0};
    const uint8_t *init = last_chunk(&raw, SIM_INIT);
    assert_int_equal(get_u16(init + 2), INIT_FIXED + 6);
    assert_memory_equal(init + INIT_FIXED, types, sizeof types);
    assert_int_equal(sim_raw_last(&raw, SIM_INIT)->length, COMMON_HEADER + INIT_FIXED + 8);
    sim_finish(sim);
}

/* Between two parameters the padding counts in the chunk's length. */
/* covers: 9260/3.2.1-1 9260/3.2.1-2 */
static void test_parameters_in_between_are_padded(void **state)
{
    for (size_t length = 0; length < 5; length++) {
        struct sim *sim = length == 0 ? *state : sim_renew(state);
        struct sim_raw raw = client(sim, NULL);
        struct pb *pb = init_ack(&raw);
        pb_cookie(pb, "cookie", 6);
        pb_item(pb, 0xC00F, "\xFF\xFF\xFF\xFF", length);
        pb_item(pb, 0xC00E, "\xFF\xFF\xFF", 3);
        sim_raw_send(&raw, pb);
        pb = pb_bare();
        pb_cookie_echo(pb, "cookie", 6);
        pb_error(pb);
        pb_tlv(pb, 8);
        pb_item(pb, 0xC00F, "\xFF\xFF\xFF\xFF", length);
        pb_item(pb, 0xC00E, "\xFF\xFF\xFF", 3);
        pb_end(pb);
        pb_end(pb);
        check_chunks(&raw, SIM_COOKIE_ECHO, pb);
        size_t padded = (4 + length + 3) & ~(size_t)3;
        assert_int_equal(get_u16(last_chunk(&raw, SIM_ERROR) + 2), 4 + 4 + padded + 7);
        sim_finish(sim);
    }
}

/* ---- unknown chunks: table 2 ----------------------------------------------------------------- */

static void put_unknown(struct pb *pb, uint8_t type)
{
    pb_chunk(pb, type, 0xA5);
    pb_bytes(pb, "abcde", 5);
    pb_end(pb);
}

/* Every type that is not defined, between two DATA chunks. */
static void test_every_unknown_chunk_type(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    raw.conn->auto_read = false;
    for (unsigned type = 15; type <= 255; type++) {
        bool is_reported = (type & 0x40) != 0, is_skipped = (type & 0x80) != 0;
        size_t errors = sim_raw_count(&raw, SIM_ERROR);
        size_t messages = sim_status(raw.conn).readable_messages;
        struct pb *pb = sim_raw_packet(&raw);
        pb_data(pb, 7, raw.tsn, 0, 0, 0, "x", 1);
        put_unknown(pb, (uint8_t)type);
        pb_data(pb, 7, raw.tsn + 1, 0, 0, 0, "x", 1);
        sim_raw_send(&raw, pb);
        raw.tsn += is_skipped ? 2 : 1;
        assert_int_equal(sim_status(raw.conn).readable_messages, messages + (is_skipped ? 2 : 1));
        assert_int_equal(sim_raw_count(&raw, SIM_ERROR), errors + is_reported);
        if (!is_reported)
            continue;
        const uint8_t *error = last_chunk(&raw, SIM_ERROR);
        pb = pb_bare();
        pb_error(pb);
        pb_tlv(pb, UNRECOGNIZED_CHUNK);
        pb_u8(pb, (uint8_t)type);
        pb_u8(pb, 0xA5);
        pb_u16(pb, 9);
        pb_bytes(pb, "abcde", 5);
        pb_end(pb);
        assert_true(pb_equals(pb, error, 4 + 4 + 9 + 3));
    }
    sim_finish(sim);
}

/* ECNE and CWR are reserved, not unknown: nothing is done, and what follows counts. */
static void test_reserved_chunks_are_skipped(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    raw.conn->auto_read = false;
    struct pb *pb = sim_raw_packet(&raw);
    pb_ecne(pb, raw.tsn);
    pb_cwr(pb, raw.tsn);
    pb_data(pb, 3, raw.tsn, 0, 0, 0, "x", 1);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_status(raw.conn).readable_messages, 1);
    assert_int_equal(sim_raw_count(&raw, SIM_ERROR), 0);
    sim_finish(sim);
}

/* 3.2, Chunk Flags: bits without a meaning are not looked at. */
static void test_meaningless_flags_are_ignored(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    sim_send(raw.conn, 0, 10);
    sim_flush(sim);
    struct pb *pb = sim_raw_packet(&raw);
    pb_chunk(pb, SIM_SACK, 0xFF);
    pb_u32(pb, raw.host_tsn);
    pb_u32(pb, 5000);
    pb_u32(pb, 0);
    pb_end(pb);
    pb_chunk(pb, SIM_HEARTBEAT, 0xFF);
    pb_item(pb, 1, "abc", 3);
    pb_end(pb);
    pb_chunk(pb, SIM_ERROR, 0xFF);
    pb_item(pb, 4, NULL, 0);
    pb_end(pb);
    pb_chunk(pb, SIM_SHUTDOWN, 0xFF);
    pb_u32(pb, raw.host_tsn);
    pb_end(pb);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_status(raw.conn).unacked_bytes, 0);
    assert_int_equal(sim_raw_count(&raw, SIM_HEARTBEAT_ACK), 1);
    assert_int_equal(sim_event_count(raw.host, SCTPX_EVENT_REMOTE_ERROR), 1);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    pb = sim_raw_packet(&raw);
    pb_chunk(pb, SIM_SHUTDOWN_COMPLETE, 0xFE);
    sim_raw_send(&raw, pb);
    assert_true(raw.conn->is_closed);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_chunks_are_padded_with_zeros),
        sim_unit_test(test_data_chunks_are_padded_with_zeros),
        sim_unit_test(test_padding_is_ignored),
        sim_unit_test(test_final_padding_may_be_counted_or_missing),
        sim_unit_test(test_last_parameter_is_padded_outside_the_chunk_length),
        sim_unit_test(test_parameters_in_between_are_padded),
        sim_unit_test(test_every_unknown_chunk_type),
        sim_unit_test(test_reserved_chunks_are_skipped),
        sim_unit_test(test_meaningless_flags_are_ignored),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_03_chunk", tests, NULL, NULL);
}
