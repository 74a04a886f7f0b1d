/* SPDX-License-Identifier: MIT */
/* ETSI TS 102 369, data: what the host receives, and what is too long. */
#include <stdlib.h>

#include "conformance/etsi.h"

enum { CAUSE_OUT_OF_RESOURCE = 4, CAUSE_NO_USER_DATA = 9 };

/* One message of the peer in fragments of so many bytes, the first one of stream 0. */
static void send_fragments(struct sim_raw *raw, size_t length, size_t piece)
{
    uint8_t *bytes = malloc(length);
    assert_non_null(bytes);
    sim_fill_content(bytes, length, 0, 0);
    for (size_t at = 0; at < length; at += piece) {
        size_t n = length - at < piece ? length - at : piece;
        uint8_t flags = (uint8_t)((at == 0 ? DATA_BEGIN : 0) | (at + n == length ? DATA_END : 0));
        struct pb *pb = sim_raw_packet(raw);
        pb_data(pb, flags, raw->tsn++, 0, 0, 0, bytes + at, n);
        sim_raw_send(raw, pb);
    }
    free(bytes);
}

/* First, middle and last: the user gets one message, and not before the last is there.
 * covers: ts102369/D-V-8-3 */
static void test_d_v_8_3_fragmented_message(void **state)
{
    struct sim_raw raw = active(*state, NULL);
    send_fragments(&raw, 300, 100);
    assert_int_equal(raw.conn->received_messages, 1);
    assert_int_equal(raw.conn->received_bytes, 300);
    assert_int_equal(raw.conn->received_pieces, 0);
    assert_int_equal(last_chunk(&raw, SIM_SACK)->tsn, raw.tsn - 1);
    sim_finish(*state);
    raw = active(sim_renew(state), NULL);
    sim_raw_data_tsn(&raw, 1000, DATA_BEGIN, 0, 0, 100);
    sim_raw_data_tsn(&raw, 1001, 0, 0, 0, 100);
    assert_int_equal(sim_event_count(raw.host, SCTPX_EVENT_READABLE), 0);
    sim_finish(*state);
}

/* Reported at once, once, and the user gets it once. covers: ts102369/D-O-8-6 */
static void test_d_o_8_6_duplicate_data(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = active(sim, NULL);
    sim_raw_data(&raw, 0, 0, 100); /* the first one is acknowledged at once */
    raw.tsn--;
    sim_raw_data(&raw, 0, 0, 100); /* a new one could wait for a second packet */
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 2);
    const struct sim_record *record = check_alone(&raw, SIM_SACK);
    assert_int_equal(record->chunks[0].tsn, raw.tsn - 1);
    assert_int_equal(record->chunks[0].gaps, 0);
    assert_int_equal(record->chunks[0].dups, 1);
    assert_int_equal(get_u32(record->raw + record->chunks[0].offset + 16), raw.tsn - 1);
    assert_int_equal(raw.conn->received_messages, 1);
    sim_raw_data(&raw, 0, 1, 100);
    sim_run_for(sim, 201 * SIM_MS);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 3);
    assert_int_equal(last_chunk(&raw, SIM_SACK)->dups, 0);
    assert_int_equal(raw.conn->received_messages, 2);
    sim_finish(sim);
}

/* ABORT, No User Data, with the TSN. covers: ts102369/D-I-8-11 */
static void test_d_i_8_11_empty_data(void **state)
{
    struct sim_raw raw = active(*state, NULL);
    struct pb *pb = sim_raw_packet(&raw);
    pb_data(pb, DATA_WHOLE, raw.tsn, 0, 0, 0, "", 0);
    sim_raw_send(&raw, pb);
    const uint8_t *cause = first_cause(check_alone(&raw, SIM_ABORT), SIM_ABORT);
    assert_int_equal(get_u16(cause), CAUSE_NO_USER_DATA);
    assert_int_equal(get_u16(cause + 2), 8);
    assert_int_equal(get_u32(cause + 4), raw.tsn);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 0);
    assert_true(raw.conn->is_closed);
    assert_int_equal(raw.conn->error, SCTPX_EPROTO);
    check_gone(&raw);
    sim_finish(*state);
}

enum { LONGEST = 100000 };

/* A host that takes messages of up to LONGEST bytes; its receive buffer is smaller than that. */
static struct sim_raw with_longest(struct sim *sim)
{
    sctpx_assoc_options options = quiet();
    options.rcvbuf_bytes = 20000;
    options.max_message_bytes = LONGEST;
    return active(sim, &options);
}

/* covers: ts102369/D-V-8-13 */
static void test_d_v_8_13_longest_message(void **state)
{
    struct sim_raw raw = with_longest(*state);
    send_fragments(&raw, LONGEST, FULL_PAYLOAD);
    sim_run_for(*state, SIM_SECOND);
    assert_int_equal(raw.conn->received_messages, 1);
    assert_int_equal(raw.conn->received_bytes, LONGEST);
    assert_int_equal(last_chunk(&raw, SIM_SACK)->tsn, raw.tsn - 1);
    check_alive(&raw);
    sim_finish(*state);
}

/* Received: the association ends, the peer is told why. To be sent: the user is told, and nothing
 * else happens. covers: ts102369/D-V-8-15 */
static void test_d_v_8_15_message_that_is_too_long(void **state)
{
    struct sim_raw raw = with_longest(*state);
    send_fragments(&raw, LONGEST + 1, FULL_PAYLOAD);
    assert_int_equal(sim_raw_count(&raw, SIM_ABORT), 1);
    const uint8_t *cause = first_cause(check_alone(&raw, SIM_ABORT), SIM_ABORT);
    assert_int_equal(get_u16(cause), CAUSE_OUT_OF_RESOURCE);
    assert_true(raw.conn->is_closed);
    assert_int_equal(raw.conn->error, SCTPX_EMSGSIZE);
    assert_int_equal(raw.conn->received_messages, 0);
    sim_finish(*state);
    raw = active(sim_renew(state), NULL);
    size_t mark = sim_mark(*state);
    assert_int_equal(
        sctpx_assoc_send(raw.conn->assoc, raw.host->sim->now, "x", SCTPX_MAX_SEND_BYTES + 1, NULL),
        SCTPX_EMSGSIZE);
    sim_flush(*state);
    assert_int_equal(sim_mark(*state), mark);
    check_alive(&raw);
    sim_finish(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_d_v_8_3_fragmented_message),
        sim_unit_test(test_d_o_8_6_duplicate_data),
        sim_unit_test(test_d_i_8_11_empty_data),
        sim_unit_test(test_d_v_8_13_longest_message),
        sim_unit_test(test_d_v_8_15_message_that_is_too_long),
    };
    return cmocka_run_group_tests_name("conformance.etsi_d_receive", tests, NULL, NULL);
}
