/* SPDX-License-Identifier: MIT */
/* In which states DATA and SACK are sent and taken (RFC 9260 6). */
#include "conformance/rfc9260_06.h"
#include "sim/states.h"

/* A whole message with the TSN that the peer of pair.ab would use next, as the peer would send it. */
static void give_data(const struct sim_pair *pair, uint32_t tsn)
{
    struct pb *pb = sim_peer_packet(pair->ab);
    pb_data(pb, DATA_WHOLE, tsn, 0, 0, 0, "x", 1);
    pair->ab->auto_read = false; /* it would check the contents */
    sim_peer_send(pair->ab, pb);
}

static uint32_t initial_tsn(const struct sim_host *host, int chunk)
{
    return sim_find_chunk(host->sim, sim_sent_nth(host, chunk, 0), chunk)->tsn;
}

/* Whether an association in this state takes the next DATA of its peer. */
static bool takes_data(struct sim *sim, enum sctpx_assoc_state state)
{
    struct sim_pair pair = sim_pair_in_state(sim, state);
    uint64_t before = sim_status(pair.ab).received_chunks;
    size_t mark = sim_mark(sim);
    give_data(&pair, initial_tsn(pair.b, SIM_INIT_ACK));
    sim_run_for(sim, 300 * SIM_MS);
    bool is_taken = sim_status(pair.ab).received_chunks == before + 1;
    size_t acked =
        sim_count(sim, (struct sim_query){.from = pair.a, .chunk = SIM_SACK, .since = mark});
    acked += state == SCTPX_SHUTDOWN_SENT; /* by SHUTDOWN, which is sim_pair_in_state()'s to drop */
    assert_int_equal(is_taken, acked > 0);
    sim_finish(sim);
    return is_taken;
}

/* covers: 9260/6-2 9260/6-4 */
static void test_states_that_take_data(void **state)
{
    for (enum sctpx_assoc_state s = SIM_FIRST_STATE; s <= SIM_LAST_STATE; s++) {
        bool should = s == SCTPX_ESTABLISHED || s == SCTPX_SHUTDOWN_PENDING;
        if (s == SCTPX_SHUTDOWN_SENT)
            should = true;
        if (takes_data(sim_renew(state), s) != should)
            sim_fail(*state, "DATA in %s", sim_state_name(s));
    }
}

/* The host with one chunk outstanding, in a state of the shutdown; raw.host_tsn is the chunk's. */
static struct sim_raw outstanding_in(struct sim *sim, enum sctpx_assoc_state state)
{
    struct sim_raw raw = transfer_from_host(sim, 100000, NULL);
    transfer_write(&raw, 1, 100);
    if (state == SCTPX_SHUTDOWN_PENDING)
        assert_int_equal(sctpx_assoc_shutdown(raw.conn->assoc, sim->now), 0);
    if (state == SCTPX_SHUTDOWN_RECEIVED) {
        struct pb *pb = sim_raw_packet(&raw);
        pb_shutdown(pb, raw.host_tsn - 1);
        sim_raw_send(&raw, pb);
    }
    assert_int_equal(sim_state(raw.conn), state);
    return raw;
}

static const enum sctpx_assoc_state sending_states[] = {SCTPX_ESTABLISHED, SCTPX_SHUTDOWN_PENDING,
                                                        SCTPX_SHUTDOWN_RECEIVED};

/* covers: 9260/6-5 */
static void test_states_that_take_sack(void **state)
{
    for (size_t i = 0; i < 3; i++) {
        struct sim *sim = sim_renew(state);
        struct sim_raw raw = outstanding_in(sim, sending_states[i]);
        assert_int_equal(sim_status(raw.conn).unacked_bytes, 100);
        sim_raw_sack(&raw, raw.host_tsn, 100000);
        assert_int_equal(sim_status(raw.conn).unacked_bytes, 0);
        sim_run_for(sim, 500 * SIM_MS);
        assert_int_equal(transfer_chunks(&raw), 1);
        sim_finish(sim);
    }
}

/* covers: 9260/6-1 */
static void test_states_that_send_data(void **state)
{
    for (size_t i = 0; i < 3; i++) {
        struct sim *sim = sim_renew(state);
        struct sim_raw raw = outstanding_in(sim, sending_states[i]);
        sim_run_for(sim, 1100 * SIM_MS); /* T3-rtx */
        assert_int_equal(transfer_times(&raw, raw.host_tsn), 2);
        sim_finish(sim);
    }
}

/* Nothing is sent before the association is up, but behind COOKIE ECHO. */
/* covers: 9260/6-1 */
static void test_data_while_setting_up(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "host", 1, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    sctpx_assoc_options options = transfer_options();
    raw.conn = sim_connect_to(host, &raw.addr, 1, raw.port, 0, &options);
    transfer_write(&raw, 3, FULL_PAYLOAD);
    sim_run_for(sim, 5 * SIM_SECOND); /* INIT is repeated */
    assert_int_equal(transfer_chunks(&raw), 0);
    sim_raw_learn(&raw, SIM_INIT);
    struct pb *pb = sim_raw_packet(&raw);
    pb_init_ack(pb, raw.tag, raw.rwnd, raw.os, raw.mis, raw.tsn);
    pb_cookie(pb, "cookie", 6);
    pb_end(pb);
    sim_raw_send(&raw, pb);
    sim_run_for(sim, 60 * SIM_SECOND); /* COOKIE ECHO is repeated */
    assert_true(sim_raw_count(&raw, SIM_COOKIE_ECHO) > 2);
    for (size_t i = 0; i < transfer_packets(&raw); i++)
        assert_int_equal(transfer_packet(&raw, i)->chunks[0].type, SIM_COOKIE_ECHO);
    pb = sim_raw_packet(&raw);
    pb_cookie_ack(pb);
    sim_raw_send(&raw, pb);
    assert_false(sim_record_has(sim_raw_last(&raw, SIM_DATA), SIM_COOKIE_ECHO));
    sim_finish(sim);
}

/* The program may not write any more, and nothing that was written is left. */
/* covers: 9260/6-1 */
static void test_no_data_once_shutdown_is_sent(void **state)
{
    static const enum sctpx_assoc_state states[] = {SCTPX_SHUTDOWN_SENT, SCTPX_SHUTDOWN_ACK_SENT};
    for (size_t i = 0; i < 2; i++) {
        struct sim *sim = sim_renew(state);
        struct sim_pair pair = sim_pair_in_state(sim, states[i]);
        size_t mark = sim_mark(sim);
        assert_int_equal(sim_try_send(pair.ab, 0, 100, 0), SCTPX_ESTATE);
        sim_run_for(sim, 10 * SIM_SECOND);
        assert_int_equal(sim_count(sim, (struct sim_query){.from = pair.a, .since = mark}), 0);
        sim_finish(sim);
    }
}

/* In SHUTDOWN-SENT nothing is outstanding, so a lying SACK shows whether it was looked at. */
/* covers: 9260/6-8 9260/6-6 */
static void test_states_that_discard_sack(void **state)
{
    static const enum sctpx_assoc_state states[] = {SCTPX_COOKIE_WAIT, SCTPX_COOKIE_ECHOED,
                                                    SCTPX_SHUTDOWN_SENT, SCTPX_SHUTDOWN_ACK_SENT};
    for (size_t i = 0; i < 4; i++) {
        struct sim *sim = sim_renew(state);
        struct sim_pair pair = sim_pair_in_state(sim, states[i]);
        struct pb *pb = sim_peer_packet(pair.ab);
        pb_sack(pb, initial_tsn(pair.a, SIM_INIT) + 1000, 5, 0, NULL, 0, NULL);
        size_t mark = sim_mark(sim);
        sim_peer_send(pair.ab, pb);
        assert_int_equal(sim_state(pair.ab), states[i]);
        assert_int_equal(
            sim_count(sim, (struct sim_query){.from = pair.a, .chunk = SIM_ANY, .since = mark}), 0);
        sim_pair_check_end(&pair, states[i]);
        sim_finish(sim);
    }
}

/* The ABORT of 8.4 rule 8: the tag is reflected and the T bit says so. */
static void check_out_of_the_blue(struct sim *sim, bool is_data)
{
    struct sim_host *host = sim_host_new(sim, "host", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    raw.host_tag = 0x12345678;
    struct pb *pb = sim_raw_packet(&raw);
    if (is_data)
        pb_data(pb, DATA_WHOLE, 1, 0, 0, 0, "x", 1);
    else
        pb_sack(pb, 1, 5000, 0, NULL, 0, NULL);
    sim_raw_send(&raw, pb);
    const struct sim_record *abort = sim_raw_last(&raw, SIM_ABORT);
    assert_non_null(abort);
    assert_int_equal(abort->vtag, 0x12345678);
    assert_int_equal(sim_find_chunk(sim, abort, SIM_ABORT)->flags & 1, 1);
    assert_int_equal(sim_raw_count(&raw, SIM_ANY), 1);
    sim_finish(sim);
}

/* covers: 9260/6-3 */
static void test_data_without_an_association(void **state)
{
    check_out_of_the_blue(*state, true);
}

/* covers: 9260/6-7 */
static void test_sack_without_an_association(void **state)
{
    check_out_of_the_blue(*state, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_states_that_take_data),
        sim_unit_test(test_states_that_take_sack),
        sim_unit_test(test_states_that_send_data),
        sim_unit_test(test_data_while_setting_up),
        sim_unit_test(test_no_data_once_shutdown_is_sent),
        sim_unit_test(test_states_that_discard_sack),
        sim_unit_test(test_data_without_an_association),
        sim_unit_test(test_sack_without_an_association),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_06_states", tests, NULL, NULL);
}
