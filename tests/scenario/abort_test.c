/* SPDX-License-Identifier: MIT */
/* Sudden ends: ABORT with and without reason, in every state (RFC 9260 9.1). */
#include <string.h>

#include "sim/raw.h"
#include "sim/sim.h"
#include "sim/states.h"

enum { USER_ABORT = 12, NO_USER_DATA = 9, PROTOCOL_VIOLATION = 13 };

static void test_reason_is_delivered(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    assert_int_equal(sctpx_assoc_abort(pair.ab->assoc, sim->now, "going home", 10), 0);
    sim_run_until_closed(pair.ab, SIM_SECOND);
    sim_run_until_closed(pair.ba, SIM_SECOND);
    assert_int_equal(pair.ab->error, SCTPX_EABORTED);
    assert_int_equal(pair.ba->error, SCTPX_EPEERABORT);
    assert_int_equal(pair.ba->cause, USER_ABORT);
    assert_int_equal(pair.ba->reason_length, 10);
    assert_memory_equal(pair.ba->reason, "going home", 10);
    /* 9.1: an ABORT is not answered. */
    assert_int_equal(sim_sent(pair.b, SIM_ABORT), 0);
    assert_int_equal(sim_sent(pair.a, SIM_ABORT), 1);
    assert_int_equal(sctpx_endpoint_next_deadline(pair.a->endpoint), SCTPX_TIME_NEVER);
    assert_int_equal(sctpx_endpoint_next_deadline(pair.b->endpoint), SCTPX_TIME_NEVER);
    sim_finish(sim);
}

/* Data that was under way towards the end that is gone is out of the blue (8.4). */
static void test_under_load(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    struct sim_load load = {.count = 100, .min_bytes = 3000};
    sim_send_load(pair.ab, load);
    sim_send_load(pair.ba, load);
    sim_run_for(sim, 30 * SIM_MS);
    size_t received = pair.ba->received_messages;
    assert_int_equal(sctpx_assoc_abort(pair.ab->assoc, sim->now, NULL, 0), 0);
    sim_run_until_closed(pair.ba, SIM_SECOND);
    sim_run_for(sim, SIM_SECOND);
    assert_true(received < 100);
    assert_int_equal(sim_sent(pair.b, SIM_ABORT), 0);
    for (size_t i = 1; i < sim_sent(pair.a, SIM_ABORT); i++)
        assert_int_equal(sim_sent_nth(pair.a, SIM_ABORT, i)->chunks[0].flags, 1);
    sim_finish(sim);
}

static void test_without_reason(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    assert_int_equal(sctpx_assoc_abort(pair.ab->assoc, sim->now, NULL, 0), 0);
    sim_run_until_closed(pair.ba, SIM_SECOND);
    assert_int_equal(pair.ba->error, SCTPX_EPEERABORT);
    assert_int_equal(pair.ba->cause, USER_ABORT);
    assert_int_equal(pair.ba->reason_length, 0);
    sim_finish(sim);
}

static void test_long_reason_is_cut(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    static char reason[5000];
    memset(reason, 'r', sizeof(reason));
    assert_int_equal(sctpx_assoc_abort(pair.ab->assoc, sim->now, reason, sizeof(reason)), 0);
    sim_run_until_closed(pair.ba, SIM_SECOND);
    assert_int_equal(pair.ba->reason_length, 256);
    assert_memory_equal(pair.ba->reason, reason, 256);
    sim_finish(sim);
}

static void test_freeing_aborts(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_send_load(pair.ab, (struct sim_load){.count = 100, .min_bytes = 3000});
    sim_conn_free(pair.ab);
    sim_run_until_closed(pair.ba, SIM_SECOND);
    assert_int_equal(pair.ba->error, SCTPX_EPEERABORT);
    assert_int_equal(sim_stats(pair.a).associations, 0);
    sim_finish(sim);
}

static void test_abort_in_every_state(void **state)
{
    for (int i = SIM_FIRST_STATE; i <= SIM_LAST_STATE; i++) {
        struct sim *sim = sim_renew(state);
        struct sim_pair pair = sim_pair_in_state(sim, (enum sctpx_assoc_state)i);
        sim_clear_filters(sim);
        size_t n = sim_sent(pair.a, SIM_ABORT);
        assert_int_equal(sctpx_assoc_abort(pair.ab->assoc, sim->now, "x", 1), 0);
        sim_run_for(sim, 100 * SIM_MS);
        assert_int_equal(pair.ab->error, SCTPX_EABORTED);
        assert_int_equal(sim_state(pair.ab), SCTPX_CLOSED);
        /* Without the peer's tag there is nothing to send. */
        assert_int_equal(sim_sent(pair.a, SIM_ABORT) - n, i != SCTPX_COOKIE_WAIT);
        if (pair.ba)
            assert_true(pair.ba->is_closed);
        sim_finish(sim);
    }
}

static void test_free_in_every_state(void **state)
{
    for (int i = SIM_FIRST_STATE; i <= SIM_LAST_STATE; i++) {
        struct sim *sim = sim_renew(state);
        struct sim_pair pair = sim_pair_in_state(sim, (enum sctpx_assoc_state)i);
        sim_conn_free(pair.ab);
        sim_clear_filters(sim);
        sim_run_for(sim, 100 * SIM_MS);
        assert_int_equal(sim_stats(pair.a).associations, 0);
        assert_int_equal(sctpx_endpoint_next_deadline(pair.a->endpoint), SCTPX_TIME_NEVER);
        sim_finish(sim);
    }
}

/* A lost ABORT is found out with the next data: OOTB, answered by ABORT with T bit (8.4). */
static void test_lost_abort(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_add_drop(sim, (struct sim_drop){.from = pair.a, .chunk = SIM_ABORT, .count = 1});
    sim_conn_free(pair.ab);
    sim_run_for(sim, 5 * SIM_SECOND);
    assert_false(pair.ba->is_closed);
    sim_send(pair.ba, 0, 100);
    sim_run_until_closed(pair.ba, SIM_SECOND);
    assert_int_equal(pair.ba->error, SCTPX_EPEERABORT);
    const struct sim_record *abort = sim_sent_nth(pair.a, SIM_ABORT, 1);
    assert_int_equal(sim_find_chunk(sim, abort, SIM_ABORT)->flags, 1);
    sim_finish(sim);
}

static void test_data_and_abort_in_one_packet(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    struct pb *pb = sim_peer_packet(pair.ab);
    pb_abort(pb, false);
    pb_item(pb, USER_ABORT, "bye", 3);
    pb_end(pb);
    pb_data(pb, 3, 1, 0, 0, 0, "x", 1);
    sim_peer_send(pair.ab, pb);
    assert_true(pair.ab->is_closed);
    assert_int_equal(pair.ab->cause, USER_ABORT);
    assert_int_equal(pair.ab->reason_length, 3);
    sim_finish(sim);
}

/* Field P13: causes of all kinds; a malformed ABORT is ignored (3.3.7). */
static void test_strange_causes(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    struct pb *pb = sim_peer_packet(pair.ab);
    pb_abort(pb, false);
    pb_tlv(pb, USER_ABORT);
    pb_bytes(pb, "bye", 3);
    pb_lie_length(pb, 2000);
    pb_end(pb);
    pb_end(pb);
    sim_peer_send(pair.ab, pb);
    assert_false(pair.ab->is_closed);
    pb = sim_peer_packet(pair.ab);
    pb_abort(pb, false);
    for (uint16_t i = 0; i < 300; i++)
        pb_item(pb, (uint16_t)(i * 7), NULL, 0);
    pb_end(pb);
    sim_peer_send(pair.ab, pb);
    assert_true(pair.ab->is_closed);
    assert_int_equal(pair.ab->error, SCTPX_EPEERABORT);
    sim_finish(sim);
}

/* 6.2: DATA without user data ends the association with cause 9 and the TSN. */
static void test_empty_data(void **state)
{
    struct sim *sim = *state;
    struct sim_host *b = sim_host_new(sim, "b", 1, NULL);
    sim_listen(b, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(b, 1);
    sim_raw_connect(&raw);
    sim_raw_data_tsn(&raw, 1000, 3, 0, 0, 0);
    assert_true(raw.conn->is_closed);
    assert_int_equal(raw.conn->error, SCTPX_EPROTO);
    const struct sim_record *abort = sim_raw_last(&raw, SIM_ABORT);
    const struct sim_chunk *chunk = sim_find_chunk(sim, abort, SIM_ABORT);
    assert_int_equal(chunk->cause, NO_USER_DATA);
    const uint8_t *p = abort->raw + chunk->offset + 8;
    assert_int_equal((p[2] << 8) | p[3], 1000);
    sim_finish(sim);
}

/* RFC 5062: a SACK for what was never sent shows an attacker (or a broken peer). */
static void test_sack_for_unsent_data(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL);
    struct sim_raw raw = sim_raw_new(a, 1);
    sim_raw_answer(&raw, NULL);
    sim_send(raw.conn, 0, 100);
    sim_flush(sim);
    sim_raw_sack(&raw, raw.host_tsn + 5, 100000);
    assert_true(raw.conn->is_closed);
    assert_int_equal(raw.conn->error, SCTPX_EPROTO);
    const struct sim_record *abort = sim_raw_last(&raw, SIM_ABORT);
    assert_int_equal(sim_find_chunk(sim, abort, SIM_ABORT)->cause, PROTOCOL_VIOLATION);
    sim_finish(sim);
}

/* Old SACKs, insane blocks and blocks beyond what was sent: ignored or aborted, never believed. */
static void test_insane_sacks(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL);
    static const uint16_t blocks[][2][2] = {
        {{0, 0}, {0, 0}}, {{3, 2}, {5, 5}},         {{2, 3}, {2, 3}},
        {{5, 6}, {2, 3}}, {{2, 65535}, {2, 65535}}, {{60000, 60001}, {60003, 60004}},
    };
    for (uint8_t i = 0; i < 6; i++) {
        struct sim_raw raw = sim_raw_new(a, (uint8_t)(i + 1));
        sim_raw_answer(&raw, NULL);
        sim_send_load(raw.conn, (struct sim_load){.count = 3, .min_bytes = 1400});
        sim_flush(sim);
        struct pb *pb = sim_raw_packet(&raw);
        pb_sack(pb, raw.host_tsn - 1, 100000, 2, blocks[i], 0, NULL);
        sim_raw_send(&raw, pb);
        if (!raw.conn->is_closed) {
            assert_int_equal(sim_status(raw.conn).unacked_bytes, 3 * 1400);
            sim_raw_sack(&raw, raw.host_tsn - 100, 100000);
            assert_int_equal(sim_status(raw.conn).unacked_bytes, 3 * 1400);
            sim_raw_sack(&raw, raw.host_tsn + 2, 100000);
            assert_int_equal(sim_status(raw.conn).unacked_bytes, 0);
        }
    }
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_reason_is_delivered),
        sim_unit_test(test_under_load),
        sim_unit_test(test_without_reason),
        sim_unit_test(test_long_reason_is_cut),
        sim_unit_test(test_freeing_aborts),
        sim_unit_test(test_abort_in_every_state),
        sim_unit_test(test_free_in_every_state),
        sim_unit_test(test_lost_abort),
        sim_unit_test(test_data_and_abort_in_one_packet),
        sim_unit_test(test_strange_causes),
        sim_unit_test(test_empty_data),
        sim_unit_test(test_sack_for_unsent_data),
        sim_unit_test(test_insane_sacks),
    };
    return cmocka_run_group_tests_name("scenario.abort", tests, NULL, NULL);
}
