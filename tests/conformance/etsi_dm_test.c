/* SPDX-License-Identifier: MIT */
/* ETSI TS 102 369, duplicate messages and messages in states where nobody waits for them. */
#include "conformance/etsi.h"

/* Both connect at once: INIT ACK with the tag of our own INIT, and nothing else happens.
 * covers: ts102369/DM-O-4-1 */
static void test_dm_o_4_1_init_in_cookie_wait(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = asking(sim, NULL);
    for (int i = 1; i <= 2; i++) {
        sim_raw_send(&raw, sim_raw_init(&raw));
        const struct sim_record *ack = check_alone(&raw, SIM_INIT_ACK);
        assert_int_equal(sim_raw_count(&raw, SIM_INIT_ACK), i);
        assert_int_equal(ack->chunks[0].tag, raw.host_tag);
        assert_int_equal(ack->chunks[0].tsn, raw.host_tsn);
    }
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_WAIT);
    assert_int_equal(wait_for(&raw, SIM_INIT), SIM_SECOND);
    sim_raw_learn(&raw, SIM_INIT_ACK);
    sim_raw_send(&raw, cookie_echo(&raw));
    assert_int_equal(sim_stats(raw.host).associations, 1);
    check_alive(&raw);
    sim_finish(sim);
}

/* covers: ts102369/DM-O-4-2-1 */
static void test_dm_o_4_2_1_init_in_established(void **state)
{
    struct sim_raw raw = passive(*state);
    for (size_t i = 2; i <= 3; i++) {
        sim_raw_send(&raw, sim_raw_init(&raw)); /* the one of the set-up once more */
        assert_int_equal(sim_raw_count(&raw, SIM_INIT_ACK), i);
        assert_int_not_equal(check_alone(&raw, SIM_INIT_ACK)->chunks[0].tag, raw.host_tag);
        check_alive(&raw);
    }
    sim_raw_data(&raw, 0, 0, 100);
    assert_int_equal(raw.conn->received_messages, 1);
    assert_int_equal(sim_event_count(raw.host, SCTPX_EVENT_RESTARTED), 0);
    sim_finish(*state);
}

/* covers: ts102369/DM-O-4-2-2 */
static void test_dm_o_4_2_2_init_in_shutdown_ack_sent(void **state)
{
    struct sim_raw raw = passive(*state);
    send_shutdown(&raw, raw.host_tsn - 1);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_ACK), 1);
    sim_raw_send(&raw, sim_raw_init(&raw));
    assert_int_equal(sim_raw_count(&raw, SIM_INIT_ACK), 1); /* that of the set-up */
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_ACK), 2);
    check_alone(&raw, SIM_SHUTDOWN_ACK);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    send_shutdown_complete(&raw);
    check_gone(&raw);
    sim_finish(*state);
}

/* The cookie of the first one counts. covers: ts102369/DM-O-4-3 */
static void test_dm_o_4_3_init_ack_in_cookie_echoed(void **state)
{
    struct sim_raw raw = asking(*state, NULL);
    send_init_ack(&raw);
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_ECHOED);
    struct pb *pb = sim_raw_packet(&raw);
    pb_init_ack(pb, raw.tag + 1, raw.rwnd, raw.os, raw.mis, raw.tsn + 1);
    pb_cookie(pb, "another", 7);
    send_and_hear_nothing(&raw, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_ECHOED);
    assert_int_equal(wait_for(&raw, SIM_COOKIE_ECHO), SIM_SECOND);
    assert_int_equal(check_alone(&raw, SIM_COOKIE_ECHO)->chunks[0].length, 4 + 6);
    send_cookie_ack(&raw);
    check_alive(&raw);
    sim_finish(*state);
}

/* covers: ts102369/DM-O-4-4 */
static void test_dm_o_4_4_cookie_ack_in_established(void **state)
{
    struct sim_raw raw = active(*state, NULL);
    struct pb *pb = sim_raw_packet(&raw);
    pb_cookie_ack(pb);
    send_and_hear_nothing(&raw, pb);
    assert_int_equal(sim_event_count(raw.host, SCTPX_EVENT_UP), 1);
    check_alive(&raw);
    write_message(&raw, 100);
    sack(&raw, 1, 100000);
    assert_int_equal(sim_status(raw.conn).unacked_bytes, 0);
    sim_finish(*state);
}

/* Both shut down at once. */
static struct sim_raw both_shut_down(struct sim *sim)
{
    struct sim_raw raw = active(sim, NULL);
    shut_down(&raw);
    sim_run_for(sim, 700 * SIM_MS);
    send_shutdown(&raw, raw.host_tsn - 1);
    check_alone(&raw, SIM_SHUTDOWN_ACK);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    return raw;
}

/* covers: ts102369/DM-O-4-5 */
static void test_dm_o_4_5_shutdown_in_shutdown_sent(void **state)
{
    struct sim_raw raw = both_shut_down(*state);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_ACK), 1);
    send_shutdown_complete(&raw);
    assert_true(raw.conn->is_closed);
    check_gone(&raw);
    sim_finish(*state);
}

/* covers: ts102369/DM-O-4-6-1 */
static void test_dm_o_4_6_1_shutdown_in_cookie_wait(void **state)
{
    struct sim_raw raw = asking(*state, NULL);
    for (uint32_t n = 0; n <= 1; n++) { /* nothing to acknowledge yet, or what was never sent */
        struct pb *pb = sim_raw_packet(&raw);
        pb_shutdown(pb, raw.host_tsn - 1 + n);
        send_and_hear_nothing(&raw, pb);
        assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_WAIT);
    }
    assert_int_equal(wait_for(&raw, SIM_INIT), SIM_SECOND);
    send_init_ack(&raw);
    send_cookie_ack(&raw);
    check_alive(&raw);
    sim_finish(*state);
}

/* Out of the blue (8.4 rule 8): ABORT. covers: ts102369/DM-O-4-6-2 */
static void test_dm_o_4_6_2_shutdown_in_closed(void **state)
{
    struct sim_raw raw = stranger(*state);
    raw.host_tag = 0x12345678;
    send_shutdown(&raw, 0);
    assert_int_equal(sim_mark(*state), 1);
    check_reflected(&raw, SIM_ABORT);
    assert_int_equal(sim_stats(raw.host).associations, 0);
    sim_finish(*state);
}

/* T2 starts over with the SHUTDOWN ACK: not 300 ms but a second later it is sent again, and no
 * SHUTDOWN any more. covers: ts102369/DM-O-4-6-3 */
static void test_dm_o_4_6_3_shutdown_in_shutdown_sent_and_t2(void **state)
{
    struct sim_raw raw = both_shut_down(*state);
    assert_int_equal(wait_for(&raw, SIM_SHUTDOWN_ACK), SIM_SECOND);
    check_alone(&raw, SIM_SHUTDOWN_ACK);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN), 1);
    send_shutdown_complete(&raw);
    check_gone(&raw);
    sim_finish(*state);
}

/* 8.5.1 E: as if out of the blue, and T1-init runs on. covers: ts102369/DM-O-4-7-1 */
static void test_dm_o_4_7_1_shutdown_ack_in_cookie_wait(void **state)
{
    struct sim_raw raw = asking(*state, NULL);
    send_shutdown_ack(&raw);
    check_reflected(&raw, SIM_SHUTDOWN_COMPLETE);
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_WAIT);
    assert_int_equal(wait_for(&raw, SIM_INIT), SIM_SECOND);
    send_init_ack(&raw);
    send_cookie_ack(&raw);
    check_alive(&raw);
    sim_finish(*state);
}

/* covers: ts102369/DM-O-4-7-2 */
static void test_dm_o_4_7_2_shutdown_ack_in_established(void **state)
{
    struct sim_raw raw = active(*state, NULL);
    struct pb *pb = sim_raw_packet(&raw);
    pb_shutdown_ack(pb);
    send_and_hear_nothing(&raw, pb);
    check_alive(&raw);
    shut_down(&raw);
    check_alone(&raw, SIM_SHUTDOWN);
    sim_finish(*state);
}

/* covers: ts102369/DM-O-4-7-3 */
static void test_dm_o_4_7_3_shutdown_ack_in_shutdown_ack_sent(void **state)
{
    struct sim_raw raw = passive(*state);
    send_shutdown(&raw, raw.host_tsn - 1);
    send_shutdown_ack(&raw);
    check_alone(&raw, SIM_SHUTDOWN_COMPLETE);
    assert_true(raw.conn->is_closed);
    check_gone(&raw);
    sim_finish(*state);
}

/* covers: ts102369/DM-O-4-8 */
static void test_dm_o_4_8_forged_cookie_in_established(void **state)
{
    struct sim_raw raw = passive(*state), forged = raw;
    forged.cookie[forged.cookie_length - 1] ^= 1; /* the MAC stands at the end */
    send_and_hear_nothing(&raw, cookie_echo(&forged));
    struct pb *pb = sim_raw_packet(&raw);
    pb_cookie_echo(pb, "no cookie at all", 16);
    send_and_hear_nothing(&raw, pb);
    assert_int_equal(sim_event_count(raw.host, SCTPX_EVENT_RESTARTED), 0);
    check_alive(&raw);
    sim_finish(*state);
}

/* covers: ts102369/DM-O-4-9 */
static void test_dm_o_4_9_shutdown_complete_in_cookie_wait(void **state)
{
    struct sim_raw raw = asking(*state, NULL);
    for (int has_t_bit = 0; has_t_bit < 2; has_t_bit++) {
        struct pb *pb = sim_raw_packet(&raw);
        pb_shutdown_complete(pb, has_t_bit != 0);
        send_and_hear_nothing(&raw, pb);
        assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_WAIT);
    }
    assert_int_equal(wait_for(&raw, SIM_INIT), SIM_SECOND);
    send_init_ack(&raw);
    send_cookie_ack(&raw);
    check_alive(&raw);
    sim_finish(*state);
}

/* It is dropped, T2 is not touched. covers: ts102369/DM-O-4-10 */
static void test_dm_o_4_10_data_in_shutdown_ack_sent(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = passive(sim);
    send_shutdown(&raw, raw.host_tsn - 1);
    sim_run_for(sim, 600 * SIM_MS);
    size_t mark = sim_mark(sim);
    sim_raw_data(&raw, 0, 0, 100);
    assert_int_equal(sim_mark(sim), mark);
    assert_int_equal(wait_for(&raw, SIM_SHUTDOWN_ACK), 400 * SIM_MS);
    assert_int_equal(sim_mark(sim), mark + 1);
    check_alone(&raw, SIM_SHUTDOWN_ACK);
    assert_int_equal(raw.conn->received_messages, 0);
    send_shutdown_complete(&raw);
    check_gone(&raw);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_dm_o_4_1_init_in_cookie_wait),
        sim_unit_test(test_dm_o_4_2_1_init_in_established),
        sim_unit_test(test_dm_o_4_2_2_init_in_shutdown_ack_sent),
        sim_unit_test(test_dm_o_4_3_init_ack_in_cookie_echoed),
        sim_unit_test(test_dm_o_4_4_cookie_ack_in_established),
        sim_unit_test(test_dm_o_4_5_shutdown_in_shutdown_sent),
        sim_unit_test(test_dm_o_4_6_1_shutdown_in_cookie_wait),
        sim_unit_test(test_dm_o_4_6_2_shutdown_in_closed),
        sim_unit_test(test_dm_o_4_6_3_shutdown_in_shutdown_sent_and_t2),
        sim_unit_test(test_dm_o_4_7_1_shutdown_ack_in_cookie_wait),
        sim_unit_test(test_dm_o_4_7_2_shutdown_ack_in_established),
        sim_unit_test(test_dm_o_4_7_3_shutdown_ack_in_shutdown_ack_sent),
        sim_unit_test(test_dm_o_4_8_forged_cookie_in_established),
        sim_unit_test(test_dm_o_4_9_shutdown_complete_in_cookie_wait),
        sim_unit_test(test_dm_o_4_10_data_in_shutdown_ack_sent),
    };
    return cmocka_run_group_tests_name("conformance.etsi_dm", tests, NULL, NULL);
}
