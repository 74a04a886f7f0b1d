/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * Every chunk in every state: which state it leads to. What else a chunk does is tested where its
 * handler is.
 */
#include "engine/assoc.h"
#include "support/engine_rig.h"

enum { CHUNKS = 16, STATES = 8 };

static struct engine_rig rig;

static void peer_shuts_down(void)
{
    struct pb *pb = engine_rig_packet(&rig);
    pb_shutdown(pb, rig.ep_tsn - 1);
    engine_rig_send(&rig, pb);
}

/* An association in that state; sent data keeps those that wait for its acknowledgement there. */
static void reach(enum sctpx_assoc_state state)
{
    engine_rig_init(&rig);
    if (state == SCTPX_COOKIE_WAIT || state == SCTPX_COOKIE_ECHOED) {
        assert_int_equal(engine_rig_try_connect(&rig), 0);
        engine_rig_flush(&rig);
        engine_rig_learn(&rig);
        if (state == SCTPX_COOKIE_ECHOED)
            engine_rig_send(&rig, engine_rig_init_ack(&rig));
    } else {
        engine_rig_accept(&rig);
    }
    bool waits = state == SCTPX_SHUTDOWN_PENDING || state == SCTPX_SHUTDOWN_RECEIVED;
    if (waits)
        assert_int_equal(engine_rig_user_send(&rig, 0, 10), 0);
    engine_rig_flush(&rig);
    if (state == SCTPX_SHUTDOWN_PENDING || state == SCTPX_SHUTDOWN_SENT)
        assert_int_equal(sctpx_assoc_shutdown(rig.assoc, rig.now), 0);
    if (state == SCTPX_SHUTDOWN_RECEIVED || state == SCTPX_SHUTDOWN_ACK_SENT)
        peer_shuts_down();
    engine_rig_flush(&rig);
    assert_int_equal(rig.assoc->state, state);
}

/* A proper chunk of that type, one that is not expected to be a lie. */
static void put(struct pb *pb, uint8_t type)
{
    switch (type) {
    case 0:
        pb_data(pb, 3, rig.tsn, 0, 0, 0, "data", 4);
        break;
    case 1:
        pb_init(pb, rig.tag, rig.rwnd, rig.os, rig.mis, rig.tsn);
        break;
    case 2:
        pb_init_ack(pb, rig.tag, rig.rwnd, rig.os, rig.mis, rig.tsn);
        pb_cookie(pb, "cookie", 6);
        pb_end(pb);
        break;
    case 3:
        pb_sack(pb, rig.ep_tsn - 1, 50000, 0, NULL, 0, NULL);
        break;
    case 7:
        pb_shutdown(pb, rig.ep_tsn - 1);
        break;
    case 10:
        pb_cookie_echo(pb, "nonsense", 8);
        break;
    default:
        pb_chunk(pb, type, 0);
        if (type == 4 || type == 5)
            pb_item(pb, 1, "info", 4);
        if (type == 12 || type == 13)
            pb_u32(pb, 1);
        pb_end(pb);
        break;
    }
}

/* To CLOSED by ABORT from everywhere; what is not listed changes nothing. */
static enum sctpx_assoc_state expected(enum sctpx_assoc_state state, uint8_t type)
{
    switch (type) {
    case 2:
        return state == SCTPX_COOKIE_WAIT ? SCTPX_COOKIE_ECHOED : state;
    case 6:
        return SCTPX_CLOSED;
    case 7:
        if (state == SCTPX_ESTABLISHED || state == SCTPX_SHUTDOWN_SENT)
            return SCTPX_SHUTDOWN_ACK_SENT;
        return state == SCTPX_SHUTDOWN_PENDING ? SCTPX_SHUTDOWN_RECEIVED : state;
    case 8:
        return state == SCTPX_SHUTDOWN_SENT || state == SCTPX_SHUTDOWN_ACK_SENT ? SCTPX_CLOSED
                                                                                : state;
    case 11:
        return state == SCTPX_COOKIE_ECHOED ? SCTPX_ESTABLISHED : state;
    case 14:
        return state == SCTPX_SHUTDOWN_ACK_SENT ? SCTPX_CLOSED : state;
    default:
        return state;
    }
}

static void test_every_chunk_in_every_state(void **state)
{
    (void)state;
    for (unsigned s = SCTPX_COOKIE_WAIT; s < STATES; s++) {
        for (uint8_t type = 0; type < CHUNKS; type++) {
            reach(s);
            struct pb *pb = engine_rig_packet(&rig);
            put(pb, type);
            engine_rig_send(&rig, pb);
            if (rig.assoc->state != expected(s, type))
                fail_msg("chunk %u in state %u leads to %u", type, s, rig.assoc->state);
            engine_rig_check(&rig);
            engine_rig_done(&rig);
        }
    }
}

/* The same with an empty chunk, one of every length up to 40, and all flags set: nobody minds. */
static void test_every_length_in_every_state(void **state)
{
    (void)state;
    for (unsigned s = SCTPX_COOKIE_WAIT; s < STATES; s++) {
        for (uint8_t type = 0; type < CHUNKS; type++) {
            for (size_t length = 0; length < 24; length++) {
                reach(s);
                struct pb *pb = engine_rig_packet(&rig);
                pb_chunk(pb, type, 0xFF);
                pb_fill(pb, 0, length);
                pb_end(pb);
                engine_rig_send(&rig, pb);
                engine_rig_check(&rig);
                engine_rig_done(&rig);
            }
        }
    }
}

/* Behind DATA in the same packet: what ends the association must not leave it half alive. */
static void test_every_chunk_behind_data(void **state)
{
    (void)state;
    for (unsigned s = SCTPX_COOKIE_WAIT; s < STATES; s++) {
        for (uint8_t type = 0; type < CHUNKS; type++) {
            reach(s);
            struct pb *pb = engine_rig_packet(&rig);
            put(pb, 0);
            rig.tsn++;
            put(pb, type);
            put(pb, 0);
            engine_rig_send(&rig, pb);
            engine_rig_check(&rig);
            engine_rig_events(&rig);
            engine_rig_done(&rig);
        }
    }
}

/* RFC 9260 3.2 table 2: stop or go on, report or not. */
static void test_unknown_chunks(void **state)
{
    (void)state;
    static const uint8_t types[] = {0x3F, 0x7F, 0xBF, 0xFF};
    for (unsigned i = 0; i < 4; i++) {
        reach(SCTPX_ESTABLISHED);
        struct pb *pb = engine_rig_packet(&rig);
        pb_chunk(pb, types[i], 5);
        pb_fill(pb, 7, 9);
        pb_end(pb);
        put(pb, 0);
        engine_rig_send(&rig, pb);
        assert_int_equal(engine_rig_has(&rig, 9), i % 2);
        assert_int_equal(rig.assoc->received_chunks, i / 2);
        engine_rig_done(&rig);
    }
}

/* Nothing, or what anybody out of the blue gets (8.4): ABORT or SHUTDOWN COMPLETE with T bit. */
static void check_answer_to_stranger(void)
{
    assert_true(rig.sent_count <= 1);
    if (rig.sent_count == 0)
        return;
    uint8_t type = rig.sent[0].bytes[12], flags = rig.sent[0].bytes[13];
    assert_true(type == 6 || type == 14);
    assert_int_equal(flags, 1);
    assert_int_equal(rig.sent[0].tag, rig.ep_tag);
}

/* A tag that is ours from an address nobody told us about. */
static void test_unknown_address(void **state)
{
    (void)state;
    const sctpx_addr stranger = engine_rig_addr(7, 7);
    reach(SCTPX_ESTABLISHED);
    for (uint8_t type = 0; type < CHUNKS; type++) {
        struct pb *pb = engine_rig_packet(&rig);
        put(pb, type);
        assert_int_equal(engine_rig_feed_from(&rig, &stranger, pb), SCTPX_ENOASSOC);
        engine_rig_flush(&rig);
        check_answer_to_stranger();
        assert_int_equal(rig.assoc->state, SCTPX_ESTABLISHED);
    }
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

/* In COOKIE_WAIT the peer's addresses are not known yet: chunks without a path must not hurt. */
static void test_unknown_address_in_cookie_wait(void **state)
{
    (void)state;
    const sctpx_addr stranger = engine_rig_addr(7, 7);
    for (unsigned type = 0; type < 256; type++) {
        reach(SCTPX_COOKIE_WAIT);
        struct pb *pb = engine_rig_packet(&rig);
        put(pb, (uint8_t)type);
        if (type != 2 && type != 14)
            put(pb, 0);
        engine_rig_feed_from(&rig, &stranger, pb);
        engine_rig_flush(&rig);
        engine_rig_check(&rig);
        engine_rig_done(&rig);
    }
}

static void test_tag_of_the_peer_without_t_bit(void **state)
{
    (void)state;
    for (unsigned s = SCTPX_COOKIE_ECHOED; s < STATES; s++) {
        reach(s);
        uint32_t good = rig.ep_tag;
        rig.ep_tag = rig.tag;
        struct pb *pb = engine_rig_packet(&rig);
        pb_abort(pb, false);
        engine_rig_send(&rig, pb);
        assert_int_equal(rig.assoc->state, s);
        rig.ep_tag = good;
        pb = engine_rig_packet(&rig);
        pb_abort(pb, true); /* reflected, but it is not the tag of the peer */
        engine_rig_send(&rig, pb);
        assert_int_equal(rig.assoc->state, s);
        rig.ep_tag = rig.tag;
        pb = engine_rig_packet(&rig);
        pb_abort(pb, true);
        engine_rig_send(&rig, pb);
        assert_int_equal(rig.assoc->state, SCTPX_CLOSED);
        engine_rig_done(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_chunk_in_every_state),
        cmocka_unit_test(test_every_length_in_every_state),
        cmocka_unit_test(test_every_chunk_behind_data),
        cmocka_unit_test(test_unknown_chunks),
        cmocka_unit_test(test_unknown_address),
        cmocka_unit_test(test_unknown_address_in_cookie_wait),
        cmocka_unit_test(test_tag_of_the_peer_without_t_bit),
    };
    return cmocka_run_group_tests_name("dispatch", tests, NULL, NULL);
}
