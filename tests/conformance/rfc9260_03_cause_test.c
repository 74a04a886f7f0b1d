/* SPDX-License-Identifier: MIT */
/*
 * RFC 9260 3.3.10: every error cause the host sends, byte by byte, and what it does with each of
 * them. Unresolvable Address is in rfc9260_03_init_param, Invalid Mandatory Parameter in
 * rfc9260_03_init and _init_ack, Unrecognized Chunk Type in rfc9260_03_chunk, and Unrecognized
 * Parameters in rfc9260_03_unknown_param.
 */
#include "conformance/rfc9260_03.h"

enum {
    INVALID_STREAM = 1,
    MISSING_PARAMETER = 2,
    STALE_COOKIE = 3,
    OUT_OF_RESOURCE = 4,
    UNRECOGNIZED_CHUNK = 6,
    NO_USER_DATA = 9,
    COOKIE_IN_SHUTDOWN = 10,
    RESTART_NEW_ADDRESSES = 11,
    USER_ABORT = 12,
    PROTOCOL_VIOLATION = 13,
    UNASSIGNED = 0x1234,
    BEGIN = 2,
    END = 1
};

/* The packet with the latest ABORT holds that alone, with the one cause given. */
static void check_abort(const struct sim_raw *raw, uint16_t cause, const void *info, size_t length)
{
    struct pb *pb = pb_bare();
    pb_abort(pb, false);
    pb_item(pb, cause, info, length);
    pb_end(pb);
    check_chunks(raw, SIM_ABORT, pb);
    assert_int_equal(sim_raw_last(raw, SIM_ABORT)->vtag, raw->tag);
}

/* The same for the latest ERROR, which may be in company. */
static void check_error(const struct sim_raw *raw, uint16_t cause, const void *info, size_t length)
{
    struct pb *pb = pb_bare();
    pb_error(pb);
    pb_item(pb, cause, info, length);
    pb_end(pb);
    size_t padded = (8 + length + 3) & ~(size_t)3;
    assert_true(pb_equals(pb, last_chunk(raw, SIM_ERROR), padded));
    assert_int_equal(sim_raw_last(raw, SIM_ERROR)->vtag, raw->tag);
}

/* ---- sent ------------------------------------------------------------------------------------ */

/* 3.3.10.1: the stream, and 16 bits of 0. The association goes on. */
static void test_invalid_stream_is_sent(void **state)
{
    static const uint8_t info[] = {0x12, 0x34, 0, 0};
    struct sim_raw raw = connected(*state);
    sim_raw_data_tsn(&raw, raw.tsn, 3, 0x1234, 0, 10);
    check_error(&raw, INVALID_STREAM, info, sizeof info);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_finish(*state);
}

/* 3.3.10.2: one parameter is missing, and it is the State Cookie. */
static void test_missing_parameter_is_sent(void **state)
{
    static const uint8_t info[] = {0, 0, 0, 1, 0, 7};
    struct sim *sim = *state;
    struct sim_raw raw = client(sim, NULL);
    sim_raw_send(&raw, init_ack(&raw));
    check_abort(&raw, MISSING_PARAMETER, info, sizeof info);
    assert_int_equal(get_u16(last_chunk(&raw, SIM_ABORT) + 6), 8 + 1 * 2);
    assert_true(raw.conn->is_closed);
    sim_finish(sim);
}

/* How stale, in microseconds: 60 s are its life. */
/* covers: 9260/3.3.10.3-1 */
static void test_stale_cookie_is_sent(void **state)
{
    static const uint8_t info[] = {0, 0x12, 0xD6, 0x87}; /* 1.234567 s */
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    send_init(&raw);
    sim_run_for(sim, 61234567);
    sim_raw_send(&raw, cookie_echo(&raw));
    check_error(&raw, STALE_COOKIE, info, sizeof info);
    assert_int_equal(sim_raw_last(&raw, SIM_ERROR)->n_chunks, 1);
    assert_int_equal(raw.host->n_conns, 0);
    sim_finish(sim);
}

/* 3.3.10.4: a message longer than the host may keep. */
static void test_out_of_resource_is_sent(void **state)
{
    struct sim *sim = *state;
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.assoc.max_message_bytes = 2000;
    struct sim_raw raw = sim_raw_new(sim_host_new(sim, "b", 1, &options), 1);
    sim_listen(raw.host, SIM_PORT, NULL);
    sim_raw_connect(&raw);
    sim_raw_data_tsn(&raw, raw.tsn++, BEGIN, 0, 0, 1000);
    sim_raw_data_tsn(&raw, raw.tsn++, 0, 0, 0, 1000);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_raw_data_tsn(&raw, raw.tsn++, END, 0, 0, 1);
    check_abort(&raw, OUT_OF_RESOURCE, NULL, 0);
    assert_true(raw.conn->is_closed);
    assert_int_equal(raw.conn->error, SCTPX_EMSGSIZE);
    sim_finish(sim);
}

/* 3.3.10.6: a chunk too long for an ERROR comes back as its header, with the length it had. */
static void test_long_unrecognized_chunk(void **state)
{
    static const uint8_t header[] = {0xFE, 0x5A, 0x03, 0xEC};
    struct sim_raw raw = connected(*state);
    struct pb *pb = sim_raw_packet(&raw);
    pb_chunk(pb, 0xFE, 0x5A);
    pb_fill(pb, 'x', 1000);
    sim_raw_send(&raw, pb);
    check_error(&raw, UNRECOGNIZED_CHUNK, header, sizeof header);
    sim_finish(*state);
}

/* 3.3.10.9 */
static void test_no_user_data_is_sent(void **state)
{
    static const uint8_t tsn[] = {0xFF, 0xFE, 0xFD, 0xFC};
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    raw.tsn = 0xFFFEFDFC;
    sim_raw_connect(&raw);
    sim_raw_data_tsn(&raw, raw.tsn, 3, 0, 0, 0);
    check_abort(&raw, NO_USER_DATA, tsn, sizeof tsn);
    assert_true(raw.conn->is_closed);
    assert_int_equal(raw.conn->error, SCTPX_EPROTO);
    sim_finish(sim);
}

/* The peer restarted and got a cookie before the host went into SHUTDOWN-ACK-SENT. */
/* 3.3.10.10: the SHUTDOWN ACK again, and the ERROR for the new peer; no restart. */
static void test_cookie_received_while_shutting_down_is_sent(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim), restarted = raw;
    restarted.tag = 0x77777777;
    send_init(&restarted);
    assert_int_not_equal(restarted.host_tag, raw.host_tag);
    struct pb *pb = sim_raw_packet(&raw);
    pb_shutdown(pb, raw.host_tsn - 1);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    size_t acks = sim_raw_count(&raw, SIM_SHUTDOWN_ACK);
    sim_raw_send(&restarted, cookie_echo(&restarted));
    check_error(&restarted, COOKIE_IN_SHUTDOWN, NULL, 0);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_ACK), acks + 1);
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ACK), 1);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    assert_int_equal(sim_event_count(raw.host, SCTPX_EVENT_RESTARTED), 0);
    sim_finish(sim);
}

/* 3.3.10.11: the new addresses only, each as it was in the INIT. */
static void test_restart_with_new_addresses_is_sent(void **state)
{
    static const uint8_t ipv6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 7};
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    add_ipv6(raw.host);
    struct pb *pb = sim_raw_init(&raw);
    pb_ipv4(pb, 0xC0000280);
    sim_raw_send(&raw, pb);
    sim_raw_learn(&raw, SIM_INIT_ACK);
    sim_raw_send(&raw, cookie_echo(&raw));
    raw.conn = sim_accepted(raw.host, 0);
    raw.tag++;
    pb = sim_raw_init(&raw);
    pb_ipv4(pb, 0xC0000280); /* known */
    pb_ipv4(pb, 0xC0000281);
    pb_ipv6(pb, ipv6);
    sim_raw_send(&raw, pb);
    pb = pb_bare();
    pb_abort(pb, false);
    pb_tlv(pb, RESTART_NEW_ADDRESSES);
    pb_ipv4(pb, 0xC0000281);
    pb_ipv6(pb, ipv6);
    pb_end(pb);
    pb_end(pb);
    check_chunks(&raw, SIM_ABORT, pb);
    assert_int_equal(sim_raw_last(&raw, SIM_ABORT)->vtag, raw.tag);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_finish(sim);
}

/* The user's bytes as they are, zeros too; none at all; and not more than 256. */
/* covers: 9260/3.3.10-1 9260/3.3.10.12-1 */
static void test_user_abort_is_sent(void **state)
{
    uint8_t reason[300];
    for (size_t i = 0; i < sizeof reason; i++)
        reason[i] = (uint8_t)(255 - i);
    static const size_t lengths[] = {0, 1, 255, 256, 257, 300};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct sim *sim = i == 0 ? *state : sim_renew(state);
        struct sim_raw raw = connected(sim);
        sctpx_assoc_abort(raw.conn->assoc, sim->now, reason, lengths[i]);
        sim_flush(sim);
        check_abort(&raw, USER_ABORT, reason, lengths[i] < 256 ? lengths[i] : 256);
        sim_finish(sim);
    }
}

/* covers: 9260/3.3.10-1 9260/3.3.10.13-1 */
static void test_protocol_violation_is_sent(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    sim_raw_sack(&raw, raw.host_tsn + 10, raw.rwnd); /* of what was never sent */
    const uint8_t *abort = last_chunk(&raw, SIM_ABORT);
    const uint8_t *cause = find_item(abort, 4, PROTOCOL_VIOLATION, 0);
    assert_ptr_equal(cause, abort + 4);
    assert_int_equal(get_u16(abort + 2), 4 + get_u16(cause + 2));
    assert_int_equal(sim_raw_last(&raw, SIM_ABORT)->vtag, raw.tag);
    assert_int_equal(raw.conn->error, SCTPX_EPROTO);
    sim_finish(sim);
}

/* ---- received -------------------------------------------------------------------------------- */

static const struct {
    uint16_t code;
    size_t length;
    uint8_t info[8];
} received[] = {
    {INVALID_STREAM, 4, {0, 5}},
    {MISSING_PARAMETER, 6, {0, 0, 0, 1, 0, 7}},
    {OUT_OF_RESOURCE, 0, {0}},
    {5, 8, {0, 11, 0, 8, 'a', 'b', 'c'}},
    {UNRECOGNIZED_CHUNK, 4, {0xC1, 0, 0, 4}},
    {7, 0, {0}},
    {8, 4, {0xC0, 1, 0, 4}},
    {NO_USER_DATA, 4, {0, 0, 0, 1}},
    {COOKIE_IN_SHUTDOWN, 0, {0}},
    {RESTART_NEW_ADDRESSES, 8, {0, 5, 0, 8, 192, 0, 2, 1}},
    {USER_ABORT, 3, {'w', 'h', 'y'}},
    {PROTOCOL_VIOLATION, 5, {'w', 'r', 'o', 'n', 'g'}},
    {UNASSIGNED, 5, {1, 2, 3, 4, 5}},
};

/* 3.3.10: an ERROR is not fatal in itself. The user is told the cause. */
static void test_errors_received_are_told_and_not_fatal(void **state)
{
    for (size_t i = 0; i < sizeof received / sizeof received[0]; i++) {
        struct sim *sim = i == 0 ? *state : sim_renew(state);
        struct sim_raw raw = connected(sim);
        struct pb *pb = sim_raw_packet(&raw);
        pb_error(pb);
        pb_item(pb, received[i].code, received[i].info, received[i].length);
        pb_end(pb);
        send_and_hear_nothing(&raw, pb);
        assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
        assert_int_equal(sim_event_count(raw.host, SCTPX_EVENT_REMOTE_ERROR), 1);
        assert_int_equal(sim_event(raw.host, SCTPX_EVENT_REMOTE_ERROR, 0)->cause, received[i].code);
        sim_finish(sim);
    }
}

/* With ABORT the same causes are fatal; their information is delivered. */
/* covers: 9260/3.3.10-1 9260/3.3.10.12-2 9260/3.3.10.13-2 */
static void test_aborts_received_tell_the_cause(void **state)
{
    for (size_t i = 0; i < sizeof received / sizeof received[0]; i++) {
        struct sim *sim = i == 0 ? *state : sim_renew(state);
        struct sim_raw raw = connected(sim);
        struct pb *pb = sim_raw_packet(&raw);
        pb_abort(pb, false);
        pb_item(pb, received[i].code, received[i].info, received[i].length);
        pb_end(pb);
        send_and_hear_nothing(&raw, pb);
        assert_true(raw.conn->is_closed);
        assert_int_equal(raw.conn->error, SCTPX_EPEERABORT);
        assert_int_equal(raw.conn->cause, received[i].code);
        if (received[i].code == USER_ABORT || received[i].code == PROTOCOL_VIOLATION) {
            assert_int_equal(raw.conn->reason_length, received[i].length);
            assert_memory_equal(raw.conn->reason, received[i].info, received[i].length);
        }
        sim_finish(sim);
    }
}

/* One or more causes: all of them in an ERROR are looked at. */
static void test_several_causes_in_an_error(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = client(sim, NULL);
    struct pb *pb = init_ack(&raw);
    pb_cookie(pb, "cookie", 6);
    sim_raw_send(&raw, pb);
    pb = sim_raw_packet(&raw);
    pb_error(pb);
    pb_item(pb, UNASSIGNED, "abcde", 5);
    pb_item(pb, STALE_COOKIE, "\0\0\0\1", 4); /* the second one, behind padding */
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_WAIT); /* and so it asks again */
    assert_int_equal(sim_raw_count(&raw, SIM_INIT), 2);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_invalid_stream_is_sent),
        sim_unit_test(test_missing_parameter_is_sent),
        sim_unit_test(test_stale_cookie_is_sent),
        sim_unit_test(test_out_of_resource_is_sent),
        sim_unit_test(test_long_unrecognized_chunk),
        sim_unit_test(test_no_user_data_is_sent),
        sim_unit_test(test_cookie_received_while_shutting_down_is_sent),
        sim_unit_test(test_restart_with_new_addresses_is_sent),
        sim_unit_test(test_user_abort_is_sent),
        sim_unit_test(test_protocol_violation_is_sent),
        sim_unit_test(test_errors_received_are_told_and_not_fatal),
        sim_unit_test(test_aborts_received_tell_the_cause),
        sim_unit_test(test_several_causes_in_an_error),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_03_cause", tests, NULL, NULL);
}
