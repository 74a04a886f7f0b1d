/* SPDX-License-Identifier: MIT */
/* ETSI TS 102 369, invalid messages: too short, wrong tag, wrong checksum, bad cookies. */
#include <string.h>

#include "conformance/etsi.h"

/* The host still takes a proper set-up from this peer. */
static void check_can_connect(struct sim_raw *raw)
{
    assert_int_equal(sim_stats(raw->host).associations, 0);
    set_up_with(raw, sim_raw_init(raw));
    check_alive(raw);
}

/* Of every length that is too short. covers: ts102369/IMH-I-3-1 */
static void test_imh_i_3_1_short_init(void **state)
{
    struct sim_raw raw = stranger(*state);
    for (size_t length = 0; length < 16; length++) {
        struct pb *pb = pb_new(raw.port, raw.host_port, 0);
        pb_chunk(pb, SIM_INIT, 0);
        pb_fill(pb, 1, length);
        pb_end(pb);
        send_and_hear_nothing(&raw, pb);
    }
    check_can_connect(&raw);
    sim_finish(*state);
}

/* covers: ts102369/IMH-I-3-2 */
static void test_imh_i_3_2_short_init_ack(void **state)
{
    struct sim_raw raw = asking(*state, NULL);
    for (size_t length = 0; length < 16; length++) {
        struct pb *pb = sim_raw_packet(&raw);
        pb_chunk(pb, SIM_INIT_ACK, 0);
        pb_fill(pb, 1, length);
        pb_end(pb);
        send_and_hear_nothing(&raw, pb);
        assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_WAIT);
    }
    assert_int_equal(wait_for(&raw, SIM_INIT), SIM_SECOND); /* T1-init runs on */
    send_init_ack(&raw);
    send_cookie_ack(&raw);
    check_alive(&raw);
    sim_finish(*state);
}

/* covers: ts102369/IMH-I-3-3 */
static void test_imh_i_3_3_cookie_echo_with_wrong_tag(void **state)
{
    struct sim_raw raw = stranger(*state);
    get_cookie(&raw);
    struct sim_raw wrong = with_wrong_tag(&raw);
    send_and_hear_nothing(&wrong, cookie_echo(&wrong));
    assert_int_equal(sim_stats(raw.host).associations, 0);
    sim_raw_send(&raw, cookie_echo(&raw)); /* the cookie is as good as before */
    raw.conn = sim_accepted(raw.host, 0);
    check_alive(&raw);
    sim_finish(*state);
}

/* covers: ts102369/IMH-I-3-4 */
static void test_imh_i_3_4_init_with_wrong_checksum(void **state)
{
    struct sim_raw raw = stranger(*state);
    struct pb *pb = sim_raw_init(&raw);
    pb_end(pb);
    pb_corrupt_checksum(pb);
    send_and_hear_nothing(&raw, pb);
    pb = sim_raw_init(&raw);
    pb_end(pb);
    pb_set_checksum(pb, 0);
    send_and_hear_nothing(&raw, pb);
    assert_int_equal(sim_stats(raw.host).bad_checksum, 2);
    check_can_connect(&raw);
    sim_finish(*state);
}

/* Something else, and the real one with one bit changed anywhere. covers: ts102369/IMH-I-3-5 */
static void test_imh_i_3_5_wrong_cookie(void **state)
{
    struct sim_raw raw = stranger(*state);
    get_cookie(&raw);
    struct sim_raw wrong = raw;
    memset(wrong.cookie, 'x', wrong.cookie_length);
    send_and_hear_nothing(&wrong, cookie_echo(&wrong));
    for (size_t i = 0; i < raw.cookie_length; i++) {
        wrong = raw;
        wrong.cookie[i] ^= (uint8_t)(1u << i % 8);
        send_and_hear_nothing(&wrong, cookie_echo(&wrong));
    }
    assert_int_equal(sim_stats(raw.host).associations, 0);
    sim_raw_send(&raw, cookie_echo(&raw));
    raw.conn = sim_accepted(raw.host, 0);
    check_alive(&raw);
    sim_finish(*state);
}

/* Valid.Cookie.Life is 60 s. The ERROR says by how much it is late, in microseconds.
 * covers: ts102369/IMH-I-3-6 */
static void test_imh_i_3_6_expired_cookie(void **state)
{
    struct sim_raw raw = stranger(*state);
    get_cookie(&raw);
    sim_run_for(*state, 65 * SIM_SECOND);
    sim_raw_send(&raw, cookie_echo(&raw));
    const uint8_t *cause = first_cause(check_alone(&raw, SIM_ERROR), SIM_ERROR);
    assert_int_equal(get_u16(cause), CAUSE_STALE_COOKIE);
    assert_int_equal(get_u16(cause + 2), 8);
    assert_int_equal(get_u32(cause + 4), 5 * SIM_SECOND);
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ACK), 0);
    assert_int_equal(sim_stats(raw.host).associations, 0);
    sim_finish(*state);
}

/* covers: ts102369/IMH-I-3-7 */
static void test_imh_i_3_7_abort_with_wrong_tag(void **state)
{
    struct sim_raw raw = passive(*state), wrong = with_wrong_tag(&raw);
    struct pb *pb = sim_raw_packet(&wrong);
    pb_abort(pb, false);
    send_and_hear_nothing(&wrong, pb);
    check_alive(&raw);
    sim_finish(*state);
}

/* A header of an INIT that is not there, or not all of it. covers: ts102369/IMH-I-3-8 */
static void test_imh_i_3_8_init_longer_than_the_packet(void **state)
{
    struct sim_raw raw = stranger(*state);
    for (size_t length = 0; length <= 16; length += 4) {
        struct pb *pb = pb_new(raw.port, raw.host_port, 0);
        pb_chunk(pb, SIM_INIT, 0);
        pb_fill(pb, 1, length);
        pb_lie_length(pb, 0x60);
        pb_end(pb);
        send_and_hear_nothing(&raw, pb);
    }
    check_can_connect(&raw);
    sim_finish(*state);
}

/* covers: ts102369/IMH-I-3-9 */
static void test_imh_i_3_9_shutdown_ack_with_wrong_tag(void **state)
{
    struct sim_raw raw = passive(*state);
    shut_down(&raw);
    struct sim_raw wrong = with_wrong_tag(&raw);
    struct pb *pb = sim_raw_packet(&wrong);
    pb_shutdown_ack(pb);
    send_and_hear_nothing(&wrong, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_SENT);
    assert_int_equal(wait_for(&raw, SIM_SHUTDOWN), SIM_SECOND); /* T2-shutdown runs on */
    send_shutdown_ack(&raw);
    check_alone(&raw, SIM_SHUTDOWN_COMPLETE);
    check_gone(&raw);
    sim_finish(*state);
}

/* Neither with the wrong tag nor with the peer's own one, but without T bit.
 * covers: ts102369/IMH-I-3-10 */
static void test_imh_i_3_10_shutdown_complete_with_wrong_tag(void **state)
{
    struct sim_raw raw = passive(*state);
    send_shutdown(&raw, raw.host_tsn - 1);
    struct sim_raw wrong = with_wrong_tag(&raw);
    for (int is_own = 0; is_own < 2; is_own++) {
        if (is_own)
            wrong.host_tag = raw.tag;
        struct pb *pb = sim_raw_packet(&wrong);
        pb_shutdown_complete(pb, false);
        send_and_hear_nothing(&wrong, pb);
        assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    }
    assert_int_equal(wait_for(&raw, SIM_SHUTDOWN_ACK), SIM_SECOND); /* T2-shutdown runs on */
    send_shutdown_complete(&raw);
    check_gone(&raw);
    sim_finish(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_imh_i_3_1_short_init),
        sim_unit_test(test_imh_i_3_2_short_init_ack),
        sim_unit_test(test_imh_i_3_3_cookie_echo_with_wrong_tag),
        sim_unit_test(test_imh_i_3_4_init_with_wrong_checksum),
        sim_unit_test(test_imh_i_3_5_wrong_cookie),
        sim_unit_test(test_imh_i_3_6_expired_cookie),
        sim_unit_test(test_imh_i_3_7_abort_with_wrong_tag),
        sim_unit_test(test_imh_i_3_8_init_longer_than_the_packet),
        sim_unit_test(test_imh_i_3_9_shutdown_ack_with_wrong_tag),
        sim_unit_test(test_imh_i_3_10_shutdown_complete_with_wrong_tag),
    };
    return cmocka_run_group_tests_name("conformance.etsi_imh", tests, NULL, NULL);
}
