/* SPDX-License-Identifier: MIT */
/* RFC 9260 chapter 4: the states, and the remarks below the figure. */
#include "rfc9260_05.h"

enum { MAX_INIT_RETRANSMITS = 8 };

/* covers: 9260/4-1 */
static void test_forged_cookie_is_dropped_silently(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    get_cookie(&raw);
    size_t mark = sim_mark(sim);
    raw.cookie[raw.cookie_length - 1] ^= 1;
    sim_raw_send(&raw, cookie_echo(&raw));
    assert_int_equal(sim_mark(sim), mark);
    assert_int_equal(raw.host->n_conns, 0);
    raw.cookie[raw.cookie_length - 1] ^= 1;
    sim_raw_send(&raw, cookie_echo(&raw));
    assert_int_equal(raw.host->n_conns, 1);
    sim_finish(sim);
}

/* covers: 9260/4-2 */
static void test_expired_cookie_gets_an_error(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    get_cookie(&raw);
    sim_run_for(sim, 61 * SIM_SECOND);
    sim_raw_send(&raw, cookie_echo(&raw));
    assert_int_equal(raw.host->n_conns, 0);
    assert_int_equal(sim_stats(raw.host).associations, 0);
    const struct sim_record *error = sim_raw_last(&raw, SIM_ERROR);
    assert_non_null(error);
    assert_int_equal(error->vtag, raw.tag);
    assert_int_equal(get_u16(first_cause(error, SIM_ERROR)), CAUSE_STALE_COOKIE);
    sim_finish(sim);
}

/* The chunk is repeated after each T1 in the same state, so often and no more; then it ends. */
static void check_repeated(struct sim *sim, struct sim_raw *raw, int chunk,
                           enum sctpx_assoc_state wanted)
{
    sctpx_time wait = SIM_SECOND;
    for (size_t i = 1; i <= MAX_INIT_RETRANSMITS; i++) {
        sim_run_for(sim, wait - 1);
        assert_int_equal(sim_raw_count(raw, chunk), i);
        sim_run_for(sim, 1);
        assert_int_equal(sim_raw_count(raw, chunk), i + 1);
        assert_int_equal(sim_state(raw->conn), wanted);
        wait = 2 * wait < 60 * SIM_SECOND ? 2 * wait : 60 * SIM_SECOND;
    }
    assert_false(raw->conn->is_closed);
    sim_run_for(sim, wait);
    assert_int_equal(sim_raw_count(raw, chunk), MAX_INIT_RETRANSMITS + 1);
    assert_true(raw->conn->is_closed);
    assert_int_equal(raw->conn->error, SCTPX_ETIMEDOUT);
    assert_int_equal(sim_state(raw->conn), SCTPX_CLOSED);
    assert_int_equal(sctpx_endpoint_next_deadline(raw->host->endpoint), SCTPX_TIME_NEVER);
}

/* covers: 9260/4-3 9260/4-4 9260/4-5 */
static void test_init_is_repeated_until_the_limit(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = peer_in_state(sim, SCTPX_COOKIE_WAIT);
    check_repeated(sim, &raw, SIM_INIT, SCTPX_COOKIE_WAIT);
    sim_finish(sim);
}

/* covers: 9260/4-6 9260/4-7 9260/4-8 */
static void test_cookie_echo_is_repeated_until_the_limit(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = peer_in_state(sim, SCTPX_COOKIE_ECHOED);
    check_repeated(sim, &raw, SIM_COOKIE_ECHO, SCTPX_COOKIE_ECHOED);
    sim_finish(sim);
}

/* Every packet with DATA, not every second one; no clock moves. covers: 9260/4-9 */
static void test_data_in_shutdown_sent_is_acknowledged_at_once(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = peer_in_state(sim, SCTPX_SHUTDOWN_SENT);
    for (uint16_t i = 0; i < 5; i++) {
        size_t mark = sim_mark(sim);
        sim_raw_data(&raw, 0, i, 100);
        struct sim_query query = {.from = raw.host, .chunk = SIM_SACK, .since = mark};
        const struct sim_record *answer = sim_nth(sim, query, 0);
        if (!answer) {
            query.chunk = SIM_SHUTDOWN; /* its Cumulative TSN Ack says the same */
            answer = sim_nth(sim, query, 0);
        }
        assert_non_null(answer);
        assert_int_equal(sim_find_chunk(sim, answer, query.chunk)->tsn, raw.tsn - 1);
    }
    assert_int_equal(raw.conn->received_messages, 5);
    sim_finish(sim);
}

/* covers: 9260/4-10 */
static void test_nothing_new_in_shutdown_received(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = peer_in_state(sim, SCTPX_SHUTDOWN_RECEIVED);
    size_t mark = sim_mark(sim);
    assert_int_equal(sim_try_send(raw.conn, 0, 100, 0), SCTPX_ESTATE);
    sim_flush(sim);
    assert_int_equal(sim_mark(sim), mark);
    sim_finish(sim);
}

/* One message waits for T3-rtx, others were never sent. covers: 9260/4-11 */
static void test_shutdown_received_sends_what_is_queued(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = peer_in_state(sim, SCTPX_ESTABLISHED);
    for (uint16_t i = 0; i < 20; i++)
        sim_send(raw.conn, 0, 1400);
    sim_flush(sim);
    size_t sent = sim_raw_count(&raw, SIM_DATA);
    assert_true(sent < 20);
    send_shutdown(&raw, raw.host_tsn - 1);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_RECEIVED);
    sim_run_for(sim, 2 * SIM_SECOND);
    struct sim_query first = {.to = raw.addr, .has_tsn = true, .tsn = raw.host_tsn};
    assert_int_equal(sim_count(sim, first), 2);
    for (uint32_t i = 0; i < 20; i++) {
        assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_RECEIVED);
        assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_ACK), 0);
        sim_raw_sack(&raw, raw.host_tsn + i, 100000);
    }
    struct sim_query last = {.to = raw.addr, .has_tsn = true, .tsn = raw.host_tsn + 19};
    assert_true(sim_count(sim, last) > 0);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_ACK), 1);
    sim_finish(sim);
}

/* covers: 9260/4-12 */
static void test_nothing_new_in_shutdown_ack_sent(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = peer_in_state(sim, SCTPX_SHUTDOWN_ACK_SENT);
    size_t mark = sim_mark(sim);
    assert_int_equal(sim_try_send(raw.conn, 0, 100, 0), SCTPX_ESTATE);
    sim_flush(sim);
    assert_int_equal(sim_mark(sim), mark);
    sim_finish(sim);
}

/* Down the left side of the figure: who connects and shuts down. covers: 9260/4-13 */
static void test_way_of_who_starts(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = peer_in_state(sim, SCTPX_COOKIE_WAIT);
    struct pb *pb = init_ack(&raw);
    pb_end(pb);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_ECHOED);
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ECHO), 1);
    send_cookie_ack(&raw);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    enter_shutdown(&raw, SCTPX_SHUTDOWN_PENDING);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_PENDING);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN), 0);
    sim_raw_sack(&raw, raw.host_tsn, 100000);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_SENT);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN), 1);
    sim_run_for(sim, 2 * SIM_SECOND); /* T2-shutdown runs */
    assert_true(sim_raw_count(&raw, SIM_SHUTDOWN) > 1);
    pb = sim_raw_packet(&raw);
    pb_shutdown_ack(pb);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_COMPLETE), 1);
    assert_int_equal(sim_state(raw.conn), SCTPX_CLOSED);
    sim_finish(sim);
}

/* Down the right side, with (A) or (B) at the end. covers: 9260/4-13 */
static void test_way_of_who_is_asked(void **state)
{
    for (int way_b = 0; way_b < 2; way_b++) {
        struct sim *sim = sim_renew(state);
        struct sim_raw raw = stranger(sim);
        sim_raw_connect(&raw);
        assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
        assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ACK), 1);
        enter_shutdown(&raw, SCTPX_SHUTDOWN_RECEIVED);
        assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_RECEIVED);
        sim_raw_sack(&raw, raw.host_tsn, 100000);
        assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
        assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_ACK), 1);
        struct pb *pb = sim_raw_packet(&raw);
        if (way_b)
            pb_shutdown_ack(pb);
        else
            pb_shutdown_complete(pb, false);
        sim_raw_send(&raw, pb);
        assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_COMPLETE), way_b);
        assert_true(raw.conn->is_closed);
        sim_finish(sim);
    }
}

/* SHUTDOWNs that cross: from SHUTDOWN-SENT to SHUTDOWN-ACK-SENT. covers: 9260/4-13 */
static void test_crossing_shutdowns(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = peer_in_state(sim, SCTPX_SHUTDOWN_SENT);
    send_shutdown(&raw, raw.host_tsn - 1);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_ACK), 1);
    sim_finish(sim);
}

/* covers: 9260/4-14 */
static void test_abort_ends_it_in_every_state(void **state)
{
    for (int by_user = 0; by_user < 2; by_user++) {
        for (int wanted = SIM_FIRST_STATE; wanted <= SIM_LAST_STATE; wanted++) {
            struct sim *sim = sim_renew(state);
            struct sim_raw raw = peer_in_state(sim, (enum sctpx_assoc_state)wanted);
            struct pb *pb = sim_raw_packet(&raw);
            pb_abort(pb, false);
            pb_end(pb);
            if (by_user)
                assert_int_equal(sctpx_assoc_abort(raw.conn->assoc, sim->now, NULL, 0), 0);
            sim_raw_send(&raw, pb);
            assert_int_equal(sim_state(raw.conn), SCTPX_CLOSED);
            assert_true(raw.conn->is_closed);
            /* In COOKIE-WAIT the peer's tag is not known yet. */
            assert_int_equal(sim_raw_count(&raw, SIM_ABORT), by_user && wanted > SCTPX_COOKIE_WAIT);
            sim_finish(sim);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_forged_cookie_is_dropped_silently),
        sim_unit_test(test_expired_cookie_gets_an_error),
        sim_unit_test(test_init_is_repeated_until_the_limit),
        sim_unit_test(test_cookie_echo_is_repeated_until_the_limit),
        sim_unit_test(test_data_in_shutdown_sent_is_acknowledged_at_once),
        sim_unit_test(test_nothing_new_in_shutdown_received),
        sim_unit_test(test_shutdown_received_sends_what_is_queued),
        sim_unit_test(test_nothing_new_in_shutdown_ack_sent),
        sim_unit_test(test_way_of_who_starts),
        sim_unit_test(test_way_of_who_is_asked),
        sim_unit_test(test_crossing_shutdowns),
        sim_unit_test(test_abort_ends_it_in_every_state),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_04", tests, NULL, NULL);
}
