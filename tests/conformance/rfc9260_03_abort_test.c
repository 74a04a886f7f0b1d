/* SPDX-License-Identifier: MIT */
/* RFC 9260 3.3.7: the ABORT chunk, sent and received. */
#include "conformance/rfc9260_03.h"
#include "sim/states.h"

enum { USER_ABORT = 12, INVALID_STREAM = 1, T_BIT = 1 };

/* With data waiting to go, unacknowledged data and an answer owed. */
/* covers: 9260/3.3.7-2 9260/3.3.7-4 */
static void test_abort_is_sent_without_data_and_last(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    sim_send_load(raw.conn, (struct sim_load){.count = 50, .min_bytes = 1000});
    sim_flush(sim);
    struct pb *pb = sim_raw_packet(&raw);
    pb_heartbeat(pb, "0123", 4);
    pb_data(pb, 3, raw.tsn + 1, 0, 1, 0, "x", 1);
    sim_inject_pb(sim, &raw.addr, &raw.host->addrs[0], pb);
    sim_send(raw.conn, 1, 100);
    assert_int_equal(sctpx_assoc_abort(raw.conn->assoc, sim->now, "enough", 6), 0);
    size_t mark = sim_mark(sim);
    sim_run_for(sim, 60 * SIM_SECOND);
    assert_int_equal(sim_mark(sim), mark + 1); /* it alone, and nothing afterwards */
    const struct sim_record *abort = sim_raw_last(&raw, SIM_ABORT);
    assert_int_equal(abort->chunks[abort->n_chunks - 1].type, SIM_ABORT);
    assert_false(sim_record_has(abort, SIM_DATA));
    sim_finish(sim);
}

/* covers: 9260/3.3.7-1 9260/3.3.10.12-1 */
static void test_abort_holds_the_reason(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    assert_int_equal(sctpx_assoc_abort(raw.conn->assoc, sim->now, "enough", 6), 0);
    sim_flush(sim);
    struct pb *pb = pb_bare();
    pb_abort(pb, false);
    pb_item(pb, USER_ABORT, "enough", 6);
    pb_end(pb);
    check_chunks(&raw, SIM_ABORT, pb);
    sim_finish(sim);
}

/* Control chunks before an ABORT count, those behind it do not. */
/* covers: 9260/3.3.7-3 */
static void test_chunks_around_a_received_abort(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    struct pb *pb = sim_raw_packet(&raw);
    pb_error(pb);
    pb_item(pb, INVALID_STREAM, "\0\0\0\0", 4);
    pb_end(pb);
    pb_abort(pb, false);
    pb_end(pb);
    pb_heartbeat(pb, "0123", 4);
    send_and_hear_nothing(&raw, pb);
    assert_true(raw.conn->is_closed);
    assert_int_equal(raw.conn->error, SCTPX_EPEERABORT);
    sim_finish(sim);
}

/* ---- format errors --------------------------------------------------------------------------- */

enum fault { CAUSE_TOO_SHORT, CAUSE_OF_LENGTH_0, CAUSE_TOO_LONG, HALF_A_CAUSE, SECOND_BAD, FAULTS };

static void put_bad_abort(struct pb *pb, enum fault fault)
{
    pb_abort(pb, false);
    if (fault == HALF_A_CAUSE) {
        pb_u16(pb, USER_ABORT);
    } else {
        if (fault == SECOND_BAD)
            pb_item(pb, USER_ABORT, "good", 4);
        pb_tlv(pb, USER_ABORT);
        pb_u32(pb, 0x01010101);
        pb_lie_length(pb, fault == CAUSE_TOO_SHORT ? 3 : fault == CAUSE_OF_LENGTH_0 ? 0 : 9);
        pb_end(pb);
    }
    pb_end(pb);
}

/* covers: 9260/3.3.7-5 */
static void test_malformed_abort_is_discarded_silently(void **state)
{
    for (int fault = 0; fault < FAULTS; fault++) {
        struct sim *sim = fault == 0 ? *state : sim_renew(state);
        struct sim_raw raw = connected(sim);
        struct pb *pb = sim_raw_packet(&raw);
        put_bad_abort(pb, (enum fault)fault);
        send_and_hear_nothing(&raw, pb);
        assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
        sim_finish(sim);
    }
}

/* The chunk is longer than the packet, or shorter than its own header. */
/* covers: 9260/3.3.7-5 */
static void test_torn_abort_is_discarded_silently(void **state)
{
    static const uint16_t lengths[] = {0, 1, 3, 5, 100, 65535};
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct pb *pb = sim_raw_packet(&raw);
        pb_abort(pb, false);
        pb_lie_length(pb, lengths[i]);
        send_and_hear_nothing(&raw, pb);
        assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    }
    sim_finish(sim);
}

/* ---- no answer ------------------------------------------------------------------------------- */

/* covers: 9260/3.3.7-5 9260/3.3.7-6 */
static void test_abort_without_association_is_discarded_silently(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    for (unsigned i = 0; i < 16; i++) {
        raw.host_port = i % 2 ? SIM_PORT : 1;
        struct pb *pb = pb_new(raw.port, raw.host_port, i & 2 ? 0 : 0x12345678);
        if (i & 4)
            pb_data(pb, 3, 1, 0, 0, 0, "x", 1); /* which alone would draw an ABORT */
        pb_abort(pb, (i & 8) != 0);
        send_and_hear_nothing(&raw, pb);
    }
    assert_int_equal(sim_stats(raw.host).associations, 0);
    sim_finish(sim);
}

/* Good and bad tags, with and without T bit, in every state: never an ABORT back. */
/* covers: 9260/3.3.7-6 */
static void test_abort_is_never_answered_by_abort(void **state)
{
    for (int i = 0; i < (SIM_LAST_STATE - SIM_FIRST_STATE + 1) * 6; i++) {
        struct sim *sim = i == 0 ? *state : sim_renew(state);
        enum sctpx_assoc_state s = (enum sctpx_assoc_state)(SIM_FIRST_STATE + i / 6);
        struct sim_pair pair = sim_pair_in_state(sim, s);
        sctpx_assoc_status status = sim_status(pair.ab);
        bool has_t_bit = i % 6 >= 3;
        uint32_t tags[] = {status.local_tag, status.remote_tag, 0x12345678};
        uint32_t tag = tags[i % 3];
        struct pb *pb = pb_new(status.remote_port, status.local_port, tag);
        pb_abort(pb, has_t_bit);
        sim_peer_send(pair.ab, pb);
        uint32_t right = has_t_bit ? status.remote_tag : status.local_tag;
        assert_int_equal(pair.ab->is_closed, tag == right && right != 0);
        assert_int_equal(sim_sent(pair.a, SIM_ABORT), 0);
        sim_run_for(sim, SIM_SECOND);
        if (pair.ab->is_closed) /* while it lived, it may well abort others' packets */
            assert_int_equal(sim_sent(pair.a, SIM_ERROR), 0);
        sim_finish(sim);
    }
}

/* The second of two crosses nothing but a closed association. */
/* covers: 9260/3.3.7-6 */
static void test_repeated_abort_is_not_answered(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    for (int i = 0; i < 3; i++) {
        struct pb *pb = sim_raw_packet(&raw);
        pb_abort(pb, false);
        pb_item(pb, USER_ABORT, "enough", 6);
        send_and_hear_nothing(&raw, pb);
        assert_true(raw.conn->is_closed);
    }
    sim_finish(sim);
}

/* 3.3.7: bits without a meaning are ignored, the T bit is not. */
static void test_reserved_flags_of_abort_are_ignored(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    struct pb *pb = sim_raw_packet(&raw);
    pb_chunk(pb, SIM_ABORT, 0xFF); /* T bit, but the tag is not reflected */
    send_and_hear_nothing(&raw, pb);
    assert_false(raw.conn->is_closed);
    pb = sim_raw_packet(&raw);
    pb_chunk(pb, SIM_ABORT, (uint8_t)~T_BIT);
    send_and_hear_nothing(&raw, pb);
    assert_true(raw.conn->is_closed);
    sim_finish(sim);
}

/* A T bit in a later chunk says something about the tag too. */
/* covers: 9260/3.3.7-7 */
static void test_t_bit_behind_another_chunk(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    for (int i = 0; i < 2; i++) {
        struct pb *pb = sim_raw_packet(&raw);
        pb_error(pb);
        pb_item(pb, INVALID_STREAM, "\0\0\0\0", 4);
        pb_end(pb);
        pb_abort(pb, i == 0);
        send_and_hear_nothing(&raw, pb);
        assert_int_equal(raw.conn->is_closed, i == 1);
    }
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_abort_is_sent_without_data_and_last),
        sim_unit_test(test_abort_holds_the_reason),
        sim_unit_test(test_chunks_around_a_received_abort),
        sim_unit_test(test_malformed_abort_is_discarded_silently),
        sim_unit_test(test_torn_abort_is_discarded_silently),
        sim_unit_test(test_abort_without_association_is_discarded_silently),
        sim_unit_test(test_abort_is_never_answered_by_abort),
        sim_unit_test(test_repeated_abort_is_not_answered),
        sim_unit_test(test_reserved_flags_of_abort_are_ignored),
        sim_unit_test(test_t_bit_behind_another_chunk),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_03_abort", tests, NULL, NULL);
}
