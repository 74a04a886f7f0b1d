/* SPDX-License-Identifier: MIT */
/* RFC 9260 9 and 9.1: ABORT, sent and received. */
#include "conformance/rfc9260_07.h"
#include "sim/states.h"

#include <string.h>

enum { USER_ABORT = 12, PROTOCOL_VIOLATION = 13 };

/* covers: 9260/9-1 */
static void test_an_association_that_is_given_up_is_ended(void **state)
{
    struct sim_raw raw = peer(*state);
    send_messages(&raw, 1, 100);
    sim_conn_free(raw.conn);
    sim_flush(*state);
    assert_int_equal(sim_raw_count(&raw, SIM_ABORT), 1);
    assert_int_equal(sim_stats(raw.host).associations, 0);
    sim_finish(*state);
}

/* covers: 9260/9.1-1 9260/9.1-2 */
static void test_abort_is_sent_in_every_state(void **state)
{
    for (int i = SCTPX_COOKIE_ECHOED; i <= SIM_LAST_STATE; i++) {
        struct sim *sim = sim_renew(state);
        struct sim_pair pair = sim_pair_in_state(sim, (enum sctpx_assoc_state)i);
        uint32_t tag = sim_status(pair.ab).remote_tag;
        assert_int_equal(sctpx_assoc_abort(pair.ab->assoc, sim->now, "why", 3), 0);
        sim_flush(sim);
        assert_int_equal(sim_sent(pair.a, SIM_ABORT), 1);
        const struct sim_record *record = sim_sent_nth(pair.a, SIM_ABORT, 0);
        assert_int_equal(record->vtag, tag);
        assert_int_equal(sim_find_chunk(sim, record, SIM_ABORT)->flags, 0);
        sim_finish(sim);
    }
}

/* The peer's tag is not known yet, and the peer keeps nothing. covers: 9260/9.1-1 */
static void test_there_is_nobody_to_tell_in_cookie_wait(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair_in_state(sim, SCTPX_COOKIE_WAIT);
    size_t mark = sim_mark(sim);
    assert_int_equal(sctpx_assoc_abort(pair.ab->assoc, sim->now, NULL, 0), 0);
    sim_run_for(sim, 20 * SIM_SECOND);
    assert_int_equal(sim_mark(sim), mark);
    sim_finish(sim);
}

/* covers: 9260/9.1-3 */
static void test_no_data_goes_along(void **state)
{
    struct sim_raw raw = peer(*state);
    send_messages(&raw, 10, 100);
    sim_send(raw.conn, 0, 100); /* not sent yet */
    assert_int_equal(sctpx_assoc_abort(raw.conn->assoc, 0, NULL, 0), 0);
    sim_flush(*state);
    const struct sim_record *record = sim_raw_last(&raw, SIM_ANY);
    assert_true(sim_record_has(record, SIM_ABORT));
    assert_int_equal(record->n_chunks, 1);
    assert_int_equal(sim_raw_count(&raw, SIM_DATA), 10);
    sim_finish(*state);
}

/* covers: 9260/9.1-4 */
static void test_the_users_reason_is_sent(void **state)
{
    struct sim_raw raw = peer(*state);
    assert_int_equal(sctpx_assoc_abort(raw.conn->assoc, 0, "reason", 6), 0);
    sim_flush(*state);
    struct pb *pb = pb_bare();
    pb_abort(pb, false);
    pb_item(pb, USER_ABORT, "reason", 6);
    pb_end(pb);
    const struct sim_record *record = sim_raw_last(&raw, SIM_ABORT);
    assert_true(pb_equals(pb, record->raw + 12, record->length - 12));
    sim_finish(*state);
}

/* covers: 9260/9.1-4 */
static void test_the_cause_is_there_without_a_reason(void **state)
{
    struct sim_raw raw = peer(*state);
    assert_int_equal(sctpx_assoc_abort(raw.conn->assoc, 0, NULL, 0), 0);
    sim_flush(*state);
    const struct sim_record *record = sim_raw_last(&raw, SIM_ABORT);
    assert_int_equal(sim_find_chunk(*state, record, SIM_ABORT)->cause, USER_ABORT);
    sim_finish(*state);
}

static void put_abort(struct pb *pb)
{
    pb_abort(pb, false);
    pb_item(pb, USER_ABORT, "bye", 3);
    pb_end(pb);
}

/* covers: 9260/9.1-5 9260/9.1-7 9260/9.1-8 */
static void test_abort_ends_it_without_an_answer(void **state)
{
    for (int i = SCTPX_COOKIE_WAIT; i <= SIM_LAST_STATE; i++) {
        struct sim *sim = sim_renew(state);
        struct sim_pair pair = sim_pair_in_state(sim, (enum sctpx_assoc_state)i);
        sim_clear_filters(sim);
        size_t before = sim_count(sim, (struct sim_query){.from = pair.a, .chunk = SIM_ANY});
        struct pb *pb = sim_peer_packet(pair.ab);
        put_abort(pb);
        sim_peer_send(pair.ab, pb);
        assert_true(pair.ab->is_closed);
        assert_int_equal(sim_event_count(pair.a, SCTPX_EVENT_CLOSED), 1);
        assert_int_equal(pair.ab->error, i < SCTPX_ESTABLISHED ? SCTPX_EREFUSED : SCTPX_EPEERABORT);
        assert_int_equal(sim_count(sim, (struct sim_query){.from = pair.a, .chunk = SIM_ANY}),
                         before);
        sim_conn_free(pair.ab);
        assert_int_equal(sim_stats(pair.a).associations, 0);
        sim_finish(sim);
    }
}

/* Chunks whose own answer would be a packet. */
enum { HEARTBEAT, EMPTY_DATA, LYING_SACK, SHUTDOWN_ACK, DATA, UNKNOWN, LAST = UNKNOWN };

static void put_provocation(struct pb *pb, const struct sim_raw *raw, int what)
{
    switch (what) {
    case HEARTBEAT:
        pb_heartbeat(pb, "0123456789", 10);
        break;
    case EMPTY_DATA:
        pb_data(pb, 3, raw->tsn, 0, 0, 0, "", 0);
        break;
    case LYING_SACK:
        pb_sack(pb, raw->host_tsn + 1000, RWND, 0, NULL, 0, NULL);
        break;
    case SHUTDOWN_ACK:
        pb_shutdown_ack(pb);
        break;
    case DATA:
        pb_data(pb, 3, raw->tsn + 1, 0, 0, 0, "x", 1);
        break;
    default:
        pb_chunk(pb, 200, 0);
        pb_end(pb);
        break;
    }
}

/* covers: 9260/9.1-5 */
static void test_nothing_in_a_packet_with_abort_is_answered(void **state)
{
    for (int what = 0; what <= LAST; what++) {
        struct sim *sim = sim_renew(state);
        struct sim_raw raw = peer(sim);
        raw.conn->auto_read = false;
        if (what == SHUTDOWN_ACK)
            assert_int_equal(sctpx_assoc_shutdown(raw.conn->assoc, sim->now), 0);
        sim_flush(sim);
        size_t mark = sim_mark(sim);
        struct pb *pb = sim_raw_packet(&raw);
        put_provocation(pb, &raw, what);
        put_abort(pb);
        sim_raw_send(&raw, pb);
        sim_run_for(sim, 60 * SIM_SECOND);
        assert_int_equal(sim_mark(sim), mark);
        assert_int_equal(raw.conn->error, SCTPX_EPEERABORT);
        sim_finish(sim);
    }
}

/* covers: 9260/9.1-9 9260/9.1-8 */
static void test_the_peers_reason_is_told(void **state)
{
    for (int is_second = 0; is_second < 2; is_second++) {
        struct sim_raw raw = peer(sim_renew(state));
        struct pb *pb = sim_raw_packet(&raw);
        pb_abort(pb, false);
        if (is_second)
            pb_item(pb, PROTOCOL_VIOLATION, "something else", 14);
        pb_item(pb, USER_ABORT, "the reason", 10);
        pb_end(pb);
        sim_raw_send(&raw, pb);
        assert_true(raw.conn->is_closed);
        assert_int_equal(raw.conn->cause, USER_ABORT);
        assert_int_equal(raw.conn->reason_length, 10);
        assert_memory_equal(raw.conn->reason, "the reason", 10);
        sim_finish(*state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_an_association_that_is_given_up_is_ended),
        sim_unit_test(test_abort_is_sent_in_every_state),
        sim_unit_test(test_there_is_nobody_to_tell_in_cookie_wait),
        sim_unit_test(test_no_data_goes_along),
        sim_unit_test(test_the_users_reason_is_sent),
        sim_unit_test(test_the_cause_is_there_without_a_reason),
        sim_unit_test(test_abort_ends_it_without_an_answer),
        sim_unit_test(test_nothing_in_a_packet_with_abort_is_answered),
        sim_unit_test(test_the_peers_reason_is_told),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_09_abort", tests, NULL, NULL);
}
